// Models of a project as a schema: every mapped class becomes an external table.
#ifndef SCHEMA_FROM_MODELS_H
#define SCHEMA_FROM_MODELS_H

#include "schema/schema.h"
#include "sqla/model.h"

// Adds the models that are not in the schema yet. Attributes that are no columns or
// relationships are left out; types that are not known are TYPE_OTHER; a default of
// Python's that is a constant is one of the schema. `models` are those of `project`.
void schema_add_models(Schema *s, const Models *models, const Project *project);

#endif
