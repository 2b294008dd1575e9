// answer.c: the parts of an answer and their forms.
#include "agent/answer.h"

#include <stdarg.h>
#include <stdio.h>

void answer_init(Answer *a, Arena *arena, Intent intent) {
  *a = (Answer){.arena = arena, .intent = intent, .confident = true};
}

void answer_free(Answer *a) {
  vec_free(&a->parts);
  vec_free(&a->slots);
  vec_free(&a->edits);
  vec_free(&a->assumptions);
  vec_free(&a->next_steps);
  vec_free(&a->sources);
  vec_free(&a->questions);
  if (a->verified)
    verify_report_free(&a->verification);
}

static Str formatted(Arena *arena, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, again);
  va_end(again);
  ASSERT(n >= 0);
  char *text = arena_alloc(arena, (size_t)n + 1, 1);
  vsnprintf(text, (size_t)n + 1, format, args);
  return (Str){text, (size_t)n};
}

void answer_markdown(Answer *a, Str text) {
  text = str_trim(text);
  if (text.len)
    vec_push(
        &a->parts,
        (AnswerPart){.kind = PART_TEXT, .text = str_copy(a->arena, text), .shown = true});
}

void answer_text(Answer *a, const char *format, ...) {
  va_list args;
  va_start(args, format);
  Str text = formatted(a->arena, format, args);
  va_end(args);
  answer_markdown(a, text);
}

void answer_code(Answer *a, Str code, const char *path, bool run) {
  AnswerPart p = {.kind = PART_CODE,
                  .text = str_copy(a->arena, code),
                  .language = STR("python"),
                  .run = run,
                  .shown = true};
  if (path)
    p.path = str_copy(a->arena, str_from(path));
  vec_push(&a->parts, p);
}

void answer_diff(Answer *a, Str path, Str diff) {
  if (diff.len)
    vec_push(&a->parts, (AnswerPart){.kind = PART_DIFF,
                                     .text = str_copy(a->arena, diff),
                                     .language = STR("diff"),
                                     .path = str_copy(a->arena, path),
                                     .shown = true});
}

void answer_slot(Answer *a, const char *key, Str value) {
  AnswerSlot s = {str_from(key), str_copy(a->arena, value)};
  vec_push(&a->slots, s);
}

// Adds a sentence that is not there yet.
void answer_assume(Answer *a, Str text) {
  text = str_trim(text);
  for (size_t i = 0; i < a->assumptions.len; i++)
    if (str_eq(a->assumptions.items[i], text))
      return;
  if (text.len)
    vec_push(&a->assumptions, str_copy(a->arena, text));
}

void answer_next(Answer *a, const char *format, ...) {
  va_list args;
  va_start(args, format);
  Str text = formatted(a->arena, format, args);
  va_end(args);
  for (size_t i = 0; i < a->next_steps.len; i++)
    if (str_eq(a->next_steps.items[i], text))
      return;
  vec_push(&a->next_steps, text);
}

void answer_source(Answer *a, Str text) {
  for (size_t i = 0; i < a->sources.len; i++)
    if (str_eq(a->sources.items[i], text))
      return;
  vec_push(&a->sources, str_copy(a->arena, text));
}

void answer_edit(Answer *a, Str path, Str before, Str after) {
  AnswerEdit e = {str_copy(a->arena, path),
                  before.ptr ? str_copy(a->arena, before) : before,
                  str_copy(a->arena, after)};
  vec_push(&a->edits, e);
}

void answer_read_as(Answer *a, const char *format, ...) {
  va_list args;
  va_start(args, format);
  Str text = formatted(a->arena, format, args);
  va_end(args);
  a->reading = a->reading.ptr && a->reading.len
                   ? str_format(a->arena, "%.*s %.*s", STR_ARG(a->reading), STR_ARG(text))
                   : text;
}

bool answer_is_empty(const Answer *a) {
  return a->parts.len == 0;
}

// ---- Verification

typedef Vec(VerifyBlock) Blocks;

