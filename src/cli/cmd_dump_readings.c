// cmd_dump_readings.c: `aludel dump readings`: every reading of requests with the
// features that its score is made of. tools/train_ranker.py learns the weights from it.
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "cli/command.h"
#include "query/answer.h"
#include "query/rephrase.h"
#include "query/sketch.h"
#include "query/tools.h"

static void write_reading(JsonWriter *w, const Units *units, const Reading *r,
                          Arena *arena) {
  const QSchema *schema = units->schema;
  Written written;
  Buf words = {0};
  meaning_write(&r->meaning, schema, &words);
  Str reading = str_copy(arena, buf_str(&words));
  buf_free(&words);
  if (!write_query(&r->meaning, schema, reading, (WriteOptions){0}, arena, &written))
    return;
  json_begin_object(w);
  json_field(w, "reading", reading);
  json_field(w, "code", written.code);
  json_field(w, "score", str_format(arena, "%.2f", (double)r->score));
  int16_t tables[MAX_TABLES];
  uint32_t joined = joins_tables(&r->meaning, tables);
  json_field(
      w, "shapes",
      str_format(
          arena, "%u",
          sketch_of(&r->meaning, joins_plan(schema, &r->meaning, tables, joined).count)));
  Buf keys = {0};
  lexicon_keys(units, &r->steps, feature_names, &keys);
  json_field(w, "lexicon", buf_str(&keys));
  buf_free(&keys);
  json_key(w, "features");
  json_begin_object(w);
  for (uint32_t i = 0; i < FEATURE_COUNT; i++)
    if (r->features[i] != 0)
      json_field(w, feature_names[i], str_format(arena, "%g", (double)r->features[i]));
  json_end_object(w);
  json_end_object(w);
}

static void write_question(CommandCtx *cx, const QSchema *schema, Str question) {
  Arena arena = {0};
  JsonWriter w = {.out = &cx->out};
  Str asked =
      request_rephrase(request_without_tools(question, schema, &arena), schema, &arena)
          .text;
  Words words = words_read(&arena, asked);
  Units *units = units_read(&words, schema, &arena);
  Reading *readings = arena_array(&arena, Reading, PARSE_RESULTS);
  uint32_t n = parse_request(units, &arena, readings);
  json_begin_object(&w);
  json_field(&w, "question", question);
  Buf marks = {0};
  sketch_marks(units, &marks);
  json_field(&w, "marks", buf_str(&marks));
  buf_free(&marks);
  json_key(&w, "readings");
  json_begin_array(&w);
  for (uint32_t i = 0; i < n; i++)
    write_reading(&w, units, &readings[i], &arena);
  json_end_array(&w);
  json_end_object(&w);
  buf_add_char(&cx->out, '\n');
  arena_reset(&arena);
}

static int run(CommandCtx *cx) {
  Config config;
  Project project = {0};
  Arena arena = {0};
  Err err = {0};
  Str text, line;
  int status = EXIT_FINE;
  if (!io_read_all(&arena, STDIN_FILENO, 1u << 26, 1, &text, &err) ||
      !config_find(&config, &arena, cx->args[0], &err) ||
      !project_open(&project, cx->args, 1, &config, 1, &err)) {
    status = command_error("%s", err.message);
  } else {
    for (uint32_t i = 0; i < project.file_count; i++)
      if (project.files[i]->readable)
        source_index_lines(&project.files[i]->source, &project.files[i]->arena);
    Resolver *r = resolver_new(&project, &arena);
    Models *models = models_read(&project, r, 0, &arena);
    QSchema *schema = qschema_read(&project, models, r, &arena);
    while (str_next_part(&text, '\n', &line))
      if (line.len)
        write_question(cx, schema, line);
    models_free(models);
    resolver_free(r);
  }
  project_free(&project);
  config_free(&config);
  arena_reset(&arena);
  return status;
}

const Command command_dump_readings = {
    .name = "dump readings",
    .summary = "Print the readings of requests (lines of standard input) over a project",
    .positional = "PROJECT",
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
