// command_project.c: the configuration and the files of commands that read a project.
#define _XOPEN_SOURCE 700 // realpath
#include "cli/command_project.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "project/around.h"

static bool current_folder(char *here, size_t size, Err *err) {
  return getcwd(here, size) || err_set(err, ERR_IO, "the current folder cannot be read");
}

static Str above(Str path) {
  return str_slice(path, 0, str_rfind_char(path, '/'));
}

// The folder that all named paths lie in: what holds for them is looked for from there.
// The current one where none is named, where one is not there, where they share no
// folder, and where it lies in that folder itself.
static Str shared_folder(const CommandCtx *cx, Arena *arena, Str here) {
  Str shared = {0};
  if (!cx->arg_count)
    return here;
  for (size_t i = 0; i < cx->arg_count; i++) {
    char absolute[PATH_MAX];
    struct stat st;
    if (!realpath(cx->args[i], absolute) || stat(absolute, &st) != 0)
      return here;
    Str path = str_from(absolute);
    if (!S_ISDIR(st.st_mode))
      path = above(path);
    if (!shared.ptr)
      shared = str_copy(arena, path);
    while (shared.len && !str_is_within(path, shared))
      shared = above(shared);
  }
  return !shared.len || str_is_within(here, shared) ? here : str_copy(arena, shared);
}

// The folder that a file stands in which need not be there itself; the current one where
// its folder is not there either, and where it lies in the file's.
static Str folder_of(const char *file, Arena *arena, Str here) {
  char absolute[PATH_MAX];
  Str name = str_from(file);
  size_t slash = str_rfind_char(name, '/');
  Str folder = slash == SIZE_MAX ? STR(".")
               : slash           ? str_slice(name, 0, slash)
                                 : STR("/");
  if (!realpath(str_copy(arena, folder).ptr, absolute))
    return here;
  Str found = str_copy(arena, str_from(absolute));
  return str_is_within(here, found) ? here : found;
}

static bool read_config(CommandCtx *cx, const char *beside, Config *config, Err *err) {
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
  Str current = str_from(here);
  Str start = beside ? folder_of(beside, &cx->arena, current)
                     : shared_folder(cx, &cx->arena, current);
  if (!config_find(config, &cx->arena, start.ptr, err))
    return false;
  if (!config->path.ptr) // of no file: paths are shown and matched as they are
    config->folder = str_copy(&cx->arena, current);
  return true;
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
  return read_config(cx, NULL, config, err) && show_problems(config, err);
}

bool command_config_of(CommandCtx *cx, const char *file, Config *config, Err *err) {
  return read_config(cx, file, config, err) && show_problems(config, err);
}

bool command_open_project(CommandCtx *cx, Project *project, Config *config,
                          const ProjectFocus *focus, Err *err) {
  char here[4096];
  if (!current_folder(here, sizeof here, err) ||
      !config_find(config, &cx->arena, here, err))
    return false;
  return project_open_focused(project, cx->args, cx->arg_count, config, focus, 0, err);
}

// ---- Whether the current folder is a project

// A heap of downloads is not read to its end for one question.
enum {
  LOOK_ENTRIES = 2000,
  LOOK_FILES = 200,
  LOOK_BYTES = 1 << 20
};

typedef struct {
  uint32_t entries, files;
  bool found;
} Look;

static bool names_sqlalchemy(const char *path) {
  Arena scratch = {0};
  Err err = {0};
  Str text = {0};
  bool names = io_read_file(&scratch, path, LOOK_BYTES, 1, &text, NULL, &err) &&
               (str_find(text, STR("sqlalchemy"), 0) < text.len ||
                str_find(text, STR("sqlmodel"), 0) < text.len);
  arena_reset(&scratch);
  return names;
}

// The modules of `folder`, and those of the packages right below it.
static void look_into(const char *folder, bool below, Look *look) {
  DIR *open = opendir(folder);
  const struct dirent *e;
  while (open && !look->found && look->files < LOOK_FILES &&
         look->entries++ < LOOK_ENTRIES && (e = readdir(open))) {
    char path[600];
    if (e->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >=
                                   (int)sizeof path - (int)sizeof "/__init__.py")
      continue;
    if (str_ends(str_from(path), STR(".py"))) {
      look->files++;
      look->found = names_sqlalchemy(path);
    } else if (below) {
      size_t end = strlen(path);
      strcpy(path + end, "/__init__.py");
      if (access(path, F_OK) == 0) {
        path[end] = 0;
        look_into(path, false, look);
      }
    }
  }
  if (open)
    closedir(open);
}

const char *command_project_folder(CommandCtx *cx) {
  if (option_given(cx, "project"))
    return option_text(cx, "project");
  if (around_is_marked("."))
    return ".";
  Look look = {0};
  look_into(".", true, &look);
  return look.found ? "." : NULL;
}
