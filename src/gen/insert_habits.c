// insert_habits.c: what the classes around the sample have in common, so that new ones
// have it too: mixins, the columns of these and of the base, the key, the schema.
#include "gen/insert_internal.h"

enum {
  PEERS_MAX = 64 // classes that are looked at
};

typedef struct {
  Insertion *in;
  const Model *peers[PEERS_MAX]; // mapped as the sample is, and beside it
  uint32_t count;
} Habits;

static Place place_of(const Insertion *in, const Model *m, Ref arg) {
  Origin o = resolve_expr(in->resolver, m->node.file, arg);
  return o.kind == ORIGIN_CLASS ? o.at : (Place){0, 0};
}

static PyRefs class_args(const Insertion *in, const Model *m) {
  const PyTree *t = insert_tree(in, m->node.file);
  return py_list(t, PY_AS(ClassDef, t, m->node.ref)->args);
}

bool insert_descends(const Insertion *in, Place cls, Place of, int depth) {
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
    if (o.kind == ORIGIN_CLASS && insert_descends(in, o.at, of, depth + 1))
      return true;
  }
  return false;
}

static bool is_class(const Insertion *in, const Model *m) {
  return m->node.ref &&
         py_kind(insert_tree(in, m->node.file), m->node.ref) == PY_CLASS_DEF;
}

static void find_peers(Habits *h) {
  const Insertion *in = h->in;
  const Model *sample = in->sample;
  while (sample->parent)
    sample = sample->parent;
  Place base = insert_base(in, sample);
  Str folder = insert_folder(in->project->files[in->sample->node.file]->path);
  for (uint32_t i = 0; i < models_count(in->models) && h->count < PEERS_MAX; i++) {
    const Model *m = models_at(in->models, i);
    bool near =
        in->own_files
            ? str_eq(insert_folder(in->project->files[m->node.file]->path), folder)
            : m->node.file == in->sample->node.file;
    if (near && !m->parent && m->table && m->style == sample->style && is_class(in, m) &&
        place_eq(insert_base(in, m), base))
      h->peers[h->count++] = m;
  }
}

// ---- Mixins

static uint32_t count_with(const Habits *h, Str arg) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < h->count; i++) {
    PyRefs args = class_args(h->in, h->peers[i]);
    const PyTree *t = insert_tree(h->in, h->peers[i]->node.file);
    for (uint32_t k = 0; k < args.len; k++)
      if (str_eq(py_text(t, args.at[k]), arg)) {
        n++;
        break;
      }
  }
  return n;
}

static bool is_sqlmodel(const Insertion *in, const Model *m, Ref arg) {
  return m->style == BASE_SQLMODEL &&
         resolve_api(in->resolver, m->node.file, arg) == API_sqlmodel_SQLModel;
}

// True for an argument of a class that is no base of its own but that of two in three.
static bool is_mixin(const Habits *h, const Model *m, Ref arg) {
  const PyTree *t = insert_tree(h->in, m->node.file);
  Place base;
  Ref own = insert_base_argument(h->in, m, &base);
  if (py_kind(t, arg) == PY_KEYWORD || (arg == own && m->style != BASE_SQLMODEL) ||
      is_sqlmodel(h->in, m, arg))
    return false;
  uint32_t n = count_with(h, py_text(t, arg));
  return n >= 2 && n * 3 >= h->count * 2;
}

static uint32_t count_mixins(const Habits *h, const Model *m) {
  PyRefs args = class_args(h->in, m);
  uint32_t n = 0;
  for (uint32_t i = 0; i < args.len; i++)
    n += is_mixin(h, m, args.at[i]);
  return n;
}

// The arguments of the sample's class that new ones have too, its base among them.
static Str shared_bases(const Habits *h) {
  Insertion *in = h->in;
  const Model *m = in->sample;
  const PyTree *t = insert_tree(in, m->node.file);
  PyRefs args = class_args(in, m);
  Place base;
  Ref own = insert_base_argument(in, m, &base);
  Buf out = {0};
  in->habits = arena_array(in->gen->arena, Str, args.len + 1);
  for (uint32_t i = 0; i < args.len; i++) {
    Str text = py_text(t, args.at[i]);
    bool mixin = is_mixin(h, m, args.at[i]);
    if (mixin)
      in->habits[in->habit_count++] = text;
    if (mixin || (args.at[i] == own && m->style != BASE_SQLMODEL) ||
        is_sqlmodel(in, m, args.at[i]))
      buf_printf(&out, "%s%.*s", out.len ? ", " : "", STR_ARG(text));
  }
  Str s = in->habit_count ? str_copy(in->gen->arena, buf_str(&out)) : (Str){"", 0};
  buf_free(&out);
  return s;
}

