// model_class.c: the classes of a project, their bases, and what they are to SQLAlchemy.
#include "sqla/model_internal.h"

enum {
  MRO_MAX = 64
};

const PyTree *model_tree(const Models *m, uint32_t file) {
  return &m->project->files[file]->tree;
}

Atom model_atom(const Models *m, const char *name) {
  return intern(m->names, str_from(name));
}

Str model_text(const Models *m, Atom a) {
  return atom_str(m->project->names, a);
}

ClassInfo *class_at(const Models *m, Place node) {
  uint32_t at = node.ref ? place_map_get(&m->class_at, place_key(node)) : PLACE_MAP_NONE;
  return at == PLACE_MAP_NONE ? NULL : m->classes.items[at];
}

ClassInfo *class_of_origin(const Models *m, Origin o) {
  return o.kind == ORIGIN_CLASS ? class_at(m, o.at) : NULL;
}

static const PyClassDef *class_def(const Models *m, const ClassInfo *cls) {
  return PY_AS(ClassDef, model_tree(m, cls->node.file), cls->node.ref);
}

static Expr class_expr(const ClassInfo *cls, Ref ref) {
  return (Expr){cls->node.file, ref, NULL};
}

// ---- Attributes of the class statement

static void attr_of_binding(const PyTree *t, uint32_t file, const PyBinding *b,
                            ClassAttr *out) {
  out->node = (Place){file, b->node};
  switch (py_kind(t, b->stmt)) {
  case PY_ASSIGN:
    if (b->flags & BIND_WHOLE)
      out->value = (Expr){file, PY_AS(Assign, t, b->stmt)->value, NULL};
    break;
  case PY_ANN_ASSIGN:
    out->value = (Expr){file, PY_AS(AnnAssign, t, b->stmt)->value, NULL};
    out->annotation = (Expr){file, PY_AS(AnnAssign, t, b->stmt)->annotation, NULL};
    break;
  case PY_FUNCTION_DEF:
    out->def = (Place){file, b->node};
    break;
  default:
    break;
  }
}

bool class_own_attr(const Models *m, const ClassInfo *cls, Atom name, ClassAttr *out) {
  *out = (ClassAttr){0};
  const PyScopes *s = m->project->files[cls->node.file]->scopes;
  uint32_t scope = py_scopes_of(s, cls->node.ref);
  uint32_t symbol = scope == NO_SCOPE ? NO_SYMBOL : py_scopes_find(s, scope, name);
  if (symbol == NO_SYMBOL || s->symbols[symbol].first == NO_BINDING)
    return false;
  const PyTree *t = s->tree;
  uint32_t count = 0, last = NO_BINDING;
  for (uint32_t b = s->symbols[symbol].first; b != NO_BINDING; b = s->bindings[b].next) {
    if (s->bindings[b].kind == BIND_DELETE)
      return false;
    count++;
    last = b;
    if (s->bindings[b].kind == BIND_FUNCTION && count == 1)
      break; // a property and its setters: the first def
  }
  attr_of_binding(t, cls->node.file, &s->bindings[last], out);
  out->certain = count == 1;
  return true;
}

bool class_attr(const Models *m, const ClassInfo *cls, Atom name, ClassAttr *out,
                const ClassInfo **owner) {
  for (uint32_t i = 0; i < cls->mro_count; i++)
    if (class_own_attr(m, cls->mro[i], name, out)) {
      *owner = cls->mro[i];
      return true;
    }
  return false;
}

ApiId decorator_api(Models *m, Place def, ApiId const *wanted, size_t count) {
  const PyTree *t = model_tree(m, def.file);
  Ref list = py_kind(t, def.ref) == PY_FUNCTION_DEF
                 ? PY_AS(FunctionDef, t, def.ref)->decorators
                 : PY_AS(ClassDef, t, def.ref)->decorators;
  PyRefs decorators = py_list(t, list);
  for (uint32_t i = 0; i < decorators.len; i++) {
    Ref d = decorators.at[i];
    if (py_kind(t, d) == PY_CALL)
      d = PY_AS(Call, t, d)->func;
    for (int depth = 0; depth < 3; depth++) { // declared_attr.directive, x.setter
      ApiId api = resolve_api(m->r, def.file, d);
      for (size_t k = 0; api && k < count; k++)
        if (api == wanted[k])
          return api;
      if (py_kind(t, d) != PY_ATTRIBUTE)
        break;
      d = PY_AS(Attribute, t, d)->value;
    }
  }
  return API_NONE;
}

