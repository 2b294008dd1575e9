// query_step.c: filter(), join(), options() ...: what they do to the query that is known,
// and what a select makes of them.
#include "codemod/query_internal.h"
#include "python/parse.h"
#include "rules/util.h"

static PyRefs args_of(const PyTree *t, Ref call) {
  return py_list(t, PY_AS(Call, t, call)->args);
}

// ---- criteria that bring in another FROM

static bool is_subquery(Value v) {
  return v.kind == VALUE_QUERY || v.kind == VALUE_SELECT || v.kind == VALUE_EXISTS ||
         v.kind == VALUE_SCALAR_SELECT || v.kind == VALUE_SUBQUERY;
}

static bool related(const Model *a, const Model *b) {
  return a && b && (model_is_a(a, b) || model_is_a(b, a));
}

// True where the attribute is a column of the entity's own table.
static bool is_own(Q *q, uint32_t file, Ref attribute, const QState *s) {
  const PyTree *t = q_tree(q, file);
  Ref of = PY_AS(Attribute, t, attribute)->value;
  Value v = q_value(q, file, of);
  if (v.kind == VALUE_ALIASED_CLASS)
    return s->entity.file == file && s->entity.ref &&
           str_eq(py_text(t, of), py_text(t, s->entity.ref));
  bool is_class =
      v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_CLASS || v.kind == VALUE_BASE_CLASS;
  if (!is_class)
    return false;
  if (s->entity.file == file && s->entity.ref &&
      str_eq(py_text(t, of), py_text(t, s->entity.ref)))
    return true;
  const Model *m = v.owner.ref ? models_of_class(q->cx->models, v.owner) : NULL;
  return related(m, q_model_at(q, s->entity)) || related(m, q_model_at(q, s->joined));
}

static bool is_own_text(Q *q, uint32_t file, Ref attribute, const QState *s) {
  const PyTree *t = q_tree(q, file);
  Ref of = PY_AS(Attribute, t, attribute)->value;
  return s->entity.file == file && s->entity.ref &&
         str_eq(py_text(t, of), py_text(t, s->entity.ref));
}

static bool is_foreign(Q *q, uint32_t file, Ref r, const QState *s, int depth);

typedef struct {
  Q *q;
  uint32_t file;
  const QState *s;
  int depth;
  bool foreign;
} Children;

static void visit_child(void *data, Ref child) {
  Children *c = data;
  c->foreign = c->foreign || is_foreign(c->q, c->file, child, c->s, c->depth + 1);
}

// True where a column of something else than the entity may stand in the criterion.
static bool is_foreign(Q *q, uint32_t file, Ref r, const QState *s, int depth) {
  const PyTree *t = q_tree(q, file);
  PyKind kind = py_kind(t, r);
  if (depth > 60 || kind == PY_STARRED)
    return true;
  if (py_kind_group(kind) != PY_GROUP_EXPR && kind != PY_KEYWORD)
    return false;
  Value v = kind == PY_KEYWORD ? (Value){0} : q_value(q, file, r);
  if (is_subquery(v))
    return false;
  if (kind == PY_ATTRIBUTE) {
    if (v.kind == VALUE_COLUMN || v.kind == VALUE_RELATIONSHIP ||
        v.kind == VALUE_EXPRESSION)
      return !is_own(q, file, r, s);
    Value of = q_value(q, file, PY_AS(Attribute, t, r)->value);
    if (of.kind == VALUE_MAPPED_CLASS || of.kind == VALUE_ALIASED_CLASS)
      return !is_own(q, file, r, s);
    return is_foreign(q, file, PY_AS(Attribute, t, r)->value, s, depth + 1);
  }
  if (kind == PY_NAME) // a criterion that was built before
    return v.kind == VALUE_CLAUSE || v.kind == VALUE_COLUMN || v.kind == VALUE_EXPRESSION;
  Children c = {q, file, s, depth, false};
  py_each_child(t, r, visit_child, &c);
  return c.foreign;
}

