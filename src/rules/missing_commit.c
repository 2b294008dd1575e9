// S109, S110: what is written and never committed is rolled back when the block ends.
#include "rules/session_use.h"

static bool is_async(Value v) {
  return v.kind == VALUE_ASYNC_SESSION || v.kind == VALUE_ASYNC_CONNECTION;
}

// True where the block ends, or may end, the transaction with a commit.
static bool may_commit(const SessionUse *u) {
  return u->commits || u->passed_on || u->escapes || u->rollbacks;
}

static void report(RuleCtx *cx, Ref write, const char *what) {
  rule_report(cx, py_span(cx->tree, write),
              "`%.*s()` is never committed: it is undone when the %s is closed",
              STR_ARG(call_method_text(cx, write)), what);
}

// `with Session(engine) as s:`, `with Maker() as s:`
static void check_session_block(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  PyRefs items = py_list(t, PY_AS(With, t, node)->items);
  if (cx->file->is_test || items.len != 1 || py_kind(t, items.at[0]) != PY_WITH_ITEM ||
      !makes_session(cx, PY_AS(WithItem, t, items.at[0])->context) ||
      session_borrows(cx, PY_AS(WithItem, t, items.at[0])->context))
    return;
  Value v = rule_value(cx, PY_AS(WithItem, t, items.at[0])->context);
  if (v.flags & VALUE_AUTOCOMMIT)
    return;
  SessionUse u = session_use(cx, node, entered_symbol(cx, items.at[0]));
  if (u.writes && !may_commit(&u))
    report(cx, u.first_write, "session");
}

// `s = Session(engine)` ... `s.close()`
static void check_session_name(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Ref value = 0, target = assigned_target(t, node, &value);
  if (cx->file->is_test || !target || !value || !makes_session(cx, value) ||
      session_borrows(cx, value) || rule_value(cx, value).flags & VALUE_AUTOCOMMIT)
    return;
  Ref function = enclosing_function(cx, node);
  if (py_kind(t, function) != PY_FUNCTION_DEF)
    return;
  SessionUse u = session_use(cx, function, rule_symbol(cx, target));
  if (u.writes && !may_commit(&u) && !u.entered)
    report(cx, u.first_write, "session");
}

static void check_session(RuleCtx *cx, Ref node) {
  if (py_kind(cx->tree, node) == PY_WITH)
    check_session_block(cx, node);
  else
    check_session_name(cx, node);
}

// `with engine.connect() as conn:`
static void check_connection(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  PyRefs items = py_list(t, PY_AS(With, t, node)->items);
  if (cx->file->is_test || items.len != 1 || py_kind(t, items.at[0]) != PY_WITH_ITEM)
    return;
  Ref context = PY_AS(WithItem, t, items.at[0])->context;
  Value v = rule_value(cx, context);
  if ((v.kind != VALUE_CONNECTION && v.kind != VALUE_ASYNC_CONNECTION) ||
      v.sure != SURE_PROVEN || v.flags & (VALUE_AUTOCOMMIT | VALUE_BEGUN) ||
      !str_is(call_method_text(cx, context), "connect"))
    return;
  Value engine = rule_value(cx, call_receiver(t, context));
  bool old = cx->target == SQLALCHEMY_1_4 && !(engine.flags & VALUE_FUTURE);
  if ((old && !is_async(v)) || engine.flags & VALUE_AUTOCOMMIT ||
      (engine.kind != VALUE_ENGINE && engine.kind != VALUE_ASYNC_ENGINE) ||
      call_receiver(t, call_receiver(t, context))) // engine.execution_options().connect()
    return;
  SessionUse u = session_use(cx, node, entered_symbol(cx, items.at[0]));
  if (!u.writes || may_commit(&u))
    return;
  Finding *f = rule_report(cx, py_span(t, u.first_write),
                           "this is never committed: it is undone when the connection is "
                           "closed; use `engine.begin()`");
  Ref func = PY_AS(Call, t, context)->func;
  uint32_t at = PY_AS(Attribute, t, func)->attr_at;
  if (PY_AS(Call, t, context)->args)
    rule_refuse(cx, f, "connect() has arguments");
  else if (rule_fix(cx, f, FIX_UNSAFE, "Use `begin()`, which commits at the end"))
    fix_replace(cx, (Span){at, py_node(t, func)->end}, STR("begin"));
}

const Rule rule_missing_commit = {
    .code = "S109",
    .name = "missing-commit",
    .category = CAT_SESSION,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A session that a function makes, writes with, and never commits",
    .why = "Closing a session rolls back: nothing is saved, and no error is raised",
    .on = {PY_WITH, PY_ASSIGN, PY_ANN_ASSIGN},
    .check = check_session,
};

const Rule rule_connect_no_commit = {
    .code = "S110",
    .name = "connect-no-commit",
    .category = CAT_SESSION,
    .fix = FIX_UNSAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "INSERT, UPDATE, DELETE or DDL on engine.connect() without commit()",
    .why =
        "Since 2.0 nothing commits by itself: the change is rolled back without an error",
    .on = {PY_WITH},
    .check = check_connection,
};
