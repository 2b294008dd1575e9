// jinja_parse_expr.c: expressions, by Jinja2's own order of precedence.
//
//   expression  or ['if' or ['else' expression]]
//   or, and, not
//   compare     sum (('=='|'!='|'<'|'<='|'>'|'>='|'in'|'not in') sum)*
//   sum         concat (('+'|'-') concat)*
//   concat      product ('~' product)*
//   product     power (('*'|'/'|'//'|'%') power)*
//   power       unary ('**' unary)*
//   unary       ['-'|'+'] primary postfix*, then filters and tests
#include "gen/jinja_internal.h"

#include <stdarg.h>
#include <stdio.h>

static JNode *parse_unary(JParser *p, bool with_filter);

JNode *node_new(JParser *p, JNodeKind kind) {
  JNode *n = arena_new(p->arena, JNode);
  n->kind = kind;
  n->line = p->at->line;
  return n;
}

void nodes_push(JParser *p, JNodes *list, size_t *capacity, JNode *node) {
  if (list->count == *capacity) {
    *capacity = *capacity ? *capacity * 2 : 4;
    JNode **bigger = arena_array(p->arena, JNode *, *capacity);
    if (list->count)
      memcpy(bigger, list->items, list->count * sizeof *bigger);
    list->items = bigger;
  }
  list->items[list->count++] = node;
}

bool parse_fail(JParser *p, const char *format, ...) {
  char text[600];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return jinja_syntax_error(p->err, p->name, p->at->line, "%s", text);
}

static const char *token_text(JParser *p) {
  switch (p->at->kind) {
  case JT_VAR_END:
    return "'}}'";
  case JT_BLOCK_END:
    return "'%}'";
  case JT_END:
    return "the end of the template";
  case JT_STRING:
    return "a string";
  default:
    return arena_printf(p->arena, "'%.*s'", STR_ARG(p->at->text));
  }
}

bool at_op(const JParser *p, const char *op) {
  return p->at->kind == JT_OP && str_is(p->at->text, op);
}

bool at_word(const JParser *p, const char *word) {
  return p->at->kind == JT_NAME && str_is(p->at->text, word);
}

bool take_op(JParser *p, const char *op) {
  bool is = at_op(p, op);
  p->at += is;
  return is;
}

bool take_word(JParser *p, const char *word) {
  bool is = at_word(p, word);
  p->at += is;
  return is;
}

bool expect_op(JParser *p, const char *op) {
  return take_op(p, op) || parse_fail(p, "expected '%s', got %s", op, token_text(p));
}

bool parse_name(JParser *p, Str *name) {
  if (p->at->kind != JT_NAME)
    return parse_fail(p, "expected a name, got %s", token_text(p));
  *name = p->at++->text;
  return true;
}

bool parse_enter(JParser *p) {
  return ++p->depth <= JINJA_MAX_NESTING ||
         parse_fail(p, "nested more than %d levels deep", JINJA_MAX_NESTING);
}

static JNode *constant(JParser *p, JValue value) {
  JNode *n = node_new(p, JN_CONST);
  n->value = value;
  p->at++;
  return n;
}

static JNode *parse_name_or_constant(JParser *p) {
  Str word = p->at->text;
  if (str_is(word, "true") || str_is(word, "True"))
    return constant(p, jv_bool(true));
  if (str_is(word, "false") || str_is(word, "False"))
    return constant(p, jv_bool(false));
  if (str_is(word, "none") || str_is(word, "None"))
    return constant(p, jv_none());
  JNode *n = node_new(p, JN_NAME);
  n->name = word;
  if (p->macro) {
    p->macro->uses_caller |= str_is(word, "caller");
    p->macro->uses_varargs |= str_is(word, "varargs");
    p->macro->uses_kwargs |= str_is(word, "kwargs");
  }
  p->at++;
  return n;
}

static JNode *parse_strings(JParser *p) {
  JNode *n = constant(p, jv_str(p->at->text));
  if (p->at->kind != JT_STRING)
    return n;
  Buf joined = {0};
  buf_add_str(&joined, n->value.s);
  while (p->at->kind == JT_STRING)
    buf_add_str(&joined, p->at++->text);
  n->value.s = str_copy(p->arena, buf_str(&joined));
  buf_free(&joined);
  return n;
}

