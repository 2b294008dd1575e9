// Dialogue: what `aludel scaffold` was not told, asked for on a terminal, each answer
// checked at once. What is wrong is told and asked again; Tab completes.
#ifndef CLI_DIALOGUE_H
#define CLI_DIALOGUE_H

#include "base/vec.h"
#include "schema/fields.h"

typedef Vec(const char *) WordVec;

typedef struct {
  Arena *arena;
  const FieldSettings *settings;
  // A schema with what the project has, before any word: to be freed by who asked.
  Schema *(*fresh)(void *cx);
  void *cx;
} Dialogue;

// Asks for models and their fields until an empty answer or the end of input; adds the
// words of the field grammar, which are correct in that order. Words live in the arena.
// False where no model was given.
MUST_USE bool dialogue_fields(const Dialogue *d, WordVec *words);
// Asks for one of `choices`; NULL at an empty answer or the end of input.
const char *dialogue_choice(Arena *arena, const char *prompt, const char *const *choices,
                            uint32_t count);
// Asks for a word; NULL as above.
const char *dialogue_word(Arena *arena, const char *prompt);

#endif
