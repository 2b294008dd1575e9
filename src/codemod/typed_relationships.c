// T119, T123: `posts = relationship("Post")` becomes
// `posts: Mapped[List["Post"]] = relationship("Post")`, by the direction that the foreign
// keys prove; lazy="dynamic" becomes DynamicMapped.
#include "codemod/declared.h"
#include "codemod/layout.h"
#include "codemod/py_type.h"
#include "sqla/place_map.h"

static const CodemodCode codes[] = {
    {"T119", "relationship-annotate", "A relationship without a Mapped type"},
    {"T123", "dynamic-annotation",
     "relationship(lazy=\"dynamic\") without DynamicMapped"},
    {.code = NULL}};

typedef struct {
  CodemodCtx *cx;
  RuleCtx *in;
  const PyTree *t;
  uint32_t file;
  const Model *model;
  const Relationship *rel;
  Ref stmt, target, call;
  Ref function; // the declared_attr function that returns it, 0: it is assigned
  Ref reads_at; // whose scope gives the names of the annotation
  bool differs; // it is another one in another class
} Rel;

static Str name_text(const Rel *p, Atom atom) {
  return atom_str(p->cx->project->names, atom);
}

static Atom atom_of(const Rel *p, const char *name) {
  return intern(resolver_names(p->cx->resolver), str_from(name));
}

// ---- The target class

static bool module_level(const Rel *p, const Model *m) {
  return str_rfind_char(name_text(p, m->dotted), '.') != SIZE_MAX &&
         str_eq(str_slice(name_text(p, m->dotted),
                          str_rfind_char(name_text(p, m->dotted), '.') + 1,
                          name_text(p, m->dotted).len),
                name_text(p, m->name)) &&
         p->cx->project->files[m->node.file]->module != NO_MODULE;
}

// The module of the class as this file imports modules: relative where all its imports
// from the project are.
static Str module_spelling(const Rel *p, uint32_t target_file) {
  const Project *project = p->cx->project;
  Str target =
      name_text(p, (Atom)project->modules[project->files[target_file]->module].name);
  uint32_t own_id = project->files[p->file]->module;
  PyRefs body = py_list(p->t, PY_AS(Module, p->t, p->t->root)->body);
  bool relative = false, absolute = false;
  Str top = str_slice(target, 0, str_find_char(target, '.', 0));
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(p->t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, p->t, body.at[i]);
    Str module = from->module ? name_text(p, from->module) : STR("");
    relative = relative || from->node.aux;
    absolute =
        absolute || (!from->node.aux &&
                     str_eq(str_slice(module, 0, str_find_char(module, '.', 0)), top));
  }
  if (!relative || absolute || own_id == NO_MODULE)
    return target;
  Str own = name_text(p, (Atom)project->modules[own_id].name);
  if (!project->modules[own_id].is_package) {
    size_t dot = str_rfind_char(own, '.');
    own = dot == SIZE_MAX ? STR("") : str_slice(own, 0, dot);
  }
  if (own.len && str_starts(target, own) && target.len > own.len &&
      target.ptr[own.len] == '.')
    return str_format(p->cx->arena, "%.*s",
                      STR_ARG(str_slice(target, own.len, target.len)));
  return target;
}

// The class's name is to be known to type checkers where the annotation stands.
static void import_target(const Rel *p, const Model *target) {
  const PyScopes *s = p->in->file->scopes;
  if (target->node.file == p->file || py_scopes_lookup(s, 0, target->name) != NO_SYMBOL ||
      !module_level(p, target))
    return;
  for (uint32_t i = 0; i < s->symbol_count; i++)
    if (s->symbols[i].name == target->name && s->symbols[i].flags & SYMBOL_BOUND &&
        s->symbols[i].scope == 0)
      return;
  codemod_need_typing(p->cx, p->file, p->stmt, module_spelling(p, target->node.file),
                      name_text(p, target->name));
}

// ---- The annotation

