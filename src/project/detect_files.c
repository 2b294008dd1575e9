// detect_files.c: requirements, metadata, lock files and virtual environments beside the
// sources.
#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "project/detect_internal.h"
#include "project/toml.h"
#include "python/parse.h"

enum {
  MAX_FOLDERS = 2000,
  MAX_CLIMB = 4, // folders above the sources that are looked at for a project's files
  MAX_ENTRIES = 20000
};
#define MAX_FILE ((size_t)64 << 20)

typedef struct {
  Detecting *d;
  Str path; // as shown
  Str text;
  EvidenceKind kind;
} Reading;

static uint32_t line_of(Str text, size_t offset) {
  uint32_t line = 1;
  for (size_t i = 0; i < offset && i < text.len; i++)
    line += text.ptr[i] == '\n';
  return line;
}

static void add_requirement(Reading *r, Str text, uint32_t line) {
  Requirement q;
  if (requirement_parse(text, &q))
    detect_requirement(r->d, q.name, q.spec, r->kind, r->path, line, text);
}

// ---- Plain text: requirements.txt, setup.cfg, environment.yml, alembic.ini, .env

static void read_requirements(Reading *r) {
  Str rest = r->text, line;
  for (uint32_t n = 1; str_next_part(&rest, '\n', &line); n++) {
    line = str_trim(line);
    if (line.len && line.ptr[0] != '#' && line.ptr[0] != '-')
      add_requirement(r, line, n);
  }
}

// INI: the values of the keys that hold requirements, one a line.
static void read_setup_cfg(Reading *r) {
  Str rest = r->text, line;
  bool inside = false;
  for (uint32_t n = 1; str_next_part(&rest, '\n', &line); n++) {
    bool indented = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
    Str body = str_trim(line);
    if (!indented) {
      size_t equals = str_find_char(body, '=', 0);
      Str key = str_trim(str_slice(body, 0, equals));
      Str value =
          equals == SIZE_MAX ? STR("") : str_trim(str_slice(body, equals + 1, body.len));
      inside = str_is(key, "install_requires") || (body.len && body.ptr[0] == '[');
      if (str_is(key, "python_requires"))
        detect_clue(r->d, &r->d->python, r->kind, r->path, n, body, value);
      body = value;
    }
    if (inside && body.len && body.ptr[0] != '#')
      add_requirement(r, body, n);
  }
}

// Conda: `  - sqlalchemy=1.4` and, below `pip:`, requirements.
static void read_environment_yml(Reading *r) {
  Str rest = r->text, line;
  for (uint32_t n = 1; str_next_part(&rest, '\n', &line); n++) {
    Str body = str_trim(line);
    if (!str_starts(body, STR("- ")))
      continue;
    body = str_trim(str_slice(body, 2, body.len));
    size_t equals = str_find_char(body, '=', 0);
    bool conda = equals != SIZE_MAX && equals > 0 && equals + 1 < body.len &&
                 body.ptr[equals + 1] != '=' && !strchr("<>!~=", body.ptr[equals - 1]);
    if (conda) {
      Str version = str_slice(body, equals + 1, body.len);
      version = str_slice(version, 0, str_find_char(version, '=', 0));
      body = str_format(r->d->arena, "%.*s==%.*s.*", STR_ARG(str_slice(body, 0, equals)),
                        STR_ARG(version));
    }
    add_requirement(r, body, n);
  }
}

static void read_urls(Reading *r) {
  Str rest = r->text, line;
  for (uint32_t n = 1; str_next_part(&rest, '\n', &line); n++) {
    line = str_trim(line);
    size_t equals = str_find_char(line, '=', 0);
    if (!line.len || line.ptr[0] == '#' || line.ptr[0] == ';' || equals == SIZE_MAX)
      continue;
    Str value = str_trim(str_slice(line, equals + 1, line.len));
    if (value.len > 1 && (value.ptr[0] == '"' || value.ptr[0] == '\''))
      value = str_slice(value, 1, value.len - 1);
    detect_url(r->d, value, r->kind, r->path, n);
  }
}

