// buf.c: growing byte buffers.
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

static bool make_room(Buf *b, size_t more) {
  if (b->max && (more > b->max || b->len > b->max - more)) {
    b->overflow = true;
    return false;
  }
  if (b->capacity - b->len > more)
    return true;
  size_t n = b->capacity ? b->capacity : 64;
  while (n - b->len <= more)
    n *= 2;
  b->ptr = mem_realloc(b->ptr, n);
  b->capacity = n;
  return true;
}

void buf_add(Buf *b, const void *bytes, size_t len) {
  if (!len || !make_room(b, len))
    return;
  memcpy(b->ptr + b->len, bytes, len);
  b->len += len;
  b->ptr[b->len] = 0;
}

void buf_add_char(Buf *b, char c) {
  buf_add(b, &c, 1);
}

void buf_add_repeat(Buf *b, char c, size_t count) {
  if (!count || !make_room(b, count))
    return;
  memset(b->ptr + b->len, c, count);
  b->len += count;
  b->ptr[b->len] = 0;
}

void buf_printf(Buf *b, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  ASSERT(n >= 0);
  if (make_room(b, (size_t)n)) {
    vsnprintf(b->ptr + b->len, (size_t)n + 1, format, again);
    b->len += (size_t)n;
  }
  va_end(again);
}

void buf_add_utf8(Buf *b, uint32_t c) {
  char out[4];
  size_t n = 0;
  if (c < 0x80) {
    out[n++] = (char)c;
  } else if (c < 0x800) {
    out[n++] = (char)(0xC0 | c >> 6);
    out[n++] = (char)(0x80 | (c & 63));
  } else if (c < 0x10000) {
    out[n++] = (char)(0xE0 | c >> 12);
    out[n++] = (char)(0x80 | (c >> 6 & 63));
    out[n++] = (char)(0x80 | (c & 63));
  } else {
    out[n++] = (char)(0xF0 | (c >> 18 & 7));
    out[n++] = (char)(0x80 | (c >> 12 & 63));
    out[n++] = (char)(0x80 | (c >> 6 & 63));
    out[n++] = (char)(0x80 | (c & 63));
  }
  buf_add(b, out, n);
}

void buf_clear(Buf *b) {
  b->len = 0;
  b->overflow = false;
  if (b->ptr)
    b->ptr[0] = 0;
}

void buf_free(Buf *b) {
  mem_free(b->ptr);
  b->ptr = NULL;
  b->len = b->capacity = 0;
  b->overflow = false;
}
