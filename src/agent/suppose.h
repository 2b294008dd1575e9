// Suppose: models for a query whose models were not shown.
//
//   "top 5 customers by revenue this month" → Customer(id, name, email) and
//   Order(id, total, status, created_at, customer_id)
//
// - Nouns are models with their usual fields (KIND of describe.def); words of fields,
//   qualities and acts give what else the query needs (suppose.def).
// - Whether the query is understood over them is for the caller to ask: every word of it
//   has to be, as nobody showed the models.
#ifndef AGENT_SUPPOSE_H
#define AGENT_SUPPOSE_H

#include "agent/ask.h"

typedef struct {
  Str code;     // a module of models
  Str sentence; // "`User(id, name)` and `Post(id, title, user_id)` are assumed", without
                // a full stop
} Supposed;

// Models that the prose describes beside its question ("I have a table of books with
// columns title and price. Select …"); `*question` is the rest. Makes them known. False
// where it describes none.
bool suppose_described_models(AskContext *cx, Str prose, Str *question, Supposed *out);
// Makes the models known to the context. False where the request names none. `code`: the
// query as it was written over them once before, whose columns are kept; "" gives all
// that models of these names usually have.
bool suppose_query_models(AskContext *cx, Str clause, Str code, Supposed *out);

#endif
