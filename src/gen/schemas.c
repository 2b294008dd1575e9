// schemas.c: Pydantic schemas for models: what creates, changes and shows them.
#include "gen/fields_json.h"

bool gen_schemas_module(Gen *g, Str *out, Err *err) {
  PyWriter m;
  py_module_init(&m, g);
  json_t *data = json_object(), *models = json_array();
  bool absent = false;
  for (size_t i = 0; i < g->schema->tables.len; i++) {
    const SchemaTable *t = g->schema->tables.items[i];
    if (!fields_is_subject(t))
      continue;
    json_t *model = fields_schema_json(&m, t);
    absent |= json_array_size(json_object_get(model, "strict")) > 0;
    json_array_append_new(models, model);
    fields_import_enums(&m, &g->settings, t);
  }
  json_object_set_new(data, "absent", json_boolean(absent));
  json_object_set_new(data, "models", models);
  json_object_set_new(data, "imports", py_imports_json(&m));
  py_module_free(&m);
  return gen_render(g, "pydantic_schemas_template.jinja2", data, out, err);
}

static bool run(Gen *g, Err *err) {
  Str text;
  if (!gen_schemas_module(g, &text, err))
    return false;
  gen_add_file(g, STR("schemas.py"), text);
  return true;
}

const Generator generator_schemas = {
    .name = "schemas",
    .needs_models = true,
    .run = run,
};
