// insert.c: see insert.h. Text of classes comes from the template of models; here it gets
// the spelling of the file it goes to.
#include "gen/insert.h"

#include "gen/layout.h"
#include "gen/python.h"
#include "text/edit.h"

typedef struct {
  const Insertion *in;
  uint32_t file;
  const ProjectFile *f;
  const PyTree *t;
  EditList edits;
  PyWriter m;
  Str orm_prefix, core_prefix; // "sa.", "" where names are imported
  Str mapped_prefix;           // of Mapped in annotations
  bool single_quotes;
  uint32_t helper_at;   // where the function enum_values is defined; UINT32_MAX: nowhere
  StrVec type_checking; // imports of classes for annotations: "from .post import Post"
} FileEdit;

static const PyTree *tree_of(const Insertion *in, uint32_t file) {
  return &in->project->files[file]->tree;
}

static Str name_of(const Insertion *in, Atom atom) {
  return atom_str(in->project->names, atom);
}

// ---- Style

static const Model *model_of_table(const SchemaTable *t) {
  return t && t->external ? t->model : NULL;
}

static uint32_t models_in_file(const Insertion *in, uint32_t file) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < models_count(in->models); i++)
    n += models_at(in->models, i)->node.file == file;
  return n;
}

static Str folder_of(Str path) {
  size_t slash = str_rfind_char(path, '/');
  return slash == SIZE_MAX ? (Str){"", 0} : str_slice(path, 0, slash + 1);
}

// The model that a new one relates to, else one of the file with the most models.
static const Model *choose_sample(const Insertion *in) {
  const Schema *s = in->gen->schema;
  for (size_t i = 0; i < s->tables.len; i++)
    for (size_t k = 0;
         k < s->tables.items[i]->relations.len && !s->tables.items[i]->external; k++) {
      const SchemaRelation *r = s->tables.items[i]->relations.items[k];
      const Model *m = model_of_table(schema_find(s, r->target_name));
      if (m)
        return m;
    }
  for (size_t i = 0; i < s->tables.len; i++)
    if (schema_is_extended(s->tables.items[i]))
      return s->tables.items[i]->model;
  const Model *best = NULL;
  uint32_t most = 0;
  for (uint32_t i = 0; i < models_count(in->models); i++) {
    const Model *m = models_at(in->models, i);
    uint32_t n = models_in_file(in, m->node.file);
    if (n > most && !in->project->files[m->node.file]->is_test) {
      most = n;
      best = m;
    }
  }
  return best;
}

static bool has_own_files(const Insertion *in) {
  Str folder = folder_of(in->project->files[in->sample->node.file]->path);
  uint32_t files = 0, count = 0;
  for (uint32_t i = 0; i < in->project->file_count; i++) {
    uint32_t n = models_in_file(in, i);
    if (n && str_eq(folder_of(in->project->files[i]->path), folder)) {
      files++;
      count += n;
    }
  }
  return files > 1 && count * 2 <= files * 3;
}

static bool names_are_singular(const Insertion *in) {
  int singular = 0;
  for (uint32_t i = 0; i < models_count(in->models); i++) {
    const Model *m = models_at(in->models, i);
    if (!m->table || m->parent)
      continue;
    Str snake = name_snake(in->gen->arena, name_of(in, m->name));
    singular += str_eq(m->table->name, snake)                                ? 1
                : str_eq(m->table->name, name_plural(in->gen->arena, snake)) ? -1
                                                                             : 0;
  }
  return singular > 0;
}

bool insert_plan(Insertion *in, Gen *gen, const Project *project, const Models *models) {
  *in = (Insertion){.gen = gen, .project = project, .models = models};
  in->sample = choose_sample(in);
  if (!in->sample)
    return false;
  in->own_files = has_own_files(in);
  if (names_are_singular(in))
    for (size_t i = 0; i < gen->schema->tables.len; i++) {
      SchemaTable *t = gen->schema->tables.items[i];
      Str snake = name_snake(gen->arena, t->class_name);
      if (!t->external && str_eq(t->name, name_plural(gen->arena, snake)))
        t->name = snake;
    }
  gen->settings.dataclass |= in->sample->dataclass;
  return true;
}

// What stands before the last point of the function of a call: "sa." of `sa.Column(...)`.
static Str prefix_of_call(const PyTree *t, Ref call) {
  if (py_kind(t, call) != PY_CALL)
    return (Str){"", 0};
  Str text = py_text(t, PY_AS(Call, t, call)->func);
  size_t point = str_rfind_char(text, '.');
  return point == SIZE_MAX ? (Str){"", 0} : str_slice(text, 0, point + 1);
}

static bool is_typed(const Model *m) {
  for (uint32_t i = 0; i < m->column_count; i++)
    if (m->columns[i].column && m->columns[i].column->annotation.ref)
      return true;
  for (uint32_t i = 0; i < m->column_count; i++)
    if (m->columns[i].node.ref)
      return false;
  return true;
}

static size_t count_char(Str s, char c) {
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += s.ptr[i] == c;
  return n;
}

// The last base of a model that has no parent: `Base`, `db.Model`.
static Str base_text(const Insertion *in, const Model *m) {
  while (m->parent)
    m = m->parent;
  const PyTree *t = tree_of(in, m->node.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, m->node.ref)->args);
  Str base = STR("Base");
  for (uint32_t i = 0; i < args.len; i++)
    if (py_kind(t, args.at[i]) != PY_KEYWORD)
      base = py_text(t, args.at[i]);
  return base;
}