// The list, set or dict that a class of the project is; NULL: another thing.
static const char *builtin_above(const Rel *p, Place cls, int depth) {
  static const char *const names[] = {"list", "set", "dict"};
  const PyTree *t = &p->cx->project->files[cls.file]->tree;
  PyRefs bases = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  if (bases.len != 1 || py_kind(t, bases.at[0]) == PY_KEYWORD || depth > 9)
    return NULL;
  Origin o = resolve_expr(p->cx->resolver, cls.file, bases.at[0]);
  if (o.kind == ORIGIN_CLASS && o.proven)
    return builtin_above(p, o.at, depth + 1);
  for (size_t i = 0; i < ARRAY_LEN(names) && o.kind == ORIGIN_BUILTIN; i++)
    if (str_is(name_text(p, o.dotted), names[i]))
      return names[i];
  return NULL;
}

// What the collection is made by, attribute_keyed_dict("name") for one; API_NONE: a
// class.
static ApiId collection_maker(const Rel *p) {
  Place at = p->rel->collection_class;
  const PyTree *t = at.ref ? &p->cx->project->files[at.file]->tree : NULL;
  return t && py_kind(t, at.ref) == PY_CALL
             ? resolve_call_api(p->cx->resolver, at.file, at.ref)
             : API_NONE;
}

static const char *collection_name(const Rel *p) {
  Place at = p->rel->collection_class;
  if (!at.ref)
    return "list";
  switch (collection_maker(p)) {
  case API_sqlalchemy_ext_orderinglist_ordering_list:
    return "list";
  case API_sqlalchemy_orm_attribute_keyed_dict:
  case API_sqlalchemy_orm_attribute_mapped_collection:
  case API_sqlalchemy_orm_column_keyed_dict:
  case API_sqlalchemy_orm_column_mapped_collection:
  case API_sqlalchemy_orm_keyfunc_mapping:
  case API_sqlalchemy_orm_mapped_collection:
    return "dict";
  default:
    break;
  }
  Origin o = resolve_expr(p->cx->resolver, at.file, at.ref);
  if (o.kind == ORIGIN_CLASS && o.proven)
    return builtin_above(p, o.at, 0);
  if (o.kind != ORIGIN_BUILTIN)
    return NULL;
  return str_is(name_text(p, o.dotted), "set")    ? "set"
         : str_is(name_text(p, o.dotted), "list") ? "list"
                                                  : NULL;
}

// The type of the keys of attribute_keyed_dict("name"): that of the column.
static Str key_type(const Rel *p) {
  Place at = p->rel->collection_class;
  ApiId maker = collection_maker(p);
  Ref first = maker == API_sqlalchemy_orm_attribute_keyed_dict ||
                      maker == API_sqlalchemy_orm_attribute_mapped_collection
                  ? call_positional(&p->cx->project->files[at.file]->tree, at.ref, 0)
                  : 0;
  Str name = first ? string_value(codemod_in(p->cx, at.file), first) : (Str){0};
  const ModelColumn *c =
      name.ptr
          ? model_column(p->rel->target, intern(resolver_names(p->cx->resolver), name))
          : NULL;
  if (c && c->column && c->column->proven && !c->column->nullable) {
    PyType type = py_type_of(p->cx, p->file, p->reads_at, c->column);
    if (type.text.ptr)
      return type.text;
  }
  return codemod_import(p->cx, p->file, p->reads_at, "typing", "Any");
}

static Str collection(const Rel *p, Str inner) {
  const char *name = collection_name(p);
  ASSERT(name);
  Str builtin;
  if (p->cx->python_minor && p->cx->python_minor < 9) {
    const char *old = !strcmp(name, "set")    ? "Set"
                      : !strcmp(name, "dict") ? "Dict"
                                              : "List";
    builtin = codemod_import(p->cx, p->file, p->reads_at, "typing", old);
  } else {
    builtin = py_type_builtin(p->cx, p->file, p->reads_at, name);
  }
  if (builtin.ptr && !strcmp(name, "dict")) {
    Str key = key_type(p);
    inner = key.ptr ? str_format(p->cx->arena, "%.*s, %.*s", STR_ARG(key), STR_ARG(inner))
                    : key;
  }
  if (!builtin.ptr || !inner.ptr)
    return (Str){0};
  return str_format(p->cx->arena, "%.*s[%.*s]", STR_ARG(builtin), STR_ARG(inner));
}

