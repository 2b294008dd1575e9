// Q140: in_("abc") takes a string for a list of its letters, or raises.
#include "rules/util.h"

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Str method = call_method_text(cx, call);
  if ((!str_is(method, "in_") && !str_is(method, "not_in") &&
       !str_is(method, "notin_")) ||
      call_positional_count(t, call) != 1)
    return;
  if (!is_sql(rule_value(cx, call_receiver(t, call))))
    return;
  Ref argument = call_positional(t, call, 0);
  Value v = rule_value(cx, argument);
  bool plain = v.kind == VALUE_STR || v.kind == VALUE_INT || v.kind == VALUE_FLOAT ||
               v.kind == VALUE_BOOL || v.kind == VALUE_BYTES;
  if (plain && v.sure == SURE_PROVEN && !(v.flags & VALUE_OR_NONE))
    rule_report(cx, rule_paren_span(cx, argument),
                "`%.*s()` takes a list of values or a query, not %s", STR_ARG(method),
                v.kind == VALUE_STR ? "a string" : "a single value");
}

const Rule rule_in_scalar_or_string = {
    .code = "Q140",
    .name = "in-scalar-or-string",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "in_() with a single value",
    .why = "ArgumentError is raised: in_() takes a sequence or a query",
    .on = {PY_CALL},
    .names = RULE_NAMES("in_", "not_in", "notin_"),
    .check = check,
};
