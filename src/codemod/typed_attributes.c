// T131, T134, T135: what else a class maps gets the type that it has on an instance:
// `full = column_property(first + last)`, `names = association_proxy("tags", "name")`,
// `login = synonym("name")`. Annotations of these change nothing of the mapping.
#include "codemod/layout.h"
#include "codemod/py_type.h"

static const CodemodCode codes[] = {
    {"T131", "column-property-annotate", "column_property() without a type for Python"},
    {"T134", "association-proxy-annotate",
     "association_proxy() without a type for Python"},
    {"T135", "synonym-annotate", "synonym() without a type for Python"},
    {.code = NULL}};

typedef struct {
  CodemodCtx *cx;
  RuleCtx *in;
  const PyTree *t;
  uint32_t file;
  const Model *model;
  Ref stmt, target, call;
  const char *why; // it cannot be told
} Attribute;

// What an attribute holds; text absent: not known.
typedef struct {
  Str text;
  bool optional;
} Held;

static Atom atom_of(const Attribute *a, const char *name) {
  return intern(resolver_names(a->cx->resolver), str_from(name));
}

static Held unknown(Attribute *a, const char *why) {
  a->why = a->why ? a->why : why;
  return (Held){0};
}

static Held builtin(const Attribute *a, const char *name, bool optional) {
  return (Held){py_type_builtin(a->cx, a->file, a->stmt, name), optional};
}

static Held of_column(Attribute *a, const SqlColumn *c) {
  if (!c || !c->proven)
    return unknown(a, "the column is not understood");
  PyType type = py_type_of(a->cx, a->file, a->stmt, c);
  if (!type.text.ptr)
    return unknown(a, type.why);
  return (Held){type.text, c->nullable && !c->primary_key};
}

// ---- Expressions of columns

static Held of_expression(Attribute *a, Ref x, int depth);

// A column of the class body, or of a mapped class.
static const SqlColumn *column_of(const Attribute *a, Ref x) {
  const ModelColumn *c = NULL;
  if (py_kind(a->t, x) == PY_NAME) {
    const PyScopes *s = a->in->file->scopes;
    uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, x));
    if (symbol != NO_SYMBOL &&
        s->symbols[symbol].scope == py_scopes_of(s, a->model->node.ref))
      c = model_column(a->model, PY_AS(Name, a->t, x)->id);
  } else if (py_kind(a->t, x) == PY_ATTRIBUTE) {
    Origin o = resolve_expr(a->cx->resolver, a->file, PY_AS(Attribute, a->t, x)->value);
    const Model *m =
        o.kind == ORIGIN_CLASS && o.proven ? models_of_class(a->cx->models, o.at) : NULL;
    c = m ? model_column(m, PY_AS(Attribute, a->t, x)->attr) : NULL;
  }
  return c ? c->column : NULL;
}

static Held of_sum(Attribute *a, Ref x, int depth) {
  const PyBinOp *op = PY_AS(BinOp, a->t, x);
  Held left = of_expression(a, op->left, depth + 1);
  Held right = left.text.ptr ? of_expression(a, op->right, depth + 1) : left;
  if (!right.text.ptr || !str_eq(left.text, right.text) ||
      (!str_is(left.text, "str") && !str_is(left.text, "int")) ||
      (py_node(a->t, x)->aux != PY_ADD && str_is(left.text, "str")) ||
      py_node(a->t, x)->aux == PY_DIV)
    return unknown(a, "the type of its expression is not known");
  return (Held){left.text, left.optional || right.optional};
}

// func.count(...), func.lower(x)
static Held of_function(Attribute *a, Ref call, Str name, int depth) {
  static const char *const texts[] = {"lower", "upper", "trim", "ltrim", "rtrim"};
  static const char *const ends[] = {"max", "min"};
  Ref first = call_positional(a->t, call, 0);
  if (str_is(name, "count"))
    return builtin(a, "int", false);
  for (size_t i = 0; i < ARRAY_LEN(texts); i++)
    if (str_is(name, texts[i]) && first)
      return builtin(a, "str", of_expression(a, first, depth + 1).optional);
  for (size_t i = 0; i < ARRAY_LEN(ends); i++)
    if (str_is(name, ends[i]) && first)
      return (Held){of_expression(a, first, depth + 1).text, true};
  return unknown(a, "the type of its expression is not known");
}

static bool is_count(const Attribute *a, Ref x) {
  Ref func = py_kind(a->t, x) == PY_CALL ? PY_AS(Call, a->t, x)->func : 0;
  return py_kind(a->t, func) == PY_ATTRIBUTE &&
         PY_AS(Attribute, a->t, func)->attr == atom_of(a, "count") &&
         resolve_api(a->cx->resolver, a->file, PY_AS(Attribute, a->t, func)->value) ==
             API_sqlalchemy_func;
}

