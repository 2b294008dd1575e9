// M329: operators that 1.4 named anew; the old names stay for now.
#include "rules/util.h"

static const struct {
  const char *old, *now;
} names[] = {{"isnot", "is_not"},        {"isnot_distinct_from", "is_not_distinct_from"},
             {"notilike", "not_ilike"},  {"notin_", "not_in"},
             {"notlike", "not_like"},    {"nullsfirst", "nulls_first"},
             {"nullslast", "nulls_last"}};

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyAttribute *a = PY_AS(Attribute, t, node);
  if (!a->attr || cx->oldest == SQLALCHEMY_UNKNOWN)
    return; // 1.3 does not know the new names
  Str attr = atom_str(cx->project->names, a->attr);
  for (size_t i = 0; i < ARRAY_LEN(names); i++) {
    if (!str_is(attr, names[i].old))
      continue;
    Value v = rule_value(cx, a->value);
    if (!is_sql(v) && v.kind != VALUE_ORDERING)
      return;
    Span span = {a->attr_at, a->attr_at + (uint32_t)attr.len};
    Finding *f = rule_report(cx, span, "`%s()` is called `%s()` since 1.4", names[i].old,
                             names[i].now);
    if (rule_fix(cx, f, level_of(v), "Use `%s()`", names[i].now))
      fix_replace(cx, span, str_from(names[i].now));
    return;
  }
}

const Rule rule_renamed_operators = {
    .code = "M329",
    .name = "renamed-operators",
    .category = CAT_MIGRATION,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .priority = 1,
    .severity = SEVERITY_INFO,
    .what = "An operator under the name that it had before 1.4",
    .why = "The names follow one pattern since 1.4; the old ones are kept as aliases",
    .on = {PY_ATTRIBUTE},
    .names = RULE_NAMES("isnot", "isnot_distinct_from", "notilike", "notin_", "notlike",
                        "nullsfirst", "nullslast"),
    .check = check,
};
