// sketch.c: votes of marks for the shapes of a query.
#include "query/sketch.h"

#include <stdlib.h>

typedef struct {
  const char *marks;
  int8_t votes[SKETCH_SHAPES]; // in eighths
} Row;

static const Row rows[] = {
#define SKETCH(marks, ...) {marks, {__VA_ARGS__}},
#include "query/sketch.def"
#undef SKETCH
};

enum {
  MARK_MAX = 24
};

typedef struct {
  char text[MARK_MAX];
} Mark;

static const Unit *unit_of(const Units *units, uint32_t at, Cat cat) {
  for (uint32_t i = units->first[at]; i < units->first[at + 1]; i++)
    if (units->items[i].cat == cat)
      return &units->items[i];
  return NULL;
}

Str sketch_mark(const Units *units, uint32_t at) {
  const Word *w = &units->words->items[at];
  const Unit *other = unit_of(units, at, CAT_OTHER), *name = unit_of(units, at, CAT_NAME);
  float known = other ? other->weight : 0;
  if (w->kind == WORD_QUOTED || w->kind == WORD_CODE || w->kind == WORD_DATE)
    return STR("V");
  if (w->kind == WORD_NUMBER)
    return STR("N");
  if (known > 0.4f && known < 0.6f)
    return w->lower;
  if (known > 0.6f)
    return name && name->hits[0].column < 0 ? STR("T") : STR("C");
  return w->capital && !w->first ? STR("V") : w->stem;
}

// The marks of all words, runs of one value as one mark, between "^" and "$".
static uint32_t read_marks(const Units *units, Mark *out) {
  uint32_t n = 0;
  for (uint32_t i = 0; i <= units->words->count + 1; i++) {
    Str s = i == 0                         ? STR("^")
            : i == units->words->count + 1 ? STR("$")
                                           : sketch_mark(units, i - 1);
    if (s.len >= MARK_MAX)
      s.len = MARK_MAX - 1;
    if (n && str_is(s, "V") && str_is(s, out[n - 1].text))
      continue;
    memcpy(out[n].text, s.ptr, s.len);
    out[n++].text[s.len] = 0;
  }
  return n;
}

static int by_marks(const void *key, const void *row) {
  return strcmp(key, ((const Row *)row)->marks);
}

static void vote(const char *marks, float *out) {
  const Row *row = bsearch(marks, rows, ARRAY_LEN(rows), sizeof *rows, by_marks);
  for (uint32_t k = 0; row && k < SKETCH_SHAPES; k++)
    out[k] += (float)row->votes[k] / 8;
}

void sketch_read(const Units *units, float out[SKETCH_SHAPES]) {
  Mark marks[WORDS_MAX + 2];
  char pair[2 * MARK_MAX + 1];
  uint32_t n = read_marks(units, marks);
  memset(out, 0, SKETCH_SHAPES * sizeof *out);
  vote("", out); // what holds for any request
  for (uint32_t i = 0; i < n; i++) {
    vote(marks[i].text, out);
    if (i + 1 == n)
      break;
    size_t len = strlen(marks[i].text);
    memcpy(pair, marks[i].text, len);
    pair[len] = ' ';
    memcpy(pair + len + 1, marks[i + 1].text, strlen(marks[i + 1].text) + 1);
    vote(pair, out);
  }
}

void sketch_marks(const Units *units, Buf *out) {
  Mark marks[WORDS_MAX + 2];
  uint32_t n = read_marks(units, marks);
  for (uint32_t i = 0; i < n; i++)
    buf_printf(out, "%s%s", i ? " " : "", marks[i].text);
}

uint32_t sketch_of(const Meaning *m, uint32_t joins) {
  bool count = false, aggregate = false, distinct = m->distinct, nested = false;
  for (uint32_t i = 0; i < m->output_count; i++) {
    count |= m->outputs[i].kind == ITEM_COUNT;
    aggregate |= m->outputs[i].agg != AGG_NONE;
    distinct |= m->outputs[i].distinct;
  }
  for (uint32_t i = 0; i < m->condition_count; i++)
    nested |= m->conditions[i].side == SIDE_AGGREGATE;
  bool shapes[SKETCH_SHAPES] = {
      [SKETCH_DISTINCT] = distinct,
      [SKETCH_GROUP] = m->group_count > 0,
      [SKETCH_HAVING] = m->having_count > 0,
      [SKETCH_ORDER] = m->order_count > 0 && !m->limit,
      [SKETCH_LIMIT] = m->limit > 0,
      [SKETCH_SET] = m->set || m->scope_count,
      [SKETCH_NESTED] = nested,
      [SKETCH_COUNT] = count,
      [SKETCH_AGGREGATE] = aggregate,
      [SKETCH_ONE] = m->output_count == 1,
      [SKETCH_MANY] = m->output_count > 2,
      [SKETCH_JOIN] = joins > 0,
      [SKETCH_WHERE] = m->condition_count > m->set,
  };
  uint32_t out = 0;
  for (uint32_t i = 0; i < SKETCH_SHAPES; i++)
    out |= (uint32_t)shapes[i] << i;
  return out;
}
