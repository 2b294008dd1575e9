// insert_imports.c: what a file has to import for what is written into it.
#include "gen/insert_internal.h"

#include <stdlib.h>

#include "gen/layout.h"

// The names in a statement of their own, behind one whose comments stay as they are.
static void add_import_beside(FileEdit *e, Ref stmt, Str head, const StrVec *names) {
  bool unused = str_find(py_text(e->t, stmt), STR("# noqa"), 0) != SIZE_MAX;
  uint32_t at = insert_line_end(e->f->source.text, py_node(e->t, stmt)->end);
  Buf line = {0};
  buf_add_str(&line, head);
  for (size_t i = 0; i < names->len; i++)
    buf_printf(&line, "%s%.*s", i ? ", " : "", STR_ARG(names->items[i]));
  buf_printf(&line, "%s\n", unused ? "  # noqa: F401" : "");
  insert_edit(e, at, at, str_copy(e->in->gen->arena, buf_str(&line)));
  buf_free(&line);
}

// `from M import a, b` with the new names, sorted where it was.
void insert_extend_import(FileEdit *e, Ref stmt, const StrVec *names) {
  const PyImportFrom *from = PY_AS(ImportFrom, e->t, stmt);
  PyRefs aliases = py_list(e->t, from->names);
  Vec(Str) all = {0};
  bool sorted = true;
  for (uint32_t i = 0; i < aliases.len; i++) {
    Str text = py_text(e->t, aliases.at[i]);
    sorted &= !i || py_compare_names(all.items[i - 1], text) <= 0;
    vec_push(&all, text);
  }
  for (size_t i = 0; i < names->len; i++) {
    size_t at = all.len;
    while (sorted && at > 0 && py_compare_names(all.items[at - 1], names->items[i]) > 0)
      at--;
    vec_push(&all, names->items[i]);
    memmove(all.items + at + 1, all.items + at, (all.len - 1 - at) * sizeof *all.items);
    all.items[at] = names->items[i];
  }
  Buf line = {0}, laid = {0};
  Span span = py_span(e->t, stmt);
  Str head = str_slice(e->f->source.text, span.start, from->names_at);
  if (py_comment_in(e->t, span)) { // which no new layout would keep
    add_import_beside(e, stmt, head, names);
    vec_free(&all);
    return;
  }
  buf_add_str(&line, head);
  bool lines = str_find_char(py_text(e->t, stmt), '\n', 0) != SIZE_MAX;
  for (size_t i = 0; i < all.len; i++)
    buf_printf(&line, "%s%.*s", i ? ", " : "", STR_ARG(all.items[i]));
  layout_python(buf_str(&line), lines ? 1 : insert_width(e->in), &laid);
  Str text = str_copy(e->in->gen->arena, str_trim(buf_str(&laid)));
  insert_edit(e, span.start, span.end, text);
  vec_free(&all);
  buf_free(&line);
  buf_free(&laid);
}

static bool has_star(const FileEdit *e, Ref stmt) {
  PyRefs names = py_list(e->t, PY_AS(ImportFrom, e->t, stmt)->names);
  return names.len && str_is(py_text(e->t, names.at[0]), "*");
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
        str_eq(insert_name(e->in, from->module), module) && !has_star(e, body.at[i]) &&
        !py_comment_in(e->t, py_span(e->t, body.at[i])))
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

// `if TYPE_CHECKING:` at the top level, with a block below it; 0 where there is none.
Ref insert_type_checking_block(const FileEdit *e) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(e->t, body.at[i]) == PY_IF) {
      const PyIf *branch = PY_AS(If, e->t, body.at[i]);
      PyKind test = py_kind(e->t, branch->test);
      PyRefs block = py_list(e->t, branch->body);
      if ((test == PY_NAME || test == PY_ATTRIBUTE) &&
          str_ends(py_text(e->t, branch->test), STR("TYPE_CHECKING")) &&
          !str_trim(insert_indent(e, block.at[block.len - 1])).len)
        return body.at[i];
    }
  return 0;
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
  if (e->m.classic || !t->class_name.len || insert_binds(e->in, e->file, t->class_name))
    return;
  Str line = insert_import_line(e->in, insert_folder(e->f->path), path, module,
                                t->class_name, insert_uses_relative(e));
  insert_push_sorted(&e->type_checking, line);
}

