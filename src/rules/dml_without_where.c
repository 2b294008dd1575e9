// Q146: UPDATE and DELETE of every row.
#include "rules/util.h"

static bool is_whole_table(Value v) {
  return v.shape && v.sure == SURE_PROVEN && v.shape->flags & SHAPE_WHOLE &&
         !(v.shape->flags & (SHAPE_FILTERED | SHAPE_LIMITED | SHAPE_JOINED));
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Str method = call_method_text(cx, call);
  if (cx->file->is_test || !method.len)
    return;
  Value receiver = rule_value(cx, call_receiver(t, call));
  const char *what = NULL;
  if (str_is(method, "execute") && value_is_executor(receiver) &&
      call_positional_count(t, call) == 1 && !call_has_stars(t, call)) {
    Value v = rule_value(cx, call_positional(t, call, 0));
    if (is_whole_table(v) && v.kind == VALUE_UPDATE)
      what = "UPDATE";
    if (is_whole_table(v) && v.kind == VALUE_DELETE)
      what = "DELETE";
  } else if (receiver.kind == VALUE_QUERY && is_whole_table(receiver)) {
    what = str_is(method, "delete")   ? "DELETE"
           : str_is(method, "update") ? "UPDATE"
                                      : NULL;
  }
  if (what)
    rule_report(cx, py_span(t, call), "%s without a criterion changes every row", what);
}

const Rule rule_dml_without_where = {
    .code = "Q146",
    .name = "dml-without-where",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "An UPDATE or DELETE that no path gives a criterion",
    .why = "Every row of the table is changed; where that is meant, say so with "
           "`# noqa: Q146`",
    .on = {PY_CALL},
    .names = RULE_NAMES("execute", "update", "delete"),
    .check = check,
};