bool insert_gives_all(const Insertion *in, Place cls) {
  Place base = insert_base(in, in->sample);
  if (base.ref && insert_descends(in, base, cls, 0))
    return true;
  PyRefs args = class_args(in, in->sample);
  const PyTree *t = insert_tree(in, in->sample->node.file);
  for (uint32_t i = 0; i < args.len; i++)
    for (uint32_t k = 0; k < in->habit_count; k++) {
      if (!str_eq(py_text(t, args.at[i]), in->habits[k]))
        continue;
      Place mixin = place_of(in, in->sample, args.at[i]);
      if (mixin.ref && insert_descends(in, mixin, cls, 0))
        return true;
    }
  return false;
}

// ---- Columns that come with the base and the mixins

static SchemaTable *table_of(const Insertion *in, const Model *m) {
  SchemaTable *t = schema_find(in->gen->schema, insert_name(in, m->name));
  return t && t->model == m ? t : NULL;
}

static void inherit_columns(const Insertion *in, SchemaTable *t,
                            const SchemaTable *sample) {
  const Model *m = in->sample;
  for (uint32_t i = 0; i < m->column_count; i++) {
    const ModelColumn *c = &m->columns[i];
    Str key = insert_name(in, c->key);
    SchemaColumn *from = schema_column(sample, key);
    if (!from || from->foreign_key || !c->column ||
        place_eq(c->column->declared_in, m->node) || !c->column->declared_in.ref ||
        schema_has_attribute(t, key) || !insert_gives_all(in, c->column->declared_in))
      continue;
    SchemaColumn *own = schema_add_column(in->gen->schema, t, key, from->type.kind);
    SchemaTable *table = own->table;
    *own = *from;
    own->table = table;
    own->inherited = true;
    own->added = false;
  }
}

// ---- The key

typedef enum {
  KEY_NAMED,       // all of one name: "id"
  KEY_AFTER_CLASS, // "user_id"
  KEY_CAMEL        // "userId"
} KeyNaming;

typedef struct {
  KeyNaming naming;
  Str name;
  SchemaSpelling spelling;
  bool says_name; // the first argument is the name
  const SchemaColumn *column;
} Key;

static Str key_name(const Insertion *in, KeyNaming naming, Str class_name, Str same) {
  Arena *a = in->gen->arena;
  if (naming == KEY_NAMED)
    return same;
  if (naming == KEY_AFTER_CLASS)
    return str_format(a, "%.*s_id", STR_ARG(name_snake(a, class_name)));
  Str name = str_format(a, "%.*sId", STR_ARG(class_name));
  char *text = arena_copy(a, name.ptr, name.len);
  if (text[0] >= 'A' && text[0] <= 'Z')
    text[0] = (char)(text[0] | 32);
  return (Str){text, name.len};
}

static bool mentions(const Insertion *in, const Key *k, const Model *m) {
  Str snake = name_snake(in->gen->arena, insert_name(in, m->name));
  for (uint32_t i = k->says_name; i < k->spelling.argument_count; i++) {
    Str arg = k->spelling.arguments[i];
    bool quoted =
        str_find_char(arg, '"', 0) != SIZE_MAX || str_find_char(arg, '\'', 0) != SIZE_MAX;
    if (quoted && (str_find(arg, snake, 0) != SIZE_MAX ||
                   str_find(arg, m->table->name, 0) != SIZE_MAX))
      return true;
  }
  return false;
}

