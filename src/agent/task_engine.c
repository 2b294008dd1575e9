// task_engine.c: the engine, the session factory and how sessions are opened.
#include "agent/generate.h"

// What the engine's module does not cover, and pages do.
static bool is_special(const AskContext *cx) {
  return ask_says(cx->request->prose,
                  "pgbouncer,supabase,pgpool,serverless,lambda,ssl,tls,certificate,"
                  "replica,replicas,memory,in-memory,mssql,sql server,oracle,pyodbc,"
                  "oracledb,pymssql,iam,multi-tenant,tenant,tenants,sharding,fork,"
                  "multiprocessing,gunicorn,celery,dispose,proxy");
}

bool task_engine(AskContext *cx, Str clause, Answer *answer) {
  Err err = {0};
  if (answer_is_empty(answer) && is_special(cx) && task_explain(cx, clause, answer))
    return true;
  AskStyle style = ask_style(cx, clause);
  answer->dialect = style.database.len ? style.database.ptr : NULL;
  Schema *s = schema_new(cx->arena);
  bool ok = generate_into(cx, answer, s, &style, "engine", false, &err);
  schema_free(s);
  if (!ok)
    return false;
  answer_read_as(answer, "%s engine and sessions%s%.*s.",
                 style.is_async ? "Async" : "Sync", style.database.len ? " for " : "",
                 STR_ARG(style.database));
  answer_slot(answer, "async", style.is_async ? STR("true") : STR("false"));
  answer_slot(answer, "database", style.database.len ? style.database : STR("sqlite"));
  answer_text(answer,
              "One engine serves the whole process; a session is short-lived: one for "
              "each request or job. `expire_on_commit=False` keeps what was loaded "
              "readable after the commit%s.",
              style.is_async ? ", where a lazy load would raise MissingGreenlet" : "");
  answer_next(answer,
              "Keep the URL out of the code: development, staging and production each "
              "set DATABASE_URL; the password above is a placeholder.");
  return true;
}
