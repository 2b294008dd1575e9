// Consent: what is said wherever an answer, or what was asked for, loses data.
//
// - A query, a revision say it of what they do, by their meaning; for any other answer
//   the request decides: a verb of destruction and rows, tables or a database behind it.
// - It is said once, before the code.
#ifndef AGENT_CONSENT_H
#define AGENT_CONSENT_H

#include "agent/answer.h"
#include "agent/request.h"

// "**Destructive:** WHAT. Run it only after a backup and with the consent ..."
void consent_tell(Answer *a, const char *what, ...) PRINTF_LIKE(2, 3);
// True where the request asks how to destroy rows, tables or a database. A trouble that
// is told, and what must not happen ("without deleting the rows"), asks for none.
bool consent_needed(const Request *r, Arena *arena);
// True where that is all that it asks for, and of no table by name: "drop all tables".
bool consent_asks_whole(const Request *r, Arena *arena);

#endif
