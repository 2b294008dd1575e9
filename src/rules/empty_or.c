// Q110: or_(*conditions) of no conditions says nothing: every row is found.
#include "rules/util.h"

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  Ref except; // the statement whose own test or iterable does not count
  bool tested;
} Test;

// `if conditions:`, `not conditions`, `len(conditions)`, `conditions != []`, `a or b`
static bool asks(RuleCtx *cx, Ref name, Ref except) {
  const PyTree *t = cx->tree;
  Ref parent = rule_parent(cx, name);
  switch (py_kind(t, parent)) {
  case PY_IF:
    return parent != except && PY_AS(If, t, parent)->test == name;
  case PY_IF_EXP:
    return PY_AS(IfExp, t, parent)->test == name;
  case PY_BOOL_OP:
  case PY_ASSERT:
  case PY_WHILE:
  case PY_COMPARE:
    return true;
  case PY_UNARY_OP:
    return py_node(t, parent)->aux == PY_NOT;
  case PY_CALL: {
    Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, parent)->func);
    Str callee =
        o.kind == ORIGIN_BUILTIN ? atom_str(cx->project->names, o.dotted) : STR("");
    return str_is(callee, "len") || str_is(callee, "bool");
  }
  default:
    return false;
  }
}

static bool visit_test(void *data, Ref r) {
  Test *w = data;
  if (py_kind(w->cx->tree, r) == PY_NAME && rule_symbol(w->cx, r) == w->symbol &&
      asks(w->cx, r, w->except))
    w->tested = true;
  return !w->tested;
}

static Ref function_or_module(RuleCtx *cx, Ref at) {
  Ref function = enclosing_function(cx, at);
  return function ? function : cx->tree->root;
}

// True where something in the function, or module, asks whether the name is empty.
static bool is_tested(RuleCtx *cx, Ref at, uint32_t symbol, Ref except) {
  Test w = {.cx = cx, .symbol = symbol, .except = except};
  rule_walk_body(cx, function_or_module(cx, at), visit_test, &w);
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

// True for a parameter that nobody asks: the caller may give an empty one.
static bool source_may_be_empty(RuleCtx *cx, Ref iter, Ref except) {
  PyRefs items;
  if (is_list(cx->tree, iter, &items))
    return items.len == 0;
  return resolve_expr(cx->resolver, cx->file_id, iter).kind == ORIGIN_PARAMETER &&
         !is_tested(cx, iter, rule_symbol(cx, iter), except);
}

static bool comprehension_may_be_empty(RuleCtx *cx, Ref expr) {
  const PyTree *t = cx->tree;
  PyRefs generators = {0};
  if (py_kind(t, expr) == PY_LIST_COMP)
    generators = py_list(t, PY_AS(ListComp, t, expr)->generators);
  else if (py_kind(t, expr) == PY_GENERATOR_EXP)
    generators = py_list(t, PY_AS(GeneratorExp, t, expr)->generators);
  if (generators.len != 1)
    return false;
  return source_may_be_empty(cx, PY_AS(Comprehension, t, generators.at[0])->iter, 0);
}

// ---- A list that is empty at first and grows

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  Ref block;  // what the statement that makes the list stands in
  bool grows; // in a way that always adds something, or cannot be followed
  uint32_t loops;
} Growth;

// What one append() stands in up to the block of the list: only loops over parameters
// that nobody asks leave it empty.
static void follow_append(Growth *g, Ref call) {
  RuleCtx *cx = g->cx;
  const PyTree *t = cx->tree;
  uint32_t loops = 0;
  for (Ref p = rule_parent(cx, rule_statement(cx, call)); p && p != g->block;
       p = rule_parent(cx, p)) {
    if (py_kind(t, p) == PY_FOR && source_may_be_empty(cx, PY_AS(For, t, p)->iter, p))
      loops++;
    else if (py_kind(t, p) != PY_WITH)
      g->grows = true;
  }
  g->loops += loops;
  g->grows = g->grows || !loops;
}

static bool visit_growth(void *data, Ref r) {
  Growth *g = data;
  const PyTree *t = g->cx->tree;
  if (py_kind(t, r) != PY_NAME || rule_symbol(g->cx, r) != g->symbol)
    return true;
  Ref parent = rule_parent(g->cx, r), outer = rule_parent(g->cx, parent);
  if (py_kind(t, parent) == PY_STARRED ||
      (py_kind(t, parent) == PY_ASSIGN && PY_AS(Assign, t, parent)->value != r))
    return true;
  if (py_kind(t, parent) == PY_ATTRIBUTE && py_kind(t, outer) == PY_CALL &&
      str_is(call_method_text(g->cx, outer), "append"))
    follow_append(g, outer);
  else
    g->grows = true; // extend(), +=, handed on: not followed
  return true;
}

static bool grown_may_be_empty(RuleCtx *cx, Ref made, uint32_t symbol) {
  Growth g = {.cx = cx, .symbol = symbol, .block = rule_parent(cx, made)};
  rule_walk_body(cx, function_or_module(cx, made), visit_growth, &g);
  return g.loops && !g.grows;
}

// The last plain assignment before a use, 0 where the name is bound otherwise.
static Ref last_assignment(RuleCtx *cx, uint32_t symbol, Ref use) {
  const PyScopes *s = cx->file->scopes;
  Ref last = 0;
  for (uint32_t b = s->symbols[symbol].first; b != NO_BINDING; b = s->bindings[b].next) {
    const PyBinding *bound = &s->bindings[b];
    if (py_node(cx->tree, bound->node)->start > py_node(cx->tree, use)->start)
      break;
    bool plain = bound->kind == BIND_ASSIGN && bound->flags & BIND_WHOLE &&
                 py_kind(cx->tree, bound->stmt) == PY_ASSIGN;
    last = plain ? bound->stmt : 0;
  }
  return last;
}

static bool may_be_empty(RuleCtx *cx, Ref expr) {
  PyRefs items;
  uint32_t symbol = rule_symbol(cx, expr);
  if (symbol == NO_SYMBOL)
    return comprehension_may_be_empty(cx, expr);
  Ref made = is_tested(cx, expr, symbol, 0) ? 0 : last_assignment(cx, symbol, expr);
  if (!made || enclosing_function(cx, made) != enclosing_function(cx, expr))
    return false;
  Ref value = PY_AS(Assign, cx->tree, made)->value;
  if (is_list(cx->tree, value, &items))
    return !items.len && grown_may_be_empty(cx, made, symbol);
  return comprehension_may_be_empty(cx, value);
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  if (cx->file->is_test || args.len != 1 || py_kind(t, args.at[0]) != PY_STARRED ||
      resolve_call_api(cx->resolver, cx->file_id, call) != API_sqlalchemy_or_)
    return;
  Ref list = PY_AS(Starred, t, args.at[0])->value;
  if (may_be_empty(cx, list))
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
    .apis = RULE_APIS(API_sqlalchemy_or_),
    .check = check,
};
