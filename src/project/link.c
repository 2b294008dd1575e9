// link.c: the modules that the files of a project make, and what imports mean.
//
// A module is known by its absolute path without the suffix: "/p/app/models" stands for
// models.py, for the package models/__init__.py, and for a namespace package. An import
// tries such paths below the folders that the importing file would find modules in.
#include "project/link.h"

#include <stdlib.h>
#include <unistd.h>

#include "python/import.h"

enum {
  PART_BITS = 1 << 18,
  FOLLOW_MAX = 1000 // modules looked into for one name: ends cycles of re-exports
};

typedef struct {
  Str path;
  uint32_t module;
} PathSlot;

typedef struct ProjectIndex {
  Arena arena;
  InternCache *names;
  PathSlot *slots; // open addressing by path
  uint32_t mask;
  uint64_t parts[PART_BITS / 64]; // hashes of all paths and of the folders above them
  uint64_t names_of_parts[PART_BITS / 64]; // hashes of the names between their slashes
  uint64_t *root_hashes;                   // of the roots' folders
  Str above;                               // the folder above the project's
  uint64_t above_hash;
  Vec(Module) modules;
  Vec(Str) paths; // of the modules
  Vec(Str) roots; // each ends with "/"
} ProjectIndex;

// ---- Paths

// The hash of a path goes on from the one of the folder above.
static const uint64_t HASH_START = UINT64_C(14695981039346656037);

static uint64_t hash_on(uint64_t h, Str text) {
  for (size_t i = 0; i < text.len; i++)
    h = (h ^ (uint8_t)text.ptr[i]) * UINT64_C(1099511628211);
  return h;
}

static uint32_t hash_end(uint64_t h) {
  return (uint32_t)(h ^ h >> 32);
}

static uint32_t hash_path(Str path) {
  return hash_end(hash_on(HASH_START, path));
}

static uint32_t find_path(const ProjectIndex *x, Str path) {
  if (!x->slots)
    return NO_MODULE;
  for (uint32_t at = hash_path(path) & x->mask; x->slots[at].path.ptr;
       at = (at + 1) & x->mask)
    if (str_eq(x->slots[at].path, path))
      return x->slots[at].module;
  return NO_MODULE;
}

static void set_bit(uint64_t *bits, uint64_t hash) {
  uint32_t bit = hash_end(hash) % PART_BITS;
  bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool has_bit(const uint64_t *bits, uint64_t hash) {
  uint32_t bit = hash_end(hash) % PART_BITS;
  return bits[bit / 64] >> bit % 64 & 1;
}

static void put_path(ProjectIndex *x, Str path, uint32_t module) {
  uint64_t h = HASH_START;
  size_t part = 0;
  for (size_t i = 0; i <= path.len; i++) {
    if (i == path.len || path.ptr[i] == '/') {
      set_bit(x->parts, h);
      set_bit(x->names_of_parts, hash_on(HASH_START, str_slice(path, part, i)));
      part = i + 1;
    }
    if (i < path.len)
      h = hash_on(h, str_slice(path, i, i + 1));
  }
  uint32_t at = hash_path(path) & x->mask;
  while (x->slots[at].path.ptr)
    at = (at + 1) & x->mask;
  x->slots[at] = (PathSlot){path, module};
}

static void build_slots(ProjectIndex *x) {
  uint32_t size = 64;
  while (size < x->modules.len * 2 + 2)
    size *= 2;
  x->slots = arena_array(&x->arena, PathSlot, size);
  x->mask = size - 1;
  for (uint32_t i = 0; i < x->modules.len; i++)
    put_path(x, x->paths.items[i], i);
}

static Str parent_folder(Str path) { // without the slash; "" for the top
  size_t slash = str_rfind_char(path, '/');
  return str_slice(path, 0, slash == SIZE_MAX ? 0 : slash);
}

static Str last_part(Str path) {
  size_t slash = str_rfind_char(path, '/');
  return slash == SIZE_MAX ? path : str_slice(path, slash + 1, path.len);
}

static bool is_identifier(Str s) {
  if (!s.len || (s.ptr[0] >= '0' && s.ptr[0] <= '9'))
    return false;
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if (c < 0x80 && c != '_' && !(c >= '0' && c <= '9') &&
        !((c | 32) >= 'a' && (c | 32) <= 'z'))
      return false;
  }
  return true;
}

