// parse_expr.c: expressions.
//
// The one idea: precedence climbing. binary(p, min) reads an operand and then every
// operator that binds at least as tightly as `min`; the grammar's ladder of fifteen rules
// becomes one table.
#include "python/parse_internal.h"

static const uint8_t precedence[TOK_COUNT] = {
    [TOK_OR] = PREC_OR,
    [TOK_AND] = PREC_AND,
    [TOK_EQ_EQUAL] = PREC_COMPARE,
    [TOK_NOT_EQUAL] = PREC_COMPARE,
    [TOK_LESS] = PREC_COMPARE,
    [TOK_LESS_EQUAL] = PREC_COMPARE,
    [TOK_GREATER] = PREC_COMPARE,
    [TOK_GREATER_EQUAL] = PREC_COMPARE,
    [TOK_IN] = PREC_COMPARE,
    [TOK_NOT] = PREC_COMPARE,
    [TOK_IS] = PREC_COMPARE,
    [TOK_VBAR] = PREC_BIT_OR,
    [TOK_CIRCUMFLEX] = PREC_BIT_XOR,
    [TOK_AMPER] = PREC_BIT_AND,
    [TOK_LEFT_SHIFT] = PREC_SHIFT,
    [TOK_RIGHT_SHIFT] = PREC_SHIFT,
    [TOK_PLUS] = PREC_ARITHMETIC,
    [TOK_MINUS] = PREC_ARITHMETIC,
    [TOK_STAR] = PREC_TERM,
    [TOK_SLASH] = PREC_TERM,
    [TOK_DOUBLE_SLASH] = PREC_TERM,
    [TOK_PERCENT] = PREC_TERM,
    [TOK_AT] = PREC_TERM,
};

static const uint8_t operator_of[TOK_COUNT] = {
    [TOK_OR] = PY_OR,
    [TOK_AND] = PY_AND,
    [TOK_EQ_EQUAL] = PY_EQ,
    [TOK_NOT_EQUAL] = PY_NOT_EQ,
    [TOK_LESS] = PY_LT,
    [TOK_LESS_EQUAL] = PY_LT_E,
    [TOK_GREATER] = PY_GT,
    [TOK_GREATER_EQUAL] = PY_GT_E,
    [TOK_IN] = PY_IN,
    [TOK_IS] = PY_IS,
    [TOK_VBAR] = PY_BIT_OR,
    [TOK_CIRCUMFLEX] = PY_BIT_XOR,
    [TOK_AMPER] = PY_BIT_AND,
    [TOK_LEFT_SHIFT] = PY_L_SHIFT,
    [TOK_RIGHT_SHIFT] = PY_R_SHIFT,
    [TOK_PLUS] = PY_ADD,
    [TOK_MINUS] = PY_SUB,
    [TOK_STAR] = PY_MULT,
    [TOK_SLASH] = PY_DIV,
    [TOK_DOUBLE_SLASH] = PY_FLOOR_DIV,
    [TOK_PERCENT] = PY_MOD,
    [TOK_AT] = PY_MAT_MULT,
};

// --- targets -------------------------------------------------------------------------

static void check_targets(Parser *p, Ref list, TargetKind kind) {
  PyRefs items = py_list(p->tree, list);
  for (uint32_t i = 0; i < items.len && !p->lx.failed; i++)
    check_target(p, items.at[i], kind);
}

void check_target(Parser *p, Ref r, TargetKind kind) {
  if (p->lx.failed || !enter(p))
    return;
  switch (py_kind(p->tree, r)) {
  case PY_NAME:
  case PY_ATTRIBUTE:
  case PY_SUBSCRIPT:
    break;
  case PY_TUPLE:
  case PY_LIST:
    if (kind == TARGET_AUGMENTED)
      fail_node(p, r, "a tuple or list cannot be the target of an augmented assignment");
    else
      check_targets(p, SET(p, Tuple, r)->elts, kind); // List has the same shape
    break;
  case PY_STARRED:
    if (kind == TARGET_ASSIGN)
      check_target(p, SET(p, Starred, r)->value, kind);
    else
      fail_node(p, r, "a starred expression cannot stand here");
    break;
  default:
    fail_node(p, r,
              kind == TARGET_DELETE ? "this expression cannot be deleted"
                                    : "this expression cannot be assigned to");
  }
  leave(p);
}

