// Q105: `a == 1 & b == 2` is `a == (1 & b) == 2`.
#include "rules/util.h"

static bool is_comparison_op(uint16_t op) {
  return op == PY_EQ || op == PY_NOT_EQ || op == PY_LT || op == PY_LT_E || op == PY_GT ||
         op == PY_GT_E;
}

// The `x & y` without parentheses that stands between two comparisons.
static bool is_glued(const PyTree *t, Ref r) {
  return py_kind(t, r) == PY_BIN_OP && !(py_node(t, r)->flags & PYF_PAREN) &&
         (py_node(t, r)->aux == PY_BIT_AND || py_node(t, r)->aux == PY_BIT_OR);
}

// A criterion by itself: a boolean column, a comparison in parentheses.
static bool is_boolean(Value v) {
  return is_sql(v) && v.sure == SURE_PROVEN && v.item && v.item->kind == VALUE_BOOL;
}

// `User.active & User.id == 1` is `(User.active & User.id) == 1`.
static void check_half(RuleCtx *cx, Ref node, const PyCompare *c) {
  const PyTree *t = cx->tree;
  PyRefs right = py_list(t, c->comparators);
  if (!is_glued(t, c->left) || !is_comparison_op(c->node.aux))
    return;
  const PyBinOp *glue = PY_AS(BinOp, t, c->left);
  Value next = rule_value(cx, glue->right);
  if (!is_boolean(rule_value(cx, glue->left)) || !is_sql(next) || is_boolean(next))
    return;
  Finding *f = rule_report(cx, py_span(t, node),
                           "`%s` binds tighter than the comparison behind it; put that "
                           "in parentheses",
                           glue->node.aux == PY_BIT_AND ? "&" : "|");
  if (!rule_fix(cx, f, FIX_UNSAFE, "Put the comparison in parentheses"))
    return;
  fix_insert(cx, rule_paren_span(cx, glue->right).start, STR("("));
  fix_insert(cx, rule_paren_span(cx, right.at[0]).end, STR(")"));
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  if (right.len == 1)
    check_half(cx, node, c);
  if (right.len != 2 || !is_glued(t, right.at[0]))
    return;
  PyRefs ops = py_list(t, c->ops);
  if (!is_comparison_op((uint16_t)ops.at[0]) || !is_comparison_op((uint16_t)ops.at[1]))
    return;
  const PyBinOp *glue = PY_AS(BinOp, t, right.at[0]);
  if (is_glued(t, glue->left))
    return;
  Value left = rule_value(cx, c->left), inner = rule_value(cx, glue->left);
  Value next = rule_value(cx, glue->right);
  if (!is_sql(left) || !is_sql(next))
    return;
  const char *op = glue->node.aux == PY_BIT_AND ? "&" : "|";
  Finding *f =
      rule_report(cx, py_span(t, node),
                  "`%s` binds tighter than the comparisons beside it; put them in "
                  "parentheses",
                  op);
  bool plain = value_is_plain(inner) && inner.flags & VALUE_LITERAL;
  if (!rule_fix(cx, f, plain ? FIX_SAFE : FIX_UNSAFE,
                "Put the comparisons in parentheses"))
    return;
  fix_insert(cx, rule_paren_span(cx, c->left).start, STR("("));
  fix_insert(cx, rule_paren_span(cx, glue->left).end, STR(")"));
  fix_insert(cx, rule_paren_span(cx, glue->right).start, STR("("));
  fix_insert(cx, rule_paren_span(cx, right.at[1]).end, STR(")"));
}

const Rule rule_bitwise_precedence = {
    .code = "Q105",
    .name = "bitwise-precedence",
    .category = CAT_QUERY,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "Comparisons joined by `&` or `|` without parentheses",
    .why = "`&` and `|` bind tighter than `==`, so the value is joined with the next "
           "column: TypeError, or another criterion than the one that was meant",
    .on = {PY_COMPARE},
    .check = check,
};
