// task_repository.c: a repository for models that are described in the request.
#include "agent/describe.h"
#include "agent/generate.h"

bool task_repository(AskContext *cx, Str clause, Answer *answer) {
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
