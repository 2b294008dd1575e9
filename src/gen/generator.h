// Generator: one thing that `aludel scaffold` writes, in one file src/gen/<name>.c with
// one row in generators.def.
//
//   Gen g = {.arena = &arena, .schema = schema, .settings = settings};
//   generator_find(STR("model"))->run(&g, &err);
//   ... g.files, g.schema->assumptions, g.steps
//
// - A generator reads the schema and the settings, fills templates (gen_render) and adds
//   files (gen_add_file). It writes nothing: showing, diffs and writing are the
//   command's.
// - Templates are the files of skill/sqlalchemy-coding-agent/assets, embedded; a file of
//   the same name in `templates` (the user's .aludel/templates) wins.
// - Text is laid out as ruff format does (gen/layout.h), so templates need not fold
// lines.
#ifndef GEN_GENERATOR_H
#define GEN_GENERATOR_H

#include <jansson.h>

#include "base/buf.h"
#include "schema/schema.h"

typedef enum {
  DATABASE_ANY, // not said: code runs on all of them, SQLite at hand
  DATABASE_SQLITE,
  DATABASE_POSTGRESQL,
  DATABASE_MYSQL,
  DATABASE_MARIADB
} Database;

typedef struct {
  Database database;
  bool is_async;
  bool dataclass;     // MappedAsDataclass
  bool no_repr;       // models without __repr__
  bool no_convention; // Base without a naming convention
  Str package;        // imports between generated modules: "" (beside each other), "app"
  Str models_module;  // where models live: "models", "app.models"
  Str schemas_module;
  Str repository_module;
  Str database_module;
  Str metadata_imports; // lines that an env.py needs; "": of the models module
  Str metadata;         // "Base.metadata"
  Str settings_module;  // "": the database module reads the environment itself
  Str name;             // of what is made, where it has one (project)
  bool no_fastapi;      // project without an HTTP interface
  uint32_t line_length; // of a project that is there; 0: 88
} GenSettings;

typedef struct {
  Str path; // relative
  Str text;
} GenFile;

typedef struct {
  Arena *arena;
  Schema *schema;
  GenSettings settings;
  Str templates; // folder of the user's templates, absolute; "" for none
  Vec(GenFile) files;
  StrVec steps; // what to do next, one sentence each
} Gen;

typedef struct {
  const char *name;
  bool needs_models; // models have to be named
  bool makes_models; // what is named is new
  bool of_tables;    // names are those of tables
  bool named;        // the first argument is settings.name, models follow
  bool only_new;     // files that exist are never replaced
  bool of_metadata;  // without models it is made for those of the project
  bool (*run)(Gen *g, Err *err);
} Generator;

extern const Generator *const generators[];
extern const uint32_t generators_count;
const Generator *generator_find(Str name); // NULL where there is none

// Renders the template of this name ("orm_model_template.jinja2") with `data`, of which
// it takes the reference, and lays the text out. False where the template is at fault.
MUST_USE bool gen_render(Gen *g, const char *name, json_t *data, Str *out, Err *err);
// The same for what is not Python: the text stays as the template has it.
MUST_USE bool gen_render_text(Gen *g, const char *name, json_t *data, Str *out, Err *err);
// Modules as generators write them, for generators that make several files.
MUST_USE bool gen_models_module(Gen *g, Str *out, Err *err);
MUST_USE bool gen_schemas_module(Gen *g, Str *out, Err *err);
MUST_USE bool gen_engine_module(Gen *g, Str *out, Err *err);
MUST_USE bool gen_repository_module(Gen *g, const SchemaTable *t, Str *out, Err *err);
MUST_USE bool gen_crud_module(Gen *g, const SchemaTable *t, Str *out, Err *err);

// An example of a URL, with placeholders for credentials: "sqlite:///app.db".
const char *gen_example_url(const Gen *g);
// alembic.ini and the folder migrations, beside each other in `folder` ("" or "shop/");
// with tables in the schema also the revision that makes them. `url` is a Python
// expression and `url_import` the line that it needs; both "": the environment tells.
MUST_USE bool gen_add_alembic(Gen *g, Str folder, const char *url_import, const char *url,
                              Err *err);
// The FastAPI application over the routers of all models; routers are `prefix`user.
MUST_USE bool gen_application_module(Gen *g, const char *prefix, const char *suffix,
                                     Str *out, Err *err);

void gen_add_file(Gen *g, Str path, Str text);
void gen_step(Gen *g, const char *format, ...) PRINTF_LIKE(2, 3);
void gen_free(Gen *g); // the lists; the schema stays

// A module beside others: "models" in the package "app" is "app.models".
Str gen_module(Gen *g, const char *last);

#endif
