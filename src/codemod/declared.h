// Declared: attributes that a @declared_attr function of a class returns, for typing
// them:
//
//   @declared_attr
//   def owner_id(cls):                          # -> Mapped[Optional[int]]
//       return Column(ForeignKey("user.id"))    # mapped_column(...)
#ifndef CODEMOD_DECLARED_H
#define CODEMOD_DECLARED_H

#include "codemod/codemod.h"

// The function whose only statement (but for a docstring) returns `value`, decorated with
// declared_attr or one of its forms and nothing else; 0: there is none.
Ref declared_function(CodemodCtx *cx, uint32_t file, Ref value);
// Writes what the function returns, in place of an annotation that is there. False where
// its head cannot be edited; the group is refused then.
bool declared_annotate(CodemodCtx *cx, uint32_t file, Ref function, Str annotation);

#endif
