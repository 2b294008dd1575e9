// Request: what a person typed or pasted, taken apart.
//
//   Request r;
//   request_read(&r, &arena, names, text);
//   r.prose   "Convert this to 2.0 style:"
//   r.blocks  {"session.query(User).all()", python}
//
// - Code is what stands between fences or back-ticks, lines that read as Python, and
//   chains of calls within a sentence (`session.query(User).all()`), without the
//   sentence's full stop.
// - Tracebacks and messages of exceptions are taken out whole, with their `[SQL: …]` and
//   `DETAIL:` lines.
// - Clauses are the parts of the prose that ask for one thing each: sentences, and what
//   follows "and show", "then", ";".
// - What was taken out leaves one blank. Bounded by REQUEST_MAX bytes.
#ifndef AGENT_REQUEST_H
#define AGENT_REQUEST_H

#include "base/err.h"
#include "base/intern.h"
#include "base/vec.h"

#define REQUEST_MAX ((size_t)8 << 20)

typedef enum {
  BLOCK_PYTHON,
  BLOCK_ERROR, // a traceback or message
  BLOCK_OTHER  // SQL, shell, configuration
} BlockKind;

typedef struct {
  BlockKind kind;
  Str text;     // without fences
  Str language; // as the fence names it, "" where it does not
  bool fenced;
  bool parses; // PYTHON: without syntax errors
} RequestBlock;

typedef struct {
  Str text;
  Str prose;
  Vec(RequestBlock) blocks;
  Vec(Str) clauses;
  Vec(Str) files; // names with an ending, as "models.py"
} Request;

MUST_USE bool request_read(Request *r, Arena *arena, Interner *names, Str text, Err *err);
void request_free(Request *r);
// The first block of a kind, or NULL.
const RequestBlock *request_block(const Request *r, BlockKind kind);
// All Python blocks, one after the other, a line between them.
Str request_python(const Request *r, Arena *arena);

#endif
