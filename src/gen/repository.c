// repository.c: a class of reads and writes for each model, one module a model.
#include "gen/fields_json.h"

static json_t *order_json(const SchemaTable *t) {
  json_t *order = json_array();
  ColumnVec columns = {0};
  fields_collect(t, &columns);
  for (size_t i = 0; i < columns.len; i++)
    if (columns.items[i]->primary_key)
      py_push(order, "%.*s.%.*s", STR_ARG(t->class_name),
              STR_ARG(columns.items[i]->name));
  vec_free(&columns);
  return order;
}

static void import_all(PyWriter *m, Gen *g, const SchemaTable *t) {
  py_import(m, "collections.abc", "Sequence");
  py_import(m, "typing", "Any");
  py_import(m, "sqlalchemy", "func");
  py_import(m, "sqlalchemy", "select");
  py_import(m, g->settings.is_async ? "sqlalchemy.ext.asyncio" : "sqlalchemy.orm",
            g->settings.is_async ? "AsyncSession" : "Session");
  fields_import_model(m, &g->settings, t);
  fields_import_enums(m, &g->settings, t);
}

static Str now_text(PyWriter *m) {
  Str class = py_python_class(m, TYPE_DATETIME);
  Str prefix = str_slice(class, 0, class.len - strlen("datetime")); // "dt."
  if (!prefix.len)
    py_import(m, "datetime", "timezone");
  return str_format(m->arena, "%.*s.now(%.*stimezone.utc)", STR_ARG(class),
                    STR_ARG(prefix));
}

bool gen_repository_module(Gen *g, const SchemaTable *t, Str *out, Err *err) {
  PyWriter m;
  py_module_init(&m, g);
  json_t *data = json_object();
  import_all(&m, g, t);
  json_object_set_new(data, "model", py_json(t->class_name));
  json_object_set_new(data, "variable", py_json(name_snake(g->arena, t->class_name)));
  json_object_set_new(data, "is_async", json_boolean(g->settings.is_async));
  json_object_set_new(data, "soft_delete", json_boolean(t->soft_delete));
  json_object_set_new(data, "key", fields_key_json(&m, t));
  json_object_set_new(data, "order", order_json(t));
  json_object_set_new(data, "fields", fields_create_json(&m, t));
  json_object_set_new(data, "lookups", fields_lookups_json(&m, t));
  json_object_set_new(data, "now",
                      t->soft_delete ? py_json(now_text(&m)) : json_string(""));
  json_object_set_new(data, "imports", py_imports_json(&m));
  py_module_free(&m);
  return gen_render(g, "repository_template.jinja2", data, out, err);
}

static bool run(Gen *g, Err *err) {
  for (size_t i = 0; i < g->schema->tables.len; i++) {
    const SchemaTable *t = g->schema->tables.items[i];
    Str text;
    if (!fields_is_subject(t))
      continue;
    if (!gen_repository_module(g, t, &text, err))
      return false;
    gen_add_file(g,
                 str_format(g->arena, "%.*s_repository.py",
                            STR_ARG(name_snake(g->arena, t->class_name))),
                 text);
  }
  return true;
}

const Generator generator_repository = {
    .name = "repository",
    .needs_models = true,
    .run = run,
};