static bool is_dynamic(const Rel *p) {
  return str_is(p->rel->lazy, "dynamic");
}

static Str annotation(const Rel *p) {
  Str inner =
      str_format(p->cx->arena, "\"%.*s\"", STR_ARG(name_text(p, p->rel->target->name)));
  const char *wrapper = "Mapped";
  if (is_dynamic(p))
    wrapper = "DynamicMapped";
  else if (str_is(p->rel->lazy, "write_only"))
    wrapper = "WriteOnlyMapped";
  else if (p->rel->uselist == YES)
    inner = collection(p, inner);
  else if (p->rel->direction != MANY_TO_ONE ||
           !py_relationship_is_required(p->model, p->rel))
    inner = py_type_optional(p->cx, p->file, p->reads_at, inner);
  Str mapped = py_type_mapped(p->cx, p->file, p->reads_at, wrapper);
  if (!inner.ptr || !mapped.ptr) {
    codemod_refuse(p->cx, (Place){p->file, p->stmt},
                   "a name that the annotation needs means something else here");
    return STR("");
  }
  return str_format(p->cx->arena, "%.*s[%.*s]", STR_ARG(mapped), STR_ARG(inner));
}

// The first argument says what the annotation says, a string with the class's name, and
// none stands behind it: `relationship("B", links)` has the secondary there.
static bool argument_is_plain(const Rel *p) {
  Ref first = call_positional(p->t, p->call, 0);
  Str value = first ? string_value(p->in, first) : (Str){0};
  return value.ptr && call_positional_count(p->t, p->call) == 1 &&
         str_eq(value, name_text(p, p->rel->target->name)) &&
         models_by_class_name(p->cx->models, p->rel->target->name) == p->rel->target;
}

static void drop_arguments(const Rel *p) {
  PyRefs args = py_list(p->t, PY_AS(Call, p->t, p->call)->args);
  Ref lazy = is_dynamic(p) ? call_keyword_node(p->t, p->call, atom_of(p, "lazy")) : 0;
  Ref first = argument_is_plain(p) ? call_positional(p->t, p->call, 0) : 0;
  bool beside = first && lazy && args.len > 1 && args.at[1] == lazy;
  if (first && !rule_has_comment(p->in, call_arguments_span(p->in, p->call)) && !beside)
    fix_delete_argument(p->in, p->call, first);
  if (lazy)
    fix_delete_argument(p->in, p->call, lazy);
  import_target(p, p->rel->target);
  layout_wrap_call(p->in, p->stmt, p->call);
}

static void write(const Rel *p) {
  Str text = annotation(p);
  if (p->function) {
    // In a mapped class it is for type checkers only: every argument stays.
    if (declared_annotate(p->cx, p->file, p->function, text))
      import_target(p, p->rel->target);
    return;
  }
  uint32_t behind = py_node(p->t, p->target)->end;
  fix_printf(p->in, (Span){behind, behind}, ": %.*s", STR_ARG(text));
  drop_arguments(p);
}

static const char *obstacle(const Rel *p) {
  const Relationship *r = p->rel;
  if (p->model->style == BASE_SQLMODEL || p->model->style == BASE_AUTOMAP)
    return "classes of this base are not annotated with Mapped";
  if (p->model->dataclass)
    return "the class is a dataclass: an annotation makes the attribute a field of it";
  if (p->differs)
    return "it is not the same in all classes that have it";
  if (!r->proven)
    return "one of its arguments is not understood";
  if (!r->target)
    return "the class it points to is not known";
  if (r->direction == DIRECTION_UNKNOWN || (r->uselist != YES && r->uselist != NO))
    return "its direction cannot be told";
  if (r->direction == MANY_TO_ONE && r->uselist == YES)
    return "it is a collection over a many-to-one key";
  if (r->uselist == YES && !collection_name(p))
    return "its collection class decides the type";
  return NULL;
}

