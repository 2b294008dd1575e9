// Q122, Q123: session.execute(q).scalars() is session.scalars(q).
#include "rules/util.h"

// The execute() of a session that the method is called on; `(await session.execute(q))`
// too. 0: none.
static Ref executing(RuleCtx *cx, Ref call, Value *session) {
  const PyTree *t = cx->tree;
  Ref made = call_receiver(t, call);
  bool awaited = py_kind(t, made) == PY_AWAIT;
  if (awaited)
    made = PY_AS(Await, t, made)->value;
  Ref receiver = made ? call_receiver(t, made) : 0;
  if (!receiver || !str_is(call_method_text(cx, made), "execute") ||
      !call_positional(t, made, 0))
    return 0;
  *session = rule_value(cx, receiver);
  bool async =
      session->kind == VALUE_ASYNC_SESSION || session->kind == VALUE_ASYNC_SCOPED_SESSION;
  return value_is_session(*session) && async == awaited ? made : 0;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Value session = {0};
  Ref made = PY_AS(Call, t, call)->args ? 0 : executing(cx, call, &session);
  if (!made)
    return;
  Str method = call_method_text(cx, call);
  Ref execute = PY_AS(Call, t, made)->func, func = PY_AS(Call, t, call)->func;
  uint32_t at = PY_AS(Attribute, t, execute)->attr_at;
  Span name = {at, at + (uint32_t)strlen("execute")};
  Finding *f = rule_report(cx, name, "`execute().%.*s()` is `%.*s()` of the session",
                           STR_ARG(method), STR_ARG(method));
  Span rest = {rule_paren_span(cx, PY_AS(Attribute, t, func)->value).end,
               py_node(t, call)->end};
  FixLevel level = session.flags & VALUE_SUBCLASS ? FIX_UNSAFE : level_of(session);
  if (rule_has_comment(cx, rest)) {
    rule_refuse(cx, f, "a comment stands before `.%.*s()`", STR_ARG(method));
  } else if (rule_fix(cx, f, level, "Use `%.*s()`", STR_ARG(method))) {
    fix_replace(cx, name, method);
    fix_delete(cx, rest);
  }
}

DEFINE_RULE(execute_scalars, "Q122", "execute-scalars", CAT_QUERY, SEVERITY_INFO,
            "session.execute(...).scalars()",
            "session.scalars() says the same in one call", .off = true, .fix = FIX_SAFE,
            .on = {PY_CALL}, .names = RULE_NAMES("scalars"), .check = check);
DEFINE_RULE(execute_scalar, "Q123", "execute-scalar", CAT_QUERY, SEVERITY_INFO,
            "session.execute(...).scalar()", "session.scalar() says the same in one call",
            .off = true, .fix = FIX_SAFE, .on = {PY_CALL}, .names = RULE_NAMES("scalar"),
            .check = check);
