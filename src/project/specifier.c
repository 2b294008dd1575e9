// specifier.c: PEP 440 and Poetry's version clauses.
#include "project/specifier.h"

bool version_parse(Str text, Version *out) {
  *out = (Version){0};
  text = str_trim(text);
  if (text.len && (text.ptr[0] == 'v' || text.ptr[0] == 'V'))
    text = str_slice(text, 1, text.len);
  size_t i = 0;
  while (i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9') {
    uint32_t n = 0;
    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
      n = n < 100000000 ? n * 10 + (uint32_t)(text.ptr[i] - '0') : n;
    if (out->count < 4)
      out->parts[out->count++] = n;
    if (i >= text.len || text.ptr[i] != '.')
      break;
    i++;
  }
  return out->count > 0;
}

int version_compare(const Version *a, const Version *b) {
  for (int i = 0; i < 4; i++)
    if (a->parts[i] != b->parts[i])
      return a->parts[i] < b->parts[i] ? -1 : 1;
  return 0;
}

static bool same_prefix(const Version *v, const Version *prefix, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (v->parts[i] != prefix->parts[i])
      return false;
  return true;
}

// `^1.4` up to the next version of its first part that is not zero.
static bool caret_allows(const Version *v, const Version *low) {
  uint32_t first = 0;
  while (first + 1 < low->count && low->parts[first] == 0)
    first++;
  return version_compare(v, low) >= 0 && same_prefix(v, low, first + 1);
}

static bool is_operator(char c) {
  return c == '=' || c == '!' || c == '<' || c == '>' || c == '~' || c == '^';
}

static bool clause_allows(Str clause, const Version *v) {
  clause = str_trim(clause);
  size_t n = 0;
  while (n < clause.len && is_operator(clause.ptr[n]))
    n++;
  Str op = str_slice(clause, 0, n), rest = str_trim(str_slice(clause, n, clause.len));
  Version w;
  if (!version_parse(rest, &w))
    return true;
  int order = version_compare(v, &w);
  bool starred = str_ends(rest, STR("*"));
  if (str_is(op, ">="))
    return order >= 0;
  if (str_is(op, "<="))
    return order <= 0;
  if (str_is(op, ">"))
    return order > 0;
  if (str_is(op, "<"))
    return order < 0;
  if (str_is(op, "!="))
    return starred ? !same_prefix(v, &w, w.count) : order != 0;
  if (str_is(op, "~="))
    return order >= 0 && same_prefix(v, &w, w.count > 1 ? w.count - 1 : 1);
  if (str_is(op, "~"))
    return order >= 0 && same_prefix(v, &w, w.count > 1 ? 2 : 1);
  if (str_is(op, "^"))
    return caret_allows(v, &w);
  return starred ? same_prefix(v, &w, w.count) : order == 0;
}

static bool all_allow(Str clauses, const Version *v) {
  Str clause;
  while (str_next_part(&clauses, ',', &clause))
    if (str_trim(clause).len && !clause_allows(clause, v))
      return false;
  return true;
}

bool specifier_allows(Str spec, const Version *v) {
  size_t at = 0;
  for (;;) {
    size_t bar = str_find(spec, STR("||"), at);
    if (all_allow(str_slice(spec, at, bar), v))
      return true;
    if (bar == SIZE_MAX)
      return false;
    at = bar + 2;
  }
}

bool specifier_exact(Str spec, Version *out) {
  spec = str_trim(spec);
  while (spec.len && spec.ptr[0] == '=')
    spec = str_slice(spec, 1, spec.len);
  if (str_find_char(spec, ',', 0) != SIZE_MAX || str_ends(spec, STR("*")))
    return false;
  return version_parse(spec, out) && out->count >= 2;
}

static bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '-' || c == '_' || c == '.';
}

bool requirement_parse(Str text, Requirement *out) {
  text = str_trim(text);
  size_t n = 0;
  while (n < text.len && is_name_char(text.ptr[n]))
    n++;
  if (!n)
    return false;
  out->name = str_slice(text, 0, n);
  Str rest = str_trim(str_slice(text, n, text.len));
  if (rest.len && rest.ptr[0] == '[') {
    size_t close = str_find_char(rest, ']', 0);
    if (close == SIZE_MAX)
      return false;
    rest = str_trim(str_slice(rest, close + 1, rest.len));
  }
  static const char *const ends[] = {";", " --", "#", "\\"};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    rest = str_slice(rest, 0, str_find(rest, str_from(ends[i]), 0));
  rest = str_trim(rest);
  if (rest.len && rest.ptr[0] == '@') // a URL: no version is said
    rest = STR("");
  if (rest.len && rest.ptr[0] == '(' && rest.ptr[rest.len - 1] == ')')
    rest = str_slice(rest, 1, rest.len - 1);
  if (rest.len && !is_operator(rest.ptr[0]))
    return false;
  out->spec = rest;
  return true;
}
