// Q101: `and`, `or` and `not` ask a SQL expression for its truth value, which it does not
// have: one operand silently disappears, or Python raises.
#include "rules/util.h"

// What Python decides by itself, whatever the operands are.
static bool never_sql(const PyTree *t, Ref r) {
  switch (py_kind(t, r)) {
  case PY_COMPARE: {
    uint16_t op = PY_AS(Compare, t, r)->node.aux;
    return op == PY_IS || op == PY_IS_NOT || op == PY_IN || op == PY_NOT_IN;
  }
  case PY_UNARY_OP:
    return PY_AS(UnaryOp, t, r)->node.aux == PY_NOT;
  case PY_CONSTANT:
  case PY_STR:
  case PY_NUM:
    return true;
  default:
    return false;
  }
}

// True where Python's result is a criterion: all operands but the last are tested.
static bool tests_sql(RuleCtx *cx, PyRefs values, Value *first) {
  for (uint32_t i = 0; i + 1 < values.len; i++) {
    if (never_sql(cx->tree, values.at[i]))
      continue;
    Value v = rule_value(cx, values.at[i]);
    if (is_sql(v) || v.kind == VALUE_RELATIONSHIP) {
      *first = v;
      return true;
    }
  }
  return false;
}

// `a and b` binds weaker than everything that may stand in an argument but `if`, lambda
// and `:=`, which Python would have needed parentheses for; `&` binds tighter than `==`.
static bool needs_parens(const RuleCtx *cx, Ref operand) {
  if (py_node(cx->tree, operand)->flags & PYF_PAREN)
    return false;
  switch (py_kind(cx->tree, operand)) {
  case PY_NAME:
  case PY_ATTRIBUTE:
  case PY_CALL:
  case PY_SUBSCRIPT:
    return false;
  default:
    return true;
  }
}

// What stands between two operands with a comma for the `and`: line ends stay.
static Str comma_for(const RuleCtx *cx, Str between, bool is_and) {
  size_t word = str_find(between, is_and ? STR("and") : STR("or"), 0);
  ASSERT(word != SIZE_MAX);
  Str before = str_slice(between, 0, word);
  Str after = str_slice(between, word + (is_and ? 3 : 2), between.len);
  size_t line = str_find_char(after, '\n', 0);
  if (line != SIZE_MAX)
    return str_format(cx->scratch, ",%.*s", STR_ARG(str_slice(after, line, after.len)));
  if (str_find_char(before, '\n', 0) != SIZE_MAX)
    return str_format(cx->scratch, ",%.*s", STR_ARG(before));
  return STR(", ");
}

static void check_bool_op(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyBoolOp *b = PY_AS(BoolOp, t, node);
  PyRefs values = py_list(t, b->values);
  Value first;
  if (!tests_sql(cx, values, &first))
    return;
  Value last = rule_value(cx, values.at[values.len - 1]);
  if (!is_sql(last) && first.sure != SURE_PROVEN)
    return;
  bool is_and = b->node.aux == PY_AND;
  Finding *f = rule_report(cx, py_span(t, node),
                           "Python's `%s` does not join SQL criteria; use `%s_()`",
                           is_and ? "and" : "or", is_and ? "and" : "or");
  for (uint32_t i = 0; i < values.len; i++)
    if (!is_sql(rule_value(cx, values.at[i]))) {
      rule_refuse(cx, f, "one of the operands is not known to be a criterion");
      return;
    }
  if (!rule_fix(cx, f, FIX_UNSAFE, "Replace by `%s_()`", is_and ? "and" : "or"))
    return;
  Str name = fix_require_import(cx, node, "sqlalchemy", is_and ? "and_" : "or_");
  if (!name.ptr)
    return;
  Span span = py_span(t, node);
  fix_insert(cx, span.start, str_format(cx->scratch, "%.*s(", STR_ARG(name)));
  for (uint32_t i = 0; i + 1 < values.len; i++) {
    Span gap = {rule_paren_span(cx, values.at[i]).end,
                rule_paren_span(cx, values.at[i + 1]).start};
    if (rule_has_comment(cx, gap)) {
      fix_refuse(cx, "a comment stands between the operands");
      return;
    }
    fix_replace(cx, gap, comma_for(cx, source_slice(&cx->file->source, gap), is_and));
  }
  fix_insert(cx, span.end, STR(")"));
}

static void check_not(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyUnaryOp *u = PY_AS(UnaryOp, t, node);
  if (u->node.aux != PY_NOT)
    return;
  if (never_sql(t, u->operand))
    return;
  Value v = rule_value(cx, u->operand);
  if (!is_sql(v) && v.kind != VALUE_RELATIONSHIP)
    return;
  Finding *f = rule_report(cx, py_span(t, node),
                           "Python's `not` does not negate a SQL criterion; use `~`");
  if (!is_sql(v)) {
    rule_refuse(cx, f, "a relationship is negated as `~Class.name.any()` or `.has()`");
    return;
  }
  if (!rule_fix(cx, f, FIX_UNSAFE, "Replace by `~`"))
    return;
  Span operand = rule_paren_span(cx, u->operand);
  Span span = {py_node(t, node)->start, operand.start};
  if (rule_has_comment(cx, span)) {
    fix_refuse(cx, "a comment stands behind `not`");
    return;
  }
  bool parens = needs_parens(cx, u->operand);
  fix_replace(cx, span, parens ? STR("~(") : STR("~"));
  if (parens)
    fix_insert(cx, operand.end, STR(")"));
}

static void check(RuleCtx *cx, Ref node) {
  if (py_kind(cx->tree, node) == PY_BOOL_OP)
    check_bool_op(cx, node);
  else
    check_not(cx, node);
}

const Rule rule_python_and_or_not = {
    .code = "Q101",
    .name = "python-and-or-not",
    .category = CAT_QUERY,
    .fix = FIX_UNSAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "`and`, `or` or `not` applied to SQL expressions",
    .why =
        "Python tests the truth of the expression instead of building SQL: a criterion "
        "silently disappears, or TypeError is raised",
    .on = {PY_BOOL_OP, PY_UNARY_OP},
    .check = check,
};
