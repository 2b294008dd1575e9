// lex.h: from text to tokens, one at a time, on demand.
//
// - The lexer holds the current token; lex_next goes to the next one. It is a plain
//   struct: a copy of it is a place to come back to (comments found since are kept in
//   order by cutting the list back to `comments.len` of the copy).
// - Errors are sticky: after lex_fail every token is TOK_ERROR until lex_recover, so
//   that loops of the parser end by themselves and one mistake gives one diagnostic.
// - An f- or t-string is given as TOK_FSTRING with `cur` behind the opening quotes; the
//   parser reads its parts (PEP 498, 701, 750).
// Source of the token rules: "Lexical analysis" in the Python language reference.
#ifndef PYTHON_LEX_H
#define PYTHON_LEX_H

#include "python/ast.h"

typedef enum {
#define TOKEN(kind, text) TOK_##kind,
#define KEYWORD(kind, name) TOK_##kind,
#include "python/tokens.def"
#undef TOKEN
#undef KEYWORD
  TOK_COUNT
} PyToken;

enum { // CPython's own limits (tokenizer MAXLEVEL, MAXINDENT)
  LEX_MAX_BRACKETS = 200,
  LEX_MAX_INDENTS = 100,
};

typedef Vec(Span) SpanList;

typedef struct {
  const uint8_t *text, *cur, *end; // end: the first padding byte
  InternCache *names;
  DiagSink *diags;
  SpanList *comments;
  uint32_t start, stop; // of the current token
  uint32_t prev_stop;   // end of the token before, newlines and indents left out
  Atom atom;            // TOK_NAME
  uint8_t tok;          // PyToken
  uint8_t op;           // TOK_AUGMENTED: PyOp; TOK_NUMBER: PyNumKind
  bool line_start;      // the next token begins a logical line
  bool failed;
  bool escaped;                      // TOK_STRING: a backslash is in it
  bool in_field;                     // inside a replacement field of an f-string
  int16_t pending;                   // INDENT (1) or DEDENT (-n) tokens still to be given
  uint16_t depth;                    // open brackets
  uint16_t indents;                  // open indentations
  uint16_t floor;                    // bracket depth of the innermost replacement field
  uint32_t opened[LEX_MAX_BRACKETS]; // offsets of the open brackets
  uint16_t columns[LEX_MAX_INDENTS + 1];     // with tabs to 8
  uint16_t alt_columns[LEX_MAX_INDENTS + 1]; // with tabs to 1
} Lexer;

void lex_init(Lexer *lx, const Source *source, InternCache *names, DiagSink *diags,
              SpanList *comments);
void lex_next(Lexer *lx);
// Reports an error at a span and makes every token TOK_ERROR until lex_recover.
void lex_fail(Lexer *lx, Span at, const char *format, ...) PRINTF_LIKE(3, 4);
// Reports an error that does not stop the reading of the line.
void lex_complain(Lexer *lx, Span at, const char *why);
// Goes on behind the logical line that could not be read: the current token becomes the
// NEWLINE that ends it, or the first token of a line that must be a new statement
// because it starts with a statement keyword, or stands no deeper than `column`.
void lex_recover(Lexer *lx, uint32_t column);
// Column (tabs to 8) of the line that holds an offset.
uint32_t lex_column(const Lexer *lx, uint32_t offset);

// The first of quote, backslash, newline (unless triple), brace (where asked), or NUL.
const uint8_t *lex_find_in_string(const uint8_t *s, uint8_t quote, bool triple,
                                  bool braces);
const char *py_token_text(PyToken token);

#endif