bool is_declared_attr(Models *m, Place def) {
  static const ApiId wanted[] = {API_sqlalchemy_orm_declared_attr};
  return decorator_api(m, def, wanted, 1) != API_NONE;
}

static Expr returned(Models *m, const ClassInfo *cls, Place def, int depth);

// `cls._user_id()` in a declared_attr, where the class method makes the column.
static Expr returned_by_method(Models *m, const ClassInfo *cls, Expr call, Atom self,
                               int depth) {
  enum {
    MAX_DEPTH = 4 // methods that call one another
  };
  const PyTree *t = model_tree(m, call.file);
  const PyCall *c = PY_AS(Call, t, call.ref);
  const PyAttribute *f =
      py_kind(t, c->func) == PY_ATTRIBUTE ? PY_AS(Attribute, t, c->func) : NULL;
  ClassAttr a;
  const ClassInfo *owner;
  if (c->args || !f || py_kind(t, f->value) != PY_NAME ||
      PY_AS(Name, t, f->value)->id != self || depth == MAX_DEPTH ||
      !class_attr(m, cls, f->attr, &a, &owner) || !a.certain || !a.def.ref)
    return call;
  const PyTree *in = model_tree(m, a.def.file);
  PyRefs decorators = py_list(in, PY_AS(FunctionDef, in, a.def.ref)->decorators);
  bool plain = decorators.len == 1 && py_kind(in, decorators.at[0]) == PY_NAME;
  Origin o = plain ? resolve_expr(m->r, a.def.file, decorators.at[0]) : (Origin){0};
  bool is_classmethod = o.kind == ORIGIN_BUILTIN &&
                        str_is(atom_str(m->project->names, o.dotted), "classmethod");
  return is_classmethod ? returned(m, cls, a.def, depth + 1) : call;
}

Expr declared_attr_value(Models *m, const ClassInfo *cls, Place def) {
  return returned(m, cls, def, 0);
}

static Expr returned(Models *m, const ClassInfo *cls, Place def, int depth) {
  const PyTree *t = model_tree(m, def.file);
  const PyFunctionDef *f = PY_AS(FunctionDef, t, def.ref);
  const Env *env = NULL;
  PyRefs params =
      f->params ? py_list(t, PY_AS(Parameters, t, f->params)->params) : (PyRefs){NULL, 0};
  if (params.len) {
    Env *e = arena_new(m->arena, Env);
    *e = (Env){.name = PY_AS(Param, t, params.at[0])->name,
               .file = def.file,
               .cls = (const struct ClassInfo *)cls};
    env = e;
  }
  Expr x = expr_function_result(&m->cx, def.file, def.ref, env);
  bool calls = env && x.ref && py_kind(model_tree(m, x.file), x.ref) == PY_CALL;
  return calls ? returned_by_method(m, cls, x, env->name, depth) : x;
}

Expr class_attr_value(Models *m, const ClassInfo *cls, Atom name) {
  ClassAttr a;
  const ClassInfo *owner;
  if (!class_attr(m, cls, name, &a, &owner) || !a.certain)
    return (Expr){0};
  if (!a.def.ref)
    return a.value;
  return is_declared_attr(m, a.def) ? declared_attr_value(m, cls, a.def) : (Expr){0};
}

// ---- Bases

static bool is_true_constant(Models *m, Expr x) {
  return x.ref && expr_bool(&m->cx, x) == EXPR_TRUE;
}

// What a call makes that stands for a declarative base.
static BaseStyle style_of_maker(Models *m, Expr call) {
  ApiId api = expr_call_api(&m->cx, call);
  switch (api) {
  case API_sqlalchemy_orm_declarative_base:
    return BASE_FACTORY;
  case API_sqlalchemy_ext_automap_automap_base:
    return BASE_AUTOMAP;
  default:
    break;
  }
  if (!expr_is(&m->cx, call, PY_CALL))
    return BASE_UNKNOWN;
  Expr func = expr_child(call, PY_AS(Call, expr_tree(&m->cx, call), call.ref)->func);
  if (!expr_is(&m->cx, func, PY_ATTRIBUTE))
    return BASE_UNKNOWN;
  Origin o = expr_origin(&m->cx, func);
  if (o.kind != ORIGIN_API && o.kind != ORIGIN_API_MEMBER)
    return BASE_UNKNOWN;
  Str dotted = model_text(m, o.dotted);
  if (str_ends(dotted, STR("registry.generate_base")) ||
      str_ends(dotted, STR("registry.as_declarative_base")))
    return BASE_REGISTRY;
  if (str_ends(dotted, STR("SQLAlchemy.make_declarative_base")))
    return BASE_FLASK;
  return BASE_UNKNOWN;
}

