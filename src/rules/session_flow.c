// S106, S111, S115, S135: where a transaction ends, what it leaves, and who runs beside
// it.
#include "rules/loaded.h"
#include "rules/session_use.h"

// The call of an expression statement, `await` taken off; 0 for anything else.
static Ref call_of(const PyTree *t, Ref statement) {
  Ref value =
      py_kind(t, statement) == PY_EXPR_STMT ? PY_AS(ExprStmt, t, statement)->value : 0;
  if (py_kind(t, value) == PY_AWAIT)
    value = PY_AS(Await, t, value)->value;
  return py_kind(t, value) == PY_CALL ? value : 0;
}

static bool is_commit(RuleCtx *cx, Ref statement, Ref *session) {
  Ref call = call_of(cx->tree, statement);
  if (!str_is(call_method_text(cx, call), "commit"))
    return false;
  *session = call_receiver(cx->tree, call);
  return true;
}

// ---- S106

typedef struct {
  RuleCtx *cx;
  Ref loop;
  bool writes;  // in the loop
  bool guarded; // something in it may fail alone, or waits: each turn is its own work
} Turn;

static bool visit_turn(void *data, Ref r) {
  Turn *l = data;
  const PyTree *t = l->cx->tree;
  switch (py_kind(t, r)) {
  case PY_TRY:
  case PY_WITH:
  case PY_YIELD:
  case PY_WHILE:
  case PY_BREAK:
    l->guarded = true;
    break;
  case PY_CALL: {
    Ref receiver = call_receiver(t, r);
    Str method = call_method_text(l->cx, r);
    if (receiver && session_writes(l->cx, r) &&
        value_is_session(rule_value(l->cx, receiver)))
      l->writes = true;
    if (str_is(method, "sleep") || str_is(method, "rollback"))
      l->guarded = true;
    break;
  }
  default:
    break;
  }
  return !l->guarded;
}

static bool is_written_out(const PyTree *t, Ref iter) {
  PyKind kind = py_kind(t, iter);
  return kind == PY_LIST || kind == PY_TUPLE || kind == PY_SET || kind == PY_DICT;
}

// `save(session, user)` as the last call of a turn, where save() ends by commit(); its
// name for the message, absent for other statements.
static Str commits_inside(RuleCtx *cx, Ref statement, Turn *turn) {
  Ref call = call_of(cx->tree, statement), session = 0;
  Place def = call ? rule_callee(cx, call) : (Place){0};
  if (!def.ref)
    return (Str){0};
  RuleCtx other = rule_elsewhere(cx, def.file);
  const PyFunctionDef *f = PY_AS(FunctionDef, other.tree, def.ref);
  PyRefs body = py_list(other.tree, f->body);
  if (!body.len || !is_commit(&other, body.at[body.len - 1], &session))
    return (Str){0};
  Value v = rule_value(&other, session);
  turn->cx = &other;
  for (uint32_t i = 0; i < body.len; i++)
    rule_walk_body(&other, body.at[i], visit_turn, turn);
  turn->cx = cx;
  return value_is_session(v) && v.sure == SURE_PROVEN
             ? atom_str(cx->project->names, f->name)
             : (Str){0};
}

static void check_helper(RuleCtx *cx, Ref node, PyRefs body) {
  Turn l = {.cx = cx, .loop = node};
  Ref last = body.len ? body.at[body.len - 1] : 0;
  Str name = commits_inside(cx, last, &l);
  for (uint32_t i = 0; name.ptr && i < body.len; i++)
    rule_walk_body(cx, body.at[i], visit_turn, &l);
  if (name.ptr && l.writes && !l.guarded)
    rule_report(cx, py_span(cx->tree, last),
                "`%.*s()` commits: a transaction for each turn of the loop is slow, and "
                "an error in the middle leaves half of the work behind; commit once "
                "after the loop",
                STR_ARG(name));
}

