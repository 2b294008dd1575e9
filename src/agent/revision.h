// Revision: the steps of a migration from a request in English, as a file of Alembic's.
//
// - What can be asked for are the rows of revision.def.
// - Steps that SQLite cannot do by ALTER TABLE are written in batch mode, which every
//   database takes.
// - What loses data says so in the code and in the answer.
#ifndef AGENT_REVISION_H
#define AGENT_REVISION_H

#include "agent/ask.h"

// Answers with a revision file; false where the clause asks for no step that is known.
bool revision_answer(AskContext *cx, Str clause, Answer *answer);
// True where every word of the text says a step of a migration.
bool revision_understands(AskContext *cx, Str text);

#endif
