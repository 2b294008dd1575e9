// describe_text.c: words and marks of a description.
#include "agent/describe_internal.h"

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 128;
}
static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static Str lowered(Arena *a, Str s) {
  char *out = arena_copy(a, s.ptr, s.len);
  for (size_t i = 0; i < s.len; i++)
    if (out[i] >= 'A' && out[i] <= 'Z')
      out[i] = (char)(out[i] + 32);
  return (Str){out, s.len};
}

// Behind what two words have in common at their beginning.
static size_t same_until(Str a, Str b) {
  size_t i = 0;
  while (i < a.len && i < b.len && a.ptr[i] == b.ptr[i])
    i++;
  return i;
}

static bool is_swapped(Str word, Str low) {
  size_t i = same_until(word, low);
  return word.len == low.len && i && i + 1 < low.len && word.ptr[i] == low.ptr[i + 1] &&
         word.ptr[i + 1] == low.ptr[i] &&
         str_eq(str_slice(word, i + 2, word.len), str_slice(low, i + 2, low.len));
}

// One letter within the word is missing in the shorter of the two.
static bool lacks_letter(Str longer, Str shorter) {
  size_t i = same_until(longer, shorter);
  return longer.len == shorter.len + 1 && i && i < shorter.len &&
         str_eq(str_slice(longer, i + 1, longer.len), str_slice(shorter, i, shorter.len));
}

static const struct {
  const char *word;
  bool letter; // also known with a letter more or less
} spellings[] = {
#define SWAPPED(word) {word, false},
#define SPELLED(word) {word, true},
#include "agent/describe_spelling.def"
#undef SWAPPED
#undef SPELLED
};

// The word of the grammar that is meant: "wiht", "emial", "uniqe".
static Str spelled(Str low) {
  for (size_t k = 0; k < ARRAY_LEN(spellings); k++) {
    Str word = str_from(spellings[k].word);
    if (is_swapped(word, low) ||
        (spellings[k].letter && (lacks_letter(word, low) || lacks_letter(low, word))))
      return word;
  }
  return low;
}

static void add_token(D *d, Str text, char mark, bool quoted) {
  Token t = {
      .text = text, .low = lowered(d->arena, text), .mark = mark, .quoted = quoted};
  Str meant = quoted ? t.low : spelled(t.low);
  if (meant.ptr != t.low.ptr)
    t.low = t.text = meant;
  t.capital = !mark && text.len && text.ptr[0] >= 'A' && text.ptr[0] <= 'Z';
  vec_push(&d->tokens, t);
}

// The end of a word or number that begins at `i`. A hyphen between letters parts words
// ("one-to-many"), a point within a number does not end it.
static size_t word_end(Str s, size_t i) {
  size_t from = i;
  bool number = is_digit(s.ptr[i]) || (s.ptr[i] == '-' && i + 1 < s.len);
  for (i++; i < s.len; i++) {
    char c = s.ptr[i];
    bool point = number && (c == '.' || c == ',') && i + 1 < s.len &&
                 is_digit(s.ptr[i + 1]) && is_digit(s.ptr[i - 1]);
    bool apostrophe = c == '\'' && i > from && i + 1 < s.len && is_letter(s.ptr[i + 1]);
    if (!is_letter(c) && !is_digit(c) && c != '_' && !point && !apostrophe)
      break;
  }
  return i;
}

static size_t quoted_end(Str s, size_t i) {
  size_t end = str_find_char(s, s.ptr[i], i + 1);
  bool near = end != SIZE_MAX && end - i < 60 &&
              str_find_char(str_slice(s, i, end), '\n', 0) == SIZE_MAX;
  return near ? end : SIZE_MAX;
}

// "users.id" is "users": the key is what a foreign key refers to anyway.
static size_t behind_key(Str s, size_t i) {
  bool key = str_starts(str_slice(s, i, s.len), STR(".id"));
  bool ends = i + 3 >= s.len ||
              !(is_letter(s.ptr[i + 3]) || is_digit(s.ptr[i + 3]) || s.ptr[i + 3] == '_');
  return key && ends ? i + 3 : i;
}

// "1-N", "N—M", "1..*" between two models as words; the offset behind it, `i` for others.
static size_t add_multiplicity(D *d, Str s, size_t i) {
  static const char *const dashes[] = {"\xe2\x80\x94", "\xe2\x80\x93", "-", "..", ":"};
  if ((i && s.ptr[i - 1] != ' ') || !strchr("1nNmM", s.ptr[i]))
    return i;
  for (size_t k = 0; k < sizeof dashes / sizeof *dashes; k++) {
    Str dash = str_from(dashes[k]);
    size_t at = i + 1 + dash.len;
    if (!str_starts(str_slice(s, i + 1, s.len), dash) || at >= s.len ||
        !strchr("1nNmM*", s.ptr[at]) || (at + 1 < s.len && s.ptr[at + 1] != ' '))
      continue;
    add_token(d, s.ptr[i] == '1' ? STR("one") : STR("many"), 0, false);
    add_token(d, STR("to"), 0, false);
    add_token(d, s.ptr[at] == '1' ? STR("one") : STR("many"), 0, false);
    return at + 1;
  }
  return i;
}

