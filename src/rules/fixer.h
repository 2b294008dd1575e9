// Fixer: applies fixes in rounds until nothing changes.
//
// - A round checks the project, applies the fixes that are at least of the wanted level
//   and do not overlap, and parses each changed file again. Where that brings a syntax
//   error, the fixes that brought it are withdrawn and named in `bugs`.
// - The last round finds nothing more to apply, or FIX_MAX_ROUNDS were made.
// - Files with syntax errors are not fixed.
// - Nothing is written: `files` has what each changed file is to become.
#ifndef RULES_FIXER_H
#define RULES_FIXER_H

#include "rules/check.h"

enum {
  FIX_MAX_ROUNDS = 100
};

typedef struct {
  Str path;
  FileStamp stamp; // of the file as it was read
  Str before;      // decoded text
  Str after;       // decoded text
  Str bytes;       // what the file is to hold
  bool changed;    // after differs from before
  size_t fixed;    // fixes applied
  bool *withdrawn; // by rule_index, NULL: none
} FixedFile;

typedef struct {
  FixedFile *files; // by file id of the project
  uint32_t file_count;
  size_t fixed;          // in all files
  size_t *fixed_by_rule; // by rule_index
  uint32_t rounds;
  bool unstable; // FIX_MAX_ROUNDS were not enough
  Vec(Str) bugs; // one sentence each
  Arena arena;
} FixResult;

// Replaces the texts of `p`; `remaining` is what the last round found.
void fix_project(FixResult *out, CheckResult *remaining, Project *p,
                 const CheckSettings *settings, FixLevel lowest);
void fix_result_free(FixResult *r);

#endif
