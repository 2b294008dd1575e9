// Parse: from the lattice of units to ranked readings.
//
// States run over the words from left to right. A state is a partial meaning with what it
// waits for; each kind of unit has a handler that makes the states in which the unit was
// understood, and any unit may be left out at a price. At each word the best PARSE_BEAM
// states go on. Every decision adds to a vector of features; the score is its product
// with the weights of features.def.
#ifndef QUERY_PARSE_H
#define QUERY_PARSE_H

#include "query/joins.h"
#include "query/lexicon.h"
#include "query/units.h"

enum {
  PARSE_BEAM = 96,
  PARSE_RESULTS = 24
};

typedef enum {
#define FEATURE(name, weight, sure) FEATURE_##name,
#define CONFIDENCE(base, margin)
#include "query/features.def"
#undef FEATURE
#undef CONFIDENCE
  FEATURE_COUNT
} Feature;

extern const char *const feature_names[FEATURE_COUNT];

// A set of words, by number.
typedef struct {
  uint64_t bits[(WORDS_MAX + 63) / 64];
} WordSet;

static inline bool word_set_has(const WordSet *set, uint32_t i) {
  return set->bits[i / 64] >> i % 64 & 1;
}

typedef struct {
  Meaning meaning;
  float features[FEATURE_COUNT];
  float score;
  Steps steps;
  WordSet skipped; // words that the meaning says nothing of
  bool lost;       // one of them was understood, but nothing came of it
} Reading;

// Readings of the request, the best first, all different. Returns their number.
uint32_t parse_request(const Units *units, Arena *arena, Reading out[PARSE_RESULTS]);

#endif
