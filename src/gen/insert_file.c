// insert_file.c: a file of its own for new classes. It imports what its text uses, each
// name as the file of the sample has it.
#include "gen/insert_internal.h"

#include "gen/layout.h"
#include "python/parse.h"
#include "python/scope.h"

// The names that the text uses and does not bind.
static void free_names(const Insertion *in, Str text, StrVec *out) {
  Arena arena = {0};
  Source source = {0};
  if (source_init(&source, &arena, STR("new.py"), text, NULL)) {
    InternCache *names = intern_cache_new(in->project->names);
    DiagSink diags = {.arena = &arena};
    PyTree tree = {0};
    PyScopes scopes = {0};
    py_parse(&tree, &source, names, &diags);
    py_bind(&scopes, &tree, names, &arena);
    for (uint32_t i = 0; i < scopes.symbol_count; i++) {
      const PySymbol *s = &scopes.symbols[i];
      if ((s->flags & SYMBOL_USED) && s->target == NO_SYMBOL)
        insert_push_sorted(out, insert_name(in, s->name));
    }
    py_tree_free(&tree);
    diag_sink_free(&diags);
    intern_cache_free(names);
  }
  arena_reset(&arena);
}

typedef struct {
  FileEdit *e;  // of the sample's file
  Str path;     // of the new file
  PyWriter out; // what it imports from elsewhere by absolute names
  StrVec own;   // relative imports, a line each
} NewFile;

static void add_wanted(NewFile *n, Str module, Str name, Str alias) {
  bool renamed = name.len && alias.len && !str_eq(alias, name);
  if (!name.len) {
    PyWanted w = {.module = module, .alias = alias};
    vec_push(&n->out.imports, w);
  } else {
    py_import_str(
        &n->out, module,
        renamed ? str_format(n->out.arena, "%.*s as %.*s", STR_ARG(name), STR_ARG(alias))
                : name);
  }
}

// The import that gives the sample's file this name.
static void copy_import(NewFile *n, const PyBinding *b) {
  const FileEdit *e = n->e;
  const PyAlias *alias = PY_AS(Alias, e->t, b->node);
  Str as = alias->asname ? insert_name(e->in, alias->asname) : (Str){"", 0};
  if (py_kind(e->t, b->stmt) == PY_IMPORT) {
    add_wanted(n, insert_name(e->in, alias->name), (Str){"", 0}, as);
    return;
  }
  const PyImportFrom *from = PY_AS(ImportFrom, e->t, b->stmt);
  if (!from->node.aux && from->module) {
    add_wanted(n, insert_name(e->in, from->module), insert_name(e->in, alias->name), as);
    return;
  }
  Str head = str_slice(e->f->source.text, from->node.start, from->names_at);
  size_t open = str_find_char(head, '(', 0);
  insert_push_sorted(&n->own, str_format(e->in->gen->arena, "%.*s %.*s",
                                         STR_ARG(str_trim(str_slice(head, 0, open))),
                                         STR_ARG(py_text(e->t, b->node))));
}

// True where the sample's file binds the name, which is imported as it is there, or from
// there.
static bool import_as_sample(NewFile *n, Str name) {
  FileEdit *e = n->e;
  const PyScopes *s = e->f->scopes;
  Atom atom = interner_find(e->in->project->names, name);
  uint32_t symbol = s && atom ? py_scopes_find(s, 0, atom) : NO_SYMBOL;
  if (symbol == NO_SYMBOL || !py_scopes_binds_at_run_time(s, symbol))
    return false;
  uint32_t at = s->symbols[symbol].first;
  while (s->bindings[at].flags & BIND_TYPE_CHECKING)
    at = s->bindings[at].next;
  if (s->bindings[at].kind == BIND_IMPORT) {
    copy_import(n, &s->bindings[at]);
    return true;
  }
  Str module = insert_module_of(e->in, e->file);
  if (insert_uses_relative(e) || !module.len)
    insert_push_sorted(&n->own, insert_import_line(e->in, insert_folder(n->path),
                                                   e->f->path, module, name, true));
  else
    py_import_str(&n->out, module, name);
  return true;
}