static void read_style(FileEdit *e, const Model *m) {
  const PyTree *t = e->t;
  const Insertion *in = e->in;
  Str text = e->f->source.text, cls = py_text(t, m->node.ref);
  bool strings = count_char(cls, '\'') != count_char(cls, '"');
  Str quoted = strings ? cls : text;
  e->single_quotes = count_char(quoted, '\'') > count_char(quoted, '"');
  e->m.classic = !is_typed(m);
  e->m.optional = str_find(text, STR("Optional["), 0) != SIZE_MAX;
  e->m.old_list = str_find(text, STR("List["), 0) != SIZE_MAX;
  e->m.base = base_text(in, m);
  e->m.metadata = str_format(in->gen->arena, "%.*s.metadata", STR_ARG(e->m.base));
  for (uint32_t i = 0; i < m->column_count; i++) {
    Place node = m->columns[i].node;
    Place note = m->columns[i].column ? m->columns[i].column->annotation : (Place){0, 0};
    if (note.ref && note.file == e->file) {
      Str annotation = py_text(t, note.ref);
      size_t at = str_find(annotation, STR("Mapped["), 0);
      if (at != SIZE_MAX && at > 0 && annotation.ptr[at - 1] == '.')
        e->mapped_prefix = str_slice(annotation, 0, at);
    }
    if (!node.ref || node.file != e->file)
      continue;
    Str prefix = prefix_of_call(t, node.ref);
    if (prefix.len)
      *(e->m.classic ? &e->core_prefix : &e->orm_prefix) = prefix;
    const SqlColumn *c = m->columns[i].column;
    if (c && c->type.node.ref && c->type.node.file == e->file) {
      Str type = py_text(t, c->type.node.ref);
      size_t open = str_find_char(type, '(', 0),
             point = str_rfind_char(str_slice(type, 0, open), '.');
      if (point != SIZE_MAX && !e->core_prefix.len)
        e->core_prefix = str_slice(type, 0, point + 1);
    }
  }
  for (uint32_t i = 0; i < m->relationship_count; i++)
    if (m->relationships[i].node.ref && m->relationships[i].node.file == e->file &&
        prefix_of_call(t, m->relationships[i].node.ref).len)
      e->orm_prefix = prefix_of_call(t, m->relationships[i].node.ref);
  if (str_is(e->core_prefix, "db.") || str_is(e->orm_prefix, "db."))
    e->core_prefix = e->orm_prefix = STR("db.");
}

// ---- Spelling

static bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_';
}

// The name that `name` of `module` has in the file, absent where it is not imported.
static Str imported_as(const FileEdit *e, Str module, Str name) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(e->t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, e->t, body.at[i]);
    if (from->node.aux || !from->module)
      continue;
    Str of = name_of(e->in, from->module);
    bool same = str_eq(of, module) || (str_starts(of, STR("sqlalchemy")) &&
                                       str_starts(module, STR("sqlalchemy")));
    PyRefs names = py_list(e->t, from->names);
    for (uint32_t k = 0; k < names.len && same; k++) {
      const PyAlias *alias = PY_AS(Alias, e->t, names.at[k]);
      if (str_eq(name_of(e->in, alias->name), name))
        return name_of(e->in, alias->asname ? alias->asname : alias->name);
    }
  }
  return (Str){0};
}

static Str prefix_for(const FileEdit *e, const PyWanted *import) {
  bool annotation = str_is(import->name, "Mapped") ||
                    str_is(import->name, "WriteOnlyMapped") ||
                    str_is(import->name, "DynamicMapped");
  if (str_is(import->module, "sqlalchemy.orm"))
    return annotation ? e->mapped_prefix : e->orm_prefix;
  return str_is(import->module, "sqlalchemy") ? e->core_prefix : (Str){"", 0};
}

static const PyWanted *find_import(const FileEdit *e, Str name) {
  for (size_t i = 0; i < e->m.imports.len; i++)
    if (str_eq(e->m.imports.items[i].name, name))
      return &e->m.imports.items[i];
  return NULL;
}

