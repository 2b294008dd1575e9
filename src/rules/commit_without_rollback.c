// S104, S105: a failed flush, commit or statement that is caught, and the session used on
// without rollback().
#include "project/detect.h"
#include "rules/annotation.h"
#include "rules/session_use.h"

typedef struct {
  RuleCtx *cx;
  Ref root;
  Ref commit; // `s.commit()` or `s.flush()`, for S105 `s.execute(insert(...))`, 0: none
  Value session;
  bool any; // handlers of all errors count too, not only those of the database's
} Body;

// True where the call stands inside an inner `try` or `with` of the block that begins a
// transaction, or gives the session.
static bool is_guarded(Body *b, Ref call) {
  const PyTree *t = b->cx->tree;
  uint32_t symbol = rule_symbol(b->cx, call_receiver(t, call));
  for (Ref p = rule_parent(b->cx, call); p && p != b->root; p = rule_parent(b->cx, p)) {
    if (py_kind(t, p) == PY_TRY && py_list(t, PY_AS(Try, t, p)->handlers).len)
      return true;
    if (py_kind(t, p) != PY_WITH)
      continue;
    PyRefs items = py_list(t, PY_AS(With, t, p)->items);
    for (uint32_t i = 0; i < items.len; i++) {
      Value v = rule_value(b->cx, PY_AS(WithItem, t, items.at[i])->context);
      if ((symbol != NO_SYMBOL && entered_symbol(b->cx, items.at[i]) == symbol) ||
          value_is_session(v) || v.kind == VALUE_SESSION_TRANSACTION ||
          v.kind == VALUE_ASYNC_SESSION_TRANSACTION || v.kind == VALUE_CONTEXT ||
          v.kind == VALUE_ASYNC_CONTEXT || v.kind == VALUE_UNKNOWN)
        return true;
    }
  }
  return false;
}

static bool find_commit(void *data, Ref r) {
  Body *b = data;
  const PyTree *t = b->cx->tree;
  Ref receiver = call_receiver(t, r);
  if (b->commit || !receiver)
    return !b->commit;
  Str method = call_method_text(b->cx, r);
  if (!str_is(method, "commit") && !str_is(method, "flush"))
    return true;
  Value v = rule_value(b->cx, receiver);
  if (!value_is_session(v) || !is_simple(t, receiver) || is_guarded(b, r))
    return true;
  b->commit = r;
  b->session = v;
  return false;
}

static bool find_write(void *data, Ref r) {
  Body *b = data;
  const PyTree *t = b->cx->tree;
  Ref receiver = call_receiver(t, r);
  Ref statement = receiver ? call_positional(t, r, 0) : 0;
  if (b->commit || !receiver || !statement ||
      !str_is(call_method_text(b->cx, r), "execute"))
    return !b->commit;
  Value v = rule_value(b->cx, receiver);
  ValueKind kind = rule_value(b->cx, statement).kind;
  bool writes = kind == VALUE_INSERT || kind == VALUE_UPDATE || kind == VALUE_DELETE;
  if (!value_is_session(v) || !writes || !is_simple(t, receiver) || is_guarded(b, r))
    return true;
  b->commit = r;
  b->session = v;
  return false;
}

// ---- The handler

// True where the handler takes errors of the database; `any` of it takes all errors.
static bool is_database_error(RuleCtx *cx, Ref type, bool any) {
  const PyTree *t = cx->tree;
  if (!type)
    return any;
  if (py_kind(t, type) == PY_TUPLE) {
    PyRefs items = py_list(t, PY_AS(Tuple, t, type)->elts);
    for (uint32_t i = 0; i < items.len; i++)
      if (is_database_error(cx, items.at[i], any))
        return true;
    return false;
  }
  Origin o = resolve_expr(cx->resolver, cx->file_id, type);
  Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
  if (o.kind == ORIGIN_BUILTIN)
    return any && (str_is(dotted, "Exception") || str_is(dotted, "BaseException"));
  static const char *const names[] = {
      "SQLAlchemyError",  "DBAPIError",       "DatabaseError", "IntegrityError",
      "DataError",        "InternalError",    "FlushError",    "StatementError",
      "OperationalError", "ProgrammingError", "StaleDataError"};
  for (size_t i = 0; o.kind == ORIGIN_API && i < ARRAY_LEN(names); i++)
    if (str_is(api_last_name((ApiId)o.api), names[i]))
      return true;
  return false;
}

