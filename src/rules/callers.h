// Callers: what the project's calls of a function give it.
#ifndef RULES_CALLERS_H
#define RULES_CALLERS_H

#include "rules/util.h"

// Asked of an expression in the file of the context, which may be another than the
// rule's.
typedef bool (*ArgumentTest)(RuleCtx *cx, Ref argument, int depth);

// True where the project calls the undecorated function, a few times, and every call that
// may be one of it gives `param` what passes the test; so does its default where a call
// leaves it out. `depth` is handed on.
bool every_call_gives(RuleCtx *cx, Place def, Ref param, ArgumentTest test, int depth);

#endif
