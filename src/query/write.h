// Write: SQLAlchemy 2 code for a meaning.
//
// The code is one helper function with a typed signature; the values of the request are
// its parameters, with those values as defaults. Lines fit 88 columns and are broken as
// ruff and black break them.
#ifndef QUERY_WRITE_H
#define QUERY_WRITE_H

#include "query/joins.h"

typedef struct {
  bool async;          // AsyncSession
  bool core;           // Connection and tables instead of a session and classes
  const char *dialect; // "postgresql", "mysql", "sqlite"; NULL: not said
} WriteOptions;

typedef struct {
  Str function; // name of the helper
  Str code;     // imports and function, as a module
} Written;

// False where the meaning cannot be written (no way between its tables).
bool write_query(const Meaning *m, const QSchema *s, Str reading, WriteOptions options,
                 Arena *arena, Written *out);

typedef struct {
  int year, month, day, hour, minute, second;
  bool time; // a time of the day is told
} Moment;

// "2007-11-05", "2007/11/05", "11/05/2007", with a time behind; false for what no
// calendar has.
bool moment_read(Str text, Moment *out);

#endif
