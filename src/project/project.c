// project.c: the files of a project: found, read, parsed and bound on several threads.
#define _XOPEN_SOURCE 700 // realpath
#include "project/project.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/thread.h"
#include "project/around.h"
#include "project/discover.h"
#include "project/focus.h"
#include "project/link.h"
#include "python/parse.h"

static bool is_folder_name(Str part) {
  return str_is(part, "tests") || str_is(part, "test");
}

static bool is_test_path(Str path) {
  Str rest = path, part;
  while (str_next_part(&rest, '/', &part)) {
    if (rest.len && is_folder_name(part))
      return true;
    if (!rest.len)
      return str_is(part, "conftest.py") ||
             (str_starts(part, STR("test_")) && str_ends(part, STR(".py"))) ||
             str_ends(part, STR("_test.py"));
  }
  return false;
}

// Gives back what a file's text brought.
static void drop_text(ProjectFile *f) {
  py_tree_free(&f->tree);
  diag_sink_free(&f->diags);
  arena_reset(&f->arena);
  f->scopes = NULL;
  f->readable = f->in_use = false;
  f->error = (Err){0};
  f->tree = (PyTree){0};
}

// A file with syntax errors is always kept: its findings are shown with their lines.
static void parse_file(ProjectFile *f, InternCache *names, InternCache *known) {
  f->diags = (DiagSink){.arena = &f->arena};
  if (!f->in_use && py_is_valid(&f->source, known)) {
    f->source.text = (Str){"", 0};
    f->tree = (PyTree){.source = &f->source};
    arena_reset(&f->arena);
    return;
  }
  f->in_use = true;
  py_parse(&f->tree, &f->source, names, &f->diags);
  f->scopes = arena_new(&f->arena, PyScopes);
  py_bind(f->scopes, &f->tree, names, &f->arena);
}

typedef struct {
  Project *project;
  InternCache **names, **known; // of the threads
} Loading;

static void read_file(void *shared, int worker, size_t index) {
  (void)worker;
  Loading *l = shared;
  ProjectFile *f = l->project->files[index];
  f->readable = source_read(&f->source, &f->arena, f->absolute.ptr, &f->error);
  f->in_use = f->in_use && f->readable;
  if (!f->readable)
    return;
  f->source.path = f->path;
  const ProjectFocus *focus = l->project->focus;
  if (focus)
    focus_look(f, focus); // while the text is in the processor's cache
  if (focus && !f->in_focus && focus->wants)
    f->in_focus = focus->wants(f);
}

static void load_file(void *shared, int worker, size_t index) {
  Loading *l = shared;
  ProjectFile *f = l->project->files[index];
  if (!l->project->focus)
    read_file(shared, worker, index);
  if (f->readable && f->in_use && !f->tree.words)
    parse_file(f, l->names[worker], l->known[worker]);
}

// What is not in use comes first: its text makes room for the trees of the others.
static void load_unused(void *shared, int worker, size_t index) {
  Loading *l = shared;
  ProjectFile *f = l->project->files[index];
  if (f->readable && !f->in_use)
    parse_file(f, l->names[worker], l->known[worker]);
}

static void open_caches(Loading *l, int threads) {
  l->names = mem_zalloc((size_t)threads, sizeof(InternCache *));
  l->known = mem_zalloc((size_t)threads, sizeof(InternCache *));
  for (int i = 0; i < threads; i++) {
    l->names[i] = intern_cache_new(l->project->names);
    l->known[i] = intern_cache_new_known(l->project->names);
  }
}

static void close_caches(Loading *l, int threads) {
  for (int i = 0; i < threads; i++) {
    intern_cache_free(l->names[i]);
    intern_cache_free(l->known[i]);
  }
  mem_free(l->names);
  mem_free(l->known);
}

static int thread_count(const Project *p, int threads) {
  if (threads <= 0)
    threads = thread_default_count();
  return (uint32_t)threads <= p->file_count ? threads
         : p->file_count                    ? (int)p->file_count
                                            : 1;
}

// With a focus all files are read before the first is parsed.
static void load_files(Project *p, int threads) {
  threads = thread_count(p, threads);
  Loading l = {.project = p};
  open_caches(&l, threads);
  if (p->focus) {
    parallel_for(threads, p->file_count, read_file, &l);
    focus_find(p, threads);
    if (!p->focus->keeps_text)
      parallel_for(threads, p->file_count, load_unused, &l);
  }
  parallel_for(threads, p->file_count, load_file, &l);
  close_caches(&l, threads);
}

