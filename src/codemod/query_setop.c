// query_setop.c: union() and the like of a Query. What comes out are the entities of the
// first one, read from the result:
//
//   q.union(p).all()
//   session.scalars(select(aliased(User, union(q, p).subquery()))).unique().all()
//
// A Query goes on to mean that result where a later criterion names the class; a select
// needs a name for it, as behind from_self() (query_self.c).
#include "codemod/query_internal.h"
#include "rules/util.h"

static bool is_operand(const PyTree *t, Ref call, Ref argument) {
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len; i++)
    if (args.at[i] == argument)
      return py_kind(t, argument) != PY_KEYWORD && py_kind(t, argument) != PY_STARRED;
  return false;
}

bool q_is_set_operand(Q *q, uint32_t file, Ref call, Ref argument) {
  const PyTree *t = q_tree(q, file);
  Ref receiver = call_receiver(t, call);
  const StepRow *row = receiver ? q_step_row(q_name(q, call_method(t, call))) : NULL;
  if (!row || row->form != STEP_SET || !is_operand(t, call, argument))
    return false;
  Value v = q_value(q, file, receiver);
  return v.kind == VALUE_QUERY || v.kind == VALUE_UNKNOWN;
}

void q_check_operands(Q *q) {
  for (size_t i = 0; i < q->ends.len; i++) {
    const QEnd *e = &q->ends.items[i];
    if (e->kind != END_OPERAND)
      continue;
    Place call = {q->nodes.items[e->node].at.file, e->at};
    uint32_t made = q_node_find(q, NODE_EXPR, call);
    if (made == NONE)
      q_stop(q, e->node, call, "it is not known to be a query that this one is added to");
    else
      q_unite(q, made, e->node);
  }
}

void q_state_set(Q *q, const QStep *step, QState *s) {
  s->self = (Place){q->nodes.items[step->node].at.file, step->call};
  s->may &= ~(uint32_t)(SHAPE_JOINED | SHAPE_OUTER_JOINED | SHAPE_SELECT_FROM);
  s->must &= ~(uint32_t)(SHAPE_JOINED | SHAPE_OUTER_JOINED | SHAPE_SELECT_FROM);
  s->items &= (uint8_t)~ITEMS_ONE_ROW;
  s->one_to_one = false;
  s->joined = (Place){0};
  s->joined_mixed = true;
}

bool q_goes_with_set(Str method, uint32_t arguments) {
  static const char *const names[] = {"limit",
                                      "offset",
                                      "slice",
                                      "execution_options",
                                      "populate_existing",
                                      "yield_per",
                                      "enable_assertions",
                                      "reset_joinpoint"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(method, names[i]))
      return true;
  const StepRow *row = q_step_row(method);
  return (row && row->form == STEP_SET) || (str_is(method, "distinct") && !arguments);
}

QStep *q_step_at(Q *q, uint32_t file, Ref call) {
  Place receiver = {file, call_receiver(q_tree(q, file), call)};
  uint32_t node = q_node_find(q, NODE_EXPR, receiver);
  uint32_t e = node == NONE ? NONE : q->nodes.items[node].first_edge;
  for (; e != NONE; e = q->edges.items[e].next)
    if (q->edges.items[e].kind == EDGE_STEP && q->edges.items[e].at.ref == call)
      return &q->steps.items[q->edges.items[e].step];
  return NULL;
}

// True where the query is the result of from_self(), or of a set operation that criteria
// mean.
static bool is_gone_on_with(Q *q, const QState *s) {
  const QStep *made = q_step_at(q, s->self.file, s->self.ref);
  return !made || made->row->form != STEP_SET || q_result_is_named(q, s->self);
}

// Two tables have columns of one name, which a result of a result mixes up.
static bool is_of_two_tables(Q *q, const QState *s) {
  const Model *m = q_model_at(q, s->entity);
  return m && m->parent && m->table != m->parent->table;
}

// What an operand may have been asked for.
static bool is_plain(Q *q, uint32_t file, Ref at, const QState *s) {
  const uint32_t fine = SHAPE_FILTERED | SHAPE_JOINED | SHAPE_OUTER_JOINED |
                        SHAPE_DISTINCT | SHAPE_GROUPED | SHAPE_HAVING |
                        SHAPE_EAGER_COLLECTION | SHAPE_EAGER_UNKNOWN | SHAPE_COMPOUND |
                        SHAPE_SELECT_FROM | SHAPE_FOR_UPDATE;
  uint32_t columns = s->labelled ? SHAPE_CHANGED_ENTITIES : 0; // by with_entities()
  if (s->may & ~(fine | columns) || (s->self.ref && is_gone_on_with(q, s)))
    return q_fail(q, file, at,
                  "something besides criteria was asked of a query in a set operation");
  if (s->may & SHAPE_COMPOUND && is_of_two_tables(q, s))
    return q_fail(q, file, at,
                  "a class of two tables is selected from a result of a "
                  "result");
  if (s->yields == YIELD_UNKNOWN || s->items & ITEMS_OPEN ||
      (s->yields != YIELD_ENTITY && s->items & ITEMS_ENTITY))
    return q_fail(q, file, at, "it is not plain what the set operation selects");
  if (s->items & ITEMS_DOUBLE)
    return q_fail(q, file, at, "two columns of one name come into a set operation");
  return true;
}

