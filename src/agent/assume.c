// assume.c: what pasted code tells of the models that it was pasted without.
#include "agent/assume.h"

#include "schema/schema.h"
#include "sqla/value.h"

#include <ctype.h>

enum {
  MAX_ROUNDS = 4, // o.customer, o.customer.address, ...
  MAX_LEVEL = 16
};

void assumed_free(Assumed *a) {
  for (size_t i = 0; i < a->models.len; i++)
    vec_free(&a->models.items[i].columns);
  vec_free(&a->models);
  vec_free(&a->relations);
}

typedef struct {
  AskContext *cx;
  Assumed *out;
  const Project *project;
  uint32_t file;
  const PyTree *tree;
  const PyScopes *scopes;
  ValueCtx *values; // of `project`, once there are models
  Resolver *resolver;
  bool changed;
  Buf unbound; // "Order, Customer"
  Buf modules; // "import models\n"
} Reading;

static Str text_of(const Reading *r, Atom atom) {
  return atom_str(r->project->names, atom);
}

static bool is_one(Str word, const char *const *list) {
  for (size_t i = 0; list[i]; i++)
    if (str_is(word, list[i]))
      return true;
  return false;
}

// ---- Where the classes come from

// "pkg" for `from .models import X`, "pkg/sub" where another import has two dots.
static Str folder_at(Arena *arena, uint32_t depth) {
  Str out = STR("");
  for (uint32_t i = 0; i < depth; i++)
    out = str_format(arena, "%.*sp%u/", STR_ARG(out), (unsigned)i);
  return out;
}

static Str module_path(const Reading *r, uint32_t level, Str dotted) {
  Arena *arena = r->cx->arena;
  Str folder = level ? folder_at(arena, r->out->level + 1 - level) : STR("");
  Buf path = {0};
  for (size_t i = 0; i < dotted.len; i++)
    buf_add_char(&path, dotted.ptr[i] == '.' ? '/' : dotted.ptr[i]);
  Str out = str_format(arena, "%.*s%.*s.py", STR_ARG(folder), STR_ARG(buf_str(&path)));
  buf_free(&path);
  return out;
}

// The import has more dots than folders are made for.
static bool is_too_far(const PyImportFrom *from) {
  return from->node.aux > MAX_LEVEL;
}

// The import that binds the name, NULL where it is bound otherwise or not at all;
// `*unbound`: not at all.
static const PyBinding *import_of(const Reading *r, Ref name, bool *unbound) {
  const PyScopes *s = r->scopes;
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, name));
  *unbound = symbol == NO_SYMBOL;
  if (*unbound)
    return NULL;
  const PyBinding *b = &s->bindings[s->symbols[symbol].first];
  return s->symbols[symbol].first != NO_BINDING && b->kind == BIND_IMPORT ? b : NULL;
}

static Str joined(const Reading *r, Str a, Str b) {
  return a.len ? str_format(r->cx->arena, "%.*s.%.*s", STR_ARG(a), STR_ARG(b)) : b;
}

// The module of `module.X` or the one that X is imported from; absent where the name is
// bound by the code itself.
static Str module_of(Reading *r, Ref name, bool whole) {
  bool unbound;
  const PyBinding *b = import_of(r, name, &unbound);
  Str bare = text_of(r, PY_AS(Name, r->tree, name)->id);
  Str line = str_format(r->cx->arena, "import %.*s\n", STR_ARG(bare));
  if (unbound && whole && str_find(buf_str(&r->modules), line, 0) == SIZE_MAX)
    buf_add_str(&r->modules, line);
  if (unbound)
    return whole ? module_path(r, 0, bare) : STR("not_shown.py");
  if (!b)
    return (Str){0};
  Str imported = text_of(r, PY_AS(Alias, r->tree, b->node)->name);
  if (py_kind(r->tree, b->stmt) == PY_IMPORT)
    return whole ? module_path(r, 0, imported) : (Str){0};
  const PyImportFrom *from = PY_AS(ImportFrom, r->tree, b->stmt);
  if (is_too_far(from))
    return (Str){0};
  Str module = from->module ? text_of(r, from->module) : STR("");
  if (whole)
    module = joined(r, module, imported);
  if (!module.len)
    return str_format(
        r->cx->arena, "%.*s__init__.py",
        STR_ARG(folder_at(r->cx->arena, r->out->level + 1 - from->node.aux)));
  return module_path(r, from->node.aux, module);
}

