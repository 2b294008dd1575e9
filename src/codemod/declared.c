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

static bool is_classmethod(CodemodCtx *cx, uint32_t file, Ref d) {
  Origin o = resolve_expr(cx->resolver, file, d);
  return o.kind == ORIGIN_BUILTIN &&
         str_is(atom_str(cx->project->names, o.dotted), "classmethod");
}

// @declared_attr alone, or over @classmethod, which it takes off again.
static bool is_declared(CodemodCtx *cx, uint32_t file, const PyTree *t, PyRefs list) {
  return (list.len == 1 || (list.len == 2 && is_classmethod(cx, file, list.at[1]))) &&
         is_declared_attr(cx, file, t, list.at[0]);
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
  return alone && is_declared(cx, file, t, decorators) ? def : 0;
}

Ref declared_annotation_at(Ref function, Ref stmt) {
  return function ? function : stmt;
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

// An attribute of the class is read: `cls.owner_id`.
typedef struct {
  const PyTree *t;
  Atom param;
  bool found;
} ClassUse;

static bool find_class_use(void *data, Ref r) {
  ClassUse *u = data;
  Ref value = py_kind(u->t, r) == PY_ATTRIBUTE ? PY_AS(Attribute, u->t, r)->value : 0;
  if (py_kind(u->t, value) == PY_NAME && PY_AS(Name, u->t, value)->id == u->param)
    u->found = true;
  return !u->found;
}

// Type checkers take a function without @classmethod for one of an instance, where
// `cls.owner_id` is an int; SQLAlchemy calls both the same way.
static void add_classmethod(RuleCtx *in, Ref function) {
  const PyTree *t = in->tree;
  const PyFunctionDef *f = PY_AS(FunctionDef, t, function);
  PyRefs decorators = py_list(t, f->decorators);
  PyRefs params = py_list(t, PY_AS(Parameters, t, f->params)->params);
  ClassUse u = {t, PY_AS(Param, t, params.at[0])->name, false};
  PyVisitor v = {.enter = find_class_use, .data = &u};
  py_walk(t, function, &v);
  uint32_t at = py_node(t, decorators.at[0])->end;
  Str text = t->source->text, eol = rule_newline(in);
  uint32_t start = py_node(t, decorators.at[0])->start, line = start;
  while (line && text.ptr[line - 1] != '\n')
    line--;
  Str indent = str_slice(text, line, start - 1); // before the `@`
  if (u.found && decorators.len == 1 && !str_trim(indent).len)
    fix_printf(in, (Span){at, at}, "%.*s%.*s@classmethod", STR_ARG(eol), STR_ARG(indent));
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
  add_classmethod(in, function);
  return true;
}
