// fields_words.c: words, numbers and brackets of the field grammar.
#include "schema/fields_internal.h"

#include <stdarg.h>
#include <stdio.h>

bool field_wrong(const FieldCx *cx, const char *format, ...) {
  char text[700];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return err_set(cx->err, ERR_USAGE, "field '%.*s' of %.*s: %s",
                 (int)min_size(cx->field.len, 200), cx->field.ptr,
                 STR_ARG(cx->t->class_name.len ? cx->t->class_name : cx->t->name), text);
}

Str field_unquoted(Str s) {
  s = str_trim(s);
  if (s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') && s.ptr[s.len - 1] == s.ptr[0])
    return str_slice(s, 1, s.len - 1);
  return s;
}

// Offset of the first `stop` outside brackets and quotes; the length where there is none.
// SIZE_MAX where a bracket or quote stays open.
size_t field_find_stop(Str s, char stop) {
  int depth = 0;
  char quote = 0;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    if (quote) {
      if (c == quote)
        quote = 0;
      continue;
    }
    if (c == stop && depth == 0)
      return i;
    // An apostrophe within a word (o'clock) opens nothing.
    if (c == '"' || (c == '\'' && (!i || strchr("=(,", s.ptr[i - 1]))))
      quote = c;
    else if (c == '(' || c == '[' || c == '{')
      depth++;
    else if ((c == ')' || c == ']' || c == '}') && --depth < 0)
      return SIZE_MAX;
  }
  return depth || quote ? SIZE_MAX : s.len;
}

// word [ "(" argument ")" ] rest
bool field_split_part(Str text, Part *out) {
  *out = (Part){0};
  size_t i = 0;
  while (i < text.len && !strchr("(=[", text.ptr[i]))
    i++;
  out->word = str_trim(str_slice(text, 0, i));
  out->rest = str_slice(text, i, text.len);
  if (i < text.len && text.ptr[i] == '(') {
    Str inside = str_slice(text, i + 1, text.len);
    size_t end = field_find_stop(inside, ')');
    if (end >= inside.len)
      return false;
    out->argument = str_slice(inside, 0, end);
    out->parenthesised = true;
    out->rest = str_slice(inside, end + 1, inside.len);
  }
  return true;
}

bool field_parse_number(Str s, uint32_t most, uint32_t *out) {
  s = str_trim(s);
  uint64_t n = 0;
  if (!s.len || s.len > 9)
    return false;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return false;
    n = n * 10 + (uint64_t)(s.ptr[i] - '0');
  }
  *out = (uint32_t)n;
  return n <= most;
}

bool field_is_number(Str s, bool whole) {
  size_t i = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'), digits = 0;
  bool point = false;
  for (; i < s.len; i++) {
    if (s.ptr[i] == '.' && !point && !whole)
      point = true;
    else if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
      digits++;
    else
      return false;
  }
  return digits > 0 && digits <= 60;
}

bool field_is_word_of(Str s, const char *words) {
  Str rest = str_from(words), word;
  while (str_next_part(&rest, ' ', &word))
    if (str_eq_nocase(s, word))
      return true;
  return false;
}
