// D107: back_populates has to name a relationship of the other class that leads back.
//
// Several relationships may share one other side (a filtered, read-only one beside the
// plain one): whom that one names is not compared.
#include "rules/util.h"

static void check_one(RuleCtx *cx, const Model *m, const Relationship *r) {
  if (!r->back_populates || !r->target || r->from_backref || r->inherited ||
      r->node.file != cx->file_id || !place_eq(r->declared_in, m->node) ||
      !r->target->complete)
    return;
  Str name = atom_str(cx->project->names, r->back_populates);
  Str target = atom_str(cx->project->names, r->target->name);
  const Relationship *other = model_relationship(r->target, r->back_populates);
  if (!other) { // a name that is not there at all is T127's
    if (model_column(r->target, r->back_populates))
      rule_report(cx, py_span(cx->tree, r->node.ref), "%.*s has no relationship `%.*s`",
                  STR_ARG(target), STR_ARG(name));
    return;
  }
  if (other->from_backref || !other->proven || !r->proven)
    return;
  if (other->target && !model_is_a(m, other->target) && !model_is_a(other->target, m))
    rule_report(cx, py_span(cx->tree, r->node.ref),
                "`%.*s.%.*s` leads to another class than this one", STR_ARG(target),
                STR_ARG(name));
}

static void check(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++)
    check_one(cx, m, &m->relationships[i]);
}

const Rule rule_back_populates_mismatch = {
    .code = "D107",
    .name = "back-populates-mismatch",
    .category = CAT_DESIGN,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "back_populates that does not name the other side",
    .why = "The mappers cannot be configured, or the two sides do not follow each other",
    .check_model = check,
};
