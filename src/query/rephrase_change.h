// Rephrase: a change of numbers of rows by an amount, as the grammar has it.
//
//   "give every customer 100 extra points" → "increase points of every customer by 100"
//   "double the stock of product 7" → "increase the stock of product 7 by 100%"
//
// - Only where a number column of the models is named, or the key of what the rows belong
//   to; another text is given back as it is.
#ifndef QUERY_REPHRASE_CHANGE_H
#define QUERY_REPHRASE_CHANGE_H

#include "query/schema.h"

Str rephrase_change(Str text, const QSchema *schema, Arena *arena);
// Whether the request orders a change by an amount ("increase", "add 5 to"), understood
// or not: rows that are only read are no answer to it.
bool rephrase_orders_change(Str text);
// ... of a number column of the models, or of the key of what rows belong to.
bool rephrase_orders_change_of(Str text, const QSchema *schema, Arena *arena);

#endif
