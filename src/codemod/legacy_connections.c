// Connections of 1.x: transactions begun within others, what the pool hands out, the
// event of connecting.
//
//   conn.execute(a); t = conn.begin()         the first statement has begun already
//   engine.raw_connection().connection        ....driver_connection
//   @event.listens_for(engine, "engine_connect")
//   def ping(conn, branch): ...               def ping(conn): ...
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M117", "nested-begin", "Connection.begin() within a transaction"},
    {"M118", "begin-nested-autocommit", "Connection.begin_nested() without a begin()"},
    {"M130", "engine-connect-branch",
     "Branches of connections: close_with_result=, engine_connect of two arguments"},
    {"M134", "pooled-connection-attr", "The driver's connection behind one of the pool"},
    {.code = NULL}};

// ---- Transactions

typedef struct {
  const CodemodWalk *w;
  uint32_t symbol; // of the connection
  Ref call;        // begin() that is asked about
  Ref running;     // the call before it that began a transaction still running, 0: none
  bool begun;      // begin() was called before it
  bool commits;    // commit() is called behind it
} Before;

// True where `call` is made whenever `later` is reached: a statement of a block that
// holds both.
static bool comes_before(const CodemodWalk *w, Ref call, Ref later) {
  Ref block = rule_parent(w->in, rule_statement(w->in, call));
  PyKind kind = py_kind(w->t, block);
  if (kind != PY_FUNCTION_DEF && kind != PY_WITH && kind != PY_MODULE)
    return false;
  for (Ref r = later; r; r = rule_parent(w->in, r))
    if (r == block)
      return py_node(w->t, call)->start < py_node(w->t, later)->start;
  return false;
}

