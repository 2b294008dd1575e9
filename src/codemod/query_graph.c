// query_graph.c: where queries are made, and where each of them goes.
#include <stdarg.h>
#include <stdio.h>

#include "codemod/query_internal.h"
#include "rules/util.h"

// ---- tables

static const StepRow step_rows[] = {
#define STEP(name, form, text, flags) {#name, STEP_##form, text, flags},
#include "codemod/query_methods.def"
#undef STEP
};

static const EndRow end_rows[] = {
#define END(name, kind, code) {#name, END_##kind, code},
#include "codemod/query_ends.def"
#undef END
};

const StepRow *q_step_row(Str name) {
  for (size_t i = 0; i < ARRAY_LEN(step_rows); i++)
    if (str_is(name, step_rows[i].name))
      return &step_rows[i];
  return NULL;
}

const EndRow *q_end_row(Str name) {
  for (size_t i = 0; i < ARRAY_LEN(end_rows); i++)
    if (str_is(name, end_rows[i].name))
      return &end_rows[i];
  return NULL;
}

// ---- nodes

static uint64_t field_key(Place at, Atom attr) {
  return place_key(at) * 0x9E3779B97F4A7C15u ^ attr;
}

uint32_t q_node_find(const Q *q, NodeKind kind, Place at) {
  uint32_t i = place_map_get(&q->by_kind[kind], place_key(at));
  return i == PLACE_MAP_NONE ? NONE : i;
}

static uint32_t find_field(const Q *q, Place at, Atom attr) {
  uint32_t i = place_map_get(&q->fields, field_key(at, attr));
  return i == PLACE_MAP_NONE ? NONE : i;
}

uint32_t q_node(Q *q, NodeKind kind, Place at, Atom attr) {
  uint32_t i = kind == NODE_FIELD ? find_field(q, at, attr) : q_node_find(q, kind, at);
  if (i != NONE)
    return i;
  i = (uint32_t)q->nodes.len;
  QNode n = {.kind = (uint8_t)kind,
             .at = at,
             .attr = attr,
             .up = i,
             .first_edge = NONE,
             .root = NONE};
  vec_push(&q->nodes, n);
  codemod_come_near(q->cx, at.file);
  if (kind == NODE_FIELD)
    place_map_set(&q->fields, field_key(at, attr), i);
  else
    place_map_set(&q->by_kind[kind], place_key(at), i);
  vec_push(&q->work, i);
  return i;
}

uint32_t q_web(Q *q, uint32_t node) {
  while (q->nodes.items[node].up != node) {
    uint32_t up = q->nodes.items[node].up;
    q->nodes.items[node].up = q->nodes.items[up].up;
    node = up;
  }
  return node;
}

void q_unite(Q *q, uint32_t a, uint32_t b) {
  a = q_web(q, a);
  b = q_web(q, b);
  if (a != b)
    q->nodes.items[a > b ? a : b].up = a < b ? a : b;
}

void q_edge(Q *q, uint32_t from, uint32_t to, EdgeKind kind, Place at, uint32_t step) {
  q_unite(q, from, to);
  for (uint32_t e = q->nodes.items[from].first_edge; e != NONE;
       e = q->edges.items[e].next)
    if (q->edges.items[e].to == to && place_eq(q->edges.items[e].at, at))
      return;
  QEdge edge = {to, q->nodes.items[from].first_edge, (uint8_t)kind, step, at};
  q->nodes.items[from].first_edge = (uint32_t)q->edges.len;
  vec_push(&q->edges, edge);
}

void q_stop(Q *q, uint32_t node, Place at, const char *format, ...) {
  char text[300];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  QStop stop = {node, at, str_copy(q->arena, str_from(text))};
  vec_push(&q->stops, stop);
}

// ---- roots

static void add_root(Q *q, RootKind kind, Place call, const char *assumed) {
  uint32_t node = q_node(q, NODE_EXPR, call, 0);
  q->nodes.items[node].root = (uint32_t)q->roots.len;
  QRoot root = {.node = node,
                .kind = kind,
                .call = call,
                .assumed = assumed,
                .lead = STR(""),
                .head = STR(""),
                .wrap = STR("")};
  vec_push(&q->roots, root);
}

