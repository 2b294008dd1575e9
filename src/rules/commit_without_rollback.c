// S104: a failed flush or commit that is caught, and the session used on without
// rollback().
#include "rules/session_use.h"

typedef struct {
  RuleCtx *cx;
  Ref root;
  Ref commit; // `s.commit()` or `s.flush()`, 0: none
  Value session;
} Body;

// True where the call stands inside an inner `try` or `with` of the block that begins a
// transaction, or makes the session.
static bool is_guarded(Body *b, Ref call) {
  const PyTree *t = b->cx->tree;
  for (Ref p = rule_parent(b->cx, call); p && p != b->root; p = rule_parent(b->cx, p)) {
    if (py_kind(t, p) == PY_TRY && py_list(t, PY_AS(Try, t, p)->handlers).len)
      return true;
    if (py_kind(t, p) != PY_WITH)
      continue;
    PyRefs items = py_list(t, PY_AS(With, t, p)->items);
    for (uint32_t i = 0; i < items.len; i++) {
      Value v = rule_value(b->cx, PY_AS(WithItem, t, items.at[i])->context);
      if (value_is_session(v) || v.kind == VALUE_SESSION_TRANSACTION ||
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

// ---- The handler

static bool is_database_error(RuleCtx *cx, Ref type) {
  const PyTree *t = cx->tree;
  if (!type)
    return true;
  if (py_kind(t, type) == PY_TUPLE) {
    PyRefs items = py_list(t, PY_AS(Tuple, t, type)->elts);
    for (uint32_t i = 0; i < items.len; i++)
      if (is_database_error(cx, items.at[i]))
        return true;
    return false;
  }
  Origin o = resolve_expr(cx->resolver, cx->file_id, type);
  Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
  if (o.kind == ORIGIN_BUILTIN)
    return str_is(dotted, "Exception") || str_is(dotted, "BaseException");
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

static bool visit_handler(void *data, Ref r) {
  Handler *h = data;
  const PyTree *t = h->cx->tree;
  PyKind kind = py_kind(t, r);
  if (kind == PY_RAISE)
    h->settled = true;
  if (kind != PY_CALL)
    return !h->settled;
  Str method = call_method_text(h->cx, r);
  if (str_is(method, "rollback") || str_is(method, "close") || str_is(method, "remove") ||
      str_is(method, "invalidate") || str_is(method, "reset") || leaves(h->cx, r))
    h->settled = true;
  PyRefs args = py_list(t, PY_AS(Call, t, r)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    Ref value = py_kind(t, args.at[i]) == PY_KEYWORD
                    ? PY_AS(Keyword, t, args.at[i])->value
                    : args.at[i];
    if (value_is_session(rule_value(h->cx, value)))
      h->settled = true; // somebody else may roll back
  }
  // A function of the project may do so as well: rollback(), self.handle_error().
  Origin o = resolve_expr(h->cx->resolver, h->cx->file_id, PY_AS(Call, t, r)->func);
  if (o.kind == ORIGIN_FUNCTION &&
      str_find(atom_str(h->cx->project->names, o.dotted), STR("rollback"), 0) != SIZE_MAX)
    h->settled = true;
  return !h->settled;
}

static bool settles(RuleCtx *cx, PyRefs body) {
  Handler h = {.cx = cx};
  for (uint32_t i = 0; i < body.len && !h.settled; i++)
    rule_walk_body(cx, body.at[i], visit_handler, &h);
  return h.settled;
}

// True where the `try` stands in a `with` that ends the session or its transaction, and
// the handler leaves that block.
static bool ends_with_block(RuleCtx *cx, Ref node, Ref handler) {
  const PyTree *t = cx->tree;
  PyRefs body = py_list(t, PY_AS(ExceptHandler, t, handler)->body);
  PyKind last = body.len ? py_kind(t, body.at[body.len - 1]) : PY_NONE;
  for (Ref p = rule_parent(cx, node); p; p = rule_parent(cx, p)) {
    if (py_kind(t, p) == PY_FUNCTION_DEF)
      return false;
    if (py_kind(t, p) != PY_WITH)
      continue;
    PyRefs block = py_list(t, PY_AS(With, t, p)->body);
    bool at_end = block.len && block.at[block.len - 1] == node;
    if (at_end || last == PY_RETURN)
      return true;
  }
  return false;
}

static void check_handler(RuleCtx *cx, const Body *b, Ref node, Ref handler) {
  const PyTree *t = cx->tree;
  const PyExceptHandler *e = PY_AS(ExceptHandler, t, handler);
  PyRefs body = py_list(t, e->body);
  if (!is_database_error(cx, e->type) || settles(cx, body) ||
      ends_with_block(cx, node, handler))
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

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyTry *y = PY_AS(Try, t, node);
  PyRefs body = py_list(t, y->body), handlers = py_list(t, y->handlers);
  if (!handlers.len || cx->file->is_test || settles(cx, py_list(t, y->finalbody)))
    return;
  Body b = {.cx = cx, .root = node};
  for (uint32_t i = 0; i < body.len && !b.commit; i++)
    rule_walk_body(cx, body.at[i], find_commit, &b);
  for (uint32_t i = 0; b.commit && i < handlers.len; i++)
    check_handler(cx, &b, node, handlers.at[i]);
}

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
    .check = check,
};
