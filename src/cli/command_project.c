// command_project.c: the configuration and the files of commands that read a project.
#include "cli/command_project.h"

#include <unistd.h>

static bool current_folder(char *here, size_t size, Err *err) {
  return getcwd(here, size) || err_set(err, ERR_IO, "the current folder cannot be read");
}

static bool read_config(CommandCtx *cx, Config *config, Err *err) {
  const char *file = option_text(cx, "config");
  char here[4096];
  if (!current_folder(here, sizeof here, err))
    return false;
  if (file)
    return config_read(config, &cx->arena, file, err);
  if (option_given(cx, "isolated")) {
    config_init(config, &cx->arena, here);
    return true;
  }
  return config_find(config, &cx->arena, here, err);
}

static bool show_problems(const Config *config, Err *err) {
  bool good = true;
  for (size_t i = 0; i < config->problems.len; i++) {
    const ConfigProblem *p = &config->problems.items[i];
    const char *format = "%.*s:%u:%u: %.*s";
    if (p->is_error)
      command_error(format, STR_ARG(p->path), p->line, p->column, STR_ARG(p->message));
    else
      command_warning(format, STR_ARG(p->path), p->line, p->column, STR_ARG(p->message));
    good = good && !p->is_error;
  }
  return good || err_set(err, ERR_INPUT,
                         "the configuration is not usable; mend it or use --isolated");
}

bool command_config(CommandCtx *cx, Config *config, Err *err) {
  return read_config(cx, config, err) && show_problems(config, err);
}

bool command_open_project(CommandCtx *cx, Project *project, Config *config,
                          const ProjectFocus *focus, Err *err) {
  char here[4096];
  if (!current_folder(here, sizeof here, err) ||
      !config_find(config, &cx->arena, here, err))
    return false;
  return project_open_focused(project, cx->args, cx->arg_count, config, focus, 0, err);
}