// The path that stands for the file's module; the folder for an __init__.
static Str module_path(const ProjectFile *f, bool *is_package) {
  Str path = str_slice(f->absolute, 0, f->absolute.len - (f->is_stub ? 4 : 3));
  if (!str_ends(f->absolute, f->is_stub ? STR(".pyi") : STR(".py")))
    path = f->absolute; // a script without suffix, standard input
  *is_package = str_is(last_part(path), "__init__");
  return *is_package ? parent_folder(path) : path;
}

// ---- Packages and roots

// True where the folder is a regular package, on the disk or in the project.
static bool is_regular_package(ProjectIndex *x, Str folder) {
  uint32_t m = find_path(x, folder);
  if (m != NO_MODULE)
    return x->modules.items[m].is_package;
  Buf path = {0};
  buf_printf(&path, "%.*s/__init__.py", STR_ARG(folder));
  bool there = access(path.ptr, F_OK) == 0;
  buf_free(&path);
  return there;
}

static void add_root(ProjectIndex *x, Str folder) {
  Str root = str_format(&x->arena, "%.*s/", STR_ARG(folder));
  for (size_t i = 0; i < x->roots.len; i++)
    if (str_eq(x->roots.items[i], root))
      return;
  vec_push(&x->roots, root);
}

static Str strip_slash(Str folder) {
  while (folder.len && folder.ptr[folder.len - 1] == '/')
    folder.len--;
  return folder;
}

// The folder above the topmost package that holds the path.
static Str package_root(ProjectIndex *x, Str folder) {
  while (folder.len && is_identifier(last_part(folder)) && is_regular_package(x, folder))
    folder = parent_folder(folder);
  return folder;
}

static void add_configured_roots(ProjectIndex *x, const Project *p) {
  Str base = strip_slash(p->folder);
  add_root(x, package_root(x, base)); // all files may stand in one package
  for (uint32_t i = 0; p->config && i < p->config->src.len; i++) {
    Str src = p->config->src.items[i];
    if (str_is(src, "."))
      continue;
    Str folder = str_starts(src, STR("/"))
                     ? src
                     : str_format(&x->arena, "%.*s/%.*s", STR_ARG(base), STR_ARG(src));
    add_root(x, strip_slash(folder));
  }
}

static void add_package_roots(ProjectIndex *x, const Project *p) {
  Str last = {0};
  for (uint32_t i = 0; i < p->file_count; i++) {
    Str folder = parent_folder(p->files[i]->absolute);
    if (last.ptr && str_eq(folder, last))
      continue;
    last = folder;
    if (is_regular_package(x, folder))
      add_root(x, package_root(x, folder));
  }
}

// The longest root that the path stands below, or NO_MODULE.
static uint32_t root_above(const ProjectIndex *x, Str path) {
  uint32_t best = NO_MODULE;
  for (uint32_t i = 0; i < x->roots.len; i++)
    if (str_starts(path, x->roots.items[i]) &&
        (best == NO_MODULE || x->roots.items[i].len > x->roots.items[best].len))
      best = i;
  return best;
}

// ---- Modules

static uint32_t add_module(ProjectIndex *x, Str path, uint32_t file, bool is_package) {
  Module m = {
      .file = file, .parent = NO_MODULE, .root = NO_MODULE, .is_package = is_package};
  vec_push(&x->modules, m);
  vec_push(&x->paths, str_copy(&x->arena, path));
  return (uint32_t)x->modules.len - 1;
}

// A package stands before a module, a module before a stub.
static int file_rank(const Project *p, const Module *m) {
  return (m->is_package ? 2 : 0) + (p->files[m->file]->is_stub ? 0 : 1);
}

typedef struct {
  Str path;
  uint32_t file;
  bool is_package;
} PathOfFile;

static int by_path(const void *a, const void *b) {
  return str_compare(((const PathOfFile *)a)->path, ((const PathOfFile *)b)->path);
}

