// chars.h: fast scans over source bytes. Every function relies on the padding that
// Source guarantees behind its text (a NUL stops each scan).
#ifndef PYTHON_CHARS_H
#define PYTHON_CHARS_H

#include "base/base.h"

enum {
  CHARS_OTHER,
  CHARS_WORD, // letters, underscore, bytes of non-ASCII characters
  CHARS_DIGIT,
  CHARS_QUOTE,
  CHARS_DOT,
  CHARS_BLANK, // what may stand before a token: blanks, line ends, comments, backslash
  CHARS_NUL,
};
extern const uint8_t chars_class[256];

static inline bool chars_is_word(uint8_t c) { // may go on an identifier
  return chars_class[c] == CHARS_WORD || chars_class[c] == CHARS_DIGIT;
}
// The first byte at or after `s` that is not part of an identifier.
const uint8_t *chars_word_end(const uint8_t *s);
// The first LF, CR or NUL at or after `s`.
const uint8_t *chars_find_line_end(const uint8_t *s);
// Whether a byte of a non-ASCII character is among them.
bool chars_has_wide(const uint8_t *s, const uint8_t *end);

#endif
