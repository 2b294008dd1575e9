// insert_imports.c: what a file has to import for what is written into it.
#include "gen/insert_internal.h"

#include "gen/layout.h"

static bool has_comment_within(const PyTree *t, Span s) {
  for (uint32_t i = 0; i < t->comment_count; i++)
    if (t->comments[i].start >= s.start && t->comments[i].start < s.end)
      return true;
  return false;
}

// `from M import a, b` with the new names, sorted where it was.
void insert_extend_import(FileEdit *e, Ref stmt, const StrVec *names) {
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
  insert_edit(e, span.start, span.end, text);
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
    if (!from->node.aux && from->module &&
        str_eq(insert_name(e->in, from->module), module) &&
        !has_comment_within(e->t, py_span(e->t, body.at[i])))
      found = body.at[i];
  }
  return found;
}

static bool wanted_import(const FileEdit *e, const PyWanted *import) {
  if (insert_imported_as(e, import->module, import->name).ptr ||
      insert_prefix_for(e, import).len)
    return false;
  return true;
}

// `if TYPE_CHECKING:` at the top level, 0 where there is none.
Ref insert_type_checking_block(const FileEdit *e) {
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
         insert_imported_as(e, STR("sqlalchemy"), name).ptr;
}

// Where `name` of the class lives, as an import that this file can write.
Str insert_import_line(const Insertion *in, Str folder_of_reader, Str path, Str module,
                       Str name, bool relative) {
  Arena *a = in->gen->arena;
  if (relative && str_eq(folder_of_reader, insert_folder(path))) {
    size_t slash = str_rfind_char(path, '/');
    Str file = str_slice(path, slash == SIZE_MAX ? 0 : slash + 1, path.len - 3);
    return str_format(a, "from .%.*s import %.*s", STR_ARG(file), STR_ARG(name));
  }
  return str_format(a, "from %.*s import %.*s", STR_ARG(module), STR_ARG(name));
}

bool insert_uses_relative(const FileEdit *e) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(e->t, body.at[i]) == PY_IMPORT_FROM && py_node(e->t, body.at[i])->aux)
      return true;
  return false;
}

Str insert_module_of(const Insertion *in, uint32_t file) {
  uint32_t module = in->project->files[file]->module;
  return module == NO_MODULE ? (Str){"", 0}
                             : insert_name(in, in->project->modules[module].name);
}

// Keeps the lines sorted.
void insert_push_sorted(StrVec *lines, Str line) {
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
void insert_want_class(FileEdit *e, const SchemaTable *t, Str path, Str module) {
  if (e->m.classic || !t->class_name.len || binds_class(e, t->class_name))
    return;
  Str line = insert_import_line(e->in, insert_folder(e->f->path), path, module,
                                t->class_name, insert_uses_relative(e));
  insert_push_sorted(&e->type_checking, line);
}

void insert_add_type_checking(FileEdit *e) {
  Ref block = insert_type_checking_block(e), last = 0;
  Buf text = {0};
  for (size_t i = 0; i < e->type_checking.len; i++)
    buf_printf(&text, "    %.*s\n", STR_ARG(e->type_checking.items[i]));
  import_of(e, STR(""), &last);
  Str source = e->f->source.text;
  uint32_t at = insert_line_end(source, block  ? py_node(e->t, block)->end
                                        : last ? py_node(e->t, last)->end
                                               : 0);
  if (text.len)
    insert_edit(e, at, at,
                str_format(e->in->gen->arena, "%s%.*s",
                           block ? "" : "\nif TYPE_CHECKING:\n",
                           STR_ARG(buf_str(&text))));
  buf_free(&text);
}

// True for an import of the standard library: no blank line is wanted behind it.
static bool is_standard(const FileEdit *e, Ref stmt) {
  if (py_kind(e->t, stmt) == PY_IMPORT_FROM) {
    const PyImportFrom *from = PY_AS(ImportFrom, e->t, stmt);
    return !from->node.aux && from->module &&
           py_is_standard(insert_name(e->in, from->module));
  }
  PyRefs names = py_list(e->t, PY_AS(Import, e->t, stmt)->names);
  return names.len &&
         py_is_standard(insert_name(e->in, PY_AS(Alias, e->t, names.at[0])->name));
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
        str_starts(insert_name(e->in, from->module), STR("sqlalchemy.")))
      return from->node.start;
  }
  return last ? insert_line_end(e->f->source.text, py_node(e->t, last)->end) : 0;
}

// Adds the imports that the generated text needs.
void insert_add_imports(FileEdit *e) {
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
        insert_push_sorted(&names, e->m.imports.items[k].name);
    Ref stmt = import_of(e, import->module, &last);
    Buf *to = str_starts(import->module, STR("sqlalchemy")) ? &fresh : &standard;
    if (!import->name.len) {
      if (str_find(e->f->source.text,
                   str_format(e->in->gen->arena, "import %.*s", STR_ARG(import->module)),
                   0) == SIZE_MAX)
        buf_printf(&standard, "import %.*s%s%.*s\n", STR_ARG(import->module),
                   import->alias.len ? " as " : "", STR_ARG(import->alias));
    } else if (names.len && stmt) {
      insert_extend_import(e, stmt, &names);
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
    bool future = kind == PY_IMPORT_FROM && PY_AS(ImportFrom, e->t, body.at[i])->module &&
                  str_is(insert_name(e->in, PY_AS(ImportFrom, e->t, body.at[i])->module),
                         "__future__");
    if ((kind == PY_IMPORT || kind == PY_IMPORT_FROM) && !future) {
      start = py_node(e->t, body.at[i])->start;
      found = true;
      before_others = !is_standard(e, body.at[i]);
    }
  }
  import_of(e, STR(""), &last);
  uint32_t behind = place_of_fresh(e, last);
  if (standard.len)
    insert_edit(e, start, start,
                str_format(e->in->gen->arena, "%.*s%s", STR_ARG(buf_str(&standard)),
                           before_others ? "\n" : ""));
  if (fresh.len)
    insert_edit(e, behind, behind, str_copy(e->in->gen->arena, buf_str(&fresh)));
  buf_free(&fresh);
  buf_free(&standard);
}
