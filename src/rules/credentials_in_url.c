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

static bool is_secret(Str user, Str password, Str host) {
  return !is_placeholder(password) && !str_eq(password, user) && !is_local(host);
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
  Str user = str_slice(authority, 0, colon);
  Str password = str_slice(authority, colon + 1, at);
  Str host = str_slice(authority, at + 1, authority.len);
  size_t port = str_find_char(host, ':', 0);
  host = str_slice(host, 0, port == SIZE_MAX ? host.len : port);
  return is_secret(user, password, host);
}

// A URL as create_engine() takes it, wherever it is kept: `postgresql+asyncpg://...`
static bool is_database_url(Str text) {
  static const char *const dialects[] = {
      "postgresql", "postgres", "mysql", "mariadb", "oracle", "mssql", "cockroachdb"};
  size_t scheme = str_find(text, STR("://"), 0);
  if (scheme == SIZE_MAX)
    return false;
  size_t driver = str_find_char(text, '+', 0);
  Str dialect = str_slice(text, 0, driver < scheme ? driver : scheme);
  for (size_t i = 0; i < ARRAY_LEN(dialects); i++)
    if (str_is(dialect, dialects[i]))
      return true;
  return false;
}

static void check_url(RuleCtx *cx, Ref string) {
  const PyTree *t = cx->tree;
  if (str_find(py_text(t, string), STR("://"), 0) == SIZE_MAX ||
      py_kind(t, rule_parent(cx, string)) == PY_EXPR_STMT) // a docstring
    return;
  Str text = string_value(cx, string);
  if (text.ptr && is_database_url(text) && has_password(text))
    rule_report(cx, py_span(t, string),
                "a password stands in the source; read the URL from the environment");
}

// URL.create("postgresql", password="...", host="...")
static void check_parts(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (!str_is(call_method_text(cx, call), "create") ||
      resolve_api(cx->resolver, cx->file_id, call_receiver(t, call)) !=
          API_sqlalchemy_URL)
    return;
  Ref user = call_argument(t, call, rule_atom(cx, "username"), 1);
  Ref password = call_argument(t, call, rule_atom(cx, "password"), 2);
  Ref host = call_argument(t, call, rule_atom(cx, "host"), 3);
  Str text = string_value(cx, password);
  Str where = host ? string_value(cx, host) : (Str){0};
  if (text.ptr &&
      is_secret(string_value(cx, user), text, where.ptr ? where : STR("elsewhere")))
    rule_report(cx, py_span(t, password),
                "a password stands in the source; read it from the environment");
}

static void check(RuleCtx *cx, Ref node) {
  if (cx->file->is_test)
    return;
  if (py_kind(cx->tree, node) == PY_STR)
    check_url(cx, node);
  else
    check_parts(cx, node);
}

const Rule rule_credentials_in_url = {
    .code = "X102",
    .name = "credentials-in-url",
    .category = CAT_SECURITY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A database URL with a password in the source",
    .why = "Whoever can read the code, its history or a log can open the database",
    .on = {PY_STR, PY_CALL},
    .names = RULE_NAMES("create"),
    .check = check,
};