static Ref tuple_from(Parser *p, size_t base, uint32_t start) {
  Ref elts = list_from(p, base);
  Ref r = NEW(p, Tuple, start);
  SET(p, Tuple, r)->elts = elts;
  return r;
}

Ref starred(Parser *p, int min) {
  uint32_t start = p->lx.start;
  next(p);
  Ref value = min ? binary(p, min) : expression(p);
  Ref r = NEW(p, Starred, start);
  SET(p, Starred, r)->value = value;
  return r;
}

Ref star_target(Parser *p) {
  Ref r = token(p) == TOK_STAR ? starred(p, PREC_BIT_OR) : binary(p, PREC_BIT_OR);
  check_target(p, r, TARGET_ASSIGN);
  return r;
}

Ref star_targets(Parser *p, PyToken end) {
  uint32_t start = p->lx.start;
  Ref first = star_target(p);
  if (token(p) != TOK_COMMA)
    return first;
  size_t base = p->stack.len;
  push(p, first);
  while (accept(p, TOK_COMMA) && token(p) != end)
    push(p, star_target(p));
  return tuple_from(p, base, start);
}

// --- comprehensions ------------------------------------------------------------------

// for_if_clause: ['async'] 'for' star_targets 'in' disjunction ('if' disjunction)*
static Ref comprehensions(Parser *p) {
  size_t base = p->stack.len;
  while (token(p) == TOK_FOR || token(p) == TOK_ASYNC) {
    uint32_t start = p->lx.start;
    bool is_async = accept(p, TOK_ASYNC);
    expect(p, TOK_FOR);
    Ref target = star_targets(p, TOK_IN);
    expect(p, TOK_IN);
    Ref iter = binary(p, PREC_OR);
    size_t ifs_base = p->stack.len;
    while (accept(p, TOK_IF))
      push(p, binary(p, PREC_OR));
    Ref ifs = list_from(p, ifs_base);
    Ref r = NEW(p, Comprehension, start);
    PyComprehension *c = SET(p, Comprehension, r);
    c->node.flags = is_async ? PYF_ASYNC : 0;
    c->target = target;
    c->iter = iter;
    c->ifs = ifs;
    push(p, r);
  }
  return list_from(p, base);
}

static bool at_comprehension(const Parser *p) {
  return token(p) == TOK_FOR || token(p) == TOK_ASYNC;
}

// The element was read; from its first `for` to the closing bracket.
static Ref comprehension(Parser *p, PyKind kind, uint32_t start, Ref elt, PyToken close) {
  if (py_kind(p->tree, elt) == PY_STARRED)
    fail_node(p, elt, "iterable unpacking cannot be used in a comprehension");
  Ref generators = comprehensions(p);
  expect(p, close);
  Ref r = node_new(p, kind, start, sizeof(PyListComp) / 4);
  SET(p, ListComp, r)->elt = elt; // the three kinds have one shape
  SET(p, ListComp, r)->generators = generators;
  return r;
}

// --- brackets ------------------------------------------------------------------------

