// Lexicon: learned weights of decisions together with the words they stand at.
//
// While a request is read, each state keeps the steps it was made by: which features
// changed and which columns came in at which words. At the end every step gives a few
// keys such as "C:citi:<in" (a condition on a column whose name ends in "city", behind
// "in"); the weights of the keys that lexicon.def has are added to the score.
// tools/train_ranker.py writes them.
#ifndef QUERY_LEXICON_H
#define QUERY_LEXICON_H

#include "query/units.h"

enum {
  LEXICON_STEPS = 64,
  LEXICON_KEY = 72 // bytes of the longest key
};

typedef enum {
  STEP_FEATURE,
  STEP_CONDITION,
  STEP_OUTPUT,
  STEP_ORDER,
  STEP_GROUP
} StepKind;

typedef struct {
  uint8_t kind; // StepKind
  uint8_t from, to;
  int16_t table, column; // FEATURE: `column` is its number
} Step;

typedef struct {
  Step items[LEXICON_STEPS];
  uint8_t count; // those behind the last place are left out
} Steps;

static inline void steps_add(Steps *s, Step step) {
  if (s->count < LEXICON_STEPS)
    s->items[s->count++] = step;
}

// The sum of the weights of all keys; `names` are those of the features.
float lexicon_score(const Units *units, const Steps *s, const char *const *names);
// The keys, separated by blanks, for the training.
void lexicon_keys(const Units *units, const Steps *s, const char *const *names, Buf *out);

#endif
