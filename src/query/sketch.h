// Sketch: what the words of a request say about the shape of its query, whatever the
// schema: grouped, limited, distinct, with how many outputs.
//
// Words become marks (T a table, C a column, V a value, N a number, function words
// themselves); runs of one and two marks vote, with learned weights (sketch.def, written
// by tools/train_sketch.py). The votes are features of the choice between readings.
#ifndef QUERY_SKETCH_H
#define QUERY_SKETCH_H

#include "query/units.h"

typedef enum {
  SKETCH_DISTINCT,
  SKETCH_GROUP,
  SKETCH_HAVING,
  SKETCH_ORDER, // without a limit
  SKETCH_LIMIT,
  SKETCH_SET, // set operations, rows that must not be there
  SKETCH_NESTED,
  SKETCH_COUNT, // among the outputs
  SKETCH_AGGREGATE,
  SKETCH_ONE,  // one output
  SKETCH_MANY, // three or more
  SKETCH_JOIN,
  SKETCH_WHERE,
  SKETCH_SHAPES
} SketchShape;

// For each shape: above 0 where it is likely (log of the odds).
void sketch_read(const Units *units, float out[SKETCH_SHAPES]);
// The mark of one word.
Str sketch_mark(const Units *units, uint32_t at);
// The marks of the request, separated by blanks, for the training.
void sketch_marks(const Units *units, Buf *out);
// The shapes of a meaning as bits; `joins`: how many tables are joined.
uint32_t sketch_of(const Meaning *m, uint32_t joins);

#endif