static void add_file_modules(ProjectIndex *x, Project *p) {
  PathOfFile *list = mem_alloc((p->file_count + 1) * sizeof *list);
  for (uint32_t i = 0; i < p->file_count; i++) {
    list[i].file = i;
    list[i].path = module_path(p->files[i], &list[i].is_package);
    p->files[i]->module = NO_MODULE;
  }
  qsort(list, p->file_count, sizeof *list, by_path);
  for (uint32_t i = 0; i < p->file_count; i++) {
    uint32_t m = (uint32_t)x->modules.len - 1;
    if (!i || !str_eq(list[i].path, list[i - 1].path))
      m = add_module(x, list[i].path, list[i].file, list[i].is_package);
    Module other = {.file = list[i].file, .is_package = list[i].is_package};
    if (file_rank(p, &other) > file_rank(p, &x->modules.items[m])) {
      x->modules.items[m].file = list[i].file;
      x->modules.items[m].is_package = list[i].is_package;
    }
    p->files[list[i].file]->module = m;
  }
  mem_free(list);
}

// Folders between a root and a module that have no __init__ of their own.
static void add_namespaces(ProjectIndex *x) {
  size_t count = x->modules.len;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t root = x->modules.items[i].root;
    if (root == NO_MODULE)
      continue;
    size_t top = x->roots.items[root].len;
    for (Str folder = parent_folder(x->paths.items[i]); folder.len > top;
         folder = parent_folder(folder)) {
      if (find_path(x, folder) != NO_MODULE)
        break;
      uint32_t m = add_module(x, folder, NO_FILE, true);
      x->modules.items[m].root = root;
      if (x->modules.len * 2 > x->mask)
        build_slots(x);
      else
        put_path(x, x->paths.items[m], m);
    }
  }
}

static void set_roots(ProjectIndex *x) {
  for (uint32_t i = 0; i < x->modules.len; i++)
    x->modules.items[i].root = root_above(x, x->paths.items[i]);
}

static void set_names(ProjectIndex *x) {
  Buf dotted = {0};
  for (uint32_t i = 0; i < x->modules.len; i++) {
    Module *m = &x->modules.items[i];
    Str path = x->paths.items[i];
    size_t top = m->root == NO_MODULE ? path.len - last_part(path).len
                                      : x->roots.items[m->root].len;
    buf_clear(&dotted);
    buf_add_str(&dotted, str_slice(path, top, path.len));
    for (size_t k = 0; k < dotted.len; k++)
      if (dotted.ptr[k] == '/')
        dotted.ptr[k] = '.';
    m->name = intern(x->names, buf_str(&dotted));
    m->last = intern(x->names, last_part(path));
    Str folder = parent_folder(path);
    m->parent = folder.len >= top ? find_path(x, folder) : NO_MODULE;
  }
  buf_free(&dotted);
}

typedef struct {
  Str name;
  uint32_t parent, module;
} ChildOf;

static int by_parent(const void *x, const void *y) {
  const ChildOf *a = x, *b = y;
  if (a->parent != b->parent)
    return a->parent < b->parent ? -1 : 1;
  return str_compare(a->name, b->name);
}

static void set_children(ProjectIndex *x) {
  size_t count = x->modules.len;
  ChildOf *list = mem_alloc((count + 1) * sizeof *list);
  uint32_t *children = arena_array(&x->arena, uint32_t, count + 1);
  for (uint32_t i = 0; i < count; i++)
    list[i] = (ChildOf){last_part(x->paths.items[i]), x->modules.items[i].parent, i};
  qsort(list, count, sizeof *list, by_parent);
  for (size_t i = 0; i < count; i++) {
    children[i] = list[i].module;
    if (list[i].parent == NO_MODULE)
      continue;
    Module *parent = &x->modules.items[list[i].parent];
    if (!parent->child_count++)
      parent->children = children + i;
  }
  mem_free(list);
}

// A file that no import can name is a script.
static void drop_scripts(ProjectIndex *x, Project *p) {
  for (uint32_t i = 0; i < p->file_count; i++) {
    uint32_t m = p->files[i]->module;
    if (!is_identifier(last_part(x->paths.items[m])))
      p->files[i]->module = NO_MODULE;
  }
}

