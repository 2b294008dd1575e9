// rephrase.c: rows of rephrase.def, then what the models tell of the words.
#include "query/rephrase.h"

#include "base/regex.h"
#include "query/rephrase_change.h"
#include "query/units_said.h"

// ---- Names

static bool stem_in(const QName *names, uint32_t count, Str stem) {
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t k = 0; k < names[i].count; k++)
      if (str_eq(names[i].stems[k], stem))
        return true;
  return false;
}

// ... or one that says the same: "applied" of an application.
static bool means_in(const QName *names, uint32_t count, Str stem) {
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t k = 0; k < names[i].count; k++)
      if (units_word_means(names[i].stems[k], stem))
        return true;
  return false;
}

static bool is_known(const QSchema *s, const Word *w) {
  for (uint32_t t = 0; t < s->table_count; t++) {
    if (stem_in(s->tables[t].names, s->tables[t].name_count, w->stem))
      return true;
    for (uint32_t c = 0; c < s->tables[t].column_count; c++)
      if (stem_in(s->tables[t].columns[c].names, s->tables[t].columns[c].name_count,
                  w->stem))
        return true;
  }
  return false;
}

// ---- Phrases

static const struct {
  const char *pattern, *by;
} rows[] = {
#define REPHRASE(pattern, by) {"(?i)" pattern, by},
#include "query/rephrase.def"
};

static Str put_groups(Arena *arena, const char *by, const RegexMatch *match) {
  Buf out = {0};
  for (const char *p = by; *p; p++) {
    if (*p != '$') {
      buf_add_char(&out, *p);
      continue;
    }
    Str group = match->groups[*++p - '0'];
    if (group.ptr)
      buf_add_str(&out, group);
  }
  Str s = str_copy(arena, buf_str(&out));
  buf_free(&out);
  return s;
}

static Str splice(Arena *arena, Str text, size_t from, size_t to, Str by) {
  return str_format(arena, "%.*s%.*s%.*s", (int)from, text.ptr, STR_ARG(by),
                    (int)(text.len - to), text.ptr + to);
}

static bool is_reused(const char *by, const RegexMatch *match, Str word) {
  for (const char *p = by; *p; p++) {
    if (*p != '$')
      continue;
    Str group = match->groups[*++p - '0'];
    if (group.ptr && group.ptr < word.ptr + word.len && word.ptr < group.ptr + group.len)
      return true;
  }
  return false;
}

// A row may take away the words that it names, and words of grammar. What else its
// wildcards took is added to `dropped`; false where that is a name or a value.
static bool takes_only_talk(Arena *arena, const QSchema *s, size_t row,
                            const RegexMatch *match, Buf *dropped) {
  Words w = words_read(arena, match->groups[0]);
  Buf unknown = {0};
  bool talk = !w.cut;
  Str pattern = str_from(rows[row].pattern);
  for (uint32_t i = 0; talk && i < w.count; i++) {
    const Word *word = &w.items[i];
    if (word->kind == WORD_MARK || str_find(pattern, word->lower, 0) != SIZE_MAX ||
        is_reused(rows[row].by, match,
                  str_slice(match->groups[0], word->start, word->end)))
      continue;
    if (word->kind != WORD_PLAIN || is_known(s, word))
      talk = false;
    else if (!units_is_function_word(word->lower))
      buf_printf(&unknown, "%s%.*s", dropped->len + unknown.len ? " " : "",
                 STR_ARG(word->text));
  }
  if (talk)
    buf_add_str(dropped, buf_str(&unknown));
  buf_free(&unknown);
  return talk;
}

static void by_rows(Arena *arena, const QSchema *s, Rephrased *r) {
  enum {
    MOST = 4 // times a row may fit
  };
  Buf dropped = {0};
  Str text = r->text;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    Regex *row = regex_new(str_from(rows[i].pattern));
    RegexMatch match;
    size_t at = 0;
    for (int n = 0; n < MOST && regex_find(row, text, at, &match); n++) {
      size_t from = (size_t)(match.groups[0].ptr - text.ptr);
      if (!takes_only_talk(arena, s, i, &match, &dropped))
        break;
      Str by = put_groups(arena, rows[i].by, &match);
      text = splice(arena, text, from, from + match.groups[0].len, by);
      at = from + by.len;
    }
    regex_free(row);
  }
  r->text = text;
  r->dropped = str_copy(arena, buf_str(&dropped));
  buf_free(&dropped);
}

