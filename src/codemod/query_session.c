// query_session.c: how the session, and mapped classes, are written where they are
// needed.
#include "codemod/query_internal.h"
#include "python/import.h"
#include "python/parse.h"
#include "rules/util.h"

// ---- names of other modules

typedef struct {
  Q *q;
  uint8_t *seen; // by file
  Vec(uint32_t) work;
} Closure;

static void reach_module(Closure *c, uint32_t module) {
  const Project *p = c->q->project;
  for (; module != NO_MODULE; module = p->modules[module].parent) {
    uint32_t file = p->modules[module].file;
    if (file != NO_FILE && !c->seen[file]) {
      c->seen[file] = 1;
      vec_push(&c->work, file);
    }
  }
}

typedef struct {
  Q *q;
  uint32_t file;
  const PyTree *t;
  Vec(uint32_t) modules;
} ImportWalk;

static void note_import(ImportWalk *w, uint32_t level, Atom module, Atom name) {
  ImportTarget target =
      project_resolve_import(w->q->project, w->file, level, module, name);
  if (target.kind == TARGET_MODULE || (name && target.kind == TARGET_NAME))
    vec_push(&w->modules, target.module);
}

// Imports that run when the module does: not those of functions.
static bool follow_import(void *data, Ref r) {
  ImportWalk *w = data;
  PyKind kind = py_kind(w->t, r);
  if (kind == PY_IF &&
      str_ends(py_text(w->t, PY_AS(If, w->t, r)->test), STR("TYPE_CHECKING")))
    return false;
  if (kind == PY_IMPORT) {
    PyRefs names = py_list(w->t, PY_AS(Import, w->t, r)->names);
    for (uint32_t k = 0; k < names.len; k++)
      note_import(w, 0, PY_AS(Alias, w->t, names.at[k])->name, 0);
  } else if (kind == PY_IMPORT_FROM) {
    const PyImportFrom *n = PY_AS(ImportFrom, w->t, r);
    PyRefs names = py_list(w->t, n->names);
    note_import(w, n->node.aux, n->module, 0);
    for (uint32_t k = 0; k < names.len; k++)
      note_import(w, n->node.aux, n->module, PY_AS(Alias, w->t, names.at[k])->name);
  }
  return kind != PY_FUNCTION_DEF && kind != PY_LAMBDA;
}

// A file out of use is parsed for its imports alone.
static void read_imports(Q *q, uint32_t file) {
  const ProjectFile *f = q->project->files[file];
  Arena arena = {0};
  DiagSink diags = {.arena = &arena};
  PyTree own = {0};
  if (!f->in_use)
    py_parse(&own, &f->source, resolver_names(q->cx->resolver), &diags);
  ImportWalk w = {.q = q, .file = file, .t = f->in_use ? &f->tree : &own};
  PyVisitor visitor = {.enter = follow_import, .data = &w};
  py_walk(w.t, w.t->root, &visitor);
  QFile *of = &q->files[file];
  of->import_count = (uint32_t)w.modules.len;
  of->imports = arena_array(q->arena, uint32_t, w.modules.len + 1);
  if (w.modules.len)
    memcpy(of->imports, w.modules.items, w.modules.len * sizeof *of->imports);
  vec_free(&w.modules);
  py_tree_free(&own);
  diag_sink_free(&diags);
  arena_reset(&arena);
}

static void follow_imports(Closure *c, uint32_t file) {
  const QFile *of = &c->q->files[file];
  if (!of->imports)
    read_imports(c->q, file);
  for (uint32_t i = 0; i < of->import_count; i++)
    reach_module(c, of->imports[i]);
}

static void close_imports(Closure *c) {
  while (c->work.len) {
    uint32_t next = vec_pop(&c->work);
    if (c->q->project->files[next]->readable)
      follow_imports(c, next);
  }
}

