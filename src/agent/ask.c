// ask.c: the context of a request and the order of its tasks.
#include "agent/ask.h"

#include <unistd.h>

#include "agent/alter.h"
#include "agent/consent.h"
#include "agent/merge.h"
#include "agent/pasted.h"

static const AskTask tasks[] = {
#define INTENT(id, title) task_##id,
#include "agent/intents.def"
#undef INTENT
};

// ---- The context

static bool add_named_files(AskContext *cx, Project *p, Err *err) {
  for (size_t i = 0; i < cx->options->file_count; i++) {
    Str text;
    const char *path = cx->options->files[i];
    if (!io_read_file(cx->arena, path, SOURCE_MAX_BYTES, 1, &text, NULL, err))
      return false;
    project_add_text(p, str_from(path), text);
  }
  return true;
}

bool ask_open_project(AskContext *cx, Project *p, Err *err) {
  const char *folder = cx->options->project;
  Str pasted = request_python(cx->request, cx->arena);
  *p = (Project){0};
  if (!folder)
    project_init(p, &cx->config);
  else if (!project_open(p, &folder, 1, &cx->config, 0, err))
    return err_wrap(err, "the project cannot be read");
  if (!add_named_files(cx, p, err))
    return false;
  cx->prelude = STR("");
  if (pasted.len) {
    cx->prelude = pasted_prelude(cx->arena, pasted, p->file_count == 0);
    cx->pasted = project_add_text(
        p, STR(ASK_PASTED),
        str_format(cx->arena, "%.*s%.*s", STR_ARG(cx->prelude), STR_ARG(pasted)));
  }
  return true;
}

static void read_models(AskContext *cx) {
  models_free(cx->models);
  resolver_free(cx->resolver);
  for (uint32_t i = 0; i < cx->project.file_count; i++) {
    ProjectFile *f = cx->project.files[i];
    if (f->readable)
      source_index_lines(&f->source, &f->arena);
  }
  cx->resolver = resolver_new(&cx->project, cx->arena);
  cx->models = models_read(&cx->project, cx->resolver, 0, cx->arena);
}

uint32_t ask_pasted_line(const AskContext *cx, uint32_t line) {
  for (size_t i = 0; i < cx->prelude.len; i++)
    line -= cx->prelude.ptr[i] == '\n';
  return line;
}

Str ask_without_prelude(const AskContext *cx, Str code) {
  return str_starts(code, cx->prelude) ? str_slice(code, cx->prelude.len, code.len)
                                       : code;
}

static bool open_context(AskContext *cx, Err *err) {
  const char *folder = cx->options->project;
  config_init(&cx->config, cx->arena, folder ? folder : ".");
  cx->pasted = NO_FILE;
  if (folder && !config_find(&cx->config, cx->arena, folder, err))
    return false;
  if (!ask_open_project(cx, &cx->project, err))
    return false;
  cx->has_code = cx->project.file_count > 0;
  cx->has_project = folder && cx->has_code;
  if (folder)
    detect_project(&cx->detection, cx->arena, &cx->project);
  if (cx->has_code)
    read_models(cx);
  return true;
}

static void close_context(AskContext *cx) {
  vec_free(&cx->modules);
  library_close(cx->library);
  models_free(cx->models);
  resolver_free(cx->resolver);
  project_free(&cx->project);
  config_free(&cx->config);
}

Library *ask_library(AskContext *cx) {
  if (!cx->library)
    cx->library = library_open();
  return cx->library;
}

// ---- One block of several modules

void ask_add_module(AskContext *cx, Answer *answer, Str text) {
  if (!cx->modules.len) {
    cx->module_part = answer->parts.len;
    answer_code(answer, STR(""), NULL, true);
  }
  vec_push(&cx->modules, str_copy(cx->arena, text));
}

void ask_add_models(AskContext *cx, Answer *answer, Str text) {
  ask_add_module(cx, answer, text);
  ask_know_models(cx, text);
}

void ask_know_models(AskContext *cx, Str text) {
  project_add_text(&cx->project, STR("models.py"), str_copy(cx->arena, text));
  read_models(cx);
}

static void join_modules(AskContext *cx, Answer *answer) {
  static const char *const own[] = {"models",  "database",     "schemas",
                                    "request", "*_repository", NULL};
  if (cx->modules.len)
    answer->parts.items[cx->module_part].text =
        merge_modules(cx->arena, cx->modules.items, cx->modules.len, own);
}

