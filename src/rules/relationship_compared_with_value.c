// Q134: a relationship is compared with an instance, not with its key.
#include "rules/util.h"

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  if (right.len != 1 || (c->node.aux != PY_EQ && c->node.aux != PY_NOT_EQ) ||
      py_kind(t, c->left) != PY_ATTRIBUTE ||
      !models_has_relationship(cx->models, PY_AS(Attribute, t, c->left)->attr))
    return;
  Value v = rule_value(cx, c->left), other = rule_value(cx, right.at[0]);
  bool plain = other.kind == VALUE_INT || other.kind == VALUE_STR ||
               other.kind == VALUE_UUID || other.kind == VALUE_FLOAT;
  if (v.kind != VALUE_RELATIONSHIP || v.sure != SURE_PROVEN || !plain ||
      other.sure != SURE_PROVEN || other.flags & VALUE_OR_NONE)
    return;
  rule_report(
      cx, py_span(t, node),
      "a relationship is compared with an instance; compare the foreign key column "
      "with a value");
}

const Rule rule_relationship_compared_with_value = {
    .code = "Q134",
    .name = "relationship-compared-with-value",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A relationship compared with a plain value",
    .why = "ArgumentError is raised: a mapped instance is expected",
    .on = {PY_COMPARE},
    .check = check,
};
