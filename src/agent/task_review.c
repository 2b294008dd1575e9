// task_review.c: what is wrong with code, in order of weight, with the fixes as a diff.
#include <stdlib.h>

#include "agent/assume.h"
#include "rules/check.h"
#include "rules/fixer.h"
#include "text/diff.h"

enum {
  MAX_SHOWN = 25 // findings that are told one by one
};

// Security and silent wrong results first, style last.
static int weight(const Finding *f) {
  if (!f->rule)
    return 0;
  return 1 + (SEVERITY_ERROR - (int)f->rule->severity) * 10 + f->rule->priority;
}

// What is told: a finding, and the relationship that it rests on where that is a guess.
typedef struct {
  const Finding *finding;
  const AssumedRelation *guess;
  Str model; // of the guess; "" where its name is not known
} Told;

typedef struct {
  AskContext *cx;
  const Project *project; // the findings are in
  uint32_t pasted;        // file of the pasted code in it, NO_FILE
  bool slow;              // it is asked what is slow
  Vec(Told) told;
} Review;

static int rank(const Told *t, bool slow) {
  bool performance = t->finding->rule && t->finding->rule->category == CAT_PERFORMANCE;
  return weight(t->finding) * 2 + (t->guess != NULL) - (slow && performance ? 100 : 0);
}

static int compare(const Told *x, const Told *y, bool slow) {
  int order = rank(x, slow) - rank(y, slow);
  if (order)
    return order;
  if (x->finding->file != y->finding->file)
    return x->finding->file < y->finding->file ? -1 : 1;
  return x->finding->line < y->finding->line ? -1 : x->finding->line > y->finding->line;
}

static int by_weight(const void *a, const void *b) {
  return compare(a, b, false);
}

static int by_slowness(const void *a, const void *b) {
  return compare(a, b, true);
}

// A review of pasted or named code leaves the rest of the project out.
static bool is_wanted(const AskContext *cx, const Finding *f) {
  Str path = cx->project.files[f->file]->path;
  if (cx->pasted != NO_FILE)
    return f->file == cx->pasted;
  for (size_t i = 0; i < cx->options->file_count; i++)
    if (str_is(path, cx->options->files[i]))
      return true;
  if (cx->options->file_count)
    return false;
  for (size_t i = 0; i < cx->request->files.len; i++)
    if (str_ends(path, cx->request->files.items[i]))
      return true;
  return cx->request->files.len == 0;
}

// Of the pasted code, not of what was put in front of it.
static bool is_shown_code(const AskContext *cx, const Finding *f, uint32_t pasted) {
  return f->file == pasted && f->span.start >= cx->prelude.len;
}

// The lines of the code as a fix that is only shown would make them.
static Str shown_fix(const Review *r, const Finding *f) {
  Str text = r->project->files[f->file]->source.text;
  size_t prelude = f->file == r->pasted ? r->cx->prelude.len : 0;
  Buf out = {0};
  for (uint32_t i = 0; i < f->fix.edit_count; i++) {
    const Edit *e = &f->fix.edits[i];
    if (e->span.start < prelude ||
        (f->fix.adds_import_line && e->span.start == f->fix.import_at))
      continue;
    size_t from = e->span.start, to = e->span.end;
    while (from && text.ptr[from - 1] != '\n')
      from--;
    while (to < text.len && text.ptr[to] != '\n')
      to++;
    Str line = str_format(r->cx->arena, "%.*s%.*s%.*s",
                          STR_ARG(str_slice(text, from, e->span.start)), STR_ARG(e->text),
                          STR_ARG(str_slice(text, e->span.end, to)));
    buf_printf(&out, "%s`%.*s`", out.len ? ", " : "", STR_ARG(str_trim(line)));
  }
  Str copy = str_copy(r->cx->arena, buf_str(&out));
  buf_free(&out);
  return copy;
}

static void tell(const Review *r, const Told *t, size_t number, Buf *out) {
  const Finding *f = t->finding;
  Str path = r->project->files[f->file]->path;
  buf_printf(out, "%zu. ", number);
  if (f->file != r->pasted)
    buf_printf(out, "`%.*s:%u`: ", STR_ARG(path), f->line);
  else
    buf_printf(out, "Line %u: ", ask_pasted_line(r->cx, f->line));
  if (t->guess)
    buf_printf(out, "if `%.*s%s%.*s` is a %s, ", STR_ARG(t->model),
               t->model.len ? "." : "", STR_ARG(t->guess->attribute),
               t->guess->proven ? "collection" : "relationship");
  buf_printf(out, "%.*s", STR_ARG(f->message));
  if (f->rule) {
    buf_printf(out, " (%s). %s.", f->rule->code, f->rule->why);
    Str shown = f->fix.level == FIX_SHOW ? shown_fix(r, f) : STR("");
    if (f->fix.title.len)
      buf_printf(out, " %.*s%s%.*s.", STR_ARG(f->fix.title), shown.len ? ": " : "",
                 STR_ARG(shown));
    else if (f->refused.len)
      buf_printf(out, " Left to you: %.*s.", STR_ARG(f->refused));
  }
  buf_add_char(out, '\n');
}

