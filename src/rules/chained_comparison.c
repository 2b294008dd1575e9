// Q104: `1 < column < 5` is `1 < column and column < 5`, and `and` drops one half.
#include "rules/util.h"

static const char *op_text(PyOp op) {
  switch (op) {
  case PY_LT:
    return "<";
  case PY_LT_E:
    return "<=";
  case PY_GT:
    return ">";
  case PY_GT_E:
    return ">=";
  case PY_EQ:
    return "==";
  case PY_NOT_EQ:
    return "!=";
  default:
    return NULL;
  }
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  if (right.len < 2)
    return;
  PyRefs ops = py_list(t, c->ops);
  bool first_sql = is_sql(rule_value(cx, c->left)) || is_sql(rule_value(cx, right.at[0]));
  if (!first_sql)
    return;
  Finding *f = rule_report(cx, py_span(t, node),
                           "a chained comparison keeps only one half in SQL; join the "
                           "halves with `and_()`");
  if (!rule_fix(cx, f, FIX_UNSAFE, "Write one comparison for each half"))
    return;
  Str name = fix_require_import(cx, node, "sqlalchemy", "and_");
  if (!name.ptr)
    return;
  Buf text = {0};
  buf_printf(&text, "%.*s(", STR_ARG(name));
  bool good = !rule_has_comment(cx, py_span(t, node));
  for (uint32_t i = 0; i < right.len && good; i++) {
    Ref left = i ? right.at[i - 1] : c->left;
    const char *op = op_text((PyOp)ops.at[i]);
    good = op && (i == 0 || is_simple(t, left));
    if (good)
      buf_printf(&text, "%s%.*s %s %.*s", i ? ", " : "", STR_ARG(rule_text(cx, left)), op,
                 STR_ARG(rule_text(cx, right.at[i])));
  }
  buf_add_char(&text, ')');
  if (good)
    fix_replace(cx, py_span(t, node), buf_str(&text));
  else
    fix_refuse(cx,
               "the halves cannot be written apart without evaluating something twice "
               "or losing a comment");
  buf_free(&text);
}

const Rule rule_chained_comparison = {
    .code = "Q104",
    .name = "chained-comparison",
    .category = CAT_QUERY,
    .fix = FIX_UNSAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A chained comparison with a SQL expression",
    .why =
        "Python joins the halves with `and`, which asks a SQL expression for its truth "
        "value: TypeError, or one half is silently lost",
    .on = {PY_COMPARE},
    .check = check,
};
