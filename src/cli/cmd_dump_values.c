// cmd_dump_values.c: `aludel dump values`: what each expression is to SQLAlchemy.
#include "cli/command_project.h"
#include "sqla/model.h"
#include "sqla/value.h"

static const char *const versions[] = {"1.4", "2.0", "2.1", NULL};

static void dump(CommandCtx *cx, Project *project, int version) {
  Arena *arena = &cx->arena;
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
  Config config = {0};
  Project project = {0};
  Err err = {0};
  int status = EXIT_FINE;
  const OptionValue *version = option_get(cx, "sqlalchemy");
  if (!command_open_project(cx, &project, &config, NULL, &err))
    status = command_error("%s", err.message);
  else
    dump(cx, &project, version->given ? numbers[version->choice] : 0);
  project_free(&project);
  config_free(&config);
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