static void tell_all(Review *r, Answer *answer) {
  Buf out = {0};
  size_t count = r->told.len;
  if (count)
    qsort(r->told.items, count, sizeof *r->told.items, r->slow ? by_slowness : by_weight);
  for (size_t i = 0; i < count && i < MAX_SHOWN; i++) {
    tell(r, &r->told.items[i], i + 1, &out);
    const Rule *rule = r->told.items[i].finding->rule;
    if (rule)
      answer_source(answer, str_format(r->cx->arena, "aludel explain %s", rule->code));
  }
  if (count > MAX_SHOWN)
    buf_printf(&out, "\nand %zu more: `aludel check` lists them all.\n",
               count - MAX_SHOWN);
  answer_markdown(answer, buf_str(&out));
  buf_free(&out);
  answer_slot(answer, "findings", str_format(r->cx->arena, "%zu", count));
}

static void show_fixes(AskContext *cx, const CheckSettings *settings, Answer *answer) {
  FixResult fixes = {0};
  CheckResult left = {0};
  Project project;
  if (!ask_open_project(cx, &project, NULL)) {
    project_free(&project);
    return;
  }
  fix_project(&fixes, &left, &project, settings, FIX_UNSAFE);
  for (uint32_t i = 0; i < fixes.file_count; i++) {
    const FixedFile *f = &fixes.files[i];
    Finding probe = {.file = i};
    if (!f->changed || !is_wanted(cx, &probe))
      continue;
    if (i == cx->pasted) {
      answer_text(answer, "With the fixes:");
      answer_code(answer, ask_without_prelude(cx, f->after), NULL, false);
      continue;
    }
    Buf diff = {0};
    diff_unified(f->before, f->after, f->path, f->path, &diff);
    answer_diff(answer, f->path, buf_str(&diff));
    answer_edit(answer, f->path, f->before, f->after);
    buf_free(&diff);
  }
  check_result_free(&left);
  fix_result_free(&fixes);
  project_free(&project);
}

// ---- Code whose models were not shown

// How well the message fits the relationship: 2 where it names its class too.
static int fits(Arena *arena, const AssumedModel *m, const AssumedRelation *rel,
                Str message) {
  Str name = str_format(arena, "`%.*s`", STR_ARG(rel->attribute));
  Str cls = str_format(arena, " %.*s ", STR_ARG(m->name));
  bool named = str_find(message, name, 0) != SIZE_MAX;
  return named + (named && str_find(message, cls, 0) != SIZE_MAX);
}

// The guess that a finding rests on: it is told only where the relationships are there.
// The one that it names best, the first of equals.
static const AssumedRelation *guess_behind(Arena *arena, const Assumed *a,
                                           const Finding *f) {
  const AssumedRelation *found = NULL;
  int best = -1;
  for (size_t i = 0; i < a->relations.len; i++) {
    const AssumedRelation *rel = &a->relations.items[i];
    int fit = fits(arena, &a->models.items[rel->model], rel, f->message);
    if (!(rel->proven && rel->counted) && fit > best) {
      found = rel;
      best = fit;
    }
  }
  return found;
}

static bool is_among(const CheckResult *r, const Finding *f, uint32_t file) {
  for (size_t i = 0; i < r->count; i++)
    if (r->findings[i]->file == file && r->findings[i]->rule == f->rule &&
        r->findings[i]->span.start == f->span.start)
      return true;
  return false;
}

static void list_names(Buf *b, const Assumed *a) {
  uint32_t used = 0, count = 0;
  for (size_t i = 0; i < a->models.len; i++)
    used += a->models.items[i].used;
  for (size_t i = 0; i < a->models.len; i++)
    if (a->models.items[i].used) {
      count++;
      buf_printf(b, "%s`%.*s`",
                 count == 1      ? ""
                 : count == used ? " and "
                                 : ", ",
                 STR_ARG(a->models.items[i].name));
    }
}

// What only the models would tell.
static void tell_unknown(const Assumed *a, bool found, Answer *answer) {
  Buf b = {0};
  buf_add_text(&b,
               found ? "The models of " : "In what can be told without the models of ");
  list_names(&b, a);
  buf_add_text(&b, found ? " were not shown, so I cannot tell"
                         : " I found nothing wrong. I cannot tell");
  size_t columns = 0, loaded = 0;
  for (size_t i = 0; i < a->relations.len; i++) {
    const AssumedRelation *rel = &a->relations.items[i];
    if (a->models.items[rel->model].used)
      buf_printf(&b, "%s `%.*s.%.*s`", loaded++ ? "," : " how",
                 STR_ARG(a->models.items[rel->model].name), STR_ARG(rel->attribute));
  }
  if (loaded)
    buf_printf(&b, " %s loaded (`lazy=` of a relationship may do it with the query),",
               loaded == 1 ? "is" : "are");
  for (size_t i = 0; i < a->models.len; i++)
    for (size_t k = 0; k < a->models.items[i].columns.len; k++, columns++)
      buf_printf(&b, "%s `%.*s.%.*s`", columns ? "," : " whether",
                 STR_ARG(a->models.items[i].name),
                 STR_ARG(a->models.items[i].columns.items[k]));
  if (columns)
    buf_printf(&b, " %s indexed,", columns == 1 ? "is" : "are");
  buf_printf(&b,
             "%s whether the attributes exist and what may be NULL. Paste the models as "
             "well, or ask inside the project, and I look again.",
             loaded || columns ? " or" : "");
  answer_markdown(answer, buf_str(&b));
  buf_free(&b);
}

