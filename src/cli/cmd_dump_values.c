// cmd_dump_values.c: `aludel dump values`: what each expression is to SQLAlchemy.
#include <unistd.h>

#include "cli/command.h"
#include "sqla/model.h"
#include "sqla/value.h"

static const char *const versions[] = {"1.4", "2.0", "2.1", NULL};

static void dump(CommandCtx *cx, Project *project, Arena *arena, int version) {
  Resolver *r = resolver_new(project, arena);
  Models *models = models_read(project, r, version, arena);
  ValueIndex *index = value_index_new(project, models, version, arena);
  ValueCtx *values = value_ctx_new(index, arena);
  for (uint32_t i = 0; i < project->file_count; i++) {
    ProjectFile *f = project->files[i];
    if (!f->in_use)
      continue;
    source_index_lines(&f->source, &f->arena);
    value_reveal_text(values, i, option_given(cx, "all"), &cx->out);
  }
  value_ctx_free(values);
  value_index_free(index);
  models_free(models);
  resolver_free(r);
}

static int run(CommandCtx *cx) {
  static const int numbers[] = {14, 20, 21};
  Config config;
  Project project = {0};
  Arena arena = {0};
  Err err = {0};
  char here[4096];
  int status = EXIT_FINE;
  if (!getcwd(here, sizeof here))
    return command_error("the current folder cannot be read");
  const OptionValue *version = option_get(cx, "sqlalchemy");
  if (!config_find(&config, &arena, here, &err) ||
      !project_open(&project, cx->args, cx->arg_count, &config, 0, &err))
    status = command_error("%s", err.message);
  else
    dump(cx, &project, &arena, version->given ? numbers[version->choice] : 0);
  project_free(&project);
  config_free(&config);
  arena_reset(&arena);
  return status;
}

static const Option options[] = {
    {"all", 0, OPTION_FLAG, NULL, NULL, "Print the expressions that are not known too"},
    {"sqlalchemy", 0, OPTION_CHOICE, "VERSION", versions,
     "The SQLAlchemy that the code is written for"},
    {.name = NULL},
};

const Command command_dump_values = {
    .name = "dump values",
    .summary = "Print what each expression is to SQLAlchemy, and how sure that is",
    .positional = "[PATH...]",
    .args_max = UINT32_MAX,
    .options = options,
    .run = run,
};
