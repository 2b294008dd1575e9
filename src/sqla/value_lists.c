// value_lists.c: lists that a function only reads: what they hold is known for good.
#include "sqla/value_internal.h"

static bool is_one_of(Str name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

// Builtins that add nothing to what they are given, and keep no hold of it.
static bool is_reading_builtin(ValueCtx *cx, uint32_t file, Ref func) {
  static const char *const names[] = {
      "all", "any",    "bool", "dict", "enumerate", "frozenset", "iter",
      "len", "list",   "max",  "min",  "print",     "repr",      "reversed",
      "set", "sorted", "str",  "sum",  "tuple",     "zip"};
  const PyTree *t = tree_of(cx, file);
  const PyScopes *s = cx->project->files[file]->scopes;
  if (py_kind(t, func) != PY_NAME)
    return false;
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, func));
  bool bound = symbol != NO_SYMBOL && s->symbols[symbol].first != NO_BINDING;
  return !bound && is_one_of(py_text(t, func), names, ARRAY_LEN(names));
}

static bool is_reading_method(ValueCtx *cx, uint32_t file, Ref attribute) {
  static const char *const names[] = {"clear", "copy",    "count", "index",
                                      "pop",   "reverse", "sort"};
  const PyTree *t = tree_of(cx, file);
  Str name = atom_str(cx->project->names, PY_AS(Attribute, t, attribute)->attr);
  return is_one_of(name, names, ARRAY_LEN(names));
}

// True where nothing can be added to the list that `load` reads.
static bool only_reads(ValueCtx *cx, uint32_t file, Ref load) {
  const PyTree *t = tree_of(cx, file);
  Ref p = value_parent(cx, file, load);
  switch (py_kind(t, p)) {
  case PY_FOR:
    return PY_AS(For, t, p)->iter == load;
  case PY_SUBSCRIPT:
    return PY_AS(Subscript, t, p)->value == load && !is_store(cx, file, p);
  case PY_CALL:
    return PY_AS(Call, t, p)->func != load &&
           is_reading_builtin(cx, file, PY_AS(Call, t, p)->func);
  case PY_ATTRIBUTE:
    return is_reading_method(cx, file, p);
  case PY_IF_EXP:
    return PY_AS(IfExp, t, p)->test == load;
  case PY_COMPREHENSION:
  case PY_COMPARE:
  case PY_IF:
  case PY_WHILE:
  case PY_UNARY_OP:
  case PY_RETURN:
  case PY_FORMATTED_VALUE:
  case PY_STARRED:
  case PY_EXPR_STMT:
    return true;
  default:
    return false;
  }
}

typedef struct {
  ValueCtx *cx;
  const PyTree *t;
  const PyScopes *s;
  uint32_t file, symbol;
  bool only;
} ListWalk;

static bool enter(void *data, Ref r) {
  ListWalk *w = data;
  if (py_kind(w->t, r) != PY_NAME || !w->only)
    return w->only;
  uint32_t symbol = py_scopes_target(w->s, py_scopes_symbol_of(w->s, r));
  if (symbol != w->symbol)
    return true;
  Ref p = value_parent(w->cx, w->file, r);
  bool augmented =
      py_kind(w->t, p) == PY_AUG_ASSIGN && PY_AS(AugAssign, w->t, p)->target == r;
  w->only = !augmented && (is_store(w->cx, w->file, r) || only_reads(w->cx, w->file, r));
  return true;
}

bool value_list_is_only_read(ValueCtx *cx, uint32_t file, Ref target) {
  const PyTree *t = tree_of(cx, file);
  const PyScopes *s = cx->project->files[file]->scopes;
  if (py_kind(t, target) != PY_NAME)
    return false;
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, target));
  if (symbol == NO_SYMBOL)
    return false;
  const PyScope *scope = &s->scopes[s->symbols[symbol].scope];
  if (scope->kind != SCOPE_FUNCTION)
    return false;
  ListWalk w = {cx, t, s, file, symbol, true};
  PyVisitor visitor = {.enter = enter, .data = &w};
  py_walk(t, scope->node, &visitor);
  return w.only;
}