static JNode *parse_list(JParser *p) {
  JNode *n = node_new(p, JN_LIST);
  size_t capacity = 0;
  for (p->at++; !take_op(p, "]");) {
    if (n->items.count && !expect_op(p, ","))
      return NULL;
    if (take_op(p, "]"))
      break;
    JNode *item = parse_expression(p, true);
    if (!item)
      return NULL;
    nodes_push(p, &n->items, &capacity, item);
  }
  return n;
}

static JNode *parse_dict(JParser *p) {
  JNode *n = node_new(p, JN_DICT);
  size_t capacity = 0;
  for (p->at++; !take_op(p, "}");) {
    if (n->items.count && !expect_op(p, ","))
      return NULL;
    if (take_op(p, "}"))
      break;
    JNode *key = parse_expression(p, true);
    if (!key || !expect_op(p, ":"))
      return NULL;
    JNode *value = parse_expression(p, true);
    if (!value)
      return NULL;
    nodes_push(p, &n->items, &capacity, key);
    nodes_push(p, &n->items, &capacity, value);
  }
  return n;
}

JNode *parse_primary(JParser *p) {
  JNode *n = NULL;
  if (!parse_enter(p))
    return NULL;
  switch (p->at->kind) {
  case JT_NAME:
    n = parse_name_or_constant(p);
    break;
  case JT_STRING:
    n = parse_strings(p);
    break;
  case JT_INT:
    n = constant(p, jv_int(p->at->i));
    break;
  case JT_FLOAT:
    n = constant(p, jv_float(p->at->f));
    break;
  default:
    if (take_op(p, "(")) {
      n = take_op(p, ")") ? (p->at--, node_new(p, JN_TUPLE)) : parse_tuple(p, true, NULL);
      if (n && !expect_op(p, ")"))
        n = NULL;
    } else if (at_op(p, "[")) {
      n = parse_list(p);
    } else if (at_op(p, "{")) {
      n = parse_dict(p);
    } else {
      parse_fail(p, "unexpected %s", token_text(p));
    }
  }
  p->depth--;
  return n;
}

static bool tuple_ends(const JParser *p, const char *end) {
  return p->at->kind == JT_VAR_END || p->at->kind == JT_BLOCK_END || at_op(p, ")") ||
         (end && at_word(p, end));
}

static JNode *parse_items(JParser *p, bool with_if, bool primary, const char *end) {
  JNode *tuple = node_new(p, JN_TUPLE);
  size_t capacity = 0;
  bool is_tuple = false;
  for (;;) {
    if (tuple->items.count && !expect_op(p, ","))
      return NULL;
    if (tuple_ends(p, end))
      break;
    JNode *item = primary ? parse_primary(p) : parse_expression(p, with_if);
    if (!item)
      return NULL;
    nodes_push(p, &tuple->items, &capacity, item);
    if (!at_op(p, ","))
      break;
    is_tuple = true;
  }
  if (is_tuple)
    return tuple;
  if (tuple->items.count)
    return tuple->items.items[0];
  parse_fail(p, "expected an expression, got %s", token_text(p));
  return NULL;
}

JNode *parse_tuple(JParser *p, bool with_if, const char *end) {
  return parse_items(p, with_if, false, end);
}

static bool is_target(const JNode *n) {
  if (n->kind == JN_NAME)
    return true;
  if (n->kind != JN_TUPLE)
    return false;
  for (size_t i = 0; i < n->items.count; i++) {
    if (!is_target(n->items.items[i]))
      return false;
  }
  return true;
}

// NAME, NAME.NAME (of a namespace) or a tuple of targets.
JNode *parse_target(JParser *p, bool with_namespace, const char *end) {
  if (with_namespace && p->at->kind == JT_NAME && p->at[1].kind == JT_OP &&
      str_is(p->at[1].text, ".")) {
    JNode *n = node_new(p, JN_ATTR);
    n->a = parse_name_or_constant(p);
    p->at++;
    return n->a->kind == JN_NAME && parse_name(p, &n->name)
               ? n
               : (parse_fail(p, "cannot assign to this"), NULL);
  }
  const JToken *start = p->at;
  JNode *n = parse_items(p, false, true, end);
  if (n && !is_target(n)) {
    p->at = start;
    parse_fail(p, "cannot assign to %s", token_text(p));
    return NULL;
  }
  return n;
}

