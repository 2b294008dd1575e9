// Samples: values that generated tests put into models.
//
// Each is an expression that may use `n`, a number that is new for every object, so that
// unique columns get different values.
#ifndef GEN_SAMPLES_H
#define GEN_SAMPLES_H

#include "gen/fields_json.h"

// True for each table (by its place in the schema) of which tests can make objects: what
// it needs is known, no check of its own has to be met, and no ring of foreign keys.
bool *samples_testable(const PyWriter *m);

// For the HTTP interface: {name, variable, prefix, keys: [{name, missing}], fields:
// [{name, json}], change, conflict}.
json_t *samples_api_json(PyWriter *m, const SchemaTable *t);
// For repositories: {name, variable, keys: [{name}], fields: [{name, python, numbered}]}.
json_t *samples_python_json(PyWriter *m, const SchemaTable *t);

#endif
