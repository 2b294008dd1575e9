// alembic.c: Alembic's configuration, its env.py, and the revision that makes the tables.
#include <time.h>

#include "gen/python.h"

// The tables and columns of one revision, as calls of op.
//
//   {message, revision, down_revision, create_date, imports, upgrade, downgrade}
static void drop_enums(PyWriter *m, json_t *downgrade) {
  Arena *a = m->arena;
  for (size_t i = 0; i < m->schema->enums.len; i++) {
    const SchemaEnum *e = m->schema->enums.items[i];
    if (e->external)
      continue;
    py_import(m, "sqlalchemy", "Enum");
    py_push(downgrade, "Enum(name=%.*s).drop(op.get_bind(), checkfirst=True)",
            STR_ARG(py_string(a, name_snake(a, e->name))));
  }
}

// Columns of classes without a table of their own go into their parent's, where they are
// NULL for other classes.
static void merge_single(Schema *s) {
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i], *root = t;
    while (root->parent_kind == PARENT_SINGLE && root->parent)
      root = root->parent;
    for (size_t k = 0; root != t && k < t->columns.len; k++) {
      if (schema_column(root, t->columns.items[k]->name))
        continue;
      t->columns.items[k]->nullable = true;
      vec_push(&root->columns, t->columns.items[k]);
    }
  }
}

static json_t *revision_json(Gen *g, bool *ring) {
  PyWriter m;
  py_module_init(&m, g);
  m.migration = true;
  json_t *upgrade = json_array(), *downgrade = json_array(), *data = json_object();
  json_t *tables, *table;
  size_t i;
  merge_single(g->schema);
  tables = py_tables_json(&m, ring);
  json_array_foreach(tables, i, table) py_create_table(&m, table, upgrade, downgrade);
  json_decref(tables);
  drop_enums(&m, downgrade);
  py_import(&m, "collections.abc", "Sequence");
  py_import(&m, "alembic", "op");
  char date[32];
  time_t now = time(NULL);
  struct tm local;
  localtime_r(&now, &local);
  strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &local);
  json_object_set_new(data, "message", json_string("Create the tables"));
  json_object_set_new(data, "revision", json_string("0001"));
  json_object_set_new(data, "down_revision", json_null());
  json_object_set_new(data, "create_date", json_string(date));
  json_object_set_new(data, "upgrade", upgrade);
  json_object_set_new(data, "downgrade", downgrade);
  json_object_set_new(data, "imports", py_imports_json(&m));
  py_module_free(&m);
  return data;
}

static bool add_revision(Gen *g, Str folder, Err *err) {
  bool ring = false;
  Str text;
  json_t *data = revision_json(g, &ring);
  if (ring) {
    json_decref(data);
    gen_step(g, "tables name each other by foreign keys: make the first revision with "
                "`alembic revision --autogenerate -m \"create the tables\"`");
    return true;
  }
  if (!gen_render(g, "alembic_migration_template.jinja2", data, &text, err))
    return false;
  gen_add_file(g,
               str_format(g->arena, "%.*smigrations/versions/0001_create_the_tables.py",
                          STR_ARG(folder)),
               text);
  return true;
}

static bool add_text(Gen *g, Str folder, const char *path, const char *template,
                     json_t *data, Err *err) {
  Str text;
  if (!gen_render_text(g, template, data, &text, err))
    return false;
  gen_add_file(g, str_format(g->arena, "%.*s%s", STR_ARG(folder), path), text);
  return true;
}

bool gen_add_alembic(Gen *g, Str folder, const char *url_import, const char *url,
                     Err *err) {
  Str env;
  json_t *data = json_object(), *ini = json_object(), *script = json_object();
  bool known = g->settings.metadata_imports.len > 0;
  Str import = known ? g->settings.metadata_imports
                     : str_format(g->arena, "from %.*s import Base",
                                  STR_ARG(g->settings.models_module));
  json_object_set_new(ini, "folder", json_string("migrations"));
  json_object_set_new(script, "sqlmodel",
                      json_boolean(str_is(g->settings.metadata, "SQLModel.metadata")));
  json_object_set_new(data, "is_async", json_boolean(g->settings.is_async));
  json_object_set_new(data, "metadata_import", py_json(import));
  json_object_set_new(data, "metadata",
                      known ? py_json(g->settings.metadata)
                            : json_string("Base.metadata"));
  json_object_set_new(data, "url_import", json_string(url_import));
  json_object_set_new(data, "url", json_string(url));
  if (!gen_render(g, "alembic_env_template.jinja2", data, &env, err)) {
    json_decref(ini);
    json_decref(script);
    return false;
  }
  gen_add_file(g, str_format(g->arena, "%.*smigrations/env.py", STR_ARG(folder)), env);
  if (!add_text(g, folder, "alembic.ini", "alembic_ini_template.jinja2", ini, err)) {
    json_decref(script);
    return false;
  }
  return add_text(g, folder, "migrations/script.py.mako",
                  "alembic_script_template.jinja2", script, err) &&
         (g->schema->tables.len == 0 || add_revision(g, folder, err));
}

static bool run(Gen *g, Err *err) {
  if (!gen_add_alembic(g, (Str){"", 0}, "", "", err))
    return false;
  if (!g->settings.metadata_imports.len)
    schema_assume(g->schema,
                  "the models are in %.*s, their base is Base (--package names "
                  "the package)",
                  STR_ARG(g->settings.models_module));
  gen_step(g, "set DATABASE_URL, for example %s", gen_example_url(g));
  gen_step(g, g->schema->tables.len
                  ? "alembic upgrade head"
                  : "alembic revision --autogenerate -m \"create the tables\"");
  return true;
}

const Generator generator_alembic = {
    .name = "alembic",
    .only_new = true,
    .of_metadata = true,
    .run = run,
};
