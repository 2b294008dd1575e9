// project.c: a whole application in a new folder: settings, engine, models, repositories,
// an HTTP interface, migrations, tests.
#include "gen/samples.h"
#include "schema/fields.h"

typedef struct {
  Gen *g;
  Str folder;  // "shop/"
  Str package; // "shop"
} Project;

static const char *const example_models[] = {"User",
                                             "email:str(320):unique",
                                             "name:str(100)",
                                             "Item",
                                             "title:str(200):index",
                                             "description:text:null",
                                             "price:decimal(10,2):min(0)=0",
                                             "owner:->User:cascade",
                                             "+timestamps"};

// "my-shop" -> "my_shop"; a name that a package cannot have is refused.
static bool name_package(Project *p, Err *err) {
  Str name = p->g->settings.name;
  char *package = arena_copy(p->g->arena, name.ptr, name.len);
  bool good = name.len && name.len <= 64 &&
              ((name.ptr[0] | 32) >= 'a' && (name.ptr[0] | 32) <= 'z');
  for (char *c = package; *c; c++) {
    bool letter = (*c | 32) >= 'a' && (*c | 32) <= 'z';
    good &= letter || (*c >= '0' && *c <= '9') || *c == '_' || *c == '-';
    *c = *c == '-' ? '_' : *c >= 'A' && *c <= 'Z' ? (char)(*c | 32) : *c;
  }
  static const char *const taken[] = {"alembic", "fastapi",    "migrations", "pydantic",
                                      "pytest",  "sqlalchemy", "test",       "tests"};
  for (size_t i = 0; i < ARRAY_LEN(taken); i++)
    good &= strcmp(package, taken[i]) != 0;
  if (!good || name_refused_attribute(str_from(package)))
    return err_set(err, ERR_USAGE,
                   "'%.*s' cannot be the name of a project: letters, digits, - and _, "
                   "and no name of another package",
                   STR_ARG(name));
  p->package = str_from(package);
  p->folder = str_format(p->g->arena, "%.*s/", STR_ARG(name));
  return true;
}

static bool choose_models(Gen *g, Err *err) {
  if (g->schema->tables.len)
    return true;
  schema_assume(g->schema, "no models were named: User and Item are examples");
  SchemaOptions options = {0};
  return fields_parse(g->schema, example_models, ARRAY_LEN(example_models),
                      &(FieldSettings){0}, err) &&
         schema_complete(g->schema, &options, err);
}

static void add(Project *p, const char *path, Str text) {
  gen_add_file(p->g, str_format(p->g->arena, "%.*s%s", STR_ARG(p->folder), path), text);
}

static void add_to_package(Project *p, const char *path, Str text) {
  gen_add_file(p->g,
               str_format(p->g->arena, "%.*s%.*s/%s", STR_ARG(p->folder),
                          STR_ARG(p->package), path),
               text);
}

// A template that is filled with what all of them may ask for.
static json_t *common_json(Project *p) {
  const GenSettings *s = &p->g->settings;
  json_t *data = json_object();
  const char *example = gen_example_url(p->g);
  bool sqlite = s->database <= DATABASE_SQLITE;
  json_object_set_new(data, "name", py_json(s->name));
  json_object_set_new(data, "package", py_json(p->package));
  json_object_set_new(data, "is_async", json_boolean(s->is_async));
  json_object_set_new(data, "fastapi", json_boolean(!s->no_fastapi));
  json_object_set_new(data, "sqlite", json_boolean(sqlite));
  json_object_set_new(data, "example", json_string(example));
  return data;
}

static bool add_python(Project *p, const char *path, const char *template, json_t *data,
                       Err *err) {
  Str text;
  if (!gen_render(p->g, template, data, &text, err))
    return false;
  add(p, path, text);
  return true;
}

// ---- pyproject.toml, README.md and what goes along

