// parse_pattern.c: the patterns of `case` (PEP 634).
#include "python/parse_internal.h"

static Ref pattern(Parser *p);

static Ref capture(Parser *p, uint32_t start, Ref inner, Atom name, uint32_t name_at) {
  Ref r = NEW(p, MatchAs, start);
  PyMatchAs *m = SET(p, MatchAs, r);
  m->pattern = inner;
  m->name = name == SYM__ ? 0 : name;
  m->name_at = name_at;
  return r;
}

static Ref value_pattern(Parser *p, uint32_t start, Ref value) {
  Ref r = NEW(p, MatchValue, start);
  SET(p, MatchValue, r)->value = value;
  return r;
}

static Ref number_or_error(Parser *p) {
  if (token(p) == TOK_NUMBER)
    return number_node(p);
  fail_token(p, "a number");
  return error_expr(p);
}

// signed_number: ['-'] NUMBER, and the complex `-1 + 2j`
static Ref signed_number(Parser *p) {
  uint32_t start = p->lx.start;
  bool minus = accept(p, TOK_MINUS);
  Ref left = number_or_error(p);
  bool real = py_kind(p->tree, left) == PY_NUM && head(p, left)->aux != PY_NUM_COMPLEX;
  if (minus) {
    Ref operand = left;
    left = NEW(p, UnaryOp, start);
    head(p, left)->aux = PY_U_SUB;
    SET(p, UnaryOp, left)->operand = operand;
  }
  if (token(p) != TOK_PLUS && token(p) != TOK_MINUS)
    return left;
  PyOp op = token(p) == TOK_PLUS ? PY_ADD : PY_SUB;
  if (!real)
    fail_node(p, left, "a real number is needed before the imaginary part");
  next(p);
  Ref right = number_or_error(p);
  if (py_kind(p->tree, right) == PY_NUM && head(p, right)->aux != PY_NUM_COMPLEX)
    fail_node(p, right, "an imaginary number is needed here");
  Ref r = NEW(p, BinOp, start);
  head(p, r)->aux = (uint16_t)op;
  SET(p, BinOp, r)->left = left;
  SET(p, BinOp, r)->right = right;
  return r;
}

static Ref singleton(Parser *p, PyConst value) {
  uint32_t start = p->lx.start;
  next(p);
  Ref r = NEW(p, MatchSingleton, start);
  head(p, r)->aux = (uint16_t)value;
  return r;
}

// name_or_attr: NAME ('.' NAME)*
static Ref name_or_attr(Parser *p) {
  uint32_t start = p->lx.start;
  Ref r = name_node(p);
  while (token(p) == TOK_DOT) {
    next(p);
    Atom attr = p->lx.atom;
    uint32_t at = p->lx.start;
    if (token(p) == TOK_NAME)
      next(p);
    else
      fail_token(p, "a name");
    Ref value = r;
    r = NEW(p, Attribute, start);
    SET(p, Attribute, r)->value = value;
    SET(p, Attribute, r)->attr = attr;
    SET(p, Attribute, r)->attr_at = at;
  }
  return r;
}

// A name that something is bound to, as after `as`, `*` and `**`.
static Atom target_name(Parser *p, bool wildcard, uint32_t *at) {
  *at = p->lx.start;
  if (token(p) != TOK_NAME || (!wildcard && p->lx.atom == SYM__)) {
    fail_token(p, "a name");
    return 0;
  }
  Atom name = p->lx.atom;
  next(p);
  return name;
}

static Ref star_pattern(Parser *p) {
  uint32_t start = p->lx.start, at;
  next(p);
  Atom name = target_name(p, true, &at);
  Ref r = NEW(p, MatchStar, start);
  SET(p, MatchStar, r)->name = name == SYM__ ? 0 : name;
  SET(p, MatchStar, r)->name_at = at;
  return r;
}

static Ref maybe_star_pattern(Parser *p) {
  return token(p) == TOK_STAR ? star_pattern(p) : pattern(p);
}

static Ref sequence_from(Parser *p, size_t base, uint32_t start) {
  Ref list = list_from(p, base);
  Ref r = NEW(p, MatchSequence, start);
  SET(p, MatchSequence, r)->patterns = list;
  return r;
}

// '[' … ']', or '(' … ')' which may be only a group
static Ref bracketed(Parser *p, PyToken close) {
  uint32_t start = p->lx.start;
  size_t base = p->stack.len;
  bool comma = close == TOK_RSQB;
  next(p);
  while (token(p) != close && !p->lx.failed) {
    push(p, maybe_star_pattern(p));
    if (token(p) == close)
      break;
    expect(p, TOK_COMMA);
    comma = true;
  }
  expect(p, close);
  if (!comma && p->stack.len == base + 1) {
    Ref inner = p->stack.items[base];
    p->stack.len = base;
    if (py_kind(p->tree, inner) == PY_MATCH_STAR)
      fail_node(p, inner, "a starred pattern cannot stand alone in parentheses");
    return inner;
  }
  return sequence_from(p, base, start);
}

static Ref mapping_key(Parser *p) {
  switch (token(p)) {
  case TOK_NUMBER:
  case TOK_MINUS:
    return signed_number(p);
  case TOK_STRING:
  case TOK_FSTRING:
    return strings(p);
  case TOK_NONE:
  case TOK_TRUE:
  case TOK_FALSE: {
    PyConst value = token(p) == TOK_NONE   ? PY_CONST_NONE
                    : token(p) == TOK_TRUE ? PY_CONST_TRUE
                                           : PY_CONST_FALSE;
    uint32_t start = p->lx.start;
    next(p);
    Ref r = NEW(p, Constant, start);
    head(p, r)->aux = (uint16_t)value;
    return r;
  }
  default: {
    Ref r = name_or_attr(p);
    if (py_kind(p->tree, r) == PY_NAME)
      fail_node(p, r, "a mapping pattern's key must be a literal or an attribute");
    return r;
  }
  }
}