static AssumedModel *find_model(Assumed *a, Str module, Str name) {
  for (size_t i = 0; i < a->models.len; i++)
    if (str_eq(a->models.items[i].name, name) &&
        str_eq(a->models.items[i].module, module))
      return &a->models.items[i];
  return NULL;
}

static AssumedModel *add_model(Reading *r, Str module, Str name, bool used) {
  AssumedModel *m = find_model(r->out, module, name);
  if (!m) {
    r->changed = true;
    vec_push(&r->out->models, (AssumedModel){.module = str_copy(r->cx->arena, module),
                                             .name = str_copy(r->cx->arena, name)});
    m = &r->out->models.items[r->out->models.len - 1];
    if (used && str_is(module, "not_shown.py"))
      buf_printf(&r->unbound, "%s%.*s", r->unbound.len ? ", " : "", STR_ARG(name));
  }
  m->used = m->used || used;
  return m;
}

// "Order" of `from models import Order as O`; the name itself where it is bound
// otherwise.
static Str name_at_home(const Reading *r, Ref name) {
  bool unbound;
  const PyBinding *b = import_of(r, name, &unbound);
  return text_of(r, b ? PY_AS(Alias, r->tree, b->node)->name
                      : PY_AS(Name, r->tree, name)->id);
}

// BASE_DIR
static bool is_constant(Str name) {
  for (size_t i = 0; i < name.len; i++)
    if (islower((unsigned char)name.ptr[i]))
      return false;
  return str_find_char(name, '_', 0) != SIZE_MAX;
}

// The class that the expression names, made known where it is not; NULL: none.
static AssumedModel *model_of(Reading *r, Ref expr) {
  const PyTree *t = r->tree;
  bool whole = py_kind(t, expr) == PY_ATTRIBUTE;
  Ref name = whole ? PY_AS(Attribute, t, expr)->value : expr;
  if (py_kind(t, name) != PY_NAME)
    return NULL;
  Str cls = whole ? text_of(r, PY_AS(Attribute, t, expr)->attr) : name_at_home(r, name);
  if (!cls.len || !isupper((unsigned char)cls.ptr[0]) || is_constant(cls))
    return NULL;
  if (whole && isupper((unsigned char)text_of(r, PY_AS(Name, t, name)->id).ptr[0]))
    return NULL; // Order.total
  Origin o = resolve_expr(r->resolver, r->file, expr);
  if (o.kind == ORIGIN_API || o.kind == ORIGIN_API_MEMBER || o.kind == ORIGIN_BUILTIN)
    return NULL;
  if (o.kind == ORIGIN_CLASS &&
      !find_model(r->out, r->project->files[o.at.file]->path, cls))
    return NULL; // the code brings it
  Str module = module_of(r, name, whole);
  return module.ptr ? add_model(r, module, cls, true) : NULL;
}

// ---- What is queried

static Str called(const Reading *r, Ref call, Ref *receiver) {
  Ref func = PY_AS(Call, r->tree, call)->func;
  *receiver = 0;
  if (py_kind(r->tree, func) == PY_NAME)
    return text_of(r, PY_AS(Name, r->tree, func)->id);
  if (py_kind(r->tree, func) != PY_ATTRIBUTE)
    return STR("");
  *receiver = PY_AS(Attribute, r->tree, func)->value;
  return text_of(r, PY_AS(Attribute, r->tree, func)->attr);
}

