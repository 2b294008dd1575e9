// toml_dump: documents separated by NUL bytes on standard input, one line of JSON for
// each: {"value": tagged tree} or {"error": message, "line": n, "column": n}. Each value
// is {"type": ..., "value": ...}; floats are in C's hexadecimal form.
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "project/toml.h"

static const char *const type_names[] = {
    [TOML_TABLE] = "table",
    [TOML_ARRAY] = "array",
    [TOML_STRING] = "string",
    [TOML_INT] = "integer",
    [TOML_FLOAT] = "float",
    [TOML_BOOL] = "bool",
    [TOML_OFFSET_DATETIME] = "datetime",
    [TOML_LOCAL_DATETIME] = "datetime-local",
    [TOML_LOCAL_DATE] = "date-local",
    [TOML_LOCAL_TIME] = "time-local",
};

static void dump(JsonWriter *w, const TomlValue *v) {
  char number[64];
  json_begin_object(w);
  json_field(w, "type", str_from(type_names[v->type]));
  json_key(w, "value");
  switch (v->type) {
  case TOML_TABLE:
    json_begin_object(w);
    for (uint32_t i = 0; i < v->table.len; i++) {
      Arena arena = {0};
      json_key(w, str_copy(&arena, v->table.entries[i].key).ptr);
      dump(w, v->table.entries[i].value);
      arena_reset(&arena);
    }
    json_end_object(w);
    break;
  case TOML_ARRAY:
    json_begin_array(w);
    for (uint32_t i = 0; i < v->array.len; i++)
      dump(w, v->array.items[i]);
    json_end_array(w);
    break;
  case TOML_INT:
    json_int(w, v->integer);
    break;
  case TOML_FLOAT:
    snprintf(number, sizeof number, "%a", v->real);
    json_str(w, str_from(number));
    break;
  case TOML_BOOL:
    json_bool(w, v->boolean);
    break;
  default:
    json_str(w, v->text);
  }
  json_end_object(w);
}

static void dump_document(Str text) {
  Arena arena = {0};
  DiagSink diags = {.arena = &arena};
  Buf out = {0};
  JsonWriter w = {.out = &out};
  const TomlValue *root = toml_parse(&arena, text, &diags);
  json_begin_object(&w);
  if (diags.diags.len) {
    const Diag *first = &diags.diags.items[0];
    uint32_t line, column;
    toml_position(text, first->span.start, &line, &column);
    json_field(&w, "error", first->message);
    json_field_int(&w, "line", line);
    json_field_int(&w, "column", column);
    json_field_int(&w, "errors", (long long)diags.diags.len);
  }
  json_key(&w, "value");
  dump(&w, root);
  json_end_object(&w);
  printf("%s\n", buf_str(&out).ptr);
  buf_free(&out);
  diag_sink_free(&diags);
  arena_reset(&arena);
}

int main(void) {
  Arena arena = {0};
  Str input, document;
  Err err;
  if (!io_read_all(&arena, STDIN_FILENO, (size_t)1 << 30, 64, &input, &err)) {
    fprintf(stderr, "%s\n", err.message);
    return 2;
  }
  while (str_next_part(&input, '\0', &document))
    dump_document(document);
  arena_reset(&arena);
  return 0;
}