// True where importing the module of `of` at the top of `file` cannot come back to it, or
// was done anyway: `file` imports `through`, which needs it to be there.
static bool may_import(Q *q, uint32_t file, uint32_t of, uint32_t through) {
  Closure c = {.q = q, .seen = mem_zalloc(q->project->file_count + 1, 1)};
  if (q->project->files[of]->module != NO_MODULE)
    reach_module(&c, q->project->files[of]->module);
  close_imports(&c);
  bool good = !c.seen[file];
  if (!good && through != file) {
    memset(c.seen, 0, q->project->file_count);
    follow_imports(&c, file);
    close_imports(&c);
    good = c.seen[through] && c.seen[of];
  }
  vec_free(&c.work);
  mem_free(c.seen);
  return good;
}

// What a module binds, or imports from outside of the project under the name `dotted`.
typedef struct {
  Place binding;
  Atom dotted; // 0: it is of the project
} Global;

static bool is_global(Origin o, Global g) {
  if (g.dotted)
    return o.kind == ORIGIN_EXTERNAL && o.proven && o.dotted == g.dotted;
  return (o.kind == ORIGIN_VARIABLE || o.kind == ORIGIN_CLASS) &&
         place_eq(o.at, g.binding);
}

static Atom name_of_binding(Q *q, Place binding) {
  const PyTree *t = q_tree(q, binding.file);
  switch (py_kind(t, binding.ref)) {
  case PY_NAME:
    return PY_AS(Name, t, binding.ref)->id;
  case PY_CLASS_DEF:
    return PY_AS(ClassDef, t, binding.ref)->name;
  case PY_ALIAS: {
    const PyAlias *a = PY_AS(Alias, t, binding.ref);
    return a->asname ? a->asname : a->name;
  }
  default:
    return 0;
  }
}

// The same as an attribute of a module that is imported already: `meta.Session`. Within a
// function that is there when it runs; at the top of a module it may not be yet.
static Str spell_through_module(Q *q, uint32_t file, Ref at, Global g) {
  const PyScopes *s = q->project->files[file]->scopes;
  Str own = q_name(q, name_of_binding(q, g.binding));
  uint32_t inner = py_scopes_at(s, at);
  if (!own.len || !q_function(q, file, at))
    return (Str){0};
  for (uint32_t scope = inner; scope != NO_SCOPE; scope = s->scopes[scope].parent)
    for (uint32_t i = s->scopes[scope].first_symbol; i != NO_SYMBOL;
         i = s->symbols[i].next) {
      const PySymbol *symbol = &s->symbols[i];
      if (!(symbol->flags & SYMBOL_IMPORTED) || symbol->first != symbol->last ||
          s->bindings[symbol->first].flags & BIND_TYPE_CHECKING ||
          py_scopes_lookup(s, inner, symbol->name) != i)
        continue;
      Str name = q_name(q, symbol->name);
      if (resolve_text(q->cx->resolver, file, at, name).kind != ORIGIN_MODULE)
        continue;
      Str text = str_format(q->arena, "%.*s.%.*s", STR_ARG(name), STR_ARG(own));
      if (is_global(resolve_text(q->cx->resolver, file, at, text), g))
        return text;
    }
  return (Str){0};
}

// True where an `import *` brings the name to `at`, which runs after it.
static bool is_starred(Q *q, uint32_t file, Ref at, Atom own, Global g) {
  const PyScopes *s = q->project->files[file]->scopes;
  const PyTree *t = q_tree(q, file);
  bool before = false;
  for (uint32_t i = 0; i < s->star_count; i++)
    before |= q_function(q, file, at) ||
              py_node(t, s->stars[i].stmt)->end < py_node(t, at)->start;
  return before && own &&
         is_global(resolve_text(q->cx->resolver, file, at, q_name(q, own)), g);
}

