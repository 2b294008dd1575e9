// chain.c: from the end of a query back to where it begins.
#include "rules/chain.h"

#include "rules/loaded.h"

enum {
  MAX_STEPS = 64 // methods of one chain
};

Ref chain_executed(RuleCtx *cx, Ref call, Value *v) {
  static const char *const executes[] = {"execute", "scalars", "exec", "scalar"};
  static const char *const ends[] = {"all",         "first",  "one",
                                     "one_or_none", "scalar", "count"};
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, call);
  Str method = call_method_text(cx, call);
  for (size_t i = 0; i < ARRAY_LEN(executes); i++) {
    if (!str_is(method, executes[i]) || !value_is_executor(rule_value(cx, receiver)))
      continue;
    Ref statement = call_positional(t, call, 0);
    *v = statement ? rule_value(cx, statement) : (Value){0};
    return v->kind == VALUE_SELECT ? statement : 0;
  }
  for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
    if (!str_is(method, ends[i]))
      continue;
    *v = rule_value(cx, receiver);
    return v->kind == VALUE_QUERY ? receiver : 0;
  }
  return 0;
}

Ref chain_call(RuleCtx *cx, Ref expr) {
  if (py_kind(cx->tree, expr) == PY_NAME)
    expr = assigned_at(cx, expr);
  if (py_kind(cx->tree, expr) == PY_AWAIT)
    expr = PY_AS(Await, cx->tree, expr)->value;
  return py_kind(cx->tree, expr) == PY_CALL ? expr : 0;
}

Ref chain_below(RuleCtx *cx, Ref expr) {
  Ref call = chain_call(cx, expr);
  return call ? chain_call(cx, call_receiver(cx->tree, call)) : 0;
}

Ref chain_find(RuleCtx *cx, Ref expr, const char *method) {
  Ref call = chain_call(cx, expr);
  for (int i = 0; call && i < MAX_STEPS; i++, call = chain_below(cx, call))
    if (str_is(call_method_text(cx, call), method))
      return call;
  return 0;
}

Span chain_name_span(RuleCtx *cx, Ref call) {
  uint32_t at = PY_AS(Attribute, cx->tree, PY_AS(Call, cx->tree, call)->func)->attr_at;
  return (Span){at, at + (uint32_t)call_method_text(cx, call).len};
}
