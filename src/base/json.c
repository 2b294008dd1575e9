// json.c: streaming JSON output.
#include "base/json.h"

#include "base/utf8.h"

static void line(JsonWriter *w) {
  if (!w->indent)
    return;
  buf_add_char(w->out, '\n');
  buf_add_repeat(w->out, ' ', (size_t)(w->indent * w->depth));
}

static void before_value(JsonWriter *w) {
  if (w->after_key) {
    w->after_key = false;
    return;
  }
  if (w->after_value)
    buf_add_char(w->out, ',');
  if (w->depth)
    line(w);
}

static void open(JsonWriter *w, char bracket) {
  before_value(w);
  buf_add_char(w->out, bracket);
  w->depth++;
  w->after_value = false;
}

static void close(JsonWriter *w, char bracket) {
  ASSERT(w->depth > 0);
  w->depth--;
  if (w->after_value)
    line(w);
  buf_add_char(w->out, bracket);
  w->after_value = true;
}

void json_begin_object(JsonWriter *w) {
  open(w, '{');
}
void json_end_object(JsonWriter *w) {
  close(w, '}');
}
void json_begin_array(JsonWriter *w) {
  open(w, '[');
}
void json_end_array(JsonWriter *w) {
  close(w, ']');
}

static void add_escaped(Buf *out, Str s) {
  static const char hex[] = "0123456789abcdef";
  buf_add_char(out, '"');
  size_t i = 0;
  while (i < s.len) {
    size_t from = i;
    while (i < s.len && (uint8_t)s.ptr[i] >= 0x20 && (uint8_t)s.ptr[i] < 0x80 &&
           s.ptr[i] != '"' && s.ptr[i] != '\\')
      i++;
    buf_add(out, s.ptr + from, i - from);
    if (i == s.len)
      break;
    uint8_t c = (uint8_t)s.ptr[i];
    uint32_t code;
    int n = c >= 0x80 ? utf8_decode(s, i, &code) : 0;
    if (n) {
      buf_add(out, s.ptr + i, (size_t)n);
      i += (size_t)n;
      continue;
    }
    if (c == 0xED && i + 2 < s.len) { // a surrogate as WTF-8: keep it as \uXXXX
      uint32_t u = (c & 15u) << 12 | ((uint8_t)s.ptr[i + 1] & 63u) << 6 |
                   ((uint8_t)s.ptr[i + 2] & 63u);
      buf_printf(out, "\\u%04x", (unsigned)u);
      i += 3;
      continue;
    }
    if (c == '"' || c == '\\') {
      buf_add_char(out, '\\');
      buf_add_char(out, (char)c);
    } else if (c == '\n') {
      buf_add(out, "\\n", 2);
    } else {
      char u[6] = {'\\',        'u',        c >= 0x80 ? 'd' : '0', c >= 0x80 ? 'c' : '0',
                   hex[c >> 4], hex[c & 15]};
      buf_add(out, u, 6);
    }
    i++;
  }
  buf_add_char(out, '"');
}

void json_key(JsonWriter *w, const char *key) {
  before_value(w);
  add_escaped(w->out, str_from(key));
  buf_add_text(w->out, w->indent ? ": " : ":");
  w->after_key = true;
}

void json_str(JsonWriter *w, Str s) {
  if (!s.ptr) {
    json_none(w);
    return;
  }
  before_value(w);
  add_escaped(w->out, s);
  w->after_value = true;
}

static void literal(JsonWriter *w, const char *text) {
  before_value(w);
  buf_add_text(w->out, text);
  w->after_value = true;
}

void json_int(JsonWriter *w, long long value) {
  before_value(w);
  buf_printf(w->out, "%lld", value);
  w->after_value = true;
}

void json_bool(JsonWriter *w, bool value) {
  literal(w, value ? "true" : "false");
}
void json_none(JsonWriter *w) {
  literal(w, "null");
}
