// Str: a view of bytes that somebody else owns; not NUL-terminated, printed with
// `"%.*s", STR_ARG(s)`. An absent string has a NULL pointer; an empty one does not.
#ifndef BASE_STR_H
#define BASE_STR_H

#include <string.h>

#include "base/arena.h"

typedef struct {
  const char *ptr;
  size_t len;
} Str;

#define STR(literal) ((Str){"" literal "", sizeof(literal) - 1})
#define STR_ARG(s) (int)(s).len, (s).ptr

static inline Str str_from(const char *text) {
  return (Str){text, text ? strlen(text) : 0};
}
static inline bool str_eq(Str a, Str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool str_is(Str a, const char *text) {
  return str_eq(a, str_from(text));
}
static inline Str str_slice(Str s, size_t from, size_t to) {
  to = min_size(to, s.len);
  from = min_size(from, to);
  return (Str){s.ptr + from, to - from};
}
// True where an absolute path is the folder or lies below it; neither has links or "..".
bool str_is_within(Str path, Str folder);
static inline bool str_starts(Str s, Str prefix) {
  return s.len >= prefix.len && str_eq(str_slice(s, 0, prefix.len), prefix);
}
static inline bool str_ends(Str s, Str suffix) {
  return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}
// Bytewise order; a prefix sorts before what it starts.
int str_compare(Str a, Str b);
// Offset of the first occurrence at or after `from`, or SIZE_MAX.
size_t str_find(Str s, Str needle, size_t from);
size_t str_find_char(Str s, char c, size_t from);
size_t str_rfind_char(Str s, char c);
// Without ASCII blanks (space, tab, CR, LF, form feed) at both ends.
Str str_trim(Str s);
bool str_eq_nocase(Str a, Str b); // ASCII only
// One of `count` words, without regard to case.
bool str_is_any(Str s, const char *const *words, size_t count);
Str str_copy(Arena *a, Str s); // terminated copy in the arena
Str str_format(Arena *a, const char *format, ...) PRINTF_LIKE(2, 3);
// Takes the part before the next `separator` off `*rest`; false when nothing is left.
bool str_next_part(Str *rest, char separator, Str *part);

#endif
