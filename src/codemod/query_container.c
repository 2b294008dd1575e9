// query_container.c: queries in tuples and lists that are taken apart where they stand.
//
//   q, p = session.query(User), session.query(Order)
//   for q in (session.query(User), session.query(Order)): ...
//   [q.count() for name, q in [("users", session.query(User))]]
#include "codemod/query_internal.h"
#include "rules/util.h"

enum {
  MOST_DEPTH = 4
};

// The way from the outermost container to an expression in it.
typedef struct {
  Ref top;
  uint32_t index[MOST_DEPTH], depth; // the outermost first
} Way;

static bool elements(const PyTree *t, Ref container, PyRefs *out) {
  switch (py_kind(t, container)) {
  case PY_TUPLE:
    *out = py_list(t, PY_AS(Tuple, t, container)->elts);
    break;
  case PY_LIST:
    *out = py_list(t, PY_AS(List, t, container)->elts);
    break;
  default:
    return false;
  }
  for (uint32_t i = 0; i < out->len; i++)
    if (py_kind(t, out->at[i]) == PY_STARRED)
      return false;
  return true;
}

static bool way_to(Q *q, uint32_t file, Ref expr, Way *way) {
  const PyTree *t = q_tree(q, file);
  *way = (Way){.top = expr};
  PyRefs list;
  for (Ref p = q_parent(q, file, expr); elements(t, p, &list); p = q_parent(q, file, p)) {
    if (way->depth == MOST_DEPTH)
      return false;
    for (uint32_t i = way->depth++; i > 0; i--)
      way->index[i] = way->index[i - 1];
    way->index[0] = 0;
    while (list.at[way->index[0]] != way->top)
      way->index[0]++;
    way->top = p;
  }
  return way->depth > 0;
}

// What stands at the end of the way in another structure; 0: it has another form. `like`
// is a container that it has to be as long as.
static Ref follow(const PyTree *t, Ref r, const Way *way, uint32_t from, Ref like) {
  for (uint32_t i = from; i < way->depth && r; i++) {
    PyRefs list, other;
    if (!elements(t, r, &list) || (like && !elements(t, like, &other)) ||
        (like && list.len != other.len) || way->index[i] >= list.len)
      return 0;
    r = list.at[way->index[i]];
    like = like ? other.at[way->index[i]] : 0;
  }
  return r;
}

// The target of the loop or the comprehension that `iter` is what runs through; 0: none.
static Ref loop_target(Q *q, uint32_t file, Ref iter) {
  const PyTree *t = q_tree(q, file);
  Ref p = q_parent(q, file, iter);
  if (py_node(t, p)->flags & PYF_ASYNC)
    return 0;
  if (py_kind(t, p) == PY_FOR && PY_AS(For, t, p)->iter == iter)
    return PY_AS(For, t, p)->target;
  if (py_kind(t, p) == PY_COMPREHENSION && PY_AS(Comprehension, t, p)->iter == iter)
    return PY_AS(Comprehension, t, p)->target;
  return 0;
}

// Each item of the container has a query where this one has it, or None.
static void check_items(Q *q, uint32_t node, const Way *way) {
  Place at = q->nodes.items[node].at;
  const PyTree *t = q_tree(q, at.file);
  PyRefs items;
  if (!elements(t, way->top, &items))
    return;
  for (uint32_t i = 0; i < items.len; i++) {
    Ref other = follow(t, items.at[i], way, 1, 0);
    uint32_t known = other ? q_node_find(q, NODE_EXPR, (Place){at.file, other}) : NONE;
    bool same = known != NONE && q_web(q, known) == q_web(q, node);
    if (!other || (!same && !is_none(t, other) && !q_is_select(q, at.file, other)))
      q_stop(q, node, (Place){at.file, items.at[i]},
             "something that is not known to be a query stands beside it");
  }
}

bool q_spread_container(Q *q, uint32_t node) {
  Place at = q->nodes.items[node].at;
  const PyTree *t = q_tree(q, at.file);
  Way way;
  if (!way_to(q, at.file, at.ref, &way))
    return false;
  Ref target = loop_target(q, at.file, way.top), p = q_parent(q, at.file, way.top);
  if (target) {
    PyRefs items;
    if (!elements(t, way.top, &items))
      return false;
    target = follow(t, target, &way, 1, items.at[way.index[0]]);
  } else if (py_kind(t, p) == PY_ASSIGN && PY_AS(Assign, t, p)->value == way.top) {
    PyRefs targets = py_list(t, PY_AS(Assign, t, p)->targets);
    target = targets.len == 1 ? follow(t, targets.at[0], &way, 0, way.top) : 0;
  }
  if (py_kind(t, target) != PY_NAME)
    return false;
  q_spread_target(q, node, at.file, target);
  return true;
}

void q_check_container(Q *q, uint32_t node) {
  Place at = q->nodes.items[node].at;
  Way way;
  if (way_to(q, at.file, at.ref, &way) && loop_target(q, at.file, way.top))
    check_items(q, node, &way);
}
