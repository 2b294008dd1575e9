// outside.c: the words of outside.def in a text.
//
// A question about CSV files or branches of git shares words with pages of this field
// ("rows", "branches", "merge"); what it names besides tells that it is about neither.
#include "agent/outside.h"

#include "query/words.h"

typedef enum {
  WORDS_TOOL,
  WORDS_PLAIN,
  WORDS_SHARED,
  WORDS_INSIDE
} WordsKind;

static const struct {
  WordsKind kind;
  const char *words;
} rows[] = {
#define TOOL(words) {WORDS_TOOL, words},
#define PLAIN(words) {WORDS_PLAIN, words},
#define SHARED(words) {WORDS_SHARED, words},
#define INSIDE(words) {WORDS_INSIDE, words},
#include "agent/outside.def"
};

static bool stands_at(const Words *w, uint32_t i, const Words *phrase) {
  if (!phrase->count || i + phrase->count > w->count)
    return false;
  for (uint32_t k = 0; k < phrase->count; k++)
    if (!str_eq(w->items[i + k].stem, phrase->items[k].stem) &&
        !str_eq(w->items[i + k].lower, phrase->items[k].lower))
      return false;
  return true;
}

static bool says_any(Arena *arena, const Words *w, const char *words) {
  Str rest = str_from(words), phrase;
  while (str_next_part(&rest, ',', &phrase)) {
    Words one = words_read(arena, phrase);
    for (uint32_t i = 0; i < w->count; i++)
      if (stands_at(w, i, &one))
        return true;
  }
  return false;
}

// "selectinload" and "sort_by" are found by their words; "to_sql", "MissingGreenlet" by
// their form.
static bool names_code(const Words *w) {
  for (uint32_t i = 0; i < w->count; i++)
    if (w->items[i].glued || w->items[i].kind == WORD_CODE)
      return true;
  return false;
}

bool outside_of_field(Arena *arena, Str text) {
  Words w = words_read(arena, text);
  bool said[4] = {false};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    said[rows[i].kind] |= says_any(arena, &w, rows[i].words);
  if (said[WORDS_TOOL])
    return !said[WORDS_INSIDE];
  return said[WORDS_PLAIN] && !said[WORDS_SHARED] && !said[WORDS_INSIDE] &&
         !names_code(&w);
}
