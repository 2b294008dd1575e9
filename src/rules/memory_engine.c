// F116, F124: databases of SQLite in the threads that a web framework runs code in.
#include "rules/util.h"

static bool is_in_memory(Str url) {
  size_t path = str_find(url, STR("://"), 0);
  if (path == SIZE_MAX ||
      (!str_starts(url, STR("sqlite:")) && !str_starts(url, STR("sqlite+pysqlite:"))))
    return false;
  Str rest = str_slice(url, path + 3, url.len);
  return !rest.len || str_is(rest, "/") || str_is(rest, "/:memory:");
}

typedef struct {
  RuleCtx *cx;
  bool found;
} Clients;

static bool visit_client(void *data, Ref r) {
  Clients *c = data;
  if (py_kind(c->cx->tree, r) == PY_CALL) {
    Str dotted = rule_dotted(c->cx, PY_AS(Call, c->cx->tree, r)->func);
    c->found = c->found || str_is(dotted, "fastapi.testclient.TestClient") ||
               str_is(dotted, "starlette.testclient.TestClient");
  }
  return !c->found;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref url = call_argument(t, call, rule_atom(cx, "url"), 0);
  Place held = rule_held(cx, url);
  Str text = string_value_of(cx, &cx->project->files[held.file]->tree, held.ref);
  if (!text.ptr || !is_in_memory(text) || call_has_stars(t, call) ||
      call_keyword_node(t, call, rule_atom(cx, "poolclass")) ||
      call_keyword_node(t, call, rule_atom(cx, "pool")) ||
      call_keyword_node(t, call, rule_atom(cx, "creator")))
    return;
  Clients c = {.cx = cx};
  PyVisitor v = {.enter = visit_client, .data = &c};
  py_walk(t, t->root, &v);
  if (c.found)
    rule_report(cx, py_span(t, PY_AS(Call, t, call)->func),
                "TestClient runs the application in other threads, and each of them has "
                "an empty database of its own: no such table; say poolclass=StaticPool, "
                "connect_args={\"check_same_thread\": False}");
}

const Rule rule_memory_engine = {
    .code = "F124",
    .name = "testclient-memory-sqlite",
    .category = CAT_FRAMEWORK,
    .since = "0.1.0",
    .priority = 1,
    .severity = SEVERITY_ERROR,
    .what = "An in-memory SQLite engine without StaticPool beside a TestClient",
    .why =
        "Its pool keeps a connection for each thread, and each connection is a database",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_create_engine),
    .check = check,
};

// ---- F116

// [ran] 1.4: closing a session in another thread than it worked in raises
// ProgrammingError; 2.0 says check_same_thread=False itself for a file.
static void check_file_database(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Str head = rule_text_head(cx, call_argument(t, call, rule_atom(cx, "url"), 0));
  Ref arguments = call_keyword(t, call, rule_atom(cx, "connect_args"));
  if (cx->oldest != SQLALCHEMY_1_4 || cx->file->is_test || call_has_stars(t, call) ||
      !str_starts(head, STR("sqlite:///")) || is_in_memory(head) ||
      !interner_find(cx->project->names, STR("fastapi")) || arguments ||
      call_keyword_node(t, call, rule_atom(cx, "creator")) ||
      call_keyword_node(t, call, rule_atom(cx, "poolclass")))
    return;
  Finding *f = rule_report(
      cx, py_span(t, PY_AS(Call, t, call)->func),
      "FastAPI runs a dependency and its route in several threads, and SQLite refuses a "
      "connection in another thread: ProgrammingError; say check_same_thread=False");
  if (rule_fix(cx, f, FIX_UNSAFE, "Add `check_same_thread=False`"))
    fix_append_argument(cx, call, STR("connect_args={\"check_same_thread\": False}"));
}

DEFINE_RULE(
    sqlite_same_thread, "F116", "sqlite-same-thread", CAT_FRAMEWORK, SEVERITY_ERROR,
    "An engine for a SQLite file in a FastAPI application on SQLAlchemy 1.4, without "
    "check_same_thread=False",
    "The session is closed in another thread than it worked in; from 2.0 on "
    "SQLAlchemy says it itself",
    .fix = FIX_UNSAFE, .on = {PY_CALL}, .apis = RULE_APIS(API_sqlalchemy_create_engine),
    .check = check_file_database);