static bool visit_entity(void *data, Ref ref) {
  Reading *r = data;
  PyKind kind = py_kind(r->tree, ref);
  if (kind == PY_CALL) { // its arguments, not what is called
    PyVisitor v = {.enter = visit_entity, .data = r};
    PyRefs args = py_list(r->tree, PY_AS(Call, r->tree, ref)->args);
    for (uint32_t i = 0; i < args.len; i++)
      py_walk(r->tree, args.at[i], &v);
    return false;
  }
  if ((kind == PY_NAME || kind == PY_ATTRIBUTE) && model_of(r, ref))
    return false;
  return true;
}

// `User(name=name)` of `user = User(name=name)`; 0 where the name holds something else.
static Ref made_by(const Reading *r, Ref name) {
  const PyScopes *s = r->scopes;
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, name));
  if (symbol == NO_SYMBOL || s->symbols[symbol].first == NO_BINDING)
    return 0;
  const PyBinding *b = &s->bindings[s->symbols[symbol].first];
  bool plain = b->kind == BIND_ASSIGN && py_kind(r->tree, b->stmt) == PY_ASSIGN;
  return plain ? PY_AS(Assign, r->tree, b->stmt)->value : 0;
}

// `User.query.filter_by(...)`
static void read_flask_query(Reading *r, Ref attribute) {
  const PyAttribute *a = PY_AS(Attribute, r->tree, attribute);
  if (str_is(text_of(r, a->attr), "query") && model_of(r, a->value))
    r->out->flask = true;
}

// True for a call whose arguments are entities; not for `os.path.join(HERE, name)`,
// `", ".join(names)` and `cache.delete(Key)`.
static bool takes_entities(const Reading *r, Ref call, Str name, Ref receiver) {
  static const char *const anywhere[] = {"select", "query",       "get_one",   "aliased",
                                         "join",   "select_from", "outerjoin", NULL};
  static const char *const functions[] = {"insert", "update", "delete", "exists", NULL};
  Origin o = resolve_expr(r->resolver, r->file, PY_AS(Call, r->tree, call)->func);
  if (o.kind == ORIGIN_EXTERNAL || o.kind == ORIGIN_BUILTIN ||
      (receiver && py_kind(r->tree, receiver) == PY_STR))
    return false;
  return is_one(name, anywhere) ||
         (is_one(name, functions) && (!receiver || o.kind == ORIGIN_API));
}

static bool visit_query(void *data, Ref ref) {
  static const char *const writes[] = {"add", "add_all", "merge", NULL};
  Reading *r = data;
  if (py_kind(r->tree, ref) == PY_ATTRIBUTE)
    read_flask_query(r, ref);
  if (py_kind(r->tree, ref) != PY_CALL)
    return true;
  Ref receiver;
  Str name = called(r, ref, &receiver);
  PyRefs args = py_list(r->tree, PY_AS(Call, r->tree, ref)->args);
  bool get = str_is(name, "get") && receiver && args.len >= 2;
  bool write = receiver && is_one(name, writes);
  bool entities = get || takes_entities(r, ref, name, receiver);
  for (uint32_t i = 0; i < args.len && (get ? i < 1 : true); i++) {
    Ref arg = args.at[i];
    if (write && py_kind(r->tree, arg) == PY_NAME)
      arg = made_by(r, arg);
    if (write && py_kind(r->tree, arg) == PY_CALL)
      model_of(r, PY_AS(Call, r->tree, arg)->func);
    else if (entities)
      visit_entity(r, arg);
  }
  return true;
}

// ---- What is a column or a relationship

static bool is_plural(const Reading *r, Str name) {
  return !str_eq(name_singular(r->cx->arena, name), name);
}

static void add_relation(Reading *r, AssumedModel *m, Str attribute, bool many,
                         bool proven, bool counted) {
  size_t model = (size_t)(m - r->out->models.items);
  for (size_t i = 0; i < r->out->relations.len; i++) {
    AssumedRelation *known = &r->out->relations.items[i];
    if (known->model == model && str_eq(known->attribute, attribute)) {
      if (counted && !known->counted && known->many != many) {
        known->many = many;
        r->changed = true;
      }
      known->proven = known->proven || proven;
      known->counted = known->counted || counted;
      return;
    }
  }
  Arena *arena = r->cx->arena;
  Str target = name_camel(arena, many ? name_singular(arena, attribute) : attribute);
  Str module = m->module;
  for (size_t i = 0; i < r->out->models.len; i++)
    if (str_eq(r->out->models.items[i].name, target))
      module = r->out->models.items[i].module;
  r->changed = true;
  vec_push(&r->out->relations, (AssumedRelation){.model = model,
                                                 .attribute = str_copy(arena, attribute),
                                                 .target = target,
                                                 .many = many,
                                                 .proven = proven,
                                                 .counted = counted});
  add_model(r, module, target, false);
}

