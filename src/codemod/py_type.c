// py_type.c: from SQL types to Python types.
#include "codemod/py_type.h"

typedef struct {
  ApiId api;
  const char *module, *name, *default_text;
} Row;

static const Row rows[] = {
#define PY_TYPE(api, module, name, default_text)                                         \
  {API_sqlalchemy_##api, module, name, default_text},
#include "codemod/py_types.def"
#undef PY_TYPE
};

static const Row *find_row(ApiId api) {
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (rows[i].api == api)
      return &rows[i];
  return NULL;
}

Str py_type_builtin(CodemodCtx *cx, uint32_t file, Ref at, const char *name) {
  const ProjectFile *f = cx->project->files[file];
  Atom atom = intern(resolver_names(cx->resolver), str_from(name));
  uint32_t scope = py_scopes_at(f->scopes, at);
  if (py_scopes_lookup(f->scopes, scope, atom) != NO_SYMBOL)
    return (Str){0};
  return str_copy(cx->arena, str_from(name));
}

// A name of a module of the standard library: as it is imported, or through the module
// where the name itself is taken.
static Str standard(CodemodCtx *cx, uint32_t file, Ref at, const char *module,
                    const char *name) {
  if (!module[0])
    return py_type_builtin(cx, file, at, name);
  if (codemod_can_import(cx, file, at, module, name))
    return codemod_import(cx, file, at, module, name);
  if (!codemod_can_import(cx, file, at, module, NULL))
    return (Str){0};
  Str spelled = codemod_import(cx, file, at, module, NULL);
  return str_format(cx->arena, "%.*s.%s", STR_ARG(spelled), name);
}

Str py_type_optional(CodemodCtx *cx, uint32_t file, Ref at, Str type) {
  if (cx->python_minor >= 10 && (!type.len || type.ptr[0] != '"'))
    return str_format(cx->arena, "%.*s | None", STR_ARG(type));
  if (cx->python_minor >= 10) // a string: the union stands in it
    return str_format(cx->arena, "\"%.*s | None\"",
                      STR_ARG(str_slice(type, 1, type.len - 1)));
  Str optional = standard(cx, file, at, "typing", "Optional");
  if (!optional.ptr)
    return (Str){0};
  return str_format(cx->arena, "%.*s[%.*s]", STR_ARG(optional), STR_ARG(type));
}

Str py_type_list(CodemodCtx *cx, uint32_t file, Ref at) {
  if (cx->python_minor && cx->python_minor < 9)
    return codemod_import(cx, file, at, "typing", "List");
  return py_type_builtin(cx, file, at, "list");
}

Str py_type_mapped(CodemodCtx *cx, uint32_t file, Ref at, const char *name) {
  return codemod_import(cx, file, at, "sqlalchemy.orm", name);
}

// ---- Arguments of the type expression

static ExprCtx reader(CodemodCtx *cx) {
  return (ExprCtx){.r = cx->resolver, .project = cx->project, .arena = cx->arena};
}

static Expr type_call(CodemodCtx *cx, const SqlColumn *column) {
  ExprCtx x = reader(cx);
  if (!column->type.node.ref)
    return (Expr){0};
  Expr e = expr_follow_names(&x, expr_at(column->type.node));
  return expr_kind(&x, e) == PY_CALL ? e : (Expr){0};
}

// The boolean keyword of the type's call: EXPR_UNCLEAR where it is not given or unclear;
// `*given` tells which.
static ExprBool flag(CodemodCtx *cx, const SqlColumn *column, const char *name,
                     bool *given) {
  ExprCtx x = reader(cx);
  Expr call = type_call(cx, column);
  *given = false;
  if (!call.ref)
    return EXPR_UNCLEAR;
  Expr value =
      expr_keyword(&x, call, intern(resolver_names(cx->resolver), str_from(name)));
  *given = value.ref != 0;
  return value.ref ? expr_bool(&x, value) : EXPR_UNCLEAR;
}

// ---- Kinds of types

static PyType from_row(CodemodCtx *cx, uint32_t file, Ref at, const SqlColumn *column,
                       const Row *row) {
  const char *module = row->module, *name = row->name;
  bool given;
  ExprBool decimal = flag(cx, column, "asdecimal", &given);
  if (given && decimal == EXPR_UNCLEAR)
    return (PyType){.text = standard(cx, file, at, "typing", "Any")};
  if (given && (!strcmp(name, "Decimal") || !strcmp(name, "float"))) {
    module = decimal == EXPR_TRUE ? "decimal" : "";
    name = decimal == EXPR_TRUE ? "Decimal" : "float";
  }
  if (!strcmp(module, "uuid")) {
    ExprBool as_uuid = flag(cx, column, "as_uuid", &given);
    if (given && as_uuid == EXPR_UNCLEAR)
      return (PyType){.text = standard(cx, file, at, "typing", "Any")};
    if (given && as_uuid == EXPR_FALSE) {
      module = "";
      name = "str";
    }
  }
  PyType t = {.text = standard(cx, file, at, module, name)};
  t.is_default = row->default_text[0] && column->type.known &&
                 str_is(column->type.text, row->default_text);
  if (!t.text.ptr)
    t.why = name;
  return t;
}

// Enum(Color): the class as written, where it means the same in the annotation.
static PyType from_enum(CodemodCtx *cx, uint32_t file, Ref at, const SqlColumn *column) {
  ExprCtx x = reader(cx);
  Expr call = type_call(cx, column);
  Expr first = call.ref ? expr_positional(&x, call, 0) : (Expr){0};
  const PyTree *t = &cx->project->files[file]->tree;
  if (!first.ref || first.file != file || first.env)
    return (PyType){.text = standard(cx, file, at, "typing", "Any")};
  PyKind kind = py_kind(t, first.ref);
  if (kind == PY_STR)
    return (PyType){.text = py_type_builtin(cx, file, at, "str"), .why = "str"};
  if (kind != PY_NAME && kind != PY_ATTRIBUTE)
    return (PyType){.text = standard(cx, file, at, "typing", "Any")};
  Origin o = resolve_expr(cx->resolver, file, first.ref);
  Ref root = first.ref;
  while (py_kind(t, root) == PY_ATTRIBUTE)
    root = PY_AS(Attribute, t, root)->value;
  const PyScopes *s = cx->project->files[file]->scopes;
  uint32_t here = py_kind(t, root) == PY_NAME
                      ? py_scopes_lookup(s, py_scopes_at(s, at), PY_AS(Name, t, root)->id)
                      : NO_SYMBOL;
  bool same = here != NO_SYMBOL && s->symbols[here].scope == 0 &&
              py_scopes_target(s, py_scopes_symbol_of(s, root)) == here;
  if (o.kind != ORIGIN_CLASS || !same)
    return (PyType){.text = standard(cx, file, at, "typing", "Any")};
  return (PyType){.text = py_text(t, first.ref)};
}

static PyType from_array(CodemodCtx *cx, uint32_t file, Ref at) {
  Str list = py_type_builtin(cx, file, at, "list");
  Str any = standard(cx, file, at, "typing", "Any");
  if (!list.ptr || !any.ptr)
    return (PyType){.why = "list"};
  return (PyType){.text =
                      str_format(cx->arena, "%.*s[%.*s]", STR_ARG(list), STR_ARG(any))};
}

// What a project's own TypeDecorator says that it returns.
static PyType from_class(CodemodCtx *cx, uint32_t file, Ref at) {
  return (PyType){.text = standard(cx, file, at, "typing", "Any"), .why = "Any"};
}

static const SqlColumn *typed_column(const SqlColumn *column) {
  for (int depth = 0; depth < 20; depth++) {
    bool own = column->type.node.ref != 0;
    if (own || !column->foreign_key_count || !column->foreign_keys[0].column)
      return column;
    column = column->foreign_keys[0].column;
  }
  return column;
}

PyType py_type_of(CodemodCtx *cx, uint32_t file, Ref at, const SqlColumn *column) {
  bool own = column->type.node.ref != 0;
  const SqlColumn *typed = typed_column(column);
  ApiId api = (ApiId)typed->type.api;
  PyType t;
  if (!own && !typed->type.node.ref)
    return (PyType){.why = "its type is not known"};
  bool is_enum =
      api == API_sqlalchemy_Enum || api == API_sqlalchemy_dialects_postgresql_ENUM;
  const Row *row = typed->type.cls.ref ? NULL : find_row(api);
  if (is_enum && !typed->type.cls.ref)
    t = typed->type.node.file == file ? from_enum(cx, file, at, typed)
                                      : from_class(cx, file, at);
  else if (!typed->type.cls.ref && (api == API_sqlalchemy_ARRAY ||
                                    api == API_sqlalchemy_dialects_postgresql_ARRAY))
    t = from_array(cx, file, at);
  else if (row)
    t = from_row(cx, file, at, typed, row);
  else
    t = from_class(cx, file, at);
  if (!t.text.ptr)
    t.why = "a name that its type needs means something else here";
  t.is_default = t.is_default && own;
  return t;
}

bool py_relationship_is_required(const Model *model, const Relationship *rel) {
  const SqlTable *own = model->table, *other = rel->target ? rel->target->table : NULL;
  if (!own || !other || rel->primaryjoin.ref || !own->complete)
    return false;
  uint32_t keys = 0;
  bool required = true;
  for (uint32_t i = 0; i < own->column_count; i++) {
    const SqlColumn *c = own->columns[i];
    for (uint32_t k = 0; k < c->foreign_key_count; k++) {
      if (c->foreign_keys[k].table != other)
        continue;
      keys++;
      required = required && c->proven && !c->nullable;
    }
  }
  return keys == 1 && required;
}
