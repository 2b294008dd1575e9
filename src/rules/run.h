// Run: what the report calls of rule.h keep while one file is checked. Of use to the
// engine only.
#ifndef RULES_RUN_H
#define RULES_RUN_H

#include "rules/check.h"
#include "rules/noqa.h"

typedef struct RuleRun {
  const CheckSettings *settings;
  const bool *enabled; // by rule_index, for this file
  uint32_t current;    // rule_index of cx->rule
  Arena *keep;         // findings, until the result is freed
  Vec(Finding *) found;
  size_t suppressed;
  Noqa noqa;
  bool noqa_ready;
  Finding *fixing; // with an open fix, NULL: none
  Vec(Edit) edits; // of the open fix
} RuleRun;

// Puts the edits of the open fix into its finding.
void run_close_fix(RuleRun *run);
// Adds a syntax error.
void run_add_diag(RuleCtx *cx, const Diag *d);

#endif
