// Q149: a criterion that Python decides, as the class before the column was forgotten.
#include "rules/util.h"

// The query or statement that takes the criterion.
static Value taker_of(RuleCtx *cx, Ref criterion) {
  const PyTree *t = cx->tree;
  for (Ref p = rule_parent(cx, criterion); p; p = rule_parent(cx, p)) {
    Str method = call_method_text(cx, p);
    if (str_is(method, "where") || str_is(method, "filter") || str_is(method, "having"))
      return rule_value(cx, call_receiver(t, p));
  }
  return (Value){0};
}

static bool is_column_of(RuleCtx *cx, Value taker, Atom name) {
  for (uint32_t i = 0; taker.shape && i < taker.shape->count; i++) {
    Value c = taker.shape->items[i].column;
    const Model *m = c.owner.ref ? models_of_class(cx->models, c.owner) : NULL;
    if (m && (model_column(m, name) || model_relationship(m, name)))
      return true;
  }
  return false;
}

// True for what is no SQL, whatever the parameter is given: `name`, `5`, the builtin
// `id`.
static bool is_of_python(RuleCtx *cx, Ref expr) {
  Value v = rule_value(cx, expr);
  if (value_is_plain(v) && v.kind != VALUE_OBJECT)
    return v.sure == SURE_PROVEN;
  if (py_kind(cx->tree, expr) != PY_NAME || v.kind != VALUE_UNKNOWN)
    return false;
  Origin o = resolve_expr(cx->resolver, cx->file_id, expr);
  return o.kind == ORIGIN_PARAMETER || o.kind == ORIGIN_BUILTIN;
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  if (right.len != 1 || c->node.aux == PY_IS || c->node.aux == PY_IS_NOT ||
      c->node.aux == PY_IN || c->node.aux == PY_NOT_IN || !rule_is_criterion(cx, node) ||
      !is_of_python(cx, c->left) || !is_of_python(cx, right.at[0]))
    return;
  Value taker = taker_of(cx, node);
  Ref sides[] = {c->left, right.at[0]};
  for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
    Atom name = py_kind(t, sides[i]) == PY_NAME ? PY_AS(Name, t, sides[i])->id : 0;
    if (!name || !is_column_of(cx, taker, name))
      continue;
    rule_report(cx, py_span(t, node),
                "Python compares these two before there is a query: the column `%.*s` is "
                "not asked; put its class before it",
                STR_ARG(atom_str(cx->project->names, name)));
    return;
  }
}

const Rule rule_python_criteria = {
    .code = "Q149",
    .name = "criterion-without-column",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .priority = 1,
    .severity = SEVERITY_ERROR,
    .what =
        "A comparison of Python values in where() or filter(), one of them called as a "
        "column is",
    .why = "It is True or False for all rows: every row is found, or none",
    .on = {PY_COMPARE},
    .check = check,
};
