// A table of the project with all of its structure, to be made again as it is: what a
// downgrade needs.
//
// schema/from_models.h tells generators what exists; here every column has the type as
// repr() gives it, the server's default, foreign keys, constraints and indexes. What
// cannot be told is never left out in silence: it is one of `untold`.
#ifndef SCHEMA_FROM_TABLE_H
#define SCHEMA_FROM_TABLE_H

#include "schema/schema.h"
#include "sqla/model.h"

typedef struct {
  Str column; // it belongs to; "" for the table
  Str what;   // "the server default of users.state"
} Untold;

typedef struct {
  SchemaTable *table; // columns are called as in the database
  Untold *untold;
  uint32_t untold_count;
  bool whole; // every column's type is known
} TableStructure;

// The table is added to `s`, with stubs of those that foreign keys name. False where it
// is not all in the models (columns that are read from the database, a schema's name).
bool schema_add_structure(Schema *s, const SqlTable *from, Resolver *r,
                          TableStructure *out);
// True where the column's type is known: the rest of it may be among `untold`.
bool structure_tells(const SchemaColumn *c);

#endif
