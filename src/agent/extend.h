// Extend: new models, columns and relationships among models that exist, in the project
// or in the code that was pasted.
#ifndef AGENT_EXTEND_H
#define AGENT_EXTEND_H

#include "agent/ask.h"
#include "schema/schema.h"
#include "text/changeset.h"

// Adds what the clause describes to the models of the context, in their style: a diff and
// an edit for each file of a project, the whole module for pasted code. False where there
// are no models, or nothing was understood.
bool extend_models(AskContext *cx, Str clause, Answer *answer);
// True where every word of the clause says what is to be added to them.
bool extend_understands(AskContext *cx, Str clause);
// The same for words of the field grammar over the models of the context.
bool extend_words(AskContext *cx, const StrVec *words, Answer *answer);
// The changes as a diff with its edits, or as the module that was pasted.
void extend_show(AskContext *cx, ChangeSet *set, Answer *answer);

#endif