static void read_python_version(Reading *r) {
  Str first = str_slice(r->text, 0, str_find_char(r->text, '\n', 0));
  Version v;
  first = str_trim(first);
  if (version_parse(first, &v) && v.count >= 2)
    detect_clue(r->d, &r->d->python, r->kind, r->path, 1, first,
                str_format(r->d->arena, ">=%u.%u", v.parts[0], v.parts[1]));
}

// ---- TOML: pyproject.toml, Pipfile, uv.lock, poetry.lock, pdm.lock, pylock.toml

static uint32_t toml_line(const Reading *r, const TomlValue *v) {
  return line_of(r->text, v->span.start);
}

// ["sqlalchemy>=1.4", ...]
static void read_list(Reading *r, const TomlValue *list) {
  for (uint32_t i = 0; list && list->type == TOML_ARRAY && i < list->array.len; i++) {
    const TomlValue *item = list->array.items[i];
    if (item->type == TOML_STRING)
      add_requirement(r, item->text, toml_line(r, item));
  }
}

// {dev = ["pytest"], ...}
static void read_groups(Reading *r, const TomlValue *groups) {
  for (uint32_t i = 0; groups && groups->type == TOML_TABLE && i < groups->table.len; i++)
    read_list(r, groups->table.entries[i].value);
}

static Str constraint_of(const TomlValue *v) {
  if (v->type == TOML_TABLE)
    v = toml_get(v, "version");
  else if (v->type == TOML_ARRAY && v->array.len)
    return constraint_of(v->array.items[0]);
  Str text = v ? toml_str(v) : STR("");
  return text.ptr && !str_is(text, "*") ? text : STR("");
}

// sqlalchemy = "^1.4", or a table with `version`. Poetry, Pipfile.
static void read_table(Reading *r, const TomlValue *table) {
  for (uint32_t i = 0; table && table->type == TOML_TABLE && i < table->table.len; i++) {
    const TomlEntry *e = &table->table.entries[i];
    Str spec = constraint_of(e->value);
    uint32_t line = line_of(r->text, e->key_span.start);
    Str shown =
        str_format(r->d->arena, "%.*s = \"%.*s\"", STR_ARG(e->key), STR_ARG(spec));
    if (str_is(e->key, "python"))
      detect_clue(r->d, &r->d->python, r->kind, r->path, line, shown, spec);
    else
      detect_requirement(r->d, e->key, spec, r->kind, r->path, line, shown);
  }
}

static const TomlValue *parse_toml(Reading *r) {
  DiagSink diags = {.arena = r->d->arena};
  const TomlValue *root = toml_parse(r->d->arena, r->text, &diags);
  diag_sink_free(&diags);
  return root;
}

static void read_pyproject(Reading *r) {
  const TomlValue *root = parse_toml(r);
  read_list(r, toml_path(root, "project.dependencies"));
  read_groups(r, toml_path(root, "project.optional-dependencies"));
  read_groups(r, toml_get(root, "dependency-groups"));
  read_groups(r, toml_path(root, "tool.pdm.dev-dependencies"));
  read_list(r, toml_path(root, "tool.uv.dev-dependencies"));
  read_table(r, toml_path(root, "tool.poetry.dependencies"));
  read_table(r, toml_path(root, "tool.poetry.dev-dependencies"));
  const TomlValue *groups = toml_path(root, "tool.poetry.group");
  for (uint32_t i = 0; groups && groups->type == TOML_TABLE && i < groups->table.len; i++)
    read_table(r, toml_get(groups->table.entries[i].value, "dependencies"));
  const TomlValue *python = toml_path(root, "project.requires-python");
  if (toml_str(python).ptr)
    detect_clue(
        r->d, &r->d->python, r->kind, r->path, toml_line(r, python),
        str_format(r->d->arena, "requires-python = \"%.*s\"", STR_ARG(python->text)),
        python->text);
}

