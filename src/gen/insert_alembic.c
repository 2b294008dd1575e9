// insert_alembic.c: Alembic's env.py has to see the new models.
//
// What env.py imports, through any number of files, is what its metadata knows. A new
// module that nothing on that way imports is named where its neighbours are named for
// the same reason: an import whose name is not used. Where env.py still has
// `target_metadata = None`, it gets the metadata of the models.
#include "gen/insert_internal.h"

typedef struct {
  const Insertion *in;
  uint32_t env;
  bool *reached; // by file
  bool *seen;    // by module, on the way
  bool by_name;  // something on the way imports modules by name, which cannot be followed
  Vec(uint32_t) queue; // files
} Reach;

static void reach_module(Reach *r, uint32_t module) {
  const Project *p = r->in->project;
  for (; module != NO_MODULE && !r->seen[module]; module = p->modules[module].parent) {
    uint32_t file = p->modules[module].file;
    r->seen[module] = true;
    if (file == NO_FILE || r->reached[file])
      continue;
    r->reached[file] = true;
    vec_push(&r->queue, file);
  }
}

// The module that a binding of an import reads; for `from m import n` also n, where that
// is a module.
static void reach_import(Reach *r, uint32_t file, const PyBinding *b) {
  const Project *p = r->in->project;
  const PyTree *t = insert_tree(r->in, file);
  const PyAlias *alias = PY_AS(Alias, t, b->node);
  ImportTarget of, part = {.kind = TARGET_UNKNOWN};
  if (py_kind(t, b->stmt) == PY_IMPORT) {
    of = project_resolve_import(p, file, 0, alias->name, 0);
  } else {
    const PyImportFrom *from = PY_AS(ImportFrom, t, b->stmt);
    of = project_resolve_import(p, file, from->node.aux, from->module, 0);
    part = project_resolve_import(p, file, from->node.aux, from->module, alias->name);
  }
  if (of.kind == TARGET_MODULE)
    reach_module(r, of.module);
  if (part.kind == TARGET_MODULE)
    reach_module(r, part.module);
  if (of.kind == TARGET_EXTERNAL) {
    Str name = insert_name(r->in, of.dotted);
    r->by_name |= str_is(name, "importlib") || str_is(name, "pkgutil");
  }
}

static void reach_all(Reach *r) {
  while (r->queue.len) {
    uint32_t file = vec_pop(&r->queue);
    const PyScopes *s = r->in->project->files[file]->scopes;
    for (uint32_t i = 0; s && i < s->binding_count; i++)
      if (s->bindings[i].kind == BIND_IMPORT &&
          !(s->bindings[i].flags & BIND_TYPE_CHECKING))
        reach_import(r, file, &s->bindings[i]);
    for (uint32_t i = 0; s && i < s->star_count; i++) {
      const PyImportFrom *from =
          PY_AS(ImportFrom, insert_tree(r->in, file), s->stars[i].stmt);
      ImportTarget of =
          project_resolve_import(r->in->project, file, from->node.aux, from->module, 0);
      if (of.kind == TARGET_MODULE)
        reach_module(r, of.module);
    }
  }
}

// ---- Statements