static void add_column(const Reading *r, AssumedModel *m, Str name) {
  for (size_t i = 0; i < m->columns.len; i++)
    if (str_eq(m->columns.items[i], name))
      return;
  vec_push(&m->columns, str_copy(r->cx->arena, name));
}

static Ref parent_of(const Reading *r, Ref ref) {
  return value_parent(r->values, r->file, ref);
}

// `Order.customer` in a loader option, a join, any() or has(); otherwise a column.
static void read_class_attribute(Reading *r, Ref attribute, AssumedModel *m) {
  static const char *const options[] = {"selectinload",
                                        "joinedload",
                                        "subqueryload",
                                        "lazyload",
                                        "raiseload",
                                        "noload",
                                        "contains_eager",
                                        "immediateload",
                                        "join",
                                        "outerjoin",
                                        NULL};
  static const char *const others[] = {"query",     "metadata", "registry",
                                       "__table__", "id",       NULL};
  const PyTree *t = r->tree;
  Str name = text_of(r, PY_AS(Attribute, t, attribute)->attr);
  Ref parent = parent_of(r, attribute), receiver;
  if (is_one(name, others) || str_starts(name, STR("__")))
    return;
  bool argument =
      py_kind(t, parent) == PY_CALL && PY_AS(Call, t, parent)->func != attribute;
  Ref above = py_kind(t, parent) == PY_ATTRIBUTE ? parent_of(r, parent) : 0;
  Str method = py_kind(t, above) == PY_CALL ? called(r, above, &receiver) : STR("");
  if (argument && is_one(called(r, parent, &receiver), options))
    add_relation(r, m, name, is_plural(r, name), true, false);
  else if (str_is(method, "any") || str_is(method, "has"))
    add_relation(r, m, name, str_is(method, "any"), true, true);
  else if (py_kind(t, parent) != PY_CALL || argument)
    add_column(r, m, name);
}

// True where the instance's attribute is used as a collection, or asked for an attribute
// that plain values do not have.
static bool may_relate(const Reading *r, Ref attribute, bool *many) {
  static const char *const plain[] = {"value",  "year",   "month",  "day", "hour",
                                      "minute", "second", "tzinfo", NULL};
  static const char *const counts[] = {"len", "list",  "sorted", "sum",
                                       "set", "tuple", NULL};
  const PyTree *t = r->tree;
  Ref parent = parent_of(r, attribute), receiver;
  *many = true;
  switch (py_kind(t, parent)) {
  case PY_FOR:
    return PY_AS(For, t, parent)->iter == attribute;
  case PY_COMPREHENSION:
    return PY_AS(Comprehension, t, parent)->iter == attribute;
  case PY_CALL:
    return PY_AS(Call, t, parent)->func != attribute &&
           is_one(called(r, parent, &receiver), counts);
  case PY_ATTRIBUTE: {
    Str next = text_of(r, PY_AS(Attribute, t, parent)->attr);
    Ref above = parent_of(r, parent);
    bool method = py_kind(t, above) == PY_CALL && PY_AS(Call, t, above)->func == parent;
    *many = method && (str_is(next, "append") || str_is(next, "remove"));
    return *many || (!method && !is_one(next, plain));
  }
  default:
    return false;
  }
}