typedef struct {
  RuleCtx *cx;
  bool settled; // rolled back, raised, closed, or handed to somebody who may
} Handler;

static bool visit_return(void *data, Ref r) {
  RuleCtx *cx = ((void **)data)[0];
  bool *found = ((void **)data)[1];
  *found =
      *found || py_kind(cx->tree, r) == PY_RETURN || py_kind(cx->tree, r) == PY_YIELD;
  return !*found;
}

// True for a function of the project that ends by `raise` and returns nowhere:
// self._handle_error(e).
static bool always_raises(RuleCtx *cx, Ref call) {
  Place def = rule_callee(cx, call);
  if (!def.ref)
    return false;
  RuleCtx other = rule_elsewhere(cx, def.file);
  PyRefs body = py_list(other.tree, PY_AS(FunctionDef, other.tree, def.ref)->body);
  if (!body.len || py_kind(other.tree, body.at[body.len - 1]) != PY_RAISE)
    return false;
  bool returns = false;
  void *data[] = {&other, &returns};
  rule_walk_body(&other, def.ref, visit_return, data);
  return !returns;
}

// True for calls that never come back: sys.exit(), abort() of Flask and its extensions.
static bool leaves(RuleCtx *cx, Ref call) {
  static const char *const names[] = {"sys.exit", "os._exit", "exit", "quit",
                                      "pytest.fail"};
  Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, cx->tree, call)->func);
  Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(dotted, names[i]))
      return true;
  return o.kind == ORIGIN_EXTERNAL && str_ends(dotted, STR(".abort"));
}

// The methods that end what failed.
static bool ends_transaction(Str method) {
  static const char *const names[] = {"rollback", "close", "remove", "invalidate",
                                      "reset"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(method, names[i]))
      return true;
  return false;
}

typedef struct {
  RuleCtx *cx;
  int depth;
  bool found;
} Ending;

static bool called_ends(RuleCtx *cx, Ref call, int depth);

static bool visit_ending(void *data, Ref r) {
  Ending *e = data;
  if (py_kind(e->cx->tree, r) == PY_CALL)
    e->found = e->found || ends_transaction(call_method_text(e->cx, r)) ||
               called_ends(e->cx, r, e->depth + 1);
  return !e->found;
}

// True where the call runs a function of the project that rolls back or closes:
// self.handle_error(). One that is not known may do so where its name says it.
static bool called_ends(RuleCtx *cx, Ref call, int depth) {
  enum {
    MAX_DEPTH = 3 // functions that call one another
  };
  Place def = rule_callee(cx, call);
  if (!def.ref || depth > MAX_DEPTH)
    return false;
  RuleCtx other = rule_elsewhere(cx, def.file);
  Ending e = {&other, depth, false};
  rule_walk_body(&other, def.ref, visit_ending, &e);
  return e.found;
}

static bool visit_handler(void *data, Ref r) {
  Handler *h = data;
  const PyTree *t = h->cx->tree;
  PyKind kind = py_kind(t, r);
  if (kind == PY_RAISE)
    h->settled = true;
  if (kind != PY_CALL)
    return !h->settled;
  Atom name = last_name(t, PY_AS(Call, t, r)->func);
  if (ends_transaction(call_method_text(h->cx, r)) || leaves(h->cx, r) ||
      always_raises(h->cx, r) || called_ends(h->cx, r, 0) ||
      (name && name_has_word(atom_str(h->cx->project->names, name), "rollback")))
    h->settled = true;
  PyRefs args = py_list(t, PY_AS(Call, t, r)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    Ref value = py_kind(t, args.at[i]) == PY_KEYWORD
                    ? PY_AS(Keyword, t, args.at[i])->value
                    : args.at[i];
    if (value_is_session(rule_value(h->cx, value)))
      h->settled = true; // somebody else may roll back
  }
  return !h->settled;
}

static bool settles(RuleCtx *cx, PyRefs body) {
  Handler h = {.cx = cx};
  for (uint32_t i = 0; i < body.len && !h.settled; i++)
    rule_walk_body(cx, body.at[i], visit_handler, &h);
  return h.settled;
}

