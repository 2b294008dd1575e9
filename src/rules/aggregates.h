// Aggregates: what a query computes of all its rows.
#ifndef RULES_AGGREGATES_H
#define RULES_AGGREGATES_H

#include "rules/rule.h"

// True where the shape yields one row whatever the table holds: each item of it is an
// aggregate function, and nothing groups.
bool yields_one_row(RuleCtx *cx, const Shape *shape);

#endif
