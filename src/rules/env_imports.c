// B136: models that env.py does not import.
#include "rules/annotation.h"
#include "sqla/place_map.h"

enum {
  MAX_FILES = 4000 // that one env.py imports
};

typedef struct {
  RuleCtx *cx;
  bool *reached; // by file
  Vec(uint32_t) open;
  PlaceMap outside; // what imports name first that is not found in the project, by Atom
  bool unknown;     // imports by name, or a file that was not read
} Imports;

// A file that was not read in full, and has an import.
static bool may_import_unseen(const ProjectFile *f) {
  return !f->scopes &&
         (!f->readable || str_find(f->source.text, STR("import"), 0) != SIZE_MAX);
}

static void reach_module(Imports *w, uint32_t module) {
  const Project *p = w->cx->project;
  for (; module != NO_MODULE; module = p->modules[module].parent) {
    uint32_t file = p->modules[module].file;
    if (file == NO_FILE || w->reached[file])
      continue;
    w->reached[file] = true;
    w->unknown =
        w->unknown || may_import_unseen(p->files[file]) || w->open.len >= MAX_FILES;
    vec_push(&w->open, file);
  }
}

static void note_outside(Imports *w, ImportTarget target) {
  Interner *names = w->cx->project->names;
  Str dotted = target.kind == TARGET_EXTERNAL ? atom_str(names, target.dotted) : STR("");
  Atom first = interner_find(names, str_slice(dotted, 0, str_find_char(dotted, '.', 0)));
  if (dotted.len && first)
    place_map_set(&w->outside, first, 1);
}

// `from app.models import User` runs app, app.models, and app.models.User where that is a
// module.
static void reach_import(Imports *w, uint32_t file, Ref stmt, Atom name) {
  const Project *p = w->cx->project;
  const PyTree *t = &p->files[file]->tree;
  bool from = py_kind(t, stmt) == PY_IMPORT_FROM;
  const PyImportFrom *f = from ? PY_AS(ImportFrom, t, stmt) : NULL;
  ImportTarget module = from ? project_resolve_import(p, file, f->node.aux, f->module, 0)
                             : project_resolve_import(p, file, 0, name, 0);
  if (module.kind == TARGET_MODULE || module.kind == TARGET_NAME)
    reach_module(w, module.module);
  else
    note_outside(w, module);
  if (!from || !name)
    return;
  ImportTarget member = project_resolve_import(p, file, f->node.aux, f->module, name);
  if (member.kind == TARGET_MODULE || member.kind == TARGET_NAME)
    reach_module(w, member.module);
}

// Modules that are found at run time: nothing can be told then.
static bool imports_by_name(Str module) {
  return str_is(module, "importlib") || str_is(module, "pkgutil") ||
         str_starts(module, STR("importlib.")) || str_is(module, "glob") ||
         str_is(module, "runpy");
}

// __import__("models") in the text of the file.
static bool calls_import(const Imports *w, const ProjectFile *f) {
  return interner_find(w->cx->project->names, STR("__import__")) &&
         str_find(f->source.text, STR("__import__("), 0) != SIZE_MAX;
}

// True where what is imported from outside may be the file by its name: sys.path makes
// roots of folders that are none otherwise.
static bool may_be_file(const Imports *w, Str path) {
  Str part;
  while (str_next_part(&path, '/', &part)) {
    if (!path.ptr && str_ends(part, STR(".py")))
      part = str_slice(part, 0, part.len - 3);
    Atom name = interner_find(w->cx->project->names, part);
    if (name && place_map_get(&w->outside, name) != PLACE_MAP_NONE)
      return true;
  }
  return false;
}

// True where an import that is not found in the project names a file or a folder of it;
// what stands beside env.py does not count: the folder is called alembic, as the library.
static bool may_import_more(const Imports *w) {
  const Project *p = w->cx->project;
  Str own = w->cx->file->path;
  own = str_slice(own, 0, own.len - strlen("env.py"));
  for (uint32_t i = 0; i < p->file_count; i++)
    if (!w->reached[i] && !p->files[i]->is_test &&
        !(own.len && str_starts(p->files[i]->path, own)) &&
        may_be_file(w, p->files[i]->path))
      return true;
  return false;
}