// What is bound at the top of a module, as written at `at`.
// `through` is a file that takes part in defining what asks for the name: where it is
// imported here already, so is what it imports.
static Str spell_global(Q *q, uint32_t file, Ref at, Global g, uint32_t through) {
  Place binding = g.binding;
  const PyScopes *s = q->project->files[file]->scopes;
  uint32_t inner = py_scopes_at(s, at);
  Atom own = name_of_binding(q, binding);
  for (uint32_t scope = inner; scope != NO_SCOPE; scope = s->scopes[scope].parent)
    for (uint32_t i = s->scopes[scope].first_symbol; i != NO_SYMBOL;
         i = s->symbols[i].next) {
      const PySymbol *symbol = &s->symbols[i];
      bool candidate = symbol->flags & SYMBOL_IMPORTED ||
                       (scope == 0 && file == binding.file && symbol->name == own);
      if (!candidate || py_scopes_lookup(s, inner, symbol->name) != i)
        continue;
      bool itself = symbol->first != NO_BINDING && file == binding.file &&
                    s->bindings[symbol->first].node == binding.ref;
      Origin o = resolve_text(q->cx->resolver, file, at, q_name(q, symbol->name));
      bool loose = s->bindings[symbol->first].flags & BIND_TYPE_CHECKING;
      if ((itself || is_global(o, g)) && !loose)
        return q_name(q, symbol->name);
    }
  Str text = spell_through_module(q, file, at, g);
  if (text.ptr)
    return text;
  if (is_starred(q, file, at, own, g))
    return q_name(q, own);
  const ProjectFile *from = q->project->files[binding.file];
  bool known = own && from->module != NO_MODULE && file != binding.file;
  if (!known || !may_import(q, file, binding.file, through)) {
    q_fail(q, file, at,
           "`%.*s` is not imported here, and importing it may close a circle",
           STR_ARG(q_name(q, own)));
    return (Str){0};
  }
  Str module = q_name(q, q->project->modules[from->module].name);
  char *path = arena_copy(q->arena, module.ptr, module.len);
  Str name = q_name(q, own);
  if (!codemod_can_import(q->cx, file, at, path, name.ptr)) {
    q_fail(q, file, at, "`%.*s` means something else in this file", STR_ARG(name));
    return (Str){0};
  }
  return codemod_import(q->cx, file, at, path, name.ptr);
}

// ---- sessions

static Str spell(Q *q, uint32_t file, Ref at, const QSession *s, size_t cut) {
  Str path = str_slice(s->path, 0, s->path.len - cut);
  Str name = {0};
  switch (s->kind) {
  case SESSION_LOCAL: {
    const PyScopes *scopes = q->project->files[s->file]->scopes;
    if (s->file == file && q_holds(q, file, at, s->symbol, s->at))
      name = q_name(q, scopes->symbols[s->symbol].name);
    else
      q_fail(q, file, at, "the session of the query has no name here");
    break;
  }
  case SESSION_GLOBAL:
    name = spell_global(q, file, at, (Global){{s->file, s->bound_at}, s->dotted},
                        s->at.file);
    break;
  case SESSION_MIXED:
    q_fail(q, file, at, "queries of several sessions come together here");
    break;
  case SESSION_SELF:
  case SESSION_UNKNOWN:
    q_fail(q, file, at, "the session of the query has no name that can be used here");
    break;
  }
  if (!name.ptr)
    return (Str){0};
  if (q_is_replaced(q, file, at, s->at)) {
    q_fail(q, file, at, "the session is replaced before the query runs here");
    return (Str){0};
  }
  return str_format(q->arena, "%.*s%.*s", STR_ARG(name), STR_ARG(path));
}

Str q_spell_session(Q *q, uint32_t file, Ref at, const QState *state) {
  return spell(q, file, at, &state->session, 0);
}

