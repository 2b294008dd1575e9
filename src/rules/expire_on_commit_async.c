// A105: after commit an AsyncSession expires its instances, and reading one needs I/O.
#include "rules/util.h"

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
  bool maker = api == API_sqlalchemy_ext_asyncio_async_sessionmaker;
  if (!maker && api != API_sqlalchemy_ext_asyncio_AsyncSession) {
    if (api != API_sqlalchemy_orm_sessionmaker ||
        resolve_api(cx->resolver, cx->file_id,
                    call_keyword(t, call, rule_atom(cx, "class_"))) !=
            API_sqlalchemy_ext_asyncio_AsyncSession)
      return;
  }
  if (cx->file->is_test || call_has_stars(t, call) ||
      call_keyword_node(t, call, rule_atom(cx, "expire_on_commit")))
    return;
  Finding *f =
      rule_report(cx, py_span(t, PY_AS(Call, t, call)->func),
                  "without `expire_on_commit=False` instances cannot be read after "
                  "commit()");
  if (rule_fix(cx, f, FIX_UNSAFE, "Add `expire_on_commit=False`"))
    fix_append_argument(cx, call, STR("expire_on_commit=False"));
}

const Rule rule_expire_on_commit_async = {
    .code = "A105",
    .name = "expire-on-commit-async",
    .category = CAT_ASYNC,
    .fix = FIX_UNSAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "An async session that expires its instances on commit",
    .why = "An attribute read after commit() would load by itself and raises "
           "MissingGreenlet; with False the values stay as they were at commit",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_ext_asyncio_async_sessionmaker,
                      API_sqlalchemy_ext_asyncio_AsyncSession,
                      API_sqlalchemy_orm_sessionmaker),
    .check = check,
};
