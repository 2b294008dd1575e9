// rules.c: the registry of rules and the names of its enums.
#include "rules/registry.h"

#define RULE(name) extern const Rule rule_##name;
#include "rules/rules.def"
#undef RULE

const Rule *const rules[] = {
#define RULE(name) &rule_##name,
#include "rules/rules.def"
#undef RULE
};
const uint32_t rules_count = ARRAY_LEN(rules);

const Rule *rule_find(Str code_or_name) {
  for (uint32_t i = 0; i < rules_count; i++)
    if (str_eq_nocase(code_or_name, str_from(rules[i]->code)) ||
        str_is(code_or_name, rules[i]->name))
      return rules[i];
  return NULL;
}

uint32_t rule_index(const Rule *rule) {
  for (uint32_t i = 0; i < rules_count; i++)
    if (rules[i] == rule)
      return i;
  BUG("a rule without a row in rules.def");
}

static const struct {
  const char *name, *title;
} categories[] = {
#define CATEGORY(id, name, title) {name, title},
#include "rules/categories.def"
#undef CATEGORY
};
_Static_assert(ARRAY_LEN(categories) == CAT_COUNT, "one row for each category");

const char *category_name(RuleCategory c) {
  return categories[c].name;
}
const char *category_title(RuleCategory c) {
  return categories[c].title;
}

const char *fix_level_name(FixLevel level) {
  static const char *const names[] = {"none", "show", "unsafe", "safe"};
  return names[level];
}

const char *severity_name(Severity s) {
  static const char *const names[] = {"info", "warning", "error"};
  return names[s];
}

extern const RulePage rule_pages[]; // written by tools/embed.c from tests/rules
extern const uint32_t rule_pages_count;

Str rule_page(const Rule *rule) {
  for (uint32_t i = 0; i < rule_pages_count; i++)
    if (!strcmp(rule_pages[i].rule, rule->name))
      return (Str){rule_pages[i].text, rule_pages[i].len};
  return (Str){0};
}