void insert_add_type_checking(FileEdit *e) {
  Ref block = insert_type_checking_block(e), last = 0;
  if (!e->type_checking.len)
    return;
  Str source = e->f->source.text, indent = STR("    ");
  import_of(e, STR(""), &last);
  if (block) { // its first branch
    PyRefs body = py_list(e->t, PY_AS(If, e->t, block)->body);
    last = body.at[body.len - 1];
    indent = insert_indent(e, last);
  }
  Buf text = {0};
  if (!block)
    buf_printf(&text, "\nif %.*s:\n", STR_ARG(insert_respelled(e, STR("TYPE_CHECKING"))));
  for (size_t i = 0; i < e->type_checking.len; i++)
    buf_printf(&text, "%.*s%.*s\n", STR_ARG(indent), STR_ARG(e->type_checking.items[i]));
  uint32_t at = last ? insert_line_end(source, py_node(e->t, last)->end) : 0;
  insert_edit(e, at, at, str_copy(e->in->gen->arena, buf_str(&text)));
  buf_free(&text);
}

// ---- The place of a new import: groups, and modules within them, as isort has it

typedef struct {
  int group; // __future__, the standard library, other packages, the project, relative
  bool from;
  Str module;
} ImportKey;

static ImportKey key_of(const FileEdit *e, Ref stmt) {
  bool from = py_kind(e->t, stmt) == PY_IMPORT_FROM;
  uint32_t level = from ? py_node(e->t, stmt)->aux : 0;
  Atom module = 0;
  if (from) {
    module = PY_AS(ImportFrom, e->t, stmt)->module;
  } else {
    PyRefs names = py_list(e->t, PY_AS(Import, e->t, stmt)->names);
    module = names.len ? PY_AS(Alias, e->t, names.at[0])->name : 0;
  }
  Str name = module ? insert_name(e->in, module) : (Str){"", 0};
  bool own = project_resolve_import(e->in->project, e->file, level, module, 0).kind ==
             TARGET_MODULE;
  int group = str_is(name, "__future__") ? 0
              : level                    ? 4
              : own                      ? 3
              : py_is_standard(name)     ? 1
                                         : 2;
  return (ImportKey){group, from, name};
}

static int compare_keys(ImportKey a, ImportKey b) {
  return a.group != b.group ? a.group - b.group
         : a.from != b.from ? a.from - b.from
                            : str_compare(a.module, b.module);
}

// The start of a statement with the comments that stand right above it, which are its
// own; those at the top of the file are the file's.
static uint32_t start_with_comments(Str source, uint32_t start) {
  uint32_t at = start;
  while (at > 0) {
    uint32_t above = at - 1;
    while (above > 0 && source.ptr[above - 1] != '\n')
      above--;
    if (source.ptr[above] != '#')
      return at;
    at = above;
  }
  return start;
}

// `line` where sorting puts it among the imports at the top of the file.
static void place_import(FileEdit *e, ImportKey key, Str line) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  Str source = e->f->source.text;
  Ref before = 0, after = 0; // the neighbours
  ImportKey low = {0}, high = {0};
  uint32_t top = 0; // behind the docstring
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(e->t, body.at[i]);
    if (kind == PY_CLASS_DEF || kind == PY_FUNCTION_DEF)
      break;
    if (kind == PY_EXPR_STMT && !i)
      top = insert_line_end(source, py_node(e->t, body.at[i])->end);
    if (kind != PY_IMPORT && kind != PY_IMPORT_FROM)
      continue;
    ImportKey k = key_of(e, body.at[i]);
    if (compare_keys(k, key) <= 0) {
      before = body.at[i];
      low = k;
      after = 0;
    } else if (!after) {
      after = body.at[i];
      high = k;
    }
  }
  Arena *a = e->in->gen->arena;
  bool same = (before && low.group == key.group) || !after || high.group != key.group;
  bool behind = before && same, ahead = !behind && after;
  uint32_t at = behind  ? insert_line_end(source, py_node(e->t, before)->end)
                : ahead ? start_with_comments(source, py_node(e->t, after)->start)
                        : top;
  bool blank_before = behind ? low.group != key.group : !ahead && top;
  bool blank_after = ahead && high.group != key.group;
  Str text = str_format(a, "%s%.*s\n%s", blank_before ? "\n" : "", STR_ARG(line),
                        blank_after ? "\n" : "");
  // Several lines of a group that the file does not have yet stand together.
  const Edit *last = e->edits.len ? &e->edits.items[e->edits.len - 1] : NULL;
  if (last && last->span.start == at && last->span.end == at &&
      e->placed_group == key.group + 1) {
    text = str_format(a, "%.*s%.*s\n%s", (int)e->placed.len - blank_after, e->placed.ptr,
                      STR_ARG(line), blank_after ? "\n" : "");
    e->edits.len--;
    e->closed &= at != source.len;
  }
  insert_edit(e, at, at, text);
  e->placed = text;
  e->placed_group = key.group + 1;
}