static JNode *parse_slice_or_index(JParser *p) {
  JNode *bounds[3] = {NULL, NULL, NULL};
  JNode *n = node_new(p, JN_SLICE);
  int i = 0;
  bool slice = false;
  for (;;) {
    if (take_op(p, ":")) {
      slice = true;
      if (++i > 2) {
        parse_fail(p, "a slice has three parts at most");
        return NULL;
      }
    } else if (at_op(p, "]") || at_op(p, ",") || bounds[i]) {
      break;
    } else if (!(bounds[i] = parse_expression(p, true))) {
      return NULL;
    }
  }
  if (!slice && !bounds[0])
    parse_fail(p, "expected a subscript, got %s", token_text(p));
  if (!slice)
    return bounds[0];
  n->items.items = arena_array(p->arena, JNode *, 3);
  memcpy(n->items.items, bounds, sizeof bounds);
  n->items.count = 3;
  return n;
}

static JNode *parse_subscript(JParser *p, JNode *value) {
  JNode *n = node_new(p, JN_ITEM);
  n->a = value;
  if (take_op(p, ".")) {
    if (p->at->kind == JT_INT) {
      n->b = constant(p, jv_int(p->at->i));
      return n;
    }
    n->kind = JN_ATTR;
    return parse_name(p, &n->name) ? n : NULL;
  }
  p->at++;
  n->b = parse_slice_or_index(p);
  if (n->b && at_op(p, ",")) { // d[1, 2] is d[(1, 2)]
    JNode *tuple = node_new(p, JN_TUPLE);
    size_t capacity = 0;
    nodes_push(p, &tuple->items, &capacity, n->b);
    while (take_op(p, ",") && !at_op(p, "]")) {
      JNode *item = parse_expression(p, true);
      if (!item)
        return NULL;
      nodes_push(p, &tuple->items, &capacity, item);
    }
    n->b = tuple;
  }
  return n->b && expect_op(p, "]") ? n : NULL;
}

static bool parse_keyword(JParser *p, JCallArgs *args, size_t *capacity) {
  Str name = p->at->text;
  p->at += 2;
  JNode *value = parse_expression(p, true);
  if (!value)
    return false;
  if (args->named.count == *capacity) {
    Str *bigger = arena_array(p->arena, Str, *capacity ? *capacity * 2 : 4);
    if (args->named.count)
      memcpy(bigger, args->names, args->named.count * sizeof *bigger);
    args->names = bigger;
  }
  args->names[args->named.count] = name;
  nodes_push(p, &args->named, capacity, value);
  return true;
}

// '(' arguments ')'
static JCallArgs *parse_arguments(JParser *p) {
  JCallArgs *args = arena_new(p->arena, JCallArgs);
  size_t positional = 0, named = 0;
  p->at++;
  for (bool first = true; !take_op(p, ")"); first = false) {
    if (!first && !expect_op(p, ","))
      return NULL;
    if (!first && take_op(p, ")"))
      break;
    bool ok;
    if (take_op(p, "*")) {
      ok = !args->star && !args->double_star && (args->star = parse_expression(p, true));
    } else if (take_op(p, "**")) {
      ok = !args->double_star && (args->double_star = parse_expression(p, true));
    } else if (p->at->kind == JT_NAME && p->at[1].kind == JT_OP &&
               str_is(p->at[1].text, "=")) {
      ok = !args->double_star && parse_keyword(p, args, &named);
    } else {
      JNode *value = NULL;
      ok = !args->star && !args->double_star && !args->named.count &&
           (value = parse_expression(p, true));
      if (ok)
        nodes_push(p, &args->positional, &positional, value);
    }
    if (!ok) {
      if (!p->err || p->err->kind == ERR_NONE)
        parse_fail(p, "wrong order of the arguments of a call");
      return NULL;
    }
  }
  return args;
}

static JNode *parse_call(JParser *p, JNode *callee) {
  JNode *n = node_new(p, JN_CALL);
  n->a = callee;
  n->args = parse_arguments(p);
  return n->args ? n : NULL;
}

