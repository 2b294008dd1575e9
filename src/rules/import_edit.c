// import_edit.c: makes a name usable where a fix needs it, in the file's own way.
#include "python/import.h"
#include "rules/run.h"
#include "rules/util.h"

typedef struct {
  RuleCtx *cx;
  const PyTree *t;
  const PyScopes *s;
  Ref at;         // where the name is wanted
  uint32_t scope; // of `at`
  Str module, name;
  Atom name_atom;
  bool inside; // `at` runs after the module was executed: in a function
} Wanted;

static bool runs_later(const PyScopes *s, uint32_t scope) {
  return py_scopes_function(s, scope) != 0;
}

// An import at the module's top level that has run wherever `at` runs.
static bool is_usable(const Wanted *w, const PyBinding *b) {
  return b->scope == 0 && b->kind == BIND_IMPORT &&
         !(b->flags & (BIND_CONDITIONAL | BIND_TYPE_CHECKING)) &&
         (w->inside || py_node(w->t, b->stmt)->end <= py_node(w->t, w->at)->start);
}

static bool means_wanted(const Wanted *w, Origin o, ApiId api) {
  if (api && o.kind == ORIGIN_API)
    return api_current((ApiId)o.api) == api_current(api);
  if (o.kind != ORIGIN_EXTERNAL && o.kind != ORIGIN_API)
    return false;
  Str dotted = atom_str(w->cx->project->names, o.dotted);
  return dotted.len == w->module.len + 1 + w->name.len && str_starts(dotted, w->module) &&
         str_ends(dotted, w->name);
}

// `relation` where `relationship` is wanted: the codemod of moved names may be about to
// take the name away.
static bool is_outdated(const Wanted *w, Origin o, Str symbol) {
  return o.kind == ORIGIN_API && api_current((ApiId)o.api) != o.api &&
         !str_eq(symbol, w->name) &&
         str_ends(str_from(api_row((ApiId)o.api)->dotted), symbol);
}

// A name that is there already: `select`, or `sa.select`.
static Str existing_name(const Wanted *w, ApiId api) {
  Interner *names = w->cx->project->names;
  Str by_module = {0};
  for (uint32_t i = w->s->scopes[0].first_symbol; i != NO_SYMBOL;
       i = w->s->symbols[i].next) {
    const PySymbol *symbol = &w->s->symbols[i];
    if (!(symbol->flags & SYMBOL_IMPORTED) || symbol->first != symbol->last ||
        !is_usable(w, &w->s->bindings[symbol->first]) ||
        py_scopes_lookup(w->s, w->scope, symbol->name) != i)
      continue;
    Origin o = resolve_global(w->cx->resolver, w->cx->file_id, symbol->name);
    if (!o.proven)
      continue;
    Str name = atom_str(names, symbol->name);
    if (means_wanted(w, o, api) && !is_outdated(w, o, name))
      return name;
    bool is_module = (o.kind == ORIGIN_API || o.kind == ORIGIN_EXTERNAL) &&
                     str_eq(atom_str(names, o.dotted), w->module);
    if (is_module && !by_module.ptr)
      by_module = str_format(w->cx->scratch, "%.*s.%.*s",
                             STR_ARG(atom_str(names, symbol->name)), STR_ARG(w->name));
  }
  return by_module;
}

// A star import of the file brings something else by this name: it would replace what is
// imported above it.
static bool comes_by_star(const Wanted *w) {
  const Project *p = w->cx->project;
  for (uint32_t i = 0; i < w->s->star_count; i++) {
    const PyImportFrom *from = PY_AS(ImportFrom, w->t, w->s->stars[i].stmt);
    ImportTarget m =
        project_resolve_import(p, w->cx->file_id, from->node.aux, from->module, 0);
    if (m.kind != TARGET_MODULE || !project_exports(p, m.module, w->name_atom))
      continue;
    ImportTargetKind kind = project_member(p, m.module, w->name_atom).kind;
    if (project_module_binds(p, m.module, w->name_atom) || kind == TARGET_NAME ||
        kind == TARGET_MODULE)
      return true;
  }
  return w->s->star_count &&
         resolve_text(w->cx->resolver, w->cx->file_id, w->at, w->name).kind == ORIGIN_API;
}

// True where binding the name at the top of the module changes what something means.
static bool is_taken(const Wanted *w) {
  for (uint32_t i = 0; i < w->s->symbol_count; i++) {
    const PySymbol *symbol = &w->s->symbols[i];
    if (symbol->name != w->name_atom)
      continue;
    if (symbol->scope == 0 && symbol->flags & SYMBOL_BOUND)
      return true;
    if (symbol->target == NO_SYMBOL && symbol->flags & SYMBOL_USED)
      return true; // a builtin, or a name from a star import
  }
  return py_scopes_lookup(w->s, w->scope, w->name_atom) != NO_SYMBOL || comes_by_star(w);
}

