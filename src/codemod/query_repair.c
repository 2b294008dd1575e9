// query_repair.c: what 2.0 took away from Query itself. A query that stays a Query is
// mended here, so that it runs.
//
//   q.join("orders", "items")    q.join(User.orders).join(Order.items)
//   q.join((Order, on))          q.join(Order, on)
//   joinedload("orders")         joinedload(User.orders)
#include "codemod/query_internal.h"
#include "rules/util.h"

// What the query is at the step is known where its chain starts at a root, and where all
// that comes to it is.
static bool is_known(Q *q, const QStep *s, bool stopped) {
  Place at = q->nodes.items[s->node].at;
  const PyTree *t = q_tree(q, at.file);
  for (Ref r = at.ref; r && stopped; r = call_receiver(t, r)) {
    uint32_t node = q_node_find(q, NODE_EXPR, (Place){at.file, r});
    if (node != NONE && q->nodes.items[node].root != NONE)
      return true;
  }
  return !stopped && q->nodes.items[s->node].state.reached;
}

static void repair(Q *q, const QStep *s, bool stopped) {
  uint32_t file = q->nodes.items[s->node].at.file;
  const char *what, *code = q_removed_code(q, s, &what);
  if (!code)
    return;
  Site *site =
      codemod_site(q->cx, code, file, py_span(q_tree(q, file), s->call), "%s", what);
  if (!codemod_open(q->cx, site))
    return;
  q->failed = (QStop){0};
  if (!is_known(q, s, stopped))
    codemod_refuse(q->cx, (Place){file, s->call},
                   "what the query selects is not known here");
  else if (!q_repair_step(q, s))
    codemod_refuse(q->cx, q->failed.at, "%.*s", STR_ARG(q->failed.why));
  codemod_close(q->cx);
}

void q_repair(Q *q, const bool *written) {
  bool *stopped = arena_array(q->arena, bool, q->nodes.len + 1);
  for (size_t i = 0; i < q->stops.len; i++)
    stopped[q_web(q, q->stops.items[i].node)] = true;
  for (size_t i = 0; i < q->steps.len; i++) {
    uint32_t web = q_web(q, q->steps.items[i].node);
    if (!written[web])
      repair(q, &q->steps.items[i], stopped[web]);
  }
}
