// Q107: `flag == True` in a criterion.
#include "rules/util.h"

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
static void use_constant(RuleCtx *cx, Finding *f, FixLevel level, Ref written,
                         bool truth) {
  const char *name = truth ? "true" : "false";
  if (!rule_fix(cx, f, level, "Use `%s()`", name))
    return;
  Str constant = fix_require_import(cx, written, "sqlalchemy", name);
  if (constant.ptr)
    fix_printf(cx, py_span(cx->tree, written), "%.*s()", STR_ARG(constant));
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  if (right.len != 1 || c->node.aux != PY_EQ)
    return;
  Ref operand = c->left, constant = right.at[0];
  if (is_true(t, operand) || is_false(t, operand)) { // True == User.active
    operand = right.at[0];
    constant = c->left;
  }
  bool truth = is_true(t, constant);
  if (!truth && !is_false(t, constant))
    return;
  Value v = rule_value(cx, operand);
  if (!is_sql(v))
    return;
  const SqlColumn *column = boolean_column(cx, v);
  bool nullable = column && column->nullable && is_typed(cx, node);
  Finding *f = rule_report(cx, py_span(t, node), "comparison with %s; use %s",
                           truth ? "True" : "False",
                           nullable ? (truth ? "`true()`" : "`false()`")
                           : truth  ? "the column itself"
                                    : "`~` of the column");
  bool safe = v.sure == SURE_PROVEN && column && rule_is_criterion(cx, node);
  if (nullable) {
    use_constant(cx, f, v.sure == SURE_PROVEN ? FIX_SAFE : FIX_UNSAFE, constant, truth);
    return;
  }
  if (!rule_fix(cx, f, safe ? FIX_SAFE : FIX_UNSAFE, "Use %s",
                truth ? "the column itself" : "`~` of the column"))
    return;
  if (rule_has_comment(cx, py_span(t, node))) {
    fix_refuse(cx, "a comment stands inside the comparison");
    return;
  }
  bool parens = needs_parens_for_member(t, operand);
  fix_printf(cx, py_span(t, node), "%s%s%.*s%s", truth ? "" : "~", parens ? "(" : "",
             STR_ARG(rule_text(cx, operand)), parens ? ")" : "");
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
