// words.c: the request as tokens; stems and inflection.
//
// One pass over the bytes. What stands in quotes is taken first, since nothing in it is
// English; then numbers and dates, then words. A word that is itself a name of the
// project (snake_case, CamelCase) is split, so that it meets the same look-up as prose.
#include "query/words.h"

#include <libstemmer.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  const char *one, *many;
} Irregular;

static const Irregular irregular[] = {
    {"person", "people"},     {"man", "men"},           {"woman", "women"},
    {"child", "children"},    {"index", "indices"},     {"foot", "feet"},
    {"datum", "data"},        {"medium", "media"},      {"criterion", "criteria"},
    {"analysis", "analyses"}, {"crisis", "crises"},     {"mouse", "mice"},
    {"goose", "geese"},       {"tooth", "teeth"},       {"life", "lives"},
    {"wife", "wives"},        {"leaf", "leaves"},       {"half", "halves"},
    {"shelf", "shelves"},     {"knife", "knives"},      {"movie", "movies"},
    {"status", "statuses"},   {"bus", "buses"},         {"campus", "campuses"},
    {"bonus", "bonuses"},     {"virus", "viruses"},     {"lens", "lenses"},
    {"matrix", "matrices"},   {"vertex", "vertices"},   {"aircraft", "aircrafts"},
    {"staff", "staffs"},      {"address", "addresses"}, {"cookie", "cookies"},
};

static const char *const unchanging[] = {"series", "species", "news",  "aircraft",
                                         "staff",  "info",    "sheep", "sales",
                                         "goods",  "data"};

static const char *const number_words[] = {
    "zero",     "one",     "two",     "three",     "four",     "five",     "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"};

static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};

static bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
static bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
static bool is_letter(char c) {
  return is_lower(c) || is_upper(c) || (unsigned char)c >= 0x80;
}
static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static Str lower_of(Arena *a, Str s) {
  char *out = arena_copy(a, s.ptr, s.len);
  for (size_t i = 0; i < s.len; i++)
    if (is_upper(out[i]))
      out[i] = (char)(out[i] + 32);
  return (Str){out, s.len};
}

Str words_singular(Arena *a, Str w) {
  for (size_t i = 0; i < ARRAY_LEN(irregular); i++)
    if (str_is(w, irregular[i].many))
      return str_from(irregular[i].one);
  for (size_t i = 0; i < ARRAY_LEN(unchanging); i++)
    if (str_is(w, unchanging[i]))
      return w;
  if (w.len < 4 || !str_ends(w, STR("s")) || str_ends(w, STR("ss")) ||
      str_ends(w, STR("us")) || str_ends(w, STR("is")))
    return w;
  if (str_ends(w, STR("ies")))
    return str_format(a, "%.*sy", (int)w.len - 3, w.ptr);
  if (str_ends(w, STR("ches")) || str_ends(w, STR("shes")) || str_ends(w, STR("sses")) ||
      str_ends(w, STR("xes")) || str_ends(w, STR("zzes")))
    return str_copy(a, str_slice(w, 0, w.len - 2));
  return str_copy(a, str_slice(w, 0, w.len - 1));
}

Str words_plural(Arena *a, Str w) {
  for (size_t i = 0; i < ARRAY_LEN(irregular); i++)
    if (str_is(w, irregular[i].one) && !str_is(w, "staff") && !str_is(w, "aircraft"))
      return str_from(irregular[i].many);
  for (size_t i = 0; i < ARRAY_LEN(unchanging); i++)
    if (str_is(w, unchanging[i]))
      return w;
  if (!w.len || !is_letter(w.ptr[w.len - 1]))
    return w;
  char last = w.ptr[w.len - 1], before = w.len > 1 ? w.ptr[w.len - 2] : 'a';
  if (last == 'y' && !strchr("aeiou", before))
    return str_format(a, "%.*sies", (int)w.len - 1, w.ptr);
  if (last == 's' || last == 'x' || last == 'z' || str_ends(w, STR("ch")) ||
      str_ends(w, STR("sh")))
    return str_format(a, "%.*ses", STR_ARG(w));
  return str_format(a, "%.*ss", STR_ARG(w));
}