static void show_assumed_fixes(AskContext *cx, const Assumed *a,
                               const CheckSettings *settings, Answer *answer) {
  FixResult fixes = {0};
  CheckResult left = {0};
  Project project;
  uint32_t pasted = assumed_open(cx, a, false, &project);
  fix_project(&fixes, &left, &project, settings, FIX_UNSAFE);
  if (fixes.files[pasted].changed) {
    Str after = fixes.files[pasted].after;
    if (str_starts(after, a->imports))
      after = str_slice(after, a->imports.len, after.len);
    answer_text(answer, "With the fixes:");
    answer_code(answer, ask_without_prelude(cx, after), NULL, false);
  }
  check_result_free(&left);
  fix_result_free(&fixes);
  project_free(&project);
}

static void review_assumed(AskContext *cx, Assumed *a, const CheckSettings *settings,
                           bool slow, Answer *answer) {
  Project plain, related;
  CheckResult certain = {0}, likely = {0};
  uint32_t pasted = assumed_open(cx, a, false, &plain);
  check_project(&certain, &plain, settings);
  assumed_open(cx, a, true, &related);
  check_project(&likely, &related, settings);
  Str prelude = cx->prelude;
  Review r = {.cx = cx, .project = &related, .pasted = pasted, .slow = slow};
  cx->prelude = str_format(cx->arena, "%.*s%.*s", STR_ARG(a->imports), STR_ARG(prelude));
  for (size_t i = 0; i < likely.count; i++) {
    const Finding *f = likely.findings[i];
    if (!is_shown_code(cx, f, pasted))
      continue;
    const AssumedRelation *guess =
        is_among(&certain, f, pasted) ? NULL : guess_behind(cx->arena, a, f);
    bool named = guess && a->models.items[guess->model].used;
    Str model = named ? a->models.items[guess->model].name : STR("");
    vec_push(&r.told, (Told){f, guess, model});
  }
  tell_all(&r, answer);
  cx->prelude = prelude;
  tell_unknown(a, r.told.len > 0, answer);
  if (r.told.len)
    show_assumed_fixes(cx, a, settings, answer);
  else
    answer->confident = false;
  vec_free(&r.told);
  check_result_free(&certain);
  check_result_free(&likely);
  project_free(&plain);
  project_free(&related);
}

static void review_code(AskContext *cx, const CheckSettings *settings, bool slow,
                        Answer *answer) {
  CheckResult result = {0};
  check_project(&result, &cx->project, settings);
  Review r = {.cx = cx, .project = &cx->project, .pasted = cx->pasted, .slow = slow};
  for (size_t i = 0; i < result.count; i++)
    if (is_wanted(cx, result.findings[i]) &&
        (cx->pasted == NO_FILE || is_shown_code(cx, result.findings[i], cx->pasted)))
      vec_push(&r.told, (Told){.finding = result.findings[i]});
  tell_all(&r, answer);
  if (!r.told.len)
    answer_text(answer,
                "I found nothing wrong: none of the %u rules on queries, models, "
                "sessions and async code has anything to say about it.",
                rules_count);
  else
    show_fixes(cx, settings, answer);
  vec_free(&r.told);
  check_result_free(&result);
}

bool task_review(AskContext *cx, Str clause, Answer *answer) {
  if (!cx->has_code)
    return false;
  Selection selection = {0};
  selection_init(&selection, cx->arena);
  AskStyle style = ask_style(cx, clause);
  CheckSettings settings = {.target = style.target,
                            .oldest = style.target,
                            .selection = &selection,
                            .threads = cx->has_project ? 0 : 1};
  bool slow =
      ask_says(clause, "slow,slower,faster,performance,speed,n+1,optimise,optimize");
  answer_read_as(answer, cx->pasted != NO_FILE ? "A review of the code you pasted."
                                               : "A review of the project's code.");
  Assumed assumed;
  if (assume_models(cx, &assumed))
    review_assumed(cx, &assumed, &settings, slow, answer);
  else
    review_code(cx, &settings, slow, answer);
  assumed_free(&assumed);
  if (cx->pasted == NO_FILE || cx->has_project)
    answer_next(answer, "Run `aludel check --fix` to apply the safe fixes.");
  return true;
}
