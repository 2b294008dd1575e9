// UTF-8 decoding with every bound checked (Unicode 15, table 3-7).
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

// Decodes the code point at `at`; returns its length in bytes, or 0 where the bytes are
// not UTF-8 (overlong forms, surrogates and values past U+10FFFF included).
int utf8_decode(Str s, size_t at, uint32_t *code_point);
// Offset of the first byte that is not UTF-8, or SIZE_MAX.
size_t utf8_invalid_at(Str s);

#endif
