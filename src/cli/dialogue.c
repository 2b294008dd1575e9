// dialogue.c: see dialogue.h.
#include "cli/dialogue.h"

#include <stdio.h>

enum {
  LONGEST = 4096 // bytes of one answer
};

// A line without blanks at its ends; false at the end of input.
static bool read_line(Arena *arena, const char *prompt, Str *out) {
  char line[LONGEST];
  fputs(prompt, stdout);
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin))
    return false;
  *out = str_trim(str_copy(arena, str_from(line)));
  return true;
}

// All words so far and this one are what the grammar takes.
static bool accepts(Arena *arena, const FieldSettings *settings, const WordVec *words,
                    Err *err) {
  Schema *scratch = schema_new(arena);
  bool good = fields_parse(scratch, words->items, words->len, settings, err);
  schema_free(scratch);
  return good;
}

// Asks until the answer is accepted; false where it is empty or input ends.
static bool ask_word(Arena *arena, const FieldSettings *settings, const char *prompt,
                     bool header, WordVec *words) {
  Str answer;
  while (read_line(arena, prompt, &answer) && answer.len) {
    Err err = {0};
    bool looks_right = header != (str_find_char(answer, ':', 0) != SIZE_MAX ||
                                  strchr("@+", answer.ptr[0]) != NULL) ||
                       (header && str_find_char(answer, '(', 0) != SIZE_MAX);
    if (looks_right) {
      vec_push(words, str_copy(arena, answer).ptr);
      if (accepts(arena, settings, words, &err))
        return true;
      words->len--;
      printf("  %s\n", err.message);
    } else {
      printf("  %s\n", header ? "A name is wanted, such as User"
                              : "A field looks like name:type, such as email:str:unique");
    }
  }
  return false;
}

bool dialogue_fields(Arena *arena, const FieldSettings *settings, WordVec *words) {
  printf("Types and flags are in `aludel scaffold --help`; an empty answer ends.\n");
  while (
      ask_word(arena, settings, words->len ? "Another model: " : "Model: ", true, words))
    while (ask_word(arena, settings, "  Field: ", false, words))
      ;
  return words->len > 0;
}
