// F102: a dependency that yields a session and does not close it where the request fails.
#include "rules/session_use.h"

// The statement `yield name`, where it is the only one of the block that yields.
static uint32_t find_yield(RuleCtx *cx, PyRefs body, uint32_t symbol) {
  const PyTree *t = cx->tree;
  uint32_t at = UINT32_MAX;
  for (uint32_t i = 0; i < body.len; i++) {
    Ref value = py_kind(t, body.at[i]) == PY_EXPR_STMT
                    ? PY_AS(ExprStmt, t, body.at[i])->value
                    : 0;
    if (py_kind(t, value) != PY_YIELD ||
        rule_symbol(cx, PY_AS(Yield, t, value)->value) != symbol)
      continue;
    if (at != UINT32_MAX)
      return UINT32_MAX;
    at = i;
  }
  return at;
}

static bool is_close(RuleCtx *cx, Ref statement, uint32_t symbol) {
  const PyTree *t = cx->tree;
  Ref call =
      py_kind(t, statement) == PY_EXPR_STMT ? PY_AS(ExprStmt, t, statement)->value : 0;
  if (py_kind(t, call) == PY_AWAIT)
    call = PY_AS(Await, t, call)->value;
  return str_is(call_method_text(cx, call), "close") &&
         rule_symbol(cx, call_receiver(t, call)) == symbol;
}

// yield db             try:
// db.close()      ->       yield db
//                      finally:
//                          db.close()
static void write_fix(RuleCtx *cx, Finding *f, PyRefs body, uint32_t at, Str name,
                      bool async) {
  const PyTree *t = cx->tree;
  Str indent, newline = rule_newline(cx);
  Ref yield = body.at[at], close = at + 1 < body.len ? body.at[at + 1] : 0;
  Span span = {py_node(t, yield)->start,
               close ? py_node(t, close)->end : py_node(t, yield)->end};
  if (!rule_indent(cx, yield, &indent)) {
    rule_refuse(cx, f, "`yield` does not stand on a line of its own");
    return;
  }
  if (!rule_fix(cx, f, FIX_SAFE, "Close it in `finally`"))
    return;
  if (rule_has_comment(cx, span)) {
    fix_refuse(cx, "a comment stands between `yield` and close()");
    return;
  }
  Buf out = {0};
  buf_printf(&out, "try:%.*s%.*s    %.*s%.*s%.*sfinally:%.*s%.*s    %s%.*s.close()",
             STR_ARG(newline), STR_ARG(indent), STR_ARG(py_text(t, yield)),
             STR_ARG(newline), STR_ARG(indent), STR_ARG(newline), STR_ARG(indent),
             async ? "await " : "", STR_ARG(name));
  fix_replace(cx, span, str_copy(cx->scratch, buf_str(&out)));
  buf_free(&out);
}

// pytest comes back to a fixture whatever the test does.
static bool is_fixture(RuleCtx *cx, Ref function) {
  const PyTree *t = cx->tree;
  PyRefs list = py_list(t, PY_AS(FunctionDef, t, function)->decorators);
  for (uint32_t i = 0; i < list.len; i++) {
    Ref d = list.at[i];
    if (py_kind(t, d) == PY_CALL)
      d = PY_AS(Call, t, d)->func;
    Origin o = resolve_expr(cx->resolver, cx->file_id, d);
    Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
    if (str_starts(dotted, STR("pytest")))
      return true;
  }
  return false;
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyScopes *s = cx->file->scopes;
  uint32_t scope = py_scopes_of(s, node);
  if (cx->file->is_test || scope == NO_SCOPE ||
      !(s->scopes[scope].flags & SCOPE_GENERATOR) || is_fixture(cx, node))
    return;
  PyRefs body = py_list(t, PY_AS(FunctionDef, t, node)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_ASSIGN)
      continue;
    const PyAssign *a = PY_AS(Assign, t, body.at[i]);
    Ref target = py_list(t, a->targets).at[0];
    uint32_t symbol = rule_symbol(cx, target);
    if (symbol == NO_SYMBOL || !makes_session(cx, a->value) ||
        session_borrows(cx, a->value))
      continue;
    uint32_t at = find_yield(cx, body, symbol);
    if (at == UINT32_MAX)
      continue;
    bool closes = false;
    for (uint32_t k = at + 1; k < body.len; k++)
      closes = closes || is_close(cx, body.at[k], symbol);
    Finding *f = rule_report(
        cx, py_span(t, body.at[at]),
        closes ? "where the request fails close() is not reached: `finally` reaches it"
               : "nobody closes the session after the request; do it in `finally`");
    if (at + 1u + closes != body.len)
      rule_refuse(cx, f, "more than close() stands behind `yield`");
    else
      write_fix(cx, f, body, at, py_text(t, target),
                rule_value(cx, a->value).kind == VALUE_ASYNC_SESSION);
  }
}

const Rule rule_dependency_no_close = {
    .code = "F102",
    .name = "dependency-no-close",
    .category = CAT_FRAMEWORK,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what =
        "A function that yields a session and closes it not at all, or only where all "
        "went well",
    .why =
        "The exception of a request is raised at `yield`: what stands behind it is not "
        "run, and the connection is lost to the pool",
    .on = {PY_FUNCTION_DEF},
    .check = check,
};
