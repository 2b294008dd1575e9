// task_explain.c: how and why, from the library.
#include "agent/ask.h"
#include "agent/explain.h"

bool task_explain(AskContext *cx, Str clause, Answer *answer) {
  Library *library = library_open();
  (void)clause; // the whole request tells more than one clause of it
  bool known = explain_question(library, cx->request->text, answer);
  library_close(library);
  return known;
}
