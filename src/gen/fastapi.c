// fastapi.c: the FastAPI application and what it needs for each model.
#include "gen/fields_json.h"

bool gen_application_module(Gen *g, const char *prefix, const char *suffix, Str *out,
                            Err *err) {
  json_t *data = json_object(), *routers = json_array();
  Arena *a = g->arena;
  for (size_t i = 0; i < g->schema->tables.len; i++) {
    const SchemaTable *t = g->schema->tables.items[i];
    if (!fields_is_subject(t))
      continue;
    Str snake = name_snake(a, t->class_name);
    Str last = str_format(a, "%s%.*s%s", prefix, STR_ARG(snake), suffix);
    json_t *router = json_object();
    json_object_set_new(router, "module", py_json(gen_module(g, last.ptr)));
    json_object_set_new(router, "name",
                        py_json(str_format(a, "%.*s_router", STR_ARG(snake))));
    json_array_append_new(routers, router);
  }
  Str title = g->settings.name.len ? g->settings.name : STR("Application");
  json_object_set_new(data, "title", py_json(title));
  json_object_set_new(data, "is_async", json_boolean(g->settings.is_async));
  json_object_set_new(data, "database_module", py_json(g->settings.database_module));
  json_object_set_new(data, "main_module", py_json(gen_module(g, "main")));
  json_object_set_new(data, "routers", routers);
  return gen_render(g, "application_template.jinja2", data, out, err);
}

static bool add_model(Gen *g, const SchemaTable *t, Err *err) {
  Str snake = name_snake(g->arena, t->class_name), text;
  if (!gen_repository_module(g, t, &text, err))
    return false;
  gen_add_file(g, str_format(g->arena, "%.*s_repository.py", STR_ARG(snake)), text);
  if (!gen_crud_module(g, t, &text, err))
    return false;
  gen_add_file(g, str_format(g->arena, "%.*s_router.py", STR_ARG(snake)), text);
  return true;
}

static bool run(Gen *g, Err *err) {
  Str text;
  if (!gen_application_module(g, "", "_router", &text, err))
    return false;
  gen_add_file(g, STR("main.py"), text);
  if (!gen_engine_module(g, &text, err))
    return false;
  gen_add_file(g, STR("database.py"), text);
  if (!g->schema->tables.len)
    return true;
  if (!gen_models_module(g, &text, err))
    return false;
  gen_add_file(g, STR("models.py"), text);
  if (!gen_schemas_module(g, &text, err))
    return false;
  gen_add_file(g, STR("schemas.py"), text);
  for (size_t i = 0; i < g->schema->tables.len; i++)
    if (fields_is_subject(g->schema->tables.items[i]) &&
        !add_model(g, g->schema->tables.items[i], err))
      return false;
  gen_step(g, "uvicorn %.*s:app --reload", STR_ARG(gen_module(g, "main")));
  return true;
}

const Generator generator_fastapi = {
    .name = "fastapi",
    .only_new = true,
    .run = run,
};