void text_tokens(D *d, Str s) {
  enum {
    MOST = 16 << 10
  };
  s = str_slice(s, 0, MOST);
  for (size_t i = 0; i < s.len;) {
    char c = s.ptr[i];
    size_t end = i + 1, many = add_multiplicity(d, s, i);
    bool sign = c == '-' && i + 1 < s.len && is_digit(s.ptr[i + 1]) &&
                (!i || strchr(" (=", s.ptr[i - 1]));
    if ((c == '"' || c == '`' || (c == '\'' && (!i || !is_letter(s.ptr[i - 1])))) &&
        quoted_end(s, i) != SIZE_MAX) {
      end = quoted_end(s, i) + 1;
      add_token(d, str_slice(s, i + 1, end - 1), 0, true);
    } else if (many > i) {
      end = many; // "1-N"
    } else if (str_starts(str_slice(s, i, s.len), STR("<->"))) {
      end = i + 3;
      add_token(d, STR("and"), 0, false);
    } else if (is_letter(c) || is_digit(c) || c == '_' || sign) {
      end = word_end(s, i);
      bool with = end == i + 1 && end < s.len && c == 'w' && s.ptr[end] == '/';
      add_token(d, with ? STR("with") : str_slice(s, i, end), 0, false);
      end = with ? end + 1 : behind_key(s, end);
    } else if (c == '-' && i && s.ptr[i - 1] == ' ' && i + 1 < s.len &&
               s.ptr[i + 1] == ' ') {
      add_token(d, STR(":"), ':', false); // "a match - home team, away team"
    } else if (c == '\n') {
      while (end < s.len && strchr(" \t\r\n-*#>", s.ptr[end]))
        end++;
      add_token(d, STR("\n"), '\n', false);
    } else if (strchr(",.;:()[]=<>!?/&+", c) ||
               (c == '*' && i && i + 1 < s.len && s.ptr[i - 1] == ' ' &&
                s.ptr[i + 1] == ' ')) {
      add_token(d, str_slice(s, i, end), c, false);
    }
    i = end;
  }
}

bool word_in(Str word, const char *words) {
  Str rest = str_from(words), one;
  while (str_next_part(&rest, ' ', &one))
    if (str_eq(word, one))
      return true;
  return false;
}

bool is_word(const D *d, size_t i, const char *words) {
  return i < d->tokens.len && !d->tokens.items[i].mark && !d->tokens.items[i].quoted &&
         word_in(d->tokens.items[i].low, words);
}

bool is_mark(const D *d, size_t i, char mark) {
  return i < d->tokens.len && d->tokens.items[i].mark == mark;
}

size_t after_phrase(const D *d, size_t i, const char *phrase) {
  Str rest = str_from(phrase), word;
  size_t at = i;
  while (str_next_part(&rest, ' ', &word)) {
    if (at >= d->tokens.len || d->tokens.items[at].mark ||
        !str_eq(d->tokens.items[at].low, word))
      return i;
    at++;
  }
  return at;
}

size_t after_any(const D *d, size_t i, const char *phrases) {
  Str rest = str_from(phrases), phrase;
  while (str_next_part(&rest, '|', &phrase)) {
    char buffer[64];
    size_t n = min_size(phrase.len, sizeof buffer - 1);
    memcpy(buffer, phrase.ptr, n);
    buffer[n] = 0;
    size_t end = after_phrase(d, i, buffer);
    if (end > i)
      return end;
  }
  return i;
}

void use(D *d, size_t from, size_t to) {
  for (size_t i = from; i < to && i < d->tokens.len; i++)
    d->tokens.items[i].used = true;
}

bool ends_sentence(const D *d, size_t i) {
  return i >= d->tokens.len ||
         (d->tokens.items[i].mark && strchr(".;!?\n", d->tokens.items[i].mark));
}

size_t skip_words(const D *d, size_t i, const char *words) {
  enum {
    MOST = 8 // fillers in a row; more are no English
  };
  for (size_t n = 0; n < MOST && is_word(d, i, words); n++)
    i++;
  return i;
}

Str words_between(const D *d, size_t from, size_t to) {
  Buf out = {0};
  for (size_t i = from; i < to && i < d->tokens.len; i++)
    buf_printf(&out, "%s%.*s", out.len ? " " : "", STR_ARG(d->tokens.items[i].low));
  Str s = str_copy(d->arena, buf_str(&out));
  buf_free(&out);
  return s;
}
