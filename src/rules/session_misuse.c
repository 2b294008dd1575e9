// S102, A109, A116, A124, F104, F109: one session where there should be several, or of
// the wrong kind.
#include "rules/loaded.h"
#include "rules/session_use.h"

// ---- S102

static void check_global(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyAssign *a = PY_AS(Assign, t, node);
  PyRefs targets = py_list(t, a->targets);
  if (cx->file->is_test || targets.len != 1 || !makes_session(cx, a->value) ||
      py_kind(t, rule_parent(cx, node)) != PY_MODULE)
    return;
  uint32_t symbol = rule_symbol(cx, targets.at[0]);
  uint16_t flags = symbol == NO_SYMBOL ? 0 : cx->file->scopes->symbols[symbol].flags;
  bool script = flags & SYMBOL_USED && !(flags & SYMBOL_CAPTURED);
  if (symbol != NO_SYMBOL && !script)
    rule_report(cx, py_span(t, a->value),
                "one session for the whole module: threads and requests share its "
                "transaction; make one where it is needed");
}

// ---- A109

static bool is_async_session(Value v) {
  return v.kind == VALUE_ASYNC_SESSION;
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol; // of the first async session, NO_SYMBOL: none yet
} Find;

static bool find_session(void *data, Ref r) {
  Find *f = data;
  if (f->symbol == NO_SYMBOL && py_kind(f->cx->tree, r) == PY_NAME &&
      is_async_session(rule_value(f->cx, r)))
    f->symbol = rule_symbol(f->cx, r);
  return f->symbol == NO_SYMBOL;
}

static uint32_t session_in(RuleCtx *cx, Ref expr) {
  Find f = {.cx = cx, .symbol = NO_SYMBOL};
  PyVisitor v = {.enter = find_session, .data = &f};
  py_walk(cx->tree, expr, &v);
  return f.symbol;
}

// The coroutine that `*[f(session, x) for x in xs]` makes again and again, also where a
// name holds the list; 0: none.
static Ref repeated(RuleCtx *cx, Ref arg) {
  const PyTree *t = cx->tree;
  Ref list = py_kind(t, arg) == PY_STARRED ? PY_AS(Starred, t, arg)->value : 0;
  if (py_kind(t, list) == PY_NAME)
    list = assigned_once(cx, rule_symbol(cx, list));
  if (py_kind(t, list) == PY_LIST_COMP)
    return PY_AS(ListComp, t, list)->elt;
  return py_kind(t, list) == PY_GENERATOR_EXP ? PY_AS(GeneratorExp, t, list)->elt : 0;
}

static bool bound_inside(RuleCtx *cx, uint32_t symbol, Ref expr) {
  const PyScopes *s = cx->file->scopes;
  uint32_t b = s->symbols[symbol].first;
  return b != NO_BINDING &&
         py_node(cx->tree, s->bindings[b].node)->start >= py_node(cx->tree, expr)->start;
}

static bool starts_task(RuleCtx *cx, Ref call) {
  Str method = call ? call_method_text(cx, call) : STR("");
  return str_is(method, "create_task") || str_is(method, "ensure_future");
}

static void check_gather(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, call)->func);
  if (o.kind != ORIGIN_EXTERNAL ||
      !str_is(atom_str(cx->project->names, o.dotted), "asyncio.gather"))
    return;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  uint32_t first = NO_SYMBOL;
  for (uint32_t i = 0; i < args.len; i++) {
    Ref again = repeated(cx, args.at[i]);
    uint32_t symbol = session_in(cx, again ? again : args.at[i]);
    if (symbol == NO_SYMBOL || starts_task(cx, again))
      continue; // said where the task starts
    if ((again && !bound_inside(cx, symbol, rule_parent(cx, again))) || symbol == first) {
      rule_report(cx, py_span(t, args.at[i]),
                  "the session is used by several coroutines at once; give each its own");
      return;
    }
    first = symbol;
  }
}

// True where the statement waits for the task: `await wait_for(create_task(f(x)), 5)`.
static bool is_awaited_at_once(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref p = rule_parent(cx, call);
  while (py_kind(t, p) == PY_CALL || py_kind(t, p) == PY_KEYWORD)
    p = rule_parent(cx, p);
  return py_kind(t, p) == PY_AWAIT;
}

// The async session that a task started by create_task(f(session)) works with.
static uint32_t task_session(RuleCtx *cx, Ref call) {
  Ref coroutine = call_positional(cx->tree, call, 0);
  if (!starts_task(cx, call) || py_kind(cx->tree, coroutine) != PY_CALL ||
      is_awaited_at_once(cx, call))
    return NO_SYMBOL;
  return session_in(cx, coroutine);
}

