// Table keys: the foreign keys between two tables.
#ifndef RULES_TABLE_KEYS_H
#define RULES_TABLE_KEYS_H

#include "rules/rule.h"

// Foreign keys of `from` that lead to `to`, a composite one counted once.
uint32_t keys_to(const SqlTable *from, const SqlTable *to);
// In both directions; of one table to itself once.
uint32_t keys_between(const SqlTable *a, const SqlTable *b);
// True where a foreign key of the table leads to a table that is not known, or a column
// may have one that is not seen: then counts prove nothing.
bool has_unknown_key(const SqlTable *t);

#endif