// ---- Style

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool says_word(Str text, Str word) {
  for (size_t i = 0; i + word.len <= text.len; i++) {
    size_t k = 0;
    while (k < word.len && lower(text.ptr[i + k]) == word.ptr[k])
      k++;
    bool left = i == 0 || !is_word(lower(text.ptr[i - 1]));
    bool right = i + k == text.len || !is_word(lower(text.ptr[i + k]));
    if (k == word.len && left && right)
      return true;
  }
  return false;
}

bool ask_says(Str text, const char *words) {
  Str rest = str_from(words), word;
  while (str_next_part(&rest, ',', &word))
    if (says_word(text, word))
      return true;
  return false;
}

static const struct {
  const char *words, *database;
} database_words[] = {
    {"postgresql,postgres,pg,psycopg,psycopg2,asyncpg,jsonb", "postgresql"},
    {"mariadb", "mariadb"},
    {"mysql,pymysql,aiomysql,asyncmy,mysqlclient", "mysql"},
    {"sqlite,aiosqlite", "sqlite"},
};

static Str database_of_drivers(const Detection *d) {
  for (size_t k = 0; k < sizeof database_words / sizeof *database_words; k++)
    for (uint32_t i = 0; i < d->driver_count; i++)
      if (ask_says(d->drivers[i].name, database_words[k].words))
        return str_from(database_words[k].database);
  return STR("");
}

AskStyle ask_style(const AskContext *cx, Str clause) {
  Str all = cx->request->text;
  const Detection *d = &cx->detection;
  AskStyle s = {.database = STR("")};
  bool sync = ask_says(all, "sync,synchronous");
  bool says =
      ask_says(all, "async,asyncio,await,asyncsession,asynchronous,asynchronously,"
                    "asyncpg,aiosqlite,async_sessionmaker,create_async_engine");
  bool seen = d->style_async.evidence_count > 0 && !d->style_sync.evidence_count;
  s.is_async = says || (!sync && seen);
  s.says_async = says || seen;
  s.core = ask_says(clause, "core");
  s.dataclass = ask_says(clause, "dataclass,dataclasses,mappedasdataclass");
  s.target = d->sqlalchemy != SQLALCHEMY_UNKNOWN ? d->sqlalchemy : SQLALCHEMY_2_0;
  for (size_t k = 0; k < sizeof database_words / sizeof *database_words; k++)
    if (!s.database.len && ask_says(all, database_words[k].words))
      s.database = str_from(database_words[k].database);
  if (!s.database.len)
    s.database = database_of_drivers(d);
  return s;
}

// ---- Tasks

// All clauses of one intent, wherever they stand.
static Str clauses_of(const IntentList *found, Intent intent, Arena *arena) {
  Buf text = {0};
  for (size_t i = 0; i < found->len; i++)
    if (found->items[i].intent == intent)
      buf_printf(&text, "%s%.*s", text.len ? ". " : "", STR_ARG(found->items[i].clause));
  Str out = str_copy(arena, buf_str(&text));
  buf_free(&text);
  return out;
}

// "each department gets an address: street, city": attributes are listed of a class that
// is to be, whatever query the words would make.
static bool lists_attributes(Str prose) {
  size_t at = str_find_char(prose, ':', 0);
  at = min_size(at, str_find_char(prose, '(', 0));
  return at != SIZE_MAX && str_find_char(prose, ',', at) != SIZE_MAX &&
         ask_says(
             str_slice(prose, 0, at),
             "gets,get,has,have,needs,belongs to,belong to,add,should have,own,owns");
}