// The value of `target_metadata = ...`, 0 where there is none.
static Ref metadata_value(const PyTree *t) {
  PyRefs body = py_list(t, PY_AS(Module, t, t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(t, body.at[i]);
    if (kind == PY_ANN_ASSIGN &&
        str_is(py_text(t, PY_AS(AnnAssign, t, body.at[i])->target), "target_metadata"))
      return PY_AS(AnnAssign, t, body.at[i])->value;
    if (kind != PY_ASSIGN)
      continue;
    PyRefs targets = py_list(t, PY_AS(Assign, t, body.at[i])->targets);
    if (targets.len == 1 && str_is(py_text(t, targets.at[0]), "target_metadata"))
      return PY_AS(Assign, t, body.at[i])->value;
  }
  return 0;
}

// True for a module beside the new one that holds models.
static bool is_neighbour(const Insertion *in, uint32_t module, Str folder) {
  uint32_t file = module == NO_MODULE ? NO_FILE : in->project->modules[module].file;
  return file != NO_FILE && !in->project->modules[module].is_package &&
         str_eq(insert_folder(in->project->files[file]->path), folder) &&
         in->models_in[file] > 0;
}

static bool is_unused(const PyScopes *s, Ref alias) {
  uint32_t symbol = py_scopes_symbol_of(s, alias);
  return symbol != NO_SYMBOL &&
         !(s->symbols[symbol].flags & (SYMBOL_USED | SYMBOL_CAPTURED));
}

typedef enum {
  NAMES_NOTHING,
  NAMES_CLASS,  // from app.models.user import User
  NAMES_STAR,   // from app.models.user import *
  NAMES_MODULE, // import app.models.user
  NAMES_PART    // from app.models import user, item
} Naming;

// How a statement of the top level names a neighbour for the sake of importing it.
static Naming naming_of(const Insertion *in, uint32_t file, Ref stmt, Str folder) {
  const Project *p = in->project;
  const PyTree *t = insert_tree(in, file);
  const PyScopes *s = p->files[file]->scopes;
  PyKind kind = py_kind(t, stmt);
  Naming naming = NAMES_NOTHING;
  if (kind == PY_IMPORT) {
    PyRefs names = py_list(t, PY_AS(Import, t, stmt)->names);
    const PyAlias *alias = names.len == 1 ? PY_AS(Alias, t, names.at[0]) : NULL;
    if (!alias || alias->asname)
      return NAMES_NOTHING;
    ImportTarget of = project_resolve_import(p, file, 0, alias->name, 0);
    return of.kind == TARGET_MODULE && is_neighbour(in, of.module, folder) ? NAMES_MODULE
                                                                           : naming;
  }
  if (kind != PY_IMPORT_FROM)
    return NAMES_NOTHING;
  const PyImportFrom *from = PY_AS(ImportFrom, t, stmt);
  PyRefs names = py_list(t, from->names);
  ImportTarget of = project_resolve_import(p, file, from->node.aux, from->module, 0);
  bool direct = of.kind == TARGET_MODULE && is_neighbour(in, of.module, folder);
  for (uint32_t i = 0; i < names.len; i++) {
    Atom name = PY_AS(Alias, t, names.at[i])->name;
    if (direct && str_is(insert_name(in, name), "*"))
      return NAMES_STAR;
    if (!is_unused(s, names.at[i]))
      return NAMES_NOTHING;
    ImportTarget part =
        project_resolve_import(p, file, from->node.aux, from->module, name);
    if (part.kind == TARGET_MODULE && is_neighbour(in, part.module, folder))
      naming = NAMES_PART;
  }
  return direct ? NAMES_CLASS : naming;
}

// The comment behind a statement on its line, with the blanks before it.
static Str trailing_comment(const FileEdit *e, Ref stmt) {
  uint32_t end = py_node(e->t, stmt)->end;
  Str rest = str_slice(e->f->source.text, end, insert_line_end(e->f->source.text, end));
  Str text = str_trim(rest);
  return text.len && text.ptr[0] == '#'
             ? str_slice(rest, 0, (size_t)(text.ptr - rest.ptr) + text.len)
             : (Str){"", 0};
}

static Str first_class(const Insertion *in) {
  const Schema *s = in->gen->schema;
  for (size_t i = 0; i < s->tables.len; i++)
    if (!s->tables.items[i]->external && s->tables.items[i]->class_name.len)
      return s->tables.items[i]->class_name;
  BUG("no class is new");
}

// ---- Edits

uint32_t insert_count_named(const Insertion *in, uint32_t file) {
  Str folder = insert_folder(in->project->files[in->sample->node.file]->path);
  const PyTree *t = insert_tree(in, file);
  PyRefs body = py_list(t, PY_AS(Module, t, t->root)->body);
  uint32_t n = 0;
  for (uint32_t i = 0; i < body.len; i++)
    n += naming_of(in, file, body.at[i], folder) != NAMES_NOTHING;
  return n;
}

bool insert_name_module(const Insertion *in, uint32_t file, ChangeSet *set, Err *err) {
  Str folder = insert_folder(in->project->files[in->sample->node.file]->path);
  FileEdit e;
  Str path, module;
  if (in->named[file])
    return true;
  in->named[file] = true;
  insert_home(in, &path, &module);
  insert_start_plain(&e, in, file);
  PyRefs body = py_list(e.t, PY_AS(Module, e.t, e.t->root)->body);
  Ref last = 0;
  Naming naming = NAMES_NOTHING;
  for (uint32_t i = 0; i < body.len; i++) {
    Naming n = naming_of(in, file, body.at[i], folder);
    if (n == NAMES_NOTHING || (n == NAMES_PART && naming > 0 && naming != NAMES_PART))
      continue;
    naming = n;
    last = body.at[i];
  }
  Arena *a = in->gen->arena;
  size_t point = str_rfind_char(module, '.');
  Str short_name = str_slice(module, point == SIZE_MAX ? 0 : point + 1, module.len);
  if (naming == NAMES_PART) {
    StrVec names = {0};
    vec_push(&names, short_name);
    insert_extend_import(&e, last, &names);
    vec_free(&names);
    return insert_finish_file(&e, set, err);
  }
  bool relative = naming != NAMES_MODULE && PY_AS(ImportFrom, e.t, last)->node.aux > 0;
  Str line = naming == NAMES_MODULE
                 ? str_format(a, "import %.*s", STR_ARG(module))
                 : insert_import_line(in, insert_folder(e.f->path), path, module,
                                      naming == NAMES_STAR ? STR("*") : first_class(in),
                                      relative);
  uint32_t at = insert_line_end(e.f->source.text, py_node(e.t, last)->end);
  insert_edit(
      &e, at, at,
      str_format(a, "%.*s%.*s\n", STR_ARG(line), STR_ARG(trailing_comment(&e, last))));
  return insert_finish_file(&e, set, err);
}

static Ref last_import(const PyTree *t) {
  PyRefs body = py_list(t, PY_AS(Module, t, t->root)->body);
  Ref last = 0;
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(t, body.at[i]) == PY_IMPORT || py_kind(t, body.at[i]) == PY_IMPORT_FROM)
      last = body.at[i];
  return last;
}

