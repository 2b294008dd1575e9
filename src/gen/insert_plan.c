// insert_plan.c: what new classes have in common with those that are there: the model
// whose style is taken, how tables are named, and what the base gives them.
#include "gen/insert_internal.h"
#include "project/detect.h"

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
  NAME_CLASS, // "OrderItem"
  NAME_COUNT
};

static Str table_name(Arena *a, Str class_name, int how) {
  if (how == NAME_CLASS)
    return class_name;
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

enum {
  PREFIXES_MAX = 16 // "crm_", "auth_": of which one may be all tables'
};

typedef struct {
  Str prefix;
  uint32_t votes[NAME_COUNT], silent[NAME_COUNT]; // silent: the base gives the name
} Naming;

typedef struct {
  Naming of[PREFIXES_MAX];
  uint32_t count, silents, spoken;
} Namings;

static Naming *naming_with(Namings *n, Str prefix) {
  for (uint32_t i = 0; i < n->count; i++)
    if (str_eq(n->of[i].prefix, prefix))
      return &n->of[i];
  if (n->count == PREFIXES_MAX)
    return NULL;
  n->of[n->count] = (Naming){.prefix = prefix};
  return &n->of[n->count++];
}

static void count_names(const Insertion *in, Namings *n) {
  Arena *a = in->gen->arena;
  for (uint32_t i = 0; i < models_count(in->models); i++) {
    const Model *m = models_at(in->models, i);
    if (!m->table || m->parent || !m->table->name.len)
      continue;
    bool says = says_name(in, m);
    n->silents += !says;
    n->spoken += says;
    for (int how = 0; how < NAME_COUNT; how++) {
      Str name = table_name(a, insert_name(in, m->name), how);
      Str prefix = str_slice(m->table->name, 0, m->table->name.len - name.len);
      bool fits = str_ends(m->table->name, name) &&
                  (!prefix.len || prefix.ptr[prefix.len - 1] == '_');
      Naming *of = fits ? naming_with(n, prefix) : NULL;
      if (!of)
        continue;
      of->votes[how]++;
      of->silent[how] += !says;
    }
  }
}

typedef struct {
  int how;
  Str prefix;
  bool follows; // the base gives the name, in the same way to all that do not say
  bool fits[NAME_COUNT]; // the ways that those names fit as well
} TableHabit;

// How most of the project's classes name their tables.
static TableHabit naming_of(const Insertion *in) {
  Namings n = {.count = 1}; // the first has no prefix
  int best = NAME_PLURAL;
  const Naming *chosen = &n.of[0];
  count_names(in, &n);
  bool quiet = n.silents > n.spoken;
  for (uint32_t i = 0; i < n.count; i++)
    for (int how = 0; how < NAME_COUNT; how++) {
      const Naming *of = &n.of[i];
      if (i && of->votes[how] < 2)
        continue; // one table with a prefix shows no habit
      if ((quiet ? of->silent : of->votes)[how] >
          (quiet ? chosen->silent : chosen->votes)[best]) {
        best = how;
        chosen = of;
      }
    }
  // The rules of SQLModel and Flask-SQLAlchemy, though one word fits others as well.
  BaseStyle style = in->sample->style;
  int rule = style == BASE_SQLMODEL ? NAME_LOWER
             : style == BASE_FLASK  ? NAME_SNAKE
                                    : NAME_COUNT;
  bool own_rule = rule != NAME_COUNT && n.silents && n.of[0].silent[rule] == n.silents;
  if (own_rule && quiet) {
    best = rule;
    chosen = &n.of[0];
  }
  TableHabit habit = {.how = best,
                      .prefix = chosen->prefix,
                      .follows = quiet && chosen->silent[best] == n.silents};
  for (int how = 0; how < NAME_COUNT; how++)
    habit.fits[how] = !own_rule && chosen->silent[how] == n.silents;
  return habit;
}

// True where any function that makes the names we have seen gives this class the name
// that we do: no capitals in a row, no digits, no plural but by an s.
static bool is_certain(Arena *a, Str class_name, const TableHabit *habit) {
  Str name = table_name(a, class_name, habit->how);
  for (int how = 0; how < NAME_COUNT; how++)
    if (habit->fits[how] && !str_eq(table_name(a, class_name, how), name))
      return false;
  if (habit->how == NAME_LOWER || habit->how == NAME_CLASS)
    return true;
  bool plain = true;
  for (size_t i = 0; i < class_name.len; i++) {
    char c = class_name.ptr[i], next = i + 1 < class_name.len ? class_name.ptr[i + 1] : 0;
    bool upper = c >= 'A' && c <= 'Z';
    plain &= (c >= 'a' && c <= 'z') || (upper && next >= 'a' && next <= 'z');
  }
  bool plural = habit->how == NAME_PLURAL || habit->how == NAME_LOWER_PLURAL;
  Str with_s = str_format(a, "%.*ss", STR_ARG(table_name(a, class_name, NAME_LOWER)));
  return (plain || habit->how == NAME_LOWER_PLURAL) &&
         (!plural || str_eq(table_name(a, class_name, NAME_LOWER_PLURAL), with_s));
}

static void name_tables(Insertion *in) {
  TableHabit habit = naming_of(in);
  Schema *s = in->gen->schema;
  Arena *a = in->gen->arena;
  in->links_follow = habit.follows && habit.how == NAME_LOWER && !habit.prefix.len;
  s->table_prefix = habit.prefix;
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i];
    if (t->external || !t->class_name.len)
      continue;
    Str name = str_format(a, "%.*s%.*s", STR_ARG(habit.prefix),
                          STR_ARG(table_name(a, t->class_name, habit.how)));
    if (str_eq(t->name, table_name(a, t->class_name, NAME_PLURAL)))
      t->name = name;
    t->name_follows =
        habit.follows && str_eq(t->name, name) && is_certain(a, t->class_name, &habit);
  }
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
  Place of = giver_of(in, in->sample, kind);
  if (of.ref && insert_gives_all(in, of)) {
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

// The minor version of the oldest Python that the project runs on, 0 where it says none.
static uint32_t oldest_python(const Project *project, Arena *arena) {
  if (project->config->python_major == 3)
    return project->config->python_minor;
  Detection found;
  detect_project(&found, arena, project);
  return found.python_major == 3 ? found.python_minor : 0;
}

bool insert_plan(Insertion *in, Gen *gen, const Project *project, Resolver *resolver,
                 const Models *models) {
  *in =
      (Insertion){.gen = gen, .project = project, .resolver = resolver, .models = models};
  in->models_in = arena_array(gen->arena, uint32_t, project->file_count + 1);
  in->named = arena_array(gen->arena, bool, project->file_count + 1);
  for (uint32_t i = 0; i < models_count(models); i++)
    in->models_in[models_at(models, i)->node.file]++;
  in->sample = choose_sample(in);
  if (!in->sample)
    return false;
  in->own_files = has_own_files(in);
  name_tables(in);
  insert_follow_habits(in);
  for (int kind = 0; kind < MIXIN_COUNT; kind++)
    plan_mixin(in, (MixinKind)kind);
  gen->settings.no_repr |= !has_repr(in);
  gen->settings.dataclass |= in->sample->dataclass;
  gen->settings.line_length = insert_width(in);
  in->python_minor = oldest_python(project, gen->arena);
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