static Str stem_with(struct sb_stemmer *s, Arena *a, Str lower) {
  Str one = words_singular(a, lower);
  if (one.len > 64)
    return one;
  const sb_symbol *out = sb_stemmer_stem(s, (const sb_symbol *)one.ptr, (int)one.len);
  if (!out)
    return one;
  return str_copy(a, (Str){(const char *)out, (size_t)sb_stemmer_length(s)});
}

static struct sb_stemmer *stemmer(void) {
  struct sb_stemmer *s = sb_stemmer_new("english", "UTF_8");
  if (!s)
    BUG("libstemmer has no English");
  return s;
}

Str words_stem(Arena *a, Str lower) {
  struct sb_stemmer *s = stemmer();
  Str out = stem_with(s, a, lower);
  sb_stemmer_delete(s);
  return out;
}

uint32_t words_distance(Str a, Str b, uint32_t limit) {
  enum {
    LONGEST = 40
  };
  uint32_t rows[3][LONGEST + 1];
  if (a.len > LONGEST || b.len > LONGEST ||
      (a.len > b.len ? a.len - b.len : b.len - a.len) > limit)
    return limit + 1;
  for (uint32_t k = 0; k <= b.len; k++)
    rows[0][k] = k;
  for (uint32_t i = 1; i <= a.len; i++) {
    uint32_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
    now[0] = i;
    for (uint32_t k = 1; k <= b.len; k++) {
      uint32_t cost = a.ptr[i - 1] != b.ptr[k - 1];
      uint32_t best = last[k - 1] + cost;
      best = (uint32_t)min_size(best, min_size(now[k - 1], last[k]) + 1);
      if (i > 1 && k > 1 && a.ptr[i - 1] == b.ptr[k - 2] && a.ptr[i - 2] == b.ptr[k - 1])
        best = (uint32_t)min_size(best, before[k - 2] + 1);
      now[k] = best;
    }
  }
  return rows[a.len % 3][b.len];
}

// ---- The reader

typedef struct {
  Arena *arena;
  struct sb_stemmer *stemmer;
  Words *out;
  Str text;
  size_t at;
  bool sentence; // the next word is the first of a sentence
} Reader;

static char peek(const Reader *r, size_t ahead) {
  return r->at + ahead < r->text.len ? r->text.ptr[r->at + ahead] : '\0';
}

static Word *add(Reader *r, WordKind kind, size_t start, size_t end) {
  static Word sink;
  if (r->out->count == WORDS_MAX) {
    r->out->cut = true;
    Word *w = arena_new(r->arena, Word);
    *w = sink;
    return w;
  }
  Word *w = &r->out->items[r->out->count++];
  *w = (Word){.kind = (uint8_t)kind, .start = (uint32_t)start, .end = (uint32_t)end};
  w->spaced = start == 0 || is_blank(r->text.ptr[start - 1]);
  w->text = str_slice(r->text, start, end);
  w->lower = lower_of(r->arena, w->text);
  w->stem = kind == WORD_PLAIN ? stem_with(r->stemmer, r->arena, w->lower) : w->lower;
  w->value = w->text;
  w->capital = w->text.len && is_upper(w->text.ptr[0]);
  w->upper = w->capital;
  for (size_t i = 0; i < w->text.len; i++)
    w->upper = w->upper && !is_lower(w->text.ptr[i]);
  w->first = r->sentence && kind != WORD_MARK;
  if (kind != WORD_MARK)
    r->sentence = false;
  return w;
}

