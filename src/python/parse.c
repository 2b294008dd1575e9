// parse.c: modules, blocks and compound statements, and the way back after a mistake.
//
// The one idea: a statement that cannot be read costs one logical line. What was read of
// it is kept in an ErrorStmt, a block that follows it is read as its body, and the next
// line is a statement again.
#include "python/parse.h"

#include "python/parse_internal.h"

static void statement(Parser *p);
static Ref block(Parser *p);

// --- shared helpers ------------------------------------------------------------------

Ref list_from(Parser *p, size_t base) {
  uint32_t n = (uint32_t)(p->stack.len - base);
  if (n == 0)
    return 0;
  PyTree *t = p->tree;
  if (t->used + n + 1 > t->capacity) {
    t->capacity = t->capacity * 2 + n + 1;
    t->words = mem_realloc(t->words, (size_t)t->capacity * sizeof *t->words);
  }
  Ref r = t->used;
  t->words[r] = n;
  if (n < 8) // most lists are short
    for (uint32_t i = 0; i < n; i++)
      t->words[r + 1 + i] = p->stack.items[base + i];
  else
    memcpy(t->words + r + 1, p->stack.items + base, n * sizeof *t->words);
  t->used += n + 1;
  p->stack.len = base;
  return r;
}

void fail_token(Parser *p, const char *wanted) {
  Lexer *lx = &p->lx;
  Str text = {(const char *)lx->text + lx->start, lx->stop - lx->start};
  Span at = {lx->start, lx->stop};
  switch (token(p)) {
  case TOK_NAME:
  case TOK_NUMBER:
    lex_fail(lx, at, "expected %s, found `%.*s`", wanted, (int)min_size(text.len, 60),
             text.ptr);
    break;
  case TOK_END:
  case TOK_NEWLINE:
  case TOK_INDENT:
  case TOK_DEDENT:
  case TOK_STRING:
  case TOK_FSTRING:
    lex_fail(lx, at, "expected %s, found the %s", wanted,
             token(p) == TOK_DEDENT ? "end of the block" : py_token_text(token(p)));
    break;
  default:
    lex_fail(lx, at, "expected %s, found `%.*s`", wanted, (int)min_size(text.len, 60),
             text.ptr);
  }
}

void fail_node(Parser *p, Ref node, const char *why) {
  lex_fail(&p->lx, (Span){head(p, node)->start, head(p, node)->end}, "%s", why);
}

void expect(Parser *p, PyToken tok) {
  if (token(p) == tok) {
    next(p);
    return;
  }
  char wanted[40] = "`";
  strncat(wanted, py_token_text(tok), sizeof wanted - 3);
  strcat(wanted, "`");
  fail_token(p, tok <= TOK_FSTRING ? py_token_text(tok) : wanted);
}

bool enter(Parser *p) {
  if (p->depth >= PARSE_MAX_DEPTH) {
    lex_fail(&p->lx, (Span){p->lx.start, p->lx.stop}, "the code is nested too deeply");
    return false;
  }
  p->depth++;
  return true;
}

Ref error_expr(Parser *p) {
  Ref r = NEW(p, ErrorExpr, p->lx.start);
  head(p, r)->end = p->lx.start;
  return r;
}

Checkpoint checkpoint(const Parser *p) {
  return (Checkpoint){p->lx,           p->tree->used,          p->stack.len,
                      p->comments.len, p->lx.diags->diags.len, p->lx.diags->dropped};
}

void back_to(Parser *p, const Checkpoint *c) {
  p->lx = c->lx;
  p->tree->used = c->used;
  p->stack.len = c->stack;
  p->comments.len = c->comments;
  p->lx.diags->diags.len = c->diags;
  p->lx.diags->dropped = c->dropped;
}

// --- compound statements -------------------------------------------------------------

static Ref else_block(Parser *p) {
  return accept(p, TOK_ELSE) ? block(p) : 0;
}

static Ref if_node(Parser *p, uint32_t start, Ref test, Ref body, Ref orelse) {
  Ref r = NEW(p, If, start);
  PyIf *s = SET(p, If, r);
  s->test = test;
  s->body = body;
  s->orelse = orelse;
  return r;
}