// Generated text in the file's spelling: names of SQLAlchemy, quotes, line ends.
static Str respelled(FileEdit *e, Str text) {
  Buf out = {0};
  for (size_t i = 0; i < text.len;) {
    char c = text.ptr[i];
    if (c == '"' || c == '\'') {
      size_t end = i + 1;
      while (end < text.len && text.ptr[end] != c)
        end += text.ptr[end] == '\\' ? 2 : 1;
      Str inside = str_slice(text, i + 1, end);
      bool docstring = !inside.len || (i && text.ptr[i - 1] == c);
      char quote = e->single_quotes && c == '"' && !docstring &&
                           str_find_char(inside, '\'', 0) == SIZE_MAX
                       ? '\''
                       : c;
      buf_printf(&out, "%c%.*s%c", quote, STR_ARG(inside), quote);
      i = end + 1;
    } else if (is_name_char(c)) {
      size_t end = i;
      while (end < text.len && is_name_char(text.ptr[end]))
        end++;
      Str name = str_slice(text, i, end);
      const PyWanted *import = i && text.ptr[i - 1] == '.' ? NULL : find_import(e, name);
      bool keyword = end < text.len && text.ptr[end] == '=' && end + 1 < text.len &&
                     text.ptr[end + 1] != ' ';
      Str known = import && !keyword ? imported_as(e, import->module, name) : (Str){0};
      if (known.ptr)
        buf_add_str(&out, known);
      else if (import && !keyword)
        buf_printf(&out, "%.*s%.*s", STR_ARG(prefix_for(e, import)), STR_ARG(name));
      else
        buf_add_str(&out, name);
      i = end;
    } else {
      buf_add_char(&out, c);
      i++;
    }
  }
  Str s = str_copy(e->in->gen->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

static Str with_line_ends(const FileEdit *e, Str text) {
  Str source = e->f->source.text;
  size_t at = str_find_char(source, '\n', 0);
  if (at == SIZE_MAX || at == 0 || source.ptr[at - 1] != '\r')
    return text;
  Buf out = {0};
  for (size_t i = 0; i < text.len; i++)
    buf_printf(&out, text.ptr[i] == '\n' ? "\r\n" : "%c", text.ptr[i]);
  Str s = str_copy(e->in->gen->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

static void add_edit(FileEdit *e, uint32_t start, uint32_t end, Str text) {
  Edit edit = {.span = {start, end},
               .text = with_line_ends(e, text),
               .group = (uint32_t)e->edits.len};
  vec_push(&e->edits, edit);
}

// ---- Imports

static uint32_t line_end(Str text, uint32_t at) {
  size_t end = str_find_char(text, '\n', at);
  return (uint32_t)(end == SIZE_MAX ? text.len : end + 1);
}

static bool has_comment_within(const PyTree *t, Span s) {
  for (uint32_t i = 0; i < t->comment_count; i++)
    if (t->comments[i].start >= s.start && t->comments[i].start < s.end)
      return true;
  return false;
}

// `from M import a, b` with the new names, sorted where it was.
static void extend_import(FileEdit *e, Ref stmt, const StrVec *names) {
  const PyImportFrom *from = PY_AS(ImportFrom, e->t, stmt);
  PyRefs aliases = py_list(e->t, from->names);
  Vec(Str) all = {0};
  bool sorted = true;
  for (uint32_t i = 0; i < aliases.len; i++) {
    Str text = py_text(e->t, aliases.at[i]);
    sorted &= !i || str_compare(all.items[i - 1], text) <= 0;
    vec_push(&all, text);
  }
  for (size_t i = 0; i < names->len; i++) {
    size_t at = all.len;
    while (sorted && at > 0 && str_compare(all.items[at - 1], names->items[i]) > 0)
      at--;
    vec_push(&all, names->items[i]);
    memmove(all.items + at + 1, all.items + at, (all.len - 1 - at) * sizeof *all.items);
    all.items[at] = names->items[i];
  }
  Buf line = {0}, laid = {0};
  Span span = py_span(e->t, stmt);
  buf_add_str(&line, str_slice(e->f->source.text, span.start, from->names_at));
  bool lines = str_find_char(py_text(e->t, stmt), '\n', 0) != SIZE_MAX;
  for (size_t i = 0; i < all.len; i++)
    buf_printf(&line, "%s%.*s", i ? ", " : "", STR_ARG(all.items[i]));
  uint32_t width =
      e->in->project->config->line_length ? e->in->project->config->line_length : 88;
  layout_python(buf_str(&line), lines ? 1 : width, &laid);
  Str text = str_copy(e->in->gen->arena, str_trim(buf_str(&laid)));
  add_edit(e, span.start, span.end, text);
  vec_free(&all);
  buf_free(&line);
  buf_free(&laid);
}

static Ref import_of(const FileEdit *e, Str module, Ref *last) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  Ref found = 0;
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(e->t, body.at[i]);
    if (kind == PY_IMPORT || kind == PY_IMPORT_FROM)
      *last = body.at[i];
    if (kind != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, e->t, body.at[i]);
    if (!from->node.aux && from->module && str_eq(name_of(e->in, from->module), module) &&
        !has_comment_within(e->t, py_span(e->t, body.at[i])))
      found = body.at[i];
  }
  return found;
}

static bool wanted_import(const FileEdit *e, const PyWanted *import) {
  if (imported_as(e, import->module, import->name).ptr || prefix_for(e, import).len)
    return false;
  return true;
}

// `if TYPE_CHECKING:` at the top level, 0 where there is none.
static Ref type_checking_block(const FileEdit *e) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(e->t, body.at[i]) == PY_IF &&
        str_ends(py_text(e->t, PY_AS(If, e->t, body.at[i])->test), STR("TYPE_CHECKING")))
      return body.at[i];
  return 0;
}

static bool binds_class(const FileEdit *e, Str name) {
  Str line = str_format(e->in->gen->arena, "import %.*s\n", STR_ARG(name));
  return str_find(e->f->source.text, line, 0) != SIZE_MAX ||
         imported_as(e, STR("sqlalchemy"), name).ptr;
}

// Where `name` of the class lives, as an import that this file can write.
static Str import_line(const Insertion *in, Str folder_of_reader, Str path, Str module,
                       Str name, bool relative) {
  Arena *a = in->gen->arena;
  if (relative && str_eq(folder_of_reader, folder_of(path))) {
    size_t slash = str_rfind_char(path, '/');
    Str file = str_slice(path, slash == SIZE_MAX ? 0 : slash + 1, path.len - 3);
    return str_format(a, "from .%.*s import %.*s", STR_ARG(file), STR_ARG(name));
  }
  return str_format(a, "from %.*s import %.*s", STR_ARG(module), STR_ARG(name));
}

static bool uses_relative(const FileEdit *e) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(e->t, body.at[i]) == PY_IMPORT_FROM && py_node(e->t, body.at[i])->aux)
      return true;
  return false;
}

static Str module_of_file(const Insertion *in, uint32_t file) {
  uint32_t module = in->project->files[file]->module;
  return module == NO_MODULE ? (Str){"", 0}
                             : name_of(in, in->project->modules[module].name);
}

// Keeps the lines sorted.
static void push_sorted(StrVec *lines, Str line) {
  size_t at = lines->len;
  for (size_t i = 0; i < lines->len; i++)
    if (str_eq(lines->items[i], line))
      return;
  while (at > 0 && str_compare(lines->items[at - 1], line) > 0)
    at--;
  vec_push(lines, line);
  memmove(lines->items + at + 1, lines->items + at,
          (lines->len - 1 - at) * sizeof *lines->items);
  lines->items[at] = line;
}

