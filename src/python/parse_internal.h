// parse_internal.h: what the parser's files share. Not for others.
//
// - A function that reads a construct is named after its grammar rule (Python language
//   reference, "Full Grammar specification") and returns its node; it is called with the
//   construct's first token as the current one.
// - Lists are gathered on `stack` and copied behind their items by list_from; a node is
//   made after its children, because the tree's words may move while it grows.
// - After an error the current token is TOK_ERROR: loops end, nodes are still made.
#ifndef PYTHON_PARSE_INTERNAL_H
#define PYTHON_PARSE_INTERNAL_H

#include "python/lex.h"

enum {
  PARSE_MAX_DEPTH = 2000, // nested expressions and blocks
};

typedef struct {
  Lexer lx;
  PyTree *tree;
  Vec(uint32_t) stack;
  SpanList comments;
  uint32_t depth;
} Parser;

// The type of a target decides what may stand there.
typedef enum {
  TARGET_ASSIGN, // =, for, with … as
  TARGET_AUGMENTED,
  TARGET_DELETE,
} TargetKind;

// Precedences for binary(): an operator binds when its own is at least `min`.
typedef enum {
  PREC_NONE,
  PREC_OR,
  PREC_AND,
  PREC_NOT,
  PREC_COMPARE,
  PREC_BIT_OR,
  PREC_BIT_XOR,
  PREC_BIT_AND,
  PREC_SHIFT,
  PREC_ARITHMETIC,
  PREC_TERM,
} Precedence;

static inline Ref node_new(Parser *p, PyKind kind, uint32_t start, uint32_t words) {
  PyTree *t = p->tree;
  if (UNLIKELY(t->used + words > t->capacity)) {
    t->capacity = t->capacity * 2 + words;
    t->words = mem_realloc(t->words, (size_t)t->capacity * sizeof *t->words);
  }
  Ref r = t->used;
  t->used += words;
  memset(t->words + r, 0, words * sizeof *t->words);
  PyNode *n = (PyNode *)(void *)(t->words + r);
  n->kind = (uint8_t)kind;
  n->start = start;
  n->end = p->lx.prev_stop > start ? p->lx.prev_stop : start;
  return r;
}
#define NEW(p, Type, start)                                                              \
  node_new((p), (PyKind)PY_KIND_OF_##Type, (start), sizeof(Py##Type) / 4)
#define SET(p, Type, ref) ((Py##Type *)(void *)((p)->tree->words + (ref)))
static inline PyNode *head(Parser *p, Ref r) {
  return (PyNode *)(void *)(p->tree->words + r);
}
static inline bool is_bare(Parser *p, Ref r, PyKind kind) { // without parentheses
  return head(p, r)->kind == kind && !(head(p, r)->flags & PYF_PAREN);
}

static inline void push(Parser *p, uint32_t word) {
  vec_push(&p->stack, word);
}
Ref list_from(Parser *p, size_t base); // 0 for none; takes them off the stack

static inline PyToken token(const Parser *p) {
  return (PyToken)p->lx.tok;
}
static inline void next(Parser *p) {
  lex_next(&p->lx);
}
static inline bool accept(Parser *p, PyToken tok) {
  if (token(p) != tok)
    return false;
  next(p);
  return true;
}
void expect(Parser *p, PyToken tok); // else an error
void fail_token(Parser *p, const char *wanted);
void fail_node(Parser *p, Ref node, const char *why);
// True while nesting is bounded; otherwise an error was reported. Pair with leave().
bool enter(Parser *p);
static inline void leave(Parser *p) {
  p->depth--;
}
Ref error_expr(Parser *p);

// A place to come back to when a reading of soft keywords or parentheses fails.
typedef struct {
  Lexer lx;
  uint32_t used;
  size_t stack, comments, diags;
  uint32_t dropped;
} Checkpoint;
Checkpoint checkpoint(const Parser *p);
void back_to(Parser *p, const Checkpoint *c);

Ref expression(Parser *p);       // 'if' … 'else', lambda
Ref named_expression(Parser *p); // NAME ':=' expression, or expression
Ref starred(Parser *p, int min); // '*' and an operand as of binary(); 0: any expression
Ref star_named_expression(Parser *p); // '*' bitwise_or, or named_expression
Ref star_expressions(Parser *p);      // a tuple without parentheses, or one expression
Ref yield_or_star_expressions(Parser *p);
Ref binary(Parser *p, int min);
Ref star_targets(Parser *p, PyToken end); // of for; `end` stops a trailing comma
Ref star_target(Parser *p);               // of with … as
Ref arguments(Parser *p, bool generator); // from '(' to ')'; the list of arguments
Ref parameters(Parser *p, PyToken end, bool annotated);
// simple_stmt (';' simple_stmt)* [';'] NEWLINE, pushed one by one
void simple_stmts(Parser *p);
Ref type_params(Parser *p); // '[' … ']', or 0 where none begin
Ref name_node(Parser *p);
Ref number_node(Parser *p);
Ref strings(Parser *p);
// An f- or t-string whose opening quotes are the current token, to the token behind it;
// its parts are left on the stack.
void formatted_string(Parser *p, bool *is_template);
Ref patterns(Parser *p); // after `case`
void check_target(Parser *p, Ref r, TargetKind kind);

#endif