// ---- Pages by number

static int32_t number_of(Str digits) {
  int32_t n = 0;
  for (size_t i = 0; i < digits.len && n < 100000; i++)
    n = n * 10 + (digits.ptr[i] - '0');
  return n;
}

static void take_page(Arena *arena, Rephrased *r) {
  static const char *const patterns[] = {
      "(?i)[,;]?\\s*\\bpage\\s+(\\d+)\\s*(?:,|with|and|of|at)?\\s*(\\d+)\\s*(?:\\w+\\s+)?"
      "(?:per|a|on\\s+each|each)\\s*page",
      "(?i)[,;]?\\s*\\bpage\\s+(\\d+)\\s*\\(?\\s*(?:page\\s+)?size\\s+(\\d+)\\)?",
  };
  for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
    RegexMatch match;
    Regex *re = regex_new(str_from(patterns[i]));
    bool found = regex_find(re, r->text, 0, &match);
    regex_free(re);
    if (!found)
      continue;
    int32_t page = number_of(match.groups[1]), size = number_of(match.groups[2]);
    size_t from = (size_t)(match.groups[0].ptr - r->text.ptr);
    if (page < 1 || size < 1)
      return;
    r->limit = size;
    r->offset = (page - 1) * size;
    r->text = splice(arena, r->text, from, from + match.groups[0].len, STR(""));
    return;
  }
}

static void take_distinct(Arena *arena, Rephrased *r) {
  RegexMatch match;
  Regex *re = regex_new(STR(
      "(?i)[,?.;]?\\s*\\b(?:no|without(?:\\s+any)?)\\s+(?:duplicates|dupes|doubles)\\b"));
  r->distinct = regex_find(re, r->text, 0, &match);
  if (r->distinct) {
    size_t from = (size_t)(match.groups[0].ptr - r->text.ptr);
    r->text = splice(arena, r->text, from, from + match.groups[0].len, STR(""));
  }
  regex_free(re);
}

// ---- The models

static int table_of(const QSchema *s, const Word *w) {
  for (uint32_t t = 0; t < s->table_count; t++)
    for (uint32_t n = 0; n < s->tables[t].name_count; n++)
      if (s->tables[t].names[n].count == 1 &&
          str_eq(s->tables[t].names[n].stems[0], w->stem))
        return (int)t;
  return -1;
}

static int first_table(const QSchema *s, const Words *w) {
  for (uint32_t i = 0; i < w->count; i++)
    if (table_of(s, &w->items[i]) >= 0)
      return table_of(s, &w->items[i]);
  return -1;
}

// The column of the table one of whose words has this stem; -1 for none or several.
static int column_of(const QSchema *s, int table, Str stem) {
  int found = -1;
  for (uint32_t c = 0; c < s->tables[table].column_count; c++) {
    const QColumn *column = &s->tables[table].columns[c];
    if (column->foreign_key || !stem_in(column->names, column->name_count, stem))
      continue;
    if (found >= 0)
      return -1;
    found = (int)c;
  }
  return found;
}

static Str plural_of(const QSchema *s, int t, Arena *arena) {
  Buf out = {0};
  Str cls = s->tables[t].cls;
  for (size_t i = 0; i < cls.len; i++) {
    bool upper = cls.ptr[i] >= 'A' && cls.ptr[i] <= 'Z';
    if (upper && i)
      buf_add_char(&out, ' ');
    buf_add_char(&out, upper ? (char)(cls.ptr[i] + 32) : cls.ptr[i]);
  }
  Str plural = words_plural(arena, str_copy(arena, buf_str(&out)));
  buf_free(&out);
  return plural;
}