// '(' … ')': a tuple, a generator expression, yield, or an expression in parentheses
static Ref parenthesised(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  if (token(p) == TOK_RPAR) {
    next(p);
    Ref r = NEW(p, Tuple, start);
    head(p, r)->flags = PYF_PAREN;
    return r;
  }
  Ref r = token(p) == TOK_YIELD ? yield_or_star_expressions(p) : star_named_expression(p);
  if (at_comprehension(p)) {
    r = comprehension(p, PY_GENERATOR_EXP, start, r, TOK_RPAR);
  } else if (token(p) == TOK_COMMA && py_kind(p->tree, r) != PY_YIELD &&
             py_kind(p->tree, r) != PY_YIELD_FROM) {
    size_t base = p->stack.len;
    push(p, r);
    while (accept(p, TOK_COMMA) && token(p) != TOK_RPAR)
      push(p, star_named_expression(p));
    expect(p, TOK_RPAR);
    r = tuple_from(p, base, start);
  } else {
    if (py_kind(p->tree, r) == PY_STARRED)
      fail_node(p, r, "a starred expression cannot stand alone in parentheses");
    expect(p, TOK_RPAR);
  }
  head(p, r)->flags |= PYF_PAREN;
  return r;
}

static Ref list_display(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  size_t base = p->stack.len;
  if (token(p) != TOK_RSQB) {
    Ref first = star_named_expression(p);
    if (at_comprehension(p))
      return comprehension(p, PY_LIST_COMP, start, first, TOK_RSQB);
    push(p, first);
    while (accept(p, TOK_COMMA) && token(p) != TOK_RSQB)
      push(p, star_named_expression(p));
  }
  expect(p, TOK_RSQB);
  Ref elts = list_from(p, base);
  Ref r = NEW(p, List, start);
  SET(p, List, r)->elts = elts;
  return r;
}

// Pushes key and value; the key is 0 for '**' bitwise_or.
static void dict_item(Parser *p) {
  if (accept(p, TOK_DOUBLE_STAR)) {
    push(p, 0);
    push(p, binary(p, PREC_BIT_OR));
    return;
  }
  push(p, expression(p));
  expect(p, TOK_COLON);
  push(p, expression(p));
}

static Ref dict_display(Parser *p, uint32_t start, size_t base) {
  while (accept(p, TOK_COMMA) && token(p) != TOK_RBRACE)
    dict_item(p);
  expect(p, TOK_RBRACE);
  Ref items = list_from(p, base);
  Ref r = NEW(p, Dict, start);
  SET(p, Dict, r)->items = items;
  return r;
}

static Ref dict_comprehension(Parser *p, uint32_t start, Ref key, Ref value) {
  if (!key)
    fail_node(p, value, "dict unpacking cannot be used in a dict comprehension");
  Ref generators = comprehensions(p);
  expect(p, TOK_RBRACE);
  Ref r = NEW(p, DictComp, start);
  PyDictComp *d = SET(p, DictComp, r);
  d->key = key;
  d->value = value;
  d->generators = generators;
  return r;
}

// '{' … '}': a dict, a set, or a comprehension of one
static Ref braced(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  size_t base = p->stack.len;
  if (token(p) == TOK_RBRACE)
    return dict_display(p, start, base);
  Ref key = 0;
  if (token(p) != TOK_DOUBLE_STAR) {
    key = star_named_expression(p);
    if (token(p) != TOK_COLON) {
      if (at_comprehension(p))
        return comprehension(p, PY_SET_COMP, start, key, TOK_RBRACE);
      push(p, key);
      while (accept(p, TOK_COMMA) && token(p) != TOK_RBRACE)
        push(p, star_named_expression(p));
      expect(p, TOK_RBRACE);
      Ref elts = list_from(p, base);
      Ref r = NEW(p, Set, start);
      SET(p, Set, r)->elts = elts;
      return r;
    }
    if (is_bare(p, key, PY_NAMED_EXPR) || py_kind(p->tree, key) == PY_STARRED)
      fail_node(p, key, "this expression cannot be a dict key");
    next(p);
    push(p, key);
    push(p, expression(p));
  } else
    dict_item(p);
  if (at_comprehension(p)) {
    Ref value = vec_last(&p->stack);
    p->stack.len = base;
    return dict_comprehension(p, start, key, value);
  }
  return dict_display(p, start, base);
}

// --- atoms ---------------------------------------------------------------------------

