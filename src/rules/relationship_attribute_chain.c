// Q133: `Order.customer.name`: a relationship of a class has no columns of its target.
#include "rules/util.h"

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyAttribute *a = PY_AS(Attribute, t, node);
  if (py_kind(t, a->value) != PY_ATTRIBUTE || !a->attr ||
      !models_has_relationship(cx->models, PY_AS(Attribute, t, a->value)->attr))
    return;
  Value v = rule_value(cx, a->value);
  if (v.kind != VALUE_RELATIONSHIP || v.sure != SURE_PROVEN ||
      v.flags & VALUE_FROM_RELATIONSHIP)
    return;
  const Model *model = models_of_class(cx->models, v.owner);
  const Relationship *r = model ? model_relationship(model, v.key) : NULL;
  if (!r || !r->target ||
      !(model_column(r->target, a->attr) || model_relationship(r->target, a->attr)))
    return;
  Str target = atom_str(cx->project->names, r->target->name);
  Str key = atom_str(cx->project->names, a->attr);
  rule_report(cx, py_span(t, node),
              "a relationship of a class has no attribute `%.*s`; join to %.*s and use "
              "`%.*s.%.*s`, or `%s()`",
              STR_ARG(key), STR_ARG(target), STR_ARG(target), STR_ARG(key),
              r->uselist == YES ? "any" : "has");
}

const Rule rule_relationship_attribute_chain = {
    .code = "Q133",
    .name = "relationship-attribute-chain",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A column of another class reached through a relationship of a class",
    .why = "A relationship attribute of a class stands for the join, not for the other "
           "class: AttributeError is raised",
    .on = {PY_ATTRIBUTE},
    .check = check,
};
