// query_self.c: from_self(): a Query that goes on with the result of what it was.
//
//   q.limit(5).from_self().all()
//   session.scalars(select(aliased(User, q.limit(5).subquery()))).unique().all()
//
// What comes behind means the result where it names the class. A select needs a name for
// it, which a statement of its own gives:
//
//   q = q.limit(5).from_self()       user = aliased(User, q.limit(5).subquery())
//                                    q = select(user)
//   q = q.filter(User.active)        q = q.where(user.active)
#include "codemod/layout.h"
#include "codemod/query_internal.h"
#include "rules/util.h"
#include "schema/schema.h"

void q_state_self(Q *q, const QStep *step, QState *s) {
  const uint32_t kept = SHAPE_EAGER_COLLECTION | SHAPE_EAGER_UNKNOWN;
  uint32_t before = s->may & SHAPE_OPTIONS; // they apply to what comes out as well
  q_state_set(q, step, s);
  s->may = (s->may & kept) | before | SHAPE_COMPOUND;
  s->must = SHAPE_COMPOUND;
  s->self = (Place){q->nodes.items[step->node].at.file, step->call};
}

// ---- steps that name the class

static bool may_name(Str method) {
  static const char *const names[] = {"filter", "where", "order_by", "filter_by"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(method, names[i]))
      return true;
  return false;
}

static Str method_of(Q *q, const QStep *s) {
  return q_name(q, call_method(q_tree(q, q->nodes.items[s->node].at.file), s->call));
}

static bool is_limit(Q *q, const QStep *s) {
  const PyTree *t = q_tree(q, q->nodes.items[s->node].at.file);
  return q_goes_with_set(method_of(q, s), py_list(t, PY_AS(Call, t, s->call)->args).len);
}

typedef struct {
  Q *q;
  uint32_t file;
  const PyTree *t;
  const Model *model;
  Str name; // to write; absent: only looks
  bool good;
} Mentions;

// True where the function makes nothing of the class but its attributes.
static bool takes_class(const Mentions *m, Ref call) {
  Origin o = resolve_expr(m->q->cx->resolver, m->file, PY_AS(Call, m->t, call)->func);
  return o.kind == ORIGIN_API ||
         (o.kind == ORIGIN_BUILTIN && str_is(q_name(m->q, o.dotted), "getattr"));
}

// Each place that means the class; anything else that may mean a table is not followed.
static bool mention(void *data, Ref r) {
  Mentions *m = data;
  PyKind kind = py_kind(m->t, r);
  if (!m->good || (kind != PY_NAME && kind != PY_ATTRIBUTE && kind != PY_STARRED &&
                   kind != PY_LAMBDA))
    return m->good;
  Value v = q_value(m->q, m->file, r);
  if (v.kind == VALUE_MAPPED_CLASS && v.owner.ref &&
      models_of_class(m->q->cx->models, v.owner) == m->model) {
    Ref p = q_parent(m->q, m->file, r);
    m->good = py_kind(m->t, p) == PY_ATTRIBUTE ||
              (py_kind(m->t, p) == PY_CALL && takes_class(m, p));
    if (m->good && m->name.ptr)
      q_replace(m->q, m->file, py_span(m->t, r), "%.*s", STR_ARG(m->name));
    return false;
  }
  Ref above = q_parent(m->q, m->file, r);
  if (kind == PY_NAME && py_kind(m->t, above) == PY_CALL &&
      PY_AS(Call, m->t, above)->func == r)
    return m->good = takes_class(m, above);
  bool attribute = kind == PY_ATTRIBUTE;
  if (attribute && (v.kind == VALUE_COLUMN || v.kind == VALUE_EXPRESSION))
    return true; // of the class, or what it is read from says so
  m->good = v.kind == VALUE_UNKNOWN || v.kind == VALUE_STR || v.kind == VALUE_NONE ||
            v.kind == VALUE_FUNCTIONS || (attribute && v.kind == VALUE_METHOD);
  if (kind == PY_NAME && v.kind == VALUE_UNKNOWN) {
    PyKind p = py_kind(m->t, above); // else a criterion that was made before
    m->good = p == PY_CALL || p == PY_COMPARE || p == PY_ATTRIBUTE || p == PY_KEYWORD;
  }
  m->good &= kind != PY_STARRED && kind != PY_LAMBDA;
  return m->good;
}