// ---- Extending `from module import a, b`

static Str alias_name(const Wanted *w, Ref alias) {
  return atom_str(w->cx->project->names, PY_AS(Alias, w->t, alias)->name);
}

// The alias to stand before, or `len` for the end, so that a sorted list stays sorted.
static uint32_t list_position(const Wanted *w, PyRefs list) {
  for (uint32_t i = 1; i < list.len; i++)
    if (str_compare(alias_name(w, list.at[i - 1]), alias_name(w, list.at[i])) > 0)
      return list.len;
  for (uint32_t i = 0; i < list.len; i++)
    if (str_compare(alias_name(w, list.at[i]), w->name) > 0)
      return i;
  return list.len;
}

static bool starts_line(const Wanted *w, uint32_t at, Str *indent) {
  Str text = w->t->source->text;
  uint32_t from = at;
  while (from && (text.ptr[from - 1] == ' ' || text.ptr[from - 1] == '\t'))
    from--;
  *indent = str_slice(text, from, at);
  return from == 0 || text.ptr[from - 1] == '\n' || text.ptr[from - 1] == '\r';
}

static uint32_t line_end(const Wanted *w, uint32_t at) {
  Str text = w->t->source->text;
  while (at < text.len && text.ptr[at] != '\n' && text.ptr[at] != '\r')
    at++;
  return at;
}

static bool too_long(const Wanted *w, Ref stmt) {
  uint32_t limit = config_line_length(w->cx->project->config);
  Span span = py_span(w->t, stmt);
  uint32_t end = line_end(w, span.end), start = span.end;
  Str text = w->t->source->text;
  while (start && text.ptr[start - 1] != '\n' && text.ptr[start - 1] != '\r')
    start--;
  return end - start <= limit && end - start + w->name.len + 2 > limit;
}

static bool extend_list(const Wanted *w, Ref stmt) {
  PyRefs list = py_list(w->t, PY_AS(ImportFrom, w->t, stmt)->names);
  if (!list.len)
    return false;
  uint32_t position = list_position(w, list);
  Ref last = list.at[list.len - 1];
  Str indent, eol = rule_newline(w->cx);
  bool lines = starts_line(w, py_node(w->t, last)->start, &indent);
  if (!lines && too_long(w, stmt))
    return false;
  if (position == list.len) {
    uint32_t end = py_node(w->t, last)->end;
    if (!lines)
      fix_printf(w->cx, (Span){end, end}, ", %.*s", STR_ARG(w->name));
    else if (!rule_has_comment(w->cx, (Span){end, line_end(w, end)}))
      fix_printf(w->cx, (Span){end, end}, ",%.*s%.*s%.*s", STR_ARG(eol), STR_ARG(indent),
                 STR_ARG(w->name));
    else
      position = list.len - 1; // the comment stays with its name
  }
  if (position < list.len) {
    uint32_t start = py_node(w->t, list.at[position])->start;
    if (starts_line(w, start, &indent))
      fix_printf(w->cx, (Span){start, start}, "%.*s,%.*s%.*s", STR_ARG(w->name),
                 STR_ARG(eol), STR_ARG(indent));
    else
      fix_printf(w->cx, (Span){start, start}, "%.*s, ", STR_ARG(w->name));
  }
  return true;
}

static Ref list_to_extend(const Wanted *w) {
  PyRefs body = py_list(w->t, PY_AS(Module, w->t, w->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(w->t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, w->t, body.at[i]);
    Str module = from->module ? atom_str(w->cx->project->names, from->module) : STR("");
    PyRefs names = py_list(w->t, from->names);
    if (from->node.aux || !str_eq(module, w->module) || !names.len ||
        py_import_read(w->t, body.at[i], names.at[0]).star)
      continue;
    if (w->inside || from->node.end <= py_node(w->t, w->at)->start)
      return body.at[i];
  }
  return 0;
}

// ---- A new line

static bool is_docstring(const Wanted *w, Ref stmt) {
  return py_kind(w->t, stmt) == PY_EXPR_STMT &&
         py_kind(w->t, PY_AS(ExprStmt, w->t, stmt)->value) == PY_STR;
}

static bool is_same_package(const Wanted *w, Ref stmt) {
  if (py_kind(w->t, stmt) != PY_IMPORT_FROM)
    return false;
  const PyImportFrom *from = PY_AS(ImportFrom, w->t, stmt);
  if (from->node.aux || !from->module)
    return false;
  Str module = atom_str(w->cx->project->names, from->module);
  return str_eq(str_slice(module, 0, str_find_char(module, '.', 0)),
                str_slice(w->module, 0, str_find_char(w->module, '.', 0)));
}

// The statement behind which the new line goes; 0: before all others.
static Ref import_before(const Wanted *w) {
  PyRefs body = py_list(w->t, PY_AS(Module, w->t, w->t->root)->body);
  Ref last = 0, related = 0;
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(w->t, body.at[i]);
    bool is_import = kind == PY_IMPORT || kind == PY_IMPORT_FROM;
    if (!w->inside && py_node(w->t, body.at[i])->end > py_node(w->t, w->at)->start)
      break;
    if (is_import || (i == 0 && is_docstring(w, body.at[i])))
      last = body.at[i];
    else if (kind == PY_FUNCTION_DEF || kind == PY_CLASS_DEF)
      break;
    if (is_import && is_same_package(w, body.at[i]))
      related = body.at[i];
  }
  return related ? related : last;
}