Ref name_node(Parser *p) {
  if (token(p) != TOK_NAME) {
    fail_token(p, "a name");
    return error_expr(p);
  }
  uint32_t start = p->lx.start;
  Atom id = p->lx.atom;
  next(p);
  Ref r = NEW(p, Name, start);
  SET(p, Name, r)->id = id;
  return r;
}

Ref number_node(Parser *p) {
  uint32_t start = p->lx.start;
  uint8_t kind = p->lx.op;
  next(p);
  Ref r = NEW(p, Num, start);
  head(p, r)->aux = kind;
  return r;
}

static Ref constant(Parser *p, PyConst value) {
  uint32_t start = p->lx.start;
  next(p);
  Ref r = NEW(p, Constant, start);
  head(p, r)->aux = (uint16_t)value;
  return r;
}

static Ref atom(Parser *p) {
  switch (token(p)) {
  case TOK_NAME:
    return name_node(p);
  case TOK_NUMBER:
    return number_node(p);
  case TOK_STRING:
  case TOK_FSTRING:
    return strings(p);
  case TOK_LPAR:
    return parenthesised(p);
  case TOK_LSQB:
    return list_display(p);
  case TOK_LBRACE:
    return braced(p);
  case TOK_NONE:
    return constant(p, PY_CONST_NONE);
  case TOK_TRUE:
    return constant(p, PY_CONST_TRUE);
  case TOK_FALSE:
    return constant(p, PY_CONST_FALSE);
  case TOK_ELLIPSIS:
    return constant(p, PY_CONST_ELLIPSIS);
  default:
    fail_token(p, "an expression");
    return error_expr(p);
  }
}

// --- calls and subscripts ------------------------------------------------------------

static Ref keyword(Parser *p, uint32_t start, Atom arg) {
  Ref value = expression(p);
  Ref r = NEW(p, Keyword, start);
  SET(p, Keyword, r)->arg = arg;
  SET(p, Keyword, r)->value = value;
  return r;
}

typedef struct {
  bool keyword, unpacked; // a keyword argument, a **argument came before
} SeenArguments;

static Ref argument(Parser *p, SeenArguments *seen) {
  uint32_t start = p->lx.start;
  if (token(p) == TOK_STAR) {
    Ref r = starred(p, 0);
    if (seen->unpacked)
      fail_node(p, r, "iterable argument unpacking follows keyword argument unpacking");
    return r;
  }
  if (accept(p, TOK_DOUBLE_STAR)) {
    seen->unpacked = true;
    return keyword(p, start, 0);
  }
  uint32_t used = p->tree->used;
  Ref r = named_expression(p);
  if (token(p) == TOK_EQUAL && is_bare(p, r, PY_NAME)) {
    Atom arg = SET(p, Name, r)->id;
    p->tree->used = used; // the name is no expression after all
    next(p);
    seen->keyword = true;
    return keyword(p, start, arg);
  }
  if (!at_comprehension(p) && (seen->keyword || seen->unpacked))
    fail_node(p, r,
              seen->unpacked ? "positional argument follows keyword argument unpacking"
                             : "positional argument follows keyword argument");
  return r;
}

Ref arguments(Parser *p, bool generator) {
  uint32_t start = p->lx.start;
  next(p); // '('
  size_t base = p->stack.len;
  SeenArguments seen = {0};
  while (token(p) != TOK_RPAR && !p->lx.failed) {
    Ref r = argument(p, &seen);
    if (at_comprehension(p)) {
      uint32_t end = 0;
      Ref generators = comprehensions(p);
      PyKind kind = py_kind(p->tree, r);
      if (kind == PY_KEYWORD || kind == PY_STARRED)
        fail_node(p, r,
                  "a generator expression gives no keyword argument and unpacks nothing");
      else if (p->stack.len > base || token(p) != TOK_RPAR || !generator)
        fail_node(p, r, "a generator expression must be in parentheses here");
      end = p->lx.stop;
      Ref g = NEW(p, GeneratorExp, start);
      head(p, g)->end = end;
      SET(p, GeneratorExp, g)->elt = r;
      SET(p, GeneratorExp, g)->generators = generators;
      r = g;
    }
    push(p, r);
    if (token(p) != TOK_RPAR)
      expect(p, TOK_COMMA);
  }
  expect(p, TOK_RPAR);
  return list_from(p, base);
}

