// Joins: the cheapest way to bring tables together.
//
// Tables are joined along edges of the schema, from the first one, each by the shortest
// way to what is there already. A way through a link table costs a little less than one
// through a table with a life of its own.
#ifndef QUERY_JOINS_H
#define QUERY_JOINS_H

#include "query/meaning.h"

enum {
  MAX_STEPS = 12
};

typedef struct {
  int16_t edge, from, to; // joins `to` to `from`
} JoinStep;

typedef struct {
  JoinStep steps[MAX_STEPS];
  uint32_t count;
  bool connected; // all tables were reached
} JoinPlan;

// Of several edges between two tables the one among `m`'s roles is taken.
JoinPlan joins_plan(const QSchema *s, const Meaning *m, const int16_t *tables,
                    uint32_t count);
// Finds the roles a request speaks of: "destination" for flights.destination_id.
void joins_roles(const QSchema *s, const Words *words, Meaning *m);
// Tables of the meaning's outermost query, the root first: `out` has MAX_TABLES places.
// Conditions of the second branch of a set operation and of scopes are left out.
uint32_t joins_tables(const Meaning *m, int16_t *out);
// The attribute that leads from `from` over the edge, "" where there is none.
Str joins_attribute(const QSchema *s, JoinStep step);
bool joins_to_many(const QSchema *s, JoinStep step);

#endif
