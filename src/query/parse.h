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

typedef struct {
  Meaning meaning;
  float features[FEATURE_COUNT];
  float score;
  uint64_t skipped; // words that were not used, by number (the first 64)
} Reading;

// Readings of the request, the best first, all different. Returns their number.
uint32_t parse_request(const Units *units, Arena *arena, Reading out[PARSE_RESULTS]);

#endif