static void check_loop(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyFor *f = PY_AS(For, t, node);
  if (f->node.flags & PYF_ASYNC || cx->file->is_test || is_written_out(t, f->iter))
    return;
  PyRefs body = py_list(t, f->body);
  Ref session = 0, at = 0;
  // What stands behind a commit is meant to see what was saved, turn by turn.
  if (body.len && is_commit(cx, body.at[body.len - 1], &session))
    at = body.at[body.len - 1];
  if (!at) {
    check_helper(cx, node, body);
    return;
  }
  Value v = rule_value(cx, session);
  if (!value_is_session(v) || v.sure != SURE_PROVEN || !is_simple(t, session))
    return;
  Turn l = {.cx = cx, .loop = node};
  for (uint32_t i = 0; i < body.len; i++)
    rule_walk_body(cx, body.at[i], visit_turn, &l);
  if (l.writes && !l.guarded)
    rule_report(cx, py_span(t, at),
                "a transaction for each turn of the loop: slow, and an error in the "
                "middle leaves half of the work behind; commit once after the loop");
}

// ---- S111

typedef struct {
  RuleCtx *cx;
  Span block;
  uint32_t session; // symbol
  uint32_t commit;  // offset from which on instances are expired
  Vec(Ref) reads;   // attributes read behind the block
} Block;

static bool visit_read(void *data, Ref r) {
  Block *b = data;
  const PyTree *t = b->cx->tree;
  if (py_kind(t, r) == PY_ATTRIBUTE && py_node(t, r)->start >= b->block.end &&
      py_kind(t, PY_AS(Attribute, t, r)->value) == PY_NAME)
    vec_push(&b->reads, r);
  return true;
}

typedef struct {
  Block *block;
  uint32_t symbol;
  bool added;     // session.add(name) in the block
  bool elsewhere; // it was read again after the commit, taken out, or given away
} Instance;

static bool visit_instance(void *data, Ref r) {
  Instance *x = data;
  RuleCtx *cx = x->block->cx;
  const PyTree *t = cx->tree;
  if (py_kind(t, r) != PY_NAME || rule_symbol(cx, r) != x->symbol)
    return true;
  uint32_t at = py_node(t, r)->start;
  Ref parent = rule_parent(cx, r);
  Str method = call_method_text(cx, parent);
  if (str_is(method, "add") &&
      rule_symbol(cx, call_receiver(t, parent)) == x->block->session)
    x->added = at < x->block->commit;
  else if (at >= x->block->commit && at < x->block->block.end)
    x->elsewhere = true;
  else if (str_is(method, "expunge") ||
           (at >= x->block->block.end && py_kind(t, parent) != PY_ATTRIBUTE &&
            py_kind(t, parent) != PY_RETURN))
    x->elsewhere = true;
  return true;
}

// True where the name holds an instance that the session of the block has to the end.
static bool is_instance_of(Block *b, Ref function, uint32_t symbol) {
  RuleCtx *cx = b->cx;
  Ref source = assigned_once(cx, symbol);
  if (!source || enclosing_function(cx, source) != function)
    return false;
  Instance x = {.block = b, .symbol = symbol};
  PyVisitor v = {.enter = visit_instance, .data = &x};
  py_walk(cx->tree, function, &v);
  uint32_t at = py_node(cx->tree, source)->start;
  Loaded loaded;
  return !x.elsewhere && (x.added || (at >= b->block.start && at < b->commit &&
                                      loaded_from(cx, source, &loaded)));
}

static void check_read(Block *b, Ref function, Ref attribute) {
  RuleCtx *cx = b->cx;
  const PyTree *t = cx->tree;
  const PyAttribute *a = PY_AS(Attribute, t, attribute);
  Ref parent = rule_parent(cx, attribute);
  if (py_kind(t, parent) == PY_ASSIGN && PY_AS(Assign, t, parent)->value != attribute)
    return;
  Value v = rule_value(cx, a->value);
  const Model *m = v.kind == VALUE_ENTITY && v.sure == SURE_PROVEN
                       ? models_of_class(cx->models, v.owner)
                       : NULL;
  if (!m || !model_column(m, a->attr) ||
      !is_instance_of(b, function, rule_symbol(cx, a->value)))
    return;
  rule_report(cx, py_span(t, attribute),
              "commit() expired `%.*s`, and its session is closed: DetachedInstanceError "
              "is raised; read it in the block, or refresh() it after the commit",
              STR_ARG(py_text(t, a->value)));
}

