// query_once.c: a variable that holds a query on one way and a list on another, and is
// read once, next: the query runs where it is assigned.
//
//   if limit:
//       rows = session.query(Row).limit(limit)     rows = session.scalars(select(Row) ...
//   else:
//       rows = []                                   rows = []
//   return [row.name for row in rows]               unchanged
#include "codemod/query_internal.h"

static Ref after_in(const PyTree *t, Ref list, Ref statement, bool *last) {
  PyRefs all = py_list(t, list);
  for (uint32_t i = 0; i < all.len; i++) {
    if (all.at[i] != statement)
      continue;
    *last = i + 1 == all.len;
    return *last ? 0 : all.at[i + 1];
  }
  return 0;
}

// The statement that runs after it, through the ends of `if` blocks; 0: not told.
static Ref next_statement(Q *q, uint32_t file, Ref statement) {
  const PyTree *t = q_tree(q, file);
  for (;;) {
    Ref up = q_parent(q, file, statement);
    bool last = false;
    Ref next = 0;
    switch (py_kind(t, up)) {
    case PY_IF:
      next = after_in(t, PY_AS(If, t, up)->body, statement, &last);
      if (!next && !last)
        next = after_in(t, PY_AS(If, t, up)->orelse, statement, &last);
      if (!last)
        return next;
      statement = up;
      continue;
    case PY_FUNCTION_DEF:
      return after_in(t, PY_AS(FunctionDef, t, up)->body, statement, &last);
    case PY_WITH:
      return after_in(t, PY_AS(With, t, up)->body, statement, &last);
    default:
      return 0;
    }
  }
}

// In a loop the variable may be read again where another turn does not assign it.
static bool is_in_loop(Q *q, uint32_t file, Ref r) {
  const PyTree *t = q_tree(q, file);
  for (; r && py_kind(t, r) != PY_FUNCTION_DEF; r = q_parent(q, file, r))
    if (py_kind(t, r) == PY_FOR || py_kind(t, r) == PY_WHILE)
      return true;
  return false;
}

// The statement that iterates the Name before it does anything else; 0: none.
static Ref iterated_first(Q *q, uint32_t file, Ref load) {
  const PyTree *t = q_tree(q, file);
  Ref p = q_parent(q, file, load);
  if (py_kind(t, p) == PY_FOR)
    return PY_AS(For, t, p)->iter == load && !(py_node(t, p)->flags & PYF_ASYNC) ? p : 0;
  if (py_kind(t, p) != PY_COMPREHENSION || PY_AS(Comprehension, t, p)->iter != load ||
      py_node(t, p)->flags & PYF_ASYNC)
    return 0;
  Ref made = q_parent(q, file, p);
  PyRefs generators = {0};
  if (py_kind(t, made) == PY_LIST_COMP)
    generators = py_list(t, PY_AS(ListComp, t, made)->generators);
  else if (py_kind(t, made) == PY_SET_COMP)
    generators = py_list(t, PY_AS(SetComp, t, made)->generators);
  else if (py_kind(t, made) == PY_DICT_COMP)
    generators = py_list(t, PY_AS(DictComp, t, made)->generators);
  if (!generators.len || generators.at[0] != p)
    return 0;
  Ref statement = q_parent(q, file, made);
  bool whole = (py_kind(t, statement) == PY_ASSIGN &&
                PY_AS(Assign, t, statement)->value == made) ||
               py_kind(t, statement) == PY_RETURN;
  return whole ? statement : 0;
}

static bool is_list(Q *q, uint32_t file, Ref binding) {
  const PyTree *t = q_tree(q, file);
  Ref p = py_kind(t, binding) == PY_NAME ? q_parent(q, file, binding) : 0;
  Ref value = py_kind(t, p) == PY_ASSIGN ? PY_AS(Assign, t, p)->value : 0;
  ValueKind kind = value ? (ValueKind)q_value(q, file, value).kind : VALUE_UNKNOWN;
  return kind == VALUE_LIST || kind == VALUE_TUPLE;
}

bool q_runs_here(Q *q, uint32_t file, Ref assign) {
  const PyTree *t = q_tree(q, file);
  const PyScopes *s = q->project->files[file]->scopes;
  PyRefs targets = py_list(t, PY_AS(Assign, t, assign)->targets);
  if (targets.len != 1 || py_kind(t, targets.at[0]) != PY_NAME)
    return false;
  Ref name = targets.at[0], load = 0;
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, name));
  if (symbol == NO_SYMBOL || s->scopes[s->symbols[symbol].scope].kind != SCOPE_FUNCTION ||
      s->symbols[symbol].flags & SYMBOL_REBOUND_INSIDE)
    return false;
  const Ref *loads;
  uint32_t count = q_loads(q, file, symbol, &loads);
  for (uint32_t i = 0; i < count; i++) {
    if (q_function(q, file, loads[i]) != q_function(q, file, name))
      return false;
    if (!q_reaches(q, file, name, loads[i]))
      continue;
    if (load)
      return false;
    load = loads[i];
  }
  Ref reader = load ? iterated_first(q, file, load) : 0;
  if (!reader || is_in_loop(q, file, assign) || next_statement(q, file, assign) != reader)
    return false;
  Ref few[32];
  uint32_t n = value_bindings(q->cx->values, file, load, few, ARRAY_LEN(few));
  bool lists = false;
  for (uint32_t i = 0; i < n && n <= ARRAY_LEN(few); i++)
    lists |= few[i] != name && is_list(q, file, few[i]);
  return lists;
}
