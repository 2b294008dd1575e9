// Registry: what is told about rules: the list, pages and numbers of them.
#ifndef RULES_REGISTRY_H
#define RULES_REGISTRY_H

#include "rules/rule.h"

typedef struct {
  const char *rule; // Rule.name
  const char *text; // first section of the rule's golden test
  uint32_t len;
} RulePage;

uint32_t rule_index(const Rule *rule); // in rules[]
// Examples in Markdown: the first section of tests/rules/<name>.md without its title.
Str rule_page(const Rule *rule);

#endif
