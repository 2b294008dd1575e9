// T136: @declared_attr of a directive (`__tablename__`, `__table_args__`,
// `__mapper_args__`) is @declared_attr.directive in 2.0, so that type checkers know it is
// no attribute of the rows.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"T136", "declared-attr-directive",
     "declared_attr for __tablename__ and others that are no column"},
    {.code = NULL}};

static bool is_directive(Str name) {
  return str_is(name, "__tablename__") || str_is(name, "__table_args__") ||
         str_is(name, "__mapper_args__");
}

static void visit(const CodemodWalk *w, Ref r) {
  if (py_kind(w->t, r) != PY_FUNCTION_DEF)
    return;
  const PyFunctionDef *f = PY_AS(FunctionDef, w->t, r);
  Str name = codemod_name(w, f->name);
  if (!is_directive(name))
    return;
  PyRefs decorators = py_list(w->t, f->decorators);
  for (uint32_t i = 0; i < decorators.len; i++) {
    if (py_kind(w->t, decorators.at[i]) == PY_CALL ||
        resolve_api(w->cx->resolver, w->file, decorators.at[i]) !=
            API_sqlalchemy_orm_declared_attr)
      continue;
    Site *s = codemod_site(w->cx, "T136", w->file, py_span(w->t, decorators.at[i]),
                           "`%.*s` is a directive, not an attribute", STR_ARG(name));
    if (codemod_open(w->cx, s)) {
      if (decorators.len > 1)
        codemod_refuse(w->cx, (Place){w->file, decorators.at[0]},
                       "it has another decorator as well");
      fix_insert(w->in, py_node(w->t, decorators.at[i])->end, STR(".directive"));
      codemod_close(w->cx);
    }
  }
}

const Codemod codemod_declared_attr = {.name = "declared-attr",
                                       .codes = codes,
                                       .profile = PROFILE_MODERN,
                                       .on = {PY_FUNCTION_DEF},
                                       .visit = visit};
