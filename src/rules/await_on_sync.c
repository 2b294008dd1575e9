// A102: `await` of what is no coroutine: methods of a buffered result, session.add().
#include "rules/util.h"

static bool has_methods(Value v) {
  return value_is_session(v) || value_is_executor(v) || value_is_result(v) ||
         v.kind == VALUE_QUERY || v.kind == VALUE_TRANSACTION ||
         v.kind == VALUE_SESSION_TRANSACTION;
}

// True where awaiting it raises TypeError.
static bool is_not_awaitable(Value v) {
  switch (v.kind) {
  case VALUE_NONE:
  case VALUE_BOOL:
  case VALUE_INT:
  case VALUE_FLOAT:
  case VALUE_STR:
  case VALUE_LIST:
  case VALUE_ITERATOR:
  case VALUE_ENTITY:
  case VALUE_ROW:
  case VALUE_ROW_MAPPING:
  case VALUE_RESULT:
  case VALUE_SCALAR_RESULT:
  case VALUE_MAPPING_RESULT:
  case VALUE_QUERY:
  case VALUE_CONNECTION:
    return true;
  default:
    return false;
  }
}

// scalar(), first() and the like give what was selected, which may be anything.
static bool is_plain_method(Value receiver, Str method) {
  bool buffered = receiver.kind == VALUE_RESULT || receiver.kind == VALUE_SCALAR_RESULT ||
                  receiver.kind == VALUE_MAPPING_RESULT;
  return buffered && (str_is(method, "first") || str_is(method, "one") ||
                      str_is(method, "one_or_none") || str_starts(method, STR("scalar")));
}

// True where nothing but the annotation of a parameter says that the session is a
// synchronous one, and an async one has a coroutine of that name: either may be wrong.
static bool only_annotated(RuleCtx *cx, Ref receiver, Str method) {
  const PyTree *t = cx->tree;
  Origin o = resolve_expr(cx->resolver, cx->file_id, receiver);
  if (o.kind != ORIGIN_PARAMETER || o.at.file != cx->file_id)
    return false;
  const PyParam *p = PY_AS(Param, t, o.at.ref);
  return p->annotation && py_kind(t, p->default_value) != PY_CALL && // Depends(...)
         value_is_coroutine_name(cx->values,
                                 intern(resolver_names(cx->resolver), method));
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Ref call = PY_AS(Await, t, node)->value;
  Ref receiver = call_receiver(t, call);
  if (!receiver)
    return;
  Value v = rule_value(cx, receiver);
  if (!has_methods(v) || v.sure != SURE_PROVEN || v.flags & VALUE_SUBCLASS)
    return;
  Str method = call_method_text(cx, call);
  Value made = rule_value(cx, call);
  if (!is_plain_method(v, method) &&
      (!is_not_awaitable(made) || made.sure != SURE_PROVEN))
    return;
  Span span = {py_node(t, node)->start, rule_paren_span(cx, call).start};
  if (value_is_session(v) && only_annotated(cx, receiver, method)) {
    Str name = py_text(t, receiver);
    Finding *f = rule_report(cx, py_span(t, node),
                             "`%.*s` is annotated as a Session, whose %.*s() is no "
                             "coroutine: correct the annotation, or leave out `await`",
                             STR_ARG(name), STR_ARG(method));
    rule_refuse(cx, f, "only an annotation says which kind of session it is");
    return;
  }
  Finding *f = rule_report(cx, py_span(t, node),
                           "`%.*s()` is no coroutine here; `await` raises TypeError",
                           STR_ARG(method));
  if (!rule_fix(cx, f, FIX_SAFE, "Remove `await`"))
    return;
  if (rule_has_comment(cx, span))
    fix_refuse(cx, "a comment stands behind `await`");
  else
    fix_delete(cx, span);
}

const Rule rule_await_on_sync = {
    .code = "A102",
    .name = "await-on-sync",
    .category = CAT_ASYNC,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "`await` before a method that is no coroutine: session.add(), result.all()",
    .why = "execute() of an async session gives a result that is in memory already, and "
           "add() only takes note: awaiting what they return raises TypeError",
    .on = {PY_AWAIT},
    .check = check,
};