// The modules with models that nothing on the way imports.
static void push_unreached(const Reach *r, StrVec *modules) {
  const Insertion *in = r->in;
  for (uint32_t file = 0; file < in->project->file_count; file++) {
    const ProjectFile *f = in->project->files[file];
    if (in->models_in[file] && !f->is_test && f->module != NO_MODULE && !r->reached[file])
      vec_push(modules, insert_name(in, in->project->modules[f->module].name));
  }
}

// `target_metadata = None` becomes the metadata of the models, all of which are imported.
static bool set_metadata(Reach *r, Ref value, bool in_package, ChangeSet *set, Err *err) {
  const Insertion *in = r->in;
  Str path, home;
  MetadataSource from;
  if (!insert_find_metadata(in, &from)) {
    gen_step(in->gen, "give target_metadata in %.*s the metadata of the models",
             STR_ARG(in->project->files[r->env]->path));
    return true;
  }
  FileEdit e;
  StrVec lines = {0};
  insert_home(in, &path, &home);
  insert_start_plain(&e, in, r->env);
  reach_module(r, from.module_id);
  reach_all(r);
  push_unreached(r, &lines);
  if (in->own_files && !in_package)
    insert_push_sorted(&lines, home);
  Buf text = {0};
  for (size_t i = 0; i < lines.len; i++)
    buf_printf(&text, "import %.*s  # noqa: F401\n", STR_ARG(lines.items[i]));
  buf_printf(&text, "from %.*s import %.*s\n", STR_ARG(from.module), STR_ARG(from.name));
  Ref last = last_import(e.t);
  uint32_t at = last ? insert_line_end(e.f->source.text, py_node(e.t, last)->end) : 0;
  insert_edit(
      &e, at, at,
      str_format(in->gen->arena, "%s%.*s", last ? "\n" : "", STR_ARG(buf_str(&text))));
  Span span = py_span(e.t, value);
  insert_edit(&e, span.start, span.end,
              str_format(in->gen->arena, "%.*s.metadata", STR_ARG(from.name)));
  buf_free(&text);
  vec_free(&lines);
  return insert_finish_file(&e, set, err);
}