bool project_use_words(Project *p, const Atom *words, size_t count, int threads) {
  if (!p->focus || !p->focus->keeps_text || !focus_use_words(p, words, count, threads))
    return false;
  threads = thread_count(p, threads);
  Loading l = {.project = p};
  open_caches(&l, threads);
  parallel_for(threads, p->file_count, load_file, &l);
  close_caches(&l, threads);
  return true;
}

static ProjectFile *new_file(Project *p, Str path, Str absolute, bool is_stub) {
  ProjectFile *f = mem_zalloc(1, sizeof *f);
  f->path = str_copy(&p->arena, path);
  f->absolute = str_copy(&p->arena, absolute);
  f->is_stub = is_stub;
  f->module = NO_MODULE;
  f->in_focus = f->in_use = !p->focus;
  return f;
}

// The folder that holds all files.
static Str common_folder(Project *p) {
  if (!p->file_count) {
    char here[4096];
    return str_copy(&p->arena, str_from(getcwd(here, sizeof here) ? here : "/"));
  }
  Str first = p->files[0]->absolute;
  size_t len = str_rfind_char(first, '/');
  for (uint32_t i = 1; i < p->file_count; i++) {
    Str other = p->files[i]->absolute;
    size_t same = 0;
    while (same < len && same < other.len && first.ptr[same] == other.ptr[same])
      same++;
    bool whole = same == len && same < other.len && other.ptr[same] == '/';
    while (!whole && same > 0 && first.ptr[same] != '/')
      same--;
    len = same;
  }
  return str_copy(&p->arena, len ? str_slice(first, 0, len) : STR("/"));
}

static void set_folder(Project *p) {
  bool configured = p->config && p->config->path.ptr && p->config->folder.len;
  p->folder = configured ? p->config->folder : common_folder(p);
}

static bool is_below(Str path, Str folder) {
  return folder.len && path.len > folder.len && str_starts(path, folder) &&
         path.ptr[folder.len] == '/';
}

// Where a path begins that says something: how deep a project lies, and in which folders,
// does not.
static Str project_root(Project *p) {
  char here[4096];
  Str root = around_root(&p->arena, p->folder);
  if (root.len)
    return root;
  Str current = str_from(getcwd(here, sizeof here) ? here : "/");
  return is_below(p->folder, current) ? str_copy(&p->arena, current) : p->folder;
}

static void find_test(const Project *p, ProjectFile *f) {
  f->is_test = is_test_path(is_below(f->absolute, p->root)
                                ? str_slice(f->absolute, p->root.len, f->absolute.len)
                                : f->path);
}

void project_init(Project *p, const Config *config) {
  *p = (Project){.config = config, .names = interner_new()};
}

// ---- Opening

static int by_shown_path(const void *a, const void *b) {
  return str_compare((*(ProjectFile *const *)a)->path, (*(ProjectFile *const *)b)->path);
}

static int by_absolute_path(const void *a, const void *b) {
  return str_compare(*(const Str *)a, *(const Str *)b);
}

static void take_found(Project *p, const Discovery *found) {
  p->file_count = (uint32_t)found->files.len;
  p->files = mem_zalloc(found->files.len + 1, sizeof(ProjectFile *));
  for (uint32_t i = 0; i < p->file_count; i++) {
    const FoundFile *f = &found->files.items[i];
    p->files[i] = new_file(p, f->path, f->absolute, f->is_stub);
  }
  p->problems = arena_array(&p->arena, ProjectProblem, found->problems.len + 1);
  for (size_t i = 0; i < found->problems.len; i++)
    p->problems[p->problem_count++] =
        (ProjectProblem){str_copy(&p->arena, found->problems.items[i].path),
                         found->problems.items[i].error};
}