static bool look(Q *q, const QStep *s, const Model *model, Str name) {
  uint32_t file = q->nodes.items[s->node].at.file;
  const PyTree *t = q_tree(q, file);
  PyRefs args = py_list(t, PY_AS(Call, t, s->call)->args);
  Mentions m = {q, file, t, model, name, true};
  PyVisitor visitor = {.enter = mention, .data = &m};
  for (uint32_t i = 0; i < args.len && m.good; i++) {
    bool bare = py_kind(t, args.at[i]) == PY_NAME;
    m.good = !bare;
    if (m.good)
      py_walk(t, args.at[i], &visitor);
  }
  return m.good;
}

// ---- the name

typedef struct {
  Vec(const QStep *) steps; // but for limits
  bool ends_fit;            // whoever executes it does not ask for names of columns
  bool followed;            // all of its way is
} Behind;

static void look_behind(Q *q, Place call, Behind *out);

static bool is_named(Q *q, Place call) {
  Behind behind = {0};
  look_behind(q, call, &behind);
  bool named = behind.steps.len > 0;
  vec_free(&behind.steps);
  return named;
}

// How many results of the same function have names before the one at `call`.
static uint32_t names_before(Q *q, Place call) {
  uint32_t n = 0;
  Ref function = q_function(q, call.file, call.ref);
  for (size_t i = 0; i < q->steps.len; i++) {
    const QStep *s = &q->steps.items[i];
    Place at = {q->nodes.items[s->node].at.file, s->call};
    bool makes = s->row->form == STEP_SET || s->row->form == STEP_SELF;
    n += makes && at.file == call.file && at.ref < call.ref &&
         q_function(q, at.file, at.ref) == function && is_named(q, at);
  }
  return n;
}

// The name for the result of the from_self() or set operation at `call`; absent where
// none is free.
static Str name_of(Q *q, Place call, const Model *m) {
  uint32_t number = names_before(q, call) + 1;
  const PyScopes *s = q->project->files[call.file]->scopes;
  const PyTree *mt = q_tree(q, m->node.file);
  Str snake = name_snake(q->arena, q_name(q, PY_AS(ClassDef, mt, m->node.ref)->name));
  static const char *const tails[] = {"", "_row", "_result"};
  for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
    Str name = str_format(q->arena, "%.*s%s", STR_ARG(snake), tails[i]);
    if (number > 1)
      name = str_format(q->arena, "%.*s_%u", STR_ARG(name), number);
    Atom atom = intern(resolver_names(q->cx->resolver), name);
    Str imported = str_format(q->arena, "sqlalchemy.%.*s", STR_ARG(name));
    bool taken = name_refused_attribute(name) || api_find(imported, NULL);
    for (uint32_t k = 0; k < s->symbol_count && !taken; k++)
      taken = s->symbols[k].name == atom;
    if (!taken)
      return name;
  }
  return (Str){0};
}

static bool end_fits(EndKind kind) {
  switch (kind) {
  case END_ALL:
  case END_COUNT:
  case END_EXISTS:
  case END_FIRST:
  case END_FIRST_OR_404:
  case END_INDEX:
  case END_ITERATE:
  case END_ONE:
  case END_ONE_OR_404:
  case END_ONE_OR_NONE:
  case END_PAGINATE:
  case END_SCALAR:
  case END_SESSION:
  case END_TRUTH:
    return true;
  default:
    return false;
  }
}