static void add_base(ClassInfo *cls, ClassInfo *base, ClassInfo **list) {
  if (base && base != cls && cls->base_count < MRO_MAX)
    list[cls->base_count++] = base;
}

static void mark(ClassInfo *cls, BaseStyle style, Place place) {
  if (cls->marker == BASE_UNKNOWN) {
    cls->marker = style;
    cls->marker_place = place;
  }
}

static void read_base(Models *m, ClassInfo *cls, Expr x, ClassInfo **list, int depth);

// declarative_base(cls=X), SQLAlchemy(model_class=X)
static void read_class_argument(Models *m, ClassInfo *cls, Expr call, const char *name,
                                ClassInfo **list, int depth) {
  Expr x = expr_keyword(&m->cx, call, model_atom(m, name));
  if (!x.ref)
    return;
  if (expr_is(&m->cx, x, PY_TUPLE)) {
    PyRefs items =
        py_list(expr_tree(&m->cx, x), PY_AS(Tuple, expr_tree(&m->cx, x), x.ref)->elts);
    for (uint32_t i = 0; i < items.len; i++)
      read_base(m, cls, expr_child(x, items.at[i]), list, depth + 1);
    return;
  }
  read_base(m, cls, x, list, depth + 1);
}

static void read_base_call(Models *m, ClassInfo *cls, Expr x, ClassInfo **list,
                           int depth) {
  BaseStyle style = style_of_maker(m, x);
  if (style != BASE_UNKNOWN) {
    mark(cls, style, expr_place(x));
    read_class_argument(m, cls, x, "cls", list, depth);
    return;
  }
  Expr func = expr_child(x, PY_AS(Call, expr_tree(&m->cx, x), x.ref)->func);
  Origin o = expr_origin(&m->cx, func);
  Str dotted = o.dotted ? model_text(m, o.dotted) : STR("");
  if (str_ends(dotted, STR("with_metaclass")) || // six, future: (meta, *bases)
      str_ends(dotted, STR("declarative_mixin"))) {
    bool meta = str_ends(dotted, STR("with_metaclass"));
    for (uint32_t i = meta; i < expr_positional_count(&m->cx, x); i++)
      read_base(m, cls, expr_positional(&m->cx, x, i), list, depth + 1);
    return;
  }
  Expr result = expr_follow(&m->cx, x); // a function of the project that makes it
  if (result.ref && (result.ref != x.ref || result.file != x.file))
    read_base(m, cls, result, list, depth + 1);
  else
    cls->unknown_base = true;
}

// db of `db.Model`: the call that made it, so that all its classes share one base.
static Place flask_base(Models *m, Expr x) {
  if (!expr_is(&m->cx, x, PY_ATTRIBUTE))
    return expr_place(x);
  Expr db = expr_child(x, PY_AS(Attribute, expr_tree(&m->cx, x), x.ref)->value);
  Expr made = expr_follow_names(&m->cx, db);
  return expr_is(&m->cx, made, PY_CALL) ? expr_place(made) : expr_place(x);
}

static void read_api_base(Models *m, ClassInfo *cls, Expr x, ApiId api) {
  switch (api) {
  case API_sqlalchemy_orm_DeclarativeBase:
    cls->is_base = true;
    mark(cls, BASE_CLASS, cls->node);
    break;
  case API_sqlalchemy_orm_DeclarativeBaseNoMeta:
    cls->is_base = true;
    mark(cls, BASE_CLASS_NO_META, cls->node);
    break;
  case API_sqlalchemy_orm_MappedAsDataclass:
    cls->dataclass = true;
    break;
  case API_flask_sqlalchemy_SQLAlchemy_Model: // flask_sqlalchemy.Model is but a mixin
    mark(cls, BASE_FLASK, flask_base(m, x));
    break;
  case API_sqlmodel_SQLModel:
    mark(cls, BASE_SQLMODEL, expr_place(x));
    break;
  case API_sqlalchemy_ext_declarative_ConcreteBase:
  case API_sqlalchemy_ext_declarative_AbstractConcreteBase:
    cls->concrete_base = true;
    break;
  default:
    break;
  }
}

