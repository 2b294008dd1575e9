// D102, D103, D104, D124: relationships and the foreign keys they rest on.
#include "rules/table_keys.h"
#include "rules/util.h"

static bool is_own(const RuleCtx *cx, const Model *m, const Relationship *r) {
  return r->proven && !r->inherited && !r->from_backref && r->node.ref &&
         r->node.file == cx->file_id && place_eq(r->declared_in, m->node) &&
         py_kind(cx->tree, r->node.ref) == PY_CALL &&
         !call_has_stars(cx->tree, r->node.ref);
}

static bool is_known(const SqlTable *t) {
  return t && t->complete && !t->reflected && t->name.len && !has_unknown_key(t);
}

// True where the tables of both sides are all there is to look at.
static bool is_judged(const RuleCtx *cx, const Model *m, const Relationship *r) {
  return is_own(cx, m, r) && r->target && !r->primaryjoin.ref && !r->foreign_keys.ref &&
         m->complete && r->target->complete && m->inheritance == INHERITS_NONE &&
         r->target->inheritance == INHERITS_NONE && is_known(m->table) &&
         is_known(r->target->table);
}

static void check_missing(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    if (!is_judged(cx, m, r))
      continue;
    Str target = atom_str(cx->project->names, r->target->name);
    if (!r->has_secondary && !keys_between(m->table, r->target->table))
      rule_report(cx, py_span(cx->tree, r->node.ref),
                  "no foreign key joins `%.*s` and `%.*s`, the table of %.*s",
                  STR_ARG(m->table->name), STR_ARG(r->target->table->name),
                  STR_ARG(target));
    if (r->has_secondary && !r->secondaryjoin.ref && is_known(r->secondary) &&
        (!keys_to(r->secondary, m->table) || !keys_to(r->secondary, r->target->table)))
      rule_report(cx, py_span(cx->tree, r->node.ref),
                  "the association table `%.*s` has no foreign key to both sides",
                  STR_ARG(r->secondary->name));
  }
}

static void check_ambiguous(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    if (!is_judged(cx, m, r) || r->has_secondary || m->table == r->target->table)
      continue;
    if (keys_between(m->table, r->target->table) > 1)
      rule_report(cx, py_span(cx->tree, r->node.ref),
                  "several foreign keys join `%.*s` and `%.*s`; say which by "
                  "foreign_keys=",
                  STR_ARG(m->table->name), STR_ARG(r->target->table->name));
  }
}

// ---- ForeignKey("...") that leads nowhere

static const Model *class_with_name(const RuleCtx *cx, Str name) {
  Atom atom = intern(resolver_names(cx->resolver), name);
  return models_by_class_name(cx->models, atom);
}

static void check_key(RuleCtx *cx, const SqlForeignKey *key) {
  const PyTree *t = cx->tree;
  if (key->node.file != cx->file_id || py_kind(t, key->node.ref) != PY_CALL ||
      resolve_call_api(cx->resolver, cx->file_id, key->node.ref) !=
          API_sqlalchemy_ForeignKey)
    return;
  Ref target = call_positional(t, key->node.ref, 0);
  size_t dot = str_find_char(key->target, '.', 0);
  if (py_kind(t, target) != PY_STR || dot == SIZE_MAX)
    return;
  if (key->table) {
    if (!key->column && key->table->complete && !key->table->reflected &&
        key->table->column_count)
      rule_report(cx, py_span(t, target), "table `%.*s` has no column `%.*s`",
                  STR_ARG(key->table->full_name),
                  STR_ARG(str_slice(key->target, str_rfind_char(key->target, '.') + 1,
                                    key->target.len)));
    return;
  }
  const Model *m = class_with_name(cx, str_slice(key->target, 0, dot));
  if (m && m->table && m->table->name.len &&
      !str_eq(m->table->name, str_slice(key->target, 0, dot)))
    rule_report(cx, py_span(t, target),
                "`%.*s` is a class; a foreign key names the table: \"%.*s.%.*s\"",
                STR_ARG(str_slice(key->target, 0, dot)), STR_ARG(m->table->full_name),
                STR_ARG(str_slice(key->target, dot + 1, key->target.len)));
}

static void check_targets(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->column_count; i++) {
    const ModelColumn *c = &m->columns[i];
    if (c->inherited || !place_eq(c->declared_in, m->node))
      continue;
    for (uint32_t k = 0; c->column && k < c->column->foreign_key_count; k++)
      check_key(cx, &c->column->foreign_keys[k]);
  }
}

// ---- passive_deletes

static bool any_ondelete(const SqlTable *from, const SqlTable *to) {
  for (uint32_t i = 0; i < from->column_count; i++)
    for (uint32_t k = 0; k < from->columns[i]->foreign_key_count; k++) {
      const SqlForeignKey *key = &from->columns[i]->foreign_keys[k];
      if (key->table == to) {
        const char *none = "NO ACTION";
        if (key->ondelete.len && !str_eq_nocase(key->ondelete, str_from(none)))
          return true;
      }
    }
  return false;
}

static void check_passive(RuleCtx *cx, const Model *m) {
  const PyTree *t = cx->tree;
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    if (!is_own(cx, m, r) || r->direction != ONE_TO_MANY || !is_known(m->table) ||
        !r->target || !is_known(r->target->table))
      continue;
    Ref passive = call_keyword(t, r->node.ref, rule_atom(cx, "passive_deletes"));
    if (is_true(t, passive) && keys_to(r->target->table, m->table) &&
        !any_ondelete(r->target->table, m->table))
      rule_report(cx, py_span(t, passive),
                  "passive_deletes=True leaves the rows of `%.*s` to the database, but "
                  "their foreign key has no ondelete=",
                  STR_ARG(r->target->table->name));
  }
}

DEFINE_RULE(relationship_without_key, "D102", "relationship-without-fk", CAT_DESIGN,
            SEVERITY_ERROR, "A relationship between tables that no foreign key joins",
            "NoForeignKeysError is raised when the mappers are configured",
            .check_model = check_missing);
DEFINE_RULE(ambiguous_key, "D103", "ambiguous-fk", CAT_DESIGN, SEVERITY_ERROR,
            "A relationship between tables that several foreign keys join",
            "AmbiguousForeignKeysError is raised: SQLAlchemy does not choose",
            .check_model = check_ambiguous);
DEFINE_RULE(
    foreign_key_target, "D104", "fk-target-missing", CAT_DESIGN, SEVERITY_ERROR,
    "A ForeignKey that names a class, or a column that the table does not have",
    "NoReferencedTableError or NoReferencedColumnError is raised at the first use",
    .check_model = check_targets);
DEFINE_RULE(passive_deletes_alone, "D124", "passive-deletes-without-ondelete", CAT_DESIGN,
            SEVERITY_ERROR, "passive_deletes=True over a foreign key without ondelete=",
            "Deleting the parent neither deletes nor clears the children: the database "
            "refuses, or keeps rows that point nowhere",
            .check_model = check_passive);
