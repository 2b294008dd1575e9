// Q108, Q109: NULL inside IN. `x NOT IN (..., NULL)` is never true, and `x IN (NULL)`
// does not find NULL.
#include "rules/util.h"

static bool is_negated(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref parent = rule_parent(cx, call);
  if (py_kind(t, parent) == PY_UNARY_OP)
    return py_node(t, parent)->aux == PY_INVERT;
  return py_kind(t, parent) == PY_CALL &&
         resolve_call_api(cx->resolver, cx->file_id, parent) == API_sqlalchemy_not_;
}

static PyRefs items_of(const PyTree *t, Ref expr) {
  switch (py_kind(t, expr)) {
  case PY_LIST:
    return py_list(t, PY_AS(List, t, expr)->elts);
  case PY_TUPLE:
    return py_list(t, PY_AS(Tuple, t, expr)->elts);
  case PY_SET:
    return py_list(t, PY_AS(Set, t, expr)->elts);
  default:
    return (PyRefs){0};
  }
}

// The None among the values, 0 where there is none.
static Ref none_in(const PyTree *t, Ref values) {
  PyRefs items = items_of(t, values);
  for (uint32_t i = 0; i < items.len; i++)
    if (is_none(t, items.at[i]))
      return items.at[i];
  return 0;
}

// The column that a query without criteria selects, where it may hold NULL.
static const SqlColumn *nullable_column(RuleCtx *cx, Ref query) {
  Value v = rule_value(cx, query);
  if ((v.kind != VALUE_SELECT && v.kind != VALUE_SUBQUERY && v.kind != VALUE_QUERY &&
       v.kind != VALUE_SCALAR_SELECT) ||
      v.sure != SURE_PROVEN || !v.shape || v.shape->yields != YIELD_COLUMN ||
      v.shape->count != 1 || !(v.shape->flags & SHAPE_WHOLE) ||
      v.shape->flags & (SHAPE_FILTERED | SHAPE_HAVING | SHAPE_JOINED | SHAPE_COMPOUND))
    return NULL;
  Value column = v.shape->items[0].column;
  const Model *m =
      column.kind == VALUE_COLUMN ? models_of_class(cx->models, column.owner) : NULL;
  const ModelColumn *c = m ? model_column(m, column.key) : NULL;
  return c && c->column && c->column->proven && c->column->nullable ? c->column : NULL;
}

// The argument of `column.in_(...)`, and whether the whole is NOT IN; 0 for other calls.
static Ref in_argument(RuleCtx *cx, Ref call, bool *negated) {
  const PyTree *t = cx->tree;
  Str method = call_method_text(cx, call);
  bool in = str_is(method, "in_");
  if (!in && !str_is(method, "not_in") && !str_is(method, "notin_"))
    return 0;
  *negated = in ? is_negated(cx, call) : !is_negated(cx, call);
  if (call_positional_count(t, call) != 1 ||
      !is_sql(rule_value(cx, call_receiver(t, call))))
    return 0;
  return call_positional(t, call, 0);
}

static void check_not_in(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  bool negated = false;
  Ref values = in_argument(cx, call, &negated);
  if (!values || !negated)
    return;
  Ref none = none_in(t, values);
  const SqlColumn *column = none ? NULL : nullable_column(cx, values);
  if (none)
    rule_report(cx, py_span(t, none),
                "NOT IN with NULL is never true: no row is found; use `is_not(None)`");
  else if (column)
    rule_report(cx, py_span(t, values),
                "`%.*s` may be NULL, and one NULL among the values makes NOT IN find "
                "nothing; leave them out, or use `~exists()`",
                STR_ARG(atom_str(cx->project->names, column->name)));
}

static void check_in(RuleCtx *cx, Ref call) {
  bool negated = false;
  Ref values = in_argument(cx, call, &negated);
  Ref none = values && !negated ? none_in(cx->tree, values) : 0;
  if (none)
    rule_report(cx, py_span(cx->tree, none),
                "`IN (..., NULL)` does not find NULL; add `| column.is_(None)`");
}

const Rule rule_notin_with_null = {
    .code = "Q108",
    .name = "notin-with-null",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "NOT IN over values of which one is, or may be, NULL",
    .why = "A comparison with NULL is neither true nor false: the query finds no rows",
    .on = {PY_CALL},
    .check = check_not_in,
};

const Rule rule_in_with_none = {
    .code = "Q109",
    .name = "in-with-none",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .priority = 1,
    .severity = SEVERITY_WARNING,
    .what = "None among the values of in_()",
    .why = "`x IN (NULL)` is never true: rows where the column is NULL are not found",
    .on = {PY_CALL},
    .check = check_in,
};
