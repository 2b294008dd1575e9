// task_alembic.c: Alembic set up, a revision written, or a question about it answered.
#include "agent/explain.h"
#include "agent/generate.h"
#include "agent/revision.h"
#include "base/regex.h"

#define PATH "([a-z_]\\w*(?:[/.](?!py\\b)[a-z_]\\w*)*)(\\.py)?(?![\\w/(]|\\.[a-z_])"

// How a request says where the models are: "the models are in shop.tables",
// "app/models.py".
static const char *const places[] = {
    "\\b(?:models?|[Bb]ase|metadata|tables)\\b[^.;,\\n]{0,30}?\\b(?:in|from|at|under|"
    "inside)\\s+(?:(?:the|my|our)\\s+)?(?:module\\s+|package\\s+|file\\s+)?[`'\"]?" PATH,
    "\\bfrom\\s+" PATH "\\s+import\\s+Base\\b",
    ("(?<![\\w/.@:-])(?=(?:\\w+[/.])*models?\\b)" PATH)};

// The module that the request says the models are in: "myapp.db.models"; "" where it
// says none.
static Str models_module(const AskContext *cx) {
  Str text = cx->request->text, found = STR("");
  for (size_t i = 0; !found.len && i < ARRAY_LEN(places); i++) {
    RegexMatch m;
    Regex *r = regex_new(str_from(places[i]));
    for (size_t at = 0; !found.len && regex_find(r, text, at, &m);) {
      Str path = m.groups[1];
      bool folders = str_find_char(path, '/', 0) != SIZE_MAX, file = m.groups[2].len > 0;
      bool dotted = !folders && str_find_char(path, '.', 0) != SIZE_MAX;
      at = (size_t)(m.groups[0].ptr + m.groups[0].len - text.ptr);
      if (!file && !dotted)
        continue;
      char *module = arena_copy(cx->arena, path.ptr, path.len);
      for (size_t k = 0; k < path.len; k++)
        module[k] = module[k] == '/' ? '.' : module[k];
      found = (Str){module, path.len};
    }
    regex_free(r);
  }
  return found;
}
#undef PATH

static bool set_up(AskContext *cx, Str clause, Answer *answer) {
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  Schema *s = schema_new(cx->arena);
  Gen g = {.arena = cx->arena,
           .schema = s,
           .settings = generate_settings(&style),
           .templates = STR("")};
  Str module = models_module(cx);
  if (module.len)
    g.settings.models_module = module;
  bool ok = generator_find(STR("alembic"))->run(&g, &err);
  for (size_t i = 0; ok && i < g.files.len; i++) {
    const GenFile *f = &g.files.items[i];
    answer_code(answer, f->text, f->path.ptr, false);
    if (!str_ends(f->path, STR(".py")))
      vec_last(&answer->parts).language = STR("");
    answer_edit(answer, f->path, (Str){0}, f->text);
  }
  for (size_t i = 0; ok && i < g.steps.len; i++)
    answer_next(answer, "%.*s", STR_ARG(g.steps.items[i]));
  if (ok) {
    answer_read_as(answer, "Alembic set up for %s SQLAlchemy.",
                   style.is_async ? "async" : "sync");
    answer_assume(answer,
                  str_format(cx->arena,
                             "The models' `Base` is imported from `%.*s`: change the "
                             "line in env.py where yours live elsewhere.",
                             STR_ARG(g.settings.models_module)));
    answer_next(answer,
                "Read every generated revision before it runs: what drops a column or a "
                "table loses data, and belongs into production only after a backup and "
                "with consent.");
  }
  gen_free(&g);
  schema_free(s);
  return ok;
}

bool task_alembic(AskContext *cx, Str clause, Answer *answer) {
  bool wants_files =
      ask_says(clause, "set up,setup,initialise,initialize,configure,init,add "
                       "alembic,add migrations,set up migrations,env.py") &&
      !ask_says(clause, "why,how,revision,column");
  if (wants_files)
    return set_up(cx, clause, answer);
  bool asks = ask_says(clause, "why,fails,error");
  if (!asks && revision_answer(cx, clause, answer))
    return true;
  return explain_question(ask_library(cx), cx->request->text, false, answer);
}