static Ref call(Parser *p, Ref func, uint32_t start) {
  uint32_t open = p->lx.start;
  Ref args = arguments(p, true);
  Ref r = NEW(p, Call, start);
  PyCall *c = SET(p, Call, r);
  c->func = func;
  c->open = open;
  c->args = args;
  return r;
}

// slice: [expression] ':' [expression] [':' [expression]] | named_expression | starred
static Ref slice(Parser *p) {
  uint32_t start = p->lx.start;
  if (token(p) == TOK_STAR)
    return starred(p, 0);
  Ref lower = 0, upper = 0, step = 0;
  if (token(p) != TOK_COLON) {
    lower = named_expression(p);
    if (token(p) != TOK_COLON)
      return lower;
    if (is_bare(p, lower, PY_NAMED_EXPR))
      fail_node(p, lower, "an assignment expression needs parentheses here");
  }
  next(p);
  if (token(p) != TOK_RSQB && token(p) != TOK_COMMA && token(p) != TOK_COLON)
    upper = expression(p);
  if (accept(p, TOK_COLON) && token(p) != TOK_RSQB && token(p) != TOK_COMMA)
    step = expression(p);
  Ref r = NEW(p, Slice, start);
  PySlice *s = SET(p, Slice, r);
  s->lower = lower;
  s->upper = upper;
  s->step = step;
  return r;
}

static Ref subscript(Parser *p, Ref value, uint32_t start) {
  next(p); // '['
  uint32_t first = p->lx.start;
  Ref index = slice(p);
  if (token(p) == TOK_COMMA || py_kind(p->tree, index) == PY_STARRED) {
    size_t base = p->stack.len;
    push(p, index);
    while (accept(p, TOK_COMMA) && token(p) != TOK_RSQB)
      push(p, slice(p));
    index = tuple_from(p, base, first);
  }
  expect(p, TOK_RSQB);
  Ref r = NEW(p, Subscript, start);
  SET(p, Subscript, r)->value = value;
  SET(p, Subscript, r)->slice = index;
  return r;
}

static Ref attribute(Parser *p, Ref value, uint32_t start) {
  next(p); // '.'
  Atom attr = 0;
  uint32_t attr_at = p->lx.start;
  if (token(p) == TOK_NAME) {
    attr = p->lx.atom;
    next(p);
  } else
    fail_token(p, "an attribute's name");
  Ref r = NEW(p, Attribute, start);
  PyAttribute *a = SET(p, Attribute, r);
  a->value = value;
  a->attr = attr;
  a->attr_at = attr_at;
  return r;
}

static Ref primary(Parser *p) {
  uint32_t start = p->lx.start;
  Ref r = atom(p);
  for (;;) {
    if (token(p) == TOK_DOT)
      r = attribute(p, r, start);
    else if (token(p) == TOK_LPAR)
      r = call(p, r, start);
    else if (token(p) == TOK_LSQB)
      r = subscript(p, r, start);
    else
      return r;
  }
}

// --- operators -----------------------------------------------------------------------

static Ref unary_op(Parser *p, uint32_t start, PyOp op, Ref operand) {
  Ref r = NEW(p, UnaryOp, start);
  head(p, r)->aux = (uint16_t)op;
  SET(p, UnaryOp, r)->operand = operand;
  return r;
}

static Ref bin_op(Parser *p, uint32_t start, Ref left, PyOp op, Ref right) {
  Ref r = NEW(p, BinOp, start);
  PyBinOp *b = SET(p, BinOp, r);
  b->node.aux = (uint16_t)op;
  b->left = left;
  b->right = right;
  return r;
}

