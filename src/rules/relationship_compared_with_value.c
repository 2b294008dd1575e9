// Q134: a relationship is compared with an instance, not with its key.
#include "rules/util.h"

static bool is_plain(Value v) {
  return v.sure == SURE_PROVEN && !(v.flags & VALUE_OR_NONE) &&
         (v.kind == VALUE_INT || v.kind == VALUE_STR || v.kind == VALUE_UUID ||
          v.kind == VALUE_FLOAT);
}

static void report(RuleCtx *cx, Ref at) {
  rule_report(
      cx, py_span(cx->tree, at),
      "a relationship is compared with an instance; compare the foreign key column "
      "with a value");
}

// `filter_by(user=5)`
static void check_keywords(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  Value v = rule_value(cx, call_receiver(t, call));
  bool single = (v.kind == VALUE_QUERY || v.kind == VALUE_SELECT) &&
                v.sure == SURE_PROVEN && v.shape && v.shape->count == 1 &&
                v.shape->flags & SHAPE_WHOLE && !(v.shape->flags & SHAPE_JOINED) &&
                !(v.shape->flags & SHAPE_OUTER_JOINED);
  const Model *m =
      single ? models_of_class(cx->models, v.shape->items[0].column.owner) : NULL;
  for (uint32_t i = 0; m && i < args.len; i++) {
    const PyKeyword *k =
        py_kind(t, args.at[i]) == PY_KEYWORD ? PY_AS(Keyword, t, args.at[i]) : NULL;
    if (k && k->arg && model_relationship(m, k->arg) &&
        is_plain(rule_value(cx, k->value)))
      report(cx, args.at[i]);
  }
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  if (py_kind(t, node) == PY_CALL) {
    check_keywords(cx, node);
    return;
  }
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  if (right.len != 1 || (c->node.aux != PY_EQ && c->node.aux != PY_NOT_EQ) ||
      py_kind(t, c->left) != PY_ATTRIBUTE ||
      !models_has_relationship(cx->models, PY_AS(Attribute, t, c->left)->attr))
    return;
  Value v = rule_value(cx, c->left);
  if (v.kind == VALUE_RELATIONSHIP && v.sure == SURE_PROVEN &&
      is_plain(rule_value(cx, right.at[0])))
    report(cx, node);
}

const Rule rule_relationship_compared_with_value = {
    .code = "Q134",
    .name = "relationship-compared-with-value",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A relationship compared with a plain value",
    .why = "ArgumentError is raised: a mapped instance is expected",
    .on = {PY_COMPARE, PY_CALL},
    .names = RULE_NAMES("filter_by"),
    .check = check,
};
