// detect_code.c: what the sources themselves tell: imports, database URLs, and the idioms
// of 1.x and 2.x. Only names that come from SQLAlchemy count.
#include "project/detect_internal.h"
#include "python/import.h"
#include "python/parse.h"

typedef struct {
  const char
      *module; // prefix of dotted names: "sqlalchemy.orm"; exact where no dot follows
  const char *name; // imported name, NULL: any
  Style style;
} Idiom;

// Names that exist, or are needed, on one side only.
static const Idiom idioms[] = {
    {"sqlalchemy.ext.asyncio", NULL, STYLE_ASYNC},
    {"sqlalchemy.orm", NULL, STYLE_ORM},
    {"sqlalchemy.ext.declarative", NULL, STYLE_ORM},
    {"flask_sqlalchemy", NULL, STYLE_ORM},
    {"sqlmodel", NULL, STYLE_ORM},
    {"flask_sqlalchemy", "SQLAlchemy", STYLE_SYNC},
    {"sqlalchemy", "create_engine", STYLE_SYNC},
    {"sqlalchemy.orm", "sessionmaker", STYLE_SYNC},
    {"sqlalchemy.orm", "scoped_session", STYLE_SYNC},
    {"sqlalchemy.orm", "Session", STYLE_SYNC},
    {"sqlalchemy", "Table", STYLE_CORE},
    {"sqlalchemy.ext.declarative", NULL, STYLE_1X},
    {"sqlalchemy.orm", "mapper", STYLE_1X},
    {"sqlalchemy.orm", "relation", STYLE_1X},
    {"sqlalchemy.orm", "Query", STYLE_1X},
    {"sqlalchemy.future", NULL, STYLE_1X},
    {"sqlalchemy.orm", "DeclarativeBase", STYLE_2X},
    {"sqlalchemy.orm", "DeclarativeBaseNoMeta", STYLE_2X},
    {"sqlalchemy.orm", "MappedAsDataclass", STYLE_2X},
    {"sqlalchemy.orm", "Mapped", STYLE_2X},
    {"sqlalchemy.orm", "WriteOnlyMapped", STYLE_2X},
    {"sqlalchemy.orm", "DynamicMapped", STYLE_2X},
    {"sqlalchemy.orm", "mapped_column", STYLE_2X},
    {"sqlalchemy.ext.asyncio", "async_sessionmaker", STYLE_2X},
    {"sqlalchemy", "Uuid", STYLE_2X},
    {"sqlalchemy", "Double", STYLE_2X},
};

typedef struct {
  Detecting *d;
  const ProjectFile *file;
  bool sqlalchemy; // something of it is imported here
  bool has_url;    // the text has `://`
  Atom query, select;
} Scan;

static uint32_t line_at(const ProjectFile *f, uint32_t offset) {
  return source_position(&f->source, offset).line;
}

static Str line_text(const ProjectFile *f, uint32_t line) {
  Str text = str_trim(source_line(&f->source, line));
  return str_slice(text, 0, 100);
}

static void add_code(Scan *s, Clues *clues, Ref node) {
  if (clues->len >= MAX_EVIDENCE)
    return;
  uint32_t line = line_at(s->file, py_node(&s->file->tree, node)->start);
  detect_clue(s->d, clues, EVIDENCE_CODE, s->file->path, line, line_text(s->file, line),
              (Str){0});
}

static bool is_module(Str dotted, const char *module) {
  Str m = str_from(module);
  return str_starts(dotted, m) && (dotted.len == m.len || dotted.ptr[m.len] == '.');
}

static void see_name(Scan *s, Str module, Str name, Ref node) {
  for (size_t i = 0; i < sizeof idioms / sizeof *idioms; i++) {
    const Idiom *m = &idioms[i];
    bool fits = m->name ? str_is(module, m->module) && str_is(name, m->name)
                        : is_module(module, m->module);
    if (fits)
      add_code(s, &s->d->styles[m->style], node);
  }
}

static void see_module(Scan *s, Str module, Ref node) {
  for (uint32_t i = 0; i < package_count; i++)
    if (is_module(module, package_rows[i].module) &&
        !(i && !strcmp(package_rows[i].module, package_rows[i - 1].module)))
      add_code(s, &s->d->packages[i], node);
  s->sqlalchemy = s->sqlalchemy || is_module(module, "sqlalchemy") ||
                  is_module(module, "flask_sqlalchemy") || is_module(module, "sqlmodel");
}

static void see_import(Scan *s, Ref stmt) {
  const PyTree *t = &s->file->tree;
  const Interner *names = s->d->project->names;
  PyRefs aliases = py_kind(t, stmt) == PY_IMPORT
                       ? py_list(t, PY_AS(Import, t, stmt)->names)
                       : py_list(t, PY_AS(ImportFrom, t, stmt)->names);
  for (uint32_t i = 0; i < aliases.len; i++) {
    ImportItem item = py_import_read(t, stmt, aliases.at[i]);
    if (item.level || !item.module)
      continue;
    Str module = atom_str(names, item.module);
    if (i == 0 || py_kind(t, stmt) == PY_IMPORT)
      see_module(s, module, stmt);
    see_name(s, module, item.name ? atom_str(names, item.name) : STR(""), stmt);
  }
}

