// S101: a session that a function makes and does not close on every way out.
#include "rules/session_use.h"

// True where the name is bound exactly once, here.
static bool bound_once(RuleCtx *cx, uint32_t symbol) {
  const PySymbol *s = &cx->file->scopes->symbols[symbol];
  return s->first == s->last && !(s->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL));
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyAssign *a = PY_AS(Assign, t, node);
  PyRefs targets = py_list(t, a->targets);
  if (cx->file->is_test || targets.len != 1 || py_kind(t, targets.at[0]) != PY_NAME ||
      py_kind(t, a->value) != PY_CALL)
    return;
  uint32_t symbol = rule_symbol(cx, targets.at[0]); // before what costs more to ask
  if (symbol == NO_SYMBOL || !bound_once(cx, symbol))
    return;
  Ref function = enclosing_function(cx, node);
  if (py_kind(t, function) != PY_FUNCTION_DEF || !makes_session(cx, a->value) ||
      session_borrows(cx, a->value))
    return;
  SessionUse use = session_use(cx, function, symbol);
  if (use.entered || use.closed_in_finally)
    return;
  if (use.escapes)
    return;
  rule_report(cx, py_span(t, a->value),
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
    .on = {PY_ASSIGN},
    .check = check,
};
