// D139: @validates("name") of an attribute that is not mapped never runs.
#include "rules/util.h"

static void check_decorator(RuleCtx *cx, const Model *m, Ref call) {
  const PyTree *t = cx->tree;
  if (resolve_call_api(cx->resolver, cx->file_id, call) != API_sqlalchemy_orm_validates)
    return;
  for (uint32_t i = 0; i < call_positional_count(t, call); i++) {
    Ref arg = call_positional(t, call, i);
    Str name = string_value(cx, arg);
    Atom key = name.ptr ? intern(resolver_names(cx->resolver), name) : 0;
    if (key && !model_column(m, key) && !model_relationship(m, key) &&
        !model_attr(m, key))
      rule_report(cx, py_span(t, arg), "%.*s has no mapped attribute `%.*s`",
                  STR_ARG(atom_str(cx->project->names, m->name)), STR_ARG(name));
  }
}

static void check(RuleCtx *cx, const Model *m) {
  const PyTree *t = cx->tree;
  if (!m->complete)
    return;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, m->node.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_FUNCTION_DEF)
      continue;
    PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, body.at[i])->decorators);
    for (uint32_t k = 0; k < decorators.len; k++)
      check_decorator(cx, m, decorators.at[k]);
  }
}

const Rule rule_validates_typo = {
    .code = "D139",
    .name = "validates-typo",
    .category = CAT_DESIGN,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "@validates() of a name that is not mapped",
    .why = "The validator is never called",
    .check_model = check,
};