static void read_pipfile(Reading *r) {
  const TomlValue *root = parse_toml(r);
  read_table(r, toml_get(root, "packages"));
  read_table(r, toml_get(root, "dev-packages"));
  const TomlValue *python = toml_path(root, "requires.python_version");
  if (toml_str(python).ptr)
    detect_clue(r->d, &r->d->python, r->kind, r->path, toml_line(r, python), python->text,
                str_format(r->d->arena, ">=%.*s", STR_ARG(python->text)));
}

static void read_lock_packages(Reading *r, const TomlValue *list) {
  for (uint32_t i = 0; list && list->type == TOML_ARRAY && i < list->array.len; i++) {
    const TomlValue *item = list->array.items[i];
    Str name = toml_str(toml_get(item, "name"));
    const TomlValue *version = toml_get(item, "version");
    if (!name.ptr || !toml_str(version).ptr ||
        package_find(r->d->arena, name) == package_count)
      continue;
    detect_requirement(
        r->d, name, version->text, r->kind, r->path, toml_line(r, version),
        str_format(r->d->arena, "%.*s %.*s", STR_ARG(name), STR_ARG(version->text)));
  }
}

static void read_toml_lock(Reading *r) {
  const TomlValue *root = parse_toml(r);
  read_lock_packages(r, toml_get(root, "package"));
  read_lock_packages(r, toml_get(root, "packages")); // pylock.toml, PEP 751
}

static void read_pipfile_lock(Reading *r) {
  static const char *const sections[] = {"default", "develop"};
  json_error_t why;
  json_t *root = json_loadb(r->text.ptr, r->text.len, JSON_REJECT_DUPLICATES, &why);
  for (size_t s = 0; s < 2; s++) {
    const char *name;
    json_t *item;
    json_object_foreach(json_object_get(root, sections[s]), name, item) {
      const char *version = json_string_value(json_object_get(item, "version"));
      if (!version)
        continue;
      Str quoted = str_format(r->d->arena, "\"%s\":", name);
      Str spec = str_copy(r->d->arena, str_from(version));
      detect_requirement(r->d, str_from(name), spec, r->kind, r->path,
                         line_of(r->text, str_find(r->text, quoted, 0)),
                         str_format(r->d->arena, "%s%s", name, version));
    }
  }
  json_decref(root);
}

// ---- setup.py: strings that are requirements of known packages, wherever they stand

typedef struct {
  Reading *r;
  const PyTree *tree;
} SetupWalk;

static bool see_setup(void *data, Ref node) {
  SetupWalk *w = data;
  Reading *r = w->r;
  PyKind kind = py_kind(w->tree, node);
  Buf value = {0};
  if (kind == PY_STR && py_str_value(w->tree, node, &value)) {
    Str text = str_copy(r->d->arena, buf_str(&value));
    add_requirement(r, text, line_of(r->text, py_node(w->tree, node)->start));
  } else if (kind == PY_KEYWORD) {
    const PyKeyword *k = PY_AS(Keyword, w->tree, node);
    if (k->arg == interner_find(r->d->project->names, STR("python_requires")) &&
        py_kind(w->tree, k->value) == PY_STR && py_str_value(w->tree, k->value, &value))
      detect_clue(r->d, &r->d->python, r->kind, r->path,
                  line_of(r->text, py_node(w->tree, node)->start), py_text(w->tree, node),
                  str_copy(r->d->arena, buf_str(&value)));
  }
  buf_free(&value);
  return true;
}

// It is one of the project's own files, read and parsed already.
static void read_setup_py(Detecting *d, const ProjectFile *f) {
  Reading r = {
      .d = d, .path = f->path, .text = f->source.text, .kind = EVIDENCE_REQUIREMENT};
  SetupWalk w = {&r, &f->tree};
  PyVisitor v = {.enter = see_setup, .data = &w};
  py_walk(&f->tree, f->tree.root, &v);
}

// ---- Folders

typedef struct {
  const char *name; // "*" at an end stands for anything
  EvidenceKind kind;
  void (*read)(Reading *r);
} FileRow;

