// Dialogue: models and fields asked for on a terminal, each answer checked at once.
#ifndef CLI_DIALOGUE_H
#define CLI_DIALOGUE_H

#include "base/vec.h"
#include "schema/fields.h"

typedef Vec(const char *) WordVec;

// Asks for models and their fields until an empty answer or the end of input; adds the
// words of the field grammar, which are correct in that order. What is wrong is told and
// asked again. Words live in the arena. False where no model was given.
MUST_USE bool dialogue_fields(Arena *arena, const FieldSettings *settings,
                              WordVec *words);

#endif
