// jinja_filters_web.c: urlencode and filesizeformat.
#include "gen/jinja_filters.h"

#include <math.h>

#define FILTER(name)                                                                     \
  bool name(Run *r, JValue self, const JValue *args UNUSED, const JArgs *all UNUSED,     \
            JValue *out)

// urllib.parse.quote, or quote_plus in a query string.
static bool quote(Run *r, JValue v, bool query, Buf *out) {
  Str s;
  if (!jv_to_str(r, v, &s))
    return false;
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 (c >= '0' && c <= '9') || (c && strchr("_.-~", c));
    if (plain || (c == '/' && !query))
      buf_add_char(out, (char)c);
    else if (c == ' ' && query)
      buf_add_char(out, '+');
    else
      buf_printf(out, "%%%02X", c);
  }
  return true;
}

static bool quote_pair(Run *r, JValue key, JValue value, bool first, Buf *out) {
  if (!first)
    buf_add_char(out, '&');
  if (!quote(r, key, true, out))
    return false;
  buf_add_char(out, '=');
  return quote(r, value, true, out);
}

static bool quote_pairs(Run *r, JValue self, Buf *text) {
  JList items, two;
  for (size_t i = 0; self.kind == JV_DICT && i < self.dict->len; i++)
    if (!quote_pair(r, self.dict->entries[i].key, self.dict->entries[i].value, !i, text))
      return false;
  if (self.kind == JV_DICT)
    return true;
  if (!jv_iterate(r, self, &items))
    return false;
  for (size_t i = 0; i < items.len; i++) {
    if (!jv_iterate(r, items.items[i], &two))
      return false;
    if (two.len != 2)
      return run_fail(r, "urlencode needs pairs");
    if (!quote_pair(r, two.items[0], two.items[1], !i, text))
      return false;
  }
  return true;
}

FILTER(filter_urlencode) {
  Buf text = JBUF;
  bool one = self.kind == JV_STR || self.kind == JV_NONE || self.kind == JV_BOOL ||
             jv_is_number(self);
  if (!jv_check(r, self) ||
      !(one ? quote(r, self, false, &text) : quote_pairs(r, self, &text))) {
    buf_free(&text);
    return false;
  }
  return jv_take_buf(r, &text, out);
}

FILTER(filter_filesizeformat) {
  static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
  static const char *const binary_units[] = {"KiB", "MiB", "GiB", "TiB",
                                             "PiB", "EiB", "ZiB", "YiB"};
  bool binary;
  if (!jv_check(r, self) || !arg_bool(r, args[0], false, &binary))
    return false;
  if (!jv_is_number(self))
    return run_fail(r, "filesizeformat needs a number, not %s", jv_type_name(self));
  double bytes = jv_as_float(self), base = binary ? 1024 : 1000, unit = base;
  Buf text = JBUF;
  size_t i = 0;
  if (bytes < base) {
    buf_printf(&text, "%.0f %s", trunc(bytes), bytes == 1 ? "Byte" : "Bytes");
    return jv_take_buf(r, &text, out);
  }
  while (i + 1 < ARRAY_LEN(units) && bytes >= unit * base) {
    unit *= base;
    i++;
  }
  buf_printf(&text, "%.1f %s", base * bytes / (unit * base),
             binary ? binary_units[i] : units[i]);
  return jv_take_buf(r, &text, out);
}
