// A117: sessionmaker(class_=AsyncSession) is async_sessionmaker() since 2.0.
#include "rules/util.h"

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (resolve_call_api(cx->resolver, cx->file_id, call) !=
      API_sqlalchemy_orm_sessionmaker)
    return;
  if (cx->target == SQLALCHEMY_1_4 || cx->oldest == SQLALCHEMY_1_4)
    return; // it came with 2.0
  Ref node = call_keyword_node(t, call, rule_atom(cx, "class_"));
  Ref cls = node ? PY_AS(Keyword, t, node)->value : 0;
  if (!cls)
    return;
  bool plain = resolve_api(cx->resolver, cx->file_id, cls) ==
               API_sqlalchemy_ext_asyncio_AsyncSession;
  Value made = rule_value(cx, call);
  if (!plain && !(made.item && made.item->kind == VALUE_ASYNC_SESSION))
    return;
  Finding *f = rule_report(cx, py_span(t, call),
                           "`sessionmaker(class_=...)` of async sessions; use "
                           "`async_sessionmaker()`");
  bool proven =
      resolve_expr(cx->resolver, cx->file_id, cls).proven &&
      resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, call)->func).proven;
  if (!rule_fix(cx, f, proven ? FIX_SAFE : FIX_UNSAFE, "Use `async_sessionmaker()`"))
    return;
  Str name = fix_require_import(cx, call, "sqlalchemy.ext.asyncio", "async_sessionmaker");
  if (!name.ptr)
    return;
  fix_replace(cx, py_span(t, PY_AS(Call, t, call)->func), name);
  if (plain && !(made.item && made.item->flags & VALUE_SQLMODEL))
    fix_delete_argument(cx, call, node);
}

const Rule rule_sessionmaker_class_async = {
    .code = "A117",
    .name = "sessionmaker-class-asyncsession",
    .category = CAT_ASYNC,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .priority = 1,
    .severity = SEVERITY_INFO,
    .what = "sessionmaker() with class_=AsyncSession",
    .why = "async_sessionmaker() of 2.0 does the same and has the right types: `async "
           "with` and begin() are known to the type checker",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_orm_sessionmaker),
    .check = check,
};
