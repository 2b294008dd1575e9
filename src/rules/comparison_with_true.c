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

static const SqlColumn *boolean_column(RuleCtx *cx, Value v) {
  const Model *m = v.kind == VALUE_COLUMN ? models_of_class(cx->models, v.owner) : NULL;
  const ModelColumn *c = m ? model_column(m, v.key) : NULL;
  return c && c->column->type.api == API_sqlalchemy_Boolean ? c->column : NULL;
}

// A function that type checkers look into: `where()` does not take a column of `bool |
// None` to them.
static bool is_typed(RuleCtx *cx, Ref node) {
  Ref function = enclosing_function(cx, node);
  if (py_kind(cx->tree, function) != PY_FUNCTION_DEF)
    return false;
  const PyFunctionDef *f = PY_AS(FunctionDef, cx->tree, function);
  PyRefs params = f->params
                      ? py_list(cx->tree, PY_AS(Parameters, cx->tree, f->params)->params)
                      : (PyRefs){0};
  bool typed = f->returns != 0;
  for (uint32_t i = 0; i < params.len && !typed; i++)
    typed = PY_AS(Param, cx->tree, params.at[i])->annotation != 0;
  return typed;
}

// flag == true(), which is the same SQL and a criterion to type checkers and linters.
static void use_constant(RuleCtx *cx, Finding *f, FixLevel level, Ref node, bool truth) {
  const char *name = truth ? "true" : "false";
  if (!rule_fix(cx, f, level, "Use `%s()`", name))
    return;
  Str constant = fix_require_import(cx, node, "sqlalchemy", name);
  PyRefs right = py_list(cx->tree, PY_AS(Compare, cx->tree, node)->comparators);
  if (constant.ptr)
    fix_printf(cx, py_span(cx->tree, right.at[0]), "%.*s()", STR_ARG(constant));
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
  const SqlColumn *column = boolean_column(cx, v);
  bool nullable = column && column->nullable && is_typed(cx, node);
  Finding *f = rule_report(cx, py_span(t, node), "comparison with %s; use %s",
                           truth ? "True" : "False",
                           nullable ? (truth ? "`true()`" : "`false()`")
                           : truth  ? "the column itself"
                                    : "`~` of the column");
  bool safe = v.sure == SURE_PROVEN && column && is_direct_criterion(cx, node);
  if (nullable) {
    use_constant(cx, f, v.sure == SURE_PROVEN ? FIX_SAFE : FIX_UNSAFE, node, truth);
    return;
  }
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
