// Loaded: which query an instance came from, and what reading its relationships costs.
#ifndef RULES_LOADED_H
#define RULES_LOADED_H

#include "rules/util.h"

typedef struct {
  const Model *model;
  Ref statement; // of this file, select(...) or the Query: loader options go behind it; 0
                 // for get()
  Place maker;   // the function of the project that has the query; nowhere: this one
  const Model *owner; // of the collection that it was read from, `user.posts`; NULL: none
  bool async;         // an async session loaded it
} Loaded;

// What the value of `expr` (an iterable of instances, or one instance) was loaded by,
// where every step up to the query is seen in the function that it stands in, and no
// loader options are on the way.
bool loaded_from(RuleCtx *cx, Ref expr, Loaded *out);
// The same, also through loops, relationships, functions of the project and what FastAPI
// gives to a parameter.
bool loaded_through(RuleCtx *cx, Ref expr, Loaded *out);
// The relationship `attr` of the model, where reading it from an instance sends a SELECT;
// NULL otherwise.
const Relationship *lazy_relationship(const Model *m, Atom attr);
// The expression that a name is bound to by one `=`, annotated or not, 0 where it is
// bound otherwise.
Ref assigned_once(RuleCtx *cx, uint32_t symbol);
// The expression that a Name was assigned where it is read, though it may be assigned
// again before or later; another expression itself. 0 where several assignments reach it.
Ref assigned_at(RuleCtx *cx, Ref name);
// True where a Name with this symbol stands in the expression.
bool mentions(RuleCtx *cx, Ref expr, uint32_t symbol);
// True where the file reads or binds the name nowhere but at `use` and where it is
// assigned.
bool used_once(RuleCtx *cx, Ref use);

#endif