static bool visit_attribute(void *data, Ref ref) {
  Reading *r = data;
  if (py_kind(r->tree, ref) != PY_ATTRIBUTE)
    return true;
  const PyAttribute *a = PY_AS(Attribute, r->tree, ref);
  Value v = value_of(r->values, r->file, a->value);
  if (!v.owner.ref || (v.kind != VALUE_ENTITY && v.kind != VALUE_MAPPED_CLASS))
    return true;
  const PyTree *where = &r->project->files[v.owner.file]->tree;
  AssumedModel *m = find_model(r->out, r->project->files[v.owner.file]->path,
                               text_of(r, PY_AS(ClassDef, where, v.owner.ref)->name));
  bool many;
  if (m && v.kind == VALUE_MAPPED_CLASS)
    read_class_attribute(r, ref, m);
  else if (m && may_relate(r, ref, &many))
    add_relation(r, m, text_of(r, a->attr), many, false, true);
  return true;
}

// ---- The modules

static void write_relation(Buf *b, const AskContext *cx, const AssumedRelation *rel) {
  Str table = name_snake(cx->arena, rel->target);
  if (rel->many)
    buf_printf(b, "    %.*s: Mapped[list[\"%.*s\"]] = relationship()\n",
               STR_ARG(rel->attribute), STR_ARG(rel->target));
  else
    buf_printf(b,
               "    %.*s_key: Mapped[int] = mapped_column(ForeignKey(\"%.*s.id\"))\n"
               "    %.*s: Mapped[\"%.*s\"] = relationship(foreign_keys=[%.*s_key])\n",
               STR_ARG(rel->attribute), STR_ARG(table), STR_ARG(rel->attribute),
               STR_ARG(rel->target), STR_ARG(rel->attribute));
}

static void write_class(Buf *b, const AskContext *cx, const Assumed *a, size_t index,
                        bool related) {
  const AssumedModel *m = &a->models.items[index];
  buf_printf(b,
             "class %.*s(NotShown, %s):\n    __tablename__ = \"%.*s\"\n"
             "    id: Mapped[int] = mapped_column(primary_key=True)\n",
             STR_ARG(m->name), a->flask ? "db.Model" : "Base",
             STR_ARG(name_snake(cx->arena, m->name)));
  for (size_t i = 0; i < m->columns.len; i++) {
    bool relation = false;
    for (size_t k = 0; k < a->relations.len; k++)
      relation =
          relation || (a->relations.items[k].model == index &&
                       str_eq(a->relations.items[k].attribute, m->columns.items[i]));
    if (!relation)
      buf_printf(b, "    %.*s = mapped_column(NotShown.kind, **NotShown.options)\n",
                 STR_ARG(m->columns.items[i]));
  }
  for (size_t i = 0; i < a->relations.len; i++) {
    const AssumedRelation *rel = &a->relations.items[i];
    if (!related && !(rel->proven && rel->counted))
      continue;
    if (rel->model == index)
      write_relation(b, cx, rel);
    if (rel->many && str_eq(rel->target, m->name)) // the key of the other side
      buf_printf(
          b, "    %.*s_%.*s_key: Mapped[int] = mapped_column(ForeignKey(\"%.*s.id\"))\n",
          STR_ARG(name_snake(cx->arena, a->models.items[rel->model].name)),
          STR_ARG(rel->attribute),
          STR_ARG(name_snake(cx->arena, a->models.items[rel->model].name)));
  }
}

static void write_modules(const AskContext *cx, const Assumed *a, bool related,
                          Project *p) {
  static const char head[] =
      "from models_that_were_not_shown import NotShown\n"
      "from sqlalchemy import ForeignKey\n"
      "from sqlalchemy.orm import Mapped, mapped_column, relationship\n"
      "from base_not_shown import Base, db\n";
  project_add_text(p, STR("base_not_shown.py"),
                   STR("from flask_sqlalchemy import SQLAlchemy\n"
                       "from sqlalchemy.orm import DeclarativeBase\n"
                       "db = SQLAlchemy()\n"
                       "class Base(DeclarativeBase):\n    pass\n"));
  for (uint32_t i = 1; i <= a->level; i++)
    project_add_text(
        p, str_format(cx->arena, "%.*s__init__.py", STR_ARG(folder_at(cx->arena, i))),
        STR(""));
  for (size_t i = 0; i < a->models.len; i++) {
    bool first = true;
    for (size_t k = 0; k < i; k++)
      first = first && !str_eq(a->models.items[k].module, a->models.items[i].module);
    if (!first)
      continue;
    Buf b = {0};
    buf_add_text(&b, head);
    for (size_t k = i; k < a->models.len; k++)
      if (str_eq(a->models.items[k].module, a->models.items[i].module))
        write_class(&b, cx, a, k, related);
    project_add_text(p, a->models.items[i].module, str_copy(cx->arena, buf_str(&b)));
    buf_free(&b);
  }
}

