// Q107: `flag == True` in a criterion.
#include "rules/util.h"

// The comparison is itself a criterion: an argument of where(), filter() or and_().
static bool is_direct_criterion(RuleCtx *cx, Ref node) {
  Ref parent = rule_parent(cx, node);
  if (py_kind(cx->tree, parent) != PY_CALL || PY_AS(Call, cx->tree, parent)->func == node)
    return false;
  Str method = call_method_text(cx, parent);
  if (str_is(method, "where") || str_is(method, "filter")) {
    Value v = rule_value(cx, call_receiver(cx->tree, parent));
    return v.kind == VALUE_QUERY || v.kind == VALUE_SELECT || v.kind == VALUE_UPDATE ||
           v.kind == VALUE_DELETE;
  }
  return false;
}

static bool is_boolean(RuleCtx *cx, Value v) {
  const Model *m = v.kind == VALUE_COLUMN ? models_of_class(cx->models, v.owner) : NULL;
  const ModelColumn *c = m ? model_column(m, v.key) : NULL;
  return c && c->column->type.api == API_sqlalchemy_Boolean;
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  if (right.len != 1 || c->node.aux != PY_EQ)
    return;
  bool truth = is_true(t, right.at[0]);
  if (!truth && !is_false(t, right.at[0]))
    return;
  Value v = rule_value(cx, c->left);
  if (!is_sql(v))
    return;
  Finding *f = rule_report(cx, py_span(t, node), "comparison with %s; use %s",
                           truth ? "True" : "False",
                           truth ? "the column itself" : "`~` of the column");
  bool safe = v.sure == SURE_PROVEN && is_boolean(cx, v) && is_direct_criterion(cx, node);
  if (!rule_fix(cx, f, safe ? FIX_SAFE : FIX_UNSAFE, "Use %s",
                truth ? "the column itself" : "`~` of the column"))
    return;
  if (rule_has_comment(cx, py_span(t, node))) {
    fix_refuse(cx, "a comment stands inside the comparison");
    return;
  }
  bool parens = needs_parens_for_member(t, c->left);
  fix_printf(cx, py_span(t, node), "%s%s%.*s%s", truth ? "" : "~", parens ? "(" : "",
             STR_ARG(rule_text(cx, c->left)), parens ? ")" : "");
}

const Rule rule_comparison_with_true = {
    .code = "Q107",
    .name = "comparison-with-true",
    .category = CAT_QUERY,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_INFO,
    .what = "A column compared with True or False by `==`",
    .why = "It works, but linters ask to write `is True`, which is always false; the "
           "column itself is the criterion",
    .on = {PY_COMPARE},
    .check = check,
};
