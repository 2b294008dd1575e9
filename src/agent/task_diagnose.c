// task_diagnose.c: the cause of an error that was pasted.
#include "agent/ask.h"
#include "diagnose/diagnose.h"

// The reproduction is shown only where it raised what it says, or nothing could run it.
static void show_repro(AskContext *cx, const Diagnosis *d, Answer *answer) {
  VerifyBlock block = {.code = d->repro};
  VerifyReport report;
  VerifyRequest request = {.blocks = &block,
                           .count = 1,
                           .project = cx->options->project,
                           .raises = str_copy(cx->arena, d->repro_raises).ptr};
  if (!d->repro.ptr)
    return;
  bool ran = false, failed = false;
  if (cx->options->run && verify_run(&request, &report, cx->arena, NULL)) {
    ran = report.ran;
    failed = report.failed;
    verify_report_free(&report);
  }
  if (failed)
    return;
  answer_text(answer, "A program that raises the same%s:",
              ran ? " (it was run, and does)" : " (not run)");
  answer_code(answer, d->repro, NULL, false);
}

static void tell_causes(const Diagnosis *d, Answer *answer) {
  Buf out = {0};
  for (size_t i = 0; i < d->causes.len; i++) {
    const Cause *c = &d->causes.items[i];
    buf_printf(&out, "%zu. %.*s", i + 1, STR_ARG(c->text));
    if (c->weight == CAUSE_SHOWN && c->path.len)
      buf_printf(&out, " Seen at `%.*s:%u`.", STR_ARG(c->path), c->line);
    buf_add_char(&out, '\n');
  }
  if (out.len)
    answer_text(answer, "Causes, the likeliest first:");
  answer_markdown(answer, buf_str(&out));
  buf_free(&out);
}

static void tell_place(const Diagnosis *d, Answer *answer) {
  if (d->table.len)
    answer_slot(answer, "table", d->table);
  if (d->constraint.len)
    answer_slot(answer, "constraint", d->constraint);
  for (size_t i = 0; i < d->columns.len; i++)
    answer_slot(answer, "column", d->columns.items[i]);
  if (d->frame.line && d->frame.path.len)
    answer_text(answer, "It was raised from `%.*s:%u`.", STR_ARG(d->frame.path),
                d->frame.line);
}

bool task_diagnose(AskContext *cx, Str clause, Answer *answer) {
  const RequestBlock *error = request_block(cx->request, BLOCK_ERROR);
  Diagnosis d;
  (void)clause;
  diagnose_text(&d, cx->arena, error ? error->text : cx->request->text);
  if (!d.entry.len) {
    diagnose_free(&d);
    return false;
  }
  if (cx->has_code)
    diagnose_in_project(&d, &cx->project, cx->models);
  answer_read_as(answer, "%.*s%s%.*s", STR_ARG(d.exception), d.exception.len ? ": " : "",
                 STR_ARG(d.what));
  answer_slot(answer, "entry", d.entry);
  answer_slot(answer, "exception", d.exception);
  answer->confident = answer->confident && !d.uncertain;
  tell_place(&d, answer);
  tell_causes(&d, answer);
  if (d.fix.len)
    answer_text(answer, "Fix: %.*s", STR_ARG(d.fix));
  if (d.fix_diff.len)
    answer_diff(answer, d.frame.path, d.fix_diff);
  show_repro(cx, &d, answer);
  if (d.check.len)
    answer_next(answer, "%.*s", STR_ARG(d.check));
  if (d.echo.len)
    answer_next(answer, "%.*s", STR_ARG(d.echo));
  answer_source(answer, str_format(cx->arena, "error entry %.*s", STR_ARG(d.entry)));
  diagnose_free(&d);
  return true;
}