JNode *parse_postfix(JParser *p, JNode *n) {
  while (n) {
    if (at_op(p, ".") || at_op(p, "["))
      n = parse_subscript(p, n);
    else if (at_op(p, "("))
      n = parse_call(p, n);
    else
      break;
  }
  return n;
}

static bool parse_dotted(JParser *p, Str *name) {
  if (!parse_name(p, name))
    return false;
  while (take_op(p, ".")) {
    Str part;
    if (!parse_name(p, &part))
      return false;
    *name = str_format(p->arena, "%.*s.%.*s", STR_ARG(*name), STR_ARG(part));
  }
  return true;
}

// value '|' filter '|' ...; `start`: the first name has no '|' before it.
JNode *parse_filters(JParser *p, JNode *value, bool start) {
  while (start || take_op(p, "|")) {
    start = false;
    JNode *n = node_new(p, JN_FILTER);
    n->a = value;
    if (!parse_dotted(p, &n->name))
      return NULL;
    n->function = jinja_find_filter(n->name);
    if (!n->function) {
      p->at--;
      parse_fail(p, "there is no filter '%.*s'", STR_ARG(n->name));
      return NULL;
    }
    if (at_op(p, "(") && !(n->args = parse_arguments(p)))
      return NULL;
    value = n;
  }
  return value;
}

static bool starts_test_argument(const JParser *p) {
  if (p->at->kind == JT_NAME)
    return !at_word(p, "else") && !at_word(p, "or") && !at_word(p, "and");
  return p->at->kind == JT_STRING || p->at->kind == JT_INT || p->at->kind == JT_FLOAT ||
         at_op(p, "[") || at_op(p, "{");
}

// value 'is' ['not'] test [argument]
static JNode *parse_test(JParser *p, JNode *value) {
  p->at++;
  bool negated = take_word(p, "not");
  JNode *n = node_new(p, JN_TEST);
  n->a = value;
  if (!parse_dotted(p, &n->name))
    return NULL;
  n->function = jinja_find_test(n->name);
  if (!n->function) {
    p->at--;
    parse_fail(p, "there is no test '%.*s'", STR_ARG(n->name));
    return NULL;
  }
  if (at_op(p, "(")) {
    if (!(n->args = parse_arguments(p)))
      return NULL;
  } else if (starts_test_argument(p)) {
    if (at_word(p, "is")) {
      parse_fail(p, "tests cannot be chained with 'is'");
      return NULL;
    }
    JNode *argument = parse_primary(p);
    argument = argument ? parse_postfix(p, argument) : NULL;
    if (!argument)
      return NULL;
    n->args = arena_new(p->arena, JCallArgs);
    size_t capacity = 0;
    nodes_push(p, &n->args->positional, &capacity, argument);
  }
  if (!negated)
    return n;
  JNode *not = node_new(p, JN_NOT);
  not ->a = n;
  return not ;
}

static JNode *parse_filters_and_tests(JParser *p, JNode *n) {
  while (n) {
    if (at_op(p, "|"))
      n = parse_filters(p, n, false);
    else if (at_word(p, "is"))
      n = parse_test(p, n);
    else if (at_op(p, "("))
      n = parse_call(p, n);
    else
      break;
  }
  return n;
}

static JNode *parse_unary(JParser *p, bool with_filter) {
  JNode *n;
  if (!parse_enter(p))
    return NULL;
  if (at_op(p, "-") || at_op(p, "+")) {
    n = node_new(p, at_op(p, "-") ? JN_NEGATE : JN_PLUS);
    p->at++;
    if (!(n->a = parse_unary(p, false)))
      n = NULL;
  } else {
    n = parse_primary(p);
  }
  n = n ? parse_postfix(p, n) : NULL;
  if (n && with_filter)
    n = parse_filters_and_tests(p, n);
  p->depth--;
  return n;
}

static JNode *binary(JParser *p, JOp op, JNode *a, JNode *b) {
  JNode *n = node_new(p, JN_BINARY);
  n->op = op;
  n->a = a;
  n->b = b;
  if (a)
    n->line = a->line;
  return b ? n : NULL;
}

static JNode *parse_power(JParser *p) {
  JNode *n = parse_unary(p, true);
  while (n && take_op(p, "**"))
    n = binary(p, JOP_POW, n, parse_unary(p, true));
  return n;
}

