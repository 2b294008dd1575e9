// query_truth.c: where only the truth of a query is asked. A Query is always true, and a
// variable that may hold one holds None besides; a select has no truth.
//
//   if query:        if query is not None:
//   not query        query is None
#include "codemod/query_end.h"
#include "rules/util.h"

// True where the expression stands where nothing but its truth counts.
static bool is_condition(Q *q, uint32_t file, Ref r, int depth) {
  const PyTree *t = q_tree(q, file);
  Ref p = q_parent(q, file, r);
  switch (py_kind(t, p)) {
  case PY_IF:
    return PY_AS(If, t, p)->test == r;
  case PY_WHILE:
    return PY_AS(While, t, p)->test == r;
  case PY_ASSERT:
    return PY_AS(Assert, t, p)->test == r;
  case PY_IF_EXP:
    return PY_AS(IfExp, t, p)->test == r;
  case PY_COMPREHENSION:
    return PY_AS(Comprehension, t, p)->iter != r &&
           PY_AS(Comprehension, t, p)->target != r;
  case PY_UNARY_OP:
    return py_node(t, p)->aux == PY_NOT;
  case PY_BOOL_OP: // its value is one of its operands
    return depth < 20 && is_condition(q, file, p, depth + 1);
  default:
    return false;
  }
}

bool q_asks_truth(Q *q, uint32_t file, Ref r) {
  return is_condition(q, file, r, 0);
}

bool q_end_truth(const End *e) {
  Ref p = q_parent(e->q, e->file, e->receiver);
  PyKind kind = py_kind(e->t, e->receiver);
  bool denied = py_kind(e->t, p) == PY_UNARY_OP;
  bool wrap = !q_paren(e->q, e->file, e->receiver) &&
              (kind == PY_IF_EXP || kind == PY_NAMED_EXPR || kind == PY_LAMBDA);
  if (wrap)
    return end_fail(e, "an expression without parentheses is asked for its truth");
  Span head = {py_node(e->t, p)->start, e->outer.start};
  if (denied && !q_delete(e->q, e->file, head))
    return end_fail(e, "a comment stands behind `not`");
  q_insert(e->q, e->file, e->outer.end, denied ? " is None" : " is not None");
  return true;
}