// A chain of elif is built from its end, so that its length costs no recursion.
static Ref if_stmt(Parser *p) {
  size_t base = p->stack.len; // start, test, body of each branch
  do {
    push(p, p->lx.start);
    next(p);
    push(p, named_expression(p));
    push(p, block(p));
  } while (token(p) == TOK_ELIF);
  Ref orelse = else_block(p);
  for (;;) {
    const uint32_t *branch = p->stack.items + p->stack.len - 3;
    uint32_t start = branch[0], test = branch[1], body = branch[2];
    p->stack.len -= 3;
    Ref r = if_node(p, start, test, body, orelse);
    if (p->stack.len == base)
      return r;
    head(p, r)->flags = PYF_ELIF;
    size_t at = p->stack.len;
    push(p, r);
    orelse = list_from(p, at);
  }
}

static Ref while_stmt(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  Ref test = named_expression(p);
  Ref body = block(p);
  Ref orelse = else_block(p);
  Ref r = NEW(p, While, start);
  PyWhile *s = SET(p, While, r);
  s->test = test;
  s->body = body;
  s->orelse = orelse;
  return r;
}

static Ref for_stmt(Parser *p, uint32_t start, bool is_async) {
  next(p);
  Ref target = star_targets(p, TOK_IN);
  expect(p, TOK_IN);
  Ref iter = star_expressions(p);
  Ref body = block(p);
  Ref orelse = else_block(p);
  Ref r = NEW(p, For, start);
  PyFor *s = SET(p, For, r);
  s->node.flags = is_async ? PYF_ASYNC : 0;
  s->target = target;
  s->iter = iter;
  s->body = body;
  s->orelse = orelse;
  return r;
}

static Ref with_item(Parser *p) {
  uint32_t start = p->lx.start;
  Ref context = expression(p);
  Ref vars = accept(p, TOK_AS) ? star_target(p) : 0;
  Ref r = NEW(p, WithItem, start);
  SET(p, WithItem, r)->context = context;
  SET(p, WithItem, r)->vars = vars;
  return r;
}

// '(' with_item (',' with_item)* [','] ')' before ':'; pushes the items, or nothing where
// the parentheses belong to an expression.
static bool with_items_in_parentheses(Parser *p) {
  Checkpoint before = checkpoint(p);
  next(p);
  do
    push(p, with_item(p));
  while (accept(p, TOK_COMMA) && token(p) != TOK_RPAR);
  if (accept(p, TOK_RPAR) && token(p) == TOK_COLON)
    return true;
  back_to(p, &before);
  return false;
}

static Ref with_stmt(Parser *p, uint32_t start, bool is_async) {
  next(p);
  size_t base = p->stack.len;
  if (token(p) != TOK_LPAR || !with_items_in_parentheses(p))
    do
      push(p, with_item(p));
    while (accept(p, TOK_COMMA));
  Ref items = list_from(p, base);
  Ref body = block(p);
  Ref r = NEW(p, With, start);
  PyWith *s = SET(p, With, r);
  s->node.flags = is_async ? PYF_ASYNC : 0;
  s->items = items;
  s->body = body;
  return r;
}

// except_block: 'except' ['*'] [expression ['as' NAME] | expressions (PEP 758)] ':' block
static Ref except_handler(Parser *p, bool star) {
  uint32_t start = p->lx.start;
  next(p);
  if (star)
    expect(p, TOK_STAR);
  Ref type = 0;
  Atom name = 0;
  uint32_t name_at = 0;
  if (token(p) != TOK_COLON || star) {
    uint32_t type_at = p->lx.start;
    type = expression(p);
    if (token(p) == TOK_COMMA) {
      size_t base = p->stack.len;
      push(p, type);
      while (accept(p, TOK_COMMA) && token(p) != TOK_COLON)
        push(p, expression(p));
      Ref elts = list_from(p, base);
      type = NEW(p, Tuple, type_at);
      SET(p, Tuple, type)->elts = elts;
    } else if (accept(p, TOK_AS)) {
      name_at = p->lx.start;
      name = p->lx.atom;
      expect(p, TOK_NAME);
    }
  }
  Ref body = block(p);
  Ref r = NEW(p, ExceptHandler, start);
  PyExceptHandler *h = SET(p, ExceptHandler, r);
  h->type = type;
  h->name = name;
  h->name_at = name_at;
  h->body = body;
  return r;
}

static bool at_except_star(Parser *p) {
  const uint8_t *s = p->lx.cur;
  while (*s == ' ' || *s == '\t')
    s++;
  return *s == '*';
}