// The one table that `t` has many of, -1 for none or several; with a stem that one whose
// name has it.
static int many_of(const QSchema *s, int t, Str stem) {
  int found = -1;
  for (uint32_t e = 0; e < s->edge_count; e++) {
    const QEdge *edge = &s->edges[e];
    int other = edge->a == t && edge->many_a   ? edge->b
                : edge->b == t && edge->many_b ? edge->a
                                               : -1;
    if (other < 0 || other == t)
      continue;
    if (stem.len) {
      if (means_in(s->tables[other].names, s->tables[other].name_count, stem))
        return other;
      continue;
    }
    if (found >= 0 && found != other)
      return -2;
    found = other;
  }
  return found;
}

// ---- Words as the models have them; each gives the text anew, or as it was

// "skills nobody has", "posts nobody has commented on"
static Str nobody(Str text, const Words *w, const QSchema *s, Arena *arena) {
  for (uint32_t i = 0; i < w->count; i++) {
    if (!words_in_list("nobody", w->items[i].lower))
      continue;
    uint32_t from = i, at = i + 1;
    int t = from ? table_of(s, &w->items[from - 1]) : -1;
    if (t < 0 && from > 1 && words_in_list("that which", w->items[from - 1].lower)) {
      from--;
      t = table_of(s, &w->items[from - 1]);
    }
    while (at < w->count && words_in_list("has have had ever", w->items[at].lower))
      at++;
    if (t < 0)
      return text;
    bool verb = at < w->count && w->items[at].kind == WORD_PLAIN;
    int other = many_of(s, t, verb ? w->items[at].stem : STR(""));
    if (other < 0)
      return text;
    at += verb;
    bool stranded = verb && at < w->count && // "has commented on"
                    words_in_list("on in for at to about with", w->items[at].lower) &&
                    (at + 1 >= w->count || w->items[at + 1].kind == WORD_MARK);
    at += stranded;
    return splice(arena, text, w->items[from].start, w->items[at - 1].end,
                  str_format(arena, "without %.*s", STR_ARG(plural_of(s, other, arena))));
  }
  return text;
}

// "products tagged sale": the table's name as a verb, with a value.
static Str verb_of_table(Str text, const Words *w, const QSchema *s, Arena *arena) {
  for (uint32_t i = 1; i + 1 < w->count; i++) {
    const Word *verb = &w->items[i], *value = &w->items[i + 1];
    bool past = str_ends(verb->lower, STR("ed"));
    int t = past ? table_of(s, verb) : -1;
    if (past && t < 0) { // "tagged" has the stem "tag" only without the doubled letter
      Str cut = str_slice(verb->lower, 0, verb->lower.len - 2);
      if (cut.len > 3 && cut.ptr[cut.len - 1] == cut.ptr[cut.len - 2])
        cut.len--;
      Word noun = {.stem = words_stem(arena, cut)};
      t = table_of(s, &noun);
    }
    if (t < 0 || s->tables[t].name_column < 0)
      continue;
    bool with = words_in_list("with as", value->lower);
    value += with && i + 2 < w->count;
    if ((value->kind != WORD_PLAIN && value->kind != WORD_QUOTED) || is_known(s, value) ||
        words_in_list("by in on at since before after with both anything something "
                      "nothing everything any some more less yet",
                      value->lower))
      continue;
    Str literal = value->kind == WORD_QUOTED ? value->value : value->text, more = {0};
    Str column = qschema_column(s, t, s->tables[t].name_column)->attr;
    const Word *last = value, *end = w->items + w->count;
    if (value + 2 < end && words_in_list("or", value[1].lower) && // "bug or urgent"
        value[2].kind == WORD_PLAIN && !is_known(s, value + 2) &&
        !units_is_function_word(value[2].lower)) {
      last = value + 2;
      more = str_format(arena, " or \"%.*s\"", STR_ARG(last->text));
    }
    return splice(arena, text, verb->start, last->end,
                  str_format(arena, "whose %.*s %.*s is \"%.*s\"%.*s",
                             STR_ARG(words_singular(arena, plural_of(s, t, arena))),
                             STR_ARG(column), STR_ARG(literal), STR_ARG(more)));
  }
  return text;
}

