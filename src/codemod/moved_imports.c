// M153, M230, M271, M275, M280, M282, M318, M319, M332, M345, M370: names that moved or
// were renamed and mean the same as before. The table is moved.def; what SQLAlchemy
// itself has under several names, of which the target lacks the one that is used, needs
// no row.
#include "codemod/codemod.h"
#include "python/import.h"

typedef struct {
  const char *code;
  CodemodProfile profile;
  const char *from, *to;
  size_t from_len;
} Moved;

static const Moved table[] = {
#define MOVED(code, profile, old, new)                                                   \
  {#code, PROFILE_##profile, old, new, sizeof(old) - 1},
#include "codemod/moved.def"
#undef MOVED
};

static const CodemodCode codes[] = {
    {"M153", "rowproxy-import", "Imports of RowProxy, ResultProxy and their like"},
    {"M230", "eagerload", "eagerload()"},
    {"M271", "declarative-import", "Imports from sqlalchemy.ext.declarative"},
    {"M275", "relation", "relation()"},
    {"M280", "compile-mappers", "compile_mappers()"},
    {"M282", "orm-collection-names", "Keyed collections under their names before 2.0"},
    {"M318", "passive-default", "PassiveDefault"},
    {"M319", "binary-type", "The type Binary"},
    {"M332", "removed-name", "Names that SQLAlchemy 2.0 does not have"},
    {"M345", "future-imports", "Imports from sqlalchemy.future"},
    {"M370", "flask-moved-names", "Names that Flask-SQLAlchemy 3 keeps in its modules"},
    {.code = NULL}};

static Str last_part(const char *dotted) {
  Str s = str_from(dotted);
  return str_slice(s, str_rfind_char(s, '.') + 1, s.len);
}

static Str module_part(const char *dotted) {
  Str s = str_from(dotted);
  return str_slice(s, 0, str_rfind_char(s, '.'));
}

// The same object under a name that the target still has.
static const Moved *other_name(const CodemodCtx *cx, Str module, Str name) {
  uint8_t target = cx->target == SQLALCHEMY_2_1 ? API_IN_2_1 : API_IN_2_0, old;
  Str from = str_format(cx->arena, "%.*s.%.*s", STR_ARG(module), STR_ARG(name));
  ApiId id = api_find(from, &old);
  const ApiRow *row = api_row(id);
  if (!id || old & target || !(row->versions & target) || row->moved_to ||
      str_starts(from, STR("sqlalchemy.dialects.")))
    return NULL;
  Moved *m = arena_new(cx->arena, Moved);
  *m = (Moved){"M332", PROFILE_COMPAT, from.ptr, row->dotted};
  return m;
}

static const Moved *find(const CodemodCtx *cx, Str module, Str name) {
  for (size_t i = 0; i < ARRAY_LEN(table); i++)
    if (str_eq(name, last_part(table[i].from)) &&
        str_eq(module, module_part(table[i].from)))
      return table[i].profile <= cx->profile ? &table[i] : NULL;
  return other_name(cx, module, name);
}

static bool may_be_moved(Str name) {
  for (size_t i = 0; i < ARRAY_LEN(table); i++) { // asked for each attribute there is
    const Moved *m = &table[i];
    if (m->from_len > name.len && m->from[m->from_len - name.len - 1] == '.' &&
        !memcmp(m->from + m->from_len - name.len, name.ptr, name.len))
      return true;
  }
  return false;
}

// ---- Uses of the old name

typedef struct {
  const CodemodWalk *w;
  uint32_t symbol;
  Str name;
} Rename;

static bool rename_use(void *data, Ref r) {
  const Rename *x = data;
  const PyScopes *s = x->w->in->file->scopes;
  if (py_kind(x->w->t, r) == PY_NAME &&
      py_scopes_target(s, py_scopes_symbol_of(s, r)) == x->symbol)
    fix_replace(x->w->in, py_span(x->w->t, r), x->name);
  return true;
}

static bool is_exported(const CodemodWalk *w, Atom name) {
  const PyScopes *s = w->in->file->scopes;
  for (uint32_t i = 0; i < s->all_count; i++)
    if (s->all_names[i] == name)
      return true;
  return s->all_open;
}

// The name of the module itself, as an import would bind it; 0 where it is no module.
static Atom module_name(const CodemodWalk *w) {
  uint32_t module = w->in->file->module;
  return module == NO_MODULE ? 0 : w->cx->project->modules[module].last;
}

// Another file imports the name from here, takes all names, or has the module itself.
static bool is_imported(const CodemodWalk *w, Atom name) {
  const Project *p = w->cx->project;
  uint32_t module = w->in->file->module;
  Atom own = module_name(w);
  for (uint32_t f = 0; f < p->file_count && module != NO_MODULE; f++) {
    const PyScopes *s = p->files[f]->scopes;
    for (uint32_t b = 0; s && f != w->file && b < s->binding_count; b++) {
      const PyBinding *binding = &s->bindings[b];
      if (binding->kind != BIND_IMPORT)
        continue;
      ImportItem item = py_import_read(&p->files[f]->tree, binding->stmt, binding->node);
      Atom last = item.name ? item.name : item.module;
      if (last != name && last != own && !item.whole_path)
        continue;
      ImportTarget to = project_resolve_import(p, f, item.level, item.module,
                                               last == name ? 0 : item.name);
      if (to.kind == TARGET_MODULE && to.module == module)
        return true;
    }
    for (uint32_t i = 0; s && i < s->star_count; i++) {
      const PyImportFrom *from = PY_AS(ImportFrom, &p->files[f]->tree, s->stars[i].stmt);
      ImportTarget to = project_resolve_import(p, f, from->node.aux, from->module, 0);
      if (to.kind == TARGET_MODULE && to.module == module)
        return true;
    }
  }
  return false;
}

// The text of an alias for the new name; uses in the file follow where they can.
static Str new_alias(const CodemodWalk *w, Ref stmt, Ref alias, const Moved *m) {
  const PyAlias *a = PY_AS(Alias, w->t, alias);
  Str new_name = last_part(m->to);
  Str old_name = codemod_name(w, a->name);
  if (a->asname)
    return str_format(w->cx->arena, "%.*s as %.*s", STR_ARG(new_name),
                      STR_ARG(codemod_name(w, a->asname)));
  if (str_eq(new_name, old_name))
    return new_name;
  const PyScopes *s = w->in->file->scopes;
  uint32_t symbol = py_scopes_symbol_of(s, alias);
  bool single = symbol != NO_SYMBOL && s->symbols[symbol].scope == 0 &&
                s->symbols[symbol].first == s->symbols[symbol].last &&
                !is_exported(w, a->name) && !is_imported(w, a->name);
  bool plain = single && !import_is_taken(w->in, stmt, new_name.ptr);
  if (!plain)
    return str_format(w->cx->arena, "%.*s as %.*s", STR_ARG(new_name), STR_ARG(old_name));
  Rename x = {w, symbol, new_name};
  PyVisitor v = {.enter = rename_use, .data = &x};
  py_walk(w->t, w->t->root, &v);
  return new_name;
}

// ---- Import statements

static bool is_shim(const CodemodWalk *w, Ref stmt) {
  PyKind kind = py_kind(w->t, rule_parent(w->in, stmt));
  return kind == PY_TRY || kind == PY_EXCEPT_HANDLER;
}

static Str indent_before(const CodemodWalk *w, uint32_t at) {
  Str text = w->t->source->text;
  uint32_t from = at;
  while (from && (text.ptr[from - 1] == ' ' || text.ptr[from - 1] == '\t'))
    from--;
  return from && text.ptr[from - 1] != '\n' ? (Str){0} : str_slice(text, from, at);
}

// The statement with the end of its line, where nothing else stands on it.
static void delete_statement(const CodemodWalk *w, Span span) {
  Str text = w->t->source->text;
  uint32_t end = span.end;
  while (end < text.len &&
         (text.ptr[end] == ' ' || text.ptr[end] == '\t' || text.ptr[end] == '\r'))
    end++;
  if (end < text.len && text.ptr[end] == '\n')
    fix_delete(w->in, (Span){span.start, end + 1});
  else
    codemod_refuse(w->cx, (Place){0, 0}, "other code stands on the line");
}

// The first statement behind an import that is no import: what the name is needed for.
static Ref first_code(const CodemodWalk *w, Ref stmt) {
  PyRefs body = py_list(w->t, PY_AS(Module, w->t, w->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(w->t, body.at[i]);
    if (py_node(w->t, body.at[i])->start > py_node(w->t, stmt)->start &&
        kind != PY_IMPORT && kind != PY_IMPORT_FROM)
      return body.at[i];
  }
  return stmt;
}

// Another statement of the top level imports from the module.
static bool has_list(const CodemodWalk *w, Ref stmt, Str module) {
  PyRefs body = py_list(w->t, PY_AS(Module, w->t, w->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (body.at[i] == stmt || py_kind(w->t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, w->t, body.at[i]);
    if (!from->node.aux && from->module && str_eq(codemod_name(w, from->module), module))
      return true;
  }
  return false;
}

static bool is_plain_name(Str alias) {
  return str_find_char(alias, ' ', 0) == SIZE_MAX;
}

// Names that stay, and those that are only renamed, in the layout they have; the others
// leave the list.
static uint32_t edit_list(const CodemodWalk *w, Ref stmt, const Moved *const *moved,
                          const Str *texts, PyRefs names) {
  Str module = codemod_name(w, PY_AS(ImportFrom, w->t, stmt)->module);
  uint32_t kept = 0;
  Buf out = {0};
  for (uint32_t i = 0; i < names.len; i++)
    if (!moved[i] || str_eq(module_part(moved[i]->to), module)) {
      buf_printf(&out, "%s%.*s", kept ? ", " : "",
                 STR_ARG(moved[i] ? texts[i] : py_text(w->t, names.at[i])));
      kept++;
    }
  if (kept == names.len) {
    for (uint32_t i = 0; i < names.len; i++)
      if (moved[i])
        fix_replace(w->in, py_span(w->t, names.at[i]), texts[i]);
  } else if (kept) {
    Span span = {py_node(w->t, names.at[0])->start,
                 py_node(w->t, names.at[names.len - 1])->end};
    fix_replace(w->in, span, buf_str(&out));
  }
  buf_free(&out);
  return kept;
}

static void rewrite(const CodemodWalk *w, Ref stmt, const Moved *const *moved,
                    PyRefs names) {
  Str *texts = arena_array(w->cx->arena, Str, names.len + 1);
  Str indent = indent_before(w, py_node(w->t, stmt)->start), eol = rule_newline(w->in);
  Str module = codemod_name(w, PY_AS(ImportFrom, w->t, stmt)->module);
  bool top = py_kind(w->t, rule_parent(w->in, stmt)) == PY_MODULE && indent.ptr;
  for (uint32_t i = 0; i < names.len; i++)
    texts[i] = moved[i] ? new_alias(w, stmt, names.at[i], moved[i]) : STR("");
  uint32_t kept = edit_list(w, stmt, moved, texts, names);
  Buf out = {0};
  bool *done = arena_array(w->cx->arena, bool, names.len + 1);
  for (uint32_t i = 0; i < names.len; i++) {
    if (!moved[i] || done[i] || str_eq(module_part(moved[i]->to), module))
      continue;
    Str target = module_part(moved[i]->to);
    if (top && is_plain_name(texts[i]) && has_list(w, stmt, target)) {
      codemod_need(w->cx, w->file, first_code(w, stmt), target, texts[i]);
      continue;
    }
    if (kept || out.len)
      buf_printf(&out, "%.*s%.*s", STR_ARG(eol), STR_ARG(indent));
    buf_printf(&out, "from %.*s import %.*s", STR_ARG(target), STR_ARG(texts[i]));
    for (uint32_t k = i + 1; k < names.len; k++)
      if (moved[k] && str_eq(module_part(moved[k]->to), target)) {
        buf_printf(&out, ", %.*s", STR_ARG(texts[k]));
        done[k] = true;
      }
  }
  Span span = py_span(w->t, stmt);
  if (out.len && !indent.ptr)
    codemod_refuse(w->cx, (Place){w->file, stmt}, "other code stands on the line");
  else if (kept && out.len)
    fix_insert(w->in, span.end, buf_str(&out));
  else if (!kept && out.len)
    fix_replace(w->in, span, buf_str(&out));
  else if (!kept)
    delete_statement(w, span);
  buf_free(&out);
}

// Only the module's name changes: the layout of the names stays.
static bool rewrite_module(const CodemodWalk *w, Ref stmt, const Moved *const *moved,
                           PyRefs names) {
  for (uint32_t i = 0; i < names.len; i++)
    if (!moved[i] || !str_eq(module_part(moved[i]->to), module_part(moved[0]->to)) ||
        !str_eq(last_part(moved[i]->to), last_part(moved[i]->from)))
      return false;
  const PyImportFrom *from = PY_AS(ImportFrom, w->t, stmt);
  Str old = codemod_name(w, from->module);
  Str text = w->t->source->text;
  size_t at = str_find(str_slice(text, 0, from->names_at), old, from->node.start + 4);
  if (at == SIZE_MAX)
    return false; // written with blanks between its parts
  fix_replace(w->in, (Span){(uint32_t)at, (uint32_t)(at + old.len)},
              module_part(moved[0]->to));
  return true;
}

static void import_from(const CodemodWalk *w, Ref stmt) {
  const PyImportFrom *from = PY_AS(ImportFrom, w->t, stmt);
  if (from->node.aux || !from->module)
    return;
  Str module = codemod_name(w, from->module);
  if (!str_starts(module, STR("sqlalchemy")) && !str_is(module, "flask_sqlalchemy"))
    return;
  PyRefs names = py_list(w->t, from->names);
  const Moved **moved = arena_array(w->cx->arena, const Moved *, names.len + 1);
  Site *first = NULL;
  Vec(Site *) sites = {0};
  for (uint32_t i = 0; i < names.len; i++) {
    Str name = codemod_name(w, PY_AS(Alias, w->t, names.at[i])->name);
    const Moved *m = find(w->cx, module, name);
    Site *s = m && !is_shim(w, stmt)
                  ? codemod_site(w->cx, m->code, w->file, py_span(w->t, names.at[i]),
                                 "`%s` is `%s` now", m->from, m->to)
                  : NULL;
    if (!s)
      continue;
    moved[i] = m;
    vec_push(&sites, s);
    first = first ? first : s;
  }
  if (first && codemod_open(w->cx, first)) {
    for (size_t i = 1; i < sites.len; i++)
      codemod_join(w->cx, sites.items[i]);
    if (!rewrite_module(w, stmt, moved, names)) {
      if (rule_has_comment(w->in, py_span(w->t, stmt)))
        codemod_refuse(w->cx, (Place){w->file, stmt}, "a comment stands in the import");
      else
        rewrite(w, stmt, moved, names);
    }
    codemod_close(w->cx);
  }
  vec_free(&sites);
}

// ---- `orm.relation(...)`

static void attribute(const CodemodWalk *w, Ref r) {
  const PyAttribute *a = PY_AS(Attribute, w->t, r);
  Str name = codemod_name(w, a->attr);
  if (!may_be_moved(name))
    return;
  Origin o = resolve_expr(w->cx->resolver, w->file, a->value);
  if ((o.kind != ORIGIN_API && o.kind != ORIGIN_EXTERNAL) || !o.dotted)
    return;
  const Moved *m = find(w->cx, codemod_name(w, o.dotted), name);
  Site *s = m ? codemod_site(w->cx, m->code, w->file, py_span(w->t, r),
                             "`%s` is `%s` now", m->from, m->to)
              : NULL;
  if (!codemod_open(w->cx, s))
    return;
  Str new_name = last_part(m->to);
  if (!o.proven)
    codemod_refuse(w->cx, (Place){0, 0},
                   "the name it is read from is bound more than once");
  else if (str_eq(module_part(m->to), module_part(m->from)))
    fix_replace(w->in, (Span){a->attr_at, a->node.end}, new_name);
  else
    fix_replace(w->in, py_span(w->t, r),
                codemod_import(w->cx, w->file, r,
                               str_copy(w->cx->arena, module_part(m->to)).ptr,
                               new_name.ptr));
  codemod_close(w->cx);
}

static void visit(const CodemodWalk *w, Ref r) {
  switch (py_kind(w->t, r)) {
  case PY_IMPORT_FROM:
    import_from(w, r);
    return;
  case PY_ATTRIBUTE:
    attribute(w, r);
    return;
  default:
    return;
  }
}

const Codemod codemod_moved_imports = {.name = "moved-imports",
                                       .codes = codes,
                                       .profile = PROFILE_COMPAT,
                                       .on = {PY_IMPORT_FROM, PY_ATTRIBUTE},
                                       .visit = visit};
