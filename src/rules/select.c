// select.c: selectors, layer by layer, from the least to the most specific.
#include "rules/select.h"

enum {
  EVERYTHING = 0,
  ONE_CATEGORY = 1,
  CODE_START = 2, // and one more for each further letter
  ONE_RULE = 20,
  NOTHING = -1
};

// A selector, looked up: which rules it names, and how specific it is.
typedef struct {
  int level;           // NOTHING: it names none
  int category;        // where level is ONE_CATEGORY
  uint32_t first, end; // else the rules from `first` up to `end`; their codes are sorted
} Named;

static Named look_up(Str selector) {
  if (str_is(selector, "ALL"))
    return (Named){EVERYTHING, 0, 0, rules_count};
  Named named = {.level = NOTHING};
  for (int i = 0; i < CAT_COUNT; i++)
    if (str_is(selector, category_name((RuleCategory)i)))
      return (Named){.level = ONE_CATEGORY, .category = i};
  for (uint32_t i = 0; selector.len && i < rules_count; i++) {
    const char *code = rules[i]->code, *name = rules[i]->name;
    bool starts = code[0] == selector.ptr[0] && str_starts(str_from(code), selector);
    bool whole = starts && strlen(code) == selector.len;
    if (whole || (name[0] == selector.ptr[0] && str_is(selector, name)))
      return (Named){ONE_RULE, 0, i, i + 1};
    if (starts && named.level == NOTHING)
      named = (Named){CODE_START + (int)selector.len, 0, i, i};
    if (starts)
      named.end = i + 1;
  }
  return named;
}

static bool names_rule(const Named *named, uint32_t rule) {
  if (named->level == ONE_CATEGORY)
    return (int)rules[rule]->category == named->category;
  return named->level != NOTHING && named->first <= rule && rule < named->end;
}

void selectors_mark(const Str *selectors, size_t count, bool *marked) {
  for (size_t i = 0; i < count; i++) {
    Named named = look_up(selectors[i]);
    for (uint32_t r = 0; r < rules_count; r++)
      marked[r] = marked[r] || names_rule(&named, r);
  }
}

static bool refuse(Str selector, Err *err) {
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
  Str near = nearest_name(selector, names, n);
  if (near.len)
    return err_set(err, ERR_INPUT, "unknown rule selector '%.*s'; did you mean '%.*s'?",
                   STR_ARG(selector), STR_ARG(near));
  return err_set(err, ERR_INPUT,
                 "unknown rule selector '%.*s'; `aludel rules` lists the rules",
                 STR_ARG(selector));
}

typedef struct {
  Named *items;
  size_t count;
  bool on;
} Selectors;

// False with the first selector that names nothing.
static bool look_up_all(Selectors *out, const Str *selectors, size_t count, bool on,
                        Err *err) {
  *out = (Selectors){mem_zalloc(count + 1, sizeof *out->items), count, on};
  for (size_t i = 0; i < count; i++) {
    out->items[i] = look_up(selectors[i]);
    if (out->items[i].level == NOTHING)
      return refuse(selectors[i], err);
  }
  return true;
}

static void mark(Selection *s, const Selectors *m, int level) {
  for (size_t i = 0; i < m->count; i++)
    for (uint32_t r = 0; m->items[i].level == level && r < rules_count; r++)
      if (names_rule(&m->items[i], r))
        s->enabled[r] = m->on;
}

void selection_init(Selection *s, Arena *arena) {
  s->enabled = arena_array(arena, bool, rules_count + 1);
  for (uint32_t i = 0; i < rules_count; i++)
    s->enabled[i] = !rules[i]->off;
}

bool selection_apply(Selection *s, const SelectLayer *layer, Err *err) {
  enum {
    SELECT,
    EXTEND,
    IGNORE,
    LISTS
  };
  Selectors lists[LISTS] = {0};
  bool ok = look_up_all(&lists[SELECT], layer->select, layer->select_count, true, err) &&
            look_up_all(&lists[IGNORE], layer->ignore, layer->ignore_count, false, err) &&
            look_up_all(&lists[EXTEND], layer->extend, layer->extend_count, true, err);
  if (ok && layer->has_select)
    memset(s->enabled, 0, rules_count * sizeof *s->enabled);
  for (int level = EVERYTHING; ok && level <= ONE_RULE; level++)
    for (size_t k = 0; k < LISTS; k++)
      mark(s, &lists[k], level);
  for (size_t k = 0; k < LISTS; k++)
    mem_free(lists[k].items);
  return ok;
}