// session.query(...): by what the receiver is, or by what is asked of it.
static void try_session(Q *q, uint32_t file, Ref attribute, Ref call) {
  const PyTree *t = q_tree(q, file);
  Ref receiver = PY_AS(Attribute, t, attribute)->value;
  Value v = q_value(q, file, receiver);
  Value func = q_value(q, file, attribute);
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  bool is_session = v.kind == VALUE_SESSION || v.kind == VALUE_SCOPED_SESSION;
  bool is_other = func.kind != VALUE_METHOD && func.kind != VALUE_UNKNOWN;
  if (!args.len || (is_other && func.sure == SURE_PROVEN))
    return;
  if (!is_session) {
    if (v.kind != VALUE_UNKNOWN && v.kind != VALUE_OBJECT && v.sure == SURE_PROVEN)
      return;
    for (uint32_t i = 0; i < args.len; i++) {
      QItem item = {0};
      if (py_kind(t, args.at[i]) != PY_KEYWORD && py_kind(t, args.at[i]) != PY_STARRED)
        item = q_item(q, file, args.at[i]);
      if (item.yields == YIELD_UNKNOWN || (item.assumed))
        return;
    }
  }
  bool likely = !is_session || v.sure != SURE_PROVEN;
  add_root(q, ROOT_SESSION, (Place){file, call},
           likely ? "the receiver of query() is a Session" : "");
}

static void try_model(Q *q, uint32_t file, Ref attribute) {
  const PyTree *t = q_tree(q, file);
  Ref receiver = PY_AS(Attribute, t, attribute)->value;
  Value v = q_value(q, file, attribute), of = q_value(q, file, receiver);
  bool is_class = of.kind == VALUE_MAPPED_CLASS || of.kind == VALUE_CLASS;
  Ref parent = q_parent(q, file, attribute);
  if (py_kind(t, parent) == PY_ASSIGN && PY_AS(Assign, t, parent)->value != attribute)
    return; // Model.query = session.query_property()
  if (v.kind == VALUE_QUERY && is_class) {
    bool likely = v.sure != SURE_PROVEN;
    add_root(q, ROOT_MODEL, (Place){file, attribute},
             likely ? "`query` of the class is the usual one" : "");
  } else if (v.kind == VALUE_UNKNOWN && is_class && of.owner.ref &&
             q_model_session(q, file, attribute).kind != SESSION_UNKNOWN) {
    add_root(q, ROOT_MODEL, (Place){file, attribute},
             "`query` of the class is the one that query_property() made");
  }
}

typedef struct {
  Q *q;
  uint32_t file;
  const PyTree *t;
} Finder;

static bool enter_root(void *data, Ref r) {
  Finder *f = data;
  if (py_kind(f->t, r) != PY_ATTRIBUTE || PY_AS(Attribute, f->t, r)->attr != SYM_query)
    return true;
  Ref parent = q_parent(f->q, f->file, r);
  if (py_kind(f->t, parent) == PY_CALL && PY_AS(Call, f->t, parent)->func == r)
    try_session(f->q, f->file, r, parent);
  else
    try_model(f->q, f->file, r);
  return true;
}

void q_find_roots(Q *q) {
  for (uint32_t i = 0; i < q->project->file_count; i++) {
    if (!codemod_reads(q->cx, i))
      continue;
    Finder f = {q, i, q_tree(q, i)};
    PyVisitor visitor = {.enter = enter_root, .data = &f};
    py_walk(f.t, f.t->root, &visitor);
  }
}

// ---- loads of a name

typedef struct {
  QFile *f;
  const PyTree *t;
  const PyScopes *s;
  uint32_t *fill;
  bool counting;
} Loads;

