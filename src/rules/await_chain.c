// A103: `await session.execute(q).scalars()` calls scalars() on the coroutine.
#include "rules/util.h"

// The innermost call in a chain of methods that makes something to be awaited.
static Ref awaitable_in_chain(RuleCtx *cx, Ref outer) {
  const PyTree *t = cx->tree;
  for (Ref r = call_receiver(t, outer); r;) {
    if (py_kind(t, r) == PY_CALL) {
      if (rule_value(cx, r).kind == VALUE_AWAITABLE)
        return r;
      r = call_receiver(t, r);
    } else if (py_kind(t, r) == PY_ATTRIBUTE) {
      r = PY_AS(Attribute, t, r)->value;
    } else {
      return 0;
    }
  }
  return 0;
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Ref outer = PY_AS(Await, t, node)->value;
  Ref inner = py_kind(t, outer) == PY_CALL ? awaitable_in_chain(cx, outer) : 0;
  if (!inner || rule_value(cx, outer).kind == VALUE_AWAITABLE)
    return;
  Value v = rule_value(cx, call_receiver(t, inner));
  if (v.kind != VALUE_ASYNC_SESSION && v.kind != VALUE_ASYNC_CONNECTION &&
      v.kind != VALUE_ASYNC_SCOPED_SESSION)
    return;
  Str method = call_method_text(cx, inner);
  Finding *f = rule_report(
      cx, py_span(t, node),
      "`await` covers the whole chain; await `%.*s()` before going on", STR_ARG(method));
  if (!rule_fix(cx, f, level_of(v), "Await `%.*s()` in parentheses", STR_ARG(method)))
    return;
  Span gap = {py_node(t, node)->start, py_node(t, outer)->start};
  if (py_node(t, outer)->flags & PYF_PAREN || rule_has_comment(cx, gap)) {
    fix_refuse(cx, "the chain stands in parentheses of its own");
    return;
  }
  fix_insert(cx, gap.start, STR("("));
  fix_insert(cx, py_node(t, inner)->end, STR(")"));
}

const Rule rule_await_chain = {
    .code = "A103",
    .name = "await-chain",
    .category = CAT_ASYNC,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A method called on the coroutine of execute(), scalars() and the like",
    .why = "`await` binds weaker than the dots: AttributeError, a coroutine has no such "
           "method",
    .on = {PY_AWAIT},
    .check = check,
};