// "hired in 2024", "released in 2015", "created before 2024": years of a date.
static Str years(Str text, const Words *w, const QSchema *s, Arena *arena) {
  int t = first_table(s, w);
  for (uint32_t i = 0; i + 2 < w->count; i++) {
    const Word *prep = &w->items[i + 1], *year = &w->items[i + 2];
    if (year->kind != WORD_NUMBER || year->text.len != 4 || year->number < 1900 ||
        year->number > 2100 ||
        !words_in_list("in during before after since", prep->lower))
      continue;
    int table = t, column = -1;
    for (uint32_t k = 0; k < s->table_count && column < 0; k++) {
      table = t >= 0 ? t : (int)k;
      column = column_of(s, table, w->items[i].stem);
      if (t >= 0)
        break;
    }
    if (column < 0)
      continue;
    const QColumn *c = qschema_column(s, table, column);
    if (c->type != QTYPE_DATE && c->type != QTYPE_DATETIME)
      continue;
    int y = (int)year->number;
    bool whole = words_in_list("in during", prep->lower);
    bool after = words_in_list("after", prep->lower);
    Str when = whole ? str_format(arena, "is between %d-01-01 and %d-12-31", y, y)
                     : str_format(arena, "is %.*s %d-%s", STR_ARG(prep->lower), y,
                                  after ? "12-31" : "01-01");
    uint32_t end = i + 2;
    if (whole && i + 4 < w->count && words_in_list("or and", w->items[i + 3].lower) &&
        words_in_list("later after newer earlier before older", w->items[i + 4].lower)) {
      bool later = words_in_list("later after newer", w->items[i + 4].lower);
      when = later ? str_format(arena, "is at least %d-01-01", y)
                   : str_format(arena, "is at most %d-12-31", y);
      end = i + 4;
    }
    uint32_t from = i;
    while (from &&
           words_in_list("was were been is are who that which", w->items[from - 1].lower))
      from--;
    Str whose = str_format(arena, "%.*s whose %.*s %.*s",
                           STR_ARG(t < 0 ? plural_of(s, table, arena) : STR("")),
                           STR_ARG(c->attr), STR_ARG(when));
    return splice(arena, text, w->items[from].start, w->items[end].end, str_trim(whose));
  }
  return text;
}

// "status new or shipped": values of a text column, which are no words of anything.
static Str quote_values(Str text, const Words *w, const QSchema *s, Arena *arena) {
  for (uint32_t i = 0; i + 2 < w->count; i++) {
    int text_column = 0;
    for (uint32_t t = 0; t < s->table_count; t++) {
      int c = column_of(s, (int)t, w->items[i].stem);
      if (c >= 0 && (qschema_column(s, (int)t, c)->type == QTYPE_STRING))
        text_column++;
    }
    uint32_t at = i + 1;
    while (at < w->count && words_in_list("is are of being either", w->items[at].lower))
      at++;
    if (!text_column || at + 2 >= w->count ||
        !words_in_list("or", w->items[at + 1].lower))
      continue;
    const Word *a = &w->items[at], *b = &w->items[at + 2];
    if (a->kind != WORD_PLAIN || b->kind != WORD_PLAIN || is_known(s, a) ||
        is_known(s, b))
      continue;
    return splice(
        arena, text, a->start, b->end,
        str_format(arena, "\"%.*s\" or \"%.*s\"", STR_ARG(a->text), STR_ARG(b->text)));
  }
  return text;
}

static bool has_place(const QSchema *s, int t) {
  uint32_t rank;
  bool turned, stands = false; // what stands somewhere, as no department does
  for (uint32_t n = 0; n < s->tables[t].name_count; n++)
    for (uint32_t i = 0; i < s->tables[t].names[n].count; i++)
      stands |=
          words_in_list("depot branch store warehous shop hotel school offic station "
                        "site venu clinic hospit build airport factori plant",
                        s->tables[t].names[n].stems[i]);
  if (!stands)
    return false;
  for (uint32_t c = 0; c < s->tables[t].column_count; c++)
    if (s->tables[t].columns[c].type == QTYPE_STRING &&
        units_hint_fits("citi countri locat town state region", &s->tables[t].columns[c],
                        &rank, &turned))
      return true;
  return false;
}

