// D108: two sides of a self-reference, and nothing says which one is the parent.
#include "rules/util.h"

static bool is_open(const Model *m, const Relationship *r) {
  return r && r->target == m && !r->has_secondary && !r->remote_side.ref &&
         !r->primaryjoin.ref && !r->foreign_keys.ref && !r->from_backref && r->proven &&
         !r->inherited;
}

static void check(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    if (!is_open(m, r) || !r->back_populates || r->node.file != cx->file_id ||
        !place_eq(r->declared_in, m->node))
      continue;
    const Relationship *other = model_relationship(m, r->back_populates);
    if (!is_open(m, other) || other == r || other < r)
      continue;
    rule_report(cx, py_span(cx->tree, r->node.ref),
                "`%.*s` and `%.*s` both are one-to-many; the side of the parent needs "
                "`remote_side`",
                STR_ARG(atom_str(cx->project->names, r->key)),
                STR_ARG(atom_str(cx->project->names, other->key)));
  }
}

const Rule rule_self_reference_without_remote_side = {
    .code = "D108",
    .name = "self-reference-without-remote-side",
    .category = CAT_DESIGN,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "Two sides of a self-referential relationship without remote_side",
    .why = "Both are taken for one-to-many, and the mappers cannot be configured",
    .check_model = check,
};
