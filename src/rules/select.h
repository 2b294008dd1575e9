// Selection: which rules run, from the defaults, the configuration and the command line.
//
// A selector is ALL, a category ("query"), a code ("Q101"), the start of codes ("Q1") or
// a rule's name. Layers are applied one after the other: defaults, configuration, command
// line. In one layer the more specific selector wins, whatever the order: --select Q
// --ignore Q101 and --select Q101 --ignore Q both do what they say. A layer that selects
// starts from nothing; one that only ignores or extends changes what was before.
#ifndef RULES_SELECT_H
#define RULES_SELECT_H

#include "rules/registry.h"

typedef struct {
  const Str *select; // has_select false: the layer does not start anew
  size_t select_count;
  bool has_select;
  const Str *ignore;
  size_t ignore_count;
  const Str *extend;
  size_t extend_count;
} SelectLayer;

typedef struct {
  bool *enabled; // by rule_index
} Selection;

// The default selection: every rule that is not off.
void selection_init(Selection *s, Arena *arena);
// False with the first selector that names nothing, and the nearest that exists.
MUST_USE bool selection_apply(Selection *s, const SelectLayer *layer, Err *err);
// Marks, by rule_index, the rules that any of the selectors names.
void selectors_mark(const Str *selectors, size_t count, bool *marked);

#endif
