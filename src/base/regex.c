// regex.c: a thin cover over PCRE2.
#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct Regex {
  pcre2_code *code;
  pcre2_match_context *bounds;
};

Regex *regex_new(Str pattern) {
  Regex *r = mem_zalloc(1, sizeof *r);
  int number;
  PCRE2_SIZE at;
  r->code = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, 0, &number, &at, NULL);
  if (!r->code)
    BUG("a pattern of ours does not compile");
  r->bounds = pcre2_match_context_create(NULL);
  if (!r->bounds)
    BUG("out of memory");
  pcre2_set_match_limit(r->bounds, REGEX_WORK);
  pcre2_set_heap_limit(r->bounds, 16 << 10); // kibibytes
  return r;
}

void regex_free(Regex *r) {
  if (!r)
    return;
  pcre2_match_context_free(r->bounds);
  pcre2_code_free(r->code);
  mem_free(r);
}

bool regex_find(const Regex *r, Str text, size_t from, RegexMatch *match) {
  pcre2_match_data *data = pcre2_match_data_create(REGEX_GROUPS, NULL);
  if (!data)
    BUG("out of memory");
  int n = pcre2_match(r->code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, from, 0,
                      data, r->bounds);
  if (n >= 0 && match) {
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(data);
    int count = n ? n : REGEX_GROUPS;
    *match = (RegexMatch){0};
    for (int i = 0; i < count; i++)
      if (at[2 * i] != PCRE2_UNSET)
        match->groups[i] = str_slice(text, at[2 * i], at[2 * i + 1]);
  }
  pcre2_match_data_free(data);
  return n >= 0;
}

Str regex_group(const Regex *r, const RegexMatch *match, const char *name) {
  PCRE2_SPTR first, last;
  int size = pcre2_substring_nametable_scan(r->code, (PCRE2_SPTR)name, &first, &last);
  for (PCRE2_SPTR entry = first; size > 0 && entry <= last; entry += size) {
    int n = entry[0] << 8 | entry[1];
    if (n < REGEX_GROUPS && match->groups[n].ptr)
      return match->groups[n];
  }
  return (Str){0};
}

Str regex_replace(const Regex *r, Arena *a, Str text, Str by) {
  PCRE2_SIZE size = 2 * text.len + 1024;
  for (int round = 0; round < 2; round++) {
    char *out = arena_alloc(a, size, 1);
    PCRE2_SIZE len = size;
    int n = pcre2_substitute(r->code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, 0,
                             PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_UNSET_EMPTY |
                                 PCRE2_SUBSTITUTE_OVERFLOW_LENGTH,
                             NULL, r->bounds, (PCRE2_SPTR)by.ptr, by.len,
                             (PCRE2_UCHAR *)out, &len);
    if (n >= 0)
      return n ? (Str){out, len} : text;
    if (n != PCRE2_ERROR_NOMEMORY)
      return text;
    size = len;
  }
  return text;
}
