// complete_internal.h: between the files of schema_complete.
#ifndef SCHEMA_COMPLETE_INTERNAL_H
#define SCHEMA_COMPLETE_INTERNAL_H

#include "schema/schema.h"

typedef struct {
  Schema *s;
  const SchemaOptions *options;
  Err *err;
} Cx;

MUST_USE bool complete_names(const Cx *cx);
MUST_USE bool complete_shared(const Cx *cx);
Str complete_shown(const SchemaTable *t); // the table as messages call it
// An error of a field: false.
bool complete_wrong(const Cx *cx, const SchemaTable *t, Str field, const char *what);

#endif
