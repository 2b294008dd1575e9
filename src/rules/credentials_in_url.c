// X102: a password in the source.
#include "rules/util.h"

static bool is_placeholder(Str password) {
  static const char *const words[] = {
      "password", "pass",     "passwd", "secret", "pwd",  "postgres", "root", "test",
      "example",  "changeme", "mysql",  "admin",  "user", "tiger",    "xxx",  "***"};
  for (size_t i = 0; i < ARRAY_LEN(words); i++)
    if (str_eq_nocase(password, str_from(words[i])))
      return true;
  for (size_t i = 0; i < password.len; i++)
    if (strchr("{}<>$%[]*", password.ptr[i]))
      return true;
  return password.len == 0;
}

static bool is_local(Str host) {
  return !host.len || str_starts(host, STR("localhost")) ||
         str_starts(host, STR("127.")) || str_starts(host, STR("[::1]")) ||
         str_ends(host, STR(".example.com")) || str_is(host, "example.com");
}

// dialect://user:password@host/...
static bool has_password(Str url) {
  size_t scheme = str_find(url, STR("://"), 0);
  if (scheme == SIZE_MAX)
    return false;
  Str rest = str_slice(url, scheme + 3, url.len);
  size_t slash = str_find_char(rest, '/', 0);
  Str authority = str_slice(rest, 0, slash == SIZE_MAX ? rest.len : slash);
  size_t at = str_rfind_char(authority, '@');
  size_t colon = str_find_char(authority, ':', 0);
  if (at == SIZE_MAX || colon == SIZE_MAX || colon > at)
    return false;
  Str password = str_slice(authority, colon + 1, at);
  Str host = str_slice(authority, at + 1, authority.len);
  size_t port = str_find_char(host, ':', 0);
  host = str_slice(host, 0, port == SIZE_MAX ? host.len : port);
  return !is_placeholder(password) && !is_local(host);
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
  if (cx->file->is_test || (api != API_sqlalchemy_create_engine &&
                            api != API_sqlalchemy_ext_asyncio_create_async_engine))
    return;
  Ref url = call_argument(t, call, rule_atom(cx, "url"), 0);
  Origin o = resolve_expr(cx->resolver, cx->file_id, url);
  if (url && o.kind == ORIGIN_VARIABLE && o.value.ref && o.value.file == cx->file_id)
    url = o.value.ref;
  Str text = string_value(cx, url);
  if (text.ptr && has_password(text))
    rule_report(cx, py_span(t, url),
                "a password stands in the source; read the URL from the environment");
}

const Rule rule_credentials_in_url = {
    .code = "X102",
    .name = "credentials-in-url",
    .category = CAT_SECURITY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A database URL with a password in the source",
    .why = "Whoever can read the code, its history or a log can open the database",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_create_engine,
                      API_sqlalchemy_ext_asyncio_create_async_engine),
    .check = check,
};
