// cmd_ask.c: `aludel ask`: a request in English, answered with code over the project.
#include <unistd.h>

#include "base/json.h"
#include "cli/command.h"
#include "query/answer.h"

static Str markdown(const QueryAnswer *a, Arena *arena) {
  Buf b = {0};
  buf_printf(&b, "%.*s.\n\n```python\n%.*s```\n", STR_ARG(a->reading), STR_ARG(a->code));
  for (uint32_t i = 0; i < a->assumption_count; i++)
    buf_printf(&b, "%sAssumed: %.*s.\n", i ? "" : "\n", STR_ARG(a->assumptions[i]));
  Str out = str_copy(arena, buf_str(&b));
  buf_free(&b);
  return out;
}

static void write_list(JsonWriter *w, const char *key, const Str *items, uint32_t count) {
  json_key(w, key);
  json_begin_array(w);
  for (uint32_t i = 0; i < count; i++)
    json_str(w, items[i]);
  json_end_array(w);
}

static void write_json(CommandCtx *cx, const QueryAnswer *a, Str text) {
  JsonWriter w = {.out = &cx->out, .indent = 2};
  json_begin_object(&w);
  json_field(&w, "intent", STR("query"));
  json_field(&w, "reading", a->reading);
  json_field_bool(&w, "confident", a->confident);
  write_list(&w, "assumptions", a->assumptions, a->assumption_count);
  write_list(&w, "alternatives", a->alternatives, a->alternative_count);
  json_field(&w, "unused", a->unused);
  json_field(&w, "markdown", text);
  json_end_object(&w);
  buf_add_char(&cx->out, '\n');
}

static int answer(CommandCtx *cx, const Project *project, const Models *models,
                  Resolver *r, Arena *arena) {
  QSchema *schema = qschema_read(project, models, r, arena);
  QueryAnswer a;
  if (!query_answer(str_from(cx->args[0]), schema, (WriteOptions){0}, arena, &a))
    return command_error("the request was not understood over the models of the project; "
                         "name a class and what you want of it");
  Str text = markdown(&a, arena);
  if (option_given(cx, "json"))
    write_json(cx, &a, text);
  else
    buf_add_str(&cx->out, text);
  return EXIT_FINE;
}

static int run(CommandCtx *cx) {
  Config config;
  Project project = {0};
  Arena arena = {0};
  Err err = {0};
  const char *path = option_given(cx, "project") ? option_text(cx, "project") : ".";
  int status;
  if (!config_find(&config, &arena, path, &err) ||
      !project_open(&project, &path, 1, &config, 0, &err)) {
    status = command_error("%s", err.message);
  } else {
    for (uint32_t i = 0; i < project.file_count; i++)
      if (project.files[i]->readable)
        source_index_lines(&project.files[i]->source, &project.files[i]->arena);
    Resolver *r = resolver_new(&project, &arena);
    Models *models = models_read(&project, r, 0, &arena);
    status = answer(cx, &project, models, r, &arena);
    models_free(models);
    resolver_free(r);
  }
  project_free(&project);
  config_free(&config);
  arena_reset(&arena);
  return status;
}

static const Option options[] = {
    {"project", 0, OPTION_TEXT, "PATH", NULL,
     "The folder of the project (default: here)"},
    {"json", 0, OPTION_FLAG, NULL, NULL, "Print the answer as an object"},
    {"no-run", 0, OPTION_FLAG, NULL, NULL, "Do not run the code that is shown"},
    {.name = NULL},
};

const Command command_ask = {
    .name = "ask",
    .summary = "Answer a request in English with code over the project's models",
    .positional = "REQUEST",
    .args_min = 1,
    .args_max = 1,
    .options = options,
    .run = run,
};