// What a query that comes out of the call may reach.
static void look_behind(Q *q, Place call, Behind *out) {
  Vec(uint32_t) work = {0};
  bool *seen = mem_zalloc(q->nodes.len + 1, 1);
  uint32_t first = q_node_find(q, NODE_EXPR, call);
  if (first != NONE)
    vec_push(&work, first);
  while (work.len) {
    uint32_t node = vec_pop(&work);
    if (seen[node])
      continue;
    seen[node] = true;
    for (uint32_t e = q->nodes.items[node].first_edge; e != NONE;
         e = q->edges.items[e].next) {
      const QEdge *edge = &q->edges.items[e];
      const QStep *step = edge->kind == EDGE_STEP ? &q->steps.items[edge->step] : NULL;
      if (step && step->row->form == STEP_SET)
        continue; // what comes behind means its result
      vec_push(&work, edge->to);
      if (step && !is_limit(q, step))
        vec_push(&out->steps, step);
    }
  }
  out->ends_fit = out->followed = true;
  for (size_t i = 0; i < q->ends.len; i++)
    out->ends_fit &= !seen[q->ends.items[i].node] || end_fits(q->ends.items[i].kind);
  for (size_t i = 0; i < q->stops.len; i++)
    out->followed &= !seen[q->stops.items[i].node] || q->stops.items[i].enters;
  mem_free(seen);
  vec_free(&work);
}

// ---- writing

typedef struct {
  uint32_t file;
  const PyTree *t;
  Ref call, receiver;
  Span outer;         // of the receiver
  Str head, indent;   // `q = `, and what stands before it
  uint32_t statement; // its start
} Self;

static Self self_at(Q *q, Place call) {
  const PyTree *t = q_tree(q, call.file);
  Self s = {.file = call.file, .t = t, .call = call.ref};
  s.receiver = call_receiver(t, call.ref);
  s.outer = q_outer(q, call.file, s.receiver);
  return s;
}

// The end of the chain that starts with the call.
static Ref chain_end(Q *q, const Self *s) {
  Ref top = s->call;
  for (Ref r = top; r;) {
    Ref up = q_parent(q, s->file, r);
    PyKind kind = py_kind(s->t, up);
    bool goes_on = (kind == PY_ATTRIBUTE && PY_AS(Attribute, s->t, up)->value == r) ||
                   (kind == PY_CALL && PY_AS(Call, s->t, up)->func == r);
    if (kind == PY_CALL && goes_on)
      top = up;
    r = goes_on ? up : 0;
  }
  return top;
}

// True where the call starts what a statement `q = ...` or `return ...` has.
static bool stands_alone(Q *q, Self *s) {
  Ref top = chain_end(q, s);
  Ref statement = q_parent(q, s->file, top);
  PyKind kind = py_kind(s->t, statement);
  bool assigns = kind == PY_ASSIGN && PY_AS(Assign, s->t, statement)->value == top;
  if ((!assigns && kind != PY_RETURN) || q_paren(q, s->file, s->call))
    return false;
  s->statement = py_node(s->t, statement)->start;
  s->head = q_text(q, s->file, (Span){s->statement, s->outer.start});
  s->indent = layout_indent(codemod_in(q->cx, s->file), s->statement);
  return s->indent.ptr != NULL;
}

// What executes the chain moves on with its rest: it is taken off the root. False where
// it is written already.
static bool take_lead(Q *q, const Self *s, Str *lead) {
  Ref top = chain_end(q, s);
  QRoot *root = q_root_before(q, s->file, s->receiver);
  *lead = STR("");
  if (top == s->call || q_step_row(q_name(q, call_method(s->t, top))) || q->repairs)
    return true;
  if (!root)
    return q_fail(q, s->file, s->call,
                  "a result that goes on as a Query needs an alias, and a statement of "
                  "its own that makes it");
  *lead = root->lead;
  if (root->head.len)
    *lead = str_format(q->arena, "%.*s.%.*s",
                       STR_ARG(py_text(s->t, call_receiver(s->t, root->call.ref))),
                       STR_ARG(root->head));
  root->lead = root->head = STR("");
  return true;
}