static void read_file(Imports *w, uint32_t file) {
  const ProjectFile *f = w->cx->project->files[file];
  const PyScopes *s = f->scopes;
  for (uint32_t i = 0; s && i < s->binding_count; i++) {
    const PyBinding *b = &s->bindings[i];
    if (b->kind != BIND_IMPORT || b->flags & BIND_TYPE_CHECKING)
      continue;
    Atom name = PY_AS(Alias, &f->tree, b->node)->name;
    Atom module = py_kind(&f->tree, b->stmt) == PY_IMPORT_FROM
                      ? PY_AS(ImportFrom, &f->tree, b->stmt)->module
                      : name;
    if (module && imports_by_name(atom_str(w->cx->project->names, module)))
      w->unknown = true;
    reach_import(w, file, b->stmt, name);
  }
  w->unknown = w->unknown || calls_import(w, f);
  for (uint32_t i = 0; s && i < s->star_count; i++)
    if (!(s->stars[i].flags & BIND_TYPE_CHECKING))
      reach_import(w, file, s->stars[i].stmt, 0);
}

// The declarative base whose metadata is compared; `*sqlmodel`: that of SQLModel, which
// is no class of the project.
static Place base_of(RuleCtx *cx, Ref metadata, bool *sqlmodel) {
  const PyTree *t = cx->tree;
  *sqlmodel = false;
  if (py_kind(t, metadata) != PY_ATTRIBUTE ||
      PY_AS(Attribute, t, metadata)->attr != rule_atom(cx, "metadata"))
    return (Place){0};
  Ref owner = PY_AS(Attribute, t, metadata)->value;
  *sqlmodel = str_starts(rule_dotted(cx, owner), STR("sqlmodel."));
  Origin o = resolve_expr(cx->resolver, cx->file_id, owner);
  return o.kind == ORIGIN_CLASS ? o.at : o.kind == ORIGIN_VARIABLE ? o.value : (Place){0};
}

static bool is_compared(const RuleCtx *cx, const Model *m, Place base, bool sqlmodel) {
  const ProjectFile *f = cx->project->files[m->node.file];
  return m->table && !f->is_test && !f->is_context &&
         (sqlmodel ? m->style == BASE_SQLMODEL : place_eq(m->base, base));
}

static void report(RuleCtx *cx, Ref value, const Imports *w, Place base, bool sqlmodel) {
  Buf names = {0};
  uint32_t count = 0, last = NO_FILE;
  for (uint32_t i = 0; i < models_count(cx->models); i++) {
    const Model *m = models_at(cx->models, i);
    if (!is_compared(cx, m, base, sqlmodel) || w->reached[m->node.file])
      continue;
    if (m->node.file != last && count++ < 3)
      buf_printf(&names, "%s`%.*s`", count > 1 ? ", " : "",
                 STR_ARG(cx->project->files[m->node.file]->path));
    last = m->node.file;
  }
  if (count > 3)
    buf_printf(&names, " and %u more", (unsigned)(count - 3));
  if (count)
    rule_report(cx, py_span(cx->tree, value),
                "the models of %.*s are not imported here: `revision --autogenerate` "
                "does not see their tables, and would drop them",
                STR_ARG(buf_str(&names)));
  buf_free(&names);
}

static void check(RuleCtx *cx) {
  bool env = str_ends(cx->file->path, STR("/env.py")) || str_is(cx->file->path, "env.py");
  const PyScopes *s = cx->file->scopes;
  uint32_t symbol =
      env && s ? py_scopes_find(s, 0, rule_atom(cx, "target_metadata")) : NO_SYMBOL;
  if (symbol == NO_SYMBOL || s->symbols[symbol].first != s->symbols[symbol].last ||
      s->bindings[s->symbols[symbol].first].kind != BIND_ASSIGN)
    return;
  Ref value = 0;
  assigned_target(cx->tree, s->bindings[s->symbols[symbol].first].stmt, &value);
  bool sqlmodel = false;
  Place base = value ? base_of(cx, value, &sqlmodel) : (Place){0};
  if (!base.ref && !sqlmodel)
    return;
  Imports w = {.cx = cx,
               .reached = arena_array(cx->scratch, bool, cx->project->file_count)};
  w.reached[cx->file_id] = true;
  read_file(&w, cx->file_id);
  for (size_t i = 0; i < w.open.len && !w.unknown; i++)
    read_file(&w, w.open.items[i]);
  if (!w.unknown && w.open.len && !may_import_more(&w))
    report(cx, value, &w, base, sqlmodel);
  vec_free(&w.open);
  place_map_free(&w.outside);
}

DEFINE_RULE(env_models_not_imported, "B136", "env-models-not-imported", CAT_ALEMBIC,
            SEVERITY_ERROR,
            "Models that env.py imports neither itself nor by what it imports",
            "A table is in the metadata once its class statement has run: for "
            "autogenerate the others are tables that nobody wants any more",
            .check_file = check);
