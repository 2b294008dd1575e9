// D106: two relationships that write the same foreign key and do not know of each other.
#include "rules/table_keys.h"
#include "rules/util.h"

// True where exactly one key joins the two tables.
static bool one_key_between(const Model *a, const Model *b) {
  return a->table && b->table && a->table->complete && b->table->complete &&
         keys_between(a->table, b->table) == 1;
}

// What takes part: configured plainly, writing, silent about overlaps.
static bool takes_part(RuleCtx *cx, const Relationship *r) {
  if (!r->proven || r->viewonly || !r->node.ref || !r->target || r->primaryjoin.ref ||
      r->secondaryjoin.ref || r->foreign_keys.ref || r->inherited)
    return false;
  const PyTree *t = &cx->project->files[r->node.file]->tree;
  return py_kind(t, r->node.ref) == PY_CALL && !call_has_stars(t, r->node.ref) &&
         !call_keyword(t, r->node.ref, rule_atom(cx, "overlaps"));
}

static bool know_each_other(const Relationship *a, const Relationship *b) {
  return a->back_populates == b->key || b->back_populates == a->key ||
         a->backref == b->key || b->backref == a->key;
}

static bool write_the_same(const Model *m, const Relationship *r, const Model *other,
                           const Relationship *o) {
  if (r->direction == MANY_TO_MANY || o->direction == MANY_TO_MANY)
    return r->direction == o->direction && r->secondary && r->secondary == o->secondary;
  if (r->direction == DIRECTION_UNKNOWN || o->direction == DIRECTION_UNKNOWN ||
      !one_key_between(m, r->target))
    return false;
  return m == other && o->target == r->target
             ? r->direction == o->direction || m->table == r->target->table
             : r->direction != o->direction;
}

static bool comes_first(const Relationship *a, const Relationship *b) {
  return a->node.file != b->node.file ? a->node.file < b->node.file
                                      : a->node.ref < b->node.ref;
}

// The relationship of `other` that conflicts with `r` and stands before it, or has its
// partner already.
static const Relationship *conflict(RuleCtx *cx, const Model *m, const Relationship *r,
                                    const Model *other, const Model *seen_from) {
  for (uint32_t i = 0; i < other->relationship_count; i++) {
    const Relationship *o = &other->relationships[i];
    if (o == r || !takes_part(cx, o) || o->target != seen_from || know_each_other(r, o) ||
        !write_the_same(m, r, other, o))
      continue;
    if (comes_first(o, r) || o->back_populates || o->backref || o->from_backref)
      return o;
  }
  return NULL;
}

static void check_one(RuleCtx *cx, const Model *m, const Relationship *r) {
  if (r->from_backref || r->node.file != cx->file_id ||
      !place_eq(r->declared_in, m->node) || r->back_populates || r->backref ||
      !takes_part(cx, r))
    return;
  if (m->inheritance != INHERITS_NONE || r->target->inheritance != INHERITS_NONE)
    return;
  const Model *other = r->target;
  const Relationship *o = conflict(cx, m, r, r->target, m);
  if (!o) {
    other = m;
    o = conflict(cx, m, r, m, r->target);
  }
  if (!o)
    return;
  const Interner *names = cx->project->names;
  rule_report(cx, py_span(cx->tree, r->node.ref),
              "`%.*s` writes the same %s as `%.*s.%.*s`; %s",
              STR_ARG(atom_str(names, r->key)),
              r->direction == MANY_TO_MANY ? "association table" : "foreign key",
              STR_ARG(atom_str(names, other->name)), STR_ARG(atom_str(names, o->key)),
              other == m && r->target != m
                  ? "make one of them viewonly=True, or name the other in overlaps="
                  : "join them by back_populates=");
}

static void check(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++)
    check_one(cx, m, &m->relationships[i]);
}

const Rule rule_overlapping_relationships = {
    .code = "D106",
    .name = "overlapping-relationships",
    .category = CAT_DESIGN,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "Two relationships over one foreign key without back_populates=",
    .why =
        "What is put into one is not seen in the other, and at flush each may overwrite "
        "the key; SQLAlchemy warns",
    .check_model = check,
};
