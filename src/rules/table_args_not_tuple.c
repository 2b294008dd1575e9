// D130: `__table_args__ = (UniqueConstraint("a"))` is no tuple.
#include "rules/util.h"

static bool is_schema_item(RuleCtx *cx, Ref r) {
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, r);
  return api && api_row(api)->flags & API_IS_SCHEMA;
}

static void check_value(RuleCtx *cx, Ref value) {
  const PyTree *t = cx->tree;
  if (is_schema_item(cx, value)) {
    Finding *f = rule_report(cx, py_span(t, value),
                             "`__table_args__` is a tuple or a dict; a comma is missing");
    if (!rule_fix(cx, f, FIX_SAFE, "Add the comma"))
      return;
    if (py_node(t, value)->flags & PYF_PAREN) {
      fix_insert(cx, py_node(t, value)->end, STR(","));
      return;
    }
    fix_insert(cx, py_node(t, value)->start, STR("("));
    fix_insert(cx, py_node(t, value)->end, STR(",)"));
    return;
  }
  if (py_kind(t, value) == PY_LIST) {
    rule_report(cx, py_span(t, value),
                "`__table_args__` is a tuple or a dict, not a list");
    return;
  }
  if (py_kind(t, value) != PY_TUPLE)
    return;
  PyRefs items = py_list(t, PY_AS(Tuple, t, value)->elts);
  for (uint32_t i = 0; i + 1 < items.len; i++)
    if (py_kind(t, items.at[i]) == PY_DICT)
      rule_report(cx, py_span(t, items.at[i]),
                  "the dict of `__table_args__` stands last in the tuple");
}

static void check(RuleCtx *cx, Ref cls) {
  const PyTree *t = cx->tree;
  if (models_class_role(cx->models, (Place){cx->file_id, cls}) == CLASS_PLAIN)
    return;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_ASSIGN)
      continue;
    PyRefs targets = py_list(t, PY_AS(Assign, t, body.at[i])->targets);
    if (targets.len == 1 && py_kind(t, targets.at[0]) == PY_NAME &&
        PY_AS(Name, t, targets.at[0])->id == SYM___table_args__)
      check_value(cx, PY_AS(Assign, t, body.at[i])->value);
  }
}

const Rule rule_table_args_not_tuple = {
    .code = "D130",
    .name = "table-args-not-tuple",
    .category = CAT_DESIGN,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "`__table_args__` that is neither a tuple nor a dict",
    .why = "ArgumentError is raised when the class is mapped",
    .on = {PY_CLASS_DEF},
    .check = check,
};
