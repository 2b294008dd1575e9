// Extend: new models, columns and relationships among models that exist, in the project
// or in the code that was pasted.
#ifndef AGENT_EXTEND_H
#define AGENT_EXTEND_H

#include "agent/ask.h"

// Adds what the clause describes to the models of the context, in their style: a diff and
// an edit for each file of a project, the whole module for pasted code. False where there
// are no models, or nothing was understood.
bool extend_models(AskContext *cx, Str clause, Answer *answer);

#endif