static void import_name(NewFile *n, Str name) {
  if (import_as_sample(n, name))
    return;
  for (size_t i = 0; i < n->e->m.imports.len; i++) {
    const PyWanted *w = &n->e->m.imports.items[i];
    Str bound = w->alias.len ? w->alias : w->name.len ? w->name : w->module;
    if (!str_eq(w->name.len ? insert_free_name(n->e, w) : bound, name))
      continue;
    add_wanted(n, w->module, w->name, w->name.len ? name : w->alias);
    return;
  }
}

// The classes of other files that its relationships name.
static void want_targets(NewFile *n) {
  const Insertion *in = n->e->in;
  for (size_t i = 0; i < in->gen->schema->tables.len; i++) {
    const SchemaTable *t = in->gen->schema->tables.items[i];
    for (size_t k = 0; k < t->relations.len && !t->external; k++) {
      const SchemaTable *target = t->relations.items[k]->target;
      const Model *m = insert_model_of(target);
      if (m && !n->e->m.classic)
        insert_push_sorted(&n->e->type_checking,
                           insert_import_line(in, insert_folder(n->path),
                                              in->project->files[m->node.file]->path,
                                              insert_module_of(in, m->node.file),
                                              target->class_name,
                                              insert_uses_relative(n->e)));
    }
  }
  if (n->e->type_checking.len)
    py_import(&n->out, "typing", "TYPE_CHECKING");
}

// True where annotations of the sample's file are not evaluated.
static bool has_future(const FileEdit *e) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(e->t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, e->t, body.at[i]);
    PyRefs names = py_list(e->t, from->names);
    if (!from->module || !str_is(insert_name(e->in, from->module), "__future__"))
      continue;
    for (uint32_t k = 0; k < names.len; k++)
      if (str_is(insert_name(e->in, PY_AS(Alias, e->t, names.at[k])->name),
                 "annotations"))
        return true;
  }
  return false;
}

static void write_head(const NewFile *n, Buf *text) {
  json_t *groups = py_imports_json(&n->out), *lines, *line;
  size_t g, i;
  if (has_future(n->e))
    buf_add_text(text, "from __future__ import annotations\n\n");
  json_array_foreach(groups, g, lines) {
    json_array_foreach(lines, i, line) buf_printf(text, "%s\n", json_string_value(line));
    buf_add_char(text, '\n');
  }
  json_decref(groups);
  for (i = 0; i < n->own.len; i++)
    buf_printf(text, "%.*s\n", STR_ARG(n->own.items[i]));
  if (!n->own.len && text->len)
    text->len--; // the blank line behind the last group
  const StrVec *later = &n->e->type_checking;
  for (i = 0; i < later->len; i++)
    buf_printf(text, "%s    %.*s\n", i ? "" : "\nif TYPE_CHECKING:\n",
               STR_ARG(later->items[i]));
}

bool insert_create_file(const Insertion *in, ChangeSet *set, Err *err) {
  FileEdit e;
  Str module;
  insert_start_file(&e, in, in->sample);
  e.helper_at = UINT32_MAX;
  NewFile n = {.e = &e};
  py_module_init(&n.out, in->gen);
  insert_home(in, &n.path, &module);
  Str classes = insert_render_classes(&e, err);
  StrVec names = {0};
  if (classes.ptr)
    free_names(in, classes, &names);
  for (size_t i = 0; i < names.len; i++)
    import_name(&n, names.items[i]);
  want_targets(&n);
  Buf text = {0}, laid = {0};
  write_head(&n, &text);
  buf_printf(&text, "\n\n%.*s\n", STR_ARG(classes));
  layout_python(buf_str(&text), insert_width(in), &laid);
  Str absolute =
      str_format(in->gen->arena, "%.*s%.*s.py", STR_ARG(insert_folder(e.f->absolute)),
                 STR_ARG(insert_file_name(in)));
  bool good = classes.ptr &&
              changeset_create(set, absolute, str_copy(set->arena, buf_str(&laid)), err);
  buf_free(&text);
  buf_free(&laid);
  vec_free(&names);
  vec_free(&n.own);
  vec_free(&e.type_checking);
  py_module_free(&n.out);
  insert_discard_file(&e);
  return good;
}
