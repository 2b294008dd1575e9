// report.c: what rules call to say what they found and how it is mended.
#include "rules/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static Str format_kept(Arena *arena, const char *format, va_list args) {
  char text[1024];
  vsnprintf(text, sizeof text, format, args);
  return str_copy(arena, str_from(text));
}

static Finding *add(RuleCtx *cx, const Rule *rule, Span span) {
  RuleRun *run = cx->run;
  run_close_fix(run);
  const Source *source = &cx->file->source;
  if (!run->noqa_ready) {
    noqa_init(&run->noqa, cx->tree, cx->scratch);
    run->noqa_ready = true;
  }
  Finding *f = arena_new(run->keep, Finding);
  *f = (Finding){.rule = rule, .file = cx->file_id, .span = span};
  f->line = source_position(source, span.start).line;
  f->noqa_line = noqa_line(&run->noqa, span.start);
  f->refused = STR("");
  return f;
}

Finding *rule_report(RuleCtx *cx, Span span, const char *format, ...) {
  RuleRun *run = cx->run;
  Finding *f = add(cx, cx->rule, span);
  if (!run->settings->ignore_noqa &&
      noqa_suppresses(&run->noqa, f->noqa_line, str_from(cx->rule->code))) {
    run->suppressed++;
    return NULL;
  }
  va_list args;
  va_start(args, format);
  f->message = format_kept(run->keep, format, args);
  va_end(args);
  vec_push(&run->found, f);
  return f;
}

void run_add_diag(RuleCtx *cx, const Diag *d) {
  Finding *f = add(cx, NULL, d->span);
  f->message = str_copy(cx->run->keep, d->message);
  vec_push(&cx->run->found, f);
}

static int compare_edits(const void *a, const void *b) {
  const Edit *x = a, *y = b;
  if (x->span.start != y->span.start)
    return x->span.start < y->span.start ? -1 : 1;
  if (x->span.end != y->span.end)
    return x->span.end < y->span.end ? -1 : 1;
  return x->group < y->group ? -1 : x->group > y->group; // order of addition
}

void run_close_fix(RuleRun *run) {
  Finding *f = run->fixing;
  run->fixing = NULL;
  if (!f)
    return;
  size_t n = run->edits.len;
  if (!n) {
    f->fix = (Fix){0};
    return;
  }
  for (size_t i = 0; i < n; i++)
    run->edits.items[i].group = (uint32_t)i;
  qsort(run->edits.items, n, sizeof(Edit), compare_edits);
  f->fix.edits = arena_array(run->keep, Edit, n);
  f->fix.edit_count = (uint32_t)n;
  for (size_t i = 0; i < n; i++) {
    Edit e = run->edits.items[i];
    if (i && e.span.start < run->edits.items[i - 1].span.end)
      BUG("edits of one fix overlap");
    f->fix.edits[i] = (Edit){e.span, str_copy(run->keep, e.text), 0};
  }
  run->edits.len = 0;
}

bool rule_fix(RuleCtx *cx, Finding *f, FixLevel level, const char *title, ...) {
  RuleRun *run = cx->run;
  run_close_fix(run);
  if (!f)
    return false;
  ASSERT(cx->rule->fix != FIX_NONE && level != FIX_NONE);
  run->fixing = f;
  run->edits.len = 0;
  f->fix.level = level < cx->rule->fix ? level : cx->rule->fix;
  va_list args;
  va_start(args, title);
  f->fix.title = format_kept(run->keep, title, args);
  va_end(args);
  return true;
}

void fix_replace(RuleCtx *cx, Span span, Str text) {
  if (cx->run->fixing)
    vec_push(&cx->run->edits, (Edit){span, str_copy(cx->scratch, text), 0});
}

void fix_printf(RuleCtx *cx, Span span, const char *format, ...) {
  if (!cx->run->fixing)
    return;
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  ASSERT(n >= 0);
  char *text = arena_alloc(cx->scratch, (size_t)n + 1, 1);
  vsnprintf(text, (size_t)n + 1, format, again);
  va_end(again);
  vec_push(&cx->run->edits, (Edit){span, {text, (size_t)n}, 0});
}

void fix_insert(RuleCtx *cx, uint32_t at, Str text) {
  fix_replace(cx, (Span){at, at}, text);
}

void fix_delete(RuleCtx *cx, Span span) {
  fix_replace(cx, span, STR(""));
}

void fix_refuse(RuleCtx *cx, const char *reason, ...) {
  Finding *f = cx->run->fixing;
  if (!f)
    return;
  cx->run->fixing = NULL;
  cx->run->edits.len = 0;
  f->fix = (Fix){0};
  va_list args;
  va_start(args, reason);
  f->refused = format_kept(cx->run->keep, reason, args);
  va_end(args);
}

void rule_refuse(RuleCtx *cx, Finding *f, const char *reason, ...) {
  if (!f)
    return;
  if (cx->run->fixing == f)
    cx->run->fixing = NULL;
  f->fix = (Fix){0};
  va_list args;
  va_start(args, reason);
  f->refused = format_kept(cx->run->keep, reason, args);
  va_end(args);
}

Ref rule_parent(RuleCtx *cx, Ref node) {
  return value_parent(cx->values, cx->file_id, node);
}

Ref rule_statement(RuleCtx *cx, Ref node) {
  while (node && py_kind_group(py_kind(cx->tree, node)) != PY_GROUP_STMT)
    node = rule_parent(cx, node);
  return node;
}

bool rule_next_comment(const RuleCtx *cx, Span span, Span *out) {
  const Span *comment = py_comment_in(cx->tree, span);
  if (comment)
    *out = *comment;
  return comment != NULL;
}

bool rule_has_comment(const RuleCtx *cx, Span span) {
  return py_comment_in(cx->tree, span) != NULL;
}

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\\';
}

// One `(` before and one `)` behind, past blanks and comments.
static bool grow_paren(const RuleCtx *cx, Span *span) {
  Str text = cx->file->source.text;
  uint32_t to = span->end;
  while (to < text.len && text.ptr[to] != ')') {
    if (text.ptr[to] == '#') {
      while (to < text.len && text.ptr[to] != '\n' && text.ptr[to] != '\r')
        to++;
    } else if (is_space(text.ptr[to])) {
      to++;
    } else {
      return false;
    }
  }
  uint32_t from = span->start;
  const PyTree *t = cx->tree;
  uint32_t comment = t->comment_count; // the last comment that ends before `from`
  for (;;) {
    while (from && is_space(text.ptr[from - 1]))
      from--;
    uint32_t low = 0, high = comment;
    while (low < high) {
      uint32_t mid = low + (high - low) / 2;
      if (t->comments[mid].end <= from)
        low = mid + 1;
      else
        high = mid;
    }
    if (!low || t->comments[low - 1].end != from)
      break;
    from = t->comments[low - 1].start;
    comment = low - 1;
  }
  if (to >= text.len || !from || text.ptr[from - 1] != '(')
    return false;
  *span = (Span){from - 1, to + 1};
  return true;
}

Span rule_paren_span(const RuleCtx *cx, Ref node) {
  Span span = py_span(cx->tree, node);
  if (py_node(cx->tree, node)->flags & PYF_PAREN && !grow_paren(cx, &span))
    return py_span(cx->tree, node);
  return span;
}

Str rule_text(const RuleCtx *cx, Ref node) {
  return source_slice(&cx->file->source, rule_paren_span(cx, node));
}