static Ref try_stmt(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  Ref body = block(p);
  size_t base = p->stack.len;
  bool star = token(p) == TOK_EXCEPT && at_except_star(p);
  while (token(p) == TOK_EXCEPT) {
    if (at_except_star(p) != star)
      lex_complain(&p->lx, (Span){p->lx.start, p->lx.stop},
                   "`except` and `except*` cannot stand on the same `try`");
    push(p, except_handler(p, at_except_star(p)));
  }
  Ref handlers = list_from(p, base);
  Ref orelse = handlers ? else_block(p) : 0;
  Ref finalbody = accept(p, TOK_FINALLY) ? block(p) : 0;
  if (!handlers && !finalbody)
    lex_complain(&p->lx, (Span){start, start + 3}, "`try` without `except` or `finally`");
  Ref r = NEW(p, Try, start);
  PyTry *s = SET(p, Try, r);
  s->node.flags = star ? PYF_STAR : 0;
  s->body = body;
  s->handlers = handlers;
  s->orelse = orelse;
  s->finalbody = finalbody;
  return r;
}

static Ref function_def(Parser *p, uint32_t start, Ref decorators, bool is_async) {
  next(p);
  Atom name = p->lx.atom;
  uint32_t name_at = p->lx.start;
  expect(p, TOK_NAME);
  Ref type_parameters = type_params(p);
  expect(p, TOK_LPAR);
  Ref params = parameters(p, TOK_RPAR, true);
  expect(p, TOK_RPAR);
  Ref returns = accept(p, TOK_ARROW) ? expression(p) : 0;
  Ref body = block(p);
  Ref r = NEW(p, FunctionDef, start);
  PyFunctionDef *f = SET(p, FunctionDef, r);
  f->node.flags = is_async ? PYF_ASYNC : 0;
  f->decorators = decorators;
  f->name = name;
  f->name_at = name_at;
  f->type_params = type_parameters;
  f->params = params;
  f->returns = returns;
  f->body = body;
  return r;
}

static Ref class_def(Parser *p, Ref decorators) {
  uint32_t start = p->lx.start;
  next(p);
  Atom name = p->lx.atom;
  uint32_t name_at = p->lx.start;
  expect(p, TOK_NAME);
  Ref type_parameters = type_params(p);
  Ref args = token(p) == TOK_LPAR ? arguments(p, false) : 0;
  Ref body = block(p);
  Ref r = NEW(p, ClassDef, start);
  PyClassDef *c = SET(p, ClassDef, r);
  c->decorators = decorators;
  c->name = name;
  c->name_at = name_at;
  c->type_params = type_parameters;
  c->args = args;
  c->body = body;
  return r;
}

static Ref async_stmt(Parser *p, Ref decorators) {
  uint32_t start = p->lx.start;
  next(p);
  if (token(p) == TOK_DEF)
    return function_def(p, start, decorators, true);
  if (token(p) == TOK_FOR && !decorators)
    return for_stmt(p, start, true);
  if (token(p) == TOK_WITH && !decorators)
    return with_stmt(p, start, true);
  fail_token(p,
             decorators ? "`def` after `async`" : "`def`, `for` or `with` after `async`");
  return error_expr(p);
}

static Ref error_stmt(Parser *p, uint32_t start, size_t base) {
  Ref parts = list_from(p, base);
  Ref r = NEW(p, ErrorStmt, start);
  if (head(p, r)->end < start)
    head(p, r)->end = start;
  SET(p, ErrorStmt, r)->parts = parts;
  return r;
}

// ('@' named_expression NEWLINE)+ before def or class
static Ref decorated(Parser *p) {
  uint32_t start = p->lx.start;
  size_t base = p->stack.len;
  while (accept(p, TOK_AT)) {
    push(p, named_expression(p));
    if (token(p) != TOK_NEWLINE)
      fail_token(p, "the end of the line");
    else
      next(p);
  }
  if (token(p) == TOK_DEF || token(p) == TOK_CLASS || token(p) == TOK_ASYNC) {
    Ref decorators = list_from(p, base);
    if (token(p) == TOK_ASYNC)
      return async_stmt(p, decorators);
    return token(p) == TOK_CLASS ? class_def(p, decorators)
                                 : function_def(p, p->lx.start, decorators, false);
  }
  lex_complain(&p->lx, (Span){p->lx.start, p->lx.stop},
               "expected a function or class after the decorators");
  return error_stmt(p, start, base);
}