static const FileRow file_rows[] = {
    {"requirements*.txt", EVIDENCE_REQUIREMENT, read_requirements},
    {"requirements*.in", EVIDENCE_REQUIREMENT, read_requirements},
    {"*requirements.txt", EVIDENCE_REQUIREMENT, read_requirements},
    {"*requirements.in", EVIDENCE_REQUIREMENT, read_requirements},
    {"constraints*.txt", EVIDENCE_REQUIREMENT, read_requirements},
    {"pyproject.toml", EVIDENCE_REQUIREMENT, read_pyproject},
    {"setup.cfg", EVIDENCE_REQUIREMENT, read_setup_cfg},
    {"Pipfile", EVIDENCE_REQUIREMENT, read_pipfile},
    {"environment.yml", EVIDENCE_REQUIREMENT, read_environment_yml},
    {"environment.yaml", EVIDENCE_REQUIREMENT, read_environment_yml},
    {".python-version", EVIDENCE_REQUIREMENT, read_python_version},
    {"uv.lock", EVIDENCE_LOCK, read_toml_lock},
    {"poetry.lock", EVIDENCE_LOCK, read_toml_lock},
    {"pdm.lock", EVIDENCE_LOCK, read_toml_lock},
    {"pylock.toml", EVIDENCE_LOCK, read_toml_lock},
    {"Pipfile.lock", EVIDENCE_LOCK, read_pipfile_lock},
    {"alembic.ini", EVIDENCE_CODE, read_urls},
    {".env", EVIDENCE_CODE, read_urls},
    {".env.*", EVIDENCE_CODE, read_urls},
};

static bool name_matches(const char *pattern, Str name) {
  Str p = str_from(pattern);
  size_t star = str_find_char(p, '*', 0);
  if (star == SIZE_MAX)
    return str_eq(p, name);
  Str head = str_slice(p, 0, star), tail = str_slice(p, star + 1, p.len);
  return name.len >= head.len + tail.len && str_starts(name, head) &&
         str_ends(name, tail);
}

static void read_file(Detecting *d, Str folder, Str name, bool in_requirements) {
  for (size_t i = 0; i < sizeof file_rows / sizeof *file_rows; i++) {
    const FileRow *row = &file_rows[i];
    bool listed = in_requirements && row->read == read_requirements &&
                  (str_ends(name, STR(".txt")) || str_ends(name, STR(".in")));
    if (!listed && !name_matches(row->name, name))
      continue;
    Str path = str_format(d->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name)), text;
    if (!io_read_file(d->arena, path.ptr, MAX_FILE, 64, &text, NULL, NULL))
      return;
    if (str_starts(text, STR("\xEF\xBB\xBF")))
      text = str_slice(text, 3, text.len);
    Str root = d->project->folder;
    bool inside =
        str_starts(path, root) && path.len > root.len && path.ptr[root.len] == '/';
    Reading r = {.d = d,
                 .path = inside ? str_slice(path, root.len + 1, path.len) : path,
                 .text = text,
                 .kind = row->kind};
    row->read(&r);
    return;
  }
}

// site-packages/SQLAlchemy-2.0.1.dist-info
static void read_site_packages(Detecting *d, Str folder) {
  DIR *dir = opendir(folder.ptr);
  int entries = 0;
  for (struct dirent *e; dir && (e = readdir(dir)) && entries < MAX_ENTRIES; entries++) {
    Str name = str_from(e->d_name);
    size_t dash = str_find_char(name, '-', 0);
    if (!str_ends(name, STR(".dist-info")) || dash == SIZE_MAX)
      continue;
    Str version =
        str_copy(d->arena, str_slice(name, dash + 1, name.len - strlen(".dist-info")));
    name = str_copy(d->arena, name);
    detect_requirement(d, str_slice(name, 0, dash), version, EVIDENCE_INSTALLED,
                       str_format(d->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name)),
                       0,
                       str_format(d->arena, "%.*s %.*s",
                                  STR_ARG(str_slice(name, 0, dash)), STR_ARG(version)));
  }
  if (dir)
    closedir(dir);
}