static bool enter_name(void *data, Ref r) {
  Loads *l = data;
  if (py_kind(l->t, r) == PY_NONLOCAL || py_kind(l->t, r) == PY_GLOBAL)
    return false; // they read nothing
  if (py_kind(l->t, r) != PY_NAME)
    return true;
  uint32_t symbol = py_scopes_target(l->s, py_scopes_symbol_of(l->s, r));
  if (symbol == NO_SYMBOL)
    return true;
  if (l->counting)
    l->fill[symbol + 1]++;
  else
    l->f->loads[l->fill[symbol]++] = r;
  return true;
}

static void build_loads(Q *q, uint32_t file) {
  QFile *f = &q->files[file];
  const PyTree *t = q_tree(q, file);
  const PyScopes *s = q->project->files[file]->scopes;
  f->symbol_count = s->symbol_count;
  f->load_first = arena_array(q->arena, uint32_t, s->symbol_count + 2);
  Loads l = {f, t, s, f->load_first, true};
  PyVisitor visitor = {.enter = enter_name, .data = &l};
  py_walk(t, t->root, &visitor);
  for (uint32_t i = 0; i < s->symbol_count; i++)
    f->load_first[i + 1] += f->load_first[i];
  f->loads = arena_array(q->arena, Ref, f->load_first[s->symbol_count] + 1);
  uint32_t *fill = mem_alloc((s->symbol_count + 1) * sizeof *fill);
  memcpy(fill, f->load_first, (s->symbol_count + 1) * sizeof *fill);
  l.fill = fill;
  l.counting = false;
  py_walk(t, t->root, &visitor);
  mem_free(fill);
}

static bool is_bound_here(const PyScopes *s, uint32_t symbol, Ref name) {
  for (uint32_t b = s->symbols[symbol].first; b != NO_BINDING; b = s->bindings[b].next)
    if (s->bindings[b].node == name)
      return true;
  return false;
}

uint32_t q_loads(Q *q, uint32_t file, uint32_t symbol, const Ref **out) {
  const QFile *f = &q->files[file];
  const PyScopes *s = q->project->files[file]->scopes;
  if (!f->loads)
    build_loads(q, file);
  Ref *loads = f->loads + f->load_first[symbol];
  uint32_t count = f->load_first[symbol + 1] - f->load_first[symbol], kept = 0;
  Ref *only = arena_array(q->arena, Ref, count + 1);
  for (uint32_t i = 0; i < count; i++)
    if (!is_bound_here(s, symbol, loads[i]))
      only[kept++] = loads[i];
  *out = only;
  return kept;
}

bool q_reaches(Q *q, uint32_t file, Ref binding, Ref load) {
  Ref few[32];
  uint32_t n = value_bindings(q->cx->values, file, load, few, ARRAY_LEN(few));
  if (n > ARRAY_LEN(few))
    return true; // too many to tell apart
  for (uint32_t i = 0; i < n; i++)
    if (few[i] == binding)
      return true;
  return false;
}

static void spread_binding(Q *q, uint32_t node) {
  Place at = q->nodes.items[node].at;
  const PyScopes *s = q->project->files[at.file]->scopes;
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, at.ref));
  if (symbol == NO_SYMBOL) {
    q_stop(q, node, at, "the name is not understood");
    return;
  }
  PyScopeKind scope = (PyScopeKind)s->scopes[s->symbols[symbol].scope].kind;
  Str name = q_name(q, s->symbols[symbol].name);
  if (scope == SCOPE_CLASS) {
    q_stop(q, node, at, "the query is an attribute of a class, `%.*s`", STR_ARG(name));
    return;
  }
  if (scope == SCOPE_MODULE && q_is_read_elsewhere(q, at.file, s->symbols[symbol].name)) {
    q_stop(q, node, at, "other modules use `%.*s`", STR_ARG(name));
    return;
  }
  const Ref *loads;
  uint32_t count = q_loads(q, at.file, symbol, &loads);
  for (uint32_t i = 0; i < count; i++) {
    Ref load = loads[i];
    if (!q_reaches(q, at.file, at.ref, load))
      continue;
    Place place = {at.file, load};
    q_edge(q, node, q_node(q, NODE_EXPR, place, 0), EDGE_SAME, place, NONE);
  }
}