// Annotations name the class: checkers and linters want it imported, Python must not.
static void want_class(FileEdit *e, const SchemaTable *t, Str path, Str module) {
  if (e->m.classic || !t->class_name.len || binds_class(e, t->class_name))
    return;
  Str line = import_line(e->in, folder_of(e->f->path), path, module, t->class_name,
                         uses_relative(e));
  push_sorted(&e->type_checking, line);
}

static void add_type_checking(FileEdit *e) {
  Ref block = type_checking_block(e), last = 0;
  Buf text = {0};
  for (size_t i = 0; i < e->type_checking.len; i++)
    buf_printf(&text, "    %.*s\n", STR_ARG(e->type_checking.items[i]));
  import_of(e, STR(""), &last);
  Str source = e->f->source.text;
  uint32_t at = line_end(source, block  ? py_node(e->t, block)->end
                                 : last ? py_node(e->t, last)->end
                                        : 0);
  if (text.len)
    add_edit(e, at, at,
             str_format(e->in->gen->arena, "%s%.*s", block ? "" : "\nif TYPE_CHECKING:\n",
                        STR_ARG(buf_str(&text))));
  buf_free(&text);
}

// True for an import of the standard library: no blank line is wanted behind it.
static bool is_standard(const FileEdit *e, Ref stmt) {
  if (py_kind(e->t, stmt) == PY_IMPORT_FROM) {
    const PyImportFrom *from = PY_AS(ImportFrom, e->t, stmt);
    return !from->node.aux && from->module &&
           py_is_standard(name_of(e->in, from->module));
  }
  PyRefs names = py_list(e->t, PY_AS(Import, e->t, stmt)->names);
  return names.len &&
         py_is_standard(name_of(e->in, PY_AS(Alias, e->t, names.at[0])->name));
}

// Where a new import of SQLAlchemy goes: beside those that are there, as isort has it
// (sqlalchemy before sqlalchemy.orm), else behind the last import.
static uint32_t place_of_fresh(const FileEdit *e, Ref last) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(e->t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, e->t, body.at[i]);
    if (!from->node.aux && from->module &&
        str_starts(name_of(e->in, from->module), STR("sqlalchemy.")))
      return from->node.start;
  }
  return last ? line_end(e->f->source.text, py_node(e->t, last)->end) : 0;
}

// Adds the imports that the generated text needs.
static void add_imports(FileEdit *e) {
  Buf fresh = {0}, standard = {0};
  Ref last = 0;
  for (size_t i = 0; i < e->m.imports.len; i++) {
    const PyWanted *import = &e->m.imports.items[i];
    bool first = true;
    for (size_t k = 0; k < i; k++)
      first &= !str_eq(e->m.imports.items[k].module, import->module);
    if (!first)
      continue;
    StrVec names = {0};
    for (size_t k = i; k < e->m.imports.len; k++)
      if (str_eq(e->m.imports.items[k].module, import->module) &&
          e->m.imports.items[k].name.len && wanted_import(e, &e->m.imports.items[k]))
        push_sorted(&names, e->m.imports.items[k].name);
    Ref stmt = import_of(e, import->module, &last);
    Buf *to = str_starts(import->module, STR("sqlalchemy")) ? &fresh : &standard;
    if (!import->name.len) {
      if (str_find(e->f->source.text,
                   str_format(e->in->gen->arena, "import %.*s", STR_ARG(import->module)),
                   0) == SIZE_MAX)
        buf_printf(&standard, "import %.*s%s%.*s\n", STR_ARG(import->module),
                   import->alias.len ? " as " : "", STR_ARG(import->alias));
    } else if (names.len && stmt) {
      extend_import(e, stmt, &names);
    } else if (names.len) {
      buf_printf(to, "from %.*s import", STR_ARG(import->module));
      for (size_t k = 0; k < names.len; k++)
        buf_printf(to, "%s %.*s", k ? "," : "", STR_ARG(names.items[k]));
      buf_add_char(to, '\n');
    }
    vec_free(&names);
  }
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  uint32_t start = 0; // the first import that is not of __future__
  bool found = false, before_others = false;
  for (uint32_t i = 0; i < body.len && !found; i++) {
    PyKind kind = py_kind(e->t, body.at[i]);
    bool future =
        kind == PY_IMPORT_FROM && PY_AS(ImportFrom, e->t, body.at[i])->module &&
        str_is(name_of(e->in, PY_AS(ImportFrom, e->t, body.at[i])->module), "__future__");
    if ((kind == PY_IMPORT || kind == PY_IMPORT_FROM) && !future) {
      start = py_node(e->t, body.at[i])->start;
      found = true;
      before_others = !is_standard(e, body.at[i]);
    }
  }
  import_of(e, STR(""), &last);
  uint32_t behind = place_of_fresh(e, last);
  if (standard.len)
    add_edit(e, start, start,
             str_format(e->in->gen->arena, "%.*s%s", STR_ARG(buf_str(&standard)),
                        before_others ? "\n" : ""));
  if (fresh.len)
    add_edit(e, behind, behind, str_copy(e->in->gen->arena, buf_str(&fresh)));
  buf_free(&fresh);
  buf_free(&standard);
}

// ---- Classes that exist

