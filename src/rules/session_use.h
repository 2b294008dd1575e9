// Session use: how a function uses one session or connection that a name holds.
#ifndef RULES_SESSION_USE_H
#define RULES_SESSION_USE_H

#include "rules/util.h"

typedef struct {
  uint32_t writes;  // add(), delete(), execute() of an INSERT ...
  uint32_t commits; // commit(), and begin(), which commits by itself
  uint32_t rollbacks;
  uint32_t closes;
  bool closed_in_finally; // a close() stands in a `finally`
  bool escapes;           // returned, yielded, stored, captured, passed to a constructor
  bool passed_on;         // an argument of a call
  bool entered;           // `with name:`, `closing(name)`
  Ref first_write;
} SessionUse;

// The uses of the name below `root` (a def or a With), inner functions included: there a
// use counts as an escape.
SessionUse session_use(RuleCtx *cx, Ref root, uint32_t symbol);

// True where the call changes rows: add(), delete(), merge(), bulk_*(), execute() of DML.
bool session_writes(RuleCtx *cx, Ref call);
// True for an expression that makes a new session itself: Session(engine), Maker().
bool makes_session(RuleCtx *cx, Ref expr);
// True where that session does not open a connection of its own: it is made over one that
// somebody else has opened and ends, or without anything to connect to.
bool session_borrows(RuleCtx *cx, Ref call);
// What `with EXPR as name` gives a name: the symbol, NO_SYMBOL where it is no plain name.
uint32_t entered_symbol(RuleCtx *cx, Ref with_item);

#endif
