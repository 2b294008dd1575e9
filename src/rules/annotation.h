// Annotation: annotations of mapped classes as rules ask about them.
#ifndef RULES_ANNOTATION_H
#define RULES_ANNOTATION_H

#include "rules/util.h"

// The `X` of `Mapped[X]`; 0 where the annotation is something else, or stands in quotes.
Ref annotation_mapped(RuleCtx *cx, Ref annotation);
// `X` of `Optional[X]`, `X | None`, `Union[X, None]`, else the expression itself.
Ref annotation_without_none(RuleCtx *cx, Ref expr, bool *optional);
// The name of a builtin or of typing that heads the expression ("dict", "typing.Any",
// "typing.List" of `List[int]`), "" for anything else.
Str annotation_head(RuleCtx *cx, Ref expr);
// True where the annotation is known to be no Mapped and nothing else that SQLAlchemy
// takes (ClassVar, AssociationProxy, a descriptor).
bool annotation_is_plain(RuleCtx *cx, Ref annotation);

// True where the class or a class above binds `name` in its body; `value` (may be NULL)
// is what it is first assigned, nowhere for other bindings.
bool class_binds(RuleCtx *cx, Place cls, const char *name, Place *value);
// True where a class above is not of the project and not known.
bool class_has_unknown_base(RuleCtx *cx, Place cls);
// True where the class, or one above, is what `dotted` names ("enum.Enum").
bool class_derives_from(RuleCtx *cx, Place cls, const char *dotted);

#endif
