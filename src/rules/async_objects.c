// A115, A118, A121, A122, A123: async engines, sessions and results where only their
// synchronous counterparts work.
#include "rules/loaded.h"

static bool is_async_engine(Value v) {
  return (v.kind == VALUE_ASYNC_ENGINE || v.kind == VALUE_ASYNC_CONNECTION) &&
         v.sure == SURE_PROVEN && !(v.flags & VALUE_SUBCLASS);
}

// ---- A115

static void check_inspect(RuleCtx *cx, Ref call) {
  Ref subject = call_positional(cx->tree, call, 0);
  if (!subject ||
      resolve_call_api(cx->resolver, cx->file_id, call) != API_sqlalchemy_inspect)
    return;
  Value v = rule_value(cx, subject);
  if (is_async_engine(v))
    rule_report(cx, py_span(cx->tree, call),
                "an async %s cannot be inspected; do it in a function given to "
                "`await conn.run_sync()`",
                v.kind == VALUE_ASYNC_ENGINE ? "engine" : "connection");
}

// ---- A118

static void check_scoped(RuleCtx *cx, Ref call) {
  Ref factory = call_positional(cx->tree, call, 0);
  Value v = factory ? rule_value(cx, factory) : (Value){0};
  if (v.kind == VALUE_ASYNC_SESSIONMAKER &&
      resolve_call_api(cx->resolver, cx->file_id, call) ==
          API_sqlalchemy_orm_scoped_session)
    rule_report(
        cx, py_span(cx->tree, PY_AS(Call, cx->tree, call)->func),
        "scoped_session() keeps one session for each thread, and all tasks run in "
        "one; use async_scoped_session() with scopefunc=asyncio.current_task");
}

// ---- A121

static void check_stream(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyFor *f = PY_AS(For, t, node);
  if (f->node.flags & PYF_ASYNC)
    return;
  Value v = rule_value(cx, f->iter);
  if ((v.kind != VALUE_ASYNC_RESULT && v.kind != VALUE_ASYNC_SCALAR_RESULT &&
       v.kind != VALUE_ASYNC_MAPPING_RESULT) ||
      v.sure != SURE_PROVEN)
    return;
  Finding *found =
      rule_report(cx, py_span(t, f->iter), "a streamed result is read by `async for`");
  Ref function = enclosing_function(cx, node);
  if (py_kind(t, function) != PY_FUNCTION_DEF ||
      !(py_node(t, function)->flags & PYF_ASYNC))
    rule_refuse(cx, found, "`async for` needs an `async def` around it");
  else if (rule_fix(cx, found, FIX_SAFE, "Use `async for`"))
    fix_insert(cx, f->node.start, STR("async "));
}

// ---- A122

static void check_event(RuleCtx *cx, Ref call) {
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
  Ref target = call_positional(cx->tree, call, 0);
  if (!target ||
      (api != API_sqlalchemy_event_listen && api != API_sqlalchemy_event_listens_for))
    return;
  Value v = rule_value(cx, target);
  if (!is_async_engine(v))
    return;
  bool engine = v.kind == VALUE_ASYNC_ENGINE;
  const char *name = engine ? "sync_engine" : "sync_connection";
  Finding *f = rule_report(cx, py_span(cx->tree, target),
                           "events are those of the engine behind it: `%.*s.%s`",
                           STR_ARG(rule_excerpt(cx, target)), name);
  if (needs_parens_for_member(cx->tree, target))
    rule_refuse(cx, f, "the engine is no plain name");
  else if (rule_fix(cx, f, FIX_SAFE, "Use `.%s`", name))
    fix_insert(cx, py_node(cx->tree, target)->end, str_format(cx->scratch, ".%s", name));
}

// ---- A123

static bool takes_async_session(RuleCtx *cx, Ref function) {
  const PyTree *t = cx->tree;
  PyRefs list = def_params(t, function);
  for (uint32_t i = 0; i < list.len; i++)
    if (value_of_param(cx->values, cx->file_id, list.at[i]).kind == VALUE_ASYNC_SESSION)
      return true;
  return false;
}

static void check_dynamic(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, call);
  if (rule_value(cx, receiver).kind != VALUE_DYNAMIC ||
      py_kind(t, receiver) != PY_ATTRIBUTE)
    return;
  Ref function = enclosing_function(cx, call);
  Loaded from = {0};
  bool async =
      py_kind(t, function) == PY_FUNCTION_DEF &&
      py_node(t, function)->flags & PYF_ASYNC &&
      (takes_async_session(cx, function) ||
       (loaded_through(cx, PY_AS(Attribute, t, receiver)->value, &from) && from.async));
  if (async)
    rule_report(cx, py_span(t, receiver),
                "a dynamic relationship queries by itself, which an async session does "
                "not allow: MissingGreenlet; use WriteOnlyMapped");
}

DEFINE_RULE(inspect_async, "A115", "inspect-async", CAT_ASYNC, SEVERITY_ERROR,
            "inspect() of an async engine or connection",
            "NoInspectionAvailable is raised: reflection is synchronous", .on = {PY_CALL},
            .apis = RULE_APIS(API_sqlalchemy_inspect), .check = check_inspect);
DEFINE_RULE(
    scoped_session_async, "A118", "scoped-session-async", CAT_ASYNC, SEVERITY_ERROR,
    "scoped_session() around an async_sessionmaker",
    "The registry is kept by thread: all tasks of the event loop share one session",
    .on = {PY_CALL}, .apis = RULE_APIS(API_sqlalchemy_orm_scoped_session),
    .check = check_scoped);
DEFINE_RULE(stream_iteration, "A121", "stream-iteration", CAT_ASYNC, SEVERITY_ERROR,
            "`for` over the result of stream() or stream_scalars()",
            "An AsyncResult has no __iter__: TypeError is raised", .fix = FIX_SAFE,
            .on = {PY_FOR}, .check = check_stream);
DEFINE_RULE(
    event_on_async_engine, "A122", "event-on-async-engine", CAT_ASYNC, SEVERITY_ERROR,
    "An event listener on an async engine or connection",
    "NotImplementedError is raised: events belong to the synchronous engine behind",
    .fix = FIX_SAFE, .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_event_listen, API_sqlalchemy_event_listens_for),
    .check = check_event);
DEFINE_RULE(dynamic_relationship_async, "A123", "dynamic-relationship-async", CAT_ASYNC,
            SEVERITY_ERROR,
            "A lazy=\"dynamic\" relationship read where the session is async",
            "The query it stands for runs without await: MissingGreenlet is raised",
            .on = {PY_CALL},
            .names = RULE_NAMES("all", "first", "one", "one_or_none", "count", "scalar",
                                "paginate"),
            .check = check_dynamic);
