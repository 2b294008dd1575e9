// Q111: filter(None) is `WHERE NULL`.
#include "rules/util.h"

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Str method = call_method_text(cx, call);
  if (!str_is(method, "filter") && !str_is(method, "where") && !str_is(method, "having"))
    return;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    if (!is_none(t, args.at[i]))
      continue;
    Value v = rule_value(cx, call_receiver(t, call));
    if (v.kind == VALUE_QUERY || v.kind == VALUE_SELECT || v.kind == VALUE_UPDATE ||
        v.kind == VALUE_DELETE)
      rule_report(cx, py_span(t, args.at[i]),
                  "`%.*s(None)` is WHERE NULL, which no row fulfils; leave it out",
                  STR_ARG(method));
  }
}

const Rule rule_filter_none = {
    .code = "Q111",
    .name = "filter-none",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .priority = 1,
    .severity = SEVERITY_ERROR,
    .what = "None as a criterion",
    .why = "None becomes NULL, not \"no criterion\": the statement finds no row",
    .on = {PY_CALL},
    .names = RULE_NAMES("filter", "where", "having"),
    .check = check,
};
