// P124, S140: what a session does not give back, and what it reads again turn by turn.
#include "rules/util.h"

static bool is_proven_session(Value v) {
  return value_is_session(v) && v.sure == SURE_PROVEN && !(v.flags & VALUE_SUBCLASS);
}

// ---- S140

static void check_assigned(RuleCtx *cx, Ref node) {
  static const char *const methods[] = {"add",     "add_all", "commit",  "delete",
                                        "expunge", "flush",   "refresh", "rollback"};
  const PyTree *t = cx->tree;
  Ref value = 0, target = assigned_target(t, node, &value);
  if (py_kind(t, value) == PY_AWAIT)
    value = PY_AS(Await, t, value)->value;
  Str method = call_method_text(cx, value);
  bool nothing = false;
  for (size_t i = 0; i < ARRAY_LEN(methods); i++)
    nothing = nothing || str_is(method, methods[i]);
  if (!nothing || py_kind(t, target) != PY_NAME || str_is(py_text(t, target), "_") ||
      !is_proven_session(rule_value(cx, call_receiver(t, value))))
    return;
  rule_report(cx, py_span(t, target),
              "`%.*s()` of a session gives nothing: `%.*s` is None", STR_ARG(method),
              STR_ARG(py_text(t, target)));
}

// ---- P124

static void check_refresh(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref row = call_positional(t, call, 0);
  if (cx->file->is_test || py_kind(t, row) != PY_NAME ||
      rule_symbol(cx, row) == NO_SYMBOL ||
      !is_proven_session(rule_value(cx, call_receiver(t, call))))
    return;
  for (Ref p = rule_parent(cx, call); p; p = rule_parent(cx, p)) {
    PyKind kind = py_kind(t, p);
    if (kind == PY_FUNCTION_DEF || kind == PY_LAMBDA || kind == PY_TRY)
      return; // a row that fails alone may well be read alone
    if (kind != PY_FOR)
      continue;
    if (rule_symbol(cx, PY_AS(For, t, p)->target) == rule_symbol(cx, row))
      rule_report(
          cx, py_span(t, call),
          "one SELECT for each turn of the loop; one query with "
          "execution_options(populate_existing=True) reads all of them again, and "
          "expire_on_commit=False keeps what was there");
    return;
  }
}

DEFINE_RULE(refresh_in_loop, "P124", "refresh-in-loop", CAT_PERFORMANCE, SEVERITY_INFO,
            "session.refresh() of each object of a loop",
            "Each of them sends a SELECT of its own", .priority = 1, .on = {PY_CALL},
            .names = RULE_NAMES("refresh"), .check = check_refresh);
DEFINE_RULE(session_gives_nothing, "S140", "session-method-result", CAT_SESSION,
            SEVERITY_ERROR, "The result of add(), commit(), refresh() and their like",
            "These methods return None; the object is the one that was given to them",
            .priority = 1, .on = {PY_ASSIGN, PY_ANN_ASSIGN}, .check = check_assigned);
