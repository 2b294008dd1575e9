// query_call.c: queries that go into functions and come out of them, across files.
#include "codemod/query_internal.h"

// ---- results

static void join_return(Q *q, Place relative, void *data) {
  uint32_t node = *(uint32_t *)data;
  uint32_t other = q_node(q, NODE_RETURN, relative, 0);
  Place own = q->nodes.items[node].at;
  q_edge(q, node, other, EDGE_SAME, own, NONE);
}

void q_spread_return(Q *q, uint32_t node, Ref statement) {
  uint32_t file = q->nodes.items[node].at.file;
  Ref function = q_function(q, file, statement);
  if (py_kind(q_tree(q, file), function) != PY_FUNCTION_DEF)
    return;
  Place at = {file, function};
  q_edge(q, node, q_node(q, NODE_RETURN, at, 0), EDGE_SAME, at, NONE);
}

void q_spread_calls(Q *q, uint32_t node) {
  Place function = q->nodes.items[node].at;
  const char *why = q_gives_other(q, function);
  Ref cls = q_class_around(q, function);
  if (!why && !cls && q_is_property(q, function))
    why = "the property is made outside of a class";
  if (!why && cls && q_has_foreign_base(q, (Place){function.file, cls}, 0))
    why = "the function returns the query, and a class outside the project may call it";
  if (why) {
    q_stop(q, node, function, "%s", why);
    return;
  }
  FunctionUses uses = {0};
  q_uses_of(q, function, &uses);
  q_ask_for_uses(q, function);
  bool called = false;
  for (size_t i = 0; i < uses.len; i++) {
    FunctionUse use = uses.items[i];
    if (use.kind == USE_HANDED)
      q_stop(q, node, use.at, "the function that returns the query is handed on here");
    else if (use.kind == USE_UNCLEAR)
      vec_push(&q->unclear, (QStop){node, use.at,
                                    STR("the function that returns the query "
                                        "may be called here, on something "
                                        "unknown")});
    else
      q_edge(q, node, q_node(q, NODE_EXPR, use.made, 0), EDGE_RETURN, use.made, NONE);
    called |= use.kind == USE_CALL;
  }
  if (!called)
    q_stop(q, node, function,
           "the function returns the query, and nothing in the project calls it");
  vec_free(&uses);
  q_each_relative(q, function, join_return, &node);
}

// ---- arguments

typedef struct {
  uint32_t node; // of the Param that got it
  Place call;
  Atom name;
} JoinParam;

// The parameter of the same name of an override.
static void join_param(Q *q, Place relative, void *data) {
  JoinParam *j = data;
  const PyTree *t = q_tree(q, relative.file);
  PyRefs params = def_params(t, relative.ref);
  for (uint32_t i = 0; i < params.len; i++) {
    if (PY_AS(Param, t, params.at[i])->name != j->name)
      continue;
    Place at = {relative.file, params.at[i]};
    q_edge(q, j->node, q_node(q, NODE_BIND, at, 0), EDGE_SAME, j->call, NONE);
    return;
  }
  q_stop(q, j->node, relative, "an override takes the query under another name");
}

void q_pass_to(Q *q, uint32_t node, Place function, Place call, Ref argument) {
  const char *why = q_opaque(q, function);
  if (why) {
    q_stop(q, node, call, "%s", why);
    return;
  }
  Ref param = q_param_of(q, function, call, argument);
  if (!param) {
    q_stop(q, node, call, "it is not plain which parameter takes the query");
    return;
  }
  Place at = {function.file, param};
  uint32_t to = q_node(q, NODE_BIND, at, 0);
  q_edge(q, node, to, EDGE_PASS, call, NONE);
  JoinParam j = {to, call, PY_AS(Param, q_tree(q, at.file), param)->name};
  q_each_relative(q, function, join_param, &j);
}
