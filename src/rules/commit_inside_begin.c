// S107: commit() inside `with session.begin():` ends the transaction that the block owns.
#include "rules/session_use.h"

// The session or connection whose transaction `with CONTEXT` ends by itself, as the names
// that the body calls it by.
static uint32_t begun_symbol(RuleCtx *cx, Ref item) {
  const PyTree *t = cx->tree;
  const PyWithItem *w = PY_AS(WithItem, t, item);
  if (!str_is(call_method_text(cx, w->context), "begin"))
    return NO_SYMBOL;
  Ref receiver = call_receiver(t, w->context);
  Value v = rule_value(cx, receiver);
  switch (v.kind) {
  case VALUE_SESSION:
  case VALUE_ASYNC_SESSION:
  case VALUE_CONNECTION:
  case VALUE_ASYNC_CONNECTION:
    return rule_symbol(cx, receiver);
  case VALUE_ENGINE:
  case VALUE_ASYNC_ENGINE:
  case VALUE_SESSIONMAKER:
  case VALUE_ASYNC_SESSIONMAKER:
    return entered_symbol(cx, item);
  default:
    return NO_SYMBOL;
  }
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  Ref with;
} Block;

// Where a commit may stand to be no more than a repetition: the last statement of the
// block itself.
static bool is_last(Block *b, Ref call) {
  const PyTree *t = b->cx->tree;
  Ref outer = rule_parent(b->cx, call);
  if (py_kind(t, outer) == PY_AWAIT)
    outer = rule_parent(b->cx, outer);
  PyRefs body = py_list(t, PY_AS(With, t, b->with)->body);
  return py_kind(t, outer) == PY_EXPR_STMT && body.at[body.len - 1] == outer;
}

static bool visit(void *data, Ref r) {
  Block *b = data;
  RuleCtx *cx = b->cx;
  const PyTree *t = cx->tree;
  if (!str_is(call_method_text(cx, r), "commit") ||
      rule_symbol(cx, call_receiver(t, r)) != b->symbol)
    return true;
  bool last = is_last(b, r);
  Finding *f =
      rule_report(cx, py_span(t, r),
                  last ? "the block commits by itself; this commit() is one too many"
                       : "commit() ends the transaction of the `with` block: what "
                         "follows in it raises InvalidRequestError");
  Ref statement = rule_statement(cx, r);
  if (!last)
    rule_refuse(cx, f, "what follows would become part of the same transaction");
  else if (rule_fix(cx, f, FIX_SAFE, "Remove `commit()`"))
    fix_delete_statement(cx, statement);
  return true;
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  PyRefs items = py_list(t, PY_AS(With, t, node)->items);
  PyRefs body = py_list(t, PY_AS(With, t, node)->body);
  for (uint32_t i = 0; i < items.len; i++) {
    if (py_kind(t, items.at[i]) != PY_WITH_ITEM)
      continue;
    Block b = {.cx = cx, .symbol = begun_symbol(cx, items.at[i]), .with = node};
    for (uint32_t k = 0; b.symbol != NO_SYMBOL && k < body.len; k++)
      rule_walk_body(cx, body.at[k], visit, &b);
  }
}

const Rule rule_commit_inside_begin = {
    .code = "S107",
    .name = "commit-inside-begin-block",
    .category = CAT_SESSION,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "commit() inside `with session.begin():` or `with engine.begin() as conn:`",
    .why = "The block commits at its end. A commit in its middle closes the transaction, "
           "and the next use of the session in the block raises",
    .on = {PY_WITH},
    .check = check,
};
