// task_explain.c: how and why, from the library.
#include "agent/ask.h"
#include "agent/explain.h"

#include <ctype.h>

// A page that accounts for so much of a trouble that is told answers it.
static const double trouble_score = 20.0, trouble_covered = 0.55;

static bool names_exception(Str text) {
  static const char *const endings[] = {"Error", "Warning", "Exception", "Greenlet"};
  for (size_t i = 0; i < ARRAY_LEN(endings); i++)
    if (str_find(text, str_from(endings[i]), 0) != SIZE_MAX)
      return true;
  return false;
}

// A verb that asks for work: at the beginning, or behind what leads to it ("to create",
// "please add"); "after create" does not.
static bool asks_for(Str text, const char *verbs) {
  static const char leads[] = "to,please,you,me,and,then,just,i,we,us,help,pls,first";
  Str before = STR("");
  bool begins = true;
  for (size_t i = 0; i < text.len;) {
    size_t end = i;
    while (end < text.len && isalpha((unsigned char)text.ptr[end]))
      end++;
    if (end == i) {
      begins |= strchr(".:;!?\n,", text.ptr[i]) != NULL;
      i++;
      continue;
    }
    Str word = str_slice(text, i, end);
    if (ask_says(word, verbs) && (begins || ask_says(before, leads)))
      return true;
    before = word;
    begins = false;
    i = end;
  }
  return false;
}

bool ask_tells_trouble(AskContext *cx) {
  Str text = cx->request->text;
  if (request_block(cx->request, BLOCK_ERROR) ||
      asks_for(cx->request->prose,
               "convert,modernise,modernize,rewrite,migrate,port,write,create,make,"
               "define,add,generate,show,review,audit,design,build,set up,give,"
               "extend,implement,scaffold,list,find,count,translate,turn,replace,"
               "update,insert,delete,select,query"))
    return false;
  // "what's wrong with this?" beside code is about the code
  const RequestBlock *code = request_block(cx->request, BLOCK_PYTHON);
  if (code && code->fenced && str_trim(cx->request->prose).len < 60)
    return false;
  if (!names_exception(text) &&
      !ask_says(text,
                "fails,failed,failing,error,raises,still,unresolved,slow,slower,not,"
                "doesn't,does not,cannot,can't,circular,hangs,vanish,vanishes,"
                "warning,wrong,could not,generated,broke,breaks,never,why"))
    return false;
  LibraryAnswer found;
  // Code that is pasted to be read says nothing of the trouble.
  if (cx->pasted != NO_FILE)
    text = cx->request->prose;
  library_answer(ask_library(cx), cx->arena, text, 1, &found);
  return found.known && found.items[0].score >= trouble_score &&
         found.items[0].covered >= trouble_covered;
}

static const double topic_near = 0.75;

static Str first_word(Str text) {
  size_t end = 0;
  text = str_trim(text);
  while (end < text.len && (unsigned char)text.ptr[end] > ' ' && text.ptr[end] != '\'')
    end++;
  return str_slice(text, 0, end);
}

// The nearest that counts for a request that begins like this; 0: it is no question.
static double near_enough(Str text) {
  text = str_trim(text);
  Str first = first_word(text);
  if (ask_says(first,
               "what,whats,why,when,which,where,who,is,are,does,do,should,must,may,"
               "difference,explain,versus"))
    return 0.55;
  bool asks = text.len && text.ptr[text.len - 1] == '?';
  if (ask_says(first, "how,can,could") || asks)
    return 0.72;
  // "multi tenant app with one schema per customer": a topic, no order
  bool orders = asks_for(text, "convert,modernise,modernize,rewrite,migrate,port,write,"
                               "create,make,define,add,generate,show,review,audit,"
                               "design,build,give,extend,implement,scaffold,list,find,"
                               "count,translate,turn,replace,update,insert,delete,"
                               "select,get,fetch,change,rename,drop,set,remove");
  bool listed =
      str_find_char(text, ':', 0) != SIZE_MAX || str_find_char(text, '(', 0) != SIZE_MAX;
  return orders || listed ? 0 : topic_near;
}

bool ask_states(const AskContext *cx) {
  Str text = str_trim(cx->request->prose);
  return text.len && text.ptr[text.len - 1] != '?' &&
         !ask_says(first_word(text), "what,whats,why,when,which,where,who,is,are,does,do,"
                                     "should,how,can,could,explain,difference,versus");
}

bool ask_wants_page(AskContext *cx, Intent likely) {
  double enough = near_enough(cx->request->prose);
  bool designs = likely == INTENT_query || likely == INTENT_model ||
                 likely == INTENT_relation || likely == INTENT_table ||
                 likely == INTENT_repository;
  if (enough == topic_near && designs)
    return false;
  if (enough == 0 || cx->pasted != NO_FILE)
    return false;
  LibraryAnswer found;
  library_answer(ask_library(cx), cx->arena, cx->request->prose, 1, &found);
  return found.known && found.items[0].near >= enough;
}

// A query over rows of models that nobody showed is answered by a page about such
// queries; one that shares a word or two with it ("orders") is about something else.
static bool asks_rows(const AskContext *cx, Intent likely) {
  return likely == INTENT_query && !cx->has_code &&
         !ask_says(first_word(cx->request->prose),
                   "how,why,can,could,is,are,does,do,should,must,may,explain");
}

bool task_explain(AskContext *cx, Str clause, Answer *answer) {
  (void)clause; // the whole request tells more than one clause of it
  bool surely = asks_rows(cx, answer->intent);
  if (answer_is_empty(answer))
    answer->intent = INTENT_explain;
  return explain_question(ask_library(cx), cx->request->text, surely, answer);
}