// "in Sales": the name of what the rows belong to, where there is one such table.
static Str of_parent(Str text, const Words *w, const QSchema *s, Arena *arena) {
  int t = first_table(s, w);
  for (uint32_t i = 1; t >= 0 && i + 1 < w->count; i++) {
    const Word *value = &w->items[i + 1];
    if (!words_in_list("in", w->items[i].lower) || !value->capital || value->upper ||
        value->kind != WORD_PLAIN || is_known(s, value) || units_place_kind(value->text))
      continue;
    Unit period;
    if (unit_period(w, i + 1, &period)) // "in March 2024"
      continue;
    if (i + 2 < w->count && table_of(s, &w->items[i + 2]) >= 0)
      continue; // "in the Sales department"
    int parent = -1, count = 0;
    bool place = has_place(s, t); // "in Leipzig" may be where it is
    for (uint32_t e = 0; e < s->edge_count; e++) {
      const QEdge *edge = &s->edges[e];
      int other = edge->a == t && !edge->many_a   ? edge->b
                  : edge->b == t && !edge->many_b ? edge->a
                                                  : -1;
      if (other < 0 || other == t || s->tables[other].name_column < 0)
        continue;
      parent = other;
      place |= has_place(s, other);
      count++;
    }
    if (count != 1 || place)
      continue;
    Str name = words_singular(arena, plural_of(s, parent, arena));
    return splice(
        arena, text, w->items[i].start, value->end,
        str_format(arena, "in %.*s \"%.*s\"", STR_ARG(name), STR_ARG(value->text)));
  }
  return text;
}

// No function word, no name, no value that tells itself.
static bool is_unknown(const Units *u, uint32_t i) {
  for (uint32_t k = u->first[i]; k < u->first[i + 1]; k++) {
    uint8_t cat = u->items[k].cat;
    if (cat != CAT_OTHER && cat != CAT_VALUE)
      return false;
  }
  for (uint32_t from = i > 3 ? i - 3 : 0; from < i; from++) // within "2 or more"
    for (uint32_t k = u->first[from]; k < u->first[from + 1]; k++)
      if (u->items[k].to > i && u->items[k].cat != CAT_OTHER &&
          u->items[k].cat != CAT_VALUE)
        return false;
  return u->words->items[i].kind == WORD_PLAIN;
}

// "the skill python", "the playlist Morning": the name of a row.
static Str named_rows(Str text, const Words *w, const QSchema *s, Arena *arena) {
  Units *u = units_read(w, s, arena);
  for (uint32_t i = 0; i + 1 < w->count; i++) {
    int t = table_of(s, &w->items[i]);
    bool plural = str_ends(w->items[i].lower, STR("s"));
    bool lead =
        i && words_in_list("the with in of for has have by a", w->items[i - 1].lower);
    bool last =
        i + 2 >= w->count || w->items[i + 2].kind == WORD_MARK || !is_unknown(u, i + 2);
    if (t < 0 || plural || !lead || !last || s->tables[t].name_column < 0 ||
        !is_unknown(u, i + 1))
      continue;
    const Word *value = &w->items[i + 1];
    return splice(arena, text, value->start, value->end,
                  str_format(arena, "\"%.*s\"", STR_ARG(value->text)));
  }
  return text;
}

// The column that says of which kind the rows are.
static Str kind_column(const QSchema *s, int t, Arena *arena) {
  static const char *const kinds[] = {
      "status", "state",    "genre",  "type",      "kind",     "role",    "level",
      "color",  "category", "colour", "specialty", "priority", "severity"};
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
    int c = column_of(s, t, words_stem(arena, str_from(kinds[i])));
    if (c >= 0 && qschema_column(s, t, c)->type == QTYPE_STRING)
      return qschema_column(s, t, c)->attr;
  }
  return (Str){0};
}

