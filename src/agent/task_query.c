// task_query.c: a query over the models of the project or of the pasted code.
#include "agent/ask.h"
#include "agent/consent.h"
#include "agent/suppose.h"
#include "base/regex.h"
#include "query/change_form.h"
#include "query/lookup.h"
#include "query/rephrase_change.h"

// A change that loses rows or values.
static void warn(const Meaning *m, Answer *answer) {
  bool all = !m->condition_count && !m->having_count && !m->scope_count && !m->limit;
  if (m->kind == MEANS_DELETE && all)
    consent_tell(answer, "every row of the table is deleted");
  else if (m->kind == MEANS_DELETE)
    consent_tell(answer, "the rows are deleted for good; a select with the same "
                         "conditions shows them first");
  else if (m->kind == MEANS_UPDATE && all)
    consent_tell(answer,
                 "every row of the table is changed, and what stood there is lost");
}

static void describe(AskContext *cx, const QueryAnswer *q, Answer *answer) {
  answer_read_as(answer, "%.*s.", STR_ARG(q->reading));
  answer_slot(answer, "function", q->function);
  warn(&q->meaning, answer);
  for (uint32_t i = 0; i < q->assumption_count; i++)
    answer_assume(answer, str_format(cx->arena, "%.*s.", STR_ARG(q->assumptions[i])));
  if (q->confident)
    return;
  answer->confident = false;
  for (uint32_t i = 0; i < q->alternative_count && i < 2; i++)
    answer_next(answer, "If you meant this instead, say so: %.*s.",
                STR_ARG(q->alternatives[i]));
}

static const char about_classes[] =
    "model,models,class,classes,table,tables,column,columns,field,fields,"
    "relationship,relation,foreign key,index,constraint,endpoint,endpoints,"
    "repository,fastapi,migration,alembic,attribute,property,mixin,crud,"
    "required,mandatory,nullable,optional,unique,default";

// Rows of a table that are told by a condition, so that no model or column is meant.
static bool changes_told_rows(const QueryAnswer *q) {
  const Meaning *m = &q->meaning;
  return (m->kind == MEANS_UPDATE || m->kind == MEANS_DELETE) && !q->unused.len &&
         (m->condition_count || m->having_count || m->scope_count);
}

bool task_query_fits(AskContext *cx) {
  bool pasted = cx->request->blocks.len > 0;
  if (!cx->models || !models_count(cx->models) || cx->options->file_count)
    return false;
  QSchema *schema = qschema_read(&cx->project, cx->models, cx->resolver, cx->arena);
  QueryAnswer q;
  Str text = pasted ? cx->request->prose : cx->request->text;
  // a change is a change of rows only where Core says that no model is meant by "add"
  bool core = ask_style(cx, cx->request->text).core && !pasted;
  if (!query_answer(text, schema, (WriteOptions){0}, cx->arena, &q) || q.unused.len)
    return false;
  return (q.meaning.kind == MEANS_SELECT && !pasted) || core ||
         (changes_told_rows(&q) && !ask_says(text, about_classes));
}

// "... and return the changed row" as the grammar has it. What stands behind it stays:
// "return the rows of customers in Berlin" is no such end.
static Str with_returning(Str text, Arena *arena) {
  Regex *r = regex_new(
      STR("(?i)(?:\\s+and)?\\s+(?:return|give\\s+back|give\\s+me(?:\\s+back)?|get)\\s+"
          "(?:them|it|what\\s+changed|(?:their|the)\\s+(?:ids?|keys?)|"
          "the\\s+(?:(?:changed|updated|deleted)\\s+)?(?:rows?|ones))"
          "(?=\\s*(?:$|[.,;!?\\n]))"));
  RegexMatch m;
  if (regex_find(r, text, 0, &m)) {
    size_t at = (size_t)(m.groups[0].ptr - text.ptr);
    Str rest = str_slice(text, at + m.groups[0].len, text.len);
    text = str_format(arena, "%.*s returning the rows%.*s", (int)at, text.ptr,
                      STR_ARG(rest));
  }
  regex_free(r);
  return text;
}

// A helper, a row by its columns, or a query; a change of rows only where every word of
// it was understood.
static bool understand(Str text, const QSchema *schema, WriteOptions options,
                       Arena *arena, QueryAnswer *q) {
  if (query_change_form(text, schema, options, arena, q) ||
      query_lookup(text, schema, options, arena, q))
    return true;
  return query_answer(with_returning(text, arena), schema, options, arena, q) &&
         (q->meaning.kind == MEANS_SELECT || !q->unused.len);
}

// "add a department called Legal" as "insert a department called Legal".
static Str as_insert(Str text, Arena *arena) {
  static const char *const verbs[] = {"add ",      "create ", "store ", "save ",
                                      "register ", "put ",    "make "};
  text = str_trim(text);
  for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
    size_t n = strlen(verbs[i]);
    if (text.len > n && str_eq_nocase(str_slice(text, 0, n), str_from(verbs[i])))
      return str_format(arena, "insert %.*s", STR_ARG(str_slice(text, n, text.len)));
  }
  return text;
}

