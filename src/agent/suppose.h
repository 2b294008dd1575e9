// Suppose: models for a query whose models were not shown.
//
//   "users without posts" → User(id, name) has many Post(id, name, user_id)
//
// The nouns of the request are the models: plurals, and what stands behind "per" and
// "each". One or two are understood; what else a query would need is not invented.
#ifndef AGENT_SUPPOSE_H
#define AGENT_SUPPOSE_H

#include "agent/ask.h"

typedef struct {
  Str code;     // a module of models
  Str sentence; // "`User(id, name)` has many `Post(id, name, user_id)`", without a full
                // stop
} Supposed;

// Models that the prose describes beside its question ("I have a table of books with
// columns title and price. Select …"); `*question` is the rest. Makes them known. False
// where it describes none.
bool suppose_described_models(AskContext *cx, Str prose, Str *question, Supposed *out);
// Makes the models known to the context. False where the request names none.
bool suppose_query_models(AskContext *cx, Str clause, Supposed *out);

#endif