// await_primary: 'await' primary | primary
static Ref await_primary(Parser *p) {
  if (token(p) != TOK_AWAIT)
    return primary(p);
  uint32_t start = p->lx.start;
  next(p);
  Ref value = primary(p);
  Ref r = NEW(p, Await, start);
  SET(p, Await, r)->value = value;
  return r;
}

// factor: ('+' | '-' | '~') factor | await_primary ['**' factor]
static Ref factor(Parser *p) {
  uint32_t start = p->lx.start;
  PyToken tok = token(p);
  if (tok != TOK_MINUS && tok != TOK_PLUS && tok != TOK_TILDE) {
    Ref base = await_primary(p);
    if (token(p) != TOK_DOUBLE_STAR)
      return base;
    next(p);
    if (!enter(p))
      return base;
    Ref power = factor(p);
    leave(p);
    return bin_op(p, start, base, PY_POW, power);
  }
  next(p);
  if (!enter(p))
    return error_expr(p);
  Ref operand = factor(p);
  leave(p);
  return unary_op(p, start,
                  tok == TOK_MINUS  ? PY_U_SUB
                  : tok == TOK_PLUS ? PY_U_ADD
                                    : PY_INVERT,
                  operand);
}

static Ref not_test(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  if (!enter(p))
    return error_expr(p);
  Ref operand = binary(p, PREC_NOT);
  leave(p);
  return unary_op(p, start, PY_NOT, operand);
}

// Several operands of one `and` or `or`.
static Ref bool_op(Parser *p, uint32_t start, Ref left) {
  PyToken tok = token(p);
  size_t base = p->stack.len;
  push(p, left);
  while (accept(p, tok))
    push(p, binary(p, precedence[tok] + 1));
  Ref values = list_from(p, base);
  Ref r = NEW(p, BoolOp, start);
  head(p, r)->aux = operator_of[tok];
  SET(p, BoolOp, r)->values = values;
  return r;
}

static PyOp compare_operator(Parser *p) {
  PyToken tok = token(p);
  next(p);
  if (tok == TOK_NOT) {
    expect(p, TOK_IN);
    return PY_NOT_IN;
  }
  if (tok == TOK_IS && accept(p, TOK_NOT))
    return PY_IS_NOT;
  return (PyOp)operator_of[tok];
}

static Ref compare(Parser *p, uint32_t start, Ref left) {
  size_t base = p->stack.len;
  uint32_t count = 0; // operator, operand, operator, operand …
  while (precedence[token(p)] == PREC_COMPARE) {
    push(p, compare_operator(p));
    push(p, binary(p, PREC_BIT_OR));
    count++;
  }
  uint32_t *pairs = p->stack.items + base, first = pairs[0];
  size_t ops_base = p->stack.len;
  for (uint32_t i = 0; i < count && count > 1; i++)
    push(p, p->stack.items[base + 2 * i]);
  Ref ops = list_from(p, ops_base);
  pairs = p->stack.items + base;
  for (uint32_t i = 0; i < count; i++)
    pairs[i] = pairs[2 * i + 1];
  p->stack.len = base + count;
  Ref comparators = list_from(p, base);
  Ref r = NEW(p, Compare, start);
  PyCompare *c = SET(p, Compare, r);
  c->node.aux = (uint16_t)first;
  c->left = left;
  c->comparators = comparators;
  c->ops = ops;
  return r;
}

Ref binary(Parser *p, int min) {
  uint32_t start = p->lx.start;
  Ref left = token(p) == TOK_NOT && min <= PREC_NOT ? not_test(p) : factor(p);
  for (;;) {
    PyToken tok = token(p);
    int prec = precedence[tok];
    if (prec < min || prec == PREC_NONE)
      return left;
    if (prec <= PREC_AND)
      left = bool_op(p, start, left);
    else if (prec == PREC_COMPARE)
      left = compare(p, start, left);
    else {
      next(p);
      Ref right = binary(p, prec + 1);
      left = bin_op(p, start, left, (PyOp)operator_of[tok], right);
    }
  }
}