// Whether values of a row that is to be added are given, or a helper is wanted that
// changes rows; such words as "model" or "column" speak of the classes.
bool task_query_changes(AskContext *cx, Str *text) {
  if (!cx->models || !models_count(cx->models))
    return false;
  QSchema *schema = qschema_read(&cx->project, cx->models, cx->resolver, cx->arena);
  QueryAnswer q;
  *text = cx->request->prose;
  if (query_change_form(*text, schema, (WriteOptions){0}, cx->arena, &q))
    return true;
  if (rephrase_orders_change_of(str_trim(*text), schema, cx->arena) &&
      understand(*text, schema, (WriteOptions){0}, cx->arena, &q) && !q.unused.len)
    return true;
  if (ask_says(cx->request->prose, about_classes))
    return false;
  *text = as_insert(*text, cx->arena);
  return query_answer(*text, schema, (WriteOptions){0}, cx->arena, &q) &&
         q.meaning.kind == MEANS_INSERT && q.meaning.condition_count > 0 &&
         !q.meaning.many && !q.unused.len;
}

// Whether what reads as a review asks for rows: "issues assigned to Ann", where there is
// a model Issue and nothing speaks of code.
bool task_query_names_rows(AskContext *cx) {
  static const char about_code[] =
      "code,my project,our project,models,class,classes,file,files,session,"
      "query,queries,performance,security,review,audit,check,"
      "n+1,index,indexes,sqlalchemy";
  bool pasted = cx->request->blocks.len > 0;
  if (!cx->models || !models_count(cx->models) || cx->options->file_count ||
      ask_says(cx->request->prose, about_code))
    return false;
  QSchema *schema = qschema_read(&cx->project, cx->models, cx->resolver, cx->arena);
  QueryAnswer q;
  Str text = pasted ? cx->request->prose : cx->request->text;
  return query_answer(text, schema, (WriteOptions){0}, cx->arena, &q) &&
         q.meaning.kind == MEANS_SELECT && !(pasted && q.unused.len);
}

bool task_query_refuses(AskContext *cx, Answer *answer) {
  if (!cx->models || !models_count(cx->models) ||
      ask_says(cx->request->prose, about_classes))
    return false;
  QSchema *schema = qschema_read(&cx->project, cx->models, cx->resolver, cx->arena);
  if (!rephrase_orders_change_of(str_trim(cx->request->prose), schema, cx->arena))
    return false;
  answer->confident = false;
  answer->unknown = true;
  answer_text(answer,
              "A change of rows is written only where every word of it is understood. "
              "Say which column of which rows is changed by how much: \"increase the "
              "score of the players whose age is over 30 by 10\".");
  return true;
}

// A query over models that its own sentences describe.
static bool query_described(AskContext *cx, Answer *answer) {
  Supposed described;
  QueryAnswer q;
  Str question;
  if (cx->has_code ||
      !suppose_described_models(cx, cx->request->prose, &question, &described))
    return false;
  AskStyle style = ask_style(cx, question);
  QSchema *schema = qschema_read(&cx->project, cx->models, cx->resolver, cx->arena);
  WriteOptions options = {.async = style.is_async,
                          .core = style.core,
                          .dialect = style.database.len ? style.database.ptr : NULL};
  if (!query_lookup(question, schema, options, cx->arena, &q) &&
      !query_answer(question, schema, options, cx->arena, &q))
    return false;
  describe(cx, &q, answer);
  answer_assume(answer,
                STR("The models are written after what you say of them: keep your "
                    "own where they differ."));
  ask_add_module(cx, answer, described.code);
  ask_add_module(cx, answer, q.code);
  return true;
}

// Whether every word of the clause is understood over the models that were supposed.
static bool understand_supposed(AskContext *cx, Str clause, QueryAnswer *q) {
  AskStyle style = ask_style(cx, clause);
  QSchema *schema = qschema_read(&cx->project, cx->models, cx->resolver, cx->arena);
  WriteOptions options = {.async = style.is_async,
                          .core = style.core,
                          .dialect = style.database.len ? style.database.ptr : NULL};
  return understand(clause, schema, options, cx->arena, q) && !q->unused.len;
}

// A query over models that nobody showed: only where every word of it is understood. It
// is read over all that such models usually have, and shown over what it needs of that.
static bool query_supposed(AskContext *cx, Str clause, Answer *answer) {
  Supposed supposed;
  QueryAnswer q;
  if (cx->has_code || !suppose_query_models(cx, clause, STR(""), &supposed))
    return false;
  bool known = understand_supposed(cx, clause, &q) &&
               suppose_query_models(cx, clause, q.code, &supposed) &&
               understand_supposed(cx, clause, &q);
  if (!known) {
    ask_know_models(cx, STR(""));
    return false;
  }
  describe(cx, &q, answer);
  answer->confident = false;
  answer_assume(answer, str_format(cx->arena, "Your models were not shown: %.*s.",
                                   STR_ARG(supposed.sentence)));
  ask_add_module(cx, answer, supposed.code);
  ask_add_module(cx, answer, q.code);
  return true;
}

bool task_query(AskContext *cx, Str clause, Answer *answer) {
  if (!cx->models || !models_count(cx->models))
    return query_described(cx, answer) || query_supposed(cx, clause, answer);
  AskStyle style = ask_style(cx, clause);
  QSchema *schema = qschema_read(&cx->project, cx->models, cx->resolver, cx->arena);
  WriteOptions options = {.async = style.is_async,
                          .core = style.core,
                          .dialect = style.database.len ? style.database.ptr : NULL};
  QueryAnswer q;
  if (!understand(clause, schema, options, cx->arena, &q))
    return false;
  describe(cx, &q, answer);
  if (cx->has_project) {
    answer_code(answer, q.code, NULL, true);
    return true;
  }
  if (!cx->modules.len) // over models that were pasted
    ask_add_module(cx, answer, request_python(cx->request, cx->arena));
  ask_add_module(cx, answer, q.code);
  return true;
}