static json_t *dependencies(Project *p) {
  static const char *const drivers[][2] = {
      [DATABASE_ANY] = {"", "aiosqlite>=0.19"},
      [DATABASE_SQLITE] = {"", "aiosqlite>=0.19"},
      [DATABASE_POSTGRESQL] = {"psycopg[binary]>=3.1", "asyncpg>=0.29"},
      [DATABASE_MYSQL] = {"pymysql>=1.1", "asyncmy>=0.2.9"},
      [DATABASE_MARIADB] = {"pymysql>=1.1", "asyncmy>=0.2.9"},
  };
  const GenSettings *s = &p->g->settings;
  json_t *list = json_array();
  const char *driver = drivers[s->database][s->is_async];
  py_push(list, s->is_async ? "sqlalchemy[asyncio]>=2.0.30" : "sqlalchemy>=2.0.30");
  py_push(list, "alembic>=1.13");
  if (*driver)
    py_push(list, "%s", driver);
  if (!s->no_fastapi) {
    py_push(list, "fastapi>=0.110");
    py_push(list, "uvicorn>=0.29");
  }
  return list;
}

static json_t *test_dependencies(Project *p) {
  const GenSettings *s = &p->g->settings;
  json_t *list = json_array();
  py_push(list, "pytest>=8");
  if (!s->no_fastapi)
    py_push(list, "httpx>=0.27");
  if (s->is_async && s->database > DATABASE_SQLITE)
    py_push(list, "aiosqlite>=0.19");
  return list;
}

static json_t *model_names(const Schema *s) {
  json_t *list = json_array();
  for (size_t i = 0; i < s->tables.len; i++)
    if (fields_is_subject(s->tables.items[i]))
      py_push(list, "`%.*s`", STR_ARG(s->tables.items[i]->class_name));
  return list;
}

static bool add_documents(Project *p, Err *err) {
  json_t *data = common_json(p), *readme = common_json(p);
  Str text;
  json_object_set_new(data, "dependencies", dependencies(p));
  json_object_set_new(data, "test_dependencies", test_dependencies(p));
  json_object_set_new(readme, "models", model_names(p->g->schema));
  bool good =
      gen_render_text(p->g, "project_pyproject_template.jinja2", data, &text, err);
  if (!good) {
    json_decref(readme);
    return false;
  }
  add(p, "pyproject.toml", text);
  if (!gen_render_text(p->g, "project_readme_template.jinja2", readme, &text, err))
    return false;
  add(p, "README.md", text);
  add(p, ".env.example",
      str_format(p->g->arena, "DATABASE_URL=%s\n# DATABASE_ECHO=1\n",
                 gen_example_url(p->g)));
  add(p, ".gitignore",
      STR("__pycache__/\n*.egg-info/\n.venv/\n.env\n.pytest_cache/\n*.db\n"));
  return true;
}

// ---- The package

static bool add_model_modules(Project *p, const SchemaTable *t, Err *err) {
  Gen *g = p->g;
  Str snake = name_snake(g->arena, t->class_name), text;
  g->settings.repository_module =
      str_format(g->arena, "%.*s.repositories.%.*s", STR_ARG(p->package), STR_ARG(snake));
  if (!gen_repository_module(g, t, &text, err))
    return false;
  add_to_package(p, str_format(g->arena, "repositories/%.*s.py", STR_ARG(snake)).ptr,
                 text);
  if (g->settings.no_fastapi)
    return true;
  if (!gen_crud_module(g, t, &text, err))
    return false;
  add_to_package(p, str_format(g->arena, "routers/%.*s.py", STR_ARG(snake)).ptr, text);
  return true;
}

static bool add_interface(Project *p, Err *err) {
  Str text;
  if (!gen_schemas_module(p->g, &text, err))
    return false;
  add_to_package(p, "schemas.py", text);
  add_to_package(p, "routers/__init__.py", STR(""));
  if (!gen_application_module(p->g, "routers.", "", &text, err))
    return false;
  add_to_package(p, "main.py", text);
  return true;
}

static bool add_package(Project *p, Err *err) {
  Gen *g = p->g;
  Str text;
  add_to_package(p, "__init__.py", STR(""));
  add_to_package(p, "py.typed", STR(""));
  add_to_package(p, "repositories/__init__.py", STR(""));
  if (!gen_render(g, "settings_template.jinja2", common_json(p), &text, err))
    return false;
  add_to_package(p, "settings.py", text);
  if (!gen_engine_module(g, &text, err))
    return false;
  add_to_package(p, "database.py", text);
  if (!gen_models_module(g, &text, err))
    return false;
  add_to_package(p, "models.py", text);
  for (size_t i = 0; i < g->schema->tables.len; i++)
    if (fields_is_subject(g->schema->tables.items[i]) &&
        !add_model_modules(p, g->schema->tables.items[i], err))
      return false;
  return g->settings.no_fastapi || add_interface(p, err);
}

