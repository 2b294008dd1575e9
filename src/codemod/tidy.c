// tidy.c: takes out imports that the rewriting left without use.
#include "codemod/tidy.h"

#include "python/import.h"
#include "python/parse.h"
#include "sqla/place_map.h"

#include <stdlib.h>

// What other files take from modules: (module, name), and modules taken whole by `*`.
typedef struct {
  PlaceMap names;
  PlaceMap stars;
} Taken;

typedef struct {
  Project *project;
  const Taken *taken;
  uint32_t file;
  const PyTree *t;
  const PyScopes *s;
  PyTree before; // of the text before the rewriting
  PyScopes before_scopes;
  Arena arena;
  EditList edits;
} Tidy;

static uint64_t name_key(uint32_t module, Atom name) {
  return (uint64_t)module << 32 | name;
}

static void take_imports(Taken *taken, const Project *p, uint32_t file) {
  const PyScopes *s = p->files[file]->scopes;
  const PyTree *t = &p->files[file]->tree;
  Ref last = 0;
  ImportTarget target = {0};
  for (uint32_t b = 0; b < s->binding_count; b++) {
    const PyBinding *binding = &s->bindings[b];
    if (binding->kind != BIND_IMPORT || py_kind(t, binding->stmt) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, t, binding->stmt);
    if (binding->stmt != last)
      target = project_resolve_import(p, file, from->node.aux, from->module, 0);
    last = binding->stmt;
    if (target.kind == TARGET_MODULE)
      place_map_set(&taken->names,
                    name_key(target.module, PY_AS(Alias, t, binding->node)->name), 1);
  }
  for (uint32_t i = 0; i < s->star_count; i++) {
    const PyImportFrom *from = PY_AS(ImportFrom, t, s->stars[i].stmt);
    target = project_resolve_import(p, file, from->node.aux, from->module, 0);
    if (target.kind == TARGET_MODULE)
      place_map_set(&taken->stars, target.module, 1);
  }
}

typedef struct {
  Taken *taken;
  Resolver *resolver;
  const PyTree *t;
  uint32_t file;
} Attributes;

static bool take_attribute(void *data, Ref r) {
  Attributes *a = data;
  if (py_kind(a->t, r) != PY_ATTRIBUTE)
    return true;
  const PyAttribute *n = PY_AS(Attribute, a->t, r);
  if (py_kind(a->t, n->value) != PY_NAME)
    return true;
  Origin o = resolve_expr(a->resolver, a->file, n->value);
  if (o.kind == ORIGIN_MODULE)
    place_map_set(&a->taken->names, name_key(o.module, n->attr), 1);
  return true;
}

static void take_all(Taken *taken, const Project *p) {
  Arena arena = {0};
  Resolver *resolver = resolver_new(p, &arena);
  for (uint32_t f = 0; f < p->file_count; f++) {
    if (!p->files[f]->readable || !p->files[f]->scopes)
      continue;
    take_imports(taken, p, f);
    Attributes a = {taken, resolver, &p->files[f]->tree, f};
    PyVisitor v = {.enter = take_attribute, .data = &a};
    py_walk(a.t, a.t->root, &v);
  }
  resolver_free(resolver);
  arena_reset(&arena);
}

// ---- One name

static bool is_used(const PyScopes *s, Atom name) {
  for (uint32_t i = 0; i < s->symbol_count; i++) {
    const PySymbol *symbol = &s->symbols[i];
    if (symbol->name != name || !(symbol->flags & (SYMBOL_USED | SYMBOL_CAPTURED)))
      continue;
    uint32_t target = py_scopes_target(s, i);
    if (target == NO_SYMBOL || s->symbols[target].scope == 0)
      return true;
  }
  return false;
}

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || (unsigned char)c >= 0x80;
}

