// P109, Q127: collections that are loaded to be counted, and joins that repeat what is
// selected.
#include "rules/chain.h"
#include "rules/loaded.h"

// ---- P109

typedef struct {
  RuleCtx *cx;
  Str text;
  uint32_t count;
} Mentions;

static bool visit_mention(void *data, Ref r) {
  Mentions *m = data;
  m->count +=
      py_kind(m->cx->tree, r) == PY_ATTRIBUTE && str_eq(py_text(m->cx->tree, r), m->text);
  return true;
}

static void check_len(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref arg = call_positional_count(t, call) == 1 ? call_positional(t, call, 0) : 0;
  if (cx->file->is_test || py_kind(t, arg) != PY_ATTRIBUTE ||
      !models_has_relationship(cx->models, PY_AS(Attribute, t, arg)->attr) ||
      py_kind(t, PY_AS(Attribute, t, arg)->value) != PY_NAME ||
      py_kind(t, rule_statement(cx, call)) == PY_ASSERT)
    return;
  Ref owner = PY_AS(Attribute, t, arg)->value;
  Value v = rule_value(cx, owner);
  const Model *m = v.kind == VALUE_ENTITY && v.sure == SURE_PROVEN
                       ? models_of_class(cx->models, v.owner)
                       : NULL;
  const Relationship *r = m ? lazy_relationship(m, PY_AS(Attribute, t, arg)->attr) : NULL;
  Ref source = r && r->uselist == YES ? assigned_at(cx, owner) : 0;
  Loaded loaded;
  Ref function = enclosing_function(cx, call);
  if (!source || !loaded_from(cx, source, &loaded) || loaded.async ||
      py_kind(t, function) != PY_FUNCTION_DEF)
    return;
  Mentions seen = {.cx = cx, .text = py_text(t, arg)};
  PyVisitor visitor = {.enter = visit_mention, .data = &seen};
  py_walk(t, function, &visitor);
  if (seen.count == 1)
    rule_report(cx, py_span(t, call),
                "all `%.*s` are loaded only to be counted; let the database count: "
                "select(func.count()).where(...)",
                STR_ARG(atom_str(cx->project->names, r->key)));
}

// ---- Q127

// The relationship that a join follows to many rows; NULL for other joins.
// `.join(User.orders)`
static const Relationship *joined_collection(RuleCtx *cx, Ref join, const Model *from) {
  PyRefs args = py_list(cx->tree, PY_AS(Call, cx->tree, join)->args);
  Value v = args.len ? rule_value(cx, args.at[0]) : (Value){0};
  const Model *m = v.kind == VALUE_RELATIONSHIP && v.sure == SURE_PROVEN && v.owner.ref
                       ? models_of_class(cx->models, v.owner)
                       : NULL;
  const Relationship *r = m == from && m ? model_relationship(m, v.key) : NULL;
  return r && r->target && (r->direction == ONE_TO_MANY || r->direction == MANY_TO_MANY)
             ? r
             : NULL;
}

typedef struct {
  RuleCtx *cx;
  const Model *target;
  bool one; // a criterion that one row of the target fits at most, or that is not seen
} OneRow;

static bool visit_criterion(void *data, Ref r) {
  OneRow *o = data;
  RuleCtx *cx = o->cx;
  const PyTree *t = cx->tree;
  if (py_kind(t, r) != PY_COMPARE || py_node(t, r)->aux != PY_EQ)
    return !o->one;
  Value v = rule_value(cx, PY_AS(Compare, t, r)->left);
  const Model *m =
      v.kind == VALUE_COLUMN && v.owner.ref ? models_of_class(cx->models, v.owner) : NULL;
  // Any equality may be to what is unique together with the parent's key.
  o->one = o->one || m == o->target || v.kind == VALUE_UNKNOWN;
  return !o->one;
}

static void check_join(RuleCtx *cx, Ref call) {
  const uint32_t other = SHAPE_DISTINCT | SHAPE_GROUPED | SHAPE_UNIQUE |
                         SHAPE_OUTER_JOINED | SHAPE_SELECT_FROM | SHAPE_COMPOUND |
                         SHAPE_FROM_STATEMENT | SHAPE_CHANGED_ENTITIES | SHAPE_LIMIT_ONE |
                         SHAPE_EAGER_COLLECTION;
  const PyTree *t = cx->tree;
  Value result = rule_value(cx, call_receiver(t, call));
  if (cx->file->is_test || result.kind != VALUE_SCALAR_RESULT ||
      result.sure != SURE_PROVEN || !result.shape)
    return;
  Ref made = chain_call(cx, call_receiver(t, call));
  Value v = {0};
  while (made && str_is(call_method_text(cx, made), "scalars") &&
         !call_positional(t, made, 0)) // execute(statement).scalars()
    made = chain_below(cx, made);
  Ref statement = made ? chain_executed(cx, made, &v) : 0;
  if (!statement || v.sure != SURE_PROVEN || !v.shape || v.shape->count != 1 ||
      v.shape->yields != YIELD_ENTITY || !(v.shape->flags & SHAPE_WHOLE) ||
      !(v.shape->flags & SHAPE_JOINED) || v.shape->flags & other ||
      result.shape->flags & SHAPE_UNIQUE)
    return;
  const Model *from = models_of_class(cx->models, v.shape->items[0].column.owner);
  Ref join = from ? chain_find(cx, statement, "join") : 0;
  const Relationship *r = join ? joined_collection(cx, join, from) : NULL;
  if (!r)
    return;
  OneRow o = {.cx = cx, .target = r->target};
  PyVisitor visitor = {.enter = visit_criterion, .data = &o};
  for (Ref link = chain_call(cx, statement); link && !o.one;
       link = chain_below(cx, link)) {
    PyRefs args = py_list(t, PY_AS(Call, t, link)->args);
    if (str_is(call_method_text(cx, link), "where") ||
        str_is(call_method_text(cx, link), "filter"))
      for (uint32_t i = 0; i < args.len; i++)
        py_walk(t, args.at[i], &visitor);
    o.one = o.one || str_is(call_method_text(cx, link), "filter_by");
  }
  if (!o.one)
    rule_report(cx, chain_name_span(cx, join),
                "each `%.*s` comes once for each of its `%.*s`, the same instance again "
                "and again; `.where(%.*s.%.*s.any(...))`, or `.distinct()`",
                STR_ARG(atom_str(cx->project->names, from->name)),
                STR_ARG(atom_str(cx->project->names, r->key)),
                STR_ARG(atom_str(cx->project->names, from->name)),
                STR_ARG(atom_str(cx->project->names, r->key)));
}

DEFINE_RULE(
    len_of_relationship, "P109", "len-of-relationship", CAT_PERFORMANCE, SEVERITY_INFO,
    "len() of a lazy collection that nothing else reads",
    "Every row of the collection is loaded, where the database could send a number",
    .on = {PY_CALL}, .names = RULE_NAMES("len"), .check = check_len);
DEFINE_RULE(
    join_repeats_entity, "Q127", "join-multiplies-entity", CAT_QUERY, SEVERITY_WARNING,
    "Instances selected by a join to a collection, without distinct() or unique()",
    "select() does not leave out what comes twice, as Query did: the list holds an "
    "instance once for each row that it is joined to",
    .on = {PY_CALL}, .names = RULE_NAMES("all"), .check = check_join);