// `name: Mapped[...] = function(...)` of a class that is indented by `indent`. Takes the
// reference to `j`.
static Str attribute_line(FileEdit *e, json_t *j, Str indent) {
  json_t *args = json_object_get(j, "args"), *arg;
  const char *annotation = json_string_value(json_object_get(j, "annotation"));
  Buf line = {0}, laid = {0};
  size_t i;
  bool tabs = str_find_char(indent, '\t', 0) != SIZE_MAX;
  buf_add_repeat(&line, ' ', tabs ? 4 * (uint32_t)indent.len : (uint32_t)indent.len);
  buf_printf(&line, "%s%s%s", json_string_value(json_object_get(j, "name")),
             *annotation ? ": " : "", annotation);
  if (json_array_size(args) || !*annotation) {
    buf_printf(&line, " = %s(", json_string_value(json_object_get(j, "function")));
    json_array_foreach(args, i, arg)
        buf_printf(&line, "%s%s", i ? ", " : "", json_string_value(arg));
    buf_add_char(&line, ')');
  }
  json_decref(j);
  layout_python(respelled(e, buf_str(&line)), 88, &laid);
  buf_clear(&line);
  Str text = buf_str(&laid);
  bool leading = true;
  for (size_t k = 0; k < text.len; k++) {
    bool four = tabs && leading && str_starts(str_slice(text, k, text.len), STR("    "));
    buf_add_char(&line, four ? '\t' : text.ptr[k]);
    k += four ? 3 : 0;
    leading = four || text.ptr[k] == '\n';
  }
  text = str_copy(e->in->gen->arena, buf_str(&line));
  buf_free(&line);
  buf_free(&laid);
  return text;
}

// Rendered classes without the helper of enumerations where the file has it before `at`.
static Str without_helper(FileEdit *e, Str text, uint32_t at) {
  size_t helper = str_find(text, STR("def enum_values("), 0);
  size_t behind = helper == SIZE_MAX ? helper : str_find(text, STR("\nclass "), helper);
  if (behind == SIZE_MAX)
    return text;
  if (e->helper_at < at)
    return str_format(e->in->gen->arena, "%.*s%.*s", (int)helper, text.ptr,
                      STR_ARG(str_slice(text, behind + 1, text.len)));
  e->helper_at = at;
  return text;
}

static uint32_t find_helper(const FileEdit *e) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(e->t, body.at[i]) == PY_FUNCTION_DEF &&
        str_is(name_of(e->in, PY_AS(FunctionDef, e->t, body.at[i])->name), "enum_values"))
      return py_node(e->t, body.at[i])->start;
  return UINT32_MAX;
}

static bool contains(const FileEdit *e, Ref stmt, Place node) {
  return node.ref && node.file == e->file &&
         py_node(e->t, node.ref)->start >= py_node(e->t, stmt)->start &&
         py_node(e->t, node.ref)->end <= py_node(e->t, stmt)->end;
}

// The statement of the class that a new one goes behind: the last column, and for a
// relationship the last relationship; where there is none the last one before its
// methods.
static Ref last_attribute(const FileEdit *e, const Model *m, bool relationship) {
  PyRefs body = py_list(e->t, PY_AS(ClassDef, e->t, m->node.ref)->body);
  Ref best = 0, column = 0, relation = 0;
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(e->t, body.at[i]);
    if (kind == PY_FUNCTION_DEF || kind == PY_CLASS_DEF)
      break;
    if (kind != PY_PASS)
      best = body.at[i];
    for (uint32_t k = 0; k < m->relationship_count; k++)
      if (contains(e, body.at[i], m->relationships[k].node))
        relation = body.at[i];
    for (uint32_t k = 0; k < m->column_count; k++)
      if (contains(e, body.at[i], m->columns[k].node) ||
          (m->columns[k].column &&
           contains(e, body.at[i], m->columns[k].column->annotation)))
        column = body.at[i];
  }
  Ref first = relationship ? relation : column;
  return first ? first : best;
}

// Why columns cannot be written into the class; NULL where they can.
static const char *refused_columns(const FileEdit *e, const Model *m) {
  const SqlTable *t = m->table;
  Str cls = py_text(e->t, m->node.ref);
  if (m->style == BASE_SQLMODEL)
    return "is a class of SQLModel, whose fields are left to you";
  if (m->inheritance != INHERITS_SINGLE && t &&
      (t->node.file != m->node.file || t->node.ref != m->node.ref))
    return "takes its columns from a Table, where they are left to you";
  if (m->dataclass && str_find(cls, STR("kw_only=True"), 0) == SIZE_MAX)
    return "is a dataclass whose fields have an order: give the class kw_only=True first";
  return NULL;
}

// Enumerations of added columns go before the class and what is said about it.
static bool add_enums(FileEdit *e, const SchemaTable *t, Err *err) {
  const Model *m = t->model;
  Gen *g = e->in->gen;
  json_t *enums = json_array(), *data = json_object(), *base = json_object();
  for (size_t i = 0; i < t->columns.len; i++)
    if (t->columns.items[i]->added && t->columns.items[i]->type.enumeration &&
        t->columns.items[i]->type.enumeration->added)
      json_array_append_new(enums,
                            py_enum_json(&e->m, t->columns.items[i]->type.enumeration));
  bool any = json_array_size(enums) > 0;
  json_object_set_new(base, "define", json_false());
  json_object_set_new(data, "base", base);
  json_object_set_new(data, "enums", enums);
  json_object_set_new(data, "mixins", json_array());
  json_object_set_new(data, "tables", json_array());
  json_object_set_new(data, "models", json_array());
  json_object_set_new(data, "imports", json_array());
  Str text, source = e->f->source.text;
  if (!gen_render(g, "orm_model_template.jinja2", data, &text, err))
    return false;
  uint32_t at = py_node(e->t, m->node.ref)->start;
  PyRefs marks = py_list(e->t, PY_AS(ClassDef, e->t, m->node.ref)->decorators);
  if (marks.len && py_node(e->t, marks.at[0])->start <= at)
    at = py_node(e->t, marks.at[0])->start;
  while (at > 0 && source.ptr[at - 1] != '\n')
    at--;
  while (at > 1) { // comments that stand right above
    uint32_t above = at - 1;
    while (above > 0 && source.ptr[above - 1] != '\n')
      above--;
    if (source.ptr[above] != '#')
      break;
    at = above;
  }
  text = without_helper(e, text, at);
  if (any)
    add_edit(e, at, at,
             str_format(g->arena, "%.*s\n\n\n", STR_ARG(str_trim(respelled(e, text)))));
  return true;
}

