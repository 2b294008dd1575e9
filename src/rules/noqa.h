// Noqa: comments that suppress findings, as flake8 and ruff read them.
//
//   x = 1  # noqa                  everything on this line
//   x = 1  # noqa: Q101, S1        these codes, and codes that start so
//   # aludel: noqa                 everything in this file (also ruff:, flake8:)
//   # aludel: noqa: Q101           this code in this file
//   x == None  # noqa: E711        what other linters call the same (foreign_codes.def)
//
// The comment stands on the line that the finding starts in. Where a multi-line string
// covers that line, or a backslash continues it, the comment stands behind its last line.
#ifndef RULES_NOQA_H
#define RULES_NOQA_H

#include "rules/rule.h"

typedef struct {
  Span codes; // of the text behind the colon; empty: everything
  bool all;
} NoqaDirective;

typedef struct {
  const PyTree *tree;
  Arena *arena;
  bool file_all;        // the whole file is exempt
  NoqaDirective *files; // with codes, for the whole file
  uint32_t file_count;
  bool has_lines; // some comment says noqa for its line
  Span *strings;  // of multi-line strings, in source order; built on demand
  uint32_t string_count;
  bool strings_built;
} Noqa;

// Reads the comments of a file. The source's lines must be indexed.
void noqa_init(Noqa *n, const PyTree *tree, Arena *arena);
// The line (from 1) whose comment suppresses a finding at `offset`.
uint32_t noqa_line(Noqa *n, uint32_t offset);
bool noqa_suppresses(Noqa *n, uint32_t line, Str code);

#endif
