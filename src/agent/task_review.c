// task_review.c: what is wrong with code, in order of weight, with the fixes as a diff.
#include <stdlib.h>

#include "agent/ask.h"
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

static int by_weight(const void *a, const void *b) {
  const Finding *x = *(Finding *const *)a, *y = *(Finding *const *)b;
  int order = weight(x) - weight(y);
  if (order)
    return order;
  if (x->file != y->file)
    return x->file < y->file ? -1 : 1;
  return x->line < y->line ? -1 : x->line > y->line;
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

static void tell(const AskContext *cx, const Finding *f, size_t number, Buf *out) {
  Str path = cx->project.files[f->file]->path;
  buf_printf(out, "%zu. ", number);
  if (f->file != cx->pasted)
    buf_printf(out, "`%.*s:%u`: ", STR_ARG(path), f->line);
  else
    buf_printf(out, "Line %u: ", ask_pasted_line(cx, f->line));
  buf_printf(out, "%.*s", STR_ARG(f->message));
  if (f->rule) {
    buf_printf(out, " (%s). %s.", f->rule->code, f->rule->why);
    if (f->fix.title.len)
      buf_printf(out, " %.*s.", STR_ARG(f->fix.title));
    else if (f->refused.len)
      buf_printf(out, " Left to you: %.*s.", STR_ARG(f->refused));
  }
  buf_add_char(out, '\n');
}

static size_t tell_all(AskContext *cx, CheckResult *r, Answer *answer) {
  Buf out = {0};
  size_t count = 0, shown = 0;
  if (r->count)
    qsort(r->findings, r->count, sizeof *r->findings, by_weight);
  for (size_t i = 0; i < r->count; i++) {
    if (!is_wanted(cx, r->findings[i]))
      continue;
    if (++count <= MAX_SHOWN) {
      tell(cx, r->findings[i], ++shown, &out);
      if (r->findings[i]->rule)
        answer_source(answer, str_format(cx->arena, "aludel explain %s",
                                         r->findings[i]->rule->code));
    }
  }
  if (count > shown)
    buf_printf(&out, "\nand %zu more: `aludel check` lists them all.\n", count - shown);
  answer_markdown(answer, buf_str(&out));
  buf_free(&out);
  return count;
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

bool task_review(AskContext *cx, Str clause, Answer *answer) {
  (void)clause;
  if (!cx->has_code)
    return false;
  Selection selection = {0};
  selection_init(&selection, cx->arena);
  AskStyle style = ask_style(cx, clause);
  CheckSettings settings = {.target = style.target,
                            .oldest = style.target,
                            .selection = &selection,
                            .threads = cx->has_project ? 0 : 1};
  CheckResult result = {0};
  check_project(&result, &cx->project, &settings);
  answer_read_as(answer, cx->pasted != NO_FILE ? "A review of the code you pasted."
                                               : "A review of the project's code.");
  size_t count = tell_all(cx, &result, answer);
  check_result_free(&result);
  answer_slot(answer, "findings", str_format(cx->arena, "%zu", count));
  if (!count) {
    answer_text(answer,
                "I found nothing wrong: none of the %u rules on queries, models, "
                "sessions and async code has anything to say about it.",
                rules_count);
    return true;
  }
  show_fixes(cx, &settings, answer);
  answer_next(answer, "Run `aludel check --fix` to apply the safe fixes.");
  return true;
}