static bool add_statements(FileEdit *e, const SchemaTable *t, Ref after, Buf *text,
                           Err *err) {
  Str source = e->f->source.text;
  uint32_t at = after ? line_end(source, py_node(e->t, after)->end) : 0;
  bool open_end = at == source.len && at && source.ptr[at - 1] != '\n';
  if (!after)
    return err_set(err, ERR_INPUT,
                   "%.*s: the class %.*s has no place for a new attribute",
                   STR_ARG(e->f->path), STR_ARG(t->class_name));
  if (text->len)
    add_edit(e, at, at,
             str_format(e->in->gen->arena, "%s%.*s", open_end ? "\n" : "",
                        STR_ARG(buf_str(text))));
  return true;
}

static Str indent_of(const FileEdit *e, Ref stmt) {
  Str source = e->f->source.text;
  uint32_t start = stmt ? py_node(e->t, stmt)->start : 0, line = start;
  while (line > 0 && source.ptr[line - 1] != '\n')
    line--;
  return str_slice(source, line, start);
}

static bool extend_class(FileEdit *e, const SchemaTable *t, Err *err) {
  const Model *m = t->model;
  Buf columns = {0}, relations = {0};
  Ref column = last_attribute(e, m, false), relation = last_attribute(e, m, true);
  Str indent = indent_of(e, column);
  if (str_trim(indent).len || str_trim(indent_of(e, relation)).len)
    return err_set(err, ERR_INPUT,
                   "%.*s: the class %.*s has several statements on a line",
                   STR_ARG(e->f->path), STR_ARG(t->class_name));
  bool any = false;
  for (size_t i = 0; i < t->columns.len; i++)
    if (t->columns.items[i]->added) {
      buf_add_str(&columns,
                  attribute_line(e, py_column_json(&e->m, t->columns.items[i]), indent));
      any = true;
    }
  for (size_t i = 0; i < t->relations.len; i++)
    if (t->relations.items[i]->added)
      buf_add_str(&relations,
                  attribute_line(e, py_relation_json(&e->m, t->relations.items[i]),
                                 indent_of(e, relation)));
  const char *refused = any ? refused_columns(e, m) : NULL;
  bool good = refused
                  ? err_set(err, ERR_INPUT, "%.*s: the class %.*s %s",
                            STR_ARG(e->f->path), STR_ARG(t->class_name), refused)
                  : add_enums(e, t, err) && add_statements(e, t, column, &columns, err) &&
                        add_statements(e, t, relation, &relations, err);
  buf_free(&columns);
  buf_free(&relations);
  return good;
}

// ---- New classes

static Str render_classes(FileEdit *e, Err *err) {
  Gen *g = e->in->gen;
  json_t *data = json_object(), *tables = json_array(), *models = json_array(),
         *base = json_object();
  json_object_set_new(base, "define", json_false());
  json_object_set_new(data, "base", base);
  json_object_set_new(data, "enums", py_enums_json(&e->m));
  json_object_set_new(data, "mixins", py_mixins_json(&e->m));
  for (size_t i = 0; i < g->schema->tables.len; i++) {
    const SchemaTable *t = g->schema->tables.items[i];
    if (t->association && !t->external)
      json_array_append_new(tables, py_table_json(&e->m, t, false));
    else if (!t->external)
      json_array_append_new(models, py_model_json(&e->m, t));
  }
  json_object_set_new(data, "tables", tables);
  json_object_set_new(data, "models", models);
  json_object_set_new(data, "imports", json_array());
  Str text;
  if (!gen_render(g, "orm_model_template.jinja2", data, &text, err))
    return (Str){0};
  Buf laid = {0};
  text = without_helper(e, text, (uint32_t)e->f->source.text.len);
  layout_python(respelled(e, text), 88, &laid); // prefixes make lines longer
  text = str_copy(g->arena, str_trim(buf_str(&laid)));
  buf_free(&laid);
  return text;
}

static bool start_file(FileEdit *e, const Insertion *in, const Model *m) {
  *e = (FileEdit){.in = in,
                  .file = m->node.file,
                  .f = in->project->files[m->node.file],
                  .t = tree_of(in, m->node.file),
                  .orm_prefix = {"", 0},
                  .core_prefix = {"", 0},
                  .mapped_prefix = {"", 0}};
  e->helper_at = find_helper(e);
  py_module_init(&e->m, in->gen);
  read_style(e, m);
  return true;
}

static bool finish_file(FileEdit *e, ChangeSet *set, Err *err) {
  const Source *source = &e->f->source;
  Buf text = {0}, before = {0}, after = {0};
  edits_apply(source->text, &e->edits, (uint32_t)e->edits.len, &text, NULL);
  bool good =
      source_encode(source, source->text, &before, err) &&
      source_encode(source, buf_str(&text), &after, err) &&
      changeset_replace(set, e->f->absolute, str_copy(set->arena, buf_str(&before)),
                        str_copy(set->arena, buf_str(&after)), &source->stamp, err);
  buf_free(&text);
  buf_free(&before);
  buf_free(&after);
  vec_free(&e->edits);
  py_module_free(&e->m);
  return good;
}