void project_link(Project *p) {
  project_unlink(p);
  ProjectIndex *x = mem_zalloc(1, sizeof *x);
  p->index = x;
  x->names = intern_cache_new(p->names);
  add_file_modules(x, p);
  build_slots(x);
  x->above = parent_folder(strip_slash(p->folder));
  x->above_hash = hash_on(HASH_START, x->above);
  add_configured_roots(x, p);
  add_package_roots(x, p);
  x->root_hashes = arena_array(&x->arena, uint64_t, x->roots.len + 1);
  for (size_t i = 0; i < x->roots.len; i++)
    x->root_hashes[i] = hash_on(HASH_START, strip_slash(x->roots.items[i]));
  set_roots(x);
  add_namespaces(x);
  set_names(x);
  set_children(x);
  drop_scripts(x, p);
  p->modules = x->modules.items;
  p->module_count = (uint32_t)x->modules.len;
  p->root_count = (uint32_t)x->roots.len;
  p->roots = arena_array(&x->arena, ProjectRoot, x->roots.len + 1);
  for (size_t i = 0; i < x->roots.len; i++)
    p->roots[i].path = x->roots.items[i];
}

void project_unlink(Project *p) {
  ProjectIndex *x = p->index;
  if (!x)
    return;
  intern_cache_free(x->names);
  vec_free(&x->modules);
  vec_free(&x->paths);
  vec_free(&x->roots);
  arena_reset(&x->arena);
  mem_free(x);
  p->index = NULL;
  p->modules = NULL;
  p->module_count = p->root_count = 0;
}

// ---- Imports

// The module "a.b.c" below a folder (without its slash).
static uint32_t module_below(const ProjectIndex *x, Str folder, Str dotted, Buf *path) {
  buf_clear(path);
  buf_add_str(path, folder);
  buf_add_char(path, '/');
  buf_add_str(path, dotted);
  for (size_t i = folder.len + 1; i < path->len; i++)
    if (path->ptr[i] == '.')
      path->ptr[i] = '/';
  return find_path(x, buf_str(path));
}

static size_t common_prefix(Str a, Str b) {
  size_t n = 0;
  while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n])
    n++;
  return n;
}

// False where the folder, whose hash is given, has nothing of this name in it.
static bool may_hold(const ProjectIndex *x, uint64_t folder, Str name) {
  return has_bit(x->parts, hash_on(hash_on(folder, STR("/")), name));
}

static Str first_part(Str dotted) {
  size_t dot = str_find_char(dotted, '.', 0);
  return str_slice(dotted, 0, dot == SIZE_MAX ? dotted.len : dot);
}

// In the other roots, the one with the longest common path first.
static uint32_t module_in_roots(const ProjectIndex *x, Str near, Str dotted, Buf *path) {
  uint32_t best = NO_MODULE;
  size_t best_common = 0;
  Str first = first_part(dotted);
  for (size_t i = 0; i < x->roots.len; i++) {
    if (!may_hold(x, x->root_hashes[i], first))
      continue;
    size_t common = common_prefix(near, x->roots.items[i]);
    if (best != NO_MODULE && common <= best_common)
      continue;
    uint32_t m = module_below(x, strip_slash(x->roots.items[i]), dotted, path);
    if (m != NO_MODULE) {
      best = m;
      best_common = common;
    }
  }
  return best;
}

enum {
  MAX_FOLDERS = 64 // above a file, that are looked at
};

// In the folders above the file, the nearest first, but for those that are packages:
// Python finds no top-level modules there. One folder above the project's counts too:
// `aludel check app` in the folder of app.
static uint32_t module_above(const ProjectIndex *x, const ProjectFile *f, Str dotted,
                             Buf *path) {
  Str file = f->absolute, first = first_part(dotted);
  size_t ends[MAX_FOLDERS], top = x->above.len;
  uint32_t count = 0;
  bool inside = str_starts(file, x->above);
  uint64_t h = inside ? x->above_hash : HASH_START;
  for (size_t i = inside ? top : 0; i < file.len; i++) {
    if (file.ptr[i] == '/' && i && i >= top && may_hold(x, h, first))
      ends[count++ % MAX_FOLDERS] = i;
    h = hash_on(h, str_slice(file, i, i + 1));
  }
  for (uint32_t left = count < MAX_FOLDERS ? count : MAX_FOLDERS; left > 0; left--) {
    Str folder = str_slice(file, 0, ends[--count % MAX_FOLDERS]);
    uint32_t package = find_path(x, folder);
    if (package != NO_MODULE && x->modules.items[package].file != NO_FILE)
      continue;
    uint32_t m = module_below(x, folder, dotted, path);
    if (m != NO_MODULE)
      return m;
  }
  return NO_MODULE;
}

