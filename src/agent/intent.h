// Intent: what each clause of a request asks for.
//
// A linear model over the clause's stems, their pairs, and what the request carries (a
// traceback, legacy queries, classes, a question mark). The weights are
// intent_weights.def, made by tools/train_intents.py from tools/intents.tsv.
#ifndef AGENT_INTENT_H
#define AGENT_INTENT_H

#include "agent/request.h"
#include "base/buf.h"

typedef enum {
#define INTENT(id, title) INTENT_##id,
#include "agent/intents.def"
#undef INTENT
  INTENT_COUNT
} Intent;

const char *intent_name(Intent i);  // "query"
const char *intent_title(Intent i); // "Write a query"

typedef struct {
  Intent intent;
  Str clause;
  double margin; // of its score to the next intent's; below 1 it is not sure
  bool grounded; // it speaks of something of the field, or code stands beside it
} IntentFound;
typedef Vec(IntentFound) IntentList;

// At least one, in the order the clauses stand; neighbours of one intent are one. Words
// that fit nothing ("thanks!") are no clause of their own.
void intents_find(const Request *r, Arena *arena, IntentList *out);
// The features of a text within a request, one a line; for training and for people.
void intent_features(const Request *r, Str text, Arena *arena, Buf *out);

#endif
