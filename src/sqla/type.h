// SqlType: the SQL type of a column as the source writes it.
#ifndef SQLA_TYPE_H
#define SQLA_TYPE_H

#include "sqla/expr.h"

typedef struct {
  uint16_t api; // the SQLAlchemy class (API_IS_TYPE), or API_NONE
  Place cls;    // the project's own type class (TypeDecorator, UserDefinedType ...)
  Atom dotted;  // dotted name of the class, also of other packages; 0: not known
  Str text;     // constructor notation, "String(length=50)"; "" where not known
  Place node;   // the expression that says it; nowhere where an annotation or a foreign
                // key decides
  Place python_enum;     // Enum(Class): the project's class
  bool mutable_in_place; // as_mutable() stands around it: changes inside are noticed
  bool variant;          // with_variant() gives some database another type
  bool known;            // text is what repr() of the type would be
} SqlType;

// Reads a type expression: a class, a call, `with_variant`, `as_mutable`, a variable that
// holds one. `text` is what SQLAlchemy's repr() gives: arguments by name, defaults left
// out. `version` is 14, 20 or 21: repr() of UUID and of variants differs.
SqlType sql_type_read(ExprCtx *cx, Expr x, int version);
// The Enum that a column annotated with an enum class of the project has.
SqlType sql_type_of_enum(ExprCtx *cx, Place cls, int version);
// repr() of a Python string.
void sql_type_add_string(Buf *out, Str s);
static inline bool sql_type_is_null(SqlType t) {
  return t.api == API_sqlalchemy_types_NullType;
}

#endif
