// Alter: attributes of models that exist, changed as the request says.
#ifndef AGENT_ALTER_H
#define AGENT_ALTER_H

#include "agent/ask.h"

// False where the request is no such change, or says more than one.
bool alter_models(AskContext *cx, Str text, Answer *answer);

#endif
