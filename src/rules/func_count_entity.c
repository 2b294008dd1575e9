// Q136: func.count(User) has no column to count.
#include "rules/util.h"

static const ModelColumn *only_key(const Model *m) {
  const ModelColumn *found = NULL;
  for (uint32_t i = 0; i < m->column_count; i++) {
    if (!m->columns[i].column->primary_key)
      continue;
    if (found && found->column != m->columns[i].column)
      return NULL;
    found = &m->columns[i];
  }
  return found;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (!str_is(call_method_text(cx, call), "count") || call_positional_count(t, call) != 1)
    return;
  Value func = rule_value(cx, call_receiver(t, call));
  Ref argument = call_positional(t, call, 0);
  Value v = rule_value(cx, argument);
  if (func.kind != VALUE_FUNCTIONS || v.kind != VALUE_MAPPED_CLASS)
    return;
  Finding *f = rule_report(cx, py_span(t, call),
                           "count() of a class counts no column; count its primary key");
  const Model *m = models_of_class(cx->models, v.owner);
  const ModelColumn *key = m ? only_key(m) : NULL;
  if (!key || m->inheritance != INHERITS_NONE) {
    rule_refuse(cx, f, "the primary key is not one plain column");
    return;
  }
  Str name = atom_str(cx->project->names, key->key);
  if (rule_fix(cx, f, level_of(v), "Count `%.*s`", STR_ARG(name)))
    fix_insert(cx, py_node(t, argument)->end,
               str_format(cx->scratch, ".%.*s", STR_ARG(name)));
}

const Rule rule_func_count_entity = {
    .code = "Q136",
    .name = "func-count-entity",
    .category = CAT_QUERY,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "func.count() of a mapped class",
    .why = "A class is no column: ArgumentError is raised, or count() of every column of "
           "the table is rendered",
    .on = {PY_CALL},
    .names = RULE_NAMES("count"),
    .check = check,
};
