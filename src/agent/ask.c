// ask.c: the context of a request and the order of its tasks.
#include "agent/ask.h"

#include <unistd.h>

#include "agent/alter.h"
#include "agent/consent.h"
#include "agent/merge.h"
#include "agent/outside.h"
#include "agent/pasted.h"
#include "agent/revision.h"
#include "query/words.h"

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

// One request on its way: the clauses with their intents are known from the reader on
// that needs them.
typedef struct {
  AskContext *cx;
  Answer *answer;
  IntentList found;
} Turn;

static Str prose_of(const Turn *t) {
  return t->cx->request->prose;
}

static bool answers_as(Turn *t, Intent intent, bool ok) {
  if (ok)
    t->answer->intent = intent;
  return ok;
}

static bool translates(Turn *t) {
  return answers_as(t, INTENT_model, task_model_translates(t->cx, t->answer));
}

static bool revises(Turn *t) {
  return revision_understands(t->cx, prose_of(t)) &&
         answers_as(t, INTENT_alembic, revision_answer(t->cx, prose_of(t), t->answer));
}

static bool alters(Turn *t) {
  return alter_models(t->cx, prose_of(t), t->answer);
}

static bool tells_trouble(Turn *t) {
  return ask_tells_trouble(t->cx) && task_explain(t->cx, prose_of(t), t->answer);
}

static bool asks_consent(Turn *t) {
  return consent_asks_whole(t->cx->request, t->cx->arena) &&
         task_explain(t->cx, prose_of(t), t->answer);
}

static bool extends(Turn *t) {
  return answers_as(t, INTENT_relation, task_model_extends(t->cx, t->answer));
}

// The name of a model stands in the prose, in whatever form: "order items".
static bool names_model(const AskContext *cx) {
  uint32_t count = cx->models ? models_count(cx->models) : 0;
  Words words = {0};
  if (count)
    words = words_read(cx->arena, cx->request->prose);
  for (uint32_t i = 0; i < count; i++) {
    Str dotted = atom_str(cx->project.names, models_at(cx->models, i)->dotted);
    Str name = str_slice(dotted, str_rfind_char(dotted, '.') + 1, dotted.len);
    Str stems[WORD_NAME_MAX];
    uint32_t parts = words_name_stems(cx->arena, name, stems), k = 0;
    for (uint32_t at = 0; parts && at + parts <= words.count && k < parts; at++)
      for (k = 0; k < parts && str_eq(words.items[at + k].stem, stems[k]);)
        k++;
    if (parts && k == parts)
      return true;
  }
  return false;
}

// "issues assigned to Ann" is no review where there is a model Issue.
static bool names_rows(Turn *t) {
  bool pasted = t->cx->request->blocks.len > 0; // "what's wrong with this?" is one
  return t->found.items[0].intent == INTENT_review && (!pasted || names_model(t->cx)) &&
         task_query_names_rows(t->cx) && answers_as(t, INTENT_query, true) &&
         task_query(t->cx,
                    t->cx->request->blocks.len ? prose_of(t) : t->cx->request->text,
                    t->answer);
}

static bool changes_rows(Turn *t) {
  Str change;
  return task_query_changes(t->cx, &change) && answers_as(t, INTENT_query, true) &&
         task_query(t->cx, change, t->answer);
}

static bool refuses_change(Turn *t) {
  return t->found.items[0].intent != INTENT_query &&
         answers_as(t, INTENT_query, task_query_refuses(t->cx, t->answer));
}

static bool designs(Turn *t) {
  t->answer->intent = t->found.items[0].intent;
  bool doubtful = t->found.items[0].margin < 1 || t->answer->intent == INTENT_explain ||
                  t->answer->intent == INTENT_other;
  if (!doubtful || t->found.len != 1 || !ask_states(t->cx) || !task_model_fits(t->cx))
    return false;
  t->answer->intent = INTENT_model;
  t->answer->confident = false;
  task_model(t->cx, prose_of(t), t->answer);
  return true;
}