// ---- What happens behind the handler

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  uint32_t from; // uses before this offset do not count
  bool found;
} Uses;

// A use that would raise: not close() and the like.
static bool visit_use(void *data, Ref r) {
  Uses *u = data;
  const PyTree *t = u->cx->tree;
  if (py_kind(t, r) == PY_WITH && py_node(t, r)->start >= u->from) {
    PyRefs items = py_list(t, PY_AS(With, t, r)->items);
    for (uint32_t i = 0; i < items.len; i++)
      if (entered_symbol(u->cx, items.at[i]) == u->symbol)
        return false; // another session of that name
  }
  if (py_kind(t, r) != PY_NAME || py_node(t, r)->start < u->from ||
      rule_symbol(u->cx, r) != u->symbol)
    return !u->found;
  Ref parent = rule_parent(u->cx, r);
  Ref call = rule_parent(u->cx, parent);
  Str method =
      py_kind(t, parent) == PY_ATTRIBUTE ? call_method_text(u->cx, call) : STR("");
  if (!str_is(method, "close") && !str_is(method, "aclose") &&
      !str_is(method, "rollback") && !str_is(method, "remove"))
    u->found = true;
  return !u->found;
}

static bool is_used(RuleCtx *cx, Ref root, uint32_t symbol, uint32_t from) {
  Uses u = {.cx = cx, .symbol = symbol, .from = from};
  PyVisitor v = {.enter = visit_use, .data = &u};
  py_walk(cx->tree, root, &v);
  return u.found;
}

// The block that owns the session, where it ends with it: the `with` that gives the name,
// or the function that makes it. 0: somebody else goes on with the session.
static Ref owner_of(RuleCtx *cx, Ref node, uint32_t symbol) {
  const PyTree *t = cx->tree;
  for (Ref p = rule_parent(cx, node); p; p = rule_parent(cx, p)) {
    if (py_kind(t, p) == PY_WITH) {
      PyRefs items = py_list(t, PY_AS(With, t, p)->items);
      for (uint32_t i = 0; i < items.len; i++)
        if (entered_symbol(cx, items.at[i]) == symbol)
          return p;
    }
    if (py_kind(t, p) != PY_FUNCTION_DEF && py_kind(t, p) != PY_LAMBDA)
      continue;
    const PyScopes *s = cx->file->scopes;
    for (uint32_t b = s->symbols[symbol].first; b != NO_BINDING;
         b = s->bindings[b].next) {
      Ref stmt = s->bindings[b].stmt;
      bool made = s->bindings[b].kind == BIND_ASSIGN && py_kind(t, stmt) == PY_ASSIGN &&
                  makes_session(cx, PY_AS(Assign, t, stmt)->value);
      if (!made)
        return 0;
    }
    return p;
  }
  return 0;
}

static bool is_loop(const PyTree *t, Ref r) {
  return py_kind(t, r) == PY_FOR || py_kind(t, r) == PY_WHILE;
}

// A view of a web framework: with it the request ends, and what the request has of
// sessions is closed by who opened it.
static bool is_view(RuleCtx *cx, Ref function) {
  static const char *const views[] = {"flask.views.View", "flask.views.MethodView",
                                      "flask_restful.Resource", "flask_restx.Resource"};
  if (is_route(cx, function))
    return true;
  Ref cls = function ? rule_parent(cx, function) : 0;
  if (py_kind(cx->tree, function) != PY_FUNCTION_DEF ||
      py_kind(cx->tree, cls) != PY_CLASS_DEF)
    return false;
  Atom name = PY_AS(FunctionDef, cx->tree, function)->name;
  if (str_starts(atom_str(cx->project->names, name), STR("_")))
    return false; // views call it, and may go on
  for (size_t i = 0; i < ARRAY_LEN(views); i++)
    if (class_derives_from(cx, (Place){cx->file_id, cls}, views[i]))
      return true;
  return false;
}

typedef struct {
  RuleCtx *cx;
  Str session;
  uint32_t from; // what stands before does not count
  bool found;
} SessionText;

