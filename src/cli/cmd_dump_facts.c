// cmd_dump_facts.c: `aludel dump facts`: what was understood of a project's models.
#include "cli/command_project.h"
#include "sqla/dump_facts.h"

static const char *const versions[] = {"1.4", "2.0", "2.1", NULL};

static int run(CommandCtx *cx) {
  static const int numbers[] = {14, 20, 21};
  Config config = {0};
  Project project = {0};
  Err err = {0};
  int status = EXIT_FINE;
  const OptionValue *version = option_get(cx, "sqlalchemy");
  if (!command_open_project(cx, &project, &config, &sqla_focus, &err)) {
    status = command_error("%s", err.message);
  } else {
    for (uint32_t i = 0; i < project.file_count; i++)
      if (project.files[i]->readable)
        source_index_lines(&project.files[i]->source, &project.files[i]->arena);
    Resolver *r = resolver_new(&project, &cx->arena);
    Models *models = models_read(
        &project, r, version->given ? numbers[version->choice] : 0, &cx->arena);
    JsonWriter w = {.out = &cx->out, .indent = 2};
    if (option_given(cx, "json")) {
      dump_facts_json(&project, models, &w);
      buf_add_char(&cx->out, '\n');
    } else {
      dump_facts_text(&project, models, &cx->out);
    }
    models_free(models);
    resolver_free(r);
  }
  project_free(&project);
  config_free(&config);
  return status;
}

static const Option options[] = {
    {"json", 0, OPTION_FLAG, NULL, NULL, "Print an object with `models` and `tables`"},
    {"sqlalchemy", 0, OPTION_CHOICE, "VERSION", versions,
     "The SQLAlchemy that the code is written for"},
    {.name = NULL},
};

const Command command_dump_facts = {
    .name = "dump facts",
    .summary = "Print the mapped classes and tables of a project",
    .positional = "[PATH...]",
    .args_max = UINT32_MAX,
    .options = options,
    .run = run,
};