// The end of the last model's class statement in the file.
static uint32_t end_of_models(const FileEdit *e) {
  uint32_t end = 0;
  for (uint32_t i = 0; i < models_count(e->in->models); i++) {
    Place node = models_at(e->in->models, i)->node;
    if (node.file == e->file && py_node(e->t, node.ref)->end > end)
      end = py_node(e->t, node.ref)->end;
  }
  return line_end(e->f->source.text, end);
}

static bool has_added(const SchemaTable *t, uint32_t file) {
  const Model *m = t->model;
  return m && m->node.file == file && schema_is_extended(t);
}

static Str file_name_of(const Insertion *in) {
  const Schema *s = in->gen->schema;
  for (size_t i = 0; i < s->tables.len; i++)
    if (!s->tables.items[i]->external && s->tables.items[i]->class_name.len)
      return name_snake(in->gen->arena, s->tables.items[i]->class_name);
  BUG("nothing to insert");
}

// Path and module of the file that new classes go to.
static void find_home(const Insertion *in, Str *path, Str *module) {
  uint32_t file = in->sample->node.file;
  *path = in->project->files[file]->path;
  *module = module_of_file(in, file);
  if (!in->own_files)
    return;
  Arena *a = in->gen->arena;
  Str name = file_name_of(in);
  size_t point = str_rfind_char(*module, '.');
  *path = str_format(a, "%.*s%.*s.py", STR_ARG(folder_of(*path)), STR_ARG(name));
  *module = str_format(a, "%.*s%.*s", (int)(point == SIZE_MAX ? 0 : point + 1),
                       module->ptr, STR_ARG(name));
}

// Classes of other files that the relationships written in this one name.
static void want_classes(FileEdit *e, bool here) {
  Str home_path, home_module;
  find_home(e->in, &home_path, &home_module);
  const Schema *s = e->in->gen->schema;
  for (size_t i = 0; i < s->tables.len; i++) {
    const SchemaTable *t = s->tables.items[i];
    for (size_t k = 0; k < t->relations.len; k++) {
      const SchemaRelation *r = t->relations.items[k];
      const Model *model = model_of_table(r->target);
      bool written = t->external ? r->added && has_added(t, e->file) : here;
      if (written && model && model->node.file != e->file)
        want_class(e, r->target, e->in->project->files[model->node.file]->path,
                   module_of_file(e->in, model->node.file));
      else if (written && !model && !(here && !e->in->own_files))
        want_class(e, r->target, home_path, home_module);
    }
  }
  if (e->type_checking.len && !type_checking_block(e))
    py_import(&e->m, "typing", "TYPE_CHECKING");
}

static bool edit_file(const Insertion *in, const Model *m, bool here, ChangeSet *set,
                      Err *err) {
  FileEdit e;
  start_file(&e, in, m);
  bool good = true;
  for (size_t i = 0; i < in->gen->schema->tables.len && good; i++)
    if (has_added(in->gen->schema->tables.items[i], e.file))
      good = extend_class(&e, in->gen->schema->tables.items[i], err);
  if (here && good) {
    Str classes = render_classes(&e, err);
    uint32_t at = end_of_models(&e);
    bool open_end = at && e.f->source.text.ptr[at - 1] != '\n';
    good = classes.ptr != NULL;
    if (good)
      add_edit(&e, at, at,
               str_format(in->gen->arena, "%s\n\n%.*s\n", open_end ? "\n" : "",
                          STR_ARG(classes)));
  }
  if (good) {
    want_classes(&e, here);
    add_imports(&e);
    add_type_checking(&e);
  }
  vec_free(&e.type_checking);
  return finish_file(&e, set, err) && good;
}

// ---- A file of its own

// The import that gives the sample's file its base; made where the base is defined there.
static Str base_import(FileEdit *e) {
  Str root = str_slice(e->m.base, 0, str_find_char(e->m.base, '.', 0));
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(e->t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, e->t, body.at[i]);
    PyRefs names = py_list(e->t, from->names);
    for (uint32_t k = 0; k < names.len; k++) {
      const PyAlias *alias = PY_AS(Alias, e->t, names.at[k]);
      if (str_eq(name_of(e->in, alias->asname ? alias->asname : alias->name), root))
        return str_format(e->in->gen->arena, "%.*s%.*s",
                          (int)(from->names_at - from->node.start),
                          e->f->source.text.ptr + from->node.start,
                          STR_ARG(py_text(e->t, names.at[k])));
    }
  }
  return import_line(e->in, folder_of(e->f->path), e->f->path,
                     module_of_file(e->in, e->file), root, uses_relative(e));
}

static bool create_file(const Insertion *in, ChangeSet *set, Err *err) {
  FileEdit e;
  Buf text = {0};
  Str path, module;
  start_file(&e, in, in->sample);
  e.helper_at = UINT32_MAX;
  find_home(in, &path, &module);
  Str classes = render_classes(&e, err);
  for (size_t i = 0; i < in->gen->schema->tables.len; i++) {
    const SchemaTable *t = in->gen->schema->tables.items[i];
    for (size_t k = 0; k < t->relations.len && !t->external; k++) {
      const Model *m = model_of_table(t->relations.items[k]->target);
      if (m && !e.m.classic) {
        Str line =
            import_line(in, folder_of(path), in->project->files[m->node.file]->path,
                        module_of_file(in, m->node.file),
                        t->relations.items[k]->target->class_name, uses_relative(&e));
        push_sorted(&e.type_checking, line);
      }
    }
  }
  if (e.type_checking.len)
    py_import(&e.m, "typing", "TYPE_CHECKING");
  json_t *groups = py_imports_json(&e.m), *lines, *line;
  size_t g, i;
  json_array_foreach(groups, g, lines) {
    json_array_foreach(lines, i, line) buf_printf(&text, "%s\n", json_string_value(line));
    buf_add_char(&text, '\n');
  }
  json_decref(groups);
  buf_printf(&text, "%.*s\n", STR_ARG(base_import(&e)));
  for (size_t n = 0; n < e.type_checking.len; n++)
    buf_printf(&text, "%s    %.*s\n", n ? "" : "\nif TYPE_CHECKING:\n",
               STR_ARG(e.type_checking.items[n]));
  buf_printf(&text, "\n\n%.*s\n", STR_ARG(classes));
  Buf laid = {0};
  layout_python(buf_str(&text), 88, &laid);
  Str absolute = str_format(in->gen->arena, "%.*s%.*s.py",
                            STR_ARG(folder_of(e.f->absolute)), STR_ARG(file_name_of(in)));
  bool good = classes.ptr &&
              changeset_create(set, absolute, str_copy(set->arena, buf_str(&laid)), err);
  buf_free(&text);
  buf_free(&laid);
  vec_free(&e.type_checking);
  vec_free(&e.edits);
  py_module_free(&e.m);
  return good;
}

