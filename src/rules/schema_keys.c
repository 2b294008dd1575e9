// D132, P132: keys that a table lacks, and indexes that its key has already.
#include "rules/util.h"

// ---- D132

static bool covers(const SqlTable *table, const SqlConstraint *c) {
  return (c->kind == CONSTRAINT_PRIMARY_KEY || c->kind == CONSTRAINT_UNIQUE ||
          c->unique) &&
         c->column_count && c->column_count <= table->column_count;
}

// True where the database keeps the same pair from being there twice.
static bool has_key(const SqlTable *table) {
  for (uint32_t i = 0; i < table->column_count; i++)
    if (table->columns[i]->primary_key || table->columns[i]->unique)
      return true;
  for (uint32_t i = 0; i < table->constraint_count; i++)
    if (covers(table, &table->constraints[i]) ||
        table->constraints[i].kind == CONSTRAINT_OTHER)
      return true;
  return false;
}

static bool is_declared(const Relationship *r) {
  return !r->inherited && !r->from_backref && !r->viewonly && r->proven;
}

// The first relationship over the table, of all classes: the one that reports it.
static bool is_first(RuleCtx *cx, const Relationship *r) {
  for (uint32_t i = 0; i < models_count(cx->models); i++) {
    const Model *m = models_at(cx->models, i);
    for (uint32_t k = 0; k < m->relationship_count; k++)
      if (m->relationships[k].secondary == r->secondary &&
          is_declared(&m->relationships[k]))
        return &m->relationships[k] == r;
  }
  return true;
}

static void check_secondary(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    const SqlTable *table = r->secondary;
    if (!is_declared(r) || !table || table->model || !table->complete ||
        table->reflected || table->column_count < 2 || table->node.file != cx->file_id ||
        has_key(table) || !r->proven || !is_first(cx, r))
      continue;
    const PyTree *t = &cx->project->files[table->node.file]->tree;
    Ref func = py_kind(t, table->node.ref) == PY_CALL
                   ? PY_AS(Call, t, table->node.ref)->func
                   : 0;
    if (func)
      rule_report(cx, py_span(t, func),
                  "`%.*s` has no primary key: the same pair may be stored twice, and "
                  "removing it then "
                  "raises StaleDataError; primary_key=True on both columns",
                  STR_ARG(table->name));
  }
}

// ---- P132

static void check_key_index(RuleCtx *cx, const Model *m) {
  const PyTree *t = cx->tree;
  const SqlColumn *first = NULL;
  for (uint32_t i = 0; m->table && i < m->table->column_count && !first; i++)
    if (m->table->columns[i]->primary_key)
      first = m->table->columns[i];
  if (!first || !first->proven || !first->index || !m->table->complete ||
      first->node.file != cx->file_id || !place_eq(first->declared_in, m->node) ||
      py_kind(t, first->node.ref) != PY_CALL)
    return;
  Ref keyword = call_keyword_node(t, first->node.ref, rule_atom(cx, "index"));
  if (!keyword || !is_true(t, PY_AS(Keyword, t, keyword)->value))
    return;
  Finding *f = rule_report(cx, py_span(t, keyword),
                           "a primary key has an index of its own: this makes a second "
                           "one, which every write keeps");
  if (rule_fix(cx, f, FIX_UNSAFE, "Leave out `index=True`"))
    fix_delete_argument(cx, first->node.ref, keyword);
}

DEFINE_RULE(
    association_without_key, "D132", "association-table-no-pk", CAT_DESIGN,
    SEVERITY_WARNING, "A secondary table without a primary key or unique constraint",
    "Nothing keeps the same pair out; the session deletes one row of a pair, finds "
    "that two went, and raises StaleDataError",
    .check_model = check_secondary);
DEFINE_RULE(
    key_with_index, "P132", "primary-key-index", CAT_PERFORMANCE, SEVERITY_INFO,
    "index=True on the column of a primary key",
    "The database makes an index for the key anyway; leaving this one out takes a "
    "migration where tables exist",
    .fix = FIX_UNSAFE, .check_model = check_key_index);
