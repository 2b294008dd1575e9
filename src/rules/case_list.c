// M307: case() of 1.x took a list of pairs; of 2.x the pairs one by one.
#include "rules/util.h"

static void unpack(RuleCtx *cx, Ref list, Ref replaced) {
  PyRefs items = py_list(cx->tree, PY_AS(List, cx->tree, list)->elts);
  Span inner = {rule_paren_span(cx, items.at[0]).start,
                rule_paren_span(cx, items.at[items.len - 1]).end};
  Span whole = rule_paren_span(cx, replaced);
  Span head = {whole.start, inner.start}, tail = {inner.end, whole.end};
  if (rule_has_comment(cx, head) || rule_has_comment(cx, tail)) {
    fix_refuse(cx, "a comment stands beside the list's brackets");
    return;
  }
  fix_delete(cx, head);
  fix_delete(cx, tail);
}

// case(value=x, whens={...}): the dict goes first.
static void reorder(RuleCtx *cx, Ref call, Ref whens) {
  const PyTree *t = cx->tree;
  Ref keyword = call_keyword_node(t, call, rule_atom(cx, "whens"));
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  if (!keyword || args.at[0] == keyword) {
    if (keyword)
      fix_delete(cx,
                 (Span){py_node(t, keyword)->start, rule_paren_span(cx, whens).start});
    return;
  }
  fix_refuse(cx, "`whens` is not the first argument");
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (resolve_call_api(cx->resolver, cx->file_id, call) != API_sqlalchemy_case)
    return;
  Ref whens = call_argument(t, call, rule_atom(cx, "whens"), 0);
  if (!whens)
    return;
  PyKind kind = py_kind(t, whens);
  bool by_name = call_keyword(t, call, rule_atom(cx, "whens")) != 0;
  Value v = rule_value(cx, whens);
  bool variable = kind != PY_LIST && v.kind == VALUE_LIST;
  if (kind != PY_LIST && !variable && !(kind == PY_DICT && by_name))
    return;
  Finding *f = rule_report(cx, py_span(t, call),
                           kind == PY_DICT ? "`whens` of case() is positional in 2.0"
                                           : "a list of pairs was the argument of 1.x; "
                                             "pass the pairs themselves");
  FixLevel level = variable && v.sure != SURE_PROVEN ? FIX_UNSAFE : FIX_SAFE;
  if (!rule_fix(cx, f, level, "Pass the conditions themselves"))
    return;
  Ref keyword = call_keyword_node(t, call, rule_atom(cx, "whens"));
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  if (keyword && args.at[0] != keyword)
    fix_refuse(cx, "`whens` is not the first argument");
  else if (kind == PY_DICT)
    reorder(cx, call, whens);
  else if (variable)
    fix_printf(cx, keyword ? py_span(t, keyword) : rule_paren_span(cx, whens), "*%.*s",
               STR_ARG(rule_text(cx, whens)));
  else if (!PY_AS(List, t, whens)->elts)
    fix_refuse(cx, "the list is empty");
  else
    unpack(cx, whens, keyword ? keyword : whens);
}

const Rule rule_case_list = {
    .code = "M307",
    .name = "case-list",
    .category = CAT_MIGRATION,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "case() with a list of conditions",
    .why = "2.0 takes the conditions one by one and raises ArgumentError for a list",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_case),
    .check = check,
};