// Adds what was found around the files that are there; paths below the current folder are
// shown as the others are. Folders that cannot be read are nobody's problem: they were
// not asked for.
static void take_context(Project *p, const Discovery *around, Arena *scratch) {
  char here[4096];
  Str current = str_from(getcwd(here, sizeof here) ? here : "/");
  uint32_t named_count = p->file_count;
  Str *named = arena_array(scratch, Str, named_count + 1);
  for (uint32_t i = 0; i < named_count; i++)
    named[i] = p->files[i]->absolute;
  if (named_count)
    qsort(named, named_count, sizeof *named, by_absolute_path);
  p->files = mem_realloc(p->files,
                         (named_count + around->files.len + 1) * sizeof(ProjectFile *));
  for (size_t i = 0; i < around->files.len; i++) {
    const FoundFile *f = &around->files.items[i];
    if (named_count &&
        bsearch(&f->absolute, named, named_count, sizeof *named, by_absolute_path))
      continue;
    Str path = is_below(f->absolute, current)
                   ? str_slice(f->absolute, current.len + 1, f->absolute.len)
                   : f->absolute;
    ProjectFile *file = new_file(p, path, f->absolute, f->is_stub);
    file->is_context = true;
    p->files[p->file_count++] = file;
  }
  qsort(p->files, p->file_count, sizeof *p->files, by_shown_path);
}

static bool read_around(Project *p, const AroundPaths *around, Arena *scratch, Err *err) {
  Discovery found = {0};
  const char **paths = arena_array(scratch, const char *, around->len + 1);
  for (size_t i = 0; i < around->len; i++)
    paths[i] = around->items[i].ptr;
  bool good =
      !around->len || discover(&found, scratch, paths, around->len, p->config, err);
  if (good && found.files.len)
    take_context(p, &found, scratch);
  discovery_free(&found);
  return good;
}

static void finish_open(Project *p, int threads) {
  set_folder(p);
  p->root = project_root(p);
  for (uint32_t i = 0; i < p->file_count; i++)
    find_test(p, p->files[i]);
  project_link(p);
  load_files(p, threads);
}

// What lies around the named paths, without what lies in a folder that was named.
static void find_around(AroundPaths *out, const char *const *paths, size_t count,
                        Arena *scratch) {
  AroundPaths named = {0}, roots = {0};
  for (size_t i = 0; i < count; i++) {
    char absolute[PATH_MAX];
    if (!realpath(paths[i], absolute))
      continue;
    vec_push(&named, str_copy(scratch, str_from(absolute)));
    around_find(&roots, scratch, absolute);
  }
  for (size_t i = 0; i < roots.len; i++) {
    Str root = roots.items[i];
    bool walked = false;
    for (size_t k = 0; k < named.len && !walked; k++) {
      Str at = named.items[k];
      walked = str_starts(root, at) &&
               (root.len == at.len || root.ptr[at.len] == '/' || str_is(at, "/"));
    }
    if (!walked)
      vec_push(out, root);
  }
  vec_free(&named);
  vec_free(&roots);
}

static bool open_files(Project *p, const char *const *paths, size_t count, bool around,
                       int threads, Err *err) {
  static const char *const here[] = {"."};
  Discovery found = {0};
  AroundPaths roots = {0};
  Arena scratch = {0};
  if (!count) {
    paths = here;
    count = 1;
  }
  bool good = discover(&found, &scratch, paths, count, p->config, err);
  if (good)
    take_found(p, &found);
  if (good && around)
    find_around(&roots, paths, count, &scratch);
  good = good && read_around(p, &roots, &scratch, err);
  if (good)
    finish_open(p, threads);
  vec_free(&roots);
  discovery_free(&found);
  arena_reset(&scratch);
  return good;
}

bool project_open_focused(Project *p, const char *const *paths, size_t count,
                          const Config *config, const ProjectFocus *focus, int threads,
                          Err *err) {
  project_init(p, config);
  p->focus = focus;
  return open_files(p, paths, count, false, threads, err);
}

bool project_open_around(Project *p, const char *const *paths, size_t count,
                         const Config *config, const ProjectFocus *focus, int threads,
                         Err *err) {
  project_init(p, config);
  p->focus = focus;
  return open_files(p, paths, count, true, threads, err);
}

bool project_open(Project *p, const char *const *paths, size_t count,
                  const Config *config, int threads, Err *err) {
  return project_open_focused(p, paths, count, config, NULL, threads, err);
}

// The path with the links of its folder resolved, where that is there.
static Str real_folder(Arena *a, Str path) {
  char folder[PATH_MAX];
  size_t slash = str_rfind_char(path, '/');
  if (slash == SIZE_MAX || !slash ||
      !realpath(str_format(a, "%.*s", (int)slash, path.ptr).ptr, folder))
    return path;
  return str_format(a, "%s%.*s", str_is(str_from(folder), "/") ? "" : folder,
                    STR_ARG(str_slice(path, slash, path.len)));
}

