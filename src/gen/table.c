// table.c: Core tables with their MetaData, as one module.
//
//   {imports, convention, tables: [{variable, name, metadata, args}]}
#include "gen/python.h"

static bool check(const Schema *s, Err *err) {
  for (size_t i = 0; i < s->tables.len; i++)
    if (s->tables.items[i]->parent)
      return err_set(err, ERR_USAGE,
                     "'%.*s': inheritance is for models (scaffold model), a "
                     "table has no parent",
                     STR_ARG(s->tables.items[i]->name));
  return true;
}

// Tables come after those that their foreign keys name, as far as that is possible.
static bool is_ready(const SchemaTable *t, const json_t *tables) {
  for (size_t i = 0; i < t->columns.len; i++) {
    const SchemaForeignKey *k = t->columns.items[i]->foreign_key;
    if (!k || k->table == t || k->table->external)
      continue;
    bool found = false;
    size_t n;
    json_t *other;
    json_array_foreach((json_t *)tables, n, other) found |=
        str_is(k->table->name, json_string_value(json_object_get(other, "name")));
    if (!found)
      return false;
  }
  return true;
}

json_t *py_tables_json(PyWriter *m, bool *ring) {
  const Schema *s = m->schema;
  json_t *tables = json_array();
  bool *done = arena_array(m->arena, bool, s->tables.len + 1);
  for (bool forced = false;;) {
    bool any = false, left = false;
    for (size_t i = 0; i < s->tables.len; i++) {
      const SchemaTable *t = s->tables.items[i];
      if (done[i] || t->external || t->parent_kind == PARENT_SINGLE)
        continue;
      if (!forced && !is_ready(t, tables)) {
        left = true;
        continue;
      }
      json_array_append_new(tables, py_table_json(m, t, true));
      done[i] = any = true;
      forced = false;
    }
    if (!left)
      return tables;
    forced = !any; // a ring of foreign keys: one goes first
    *ring |= forced;
  }
}

static bool run(Gen *g, Err *err) {
  if (!check(g->schema, err))
    return false;
  PyWriter m;
  py_module_init(&m, g);
  m.metadata = STR("metadata");
  json_t *data = json_object();
  bool ring = false;
  py_import(&m, "sqlalchemy", "MetaData");
  json_object_set_new(data, "convention", json_boolean(!g->settings.no_convention));
  json_object_set_new(data, "tables", py_tables_json(&m, &ring));
  json_object_set_new(data, "imports", py_imports_json(&m));
  py_module_free(&m);
  Str text;
  if (!gen_render(g, "core_table_template.jinja2", data, &text, err))
    return false;
  gen_add_file(g, STR("tables.py"), text);
  return true;
}

const Generator generator_table = {
    .name = "table",
    .needs_models = true,
    .makes_models = true,
    .of_tables = true,
    .run = run,
};
