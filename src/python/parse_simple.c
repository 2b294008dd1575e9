// parse_simple.c: statements of one logical line, several of which may share it.
#include "python/parse_internal.h"

static Ref one_child(Parser *p, PyKind kind, uint32_t start, Ref child) {
  Ref r = node_new(p, kind, start, sizeof(PyReturn) / 4);
  SET(p, Return, r)->value = child;
  return r;
}

static bool ends_statement(PyToken tok) {
  return tok == TOK_NEWLINE || tok == TOK_SEMI || tok == TOK_END || tok == TOK_ERROR;
}

static Ref return_stmt(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  Ref value = ends_statement(token(p)) ? 0 : star_expressions(p);
  return one_child(p, PY_RETURN, start, value);
}

static Ref raise_stmt(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  Ref exc = 0, cause = 0;
  if (!ends_statement(token(p))) {
    exc = expression(p);
    if (accept(p, TOK_FROM))
      cause = expression(p);
  }
  Ref r = NEW(p, Raise, start);
  SET(p, Raise, r)->exc = exc;
  SET(p, Raise, r)->cause = cause;
  return r;
}

static Ref assert_stmt(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  Ref test = expression(p);
  Ref msg = accept(p, TOK_COMMA) ? expression(p) : 0;
  Ref r = NEW(p, Assert, start);
  SET(p, Assert, r)->test = test;
  SET(p, Assert, r)->msg = msg;
  return r;
}

static Ref del_stmt(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  size_t base = p->stack.len;
  do {
    Ref r = binary(p, PREC_BIT_OR);
    check_target(p, r, TARGET_DELETE);
    push(p, r);
  } while (accept(p, TOK_COMMA) && !ends_statement(token(p)));
  return one_child(p, PY_DELETE, start, list_from(p, base));
}

static Ref scope_stmt(Parser *p, PyKind kind) { // global, nonlocal
  uint32_t start = p->lx.start;
  next(p);
  size_t base = p->stack.len;
  do
    push(p, name_node(p));
  while (accept(p, TOK_COMMA));
  return one_child(p, kind, start, list_from(p, base));
}

// dotted_name, as one atom without the blanks that may stand around its dots
static Atom dotted_name(Parser *p) {
  if (token(p) != TOK_NAME) {
    fail_token(p, "a module's name");
    return 0;
  }
  Atom first = p->lx.atom;
  next(p);
  if (token(p) != TOK_DOT)
    return first;
  Buf whole = {0};
  const Interner *names = intern_cache_interner(p->lx.names);
  buf_add_str(&whole, atom_str(names, first));
  while (accept(p, TOK_DOT)) {
    if (token(p) != TOK_NAME) {
      fail_token(p, "a name after the dot");
      break;
    }
    buf_add_char(&whole, '.');
    buf_add_str(&whole, atom_str(names, p->lx.atom));
    next(p);
  }
  Atom atom = intern(p->lx.names, buf_str(&whole));
  buf_free(&whole);
  return atom;
}

static Ref alias(Parser *p, bool dotted) {
  uint32_t start = p->lx.start, asname_at = 0;
  Atom name = 0, asname = 0;
  if (dotted)
    name = dotted_name(p);
  else if (token(p) == TOK_NAME) {
    name = p->lx.atom;
    next(p);
  } else
    fail_token(p, "a name to import");
  if (accept(p, TOK_AS)) {
    asname_at = p->lx.start;
    asname = p->lx.atom;
    expect(p, TOK_NAME);
  }
  Ref r = NEW(p, Alias, start);
  PyAlias *a = SET(p, Alias, r);
  a->name = name;
  a->asname = asname;
  a->asname_at = asname_at;
  return r;
}

static Ref import_stmt(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  size_t base = p->stack.len;
  do
    push(p, alias(p, true));
  while (accept(p, TOK_COMMA));
  return one_child(p, PY_IMPORT, start, list_from(p, base));
}

static Ref imported_names(Parser *p) {
  size_t base = p->stack.len;
  if (token(p) == TOK_STAR) {
    uint32_t start = p->lx.start;
    next(p);
    Ref r = NEW(p, Alias, start);
    SET(p, Alias, r)->name = intern(p->lx.names, STR("*"));
    push(p, r);
    return list_from(p, base);
  }
  bool parens = accept(p, TOK_LPAR);
  push(p, alias(p, false));
  while (accept(p, TOK_COMMA) && !(parens && token(p) == TOK_RPAR))
    push(p, alias(p, false));
  if (parens)
    expect(p, TOK_RPAR);
  return list_from(p, base);
}

// import_from: 'from' ('.' | '...')* [dotted_name] 'import' …
static Ref import_from_stmt(Parser *p) {
  uint32_t start = p->lx.start, level = 0;
  next(p);
  for (; token(p) == TOK_DOT || token(p) == TOK_ELLIPSIS; next(p))
    level += token(p) == TOK_DOT ? 1 : 3;
  Atom module = level && token(p) == TOK_IMPORT ? 0 : dotted_name(p);
  expect(p, TOK_IMPORT);
  uint32_t names_at = p->lx.start;
  Ref names = imported_names(p);
  Ref r = NEW(p, ImportFrom, start);
  PyImportFrom *f = SET(p, ImportFrom, r);
  f->node.aux = (uint16_t)min_size(level, UINT16_MAX);
  f->module = module;
  f->names = names;
  f->names_at = names_at;
  return r;
}