static bool criterion_is_foreign(Q *q, uint32_t file, Ref arg, const QState *s) {
  const PyTree *t = q_tree(q, file);
  PyKind kind = py_kind(t, arg);
  Value v = q_value(q, file, arg);
  bool plain = kind == PY_CONSTANT || kind == PY_STR || kind == PY_NUM;
  bool open =
      kind == PY_STARRED || kind == PY_NAME || kind == PY_SUBSCRIPT ||
      (kind == PY_CALL && v.kind == VALUE_UNKNOWN &&
       (!call_receiver(t, arg) || py_kind(t, call_receiver(t, arg)) != PY_ATTRIBUTE)) ||
      (kind == PY_ATTRIBUTE && v.kind == VALUE_UNKNOWN && !is_own_text(q, file, arg, s));
  return !plain && (open || is_foreign(q, file, arg, s, 0));
}

// true(), ~false(), literal(x): alone in a WHERE, the `whereclause` of a Query has
// another form of it, which synchronize_session cannot evaluate.
static bool is_constant(Q *q, uint32_t file, Ref arg, int depth) {
  const PyTree *t = q_tree(q, file);
  if (!arg || depth > 20)
    return false;
  if (py_kind(t, arg) == PY_UNARY_OP)
    arg = PY_AS(UnaryOp, t, arg)->operand;
  if (py_kind(t, arg) == PY_CONSTANT)
    return true;
  switch (resolve_call_api(q->cx->resolver, file, arg)) {
  case API_sqlalchemy_true:
  case API_sqlalchemy_false:
  case API_sqlalchemy_literal:
    return true;
  case API_sqlalchemy_not_:
    return is_constant(q, file, call_positional(t, arg, 0), depth + 1);
  default:
    return false;
  }
}

// ---- options

static bool joins(Str name) {
  return str_is(name, "joinedload") || str_is(name, "contains_eager") ||
         str_is(name, "eagerload") || str_is(name, "joinedload_all");
}

// What the options of one chain may load by a join: SHAPE_EAGER_...
static uint32_t option_flags(Q *q, uint32_t file, Ref option) {
  const PyTree *t = q_tree(q, file);
  uint32_t flags = 0;
  if (py_kind(t, option) != PY_CALL)
    return SHAPE_EAGER_UNKNOWN;
  while (py_kind(t, option) == PY_CALL) {
    Ref func = PY_AS(Call, t, option)->func;
    bool chained = py_kind(t, func) == PY_ATTRIBUTE;
    Str name = chained ? q_name(q, PY_AS(Attribute, t, func)->attr) : py_text(t, func);
    if (py_kind(t, func) == PY_NAME) {
      Value made = q_value(q, file, option);
      if (made.kind != VALUE_LOADER_OPTION && !joins(name))
        flags |= SHAPE_EAGER_UNKNOWN;
    }
    Ref first = call_positional(t, option, 0);
    Value rel = first ? q_value(q, file, first) : (Value){0};
    if (joins(name)) {
      const Model *m = rel.kind == VALUE_RELATIONSHIP && rel.owner.ref
                           ? models_of_class(q->cx->models, rel.owner)
                           : NULL;
      const Relationship *r = m ? model_relationship(m, rel.key) : NULL;
      if (!r || r->uselist == UNSET || r->uselist == UNCLEAR)
        flags |= SHAPE_EAGER_UNKNOWN;
      else if (r->uselist == YES)
        flags |= SHAPE_EAGER_COLLECTION;
      else
        flags |= q_eager_below(q, (Place){file, first});
    }
    option = chained ? PY_AS(Attribute, t, func)->value : 0;
  }
  return flags;
}

// ---- state