static bool operands_are_plain(Q *q, uint32_t file, Ref call) {
  const PyTree *t = q_tree(q, file);
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    uint32_t node = q_node_find(q, NODE_EXPR, (Place){file, args.at[i]});
    if (!is_operand(t, call, args.at[i]) ||
        (node == NONE && !q_is_select(q, file, args.at[i])))
      return q_fail(q, file, args.at[i],
                    "a part of the set operation is not known to be a query");
    if (node != NONE && !is_plain(q, file, args.at[i], &q->nodes.items[node].state))
      return false;
  }
  return args.len > 0 || q_fail(q, file, call, "the set operation has one part only");
}

QRoot *q_root_before(Q *q, uint32_t file, Ref receiver) {
  const PyTree *t = q_tree(q, file);
  uint32_t start = q_outer(q, file, receiver).start;
  for (Ref r = receiver; r; r = call_receiver(t, r)) {
    uint32_t node = q_node_find(q, NODE_EXPR, (Place){file, r});
    if (node != NONE && q->nodes.items[node].root != NONE &&
        py_node(t, r)->start == start)
      return &q->roots.items[q->nodes.items[node].root];
  }
  return NULL;
}

static bool write_one(Q *q, QStep *step) {
  uint32_t file = q->nodes.items[step->node].at.file;
  const PyTree *t = q_tree(q, file);
  const QState *s = &q->nodes.items[step->node].state;
  Ref call = step->call, receiver = call_receiver(t, call);
  step->handled = true;
  if (!is_plain(q, file, call, s) || !operands_are_plain(q, file, call))
    return false;
  bool entity = s->yields == YIELD_ENTITY;
  Str cls = entity ? q_spell_entity(q, file, call, s) : STR("");
  Str function = q_require(q, file, call, "sqlalchemy", step->row->text);
  Str select = q_require(q, file, call, "sqlalchemy", "select");
  Str aliased = entity ? q_require(q, file, call, "sqlalchemy.orm", "aliased") : STR("");
  if (!cls.ptr || !function.ptr || !select.ptr || !aliased.ptr)
    return false;
  QResult named;
  if (!q_name_result(q, (Place){file, call}, s, &named))
    return false;
  Str lead = named.name.ptr
                 ? str_format(q->arena, "%.*s = %.*s(%.*s, %.*s(", STR_ARG(named.name),
                              STR_ARG(aliased), STR_ARG(cls), STR_ARG(function))
             : entity
                 ? str_format(q->arena, "%.*s(%.*s(%.*s, %.*s(", STR_ARG(select),
                              STR_ARG(aliased), STR_ARG(cls), STR_ARG(function))
                 : str_format(q->arena, "%.*s(%.*s(", STR_ARG(select), STR_ARG(function));
  QRoot *root = q_root_before(q, file, receiver);
  if (named.name.ptr)
    q_replace(q, file, named.head, "%.*s", STR_ARG(lead));
  else if (root)
    root->wrap = str_format(q->arena, "%.*s%.*s", STR_ARG(root->wrap), STR_ARG(lead));
  else
    q_insert(q, file, q_outer(q, file, receiver).start, "%.*s", STR_ARG(lead));
  Span dot = {q_outer(q, file, receiver).end, PY_AS(Call, t, call)->open + 1};
  if (q_comment_in(q, file, dot))
    return q_fail(q, file, call, "a comment stands before the set operation");
  Str text = q->project->files[file]->source.text;
  bool ends_line = text.ptr[dot.end] == '\n' || text.ptr[dot.end] == '\r';
  q_replace(q, file, dot, ends_line ? "," : ", ");
  uint32_t end = py_node(t, call)->end; // what runs the query is put behind it
  Str close = named.name.ptr
                  ? str_format(q->arena, ").subquery())%.*s", STR_ARG(named.tail))
              : entity ? STR(").subquery()))")
                       : STR(").subquery())");
  q_replace(q, file, (Span){end - 1, end}, "%.*s", STR_ARG(close));
  return true;
}

// The outermost of one expression is written first: what it puts before the chain comes
// before what those inside of it put there.
bool q_write_set(Q *q, const QStep *step) {
  uint32_t file = q->nodes.items[step->node].at.file;
  const PyTree *t = q_tree(q, file);
  Ref top = step->call;
  for (Ref r = top;;) {
    Ref attribute = q_parent(q, file, r), call = q_parent(q, file, attribute);
    if (py_kind(t, attribute) != PY_ATTRIBUTE || py_kind(t, call) != PY_CALL ||
        PY_AS(Call, t, call)->func != attribute)
      break;
    const StepRow *row = q_step_row(q_name(q, call_method(t, call)));
    if (row && row->form == STEP_SET)
      top = call;
    r = call;
  }
  for (Ref r = top; r; r = call_receiver(t, r)) {
    const StepRow *row = py_kind(t, r) == PY_CALL && call_receiver(t, r)
                             ? q_step_row(q_name(q, call_method(t, r)))
                             : NULL;
    QStep *s = row && row->form == STEP_SET ? q_step_at(q, file, r) : NULL;
    if (s && !s->handled && !write_one(q, s))
      return false;
  }
  return true;
}
