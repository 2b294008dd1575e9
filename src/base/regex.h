// Regex: patterns of text from outside (PCRE2), with bounded work.
//
// A match that would take more than REGEX_WORK steps counts as no match, so that no input
// costs more than a bounded time. Patterns are ours: a wrong one is a BUG.
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include "base/arena.h"
#include "base/str.h"

enum {
  REGEX_WORK = 200000,
  REGEX_GROUPS = 32 // groups of a match that are kept, the whole match included
};

typedef struct Regex Regex;

typedef struct {
  Str groups[REGEX_GROUPS]; // absent where a group took no part
} RegexMatch;

// Without flags of PCRE2: `^` and `$` are the ends of the text, `.` stops at a line end.
Regex *regex_new(Str pattern);
void regex_free(Regex *r); // accepts NULL
// Every match replaced: `$1` and `${name}` are groups. The text where there is none.
Str regex_replace(const Regex *r, Arena *a, Str text, Str by);
// First match at or after `from`; `match` may be NULL.
bool regex_find(const Regex *r, Str text, size_t from, RegexMatch *match);
// The group of this name in `match`; of several, which `(?J)` allows, the first that took
// part; absent where none did.
Str regex_group(const Regex *r, const RegexMatch *match, const char *name);

#endif
