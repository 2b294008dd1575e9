// value_index.c: what all contexts share. One walk over every tree of the project.
#include <stdlib.h>

#include "sqla/value_internal.h"

// ---- constant tables by name

typedef struct {
  Atom atom;
  uint16_t row;
} NamedRow;

static int by_atom(const void *a, const void *b) {
  const NamedRow *x = a, *y = b;
  if (x->atom != y->atom)
    return x->atom < y->atom ? -1 : 1;
  return (int)x->row - (int)y->row;
}

void name_rows_build(NameTable *table, ValueIndex *index, uint32_t row_count,
                     const char *(*name_of)(uint32_t row)) {
  NamedRow *found = mem_zalloc(row_count + 1, sizeof *found);
  uint32_t count = 0;
  for (uint32_t i = 0; i < row_count; i++) {
    const char *dot = strrchr(name_of(i), '.');
    Atom a = interner_find(index->project->names, str_from(dot ? dot + 1 : name_of(i)));
    if (a)
      found[count++] = (NamedRow){a, (uint16_t)i};
  }
  qsort(found, count, sizeof *found, by_atom);
  table->names = arena_array(index->arena, NameRows, count + 1);
  table->rows = arena_array(index->arena, uint16_t, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    table->rows[i] = found[i].row;
    if (i == 0 || found[i].atom != found[i - 1].atom)
      table->names[table->count++] = (NameRows){found[i].atom, (uint16_t)i, 0};
    table->names[table->count - 1].len++;
  }
  mem_free(found);
}

const NameRows *name_rows_find(const NameTable *table, Atom name) {
  uint32_t low = 0, high = table->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (table->names[middle].atom < name)
      low = middle + 1;
    else
      high = middle;
  }
  return low < table->count && table->names[low].atom == name ? &table->names[low] : NULL;
}

// ---- places by name

typedef struct {
  Atom name;
  Place at;
} Found;
typedef Vec(Found) FoundList;

// Places of one name stay in the order they were found in.
static void build_map(NameMap *map, FoundList *found, Arena *arena) {
  for (size_t i = 0; i < found->len; i++)
    if (found->items[i].name >= map->count)
      map->count = found->items[i].name + 1;
  map->first = arena_array(arena, uint32_t, map->count + 2);
  map->places = arena_array(arena, Place, found->len + 1);
  for (size_t i = 0; i < found->len; i++)
    map->first[found->items[i].name + 2]++;
  for (Atom name = 0; name < map->count; name++)
    map->first[name + 2] += map->first[name + 1];
  for (size_t i = 0; i < found->len; i++)
    map->places[map->first[found->items[i].name + 1]++] = found->items[i].at;
  vec_free(found);
}

PlaceList name_map_get(const NameMap *map, Atom name) {
  if (name >= map->count)
    return (PlaceList){NULL, 0};
  uint32_t first = map->first[name];
  return (PlaceList){map->places + first, map->first[name + 1] - first};
}

typedef struct {
  const PyTree *tree;
  uint32_t file;
  FoundList *calls, *fixtures;
  Atom fixture;
} Walk;

Atom callee_name(const PyTree *t, Ref call) {
  Ref func = PY_AS(Call, t, call)->func;
  if (py_kind(t, func) == PY_NAME)
    return PY_AS(Name, t, func)->id;
  return py_kind(t, func) == PY_ATTRIBUTE ? PY_AS(Attribute, t, func)->attr : 0;
}

static void found_add(FoundList *list, Atom name, uint32_t file, Ref r) {
  vec_push(list, (Found){name, {file, r}});
}

// @pytest.fixture, @pytest.fixture(name="x"), @pytest_asyncio.fixture: by the last name
// here; whether it is pytest's is asked when the fixture is used.
static void note_fixture(Walk *w, Ref r) {
  const PyTree *t = w->tree;
  const PyFunctionDef *f = PY_AS(FunctionDef, t, r);
  PyRefs decorators = py_list(t, f->decorators);
  for (uint32_t i = 0; i < decorators.len; i++) {
    Ref d = decorators.at[i];
    if (py_kind(t, d) == PY_CALL)
      d = PY_AS(Call, t, d)->func;
    Atom name = py_kind(t, d) == PY_NAME        ? PY_AS(Name, t, d)->id
                : py_kind(t, d) == PY_ATTRIBUTE ? PY_AS(Attribute, t, d)->attr
                                                : 0;
    if (name && name == w->fixture)
      found_add(w->fixtures, f->name, w->file, r);
  }
}

static bool enter(void *data, Ref r) {
  Walk *w = data;
  PyKind kind = py_kind(w->tree, r);
  if (kind == PY_CALL) {
    Atom name = callee_name(w->tree, r);
    if (name)
      found_add(w->calls, name, w->file, r);
  } else if (kind == PY_FUNCTION_DEF &&
             py_list(w->tree, PY_AS(FunctionDef, w->tree, r)->decorators).len) {
    note_fixture(w, r);
  }
  return true;
}

ValueIndex *value_index_new(const Project *project, const Models *models, int version,
                            Arena *arena) {
  ValueIndex *index = arena_new(arena, ValueIndex);
  index->project = project;
  index->models = models;
  index->version = version;
  index->arena = arena;
  methods_index(index);
  symbols_index(index);
  FoundList calls = {0}, fixtures = {0};
  Atom fixture = interner_find(project->names, STR("fixture"));
  for (uint32_t i = 0; i < project->file_count; i++) {
    const ProjectFile *file = project->files[i];
    if (!file->in_use)
      continue;
    Walk w = {&file->tree, i, &calls, &fixtures, fixture};
    PyVisitor visitor = {.enter = enter, .data = &w};
    py_walk(&file->tree, file->tree.root, &visitor);
  }
  build_map(&index->calls, &calls, arena);
  build_map(&index->fixtures, &fixtures, arena);
  return index;
}

const Place *value_calls(const ValueCtx *cx, Atom name, uint32_t *count) {
  PlaceList calls = name_map_get(&cx->index->calls, name);
  *count = calls.len;
  return calls.at;
}

void value_index_free(ValueIndex *index) {
  (void)index; // everything lives in the arena
}