Str q_spell_flask(Q *q, uint32_t file, Ref at, const QState *state) {
  const QSession *s = &state->session;
  bool flask = s->flask;
  if (!flask && s->kind != SESSION_MIXED && s->at.ref)
    flask = (q_value(q, s->at.file, s->at.ref).flags & VALUE_FLASK) != 0;
  Str session = STR(".session");
  if (!flask || !str_ends(s->path, session)) {
    q_fail(q, file, at, "the extension object of Flask-SQLAlchemy is not known here");
    return (Str){0};
  }
  return spell(q, file, at, s, session.len);
}

// ---- sessions of models

// X.query = S.query_property(), or the same in the body of a class.
static bool property_of(Q *q, Place cls, QSession *out) {
  return q_each_use(q, intern(resolver_names(q->cx->resolver), STR("query_property")),
                    cls, out);
}

bool q_property_at(Q *q, Place use, Place cls, QSession *out) {
  const PyTree *t = q_tree(q, use.file);
  Ref call = q_parent(q, use.file, use.ref);
  Ref assign = py_kind(t, call) == PY_CALL ? q_parent(q, use.file, call) : 0;
  if (py_kind(t, use.ref) != PY_ATTRIBUTE || py_kind(t, assign) != PY_ASSIGN)
    return false;
  Ref target = py_list(t, PY_AS(Assign, t, assign)->targets).at[0];
  Place owner = {0};
  if (py_kind(t, target) == PY_ATTRIBUTE &&
      PY_AS(Attribute, t, target)->attr == SYM_query) {
    Origin o =
        resolve_expr(q->cx->resolver, use.file, PY_AS(Attribute, t, target)->value);
    if (o.kind == ORIGIN_CLASS || o.kind == ORIGIN_VARIABLE)
      owner = o.at;
  } else if (py_kind(t, target) == PY_NAME && PY_AS(Name, t, target)->id == SYM_query) {
    owner = (Place){use.file, q_parent(q, use.file, assign)};
  }
  const Model *m = models_of_class(q->cx->models, cls);
  bool base = m && owner.ref && place_eq(m->base, owner);
  bool above = owner.ref && py_kind(q_tree(q, owner.file), owner.ref) == PY_CLASS_DEF &&
               q_inherits(q, cls, owner);
  if (m && owner.ref && !base && !above) { // Base = declarative_base()
    Ref value = q_parent(q, owner.file, owner.ref);
    const PyTree *ot = q_tree(q, owner.file);
    base = py_kind(ot, value) == PY_ASSIGN && m->base.file == owner.file &&
           PY_AS(Assign, ot, value)->value == m->base.ref;
  }
  if (!base && !above)
    return false;
  *out = q_session_of(q, use.file, PY_AS(Attribute, t, use.ref)->value);
  return true;
}

// What `Base = db.Model` gives to a name of a module, through imports; nowhere where it
// is assigned otherwise, or several times.
static Place assigned_through(Q *q, uint32_t file, Ref name, int depth) {
  const PyScopes *s = q->project->files[file]->scopes;
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, name));
  while (depth++ < 10 && symbol != NO_SYMBOL &&
         s->symbols[symbol].first == s->symbols[symbol].last &&
         s->symbols[symbol].first != NO_BINDING) {
    const PyBinding *b = &s->bindings[s->symbols[symbol].first];
    if (b->kind != BIND_IMPORT) {
      Ref value =
          py_kind(q_tree(q, file), b->node) == PY_NAME ? q_assigned(q, file, b->node) : 0;
      return (Place){value ? file : 0, value};
    }
    ImportItem item = py_import_read(q_tree(q, file), b->stmt, b->node);
    if (item.whole_path)
      break;
    ImportTarget target =
        project_resolve_import(q->project, file, item.level, item.module, item.name);
    if (target.kind != TARGET_NAME)
      break;
    file = q->project->modules[target.module].file;
    if (file == NO_FILE || !q->project->files[file]->in_use)
      break;
    s = q->project->files[file]->scopes;
    symbol = py_scopes_find(s, 0, target.name);
  }
  return (Place){0};
}