// Where the transaction of the block ends: behind its last commit(), or at its end where
// it began by begin(). 0: nowhere that is sure to be reached.
static uint32_t end_of_transaction(RuleCtx *cx, Ref node, uint32_t session) {
  const PyTree *t = cx->tree;
  PyRefs items = py_list(t, PY_AS(With, t, node)->items);
  PyRefs body = py_list(t, PY_AS(With, t, node)->body);
  for (uint32_t i = 1; i < items.len; i++) {
    Ref context = PY_AS(WithItem, t, items.at[i])->context;
    if (str_is(call_method_text(cx, context), "begin") &&
        rule_symbol(cx, call_receiver(t, context)) == session)
      return py_node(t, node)->end;
  }
  Ref receiver = 0;
  for (uint32_t i = body.len; i > 0; i--)
    if (is_commit(cx, body.at[i - 1], &receiver) && rule_symbol(cx, receiver) == session)
      return py_node(t, body.at[i - 1])->end;
  return 0;
}

static bool keeps_instances(Value v) {
  return v.flags & (VALUE_NO_EXPIRE | VALUE_OPTIONS_UNKNOWN);
}

static void check_block(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Ref function = enclosing_function(cx, node);
  PyRefs items = py_list(t, PY_AS(With, t, node)->items);
  if (py_kind(t, function) != PY_FUNCTION_DEF || !items.len)
    return;
  Ref context = PY_AS(WithItem, t, items.at[0])->context;
  uint32_t session = entered_symbol(cx, items.at[0]);
  if (session == NO_SYMBOL || !makes_session(cx, context) ||
      keeps_instances(rule_value(cx, context)))
    return;
  Block b = {.cx = cx, .block = py_span(t, node), .session = session};
  b.commit = end_of_transaction(cx, node, session);
  if (!b.commit)
    return;
  rule_walk_body(cx, function, visit_read, &b);
  for (size_t i = 0; i < b.reads.len; i++)
    check_read(&b, function, b.reads.items[i]);
  vec_free(&b.reads);
}

// ---- S115

static bool makes_connection(RuleCtx *cx, Ref expr) {
  Str method = call_method_text(cx, expr);
  if (!str_is(method, "connect") && !str_is(method, "raw_connection"))
    return false;
  Value engine = rule_value(cx, call_receiver(cx->tree, expr));
  return engine.kind == VALUE_ENGINE && engine.sure == SURE_PROVEN &&
         !(engine.flags & VALUE_SUBCLASS);
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  bool found;
} Gift;

static bool visit_gift(void *data, Ref r) {
  Gift *g = data;
  const PyTree *t = g->cx->tree;
  PyRefs args =
      py_kind(t, r) == PY_CALL ? py_list(t, PY_AS(Call, t, r)->args) : (PyRefs){NULL, 0};
  for (uint32_t i = 0; i < args.len && !g->found; i++) {
    Ref value = py_kind(t, args.at[i]) == PY_KEYWORD
                    ? PY_AS(Keyword, t, args.at[i])->value
                    : args.at[i];
    g->found = rule_symbol(g->cx, value) == g->symbol && rule_callee(g->cx, r).ref;
  }
  return !g->found;
}

// True where a function of the project gets it, which may keep or close it.
static bool given_to_project(RuleCtx *cx, Ref function, uint32_t symbol) {
  Gift g = {cx, symbol, false};
  rule_walk_body(cx, function, visit_gift, &g);
  return g.found;
}

