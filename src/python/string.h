// Decoding of string literals, for the parser and for py_str_value.
#ifndef PYTHON_STRING_H
#define PYTHON_STRING_H

#include "base/buf.h"

typedef struct {
  bool raw, bytes;
  bool formatted; // doubled braces are one
  bool unicode;   // u""
} PyDecode;

// Decodes the text between quotes into `out` (NULL: only looks). Returns NULL, or where
// the first wrong escape stands.
const uint8_t *py_decode(const uint8_t *s, const uint8_t *end, PyDecode how, Buf *out);

// From a whole literal to the text between its quotes.
const uint8_t *py_literal_body(const uint8_t *s, const uint8_t *end,
                               const uint8_t **body_end, PyDecode *how);

#endif
