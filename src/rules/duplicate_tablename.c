// D127: two classes of one base with the same table name.
#include "rules/annotation.h"

static bool is_candidate(const Model *m) {
  return m->table && m->table->name.len && !m->parent &&
         m->inheritance == INHERITS_NONE && place_eq(m->table->node, m->node) &&
         m->base.ref;
}

static bool is_conditional(RuleCtx *cx, const Model *m) {
  const PyScopes *s = cx->project->files[m->node.file]->scopes;
  uint32_t symbol = s ? py_scopes_symbol_of(s, m->node.ref) : NO_SYMBOL;
  for (uint32_t b = symbol == NO_SYMBOL ? NO_BINDING : s->symbols[symbol].first;
       b != NO_BINDING; b = s->bindings[b].next)
    if (s->bindings[b].node == m->node.ref)
      return s->bindings[b].flags & (BIND_CONDITIONAL | BIND_TYPE_CHECKING) ||
             s->bindings[b].scope != 0;
  return true;
}

// `__table_args__` may say extend_existing=True, or what the schema is.
static bool extends(RuleCtx *cx, const Model *m) {
  if (!m->table_args.ref)
    return class_binds(cx, m->node, "__table_args__", NULL);
  PyKind kind = py_kind(&cx->project->files[m->table_args.file]->tree, m->table_args.ref);
  if (kind != PY_TUPLE && kind != PY_DICT)
    return true;
  Str text = py_text(&cx->project->files[m->table_args.file]->tree, m->table_args.ref);
  return str_find(text, STR("existing"), 0) != SIZE_MAX;
}

static void check(RuleCtx *cx, const Model *m) {
  // The look-up finds a name that only one table has.
  if (!is_candidate(m) || models_table_by_name(cx->models, m->table->full_name) ||
      is_conditional(cx, m) || extends(cx, m))
    return;
  for (uint32_t i = 0; i < models_count(cx->models); i++) {
    const Model *other = models_at(cx->models, i);
    if (other == m)
      return; // the first of them is not reported
    // In another file it may be that only one of them is ever imported.
    if (other->node.file != m->node.file || !is_candidate(other) ||
        !str_eq(other->table->full_name, m->table->full_name) ||
        !place_eq(other->base, m->base) || is_conditional(cx, other))
      continue;
    const PyClassDef *c = PY_AS(ClassDef, cx->tree, m->node.ref);
    Str name = atom_str(cx->project->names, c->name);
    rule_report(cx, (Span){c->name_at, c->name_at + (uint32_t)name.len},
                "the table `%.*s` is already that of %.*s", STR_ARG(m->table->full_name),
                STR_ARG(atom_str(cx->project->names, other->dotted)));
    return;
  }
}

const Rule rule_duplicate_tablename = {
    .code = "D127",
    .name = "duplicate-tablename",
    .category = CAT_DESIGN,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "Two classes of one file and declarative base with the same __tablename__",
    .why = "InvalidRequestError is raised: the table is already defined in the MetaData",
    .check_model = check,
};
