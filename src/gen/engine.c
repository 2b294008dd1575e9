// engine.c: the engine, the session factory and how sessions are opened and closed.
#include "gen/python.h"

static const struct {
  const char *name, *sync, *async_; // examples of URLs
} known[] = {
    [DATABASE_ANY] = {"sqlite", "sqlite:///app.db", "sqlite+aiosqlite:///app.db"},
    [DATABASE_SQLITE] = {"sqlite", "sqlite:///app.db", "sqlite+aiosqlite:///app.db"},
    [DATABASE_POSTGRESQL] = {"postgresql",
                             "postgresql+psycopg://USER:PASSWORD@HOST:5432/NAME",
                             "postgresql+asyncpg://USER:PASSWORD@HOST:5432/NAME"},
    [DATABASE_MYSQL] = {"mysql",
                        "mysql+pymysql://USER:PASSWORD@HOST:3306/NAME?charset=utf8mb4",
                        "mysql+asyncmy://USER:PASSWORD@HOST:3306/NAME?charset=utf8mb4"},
    [DATABASE_MARIADB] =
        {"mariadb", "mariadb+pymysql://USER:PASSWORD@HOST:3306/NAME?charset=utf8mb4",
         "mariadb+asyncmy://USER:PASSWORD@HOST:3306/NAME?charset=utf8mb4"},
};

const char *gen_example_url(const Gen *g) {
  return g->settings.is_async ? known[g->settings.database].async_
                              : known[g->settings.database].sync;
}

bool gen_engine_module(Gen *g, Str *out, Err *err) {
  Database d = g->settings.database;
  json_t *data = json_object();
  json_object_set_new(data, "database", json_string(known[d].name));
  json_object_set_new(data, "example", json_string(gen_example_url(g)));
  json_object_set_new(data, "settings_module", py_json(g->settings.settings_module));
  if (d == DATABASE_ANY)
    schema_assume(g->schema, "the database is SQLite (--database names another)");
  return gen_render(g,
                    g->settings.is_async ? "engine_async_template.jinja2"
                                         : "engine_sync_template.jinja2",
                    data, out, err);
}

static bool run(Gen *g, Err *err) {
  Str text;
  if (!gen_engine_module(g, &text, err))
    return false;
  gen_add_file(g, STR("database.py"), text);
  if (g->settings.database > DATABASE_SQLITE)
    gen_step(g, "set DATABASE_URL in the environment: %s", gen_example_url(g));
  return true;
}

const Generator generator_engine = {
    .name = "engine",
    .run = run,
};
