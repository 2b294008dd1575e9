// task_repository.c: a repository for models that are described in the request.
#include "agent/describe.h"
#include "agent/generate.h"

// Over models of the project: a module of its own for each.
static bool over_models(AskContext *cx, Str clause, Answer *answer) {
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  Schema *s = cx->has_project ? generate_from_models(cx, clause) : NULL;
  bool ok = s && generate_files(cx, answer, s, &style, "repository", &err);
  if (ok)
    answer_read_as(answer, "A repository over models of the project.");
  schema_free(s);
  return ok;
}

// Over models that were pasted: one block with them.
static bool over_pasted(AskContext *cx, Str clause, Answer *answer) {
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  Schema *s =
      cx->has_project || cx->modules.len ? NULL : generate_from_models(cx, clause);
  if (!s)
    return false;
  if (cx->pasted != NO_FILE)
    ask_add_module(cx, answer, cx->project.files[cx->pasted]->source.text);
  bool ok = generate_into(cx, answer, s, &style, "repository", false, &err);
  if (ok)
    answer_read_as(answer, "A repository over the models that you pasted.");
  schema_free(s);
  return ok;
}

bool task_repository(AskContext *cx, Str clause, Answer *answer) {
  if (over_models(cx, clause, answer))
    return true;
  if (over_pasted(cx, clause, answer))
    return true;
  Description d = {0};
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  Schema *s = schema_new(cx->arena);
  bool ok =
      describe_models(&d, cx->arena, clause, s, &err) &&
      (cx->modules.len || generate_into(cx, answer, s, &style, "model", true, &err)) &&
      generate_into(cx, answer, s, &style, "repository", false, &err);
  if (ok) {
    answer_read_as(answer, "A repository over the models.");
    answer_next(answer,
                "Who calls the repository commits: one transaction may span several "
                "calls.");
  }
  describe_free(&d);
  schema_free(s);
  return ok;
}
