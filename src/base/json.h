// JsonWriter: streams JSON into a Buf; commas and escapes are its business.
//
// Strings are written as UTF-8; bytes that are not become \udcXX (as Python's
// surrogateescape). Reading of JSON is jansson's job. Source: RFC 8259.
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

typedef struct {
  Buf *out;
  int indent; // spaces per level; 0 writes one line
  int depth;
  bool after_value; // a comma is due before the next item
  bool after_key;
} JsonWriter;

void json_begin_object(JsonWriter *w);
void json_end_object(JsonWriter *w);
void json_begin_array(JsonWriter *w);
void json_end_array(JsonWriter *w);
void json_key(JsonWriter *w, const char *key);
void json_str(JsonWriter *w, Str s); // an absent Str is null
void json_int(JsonWriter *w, long long value);
void json_bool(JsonWriter *w, bool value);
void json_none(JsonWriter *w);

static inline void json_field(JsonWriter *w, const char *key, Str value) {
  json_key(w, key);
  json_str(w, value);
}
static inline void json_field_int(JsonWriter *w, const char *key, long long value) {
  json_key(w, key);
  json_int(w, value);
}
static inline void json_field_bool(JsonWriter *w, const char *key, bool value) {
  json_key(w, key);
  json_bool(w, value);
}

#endif