// "new orders", "jazz albums", "albums that are not rock": a word that means nothing else
// is the kind of the rows.
static Str kinds_of_rows(Str text, const Words *w, const QSchema *s, Arena *arena) {
  Units *u = units_read(w, s, arena);
  for (uint32_t i = 0; i < w->count; i++) {
    int t = table_of(s, &w->items[i]);
    Str kind = t < 0 ? (Str){0} : kind_column(s, t, arena);
    if (!kind.ptr)
      continue;
    bool before = i && w->items[i - 1].kind == WORD_PLAIN &&
                  (is_unknown(u, i - 1) ||
                   (words_in_list("new old open closed", w->items[i - 1].lower) &&
                    !is_known(s, &w->items[i - 1])));
    if (before)
      return splice(arena, text, w->items[i - 1].start, w->items[i].end,
                    str_format(arena, "%.*s whose %.*s is \"%.*s\"",
                               STR_ARG(w->items[i].text), STR_ARG(kind),
                               STR_ARG(w->items[i - 1].text)));
    uint32_t at = i + 1;
    bool that = at + 2 < w->count && words_in_list("that which", w->items[at].lower) &&
                words_in_list("are is", w->items[at + 1].lower);
    bool negated = that && words_in_list("not", w->items[at + 2].lower);
    at += that ? 2u + negated : 0;
    if (that &&
        at + 1 >= w->count - (w->count && w->items[w->count - 1].kind == WORD_MARK) &&
        at < w->count && is_unknown(u, at))
      return splice(arena, text, w->items[i + 1].start, w->items[at].end,
                    str_format(arena, "whose %.*s is %s\"%.*s\"", STR_ARG(kind),
                               negated ? "not " : "", STR_ARG(w->items[at].text)));
  }
  return text;
}

// "never played": a number of plays that is 0.
static Str never(Str text, const Words *w, const QSchema *s, Arena *arena) {
  int t = first_table(s, w);
  for (uint32_t i = 0; t >= 0 && i + 1 < w->count; i++) {
    if (!words_in_list("never", w->items[i].lower))
      continue;
    uint32_t at = i + 1 + words_in_list("been", w->items[i + 1].lower);
    int c = at < w->count ? column_of(s, t, w->items[at].stem) : -1;
    if (c < 0 || qschema_column(s, t, c)->type != QTYPE_INTEGER)
      continue;
    uint32_t from = i;
    while (from &&
           words_in_list("that which were was have has are is", w->items[from - 1].lower))
      from--;
    return splice(
        arena, text, w->items[from].start, w->items[at].end,
        str_format(arena, "whose %.*s is 0", STR_ARG(qschema_column(s, t, c)->attr)));
  }
  return text;
}

static const struct {
  const char *words, *hints; // stems of columns; "": the number that was spoken of
  bool descending;
} firsts[] = {
    {"cheapest", "price cost fee", false},
    {"expensive", "price cost fee", true},
    {"priciest", "price cost fee", true},
    {"longest", "length durat second minut", true},
    {"shortest", "length durat second minut", false},
    {"paid", "salari wage pay", true},
    {"heaviest", "weight", true},
    {"lightest", "weight", false},
    {"highest", "", true},
    {"largest", "", true},
    {"biggest", "", true},
    {"best", "", true},
    {"lowest", "", false},
    {"smallest", "", false},
    {"worst", "", false},
    {"viewed", "view", true},
    {"played", "play", true},
    {"rated", "rate", true},
};

static Str hinted_column(const QSchema *s, int t, const char *hints, Arena *arena) {
  Str rest = str_from(hints), stem;
  while (str_next_part(&rest, ' ', &stem)) {
    int c = column_of(s, t, stem);
    if (c < 0 && str_is(stem, "rate"))
      c = column_of(s, t, words_stem(arena, STR("rating")));
    if (c >= 0)
      return qschema_column(s, t, c)->attr;
  }
  return (Str){0};
}

// The last number column of the table that stands in the words before `end`.
static Str number_before(const QSchema *s, int t, const Words *w, uint32_t end) {
  for (uint32_t i = end; i-- > 0;) {
    int c = column_of(s, t, w->items[i].stem);
    const QColumn *column = c < 0 ? NULL : qschema_column(s, t, c);
    if (column && (column->type == QTYPE_INTEGER || column->type == QTYPE_FLOAT))
      return column->attr;
  }
  return (Str){0};
}

// "number of animals" before `end`: the words of what is counted; {0}: nothing is.
static Str counted_before(Str text, const QSchema *s, const Words *w, uint32_t end) {
  for (uint32_t i = end; i-- > 2;) {
    if (!words_in_list("number count", w->items[i - 2].lower) ||
        !words_in_list("of", w->items[i - 1].lower))
      continue;
    uint32_t at = i + words_in_list("their the its all", w->items[i].lower);
    if (at < end && table_of(s, &w->items[at]) >= 0)
      return str_slice(text, w->items[at].start, w->items[at].end);
  }
  return (Str){0};
}

