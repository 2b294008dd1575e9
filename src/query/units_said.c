// units_said.c: values that are spoken of: months and years, parameters.
#include "query/units_said.h"

static uint32_t month_of(Str lower) {
  static const char *const names[] = {"january",   "february", "march",    "april",
                                      "may",       "june",     "july",     "august",
                                      "september", "october",  "november", "december"};
  for (uint32_t i = 0; i < ARRAY_LEN(names); i++) {
    Str name = str_from(names[i]);
    if (str_eq(lower, name) ||
        (lower.len == 3 && name.len > 4 && str_starts(name, lower)))
      return i + 1;
  }
  return 0;
}

static bool is_year(const Words *w, uint32_t at) {
  return at < w->count && w->items[at].kind == WORD_NUMBER && !w->items[at].spelled &&
         w->items[at].number >= 1900 && w->items[at].number <= 2100 &&
         w->items[at].text.len == 4;
}

static bool word_is(const Words *w, uint32_t at, const char *list) {
  return at < w->count && words_in_list(list, w->items[at].lower);
}

static Unit value_unit(uint32_t from, uint32_t to, Literal v) {
  return (Unit){.cat = CAT_VALUE,
                .from = (uint8_t)from,
                .to = (uint8_t)to,
                .value = v,
                .hint = "",
                .weight = 1,
                .quoted = true};
}

bool unit_period(const Words *w, uint32_t at, Unit *out) {
  Literal v = {.kind = LITERAL_PERIOD};
  uint32_t month = month_of(w->items[at].lower);
  if (month &&
      (is_year(w, at + 1) || (word_is(w, at + 1, "of ,") && is_year(w, at + 2)))) {
    uint32_t year = at + 1 + !is_year(w, at + 1);
    v.number = w->items[year].number * 100 + month;
    *out = value_unit(at, year + 1, v);
    return true;
  }
  bool current = word_is(w, at, "this current");
  if (current && word_is(w, at + 1, "day week month year")) {
    v.text = w->items[at + 1].lower;
    *out = value_unit(at, at + 2, v);
    return true;
  }
  bool yesterday = word_is(w, at, "yesterday");
  if ((yesterday || word_is(w, at, "today")) && !(at && word_is(w, at - 1, "since"))) {
    v.text = STR("day");
    v.number = yesterday;
    *out = value_unit(at, at + 1, v);
    return true;
  }
  bool calendar = word_is(w, at, "last previous") && word_is(w, at + 1, "calendar") &&
                  word_is(w, at + 2, "week month year");
  if (calendar) {
    v.text = w->items[at + 2].lower;
    v.number = 1;
    *out = value_unit(at, at + 3, v);
  }
  return calendar;
}

// "min_price": a name of Python's kind that is no name of the models.
static uint32_t identifier_end(const Words *w, uint32_t at) {
  uint32_t i = at + 1;
  const Word *first = &w->items[at];
  if (first->kind != WORD_PLAIN || first->glued || first->capital)
    return at;
  while (i < w->count && w->items[i].glued && w->items[i - 1].end < w->text.len &&
         w->text.ptr[w->items[i - 1].end] == '_')
    i++;
  return i > at + 1 ? i : at;
}

static bool is_attribute(const QSchema *s, Str text) {
  for (uint32_t t = 0; t < s->table_count; t++) {
    if (str_eq_nocase(s->tables[t].table, text))
      return true;
    for (uint32_t c = 0; c < s->tables[t].column_count; c++)
      if (str_eq_nocase(s->tables[t].columns[c].attr, text) ||
          str_eq_nocase(s->tables[t].columns[c].name, text))
        return true;
  }
  return false;
}

// "a term", "some given text", "a search string".
static uint32_t nameless_end(const Words *w, uint32_t at) {
  uint32_t i = at;
  if (!word_is(w, i, "a an some the any"))
    return at;
  i++;
  bool given = false;
  while (word_is(w, i,
                 "given certain specific particular specified search passed "
                 "provided"))
    i++, given = true;
  if (word_is(w, i, "term keyword string substring prefix suffix threshold cutoff"))
    i++;
  else if (given && word_is(w, i, "text word value number date list pattern limit"))
    i++;
  else
    return at;
  if (i < w->count && w->items[i].kind == WORD_QUOTED)
    return at; // "the string 'x'"
  return i;
}

bool unit_given(const Words *w, const QSchema *s, uint32_t at, Arena *arena, Unit *out) {
  Literal v = {.kind = LITERAL_GIVEN};
  uint32_t end = identifier_end(w, at);
  if (end > at) {
    v.text = str_slice(w->text, w->items[at].start, w->items[end - 1].end);
    if (is_attribute(s, v.text))
      return false;
    *out = value_unit(at, end, v);
    return true;
  }
  end = nameless_end(w, at);
  if (end == at)
    return false;
  Str noun = w->items[end - 1].lower;
  v.text =
      words_in_list("term keyword prefix suffix substring pattern cutoff threshold", noun)
          ? str_copy(arena, noun)
          : STR("");
  *out = value_unit(at, end, v);
  return true;
}
