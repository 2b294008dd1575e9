// S103: an engine, and with it a pool of connections, for every call.
#include "rules/util.h"

static bool is_dependency(RuleCtx *cx, Ref function) {
  const PyScopes *s = cx->file->scopes;
  uint32_t scope = py_scopes_of(s, function);
  return scope != NO_SCOPE && s->scopes[scope].flags & SCOPE_GENERATOR &&
         !PY_AS(FunctionDef, cx->tree, function)->decorators;
}

typedef struct {
  RuleCtx *cx;
  bool found;
} Dispose;

static bool visit_dispose(void *data, Ref r) {
  Dispose *d = data;
  if (str_is(call_method_text(d->cx, r), "dispose"))
    d->found = true;
  return !d->found;
}

static bool visit_return(void *data, Ref r) {
  Dispose *d = data;
  const PyTree *t = d->cx->tree;
  Ref value = py_kind(t, r) == PY_RETURN ? PY_AS(Return, t, r)->value : 0;
  if (value) {
    ValueKind kind = rule_value(d->cx, value).kind;
    d->found |= kind == VALUE_SESSION || kind == VALUE_ASYNC_SESSION;
  }
  return !d->found;
}

// def get_session():
//     return Session(create_engine(...))
static bool gives_session(RuleCtx *cx, Ref function) {
  Dispose d = {.cx = cx};
  if (PY_AS(FunctionDef, cx->tree, function)->decorators)
    return false; // functools.cache
  rule_walk_body(cx, function, visit_return, &d);
  return d.found;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref function = enclosing_function(cx, call);
  if (cx->file->is_test || py_kind(t, function) != PY_FUNCTION_DEF)
    return;
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
  if (api != API_sqlalchemy_create_engine &&
      api != API_sqlalchemy_ext_asyncio_create_async_engine)
    return;
  if (!is_route(cx, function) && !is_dependency(cx, function) &&
      !gives_session(cx, function))
    return;
  Dispose d = {.cx = cx};
  rule_walk_body(cx, function, visit_dispose, &d);
  if (!d.found)
    rule_report(cx, py_span(t, call),
                "every call makes an engine with a pool of its own; make it once, at the "
                "top of a module");
}

const Rule rule_engine_in_function = {
    .code = "S103",
    .name = "engine-in-function",
    .category = CAT_SESSION,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "create_engine() in a route, in a dependency, or in a function that gives a "
            "session",
    .why =
        "An engine is a pool of connections for the whole process: made for each request "
        "it never reuses one, and leaves them open",
    .on = {PY_CALL},
    .names = RULE_NAMES("create_engine", "create_async_engine"),
    .apis = RULE_APIS(API_sqlalchemy_create_engine,
                      API_sqlalchemy_ext_asyncio_create_async_engine),
    .check = check,
};