// "number of their animals, the busiest first": by the number that was spoken of.
static Str count_first(Str text, const Words *w, const QSchema *s, Arena *arena) {
  for (uint32_t i = 2; i < w->count; i++) {
    uint32_t from = i - 1;
    if (!words_in_list("first", w->items[i].lower) || w->items[from].kind != WORD_PLAIN ||
        (i + 1 < w->count && w->items[i + 1].kind != WORD_MARK))
      continue;
    Str word = w->items[from].lower, counted = counted_before(text, s, w, from);
    bool most = from && words_in_list("most least", w->items[from - 1].lower);
    bool up =
        words_in_list("fewest smallest lowest least quietest shortest emptiest", word) ||
        (most && words_in_list("least", w->items[from - 1].lower));
    bool down =
        most ||
        words_in_list(
            "busiest biggest largest greatest highest fullest most best longest", word);
    if (!counted.ptr || (!up && !down) || is_known(s, &w->items[from]))
      continue;
    from -= most;
    while (from && words_in_list(", the with and", w->items[from - 1].lower))
      from--;
    return splice(arena, text, w->items[from].start, w->items[i].end,
                  str_format(arena, " sorted by number of %.*s %s", STR_ARG(counted),
                             up ? "ascending" : "descending"));
  }
  return text;
}

// ", best paid first", "cheapest first", "highest salary first": an order, not one row.
static Str order_first(Str text, const Words *w, const QSchema *s, Arena *arena) {
  int t = first_table(s, w);
  for (uint32_t i = 1; t >= 0 && i < w->count; i++) {
    if (!words_in_list("first", w->items[i].lower))
      continue;
    for (uint32_t from = i; from-- > 0 && from + 3 >= i;)
      for (size_t k = 0; k < ARRAY_LEN(firsts); k++) {
        if (!words_in_list(firsts[k].words, w->items[from].lower))
          continue;
        int named = from + 1 < i ? column_of(s, t, w->items[from + 1].stem) : -1;
        Str column = named >= 0         ? qschema_column(s, t, named)->attr
                     : *firsts[k].hints ? hinted_column(s, t, firsts[k].hints, arena)
                                        : number_before(s, t, w, from);
        if (!column.ptr)
          return text;
        uint32_t start = from;
        while (start &&
               words_in_list(", most best least the and with", w->items[start - 1].lower))
          start--;
        bool least = start < from && words_in_list("least", w->items[from - 1].lower);
        return splice(
            arena, text, w->items[start].start, w->items[i].end,
            str_format(arena, " ordered by %.*s %s", STR_ARG(column),
                       firsts[k].descending != least ? "descending" : "ascending"));
      }
  }
  return text;
}

// The one foreign key that may be empty; -1: none or several.
static int only_open_key(const QSchema *s, int t) {
  int found = -1;
  for (uint32_t c = 0; c < s->tables[t].column_count; c++)
    if (s->tables[t].columns[c].foreign_key && s->tables[t].columns[c].nullable) {
      if (found >= 0)
        return -1;
      found = (int)c;
    }
  return found;
}

