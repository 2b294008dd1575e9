// A113: `with` where only `async with` works.
#include "rules/util.h"

static bool is_of_sqlalchemy(Value v) {
  return v.kind == VALUE_ASYNC_SESSION || v.kind == VALUE_ASYNC_CONNECTION ||
         v.kind == VALUE_ASYNC_TRANSACTION || v.kind == VALUE_ASYNC_SESSION_TRANSACTION ||
         v.kind == VALUE_ASYNC_RESULT || v.kind == VALUE_ASYNC_SCALAR_RESULT ||
         v.kind == VALUE_ASYNC_MAPPING_RESULT || v.kind == VALUE_SESSION ||
         v.kind == VALUE_CONNECTION;
}

static bool is_async_only(RuleCtx *cx, Value v) {
  if (v.kind == VALUE_ASYNC_CONTEXT || v.kind == VALUE_AWAITABLE_CONTEXT)
    return is_of_sqlalchemy(value_entered(cx->values, v, true));
  return v.kind == VALUE_ASYNC_SESSION || v.kind == VALUE_ASYNC_CONNECTION ||
         v.kind == VALUE_ASYNC_TRANSACTION || v.kind == VALUE_ASYNC_SESSION_TRANSACTION;
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyWith *w = PY_AS(With, t, node);
  PyRefs items = py_list(t, w->items);
  if (w->node.flags & PYF_ASYNC || !items.len || py_kind(t, items.at[0]) != PY_WITH_ITEM)
    return;
  Ref context = PY_AS(WithItem, t, items.at[0])->context;
  Value v = rule_value(cx, context);
  if (!is_async_only(cx, v))
    return;
  Finding *f = rule_report(cx, py_span(t, context),
                           "this is an asynchronous context manager; use `async with`");
  Ref function = enclosing_function(cx, node);
  if (items.len > 1) {
    rule_refuse(cx, f, "the statement enters several things");
    return;
  }
  if (py_kind(t, function) != PY_FUNCTION_DEF ||
      !(py_node(t, function)->flags & PYF_ASYNC)) {
    rule_refuse(cx, f, "`async with` needs an `async def` around it");
    return;
  }
  if (rule_fix(cx, f, level_of(v), "Use `async with`"))
    fix_insert(cx, w->node.start, STR("async "));
}

const Rule rule_sync_with_on_async = {
    .code = "A113",
    .name = "sync-with-on-async",
    .category = CAT_ASYNC,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "`with` around an async session, connection or transaction",
    .why = "It has no __enter__: TypeError or AttributeError is raised",
    .on = {PY_WITH},
    .check = check,
};
