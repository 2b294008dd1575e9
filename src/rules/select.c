// select.c: selectors, layer by layer, from the least to the most specific.
#include "rules/select.h"

enum {
  EVERYTHING = 0,
  ONE_CATEGORY = 1,
  CODE_START = 2, // and one more for each further letter
  ONE_RULE = 20,
  NOTHING = -1
};

static bool is_category(Str selector) {
  for (int i = 0; i < CAT_COUNT; i++)
    if (str_is(selector, category_name((RuleCategory)i)))
      return true;
  return false;
}

bool selector_matches(Str selector, const Rule *rule) {
  if (str_is(selector, "ALL"))
    return true;
  if (is_category(selector))
    return str_is(selector, category_name(rule->category));
  return str_is(selector, rule->name) ||
         (selector.len && str_starts(str_from(rule->code), selector));
}

static int specificity(Str selector) {
  if (str_is(selector, "ALL"))
    return EVERYTHING;
  if (is_category(selector))
    return ONE_CATEGORY;
  int found = NOTHING;
  for (uint32_t i = 0; i < rules_count; i++) {
    if (str_is(selector, rules[i]->code) || str_is(selector, rules[i]->name))
      return ONE_RULE;
    if (selector_matches(selector, rules[i]))
      found = CODE_START + (int)selector.len;
  }
  return found;
}

static bool known(const Str *selectors, size_t count, Err *err) {
  for (size_t i = 0; i < count; i++) {
    if (specificity(selectors[i]) != NOTHING)
      continue;
    Str near = {0};
    enum {
      MOST = 1024
    };
    const char *names[MOST];
    size_t n = 0;
    for (int c = 0; c < CAT_COUNT; c++)
      names[n++] = category_name((RuleCategory)c);
    for (uint32_t r = 0; r < rules_count && n + 2 <= MOST; r++) {
      names[n++] = rules[r]->code;
      names[n++] = rules[r]->name;
    }
    near = nearest_name(selectors[i], names, n);
    if (near.len)
      return err_set(err, ERR_INPUT, "unknown rule selector '%.*s'; did you mean '%.*s'?",
                     STR_ARG(selectors[i]), STR_ARG(near));
    return err_set(err, ERR_INPUT,
                   "unknown rule selector '%.*s'; `aludel rules` lists "
                   "the rules",
                   STR_ARG(selectors[i]));
  }
  return true;
}

typedef struct {
  const Str *selectors;
  size_t count;
  int *levels; // how specific each of them is
  bool on;
} Selectors;

static void mark(Selection *s, const Selectors *m, int level) {
  for (size_t i = 0; i < m->count; i++) {
    if (m->levels[i] != level)
      continue;
    for (uint32_t r = 0; r < rules_count; r++)
      if (selector_matches(m->selectors[i], rules[r]))
        s->enabled[r] = m->on;
  }
}

void selection_init(Selection *s, Arena *arena) {
  s->enabled = arena_array(arena, bool, rules_count + 1);
  for (uint32_t i = 0; i < rules_count; i++)
    s->enabled[i] = !rules[i]->off;
}

bool selection_apply(Selection *s, const SelectLayer *layer, Err *err) {
  if (!known(layer->select, layer->select_count, err) ||
      !known(layer->ignore, layer->ignore_count, err) ||
      !known(layer->extend, layer->extend_count, err))
    return false;
  if (layer->has_select)
    memset(s->enabled, 0, rules_count * sizeof *s->enabled);
  Selectors lists[] = {{layer->select, layer->select_count, NULL, true},
                       {layer->extend, layer->extend_count, NULL, true},
                       {layer->ignore, layer->ignore_count, NULL, false}};
  for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
    lists[k].levels = mem_zalloc(lists[k].count + 1, sizeof(int));
    for (size_t i = 0; i < lists[k].count; i++)
      lists[k].levels[i] = specificity(lists[k].selectors[i]);
  }
  for (int level = EVERYTHING; level <= ONE_RULE; level++)
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
      mark(s, &lists[k], level);
  for (size_t k = 0; k < ARRAY_LEN(lists); k++)
    mem_free(lists[k].levels);
  return true;
}