// `import app.models.post` in env.py itself.
static bool import_in_env(const Insertion *in, uint32_t env, Str module, ChangeSet *set,
                          Err *err) {
  FileEdit e;
  insert_start_plain(&e, in, env);
  Ref last = last_import(e.t);
  uint32_t at = last ? insert_line_end(e.f->source.text, py_node(e.t, last)->end) : 0;
  insert_edit(&e, at, at,
              str_format(in->gen->arena, "import %.*s  # noqa: F401\n", STR_ARG(module)));
  return insert_finish_file(&e, set, err);
}

// The file on the way from env.py that names most neighbours, env.py before others;
// NO_FILE where none does.
static uint32_t file_that_names(const Reach *r) {
  uint32_t best = NO_FILE, most = 0;
  for (uint32_t file = 0; file < r->in->project->file_count; file++) {
    if (!r->reached[file] || r->in->models_in[file])
      continue;
    uint32_t n = 2 * insert_count_named(r->in, file);
    n += n && file == r->env;
    if (n > most) {
      most = n;
      best = file;
    }
  }
  return best;
}

static bool edit_env(Reach *r, bool in_package, uint32_t package, ChangeSet *set,
                     Err *err) {
  const Insertion *in = r->in;
  Str path, module;
  uint32_t home = in->sample->node.file;
  const PyTree *t = insert_tree(in, r->env);
  Ref value = metadata_value(t);
  insert_home(in, &path, &module);
  if (!value || !module.len)
    return true;
  reach_module(r, in->project->files[r->env]->module);
  if (!r->reached[r->env]) {
    r->reached[r->env] = true;
    vec_push(&r->queue, r->env);
  }
  reach_all(r);
  if (str_is(py_text(t, value), "None"))
    return set_metadata(r, value, in_package, set, err);
  bool sees = in->own_files ? in_package && r->reached[package] : r->reached[home];
  if (sees || r->by_name)
    return true;
  uint32_t file = in->own_files ? file_that_names(r) : NO_FILE;
  if (file != NO_FILE)
    return insert_name_module(in, file, set, err);
  if (py_kind(t, value) == PY_ATTRIBUTE &&
      PY_AS(Attribute, t, value)->attr == SYM_metadata)
    return import_in_env(in, r->env, module, set, err);
  gen_step(in->gen, "see that what %.*s takes its metadata from imports %.*s",
           STR_ARG(in->project->files[r->env]->path), STR_ARG(module));
  return true;
}

bool insert_edit_gatherers(const Insertion *in, ChangeSet *set, Err *err) {
  bool good = true;
  for (uint32_t file = 0; file < in->project->file_count && good; file++) {
    const ProjectFile *f = in->project->files[file];
    if (f->in_use && f->readable && !f->is_test && !in->models_in[file] &&
        insert_count_named(in, file) >= 2)
      good = insert_name_module(in, file, set, err);
  }
  return good;
}

