// Q103: `column in values` is Python's own test; SQL needs in_().
#include "rules/util.h"

static bool is_collection(Value v) {
  switch (v.kind) {
  case VALUE_LIST:
  case VALUE_TUPLE:
  case VALUE_SET:
  case VALUE_DICT:
  case VALUE_SEQUENCE:
  case VALUE_ITERATOR:
  case VALUE_QUERY:
  case VALUE_SELECT:
  case VALUE_SUBQUERY:
  case VALUE_CTE:
  case VALUE_SCALAR_SELECT:
  case VALUE_SCALAR_RESULT:
    return true;
  default:
    return false;
  }
}

// Values of Python: a list of columns may really be searched for one.
static bool holds_sql(Value v) {
  return v.item && (is_sql(*v.item) || v.item->kind == VALUE_UNKNOWN);
}

// `if column in seen:`, where what `seen` holds is not known: of columns, as it seems.
static bool decides_python(RuleCtx *cx, Ref node) {
  Ref parent = rule_parent(cx, node);
  switch (py_kind(cx->tree, parent)) {
  case PY_IF:
  case PY_WHILE:
  case PY_IF_EXP:
  case PY_ASSERT:
    return true;
  default:
    return false;
  }
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  PyOp op = (PyOp)c->node.aux;
  if (right.len != 1 || (op != PY_IN && op != PY_NOT_IN))
    return;
  if (rule_value(cx, c->left).kind != VALUE_COLUMN)
    return;
  Value values = rule_value(cx, right.at[0]);
  bool likely = is_collection(values) && !holds_sql(values) &&
                (values.item || !decides_python(cx, node));
  if (!likely &&
      !rule_is_criterion(cx, node)) // Python's answer is no criterion, whatever it is
    return;
  const char *method = op == PY_IN ? "in_" : "not_in";
  if (op == PY_NOT_IN && cx->oldest == SQLALCHEMY_UNKNOWN)
    method = "notin_";
  Finding *f = rule_report(cx, py_span(t, node),
                           "`%s` is decided by Python, not by the database; use `%s()`",
                           op == PY_IN ? "in" : "not in", method);
  if (!rule_fix(cx, f, FIX_UNSAFE, "Replace by `%s()`", method))
    return;
  if (rule_has_comment(cx, py_span(t, node))) {
    fix_refuse(cx, "a comment stands inside the comparison");
    return;
  }
  bool parens = needs_parens_for_member(t, c->left);
  fix_printf(cx, py_span(t, node), "%s%.*s%s.%s(%.*s)", parens ? "(" : "",
             STR_ARG(rule_text(cx, c->left)), parens ? ")" : "", method,
             STR_ARG(rule_text(cx, right.at[0])));
}

const Rule rule_python_in = {
    .code = "Q103",
    .name = "python-in",
    .category = CAT_QUERY,
    .fix = FIX_UNSAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A column tested with `in` or `not in`",
    .why = "Python compares the column with each value and keeps a constant: the query "
           "gives no row (or every row), or TypeError is raised",
    .on = {PY_COMPARE},
    .check = check,
};