// Behind the whole line that the statement ends on: what follows a `;` included.
static uint32_t behind_line(const Wanted *w, Ref stmt) {
  PyRefs body = py_list(w->t, PY_AS(Module, w->t, w->t->root)->body);
  uint32_t end = line_end(w, py_node(w->t, stmt)->end);
  for (uint32_t i = 0; i < body.len; i++) {
    const PyNode *n = py_node(w->t, body.at[i]);
    if (n->start < end && n->end > end)
      end = line_end(w, n->end);
  }
  return end;
}

static void add_line(const Wanted *w) {
  Str eol = rule_newline(w->cx);
  Ref before = import_before(w);
  uint32_t at;
  if (before) {
    at = behind_line(w, before);
    fix_printf(w->cx, (Span){at, at}, "%.*sfrom %.*s import %.*s", STR_ARG(eol),
               STR_ARG(w->module), STR_ARG(w->name));
  } else {
    PyRefs body = py_list(w->t, PY_AS(Module, w->t, w->t->root)->body);
    at = body.len ? statement_start(w->t, body.at[0]) : 0;
    fix_printf(w->cx, (Span){at, at}, "from %.*s import %.*s%.*s", STR_ARG(w->module),
               STR_ARG(w->name), STR_ARG(eol));
  }
  Finding *f = w->cx->run->fixing;
  if (f) {
    f->fix.adds_import_line = true;
    f->fix.import_at = at;
  }
}

static Wanted wanted_at(RuleCtx *cx, Ref at, const char *module, const char *name) {
  Wanted w = {.cx = cx,
              .t = cx->tree,
              .s = cx->file->scopes,
              .at = at,
              .module = str_from(module),
              .name = str_from(name)};
  w.scope = py_scopes_at(w.s, at);
  w.name_atom = intern(resolver_names(cx->resolver), w.name);
  w.inside = runs_later(w.s, w.scope);
  return w;
}

Str import_find(RuleCtx *cx, Ref at, const char *module, const char *name) {
  Wanted w = wanted_at(cx, at, module, name);
  ApiId api = api_find(str_format(cx->scratch, "%s.%s", module, name), NULL);
  Str there = existing_name(&w, api);
  if (there.ptr)
    return there;
  Origin star = resolve_text(cx->resolver, cx->file_id, at, w.name);
  return star.proven && means_wanted(&w, star, api) ? w.name : (Str){0};
}

Str import_find_module(RuleCtx *cx, Ref at, const char *module) {
  Wanted w = wanted_at(cx, at, module, "");
  Str text = existing_name(&w, API_NONE);
  if (text.ptr)
    return str_slice(text, 0, text.len - 1); // without the dot
  Origin star = resolve_text(cx->resolver, cx->file_id, at, w.module);
  bool same = star.proven && star.kind == ORIGIN_EXTERNAL &&
              str_eq(atom_str(cx->project->names, star.dotted), w.module);
  return same && w.s->star_count ? w.module : (Str){0};
}

bool import_is_taken(RuleCtx *cx, Ref at, const char *name) {
  Wanted w = wanted_at(cx, at, "", name);
  return is_taken(&w);
}

Str fix_require_import(RuleCtx *cx, Ref at, const char *module, const char *name) {
  Str there = import_find(cx, at, module, name);
  if (there.ptr)
    return there;
  Wanted w = wanted_at(cx, at, module, name);
  if (is_taken(&w)) {
    fix_refuse(cx, "`%s` already means something else in this file", name);
    return (Str){0};
  }
  Ref list = list_to_extend(&w);
  if (!list || !extend_list(&w, list))
    add_line(&w);
  return w.name;
}