// "unrated tracks", "how many are unrated", "untagged products"
static Str without_prefix(Str text, const Words *w, const QSchema *s, Arena *arena) {
  int t = first_table(s, w);
  for (uint32_t i = 0; t >= 0 && i < w->count; i++) {
    const Word *word = &w->items[i];
    if (!str_starts(word->lower, STR("un")) || !str_ends(word->lower, STR("ed")) ||
        word->lower.len < 6 || is_known(s, word))
      continue;
    Str verb = str_slice(word->lower, 2, word->lower.len);
    Str stem = words_stem(arena, verb), bare = str_slice(verb, 0, verb.len - 2);
    if (bare.len > 3 && bare.ptr[bare.len - 1] == bare.ptr[bare.len - 2])
      bare.len--;
    int c = column_of(s, t, stem), other = many_of(s, t, words_stem(arena, bare));
    c = c < 0 ? column_of(s, t,
                          words_stem(arena, str_format(arena, "%.*sing", STR_ARG(bare))))
              : c;
    if (c >= 0 && qschema_column(s, t, c)->type == QTYPE_BOOLEAN)
      continue;
    if (c < 0 && str_is(bare, "assign"))
      c = only_open_key(s, t);
    Str absent = c >= 0 && qschema_column(s, t, c)->nullable
                     ? str_format(arena, "whose %.*s is null",
                                  STR_ARG(qschema_column(s, t, c)->attr))
                 : other >= 0 ? str_format(arena, "without %.*s",
                                           STR_ARG(plural_of(s, other, arena)))
                              : (Str){0};
    if (!absent.ptr)
      continue;
    bool before = i + 1 < w->count && table_of(s, &w->items[i + 1]) == t;
    uint32_t from = i;
    while (!before && from &&
           words_in_list("is are that which were was", w->items[from - 1].lower))
      from--;
    if (before)
      absent =
          str_format(arena, "%.*s %.*s", STR_ARG(w->items[i + 1].text), STR_ARG(absent));
    return splice(arena, text, w->items[from].start, w->items[i + before].end, absent);
  }
  return text;
}

// "emps": the beginning of the one table's name that begins so.
static Str abbreviations(Str text, const Words *w, const QSchema *s, Arena *arena) {
  for (uint32_t i = 0; i < w->count; i++) {
    const Word *word = &w->items[i];
    bool plural = str_ends(word->lower, STR("s"));
    Str head = str_slice(word->lower, 0, word->lower.len - plural);
    if (word->kind != WORD_PLAIN || head.len < 3 || head.len > 5 || is_known(s, word))
      continue;
    int found = -1, count = 0;
    for (uint32_t t = 0; t < s->table_count; t++) {
      Str name = plural_of(s, (int)t, arena);
      bool fits = str_starts(name, head) && name.len > head.len + 2;
      count += fits;
      found = fits ? (int)t : found;
    }
    if (count == 1 && plural)
      return splice(arena, text, word->start, word->end, plural_of(s, found, arena));
  }
  return text;
}

// "average number of views": views are a number already.
static Str number_of_numbers(Str text, const Words *w, const QSchema *s, Arena *arena) {
  int t = first_table(s, w);
  for (uint32_t i = 0; i + 3 < w->count; i++) {
    if (!words_in_list("average avg mean total sum", w->items[i].lower) ||
        !words_in_list("number", w->items[i + 1].lower) ||
        !words_in_list("of", w->items[i + 2].lower))
      continue;
    for (uint32_t k = 0; k < s->table_count; k++) {
      int c = column_of(s, (int)k, w->items[i + 3].stem);
      bool number = c >= 0 && (qschema_column(s, (int)k, c)->type == QTYPE_INTEGER ||
                               qschema_column(s, (int)k, c)->type == QTYPE_FLOAT);
      if (number && table_of(s, &w->items[i + 3]) < 0)
        return splice(arena, text, w->items[i + 1].start, w->items[i + 3].start, STR(""));
    }
  }
  (void)t;
  return text;
}

Rephrased request_rephrase(Str text, const QSchema *schema, Arena *arena) {
  static const struct {
    Str (*step)(Str, const Words *, const QSchema *, Arena *);
    bool guesses;
  } steps[] = {{abbreviations, false},    {nobody, false},
               {verb_of_table, false},    {years, false},
               {quote_values, false},     {named_rows, true},
               {without_prefix, false},   {never, false},
               {kinds_of_rows, true},     {of_parent, false},
               {order_first, false},      {count_first, false},
               {number_of_numbers, false}};
  Rephrased r = {.text = str_trim(text)};
  by_rows(arena, schema, &r);
  r.text = rephrase_change(r.text, schema, arena);
  r.orders_change = rephrase_orders_change(r.text);
  take_page(arena, &r);
  take_distinct(arena, &r);
  for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
    Words w = words_read(arena, r.text);
    Str said = w.cut ? r.text : steps[i].step(r.text, &w, schema, arena);
    r.guessed |= steps[i].guesses && said.ptr != r.text.ptr;
    r.text = said;
  }
  return r;
}
