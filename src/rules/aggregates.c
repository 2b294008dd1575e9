// Q143, Q166: aggregate functions beside columns that nothing groups, and in WHERE.
#include "rules/aggregates.h"
#include "rules/chain.h"
#include "rules/loaded.h"

typedef struct {
  RuleCtx *cx;
  Ref found;
} Search;

// func.count(x) and its like; max() and min() of several are functions of one row on
// SQLite.
static bool is_aggregate(RuleCtx *cx, Ref call) {
  static const char *const names[] = {
      "count",    "sum",       "avg",     "array_agg", "string_agg", "group_concat",
      "json_agg", "jsonb_agg", "bool_or", "bool_and",  "stddev",     "variance"};
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, call);
  if (!receiver || rule_value(cx, receiver).kind != VALUE_FUNCTIONS)
    return false;
  Str method = call_method_text(cx, call);
  if (str_is(method, "max") || str_is(method, "min"))
    return call_positional_count(t, call) == 1 && !call_has_stars(t, call);
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(method, names[i]))
      return true;
  return false;
}

// What has rows of its own: over(), a query in the query.
static bool is_apart(RuleCtx *cx, Ref call) {
  static const char *const methods[] = {"over", "any", "has", "within_group"};
  Str method = call_method_text(cx, call);
  for (size_t i = 0; i < ARRAY_LEN(methods); i++)
    if (str_is(method, methods[i]))
      return true;
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
  if (api == API_sqlalchemy_over || api == API_sqlalchemy_select ||
      api == API_sqlalchemy_exists)
    return true;
  ValueKind kind = rule_value(cx, call).kind;
  return kind == VALUE_SELECT || kind == VALUE_QUERY || kind == VALUE_SCALAR_SELECT ||
         kind == VALUE_EXISTS || kind == VALUE_SUBQUERY || kind == VALUE_CTE;
}

static bool visit(void *data, Ref r) {
  Search *s = data;
  if (s->found)
    return false;
  PyKind kind = py_kind(s->cx->tree, r);
  if (kind == PY_LAMBDA)
    return false;
  if (kind == PY_NAME) { // n = func.count(Order.id)
    Ref value = assigned_at(s->cx, r);
    if (py_kind(s->cx->tree, value) == PY_CALL && !is_apart(s->cx, value) &&
        is_aggregate(s->cx, value))
      s->found = r;
    return false;
  }
  if (kind != PY_CALL)
    return true;
  if (is_apart(s->cx, r))
    return false;
  if (is_aggregate(s->cx, r))
    s->found = r;
  return !s->found;
}

// The aggregate function that the expression computes, 0: none.
static Ref aggregate_in(RuleCtx *cx, Ref expr) {
  Search s = {.cx = cx};
  PyVisitor v = {.enter = visit, .data = &s};
  py_walk(cx->tree, expr, &v);
  return s.found;
}

bool yields_one_row(RuleCtx *cx, const Shape *shape) {
  const uint32_t other = SHAPE_GROUPED | SHAPE_FROM_STATEMENT | SHAPE_COMPOUND |
                         SHAPE_CHANGED_ENTITIES | SHAPE_HAVING;
  if (!shape || !shape->count || !(shape->flags & SHAPE_WHOLE) || shape->flags & other)
    return false;
  for (uint32_t i = 0; i < shape->count; i++)
    if (shape->items[i].at.file != cx->file_id || !shape->items[i].at.ref ||
        !aggregate_in(cx, shape->items[i].at.ref))
      return false;
  return true;
}

// ---- Q166

static void check_where(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Value v = rule_value(cx, call_receiver(t, call));
  if ((v.kind != VALUE_SELECT && v.kind != VALUE_QUERY && v.kind != VALUE_UPDATE &&
       v.kind != VALUE_DELETE) ||
      v.sure != SURE_PROVEN)
    return;
  for (uint32_t i = 0; i < call_positional_count(t, call); i++) {
    Ref found = aggregate_in(cx, call_positional(t, call, i));
    if (found)
      rule_report(cx, py_span(t, found),
                  "WHERE is decided before rows are grouped, and takes no aggregate: the "
                  "database refuses; put it into having()");
  }
}

// ---- Q143

static bool is_column_of_class(Value c) {
  return (c.kind == VALUE_MAPPED_CLASS || c.kind == VALUE_COLUMN) && c.owner.ref &&
         c.sure == SURE_PROVEN;
}

static void check_grouping(RuleCtx *cx, Ref call) {
  const uint32_t other =
      SHAPE_GROUPED | SHAPE_FROM_STATEMENT | SHAPE_COMPOUND | SHAPE_CHANGED_ENTITIES;
  Value v = {0};
  Ref statement = chain_executed(cx, call, &v);
  if (!statement || v.sure != SURE_PROVEN || !v.shape ||
      !(v.shape->flags & SHAPE_WHOLE) || v.shape->flags & other || v.shape->count < 2)
    return;
  Ref aggregate = 0, column = 0;
  for (uint32_t i = 0; i < v.shape->count; i++) {
    const ShapeItem *item = &v.shape->items[i];
    if (item->at.file != cx->file_id || !item->at.ref)
      return;
    Ref found = aggregate_in(cx, item->at.ref);
    aggregate = aggregate ? aggregate : found;
    if (!found && is_column_of_class(item->column))
      column = column ? column : item->at.ref;
  }
  if (aggregate && column)
    rule_report(
        cx, py_span(cx->tree, column),
        "`%.*s` stands beside `%.*s` and nothing groups by it: PostgreSQL refuses, "
        "SQLite and MySQL give the value of any row; add group_by()",
        STR_ARG(rule_excerpt(cx, column)), STR_ARG(rule_excerpt(cx, aggregate)));
}

DEFINE_RULE(group_by_missing, "Q143", "group-by-missing", CAT_QUERY, SEVERITY_ERROR,
            "A column beside an aggregate function in a query without group_by()",
            "There is one row for all, and no one value of the column for it",
            .on = {PY_CALL},
            .names = RULE_NAMES("all", "first", "one", "one_or_none", "execute",
                                "scalars", "exec"),
            .check = check_grouping);
DEFINE_RULE(aggregate_in_where, "Q166", "aggregate-in-where", CAT_QUERY, SEVERITY_ERROR,
            "An aggregate function in where() or filter()",
            "The database raises an error: aggregates are known only after WHERE",
            .on = {PY_CALL}, .names = RULE_NAMES("where", "filter"),
            .check = check_where);
