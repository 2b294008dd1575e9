// task_other.c: what is about something else is declined plainly.
#include "agent/ask.h"

bool task_other(AskContext *cx, Str clause, Answer *answer) {
  LibraryAnswer found;
  // Words that no request had, but some page has, are not about something else.
  library_answer(ask_library(cx), cx->arena, cx->request->text, 1, &found);
  if (found.known)
    return task_explain(cx, clause, answer);
  answer->unknown = true;
  answer->confident = false;
  answer_text(
      answer,
      "I do not know: this is no request about SQLAlchemy, as far as I can tell. "
      "I write and explain models, queries, engines and sessions, FastAPI "
      "integration and Alembic migrations, and read code and tracebacks. Name the "
      "models or paste the code it is about.");
  return true;
}
