// query_rows.c: whether rows are read by position only. Then their names, which a Query
// and a select give differently where two are alike or one is missing, do not matter.
#include "codemod/query_end.h"
#include "rules/util.h"

typedef bool Reads(const End *e, Ref r, int depth);

static bool reads_row(const End *e, Ref r, int depth);

// A tuple takes it apart; a name of a function is looked at wherever it is read.
static bool is_bound(const End *e, Ref target, Reads *reads, bool apart, int depth) {
  const PyScopes *s = e->q->project->files[e->file]->scopes;
  PyKind kind = py_kind(e->t, target);
  if (kind != PY_NAME)
    return apart && (kind == PY_TUPLE || kind == PY_LIST);
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, target));
  if (symbol == NO_SYMBOL || depth > 8 ||
      s->scopes[s->symbols[symbol].scope].kind == SCOPE_MODULE ||
      s->scopes[s->symbols[symbol].scope].kind == SCOPE_CLASS)
    return false;
  const Ref *loads;
  uint32_t count = q_loads(e->q, e->file, symbol, &loads);
  Ref function = q_function(e->q, e->file, target);
  for (uint32_t i = 0; i < count; i++) {
    bool inner = q_function(e->q, e->file, loads[i]) != function;
    if ((inner || q_reaches(e->q, e->file, target, loads[i])) &&
        !reads(e, loads[i], depth + 1))
      return false;
  }
  return true;
}

static bool is_asked_only(const End *e, Ref p, Ref r) {
  switch (py_kind(e->t, p)) {
  case PY_IF:
    return PY_AS(If, e->t, p)->test == r;
  case PY_UNARY_OP:
    return (PyOp)py_node(e->t, p)->aux == PY_NOT;
  case PY_COMPARE: {
    PyRefs others = py_list(e->t, PY_AS(Compare, e->t, p)->comparators);
    return others.len == 1 && is_none(e->t, others.at[0]);
  }
  default:
    return false;
  }
}

static bool reads_row(const End *e, Ref r, int depth) {
  Ref p = q_parent(e->q, e->file, r);
  if (py_kind(e->t, p) == PY_SUBSCRIPT)
    return PY_AS(Subscript, e->t, p)->value == r &&
           py_kind(e->t, PY_AS(Subscript, e->t, p)->slice) == PY_NUM;
  if (py_kind(e->t, p) == PY_ASSIGN) {
    PyRefs targets = py_list(e->t, PY_AS(Assign, e->t, p)->targets);
    return targets.len == 1 && targets.at[0] != r &&
           is_bound(e, targets.at[0], reads_row, true, depth);
  }
  return is_asked_only(e, p, r);
}

static bool reads_rows(const End *e, Ref r, int depth) {
  Ref p = q_parent(e->q, e->file, r);
  switch (py_kind(e->t, p)) {
  case PY_FOR:
    return PY_AS(For, e->t, p)->iter == r &&
           is_bound(e, PY_AS(For, e->t, p)->target, reads_row, true, depth);
  case PY_COMPREHENSION:
    return PY_AS(Comprehension, e->t, p)->iter == r &&
           is_bound(e, PY_AS(Comprehension, e->t, p)->target, reads_row, true, depth);
  case PY_SUBSCRIPT:
    return PY_AS(Subscript, e->t, p)->value == r &&
           py_kind(e->t, PY_AS(Subscript, e->t, p)->slice) == PY_NUM &&
           reads_row(e, p, depth);
  case PY_ASSIGN: {
    PyRefs targets = py_list(e->t, PY_AS(Assign, e->t, p)->targets);
    return targets.len == 1 && targets.at[0] != r &&
           is_bound(e, targets.at[0], reads_rows, false, depth);
  }
  default:
    return is_asked_only(e, p, r);
  }
}

bool end_reads_by_position(const End *e) {
  switch (e->e->kind) {
  case END_ALL:
  case END_ITERATE:
    return reads_rows(e, e->e->at, 0);
  case END_FIRST:
  case END_ONE:
  case END_ONE_OR_NONE:
    return reads_row(e, e->e->at, 0);
  default:
    return false;
  }
}
