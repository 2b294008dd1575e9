// Family: functions that store and load a row with the rows that belong to it.
#ifndef AGENT_FAMILY_H
#define AGENT_FAMILY_H

#include "gen/generator.h"

// A function that stores a row of `parent` with those of its first collection, and one
// that loads it with them: a module of its own. An absent Str where it has no collection.
Str family_write(Arena *arena, Schema *schema, const GenSettings *settings,
                 const SchemaTable *parent);

#endif
