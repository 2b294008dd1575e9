// PyType: the Python type of a column, as an annotation in Mapped[...].
#ifndef CODEMOD_PY_TYPE_H
#define CODEMOD_PY_TYPE_H

#include "codemod/codemod.h"

typedef struct {
  Str text;        // "datetime.date"; absent: it cannot be told
  bool is_default; // Mapped[text] alone gives the same SQL type
  const char *why; // where absent
} PyType;

// The type of a column at `at`, a node of the class body it stands in. Adds the imports
// to the open group. The Python type of a foreign key without a type is that of the
// column it points to. Unknown SQL types are Any.
PyType py_type_of(CodemodCtx *cx, uint32_t file, Ref at, const SqlColumn *column);
// `X | None`, or `Optional[X]` where the project's Python is older than 3.10 or unknown.
Str py_type_optional(CodemodCtx *cx, uint32_t file, Ref at, Str type);
// A builtin as it is spelled at `at`; absent where the name means something else there.
Str py_type_builtin(CodemodCtx *cx, uint32_t file, Ref at, const char *name);
// `name` imported from sqlalchemy.orm, also for a class body that binds the name.
Str py_type_mapped(CodemodCtx *cx, uint32_t file, Ref at, const char *name);

// `list`, or `List` where the project's Python is older than 3.9; absent as above.
Str py_type_list(CodemodCtx *cx, uint32_t file, Ref at);
// True where all columns of the one foreign key to the target are NOT NULL.
bool py_relationship_is_required(const Model *model, const Relationship *rel);

#endif
