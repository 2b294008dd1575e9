// python_model.h: what the ways of writing a model share: python_model.c has annotated
// and classic ones, python_sqlmodel.c those of SQLModel.
#ifndef GEN_PYTHON_MODEL_H
#define GEN_PYTHON_MODEL_H

#include "gen/python.h"

Str py_column_name(const SchemaColumn *c); // in the database
Str py_or_none(PyWriter *m, Str type);     // "X | None", or Optional[X]
// The current time of the database, as an expression.
Str py_clock(PyWriter *m, const SchemaColumn *c);
// DEFAULT_NOW, DEFAULT_SERVER, or DEFAULT_VALUE on the server's side, as an expression.
Str py_server_default(PyWriter *m, const SchemaColumn *c);
// `Column(...)`, without a name where it is the attribute's.
Str py_column_call(PyWriter *m, const SchemaColumn *c);
// `Column("name", ...)` of a Core table or a revision.
Str py_core_column(PyWriter *m, const SchemaColumn *c);

// The constraints and indexes of the table, each as an expression.
json_t *py_constraints_json(PyWriter *m, const SchemaTable *t);

// The table that rows of the class are in: a parent's, where it shares it.
const SchemaTable *py_storage_of(const SchemaTable *t);
// Adds kw_only=True to a field of a dataclass that __init__ takes by name only.
void py_push_keyword_only(const PyWriter *m, json_t *args);

json_t *py_sqlmodel_column_json(PyWriter *m, const SchemaColumn *c);
json_t *py_sqlmodel_relation_json(PyWriter *m, const SchemaRelation *r);

#endif
