// A101: a coroutine of AsyncSession, AsyncConnection or AsyncEngine that nobody awaits.
#include "rules/util.h"

// Where a coroutine may be handed on instead of being awaited here.
static bool is_handed_on(const PyTree *t, Ref parent) {
  switch (py_kind(t, parent)) {
  case PY_AWAIT:
  case PY_RETURN:
  case PY_LAMBDA:
  case PY_YIELD:
  case PY_CALL: // asyncio.gather(session.execute(...))
  case PY_KEYWORD:
  case PY_STARRED:
  case PY_LIST:
  case PY_TUPLE:
  case PY_LIST_COMP:
  case PY_GENERATOR_EXP:
  case PY_DICT:
  case PY_SET:
  case PY_ASSIGN:
  case PY_ANN_ASSIGN:
  case PY_NAMED_EXPR:
  case PY_IF_EXP:
  case PY_WITH_ITEM:
    return true;
  default:
    return false;
  }
}

// `await session.execute(q).scalars()`: the await is there, in the wrong place (A103).
static bool is_in_awaited_chain(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref above = rule_parent(cx, call);
  while (py_kind(t, above) == PY_ATTRIBUTE ||
         (py_kind(t, above) == PY_CALL && PY_AS(Call, t, above)->func == call)) {
    call = above;
    above = rule_parent(cx, call);
  }
  return py_kind(t, above) == PY_AWAIT;
}

static bool is_async_receiver(Value v) {
  return v.kind == VALUE_ASYNC_SESSION || v.kind == VALUE_ASYNC_CONNECTION ||
         v.kind == VALUE_ASYNC_ENGINE || v.kind == VALUE_ASYNC_SCOPED_SESSION ||
         v.kind == VALUE_ASYNC_TRANSACTION || v.kind == VALUE_ASYNC_SESSION_TRANSACTION ||
         v.kind == VALUE_ASYNC_RESULT || v.kind == VALUE_ASYNC_SCALAR_RESULT;
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  Ref bound;        // the target itself
  bool read, other; // an attribute of it is read; it is used in another way
} Uses;

static bool see_use(void *data, Ref node) {
  Uses *u = data;
  const PyTree *t = u->cx->tree;
  if (py_kind(t, node) != PY_NAME || node == u->bound ||
      rule_symbol(u->cx, node) != u->symbol)
    return true;
  bool attribute = py_kind(t, rule_parent(u->cx, node)) == PY_ATTRIBUTE;
  u->read |= attribute;
  u->other |= !attribute;
  return true;
}

// result = session.execute(...)
// return result.scalars()      # of the coroutine: AttributeError
static bool read_as_result(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref assign = rule_parent(cx, call), function = enclosing_function(cx, call);
  if (py_kind(t, assign) != PY_ASSIGN || py_kind(t, function) != PY_FUNCTION_DEF)
    return false;
  PyRefs targets = py_list(t, PY_AS(Assign, t, assign)->targets);
  if (targets.len != 1 || py_kind(t, targets.at[0]) != PY_NAME)
    return false;
  Uses u = {.cx = cx, .symbol = rule_symbol(cx, targets.at[0]), .bound = targets.at[0]};
  const PyScopes *s = cx->file->scopes;
  if (u.symbol == NO_SYMBOL || s->symbols[u.symbol].first != s->symbols[u.symbol].last ||
      s->symbols[u.symbol].flags & (SYMBOL_CAPTURED | SYMBOL_GLOBAL | SYMBOL_NONLOCAL))
    return false;
  rule_walk_body(cx, function, see_use, &u);
  return u.read && !u.other;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, call);
  if (!receiver || !value_is_coroutine_name(cx->values, call_method(t, call)) ||
      (is_handed_on(t, rule_parent(cx, call)) && !read_as_result(cx, call)))
    return;
  Value v = rule_value(cx, receiver);
  if (!is_async_receiver(v) || rule_value(cx, call).kind != VALUE_AWAITABLE ||
      is_in_awaited_chain(cx, call))
    return;
  Str method = call_method_text(cx, call);
  Finding *f = rule_report(cx, py_span(t, call),
                           "`%.*s()` is a coroutine; without `await` nothing happens",
                           STR_ARG(method));
  Ref function = enclosing_function(cx, call);
  if (py_kind(t, function) != PY_FUNCTION_DEF ||
      !(py_node(t, function)->flags & PYF_ASYNC)) {
    rule_refuse(cx, f, "`await` needs an `async def` around it");
    return;
  }
  if (!rule_fix(cx, f, level_of(v), "Add `await`"))
    return;
  PyKind parent = py_kind(t, rule_parent(cx, call));
  bool statement = parent == PY_EXPR_STMT || parent == PY_ASSIGN;
  Span span = py_span(t, call);
  fix_insert(cx, span.start, statement ? STR("await ") : STR("(await "));
  if (!statement)
    fix_insert(cx, span.end, STR(")"));
}

const Rule rule_missing_await = {
    .code = "A101",
    .name = "missing-await",
    .category = CAT_ASYNC,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A method of an async session, connection or engine without `await`",
    .why = "The call only makes a coroutine: nothing is executed, and reading from it "
           "raises AttributeError",
    .on = {PY_CALL},
    .check = check,
};
