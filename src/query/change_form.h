// ChangeForm: requests for a helper that changes rows whose values the caller gives:
// "bulk insert products and return the ids", "upsert a skill by its label", "delete an
// employee by id".
#ifndef QUERY_CHANGE_FORM_H
#define QUERY_CHANGE_FORM_H

#include "query/answer.h"

// False where a word of the request has no place in such a form: then query_answer reads
// it.
bool query_change_form(Str question, const QSchema *schema, WriteOptions options,
                       Arena *arena, QueryAnswer *out);

#endif
