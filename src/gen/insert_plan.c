// insert_plan.c: what new classes have in common with those that are there: the model
// whose style is taken, how tables are named, and what the base gives them.
#include "gen/insert_internal.h"

// The model that a new one relates to, else one of the file with the most models.
static const Model *choose_sample(const Insertion *in) {
  const Schema *s = in->gen->schema;
  for (size_t i = 0; i < s->tables.len; i++)
    for (size_t k = 0;
         k < s->tables.items[i]->relations.len && !s->tables.items[i]->external; k++) {
      const SchemaRelation *r = s->tables.items[i]->relations.items[k];
      const Model *m = insert_model_of(schema_find(s, r->target_name));
      if (m)
        return m;
    }
  for (size_t i = 0; i < s->tables.len; i++)
    if (schema_is_extended(s->tables.items[i]))
      return s->tables.items[i]->model;
  const Model *best = NULL;
  uint32_t most = 0;
  for (uint32_t i = 0; i < models_count(in->models); i++) {
    const Model *m = models_at(in->models, i);
    uint32_t n = in->models_in[m->node.file];
    if (n > most && !in->project->files[m->node.file]->is_test) {
      most = n;
      best = m;
    }
  }
  return best;
}

static bool has_own_files(const Insertion *in) {
  Str folder = insert_folder(in->project->files[in->sample->node.file]->path);
  uint32_t files = 0, count = 0;
  for (uint32_t i = 0; i < in->project->file_count; i++) {
    uint32_t n = in->models_in[i];
    if (n && str_eq(insert_folder(in->project->files[i]->path), folder)) {
      files++;
      count += n;
    }
  }
  return files > 1 && count * 2 <= files * 3;
}

// ---- Names of tables

enum {
  NAME_PLURAL, // "order_items", what the schema gives
  NAME_SNAKE,  // "order_item"
  NAME_LOWER,  // "orderitem"
  NAME_LOWER_PLURAL,
  NAME_COUNT
};

static Str table_name(Arena *a, Str class_name, int how) {
  char *lower = arena_copy(a, class_name.ptr, class_name.len);
  for (size_t i = 0; i < class_name.len; i++)
    lower[i] = lower[i] >= 'A' && lower[i] <= 'Z' ? (char)(lower[i] | 32) : lower[i];
  Str name = how == NAME_PLURAL || how == NAME_SNAKE ? name_snake(a, class_name)
                                                     : (Str){lower, class_name.len};
  return how == NAME_PLURAL || how == NAME_LOWER_PLURAL ? name_plural(a, name) : name;
}

// True where the class itself says the name of its table, or has no name of its own.
static bool says_name(const Insertion *in, const Model *m) {
  const PyTree *t = insert_tree(in, m->node.file);
  PyRefs body = py_list(t, PY_AS(ClassDef, t, m->node.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(t, body.at[i]);
    Str text = py_text(t, body.at[i]);
    if ((kind == PY_ASSIGN || kind == PY_ANN_ASSIGN) &&
        (str_starts(text, STR("__tablename__")) || str_starts(text, STR("__table__"))))
      return true;
  }
  return false;
}

// How most of the project's classes name their tables. `*follows`: the base does it, and
// in the same way for all that do not say.
static int naming_of(const Insertion *in, bool *follows) {
  Arena *a = in->gen->arena;
  uint32_t votes[NAME_COUNT] = {0}, silent[NAME_COUNT] = {0}, silents = 0, spoken = 0;
  for (uint32_t i = 0; i < models_count(in->models); i++) {
    const Model *m = models_at(in->models, i);
    if (!m->table || m->parent || !m->table->name.len)
      continue;
    bool says = says_name(in, m);
    silents += !says;
    spoken += says;
    for (int how = 0; how < NAME_COUNT; how++) {
      bool fits = str_eq(m->table->name, table_name(a, insert_name(in, m->name), how));
      votes[how] += fits;
      silent[how] += fits && !says;
    }
  }
  int best = NAME_PLURAL;
  for (int how = 0; how < NAME_COUNT; how++)
    if ((silents > spoken ? silent : votes)[how] >
        (silents > spoken ? silent : votes)[best])
      best = how;
  if (in->sample->style == BASE_SQLMODEL && silents && silent[NAME_LOWER] == silents)
    best = NAME_LOWER; // its own rule, though one word says no more than NAME_SNAKE
  *follows = silents > spoken && silent[best] == silents;
  return best;
}

static void name_tables(Insertion *in) {
  bool follows;
  int how = naming_of(in, &follows);
  in->links_follow = follows && how == NAME_LOWER;
  Schema *s = in->gen->schema;
  Arena *a = in->gen->arena;
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i];
    if (t->external || !t->class_name.len)
      continue;
    if (str_eq(t->name, table_name(a, t->class_name, NAME_PLURAL)))
      t->name = table_name(a, t->class_name, how);
    t->name_follows = follows && str_eq(t->name, table_name(a, t->class_name, how));
  }
}

// ---- What the base gives

// True where `cls` is `of`, or one of its bases is, on the way up.
static bool descends(const Insertion *in, Place cls, Place of, int depth) {
  if (place_eq(cls, of))
    return true;
  const PyTree *t = insert_tree(in, cls.file);
  if (depth > 16 || py_kind(t, cls.ref) != PY_CLASS_DEF)
    return false;
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) == PY_KEYWORD)
      continue;
    Origin o = resolve_expr(in->resolver, cls.file, args.at[i]);
    if (o.kind == ORIGIN_CLASS && descends(in, o.at, of, depth + 1))
      return true;
  }
  return false;
}