static bool visit_use_of_session(void *data, Ref r) {
  RuleCtx *cx = ((void **)data)[0];
  bool *found = ((void **)data)[1];
  Ref receiver = call_receiver(cx->tree, r);
  *found = *found || (receiver && value_is_session(rule_value(cx, receiver)));
  return !*found;
}

// True for a call of a function of the project that works with a session.
static bool works_with_session(RuleCtx *cx, Ref call) {
  Place def = rule_callee(cx, call);
  if (!def.ref)
    return false;
  RuleCtx other = rule_elsewhere(cx, def.file);
  bool found = false;
  void *data[] = {&other, &found};
  rule_walk_body(&other, def.ref, visit_use_of_session, data);
  return found;
}

static bool visit_session(void *data, Ref r) {
  SessionText *s = data;
  if (py_kind(s->cx->tree, r) == PY_CALL && py_node(s->cx->tree, r)->start >= s->from &&
      works_with_session(s->cx, r))
    s->found = true;
  PyKind kind = py_kind(s->cx->tree, r);
  s->found = s->found || ((kind == PY_NAME || kind == PY_ATTRIBUTE) &&
                          py_node(s->cx->tree, r)->start >= s->from &&
                          str_eq(py_text(s->cx->tree, r), s->session));
  return !s->found;
}

// `@app.task`, `@shared_task(bind=True)` of Celery: with it the work is done.
static bool is_task(RuleCtx *cx, Ref function) {
  const PyTree *t = cx->tree;
  if (py_kind(t, function) != PY_FUNCTION_DEF)
    return false;
  PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, function)->decorators);
  for (uint32_t i = 0; i < decorators.len; i++) {
    Ref d = decorators.at[i];
    if (py_kind(t, d) == PY_CALL)
      d = PY_AS(Call, t, d)->func;
    Atom name = last_name(t, d);
    if (name && (name == rule_atom(cx, "task") || name == rule_atom(cx, "shared_task")))
      return true;
  }
  return false;
}

static bool in_loop(RuleCtx *cx, Ref node, Ref function) {
  for (Ref p = rule_parent(cx, node); p && p != function; p = rule_parent(cx, p))
    if (py_kind(cx->tree, p) == PY_FOR || py_kind(cx->tree, p) == PY_WHILE)
      return true;
  return false;
}

// True where the request or task ends with the handler, or behind the `try`, and nothing
// is asked of the session any more.
static bool ends_request(RuleCtx *cx, Ref node, Ref handler, Ref session) {
  const PyTree *t = cx->tree;
  Ref function = enclosing_function(cx, handler);
  PyRefs body = py_list(t, PY_AS(ExceptHandler, t, handler)->body);
  bool returns = body.len && py_kind(t, body.at[body.len - 1]) == PY_RETURN;
  if ((!is_view(cx, function) && !is_task(cx, function)) ||
      (!returns && in_loop(cx, node, function)))
    return false;
  SessionText s = {.cx = cx, .session = py_text(t, session)};
  s.from = returns ? UINT32_MAX : py_node(t, node)->end;
  PyVisitor v = {.enter = visit_session, .data = &s};
  py_walk(t, function, &v);
  s.from = 0;
  for (uint32_t i = 0; i < body.len && !s.found; i++)
    py_walk(t, body.at[i], &v);
  return !s.found;
}

// True where the session may be used once the handler is done.
static bool goes_on(RuleCtx *cx, const Body *b, Ref node, Ref handler) {
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, b->commit);
  if (ends_request(cx, node, handler, receiver))
    return false;
  uint32_t symbol = rule_symbol(cx, receiver);
  if (py_kind(t, receiver) != PY_NAME || symbol == NO_SYMBOL)
    return true;
  Ref owner = owner_of(cx, node, symbol);
  if (!owner)
    return true;
  PyRefs body = py_list(t, PY_AS(ExceptHandler, t, handler)->body);
  PyKind last = body.len ? py_kind(t, body.at[body.len - 1]) : PY_NONE;
  if (is_used(cx, handler, symbol, 0))
    return true;
  if (last == PY_RETURN)
    return false;
  bool left = last == PY_BREAK; // whether the innermost loop is left
  for (Ref p = rule_parent(cx, node); p && p != owner; p = rule_parent(cx, p)) {
    if (!is_loop(t, p))
      continue;
    if (!left)
      return true; // the next turn uses it again
    node = p;
    left = false;
    last = PY_NONE;
  }
  // `continue` of a loop around the block leaves it.
  return last != PY_CONTINUE && last != PY_BREAK &&
         is_used(cx, owner, symbol, py_node(t, node)->end);
}