static bool has_word(Str text, Str word) {
  for (size_t at = 0; (at = str_find(text, word, at)) != SIZE_MAX; at += word.len) {
    bool before = at && (is_word(text.ptr[at - 1]) || text.ptr[at - 1] == '.');
    bool after = at + word.len < text.len && is_word(text.ptr[at + word.len]);
    if (!before && !after)
      return true;
  }
  return false;
}

typedef struct {
  const PyTree *t;
  Str word;
  bool found;
} Mention;

static bool find_mention(void *data, Ref r) {
  Mention *m = data;
  if (m->found)
    return false;
  if (py_kind(m->t, r) == PY_STR) {
    Str text = py_text(m->t, r);
    m->found = str_find_char(text, '\n', 0) == SIZE_MAX && has_word(text, m->word);
  }
  return true;
}

// The word stands in a string of one line, which may be a forward reference, or in a
// comment that type checkers read.
static bool is_mentioned(const PyTree *t, Str name) {
  Mention m = {t, name, false};
  PyVisitor v = {.enter = find_mention, .data = &m};
  py_walk(t, t->root, &v);
  for (uint32_t i = 0; i < t->comment_count && !m.found; i++) {
    Str comment = source_slice(t->source, t->comments[i]);
    m.found = str_find(comment, STR("type:"), 0) != SIZE_MAX && has_word(comment, name);
  }
  return m.found;
}

static bool is_exported(const Tidy *x, Atom name) {
  uint32_t module = x->project->files[x->file]->module;
  for (uint32_t i = 0; i < x->s->all_count; i++)
    if (x->s->all_names[i] == name)
      return true;
  if (x->s->all_open)
    return true;
  if (module == NO_MODULE)
    return false;
  return place_map_get(&x->taken->names, name_key(module, name)) != PLACE_MAP_NONE ||
         (place_map_get(&x->taken->stars, module) != PLACE_MAP_NONE && !x->s->has_all);
}

static bool goes(const Tidy *x, Ref alias) {
  const PyAlias *a = PY_AS(Alias, x->t, alias);
  Str text = atom_str(x->project->names, a->name);
  if (str_is(text, "*"))
    return false;
  Atom name = a->asname ? a->asname : a->name;
  Str bound = atom_str(x->project->names, name);
  if (str_find_char(bound, '.', 0) != SIZE_MAX)
    return false;
  uint32_t symbol = py_scopes_find(x->s, 0, name);
  return symbol != NO_SYMBOL &&
         x->s->symbols[symbol].first == x->s->symbols[symbol].last &&
         !is_used(x->s, name) && is_used(&x->before_scopes, name) &&
         !is_exported(x, name) && !is_mentioned(x->t, bound);
}

// ---- Edits

static bool has_comment(const PyTree *t, Span span) {
  for (uint32_t i = 0; i < t->comment_count; i++)
    if (t->comments[i].start >= span.start && t->comments[i].start < span.end)
      return true;
  return false;
}

// The whole lines of a statement that stands alone on them; an empty span where not.
static Span whole_lines(const PyTree *t, Span span) {
  Str text = t->source->text;
  uint32_t start = span.start, end = span.end;
  if (start && text.ptr[start - 1] != '\n')
    return (Span){0, 0};
  while (end < text.len && (text.ptr[end] == ' ' || text.ptr[end] == '\r'))
    end++;
  if (end < text.len && text.ptr[end] != '\n')
    return (Span){0, 0};
  return (Span){start, end < text.len ? end + 1 : end};
}

static void take_out(Tidy *x, Span span) {
  uint32_t group = (uint32_t)x->edits.len;
  vec_push(&x->edits, (Edit){span, STR(""), group});
}

static void delete_names(Tidy *x, PyRefs names, const bool *gone) {
  const PyTree *t = x->t;
  for (uint32_t i = 0; i < names.len; i++) {
    if (!gone[i])
      continue;
    Span span = py_span(t, names.at[i]);
    uint32_t kept_before = i;
    while (kept_before && gone[kept_before - 1])
      kept_before--;
    if (kept_before) // from the end of the one before
      span.start = py_node(t, names.at[i - 1])->end;
    else
      span.end = py_node(t, names.at[i + 1])->start;
    if (!has_comment(t, span))
      take_out(x, span);
  }
}

