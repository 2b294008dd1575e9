// glob_match: git's path patterns.
//
// The one idea: only the last `*` and the last `**` ever need another try. A `*` cannot
// leave its path part, so an earlier one has nothing to offer once a slash is passed; and
// what stands before a `**` is best matched as early as possible. Two saved positions
// replace recursion and keep the time within pattern length × path length.
#include "project/ignore.h"

typedef struct {
  const char *name;
  const char *members; // ranges as pairs
} CharClass;

static const CharClass char_classes[] = {
    {"alnum", "azAZ09"},   {"alpha", "azAZ"},
    {"blank", "  \t\t"},   {"cntrl", "\1\x1f\x7f\x7f"},
    {"digit", "09"},       {"graph", "!~"},
    {"lower", "az"},       {"print", " ~"},
    {"punct", "!/:@[`{~"}, {"space", "\t\r  "},
    {"upper", "AZ"},       {"xdigit", "09afAF"},
};

// -1 where there is no such class.
static int in_class(Str name, uint8_t c) {
  for (size_t i = 0; i < ARRAY_LEN(char_classes); i++) {
    if (!str_is(name, char_classes[i].name))
      continue;
    for (const char *m = char_classes[i].members; *m; m += 2)
      if (c >= (uint8_t)m[0] && c <= (uint8_t)m[1])
        return 1;
    return 0;
  }
  return -1;
}

typedef struct {
  Str pattern;
  size_t at;    // in the pattern, on a member
  int previous; // member that a range may start from, -1: none
  uint8_t c;    // the byte that is asked for
  bool found;
} Bracket;

// [:alpha:] at the bracket's position. False where it is malformed; `*is_class` tells
// whether it was a class at all.
static bool bracket_class(Bracket *b, bool *is_class) {
  size_t end = str_find_char(b->pattern, ']', b->at + 2);
  if (end == SIZE_MAX)
    return false;
  *is_class = end > b->at + 2 && b->pattern.ptr[end - 1] == ':';
  if (!*is_class)
    return true;
  int found = in_class(str_slice(b->pattern, b->at + 2, end - 1), b->c);
  b->found |= found > 0;
  b->at = end + 1;
  b->previous = -1;
  return found >= 0;
}

// One member or range of a bracket. False where the bracket is malformed.
static bool bracket_member(Bracket *b) {
  Str p = b->pattern;
  uint8_t member = (uint8_t)p.ptr[b->at];
  bool is_class = false;
  if (member == '[' && b->at + 1 < p.len && p.ptr[b->at + 1] == ':') {
    if (!bracket_class(b, &is_class))
      return false;
    if (is_class)
      return true;
  }
  bool range =
      member == '-' && b->previous >= 0 && b->at + 1 < p.len && p.ptr[b->at + 1] != ']';
  if (range)
    member = (uint8_t)p.ptr[++b->at];
  if (member == '\\') {
    if (++b->at >= p.len)
      return false;
    member = (uint8_t)p.ptr[b->at];
  }
  b->found |= range ? b->c >= b->previous && b->c <= member : b->c == member;
  b->previous = range ? -1 : member;
  b->at++;
  return true;
}

// A bracket expression with `at` on its `[`. Moves behind it; false where `c` does not
// match or the bracket is malformed (then nothing ever does).
static bool match_bracket(Str pattern, size_t *at, uint8_t c) {
  Bracket b = {.pattern = pattern, .at = *at + 1, .previous = -1, .c = c};
  bool negated =
      b.at < pattern.len && (pattern.ptr[b.at] == '!' || pattern.ptr[b.at] == '^');
  b.at += negated;
  do { // a `]` right at the start is a member
    if (b.at >= pattern.len || !bracket_member(&b))
      return false;
  } while (b.at >= pattern.len || pattern.ptr[b.at] != ']');
  *at = b.at + 1;
  return b.found != negated && c != '/';
}

// One pattern item that is no star against one byte.
static bool match_one(Str pattern, size_t *at, uint8_t c) {
  char item = pattern.ptr[*at];
  if (item == '[')
    return match_bracket(pattern, at, c);
  if (item == '?') {
    ++*at;
    return c != '/';
  }
  if (item == '\\') {
    if (*at + 1 >= pattern.len)
      return false;
    item = pattern.ptr[++*at];
  }
  ++*at;
  return c == (uint8_t)item;
}

typedef struct {
  size_t p, t;           // where matching stands in pattern and path
  size_t star_p, star_t; // behind the last `*`, and how far it reaches; SIZE_MAX: none
  size_t deep_p, deep_t; // the same for `**/`
} GlobState;

// Gives the last star one more byte, or the last `**` one more folder.
static bool backtrack(GlobState *g, Str path) {
  if (g->star_p != SIZE_MAX && g->star_t < path.len && path.ptr[g->star_t] != '/') {
    g->t = ++g->star_t;
    g->p = g->star_p;
    return true;
  }
  if (g->deep_p == SIZE_MAX)
    return false;
  size_t slash = str_find_char(path, '/', g->deep_t);
  if (slash == SIZE_MAX)
    return false;
  g->t = g->deep_t = slash + 1;
  g->p = g->deep_p;
  g->star_p = SIZE_MAX;
  return true;
}

// At a run of stars. False where the match fails; `*done` where it succeeds at once.
static bool enter_star(GlobState *g, Str pattern, Str path, bool *done) {
  size_t start = g->p;
  while (g->p < pattern.len && pattern.ptr[g->p] == '*')
    g->p++;
  bool at_end = g->p == pattern.len;
  bool slash = !at_end && pattern.ptr[g->p] == '/';
  bool escaped =
      g->p + 1 < pattern.len && pattern.ptr[g->p] == '\\' && pattern.ptr[g->p + 1] == '/';
  bool deep = g->p - start >= 2 && (start == 0 || pattern.ptr[start - 1] == '/') &&
              (at_end || slash || escaped);
  if (!deep) {
    g->star_p = g->p;
    g->star_t = g->t;
    return true;
  }
  *done = at_end;
  g->p += escaped ? 2 : 1;
  g->deep_p = g->p;
  g->deep_t = g->t;
  g->star_p = SIZE_MAX;
  return at_end || slash || backtrack(g, path); // `**\/` needs at least one folder
}

bool glob_match(Str pattern, Str path) {
  GlobState g = {0, 0, SIZE_MAX, 0, SIZE_MAX, 0};
  bool done = false;
  while (!done) {
    if (g.p < pattern.len && pattern.ptr[g.p] == '*') {
      if (!enter_star(&g, pattern, path, &done))
        return false;
      continue;
    }
    if (g.p == pattern.len && g.t == path.len)
      return true;
    bool ok = g.p < pattern.len && g.t < path.len &&
              match_one(pattern, &g.p, (uint8_t)path.ptr[g.t]);
    if (ok)
      g.t++;
    else if (!backtrack(&g, path))
      return false;
  }
  return true;
}