// lambdef: 'lambda' [lambda_params] ':' expression
static Ref lambda(Parser *p) {
  uint32_t start = p->lx.start;
  next(p);
  Ref params = parameters(p, TOK_COLON, false);
  if (p->lx.in_field && p->lx.depth == p->lx.floor)
    fail_token(p, "parentheses around a lambda in an f-string");
  expect(p, TOK_COLON);
  Ref body = expression(p);
  Ref r = NEW(p, Lambda, start);
  SET(p, Lambda, r)->params = params;
  SET(p, Lambda, r)->body = body;
  return r;
}

// expression: disjunction ['if' disjunction 'else' expression] | lambdef
Ref expression(Parser *p) {
  if (!enter(p))
    return error_expr(p);
  uint32_t start = p->lx.start;
  Ref r;
  if (token(p) == TOK_LAMBDA)
    r = lambda(p);
  else {
    r = binary(p, PREC_OR);
    if (token(p) == TOK_IF) {
      next(p);
      Ref test = binary(p, PREC_OR);
      expect(p, TOK_ELSE);
      Ref orelse = expression(p);
      Ref body = r;
      r = NEW(p, IfExp, start);
      PyIfExp *e = SET(p, IfExp, r);
      e->body = body;
      e->test = test;
      e->orelse = orelse;
    }
  }
  leave(p);
  return r;
}

Ref named_expression(Parser *p) {
  uint32_t start = p->lx.start;
  Ref target = expression(p);
  if (token(p) != TOK_WALRUS)
    return target;
  if (!is_bare(p, target, PY_NAME))
    fail_node(p, target, "only a name can be the target of an assignment expression");
  next(p);
  Ref value = expression(p);
  Ref r = NEW(p, NamedExpr, start);
  SET(p, NamedExpr, r)->target = target;
  SET(p, NamedExpr, r)->value = value;
  return r;
}

Ref star_named_expression(Parser *p) {
  return token(p) == TOK_STAR ? starred(p, PREC_BIT_OR) : named_expression(p);
}

// What cannot begin an expression ends a tuple after its last comma.
static bool ends_expressions(PyToken tok) {
  switch (tok) {
  case TOK_NEWLINE:
  case TOK_END:
  case TOK_ERROR:
  case TOK_EQUAL:
  case TOK_SEMI:
  case TOK_COLON:
  case TOK_RPAR:
  case TOK_RSQB:
  case TOK_RBRACE:
  case TOK_EXCLAM:
  case TOK_AUGMENTED:
    return true;
  default:
    return false;
  }
}

Ref star_expressions(Parser *p) {
  uint32_t start = p->lx.start;
  Ref first = token(p) == TOK_STAR ? starred(p, PREC_BIT_OR) : expression(p);
  if (token(p) != TOK_COMMA)
    return first;
  size_t base = p->stack.len;
  push(p, first);
  while (accept(p, TOK_COMMA) && !ends_expressions(token(p)))
    push(p, token(p) == TOK_STAR ? starred(p, PREC_BIT_OR) : expression(p));
  return tuple_from(p, base, start);
}

// yield_expr: 'yield' 'from' expression | 'yield' [star_expressions]
Ref yield_or_star_expressions(Parser *p) {
  if (token(p) != TOK_YIELD)
    return star_expressions(p);
  uint32_t start = p->lx.start;
  next(p);
  Ref r, value = 0;
  if (accept(p, TOK_FROM)) {
    value = expression(p);
    r = NEW(p, YieldFrom, start);
  } else {
    if (!ends_expressions(token(p)))
      value = star_expressions(p);
    r = NEW(p, Yield, start);
  }
  SET(p, Yield, r)->value = value; // both have one shape
  return r;
}