// db.Model where db = SQLAlchemy(model_class=X): X stands above it.
static void read_flask_model_class(Models *m, ClassInfo *cls, Expr x, ClassInfo **list,
                                   int depth) {
  if (!expr_is(&m->cx, x, PY_ATTRIBUTE))
    return;
  Expr db = expr_child(x, PY_AS(Attribute, expr_tree(&m->cx, x), x.ref)->value);
  Expr call = expr_follow_names(&m->cx, db);
  if (expr_is(&m->cx, call, PY_CALL))
    read_class_argument(m, cls, call, "model_class", list, depth);
}

// Classes from outside that bring nothing mapped.
static bool is_harmless(Str dotted) {
  static const char *const names[] = {"object",
                                      "abc.ABC",
                                      "typing.Generic",
                                      "typing_extensions.Generic",
                                      "typing.Protocol",
                                      "enum.Enum",
                                      "flask_login.UserMixin",
                                      "Exception",
                                      "dict",
                                      "str",
                                      "int",
                                      "list",
                                      "tuple"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(dotted, names[i]))
      return true;
  return false;
}

// class Base: ...
// Base = declarative_base(cls=Base)
// The call that the name of the class at `at` holds in the end, for a use outside of that
// call; ref 0: none.
static Expr wrapping_call(Models *m, Place at, Expr use) {
  const PyScopes *s = m->project->files[at.file]->scopes;
  uint32_t symbol = py_scopes_symbol_of(s, at.ref);
  if (symbol == NO_SYMBOL || s->symbols[symbol].first == s->symbols[symbol].last)
    return (Expr){0};
  const PyBinding *last = &s->bindings[s->symbols[symbol].last];
  if (py_kind(s->tree, last->stmt) != PY_ASSIGN || !(last->flags & BIND_WHOLE) ||
      last->flags & BIND_CONDITIONAL)
    return (Expr){0};
  Expr call = {at.file, PY_AS(Assign, s->tree, last->stmt)->value, NULL};
  Span span = py_span(s->tree, last->stmt);
  bool inside = use.file == at.file && py_node(s->tree, use.ref)->start >= span.start &&
                py_node(s->tree, use.ref)->end <= span.end;
  return !inside && style_of_maker(m, call) != BASE_UNKNOWN ? call : (Expr){0};
}

static void read_base(Models *m, ClassInfo *cls, Expr x, ClassInfo **list, int depth) {
  if (!x.ref || depth > 8) {
    cls->unknown_base = true;
    return;
  }
  if (expr_is(&m->cx, x, PY_SUBSCRIPT)) // Generic[T], Repository[User]
    x = expr_child(x, PY_AS(Subscript, expr_tree(&m->cx, x), x.ref)->value);
  if (expr_is(&m->cx, x, PY_CALL)) {
    read_base_call(m, cls, x, list, depth);
    return;
  }
  Origin o = expr_origin(&m->cx, x);
  switch ((OriginKind)o.kind) {
  case ORIGIN_CLASS: {
    Expr wrapping = o.proven ? (Expr){0} : wrapping_call(m, o.at, x);
    if (wrapping.ref)
      read_base_call(m, cls, wrapping, list, depth + 1);
    else
      add_base(cls, class_at(m, o.at), list);
    break;
  }
  case ORIGIN_API:
    read_api_base(m, cls, x, api_current((ApiId)o.api));
    if (api_current((ApiId)o.api) == API_flask_sqlalchemy_SQLAlchemy_Model)
      read_flask_model_class(m, cls, x, list, depth);
    break;
  case ORIGIN_VARIABLE:
    if (o.value.ref)
      read_base(m, cls, expr_at(o.value), list, depth + 1);
    else
      cls->unknown_base = true;
    break;
  case ORIGIN_BUILTIN:
  case ORIGIN_EXTERNAL:
    cls->unknown_base = cls->unknown_base || !is_harmless(model_text(m, o.dotted));
    break;
  default:
    cls->unknown_base = true;
  }
}

