// task_alembic.c: Alembic set up, a revision written, or a question about it answered.
#include "agent/explain.h"
#include "agent/generate.h"
#include "agent/revision.h"

static bool set_up(AskContext *cx, Str clause, Answer *answer) {
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  Schema *s = schema_new(cx->arena);
  Gen g = {.arena = cx->arena,
           .schema = s,
           .settings = generate_settings(&style),
           .templates = STR("")};
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
                  STR("The models' `Base` is imported from `models`: change the line in "
                      "env.py where yours live elsewhere."));
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
                       "alembic,add migrations,set up migrations") &&
      !ask_says(clause, "why,how,revision,column");
  if (wants_files)
    return set_up(cx, clause, answer);
  bool asks = ask_says(clause, "why,fails,error");
  if (!asks && revision_answer(cx, clause, answer))
    return true;
  return explain_question(ask_library(cx), cx->request->text, false, answer);
}