static Ref mapping(Parser *p) {
  uint32_t start = p->lx.start, rest_at = 0;
  size_t base = p->stack.len;
  Atom rest = 0;
  next(p);
  while (token(p) != TOK_RBRACE && !p->lx.failed) {
    if (accept(p, TOK_DOUBLE_STAR)) {
      rest = target_name(p, false, &rest_at);
      accept(p, TOK_COMMA);
      break;
    }
    Ref key = mapping_key(p);
    push(p, key);
    expect(p, TOK_COLON);
    Ref value = pattern(p);
    push(p, value);
    if (token(p) != TOK_RBRACE)
      expect(p, TOK_COMMA);
  }
  expect(p, TOK_RBRACE);
  Ref items = list_from(p, base);
  Ref r = NEW(p, MatchMapping, start);
  PyMatchMapping *m = SET(p, MatchMapping, r);
  m->items = items;
  m->rest = rest;
  m->rest_at = rest_at;
  return r;
}

// NAME '=' pattern, or a pattern
static Ref class_argument(Parser *p, bool *keyword) {
  uint32_t start = p->lx.start;
  if (token(p) == TOK_NAME) {
    Checkpoint c = checkpoint(p);
    Atom name = p->lx.atom;
    next(p);
    if (accept(p, TOK_EQUAL)) {
      *keyword = true;
      Ref inner = pattern(p);
      Ref r = NEW(p, MatchKeyword, start);
      SET(p, MatchKeyword, r)->name = name;
      SET(p, MatchKeyword, r)->pattern = inner;
      return r;
    }
    back_to(p, &c);
  }
  Ref r = pattern(p);
  if (*keyword)
    fail_node(p, r, "positional patterns follow keyword patterns");
  return r;
}

static Ref class_pattern(Parser *p, uint32_t start, Ref cls) {
  size_t base = p->stack.len;
  bool keyword = false;
  next(p);
  while (token(p) != TOK_RPAR && !p->lx.failed) {
    push(p, class_argument(p, &keyword));
    if (token(p) != TOK_RPAR)
      expect(p, TOK_COMMA);
  }
  expect(p, TOK_RPAR);
  Ref list = list_from(p, base);
  Ref r = NEW(p, MatchClass, start);
  SET(p, MatchClass, r)->cls = cls;
  SET(p, MatchClass, r)->patterns = list;
  return r;
}

static Ref closed_pattern(Parser *p) {
  uint32_t start = p->lx.start;
  switch (token(p)) {
  case TOK_NUMBER:
  case TOK_MINUS:
    return value_pattern(p, start, signed_number(p));
  case TOK_STRING:
  case TOK_FSTRING:
    return value_pattern(p, start, strings(p));
  case TOK_NONE:
    return singleton(p, PY_CONST_NONE);
  case TOK_TRUE:
    return singleton(p, PY_CONST_TRUE);
  case TOK_FALSE:
    return singleton(p, PY_CONST_FALSE);
  case TOK_LPAR:
    return bracketed(p, TOK_RPAR);
  case TOK_LSQB:
    return bracketed(p, TOK_RSQB);
  case TOK_LBRACE:
    return mapping(p);
  case TOK_NAME:
    break;
  default:
    fail_token(p, "a pattern");
    return value_pattern(p, start, error_expr(p));
  }
  Ref name = name_or_attr(p);
  if (token(p) == TOK_LPAR)
    return class_pattern(p, start, name);
  if (py_kind(p->tree, name) == PY_ATTRIBUTE)
    return value_pattern(p, start, name);
  Atom id = SET(p, Name, name)->id;
  p->tree->used = name; // a capture holds only the name
  return capture(p, start, 0, id, start);
}

// pattern: '|'.closed_pattern+ ['as' NAME]
static Ref pattern(Parser *p) {
  uint32_t start = p->lx.start;
  if (!enter(p))
    return value_pattern(p, start, error_expr(p));
  Ref r = closed_pattern(p);
  if (token(p) == TOK_VBAR) {
    size_t base = p->stack.len;
    push(p, r);
    while (accept(p, TOK_VBAR))
      push(p, closed_pattern(p));
    Ref list = list_from(p, base);
    r = NEW(p, MatchOr, start);
    SET(p, MatchOr, r)->patterns = list;
  }
  if (accept(p, TOK_AS)) {
    uint32_t at;
    Atom name = target_name(p, false, &at);
    r = capture(p, start, r, name, at);
  }
  leave(p);
  return r;
}

// patterns: a sequence without brackets, or one pattern
Ref patterns(Parser *p) {
  uint32_t start = p->lx.start;
  Ref first = maybe_star_pattern(p);
  if (token(p) != TOK_COMMA) {
    if (py_kind(p->tree, first) == PY_MATCH_STAR)
      fail_node(p, first, "a starred pattern needs a sequence around it");
    return first;
  }
  size_t base = p->stack.len;
  push(p, first);
  while (accept(p, TOK_COMMA) && token(p) != TOK_COLON && token(p) != TOK_IF)
    push(p, maybe_star_pattern(p));
  return sequence_from(p, base, start);
}