// Why the result cannot be named for the steps; NULL: `name` is its name.
static const char *name_self(Q *q, Self *s, const Model *m, const Behind *behind,
                             Str *name) {
  Place call = {s->file, s->call};
  Ref function = q_function(q, s->file, s->call);
  for (size_t i = 0; i < behind->steps.len; i++) {
    const QStep *step = behind->steps.items[i];
    const QNode *n = &q->nodes.items[step->node];
    bool same = place_eq(n->state.self, call) && n->at.file == s->file &&
                q_function(q, s->file, step->call) == function && q_names_self(q, step);
    if (!m || !same || !look(q, step, m, (Str){0}))
      return "a result that goes on as a Query needs an alias that later criteria name";
  }
  *name = name_of(q, call, m);
  if (!name->ptr || !stands_alone(q, s))
    return "a result that goes on as a Query needs an alias, and a statement of its own "
           "that makes it";
  return NULL;
}

static bool is_plain(Q *q, const Self *s, const QState *state) {
  const uint32_t fine = SHAPE_FILTERED | SHAPE_JOINED | SHAPE_OUTER_JOINED |
                        SHAPE_DISTINCT | SHAPE_GROUPED | SHAPE_HAVING | SHAPE_ORDERED |
                        SHAPE_LIMITED | SHAPE_OFFSET | SHAPE_EAGER_COLLECTION |
                        SHAPE_EAGER_UNKNOWN | SHAPE_SELECT_FROM;
  Span end = {s->outer.end, py_node(s->t, s->call)->end};
  if (py_list(s->t, PY_AS(Call, s->t, s->call)->args).len)
    return q_fail(q, s->file, s->call, "from_self() is given what it selects");
  if (state->may & ~fine)
    return q_fail(q, s->file, s->call,
                  "something was asked of the query that goes on behind from_self()");
  if (state->yields == YIELD_UNKNOWN || state->items & (ITEMS_OPEN | ITEMS_DOUBLE) ||
      (state->yields != YIELD_ENTITY && state->items & ITEMS_ENTITY))
    return q_fail(q, s->file, s->call, "it is not plain what from_self() selects");
  return !q_comment_in(q, s->file, end) ||
         q_fail(q, s->file, s->call, "a comment stands before from_self()");
}

// What selects the result: `select(`, or `session.query(` where a Query stays one.
static bool write_result(Q *q, const Self *s, const QState *state, Str select, Str name) {
  bool entity = state->yields == YIELD_ENTITY;
  Str cls = entity ? q_spell_entity(q, s->file, s->call, state) : STR("");
  Str aliased =
      entity ? q_require(q, s->file, s->call, "sqlalchemy.orm", "aliased") : STR("");
  if (!cls.ptr || !aliased.ptr)
    return false;
  Span end = {s->outer.end, py_node(s->t, s->call)->end};
  if (name.ptr) {
    Str executes;
    if (!take_lead(q, s, &executes))
      return false;
    Span head = {s->statement, s->outer.start};
    q_replace(q, s->file, head, "%.*s = %.*s(%.*s, ", STR_ARG(name), STR_ARG(aliased),
              STR_ARG(cls));
    q_replace(q, s->file, end, ".subquery())%.*s%.*s%.*s%.*s%.*s%.*s)",
              STR_ARG(rule_newline(codemod_in(q->cx, s->file))), STR_ARG(s->indent),
              STR_ARG(s->head), STR_ARG(executes), STR_ARG(select), STR_ARG(name));
    return true;
  }
  Str lead = entity ? str_format(q->arena, "%.*s%.*s(%.*s, ", STR_ARG(select),
                                 STR_ARG(aliased), STR_ARG(cls))
                    : select;
  QRoot *root = q_root_before(q, s->file, s->receiver);
  if (root && !q->repairs)
    root->wrap = str_format(q->arena, "%.*s%.*s", STR_ARG(root->wrap), STR_ARG(lead));
  else
    q_insert(q, s->file, s->outer.start, "%.*s", STR_ARG(lead));
  q_replace(q, s->file, end, entity ? ".subquery()))" : ".subquery())");
  return true;
}