static bool flask_of(Q *q, Place cls, QSession *out, int depth);

// `db` where a base is `db.Model`, or a name for it: Base = db.Model.
static bool flask_base(Q *q, uint32_t file, Ref base, QSession *out, int depth) {
  const PyTree *t = q_tree(q, file);
  if (py_kind(t, base) == PY_ATTRIBUTE &&
      str_is(q_name(q, PY_AS(Attribute, t, base)->attr), "Model")) {
    *out = q_session_of(q, file, PY_AS(Attribute, t, base)->value);
    if (out->kind == SESSION_GLOBAL) {
      out->path = str_format(q->arena, "%.*s.session", STR_ARG(out->path));
      out->flask = true;
      return true;
    }
  }
  Origin o = resolve_expr(q->cx->resolver, file, base);
  if (depth > 20)
    return false;
  if (o.kind == ORIGIN_CLASS)
    return flask_of(q, o.at, out, depth + 1);
  Place value =
      py_kind(t, base) == PY_NAME ? assigned_through(q, file, base, 0) : (Place){0};
  return value.ref && py_kind(q_tree(q, value.file), value.ref) == PY_ATTRIBUTE &&
         flask_base(q, value.file, value.ref, out, depth + 1);
}

static bool flask_of(Q *q, Place cls, QSession *out, int depth) {
  const PyTree *t = q_tree(q, cls.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len; i++)
    if (py_kind(t, args.at[i]) != PY_KEYWORD &&
        flask_base(q, cls.file, args.at[i], out, depth))
      return true;
  return false;
}

QSession q_model_session(Q *q, uint32_t file, Ref attribute) {
  Ref receiver = PY_AS(Attribute, q_tree(q, file), attribute)->value;
  QSession out = {.kind = SESSION_UNKNOWN, .at = {file, attribute}, .path = STR("")};
  Value of = q_value(q, file, receiver);
  if (!of.owner.ref || py_kind(q_tree(q, of.owner.file), of.owner.ref) != PY_CLASS_DEF)
    return out;
  if (!property_of(q, of.owner, &out) && !flask_of(q, of.owner, &out, 0))
    out.kind = SESSION_UNKNOWN;
  return out;
}

// ---- classes

// An expression of names and attributes that means the same at `at` as where it stands.
static Str repeat(Q *q, uint32_t file, Ref at, Place seen) {
  if (seen.file != file || !seen.ref)
    return (Str){0};
  const PyTree *t = q_tree(q, file);
  const PyScopes *s = q->project->files[file]->scopes;
  Ref base = seen.ref;
  while (py_kind(t, base) == PY_ATTRIBUTE)
    base = PY_AS(Attribute, t, base)->value;
  if (py_kind(t, base) != PY_NAME || q_comment_in(q, file, py_span(t, seen.ref)))
    return (Str){0};
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, base));
  if (symbol == NO_SYMBOL || !q_holds(q, file, at, symbol, seen))
    return (Str){0};
  return py_text(t, seen.ref);
}

Str q_spell_model(Q *q, uint32_t file, Ref at, const Model *m, Place like) {
  Value v = like.ref ? q_value(q, like.file, like.ref) : (Value){0};
  Str text = {0};
  if (v.kind == VALUE_MAPPED_CLASS && place_eq(v.owner, m->node))
    text = repeat(q, file, at, like);
  return text.ptr ? text : spell_global(q, file, at, (Global){m->node, 0}, m->node.file);
}

Str q_spell_entity(Q *q, uint32_t file, Ref at, const QState *state) {
  Place entity = state->entity;
  Str text = repeat(q, file, at, entity);
  if (text.ptr)
    return text;
  Value v = entity.ref ? q_value(q, entity.file, entity.ref) : (Value){0};
  const Model *m = v.kind == VALUE_MAPPED_CLASS ? q_model_at(q, entity) : NULL;
  if (m)
    return spell_global(q, file, at, (Global){m->node, 0}, entity.file);
  if (entity.ref &&
      (state->named.kind == SESSION_LOCAL || state->named.kind == SESSION_GLOBAL))
    return spell(q, file, at, &state->named, 0);
  q_fail(q, file, at, "the class that the query selects has no name here");
  return (Str){0};
}

