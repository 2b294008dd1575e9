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
// Where the names of the attribute's annotation are looked up: in the class body for that
// of a function too, which itself does not see the class. `function` as above, or 0 where
// `stmt` of the class body assigns the attribute.
Ref declared_annotation_at(Ref function, Ref stmt);
// Writes what the function returns, in place of an annotation that is there. False where
// its head cannot be edited; the group is refused then.
bool declared_annotate(CodemodCtx *cx, uint32_t file, Ref function, Str annotation);

#endif