// The package's `__init__`: the new classes as the sample is there.
static void add_to_all(FileEdit *e, Str sample, const StrVec *names) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(e->t, body.at[i]) != PY_ASSIGN)
      continue;
    const PyAssign *assign = PY_AS(Assign, e->t, body.at[i]);
    PyRefs targets = py_list(e->t, assign->targets);
    PyKind kind = py_kind(e->t, assign->value);
    if (targets.len != 1 || !str_is(py_text(e->t, targets.at[0]), "__all__") ||
        (kind != PY_LIST && kind != PY_TUPLE))
      continue;
    Str text = py_text(e->t, assign->value);
    size_t at = str_find(text, sample, 0);
    if (at == SIZE_MAX || !at)
      return;
    char quote = text.ptr[at - 1];
    size_t end = at + sample.len + 1;
    Buf more = {0};
    bool lines = str_find_char(text, '\n', 0) != SIZE_MAX;
    size_t begin = at;
    while (begin > 0 && text.ptr[begin - 1] != '\n')
      begin--;
    for (size_t k = 0; k < names->len; k++) {
      buf_add_char(&more, ',');
      if (lines)
        buf_printf(&more, "\n%.*s", (int)(at - 1 - begin), text.ptr + begin);
      else
        buf_add_char(&more, ' ');
      buf_printf(&more, "%c%.*s%c", quote, STR_ARG(names->items[k]), quote);
    }
    uint32_t offset = py_node(e->t, assign->value)->start + (uint32_t)end;
    add_edit(e, offset, offset, str_copy(e->in->gen->arena, buf_str(&more)));
    buf_free(&more);
  }
}

static bool edit_package(const Insertion *in, ChangeSet *set, Err *err) {
  Str path, module, folder = folder_of(in->project->files[in->sample->node.file]->path);
  Str sample = name_of(in, in->sample->name);
  find_home(in, &path, &module);
  uint32_t file = project_file(
      in->project, str_format(in->gen->arena, "%.*s__init__.py", STR_ARG(folder)));
  if (file == NO_FILE || !in->project->files[file]->readable)
    return true;
  FileEdit e = {
      .in = in, .file = file, .f = in->project->files[file], .t = tree_of(in, file)};
  py_module_init(&e.m, in->gen);
  PyRefs body = py_list(e.t, PY_AS(Module, e.t, e.t->root)->body);
  StrVec names = {0};
  for (size_t i = 0; i < in->gen->schema->tables.len; i++)
    if (!in->gen->schema->tables.items[i]->external &&
        in->gen->schema->tables.items[i]->class_name.len)
      vec_push(&names, in->gen->schema->tables.items[i]->class_name);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(e.t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, e.t, body.at[i]);
    PyRefs aliases = py_list(e.t, from->names);
    bool has_sample = false;
    for (uint32_t k = 0; k < aliases.len; k++)
      has_sample |= str_eq(name_of(in, PY_AS(Alias, e.t, aliases.at[k])->name), sample);
    if (!has_sample)
      continue;
    Buf line = {0};
    buf_printf(
        &line, "%.*s",
        STR_ARG(import_line(in, folder, path, module, names.items[0], from->node.aux)));
    for (size_t k = 1; k < names.len; k++)
      buf_printf(&line, ", %.*s", STR_ARG(names.items[k]));
    buf_add_char(&line, '\n');
    uint32_t at = line_end(e.f->source.text, from->node.end);
    add_edit(&e, at, at, str_copy(in->gen->arena, buf_str(&line)));
    buf_free(&line);
    add_to_all(&e, sample, &names);
    break;
  }
  vec_free(&names);
  return finish_file(&e, set, err);
}

bool insert_models(Insertion *in, ChangeSet *set, Err *err) {
  const Schema *s = in->gen->schema;
  uint32_t home = in->sample->node.file;
  bool fresh = false, classes = false;
  for (size_t i = 0; i < s->tables.len; i++) {
    fresh |= !s->tables.items[i]->external;
    classes |= !s->tables.items[i]->external && s->tables.items[i]->class_name.len;
  }
  in->own_files &= classes; // an association table goes among the classes it joins
  if (in->own_files && (!create_file(in, set, err) || !edit_package(in, set, err)))
    return false;
  if (!in->own_files && fresh && !edit_file(in, in->sample, true, set, err))
    return false;
  for (uint32_t file = 0; file < in->project->file_count; file++) {
    const Model *m = NULL;
    for (size_t i = 0; i < s->tables.len && (file != home || in->own_files || !fresh);
         i++)
      if (has_added(s->tables.items[i], file))
        m = s->tables.items[i]->model;
    if (m && !edit_file(in, m, false, set, err))
      return false;
  }
  return true;
}
