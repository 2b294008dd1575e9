// T132: `@name.expression` and its like on further functions of the same name become
// `@name.inplace.expression` on functions with names of their own: the hybrid itself is
// added to, as each of them did to a copy before, and type checkers see one definition.
// The functions' names stand for the hybrid as well: what goes through
// Mapper.all_orm_descriptors meets it several times. Hence only with --unsafe.
#include "codemod/layout.h"

static const CodemodCode codes[] = {
    {"T132", "hybrid-inplace", "A hybrid whose functions all have its name"},
    {.code = NULL}};

static const struct {
  const char *kind;
  bool of_class; // its function takes the class
} kinds[] = {{"expression", true},
             {"comparator", true},
             {"update_expression", true},
             {"setter", false},
             {"deleter", false}};

static Ref only_decorator(const CodemodWalk *w, Ref def) {
  if (py_kind(w->t, def) != PY_FUNCTION_DEF)
    return 0;
  PyRefs list = py_list(w->t, PY_AS(FunctionDef, w->t, def)->decorators);
  return list.len == 1 ? list.at[0] : 0;
}

// @hybrid_property, @hybrid_method
static bool is_hybrid(const CodemodWalk *w, Ref def) {
  Ref d = only_decorator(w, def);
  ApiId api = d ? resolve_api(w->cx->resolver, w->file, d) : API_NONE;
  return api == API_sqlalchemy_ext_hybrid_hybrid_property ||
         api == API_sqlalchemy_ext_hybrid_hybrid_method;
}

// Which of `kinds` the decorator `@name.kind` is; -1: none.
static int kind_of(const CodemodWalk *w, Ref def, Atom name) {
  Ref d = only_decorator(w, def);
  if (py_kind(w->t, d) != PY_ATTRIBUTE)
    return -1;
  const PyAttribute *a = PY_AS(Attribute, w->t, d);
  if (py_kind(w->t, a->value) != PY_NAME || PY_AS(Name, w->t, a->value)->id != name)
    return -1;
  Str kind = codemod_name(w, a->attr);
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
    if (str_is(kind, kinds[i].kind))
      return (int)i;
  return -1;
}

// True where every further binding of the hybrid's name adds to it.
static bool all_add(const CodemodWalk *w, uint32_t symbol) {
  const PyScopes *s = w->in->file->scopes;
  const PySymbol *of = &s->symbols[symbol];
  for (uint32_t b = s->bindings[of->first].next; b != NO_BINDING; b = s->bindings[b].next)
    if (s->bindings[b].flags & BIND_CONDITIONAL ||
        kind_of(w, s->bindings[b].node, of->name) < 0)
      return false;
  return of->first != of->last;
}

// True where the class or one above it has the name, but for functions of hybrids, which
// nothing looks up.
static bool is_taken(const CodemodWalk *w, Ref cls, Str name) {
  const PyScopes *s = w->in->file->scopes;
  Atom atom = intern(resolver_names(w->cx->resolver), name);
  if (py_scopes_find(s, py_scopes_of(s, cls), atom) != NO_SYMBOL)
    return true;
  Origin own = {.kind = ORIGIN_CLASS, .proven = true, .at = {w->file, cls}};
  Origin above = resolve_member(w->cx->resolver, own, atom);
  if (above.kind != ORIGIN_FUNCTION)
    return above.kind != ORIGIN_UNKNOWN && above.kind != ORIGIN_API_MEMBER;
  const PyTree *t = &w->cx->project->files[above.at.file]->tree;
  PyRefs list = py_list(t, PY_AS(FunctionDef, t, above.at.ref)->decorators);
  return !list.len || str_find(py_text(t, list.at[0]), STR(".inplace."), 0) == SIZE_MAX;
}

static bool write_one(const CodemodWalk *w, Ref def, Atom name) {
  int kind = kind_of(w, def, name);
  Ref d = only_decorator(w, def);
  const PyFunctionDef *f = PY_AS(FunctionDef, w->t, def);
  Str old = codemod_name(w, name);
  Str bare = old;
  while (bare.len && bare.ptr[0] == '_')
    bare = str_slice(bare, 1, bare.len);
  Str own = str_format(w->cx->arena, "_%.*s_%s", STR_ARG(bare), kinds[kind].kind);
  if (is_taken(w, rule_parent(w->in, def), own)) {
    codemod_refuse(w->cx, (Place){w->file, def}, "the class has a `%.*s` already",
                   STR_ARG(own));
    return false;
  }
  uint32_t behind = py_node(w->t, PY_AS(Attribute, w->t, d)->value)->end;
  fix_insert(w->in, behind, STR(".inplace"));
  fix_replace(w->in, (Span){f->name_at, f->name_at + (uint32_t)old.len}, own);
  if (!kinds[kind].of_class)
    return true;
  uint32_t end = layout_line_end(w->in, py_node(w->t, d)->end);
  uint32_t at = py_node(w->t, d)->start;
  while (at && w->t->source->text.ptr[at] != '@')
    at--;
  Str indent = layout_indent(w->in, at);
  if (!indent.ptr) {
    codemod_refuse(w->cx, (Place){w->file, def}, "other code stands on its line");
    return false;
  }
  fix_printf(w->in, (Span){end, end}, "%.*s%.*s@classmethod",
             STR_ARG(rule_newline(w->in)), STR_ARG(indent));
  return true;
}

static void hybrid(const CodemodWalk *w, Ref def) {
  const PyScopes *s = w->in->file->scopes;
  uint32_t symbol = py_scopes_symbol_of(s, def);
  if (symbol == NO_SYMBOL || s->bindings[s->symbols[symbol].first].node != def ||
      !all_add(w, symbol))
    return;
  Atom name = s->symbols[symbol].name;
  Site *site = codemod_site(w->cx, "T132", w->file, py_span(w->t, def),
                            "the functions of the hybrid `%.*s` all have its name",
                            STR_ARG(codemod_name(w, name)));
  if (!codemod_open(w->cx, site))
    return;
  if (!w->cx->unsafe)
    codemod_refuse(w->cx, (Place){0, 0},
                   "Mapper.all_orm_descriptors would list its functions as well; "
                   "--unsafe converts it");
  bool good = true;
  for (uint32_t b = s->bindings[s->symbols[symbol].first].next; b != NO_BINDING && good;
       b = s->bindings[b].next)
    good = write_one(w, s->bindings[b].node, name);
  codemod_close(w->cx);
}

static void visit(const CodemodWalk *w, Ref r) {
  if (is_hybrid(w, r) && py_kind(w->t, rule_parent(w->in, r)) == PY_CLASS_DEF)
    hybrid(w, r);
}

const Codemod codemod_hybrids = {.name = "hybrids",
                                 .codes = codes,
                                 .profile = PROFILE_MODERN,
                                 .on = {PY_FUNCTION_DEF},
                                 .visit = visit};