static void tidy_statement(Tidy *x, Ref stmt) {
  PyKind kind = py_kind(x->t, stmt);
  if (kind != PY_IMPORT && kind != PY_IMPORT_FROM)
    return;
  if (kind == PY_IMPORT_FROM &&
      str_is(PY_AS(ImportFrom, x->t, stmt)->module
                 ? atom_str(x->project->names, PY_AS(ImportFrom, x->t, stmt)->module)
                 : STR(""),
             "__future__"))
    return;
  PyRefs names = py_list(x->t, kind == PY_IMPORT ? PY_AS(Import, x->t, stmt)->names
                                                 : PY_AS(ImportFrom, x->t, stmt)->names);
  bool *gone = arena_array(&x->arena, bool, names.len + 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < names.len; i++)
    count += gone[i] = goes(x, names.at[i]);
  if (!count)
    return;
  if (count < names.len) {
    delete_names(x, names, gone);
    return;
  }
  Span span = whole_lines(x->t, py_span(x->t, stmt));
  if (span.end && !has_comment(x->t, span))
    take_out(x, span);
}

static bool read_before(Tidy *x, const ModernizedFile *f, InternCache *names) {
  Source *source = arena_new(&x->arena, Source);
  if (!source_init(source, &x->arena, f->path, f->bytes_before, NULL))
    return false;
  DiagSink diags = {.arena = &x->arena};
  py_parse(&x->before, source, names, &diags);
  py_bind(&x->before_scopes, &x->before, names, &x->arena);
  diag_sink_free(&diags);
  return true;
}

static void tidy_file(Modernization *m, Project *p, const Taken *taken, uint32_t file,
                      InternCache *names) {
  ModernizedFile *f = &m->files[file];
  ProjectFile *now = p->files[file];
  Tidy x = {
      .project = p, .taken = taken, .file = file, .t = &now->tree, .s = now->scopes};
  bool is_package = str_ends(f->path, STR("__init__.py"));
  if (now->scopes && !is_package && f->bytes_before.ptr && read_before(&x, f, names)) {
    PyRefs body = py_list(x.t, PY_AS(Module, x.t, x.t->root)->body);
    for (uint32_t i = 0; i < body.len; i++)
      tidy_statement(&x, body.at[i]);
  }
  Buf text = {0}, bytes = {0};
  if (x.edits.len) {
    edits_apply(now->source.text, &x.edits, (uint32_t)x.edits.len, &text, NULL);
    if (source_encode(&now->source, buf_str(&text), &bytes, NULL)) {
      f->after = str_copy(&m->arena, buf_str(&text));
      f->bytes_after = str_copy(&m->arena, buf_str(&bytes));
      f->changed = !str_eq(f->before, f->after);
    }
  }
  buf_free(&text);
  buf_free(&bytes);
  vec_free(&x.edits);
  py_tree_free(&x.before);
  arena_reset(&x.arena);
}

void tidy_imports(Modernization *m, Project *p) {
  Taken taken = {0};
  bool any = false;
  for (uint32_t i = 0; i < m->file_count; i++)
    any = any || m->files[i].changed;
  if (!any)
    return;
  take_all(&taken, p);
  InternCache *names = intern_cache_new(p->names);
  for (uint32_t i = 0; i < m->file_count; i++)
    if (m->files[i].changed)
      tidy_file(m, p, &taken, i, names);
  intern_cache_free(names);
  for (uint32_t i = 0; i < m->file_count; i++)
    if (m->files[i].changed && m->files[i].bytes_after.ptr)
      (void)project_add_text(p, m->files[i].path, m->files[i].bytes_after);
  place_map_free(&taken.names);
  place_map_free(&taken.stars);
}
