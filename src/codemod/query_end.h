// query_end.h: what the parts of the ends share: query_end.c, query_end_more.c and
// query_rows.c.
#ifndef CODEMOD_QUERY_END_H
#define CODEMOD_QUERY_END_H

#include "codemod/query_internal.h"

typedef struct {
  Q *q;
  QEnd *e;
  uint32_t file;
  const PyTree *t;
  Ref receiver;
  Span outer; // of the receiver
  const QState *s;
  QRoot *root; // at the start of the same chain; NULL: it starts with a name or a call
  bool paren;  // parentheses stand around a part of the chain
  Str indent;  // of the line the chain starts on, where it is laid out anew; else absent
} End;

// ---- query_end.c: false where q->failed says why
bool end_fail(const End *e, const char *why);
bool end_execute(const End *e, const char *open);
void end_put_before(const End *e, Str lead);
Str end_session_text(const End *e);
bool end_is_inline(const End *e);
void end_rename_method(const End *e, const char *name);
PyRefs end_args_of(const End *e);
PyRefs end_args_of_call(const PyTree *t, Ref call);
bool end_replace_method(const End *e, const char *text);
bool end_limit_one(const End *e, const char **text);
bool end_is_unique_needed(const QState *s);

// ---- query_rows.c
// True where what comes out is taken apart by position, or only asked whether it is
// there.
bool end_reads_by_position(const End *e);

// ---- query_truth.c
bool q_end_truth(const End *e);

// ---- query_end_more.c
bool q_end_get(const End *e);
bool q_end_get_or_404(const End *e);
bool q_end_flask(const End *e, const char *method);
bool q_end_update(const End *e);
bool q_end_delete(const End *e);

#endif
