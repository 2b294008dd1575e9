// Explain: answers a how or why question from the library.
#ifndef AGENT_EXPLAIN_H
#define AGENT_EXPLAIN_H

#include "agent/answer.h"
#include "agent/library.h"

// Adds reading, explanation, code to be run, sources and what else to look at. False
// where the library does not know, or where a page must `surely` be about it and none is:
// then `unknown` is set and only the nearest page is named.
bool explain_question(Library *l, Str question, bool surely, Answer *answer);

#endif
