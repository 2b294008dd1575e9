// F124: an in-memory database that each thread has a new one of.
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