static void check_connection(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyAssign *a = PY_AS(Assign, t, node);
  PyRefs targets = py_list(t, a->targets);
  Ref function = enclosing_function(cx, node);
  uint32_t symbol = targets.len == 1 ? rule_symbol(cx, targets.at[0]) : NO_SYMBOL;
  if (cx->file->is_test || symbol == NO_SYMBOL || !makes_connection(cx, a->value) ||
      py_kind(t, function) != PY_FUNCTION_DEF || assigned_once(cx, symbol) != a->value)
    return;
  SessionUse use = session_use(cx, function, symbol);
  if (!use.entered && !use.closes && !use.escapes &&
      !given_to_project(cx, function, symbol))
    rule_report(cx, py_span(t, a->value), "this connection is never closed; use `with`");
}

// ---- S135

// The one column of the class that the criterion compares, where no two rows may have the
// same value of it; NULL otherwise.
static const SqlColumn *unique_column(RuleCtx *cx, const Model *m, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  if (args.len != 1)
    return NULL;
  Atom key = 0;
  Ref value = 0; // a constant is what one script puts there, once
  if (py_kind(t, args.at[0]) == PY_KEYWORD) {
    value = PY_AS(Keyword, t, args.at[0])->value;
    key = str_is(call_method_text(cx, call), "filter_by")
              ? PY_AS(Keyword, t, args.at[0])->arg
              : 0;
  } else if (py_kind(t, args.at[0]) == PY_COMPARE &&
             py_node(t, args.at[0])->aux == PY_EQ) {
    Value v = rule_value(cx, PY_AS(Compare, t, args.at[0])->left);
    key = v.kind == VALUE_COLUMN && place_eq(v.owner, m->node) ? v.key : 0;
    value = py_list(t, PY_AS(Compare, t, args.at[0])->comparators).at[0];
  }
  if (rule_value(cx, value).flags & VALUE_LITERAL)
    return NULL;
  const ModelColumn *c = key ? model_column(m, key) : NULL;
  return c && c->column && c->column->unique && !c->column->primary_key ? c->column
                                                                        : NULL;
}

static const SqlColumn *asked_column(RuleCtx *cx, const Model *m, Ref statement) {
  const PyTree *t = cx->tree;
  const SqlColumn *found = NULL;
  for (int i = 0; statement && i < 20; i++) {
    if (py_kind(t, statement) == PY_NAME) {
      statement = assigned_once(cx, rule_symbol(cx, statement));
      continue;
    }
    Str method = call_method_text(cx, statement);
    if (str_is(method, "with_for_update"))
      return NULL;
    if (str_is(method, "where") || str_is(method, "filter") ||
        str_is(method, "filter_by")) {
      if (found || !(found = unique_column(cx, m, statement)))
        return NULL;
    }
    statement = call_receiver(t, statement);
  }
  return found;
}

// The expression that an `if` asks for: `not X`, `X is None` with *absent, `X`,
// `X is not None` without.
static Ref asked(const PyTree *t, Ref test, bool *absent) {
  *absent = false;
  if (py_kind(t, test) == PY_UNARY_OP && py_node(t, test)->aux == PY_NOT) {
    *absent = true;
    return PY_AS(UnaryOp, t, test)->operand;
  }
  if (py_kind(t, test) != PY_COMPARE)
    return test;
  const PyCompare *c = PY_AS(Compare, t, test);
  PyRefs right = py_list(t, c->comparators);
  if (right.len != 1 || !is_none(t, right.at[0]))
    return 0;
  *absent = c->node.aux == PY_IS || c->node.aux == PY_EQ;
  return c->left;
}

typedef struct {
  RuleCtx *cx;
  const Model *model;
  uint32_t from; // only what stands behind it
  Ref add;       // `session.add(Model(...))`
  bool caught;   // an `except` of the function looks after it
} Add;

static bool makes_instance(RuleCtx *cx, Ref expr, const Model *m) {
  if (py_kind(cx->tree, expr) == PY_NAME) {
    // `user = find(); if not user: user = User()` binds it twice.
    Value v = rule_value(cx, expr);
    return v.kind == VALUE_ENTITY && place_eq(v.owner, m->node);
  }
  Value v = py_kind(cx->tree, expr) == PY_CALL
                ? rule_value(cx, PY_AS(Call, cx->tree, expr)->func)
                : (Value){0};
  return v.kind == VALUE_MAPPED_CLASS && place_eq(v.owner, m->node);
}

