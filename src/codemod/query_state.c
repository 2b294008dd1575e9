// query_state.c: what is known of a query at each node, from its roots on: what was asked
// of it so far, and whose session it is.
#include "codemod/query_internal.h"
#include "python/parse.h"
#include "rules/util.h"

// ---- sessions

static bool path_of(Q *q, uint32_t file, Ref from, Ref base, Str *path) {
  const PyTree *t = q_tree(q, file);
  Str behind = STR("");
  for (Ref r = from; r != base; r = PY_AS(Attribute, t, r)->value) {
    if (py_kind(t, r) != PY_ATTRIBUTE)
      return false;
    behind =
        str_format(q->arena, ".%.*s%.*s",
                   STR_ARG(q_name(q, PY_AS(Attribute, t, r)->attr)), STR_ARG(behind));
  }
  *path = behind;
  return true;
}

static bool is_global_origin(Origin o) {
  return (o.kind == ORIGIN_VARIABLE || o.kind == ORIGIN_CLASS) && o.at.ref;
}

QSession q_session_of(Q *q, uint32_t file, Ref expr) {
  const PyTree *t = q_tree(q, file);
  const PyScopes *s = q->project->files[file]->scopes;
  QSession out = {.kind = SESSION_UNKNOWN, .at = {file, expr}, .path = STR("")};
  Ref base = expr;
  while (py_kind(t, base) == PY_ATTRIBUTE)
    base = PY_AS(Attribute, t, base)->value;
  if (py_kind(t, base) != PY_NAME)
    return out;
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, base));
  if (symbol == NO_SYMBOL)
    return out;
  if (s->scopes[s->symbols[symbol].scope].kind != SCOPE_MODULE) {
    out.kind = SESSION_LOCAL;
    out.file = file;
    out.symbol = symbol;
    path_of(q, file, expr, base, &out.path);
    return out;
  }
  for (Ref r = base;; r = q_parent(q, file, r)) {
    Origin o = resolve_expr(q->cx->resolver, file, r);
    if (is_global_origin(o)) {
      out.kind = SESSION_GLOBAL;
      out.file = o.at.file;
      out.bound_at = o.at.ref;
      path_of(q, file, expr, r, &out.path);
      return out;
    }
    if (r == base && o.kind == ORIGIN_EXTERNAL && o.proven)
      out.dotted = o.dotted;
    if (r == expr)
      break;
  }
  uint32_t b = s->symbols[symbol].first; // imported from what is not there
  if (b == NO_BINDING)
    return out;
  out.kind = SESSION_GLOBAL;
  out.file = file;
  out.bound_at = s->bindings[b].node;
  path_of(q, file, expr, base, &out.path);
  return out;
}

bool q_session_same(const QSession *a, const QSession *b) {
  if (a->kind != b->kind || !str_eq(a->path, b->path))
    return false;
  if (a->kind == SESSION_LOCAL)
    return a->file == b->file && a->symbol == b->symbol;
  if (a->kind == SESSION_GLOBAL)
    return a->dotted || b->dotted ? a->dotted == b->dotted
                                  : a->file == b->file && a->bound_at == b->bound_at;
  return a->kind == SESSION_MIXED || a->kind == SESSION_SELF || place_eq(a->at, b->at);
}

static uint32_t symbol_at(Q *q, Place node) {
  const PyScopes *s = q->project->files[node.file]->scopes;
  return py_scopes_target(s, py_scopes_symbol_of(s, node.ref));
}

// The number of the parameter that a LOCAL session starts at; NONE where it is none.
static uint32_t param_number(Q *q, Place function, const QSession *s) {
  PyRefs params = def_params(q_tree(q, function.file), function.ref);
  for (uint32_t i = 0; i < params.len && s->file == function.file; i++)
    if (symbol_at(q, (Place){function.file, params.at[i]}) == s->symbol)
      return i;
  return NONE;
}

static QSession unknown_session(const QSession *s) {
  return (QSession){.kind = SESSION_UNKNOWN, .at = s->at, .path = STR("")};
}

