// Ask: from a request to an answer, without a model of language.
//
//   request_read → intents_find → one task for each → verify → answer
//
// - A task is one file src/agent/task_<intent>.c for one row of intents.def. It reads the
//   context and adds parts to the answer; false where the request is not one it can
//   answer, then the next best (explain) is asked.
// - The context opens the project once, with the code that was pasted as one more file.
// - Nothing is written to the project: `edits` of the answer say what could be.
#ifndef AGENT_ASK_H
#define AGENT_ASK_H

#include "agent/answer.h"
#include "agent/library.h"
#include "project/detect.h"
#include "sqla/model.h"
#include "sqla/resolve.h"

typedef struct {
  const char *project;      // folder; NULL: the request stands alone
  const char *const *files; // named on the command line
  size_t file_count;
  bool run; // code is run before it is shown
} AskOptions;

#define ASK_PASTED "request.py" // name of the pasted code as a file

typedef struct {
  Arena *arena;
  const AskOptions *options;
  const Request *request;
  Config config;
  Project project; // the folder's files, the named ones, and the pasted code
  bool has_code;   // some file is there
  bool has_project;
  uint32_t pasted;     // file of the pasted code, NO_FILE
  Str prelude;         // lines in front of it that it did not bring, see agent/pasted.h
  Resolver *resolver;  // of `project`; NULL where has_code is false
  Models *models;      // likewise
  Detection detection; // of the folder; empty without one
  Library *library;    // see ask_library
  Vec(Str) modules;    // texts that make one block of the answer, see ask_add_module
  size_t module_part;  // the part of the answer they become
} AskContext;

// False where a file or the project cannot be read.
MUST_USE bool ask(Answer *answer, const AskOptions *options, Str text, Arena *arena,
                  Err *err);

typedef bool (*AskTask)(AskContext *cx, Str clause, Answer *answer);
#define INTENT(id, title) bool task_##id(AskContext *cx, Str clause, Answer *answer);
#include "agent/intents.def"
#undef INTENT

// True where every word of the request, which brings no code, is one of a query over
// the models.
bool task_query_fits(AskContext *cx);
// True where the request, which brings no code, describes models and nothing else.
bool task_model_fits(AskContext *cx);
// Answers a request whose every word says what is to be added to the models that exist;
// false where it says something else.
bool task_model_extends(AskContext *cx, Answer *answer);
// Answers a request that brings CREATE TABLE statements or JSON and wants models of it.
bool task_model_translates(AskContext *cx, Answer *answer);
// True where the request changes rows of the models, whatever else its words could mean;
// `*text` is how it is to be read.
bool task_query_changes(AskContext *cx, Str *text);
// Says that a change by an amount was not understood, where one of a number column of the
// models is ordered; false: none is.
bool task_query_refuses(AskContext *cx, Answer *answer);
// Whether what reads as a review asks for rows of a model that is called so.
bool task_query_names_rows(AskContext *cx);

// A project of its own with the files of the context, for tasks that change texts.
// project_free gives it back, also after a failure.
MUST_USE bool ask_open_project(AskContext *cx, Project *p, Err *err);

// A line of the pasted file as its author counts it.
uint32_t ask_pasted_line(const AskContext *cx, uint32_t line);
// The pasted file's text without the lines that were put in front of it.
Str ask_without_prelude(const AskContext *cx, Str code);

// Adds a module to the one block of code that a request without a project is answered
// with: imports are gathered, those between the modules go (agent/merge.h).
void ask_add_module(AskContext *cx, Answer *answer, Str text);
// As above for a module of models: later tasks know them as models of `models`.
void ask_add_models(AskContext *cx, Answer *answer, Str text);
// Only makes them known.
void ask_know_models(AskContext *cx, Str text);

// What the request or the project says of it.
typedef struct {
  bool is_async, says_async; // says: the request or the code does, not a default
  bool core, dataclass;
  SqlalchemyTarget target;
  Str database; // "postgresql", "mysql", "mariadb", "sqlite"; "" where nothing says
} AskStyle;
AskStyle ask_style(const AskContext *cx, Str clause);
// Opened when it is first asked for.
Library *ask_library(AskContext *cx);
// True where the request tells of a trouble, asks for nothing to be made or changed, and
// the library knows it: then the library answers, whatever code is quoted.
bool ask_tells_trouble(AskContext *cx);
// True where the request is no question.
bool ask_states(const AskContext *cx);
// True where the request is a question or names a topic, brings no code, and is nearly
// what a page of the library answers. A topic that is `likely` a query is none.
bool ask_wants_page(AskContext *cx, Intent likely);
// True where one of the words stands in the text, whole and without regard to case.
bool ask_says(Str text, const char *words);

#endif
