// The walk that finds Python files.
//
// Folders wait in a list instead of on the call stack, so depth costs nothing. Links to
// folders wait in a second list until all real folders were entered: which name a folder
// gets does not depend on the order that the file system lists it in.
#if !defined(__APPLE__)
#define _DEFAULT_SOURCE // d_type
#endif
#define _XOPEN_SOURCE 700 // realpath
#include "project/discover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "project/ignore.h"

// Folders that hold no sources of the project: version control, environments, caches,
// what builds leave behind.
const char *const discover_default_excludes[] = {
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pycache__",
    "__pypackages__",
    "_build",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
};
const size_t discover_default_exclude_count = ARRAY_LEN(discover_default_excludes);

typedef struct {
  Str shown;    // "" for ".", else without a trailing slash
  Str absolute; // terminated, without a trailing slash (but "/" is "")
  Str relative; // to the repository's top, ends with "/" unless empty
  const IgnoreFile *ignores;
} Folder;

typedef struct {
  char *name;
  uint64_t inode;
  bool is_link, is_folder;
} Entry;

typedef struct {
  FoundFile file;
  uint64_t inode; // of what the link leads to
} LinkedFile;

typedef struct {
  Discovery *d;
  Arena *arena;
  const Config *config;
  Vec(Folder) folders;
  Vec(Folder) links; // to folders
  Vec(LinkedFile) linked_files;
  Arena scratch;
  Vec(Entry) entries;
  // Sets of numbers: folders entered (device and inode mixed), inodes of files found.
  struct NumberSet {
    uint64_t *slots; // 0: free
    size_t capacity, count;
  } entered, inodes;
} Walk;

static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 31)) * 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9u;
  return (x ^ (x >> 32)) | 1;
}

static uint64_t *set_slot(const struct NumberSet *set, uint64_t number) {
  size_t at = (size_t)(number >> 1) & (set->capacity - 1);
  while (set->slots[at] && set->slots[at] != number)
    at = (at + 1) & (set->capacity - 1);
  return &set->slots[at];
}

// False where the number (never 0) was there before.
static bool set_add(struct NumberSet *set, uint64_t number) {
  if (set->count * 2 >= set->capacity) {
    struct NumberSet grown = {.capacity = set->capacity ? set->capacity * 2 : 64};
    grown.slots = mem_zalloc(grown.capacity, sizeof *grown.slots);
    for (size_t i = 0; i < set->capacity; i++)
      if (set->slots[i])
        *set_slot(&grown, set->slots[i]) = set->slots[i];
    grown.count = set->count;
    mem_free(set->slots);
    *set = grown;
  }
  uint64_t *slot = set_slot(set, number);
  if (*slot)
    return false;
  *slot = number;
  set->count++;
  return true;
}

static void add_problem(Walk *w, Str shown, int number) {
  FoundProblem problem = {.path = shown.len ? shown : STR(".")};
  err_errno(&problem.error, number, "cannot read the folder"); // its path may be long
  vec_push(&w->d->problems, problem);
}

static bool is_source_name(Str name, bool *is_stub) {
  *is_stub = str_ends(name, STR(".pyi"));
  return *is_stub || str_ends(name, STR(".py"));
}

static bool is_default_exclude(Str name) {
  for (size_t i = 0; i < discover_default_exclude_count; i++)
    if (str_is(name, discover_default_excludes[i]))
      return true;
  return false;
}

static bool matches_any(const StrList *patterns, Str path) {
  for (uint32_t i = 0; i < patterns->len; i++)
    if (config_pattern_match(patterns->items[i], path))
      return true;
  return false;
}

// `absolute` has this name as its last part.
static bool is_excluded(const Config *c, Str absolute, Str name) {
  Str relative = absolute;
  size_t folder = c->folder.len;
  if (folder && str_starts(absolute, c->folder) && absolute.len > folder) {
    bool slash = c->folder.ptr[folder - 1] == '/' || absolute.ptr[folder] == '/';
    if (slash)
      relative =
          str_slice(absolute, folder + (absolute.ptr[folder] == '/'), absolute.len);
  }
  if (c->has_exclude ? matches_any(&c->exclude, relative) : is_default_exclude(name))
    return true;
  return matches_any(&c->extend_exclude, relative);
}

// ---- one folder -----------------------------------------------------------------------

