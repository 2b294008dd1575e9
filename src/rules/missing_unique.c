// Q125: joined eager loading of a collection repeats rows; 2.x wants unique() said.
#include "rules/util.h"

static bool is_terminal(Str name) {
  static const char *const names[] = {
      "all", "columns",     "fetchall",   "fetchmany",  "fetchone",
      "one", "one_or_none", "partitions", "scalar_one", "scalar_one_or_none"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Str method = call_method_text(cx, call);
  if (!method.len || !is_terminal(method))
    return;
  Value v = rule_value(cx, call_receiver(t, call));
  if ((v.kind != VALUE_RESULT && v.kind != VALUE_SCALAR_RESULT) || !v.shape)
    return;
  uint32_t flags = v.shape->flags;
  if (!(flags & SHAPE_EAGER_COLLECTION) || flags & SHAPE_UNIQUE || !(flags & SHAPE_WHOLE))
    return;
  uint32_t at = PY_AS(Attribute, t, PY_AS(Call, t, call)->func)->attr_at;
  Finding *f = rule_report(cx, (Span){at, at + (uint32_t)method.len},
                           "a collection is loaded by a join; `unique()` has to come "
                           "before `%.*s()`",
                           STR_ARG(method));
  if (flags & SHAPE_YIELD_PER)
    rule_refuse(cx, f, "with yield_per() unique() is not possible; use selectinload()");
  else if (rule_fix(cx, f, level_of(v), "Insert `unique()`"))
    fix_insert(cx, at, STR("unique()."));
}

const Rule rule_missing_unique = {
    .code = "Q125",
    .name = "missing-unique",
    .category = CAT_QUERY,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A result with a joined eager load of a collection, without unique()",
    .why =
        "InvalidRequestError is raised: the join repeats each parent row, and 2.x does "
        "not drop the repetitions by itself",
    .on = {PY_CALL},
    .names = RULE_NAMES("all", "columns", "fetchall", "fetchmany", "fetchone", "one",
                        "one_or_none", "partitions", "scalar_one", "scalar_one_or_none"),
    .check = check,
};