// The name that the result has, where a later step needs one and it can be given.
static bool plan(Q *q, Self *s, const QState *state, Str *name) {
  Behind behind = {0};
  look_behind(q, (Place){s->file, s->call}, &behind);
  *name = (Str){0};
  const Model *m = state->yields == YIELD_ENTITY ? q_model_at(q, state->entity) : NULL;
  const char *why = NULL;
  if (!behind.followed && !q->cx->unsafe)
    why = "it is not known who goes on with the result; --unsafe takes it that nobody "
          "names the class to mean it";
  else if (!behind.ends_fit)
    why = "the names of columns of the result are not the same";
  else if (behind.steps.len)
    why = name_self(q, s, m, &behind, name);
  vec_free(&behind.steps);
  return !why || q_fail(q, s->file, s->call, "%s", why);
}

bool q_result_is_named(Q *q, Place call) {
  return is_named(q, call);
}

bool q_name_result(Q *q, Place call, const QState *state, QResult *out) {
  Self s = self_at(q, call);
  Str name;
  *out = (QResult){0};
  if (!is_named(q, call))
    return true;
  Str select = q_require(q, call.file, call.ref, "sqlalchemy", "select");
  Str executes;
  if (!select.ptr || !plan(q, &s, state, &name) || !take_lead(q, &s, &executes))
    return false;
  out->name = name;
  out->head = (Span){s.statement, s.outer.start};
  out->tail =
      str_format(q->arena, "%.*s%.*s%.*s%.*s%.*s(%.*s)",
                 STR_ARG(rule_newline(codemod_in(q->cx, s.file))), STR_ARG(s.indent),
                 STR_ARG(s.head), STR_ARG(executes), STR_ARG(select), STR_ARG(name));
  return true;
}

bool q_write_self(Q *q, QStep *step) {
  const QNode *n = &q->nodes.items[step->node];
  Self s = self_at(q, (Place){n->at.file, step->call});
  Str name;
  step->handled = true;
  if (!is_plain(q, &s, &n->state) || !plan(q, &s, &n->state, &name))
    return false;
  Str select = q_require(q, s.file, s.call, "sqlalchemy", "select");
  return select.ptr && write_result(q, &s, &n->state,
                                    str_format(q->arena, "%.*s(", STR_ARG(select)), name);
}

bool q_write_self_mentions(Q *q, const QStep *step) {
  const QState *state = &q->nodes.items[step->node].state;
  if (!state->self.ref || is_limit(q, step))
    return true;
  uint32_t made =
      q_node_find(q, NODE_EXPR,
                  (Place){state->self.file,
                          call_receiver(q_tree(q, state->self.file), state->self.ref)});
  const QState *before = made == NONE ? NULL : &q->nodes.items[made].state;
  const Model *m = before ? q_model_at(q, before->entity) : NULL;
  Str name = m ? name_of(q, state->self, m) : (Str){0};
  return name.ptr && look(q, step, m, name);
}

bool q_names_self(Q *q, const QStep *step) {
  const QState *state = &q->nodes.items[step->node].state;
  return state->self.ref && state->must & SHAPE_COMPOUND && may_name(method_of(q, step));
}

// ---- where the Query stays one

bool q_repair_self(Q *q, const QStep *step) {
  const QNode *n = &q->nodes.items[step->node];
  Self s = self_at(q, (Place){n->at.file, step->call});
  Str name;
  q->repairs = true;
  bool good = is_plain(q, &s, &n->state) && plan(q, &s, &n->state, &name);
  Str session = good ? q_spell_session(q, s.file, s.call, &n->state) : (Str){0};
  good = session.ptr &&
         write_result(q, &s, &n->state,
                      str_format(q->arena, "%.*s.query(", STR_ARG(session)), name);
  for (size_t i = 0; good && i < q->steps.len; i++)
    if (place_eq(q->nodes.items[q->steps.items[i].node].state.self,
                 (Place){s.file, s.call}))
      good = q_write_self_mentions(q, &q->steps.items[i]);
  q->repairs = false;
  return good;
}
