// utf8.c: validation and decoding.
#include "base/utf8.h"

int utf8_decode(Str s, size_t at, uint32_t *code_point) {
  const uint8_t *p = (const uint8_t *)s.ptr + at;
  size_t left = s.len - at;
  if (at >= s.len)
    return 0;
  if (p[0] < 0x80)
    return *code_point = p[0], 1;
  int n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
  if (p[0] < 0xC2 || p[0] > 0xF4 || left < (size_t)n)
    return 0;
  uint32_t c = p[0] & (0xFFu >> (n + 1));
  for (int i = 1; i < n; i++) {
    if ((p[i] & 0xC0) != 0x80)
      return 0;
    c = c << 6 | (p[i] & 63);
  }
  bool overlong = (n == 3 && c < 0x800) || (n == 4 && c < 0x10000);
  if (overlong || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
    return 0;
  *code_point = c;
  return n;
}

size_t utf8_invalid_at(Str s) {
  size_t i = 0;
  while (i < s.len) {
    uint64_t eight;
    if (s.len - i >= 8 &&
        (memcpy(&eight, s.ptr + i, 8), !(eight & 0x8080808080808080ull))) {
      i += 8;
      continue;
    }
    uint32_t c;
    int n = utf8_decode(s, i, &c);
    if (!n)
      return i;
    i += (size_t)n;
  }
  return SIZE_MAX;
}
