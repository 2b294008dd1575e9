// around.c: from a path upwards to what marks a project.
#include "project/around.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  MOST_SIBLINGS = 256 // a heap of scripts is not one program
};

static bool has(Arena *scratch, Str folder, const char *name) {
  return access(str_format(scratch, "%.*s/%s", STR_ARG(folder), name).ptr, F_OK) == 0;
}

// What marks a folder, the weaker first: an alembic.ini often stands beside the scripts,
// and tests and documents have requirements of their own.
typedef enum {
  MARK_NONE,
  MARK_REPOSITORY,
  MARK_MIGRATIONS,
  MARK_REQUIREMENTS,
  MARK_PROJECT
} Mark;

static const struct {
  const char *name;
  Mark mark;
} marks[] = {{"pyproject.toml", MARK_PROJECT}, {"setup.py", MARK_PROJECT},
             {"setup.cfg", MARK_PROJECT},      {"aludel.toml", MARK_PROJECT},
             {"Pipfile", MARK_PROJECT},        {"uv.lock", MARK_PROJECT},
             {"poetry.lock", MARK_PROJECT},    {"requirements.txt", MARK_REQUIREMENTS},
             {"alembic.ini", MARK_MIGRATIONS}, {".git", MARK_REPOSITORY},
             {".hg", MARK_REPOSITORY}};

// The strongest mark of the folder.
static Mark mark_of(Arena *scratch, Str folder) {
  for (size_t i = 0; i < ARRAY_LEN(marks); i++)
    if (has(scratch, folder, marks[i].name))
      return marks[i].mark;
  return MARK_NONE;
}

bool around_is_marked(const char *folder) {
  Arena scratch = {0};
  bool marked = mark_of(&scratch, str_from(folder)) > MARK_REPOSITORY;
  arena_reset(&scratch);
  return marked;
}

static bool is_no_project(Str folder) {
  const char *home = getenv("HOME");
  return !folder.len || (home && str_is(folder, home));
}

static Str above(Str path) {
  size_t slash = str_rfind_char(path, '/');
  return str_slice(path, 0, slash == SIZE_MAX ? 0 : slash);
}

Str around_root(Arena *scratch, Str folder) {
  Str root = {"", 0};
  Mark strongest = MARK_NONE;
  for (; !is_no_project(folder) && strongest != MARK_PROJECT; folder = above(folder)) {
    Mark mark = mark_of(scratch, folder);
    if (mark > strongest) {
      strongest = mark;
      root = folder;
    }
    if (has(scratch, folder, ".git") || has(scratch, folder, ".hg"))
      break;
  }
  return root;
}

static Str topmost_package(Arena *scratch, Str folder) {
  Str top = {"", 0};
  for (; !is_no_project(folder) && has(scratch, folder, "__init__.py");
       folder = above(folder))
    top = folder;
  return top;
}

static void add(AroundPaths *out, Arena *arena, Str path) {
  for (size_t i = 0; i < out->len; i++) {
    Str had = out->items[i];
    if (str_eq(path, had) ||
        (path.len > had.len && str_starts(path, had) && path.ptr[had.len] == '/'))
      return;
  }
  vec_push(out, str_copy(arena, path));
}

static void add_siblings(AroundPaths *out, Arena *arena, Str folder) {
  DIR *dir = opendir(folder.ptr);
  const struct dirent *e;
  size_t before = out->len;
  while (dir && out->len - before < MOST_SIBLINGS && (e = readdir(dir)))
    if (str_ends(str_from(e->d_name), STR(".py")))
      add(out, arena, str_format(arena, "%.*s/%s", STR_ARG(folder), e->d_name));
  if (dir)
    closedir(dir);
}

void around_find(AroundPaths *out, Arena *arena, const char *absolute) {
  struct stat st;
  Str path = str_from(absolute);
  bool is_folder = stat(absolute, &st) == 0 && S_ISDIR(st.st_mode);
  Str folder = str_copy(arena, is_folder ? path : above(path));
  Str root = around_root(arena, folder);
  if (!root.len)
    root = topmost_package(arena, folder);
  if (root.len)
    add(out, arena, root);
  else if (!is_folder && !is_no_project(folder))
    add_siblings(out, arena, folder);
}
