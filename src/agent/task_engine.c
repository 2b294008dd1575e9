// task_engine.c: the engine, the session factory and how sessions are opened.
#include "agent/generate.h"
#include "base/regex.h"

#include <stdlib.h>

// What the engine's module does not cover, and pages do.
static bool is_special(const AskContext *cx) {
  return ask_says(cx->request->prose,
                  "pgbouncer,supabase,pgpool,serverless,lambda,ssl,tls,certificate,"
                  "replica,replicas,memory,in-memory,mssql,sql server,oracle,pyodbc,"
                  "oracledb,pymssql,iam,multi-tenant,tenant,tenants,sharding,fork,"
                  "multiprocessing,gunicorn,celery,dispose,proxy,two databases,both "
                  "databases,several databases,multiple databases,second database,"
                  "another database,different databases,other database,two engines");
}

// Numbers of the pool that the request names, and what the template has.
static const struct {
  const char *pattern, *was, *name;
  bool time;
} pool_settings[] = {
    {"(?i)pool[ _]size\\D{0,6}(\\d+)|pool (?:of|with) (\\d+)|(\\d+) (?:pooled )?"
     "connections",
     "pool_size=5", "pool_size", false},
    {"(?i)overflow\\D{0,6}(\\d+)", "max_overflow=10", "max_overflow", false},
    {"(?i)recycl\\w*[^.;,\\d]*?(?:(\\d+)|(half an|an|one)) "
     "?(second|sec|minute|min|hour)?",
     "pool_recycle=1800", "pool_recycle", true},
};

static unsigned long seconds_of(const RegexMatch *m) {
  Str word = m->groups[2], unit = m->groups[3];
  double n = m->groups[1].len          ? (double)strtoul(m->groups[1].ptr, NULL, 10)
             : str_is(word, "half an") ? 0.5
                                       : 1;
  return (unsigned long)(n * (str_starts(unit, STR("min"))    ? 60
                              : str_starts(unit, STR("hour")) ? 3600
                                                              : 1));
}

// The engine's module with the numbers of the request.
static void set_pool(AskContext *cx, Answer *answer) {
  Str *text = cx->modules.len ? &vec_last(&cx->modules) : NULL;
  for (size_t i = 0; text && i < ARRAY_LEN(pool_settings); i++) {
    RegexMatch m;
    Regex *r = regex_new(str_from(pool_settings[i].pattern));
    Str was = str_from(pool_settings[i].was);
    size_t at = str_find(*text, was, 0);
    bool named = regex_find(r, cx->request->prose, 0, &m);
    if (named && at != SIZE_MAX) {
      Str n = m.groups[1].len ? m.groups[1] : m.groups[2].len ? m.groups[2] : m.groups[3];
      Str value =
          pool_settings[i].time ? str_format(cx->arena, "%lu", seconds_of(&m)) : n;
      *text = str_format(cx->arena, "%.*s%s=%.*s%.*s", (int)at, text->ptr,
                         pool_settings[i].name, STR_ARG(value),
                         (int)(text->len - at - was.len), text->ptr + at + was.len);
    } else if (named) {
      answer_assume(answer,
                    str_format(cx->arena, "`%s` is left out: SQLite's pool takes none.",
                               pool_settings[i].name));
    }
    regex_free(r);
  }
}

// Drivers that the request may name, and the one of the example URL they stand for.
static const struct {
  const char *words, *was, *driver;
} drivers[] = {
    {"psycopg2", "postgresql+psycopg:", "postgresql+psycopg2:"},
    {"pg8000", "postgresql+psycopg:", "postgresql+pg8000:"},
    {"psycopg,psycopg3", "postgresql+asyncpg:", "postgresql+psycopg:"},
    {"mysqlclient,mysqldb", "+pymysql:", "+mysqldb:"},
    {"mysql-connector,mysqlconnector", "+pymysql:", "+mysqlconnector:"},
    {"aiomysql", "+asyncmy:", "+aiomysql:"},
};

// One of the words stands in the request, and not as what is left: "instead of psycopg2".
static bool wants_driver(const AskContext *cx, const char *words) {
  static const char *const left[] = {"instead of", "rather than", "not",    "without",
                                     "no",         "away from",   "replace"};
  Str rest = str_from(words), word;
  while (str_next_part(&rest, ',', &word)) {
    bool wanted = ask_says(cx->request->prose, str_copy(cx->arena, word).ptr);
    for (size_t i = 0; wanted && i < ARRAY_LEN(left); i++)
      wanted = !ask_says(cx->request->prose,
                         str_format(cx->arena, "%s %.*s", left[i], STR_ARG(word)).ptr);
    if (wanted)
      return true;
  }
  return false;
}

static void set_driver(AskContext *cx) {
  Str *text = cx->modules.len ? &vec_last(&cx->modules) : NULL;
  for (size_t i = 0; text && i < ARRAY_LEN(drivers); i++) {
    size_t at = str_find(*text, str_from(drivers[i].was), 0);
    size_t end = at + strlen(drivers[i].was);
    if (at == SIZE_MAX || !wants_driver(cx, drivers[i].words))
      continue;
    *text = str_format(cx->arena, "%.*s%s%.*s", (int)at, text->ptr, drivers[i].driver,
                       (int)(text->len - end), text->ptr + end);
    return;
  }
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
  set_pool(cx, answer);
  set_driver(cx);
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
