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
    [DATABASE_MYSQL] = {"mysql", "mysql+pymysql://USER:PASSWORD@HOST:3306/NAME",
                        "mysql+asyncmy://USER:PASSWORD@HOST:3306/NAME"},
    [DATABASE_MARIADB] = {"mariadb", "mariadb+pymysql://USER:PASSWORD@HOST:3306/NAME",
                          "mariadb+asyncmy://USER:PASSWORD@HOST:3306/NAME"},
};

bool gen_engine_module(Gen *g, Str *out, Err *err) {
  Database d = g->settings.database;
  json_t *data = json_object();
  const char *url = g->settings.is_async ? known[d].async_ : known[d].sync;
  json_object_set_new(data, "database", json_string(known[d].name));
  json_object_set_new(data, "example", json_string(url));
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
    gen_step(g, "set DATABASE_URL in the environment: %s",
             g->settings.is_async ? known[g->settings.database].async_
                                  : known[g->settings.database].sync);
  return true;
}

const Generator generator_engine = {
    .name = "engine",
    .run = run,
};