// From a path as shown to an absolute one, without `.` and `..`.
static Str absolute_path(Arena *a, Str path) {
  char here[4096];
  Buf out = {0};
  if (!str_starts(path, STR("/")))
    buf_add_text(&out, getcwd(here, sizeof here) ? here : "");
  Str rest = path, part;
  while (str_next_part(&rest, '/', &part)) {
    if (!part.len || str_is(part, "."))
      continue;
    if (str_is(part, "..")) {
      size_t slash = str_rfind_char(buf_str(&out), '/');
      out.len = slash == SIZE_MAX ? 0 : slash;
      continue;
    }
    buf_add_char(&out, '/');
    buf_add_str(&out, part);
  }
  Str result = real_folder(a, str_copy(a, buf_str(&out)));
  buf_free(&out);
  return result;
}

bool project_open_beside(Project *p, const char *file, const Config *config,
                         const ProjectFocus *focus, int threads, Err *err) {
  AroundPaths roots = {0};
  Arena scratch = {0};
  struct stat st;
  project_init(p, config);
  p->focus = focus;
  Str absolute = absolute_path(&scratch, str_from(file));
  Str folder = str_copy(&scratch, str_slice(absolute, 0, str_rfind_char(absolute, '/')));
  if (folder.len && stat(folder.ptr, &st) == 0)
    around_find(&roots, &scratch, absolute.ptr);
  bool good = read_around(p, &roots, &scratch, err);
  if (good)
    finish_open(p, threads);
  vec_free(&roots);
  arena_reset(&scratch);
  return good;
}

// Takes out a file that is there under another name.
static void remove_same(Project *p, Str absolute) {
  for (uint32_t i = 0; i < p->file_count; i++)
    if (str_eq(p->files[i]->absolute, absolute)) {
      drop_text(p->files[i]);
      mem_free(p->files[i]);
      memmove(p->files + i, p->files + i + 1, (--p->file_count - i) * sizeof *p->files);
      return;
    }
}

static uint32_t insert_file(Project *p, Str path) {
  uint32_t at = 0;
  Str absolute = absolute_path(&p->arena, path);
  remove_same(p, absolute);
  while (at < p->file_count && str_compare(p->files[at]->path, path) < 0)
    at++;
  p->files = mem_realloc(p->files, (p->file_count + 2) * sizeof(ProjectFile *));
  memmove(p->files + at + 1, p->files + at, (p->file_count - at) * sizeof *p->files);
  p->file_count++;
  p->files[at] = new_file(p, path, absolute, str_ends(path, STR(".pyi")));
  return at;
}

uint32_t project_add_text(Project *p, Str path, Str text) {
  uint32_t id = project_file(p, path);
  bool is_new = id == NO_FILE;
  if (is_new)
    id = insert_file(p, path);
  ProjectFile *f = p->files[id];
  drop_text(f);
  f->in_focus = true;
  f->is_context = false;
  if (source_init(&f->source, &f->arena, f->path, text, &f->error)) {
    f->readable = f->in_use = true;
    InternCache *names = intern_cache_new(p->names);
    parse_file(f, names, NULL);
    intern_cache_free(names);
  }
  if (is_new) {
    set_folder(p);
    find_test(p, f);
    project_link(p);
  }
  return id;
}

void project_free(Project *p) {
  project_unlink(p);
  for (uint32_t i = 0; i < p->file_count; i++) {
    drop_text(p->files[i]);
    mem_free(p->files[i]);
  }
  mem_free(p->files);
  interner_free(p->names);
  arena_reset(&p->arena);
  *p = (Project){0};
}

uint32_t project_file(const Project *p, Str path) {
  uint32_t low = 0, high = p->file_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    int order = str_compare(p->files[middle]->path, path);
    if (order == 0)
      return middle;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NO_FILE;
}

bool project_still_parses(const Project *p, uint32_t file, Str text, Buf *bytes) {
  const ProjectFile *f = p->files[file];
  Arena arena = {0};
  Source source = {0};
  buf_clear(bytes);
  bool good = source_encode(&f->source, text, bytes, NULL) &&
              source_init(&source, &arena, f->path, buf_str(bytes), NULL);
  if (good) {
    InternCache *names = intern_cache_new(p->names);
    DiagSink diags = {.arena = &arena};
    PyTree tree = {0};
    py_parse(&tree, &source, names, &diags);
    good = !tree.has_errors;
    py_tree_free(&tree);
    diag_sink_free(&diags);
    intern_cache_free(names);
  }
  arena_reset(&arena);
  return good;
}
