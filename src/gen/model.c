// model.c: typed ORM models, with their declarative base, mixins, enumerations and
// association tables, as one module.
//
//   {imports, base: {define, name, bases, convention}, enums, mixins: [{name, bases,
//   abstract,
//    columns}], tables: [{variable, name, metadata, args}], models: [...]}
#include "gen/python.h"

static json_t *base_json(PyWriter *m) {
  json_t *j = json_object(), *bases = json_array();
  bool convention = !m->settings->no_convention;
  if (m->settings->is_async) {
    py_import(m, "sqlalchemy.ext.asyncio", "AsyncAttrs");
    json_array_append_new(bases, json_string("AsyncAttrs"));
  }
  if (m->settings->dataclass) {
    py_import(m, "sqlalchemy.orm", "MappedAsDataclass");
    json_array_append_new(bases, json_string("MappedAsDataclass"));
  }
  py_import(m, "sqlalchemy.orm", "DeclarativeBase");
  json_array_append_new(bases, json_string("DeclarativeBase"));
  if (convention)
    py_import(m, "sqlalchemy", "MetaData");
  json_object_set_new(j, "define", json_true());
  json_object_set_new(j, "name", py_json(m->base));
  json_object_set_new(j, "bases", bases);
  json_object_set_new(j, "convention", json_boolean(convention));
  return j;
}

// The columns that a mixin stands for are those that completion put on its first user.
static void push_mixin(PyWriter *m, json_t *mixins, MixinKind kind, const SchemaTable *t,
                       const char *const *columns) {
  const SchemaMixin *mixin = &m->schema->mixins[kind];
  if (!t || !mixin->name.len || mixin->exists || mixin->written_out)
    return;
  json_t *j = json_object(), *list = json_array();
  for (; *columns; columns++)
    json_array_append_new(list, py_column_json(m, schema_column(t, str_from(*columns))));
  if (m->settings->dataclass)
    py_import(m, "sqlalchemy.orm", "MappedAsDataclass");
  json_object_set_new(j, "name", py_json(mixin->name));
  json_object_set_new(
      j, "bases",
      json_string(m->settings->dataclass ? "MappedAsDataclass, kw_only=True" : ""));
  json_object_set_new(j, "abstract", json_false());
  json_object_set_new(j, "columns", list);
  json_array_append_new(mixins, j);
}

// Abstract bases and mixins that were described, with the columns of the first user.
static void push_shared(PyWriter *m, json_t *mixins, const SchemaTable *t) {
  const SchemaTable *user = NULL;
  for (size_t i = 0; !user && i < m->schema->tables.len; i++)
    if (m->schema->tables.items[i]->base == t)
      user = m->schema->tables.items[i];
  if (!user)
    return;
  bool abstract = user->base_kind == PARENT_ABSTRACT;
  bool dataclass = m->settings->dataclass;
  json_t *j = json_object(), *list = json_array();
  for (size_t i = 0; i < t->columns.len; i++)
    json_array_append_new(
        list, py_column_json(m, schema_column(user, t->columns.items[i]->name)));
  if (!abstract && dataclass)
    py_import(m, "sqlalchemy.orm", "MappedAsDataclass");
  Str base = abstract ? m->base : dataclass ? STR("MappedAsDataclass") : STR("");
  if (dataclass)
    base = str_format(m->arena, "%.*s, kw_only=True", STR_ARG(base));
  json_object_set_new(j, "name", py_json(t->class_name));
  json_object_set_new(j, "bases", py_json(base));
  json_object_set_new(j, "abstract", json_boolean(abstract));
  json_object_set_new(j, "columns", list);
  json_array_append_new(mixins, j);
}

json_t *py_mixins_json(PyWriter *m) {
  static const char *const key[] = {"id", NULL},
                           *const times[] = {"created_at", "updated_at", NULL},
                           *const deleted[] = {"deleted_at", NULL};
  const SchemaTable *uuid = NULL, *timestamps = NULL, *soft = NULL;
  for (size_t i = 0; i < m->schema->tables.len; i++) {
    const SchemaTable *t = m->schema->tables.items[i];
    if (t->external)
      continue;
    uuid = uuid || !t->uuid_key ? uuid : t;
    timestamps = timestamps || !t->timestamps ? timestamps : t;
    soft = soft || !t->soft_delete ? soft : t;
  }
  json_t *mixins = json_array();
  push_mixin(m, mixins, MIXIN_UUID, uuid, key);
  push_mixin(m, mixins, MIXIN_TIMESTAMPS, timestamps, times);
  push_mixin(m, mixins, MIXIN_SOFT_DELETE, soft, deleted);
  for (size_t i = 0; i < m->schema->shared.len; i++)
    push_shared(m, mixins, m->schema->shared.items[i]);
  return mixins;
}

static bool is_written(const SchemaTable *t) {
  return !t->external && !t->association;
}

bool gen_models_module(Gen *g, Str *out, Err *err) {
  PyWriter m;
  py_module_init(&m, g);
  json_t *data = json_object(), *tables = json_array(), *models = json_array();
  json_object_set_new(data, "base", base_json(&m));
  json_object_set_new(data, "enums", py_enums_json(&m));
  json_object_set_new(data, "enum_values", json_true());
  json_object_set_new(data, "mixins", py_mixins_json(&m));
  for (size_t i = 0; i < g->schema->tables.len; i++) {
    const SchemaTable *t = g->schema->tables.items[i];
    if (t->association && !t->external)
      json_array_append_new(tables, py_table_json(&m, t, false));
  }
  // A parent stands before its children, whatever the order they were named in.
  for (int depth = 0; depth < 32; depth++)
    for (size_t i = 0; i < g->schema->tables.len; i++) {
      const SchemaTable *t = g->schema->tables.items[i];
      int above = 0;
      for (const SchemaTable *p = t->parent; p; p = p->parent)
        above++;
      if (above == depth && is_written(t))
        json_array_append_new(models, py_model_json(&m, t));
    }
  json_object_set_new(data, "tables", tables);
  json_object_set_new(data, "models", models);
  json_object_set_new(data, "imports", py_imports_json(&m));
  py_module_free(&m);
  return gen_render(g, "orm_model_template.jinja2", data, out, err);
}

static bool run(Gen *g, Err *err) {
  Str text;
  if (!gen_models_module(g, &text, err))
    return false;
  gen_add_file(g, STR("models.py"), text);
  return true;
}

const Generator generator_model = {
    .name = "model",
    .needs_models = true,
    .makes_models = true,
    .run = run,
};
