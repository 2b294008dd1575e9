// diagnose_all.c: diagnoses many texts, separated by NUL bytes, for pytest: one line of
// JSON each.
#include "base/io.h"
#include "diagnose/diagnose.h"

#include <stdio.h>

int main(void) {
  Arena arena = {0};
  Err err = {0};
  Str input, text;
  if (!io_read_all(&arena, 0, 256 << 20, 1, &input, &err))
    return fprintf(stderr, "%s\n", err.message), 2;
  while (str_next_part(&input, '\0', &text)) {
    Arena scratch = {0};
    Diagnosis d;
    Buf out = {0};
    diagnose_text(&d, &scratch, text);
    diagnose_json(&d, &(JsonWriter){.out = &out});
    puts(buf_str(&out).ptr);
    diagnose_free(&d);
    buf_free(&out);
    arena_reset(&scratch);
  }
  arena_reset(&arena);
  return 0;
}