// The end of an opening quote at `at`, SIZE_MAX where it is an apostrophe.
static size_t quote_end(const Reader *r, size_t *inner_from, size_t *inner_to) {
  static const char *const pairs[][2] = {{"\"", "\""},
                                         {"'", "'"},
                                         {"`", "`"},
                                         {"\xe2\x80\x9c", "\xe2\x80\x9d"},
                                         {"\xe2\x80\x98", "\xe2\x80\x99"},
                                         {"\xe2\x80\x99", "\xe2\x80\x99"},
                                         {"''", "''"}};
  Str rest = str_slice(r->text, r->at, r->text.len);
  for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
    Str open = str_from(pairs[i][0]), close = str_from(pairs[i][1]);
    if (!str_starts(rest, open))
      continue;
    if (r->at &&
        (is_letter(r->text.ptr[r->at - 1]) || is_digit(r->text.ptr[r->at - 1])) &&
        i != 0 && i != 3)
      continue;
    size_t from = r->at + open.len;
    for (size_t to = str_find(r->text, close, from); to != SIZE_MAX;
         to = str_find(r->text, close, to + 1)) {
      size_t after = to + close.len;
      char next = after < r->text.len ? r->text.ptr[after] : ' ';
      if (to == from || to - from > 200)
        break;
      if (is_letter(next) && (unsigned char)next < 0x80 && i != 0 && i != 3)
        continue; // an apostrophe within
      *inner_from = from;
      *inner_to = to;
      return after;
    }
  }
  return SIZE_MAX;
}

static bool read_quoted(Reader *r) {
  size_t from, to, end = quote_end(r, &from, &to);
  if (end == SIZE_MAX)
    return false;
  Word *w = add(r, WORD_QUOTED, r->at, end);
  w->value = str_trim(str_slice(r->text, from, to));
  r->at = end;
  return true;
}

static int month_of(Str lower) {
  for (size_t i = 0; i < ARRAY_LEN(months); i++) {
    Str m = str_from(months[i]);
    if (str_eq(lower, m) || (lower.len == 3 && str_starts(m, lower) && i != 4) ||
        str_is(lower, i == 8 ? "sept" : ""))
      return (int)i + 1;
  }
  return 0;
}

// 2007-11-05, 2007/11/05, 08/30/2015; with a time behind.
static bool read_numeric_date(Reader *r) {
  size_t i = r->at, parts = 0, digits[3] = {0};
  char sep = 0;
  while (parts < 3) {
    size_t from = i;
    while (i < r->text.len && is_digit(r->text.ptr[i]))
      i++;
    digits[parts] = i - from;
    if (!digits[parts++])
      return false;
    if (parts == 3)
      break;
    char c = i < r->text.len ? r->text.ptr[i] : 0;
    if ((c != '-' && c != '/') || (sep && c != sep))
      return false;
    sep = c;
    i++;
  }
  bool iso = digits[0] == 4 && digits[1] <= 2 && digits[2] <= 2;
  if (!iso && !(digits[2] == 4 && digits[0] <= 2 && digits[1] <= 2))
    return false;
  if (i + 5 < r->text.len && (r->text.ptr[i] == ' ' || r->text.ptr[i] == 'T') &&
      is_digit(r->text.ptr[i + 1]) && str_find_char(r->text, ':', i) <= i + 3) {
    i++;
    while (i < r->text.len && (is_digit(r->text.ptr[i]) || r->text.ptr[i] == ':'))
      i++;
  }
  add(r, WORD_DATE, r->at, i);
  r->at = i;
  return true;
}