const Model *q_joined_model(Q *q, Place target) {
  if (!target.ref)
    return NULL;
  Value v = q_value(q, target.file, target.ref);
  if (v.kind != VALUE_RELATIONSHIP)
    return v.kind == VALUE_MAPPED_CLASS ? q_model_at(q, target) : NULL;
  const Model *m = v.owner.ref ? models_of_class(q->cx->models, v.owner) : NULL;
  const Relationship *r = m ? model_relationship(m, v.key) : NULL;
  return r ? r->target : NULL;
}

Str q_spell_joined(Q *q, uint32_t file, Ref at, Place target) {
  Value v = target.ref ? q_value(q, target.file, target.ref) : (Value){0};
  if (v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_ALIASED_CLASS ||
      v.kind == VALUE_CLASS) {
    Str text = repeat(q, file, at, target);
    if (text.ptr)
      return text;
  }
  const Model *m = v.kind == VALUE_ALIASED_CLASS ? NULL : q_joined_model(q, target);
  return m ? q_spell_model(q, file, at, m, target) : (Str){0};
}

// ---- attributes

// The attribute of `self` that the method stores a local name in: self.session = session.
static Str stored_path(Q *q, const QSession *s, Place store) {
  const PyTree *t = q_tree(q, store.file);
  const PyScopes *scopes = q->project->files[store.file]->scopes;
  Ref function = q_function(q, store.file, store.ref);
  PyRefs body = py_list(t, PY_AS(FunctionDef, t, function)->body);
  Ref self = PY_AS(Attribute, t, store.ref)->value;
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_ASSIGN)
      continue;
    const PyAssign *a = PY_AS(Assign, t, body.at[i]);
    Ref target = py_list(t, a->targets).at[0];
    bool own = py_kind(t, target) == PY_ATTRIBUTE && py_kind(t, a->value) == PY_NAME &&
               str_eq(py_text(t, PY_AS(Attribute, t, target)->value), py_text(t, self));
    if (own &&
        py_scopes_target(scopes, py_scopes_symbol_of(scopes, a->value)) == s->symbol)
      return str_format(q->arena, ".%.*s%.*s",
                        STR_ARG(q_name(q, PY_AS(Attribute, t, target)->attr)),
                        STR_ARG(s->path));
  }
  return (Str){0};
}

QSession q_session_field(Q *q, const QSession *s, const QEdge *e) {
  QSession out = *s;
  if (e->kind == EDGE_STORE && s->kind == SESSION_LOCAL) {
    const PyScopes *scopes = q->project->files[e->at.file]->scopes;
    Place self = q_self(q, e->at.file, e->at.ref);
    bool of_self =
        s->file == e->at.file && self.ref &&
        py_scopes_target(scopes, py_scopes_symbol_of(scopes, self.ref)) == s->symbol;
    out.path = of_self                 ? s->path
               : s->file == e->at.file ? stored_path(q, s, e->at)
                                       : (Str){0};
    out.kind = out.path.ptr && out.path.len ? SESSION_SELF : SESSION_UNKNOWN;
    if (!out.path.ptr)
      out.path = STR("");
  } else if (e->kind == EDGE_LOAD && s->kind == SESSION_SELF) {
    const PyTree *t = q_tree(q, e->at.file);
    out = q_session_of(q, e->at.file, PY_AS(Attribute, t, e->at.ref)->value);
    out.path = str_format(q->arena, "%.*s%.*s", STR_ARG(out.path), STR_ARG(s->path));
  }
  return out;
}