// ---- where an expression goes

static void add_end(Q *q, uint32_t node, EndKind kind, const char *code, Ref at) {
  QEnd end = {node, kind, code, at, STR("")};
  vec_push(&q->ends, end);
}

static void spread_method(Q *q, uint32_t node, uint32_t file, Ref attribute, Ref call) {
  const PyTree *t = q_tree(q, file);
  Place at = {file, call};
  Str name = q_name(q, PY_AS(Attribute, t, attribute)->attr);
  const StepRow *step = q_step_row(name);
  const EndRow *end = q_end_row(name);
  if (step) {
    if (step->form == STEP_STOP)
      q_stop(q, node, at, "%s", step->text);
    QStep made = {node, call, step, false};
    vec_push(&q->steps, made);
    q_edge(q, node, q_node(q, NODE_EXPR, at, 0), EDGE_STEP, at,
           (uint32_t)q->steps.len - 1);
  } else if (end) {
    add_end(q, node, end->kind, end->code, call);
  } else {
    q_stop(q, node, at, "`%.*s()` is no method of Query that is known here",
           STR_ARG(name));
  }
}

static void spread_attribute(Q *q, uint32_t node, uint32_t file, Ref attribute) {
  const PyTree *t = q_tree(q, file);
  Ref up = q_parent(q, file, attribute);
  if (py_kind(t, up) == PY_CALL && PY_AS(Call, t, up)->func == attribute) {
    spread_method(q, node, file, attribute, up);
    return;
  }
  Str name = q_name(q, PY_AS(Attribute, t, attribute)->attr);
  if (str_is(name, "statement"))
    add_end(q, node, END_STATEMENT, "M210", attribute);
  else if (str_is(name, "session"))
    add_end(q, node, END_SESSION, "M210", attribute);
  else if (str_is(name, "whereclause") || str_is(name, "column_descriptions") ||
           str_is(name, "_with_options"))
    add_end(q, node, END_PART, "M210", attribute);
  else
    q_stop(q, node, (Place){file, attribute}, "`%.*s` of the query is read",
           STR_ARG(name));
}

void q_spread_target(Q *q, uint32_t node, uint32_t file, Ref target) {
  Place at = {file, target};
  switch (py_kind(q_tree(q, file), target)) {
  case PY_NAME:
    q_edge(q, node, q_node(q, NODE_BIND, at, 0), EDGE_SAME, at, NONE);
    break;
  case PY_ATTRIBUTE:
    q_spread_field(q, node, target);
    break;
  case PY_TUPLE:
  case PY_LIST:
    add_end(q, node, END_ITERATE, "M207", q->nodes.items[node].at.ref);
    break;
  default:
    q_stop(q, node, at, "the query is put into a container");
  }
}

static void spread_compare(Q *q, uint32_t node, uint32_t file, Ref compare, Ref r) {
  const PyTree *t = q_tree(q, file);
  const PyCompare *c = PY_AS(Compare, t, compare);
  PyRefs others = py_list(t, c->comparators);
  bool plain = others.len == 1;
  Ref other = plain ? (c->left == r ? others.at[0] : c->left) : 0;
  PyOp op = (PyOp)c->node.aux;
  if (plain && (op == PY_IS || op == PY_IS_NOT) && is_none(t, other))
    return; // None stays None
  if (plain && (op == PY_IN || op == PY_NOT_IN) && others.at[0] == r)
    add_end(q, node, END_ITERATE, "M207", r);
  else
    q_stop(q, node, (Place){file, compare}, "the query is compared");
}

