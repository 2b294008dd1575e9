// Chain: the calls that a query is put together from.
#ifndef RULES_CHAIN_H
#define RULES_CHAIN_H

#include "rules/util.h"

// The names of the calls that chain_executed knows.
#define CHAIN_RUNS                                                                       \
  RULE_NAMES("all", "count", "exec", "execute", "first", "one", "one_or_none", "scalar", \
             "scalars")
// The query or statement that a call runs, with its value; 0 for other calls.
// `query.all()`, `session.execute(statement)`
Ref chain_executed(RuleCtx *cx, Ref call, Value *v);
// The next call below `expr` on the way to where the chain begins, through names that one
// assignment reaches: `select(User)` of `select(User).where(...)`. 0: none, or it cannot
// be seen.
Ref chain_below(RuleCtx *cx, Ref expr);
// The call that an expression is, or that its name was given; 0 for anything else.
Ref chain_call(RuleCtx *cx, Ref expr);
// The call of `method` in the chain that ends at `expr`, 0: none, or it cannot be seen.
Ref chain_find(RuleCtx *cx, Ref expr, const char *method);
// The name of the method that a call calls.
Span chain_name_span(RuleCtx *cx, Ref call);

#endif