static bool visit_add(void *data, Ref r) {
  Add *a = data;
  const PyTree *t = a->cx->tree;
  if (py_kind(t, r) == PY_EXCEPT_HANDLER)
    a->caught = true;
  if (a->add || py_kind(t, r) != PY_CALL || py_node(t, r)->start < a->from ||
      !str_is(call_method_text(a->cx, r), "add"))
    return true;
  Ref object = call_positional(t, r, 0);
  Value v = rule_value(a->cx, call_receiver(t, r));
  if (object && value_is_session(v) && makes_instance(a->cx, object, a->model))
    a->add = r;
  return true;
}

static bool leaves(const PyTree *t, PyRefs body) {
  PyKind last = body.len ? py_kind(t, body.at[body.len - 1]) : PY_NONE;
  return last == PY_RAISE || last == PY_RETURN;
}

static void check_race(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyIf *i = PY_AS(If, t, node);
  bool absent = false;
  Ref subject = cx->file->is_test ? 0 : asked(t, i->test, &absent);
  Ref function = subject ? enclosing_function(cx, node) : 0;
  if (py_kind(t, function) != PY_FUNCTION_DEF ||
      (!absent && !leaves(t, py_list(t, i->body))))
    return;
  if (py_kind(t, subject) != PY_NAME && py_kind(t, subject) != PY_CALL &&
      py_kind(t, subject) != PY_AWAIT)
    return;
  Value v = rule_value(cx, subject);
  if (v.kind != VALUE_ENTITY || !(v.flags & VALUE_OR_NONE))
    return;
  Loaded loaded;
  subject = assigned_at(cx, subject);
  if (!subject || !loaded_from(cx, subject, &loaded) || !loaded.statement)
    return;
  const SqlColumn *column = asked_column(cx, loaded.model, loaded.statement);
  Add a = {.cx = cx, .model = loaded.model, .from = py_node(t, node)->start};
  if (!column)
    return;
  rule_walk_body(cx, function, visit_add, &a);
  bool inside = a.add && py_node(t, a.add)->start < py_node(t, node)->end;
  if (a.add && !a.caught && inside == absent)
    rule_report(cx, py_span(t, i->test),
                "two requests may both find nothing and both insert: the second fails by "
                "IntegrityError on `%.*s`; catch it",
                STR_ARG(atom_str(cx->project->names, column->name)));
}

DEFINE_RULE(commit_in_loop, "S106", "commit-in-loop", CAT_SESSION, SEVERITY_INFO,
            "commit() at each turn of a loop",
            "Each commit waits for the disk, and expires what the session holds; where a "
            "turn fails, those before it stay",
            .on = {PY_FOR}, .check = check_loop);
DEFINE_RULE(
    use_after_commit, "S111", "use-after-commit-expired", CAT_SESSION, SEVERITY_ERROR,
    "A column of an instance read behind the `with` block that committed it",
    "commit() expires what the session holds, and without the session nothing can "
    "be read again: DetachedInstanceError is raised, also for the key; "
    "expire_on_commit=False keeps what was there",
    .on = {PY_WITH}, .check = check_block);
DEFINE_RULE(connection_not_closed, "S115", "raw-connection-leak", CAT_SESSION,
            SEVERITY_WARNING,
            "engine.connect() or engine.raw_connection() without close()",
            "The connection goes back to the pool only when it is collected: under load "
            "the pool runs empty (QueuePool limit reached)",
            .on = {PY_ASSIGN}, .check = check_connection);
DEFINE_RULE(
    check_then_insert, "S135", "check-then-insert-race", CAT_SESSION, SEVERITY_INFO,
    "A row that is looked for by a unique column and added where it is missing, "
    "with nothing to catch IntegrityError",
    "Between the two another transaction may insert it; the database then refuses "
    "the second, and the client gets a 500",
    .on = {PY_IF}, .check = check_race);
