// chars.h: fast scans over source bytes. Every function relies on the padding that
// Source guarantees behind its text (a NUL stops each scan).
#ifndef PYTHON_CHARS_H
#define PYTHON_CHARS_H

#include "base/base.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef enum {
  CHARS_OTHER,
  CHARS_WORD, // letters, underscore, bytes of non-ASCII characters
  CHARS_DIGIT,
  CHARS_QUOTE,
  CHARS_DOT,
  CHARS_OPEN, // ( [ {
  CHARS_CLOSE,
  CHARS_ALONE, // always a token by themselves: , ; ~
  CHARS_EQUAL,
  CHARS_COLON,
  CHARS_LINE,  // a line feed
  CHARS_BLANK, // what else may stand before a token: blanks, CR, comments, backslash
  CHARS_NUL,
} CharClass;
extern const uint8_t chars_class[256];

static inline bool chars_is_word(uint8_t c) { // may go on an identifier
  return chars_class[c] == CHARS_WORD || chars_class[c] == CHARS_DIGIT;
}
// For the lexer's shortest paths.
#define CHARS_INLINE static inline __attribute__((always_inline))

// The first byte at or after `s` that is not part of an identifier. `wide` is set where
// a byte of a non-ASCII character is on the way, else left alone.
CHARS_INLINE const uint8_t *chars_word_end(const uint8_t *s, bool *wide);
// Length of the word at `s`; 0 where it has more than 15 bytes, or others than ASCII are
// near.
CHARS_INLINE uint32_t chars_short_word(const uint8_t *s);
// The first byte at or after `s` that is no space.
CHARS_INLINE const uint8_t *chars_skip_spaces(const uint8_t *s);
// The first LF, CR or NUL at or after `s`.
const uint8_t *chars_find_line_end(const uint8_t *s);

#if defined(__SSE2__)
static inline __m128i chars_load16(const uint8_t *s) {
  return _mm_loadu_si128((const __m128i *)(const void *)s);
}

// The sign bit of byte i is set where it goes on an identifier.
CHARS_INLINE __m128i chars_word_bytes(__m128i x) {
  __m128i letter = _mm_sub_epi8(_mm_or_si128(x, _mm_set1_epi8(32)), _mm_set1_epi8('a'));
  __m128i digit = _mm_sub_epi8(x, _mm_set1_epi8('0'));
  return _mm_or_si128(
      _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter),
                   _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit)),
      _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('_')), x));
}

CHARS_INLINE const uint8_t *chars_word_end(const uint8_t *s, bool *wide) {
  for (;; s += 16) {
    __m128i x = chars_load16(s);
    uint32_t other = ~(uint32_t)_mm_movemask_epi8(chars_word_bytes(x)) & 0xFFFF;
    uint32_t high = (uint32_t)_mm_movemask_epi8(x);
    if (UNLIKELY(high & (other ^ (other - 1)))) // up to the end: bytes behind are others'
      *wide = true;
    if (LIKELY(other))
      return s + __builtin_ctz(other);
  }
}

CHARS_INLINE uint32_t chars_short_word(const uint8_t *s) {
  __m128i x = chars_load16(s);
  uint32_t other = ~(uint32_t)_mm_movemask_epi8(chars_word_bytes(x)) & 0xFFFF;
  return UNLIKELY(!other || _mm_movemask_epi8(x)) ? 0 : (uint32_t)__builtin_ctz(other);
}

CHARS_INLINE const uint8_t *chars_skip_spaces(const uint8_t *s) {
  for (;; s += 16) {
    __m128i same = _mm_cmpeq_epi8(chars_load16(s), _mm_set1_epi8(' '));
    uint32_t other = ~(uint32_t)_mm_movemask_epi8(same) & 0xFFFF;
    if (LIKELY(other))
      return s + __builtin_ctz(other);
  }
}
#else
CHARS_INLINE const uint8_t *chars_word_end(const uint8_t *s, bool *wide) {
  for (; chars_is_word(*s); s++)
    *wide |= *s >= 0x80;
  return s;
}

CHARS_INLINE uint32_t chars_short_word(const uint8_t *s) {
  for (uint32_t n = 0; n < 16; n++)
    if (!chars_is_word(s[n]))
      return n;
    else if (s[n] >= 0x80)
      return 0;
  return 0;
}

CHARS_INLINE const uint8_t *chars_skip_spaces(const uint8_t *s) {
  while (*s == ' ')
    s++;
  return s;
}
#endif

#endif