static void read_environment(Detecting *d, Str folder, const char *name) {
  Str lib = str_format(d->arena, "%.*s/%s/lib", STR_ARG(folder), name);
  Str config = str_format(d->arena, "%.*s/%s/pyvenv.cfg", STR_ARG(folder), name);
  if (access(config.ptr, F_OK) != 0)
    return;
  DIR *dir = opendir(lib.ptr);
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (!strncmp(e->d_name, "python", 6))
      read_site_packages(
          d, str_format(d->arena, "%.*s/%s/site-packages", STR_ARG(lib), e->d_name));
  if (dir)
    closedir(dir);
}

static int compare_names(const void *a, const void *b) {
  return str_compare(*(const Str *)a, *(const Str *)b);
}

static void read_folder(Detecting *d, Str folder) {
  DIR *dir = opendir(folder.ptr);
  Vec(Str) names = {0};
  for (struct dirent *e; dir && (e = readdir(dir)) && names.len < MAX_ENTRIES;)
    vec_push(&names, str_copy(d->arena, str_from(e->d_name)));
  if (dir)
    closedir(dir);
  if (names.len) // the order of a folder is no order
    qsort(names.items, names.len, sizeof *names.items, compare_names);
  bool listed = str_ends(folder, STR("/requirements"));
  for (size_t i = 0; i < names.len; i++) {
    read_file(d, folder, names.items[i], listed);
    if (str_is(names.items[i], "requirements"))
      read_folder(d, str_format(d->arena, "%.*s/requirements", STR_ARG(folder)));
  }
  vec_free(&names);
}

static Str folder_of(Str path) {
  size_t slash = str_rfind_char(path, '/');
  return str_slice(path, 0, slash == SIZE_MAX ? 0 : slash);
}

static bool exists_in(Detecting *d, Str folder, const char *name) {
  return access(str_format(d->arena, "%.*s/%s", STR_ARG(folder), name).ptr, F_OK) == 0;
}

// The folder that holds the project's own files: at or a little above the sources.
static Str top_folder(Detecting *d) {
  static const char *const marks[] = {"pyproject.toml", "setup.py",         "setup.cfg",
                                      "Pipfile",        "requirements.txt", ".git"};
  Str folder = d->project->folder;
  for (int up = 0; up <= MAX_CLIMB && folder.len; up++, folder = folder_of(folder))
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
      if (exists_in(d, folder, marks[i]))
        return folder;
  return d->project->folder;
}

void detect_files(Detecting *d) {
  static const char *const environments[] = {".venv", "venv", "env"};
  const Project *p = d->project;
  Vec(Str) folders = {0};
  Str top = top_folder(d);
  vec_push(&folders, str_copy(d->arena, top));
  // Each folder with sources and those between it and the top, once.
  for (uint32_t i = 0; i < p->file_count && folders.len < MAX_FOLDERS; i++) {
    Str folder = folder_of(p->files[i]->absolute);
    for (; folder.len > top.len && str_starts(folder, top); folder = folder_of(folder)) {
      bool known = false;
      for (size_t k = folders.len; !known && k-- > 0 && folders.len - k < 32;)
        known = str_eq(folders.items[k], folder);
      if (known)
        break;
      vec_push(&folders, str_copy(d->arena, folder));
    }
    if (p->files[i]->readable && str_ends(p->files[i]->path, STR("setup.py")))
      read_setup_py(d, p->files[i]);
  }
  if (folders.len)
    qsort(folders.items, folders.len, sizeof *folders.items, compare_names);
  for (size_t i = 0; i < folders.len; i++)
    if (!i || !str_eq(folders.items[i], folders.items[i - 1]))
      read_folder(d, folders.items[i]);
  for (size_t i = 0; i < sizeof environments / sizeof *environments; i++)
    read_environment(d, top, environments[i]);
  vec_free(&folders);
}