static void run_tasks(AskContext *cx, Answer *answer) {
  IntentList found = {0};
  // every word has its place in a query
  bool fits = task_query_fits(cx) && !lists_attributes(cx->request->prose);
  if (!fits && task_model_translates(cx, answer)) {
    answer->intent = INTENT_model;
    return;
  }
  if (!fits && alter_models(cx, cx->request->prose, answer))
    return;
  if (!fits && ask_tells_trouble(cx) && task_explain(cx, cx->request->prose, answer))
    return;
  if (!fits && consent_asks_whole(cx->request, cx->arena) &&
      task_explain(cx, cx->request->prose, answer))
    return;
  if (!fits && task_model_extends(cx, answer)) {
    answer->intent = INTENT_relation;
    return;
  }
  intents_find(cx->request, cx->arena, &found);
  bool done[INTENT_COUNT] = {0};
  answer->intent = found.items[0].intent;
  // The meaning decides: a model may be called as an intent is ("reviews without text").
  if (answer->intent != INTENT_query && fits) {
    answer->intent = INTENT_query;
    task_query(cx, cx->request->text, answer);
    vec_free(&found);
    return;
  }
  Str change;
  if (!fits && task_query_changes(cx, &change)) {
    answer->intent = INTENT_query;
    if (task_query(cx, change, answer)) {
      vec_free(&found);
      return;
    }
  }
  if (!fits && answer->intent != INTENT_query && task_query_refuses(cx, answer)) {
    answer->intent = INTENT_query;
    vec_free(&found);
    return;
  }
  bool doubtful = found.items[0].margin < 1 || answer->intent == INTENT_explain;
  if (!fits && doubtful && found.len == 1 && ask_states(cx) && task_model_fits(cx)) {
    answer->intent = INTENT_model;
    answer->confident = false;
    task_model(cx, cx->request->prose, answer);
    vec_free(&found);
    return;
  }
  if (!fits && ask_wants_page(cx, answer->intent) &&
      task_explain(cx, cx->request->prose, answer)) {
    vec_free(&found);
    return;
  }
  for (int i = 0; i < INTENT_COUNT; i++)
    for (size_t k = 0; k < found.len; k++) {
      const IntentFound *f = &found.items[k];
      if ((int)f->intent != i || done[i] ||
          !(f->grounded || cx->has_code || i == INTENT_query || i == INTENT_other ||
            (i == INTENT_model && f->margin >= 1)) ||
          (i == INTENT_other && !answer_is_empty(answer)))
        continue; // words of another field: only the library may know
      done[i] = true;
      bool ok = tasks[i](cx, clauses_of(&found, f->intent, cx->arena), answer);
      answer->confident = answer->confident && ok && f->margin >= 1;
    }
  bool query = answer->intent == INTENT_query;
  if (answer_is_empty(answer) && query)
    task_query_refuses(cx, answer);
  if (answer_is_empty(answer) && (query || answer->intent == INTENT_explain) &&
      task_model_fits(cx)) {
    answer->intent = INTENT_model;
    answer->confident = false;
    task_model(cx, cx->request->prose, answer);
  }
  // What no task could answer may still be in the library.
  if (answer_is_empty(answer) && !done[INTENT_explain] &&
      task_explain(cx, cx->request->prose, answer) && cx->models &&
      models_count(cx->models) && query) {
    answer->confident = false;
    answer_assume(answer, STR("The models of the example stand for yours."));
  }
  vec_free(&found);
}

static void say_unknown(Answer *answer) {
  answer->confident = false;
  answer->unknown = true;
  answer_text(answer,
              "I do not know what to answer. Say what you want of which models, paste "
              "the code or the traceback, or name the project by `--project`.");
}

static void verify(AskContext *cx, Answer *answer) {
  Vec(Str) roots = {0};
  for (uint32_t i = 0; cx->has_project && i < cx->project.root_count; i++)
    vec_push(&roots, cx->project.roots[i].path);
  answer_verify(answer, cx->options->project, roots.items, roots.len);
  vec_free(&roots);
}

bool ask(Answer *answer, const AskOptions *options, Str text, Arena *arena, Err *err) {
  Request request = {0};
  AskContext cx = {.arena = arena, .options = options, .request = &request};
  Interner *names = interner_new();
  answer_init(answer, arena, INTENT_explain);
  bool ok = request_read(&request, arena, names, text, err) && open_context(&cx, err);
  if (ok) {
    run_tasks(&cx, answer);
    join_modules(&cx, answer);
    if (answer_is_empty(answer))
      say_unknown(answer);
    if (consent_needed(&request, arena))
      consent_tell(answer,
                   "what is deleted or dropped is lost, as far as no copy has it");
    if (options->run)
      verify(&cx, answer);
    else
      answer->not_verified = STR("--no-run was given");
  }
  close_context(&cx);
  request_free(&request);
  interner_free(names);
  return ok;
}
