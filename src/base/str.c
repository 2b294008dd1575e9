// str.c: string views.
#ifdef __linux__
#define _GNU_SOURCE // memmem
#endif
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

int str_compare(Str a, Str b) {
  size_t n = min_size(a.len, b.len);
  int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
  return order ? order : (a.len > b.len) - (a.len < b.len);
}

size_t str_find(Str s, Str needle, size_t from) {
  if (needle.len == 0)
    return from <= s.len ? from : SIZE_MAX;
  if (from >= s.len)
    return SIZE_MAX;
  const char *p = memmem(s.ptr + from, s.len - from, needle.ptr, needle.len);
  return p ? (size_t)(p - s.ptr) : SIZE_MAX;
}

size_t str_find_char(Str s, char c, size_t from) {
  const char *p = from < s.len ? memchr(s.ptr + from, c, s.len - from) : NULL;
  return p ? (size_t)(p - s.ptr) : SIZE_MAX;
}

size_t str_rfind_char(Str s, char c) {
  for (size_t i = s.len; i > 0; i--)
    if (s.ptr[i - 1] == c)
      return i - 1;
  return SIZE_MAX;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

Str str_trim(Str s) {
  while (s.len && is_blank(s.ptr[0]))
    s = str_slice(s, 1, s.len);
  while (s.len && is_blank(s.ptr[s.len - 1]))
    s.len--;
  return s;
}

static char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_eq_nocase(Str a, Str b) {
  if (a.len != b.len)
    return false;
  for (size_t i = 0; i < a.len; i++)
    if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
      return false;
  return true;
}

bool str_is_any(Str s, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (str_eq_nocase(s, str_from(words[i])))
      return true;
  return false;
}

Str str_copy(Arena *a, Str s) {
  return (Str){arena_copy(a, s.ptr, s.len), s.len};
}

Str str_format(Arena *a, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  ASSERT(n >= 0);
  char *p = arena_alloc(a, (size_t)n + 1, 1);
  vsnprintf(p, (size_t)n + 1, format, again);
  va_end(again);
  return (Str){p, (size_t)n};
}

bool str_next_part(Str *rest, char separator, Str *part) {
  if (!rest->ptr)
    return false;
  size_t at = str_find_char(*rest, separator, 0);
  *part = str_slice(*rest, 0, at == SIZE_MAX ? rest->len : at);
  *rest = at == SIZE_MAX ? (Str){NULL, 0} : str_slice(*rest, at + 1, rest->len);
  return true;
}

bool str_is_within(Str path, Str folder) {
  if (str_is(folder, "/"))
    return str_starts(path, folder);
  return folder.len && str_starts(path, folder) &&
         (path.len == folder.len || path.ptr[folder.len] == '/');
}