// Statements and expressions that take the query apart or hand it on.
static void spread_into(Q *q, uint32_t node, uint32_t file, Ref p, Ref r) {
  const PyTree *t = q_tree(q, file);
  Place at = {file, p};
  switch (py_kind(t, p)) {
  case PY_ASSIGN: {
    PyRefs targets = py_list(t, PY_AS(Assign, t, p)->targets);
    if (q_runs_here(q, file, p)) {
      add_end(q, node, END_ITERATE, "M207", r);
      return;
    }
    for (uint32_t i = 0; i < targets.len; i++)
      q_spread_target(q, node, file, targets.at[i]);
    return;
  }
  case PY_ANN_ASSIGN:
    q_spread_target(q, node, file, PY_AS(AnnAssign, t, p)->target);
    return;
  case PY_NAMED_EXPR:
    q_spread_target(q, node, file, PY_AS(NamedExpr, t, p)->target);
    q_edge(q, node, q_node(q, NODE_EXPR, at, 0), EDGE_SAME, at, NONE);
    return;
  case PY_IF_EXP:
    if (PY_AS(IfExp, t, p)->test == r)
      break;
    q_edge(q, node, q_node(q, NODE_EXPR, at, 0), EDGE_SAME, at, NONE);
    return;
  case PY_FOR:
  case PY_COMPREHENSION: // a condition is asked for its truth
    if (py_node(t, p)->flags & PYF_ASYNC)
      break;
    add_end(q, node, END_ITERATE, "M207", r);
    return;
  case PY_YIELD_FROM:
  case PY_STARRED:
    add_end(q, node, END_ITERATE, "M207", r);
    return;
  case PY_SUBSCRIPT:
    if (PY_AS(Subscript, t, p)->value != r)
      break;
    add_end(q, node, END_INDEX, "M209", p);
    return;
  default:
    break;
  }
  q_stop(q, node, at, "it is not known what becomes of the query here");
}

static const char *why_not(PyKind kind) {
  switch (kind) {
  case PY_BOOL_OP:
    return "the query is one of several values that `and` or `or` gives";
  case PY_UNARY_OP:
    return "an operator is applied to the query";
  case PY_LIST:
  case PY_TUPLE:
  case PY_SET:
  case PY_DICT:
    return "the query is put into a container";
  case PY_YIELD:
    return "the query is yielded";
  case PY_LAMBDA:
    return "the query is what a lambda gives";
  case PY_FORMATTED_VALUE:
    return "the query is printed";
  case PY_AWAIT:
    return "the query is awaited";
  default:
    return NULL;
  }
}

static void spread_expression(Q *q, uint32_t node) {
  Place at = q->nodes.items[node].at;
  const PyTree *t = q_tree(q, at.file);
  Ref p = q_parent(q, at.file, at.ref);
  PyKind kind = py_kind(t, p);
  const char *why = why_not(kind);
  if (q_asks_truth(q, at.file, at.ref))
    add_end(q, node, END_TRUTH, "M210", at.ref);
  else if ((kind == PY_TUPLE || kind == PY_LIST) && q_spread_container(q, node))
    return;
  else if (why)
    q_stop(q, node, (Place){at.file, p}, "%s", why);
  else if (kind == PY_ATTRIBUTE)
    spread_attribute(q, node, at.file, p);
  else if (kind == PY_CALL && PY_AS(Call, t, p)->func != at.ref)
    q_spread_argument(q, node, p, at.ref);
  else if (kind == PY_KEYWORD && py_kind(t, q_parent(q, at.file, p)) == PY_CALL)
    q_spread_argument(q, node, q_parent(q, at.file, p), p);
  else if (kind == PY_COMPARE)
    spread_compare(q, node, at.file, p, at.ref);
  else if (kind == PY_RETURN)
    q_spread_return(q, node, p);
  else if (kind != PY_EXPR_STMT)
    spread_into(q, node, at.file, p, at.ref);
}

void q_spread(Q *q) {
  while (q->work.len) {
    uint32_t node = vec_pop(&q->work);
    if (q->nodes.items[node].spread)
      continue;
    q->nodes.items[node].spread = true;
    switch ((NodeKind)q->nodes.items[node].kind) {
    case NODE_EXPR:
      spread_expression(q, node);
      break;
    case NODE_BIND:
      spread_binding(q, node);
      break;
    case NODE_RETURN:
      q_spread_calls(q, node);
      break;
    case NODE_FIELD:
      q_spread_reads(q, node);
      break;
    }
  }
}
