// chars.c: byte scans, sixteen at a time where the processor can (SSE2), else one by one.
#include "python/chars.h"

#include <string.h>

#include "python/lex.h"

const uint8_t chars_class[256] = {
    [0] = CHARS_NUL,
    [' '] = CHARS_BLANK,
    ['\t'] = CHARS_BLANK,
    ['\f'] = CHARS_BLANK,
    ['\n'] = CHARS_LINE,
    ['\r'] = CHARS_BLANK,
    ['#'] = CHARS_BLANK,
    ['\\'] = CHARS_BLANK,
    ['"'] = CHARS_QUOTE,
    ['\''] = CHARS_QUOTE,
    ['.'] = CHARS_DOT,
    ['('] = CHARS_OPEN,
    ['['] = CHARS_OPEN,
    ['{'] = CHARS_OPEN,
    [')'] = CHARS_CLOSE,
    [']'] = CHARS_CLOSE,
    ['}'] = CHARS_CLOSE,
    [','] = CHARS_ALONE,
    [';'] = CHARS_ALONE,
    ['~'] = CHARS_ALONE,
    ['='] = CHARS_EQUAL,
    [':'] = CHARS_COLON,
#define D(c) [(c)] = CHARS_DIGIT,
    D('0') D('1') D('2') D('3') D('4') D('5') D('6') D('7') D('8') D('9')
#undef D
#define W(c) [(c)] = CHARS_WORD, [(c)-32] = CHARS_WORD,
        W('a') W('b') W('c') W('d') W('e') W('f') W('g') W('h') W('i') W('j') W('k')
            W('l') W('m') W('n') W('o') W('p') W('q') W('r') W('s') W('t') W('u') W('v')
                W('w') W('x') W('y') W('z')
#undef W
                    ['_'] = CHARS_WORD,
#define R(c) [(c)] = CHARS_WORD,
// clang-format off: it never comes to rest on these
#define R4(c) R(c) R(c + 1) R(c + 2) R(c + 3)
#define R16(c) R4(c) R4(c + 4) R4(c + 8) R4(c + 12)
    // clang-format on
    R16(128) R16(144) R16(160) R16(176) R16(192) R16(208) R16(224) R16(240)
#undef R16
#undef R4
#undef R
};

#if defined(__SSE2__)
static inline uint32_t equal(__m128i x, char c) {
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(c)));
}

const uint8_t *chars_find_line_end(const uint8_t *s) {
  for (;; s += 16) {
    __m128i x = chars_load16(s);
    uint32_t hit = equal(x, '\n') | equal(x, '\r') | equal(x, 0);
    if (hit)
      return s + __builtin_ctz(hit);
  }
}

const uint8_t *lex_find_in_string(const uint8_t *s, uint8_t quote, bool triple,
                                  bool braces) {
  char line = triple ? 0 : '\n', ret = triple ? 0 : '\r';
  for (;; s += 16) {
    __m128i x = chars_load16(s);
    uint32_t hit = equal(x, (char)quote) | equal(x, '\\') | equal(x, 0) | equal(x, line) |
                   equal(x, ret);
    if (braces)
      hit |= equal(x, '{') | equal(x, '}');
    if (hit)
      return s + __builtin_ctz(hit);
  }
}
#else
const uint8_t *chars_find_line_end(const uint8_t *s) {
  while (*s != '\n' && *s != '\r' && *s)
    s++;
  return s;
}

const uint8_t *lex_find_in_string(const uint8_t *s, uint8_t quote, bool triple,
                                  bool braces) {
  for (;; s++)
    if (*s == quote || *s == '\\' || *s == 0 || (!triple && (*s == '\n' || *s == '\r')) ||
        (braces && (*s == '{' || *s == '}')))
      return s;
}
#endif