static QSession with_path(Q *q, QSession base, Str path) {
  base.path = str_format(q->arena, "%.*s%.*s", STR_ARG(base.path), STR_ARG(path));
  return base;
}

// As the caller sees it.
static QSession session_out(Q *q, const QSession *s, Place function, Place call) {
  if (s->kind != SESSION_LOCAL)
    return *s;
  const PyScopes *scopes = q->project->files[s->file]->scopes;
  const PyTree *t = q_tree(q, function.file), *from = q_tree(q, call.file);
  if (scopes->scopes[scopes->symbols[s->symbol].scope].node != function.ref)
    return *s; // a name of an enclosing function
  uint32_t number = param_number(q, function, s);
  if (number == NONE)
    return unknown_session(s);
  bool is_call = py_kind(from, call.ref) == PY_CALL;
  Ref func = is_call ? PY_AS(Call, from, call.ref)->func : call.ref;
  bool method = py_kind(t, q_parent(q, function.file, function.ref)) == PY_CLASS_DEF;
  Ref given = 0;
  if (method && number == 0 && py_kind(from, func) == PY_ATTRIBUTE) {
    given = PY_AS(Attribute, from, func)->value;
    if (py_kind(from, given) == PY_CALL) // super(): the same instance
      given = 0;
  } else if (is_call) {
    given = q_argument_for(q, function, call,
                           def_params(q_tree(q, function.file), function.ref).at[number]);
  }
  return given ? with_path(q, q_session_of(q, call.file, given), s->path)
               : unknown_session(s);
}

// As the function that is called sees it: through another argument of the same call.
static QSession session_in(Q *q, const QSession *s, Place function, Place call) {
  if (s->kind != SESSION_LOCAL)
    return *s;
  const PyTree *from = q_tree(q, call.file);
  const PyScopes *scopes = q->project->files[s->file]->scopes;
  Ref outer = scopes->scopes[scopes->symbols[s->symbol].scope].node;
  Span around = py_span(q_tree(q, s->file), outer);
  if (s->file == function.file &&
      span_covers(around, py_span(q_tree(q, s->file), function.ref)) &&
      outer != function.ref)
    return *s; // an inner function sees the name
  PyRefs params = def_params(q_tree(q, function.file), function.ref);
  Ref func = PY_AS(Call, from, call.ref)->func;
  for (uint32_t i = 0; i < params.len; i++) {
    Ref given = q_argument_for(q, function, call, params.at[i]);
    bool method = py_kind(q_tree(q, function.file),
                          q_parent(q, function.file, function.ref)) == PY_CLASS_DEF;
    if (!given && i == 0 && method && py_kind(from, func) == PY_ATTRIBUTE)
      given = PY_AS(Attribute, from, func)->value;
    QSession e = given ? q_session_of(q, call.file, given) : (QSession){0};
    if (!given || e.kind != SESSION_LOCAL || e.symbol != s->symbol || e.file != s->file ||
        !str_starts(s->path, e.path))
      continue;
    QSession in = {.kind = SESSION_LOCAL, .file = function.file, .at = s->at};
    in.symbol = symbol_at(q, (Place){function.file, params.at[i]});
    in.path = str_slice(s->path, e.path.len, s->path.len);
    return in;
  }
  return unknown_session(s);
}

// From an override to what it overrides: the parameter with the same number.
static QSession session_across(Q *q, const QSession *s, Place from, Place to) {
  if (s->kind != SESSION_LOCAL)
    return *s;
  uint32_t number = param_number(q, from, s);
  PyRefs params = def_params(q_tree(q, to.file), to.ref);
  if (number == NONE || number >= params.len)
    return unknown_session(s);
  QSession across = *s;
  across.file = to.file;
  across.symbol = symbol_at(q, (Place){to.file, params.at[number]});
  return across;
}

// ---- flow

static bool same_entity(Q *q, Place a, Place b) {
  if (place_eq(a, b))
    return true;
  const Model *x = q_model_at(q, a), *y = q_model_at(q, b);
  return x && x == y && q_value(q, a.file, a.ref).kind == VALUE_MAPPED_CLASS &&
         q_value(q, b.file, b.ref).kind == VALUE_MAPPED_CLASS;
}

