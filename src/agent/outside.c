// outside.c: the words of outside.def in a text.
//
// A question about CSV files or branches of git shares words with pages of this field
// ("rows", "branches", "merge"); what it names besides tells that it is about neither.
#include "agent/outside.h"

#include <ctype.h>

#include "agent/pasted.h"
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

// The words from..to of `row` stand at `i`.
static bool stands_at(const Words *w, uint32_t i, const Words *row, uint32_t from,
                      uint32_t to) {
  if (from == to || i + (to - from) > w->count)
    return false;
  for (uint32_t k = from; k < to; k++, i++)
    if (!str_eq(w->items[i].stem, row->items[k].stem) &&
        !str_eq(w->items[i].lower, row->items[k].lower))
      return false;
  return true;
}

static bool is_comma(const Words *row, uint32_t k) {
  return row->items[k].kind == WORD_MARK && str_is(row->items[k].text, ",");
}

static bool says_any(const Words *w, const Words *row) {
  for (uint32_t from = 0, to; from < row->count; from = to + 1) {
    for (to = from; to < row->count && !is_comma(row, to);)
      to++;
    for (uint32_t i = 0; i < w->count; i++)
      if (stands_at(w, i, row, from, to))
        return true;
  }
  return false;
}

static bool says(Arena *arena, const Words *w, WordsKind kind) {
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    if (rows[i].kind != kind)
      continue;
    Words row = words_read(arena, str_from(rows[i].words));
    if (says_any(w, &row))
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

// True where one is a name of the API that is no English word: "MissingGreenlet",
// "contains_eager".
static bool names_api(Arena *arena, Str text) {
  for (size_t i = 0, from; i < text.len; i++) {
    bool marked = false;
    for (from = i;
         i < text.len && (isalnum((unsigned char)text.ptr[i]) || text.ptr[i] == '_'); i++)
      marked |= i > from && (text.ptr[i] == '_' || isupper((unsigned char)text.ptr[i]));
    if (marked && pasted_package(arena, str_slice(text, from, i)))
      return true;
  }
  return false;
}

bool outside_of_field(Arena *arena, Str text) {
  Words w = words_read(arena, text);
  bool tool = says(arena, &w, WORDS_TOOL);
  if (!tool && !says(arena, &w, WORDS_PLAIN))
    return false;
  if (says(arena, &w, WORDS_INSIDE) || names_api(arena, text))
    return false;
  return tool || (!says(arena, &w, WORDS_SHARED) && !names_code(&w));
}