static void read_decorators(Models *m, ClassInfo *cls) {
  const PyTree *t = model_tree(m, cls->node.file);
  PyRefs list = py_list(t, class_def(m, cls)->decorators);
  for (uint32_t i = 0; i < list.len; i++) {
    Ref d = list.at[i];
    if (py_kind(t, d) == PY_CALL)
      d = PY_AS(Call, t, d)->func;
    Origin o = resolve_expr(m->r, cls->node.file, d);
    if (o.kind != ORIGIN_API && o.kind != ORIGIN_API_MEMBER)
      continue;
    Str dotted = model_text(m, o.dotted);
    if (o.kind == ORIGIN_API &&
        api_current((ApiId)o.api) == API_sqlalchemy_orm_as_declarative) {
      cls->is_base = true;
      mark(cls, BASE_AS_DECLARATIVE, cls->node);
    } else if (str_ends(dotted, STR("registry.as_declarative_base"))) {
      cls->is_base = true;
      mark(cls, BASE_REGISTRY, cls->node);
    } else if (str_ends(dotted, STR("registry.mapped")) ||
               str_ends(dotted, STR("mapped_as_dataclass"))) {
      cls->is_decorated = true;
      cls->dataclass = cls->dataclass || str_ends(dotted, STR("dataclass"));
      mark(cls, BASE_REGISTRY, expr_place(class_expr(cls, d)));
    }
  }
}

static void read_class(Models *m, ClassInfo *cls) {
  const PyTree *t = model_tree(m, cls->node.file);
  PyRefs args = py_list(t, class_def(m, cls)->args);
  ClassInfo *list[MRO_MAX];
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) == PY_KEYWORD) {
      const PyKeyword *k = PY_AS(Keyword, t, args.at[i]);
      if (k->arg && str_is(model_text(m, k->arg), "table"))
        cls->sqlmodel_table = is_true_constant(m, class_expr(cls, k->value));
    } else if (py_kind(t, args.at[i]) == PY_STARRED) {
      cls->unknown_base = true;
    } else {
      read_base(m, cls, class_expr(cls, args.at[i]), list, 0);
    }
  }
  read_decorators(m, cls);
  cls->bases = arena_array(m->arena, ClassInfo *, cls->base_count + 1);
  if (cls->base_count)
    memcpy(cls->bases, list, cls->base_count * sizeof *list);
  ClassAttr a;
  if (class_own_attr(m, cls, model_atom(m, "__abstract__"), &a))
    cls->abstract = is_true_constant(m, a.value);
}

// ---- MRO (C3, as Python computes it)

static bool in_tail(ClassInfo *const *list, uint32_t from, uint32_t count,
                    const ClassInfo *cls) {
  for (uint32_t i = from + 1; i < count; i++)
    if (list[i] == cls)
      return true;
  return false;
}

typedef struct {
  ClassInfo *const *items;
  uint32_t at, count;
} Linear;

// The next class that stands in no tail, or NULL.
static ClassInfo *next_in_mro(Linear *lists, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (lists[i].at == lists[i].count)
      continue;
    ClassInfo *head = lists[i].items[lists[i].at];
    bool good = true;
    for (uint32_t k = 0; k < count && good; k++)
      good = lists[k].at == lists[k].count ||
             !in_tail(lists[k].items, lists[k].at, lists[k].count, head);
    if (good)
      return head;
  }
  return NULL;
}

static void build_mro(Models *m, ClassInfo *cls, int depth) {
  if (cls->mro_state != READ_NOT)
    return;
  cls->mro_state = READ_NOW;
  Linear lists[MRO_MAX + 1];
  uint32_t count = 0;
  for (uint32_t i = 0; i < cls->base_count && depth < MRO_MAX; i++) {
    ClassInfo *base = cls->bases[i];
    build_mro(m, base, depth + 1);
    if (base->mro_state == READ_NOW) { // a cycle of bases is no program
      cls->unknown_base = true;
      continue;
    }
    lists[count++] = (Linear){base->mro, 0, base->mro_count};
    cls->unknown_base = cls->unknown_base || base->unknown_base;
    cls->dataclass = cls->dataclass || base->dataclass;
    cls->concrete_base = cls->concrete_base || base->concrete_base;
  }
  if (cls->base_count <= MRO_MAX)
    lists[count++] = (Linear){cls->bases, 0, cls->base_count};
  Vec(ClassInfo *) mro = {0};
  vec_push(&mro, cls);
  ClassInfo *next;
  while ((next = next_in_mro(lists, count))) {
    vec_push(&mro, next);
    for (uint32_t i = 0; i < count; i++)
      if (lists[i].at < lists[i].count && lists[i].items[lists[i].at] == next)
        lists[i].at++;
  }
  for (uint32_t i = 0; i < count; i++)
    if (lists[i].at < lists[i].count)
      cls->unknown_base = true; // no order is consistent: Python refuses the class
  cls->mro = arena_array(m->arena, ClassInfo *, mro.len);
  memcpy(cls->mro, mro.items, mro.len * sizeof *mro.items);
  cls->mro_count = (uint32_t)mro.len;
  vec_free(&mro);
  cls->mro_state = READ_DONE;
}