static bool same_selected(const QSelected *a, const QSelected *b) {
  if (!a || !b || a->count != b->count)
    return a == b;
  for (uint32_t i = 0; i < a->count; i++)
    if (!place_eq(a->at[i], b->at[i]))
      return false;
  return true;
}

// Adds what comes on another way; true where that changes anything.
static bool merge(Q *q, QState *to, const QState *from) {
  if (!from->reached)
    return false;
  if (!to->reached) {
    *to = *from;
    return true;
  }
  QState old = *to;
  to->may |= from->may;
  to->must &= from->must;
  to->may_since |= from->may_since;
  to->must_since &= from->must_since;
  to->entity_mixed |= from->entity_mixed || (to->items ^ from->items) & ITEMS_ENTITY;
  uint8_t one_row = to->items & from->items & ITEMS_ONE_ROW;
  to->items = (uint8_t)(((to->items | from->items) & ~ITEMS_ONE_ROW) | one_row);
  if (to->yields != from->yields)
    to->yields = YIELD_UNKNOWN;
  if (!same_selected(to->selected, from->selected))
    to->selected = NULL;
  if (!same_entity(q, to->entity, from->entity))
    to->entity = (Place){0};
  if (!place_eq(to->self, from->self))
    to->self = (Place){0};
  if (!place_eq(to->joined, from->joined))
    to->joined_mixed = true;
  to->joined_mixed |= from->joined_mixed;
  to->rejoined |= from->rejoined;
  to->one_to_one &= from->one_to_one;
  to->other_from |= from->other_from;
  to->several_from |= from->several_from;
  to->labelled &= from->labelled;
  to->constant |= from->constant;
  if (!same_entity(q, to->first, from->first))
    to->first = (Place){0};
  if (!place_eq(to->session.param, from->session.param))
    to->session.param = (Place){0};
  if (!q_session_same(&to->session, &from->session))
    to->session.kind = SESSION_MIXED;
  if (!q_session_same(&to->named, &from->named))
    to->named.kind = SESSION_MIXED;
  return to->may_since != old.may_since || to->entity_mixed != old.entity_mixed ||
         to->must_since != old.must_since || to->selected != old.selected ||
         !place_eq(to->self, old.self) || to->may != old.may || to->must != old.must ||
         to->items != old.items || to->yields != old.yields ||
         !place_eq(to->entity, old.entity) || to->joined_mixed != old.joined_mixed ||
         to->rejoined != old.rejoined || to->one_to_one != old.one_to_one ||
         to->other_from != old.other_from || to->session.kind != old.session.kind ||
         to->several_from != old.several_from || to->labelled != old.labelled ||
         to->constant != old.constant || to->named.kind != old.named.kind ||
         !place_eq(to->session.param, old.session.param);
}

// What was known before the call, and what the function may have added to it.
static QState added(const QState *before, const QState *in) {
  const uint32_t from = SHAPE_JOINED | SHAPE_SELECT_FROM;
  QState s = in->may_since & SHAPE_CHANGED_ENTITIES ? *in : *before;
  s.reached = before->reached; // else not yet
  s.session = before->session;
  s.named = before->named;
  s.may_since = before->may_since | in->may_since;
  s.must_since = before->must_since | in->must_since;
  if (in->may_since & SHAPE_CHANGED_ENTITIES)
    return s;
  s.may |= in->may_since;
  s.must |= in->must_since;
  s.other_from |= in->may_since && in->other_from;
  s.constant |= in->constant;
  s.rejoined |= in->rejoined;
  s.items |= in->items & ITEMS_OPTIONS;
  if (in->may_since & before->may & SHAPE_OPTIONS)
    s.items |= ITEMS_OPTIONS;
  if (in->may_since & from) {
    s.one_to_one &= in->one_to_one;
    s.joined_mixed = true;
  }
  return s;
}

