// Words: a request in English as tokens.
//
//   Words w = words_read(arena, STR("orders of the last 30 days"));
//
// - Every token knows its bytes in the request (`start`, `end`).
// - Quoted strings, e-mail addresses, dates, numbers with separators and codes such as
//   "CIS-220" are one token each. snake_case, dotted and CamelCase names are split; the
//   parts behind the first have `glued`.
// - `stem` is the Snowball stem of the lower-case word after irregular plurals were made
//   singular; two words are the same name where their stems are equal.
// - At most WORDS_MAX tokens are read; the rest is cut off and `cut` is set.
#ifndef QUERY_WORDS_H
#define QUERY_WORDS_H

#include "base/str.h"

enum {
  WORDS_MAX = 160,
  WORD_NAME_MAX = 12 // words of a name
};

typedef enum {
  WORD_PLAIN,
  WORD_NUMBER,
  WORD_DATE,   // `value` is "2007-11-05", or as written where the order is not known
  WORD_QUOTED, // `value` is what stands between the quotes
  WORD_CODE,   // letters with digits or signs: "CIS-220", an e-mail address
  WORD_MARK    // , . ? ( ) : ;
} WordKind;

typedef struct {
  uint8_t kind; // WordKind
  bool capital; // starts with an upper-case letter
  bool upper;   // all letters are upper-case
  bool first;   // first word of a sentence
  bool glued;   // second or later part of one name
  bool percent; // a number followed by % or "percent"
  bool money;   // a number after a currency sign
  bool spelled; // a number written in letters
  bool spaced;  // blanks stand before it
  Str text;     // as written
  Str lower;
  Str stem;
  Str value; // DATE, QUOTED, CODE
  double number;
  uint32_t start, end; // bytes in the request
} Word;

typedef struct {
  Word *items;
  uint32_t count;
  bool cut;
  Str text;
} Words;

// `text` must live as long as the words. Any bytes are accepted.
Words words_read(Arena *arena, Str text);
// The stems of a name ("customer_name", "CustomerName", "customer name").
uint32_t words_name_stems(Arena *arena, Str name, Str stems[WORD_NAME_MAX]);
// The stem of one lower-case word.
Str words_stem(Arena *arena, Str lower);
// Edits (insert, delete, replace, swap neighbours) from `a` to `b`, or more than `limit`.
uint32_t words_distance(Str a, Str b, uint32_t limit);
// True where the blank-separated list holds the word.
bool words_in_list(const char *list, Str word);
// The singular of a lower-case English noun, and the plural.
Str words_singular(Arena *arena, Str lower);
Str words_plural(Arena *arena, Str lower);

#endif
