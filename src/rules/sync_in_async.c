// A110: a blocking call to the database inside a coroutine stops the whole event loop.
#include "rules/util.h"

static bool is_any(Str name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

static const char *const session[] = {"execute", "scalar", "scalars", "get",
                                      "get_one", "commit", "flush",   "refresh",
                                      "merge",   "exec",   "rollback"};
static const char *const query[] = {"all",   "first", "one",    "one_or_none", "scalar",
                                    "count", "get",   "update", "delete"};
static const char *const connection[] = {"execute", "scalar", "scalars", "commit",
                                         "exec_driver_sql"};

// False where no value has a method of this name that waits.
static bool may_block(Str method) {
  return is_any(method, session, ARRAY_LEN(session)) ||
         is_any(method, query, ARRAY_LEN(query)) ||
         is_any(method, connection, ARRAY_LEN(connection)) || str_is(method, "connect");
}

// True where calling `method` on the value waits for the database.
static bool blocks(Value v, Str method) {
  switch (v.kind) {
  case VALUE_SESSION:
  case VALUE_SCOPED_SESSION:
    return is_any(method, session, ARRAY_LEN(session));
  case VALUE_QUERY:
  case VALUE_DYNAMIC:
    return is_any(method, query, ARRAY_LEN(query));
  case VALUE_CONNECTION:
    return is_any(method, connection, ARRAY_LEN(connection));
  case VALUE_ENGINE:
    return str_is(method, "connect") || str_is(method, "execute");
  default:
    return false;
  }
}

typedef struct {
  RuleCtx *cx;
  Ref first; // blocking call, 0: none yet
} Search;

static bool visit(void *data, Ref r) {
  Search *s = data;
  const PyTree *t = s->cx->tree;
  if (s->first)
    return false;
  Ref receiver = call_receiver(t, r);
  if (!receiver)
    return true;
  Str method = call_method_text(s->cx, r);
  if (!may_block(method) || py_kind(t, rule_parent(s->cx, r)) == PY_AWAIT)
    return true;
  Value v = rule_value(s->cx, receiver);
  if (v.sure == SURE_PROVEN && !(v.flags & VALUE_SUBCLASS) && blocks(v, method))
    s->first = r;
  return true;
}

static void check(RuleCtx *cx, Ref def) {
  const PyTree *t = cx->tree;
  if (!(py_node(t, def)->flags & PYF_ASYNC) || cx->file->is_test)
    return;
  Search s = {.cx = cx};
  PyRefs body = py_list(t, PY_AS(FunctionDef, t, def)->body);
  for (uint32_t i = 0; i < body.len && !s.first; i++)
    if (py_kind(t, body.at[i]) != PY_FUNCTION_DEF &&
        py_kind(t, body.at[i]) != PY_CLASS_DEF)
      rule_walk_body(cx, body.at[i], visit, &s);
  if (s.first)
    rule_report(cx, py_span(t, s.first),
                "`%.*s()` waits for the database and blocks the event loop of `async "
                "def %.*s`",
                STR_ARG(call_method_text(cx, s.first)),
                STR_ARG(atom_str(cx->project->names, PY_AS(FunctionDef, t, def)->name)));
}

const Rule rule_sync_in_async = {
    .code = "A110",
    .name = "sync-engine-in-async",
    .category = CAT_ASYNC,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "A synchronous session, connection or engine used inside `async def`",
    .why = "While the database works nothing else runs on the event loop: use an "
           "AsyncSession, a plain `def`, or run it in a thread. The first such call of a "
           "function is reported",
    .on = {PY_FUNCTION_DEF},
    .check = check,
};
