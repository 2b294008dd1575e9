// A111, A112: the driver in the URL decides which engine can use it.
#include "rules/util.h"

typedef struct {
  const char *dialect, *replacement; // replacement: the asyncio driver of a sync one
} Scheme;

static const char *const async_schemes[] = {
    "postgresql+asyncpg", "postgresql+psycopg_async",
    "sqlite+aiosqlite",   "mysql+aiomysql",
    "mysql+asyncmy",      "mariadb+aiomysql",
    "mariadb+asyncmy",    "mssql+aioodbc"};
static const Scheme sync_schemes[] = {{"postgresql", "postgresql+asyncpg"},
                                      {"postgres", "postgresql+asyncpg"},
                                      {"postgresql+psycopg2", "postgresql+asyncpg"},
                                      {"postgresql+pg8000", "postgresql+asyncpg"},
                                      {"sqlite", "sqlite+aiosqlite"},
                                      {"sqlite+pysqlite", "sqlite+aiosqlite"},
                                      {"mysql", "mysql+aiomysql"},
                                      {"mysql+pymysql", "mysql+aiomysql"},
                                      {"mysql+mysqldb", "mysql+aiomysql"},
                                      {"mariadb", "mariadb+aiomysql"},
                                      {"mariadb+pymysql", "mariadb+aiomysql"},
                                      {"mssql+pyodbc", "mssql+aioodbc"}};

// The part before `://` of a literal or of the first text of an f-string.
static Str scheme_of(RuleCtx *cx, Ref url, uint32_t *at) {
  const PyTree *t = cx->tree;
  Ref text = url;
  if (py_kind(t, url) == PY_JOINED_STR) {
    PyRefs parts = py_list(t, PY_AS(JoinedStr, t, url)->parts);
    text = parts.len ? parts.at[0] : 0;
  } else if (py_kind(t, url) != PY_STR) {
    return (Str){0};
  }
  Str source = text ? py_text(t, text) : STR("");
  size_t end = str_find(source, STR("://"), 0);
  if (end == SIZE_MAX)
    return (Str){0};
  size_t from = end;
  while (from && source.ptr[from - 1] != '"' && source.ptr[from - 1] != '\'')
    from--;
  *at = py_node(t, text)->start + (uint32_t)from;
  return str_slice(source, from, end);
}

static Ref url_of(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref url = call_argument(t, call, rule_atom(cx, "url"), 0);
  Place held = rule_held(cx, url); // a text in another file has no place in this one
  return held.file == cx->file_id ? held.ref : url;
}

static void check_async(RuleCtx *cx, Ref call) {
  uint32_t at = 0;
  Str scheme = scheme_of(cx, url_of(cx, call), &at);
  if (cx->target == SQLALCHEMY_2_1 && str_is(scheme, "postgresql"))
    return; // loads psycopg, which serves both
  for (size_t i = 0; i < ARRAY_LEN(sync_schemes); i++) {
    if (!str_is(scheme, sync_schemes[i].dialect))
      continue;
    const char *now = sync_schemes[i].replacement;
    Span span = {at, at + (uint32_t)scheme.len};
    Finding *f =
        rule_report(cx, span,
                    "`%.*s` is no asyncio driver; create_async_engine() needs one, "
                    "such as `%s`",
                    STR_ARG(scheme), now);
    if (rule_fix(cx, f, FIX_UNSAFE, "Use `%s`", now))
      fix_replace(cx, span, str_from(now));
    return;
  }
}

static void check_sync(RuleCtx *cx, Ref call) {
  uint32_t at = 0;
  Str scheme = scheme_of(cx, url_of(cx, call), &at);
  for (size_t i = 0; i < ARRAY_LEN(async_schemes); i++)
    if (str_is(scheme, async_schemes[i]))
      rule_report(cx, (Span){at, at + (uint32_t)scheme.len},
                  "`%.*s` is an asyncio driver; use create_async_engine(), or another "
                  "driver",
                  STR_ARG(scheme));
}

static void check_sync_call(RuleCtx *cx, Ref call) {
  if (resolve_call_api(cx->resolver, cx->file_id, call) == API_sqlalchemy_create_engine)
    check_sync(cx, call);
}

static void check_async_call(RuleCtx *cx, Ref call) {
  if (resolve_call_api(cx->resolver, cx->file_id, call) ==
      API_sqlalchemy_ext_asyncio_create_async_engine)
    check_async(cx, call);
}

const Rule rule_async_driver_in_sync_engine = {
    .code = "A111",
    .name = "async-driver-in-sync-engine",
    .category = CAT_ASYNC,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "create_engine() with an asyncio driver",
    .why = "The first statement raises MissingGreenlet: the driver needs an event loop "
           "and create_async_engine()",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_create_engine),
    .check = check_sync_call,
};

const Rule rule_sync_driver_in_async_engine = {
    .code = "A112",
    .name = "sync-driver-in-async-engine",
    .category = CAT_ASYNC,
    .fix = FIX_UNSAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "create_async_engine() with a driver that knows no asyncio",
    .why = "InvalidRequestError is raised; another driver has to be installed, and its "
           "connect arguments may differ",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_ext_asyncio_create_async_engine),
    .check = check_async_call,
};
