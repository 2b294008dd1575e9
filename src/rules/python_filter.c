// P110: rows that are loaded to be left out by Python.
#include "rules/loaded.h"

typedef struct {
  RuleCtx *cx;
  uint32_t symbol; // the name that holds each row
  const Model *model;
  bool columns; // it is asked for columns ...
  bool other;   // ... and for something else
} Asked;

static bool visit(void *data, Ref r) {
  Asked *a = data;
  const PyTree *t = a->cx->tree;
  if (py_kind(t, r) == PY_CALL) {
    a->other = true; // what a function does the database may not be able to
    return false;
  }
  if (py_kind(t, r) != PY_NAME || rule_symbol(a->cx, r) != a->symbol)
    return !a->other;
  Ref parent = rule_parent(a->cx, r);
  bool column = py_kind(t, parent) == PY_ATTRIBUTE &&
                model_column(a->model, PY_AS(Attribute, t, parent)->attr);
  a->columns = a->columns || column;
  a->other = a->other || !column;
  return !a->other;
}

// Criteria that SQL has too: comparisons of columns, and the column by itself.
static bool is_criterion(Asked *a, Ref test) {
  const PyTree *t = a->cx->tree;
  switch (py_kind(t, test)) {
  case PY_COMPARE:
  case PY_ATTRIBUTE:
    break;
  case PY_UNARY_OP:
    return py_node(t, test)->aux == PY_NOT &&
           is_criterion(a, PY_AS(UnaryOp, t, test)->operand);
  case PY_BOOL_OP: {
    PyRefs values = py_list(t, PY_AS(BoolOp, t, test)->values);
    for (uint32_t i = 0; i < values.len; i++)
      if (!is_criterion(a, values.at[i]))
        return false;
    return values.len;
  }
  default:
    return false;
  }
  PyVisitor v = {.enter = visit, .data = a};
  py_walk(t, test, &v);
  return a->columns && !a->other;
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  PyRefs generators = py_list(t, PY_AS(ListComp, t, node)->generators);
  const PyComprehension *c = PY_AS(Comprehension, t, generators.at[0]);
  PyRefs ifs = py_list(t, c->ifs);
  // A name that holds the rows may be read elsewhere too: then they are all needed.
  if (cx->file->is_test || generators.len != 1 || !ifs.len ||
      py_kind(t, c->target) != PY_NAME || py_kind(t, c->iter) == PY_NAME)
    return;
  Loaded loaded;
  if (!loaded_from(cx, c->iter, &loaded))
    return;
  for (uint32_t i = 0; i < ifs.len; i++) {
    Asked a = {.cx = cx, .symbol = rule_symbol(cx, c->target), .model = loaded.model};
    if (!is_criterion(&a, ifs.at[i]))
      continue;
    rule_report(cx, py_span(t, ifs.at[i]),
                "every row is loaded and most may be left out here; let the database "
                "choose by where()");
    return;
  }
}

const Rule rule_python_filter = {
    .code = "P110",
    .name = "load-all-then-filter-python",
    .category = CAT_PERFORMANCE,
    .since = "0.1.0",
    .severity = SEVERITY_INFO,
    .what = "A list of the rows of a query, chosen by their columns in Python",
    .why = "All rows travel and become objects, and no index can help",
    .on = {PY_LIST_COMP},
    .check = check,
};