// Columns that the sample has from its abstract base are those of new classes too.
static void inherit_columns(const Insertion *in, SchemaTable *t,
                            const SchemaTable *sample, Place base) {
  const Model *m = in->sample;
  for (uint32_t i = 0; i < m->column_count; i++) {
    const ModelColumn *c = &m->columns[i];
    Str key = insert_name(in, c->key);
    SchemaColumn *from = schema_column(sample, key);
    if (!from || from->foreign_key || !c->column ||
        place_eq(c->column->declared_in, m->node) || !c->column->declared_in.ref ||
        schema_has_attribute(t, key) || !descends(in, base, c->column->declared_in, 0))
      continue;
    SchemaColumn *own = schema_add_column(in->gen->schema, t, key, from->type.kind);
    SchemaTable *table = own->table;
    *own = *from;
    own->table = table;
    own->inherited = true;
    own->added = false;
  }
}

static void inherit(const Insertion *in) {
  Schema *s = in->gen->schema;
  SchemaTable *sample = schema_find(s, insert_name(in, in->sample->name));
  Place base = insert_base(in, in->sample);
  if (!sample || sample->model != in->sample || !base.ref)
    return;
  for (size_t i = 0; i < s->tables.len; i++)
    if (!s->tables.items[i]->external && s->tables.items[i]->class_name.len &&
        !s->tables.items[i]->parent_name.len)
      inherit_columns(in, s->tables.items[i], sample, base);
}

// ---- Mixins

static const char *const mixin_columns[MIXIN_COUNT][2] = {
    [MIXIN_TIMESTAMPS] = {"created_at", "updated_at"},
    [MIXIN_SOFT_DELETE] = {"deleted_at", "deleted_at"},
    [MIXIN_UUID] = {"id", "id"},
};

// Where the model has the columns of a mixin from: one class, its own not among them.
static Place giver_of(const Insertion *in, const Model *m, MixinKind kind) {
  Place from[2] = {{0, 0}, {0, 0}};
  for (int i = 0; i < 2; i++) {
    Atom key = interner_find(in->project->names, str_from(mixin_columns[kind][i]));
    const ModelColumn *c = key ? model_column(m, key) : NULL;
    if (!c || !c->column || c->inherited || place_eq(c->column->declared_in, m->node))
      return (Place){0, 0};
    from[i] = c->column->declared_in;
  }
  return place_eq(from[0], from[1]) ? from[0] : (Place){0, 0};
}

// A mixin that the project has is used; a name that is taken is not taken again.
static void plan_mixin(const Insertion *in, MixinKind kind) {
  SchemaMixin *mixin = &in->gen->schema->mixins[kind];
  uint32_t home = in->sample->node.file;
  Place base = insert_base(in, in->sample), of = giver_of(in, in->sample, kind);
  if (base.ref && of.ref && descends(in, base, of, 0)) {
    mixin->name = (Str){"", 0};
    return;
  }
  for (uint32_t i = 0; i < models_count(in->models) && !mixin->exists; i++) {
    of =
        kind == MIXIN_UUID ? (Place){0, 0} : giver_of(in, models_at(in->models, i), kind);
    if (!of.ref || models_class_role(in->models, of) != CLASS_PLAIN)
      continue;
    mixin->exists = true;
    mixin->name =
        insert_name(in, PY_AS(ClassDef, insert_tree(in, of.file), of.ref)->name);
    if (of.file != home || in->own_files)
      mixin->module = insert_module_of(in, of.file);
  }
  mixin->written_out =
      !mixin->exists && !in->own_files && insert_binds(in, home, mixin->name);
}

bool insert_binds(const Insertion *in, uint32_t file, Str name) {
  const PyScopes *s = in->project->files[file]->scopes;
  Atom atom = interner_find(in->project->names, name);
  uint32_t symbol = s && atom ? py_scopes_find(s, 0, atom) : NO_SYMBOL;
  return symbol != NO_SYMBOL && s->symbols[symbol].first != NO_BINDING;
}

// True where some model says how it is shown, or there is none to go by but the sample.
static bool has_repr(const Insertion *in) {
  Atom atom = interner_find(in->project->names, STR("__repr__"));
  for (uint32_t i = 0; atom && i < models_count(in->models); i++)
    if (model_attr(models_at(in->models, i), atom))
      return true;
  return models_count(in->models) < 3;
}

bool insert_plan(Insertion *in, Gen *gen, const Project *project, Resolver *resolver,
                 const Models *models) {
  *in =
      (Insertion){.gen = gen, .project = project, .resolver = resolver, .models = models};
  in->models_in = arena_array(gen->arena, uint32_t, project->file_count + 1);
  for (uint32_t i = 0; i < models_count(models); i++)
    in->models_in[models_at(models, i)->node.file]++;
  in->sample = choose_sample(in);
  if (!in->sample)
    return false;
  in->own_files = has_own_files(in);
  name_tables(in);
  inherit(in);
  for (int kind = 0; kind < MIXIN_COUNT; kind++)
    plan_mixin(in, (MixinKind)kind);
  gen->settings.no_repr |= !has_repr(in);
  gen->settings.dataclass |= in->sample->dataclass;
  return true;
}

void insert_name_links(const Insertion *in) {
  const Schema *s = in->gen->schema;
  Arena *a = in->gen->arena;
  for (size_t i = 0; i < s->tables.len && in->sample->style == BASE_SQLMODEL; i++) {
    SchemaTable *t = s->tables.items[i];
    if (t->external || !t->association)
      continue;
    t->link_name = name_camel(a, name_singular(a, t->name));
    t->name_follows = in->links_follow;
    if (in->links_follow)
      t->name = table_name(a, t->link_name, NAME_LOWER);
  }
}