typedef struct {
  RuleCtx *cx;
  uint32_t task, from, to;
  bool found;
} Awaits;

static bool visit_await(void *data, Ref r) {
  Awaits *w = data;
  Span span = py_span(w->cx->tree, r);
  if (py_kind(w->cx->tree, r) == PY_AWAIT && span.start >= w->from && span.end <= w->to)
    w->found = w->found || mentions(w->cx, r, w->task);
  return !w->found;
}

// True where the name that the task is given is awaited in `root`, behind the call and
// before `to`.
static bool is_awaited_later(RuleCtx *cx, Ref call, Ref root, uint32_t to) {
  Ref value;
  Ref target = assigned_target(cx->tree, rule_parent(cx, call), &value);
  Awaits w = {.cx = cx,
              .task = target ? rule_symbol(cx, target) : NO_SYMBOL,
              .from = py_span(cx->tree, call).end,
              .to = to};
  if (w.task != NO_SYMBOL)
    rule_walk_body(cx, root, visit_await, &w);
  return w.found;
}

// True where the function ends behind `child`, in its block of the statement `p`.
static bool returns_behind(const PyTree *t, Ref p, Ref child) {
  PyRefs block = py_block_of(t, p, child);
  PyKind last = block.len ? py_kind(t, block.at[block.len - 1]) : PY_NONE;
  return last == PY_RETURN || last == PY_RAISE;
}

// Two branches below `p`, of which one only is run.
static bool are_branches(const PyTree *t, Ref p, Ref one, Ref other) {
  if (one == other)
    return false;
  if (py_kind(t, p) == PY_IF) {
    PyRefs block = py_block_of(t, p, one);
    return block.len && !py_refs_hold(block, other);
  }
  if (py_kind(t, p) == PY_IF_EXP)
    return PY_AS(IfExp, t, p)->test != one && PY_AS(IfExp, t, p)->test != other;
  PyKind kind = py_kind(t, one);
  return kind == py_kind(t, other) &&
         (kind == PY_MATCH_CASE || kind == PY_EXCEPT_HANDLER);
}

// True where `later`, which stands behind `first` in the function, may run after it in
// one call of the function and one round of its loops.
static bool may_follow(RuleCtx *cx, Ref first, Ref later) {
  const PyTree *t = cx->tree;
  uint32_t start = py_node(t, later)->start;
  Ref child = first, p = rule_parent(cx, first);
  for (; p && py_node(t, p)->end <= start; child = p, p = rule_parent(cx, p))
    if (py_kind(t, p) == PY_RETURN || returns_behind(t, p, child))
      return false;
  Ref other = later;
  while (other && rule_parent(cx, other) != p)
    other = rule_parent(cx, other);
  return !are_branches(t, p, child, other);
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  Ref function, call;
  bool found; // a task that may run beside the call's
} Tasks;

static bool visit_task(void *data, Ref r) {
  Tasks *w = data;
  uint32_t start = py_node(w->cx->tree, w->call)->start;
  if (!w->found && py_kind(w->cx->tree, r) == PY_CALL &&
      py_node(w->cx->tree, r)->start < start && task_session(w->cx, r) == w->symbol)
    w->found =
        may_follow(w->cx, r, w->call) && !is_awaited_later(w->cx, r, w->function, start);
  return !w->found;
}

// The loop that starts the task again with the same session, 0: none; `*own`: each round
// has a session of its own.
static Ref loop_around(RuleCtx *cx, Ref call, Ref function, uint32_t symbol, bool *own) {
  *own = false;
  for (Ref p = rule_parent(cx, call); p && p != function; p = rule_parent(cx, p)) {
    PyKind kind = py_kind(cx->tree, p);
    if (kind != PY_FOR && kind != PY_WHILE && kind != PY_LIST_COMP &&
        kind != PY_SET_COMP && kind != PY_GENERATOR_EXP)
      continue;
    *own = bound_inside(cx, symbol, p);
    return *own ? 0 : p;
  }
  return 0;
}

// for i in ids: tasks.append(asyncio.create_task(touch(session, i)))
static void check_task_start(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  uint32_t symbol = task_session(cx, call);
  Ref function = enclosing_function(cx, call);
  if (symbol == NO_SYMBOL || py_kind(t, function) != PY_FUNCTION_DEF)
    return;
  bool own;
  Ref loop = loop_around(cx, call, function, symbol, &own);
  Tasks w = {.cx = cx, .symbol = symbol, .function = function, .call = call};
  if (loop)
    w.found = !is_awaited_later(cx, call, loop, py_span(t, loop).end);
  if (!w.found && !own)
    rule_walk_body(cx, function, visit_task, &w);
  if (w.found)
    rule_report(cx, py_span(t, call),
                "the session is used by several tasks at once; give each its own");
}

