// D109: delete-orphan on a side that may share its target with others.
#include "rules/util.h"

static void check(RuleCtx *cx, const Model *m) {
  const PyTree *t = cx->tree;
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    if (r->inherited || r->from_backref || r->node.file != cx->file_id ||
        !place_eq(r->declared_in, m->node) ||
        str_find(r->cascade, STR("delete-orphan"), 0) == SIZE_MAX ||
        (r->direction != MANY_TO_ONE && r->direction != MANY_TO_MANY) ||
        call_keyword(t, r->node.ref, rule_atom(cx, "single_parent")))
      continue;
    rule_report(cx, py_span(t, r->node.ref),
                "delete-orphan belongs to the one-to-many side; `%.*s` is %s",
                STR_ARG(atom_str(cx->project->names, r->key)),
                r->direction == MANY_TO_ONE ? "many-to-one" : "many-to-many");
  }
}

const Rule rule_delete_orphan_wrong_side = {
    .code = "D109",
    .name = "delete-orphan-wrong-side",
    .category = CAT_DESIGN,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "cascade=\"delete-orphan\" on a many-to-one or many-to-many relationship",
    .why = "The other object may have further parents: ArgumentError is raised unless "
           "single_parent=True promises that it has none",
    .check_model = check,
};