// What the call of a function gives. A query that came in as an argument has the session
// that it had at this call, whatever other calls pass.
static QState returned(Q *q, const QState *in, Place function, Place call) {
  QState s = *in;
  Place param = s.session.param;
  s.session.param = (Place){0};
  bool own = param.ref && param.file == function.file &&
             q_parent(q, param.file, q_parent(q, param.file, param.ref)) == function.ref;
  if (!own) {
    s.session = session_out(q, &in->session, function, call);
    s.named = session_out(q, &in->named, function, call);
    q_select_given(q, &s, function, call);
    if (s.entity.ref && !place_eq(s.entity, in->entity))
      s.named = q_session_of(q, s.entity.file, s.entity.ref);
    return s;
  }
  Ref given = q_argument_for(q, function, call, param.ref);
  uint32_t node = given ? q_node_find(q, NODE_EXPR, (Place){call.file, given}) : NONE;
  if (node == NONE) {
    s.session = unknown_session(&in->session);
    s.named = unknown_session(&in->named);
    return s;
  }
  return added(&q->nodes.items[node].state, in);
}

static QState along(Q *q, const QEdge *e, uint32_t from) {
  QState s = q->nodes.items[from].state;
  const QNode *a = &q->nodes.items[from], *b = &q->nodes.items[e->to];
  switch ((EdgeKind)e->kind) {
  case EDGE_STEP:
    q_state_step(q, &q->steps.items[e->step], &s);
    break;
  case EDGE_RETURN:
    s = returned(q, &s, a->at, e->at);
    break;
  case EDGE_PASS: {
    Ref params = q_parent(q, b->at.file, b->at.ref);
    Place function = {b->at.file, q_parent(q, b->at.file, params)};
    s.session = session_in(q, &s.session, function, e->at);
    s.named = session_in(q, &s.named, function, e->at);
    s.session.param = b->at;
    s.may_since = s.must_since = 0;
    break;
  }
  case EDGE_STORE:
  case EDGE_LOAD:
    s.session = q_session_field(q, &s.session, e);
    s.named = q_session_field(q, &s.named, e);
    break;
  case EDGE_SAME:
    if (a->kind == NODE_RETURN && b->kind == NODE_RETURN) {
      s.session = session_across(q, &s.session, a->at, b->at);
      s.named = session_across(q, &s.named, a->at, b->at);
    }
    break;
  }
  return s;
}

static QState at_root(Q *q, const QRoot *r) {
  QState s = {.reached = true, .one_to_one = true};
  const PyTree *t = q_tree(q, r->call.file);
  if (r->kind == ROOT_SESSION) {
    q_select_items(q, &s, r->call.file, r->call.ref, false);
    s.session = q_session_of(q, r->call.file, call_receiver(t, r->call.ref));
  } else {
    s.entity = (Place){r->call.file, PY_AS(Attribute, t, r->call.ref)->value};
    s.first = s.entity;
    s.yields = YIELD_ENTITY;
    s.items = ITEMS_ENTITY;
    q_add_eager(q, &s, s.entity);
    s.session = q_model_session(q, r->call.file, r->call.ref);
  }
  if (s.entity.ref)
    s.named = q_session_of(q, s.entity.file, s.entity.ref);
  return s;
}

void q_flow(Q *q) {
  Vec(uint32_t) work = {0};
  for (size_t i = 0; i < q->roots.len; i++) {
    QState s = at_root(q, &q->roots.items[i]);
    if (merge(q, &q->nodes.items[q->roots.items[i].node].state, &s))
      vec_push(&work, q->roots.items[i].node);
  }
  for (bool changed = true; changed;) {
    changed = false;
    while (work.len) {
      uint32_t node = vec_pop(&work);
      for (uint32_t e = q->nodes.items[node].first_edge; e != NONE;
           e = q->edges.items[e].next) {
        QState s = along(q, &q->edges.items[e], node);
        uint32_t to = q->edges.items[e].to;
        if (!merge(q, &q->nodes.items[to].state, &s))
          continue;
        vec_push(&work, to);
        changed = true;
      }
    }
    // What a call returns depends on what it was given as well.
    for (uint32_t i = 0; changed && i < q->nodes.len; i++)
      if (q->nodes.items[i].kind == NODE_RETURN && q->nodes.items[i].state.reached)
        vec_push(&work, i);
  }
  vec_free(&work);
}
