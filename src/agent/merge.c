// merge.c: imports apart from bodies, and together again.
#include "agent/merge.h"

#include <stdlib.h>

#include "python/import.h"
#include "python/parse.h"

enum {
  LINE_WIDTH = 88
};

typedef struct {
  Str module, name, alias; // name "": `import module`
} Import;

typedef struct {
  Arena *arena;
  Interner *names;
  InternCache *cache;
  const char *const *own;
  Vec(Import) imports;
  Buf body;
  Str docstring; // of the first module
} Merge;

// ---- Taking apart

static bool is_own(const Merge *m, Str module) {
  for (size_t i = 0; m->own[i]; i++) {
    Str own = str_from(m->own[i]);
    if (own.ptr[0] == '*' ? str_ends(module, str_slice(own, 1, own.len))
                          : str_eq(module, own))
      return true;
  }
  return false;
}

static void add_import(Merge *m, Import i) {
  for (size_t k = 0; k < m->imports.len; k++) {
    const Import *old = &m->imports.items[k];
    if (str_eq(old->module, i.module) && str_eq(old->name, i.name) &&
        str_eq(old->alias, i.alias))
      return;
  }
  vec_push(&m->imports, i);
}

static void take_import(Merge *m, const PyTree *t, Ref stmt) {
  PyRefs aliases = py_kind(t, stmt) == PY_IMPORT
                       ? py_list(t, PY_AS(Import, t, stmt)->names)
                       : py_list(t, PY_AS(ImportFrom, t, stmt)->names);
  for (uint32_t i = 0; i < aliases.len; i++) {
    const PyAlias *a = PY_AS(Alias, t, aliases.at[i]);
    ImportItem item = py_import_read(t, stmt, aliases.at[i]);
    Str module = str_copy(m->arena, atom_str(m->names, item.module));
    if (item.level || is_own(m, module))
      continue;
    add_import(
        m, (Import){.module = module,
                    .name = item.name ? str_copy(m->arena, atom_str(m->names, item.name))
                                      : STR(""),
                    .alias = a->asname ? str_copy(m->arena, atom_str(m->names, a->asname))
                                       : STR("")});
  }
}

// True for an import that stands alone on its line.
static bool is_import(const PyTree *t, Ref stmt) {
  PyKind k = py_kind(t, stmt);
  return k == PY_IMPORT || k == PY_IMPORT_FROM;
}

static bool is_docstring(const PyTree *t, Ref stmt) {
  return py_kind(t, stmt) == PY_EXPR_STMT &&
         py_kind(t, PY_AS(ExprStmt, t, stmt)->value) == PY_STR;
}

static void add_body(Merge *m, Str text) {
  text = str_trim(text);
  if (!text.len)
    return;
  if (m->body.len)
    buf_add_text(&m->body, "\n\n");
  buf_add_str(&m->body, text);
  buf_add_char(&m->body, '\n');
}

// The body begins behind the last import of the head: what stands between two imports of
// generated code is nothing but blank lines and comments.
static void take_module(Merge *m, const PyTree *t, Str text, bool first) {
  PyRefs body = py_list(t, PY_AS(Module, t, t->root)->body);
  uint32_t i = 0, from = 0;
  if (body.len && is_docstring(t, body.at[0])) {
    if (first)
      m->docstring = str_copy(m->arena, py_text(t, body.at[0]));
    from = py_node(t, body.at[0])->end;
    i = 1;
  }
  for (; i < body.len && is_import(t, body.at[i]); i++) {
    take_import(m, t, body.at[i]);
    from = py_node(t, body.at[i])->end;
  }
  add_body(m, str_slice(text, from, text.len));
}

static void take_text(Merge *m, Str text, bool first) {
  Source source = {0};
  PyTree tree = {0};
  DiagSink diags = {.arena = m->arena};
  char *padded = arena_alloc(m->arena, text.len + SOURCE_PADDING, 1);
  if (text.len)
    memcpy(padded, text.ptr, text.len);
  if (!source_init(&source, m->arena, STR("module"), (Str){padded, text.len}, NULL)) {
    add_body(m, text);
    return;
  }
  py_parse(&tree, &source, m->cache, &diags);
  if (tree.has_errors)
    add_body(m, text);
  else
    take_module(m, &tree, source.text, first);
  py_tree_free(&tree);
  diag_sink_free(&diags);
}

