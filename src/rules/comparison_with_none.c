// Q106: `column == None` works, and reads as a mistake; is_(None) says what is meant.
#include "rules/util.h"

// Only an attribute of one column: a relationship compares by foreign key or EXISTS.
static bool is_sql_column(Value v) {
  return v.kind == VALUE_COLUMN || v.kind == VALUE_EXPRESSION || v.kind == VALUE_LABEL ||
         v.kind == VALUE_SCALAR_SELECT;
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  PyOp op = (PyOp)c->node.aux;
  if (right.len != 1 || (op != PY_EQ && op != PY_NOT_EQ))
    return;
  bool reversed = is_none(t, c->left);
  if (!reversed && !is_none(t, right.at[0]))
    return;
  Ref column = reversed ? right.at[0] : c->left;
  Value v = value_of(cx->values, cx->file_id, column);
  if (!is_sql_column(v))
    return;
  const char *method = op == PY_EQ ? "is_" : "is_not";
  if (op == PY_NOT_EQ && cx->oldest == SQLALCHEMY_UNKNOWN)
    method = "isnot"; // every version has it
  Finding *f =
      rule_report(cx, py_span(t, node), "comparison with None; use `%s(None)`", method);
  FixLevel level = v.sure == SURE_PROVEN ? FIX_SAFE : FIX_UNSAFE;
  if (!rule_fix(cx, f, level, "Replace by `%s(None)`", method))
    return;
  if (rule_has_comment(cx, py_span(t, node))) {
    fix_refuse(cx, "a comment stands inside the comparison");
    return;
  }
  bool parens = needs_parens_for_member(t, column);
  fix_printf(cx, py_span(t, node), "%s%.*s%s.%s(None)", parens ? "(" : "",
             STR_ARG(rule_text(cx, column)), parens ? ")" : "", method);
}

const Rule rule_comparison_with_none = {
    .code = "Q106",
    .name = "comparison-with-none",
    .category = CAT_QUERY,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_INFO,
    .what = "A column compared with None by `==` or `!=`",
    .why =
        "It becomes IS NULL, but linters ask to write `is None`, which is always false; "
        "is_(None) cannot be mistaken",
    .on = {PY_COMPARE},
    .check = check,
};
