// S101: a session that a function makes and does not close on every way out.
#include "rules/session_use.h"

// True where the name is bound exactly once, here.
static bool bound_once(RuleCtx *cx, uint32_t symbol) {
  const PySymbol *s = &cx->file->scopes->symbols[symbol];
  return s->first == s->last && !(s->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL));
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Ref value = 0, target = assigned_target(t, node, &value);
  if (cx->file->is_test || py_kind(t, target) != PY_NAME || py_kind(t, value) != PY_CALL)
    return;
  uint32_t symbol = rule_symbol(cx, target); // before what costs more to ask
  if (symbol == NO_SYMBOL || !bound_once(cx, symbol))
    return;
  Ref function = enclosing_function(cx, node);
  if (py_kind(t, function) != PY_FUNCTION_DEF || !makes_session(cx, value) ||
      session_borrows(cx, value))
    return;
  SessionUse use = session_use(cx, function, symbol);
  if (use.entered || use.closed_in_finally)
    return;
  if (use.escapes)
    return;
  rule_report(cx, py_span(t, value),
              use.closes ? "this session stays open where an error is raised before "
                           "close(); use `with`"
                         : "this session is never closed; use `with`");
}

const Rule rule_session_not_closed = {
    .code = "S101",
    .name = "session-not-closed",
    .category = CAT_SESSION,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what =
        "A session that the function makes and closes not at all, or not in `finally`",
    .why =
        "Its connection goes back to the pool only when the session is collected: under "
        "load the pool runs empty (QueuePool limit reached), and locks are kept",
    .on = {PY_ASSIGN, PY_ANN_ASSIGN},
    .check = check,
};
