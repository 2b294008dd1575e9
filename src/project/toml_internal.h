// What toml.c (tables, keys, the document) and toml_value.c (scalars) share.
#ifndef PROJECT_TOML_INTERNAL_H
#define PROJECT_TOML_INTERNAL_H

#include "project/toml.h"

typedef struct {
  Arena *arena;
  const char *text;
  uint32_t len, at;
  uint32_t depth;
  uint32_t section; // number of the header or inline table that is being read
  DiagSink *diags;
} TomlReader;

static inline int toml_peek(const TomlReader *r, uint32_t ahead) { // -1 at the end
  return r->at + ahead < r->len ? (uint8_t)r->text[r->at + ahead] : -1;
}
static inline bool toml_looking_at(const TomlReader *r, const char *s, uint32_t len) {
  return r->len - r->at >= len && memcmp(r->text + r->at, s, len) == 0;
}
// Length of the line ending at the reader (1 or 2), or 0.
static inline uint32_t toml_newline(const TomlReader *r) {
  if (toml_peek(r, 0) == '\n')
    return 1;
  return toml_peek(r, 0) == '\r' && toml_peek(r, 1) == '\n' ? 2 : 0;
}
// Reports at [start, end) and returns false.
bool toml_error(TomlReader *r, uint32_t start, uint32_t end, const char *format, ...)
    PRINTF_LIKE(4, 5);
// A basic or literal string on one line, or with `multiline` also in three quotes.
bool toml_read_string(TomlReader *r, bool multiline, Str *out);
// Numbers, dates, booleans.
bool toml_read_scalar(TomlReader *r, TomlValue *v);

#endif