// Annotation and value of the statement in a class that declares `key`.
static bool read_statement(const Insertion *in, const Model *m, Key *k) {
  const PyTree *t = insert_tree(in, m->node.file);
  PyRefs body = py_list(t, PY_AS(ClassDef, t, m->node.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    Ref target = 0, value = 0, note = 0;
    if (py_kind(t, body.at[i]) == PY_ANN_ASSIGN) {
      target = PY_AS(AnnAssign, t, body.at[i])->target;
      note = PY_AS(AnnAssign, t, body.at[i])->annotation;
      value = PY_AS(AnnAssign, t, body.at[i])->value;
    } else if (py_kind(t, body.at[i]) == PY_ASSIGN) {
      PyRefs targets = py_list(t, PY_AS(Assign, t, body.at[i])->targets);
      target = targets.len == 1 ? targets.at[0] : 0;
      value = PY_AS(Assign, t, body.at[i])->value;
    }
    if (!target || !str_eq(py_text(t, target), k->name))
      continue;
    if (value ? py_kind(t, value) != PY_CALL : !note)
      return false;
    k->spelling.annotation = note ? py_text(t, note) : (Str){"", 0};
    k->spelling.function =
        value ? py_text(t, PY_AS(Call, t, value)->func) : STR("mapped_column");
    PyRefs args = value ? py_list(t, PY_AS(Call, t, value)->args) : (PyRefs){0};
    k->spelling.arguments = arena_array(in->gen->arena, Str, args.len + 1);
    k->spelling.argument_count = args.len;
    for (uint32_t n = 0; n < args.len; n++) {
      Str text = py_text(t, args.at[n]);
      if (!n && py_kind(t, args.at[n]) == PY_STR)
        k->says_name = true;
      k->spelling.arguments[n] = text;
    }
    Str first = k->says_name ? k->spelling.arguments[0] : (Str){"", 0};
    return !k->says_name || (first.len == k->name.len + 2 &&
                             str_eq(str_slice(first, 1, first.len - 1), k->name));
  }
  return false;
}

// The key that a class declares by itself, one column that points nowhere.
static bool read_key(const Insertion *in, const Model *m, Key *k) {
  const ModelColumn *key = NULL;
  for (uint32_t i = 0; i < m->column_count; i++)
    if (m->columns[i].column && m->columns[i].column->primary_key) {
      if (key)
        return false;
      key = &m->columns[i];
    }
  const SchemaTable *t = table_of(in, m);
  if (!key || !t || !place_eq(key->column->declared_in, m->node) ||
      key->column->foreign_key_count)
    return false;
  Str class_name = insert_name(in, m->name);
  k->name = insert_name(in, key->key);
  k->column = schema_column(t, k->name);
  for (int n = KEY_AFTER_CLASS; n <= KEY_CAMEL; n++)
    if (str_eq(k->name, key_name(in, (KeyNaming)n, class_name, k->name)))
      k->naming = (KeyNaming)n;
  return k->column && read_statement(in, m, k) && !mentions(in, k, m);
}

static bool same_key(const Key *a, const Key *b) {
  const SchemaSpelling *x = &a->spelling, *y = &b->spelling;
  if (a->naming != b->naming || (a->naming == KEY_NAMED && !str_eq(a->name, b->name)) ||
      a->says_name != b->says_name || x->argument_count != y->argument_count ||
      !str_eq(x->annotation, y->annotation) || !str_eq(x->function, y->function))
    return false;
  for (uint32_t i = a->says_name; i < x->argument_count; i++)
    if (!str_eq(x->arguments[i], y->arguments[i]))
      return false;
  return true;
}

// The key of more than half of the classes that have one of their own: the index of the
// first that has it, UINT32_MAX where there is no such key.
static uint32_t common_key(const Key *keys, const bool *has, uint32_t count) {
  uint32_t all = 0;
  for (uint32_t i = 0; i < count; i++)
    all += has[i];
  for (uint32_t i = 0; i < count; i++) {
    uint32_t n = 0;
    for (uint32_t k = 0; k < count && has[i]; k++)
      n += has[k] && same_key(&keys[i], &keys[k]);
    if (n * 2 > all)
      return i;
  }
  return UINT32_MAX;
}

static bool has_key(const SchemaTable *t, Str name) {
  for (size_t i = 0; i < t->columns.len; i++)
    if (t->columns.items[i]->primary_key || str_eq(t->columns.items[i]->name, name) ||
        str_is(t->columns.items[i]->name, "id"))
      return true;
  for (size_t i = 0; i < t->relations.len; i++)
    if (t->relations.items[i]->primary_key || str_eq(t->relations.items[i]->name, name))
      return true;
  return t->uuid_key;
}

static void give_key(const Insertion *in, SchemaTable *t, const Key *k) {
  Arena *a = in->gen->arena;
  Str name = key_name(in, k->naming, t->class_name, k->name);
  if (has_key(t, name))
    return;
  SchemaColumn *c = schema_add_column(in->gen->schema, t, name, k->column->type.kind);
  size_t last = t->columns.len - 1;
  *c = *k->column;
  c->name = name;
  c->column_name = (Str){"", 0};
  c->table = t;
  c->added = false;
  c->spelling = arena_new(a, SchemaSpelling);
  *c->spelling = k->spelling;
  c->spelling->arguments = arena_array(a, Str, k->spelling.argument_count + 1);
  for (uint32_t i = 0; i < k->spelling.argument_count; i++)
    c->spelling->arguments[i] = k->spelling.arguments[i];
  if (k->says_name)
    c->spelling->arguments[0] = py_string(a, name);
  memmove(t->columns.items + 1, t->columns.items, last * sizeof *t->columns.items);
  t->columns.items[0] = c;
}

// ---- The schema

// What `"schema":` of the class's own __table_args__ says, "" where it does not.
static Str schema_text(const Insertion *in, const Model *m) {
  const PyTree *t = insert_tree(in, m->node.file);
  bool elsewhere;
  Ref value = insert_own_args(in, m, &elsewhere);
  if (value && py_kind(t, value) == PY_TUPLE) {
    PyRefs parts = py_list(t, PY_AS(Tuple, t, value)->elts);
    value = parts.len ? parts.at[parts.len - 1] : 0;
  }
  if (!value || py_kind(t, value) != PY_DICT)
    return (Str){"", 0};
  PyRefs items = py_list(t, PY_AS(Dict, t, value)->items);
  for (uint32_t k = 0; k + 1 < items.len; k += 2) {
    Str key = items.at[k] ? py_text(t, items.at[k]) : (Str){"", 0};
    if (key.len == strlen("'schema'") && str_is(str_slice(key, 1, 7), "schema"))
      return py_text(t, items.at[k + 1]);
  }
  return (Str){"", 0};
}

// Where all that are looked at say the same schema.
static void follow_schema(const Habits *h) {
  const Insertion *in = h->in;
  Str text = schema_text(in, in->sample), name = in->sample->table->schema;
  for (uint32_t i = 0; i < h->count && text.len; i++)
    if (!str_eq(schema_text(in, h->peers[i]), text))
      return;
  in->gen->schema->namespace = text.len ? name : (Str){"", 0};
  in->gen->schema->namespace_text = name.len ? text : (Str){"", 0};
}

// ----

// The class that has most of what is common; the sample where it is one of them.
static void choose_again(Habits *h, const Key *keys, const bool *has, uint32_t common) {
  Insertion *in = h->in;
  const Model *before = in->sample;
  uint32_t best = 0;
  for (uint32_t i = 0; i < h->count; i++) {
    bool keyed = common != UINT32_MAX && has[i] && same_key(&keys[i], &keys[common]);
    uint32_t score =
        count_mixins(h, h->peers[i]) * 4 + keyed * 2 + (h->peers[i] == before) + 1;
    if (score <= best)
      continue;
    best = score;
    in->sample = h->peers[i];
  }
}

static bool makes_classes(const Schema *s) {
  for (size_t i = 0; i < s->tables.len; i++)
    if (!s->tables.items[i]->external && s->tables.items[i]->class_name.len)
      return true;
  return false;
}

void insert_follow_habits(Insertion *in) {
  Habits h = {.in = in};
  Key keys[PEERS_MAX] = {0};
  bool has[PEERS_MAX] = {0};
  const Model *before = in->sample;
  Schema *s = in->gen->schema;
  find_peers(&h);
  if (!h.count)
    return;
  for (uint32_t i = 0; i < h.count; i++)
    has[i] = read_key(in, h.peers[i], &keys[i]);
  uint32_t common = common_key(keys, has, h.count);
  if (makes_classes(s))
    choose_again(&h, keys, has, common);
  Str bases = shared_bases(&h);
  const SchemaTable *sample = table_of(in, in->sample);
  follow_schema(&h);
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i];
    if (t->external || !t->class_name.len || t->parent_name.len)
      continue;
    t->bases = bases;
    if (sample)
      inherit_columns(in, t, sample);
    if (common != UINT32_MAX && (before->dataclass || !in->gen->settings.dataclass))
      give_key(in, t, &keys[common]);
  }
}
