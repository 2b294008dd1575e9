// model.c: the way through the model reader, and look-ups.
#include "sqla/model_internal.h"

#include <stdlib.h>

typedef struct {
  uint32_t file, start;
  void *item;
} Sorted;

static int by_place(const void *x, const void *y) {
  const Sorted *a = x, *b = y;
  if (a->file != b->file)
    return a->file < b->file ? -1 : 1;
  return a->start < b->start ? -1 : a->start > b->start;
}

static void sort_by_place(Models *m, void **items, size_t count,
                          Place (*place)(const void *item)) {
  Sorted *list = mem_alloc((count + 1) * sizeof *list);
  for (size_t i = 0; i < count; i++) {
    Place p = place(items[i]);
    list[i] = (Sorted){p.file, py_node(model_tree(m, p.file), p.ref)->start, items[i]};
  }
  qsort(list, count, sizeof *list, by_place);
  for (size_t i = 0; i < count; i++)
    items[i] = list[i].item;
  mem_free(list);
}

static Place place_of_model(const void *item) {
  return ((const Model *)item)->node;
}

static Place place_of_table(const void *item) {
  return ((const SqlTable *)item)->node;
}

void add_name(PlaceMap *map, uint64_t key, uint32_t index) {
  bool known = place_map_get(map, key) != PLACE_MAP_NONE;
  place_map_set(map, key, known ? SEVERAL : index);
}

uint64_t base_key(Models *m, Place base, Atom name) {
  uint32_t id = place_map_get(&m->base_ids, place_key(base));
  if (id == PLACE_MAP_NONE) {
    id = (uint32_t)m->base_ids.count;
    place_map_set(&m->base_ids, place_key(base), id);
  }
  return (uint64_t)id << 32 | name;
}

static uint32_t in_base(const Models *m, const PlaceMap *map, Place base, Atom name) {
  uint32_t id = place_map_get(&m->base_ids, place_key(base));
  if (id == PLACE_MAP_NONE || !base.ref)
    return PLACE_MAP_NONE;
  uint32_t at = place_map_get(map, (uint64_t)id << 32 | name);
  return at == SEVERAL ? PLACE_MAP_NONE : at;
}

SqlTable *table_in_base(const Models *m, Atom full_name, Place base) {
  uint32_t at = in_base(m, &m->tables_in_base, base, full_name);
  return at == PLACE_MAP_NONE ? NULL : m->tables.items[at];
}

const Model *models_in_registry(const Models *m, Atom name, Place base) {
  uint32_t at = in_base(m, &m->models_in_base, base, name);
  return at == PLACE_MAP_NONE ? NULL : m->models.items[at];
}

static void index_models(Models *m) {
  sort_by_place(m, (void **)m->models.items, m->models.len, place_of_model);
  m->one_base = m->models.len > 0;
  for (uint32_t i = 0; i < m->models.len; i++) {
    const Model *model = m->models.items[i];
    place_map_set(&m->model_at, place_key(model->node), i);
    m->one_base = m->one_base && place_eq(model->base, m->models.items[0]->base);
    if (place_map_get(&m->by_dotted, model->dotted) == PLACE_MAP_NONE)
      place_map_set(&m->by_dotted, model->dotted, i);
    add_name(&m->by_name, model->name, i);
    add_name(&m->models_in_base, base_key(m, model->base, model->name), i);
  }
}

// Tables that a class gave up again (see drop_table_without_key) have no name.
static void index_tables(Models *m) {
  size_t kept = 0;
  for (size_t i = 0; i < m->tables.len; i++)
    if (m->tables.items[i]->name.len || m->tables.items[i]->column_count)
      m->tables.items[kept++] = m->tables.items[i];
  m->tables.len = kept;
  sort_by_place(m, (void **)m->tables.items, m->tables.len, place_of_table);
  place_map_free(&m->table_at);
  for (uint32_t i = 0; i < m->tables.len; i++)
    place_map_set(&m->table_at, place_key(m->tables.items[i]->node), i);
}

static void note_keys(Models *m, const Model *model) {
  for (uint32_t i = 0; i < model->relationship_count; i++) {
    place_map_set(&m->relationship_keys, model->relationships[i].key, 1);
    place_map_set(&m->mapped_keys, model->relationships[i].key, 1);
  }
  for (uint32_t i = 0; i < model->column_count; i++)
    place_map_set(&m->mapped_keys, model->columns[i].key, 1);
}

Models *models_read(const Project *project, Resolver *r, int version, Arena *arena) {
  Models *m = mem_zalloc(1, sizeof *m);
  m->project = project;
  m->r = r;
  m->arena = arena;
  m->version = version ? version : 20;
  m->names = resolver_names(r);
  classes_read(m);
  tables_read(m);
  for (size_t i = 0; i < m->classes.len; i++)
    class_read(m, m->classes.items[i]);
  index_models(m);
  index_tables(m);
  tables_finish(m);
  relationships_finish(m);
  for (uint32_t i = 0; i < m->models.len; i++)
    note_keys(m, m->models.items[i]);
  return m;
}

