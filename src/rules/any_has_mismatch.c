// Q135: any() is for collections, has() for scalars; the other one raises.
#include "rules/util.h"

static void check(RuleCtx *cx, Ref call) {
  Str method = call_method_text(cx, call);
  bool any = str_is(method, "any");
  if (!any && !str_is(method, "has"))
    return;
  Value v = rule_value(cx, call_receiver(cx->tree, call));
  if (v.kind != VALUE_RELATIONSHIP || v.sure != SURE_PROVEN)
    return;
  const Model *model = models_of_class(cx->models, v.owner);
  const Relationship *r = model ? model_relationship(model, v.key) : NULL;
  if (!r || r->uselist == UNCLEAR || r->uselist == UNSET || (r->uselist == YES) == any)
    return;
  const char *right = any ? "has" : "any";
  uint32_t at = PY_AS(Attribute, cx->tree, PY_AS(Call, cx->tree, call)->func)->attr_at;
  Span span = {at, at + (uint32_t)method.len};
  Finding *f = rule_report(cx, span, "`%.*s()` is for %s relationships; use `%s()`",
                           STR_ARG(method), any ? "collection" : "scalar", right);
  if (rule_fix(cx, f, FIX_SAFE, "Use `%s()`", right))
    fix_replace(cx, span, str_from(right));
}

const Rule rule_any_has_mismatch = {
    .code = "Q135",
    .name = "any-has-mismatch",
    .category = CAT_QUERY,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "any() of a scalar relationship, or has() of a collection",
    .why = "SQLAlchemy raises InvalidRequestError: the two are not interchangeable",
    .on = {PY_CALL},
    .names = RULE_NAMES("any", "has"),
    .check = check,
};