static bool names_page(Turn *t) {
  return ask_wants_page(t->cx, t->answer->intent) &&
         task_explain(t->cx, prose_of(t), t->answer);
}

// "squash my last commits in git": of another field, whatever words of it pages have.
static bool declines(Turn *t) {
  bool brings = t->cx->pasted != NO_FILE || request_block(t->cx->request, BLOCK_ERROR);
  return !brings && outside_of_field(t->cx->arena, prose_of(t)) && !names_model(t->cx) &&
         !task_model_fits(t->cx) &&
         answers_as(t, INTENT_other, task_other(t->cx, prose_of(t), t->answer));
}

// Readers that are sure of a request where they read it whole; asked in this order, those
// of the second list when the intents are known.
static bool (*const whole_readers[])(Turn *) = {
    declines, translates, revises, alters, tells_trouble, asks_consent, extends};
static bool (*const intent_readers[])(Turn *) = {names_rows, changes_rows, refuses_change,
                                                 designs, names_page};

// Whether the clause goes to the task of its intent: words of another field do not, only
// the library may know them.
static bool is_for_task(const Turn *t, const IntentFound *f) {
  if (f->intent == INTENT_other && !answer_is_empty(t->answer))
    return false;
  return f->grounded || t->cx->has_code || f->intent == INTENT_query ||
         f->intent == INTENT_other || (f->intent == INTENT_model && f->margin >= 1);
}

static void run_intents(Turn *t) {
  AskContext *cx = t->cx;
  Answer *answer = t->answer;
  bool done[INTENT_COUNT] = {0};
  answer->intent = t->found.items[0].intent;
  for (int i = 0; i < INTENT_COUNT; i++)
    for (size_t k = 0; k < t->found.len; k++) {
      const IntentFound *f = &t->found.items[k];
      if ((int)f->intent != i || done[i] || !is_for_task(t, f))
        continue;
      done[i] = true;
      bool ok = tasks[i](cx, clauses_of(&t->found, f->intent, cx->arena), answer);
      answer->confident = answer->confident && ok && f->margin >= 1;
    }
  bool query = answer->intent == INTENT_query;
  if (answer_is_empty(answer) && query)
    task_query_refuses(cx, answer);
  if (answer_is_empty(answer) && (query || answer->intent == INTENT_explain) &&
      task_model_fits(cx)) {
    answer->intent = INTENT_model;
    answer->confident = false;
    task_model(cx, prose_of(t), answer);
  }
  // What no task could answer may still be in the library.
  if (answer_is_empty(answer) && !done[INTENT_explain] &&
      task_explain(cx, prose_of(t), answer) && cx->models && models_count(cx->models) &&
      query) {
    answer->confident = false;
    answer_assume(answer, STR("The models of the example stand for yours."));
  }
}

static void run_tasks(AskContext *cx, Answer *answer) {
  Turn t = {.cx = cx, .answer = answer};
  // every word has its place in a query
  bool fits = task_query_fits(cx) && !lists_attributes(prose_of(&t)), done = false;
  for (size_t i = 0; !fits && !done && i < ARRAY_LEN(whole_readers); i++)
    done = whole_readers[i](&t);
  if (!done) {
    intents_find(cx->request, cx->arena, &t.found);
    // The meaning decides: a model may be called as an intent is ("reviews without
    // text").
    if (fits && t.found.items[0].intent != INTENT_query) {
      answer->intent = INTENT_query;
      task_query(cx, cx->request->blocks.len ? cx->request->prose : cx->request->text,
                 answer);
      done = true;
    }
    for (size_t i = 0; !fits && !done && i < ARRAY_LEN(intent_readers); i++)
      done = intent_readers[i](&t);
    if (!done)
      run_intents(&t);
  }
  vec_free(&t.found);
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
