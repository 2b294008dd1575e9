// jinja_text.c: strings by code points, as Python's str has them.
#include "gen/jinja_internal.h"

#include "base/utf8.h"

#include <utf8proc.h>

uint32_t text_next(Str s, size_t *at) {
  uint32_t c;
  int n = utf8_decode(s, *at, &c);
  if (!n) {
    c = (uint8_t)s.ptr[*at];
    n = 1;
  }
  *at += (size_t)n;
  return c;
}

size_t text_length(Str s) {
  size_t n = 0;
  for (size_t at = 0; at < s.len; n++)
    text_next(s, &at);
  return n;
}

size_t text_offset(Str s, size_t code_points) {
  size_t at = 0;
  while (code_points-- && at < s.len)
    text_next(s, &at);
  return at;
}

static utf8proc_category_t category(uint32_t c) {
  return utf8proc_category((utf8proc_int32_t)c);
}

bool text_is_space(uint32_t c) {
  if (c < 128)
    return (c >= 9 && c <= 13) || (c >= 28 && c <= 32);
  utf8proc_category_t k = category(c);
  return c == 0x85 || k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL ||
         k == UTF8PROC_CATEGORY_ZP;
}

bool text_is_alpha(uint32_t c) {
  utf8proc_category_t k = category(c);
  return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
}

bool text_is_word(uint32_t c) {
  if (c < 128)
    return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
  utf8proc_category_t k = category(c);
  return text_is_alpha(c) || (k >= UTF8PROC_CATEGORY_MN && k <= UTF8PROC_CATEGORY_NO);
}

bool text_is_printable(uint32_t c) {
  if (c < 128)
    return c >= 32 && c < 127;
  utf8proc_category_t k = category(c);
  return !(k == UTF8PROC_CATEGORY_CN || k == UTF8PROC_CATEGORY_ZS ||
           k >= UTF8PROC_CATEGORY_ZL);
}

static Str map_case(Run *r, Str s, bool upper, bool first_only) {
  Buf out = {0};
  size_t at = 0;
  while (at < s.len) {
    bool first = at == 0;
    uint32_t c = text_next(s, &at);
    if (upper && (!first_only || first)) {
      if (c == 0xDF)
        buf_add_text(&out, first_only ? "Ss" : "SS");
      else
        buf_add_utf8(&out,
                     (uint32_t)(first_only ? utf8proc_totitle((utf8proc_int32_t)c)
                                           : utf8proc_toupper((utf8proc_int32_t)c)));
    } else {
      buf_add_utf8(&out, (uint32_t)utf8proc_tolower((utf8proc_int32_t)c));
    }
  }
  Str copy = str_copy(&r->arena, buf_str(&out));
  buf_free(&out);
  return copy;
}

Str text_upper(Run *r, Str s) {
  return map_case(r, s, true, false);
}
Str text_lower(Run *r, Str s) {
  return map_case(r, s, false, false);
}
Str text_capitalize(Run *r, Str s) {
  return map_case(r, s, true, true);
}

static bool in_set(uint32_t c, Str chars) {
  if (!chars.ptr)
    return text_is_space(c);
  for (size_t at = 0; at < chars.len;) {
    if (text_next(chars, &at) == c)
      return true;
  }
  return false;
}

Str text_strip(Str s, Str chars, bool left, bool right) {
  size_t from = 0, to = s.len;
  while (left && from < to) {
    size_t next = from;
    if (!in_set(text_next(s, &next), chars))
      break;
    from = next;
  }
  while (right && to > from) {
    size_t last = to - 1;
    while (last > from && ((uint8_t)s.ptr[last] & 0xC0) == 0x80)
      last--;
    size_t next = last;
    if (!in_set(text_next(s, &next), chars))
      break;
    to = last;
  }
  return str_slice(s, from, to);
}

static bool ends_line(uint32_t c) {
  return (c >= 10 && c <= 13) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

bool text_next_line(Str s, size_t *at, Str *line, bool keep_end) {
  if (*at >= s.len)
    return false;
  size_t from = *at, to = from;
  while (*at < s.len) {
    to = *at;
    uint32_t c = text_next(s, at);
    if (!ends_line(c)) {
      to = *at;
      continue;
    }
    if (c == '\r' && *at < s.len && s.ptr[*at] == '\n')
      ++*at;
    break;
  }
  *line = str_slice(s, from, keep_end ? *at : to);
  return true;
}