static void relationship(const Rel *p) {
  Str key = name_text(p, p->rel->key);
  Site *s = codemod_site(
      p->cx, is_dynamic(p) ? "T123" : "T119", p->file, py_span(p->t, p->stmt),
      "`%.*s` is a relationship without a type for Python", STR_ARG(key));
  if (!codemod_open(p->cx, s))
    return;
  const char *why = obstacle(p);
  if (why)
    codemod_refuse(p->cx, (Place){0, 0}, "%s", why);
  else
    write(p);
  codemod_close(p->cx);
}

// A relationship of the class itself, or what a declared_attr function of a mixin gives.
static bool find_statement(Rel *p) {
  p->function = declared_function(p->cx, p->file, p->call);
  p->stmt = rule_parent(p->in, p->call);
  p->reads_at = declared_annotation_at(p->function, p->stmt);
  if (p->function)
    return rule_parent(p->in, p->function) == p->rel->declared_in.ref;
  if (!place_eq(p->rel->declared_in, p->model->node) ||
      py_kind(p->t, p->stmt) != PY_ASSIGN ||
      rule_parent(p->in, p->stmt) != p->model->node.ref)
    return false;
  PyRefs targets = py_list(p->t, PY_AS(Assign, p->t, p->stmt)->targets);
  if (targets.len != 1 || py_kind(p->t, targets.at[0]) != PY_NAME)
    return false;
  p->target = targets.at[0];
  return true;
}

static void look_at(CodemodCtx *cx, const Model *m, const Relationship *r, bool differs) {
  const ProjectFile *f = cx->project->files[r->node.file];
  if (f->tree.has_errors || f->is_stub || py_kind(&f->tree, r->node.ref) != PY_CALL)
    return;
  Rel p = {.cx = cx,
           .in = codemod_in(cx, r->node.file),
           .t = &f->tree,
           .file = r->node.file,
           .model = m,
           .rel = r,
           .call = r->node.ref,
           .differs = differs};
  if (!find_statement(&p) ||
      resolve_call_api(cx->resolver, p.file, p.call) != API_sqlalchemy_orm_relationship)
    return;
  bool waits = r->backref && codemod_is_claimed(cx, p.file, py_span(p.t, p.call));
  if (!waits) // for the backref to be written out
    relationship(&p);
}

typedef struct {
  const Model *model;
  const Relationship *rel;
  bool differs;
} Found;

static bool is_same(const Relationship *a, const Relationship *b) {
  return a->target == b->target && a->direction == b->direction &&
         a->uselist == b->uselist && a->proven == b->proven;
}

static void run(CodemodCtx *cx) {
  PlaceMap seen = {0}; // a declared_attr's is that of every class that has it
  Vec(Found) found = {0};
  for (uint32_t i = 0; i < models_count(cx->models); i++) {
    const Model *m = models_at(cx->models, i);
    for (uint32_t k = 0; k < m->relationship_count; k++) {
      const Relationship *r = &m->relationships[k];
      if (r->from_backref || r->inherited || !r->node.ref || r->annotation.ref ||
          r->node.file != r->declared_in.file)
        continue;
      uint32_t at = place_map_get(&seen, place_key(r->node));
      if (at != PLACE_MAP_NONE) {
        found.items[at].differs =
            found.items[at].differs || !is_same(found.items[at].rel, r) ||
            py_relationship_is_required(m, r) !=
                py_relationship_is_required(found.items[at].model, r);
        continue;
      }
      place_map_set(&seen, place_key(r->node), (uint32_t)found.len);
      vec_push(&found, (Found){m, r, false});
    }
  }
  for (size_t i = 0; i < found.len; i++)
    look_at(cx, found.items[i].model, found.items[i].rel, found.items[i].differs);
  vec_free(&found);
  place_map_free(&seen);
}

const Codemod codemod_typed_relationships = {
    .name = "typed-relationships", .codes = codes, .profile = PROFILE_MODERN, .run = run};
