// query_source.c: what else comes to the places that a query reaches: all of it has to be
// a query of the same web, or nothing.
#include "codemod/query_internal.h"
#include "rules/util.h"

// ---- what else comes to the same places

bool q_is_none(const PyTree *t, Ref r) {
  return !r || is_none(t, r);
}

Ref q_assigned(Q *q, uint32_t file, Ref name) {
  const PyTree *t = q_tree(q, file);
  Ref p = q_parent(q, file, name);
  switch (py_kind(t, p)) {
  case PY_ASSIGN:
    return PY_AS(Assign, t, p)->value;
  case PY_ANN_ASSIGN:
    return PY_AS(AnnAssign, t, p)->value;
  case PY_NAMED_EXPR:
    return PY_AS(NamedExpr, t, p)->value;
  default:
    return 0;
  }
}

// A select already: the rewritten web gives and takes nothing else.
bool q_is_select(Q *q, uint32_t file, Ref expr) {
  return expr && q_value(q, file, expr).kind == VALUE_SELECT;
}

static void check_load(Q *q, uint32_t node) {
  enum {
    MOST = 32
  };
  Place at = q->nodes.items[node].at;
  const PyTree *t = q_tree(q, at.file);
  Ref few[MOST];
  uint32_t n = value_bindings(q->cx->values, at.file, at.ref, few, MOST);
  if (n > MOST) {
    q_stop(q, node, at, "the name is assigned in more than %d places", MOST);
    return;
  }
  for (uint32_t i = 0; i < n; i++) {
    Place binding = {at.file, few[i]};
    uint32_t known = q_node_find(q, NODE_BIND, binding);
    if (known != NONE && q_web(q, known) == q_web(q, node))
      continue;
    Ref value = py_kind(t, few[i]) == PY_NAME ? q_assigned(q, at.file, few[i]) : 0;
    if (value && (is_none(t, value) || q_is_select(q, at.file, value)))
      continue;
    if (py_kind(t, few[i]) == PY_PARAM && q_never_given(q, binding))
      continue;
    q_stop(q, node, binding, "`%.*s` may also hold something else, from here",
           STR_ARG(py_text(t, at.ref)));
    return;
  }
}

// x.all() where x is a query: the method of Query.
static bool is_query_method(Q *q, Place attribute) {
  const PyTree *t = q_tree(q, attribute.file);
  if (py_kind(t, attribute.ref) != PY_ATTRIBUTE)
    return false;
  Place of = {attribute.file, PY_AS(Attribute, t, attribute.ref)->value};
  return q_node_find(q, NODE_EXPR, of) != NONE;
}

static void check_param(Q *q, uint32_t node) {
  Place param = q->nodes.items[node].at;
  const PyTree *t = q_tree(q, param.file);
  Ref function = q_parent(q, param.file, q_parent(q, param.file, param.ref));
  if (py_kind(t, function) != PY_FUNCTION_DEF) {
    q_stop(q, node, param, "the query is the parameter of a lambda");
    return;
  }
  if (!q_is_none(t, PY_AS(Param, t, param.ref)->default_value)) {
    q_stop(q, node, param, "the parameter has a default that is no query");
    return;
  }
  FunctionUses uses = {0};
  Place f = {param.file, function};
  q_uses_of(q, f, &uses);
  q_ask_for_uses(q, f);
  for (size_t i = 0; i < uses.len; i++) {
    FunctionUse use = uses.items[i];
    if (use.kind == USE_UNCLEAR && is_query_method(q, use.at))
      continue;
    if (use.kind != USE_CALL) {
      q_stop(q, node, use.at,
             use.kind == USE_HANDED
                 ? "the function that takes the query is handed on here"
                 : "the function that takes the query may be called "
                   "here, on something unknown");
      continue;
    }
    bool unclear;
    Ref given = q_given(q, f, use.made, param.ref, &unclear);
    Place at = {use.made.file, given};
    uint32_t known = given ? q_node_find(q, NODE_EXPR, at) : NONE;
    bool same = known != NONE && q_web(q, known) == q_web(q, node);
    if (!same && !q_is_select(q, at.file, given) &&
        (unclear || !q_is_none(q_tree(q, at.file), given)))
      q_stop(q, node, use.made,
             "something that is not known to be a query is passed here");
  }
  vec_free(&uses);
}

typedef struct {
  Q *q;
  uint32_t node, file;
  Ref function;
  const PyTree *t;
} ReturnWalk;

static bool check_one_return(void *data, Ref r) {
  ReturnWalk *w = data;
  PyKind kind = py_kind(w->t, r);
  if (kind == PY_LAMBDA || kind == PY_CLASS_DEF ||
      (kind == PY_FUNCTION_DEF && r != w->function))
    return false;
  if (kind != PY_RETURN)
    return true;
  Ref value = PY_AS(Return, w->t, r)->value;
  if (q_is_none(w->t, value) || q_is_select(w->q, w->file, value))
    return false;
  uint32_t known = q_node_find(w->q, NODE_EXPR, (Place){w->file, value});
  if (known == NONE || q_web(w->q, known) != q_web(w->q, w->node))
    q_stop(w->q, w->node, (Place){w->file, r},
           "the function also returns something that is not known to be a query");
  return true;
}

static void check_returns(Q *q, uint32_t node) {
  Place f = q->nodes.items[node].at;
  ReturnWalk w = {q, node, f.file, f.ref, q_tree(q, f.file)};
  PyVisitor visitor = {.enter = check_one_return, .data = &w};
  py_walk(w.t, f.ref, &visitor);
}

// An expression that is one of two, or an override that gives something else.
static void check_branches(Q *q, uint32_t node) {
  Place at = q->nodes.items[node].at;
  const PyTree *t = q_tree(q, at.file);
  const PyIfExp *e = PY_AS(IfExp, t, at.ref);
  Ref both[] = {e->body, e->orelse};
  for (int i = 0; i < 2; i++) {
    uint32_t known = q_node_find(q, NODE_EXPR, (Place){at.file, both[i]});
    bool same = known != NONE && q_web(q, known) == q_web(q, node);
    if (!same && !is_none(t, both[i]) && !q_is_select(q, at.file, both[i]))
      q_stop(q, node, (Place){at.file, both[i]}, "the other branch is no query");
  }
}

static void check_node(Q *q, uint32_t i) {
  const QNode *n = &q->nodes.items[i];
  if (n->kind == NODE_EXPR)
    q_check_container(q, i);
  PyKind kind = py_kind(q_tree(q, n->at.file), n->at.ref);
  if (n->kind == NODE_EXPR && kind == PY_NAME)
    check_load(q, i);
  else if (n->kind == NODE_EXPR && kind == PY_IF_EXP)
    check_branches(q, i);
  else if (n->kind == NODE_BIND && kind == PY_PARAM)
    check_param(q, i);
  else if (n->kind == NODE_RETURN)
    check_returns(q, i);
  else if (n->kind == NODE_FIELD)
    q_check_field(q, i);
}

void q_check_sources(Q *q) {
  q_check_operands(q);
  for (size_t i = 0; i < q->unclear.len; i++)
    if (!is_query_method(q, q->unclear.items[i].at))
      vec_push(&q->stops, q->unclear.items[i]);
  size_t first = q->stops.len;
  for (uint32_t i = 0; i < q->nodes.len; i++)
    check_node(q, i);
  for (size_t i = first; i < q->stops.len; i++)
    q->stops.items[i].enters = true;
}
