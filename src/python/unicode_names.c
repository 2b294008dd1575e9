// unicode_names.c: the table holds hashes, not names: a name that no character has passes
// for one with a probability of about 35,000 in 2^43.
#include "python/unicode_names.h"

enum {
  CODE_BITS = 21,
  LONGEST_NAME = 100, // the longest there is has 88 bytes
};

static const uint64_t rows[] = {
#define NUMBERED(prefix, first, last)
#define NAME(row) row,
#include "python/unicode_names.def"
#undef NUMBERED
#undef NAME
};

// Names that end in the code point.
static const struct {
  const char *prefix;
  uint32_t first, last;
} numbered[] = {
#define NUMBERED(prefix, first, last) {prefix, first, last},
#define NAME(row)
#include "python/unicode_names.def"
#undef NUMBERED
#undef NAME
};

static uint64_t hash_name(Str name) {
  uint64_t h = 0xCBF29CE484222325u;
  for (size_t i = 0; i < name.len; i++)
    h = (h ^ (uint8_t)name.ptr[i]) * 0x100000001B3u;
  return h >> CODE_BITS;
}

static bool by_number(Str name, uint32_t *code_point) {
  size_t dash = str_rfind_char(name, '-');
  if (dash == SIZE_MAX || name.len - dash - 1 < 4 || name.len - dash - 1 > 5)
    return false;
  uint32_t code = 0;
  for (size_t i = dash + 1; i < name.len; i++) {
    char c = name.ptr[i];
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F')))
      return false;
    code = code * 16 + (uint32_t)(c <= '9' ? c - '0' : c - 'A' + 10);
  }
  if (name.ptr[dash + 1] == '0')
    return false;
  for (size_t i = 0; i < ARRAY_LEN(numbered); i++)
    if (str_is(str_slice(name, 0, dash + 1), numbered[i].prefix) &&
        code >= numbered[i].first && code <= numbered[i].last) {
      *code_point = code;
      return true;
    }
  return false;
}

// The longest of `parts` that `*rest` starts with, taken off it; -1 where none does.
static int take_part(Str *rest, const char *const *parts, int count) {
  int best = -1;
  size_t length = 0;
  for (int i = 0; i < count; i++) {
    Str part = str_from(parts[i]);
    if (str_starts(*rest, part) && (best < 0 || part.len > length)) {
      best = i;
      length = part.len;
    }
  }
  *rest = str_slice(*rest, length, rest->len);
  return best;
}

// HANGUL SYLLABLE + leading consonant + vowel + trailing consonant.
// Source: The Unicode Standard, section 3.12.
static bool hangul(Str name, uint32_t *code_point) {
  static const char *const leads[] = {"G", "GG", "N", "D",  "DD", "R", "M",
                                      "B", "BB", "S", "SS", "",   "J", "JJ",
                                      "C", "K",  "T", "P",  "H"};
  static const char *const vowels[] = {"A",   "AE", "YA", "YAE", "EO", "E",  "YEO",
                                       "YE",  "O",  "WA", "WAE", "OE", "YO", "U",
                                       "WEO", "WE", "WI", "YU",  "EU", "YI", "I"};
  static const char *const trails[] = {
      "",   "G",  "GG", "GS", "N",  "NJ", "NH", "D",  "L", "LG", "LM", "LB", "LS", "LT",
      "LP", "LH", "M",  "B",  "BS", "S",  "SS", "NG", "J", "C",  "K",  "T",  "P",  "H"};
  Str rest = name;
  if (!str_starts(rest, STR("HANGUL SYLLABLE ")))
    return false;
  rest = str_slice(rest, 16, rest.len);
  int lead = take_part(&rest, leads, ARRAY_LEN(leads));
  int vowel = take_part(&rest, vowels, ARRAY_LEN(vowels));
  int trail = take_part(&rest, trails, ARRAY_LEN(trails));
  if (lead < 0 || vowel < 0 || trail < 0 || rest.len)
    return false;
  *code_point = 0xAC00 + ((uint32_t)lead * 21 + (uint32_t)vowel) * 28 + (uint32_t)trail;
  return true;
}

bool unicode_by_name(Str name, uint32_t *code_point) {
  char upper[LONGEST_NAME];
  if (!name.len || name.len > sizeof upper)
    return false;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
  }
  Str s = {upper, name.len};
  if (hangul(s, code_point) || by_number(s, code_point))
    return true;
  uint64_t hash = hash_name(s);
  size_t low = 0, high = ARRAY_LEN(rows);
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (rows[middle] >> CODE_BITS < hash)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == ARRAY_LEN(rows) || rows[low] >> CODE_BITS != hash)
    return false;
  *code_point = (uint32_t)(rows[low] & ((1u << CODE_BITS) - 1));
  return true;
}
