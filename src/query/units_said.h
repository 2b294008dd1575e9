// Values that a request speaks of without giving them: "this month", "March 2024",
// "min_price", "a search term".
#ifndef QUERY_UNITS_SAID_H
#define QUERY_UNITS_SAID_H

#include "query/units.h"

// A month, or a period that is told from now, which starts at a word.
bool unit_period(const Words *w, uint32_t at, Unit *out);
// A value that the caller of the query gives.
bool unit_given(const Words *w, const QSchema *s, uint32_t at, Arena *arena, Unit *out);

#endif