static void check_shared(RuleCtx *cx, Ref call) {
  if (str_is(call_method_text(cx, call), "gather"))
    check_gather(cx, call);
  else
    check_task_start(cx, call);
}

// ---- A116

static void check_query(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Value v = rule_value(cx, call_receiver(t, call));
  if (is_async_session(v) && v.sure == SURE_PROVEN && !(v.flags & VALUE_SUBCLASS))
    rule_report(
        cx, py_span(t, PY_AS(Call, t, call)->func),
        "an AsyncSession has no query(); use `await session.scalars(select(...))`");
}

// ---- A124

static void check_pool(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref pool = call_keyword(t, call, rule_atom(cx, "poolclass"));
  if (!pool)
    return;
  ApiId api = resolve_api(cx->resolver, cx->file_id, pool);
  if (api && str_is(api_last_name(api), "QueuePool"))
    rule_report(cx, py_span(t, pool),
                "QueuePool is for synchronous engines; leave it out, or use "
                "AsyncAdaptedQueuePool");
}

// ---- F104

static void check_default(RuleCtx *cx, Ref def) {
  const PyTree *t = cx->tree;
  PyRefs list = def_params(t, def);
  for (uint32_t i = 0; i < list.len; i++) {
    Ref value = PY_AS(Param, t, list.at[i])->default_value;
    if (value && makes_session(cx, value))
      rule_report(cx, py_span(t, value),
                  "the default is made once, when the function is defined: all calls "
                  "share this session");
  }
}

// ---- F109

static void check_task(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  if (args.len < 2 || !call_receiver(t, call))
    return;
  for (uint32_t i = 1; i < args.len; i++) {
    Ref value = py_kind(t, args.at[i]) == PY_KEYWORD
                    ? PY_AS(Keyword, t, args.at[i])->value
                    : args.at[i];
    Value v = rule_value(cx, value);
    if ((v.kind == VALUE_SESSION || v.kind == VALUE_ASYNC_SESSION) &&
        py_kind(t, value) == PY_NAME)
      rule_report(cx, py_span(t, value),
                  "the session of the request may be closed when the task runs; let the "
                  "task open its own");
  }
}

DEFINE_RULE(session_global, "S102", "session-global", CAT_SESSION, SEVERITY_WARNING,
            "A session that is made when the module is imported",
            "A session is one transaction of one thread: shared, it mixes the work of "
            "requests, and one error breaks it for all",
            .on = {PY_ASSIGN}, .check = check_global);
DEFINE_RULE(
    session_in_gather, "A109", "session-shared-in-gather", CAT_ASYNC, SEVERITY_ERROR,
    "One AsyncSession in several coroutines of asyncio.gather() or in several tasks",
    "A session has one connection and does one thing at a time: "
    "InvalidRequestError or IllegalStateChangeError is raised",
    .on = {PY_CALL}, .names = RULE_NAMES("gather", "create_task", "ensure_future"),
    .check = check_shared);
DEFINE_RULE(query_on_async, "A116", "query-on-async", CAT_ASYNC, SEVERITY_ERROR,
            "query() of an AsyncSession", "It has none: AttributeError is raised",
            .on = {PY_CALL}, .names = RULE_NAMES("query"), .check = check_query);
DEFINE_RULE(poolclass_async, "A124", "poolclass-async", CAT_ASYNC, SEVERITY_ERROR,
            "create_async_engine() with the pool of a synchronous engine",
            "ArgumentError is raised: QueuePool would block the event loop",
            .on = {PY_CALL},
            .apis = RULE_APIS(API_sqlalchemy_ext_asyncio_create_async_engine),
            .check = check_pool);
DEFINE_RULE(
    session_default, "F104", "session-default-arg", CAT_FRAMEWORK, SEVERITY_ERROR,
    "A session as the default of a parameter",
    "Defaults are made once: every call, and every request, gets the same session",
    .on = {PY_FUNCTION_DEF}, .check = check_default);
DEFINE_RULE(background_session, "F109", "background-task-session", CAT_FRAMEWORK,
            SEVERITY_WARNING, "The session of a request given to a background task",
            "Whether it is still open when the task runs depends on the version of "
            "FastAPI, and an error in the task comes after the response",
            .on = {PY_CALL}, .names = RULE_NAMES("add_task"), .check = check_task);
