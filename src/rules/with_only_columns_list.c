// M309: with_only_columns([...]) of 1.x.
#include "rules/util.h"

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (!str_is(call_method_text(cx, call), "with_only_columns"))
    return;
  Ref list = call_positional(t, call, 0);
  if (py_kind(t, list) != PY_LIST || call_positional_count(t, call) != 1)
    return;
  Value v = rule_value(cx, call_receiver(t, call));
  if (v.kind != VALUE_SELECT)
    return;
  Finding *f = rule_report(cx, py_span(t, list),
                           "a list of columns was the argument of 1.x; pass the columns "
                           "themselves");
  PyRefs items = py_list(t, PY_AS(List, t, list)->elts);
  if (!rule_fix(cx, f, level_of(v), "Pass the columns themselves"))
    return;
  Span whole = rule_paren_span(cx, list);
  if (!items.len) {
    fix_refuse(cx, "the list is empty");
    return;
  }
  Span inner = {rule_paren_span(cx, items.at[0]).start,
                rule_paren_span(cx, items.at[items.len - 1]).end};
  if (rule_has_comment(cx, (Span){whole.start, inner.start}) ||
      rule_has_comment(cx, (Span){inner.end, whole.end})) {
    fix_refuse(cx, "a comment stands beside the list's brackets");
    return;
  }
  fix_delete(cx, (Span){whole.start, inner.start});
  fix_delete(cx, (Span){inner.end, whole.end});
}

const Rule rule_with_only_columns_list = {
    .code = "M309",
    .name = "with-only-columns-list",
    .category = CAT_MIGRATION,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .priority = 1,
    .severity = SEVERITY_WARNING,
    .what = "with_only_columns() with a list",
    .why = "2.0 takes the columns one by one and raises ArgumentError for a list",
    .on = {PY_CALL},
    .names = RULE_NAMES("with_only_columns"),
    .check = check,
};