static bool read_number(Reader *r) {
  size_t from = r->at, i = from;
  bool money = false, negative = false;
  if (r->text.ptr[i] == '$') {
    money = true;
    i++;
  }
  if (i < r->text.len && r->text.ptr[i] == '-' && !money &&
      (from == 0 || is_blank(r->text.ptr[from - 1]))) {
    negative = true;
    i++;
  }
  if (i >= r->text.len || !is_digit(r->text.ptr[i]))
    return false;
  char digits[40];
  size_t n = 0;
  for (; i < r->text.len && n < sizeof digits - 1; i++) {
    char c = r->text.ptr[i];
    char next = i + 1 < r->text.len ? r->text.ptr[i + 1] : 0;
    if (is_digit(c) || (c == '.' && is_digit(next) && !memchr(digits, '.', n)))
      digits[n++] = c;
    else if (!(c == ',' && i + 3 < r->text.len && is_digit(next) &&
               is_digit(r->text.ptr[i + 2]) && is_digit(r->text.ptr[i + 3])))
      break;
  }
  digits[n] = 0;
  Str tail = lower_of(r->arena, str_slice(r->text, i, i + 2));
  bool ordinal = str_is(tail, "st") || str_is(tail, "nd") || str_is(tail, "rd") ||
                 str_is(tail, "th");
  char next = i < r->text.len ? r->text.ptr[i] : ' ';
  bool clock = next == ':' && i + 1 < r->text.len && is_digit(r->text.ptr[i + 1]);
  if (!ordinal && (is_letter(next) || next == '_' || clock ||
                   (next == '-' && i + 1 < r->text.len && !is_blank(r->text.ptr[i + 1]))))
    return false; // a code
  i += ordinal ? 2 : 0;
  Word *w = add(r, WORD_NUMBER, from, i);
  w->number = strtod(digits, NULL) * (negative ? -1 : 1);
  w->money = money;
  size_t sign = i < r->text.len && next == ' ' ? i + 1 : i;
  w->percent = sign < r->text.len && r->text.ptr[sign] == '%';
  r->at = w->percent ? sign + 1 : i;
  return true;
}

static bool code_char(char c) {
  return is_letter(c) || is_digit(c) || (c && strchr("_-./@+#&:", c));
}

// A word that is no English: letters with digits or signs in it.
static bool read_code(Reader *r) {
  size_t i = r->at;
  bool digit = false, letter = false, at = false, dash = false, capital = false;
  for (; i < r->text.len && code_char(r->text.ptr[i]); i++) {
    char c = r->text.ptr[i];
    digit |= is_digit(c);
    letter |= is_letter(c);
    at |= c == '@';
    dash |= c == '-' || c == '/' || c == '&' || c == '+' || c == '#';
    capital |= is_upper(c);
  }
  while (i > r->at && strchr(".-/:", r->text.ptr[i - 1]))
    i--;
  if (!letter && !digit)
    return false;
  bool mail = at && letter;
  bool coded = digit && letter && memchr(r->text.ptr + r->at, '_', i - r->at) == NULL;
  bool dashed = dash && capital && letter;
  if (!mail && !coded && !dashed && !(digit && !letter))
    return false;
  add(r, WORD_CODE, r->at, i);
  r->at = i;
  return true;
}

static void add_part(Reader *r, size_t from, size_t to, bool glued) {
  Word *w = add(r, WORD_PLAIN, from, to);
  w->glued = glued;
  for (size_t i = 0; i < ARRAY_LEN(number_words); i++)
    if (str_is(w->lower, number_words[i]) && !glued) {
      w->kind = WORD_NUMBER;
      w->spelled = true;
      w->number = (double)i;
    }
}

// The apostrophe of "don't".
static bool is_contraction(const Reader *r, size_t i) {
  return r->text.ptr[i] == '\'' && i > r->at && i + 1 < r->text.len &&
         r->text.ptr[i - 1] == 'n' && r->text.ptr[i + 1] == 't' &&
         (i + 2 == r->text.len || !is_letter(r->text.ptr[i + 2]));
}

