// Buf: bytes that grow. Zero-initialised is empty; `ptr` is always NUL-terminated once
// something was added (use buf_str, never `ptr`, for an empty one).
//
// - Buffers that grow from outside input set `max`; past it `overflow` is set and bytes
// are
//   dropped. 0 means no bound.
// - buf_free gives the memory back; the buffer may be used again.
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

typedef struct {
  char *ptr;
  size_t len, capacity;
  size_t max; // bytes, 0 = no bound
  bool overflow;
} Buf;

void buf_add(Buf *b, const void *bytes, size_t len);
void buf_add_char(Buf *b, char c);
void buf_printf(Buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_add_repeat(Buf *b, char c, size_t count);
// Adds one code point as UTF-8. Surrogates are encoded as they are (WTF-8).
void buf_add_utf8(Buf *b, uint32_t code_point);
void buf_clear(Buf *b); // length 0, memory kept
void buf_free(Buf *b);
static inline void buf_add_str(Buf *b, Str s) {
  buf_add(b, s.ptr, s.len);
}
static inline void buf_add_text(Buf *b, const char *s) {
  buf_add(b, s, strlen(s));
}
static inline Str buf_str(const Buf *b) {
  return (Str){b->len ? b->ptr : "", b->len};
}

#endif
