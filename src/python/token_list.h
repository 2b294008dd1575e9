// token_list.h: the tokens of a file, for people and for tests. The parser reads tokens
// as it needs them and keeps none.
#ifndef PYTHON_TOKEN_LIST_H
#define PYTHON_TOKEN_LIST_H

#include "python/lex.h"

// Calls `visit` for every token in source order, TOK_END last. An f- or t-string is one
// token. Mistakes go to `diags`, give a TOK_ERROR and reading goes on behind the line.
void py_each_token(const Source *source, InternCache *names, DiagSink *diags,
                   void (*visit)(void *data, PyToken kind, Span span), void *data);

#endif
