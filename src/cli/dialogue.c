// dialogue.c: see dialogue.h.
#include "cli/dialogue.h"

#include <stdio.h>

#include "cli/line_editor.h"
#include "project/config.h"

typedef struct {
  const Dialogue *d;
  WordVec *words;
  bool header; // a model is asked for, not a field
} Cx;

// What the words so far make; NULL where `err` says what is wrong with them.
static Schema *read_words(const Cx *cx, Err *err) {
  Schema *s = cx->d->fresh(cx->d->cx);
  if (fields_parse(s, cx->words->items, cx->words->len, cx->d->settings, err))
    return s;
  schema_free(s);
  return NULL;
}

static void complete(void *context, Str text, StrVec *out) {
  Cx *cx = context;
  Err err = {0};
  Schema *s;
  if (cx->header) { // a model that exists is extended, or chosen
    s = cx->d->fresh(cx->d->cx);
    for (size_t i = 0; i < s->tables.len; i++)
      if (str_starts(s->tables.items[i]->class_name, text))
        vec_push(out, s->tables.items[i]->class_name);
  } else {
    s = read_words(cx, &err);
    if (s)
      fields_complete(s, text, out);
  }
  schema_free(s);
}

// The words so far and this one are what the grammar takes. A model that exists wants
// fields behind it, which are asked for next.
static bool accepts(const Cx *cx, Err *err) {
  Schema *s = read_words(cx, err);
  schema_free(s);
  if (s || !cx->header)
    return s != NULL;
  Schema *known = cx->d->fresh(cx->d->cx);
  const SchemaTable *t =
      schema_find(known, str_from(cx->words->items[cx->words->len - 1]));
  bool extends = t && t->external && cx->d->settings->extend;
  schema_free(known);
  return extends;
}

static bool looks_right(Str answer, bool header) {
  bool field = str_find_char(answer, ':', 0) != SIZE_MAX || strchr("@+", answer.ptr[0]);
  bool parent = str_find_char(answer, '(', 0) != SIZE_MAX; // Name(Parent:single)
  return header ? !field || parent : field;
}

// Asks until the answer is accepted; false where it is empty or input ends.
static bool ask_word(Cx *cx, LineEditor *editor, const char *prompt, bool header) {
  Str answer;
  cx->header = header;
  while (line_editor_read(editor, prompt, &answer) && answer.len) {
    Err err = {0};
    if (!looks_right(answer, header)) {
      printf("  %s\n", header ? "A name is wanted, such as User"
                              : "A field looks like name:type, such as email:str:unique");
      continue;
    }
    vec_push(cx->words, str_copy(cx->d->arena, answer).ptr);
    if (accepts(cx, &err))
      return true;
    cx->words->len--;
    printf("  %s\n", err.message);
  }
  return false;
}

bool dialogue_fields(const Dialogue *d, WordVec *words) {
  Cx cx = {.d = d, .words = words};
  LineEditor *editor = line_editor_new(d->arena, complete, &cx);
  printf("Types and flags are in `aludel scaffold --help`; an empty answer ends.\n");
  while (ask_word(&cx, editor, words->len ? "Another model: " : "Model: ", true)) {
    size_t header = words->len;
    while (ask_word(&cx, editor, "  Field: ", false))
      ;
    if (words->len == header) { // a model that exists, and nothing for it
      Err err = {0};
      Schema *s = read_words(&cx, &err);
      words->len -= s == NULL;
      schema_free(s);
    }
  }
  line_editor_free(editor);
  return words->len > 0;
}

typedef struct {
  const char *const *choices;
  uint32_t count;
} Choices;

static void complete_choice(void *context, Str text, StrVec *out) {
  const Choices *c = context;
  for (uint32_t i = 0; i < c->count; i++)
    if (str_starts(str_from(c->choices[i]), text))
      vec_push(out, str_from(c->choices[i]));
}

const char *dialogue_choice(Arena *arena, const char *prompt, const char *const *choices,
                            uint32_t count) {
  Choices c = {choices, count};
  LineEditor *editor = line_editor_new(arena, complete_choice, &c);
  const char *found = NULL;
  Str answer;
  while (!found && line_editor_read(editor, prompt, &answer) && answer.len) {
    for (uint32_t i = 0; i < count; i++)
      if (str_is(answer, choices[i]))
        found = choices[i];
    Str near = found ? (Str){0} : nearest_name(answer, choices, count);
    if (near.len)
      printf("  there is no '%.*s'; did you mean '%.*s'?\n", STR_ARG(answer),
             STR_ARG(near));
    else if (!found)
      printf("  there is no '%.*s'\n", STR_ARG(answer));
  }
  line_editor_free(editor);
  return found;
}

const char *dialogue_word(Arena *arena, const char *prompt) {
  LineEditor *editor = line_editor_new(arena, complete_choice, &(Choices){NULL, 0});
  Str answer;
  bool given = line_editor_read(editor, prompt, &answer) && answer.len;
  line_editor_free(editor);
  return given ? str_copy(arena, answer).ptr : NULL;
}