static uint32_t find_module(const Project *p, uint32_t from_file, Str dotted, Buf *path) {
  const ProjectIndex *x = p->index;
  if (!x || !dotted.len ||
      !has_bit(x->names_of_parts, hash_on(HASH_START, first_part(dotted))))
    return NO_MODULE; // most imports: nothing of the project has this name
  if (from_file == NO_FILE)
    return module_in_roots(x, strip_slash(p->folder), dotted, path);
  const ProjectFile *f = p->files[from_file];
  uint32_t own = f->module == NO_MODULE ? NO_MODULE : x->modules.items[f->module].root;
  uint32_t m = NO_MODULE;
  if (own != NO_MODULE && may_hold(x, x->root_hashes[own], first_part(dotted)))
    m = module_below(x, strip_slash(x->roots.items[own]), dotted, path);
  if (m == NO_MODULE)
    m = module_above(x, f, dotted, path);
  return m == NO_MODULE ? module_in_roots(x, f->absolute, dotted, path) : m;
}

uint32_t project_module(const Project *p, uint32_t from_file, Str dotted) {
  Buf path = {0};
  uint32_t m = find_module(p, from_file, dotted, &path);
  buf_free(&path);
  return m;
}

// The module that `level` dots and `dotted` (may be empty) mean in a file.
static uint32_t relative_module(const Project *p, uint32_t file, uint32_t level,
                                Str dotted) {
  const ProjectIndex *x = p->index;
  Str folder = parent_folder(p->files[file]->absolute);
  for (uint32_t i = 1; i < level && folder.len; i++)
    folder = parent_folder(folder);
  if (!dotted.len)
    return find_path(x, folder);
  Buf path = {0};
  uint32_t m = module_below(x, folder, dotted, &path);
  buf_free(&path);
  return m;
}

uint32_t link_module(const Project *p, uint32_t file, uint32_t level, Str dotted) {
  return level ? relative_module(p, file, level, dotted)
               : project_module(p, file, dotted);
}

static bool starts_in_project(const Project *p, uint32_t file, Str dotted) {
  size_t dot = str_find_char(dotted, '.', 0);
  if (dot == SIZE_MAX)
    return false;
  return project_module(p, file, str_slice(dotted, 0, dot)) != NO_MODULE;
}

static ImportTarget member_after(const Project *p, uint32_t module, Atom name,
                                 int *steps);

static ImportTarget import_after(const Project *p, uint32_t file, uint32_t level,
                                 Atom module, Atom name, int *steps) {
  Str dotted = module ? atom_str(p->names, module) : STR("");
  uint32_t m = link_module(p, file, level, dotted);
  if (m == NO_MODULE) {
    if (level || starts_in_project(p, file, dotted))
      return (ImportTarget){.kind = TARGET_UNKNOWN};
    return (ImportTarget){TARGET_EXTERNAL, NO_MODULE, module, name};
  }
  if (!name)
    return (ImportTarget){.kind = TARGET_MODULE, .module = m};
  return member_after(p, m, name, steps);
}

ImportTarget project_resolve_import(const Project *p, uint32_t file, uint32_t level,
                                    Atom module, Atom name) {
  int steps = FOLLOW_MAX;
  return import_after(p, file, level, module, name, &steps);
}

static const PyScopes *scopes_of(const Project *p, uint32_t module) {
  uint32_t file = p->modules[module].file;
  return file == NO_FILE ? NULL : p->files[file]->scopes;
}

static uint32_t bound_symbol(const PyScopes *s, Atom name) {
  uint32_t symbol = s ? py_scopes_find(s, 0, name) : NO_SYMBOL;
  return symbol != NO_SYMBOL && s->symbols[symbol].flags & SYMBOL_BOUND ? symbol
                                                                        : NO_SYMBOL;
}

bool project_module_binds(const Project *p, uint32_t module, Atom name) {
  return bound_symbol(scopes_of(p, module), name) != NO_SYMBOL;
}

// The only binding of a symbol that gives it a value, or NO_BINDING.
static uint32_t only_binding(const PyScopes *s, uint32_t symbol) {
  uint32_t found = NO_BINDING;
  for (uint32_t b = s->symbols[symbol].first; b != NO_BINDING; b = s->bindings[b].next) {
    if (s->bindings[b].kind == BIND_ANNOTATION || s->bindings[b].kind == BIND_DELETE)
      continue;
    if (found != NO_BINDING)
      return NO_BINDING;
    found = b;
  }
  return found;
}