// A plain word, split at underscores, dots and humps.
static void read_word(Reader *r) {
  size_t from = r->at, i = from, part = from;
  bool glued = false;
  while (i < r->text.len && (is_letter(r->text.ptr[i]) || is_digit(r->text.ptr[i]) ||
                             (strchr("_.", r->text.ptr[i]) && i + 1 < r->text.len &&
                              is_letter(r->text.ptr[i + 1]) && i > part) ||
                             is_contraction(r, i))) {
    char c = r->text.ptr[i];
    if (c == '\'') {
      i++;
    } else if (c == '_' || c == '.') {
      add_part(r, part, i, glued);
      glued = true;
      part = i + 1;
    } else if (i > part && is_upper(c) && is_lower(r->text.ptr[i - 1])) {
      add_part(r, part, i, glued);
      glued = true;
      part = i;
    }
    i++;
  }
  if (i > part)
    add_part(r, part, i, glued);
  r->at = i > from ? i : from + 1;
}

// "Ph.D.", "U.S.": short parts, each with its dot.
static bool read_initials(Reader *r) {
  size_t i = r->at, parts = 0;
  while (i < r->text.len && is_upper(r->text.ptr[i])) {
    size_t from = i;
    while (i < r->text.len && is_letter(r->text.ptr[i]))
      i++;
    if (i - from > 2 || i >= r->text.len || r->text.ptr[i] != '.') {
      if (parts && i - from <= 2 && (i >= r->text.len || !is_letter(r->text.ptr[i])))
        parts++;
      else
        i = from;
      break;
    }
    i++;
    parts++;
  }
  if (parts < 2)
    return false;
  add(r, WORD_CODE, r->at, i);
  r->at = i;
  return true;
}

static void read_mark(Reader *r) {
  char c = peek(r, 0);
  if (c == '\'' && peek(r, 1) == 's' && !is_letter(peek(r, 2))) {
    Word *w = add(r, WORD_PLAIN, r->at, r->at + 2);
    w->spaced = false;
    r->at += 2;
    return;
  }
  if (c && strchr(",.?!();:=<>*/", c)) {
    size_t len =
        (c == '<' || c == '>' || c == '!' || c == '=') && peek(r, 1) == '=' ? 2 : 1;
    add(r, WORD_MARK, r->at, r->at + len);
    if (c == '.' || c == '?' || c == '!' || c == ';' || c == ':')
      r->sentence = true;
    r->at += len;
    return;
  }
  r->at++;
}

// "November 5th, 2007", "5 November 2007", "March 2020": one date.
static void join_dates(Reader *r) {
  Words *w = r->out;
  uint32_t n = 0;
  for (uint32_t i = 0; i < w->count; i++) {
    Word *x = &w->items[i];
    int month = x->kind == WORD_PLAIN && x->capital ? month_of(x->lower) : 0;
    Word *p[4] = {x, i + 1 < w->count ? x + 1 : NULL, i + 2 < w->count ? x + 2 : NULL,
                  i + 3 < w->count ? x + 3 : NULL};
    uint32_t used = 0;
    int day = 0, year = 0;
    if (month && p[1] && p[1]->kind == WORD_NUMBER && p[1]->number <= 31) {
      day = (int)p[1]->number;
      used = 2;
      Word *y = p[2] && p[2]->kind == WORD_MARK && str_is(p[2]->text, ",") ? p[3] : p[2];
      if (y && y->kind == WORD_NUMBER && y->number > 1000 && y->number < 3000) {
        year = (int)y->number;
        used = (uint32_t)(y - x) + 1;
      }
    } else if (x->kind == WORD_NUMBER && x->number <= 31 && p[1] && p[2] &&
               p[1]->kind == WORD_PLAIN && p[1]->capital && month_of(p[1]->lower) &&
               p[2]->kind == WORD_NUMBER && p[2]->number > 1000) {
      month = month_of(p[1]->lower);
      day = (int)x->number;
      year = (int)p[2]->number;
      used = 3;
    }
    Word out = *x;
    if (used && year) {
      out.kind = WORD_DATE;
      out.end = x[used - 1].end;
      out.text = str_slice(r->text, out.start, out.end);
      out.value = str_format(r->arena, "%04d-%02d-%02d", year, month, day);
      i += used - 1;
    }
    w->items[n++] = out;
  }
  w->count = n;
}

