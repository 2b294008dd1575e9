// P106: two collections of one class loaded by joins multiply each other's rows.
#include "rules/util.h"

// The joinedload() that an option begins with: `joinedload(A.bs).selectinload(B.cs)`.
static Ref joined_at(RuleCtx *cx, Ref option) {
  while (py_kind(cx->tree, option) == PY_CALL) {
    if (resolve_call_api(cx->resolver, cx->file_id, option) ==
        API_sqlalchemy_orm_joinedload)
      return option;
    option = call_receiver(cx->tree, option);
  }
  return 0;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Value first = {0};
  for (uint32_t i = 0; i < call_positional_count(t, call); i++) {
    Ref option = call_positional(t, call, i);
    Ref joined = joined_at(cx, option);
    Ref attribute = joined ? call_positional(t, joined, 0) : 0;
    Value v = attribute ? rule_value(cx, attribute) : (Value){0};
    if (v.kind != VALUE_RELATIONSHIP || !(v.flags & VALUE_COLLECTION))
      continue;
    if (first.owner.ref && place_eq(first.owner, v.owner) && first.key != v.key) {
      rule_report(
          cx, py_span(t, option),
          "two collections joined to one query: each row of one comes with each row "
          "of the other; use selectinload()");
      return;
    }
    first = v;
  }
}

const Rule rule_joined_collections = {
    .code = "P106",
    .name = "multiple-joinedload-collections",
    .category = CAT_PERFORMANCE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "joinedload() of two collections of one class in the same query",
    .why =
        "The database sends their product: 100 orders and 100 notes of a user are 10,000 "
        "rows",
    .on = {PY_CALL},
    .names = RULE_NAMES("options"),
    .check = check,
};