// select(x).where(...): the one thing that it selects; `grouped` where it may give no
// row.
static Held of_select(Attribute *a, Ref x, int depth) {
  bool grouped = false;
  for (int steps = 0; steps < 20 && py_kind(a->t, x) == PY_CALL; steps++) {
    Ref func = PY_AS(Call, a->t, x)->func;
    if (resolve_api(a->cx->resolver, a->file, func) == API_sqlalchemy_select) {
      Ref first = call_positional(a->t, x, 0);
      if (py_kind(a->t, first) == PY_LIST) {
        PyRefs items = py_list(a->t, PY_AS(List, a->t, first)->elts);
        first = items.len == 1 ? items.at[0] : 0;
      }
      Held h = first && (call_positional_count(a->t, x) == 1 ||
                         py_kind(a->t, call_positional(a->t, x, 0)) == PY_LIST)
                   ? of_expression(a, first, depth + 1)
                   : (Held){0};
      h.optional = h.optional || grouped || !is_count(a, first);
      return h.text.ptr ? h : unknown(a, "the type of its expression is not known");
    }
    if (py_kind(a->t, func) != PY_ATTRIBUTE)
      break;
    Atom method = PY_AS(Attribute, a->t, func)->attr;
    grouped = grouped || method == atom_of(a, "group_by") ||
              method == atom_of(a, "having") || method == atom_of(a, "limit") ||
              method == atom_of(a, "offset");
    x = PY_AS(Attribute, a->t, func)->value;
  }
  return unknown(a, "the type of its expression is not known");
}

static Held of_call(Attribute *a, Ref x, int depth) {
  Ref func = PY_AS(Call, a->t, x)->func;
  if (py_kind(a->t, func) != PY_ATTRIBUTE)
    return unknown(a, "the type of its expression is not known");
  Ref receiver = PY_AS(Attribute, a->t, func)->value;
  Str name = atom_str(a->cx->project->names, PY_AS(Attribute, a->t, func)->attr);
  if (resolve_api(a->cx->resolver, a->file, receiver) == API_sqlalchemy_func)
    return of_function(a, x, name, depth);
  if (str_is(name, "label"))
    return of_expression(a, receiver, depth + 1);
  if (str_is(name, "scalar_subquery") || str_is(name, "as_scalar"))
    return of_select(a, receiver, depth + 1);
  return unknown(a, "the type of its expression is not known");
}

static Held of_expression(Attribute *a, Ref x, int depth) {
  if (depth > 30)
    return unknown(a, "its expression is nested too deeply");
  switch (py_kind(a->t, x)) {
  case PY_STR:
    return builtin(a, "str", false);
  case PY_BIN_OP:
    return of_sum(a, x, depth);
  case PY_CALL:
    return of_call(a, x, depth);
  case PY_NAME:
  case PY_ATTRIBUTE: {
    const SqlColumn *c = column_of(a, x);
    if (c)
      return of_column(a, c);
    break;
  }
  default:
    break;
  }
  return unknown(a, "the type of its expression is not known");
}

// ---- Synonyms and association proxies

static Held of_synonym(Attribute *a, const ModelAttr *attr) {
  const ModelColumn *c = model_column(a->model, attr->target);
  if (call_keyword(a->t, a->call, atom_of(a, "descriptor")) ||
      call_keyword(a->t, a->call, atom_of(a, "map_column")))
    return unknown(a, "it has a descriptor of its own");
  return c ? of_column(a, c->column) : unknown(a, "what it is a synonym of is no column");
}

// "Keyword" for a proxy onto a relationship.
static Held of_target(Attribute *a, const Relationship *r, Atom name) {
  const ModelColumn *c = model_column(r->target, name);
  if (c)
    return of_column(a, c->column);
  const Relationship *next = model_relationship(r->target, name);
  if (!next || !next->target || next->uselist != NO)
    return unknown(a, "what it gives of each is not known");
  if (next->target->node.file != a->file)
    return unknown(a, "the class it gives is in another file");
  return (Held){str_format(a->cx->arena, "\"%.*s\"",
                           STR_ARG(atom_str(a->cx->project->names, next->target->name))),
                !py_relationship_is_required(r->target, next)};
}

static Str optional(const Attribute *a, Held h) {
  return h.text.ptr && h.optional ? py_type_optional(a->cx, a->file, a->stmt, h.text)
                                  : h.text;
}

static Str proxy_type(Attribute *a, const ModelAttr *attr) {
  const Relationship *r =
      attr->target ? model_relationship(a->model, attr->target) : NULL;
  if (!r || !r->proven || !r->target || !attr->target_value ||
      (r->uselist != YES && r->uselist != NO) || r->collection_class.ref ||
      str_is(r->lazy, "dynamic") || str_is(r->lazy, "write_only")) {
    unknown(a, "the collection that it goes through is not known");
    return (Str){0};
  }
  Held h = of_target(a, r, attr->target_value);
  if (r->uselist == NO)
    h.optional = h.optional || !py_relationship_is_required(a->model, r);
  Str text = optional(a, h);
  if (!text.ptr || r->uselist == NO)
    return text;
  Str list = py_type_list(a->cx, a->file, a->stmt);
  return list.ptr ? str_format(a->cx->arena, "%.*s[%.*s]", STR_ARG(list), STR_ARG(text))
                  : (Str){0};
}

// ---- Writing and finding