bool insert_edit_alembic(const Insertion *in, bool in_package, ChangeSet *set, Err *err) {
  const Project *p = in->project;
  Str folder = insert_folder(p->files[in->sample->node.file]->path);
  uint32_t package =
      project_file(p, str_format(in->gen->arena, "%.*s__init__.py", STR_ARG(folder)));
  bool good = true;
  for (uint32_t file = 0; file < p->file_count && good; file++) {
    Str path = p->files[file]->path;
    if ((!str_ends(path, STR("/env.py")) && !str_is(path, "env.py")) ||
        !p->files[file]->in_use)
      continue;
    Reach r = {.in = in,
               .env = file,
               .reached = arena_array(in->gen->arena, bool, p->file_count + 1),
               .seen = arena_array(in->gen->arena, bool, p->module_count + 1)};
    good = edit_env(&r, in_package && package != NO_FILE, package, set, err);
    vec_free(&r.queue);
  }
  return good;
}

// ---- A new env.py

static Reach start_reach(const Insertion *in) {
  Arena *a = in->gen->arena;
  return (Reach){.in = in,
                 .env = NO_FILE,
                 .reached = arena_array(a, bool, in->project->file_count + 1),
                 .seen = arena_array(a, bool, in->project->module_count + 1)};
}

static bool reaches_all(const Insertion *in, uint32_t module, uint32_t base) {
  Reach r = start_reach(in);
  StrVec left = {0};
  reach_module(&r, base);
  reach_module(&r, module);
  reach_all(&r);
  push_unreached(&r, &left);
  bool all = !left.len;
  vec_free(&r.queue);
  vec_free(&left);
  return all;
}

// A module that imports all that have models: the package they are in, or one that
// gathers them. NO_MODULE where there is none.
static uint32_t find_gatherer(const Insertion *in, uint32_t base) {
  const Project *p = in->project;
  uint32_t home = p->files[in->sample->node.file]->module;
  uint32_t up = home == NO_MODULE ? NO_MODULE : p->modules[home].parent;
  for (; up != NO_MODULE; up = p->modules[up].parent)
    if (p->modules[up].file != NO_FILE && reaches_all(in, up, base))
      return up;
  uint32_t tried = 0;
  for (uint32_t file = 0; file < p->file_count && tried < 8; file++) {
    const ProjectFile *f = p->files[file];
    if (f->module == NO_MODULE || !f->in_use || f->is_test || in->models_in[file] ||
        insert_count_named(in, file) < 2)
      continue;
    tried++;
    if (reaches_all(in, f->module, base))
      return f->module;
  }
  return NO_MODULE;
}

bool insert_metadata_imports(const Insertion *in, Str *imports, Str *metadata) {
  MetadataSource from;
  if (!insert_find_metadata(in, &from))
    return false;
  Arena *a = in->gen->arena;
  Buf text = {0};
  StrVec modules = {0};
  Reach r = start_reach(in);
  reach_module(&r, from.module_id);
  reach_all(&r);
  push_unreached(&r, &modules);
  uint32_t gatherer = modules.len > 1 ? find_gatherer(in, from.module_id) : NO_MODULE;
  if (gatherer != NO_MODULE) {
    Atom atom = interner_find(in->project->names, from.name);
    ImportTarget of = atom ? project_member(in->project, gatherer, atom)
                           : (ImportTarget){.kind = TARGET_UNKNOWN};
    Str name = insert_name(in, in->project->modules[gatherer].name);
    modules.len = 0;
    if (of.kind == TARGET_NAME && of.module == from.module_id)
      from.module = name;
    else
      vec_push(&modules, name);
  }
  for (size_t i = 0; i < modules.len; i++)
    buf_printf(&text, "import %.*s  # noqa: F401\n", STR_ARG(modules.items[i]));
  buf_printf(&text, "from %.*s import %.*s", STR_ARG(from.module), STR_ARG(from.name));
  *imports = str_copy(a, buf_str(&text));
  *metadata = str_format(a, "%.*s.metadata", STR_ARG(from.name));
  buf_free(&text);
  vec_free(&modules);
  vec_free(&r.queue);
  return true;
}
