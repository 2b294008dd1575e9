// lexicon.c: steps as keys, and their weights.
#include "query/lexicon.h"

#include <stdlib.h>

#include "query/sketch.h"

typedef struct {
  uint32_t hash;  // of the key
  int16_t weight; // in 64ths
} Row;

static const Row rows[] = {
#define LEXICON(hash, weight, key) {hash, weight},
#include "query/lexicon.def"
#undef LEXICON
};

typedef struct {
  char text[LEXICON_KEY];
  uint32_t len;
} Key;

static void key_add(Key *k, Str s) {
  for (size_t i = 0; i < s.len && k->len < LEXICON_KEY - 1; i++)
    k->text[k->len++] = s.ptr[i] == ' ' ? '_' : s.ptr[i];
}

static uint32_t key_hash(const Key *k) { // FNV-1a
  uint32_t h = 2166136261u;
  for (uint32_t i = 0; i < k->len; i++)
    h = (h ^ (unsigned char)k->text[i]) * 16777619u;
  return h;
}

typedef struct {
  float sum;
  Buf *out; // NULL: only the sum
} Sink;

static void give(Sink *sink, const Key *k) {
  if (sink->out) {
    buf_printf(sink->out, "%s%.*s", sink->out->len ? " " : "", (int)k->len, k->text);
    return;
  }
  uint32_t hash = key_hash(k);
  size_t low = 0, high = ARRAY_LEN(rows);
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (rows[middle].hash < hash)
      low = middle + 1;
    else
      high = middle;
  }
  if (low < ARRAY_LEN(rows) && rows[low].hash == hash)
    sink->sum += (float)rows[low].weight / 64;
}

static void give_three(Sink *sink, Str a, Str b, const char *how, Str mark) {
  Key k = {.len = 0};
  key_add(&k, a);
  key_add(&k, STR(":"));
  key_add(&k, b);
  key_add(&k, STR(":"));
  key_add(&k, str_from(how));
  key_add(&k, mark);
  give(sink, &k);
}

// What kind of column it is, in letters: type, key, foreign key, unique, name.
static Str kind_of(const QTable *t, int column, char buffer[8]) {
  static const char types[] = "?ifsbddtex";
  const QColumn *c = &t->columns[column];
  uint32_t n = 0;
  buffer[n++] = types[c->type];
  if (c->primary_key)
    buffer[n++] = 'k';
  if (c->foreign_key)
    buffer[n++] = 'f';
  if (c->unique)
    buffer[n++] = 'u';
  if (t->name_column == column)
    buffer[n++] = 'n';
  return (Str){buffer, n};
}

static void give_column(Sink *sink, const QSchema *s, const Step *step, Str before,
                        Str at, Str behind) {
  static const char *const letters[] = {"F", "C", "O", "R", "G"};
  const QTable *t = &s->tables[step->table];
  const QColumn *c = &t->columns[step->column];
  char buffer[8];
  Str letter = str_from(letters[step->kind]), kind = kind_of(t, step->column, buffer);
  Str head = c->name_count && c->names[0].count ? c->names[0].stems[c->names[0].count - 1]
                                                : STR("?");
  give_three(sink, letter, head, "<", before);
  give_three(sink, letter, kind, "<", before);
  give_three(sink, letter, kind, ">", behind);
  if (step->kind == STEP_ORDER)
    give_three(sink, letter, head, "=", at);
}

static void walk(const Units *units, const Steps *s, const char *const *names,
                 Sink *sink) {
  for (uint32_t i = 0; i < s->count; i++) {
    const Step *step = &s->items[i];
    Str before = step->from ? sketch_mark(units, step->from - 1u) : STR("^");
    Str at = sketch_mark(units, step->from);
    Str behind = step->to < units->words->count ? sketch_mark(units, step->to) : STR("$");
    if (step->kind != STEP_FEATURE) {
      give_column(sink, units->schema, step, before, at, behind);
      continue;
    }
    Str name = str_from(names[step->column]);
    give_three(sink, STR("F"), name, "=", at);
    give_three(sink, STR("F"), name, "<", before);
    give_three(sink, STR("F"), name, ">", behind);
  }
}

float lexicon_score(const Units *units, const Steps *s, const char *const *names) {
  Sink sink = {0};
  walk(units, s, names, &sink);
  return sink.sum;
}

void lexicon_keys(const Units *units, const Steps *s, const char *const *names,
                  Buf *out) {
  Sink sink = {.out = out};
  walk(units, s, names, &sink);
}