static Ref match_case(Parser *p) {
  uint32_t start = p->lx.start;
  next(p); // "case"
  Ref pattern = patterns(p);
  Ref guard = accept(p, TOK_IF) ? named_expression(p) : 0;
  Ref body = block(p);
  Ref r = NEW(p, MatchCase, start);
  PyMatchCase *c = SET(p, MatchCase, r);
  c->pattern = pattern;
  c->guard = guard;
  c->body = body;
  return r;
}

// Statements up to the DEDENT, pushed; the INDENT was read.
static void statements_to_dedent(Parser *p) {
  while (token(p) != TOK_DEDENT && token(p) != TOK_END)
    statement(p);
  accept(p, TOK_DEDENT);
}

static bool at_case(const Parser *p) {
  return token(p) == TOK_NAME && p->lx.atom == SYM_case;
}

// A case block whose header cannot be read costs that block alone.
static void case_block(Parser *p) {
  uint32_t start = p->lx.start;
  size_t base = p->stack.len;
  push(p, match_case(p));
  if (!p->lx.failed)
    return;
  lex_recover(&p->lx, lex_column(&p->lx, start));
  accept(p, TOK_NEWLINE);
  if (accept(p, TOK_INDENT))
    statements_to_dedent(p);
  Ref r = error_stmt(p, start, base);
  push(p, r);
}

// subject_expr: star_named_expression ',' [star_named_expressions] | named_expression
static Ref match_subject(Parser *p) {
  uint32_t start = p->lx.start;
  Ref subject = star_named_expression(p);
  if (token(p) != TOK_COMMA) {
    if (py_kind(p->tree, subject) == PY_STARRED)
      fail_node(p, subject, "a starred expression cannot stand alone here");
    return subject;
  }
  size_t base = p->stack.len;
  push(p, subject);
  while (accept(p, TOK_COMMA) && token(p) != TOK_COLON)
    push(p, star_named_expression(p));
  Ref elts = list_from(p, base);
  Ref r = NEW(p, Tuple, start);
  SET(p, Tuple, r)->elts = elts;
  return r;
}

// match_stmt: "match" subject_expr ':' NEWLINE INDENT case_block+ DEDENT; 0 where `match`
// is a plain name
static Ref match_stmt(Parser *p) {
  Checkpoint before = checkpoint(p);
  uint32_t start = p->lx.start;
  next(p);
  switch (token(p)) {
  case TOK_EQUAL:
  case TOK_DOT:
  case TOK_COMMA:
  case TOK_COLON:
  case TOK_NEWLINE:
  case TOK_RPAR:
    back_to(p, &before);
    return 0;
  default:
    break;
  }
  Ref subject = match_subject(p);
  if (!accept(p, TOK_COLON) || !accept(p, TOK_NEWLINE) || !accept(p, TOK_INDENT) ||
      !at_case(p)) {
    back_to(p, &before);
    return 0;
  }
  size_t base = p->stack.len;
  while (token(p) != TOK_DEDENT && token(p) != TOK_END) {
    if (at_case(p)) {
      case_block(p);
      continue;
    }
    lex_complain(&p->lx, (Span){p->lx.start, p->lx.stop}, "expected `case` in a match");
    size_t at = p->stack.len;
    uint32_t stray = p->lx.start;
    statement(p);
    Ref r = error_stmt(p, stray, at);
    push(p, r);
  }
  accept(p, TOK_DEDENT);
  Ref cases = list_from(p, base);
  Ref r = NEW(p, Match, start);
  SET(p, Match, r)->subject = subject;
  SET(p, Match, r)->cases = cases;
  return r;
}

// block: NEWLINE INDENT statements DEDENT | simple_stmts, after its ':'
static Ref block(Parser *p) {
  expect(p, TOK_COLON);
  if (p->lx.failed)
    return 0;
  size_t base = p->stack.len;
  if (token(p) != TOK_NEWLINE) {
    simple_stmts(p);
    return list_from(p, base);
  }
  next(p);
  if (token(p) != TOK_INDENT) {
    lex_complain(&p->lx, (Span){p->lx.start, p->lx.stop}, "expected an indented block");
    return 0;
  }
  if (!enter(p))
    return 0;
  next(p);
  statements_to_dedent(p);
  leave(p);
  return list_from(p, base);
}

