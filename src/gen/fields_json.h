// What repositories, schemas and routers need to know of a model's columns.
#ifndef GEN_FIELDS_JSON_H
#define GEN_FIELDS_JSON_H

#include "gen/python.h"

typedef Vec(SchemaColumn *) ColumnVec;

// Appends the columns that a value of the model has, those of parents first.
void fields_collect(const SchemaTable *t, ColumnVec *out);
// True for models that were described: not association tables, not mere targets.
bool fields_is_subject(const SchemaTable *t);

// The key as parameters: [{name, parameter, type, alias, bounds}].
json_t *fields_key_json(PyWriter *m, const SchemaTable *t);
// Parameters of create(): [{name, type, default (null where it must be given), value}].
json_t *fields_create_json(PyWriter *m, const SchemaTable *t);
// Unique columns: [{name, type}].
json_t *fields_lookups_json(PyWriter *m, const SchemaTable *t);
// {name, create, update, read: [{name, type, field}], strict: [...]} for Pydantic.
json_t *fields_schema_json(PyWriter *m, const SchemaTable *t);

void fields_import_model(PyWriter *m, const GenSettings *settings, const SchemaTable *t);
void fields_import_enums(PyWriter *m, const GenSettings *settings, const SchemaTable *t);

#endif