// ---- Sorting

static const char *const third_party[] = {
    "sqlalchemy", "fastapi", "pydantic", "alembic",           "starlette",
    "sqlmodel",   "flask",   "uvicorn",  "pydantic_settings", "flask_sqlalchemy"};

// 0 future, 1 standard library, 2 others.
static int section(Str module) {
  Str top = str_slice(module, 0, str_find_char(module, '.', 0));
  if (str_is(top, "__future__"))
    return 0;
  for (size_t i = 0; i < sizeof third_party / sizeof *third_party; i++)
    if (str_is(top, third_party[i]))
      return 2;
  return 1;
}

// isort's order-by-type: CONSTANTS, Classes, then the rest.
static int name_class(Str name) {
  bool upper = name.len > 1,
       capital = name.len && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
  for (size_t i = 0; i < name.len; i++)
    upper = upper && !(name.ptr[i] >= 'a' && name.ptr[i] <= 'z');
  return upper && capital ? 0 : capital ? 1 : 2;
}

static int compare_imports(const void *x, const void *y) {
  const Import *a = x, *b = y;
  int order = section(a->module) - section(b->module);
  if (!order)
    order = (a->name.len != 0) - (b->name.len != 0); // `import x` first
  if (!order)
    order = str_compare(a->module, b->module);
  if (!order)
    order = name_class(a->name) - name_class(b->name);
  return order ? order : str_compare(a->name, b->name);
}

// ---- Writing

static void write_name(const Import *i, Buf *out) {
  buf_add_str(out, i->name);
  if (i->alias.len)
    buf_printf(out, " as %.*s", STR_ARG(i->alias));
}

static void write_from(const Import *list, size_t count, Buf *out) {
  Buf line = {0};
  buf_printf(&line, "from %.*s import ", STR_ARG(list[0].module));
  for (size_t i = 0; i < count; i++) {
    if (i)
      buf_add_text(&line, ", ");
    write_name(&list[i], &line);
  }
  if (line.len <= LINE_WIDTH) {
    buf_printf(out, "%.*s\n", STR_ARG(buf_str(&line)));
  } else {
    buf_printf(out, "from %.*s import (\n", STR_ARG(list[0].module));
    for (size_t i = 0; i < count; i++) {
      buf_add_text(out, "    ");
      write_name(&list[i], out);
      buf_add_text(out, ",\n");
    }
    buf_add_text(out, ")\n");
  }
  buf_free(&line);
}

static void write_imports(Merge *m, Buf *out) {
  Import *all = m->imports.items;
  size_t count = m->imports.len;
  if (count)
    qsort(all, count, sizeof *all, compare_imports);
  for (size_t i = 0; i < count;) {
    if (i && section(all[i].module) != section(all[i - 1].module))
      buf_add_char(out, '\n');
    if (!all[i].name.len) {
      buf_printf(out, "import %.*s", STR_ARG(all[i].module));
      if (all[i].alias.len)
        buf_printf(out, " as %.*s", STR_ARG(all[i].alias));
      buf_add_char(out, '\n');
      i++;
      continue;
    }
    size_t end = i + 1;
    while (end < count && all[end].name.len && str_eq(all[end].module, all[i].module))
      end++;
    write_from(all + i, end - i, out);
    i = end;
  }
}

Str merge_modules(Arena *arena, const Str *texts, size_t count, const char *const *own) {
  Merge m = {.arena = arena, .names = interner_new(), .own = own};
  Buf out = {0};
  m.cache = intern_cache_new(m.names);
  for (size_t i = 0; i < count; i++)
    take_text(&m, texts[i], i == 0);
  if (m.docstring.len)
    buf_printf(&out, "%.*s\n\n", STR_ARG(m.docstring));
  write_imports(&m, &out);
  if (m.imports.len && m.body.len)
    buf_add_text(&out,
                 m.body.ptr[0] == 'c' || m.body.ptr[0] == 'd' || m.body.ptr[0] == '@'
                     ? "\n\n"
                     : "\n");
  buf_add_str(&out, buf_str(&m.body));
  Str text = str_copy(arena, buf_str(&out));
  buf_free(&out);
  buf_free(&m.body);
  vec_free(&m.imports);
  intern_cache_free(m.cache);
  interner_free(m.names);
  return text;
}