static bool product_op(JParser *p, JOp *op) {
  static const char *const ops[] = {"*", "/", "//", "%"};
  for (int i = 0; i < 4; i++) {
    if (take_op(p, ops[i])) {
      *op = (JOp)(JOP_MUL + i);
      return true;
    }
  }
  return false;
}

static JNode *parse_product(JParser *p) {
  JNode *n = parse_power(p);
  JOp op;
  while (n && product_op(p, &op))
    n = binary(p, op, n, parse_power(p));
  return n;
}

static JNode *parse_concat(JParser *p) {
  JNode *first = parse_product(p);
  if (!first || !at_op(p, "~"))
    return first;
  JNode *n = node_new(p, JN_CONCAT);
  size_t capacity = 0;
  nodes_push(p, &n->items, &capacity, first);
  while (take_op(p, "~")) {
    JNode *item = parse_product(p);
    if (!item)
      return NULL;
    nodes_push(p, &n->items, &capacity, item);
  }
  return n;
}

static JNode *parse_sum(JParser *p) {
  JNode *n = parse_concat(p);
  while (n && (at_op(p, "+") || at_op(p, "-"))) {
    JOp op = at_op(p, "+") ? JOP_ADD : JOP_SUB;
    p->at++;
    n = binary(p, op, n, parse_concat(p));
  }
  return n;
}

static bool compare_op(JParser *p, JOp *op) {
  static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
  for (int i = 0; i < 6; i++) {
    if (take_op(p, ops[i])) {
      *op = (JOp)(JOP_EQ + i);
      return true;
    }
  }
  *op = JOP_IN;
  if (take_word(p, "in"))
    return true;
  if (!at_word(p, "not") || p->at[1].kind != JT_NAME || !str_is(p->at[1].text, "in"))
    return false;
  *op = JOP_NOT_IN;
  p->at += 2;
  return true;
}

static JNode *parse_compare(JParser *p) {
  JNode *first = parse_sum(p), *n = NULL;
  size_t capacity = 0, room = 0;
  JOp op, *ops = NULL;
  while (first && compare_op(p, &op)) {
    JNode *item = parse_sum(p);
    if (!item)
      return NULL;
    if (!n) {
      n = node_new(p, JN_COMPARE);
      n->line = first->line;
      n->a = first;
    }
    if (n->items.count == room) {
      room = room ? room * 2 : 2;
      JOp *bigger = arena_array(p->arena, JOp, room);
      if (n->items.count)
        memcpy(bigger, ops, n->items.count * sizeof *ops);
      n->ops = ops = bigger;
    }
    ops[n->items.count] = op;
    nodes_push(p, &n->items, &capacity, item);
  }
  return n ? n : first;
}

static JNode *parse_not(JParser *p) {
  if (!at_word(p, "not"))
    return parse_compare(p);
  JNode *n = node_new(p, JN_NOT);
  p->at++;
  if (!parse_enter(p))
    return NULL;
  n->a = parse_not(p);
  p->depth--;
  return n->a ? n : NULL;
}

static JNode *logical(JParser *p, JNodeKind kind, JNode *a, JNode *b) {
  JNode *n = node_new(p, kind);
  n->a = a;
  n->b = b;
  return b ? n : NULL;
}

static JNode *parse_and(JParser *p) {
  JNode *n = parse_not(p);
  while (n && take_word(p, "and"))
    n = logical(p, JN_AND, n, parse_not(p));
  return n;
}

static JNode *parse_or(JParser *p) {
  JNode *n = parse_and(p);
  while (n && take_word(p, "or"))
    n = logical(p, JN_OR, n, parse_and(p));
  return n;
}

JNode *parse_expression(JParser *p, bool with_if) {
  if (!parse_enter(p))
    return NULL;
  JNode *n = parse_or(p);
  while (n && with_if && take_word(p, "if")) {
    JNode *choice = node_new(p, JN_IF_ELSE);
    choice->a = n;
    choice->b = parse_or(p);
    n = choice->b ? choice : NULL;
    if (n && take_word(p, "else") && !(choice->c = parse_expression(p, true)))
      n = NULL;
  }
  p->depth--;
  return n;
}
