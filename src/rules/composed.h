// Composed: a text that is put together of texts and of values between them.
//
//   "a" + b    f"a{b}"    "a%s" % b    "a{}".format(b)    text += b
#ifndef RULES_COMPOSED_H
#define RULES_COMPOSED_H

#include "rules/util.h"

typedef struct {
  bool is_text;
  Str text;    // as it is when run: `%%`, `{{` and escapes are single; in scratch memory
  Ref value;   // of a part that is no text; 0 where it is not seen
  bool number; // formatted as a number, or counted: no text can come of it
  bool plain;  // as str() gives it, and all of it
} ComposedPart;

typedef Vec(ComposedPart) Composed; // in order; the caller frees it

// Adds the parts of `expr`. False where it is none of these forms: the expression itself
// is the one part then.
bool composed_read(RuleCtx *cx, Ref expr, Composed *out);
// Adds the parts that a binding of a name (as value_bindings gives it) has: those of the
// value in `s = ...`; what was in it before, or `s` where that is not one text, and the
// value in `s += ...`. False, and nothing added, where it is none of these forms.
bool composed_binding(RuleCtx *cx, Ref bound, Composed *out);

#endif