static void collect(const Answer *a, Blocks *blocks, int *part_of) {
  for (size_t i = 0; i < a->parts.len; i++) {
    const AnswerPart *p = &a->parts.items[i];
    if (p->kind != PART_CODE || !p->run || !p->shown)
      continue;
    part_of[blocks->len] = (int)i;
    vec_push(blocks, (VerifyBlock){.path = p->path, .code = p->text});
  }
}

static void leave_out(Answer *a, AnswerPart *p, const VerifyStep *step) {
  p->shown = false;
  a->confident = false;
  answer_text(a,
              "A block of code is left out here: when it was run it failed with `%.*s`.",
              STR_ARG(str_slice(step->detail, 0, str_find_char(step->detail, '\n', 0))));
}

void answer_verify(Answer *a, const char *project, const Str *roots, size_t root_count) {
  Blocks blocks = {0};
  Err err = {0};
  int *part_of = arena_array(a->arena, int, a->parts.len + 1);
  collect(a, &blocks, part_of);
  if (!blocks.len) {
    a->not_verified = STR("there is no code to run");
    vec_free(&blocks);
    return;
  }
  VerifyRequest request = {.blocks = blocks.items,
                           .count = blocks.len,
                           .project = project,
                           .roots = roots,
                           .root_count = root_count,
                           .dialect = a->dialect};
  a->verified = verify_run(&request, &a->verification, a->arena, &err);
  if (!a->verified)
    a->not_verified = str_copy(a->arena, str_from(err.message));
  else if (!a->verification.ran)
    a->not_verified = STR("no Python with SQLAlchemy was found");
  size_t count = a->verified ? a->verification.steps.len : 0;
  for (size_t i = 0; i < count; i++) {
    const VerifyStep *s = &a->verification.steps.items[i];
    if (s->status == VERIFY_FAILED && s->block >= 0 && (size_t)s->block < blocks.len) {
      AnswerPart *p = &a->parts.items[part_of[s->block]];
      if (p->shown)
        leave_out(a, p, s);
    }
  }
  vec_free(&blocks);
}

// ---- Markdown

static void write_part(const AnswerPart *p, Buf *out) {
  if (!p->shown)
    return;
  if (out->len)
    buf_add_char(out, '\n');
  if (p->kind == PART_TEXT) {
    buf_add_str(out, p->text);
    buf_add_char(out, '\n');
    return;
  }
  if (p->path.ptr && p->path.len)
    buf_printf(out, "`%.*s`:\n\n", STR_ARG(p->path));
  // A fence longer than any in the text.
  int ticks = 3;
  while (str_find(p->text, (Str){"``````````", (size_t)ticks}, 0) != SIZE_MAX &&
         ticks < 10)
    ticks++;
  buf_add_repeat(out, '`', (size_t)ticks);
  buf_printf(out, "%.*s\n%.*s", STR_ARG(p->language), STR_ARG(p->text));
  if (p->text.len && p->text.ptr[p->text.len - 1] != '\n')
    buf_add_char(out, '\n');
  buf_add_repeat(out, '`', (size_t)ticks);
  buf_add_char(out, '\n');
}

static void write_list(const char *title, const Str *items, size_t count, Buf *out) {
  if (!count)
    return;
  buf_printf(out, "\n%s\n\n", title);
  for (size_t i = 0; i < count; i++)
    buf_printf(out, "- %.*s\n", STR_ARG(items[i]));
}