// A compound statement, or 0 where a simple one begins.
static Ref compound_stmt(Parser *p) {
  switch (token(p)) {
  case TOK_NAME:
    return p->lx.atom == SYM_match ? match_stmt(p) : 0;
  case TOK_IF:
    return if_stmt(p);
  case TOK_FOR:
    return for_stmt(p, p->lx.start, false);
  case TOK_WHILE:
    return while_stmt(p);
  case TOK_WITH:
    return with_stmt(p, p->lx.start, false);
  case TOK_TRY:
    return try_stmt(p);
  case TOK_DEF:
    return function_def(p, p->lx.start, 0, false);
  case TOK_CLASS:
    return class_def(p, 0);
  case TOK_AT:
    return decorated(p);
  case TOK_ASYNC:
    return async_stmt(p, 0);
  default:
    return 0;
  }
}

// What was read since `base` becomes an ErrorStmt; the next line is read again.
static void recover(Parser *p, uint32_t start, size_t base) {
  lex_recover(&p->lx, lex_column(&p->lx, start));
  accept(p, TOK_NEWLINE);
  if (token(p) == TOK_INDENT && enter(p)) {
    next(p);
    statements_to_dedent(p);
    leave(p);
  }
  Ref r = error_stmt(p, start, base);
  push(p, r);
}

static void unexpected_indent(Parser *p) {
  uint32_t start = p->lx.start;
  size_t base = p->stack.len;
  lex_complain(&p->lx, (Span){start, start}, "unexpected indent");
  bool room = enter(p);
  next(p);
  statements_to_dedent(p);
  if (room)
    leave(p);
  Ref r = error_stmt(p, start, base);
  push(p, r);
}

static void statement(Parser *p) {
  uint32_t start = p->lx.start;
  size_t base = p->stack.len;
  if (token(p) == TOK_INDENT) {
    unexpected_indent(p);
    return;
  }
  if (token(p) == TOK_NEWLINE) { // an empty line that only a joined line can leave
    next(p);
    return;
  }
  Ref r = compound_stmt(p);
  if (r)
    push(p, r);
  else if (!p->lx.failed)
    simple_stmts(p);
  if (UNLIKELY(p->lx.failed))
    recover(p, start, base);
}

// --- the module ----------------------------------------------------------------------

static void tree_begin(PyTree *tree, const Source *source, size_t capacity) {
  *tree = (PyTree){.source = source, .used = 1, .capacity = (uint32_t)capacity};
  tree->words = mem_alloc(capacity * sizeof *tree->words);
  tree->words[0] = 0;
}

static void top_statement(Parser *p) {
  if (token(p) == TOK_DEDENT) // left by a mistake in indentation
    next(p);
  else
    statement(p);
}

void py_parse(PyTree *tree, const Source *source, InternCache *names, DiagSink *diags) {
  // Most trees fit; what is not touched costs nothing, and is given back.
  tree_begin(tree, source, source->text.len / 2 + 64);
  size_t before = diags->diags.len + diags->dropped;
  Parser p = {.tree = tree};
  lex_init(&p.lx, source, names, diags, &p.comments);
  while (token(&p) != TOK_END)
    top_statement(&p);
  Ref body = list_from(&p, 0);
  tree->root = NEW(&p, Module, 0);
  head(&p, tree->root)->end = (uint32_t)source->text.len;
  SET(&p, Module, tree->root)->body = body;
  tree->comments = p.comments.items;
  tree->comment_count = (uint32_t)p.comments.len;
  tree->has_errors = diags->diags.len + diags->dropped > before;
  tree->words = mem_realloc(tree->words, (size_t)tree->used * sizeof *tree->words);
  tree->capacity = tree->used;
  vec_free(&p.stack);
}

// No check looks beyond its statement: each tree is dropped before the next is made, and
// all of them are built in the same little memory.
bool py_is_valid(const Source *source, InternCache *names) {
  enum {
    ROOM = 1 << 14 // words, enough for most statements
  };
  Arena arena = {0};
  DiagSink diags = {.arena = &arena};
  PyTree tree;
  tree_begin(&tree, source, ROOM);
  Parser p = {.tree = &tree};
  lex_init(&p.lx, source, names, &diags, &p.comments);
  while (token(&p) != TOK_END && !diags.diags.len) {
    top_statement(&p);
    tree.used = 1;
    p.stack.len = p.comments.len = 0;
  }
  bool valid = !diags.diags.len && !diags.dropped;
  vec_free(&p.stack);
  vec_free(&p.comments);
  py_tree_free(&tree);
  diag_sink_free(&diags);
  arena_reset(&arena);
  return valid;
}

void py_tree_free(PyTree *tree) {
  mem_free(tree->words);
  mem_free(tree->comments);
  *tree = (PyTree){0};
}