static void annotate(Attribute *a, Str type, Str wrapper) {
  if (!type.ptr || !wrapper.ptr) {
    codemod_refuse(a->cx, (Place){0, 0}, "%s",
                   a->why ? a->why
                          : "a name that its type needs means something else here");
    return;
  }
  uint32_t at = py_node(a->t, a->target)->end;
  fix_printf(a->in, (Span){at, at}, ": %.*s[%.*s]", STR_ARG(wrapper), STR_ARG(type));
  layout_wrap_call(a->in, a->stmt, a->call);
}

// `name = <call>` of the class's own body, without an annotation.
static bool find(Attribute *a, Place declared_in, Ref call) {
  a->call = call;
  a->stmt = rule_parent(a->in, call);
  if (!place_eq(declared_in, a->model->node) || py_kind(a->t, a->stmt) != PY_ASSIGN ||
      rule_parent(a->in, a->stmt) != a->model->node.ref)
    return false;
  PyRefs targets = py_list(a->t, PY_AS(Assign, a->t, a->stmt)->targets);
  a->target = targets.len == 1 ? targets.at[0] : 0;
  const PyScopes *s = a->in->file->scopes;
  uint32_t symbol =
      py_kind(a->t, a->target) == PY_NAME ? py_scopes_symbol_of(s, a->target) : NO_SYMBOL;
  return symbol != NO_SYMBOL && s->symbols[symbol].first == s->symbols[symbol].last;
}

static bool open(Attribute *a, const char *code, const char *what) {
  Str key = atom_str(a->cx->project->names, PY_AS(Name, a->t, a->target)->id);
  Site *s = codemod_site(a->cx, code, a->file, py_span(a->t, a->stmt),
                         "`%.*s` is %s without a type for Python", STR_ARG(key), what);
  if (!codemod_open(a->cx, s))
    return false;
  if (a->model->dataclass)
    codemod_refuse(a->cx, (Place){0, 0},
                   "the class is a dataclass: an annotation makes it a field");
  return true;
}

static void column_property(Attribute *a, const SqlColumn *column) {
  if (!open(a, "T131", "a column_property"))
    return;
  Held h = column ? of_column(a, column)
                  : of_expression(a, call_positional(a->t, a->call, 0), 0);
  annotate(a, optional(a, h), py_type_mapped(a->cx, a->file, a->stmt, "Mapped"));
  codemod_close(a->cx);
}

static Attribute attribute(CodemodCtx *cx, const Model *m, uint32_t file) {
  return (Attribute){.cx = cx,
                     .in = codemod_in(cx, file),
                     .t = &cx->project->files[file]->tree,
                     .file = file,
                     .model = m};
}

static bool is_readable(const CodemodCtx *cx, Place node) {
  const ProjectFile *f = node.ref ? cx->project->files[node.file] : NULL;
  return f && !f->tree.has_errors && !f->is_stub &&
         py_kind(&f->tree, node.ref) == PY_CALL;
}

static void look_at_column(CodemodCtx *cx, const Model *m, const ModelColumn *c) {
  if (c->inherited || !is_readable(cx, c->node) || c->node.file != m->node.file)
    return;
  Attribute a = attribute(cx, m, c->node.file);
  Ref outer = rule_parent(a.in, c->node.ref);
  if (resolve_call_api(cx->resolver, a.file, outer) ==
          API_sqlalchemy_orm_column_property &&
      find(&a, c->declared_in, outer))
    column_property(&a, c->column);
}

static void look_at(CodemodCtx *cx, const Model *m, const ModelAttr *attr) {
  if (attr->inherited || !is_readable(cx, attr->node) || attr->node.file != m->node.file)
    return;
  Attribute a = attribute(cx, m, attr->node.file);
  if (!find(&a, attr->declared_in, attr->node.ref))
    return;
  if (attr->kind == ATTR_COLUMN_PROPERTY) {
    column_property(&a, NULL);
  } else if (attr->kind == ATTR_SYNONYM && open(&a, "T135", "a synonym")) {
    Str type = optional(&a, of_synonym(&a, attr));
    annotate(&a, type, py_type_mapped(cx, a.file, a.stmt, "Mapped"));
    codemod_close(cx);
  } else if (attr->kind == ATTR_ASSOCIATION_PROXY &&
             open(&a, "T134", "an association proxy")) {
    Str type = proxy_type(&a, attr);
    annotate(&a, type,
             codemod_import(cx, a.file, a.stmt, "sqlalchemy.ext.associationproxy",
                            "AssociationProxy"));
    codemod_close(cx);
  }
}

static void run(CodemodCtx *cx) {
  for (uint32_t i = 0; i < models_count(cx->models); i++) {
    const Model *m = models_at(cx->models, i);
    if (m->style == BASE_SQLMODEL || m->style == BASE_AUTOMAP || !m->node.ref)
      continue;
    for (uint32_t k = 0; k < m->column_count; k++)
      look_at_column(cx, m, &m->columns[k]);
    for (uint32_t k = 0; k < m->attr_count; k++)
      look_at(cx, m, &m->attrs[k]);
  }
}

const Codemod codemod_typed_attributes = {
    .name = "typed-attributes", .codes = codes, .profile = PROFILE_MODERN, .run = run};