static bool is_many_to_one(Q *q, uint32_t file, Ref arg) {
  Value v = arg ? q_value(q, file, arg) : (Value){0};
  if (v.kind != VALUE_RELATIONSHIP || v.sure != SURE_PROVEN || !v.owner.ref ||
      py_kind(q_tree(q, file), arg) != PY_ATTRIBUTE)
    return false;
  const Model *m = models_of_class(q->cx->models, v.owner);
  const Relationship *r = m ? model_relationship(m, v.key) : NULL;
  return r && r->proven && r->direction == MANY_TO_ONE;
}

static void state_join(Q *q, const QStep *step, uint32_t file, QState *s) {
  const PyTree *t = q_tree(q, file);
  PyRefs args = args_of(t, step->call);
  bool one = args.len == 1 && is_many_to_one(q, file, args.at[0]);
  s->one_to_one &= one;
  s->joined = (Place){file, q_join_last(q, file, args)};
  s->joined_mixed = !s->joined.ref;
}

static bool may_add_from(Str name) {
  static const char *const names[] = {"filter", "where",    "order_by",
                                      "having", "group_by", "distinct"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

void q_state_step(Q *q, const QStep *step, QState *s) {
  uint32_t file = q->nodes.items[step->node].at.file;
  const PyTree *t = q_tree(q, file);
  PyRefs args = args_of(t, step->call);
  Str name = str_from(step->row->name);
  uint32_t flags = step->row->flags;
  bool of_entity = s->yields == YIELD_ENTITY;
  if (flags & SHAPE_OPTIONS && (s->may & SHAPE_OPTIONS || args.len > 1 || !of_entity))
    s->items |= ITEMS_OPTIONS;
  s->may |= flags;
  s->may_since |= flags;
  bool certain = args.len > 0;
  for (uint32_t i = 0; i < args.len; i++)
    certain &=
        py_kind(t, args.at[i]) != PY_STARRED &&
        !(py_kind(t, args.at[i]) == PY_KEYWORD && !PY_AS(Keyword, t, args.at[i])->arg);
  if (certain || !(flags & SHAPE_FILTERED)) {
    s->must |= flags;
    s->must_since |= flags;
  }
  if (step->row->form == STEP_JOIN)
    state_join(q, step, file, s);
  if (str_is(name, "reset_joinpoint")) // filter_by() means the first entity again
    s->joined_mixed = s->rejoined = true;
  if (flags & SHAPE_SELECT_FROM) { // filter_by() means it until something is joined
    s->joined = args.len == 1 ? (Place){file, args.at[0]} : (Place){0};
    s->joined_mixed = args.len != 1;
  }
  if (step->row->form == STEP_OPTIONS)
    for (uint32_t i = 0; i < args.len; i++) {
      uint32_t eager = option_flags(q, file, args.at[i]);
      s->may |= eager;
      s->may_since |= eager;
    }
  if (str_is(name, "with_entities")) {
    const Model *m = q_model_at(q, s->first);
    Place owner = m ? m->node : (Place){0};
    bool before = s->several_from || !m;
    q_select_items(q, s, file, step->call, false);
    for (uint32_t i = 0; i < args.len; i++)
      q_note_owners(q, s, file, args.at[i], &owner);
    s->several_from |= before;
    // filter_by() forgets the joins, but not select_from().
    s->joined = s->first;
    s->joined_mixed = !s->first.ref || s->may & SHAPE_SELECT_FROM;
  } else if (flags & SHAPE_CHANGED_ENTITIES)
    q_select_items(q, s, file, step->call, true);
  for (uint32_t i = 0; flags & SHAPE_FILTERED && i < args.len; i++)
    s->constant |= is_constant(q, file, args.at[i], 0);
  for (uint32_t i = 0; may_add_from(name) && i < args.len; i++)
    s->other_from = s->other_from || criterion_is_foreign(q, file, args.at[i], s);
  if (flags & (SHAPE_SELECT_FROM | SHAPE_FROM_STATEMENT))
    s->one_to_one = false;
  if (step->row->form == STEP_SELF)
    q_state_self(q, step, s);
  else if (flags & SHAPE_COMPOUND)
    q_state_set(q, step, s);
}

// ---- writing

typedef struct {
  Q *q;
  const QStep *step;
  uint32_t file;
  const PyTree *t;
  Ref call, attribute;
  uint32_t name_at, name_end, open;
  PyRefs args;
  const QState *before;
} Write;

static bool rename(const Write *w, const char *name) {
  Span span = {w->name_at, w->name_end};
  if (!str_eq(q_text(w->q, w->file, span), str_from(name)))
    q_replace(w->q, w->file, span, "%s", name);
  return true;
}

static bool is_relationship(const Write *w, uint32_t i) {
  return q_value(w->q, w->file, w->args.at[i]).kind == VALUE_RELATIONSHIP;
}

// Why the entity that filter_by() means cannot be written, or its names; NULL: `entity`
// is how.
static const char *named_by_filter(const Write *w, Str *entity) {
  const QState *s = w->before;
  const uint32_t moved = SHAPE_JOINED | SHAPE_SELECT_FROM;
  bool joined = (s->may & moved) != 0;
  if (joined && (!(s->must & moved) || s->joined_mixed))
    return "it is not plain which entity filter_by() means";
  Place from = joined ? s->joined : s->first;
  const Model *m = q_joined_model(w->q, from);
  if (!m)
    return "it is not plain which entity filter_by() means";
  for (uint32_t i = 0; i < w->args.len; i++) {
    if (py_kind(w->t, w->args.at[i]) != PY_KEYWORD ||
        !PY_AS(Keyword, w->t, w->args.at[i])->arg)
      return "the names that filter_by() gets are not known";
    Atom arg = PY_AS(Keyword, w->t, w->args.at[i])->arg;
    if (!model_column(m, arg) && !model_relationship(m, arg) && !model_attr(m, arg))
      return "filter_by() names an attribute that is not known";
  }
  *entity = q_spell_joined(w->q, w->file, w->call, from);
  return entity->ptr ? NULL : "it is not plain which entity filter_by() means";
}

// filter_by() of a select means what that of a Query does on 2.0, the last joined entity,
// on 2.1 any. Where both are written for, the entity is named.
static bool write_filter_by(const Write *w) {
  Q *q = w->q;
  const QState *s = w->before;
  bool computed = s->items & ITEMS_COMPUTED && s->yields != YIELD_COLUMN;
  bool plain =
      !(s->may & (SHAPE_JOINED | SHAPE_SELECT_FROM)) && !s->several_from && !computed;
  if (plain)
    return true;
  Str entity = {0};
  QStop failed = q->failed;
  const char *why = named_by_filter(w, &entity);
  if (why && q->cx->target == SQLALCHEMY_2_0 && !s->rejoined) {
    q->failed = failed;
    return true;
  }
  if (why)
    return q_fail(q, w->file, w->call, "%s", why);
  for (uint32_t i = 0; i < w->args.len; i++) {
    const PyKeyword *k = PY_AS(Keyword, w->t, w->args.at[i]);
    Span value = q_outer(q, w->file, k->value);
    Span head = {k->node.start, value.start};
    PyKind kind = py_kind(w->t, k->value);
    bool wrap = !q_paren(q, w->file, k->value) &&
                (kind == PY_COMPARE || kind == PY_BOOL_OP || kind == PY_IF_EXP ||
                 kind == PY_LAMBDA || kind == PY_UNARY_OP || kind == PY_NAMED_EXPR);
    if (q_comment_in(q, w->file, head))
      return q_fail(q, w->file, w->call, "a comment stands inside of filter_by()");
    q_replace(q, w->file, head, "%.*s.%.*s == %s", STR_ARG(entity),
              STR_ARG(q_name(q, k->arg)), wrap ? "(" : "");
    if (wrap)
      q_insert(q, w->file, value.end, ")");
  }
  return rename(w, "where");
}

static bool write_options(const Write *w) {
  for (uint32_t i = 0; i < w->args.len; i++)
    if (!q_write_option(w->q, w->file, w->args.at[i], w->before))
      return false;
  return true;
}

static bool write_prefix(const Write *w) {
  Q *q = w->q;
  if (w->args.len != 1 || py_kind(w->t, w->args.at[0]) == PY_STARRED ||
      py_kind(w->t, w->args.at[0]) == PY_KEYWORD)
    return q_fail(q, w->file, w->call, "`%s()` takes one argument", w->step->row->name);
  Span span = {w->name_at, w->open + 1};
  if (q_comment_in(q, w->file, span))
    return q_fail(q, w->file, w->call, "a comment stands before the parenthesis");
  q_replace(q, w->file, span, "%s", w->step->row->text);
  return true;
}

static bool write_whole(const Write *w, const char *text) {
  Q *q = w->q;
  uint32_t end = py_node(w->t, w->call)->end;
  Span span = {w->name_at, end};
  if (!*text)
    span.start = q_outer(q, w->file, PY_AS(Attribute, w->t, w->attribute)->value).end;
  if (q_comment_in(q, w->file, span) || (*text && w->args.len))
    return q_fail(q, w->file, w->call, "a comment or an argument stands in `%s()`",
                  w->step->row->name);
  q_replace(q, w->file, span, "%s", text);
  return true;
}

static bool write_lockmode(const Write *w) {
  static const char *const modes[][2] = {
      {"update", ""}, {"update_nowait", "nowait=True"}, {"read", "read=True"}};
  Buf value = {0};
  bool is_text = w->args.len == 1 && py_kind(w->t, w->args.at[0]) == PY_STR &&
                 py_str_value(w->t, w->args.at[0], &value);
  const char *mode = NULL;
  for (size_t i = 0; is_text && i < ARRAY_LEN(modes); i++)
    if (str_is(buf_str(&value), modes[i][0]))
      mode = modes[i][1];
  buf_free(&value);
  if (!mode)
    return q_fail(w->q, w->file, w->call, "the lock mode is not known");
  q_replace(w->q, w->file, py_span(w->t, w->args.at[0]), "%s", mode);
  return rename(w, "with_for_update");
}

// with_parent(owner, Parent.items): a criterion of its own.
static bool write_parent(const Write *w) {
  Q *q = w->q;
  bool known = w->args.len == 2 && is_relationship(w, 1) &&
               py_kind(w->t, w->args.at[0]) != PY_STARRED;
  if (!known)
    return q_fail(q, w->file, w->call, "with_parent() does not name the relationship");
  Str function = q_require(q, w->file, w->call, "sqlalchemy.orm", "with_parent");
  if (!function.ptr)
    return false;
  q_replace(q, w->file, (Span){w->name_at, w->name_end}, "where(%.*s", STR_ARG(function));
  q_insert(q, w->file, py_node(w->t, w->call)->end, ")");
  return true;
}

static bool write_labels(const Write *w) {
  Str style =
      q_require(w->q, w->file, w->call, "sqlalchemy", "LABEL_STYLE_TABLENAME_PLUS_COL");
  if (!style.ptr)
    return false;
  return write_whole(
      w, str_format(w->q->arena, "set_label_style(%.*s)", STR_ARG(style)).ptr);
}

// ---- what a Query refuses and a select does not

static bool raises_after_limit(Str name) {
  static const char *const names[] = {"filter",      "filter_by",  "where", "order_by",
                                      "group_by",    "having",     "join",  "outerjoin",
                                      "select_from", "with_parent"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

static bool goes_with_statement(Str name) {
  static const char *const names[] = {"options", "execution_options", "yield_per",
                                      "populate_existing", "autoflush"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

// A Query of a class that has yield_per among its options raises when it is executed.
static bool yields_per_option(const Write *w) {
  for (uint32_t i = 0; i < w->args.len; i++)
    if (py_kind(w->t, w->args.at[i]) == PY_KEYWORD &&
        str_is(q_name(w->q, PY_AS(Keyword, w->t, w->args.at[i])->arg), "yield_per"))
      return true;
  return false;
}

static bool is_allowed(const Write *w) {
  Str name = str_from(w->step->row->name);
  if (str_is(name, "execution_options") && w->before->items & ITEMS_ENTITY &&
      yields_per_option(w))
    return q_fail(w->q, w->file, w->call,
                  "yield_per among the execution options of a Query raises, of a select "
                  "it does not");
  if (w->before->may & (SHAPE_LIMITED | SHAPE_OFFSET) && raises_after_limit(name))
    return q_fail(w->q, w->file, w->call,
                  "a Query raises where `%s()` comes after limit() or offset(), a select "
                  "does not",
                  w->step->row->name);
  const uint32_t asked = SHAPE_FILTERED | SHAPE_ORDERED | SHAPE_GROUPED | SHAPE_HAVING |
                         SHAPE_JOINED | SHAPE_DISTINCT | SHAPE_LIMITED | SHAPE_OFFSET |
                         SHAPE_SELECT_FROM;
  if (w->before->may & asked && str_is(name, "select_from"))
    return q_fail(
        w->q, w->file, w->call,
        "a Query raises where select_from() comes after a criterion or another");
  if (w->before->may & SHAPE_FROM_STATEMENT && !goes_with_statement(name))
    return q_fail(w->q, w->file, w->call, "`%s()` comes after from_statement()",
                  w->step->row->name);
  if (w->before->may & SHAPE_COMPOUND && !q_goes_with_set(name, w->args.len) &&
      !q_names_self(w->q, w->step))
    return q_fail(w->q, w->file, w->call,
                  "`%s()` comes after a set operation, and a Query goes on to mean its "
                  "result",
                  w->step->row->name);
  if (str_is(name, "with_entities") && w->before->items & ITEMS_OPTIONS)
    return q_fail(w->q, w->file, w->call,
                  "loader options may not fit together where no class is selected");
  if (str_is(name, "order_by") && w->args.len == 1 && is_false(w->t, w->args.at[0]))
    return q_fail(w->q, w->file, w->call, "order_by(False) has no form for a select");
  return true;
}

bool q_write_step(Q *q, const QStep *step) {
  const QNode *n = &q->nodes.items[step->node];
  const PyTree *t = q_tree(q, n->at.file);
  Ref attribute = PY_AS(Call, t, step->call)->func;
  const PyAttribute *a = PY_AS(Attribute, t, attribute);
  Write w = {.q = q,
             .step = step,
             .file = n->at.file,
             .t = t,
             .call = step->call,
             .attribute = attribute,
             .name_at = a->attr_at,
             .name_end = a->node.end,
             .open = PY_AS(Call, t, step->call)->open,
             .args = args_of(t, step->call),
             .before = &n->state};
  if (!is_allowed(&w) || !q_write_self_mentions(q, step))
    return false;
  switch (step->row->form) {
  case STEP_RENAME:
  case STEP_ORDER_BY:
    return rename(&w, step->row->text);
  case STEP_DROP:
    return write_whole(&w, "");
  case STEP_TEXT:
    return write_whole(&w, step->row->text);
  case STEP_PREFIX:
    return write_prefix(&w);
  case STEP_LABELS:
    return write_labels(&w);
  case STEP_FILTER_BY:
    return write_filter_by(&w);
  case STEP_JOIN:
    return q_write_join(q, step, true);
  case STEP_OPTIONS:
    return write_options(&w);
  case STEP_LOCKMODE:
    return write_lockmode(&w);
  case STEP_PARENT:
    return write_parent(&w);
  case STEP_SET:
    return q_write_set(q, step);
  case STEP_SELF: // written before the others
  case STEP_STOP:
    break;
  }
  return q_fail(q, n->at.file, step->call, "%s", step->row->text);
}