void models_free(Models *m) {
  if (!m)
    return;
  vec_free(&m->classes);
  vec_free(&m->tables);
  vec_free(&m->models);
  vec_free(&m->late);
  vec_free(&m->backrefs);
  PlaceMap *maps[] = {&m->base_ids,          &m->models_in_base, &m->tables_in_base,
                      &m->relationship_keys, &m->mapped_keys,    &m->class_at,
                      &m->table_at,          &m->model_at,       &m->by_dotted,
                      &m->by_name,           &m->table_by_name};
  for (size_t i = 0; i < ARRAY_LEN(maps); i++)
    place_map_free(maps[i]);
  mem_free(m);
}

uint32_t models_count(const Models *m) {
  return (uint32_t)m->models.len;
}

const Model *models_at(const Models *m, uint32_t index) {
  return m->models.items[index];
}

bool models_have_one_base(const Models *m) {
  return m->one_base;
}

uint32_t models_table_count(const Models *m) {
  return (uint32_t)m->tables.len;
}

const SqlTable *models_table_at(const Models *m, uint32_t index) {
  return m->tables.items[index];
}

static const Model *model_by(const Models *m, const PlaceMap *map, uint64_t key) {
  uint32_t at = place_map_get(map, key);
  return at == PLACE_MAP_NONE || at == SEVERAL ? NULL : m->models.items[at];
}

const Model *models_of_class(const Models *m, Place cls) {
  return cls.ref ? model_by(m, &m->model_at, place_key(cls)) : NULL;
}

const Model *models_by_name(const Models *m, Str dotted) {
  Atom a = interner_find(m->project->names, dotted);
  return a ? model_by(m, &m->by_dotted, a) : NULL;
}

const Model *models_by_class_name(const Models *m, Atom name) {
  return name ? model_by(m, &m->by_name, name) : NULL;
}

const SqlTable *models_table_by_name(const Models *m, Str full_name) {
  Atom a = interner_find(m->project->names, full_name);
  uint32_t at = a ? place_map_get(&m->table_by_name, a) : PLACE_MAP_NONE;
  return at == PLACE_MAP_NONE || at == SEVERAL ? NULL : m->tables.items[at];
}

const SqlTable *models_table_of(const Models *m, Place node) {
  uint32_t at = node.ref ? place_map_get(&m->table_at, place_key(node)) : PLACE_MAP_NONE;
  if (at != PLACE_MAP_NONE)
    return m->tables.items[at];
  const Model *model = models_of_class(m, node);
  return model ? model->table : NULL;
}

ClassRole models_class_role(const Models *m, Place cls) {
  const ClassInfo *info = class_at(m, cls);
  return info ? info->role : CLASS_PLAIN;
}

const ModelColumn *model_column(const Model *model, Atom key) {
  for (uint32_t i = 0; i < model->column_count; i++)
    if (model->columns[i].key == key)
      return &model->columns[i];
  return NULL;
}

const Relationship *model_relationship(const Model *model, Atom key) {
  for (uint32_t i = 0; i < model->relationship_count; i++)
    if (model->relationships[i].key == key)
      return &model->relationships[i];
  return NULL;
}

const ModelAttr *model_attr(const Model *model, Atom key) {
  for (uint32_t i = 0; i < model->attr_count; i++)
    if (model->attrs[i].key == key)
      return &model->attrs[i];
  return NULL;
}

const SqlColumn *sql_table_column(const SqlTable *table, Atom name) {
  for (uint32_t i = 0; i < table->column_count; i++)
    if (table->columns[i]->key == name)
      return table->columns[i];
  return NULL;
}

bool models_has_relationship(const Models *m, Atom key) {
  return place_map_get(&m->relationship_keys, key) != PLACE_MAP_NONE;
}

bool models_has_key(const Models *m, Atom key) {
  return place_map_get(&m->mapped_keys, key) != PLACE_MAP_NONE;
}

bool model_is_a(const Model *model, const Model *ancestor) {
  for (int depth = 0; model && depth < 100; model = model->parent, depth++)
    if (model == ancestor)
      return true;
  return false;
}

const char *direction_name(Direction d) {
  static const char *const names[] = {NULL, "ONETOMANY", "MANYTOONE", "MANYTOMANY"};
  return names[d];
}

const char *inheritance_name(Inheritance i) {
  static const char *const names[] = {NULL, "single", "joined", "concrete"};
  return names[i];
}

const char *base_style_name(BaseStyle s) {
  static const char *const names[] = {"unknown",
                                      "declarative_base",
                                      "as_declarative",
                                      "DeclarativeBase",
                                      "DeclarativeBaseNoMeta",
                                      "registry",
                                      "Flask-SQLAlchemy",
                                      "SQLModel",
                                      "automap",
                                      "imperative"};
  return names[s];
}