// What an entry is, asking the file system only where the listing does not say. False for
// what is neither file nor folder.
static bool classify(int fd, const struct dirent *item, Entry *e) {
  struct stat st;
#ifdef DT_DIR
  e->is_folder = item->d_type == DT_DIR;
  if (item->d_type == DT_DIR || item->d_type == DT_REG)
    return true;
  if (item->d_type != DT_LNK && item->d_type != DT_UNKNOWN)
    return false;
#endif
  if (fstatat(fd, item->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return false;
  e->is_link = S_ISLNK(st.st_mode);
  if (e->is_link && fstatat(fd, item->d_name, &st, 0) != 0)
    return false; // dangling
  e->is_folder = S_ISDIR(st.st_mode);
  e->inode = (uint64_t)st.st_ino;
  return e->is_folder || S_ISREG(st.st_mode);
}

static bool is_dots(const char *name) {
  return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

// Lists what may matter into w->entries. `*is_repository`: there is a .git.
static void list_entries(Walk *w, DIR *dir, Str shown, bool *is_repository,
                         bool *has_ignore) {
  w->entries.len = 0;
  arena_reset(&w->scratch);
  struct dirent *item;
  while (errno = 0, (item = readdir(dir)) != NULL) {
    bool is_stub;
    Entry e = {.inode = (uint64_t)item->d_ino};
    *is_repository |= strcmp(item->d_name, ".git") == 0;
    *has_ignore |= strcmp(item->d_name, ".gitignore") == 0;
    if (is_dots(item->d_name) || !classify(dirfd(dir), item, &e))
      continue;
    size_t len = strlen(item->d_name);
    if (!e.is_folder && !is_source_name((Str){item->d_name, len}, &is_stub))
      continue;
    e.name = arena_copy(&w->scratch, item->d_name, len);
    vec_push(&w->entries, e);
  }
  if (errno)
    add_problem(w, shown, errno);
}

static Str join(Arena *a, Str folder, const char *name) {
  return folder.len ? str_format(a, "%.*s/%s", STR_ARG(folder), name)
                    : str_format(a, "%s", name);
}

static void take_entry(Walk *w, const Folder *folder, const Entry *e) {
  Str absolute = str_format(w->arena, "%s/%s", folder->absolute.ptr, e->name);
  Str name = str_slice(absolute, folder->absolute.len + 1, absolute.len);
  Str relative = str_format(w->arena, "%.*s%s", STR_ARG(folder->relative), e->name);
  if (is_excluded(w->config, absolute, name) ||
      ignore_match(folder->ignores, relative, e->is_folder && !e->is_link) ==
          IGNORE_EXCLUDED)
    return;
  Str shown = join(w->arena, folder->shown, e->name);
  if (e->is_folder) {
    Folder child = {shown, absolute, str_format(w->arena, "%s/", relative.ptr),
                    folder->ignores};
    if (e->is_link)
      vec_push(&w->links, child);
    else
      vec_push(&w->folders, child);
    return;
  }
  FoundFile file = {.path = shown, .absolute = absolute};
  is_source_name(shown, &file.is_stub);
  if (e->is_link) {
    vec_push(&w->linked_files, (LinkedFile){file, mix(e->inode)});
  } else {
    set_add(&w->inodes, mix(e->inode));
    vec_push(&w->d->files, file);
  }
}

static void enter_folder(Walk *w, Folder folder) {
  const char *path = folder.absolute.len ? folder.absolute.ptr : "/";
  struct stat st;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 && fstat(fd, &st) == 0 ? fdopendir(fd) : NULL;
  if (!dir) {
    add_problem(w, folder.shown, errno);
    if (fd >= 0)
      close(fd);
    return;
  }
  if (set_add(&w->entered, mix(mix((uint64_t)st.st_dev) + (uint64_t)st.st_ino))) {
    bool is_repository = false, has_ignore = false;
    w->d->folders++;
    list_entries(w, dir, folder.shown, &is_repository, &has_ignore);
    if (is_repository && w->config->respect_gitignore) {
      Str top; // patterns of an outer repository do not hold in an inner one
      folder.ignores = ignore_open(w->arena, path, &top);
      folder.relative = STR("");
    } else if (has_ignore && w->config->respect_gitignore) {
      folder.ignores =
          ignore_enter(w->arena, dirfd(dir), folder.relative, folder.ignores);
    }
    for (size_t i = 0; i < w->entries.len; i++)
      take_entry(w, &folder, &w->entries.items[i]);
  }
  closedir(dir);
}

// ---- what was named -------------------------------------------------------------------

// Without "./" at the start, doubled slashes and a slash at the end; "." is "".
static Str clean_path(Arena *a, const char *typed) {
  Str rest = str_from(typed), part;
  Buf out = {0};
  if (typed[0] == '/')
    buf_add_char(&out, '/');
  while (str_next_part(&rest, '/', &part)) {
    if (!part.len || str_is(part, "."))
      continue;
    if (out.len && out.ptr[out.len - 1] != '/')
      buf_add_char(&out, '/');
    buf_add_str(&out, part);
  }
  Str clean = str_copy(a, buf_str(&out));
  buf_free(&out);
  return clean;
}

static void start_folder(Walk *w, Str shown, const char *absolute) {
  Folder folder = {.shown = shown, .absolute = str_copy(w->arena, str_from(absolute))};
  if (folder.absolute.len == 1)
    folder.absolute = STR("");
  folder.relative = STR("");
  if (str_is(shown, "/"))
    folder.shown = STR("");
  if (w->config->respect_gitignore) {
    Str top;
    folder.ignores = ignore_open(w->arena, absolute, &top);
    if (folder.absolute.len > top.len)
      folder.relative = str_format(w->arena, "%s/", folder.absolute.ptr + top.len + 1);
  }
  vec_push(&w->folders, folder);
}

static bool start(Walk *w, const char *typed, Err *err) {
  char absolute[PATH_MAX];
  struct stat st;
  if (stat(typed, &st) != 0 || !realpath(typed, absolute))
    return err_errno(err, errno, "cannot read %s", typed);
  Str shown = clean_path(w->arena, typed);
  if (S_ISDIR(st.st_mode)) {
    start_folder(w, shown, absolute);
    return true;
  }
  FoundFile file = {.path = shown, .named = true};
  file.absolute = str_copy(w->arena, str_from(absolute));
  file.is_stub = str_ends(shown, STR(".pyi"));
  size_t slash = str_rfind_char(file.absolute, '/');
  Str name = str_slice(file.absolute, slash + 1, file.absolute.len);
  if (!w->config->force_exclude || !is_excluded(w->config, file.absolute, name)) {
    set_add(&w->inodes, mix((uint64_t)st.st_ino));
    vec_push(&w->d->files, file);
  }
  return true;
}

// ---- order ----------------------------------------------------------------------------

static int by_path(const void *a, const void *b) {
  return str_compare(((const FoundFile *)a)->path, ((const FoundFile *)b)->path);
}

static int by_absolute(const void *a, const void *b) {
  const FoundFile *x = a, *y = b;
  int order = str_compare(x->absolute, y->absolute);
  if (order == 0) // of two names for one file the one that was named, then the shorter
    order = (int)y->named - (int)x->named;
  if (order == 0)
    order = (x->path.len > y->path.len) - (x->path.len < y->path.len);
  return order ? order : str_compare(x->path, y->path);
}

static int problem_by_path(const void *a, const void *b) {
  return str_compare(((const FoundProblem *)a)->path, ((const FoundProblem *)b)->path);
}

static int folder_by_path(const void *a, const void *b) {
  return str_compare(((const Folder *)a)->shown, ((const Folder *)b)->shown);
}

static int linked_by_path(const void *a, const void *b) {
  return str_compare(((const LinkedFile *)a)->file.path,
                     ((const LinkedFile *)b)->file.path);
}

static void put_in_order(Discovery *d) {
  if (d->problems.len)
    qsort(d->problems.items, d->problems.len, sizeof *d->problems.items, problem_by_path);
  if (!d->files.len)
    return;
  qsort(d->files.items, d->files.len, sizeof *d->files.items, by_absolute);
  size_t kept = 1;
  for (size_t i = 1; i < d->files.len; i++)
    if (!str_eq(d->files.items[i].absolute, d->files.items[kept - 1].absolute))
      d->files.items[kept++] = d->files.items[i];
  d->files.len = kept;
  qsort(d->files.items, d->files.len, sizeof *d->files.items, by_path);
}

static void walk_folders(Walk *w) {
  while (w->folders.len)
    enter_folder(w, vec_pop(&w->folders));
}

// Links come in batches, each in order of names: what the real folders hold, what those
// links lead to, and so on.
static void walk_all(Walk *w) {
  walk_folders(w);
  for (size_t done = 0; done < w->links.len;) {
    size_t end = w->links.len;
    qsort(w->links.items + done, end - done, sizeof(Folder), folder_by_path);
    for (; done < end; done++) {
      vec_push(&w->folders, w->links.items[done]);
      walk_folders(w);
    }
  }
  if (w->linked_files.len)
    qsort(w->linked_files.items, w->linked_files.len, sizeof(LinkedFile), linked_by_path);
  for (size_t i = 0; i < w->linked_files.len; i++)
    if (set_add(&w->inodes, w->linked_files.items[i].inode))
      vec_push(&w->d->files, w->linked_files.items[i].file);
}

bool discover(Discovery *d, Arena *arena, const char *const *paths, size_t count,
              const Config *config, Err *err) {
  static const char *const here[] = {"."};
  Walk w = {.d = d, .arena = arena, .config = config};
  bool ok = true;
  if (!count) {
    paths = here;
    count = 1;
  }
  for (size_t i = 0; ok && i < count; i++)
    ok = start(&w, paths[i], err);
  if (ok) {
    walk_all(&w);
    put_in_order(d);
  }
  vec_free(&w.folders);
  vec_free(&w.links);
  vec_free(&w.linked_files);
  vec_free(&w.entries);
  arena_reset(&w.scratch);
  mem_free(w.entered.slots);
  mem_free(w.inodes.slots);
  return ok;
}

void discovery_free(Discovery *d) {
  vec_free(&d->files);
  vec_free(&d->problems);
}
