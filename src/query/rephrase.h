// Rephrase: what developers write put as the grammar of requests has it.
//
//   "Hey, I need to know which employees were hired in 2024, cheapest first pls"
//   → "which employees whose hired_on is between 2024-01-01 and 2024-12-31 …"
//
// - Rows of rephrase.def are phrases; the rest looks at the models: values behind a
// column
//   of text are quoted, a verb is the column or table it is called after, "nobody" is the
//   absence of the related rows, "X first" an order by the column it speaks of.
// - Only what is sure is changed; a text that nothing fits is given back as it is.
// - It stands before the words and not among the handlers of the parser, as it takes away
//   or joins spans (talk, pages by number, "two for one" phrases) that no weight is
//   learned for: readings are learned without it. What chooses between meanings belongs
//   to the parser.
#ifndef QUERY_REPHRASE_H
#define QUERY_REPHRASE_H

#include "query/schema.h"

typedef struct {
  Str text;
  int32_t limit, offset; // of a page that is named by its number; 0: none
  bool distinct;         // "no duplicates"
  bool orders_change;    // by an amount: "increase", "add 5 to"
  bool guessed; // a word was taken for the kind or the name of rows: it may be none
  Str dropped;  // words that were taken for talk but are not known as such
} Rephrased;

Rephrased request_rephrase(Str text, const QSchema *schema, Arena *arena);

#endif
