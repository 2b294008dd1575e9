// library_ask.c: answers questions, separated by NUL bytes, for pytest: one line of JSON
// each, the best passages first.
#include "agent/explain.h"
#include "base/io.h"

#include <stdio.h>

static void write_passage(JsonWriter *w, const Passage *p) {
  json_begin_object(w);
  json_field(w, "title", p->title);
  json_field(w, "source", p->source);
  json_field(w, "text", p->text);
  json_field(w, "prelude", p->prelude);
  json_key(w, "score");
  json_int(w, (long long)(p->score * 100));
  json_key(w, "covered");
  json_int(w, (long long)(p->covered * 100));
  json_key(w, "near");
  json_int(w, (long long)(p->near * 100));
  json_end_object(w);
}

int main(int argc, char **argv) {
  Arena arena = {0};
  Err err = {0};
  Str input, text;
  (void)argv;
  Library *l = library_open();
  if (argc > 1) { // every passage
    for (uint32_t i = 0; i < library_count(l); i++) {
      Buf out = {0};
      write_passage(&(JsonWriter){.out = &out}, library_at(l, i));
      puts(buf_str(&out).ptr);
      buf_free(&out);
    }
  } else if (!io_read_all(&arena, 0, 64 << 20, 1, &input, &err)) {
    return fprintf(stderr, "%s\n", err.message), 2;
  } else {
    while (str_next_part(&input, '\0', &text)) {
      LibraryAnswer answer;
      Buf out = {0};
      JsonWriter w = {.out = &out};
      library_answer(l, &arena, text, 5, &answer);
      json_begin_object(&w);
      json_field_bool(&w, "known", answer.known);
      json_key(&w, "passages");
      json_begin_array(&w);
      for (uint32_t i = 0; i < answer.count; i++)
        write_passage(&w, &answer.items[i]);
      json_end_array(&w);
      Answer told;
      Buf markdown = {0};
      answer_init(&told, &arena, 0);
      explain_question(l, text, false, &told);
      answer_write_markdown(&told, &markdown);
      json_field(&w, "markdown", buf_str(&markdown));
      json_end_object(&w);
      buf_free(&markdown);
      answer_free(&told);
      puts(buf_str(&out).ptr);
      buf_free(&out);
    }
  }
  library_close(l);
  arena_reset(&arena);
  return 0;
}
