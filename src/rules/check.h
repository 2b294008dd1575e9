// Check: runs the rules over a project.
//
//   CheckResult result = {0};
//   check_project(&result, project, &settings);
//   ... result.findings, sorted by path, offset and code ...
//   check_result_free(&result);
//
// Files are shared out to threads; each thread has its own resolver, values and memory.
// The result does not depend on the number of threads. A file with syntax errors is
// checked as far as it was understood; its errors are findings without a rule.
#ifndef RULES_CHECK_H
#define RULES_CHECK_H

#include "rules/select.h"

typedef struct {
  SqlalchemyTarget target; // the line that code is written for; UNKNOWN: not known
  SqlalchemyTarget oldest; // the oldest line that it has to run on
  uint32_t databases;      // DETECTED_*, empty: not known
  const Selection *selection;
  int threads;      // 0: all processors
  bool ignore_noqa; // report what comments suppress as well
  bool only_syntax; // report syntax errors only
} CheckSettings;

typedef struct {
  Finding **findings;
  size_t count;
  size_t suppressed; // by comments
  Arena *arenas;     // of the threads: findings, messages, edits
  int arena_count;
  Arena shared;
} CheckResult;

void check_project(CheckResult *out, const Project *p, const CheckSettings *settings);
void check_result_free(CheckResult *r);

// "Q101", or "invalid-syntax".
Str finding_code(const Finding *f);

#endif