static void check_handler(RuleCtx *cx, const Body *b, Ref node, Ref handler) {
  const PyTree *t = cx->tree;
  const PyExceptHandler *e = PY_AS(ExceptHandler, t, handler);
  PyRefs body = py_list(t, e->body);
  if (!is_database_error(cx, e->type, b->any) || settles(cx, body) ||
      !goes_on(cx, b, node, handler))
    return;
  Str session = py_text(t, call_receiver(t, b->commit));
  Span span = {e->node.start, e->type ? rule_paren_span(cx, e->type).end
                                      : e->node.start + (uint32_t)strlen("except")};
  Finding *f = rule_report(cx, span,
                           "`%.*s.%.*s()` may have failed; without `rollback()` the "
                           "session cannot be used any more",
                           STR_ARG(session), STR_ARG(call_method_text(cx, b->commit)));
  Str indent;
  if (!body.len || !rule_indent(cx, body.at[0], &indent)) {
    rule_refuse(cx, f, "the handler stands on one line");
    return;
  }
  bool async = b->session.kind == VALUE_ASYNC_SESSION ||
               b->session.kind == VALUE_ASYNC_SCOPED_SESSION;
  if (rule_fix(cx, f, FIX_UNSAFE, "Roll back first"))
    fix_insert(cx, py_node(t, body.at[0])->start,
               str_format(cx->scratch, "%s%.*s.rollback()%.*s%.*s", async ? "await " : "",
                          STR_ARG(session), STR_ARG(rule_newline(cx)), STR_ARG(indent)));
}

static void check_try(RuleCtx *cx, Ref node, bool (*find)(void *data, Ref r), bool any) {
  const PyTree *t = cx->tree;
  const PyTry *y = PY_AS(Try, t, node);
  PyRefs body = py_list(t, y->body), handlers = py_list(t, y->handlers);
  if (!handlers.len || cx->file->is_test || settles(cx, py_list(t, y->finalbody)))
    return;
  Body b = {.cx = cx, .root = node, .any = any};
  for (uint32_t i = 0; i < body.len && !b.commit; i++)
    if (py_kind(t, body.at[i]) != PY_FUNCTION_DEF) // runs elsewhere
      rule_walk_body(cx, body.at[i], find, &b);
  for (uint32_t i = 0; b.commit && i < handlers.len; i++)
    check_handler(cx, &b, node, handlers.at[i]);
}

static void check_commit(RuleCtx *cx, Ref node) {
  check_try(cx, node, find_commit, true);
}

// try:
//     session.execute(insert(User).values(...))
// except IntegrityError:
//     pass                        # PostgreSQL: the transaction is aborted
static void check_statement(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  PyRefs body = py_list(t, PY_AS(Try, t, node)->body);
  Body committing = {.cx = cx, .root = node};
  for (uint32_t i = 0; i < body.len && !committing.commit; i++)
    rule_walk_body(cx, body.at[i], find_commit, &committing);
  if (!committing.commit && cx->databases != DETECTED_SQLITE)
    check_try(cx, node, find_write, false);
}

DEFINE_RULE(statement_error_swallowed, "S105", "swallowed-integrityerror", CAT_SESSION,
            SEVERITY_ERROR,
            "An error of an INSERT, UPDATE or DELETE that is caught without rollback()",
            "PostgreSQL has aborted the transaction: everything after it fails by "
            "InFailedSqlTransaction; begin_nested() makes a savepoint to go back to",
            .fix = FIX_UNSAFE, .on = {PY_TRY}, .check = check_statement);

const Rule rule_commit_without_rollback = {
    .code = "S104",
    .name = "commit-without-rollback",
    .category = CAT_SESSION,
    .fix = FIX_UNSAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "An error of flush() or commit() that is caught without rollback()",
    .why = "The transaction is broken: every further use of the session raises "
           "PendingRollbackError",
    .on = {PY_TRY},
    .check = check_commit,
};
