// Q110: or_(*conditions) of no conditions says nothing: every row is found.
#include "rules/util.h"

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  bool tested;
} Test;

// `if conditions:`, `if not conditions`, `len(conditions)`, `conditions and or_(...)`
static bool visit(void *data, Ref r) {
  Test *w = data;
  RuleCtx *cx = w->cx;
  const PyTree *t = cx->tree;
  if (py_kind(t, r) != PY_NAME || rule_symbol(cx, r) != w->symbol)
    return !w->tested;
  Ref parent = rule_parent(cx, r);
  switch (py_kind(t, parent)) {
  case PY_IF:
    w->tested = w->tested || PY_AS(If, t, parent)->test == r;
    break;
  case PY_IF_EXP:
    w->tested = w->tested || PY_AS(IfExp, t, parent)->test == r;
    break;
  case PY_BOOL_OP:
  case PY_ASSERT:
  case PY_WHILE:
    w->tested = true;
    break;
  case PY_UNARY_OP:
    w->tested = w->tested || py_node(t, parent)->aux == PY_NOT;
    break;
  case PY_CALL: {
    Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, parent)->func);
    Str name =
        o.kind == ORIGIN_BUILTIN ? atom_str(cx->project->names, o.dotted) : STR("");
    w->tested = w->tested || str_is(name, "len") || str_is(name, "bool");
    break;
  }
  default:
    break;
  }
  return !w->tested;
}

// True where something in the function, or module, asks whether the name is empty.
static bool is_tested(RuleCtx *cx, Ref at, uint32_t symbol) {
  Ref function = enclosing_function(cx, at);
  Test w = {.cx = cx, .symbol = symbol};
  rule_walk_body(cx, function ? function : cx->tree->root, visit, &w);
  return w.tested;
}

static bool is_list(const PyTree *t, Ref value, PyRefs *items) {
  if (py_kind(t, value) == PY_LIST)
    *items = py_list(t, PY_AS(List, t, value)->elts);
  else if (py_kind(t, value) == PY_TUPLE)
    *items = py_list(t, PY_AS(Tuple, t, value)->elts);
  else
    return false;
  return true;
}

static bool may_be_empty(RuleCtx *cx, Ref expr, int depth);

// A local name is empty at first, or holds a comprehension, and nobody asks.
static bool name_may_be_empty(RuleCtx *cx, Ref name, int depth) {
  const PyScopes *s = cx->file->scopes;
  uint32_t symbol = rule_symbol(cx, name);
  if (symbol == NO_SYMBOL || is_tested(cx, name, symbol))
    return false;
  bool empty = false;
  for (uint32_t b = s->symbols[symbol].first; b != NO_BINDING; b = s->bindings[b].next) {
    const PyBinding *bound = &s->bindings[b];
    if (bound->kind == BIND_AUGMENTED)
      continue;
    if (bound->kind != BIND_ASSIGN || !(bound->flags & BIND_WHOLE) ||
        py_kind(cx->tree, bound->stmt) != PY_ASSIGN)
      return false;
    empty =
        empty || may_be_empty(cx, PY_AS(Assign, cx->tree, bound->stmt)->value, depth + 1);
  }
  return empty;
}

// True where what is iterated is a plain parameter, variable or attribute.
static bool source_may_be_empty(RuleCtx *cx, Ref iter, int depth) {
  const PyTree *t = cx->tree;
  PyRefs items;
  if (is_list(t, iter, &items))
    return items.len == 0;
  if (py_kind(t, iter) == PY_NAME) {
    Origin o = resolve_expr(cx->resolver, cx->file_id, iter);
    if (o.kind == ORIGIN_PARAMETER)
      return !is_tested(cx, iter, rule_symbol(cx, iter));
    if (o.kind != ORIGIN_VARIABLE || !o.value.ref || o.value.file != cx->file_id)
      return false;
    return enclosing_function(cx, o.value.ref) && name_may_be_empty(cx, iter, depth);
  }
  return false;
}

static bool may_be_empty(RuleCtx *cx, Ref expr, int depth) {
  const PyTree *t = cx->tree;
  PyRefs items;
  if (depth > 5)
    return false;
  if (is_list(t, expr, &items))
    return items.len == 0;
  PyRefs generators = {0};
  if (py_kind(t, expr) == PY_LIST_COMP)
    generators = py_list(t, PY_AS(ListComp, t, expr)->generators);
  else if (py_kind(t, expr) == PY_GENERATOR_EXP)
    generators = py_list(t, PY_AS(GeneratorExp, t, expr)->generators);
  else if (py_kind(t, expr) == PY_NAME)
    return name_may_be_empty(cx, expr, depth);
  if (generators.len != 1)
    return false;
  return source_may_be_empty(cx, PY_AS(Comprehension, t, generators.at[0])->iter, depth);
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  if (args.len != 1 || py_kind(t, args.at[0]) != PY_STARRED ||
      resolve_call_api(cx->resolver, cx->file_id, call) != API_sqlalchemy_or_)
    return;
  Ref list = PY_AS(Starred, t, args.at[0])->value;
  if (may_be_empty(cx, list, 0))
    rule_report(cx, py_span(t, call),
                "where `%.*s` is empty this is no criterion at all: every row is found; "
                "begin with `false()`",
                STR_ARG(rule_excerpt(cx, list)));
}

const Rule rule_empty_or = {
    .code = "Q110",
    .name = "empty-or",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "or_(*conditions) where the list may be empty and nobody asks",
    .why =
        "OR of nothing is left out of the query, so that all rows are found where none "
        "was meant; 2.x warns. `or_(false(), *conditions)` finds none",
    .on = {PY_CALL},
    .check = check,
};