// ---- Roles

static bool has_table(Models *m, const ClassInfo *cls) {
  ClassAttr a;
  const ClassInfo *owner;
  return class_attr(m, cls, SYM___tablename__, &a, &owner) ||
         class_attr(m, cls, SYM___table__, &a, &owner);
}

static bool inherits_mapped(const ClassInfo *cls) {
  for (uint32_t i = 1; i < cls->mro_count; i++)
    if (cls->mro[i]->role == CLASS_MAPPED)
      return true;
  return false;
}

// Parents have their role already.
static void set_role(Models *m, ClassInfo *cls) {
  for (uint32_t i = 0; i < cls->mro_count && cls->style == BASE_UNKNOWN; i++)
    if (cls->mro[i]->marker != BASE_UNKNOWN) {
      cls->style = cls->mro[i]->marker;
      cls->base = cls->mro[i]->marker_place;
    }
  bool above = false; // a decorated class maps itself only
  for (uint32_t i = 0; i < cls->mro_count; i++)
    above = above || (cls->mro[i]->marker != BASE_UNKNOWN && !cls->mro[i]->is_decorated);
  if (cls->is_imperative) {
    cls->role = CLASS_MAPPED;
    cls->style = BASE_IMPERATIVE;
  } else if (cls->is_decorated) {
    cls->role = CLASS_MAPPED;
  } else if (!above) {
    cls->role = CLASS_PLAIN;
    cls->style = BASE_UNKNOWN;
  } else if (cls->is_base) {
    cls->role = CLASS_BASE;
  } else if (cls->abstract) {
    cls->role = CLASS_ABSTRACT;
  } else if (cls->style == BASE_SQLMODEL) {
    cls->role = cls->sqlmodel_table ? CLASS_MAPPED : CLASS_ABSTRACT;
  } else if (cls->style == BASE_FLASK || has_table(m, cls) || inherits_mapped(cls) ||
             cls->unknown_base || cls->style == BASE_AUTOMAP) {
    cls->role = CLASS_MAPPED;
  } else {
    cls->role = CLASS_ABSTRACT; // SQLAlchemy refuses it; we say nothing of it
  }
}

// ---- Collecting

static void add_class(Models *m, uint32_t file, Ref ref) {
  ClassInfo *cls = arena_new(m->arena, ClassInfo);
  cls->node = (Place){file, ref};
  cls->name = PY_AS(ClassDef, model_tree(m, file), ref)->name;
  cls->dotted = resolve_dotted_name(m->r, cls->node);
  place_map_set(&m->class_at, place_key(cls->node), (uint32_t)m->classes.len);
  vec_push(&m->classes, cls);
}

static void collect_classes(Models *m) {
  for (uint32_t f = 0; f < m->project->file_count; f++) {
    const PyScopes *s = m->project->files[f]->scopes;
    for (uint32_t i = 0; s && i < s->scope_count; i++)
      if (s->scopes[i].kind == SCOPE_CLASS)
        add_class(m, f, s->scopes[i].node);
  }
}

// mapper(Class, table), registry.map_imperatively(Class, table)
static void read_imperative(Models *m, Expr call) {
  Expr func = expr_child(call, PY_AS(Call, expr_tree(&m->cx, call), call.ref)->func);
  Origin o = expr_origin(&m->cx, func);
  if (o.kind != ORIGIN_API && o.kind != ORIGIN_API_MEMBER)
    return;
  Str dotted = model_text(m, o.dotted);
  if (!str_ends(dotted, STR("registry.map_imperatively")) &&
      !(o.kind == ORIGIN_API && api_current((ApiId)o.api) == API_sqlalchemy_orm_mapper))
    return;
  Expr target = expr_argument(&m->cx, call, model_atom(m, "class_"), 0);
  ClassInfo *cls = target.ref ? class_of_origin(m, expr_origin(&m->cx, target)) : NULL;
  if (!cls || cls->is_imperative)
    return;
  cls->is_imperative = true;
  cls->imperative = call;
}

