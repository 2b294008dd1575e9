// Outside: whether the words of a request are of another field.
#ifndef AGENT_OUTSIDE_H
#define AGENT_OUTSIDE_H

#include "base/str.h"

// True where the text names another program, or only what any program has, and nothing
// that a program with a database speaks of (outside.def) and no name of the API. Beside
// what any program has any name with an underscore speaks of this field.
bool outside_of_field(Arena *arena, Str text);

#endif