// Where one date says "20/01/2024", "10/02/2024" beside it is in February too.
static void one_order_of_dates(Reader *r) {
  Words *w = r->out;
  bool day_first = false;
  for (int round = 0; round < 2; round++)
    for (uint32_t i = 0; i < w->count; i++) {
      Word *x = &w->items[i];
      int a, b, year, used = 0;
      if (x->kind != WORD_DATE || (round && !day_first))
        continue;
      const char *value = str_copy(r->arena, x->value).ptr;
      if (sscanf(value, "%2d%*1[-/]%2d%*1[-/]%4d%n", &a, &b, &year, &used) != 3)
        continue;
      day_first |= a > 12;
      if (round)
        x->value = str_format(r->arena, "%04d-%02d-%02d%s", year, b, a, value + used);
    }
}

// "3 million", "2 thousand", "a dozen".
static void scale_numbers(Words *w) {
  static const struct {
    const char *word;
    double factor;
  } scales[] = {{"hundred", 100}, {"thousand", 1000}, {"million", 1e6}, {"billion", 1e9}};
  uint32_t n = 0;
  for (uint32_t i = 0; i < w->count; i++) {
    Word x = w->items[i];
    if (x.kind == WORD_NUMBER && i + 1 < w->count) {
      const Word *next = &w->items[i + 1];
      for (size_t k = 0; k < ARRAY_LEN(scales); k++)
        if (str_is(next->lower, scales[k].word)) {
          x.number *= scales[k].factor;
          x.end = next->end;
          i++;
          break;
        }
      if (i + 1 < w->count && str_is(w->items[i + 1].lower, "percent"))
        x.percent = true;
    }
    w->items[n++] = x;
  }
  w->count = n;
}

Words words_read(Arena *arena, Str text) {
  Words out = {.items = arena_array(arena, Word, WORDS_MAX), .text = text};
  Reader r = {arena, stemmer(), &out, text, 0, true};
  while (r.at < text.len && !out.cut) {
    char c = text.ptr[r.at];
    if (is_blank(c)) {
      r.at++;
    } else if (read_quoted(&r)) {
      continue;
    } else if ((is_digit(c) && read_numeric_date(&r)) || read_number(&r) ||
               (is_upper(c) && read_initials(&r)) ||
               ((is_letter(c) || is_digit(c)) && read_code(&r))) {
      continue;
    } else if (is_letter(c)) {
      read_word(&r);
    } else {
      read_mark(&r);
    }
  }
  sb_stemmer_delete(r.stemmer);
  join_dates(&r);
  one_order_of_dates(&r);
  scale_numbers(&out);
  return out;
}

uint32_t words_name_stems(Arena *arena, Str name, Str stems[WORD_NAME_MAX]) {
  struct sb_stemmer *s = stemmer();
  uint32_t n = 0;
  size_t from = 0;
  for (size_t i = 0; i <= name.len && n < WORD_NAME_MAX; i++) {
    char c = i < name.len ? name.ptr[i] : '_';
    bool sep = !is_letter(c) && !is_digit(c);
    bool hump = i > from && i < name.len && is_upper(c) &&
                (is_lower(name.ptr[i - 1]) || is_digit(name.ptr[i - 1]) ||
                 (i + 1 < name.len && is_lower(name.ptr[i + 1])));
    if (!sep && !hump)
      continue;
    if (i > from)
      stems[n++] = stem_with(s, arena, lower_of(arena, str_slice(name, from, i)));
    from = sep ? i + 1 : i;
  }
  sb_stemmer_delete(s);
  return n;
}

bool words_in_list(const char *list, Str word) {
  Str rest = str_from(list), part;
  while (str_next_part(&rest, ' ', &part))
    if (str_eq(part, word))
      return true;
  return false;
}