// ---- Tests

static void import_test_parts(Project *p, PyWriter *m, bool api) {
  bool async_ = p->g->settings.is_async;
  py_import(m, "itertools", "");
  if (api) {
    py_import(m, "typing", "Any");
    py_import(m, "fastapi.testclient", "TestClient");
    return;
  }
  py_import(m, async_ ? "sqlalchemy.ext.asyncio" : "sqlalchemy.orm",
            async_ ? "AsyncSession" : "Session");
  if (!async_)
    return;
  py_import(m, "asyncio", "");
  py_import(m, "collections.abc", "Awaitable");
  py_import(m, "collections.abc", "Callable");
  py_import(m, "sqlalchemy.ext.asyncio", "async_sessionmaker");
  py_import_str(m, p->g->settings.database_module, STR("make_engine"));
}

static json_t *test_models(Project *p, PyWriter *m, bool api) {
  Gen *g = p->g;
  json_t *models = json_array();
  const bool *testable = samples_testable(m);
  for (size_t i = 0; i < g->schema->tables.len; i++) {
    const SchemaTable *t = g->schema->tables.items[i];
    if (!fields_is_subject(t))
      continue;
    if (!testable[i]) {
      gen_step(g, "tests of %.*s are left to you: sample values cannot be told",
               STR_ARG(t->class_name));
      continue;
    }
    json_array_append_new(models,
                          api ? samples_api_json(m, t) : samples_python_json(m, t));
    if (api)
      continue;
    Str snake = name_snake(g->arena, t->class_name);
    fields_import_model(m, &g->settings, t);
    py_import_str(m,
                  str_format(g->arena, "%.*s.repositories.%.*s", STR_ARG(p->package),
                             STR_ARG(snake)),
                  str_format(g->arena, "%.*sRepository", STR_ARG(t->class_name)));
  }
  return models;
}

static bool add_tests(Project *p, Err *err) {
  Gen *g = p->g;
  bool api = !g->settings.no_fastapi;
  PyWriter m;
  py_module_init(&m, g);
  import_test_parts(p, &m, api);
  json_t *data = common_json(p);
  json_object_set_new(data, "models", test_models(p, &m, api));
  json_object_set_new(data, "imports", py_imports_json(&m));
  py_module_free(&m);
  return add_python(p, api ? "tests/test_api.py" : "tests/test_repositories.py",
                    api ? "test_api_template.jinja2"
                        : "test_repositories_template.jinja2",
                    data, err) &&
         add_python(p, "tests/conftest.py", "test_conftest_template.jinja2",
                    common_json(p), err) &&
         add_python(p, "tests/test_migrations.py", "test_migrations_template.jinja2",
                    common_json(p), err);
}

static bool run(Gen *g, Err *err) {
  Project p = {.g = g};
  if (!name_package(&p, err) || !choose_models(g, err))
    return false;
  GenSettings *s = &g->settings;
  s->package = p.package;
  s->models_module = gen_module(g, "models");
  s->schemas_module = gen_module(g, "schemas");
  s->database_module = gen_module(g, "database");
  s->settings_module = gen_module(g, "settings");
  Str settings =
      str_format(g->arena, "from %.*s import settings", STR_ARG(s->settings_module));
  if (!add_documents(&p, err) || !add_package(&p, err) || !add_tests(&p, err) ||
      !gen_add_alembic(
          g, p.folder, settings.ptr,
          "config.get_main_option(\"sqlalchemy.url\", settings.database_url)", err))
    return false;
  gen_step(g, "cd %.*s && pip install -e '.[test]' && alembic upgrade head && pytest",
           STR_ARG(s->name));
  if (s->database > DATABASE_SQLITE)
    gen_step(g, "set DATABASE_URL first: %s", gen_example_url(g));
  if (!s->no_fastapi)
    gen_step(g, "uvicorn %.*s.main:app --reload", STR_ARG(p.package));
  return true;
}

const Generator generator_project = {
    .name = "project",
    .named = true,
    .only_new = true,
    .run = run,
};