static bool is_any_of(Str name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

static bool see_call(void *data, Ref r) {
  static const char *const starts[] = {"execute", "scalar", "scalars", "begin",
                                       "begin_nested"};
  static const char *const ends[] = {"commit", "rollback", "close", "detach"};
  Before *b = data;
  const CodemodWalk *w = b->w;
  if (py_kind(w->t, r) != PY_CALL || r == b->call ||
      rule_symbol(w->in, call_receiver(w->t, r)) != b->symbol)
    return true;
  Str method = call_method_text(w->in, r);
  bool before = py_node(w->t, r)->start < py_node(w->t, b->call)->start;
  if (is_any_of(method, ends, ARRAY_LEN(ends))) {
    if (before)
      b->running = 0;
    else
      b->commits = b->commits || str_is(method, "commit");
  } else if (before && is_any_of(method, starts, ARRAY_LEN(starts))) {
    b->begun = b->begun || str_is(method, "begin");
    if (comes_before(w, r, b->call))
      b->running = r;
  }
  return true;
}

// A `with conn.begin():` block that `call` stands behind, not in, has ended.
static bool is_over(const CodemodWalk *w, Ref start, Ref call) {
  Ref item = rule_parent(w->in, start), with = rule_parent(w->in, item);
  if (py_kind(w->t, with) != PY_WITH)
    return false;
  return py_node(w->t, with)->end <= py_node(w->t, call)->start;
}

static void begin(const CodemodWalk *w, Ref call, bool nested) {
  Ref of = call_receiver(w->t, call), function = enclosing_function(w->in, call);
  if (py_kind(w->t, of) != PY_NAME || w->cx->source > SQLALCHEMY_1_4)
    return;
  Value v = codemod_value(w, of);
  if (v.kind != VALUE_CONNECTION || v.flags & (VALUE_FUTURE | VALUE_AUTOCOMMIT))
    return;
  Before b = {.w = w, .symbol = rule_symbol(w->in, of), .call = call};
  rule_walk_body(w->in, function ? function : w->t->root, see_call, &b);
  if (b.running && is_over(w, b.running, call))
    b.running = 0;
  bool begun = v.flags & VALUE_BEGUN || b.running;
  if (!nested && begun) {
    Site *s = codemod_site(w->cx, "M117", w->file, py_span(w->t, call),
                           "a transaction has begun already, by itself on 2.0");
    codemod_leave(w->cx, s, (Place){b.running ? w->file : 0, b.running},
                  "begin() raises then: commit() before it, begin_nested(), or one block "
                  "of begin() around all of it");
  } else if (nested && !begun && !b.begun && !b.commits && v.root.ref &&
             v.root.file == w->file) {
    codemod_report(
        w, "M118", call, "begin_nested() begins an outer transaction on 2.0",
        "which nothing commits: begin() instead, or commit() of the connection "
        "behind it");
  }
}

// ---- Of the pool

static void driver_connection(const CodemodWalk *w, Ref r) {
  const PyAttribute *a = PY_AS(Attribute, w->t, r);
  if (codemod_value(w, a->value).kind != VALUE_RAW_CONNECTION ||
      !codemod_begin(w, "M134", r, "`connection` is `driver_connection` now"))
    return;
  codemod_need_proven(w, a->value);
  fix_replace(w->in, (Span){a->attr_at, a->node.end}, STR("driver_connection"));
  codemod_close(w->cx);
}

static void close_with_result(const CodemodWalk *w, Ref call) {
  Ref node = call_keyword_node(w->t, call, rule_atom(w->in, "close_with_result"));
  if (!node || codemod_value(w, call_receiver(w->t, call)).kind != VALUE_ENGINE)
    return;
  const char *what = "connect() has no close_with_result any more";
  if (!is_false(w->t, PY_AS(Keyword, w->t, node)->value)) {
    codemod_report(w, "M130", call, what,
                   "the connection is to be closed once its result is read");
  } else if (codemod_begin(w, "M130", call, what)) {
    fix_delete_argument(w->in, call, node);
    codemod_close(w->cx);
  }
}

// ---- engine_connect

static bool listens_to_connect(const CodemodWalk *w, Ref def) {
  PyRefs decorators = py_list(w->t, PY_AS(FunctionDef, w->t, def)->decorators);
  for (uint32_t i = 0; i < decorators.len; i++) {
    Ref d = decorators.at[i];
    if (py_kind(w->t, d) == PY_CALL &&
        resolve_call_api(w->cx->resolver, w->file, d) ==
            API_sqlalchemy_event_listens_for &&
        str_is(string_value(w->in, call_positional(w->t, d, 1)), "engine_connect"))
      return true;
  }
  return false;
}

static bool is_used(const CodemodWalk *w, Ref param) {
  uint32_t symbol = py_scopes_symbol_of(w->in->file->scopes, param);
  return symbol == NO_SYMBOL || w->in->file->scopes->symbols[symbol].flags & SYMBOL_USED;
}

static void engine_connect(const CodemodWalk *w, Ref def) {
  const PyFunctionDef *f = PY_AS(FunctionDef, w->t, def);
  PyRefs params =
      f->params ? py_list(w->t, PY_AS(Parameters, w->t, f->params)->params) : (PyRefs){0};
  if (params.len != 2 || !listens_to_connect(w, def) ||
      !codemod_begin(w, "M130", params.at[1], "there are no branches of connections"))
    return;
  Span gone = {py_node(w->t, params.at[0])->end, py_node(w->t, params.at[1])->end};
  if (is_used(w, params.at[1]))
    codemod_refuse(w->cx, (Place){w->file, params.at[1]},
                   "the function asks whether it is one, which it never is");
  else if (py_kind(w->t, params.at[0]) != PY_PARAM || rule_has_comment(w->in, gone))
    codemod_refuse(w->cx, (Place){0, 0}, "its parameters are unusual");
  else
    fix_delete(w->in, gone);
  codemod_close(w->cx);
}

typedef struct {
  const CodemodWalk *w;
  uint32_t connection; // of the listener
} Listener;

static bool see_in_listener(void *data, Ref r) {
  const Listener *l = data;
  const CodemodWalk *w = l->w;
  if (py_kind(w->t, r) == PY_ATTRIBUTE) {
    const PyAttribute *a = PY_AS(Attribute, w->t, r);
    if (rule_symbol(w->in, a->value) == l->connection &&
        str_is(codemod_name(w, a->attr), "should_close_with_result"))
      codemod_report(w, "M130", r, "connections have no should_close_with_result",
                     "no result closes its connection on 2.0: what sets and restores it "
                     "goes");
  }
  static const char *const executes[] = {"execute", "scalar", "scalars"};
  if (py_kind(w->t, r) == PY_CALL &&
      rule_symbol(w->in, call_receiver(w->t, r)) == l->connection &&
      is_any_of(call_method_text(w->in, r), executes, ARRAY_LEN(executes)))
    codemod_report(w, "M130", r, "what a connection executes begins a transaction on 2.0",
                   "begin() of the new connection raises then: commit() or rollback() "
                   "behind it, or create_engine(pool_pre_ping=True) in its place");
  return true;
}

// A listener of engine_connect gets the connection that everybody will use.
static void at_connect(const CodemodWalk *w, Ref def) {
  const PyFunctionDef *f = PY_AS(FunctionDef, w->t, def);
  PyRefs params =
      f->params ? py_list(w->t, PY_AS(Parameters, w->t, f->params)->params) : (PyRefs){0};
  if (!params.len || w->cx->source > SQLALCHEMY_1_4 || !listens_to_connect(w, def))
    return;
  Listener l = {w, py_scopes_symbol_of(w->in->file->scopes, params.at[0])};
  if (l.connection != NO_SYMBOL)
    rule_walk_body(w->in, def, see_in_listener, &l);
}

// ----

static void visit(const CodemodWalk *w, Ref r) {
  switch (py_kind(w->t, r)) {
  case PY_FUNCTION_DEF:
    engine_connect(w, r);
    at_connect(w, r);
    return;
  case PY_ATTRIBUTE:
    if (str_is(codemod_name(w, PY_AS(Attribute, w->t, r)->attr), "connection"))
      driver_connection(w, r);
    return;
  case PY_CALL: {
    Str method = call_method_text(w->in, r);
    if (str_is(method, "begin") || str_is(method, "begin_nested"))
      begin(w, r, str_is(method, "begin_nested"));
    else if (str_is(method, "connect"))
      close_with_result(w, r);
    return;
  }
  default:
    return;
  }
}

const Codemod codemod_legacy_connections = {
    .name = "legacy-connections",
    .codes = codes,
    .profile = PROFILE_COMPAT,
    .on = {PY_FUNCTION_DEF, PY_ATTRIBUTE, PY_CALL},
    .visit = visit};