static Ref annotated_assignment(Parser *p, uint32_t start, Ref target) {
  PyKind kind = py_kind(p->tree, target);
  bool simple = is_bare(p, target, PY_NAME);
  if (kind != PY_NAME && kind != PY_ATTRIBUTE && kind != PY_SUBSCRIPT)
    fail_node(p, target, "only a single target can be annotated");
  next(p); // ':'
  Ref annotation = expression(p);
  Ref value = accept(p, TOK_EQUAL) ? yield_or_star_expressions(p) : 0;
  Ref r = NEW(p, AnnAssign, start);
  PyAnnAssign *a = SET(p, AnnAssign, r);
  a->node.flags = simple ? PYF_SIMPLE : 0;
  a->target = target;
  a->annotation = annotation;
  a->value = value;
  return r;
}

static Ref expression_stmt(Parser *p) {
  uint32_t start = p->lx.start;
  Ref first = yield_or_star_expressions(p);
  if (token(p) == TOK_COLON)
    return annotated_assignment(p, start, first);
  if (token(p) == TOK_AUGMENTED) {
    uint8_t op = p->lx.op;
    check_target(p, first, TARGET_AUGMENTED);
    next(p);
    Ref value = yield_or_star_expressions(p);
    Ref r = NEW(p, AugAssign, start);
    head(p, r)->aux = op;
    SET(p, AugAssign, r)->target = first;
    SET(p, AugAssign, r)->value = value;
    return r;
  }
  if (token(p) != TOK_EQUAL)
    return one_child(p, PY_EXPR_STMT, start, first);
  size_t base = p->stack.len;
  Ref value = first;
  while (token(p) == TOK_EQUAL) {
    check_target(p, value, TARGET_ASSIGN);
    push(p, value);
    next(p);
    value = yield_or_star_expressions(p);
  }
  Ref targets = list_from(p, base);
  Ref r = NEW(p, Assign, start);
  SET(p, Assign, r)->targets = targets;
  SET(p, Assign, r)->value = value;
  return r;
}

// type_params: '[' (NAME [':' expression] ['=' …] | '*' NAME … | '**' NAME …) ',' … ']'
static Ref type_param(Parser *p) {
  uint32_t start = p->lx.start;
  PyToken sort = token(p);
  if (sort == TOK_STAR || sort == TOK_DOUBLE_STAR)
    next(p);
  Atom name = p->lx.atom;
  expect(p, TOK_NAME);
  Ref bound = 0, value = 0;
  if (sort == TOK_NAME && accept(p, TOK_COLON))
    bound = expression(p);
  if (accept(p, TOK_EQUAL))
    value = sort == TOK_STAR ? star_named_expression(p) : expression(p);
  if (sort == TOK_NAME || sort == TOK_ERROR) {
    Ref r = NEW(p, TypeVar, start);
    PyTypeVar *v = SET(p, TypeVar, r);
    v->name = name;
    v->bound = bound;
    v->default_value = value;
    return r;
  }
  Ref r = sort == TOK_STAR ? NEW(p, TypeVarTuple, start) : NEW(p, ParamSpec, start);
  SET(p, ParamSpec, r)->name = name; // both have one shape
  SET(p, ParamSpec, r)->default_value = value;
  return r;
}

Ref type_params(Parser *p) {
  if (!accept(p, TOK_LSQB))
    return 0;
  size_t base = p->stack.len;
  do
    push(p, type_param(p));
  while (accept(p, TOK_COMMA) && token(p) != TOK_RSQB);
  expect(p, TOK_RSQB);
  return list_from(p, base);
}

// type_alias: "type" NAME [type_params] '=' expression; 0 where `type` is a plain name
static Ref type_alias(Parser *p) {
  Checkpoint before = checkpoint(p);
  uint32_t start = p->lx.start;
  next(p);
  if (token(p) == TOK_NAME) {
    Ref name = name_node(p);
    if (token(p) == TOK_EQUAL || token(p) == TOK_LSQB) {
      Ref params = type_params(p);
      expect(p, TOK_EQUAL);
      Ref value = expression(p);
      Ref r = NEW(p, TypeAlias, start);
      PyTypeAlias *a = SET(p, TypeAlias, r);
      a->name = name;
      a->type_params = params;
      a->value = value;
      return r;
    }
  }
  back_to(p, &before);
  return 0;
}

static Ref word_stmt(Parser *p, PyKind kind) { // pass, break, continue
  uint32_t start = p->lx.start;
  next(p);
  return node_new(p, kind, start, sizeof(PyPass) / 4);
}

static Ref simple_stmt(Parser *p) {
  Ref r;
  switch (token(p)) {
  case TOK_NAME:
    if (p->lx.atom == SYM_type && (r = type_alias(p)))
      return r;
    return expression_stmt(p);
  case TOK_RETURN:
    return return_stmt(p);
  case TOK_IMPORT:
    return import_stmt(p);
  case TOK_FROM:
    return import_from_stmt(p);
  case TOK_RAISE:
    return raise_stmt(p);
  case TOK_PASS:
    return word_stmt(p, PY_PASS);
  case TOK_BREAK:
    return word_stmt(p, PY_BREAK);
  case TOK_CONTINUE:
    return word_stmt(p, PY_CONTINUE);
  case TOK_DEL:
    return del_stmt(p);
  case TOK_ASSERT:
    return assert_stmt(p);
  case TOK_GLOBAL:
    return scope_stmt(p, PY_GLOBAL);
  case TOK_NONLOCAL:
    return scope_stmt(p, PY_NONLOCAL);
  default:
    return expression_stmt(p);
  }
}

// simple_stmt (';' simple_stmt)* [';'] NEWLINE
void simple_stmts(Parser *p) {
  do
    push(p, simple_stmt(p));
  while (accept(p, TOK_SEMI) && token(p) != TOK_NEWLINE);
  if (token(p) != TOK_NEWLINE)
    fail_token(p, "the end of the line");
  else
    next(p);
}
