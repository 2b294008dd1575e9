// declared.c: finding and annotating @declared_attr functions of one statement.
#include "codemod/declared.h"

static bool is_declared_attr(CodemodCtx *cx, uint32_t file, const PyTree *t, Ref d) {
  if (py_kind(t, d) == PY_ATTRIBUTE && // declared_attr.cascading
      resolve_api(cx->resolver, file, d) != API_sqlalchemy_orm_declared_attr)
    d = PY_AS(Attribute, t, d)->value;
  return resolve_api(cx->resolver, file, d) == API_sqlalchemy_orm_declared_attr;
}

static bool is_docstring(const PyTree *t, Ref stmt) {
  return py_kind(t, stmt) == PY_EXPR_STMT &&
         py_kind(t, PY_AS(ExprStmt, t, stmt)->value) == PY_STR;
}

Ref declared_function(CodemodCtx *cx, uint32_t file, Ref value) {
  const PyTree *t = &cx->project->files[file]->tree;
  RuleCtx *in = codemod_in(cx, file);
  Ref stmt = rule_parent(in, value), def = rule_parent(in, stmt);
  if (py_kind(t, stmt) != PY_RETURN || py_kind(t, def) != PY_FUNCTION_DEF)
    return 0;
  const PyFunctionDef *f = PY_AS(FunctionDef, t, def);
  PyRefs body = py_list(t, f->body), decorators = py_list(t, f->decorators);
  bool alone = body.len == 1 || (body.len == 2 && is_docstring(t, body.at[0]));
  return alone && decorators.len == 1 && is_declared_attr(cx, file, t, decorators.at[0])
             ? def
             : 0;
}

// Behind the `)` of the parameters; 0 where something else than a comma stands before it.
static uint32_t behind_parameters(const PyTree *t, const PyFunctionDef *f) {
  PyRefs params =
      f->params ? py_list(t, PY_AS(Parameters, t, f->params)->params) : (PyRefs){NULL, 0};
  if (params.len != 1)
    return 0;
  Str text = t->source->text;
  uint32_t at = py_node(t, params.at[0])->end;
  while (at < text.len && strchr(" \t\r\n,", text.ptr[at]))
    at++;
  return at < text.len && text.ptr[at] == ')' ? at + 1 : 0;
}

bool declared_annotate(CodemodCtx *cx, uint32_t file, Ref function, Str annotation) {
  const PyTree *t = &cx->project->files[file]->tree;
  const PyFunctionDef *f = PY_AS(FunctionDef, t, function);
  RuleCtx *in = codemod_in(cx, file);
  if (f->returns) {
    fix_replace(in, py_span(t, f->returns), annotation);
    return true;
  }
  uint32_t at = behind_parameters(t, f);
  if (!at) {
    codemod_refuse(cx, (Place){file, function}, "the head of its function is unusual");
    return false;
  }
  fix_printf(in, (Span){at, at}, " -> %.*s", STR_ARG(annotation));
  return true;
}
