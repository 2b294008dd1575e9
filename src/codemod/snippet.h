// Snippet: the legacy queries of a piece of code, without its project, in the style
// of 2.x.
//
//   Snippet out;
//   if (!snippet_modernize(&out, STR("session.query(User).first()"), err)) ...
//   ... out.code, out.imports, out.changes ...
//   snippet_free(&out);
//
// - Names that the snippet does not define are taken for what their use says: `session`
//   in `session.query(...)` for a Session, `User` in `query(User)` for a mapped class
//   with the columns that are spoken of. What was assumed is said.
// - The rewriting is that of `aludel modernize` (codemod/modernize.h), so it is exact
// under
//   what was assumed, or left with the reason.
#ifndef CODEMOD_SNIPPET_H
#define CODEMOD_SNIPPET_H

#include "codemod/modernize.h"

typedef struct {
  uint32_t line; // of the snippet as given, from 1
  Str code;      // "M202"
  Str reason;    // one sentence without a full stop: why the change, or why it is left
  bool converted;
} SnippetChange;

typedef struct {
  Str code;         // the snippet anew, without what it did not import itself
  Vec(Str) imports; // lines that the new code needs: "from sqlalchemy import select"
  Vec(SnippetChange) changes;
  Vec(Str) assumed; // one sentence each
  bool left;        // some query could not be rewritten
  Arena arena;
} Snippet;

// False where the snippet has a syntax error: `err` names line, column and what is wrong.
MUST_USE bool snippet_modernize(Snippet *out, Str text, SqlalchemyTarget target,
                                Err *err);
void snippet_free(Snippet *s);

#endif