bool insert_place_import(FileEdit *e, uint32_t level, Str module, Str line) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  ImportKey last = {0};
  bool any = false;
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(e->t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    ImportKey k = key_of(e, body.at[i]);
    if (any && compare_keys(last, k) > 0)
      return false;
    last = k;
    any = true;
  }
  place_import(e, (ImportKey){level ? 4 : 3, true, module}, line);
  return any;
}

// "Enum", or "Enum as SaEnum" where the file has another Enum.
static Str import_with_alias(const FileEdit *e, const PyWanted *w) {
  Str alias = insert_free_name(e, w);
  return str_eq(alias, w->name) ? w->name
                                : str_format(e->in->gen->arena, "%.*s as %.*s",
                                             STR_ARG(w->name), STR_ARG(alias));
}

// One line for the names of a module that the file does not import yet; an import that is
// there is extended.
static void add_module(FileEdit *e, const PyWanted *import, size_t first) {
  Arena *a = e->in->gen->arena;
  StrVec names = {0};
  Ref last = 0;
  for (size_t k = first; k < e->m.imports.len; k++) {
    const PyWanted *w = &e->m.imports.items[k];
    if (str_eq(w->module, import->module) && w->name.len && wanted_import(e, w))
      vec_push(&names, import_with_alias(e, w));
  }
  for (size_t i = 1; i < names.len; i++) // a handful
    for (size_t k = i; k > 0 && py_compare_names(names.items[k - 1], names.items[k]) > 0;
         k--) {
      Str name = names.items[k];
      names.items[k] = names.items[k - 1];
      names.items[k - 1] = name;
    }
  Ref stmt = import_of(e, import->module, &last);
  bool own = project_module(e->in->project, e->file, import->module) != NO_MODULE;
  int group = own ? 3 : py_is_standard(import->module) ? 1 : 2;
  if (!import->name.len) {
    Str bound = import->alias.len ? import->alias : import->module;
    if (!str_eq(insert_module_bound_as(e, import->module, bound), bound))
      place_import(e, (ImportKey){group, false, import->module},
                   str_format(a, "import %.*s%s%.*s", STR_ARG(import->module),
                              import->alias.len ? " as " : "", STR_ARG(import->alias)));
  } else if (names.len && stmt) {
    insert_extend_import(e, stmt, &names);
  } else if (names.len) {
    Buf line = {0};
    buf_printf(&line, "from %.*s import", STR_ARG(import->module));
    for (size_t k = 0; k < names.len; k++)
      buf_printf(&line, "%s %.*s", k ? "," : "", STR_ARG(names.items[k]));
    Buf laid = {0};
    layout_python(buf_str(&line), insert_width(e->in), &laid);
    place_import(e, (ImportKey){group, true, import->module},
                 str_copy(a, str_trim(buf_str(&laid))));
    buf_free(&line);
    buf_free(&laid);
  }
  vec_free(&names);
}

static int compare_wanted(const void *a, const void *b) {
  const PyWanted *x = a, *y = b;
  int groups = (int)py_is_standard(y->module) - (int)py_is_standard(x->module);
  if (groups)
    return groups;
  int plain = (int)(y->name.len == 0) - (int)(x->name.len == 0); // `import x` comes first
  return plain ? plain : str_compare(x->module, y->module);
}

// Adds the imports that the generated text needs.
void insert_add_imports(FileEdit *e) {
  size_t n = e->m.imports.len;
  if (n)
    qsort(e->m.imports.items, n, sizeof *e->m.imports.items, compare_wanted);
  for (size_t i = 0; i < n; i++) {
    const PyWanted *import = &e->m.imports.items[i];
    if (!i || !str_eq(e->m.imports.items[i - 1].module, import->module) ||
        !e->m.imports.items[i - 1].name.len)
      add_module(e, import, i);
  }
}
