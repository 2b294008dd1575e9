// task_fastapi.c: an application with a session for each request and CRUD endpoints.
#include "agent/describe.h"
#include "agent/generate.h"
#include "schema/fields.h"

// The smallest useful model, where the request names none.
static bool example_models(AskContext *cx, Schema *s, Answer *answer, Err *err) {
  static const char *const words[] = {"Item", "name:str(100)", "description:text:null"};
  FieldSettings settings = {0};
  SchemaOptions options = {0};
  (void)cx;
  answer_assume(answer,
                STR("An `Item` with a name and a description stands for your model."));
  return fields_parse(s, (const char **)words, sizeof words / sizeof *words, &settings,
                      err) &&
         schema_complete(s, &options, err);
}

static void add_application(AskContext *cx, const AskStyle *style, Answer *answer) {
  const char *sync = "\n@asynccontextmanager\n"
                     "async def lifespan(app: FastAPI) -> AsyncIterator[None]:\n"
                     "    # For a first run; leave changes of tables to Alembic.\n"
                     "    Base.metadata.create_all(engine)\n"
                     "    yield\n"
                     "    engine.dispose()\n";
  const char *async = "\n@asynccontextmanager\n"
                      "async def lifespan(app: FastAPI) -> AsyncIterator[None]:\n"
                      "    # For a first run; leave changes of tables to Alembic.\n"
                      "    async with engine.begin() as connection:\n"
                      "        await connection.run_sync(Base.metadata.create_all)\n"
                      "    yield\n"
                      "    await engine.dispose()\n";
  ask_add_module(cx, answer,
                 str_format(cx->arena,
                            "from collections.abc import AsyncIterator\n"
                            "from contextlib import asynccontextmanager\n"
                            "from fastapi import FastAPI\n"
                            "%s\n\napp = FastAPI(lifespan=lifespan)\n"
                            "app.include_router(router)\n",
                            style->is_async ? async : sync));
}

static bool write_parts(AskContext *cx, Schema *s, const AskStyle *style, Answer *answer,
                        Err *err) {
  static const char *const parts[] = {"engine", "schemas", "repository", "crud"};
  if (!cx->modules.len && !generate_into(cx, answer, s, style, "model", true, err))
    return false;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (!generate_into(cx, answer, s, style, parts[i], false, err))
      return false;
  add_application(cx, style, answer);
  return true;
}

// Over models of the project: schemas, repositories and routers beside them.
static bool over_models(AskContext *cx, Str clause, Answer *answer) {
  static const char *const parts[] = {"schemas", "repository", "crud"};
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  Schema *s = cx->has_project ? generate_from_models(cx, clause) : NULL;
  bool ok = s != NULL;
  for (size_t i = 0; ok && i < sizeof parts / sizeof *parts; i++)
    ok = generate_files(cx, answer, s, &style, parts[i], &err);
  if (ok) {
    answer_read_as(answer, "CRUD endpoints over models of the project, %s.",
                   style.is_async ? "async" : "sync");
    answer_next(answer,
                "Include the router in your application: `app.include_router(router)`; "
                "`get_session` is imported from `database`.");
  }
  schema_free(s);
  return ok;
}

// Over models that were pasted: all in one block, with the models first.
static bool over_pasted(AskContext *cx, Str clause, Answer *answer) {
  static const char *const parts[] = {"engine", "schemas", "repository", "crud"};
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  bool described = cx->modules.len > 0; // by a part of the request before this one
  bool pasted = !cx->has_project && (cx->pasted != NO_FILE || described);
  Schema *s = pasted ? generate_from_models(cx, clause) : NULL;
  if (!s && pasted) // no model is named: all of them
    s = generate_from_models(cx, STR("all"));
  if (!s)
    return false;
  if (!described)
    ask_add_module(cx, answer, cx->project.files[cx->pasted]->source.text);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (!generate_into(cx, answer, s, &style, parts[i], false, &err)) {
      if (!described) {
        cx->modules.len = 0;
        answer->parts.len = 0;
      }
      schema_free(s);
      return false;
    }
  add_application(cx, &style, answer);
  answer_read_as(answer, "CRUD endpoints over %s, %s.",
                 described ? "these models" : "the models you pasted",
                 style.is_async ? "async" : "sync");
  schema_free(s);
  return true;
}

bool task_fastapi(AskContext *cx, Str clause, Answer *answer) {
  if (over_models(cx, clause, answer) || over_pasted(cx, clause, answer))
    return true;
  Description d = {0};
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  answer->dialect = style.database.len ? style.database.ptr : NULL;
  Schema *s = schema_new(cx->arena);
  if (!describe_models(&d, cx->arena, clause, s, &err)) {
    schema_free(s);
    s = schema_new(cx->arena);
    err = (Err){0};
    if (!example_models(cx, s, answer, &err)) {
      schema_free(s);
      return false;
    }
  }
  bool ok = write_parts(cx, s, &style, answer, &err);
  if (ok) {
    answer_read_as(answer,
                   "A FastAPI application with %s SQLAlchemy: a session for each request "
                   "and CRUD endpoints.",
                   style.is_async ? "async" : "sync");
    answer_text(answer,
                "`get_session` opens a session for the request and closes it behind the "
                "response; the endpoints commit, so a failed request leaves nothing "
                "behind.");
    answer_next(answer,
                "Run it by `uvicorn main:app --reload`, with the block saved as main.py; "
                "`aludel scaffold project` writes the same as a package with tests and "
                "migrations.");
  }
  describe_free(&d);
  schema_free(s);
  return ok;
}
