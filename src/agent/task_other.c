// task_other.c: what is about something else is declined plainly.
#include "agent/ask.h"

bool task_other(AskContext *cx, Str clause, Answer *answer) {
  (void)cx;
  (void)clause;
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
