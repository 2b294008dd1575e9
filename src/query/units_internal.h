// units_internal.h: the lattice while it is built, shared by units.c and units_values.c.
#ifndef QUERY_UNITS_INTERNAL_H
#define QUERY_UNITS_INTERNAL_H

#include "query/units.h"

enum {
  SPAN_MAX = 6,
  HITS_MAX = 10,
  UNITS_PER_WORD = 12
};

typedef struct {
  const QName *name;
  int16_t table, column;
  uint16_t own; // bits of stems that are words of the table's name
} NameRow;

typedef struct {
  uint16_t exact, similar; // bits of the name's stems
} Match;

typedef struct {
  Arena *arena;
  const Words *words;
  const QSchema *schema;
  NameRow *rows;
  uint32_t row_count;
  Match *matches; // [word * row_count + row]
  bool *named;    // words that match some name
  bool *function; // words that stand in a phrase
  Units *out;
} Builder;

void units_add(Builder *b, Unit u);
// "open" of a flag that is called closed.
bool units_are_opposites(Str in_name, Str said);
// Units that start at a word: "next 30 days"; "last 30 days", "yesterday"; "paid",
// "inactive"; "cancel all ..."; texts, numbers and dates.
void units_add_ahead(Builder *b, uint32_t at);
void units_add_ago(Builder *b, uint32_t at);
void units_add_members(Builder *b, uint32_t at);
void units_add_imperative(Builder *b, uint32_t at);
void units_add_values(Builder *b, uint32_t at);

#endif