// What a name of the file was imported as: the module "sqlalchemy.orm" for `orm`.
static bool imported_as(Scan *s, Ref name, Buf *dotted) {
  const PyScopes *scopes = s->file->scopes;
  const PyTree *t = &s->file->tree;
  uint32_t symbol = py_scopes_symbol_of(scopes, name);
  if (symbol == NO_SYMBOL || (symbol = py_scopes_target(scopes, symbol)) == NO_SYMBOL ||
      scopes->symbols[symbol].first == NO_BINDING)
    return false;
  const PyBinding *b = &scopes->bindings[scopes->symbols[symbol].first];
  if (b->kind != BIND_IMPORT || py_kind(t, b->node) != PY_ALIAS)
    return false;
  ImportItem item = py_import_read(t, b->stmt, b->node);
  if (item.level || !item.module)
    return false;
  Str module = atom_str(s->d->project->names, item.module);
  if (item.whole_path) // binds the first part only
    module = str_slice(module, 0, str_find_char(module, '.', 0));
  buf_add_str(dotted, module);
  if (item.name) {
    buf_add_char(dotted, '.');
    buf_add_str(dotted, atom_str(s->d->project->names, item.name));
  }
  return true;
}

// `sa.orm.Mapped` as "sqlalchemy.orm" and "Mapped".
static void see_attribute(Scan *s, Ref node) {
  enum {
    DEEPEST = 8
  };
  const PyTree *t = &s->file->tree;
  const Interner *names = s->d->project->names;
  Ref chain[DEEPEST];
  uint32_t depth = 0;
  Ref at = node;
  for (; py_kind(t, at) == PY_ATTRIBUTE && depth < DEEPEST;
       at = PY_AS(Attribute, t, at)->value)
    chain[depth++] = at;
  Buf dotted = {0};
  if (py_kind(t, at) == PY_NAME && imported_as(s, at, &dotted) &&
      is_module(buf_str(&dotted), "sqlalchemy")) {
    while (depth > 1) {
      buf_add_char(&dotted, '.');
      buf_add_str(&dotted, atom_str(names, PY_AS(Attribute, t, chain[--depth])->attr));
    }
    see_name(s, buf_str(&dotted), atom_str(names, PY_AS(Attribute, t, node)->attr), node);
  }
  buf_free(&dotted);
}

// `session.query(User)` and `select([...])` are how 1.x is written.
static void see_call(Scan *s, Ref node) {
  const PyTree *t = &s->file->tree;
  const PyCall *call = PY_AS(Call, t, node);
  PyRefs args = py_list(t, call->args);
  Ref func = call->func;
  if (!args.len)
    return;
  if (py_kind(t, func) == PY_ATTRIBUTE) {
    const PyAttribute *a = PY_AS(Attribute, t, func);
    if (a->attr == s->query && py_kind(t, args.at[0]) != PY_KEYWORD &&
        py_kind(t, args.at[0]) != PY_STR)
      add_code(s, &s->d->styles[STYLE_1X], node);
  } else if (py_kind(t, func) == PY_NAME && PY_AS(Name, t, func)->id == s->select &&
             py_kind(t, args.at[0]) == PY_LIST) {
    add_code(s, &s->d->styles[STYLE_1X], node);
  }
}

static void see_string(Scan *s, Ref node) {
  const PyTree *t = &s->file->tree;
  size_t scheme = str_find(str_slice(py_text(t, node), 0, 48), STR("://"), 0);
  if (scheme == SIZE_MAX)
    return;
  Buf text = {0};
  if (py_str_value(t, node, &text))
    detect_url(s->d, buf_str(&text), EVIDENCE_CODE, s->file->path,
               line_at(s->file, py_node(t, node)->start));
  buf_free(&text);
}

static bool enter(void *data, Ref node) {
  Scan *s = data;
  const PyTree *t = &s->file->tree;
  PyKind kind = py_kind(t, node);
  // An expression holds no import, and says nothing before SQLAlchemy is imported.
  if (!s->sqlalchemy && !s->has_url && py_kind_group(kind) == PY_GROUP_EXPR)
    return false;
  switch (kind) {
  case PY_IMPORT:
  case PY_IMPORT_FROM:
    see_import(s, node);
    return false;
  case PY_ATTRIBUTE:
    if (s->sqlalchemy)
      see_attribute(s, node);
    return true;
  case PY_CALL:
    if (s->sqlalchemy)
      see_call(s, node);
    return true;
  case PY_STR:
    see_string(s, node);
    return false;
  default:
    return true;
  }
}

// True where the text has an address that may be a database's: links to pages are in
// every second file.
static bool has_database_url(Str text) {
  for (size_t at = 0; (at = str_find(text, STR("://"), at)) != SIZE_MAX; at += 3) {
    Str before = str_slice(text, 0, at);
    if (!str_ends(before, STR("http")) && !str_ends(before, STR("https")))
      return true;
  }
  return false;
}

bool detect_wants(const ProjectFile *f) {
  return str_ends(f->path, STR("setup.py")) || has_database_url(f->source.text);
}

void detect_code(Detecting *d) {
  Interner *names = d->project->names;
  Scan s = {.d = d,
            .query = interner_find(names, STR("query")),
            .select = interner_find(names, STR("select"))};
  for (uint32_t i = 0; i < d->project->file_count; i++) {
    ProjectFile *f = d->project->files[i];
    if (!f->in_focus || !f->in_use) // in a project without a focus all are
      continue;
    source_index_lines(&f->source, &f->arena);
    s.file = f;
    s.sqlalchemy = false;
    s.has_url = has_database_url(f->source.text);
    PyVisitor v = {.enter = enter, .data = &s};
    py_walk(&f->tree, f->tree.root, &v);
  }
}
