// Q168: in_() of a subquery(), which is a FROM and no list of values.
#include "rules/loaded.h"

// The `.subquery()` call that made the argument, where nothing else reads it; 0
// otherwise.
static Ref made_for_this(RuleCtx *cx, Ref argument) {
  const PyTree *t = cx->tree;
  if (py_kind(t, argument) == PY_NAME)
    argument = used_once(cx, argument) ? assigned_once(cx, rule_symbol(cx, argument)) : 0;
  return argument && call_receiver(t, argument) &&
                 str_is(call_method_text(cx, argument), "subquery")
             ? argument
             : 0;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref argument = call_positional_count(t, call) == 1 ? call_positional(t, call, 0) : 0;
  if (!argument || !is_sql(rule_value(cx, call_receiver(t, call))))
    return;
  Value v = rule_value(cx, argument);
  if (v.kind != VALUE_SUBQUERY || v.sure != SURE_PROVEN)
    return;
  Finding *f = rule_report(cx, py_span(t, argument),
                           "a subquery is a table, and `%.*s()` takes a select(): "
                           "SQLAlchemy makes one of it and warns",
                           STR_ARG(call_method_text(cx, call)));
  Ref made = made_for_this(cx, argument);
  Span rest = made
                  ? (Span){py_node(t, call_receiver(t, made))->end, py_node(t, made)->end}
                  : (Span){0, 0};
  if (!made)
    rule_refuse(cx, f, "the subquery is used elsewhere too; `select()` it here");
  else if (rule_has_comment(cx, rest) ||
           py_node(t, call_receiver(t, made))->flags & PYF_PAREN)
    rule_refuse(cx, f, "a comment or parentheses stand before `subquery()`");
  else if (rule_fix(cx, f, FIX_SAFE, "Leave out `subquery()`"))
    fix_delete(cx, rest);
}

const Rule rule_in_subquery = {
    .code = "Q168",
    .name = "in-subquery",
    .category = CAT_QUERY,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "in_() of what subquery() gives",
    .why = "SAWarning: Coercing Subquery object into a select() for use in IN()",
    .on = {PY_CALL},
    .names = RULE_NAMES("in_", "not_in", "notin_"),
    .check = check,
};
