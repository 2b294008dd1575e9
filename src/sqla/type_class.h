// What classes of the project say about SQL types: the members of an enum, and what a
// TypeDecorator is built on.
#ifndef SQLA_TYPE_CLASS_H
#define SQLA_TYPE_CLASS_H

#include "sqla/expr.h"

// True where the class is an enum.Enum, directly or through other classes.
bool type_is_enum_class(ExprCtx *cx, Place cls);
// Writes what SQLAlchemy makes of the members, as repr() does ("'RED', 'GREEN'"): their
// names, or where `by_value` their values. False where they cannot all be told.
// `version` is 14, 20 or 21: from 2.0 on aliases are left out.
bool type_enum_members(ExprCtx *cx, Place cls, bool by_value, int version, Buf *out);
// The `impl` of a TypeDecorator of the project: where the class (or one above it) has it
// as a plain attribute. `own_init`: a constructor stands between. ref 0: not known.
Expr type_decorator_impl(ExprCtx *cx, Place cls, bool *own_init);

#endif
