// Generate: code for a schema, made by the generators of `aludel scaffold`, for answers.
#ifndef AGENT_GENERATE_H
#define AGENT_GENERATE_H

#include "agent/ask.h"
#include "gen/generator.h"

GenSettings generate_settings(const AskStyle *style);
// Runs a generator and adds what it writes to the answer's block; the schema's
// assumptions become the answer's. `models` says that later tasks may use the text as
// models.
MUST_USE bool generate_into(AskContext *cx, Answer *answer, Schema *schema,
                            const AskStyle *style, const char *generator, bool models,
                            Err *err);
// What the schema decided by itself as assumptions of the answer.
void generate_assumptions(Answer *answer, const Schema *s);
// A schema of the context's models in which those that the clause names are chosen, for
// generators that work on models that exist; all of them where it says "models". NULL
// where none is named.
Schema *generate_from_models(AskContext *cx, Str clause);
// Adds the files of a generator as blocks of their own, to be put into the project.
MUST_USE bool generate_files(AskContext *cx, Answer *answer, Schema *schema,
                             const AskStyle *style, const char *generator, Err *err);
// A few lines that make an engine, a session factory and the tables of `base` (an
// expression: "Base.metadata").
Str generate_short_engine(Arena *arena, const AskStyle *style, const char *base);
// "`User` and `Post`: `User.posts` is a list of `Post`, `Post.author` the one it belongs
// to."
Str generate_summary(Arena *arena, const Schema *schema);

#endif
