// A127: sslmode= is libpq's; asyncpg calls it ssl.
#include "rules/loaded.h"

// The text of the URL. `*level`: that of a change in it; who else reads the name may give
// it to another driver.
static Ref url_text(RuleCtx *cx, Ref call, FixLevel *level) {
  const PyTree *t = cx->tree;
  Ref url = call_argument(t, call, rule_atom(cx, "url"), 0);
  Place held = rule_held(cx, url);
  *level = FIX_SAFE;
  if (held.file == cx->file_id && held.ref != url) {
    *level = used_once(cx, url) ? FIX_SAFE : FIX_UNSAFE;
    url = held.ref;
  }
  return py_kind(t, url) == PY_STR || py_kind(t, url) == PY_JOINED_STR ? url : 0;
}

static void report(RuleCtx *cx, Span span, FixLevel level, Str name) {
  Finding *f =
      rule_report(cx, span, "asyncpg knows no `sslmode`; its name for it is `ssl`");
  if (rule_fix(cx, f, level, "Use `ssl`"))
    fix_replace(cx, span, name);
}

static void check_url(RuleCtx *cx, Ref url, FixLevel level) {
  Str text = py_text(cx->tree, url);
  size_t at = str_find(text, STR("sslmode="), 0);
  if (str_find(text, STR("+asyncpg://"), 0) == SIZE_MAX || at == SIZE_MAX ||
      (text.ptr[at - 1] != '?' && text.ptr[at - 1] != '&'))
    return;
  uint32_t start = py_node(cx->tree, url)->start + (uint32_t)at;
  report(cx, (Span){start, start + (uint32_t)strlen("sslmode")}, level, STR("ssl"));
}

// connect_args={"sslmode": "require"}
static void check_arguments(RuleCtx *cx, Ref call, Ref url) {
  const PyTree *t = cx->tree;
  Ref dict = call_keyword(t, call, rule_atom(cx, "connect_args"));
  if (py_kind(t, dict) != PY_DICT ||
      str_find(py_text(t, url), STR("+asyncpg://"), 0) == SIZE_MAX)
    return;
  PyRefs items = py_list(t, PY_AS(Dict, t, dict)->items);
  for (uint32_t i = 0; i + 1 < items.len; i += 2) {
    Str key = items.at[i] ? string_value(cx, items.at[i]) : (Str){0};
    if (key.ptr && str_is(key, "sslmode"))
      report(cx, py_span(t, items.at[i]), FIX_SAFE, STR("\"ssl\""));
  }
}

static void check(RuleCtx *cx, Ref call) {
  FixLevel level;
  Ref url = url_text(cx, call, &level);
  if (!url || resolve_call_api(cx->resolver, cx->file_id, call) !=
                  API_sqlalchemy_ext_asyncio_create_async_engine)
    return;
  check_url(cx, url, level);
  check_arguments(cx, call, url);
}

const Rule rule_asyncpg_sslmode = {
    .code = "A127",
    .name = "asyncpg-sslmode",
    .category = CAT_ASYNC,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "`sslmode` given to asyncpg",
    .why =
        "connect() raises TypeError: unexpected keyword argument 'sslmode'; `ssl` takes "
        "the same words",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_ext_asyncio_create_async_engine),
    .check = check,
};
