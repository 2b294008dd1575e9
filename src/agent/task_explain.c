// task_explain.c: how and why, from the library.
#include "agent/ask.h"
#include "agent/explain.h"

// A page that accounts for so much of a trouble that is told answers it.
static const double trouble_score = 20.0, trouble_covered = 0.55;

static bool names_exception(Str text) {
  static const char *const endings[] = {"Error", "Warning", "Exception", "Greenlet"};
  for (size_t i = 0; i < ARRAY_LEN(endings); i++)
    if (str_find(text, str_from(endings[i]), 0) != SIZE_MAX)
      return true;
  return false;
}

bool ask_tells_trouble(const AskContext *cx) {
  Str text = cx->request->text;
  if (request_block(cx->request, BLOCK_ERROR) ||
      ask_says(cx->request->prose,
               "convert,modernise,modernize,rewrite,migrate,port,write,create,make,"
               "define,add,generate,show,review,audit,design,build,set up,give,"
               "extend,implement,scaffold,list,find,count,translate,turn,replace,"
               "update,insert,delete,select,query"))
    return false;
  if (!names_exception(text) &&
      !ask_says(text,
                "fails,failed,failing,error,raises,still,unresolved,slow,slower,not,"
                "doesn't,does not,cannot,can't,circular,hangs,vanish,vanishes,"
                "warning,wrong,could not,generated,broke,breaks,never,why"))
    return false;
  Library *library = library_open();
  LibraryAnswer found;
  library_answer(library, cx->arena, text, 1, &found);
  bool known = found.known && found.items[0].score >= trouble_score &&
               found.items[0].covered >= trouble_covered;
  library_close(library);
  return known;
}

bool task_explain(AskContext *cx, Str clause, Answer *answer) {
  Library *library = library_open();
  (void)clause; // the whole request tells more than one clause of it
  bool known = explain_question(library, cx->request->text, answer);
  library_close(library);
  return known;
}