// Statements behind the classes: `mapper(...)` and `Class.attribute = value`.
static void read_late_statement(Models *m, uint32_t file, Ref stmt) {
  const PyTree *t = model_tree(m, file);
  Ref value = 0;
  if (py_kind(t, stmt) == PY_EXPR_STMT)
    value = PY_AS(ExprStmt, t, stmt)->value;
  else if (py_kind(t, stmt) == PY_ASSIGN)
    value = PY_AS(Assign, t, stmt)->value;
  if (py_kind(t, value) != PY_CALL)
    return;
  read_imperative(m, (Expr){file, value, NULL});
  if (py_kind(t, stmt) != PY_ASSIGN)
    return;
  PyRefs targets = py_list(t, PY_AS(Assign, t, stmt)->targets);
  if (targets.len != 1 || py_kind(t, targets.at[0]) != PY_ATTRIBUTE)
    return;
  const PyAttribute *a = PY_AS(Attribute, t, targets.at[0]);
  ClassInfo *cls = class_of_origin(m, resolve_expr(m->r, file, a->value));
  if (cls)
    vec_push(&m->late, (LateAttr){cls, a->attr, {file, value, NULL}});
}

static void read_late_block(Models *m, uint32_t file, Ref list, int depth) {
  const PyTree *t = model_tree(m, file);
  PyRefs body = py_list(t, list);
  for (uint32_t i = 0; i < body.len; i++) {
    Ref stmt = body.at[i];
    if (py_kind(t, stmt) == PY_FUNCTION_DEF && depth < 2)
      read_late_block(m, file, PY_AS(FunctionDef, t, stmt)->body, depth + 1);
    else
      read_late_statement(m, file, stmt);
  }
}

static bool bind_class_attribute(void *data, const struct ClassInfo *cls, Atom name,
                                 Expr *out) {
  Expr value = class_attr_value(data, (const ClassInfo *)cls, name);
  if (value.ref)
    *out = value;
  return value.ref != 0;
}

static bool class_string(void *data, const struct ClassInfo *cls, Atom name, Str *out) {
  Models *m = data;
  if (name == SYM___name__) {
    *out = model_text(m, cls->name);
    return true;
  }
  if (name != SYM___tablename__ || m->cx.depth > EXPR_MAX_DEPTH)
    return false;
  if (cls->model && cls->model->table && cls->model->table->name.len) {
    *out = cls->model->table->name;
    return true;
  }
  m->cx.depth++;
  Expr value = class_attr_value(m, (const ClassInfo *)cls, name);
  bool good = value.ref && expr_string(&m->cx, value, out);
  m->cx.depth--;
  return good;
}

static bool has_inherited_table(void *data, const struct ClassInfo *cls) {
  (void)data;
  return inherits_mapped((const ClassInfo *)cls);
}

void classes_read(Models *m) {
  m->cx = (ExprCtx){.r = m->r,
                    .project = m->project,
                    .arena = m->arena,
                    .data = m,
                    .class_attribute = bind_class_attribute,
                    .class_string = class_string,
                    .has_inherited_table = has_inherited_table};
  collect_classes(m);
  for (size_t i = 0; i < m->classes.len; i++)
    read_class(m, m->classes.items[i]);
  for (uint32_t f = 0; f < m->project->file_count; f++)
    if (m->project->files[f]->in_use)
      read_late_block(m, f, PY_AS(Module, model_tree(m, f), model_tree(m, f)->root)->body,
                      0);
  for (size_t i = 0; i < m->classes.len; i++)
    build_mro(m, m->classes.items[i], 0);
  for (size_t i = 0; i < m->classes.len; i++) // parents first: the end of each MRO
    for (uint32_t k = m->classes.items[i]->mro_count; k-- > 0;)
      if (m->classes.items[i]->mro[k]->role == CLASS_PLAIN)
        set_role(m, m->classes.items[i]->mro[k]);
}
