// Lookup: "get a user by email": a row found by columns whose values are not in the
// request, so that they become parameters.
#ifndef QUERY_LOOKUP_H
#define QUERY_LOOKUP_H

#include "query/answer.h"

// False where the request is of another kind: then query_answer reads it.
bool query_lookup(Str question, const QSchema *schema, WriteOptions options, Arena *arena,
                  QueryAnswer *out);

#endif