static void write_verification(const Answer *a, Buf *out) {
  if (a->not_verified.len) {
    if (!str_is(a->not_verified, "there is no code to run"))
      buf_printf(out, "\nNot run: %.*s.\n", STR_ARG(a->not_verified));
    return;
  }
  if (!a->verified)
    return;
  size_t ok = 0;
  buf_printf(out, "\nChecked by running it with Python %.*s and SQLAlchemy %.*s",
             STR_ARG(a->verification.python), STR_ARG(a->verification.sqlalchemy));
  for (size_t i = 0; i < a->verification.steps.len; i++)
    ok += a->verification.steps.items[i].status == VERIFY_OK;
  buf_printf(out, " (%zu step%s).\n", ok, ok == 1 ? "" : "s");
  for (size_t i = 0; i < a->verification.steps.len; i++) {
    const VerifyStep *s = &a->verification.steps.items[i];
    if (s->status == VERIFY_SKIPPED)
      buf_printf(out, "- Not run: %.*s%s%.*s\n", STR_ARG(s->name),
                 s->name.len ? ": " : "", STR_ARG(s->detail));
  }
}

void answer_write_markdown(const Answer *a, Buf *out) {
  if (a->reading.ptr && a->reading.len)
    buf_printf(out, "%.*s\n", STR_ARG(a->reading));
  for (size_t i = 0; i < a->questions.len; i++)
    buf_printf(out, "\n**%.*s**\n", STR_ARG(a->questions.items[i]));
  for (size_t i = 0; i < a->parts.len; i++)
    write_part(&a->parts.items[i], out);
  write_list("Assumptions:", a->assumptions.items, a->assumptions.len, out);
  write_list("Next steps:", a->next_steps.items, a->next_steps.len, out);
  write_verification(a, out);
  write_list("Sources:", a->sources.items, a->sources.len, out);
}

// ---- JSON

static void write_strings(const char *key, const Str *items, size_t count,
                          JsonWriter *w) {
  json_key(w, key);
  json_begin_array(w);
  for (size_t i = 0; i < count; i++)
    json_str(w, items[i]);
  json_end_array(w);
}

static void write_slots(const Answer *a, JsonWriter *w) {
  json_key(w, "slots");
  json_begin_object(w);
  for (size_t i = 0; i < a->slots.len; i++)
    json_field(w, a->slots.items[i].key.ptr, a->slots.items[i].value);
  json_end_object(w);
}

static void write_files(const Answer *a, JsonWriter *w) {
  json_key(w, "files");
  json_begin_array(w);
  for (size_t i = 0; i < a->parts.len; i++) {
    const AnswerPart *p = &a->parts.items[i];
    if (p->kind != PART_CODE || !p->path.ptr || !p->shown)
      continue;
    json_begin_object(w);
    json_field(w, "path", p->path);
    json_field(w, "text", p->text);
    json_end_object(w);
  }
  json_end_array(w);
}

static void write_edits(const Answer *a, JsonWriter *w) {
  json_key(w, "edits");
  json_begin_array(w);
  for (size_t i = 0; i < a->edits.len; i++) {
    const AnswerEdit *e = &a->edits.items[i];
    json_begin_object(w);
    json_field(w, "path", e->path);
    json_field_bool(w, "new", !e->before.ptr);
    json_field(w, "text", e->after);
    json_end_object(w);
  }
  json_end_array(w);
}

void answer_write_json(const Answer *a, Buf *out) {
  JsonWriter w = {.out = out, .indent = 2};
  Buf markdown = {0};
  answer_write_markdown(a, &markdown);
  json_begin_object(&w);
  json_field(&w, "intent", str_from(intent_name(a->intent)));
  json_field(&w, "reading", a->reading);
  write_slots(a, &w);
  write_strings("assumptions", a->assumptions.items, a->assumptions.len, &w);
  json_field_bool(&w, "confident", a->confident);
  write_strings("questions", a->questions.items, a->questions.len, &w);
  write_files(a, &w);
  write_edits(a, &w);
  json_key(&w, "verification");
  if (a->verified && a->verification.ran)
    verify_json(&a->verification, &w);
  else
    json_none(&w);
  write_strings("sources", a->sources.items, a->sources.len, &w);
  write_strings("next_steps", a->next_steps.items, a->next_steps.len, &w);
  json_field(&w, "markdown", buf_str(&markdown));
  json_end_object(&w);
  buf_add_char(out, '\n');
  buf_free(&markdown);
}