static uint32_t submodule(const Project *p, uint32_t module, Atom name) {
  Buf path = {0};
  uint32_t m = p->modules[module].is_package
                   ? module_below(p->index, p->index->paths.items[module],
                                  atom_str(p->names, name), &path)
                   : NO_MODULE;
  buf_free(&path);
  return m;
}

static ImportTarget follow_binding(const Project *p, uint32_t module, Atom name,
                                   const PyBinding *b, int *steps) {
  uint32_t file = p->modules[module].file;
  ImportItem item = py_import_read(&p->files[file]->tree, b->stmt, b->node);
  if (item.whole_path) // `import a.b.c` binds `a`
    return import_after(p, file, 0, name, 0, steps);
  ImportTarget from = import_after(p, file, item.level, item.module, 0, steps);
  if (from.kind == TARGET_MODULE && from.module == module && item.name == name) {
    // `from . import name` in the package itself: the submodule
    uint32_t child = submodule(p, module, name);
    return (ImportTarget){.kind = child == NO_MODULE ? TARGET_UNKNOWN : TARGET_MODULE,
                          .module = child};
  }
  return import_after(p, file, item.level, item.module, item.name, steps);
}

static bool exports(const Project *p, const PyScopes *s, Atom name) {
  if (!s->has_all || s->all_open) {
    Str text = atom_str(p->names, name);
    if (!s->has_all)
      return text.len && text.ptr[0] != '_';
    return true;
  }
  for (uint32_t i = 0; i < s->all_count; i++)
    if (s->all_names[i] == name)
      return true;
  return false;
}

bool project_exports(const Project *p, uint32_t module, Atom name) {
  const PyScopes *s = scopes_of(p, module);
  return !s || exports(p, s, name);
}

// Through the star imports of a module, the last one first. Where several come from
// outside the project, the name may be any of theirs: it stays the module's own.
static ImportTarget member_of_stars(const Project *p, uint32_t module, Atom name,
                                    int *steps) {
  const PyScopes *s = scopes_of(p, module);
  uint32_t file = p->modules[module].file;
  ImportTarget outside = {.kind = TARGET_UNKNOWN};
  uint32_t outside_count = 0;
  for (uint32_t i = s->star_count; i-- > 0;) {
    if (s->stars[i].scope != 0)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, s->tree, s->stars[i].stmt);
    ImportTarget source = import_after(p, file, from->node.aux, from->module, 0, steps);
    if (source.kind == TARGET_EXTERNAL) {
      outside = (ImportTarget){TARGET_EXTERNAL, NO_MODULE, source.dotted, name};
      outside_count++;
    }
    if (source.kind != TARGET_MODULE)
      continue;
    const PyScopes *other = scopes_of(p, source.module);
    if (other && !exports(p, other, name))
      continue;
    ImportTarget found = member_after(p, source.module, name, steps);
    if (found.kind != TARGET_UNKNOWN)
      return found;
  }
  if (outside_count > 1)
    return (ImportTarget){.kind = TARGET_NAME, .module = module, .name = name};
  return outside;
}

static ImportTarget member_after(const Project *p, uint32_t module, Atom name,
                                 int *steps) {
  if ((*steps)-- <= 0)
    return (ImportTarget){.kind = TARGET_UNKNOWN};
  const PyScopes *s = scopes_of(p, module);
  uint32_t symbol = bound_symbol(s, name);
  if (symbol != NO_SYMBOL) {
    uint32_t b = only_binding(s, symbol);
    if (b == NO_BINDING || s->bindings[b].kind != BIND_IMPORT)
      return (ImportTarget){.kind = TARGET_NAME, .module = module, .name = name};
    return follow_binding(p, module, name, &s->bindings[b], steps);
  }
  uint32_t child = submodule(p, module, name);
  if (child != NO_MODULE)
    return (ImportTarget){.kind = TARGET_MODULE, .module = child};
  if (s && s->star_count)
    return member_of_stars(p, module, name, steps);
  return (ImportTarget){.kind = TARGET_UNKNOWN};
}

ImportTarget project_member(const Project *p, uint32_t module, Atom name) {
  int steps = FOLLOW_MAX;
  return member_after(p, module, name, &steps);
}