uint32_t assumed_open(const AskContext *cx, const Assumed *a, bool related, Project *p) {
  *p = (Project){0};
  project_init(p, &cx->config);
  write_modules(cx, a, related, p);
  Str path = str_format(cx->arena, "%.*s%s", STR_ARG(folder_at(cx->arena, a->level)),
                        ASK_PASTED);
  Str code = cx->project.files[cx->pasted]->source.text;
  uint32_t file = project_add_text(
      p, path, str_format(cx->arena, "%.*s%.*s", STR_ARG(a->imports), STR_ARG(code)));
  for (uint32_t i = 0; i < p->file_count; i++)
    if (p->files[i]->readable)
      source_index_lines(&p->files[i]->source, &p->files[i]->arena);
  return file;
}

static bool visit_level(void *data, Ref ref) {
  Reading *r = data;
  if (py_kind(r->tree, ref) == PY_IMPORT_FROM) {
    uint32_t level = py_node(r->tree, ref)->aux;
    r->out->level = level > r->out->level && level <= MAX_LEVEL ? level : r->out->level;
  }
  return true;
}

static void open_reading(Reading *r, const Project *p, uint32_t file) {
  r->project = p;
  r->file = file;
  r->tree = &p->files[file]->tree;
  r->scopes = p->files[file]->scopes;
}

// One look at the code with the relationships that are known by now.
static void read_attributes(Reading *r) {
  Project p;
  uint32_t file = assumed_open(r->cx, r->out, true, &p);
  Arena arena = {0};
  open_reading(r, &p, file);
  r->resolver = resolver_new(&p, &arena);
  Models *models = models_read(&p, r->resolver, 0, &arena);
  ValueIndex *index = value_index_new(&p, models, 0, &arena);
  r->values = value_ctx_new(index, &arena);
  PyVisitor v = {.enter = visit_attribute, .data = r};
  py_walk(r->tree, r->tree->root, &v);
  value_ctx_free(r->values);
  value_index_free(index);
  models_free(models);
  resolver_free(r->resolver);
  project_free(&p);
  arena_reset(&arena);
}

bool assume_models(AskContext *cx, Assumed *out) {
  *out = (Assumed){.imports = STR("")};
  if (cx->has_project || cx->pasted == NO_FILE || cx->options->file_count)
    return false;
  const ProjectFile *f = cx->project.files[cx->pasted];
  if (!f->in_use || f->tree.has_errors || !f->scopes)
    return false;
  Reading r = {.cx = cx, .out = out, .resolver = cx->resolver};
  open_reading(&r, &cx->project, cx->pasted);
  PyVisitor levels = {.enter = visit_level, .data = &r};
  py_walk(r.tree, r.tree->root, &levels);
  PyVisitor queries = {.enter = visit_query, .data = &r};
  py_walk(r.tree, r.tree->root, &queries);
  out->imports = str_format(cx->arena, "%.*s%s%.*s%s", STR_ARG(buf_str(&r.modules)),
                            r.unbound.len ? "from not_shown import " : "",
                            STR_ARG(buf_str(&r.unbound)), r.unbound.len ? "\n" : "");
  buf_free(&r.modules);
  buf_free(&r.unbound);
  r.changed = out->models.len > 0;
  for (int i = 0; i < MAX_ROUNDS && r.changed; i++) {
    r.changed = false;
    read_attributes(&r);
  }
  return out->models.len > 0;
}
