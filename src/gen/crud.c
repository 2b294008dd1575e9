// crud.c: a FastAPI router for each model, over its repository and schemas.
#include "gen/fields_json.h"

static void import_all(PyWriter *m, Gen *g, const SchemaTable *t, bool bounds) {
  static const char *const fastapi[] = {"APIRouter", "Depends", "HTTPException", "Query",
                                        "status"};
  static const char *const errors[] = {"DBAPIError", "DataError", "IntegrityError"};
  static const char *const kinds[] = {"Create", "Read", "Update"};
  Arena *a = g->arena;
  py_import(m, "collections.abc", "Sequence");
  py_import(m, "typing", "Annotated");
  for (size_t i = 0; i < ARRAY_LEN(fastapi); i++)
    py_import(m, "fastapi", fastapi[i]);
  if (bounds)
    py_import(m, "fastapi", "Path");
  for (size_t i = 0; i < ARRAY_LEN(errors); i++)
    py_import(m, "sqlalchemy.exc", errors[i]);
  py_import(m, g->settings.is_async ? "sqlalchemy.ext.asyncio" : "sqlalchemy.orm",
            g->settings.is_async ? "AsyncSession" : "Session");
  py_import_str(m, g->settings.database_module, STR("get_session"));
  fields_import_model(m, &g->settings, t);
  py_import_str(m,
                g->settings.repository_module.len
                    ? g->settings.repository_module
                    : gen_module(g, str_format(a, "%.*s_repository",
                                               STR_ARG(name_snake(a, t->class_name)))
                                        .ptr),
                str_format(a, "%.*sRepository", STR_ARG(t->class_name)));
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
    py_import_str(m, g->settings.schemas_module,
                  str_format(a, "%.*s%s", STR_ARG(t->class_name), kinds[i]));
}

static Str path_of(Gen *g, const json_t *key) {
  Buf out = {0};
  size_t i;
  json_t *k;
  json_array_foreach((json_t *)key, i, k)
      buf_printf(&out, "/{%s}", json_string_value(json_object_get(k, "parameter")));
  Str s = str_copy(g->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

bool gen_crud_module(Gen *g, const SchemaTable *t, Str *out, Err *err) {
  PyWriter m;
  py_module_init(&m, g);
  json_t *data = json_object(), *key = fields_key_json(&m, t), *k;
  bool bounds = false;
  size_t i;
  json_array_foreach(key, i, k) bounds |=
      *json_string_value(json_object_get(k, "bounds")) != 0;
  import_all(&m, g, t, bounds);
  Str variable = name_snake(g->arena, t->class_name);
  Str plural = name_plural(g->arena, variable);
  Buf prefix = {0};
  for (size_t n = 0; n < plural.len; n++)
    buf_add_char(&prefix, plural.ptr[n] == '_' ? '-' : plural.ptr[n]);
  json_object_set_new(data, "model", py_json(t->class_name));
  json_object_set_new(data, "variable", py_json(variable));
  json_object_set_new(data, "plural", py_json(plural));
  json_object_set_new(data, "prefix", py_json(buf_str(&prefix)));
  json_object_set_new(data, "is_async", json_boolean(g->settings.is_async));
  json_object_set_new(data, "path", py_json(path_of(g, key)));
  json_object_set_new(data, "key", key);
  json_object_set_new(data, "imports", py_imports_json(&m));
  buf_free(&prefix);
  py_module_free(&m);
  return gen_render(g, "fastapi_crud_template.jinja2", data, out, err);
}

static bool run(Gen *g, Err *err) {
  for (size_t i = 0; i < g->schema->tables.len; i++) {
    const SchemaTable *t = g->schema->tables.items[i];
    Str text;
    if (!fields_is_subject(t))
      continue;
    if (!gen_crud_module(g, t, &text, err))
      return false;
    Str name = name_snake(g->arena, t->class_name);
    gen_add_file(g, str_format(g->arena, "%.*s_router.py", STR_ARG(name)), text);
    gen_step(g, "app.include_router(%.*s_router.router) in the application",
             STR_ARG(name));
  }
  return true;
}

const Generator generator_crud = {
    .name = "crud",
    .needs_models = true,
    .run = run,
};
