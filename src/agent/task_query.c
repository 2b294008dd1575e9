// task_query.c: a query over the models of the project or of the pasted code.
#include "agent/ask.h"
#include "agent/consent.h"
#include "agent/suppose.h"
#include "query/lookup.h"

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

bool task_query_fits(AskContext *cx) {
  if (!cx->models || !models_count(cx->models) || cx->request->blocks.len ||
      cx->options->file_count)
    return false;
  QSchema *schema = qschema_read(&cx->project, cx->models, cx->resolver, cx->arena);
  QueryAnswer q;
  // a change is a change of rows only where Core says that no model is meant by "add"
  bool core = ask_style(cx, cx->request->text).core;
  return query_answer(cx->request->text, schema, (WriteOptions){0}, cx->arena, &q) &&
         (q.meaning.kind == MEANS_SELECT || core) && !q.unused.len;
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

// A query over models that nobody showed: only where every word of it is understood.
static bool query_supposed(AskContext *cx, Str clause, Answer *answer) {
  Supposed supposed;
  QueryAnswer q;
  if (cx->has_code || !suppose_query_models(cx, clause, &supposed))
    return false;
  AskStyle style = ask_style(cx, clause);
  QSchema *schema = qschema_read(&cx->project, cx->models, cx->resolver, cx->arena);
  WriteOptions options = {.async = style.is_async, .core = style.core};
  if (!query_answer(clause, schema, options, cx->arena, &q) || q.unused.len ||
      q.meaning.kind != MEANS_SELECT)
    return false;
  describe(cx, &q, answer);
  answer->confident = false;
  answer_assume(answer,
                str_format(cx->arena, "Your models were not shown: %.*s is assumed.",
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
  if (!query_lookup(clause, schema, options, cx->arena, &q) &&
      !query_answer(clause, schema, options, cx->arena, &q))
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
