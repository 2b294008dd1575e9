// Q119: first() of a result takes one row of all that were read; Query.first() had a
// LIMIT.
#include "rules/loaded.h"

enum {
  MAX_STEPS = 12 // between first() and what executes the statement
};

// The statement that `expr`, a result, was made by; 0 where that is not seen.
static Ref executed(RuleCtx *cx, Ref expr) {
  const PyTree *t = cx->tree;
  for (int i = 0; i < MAX_STEPS && expr; i++) {
    if (py_kind(t, expr) == PY_AWAIT) {
      expr = PY_AS(Await, t, expr)->value;
      continue;
    }
    if (py_kind(t, expr) == PY_NAME) { // whatever else reads the result needs all rows
      expr = used_once(cx, expr) ? assigned_once(cx, rule_symbol(cx, expr)) : 0;
      continue;
    }
    Ref receiver = call_receiver(t, expr);
    if (!receiver)
      return 0;
    Str method = call_method_text(cx, expr);
    if (value_is_session(rule_value(cx, receiver)))
      return str_is(method, "execute") || str_is(method, "scalars")
                 ? call_positional(t, expr, 0)
                 : 0;
    if (!str_is(method, "scalars") && !str_is(method, "mappings"))
      return 0;
    expr = receiver;
  }
  return 0;
}

// ---- Criteria that find one row at most

static bool is_in_key(const SqlTable *t, const SqlColumn *c, Str name) {
  if (c->primary_key || c->unique)
    return true;
  for (uint32_t i = 0; i < t->constraint_count; i++) {
    const SqlConstraint *k = &t->constraints[i];
    bool unique = k->kind == CONSTRAINT_UNIQUE || k->kind == CONSTRAINT_PRIMARY_KEY ||
                  (k->kind == CONSTRAINT_INDEX && k->unique);
    for (uint32_t j = 0; unique && j < k->column_count; j++)
      if (k->columns[j].ptr && str_eq(k->columns[j], name))
        return true;
  }
  return false;
}

// True where the attribute is, or may be, part of what makes a row unique.
static bool may_be_key(RuleCtx *cx, Place owner, Atom key) {
  const Model *m = models_of_class(cx->models, owner);
  const ModelColumn *c = m ? model_column(m, key) : NULL;
  if (!c || !c->column || !m->table || !m->table->complete || !m->complete)
    return true;
  return is_in_key(m->table, c->column, atom_str(cx->project->names, c->column->name));
}

typedef struct {
  RuleCtx *cx;
  Place entity;
  bool unique;
} Criteria;

static bool visit_criterion(void *data, Ref r) {
  Criteria *c = data;
  const PyTree *t = c->cx->tree;
  if (py_kind(t, r) == PY_COMPARE) {
    const PyCompare *n = PY_AS(Compare, t, r);
    PyRefs right = py_list(t, n->comparators);
    Ref sides[] = {n->left, right.len ? right.at[0] : 0};
    for (size_t i = 0; n->node.aux == PY_EQ && i < ARRAY_LEN(sides); i++) {
      Value v = rule_value(c->cx, sides[i]);
      if (v.kind == VALUE_COLUMN && (!v.owner.ref || may_be_key(c->cx, v.owner, v.key)))
        c->unique = true;
    }
  } else if (str_is(call_method_text(c->cx, r), "filter_by")) {
    PyRefs args = py_list(t, PY_AS(Call, t, r)->args);
    for (uint32_t i = 0; i < args.len; i++) {
      Atom key =
          py_kind(t, args.at[i]) == PY_KEYWORD ? PY_AS(Keyword, t, args.at[i])->arg : 0;
      c->unique = c->unique || !key || may_be_key(c->cx, c->entity, key);
    }
  }
  return !c->unique;
}

// The expression that the statement is written as; 0 where it is put together elsewhere.
static Ref written(RuleCtx *cx, Ref statement) {
  for (int i = 0; i < MAX_STEPS && py_kind(cx->tree, statement) == PY_NAME; i++)
    statement = assigned_once(cx, rule_symbol(cx, statement));
  return statement;
}

// True where every step of the chain is seen, down to select(...).
static bool is_seen(RuleCtx *cx, Ref chain) {
  const PyTree *t = cx->tree;
  while (chain && call_receiver(t, chain)) {
    ApiId api = resolve_call_api(cx->resolver, cx->file_id, chain);
    if (api == API_sqlalchemy_select)
      return true;
    chain = written(cx, call_receiver(t, chain));
  }
  return py_kind(t, chain) == PY_CALL &&
         resolve_call_api(cx->resolver, cx->file_id, chain) == API_sqlalchemy_select;
}

static bool finds_one_row(RuleCtx *cx, Ref statement, Value v) {
  Criteria c = {.cx = cx, .entity = v.shape->items[0].value.owner};
  for (Ref chain = written(cx, statement); chain && !c.unique;
       chain = written(cx, call_receiver(cx->tree, chain))) {
    PyVisitor visitor = {.enter = visit_criterion, .data = &c};
    py_walk(cx->tree, chain, &visitor);
  }
  return c.unique;
}

static void check(RuleCtx *cx, Ref call) {
  const uint32_t unlike = SHAPE_LIMITED | SHAPE_FROM_STATEMENT | SHAPE_COMPOUND |
                          SHAPE_EAGER_UNKNOWN | SHAPE_YIELD_PER | SHAPE_CHANGED_ENTITIES |
                          SHAPE_OFFSET;
  const PyTree *t = cx->tree;
  Value result = rule_value(cx, call_receiver(t, call));
  if ((result.kind != VALUE_RESULT && result.kind != VALUE_SCALAR_RESULT) ||
      PY_AS(Call, t, call)->args)
    return;
  Ref statement = executed(cx, call_receiver(t, call));
  Value v = statement ? rule_value(cx, statement) : (Value){0};
  if (v.kind != VALUE_SELECT || v.sure != SURE_PROVEN || !v.shape ||
      !(v.shape->flags & SHAPE_WHOLE) || v.shape->flags & unlike ||
      v.shape->yields != YIELD_ENTITY || v.shape->count != 1 ||
      !is_seen(cx, written(cx, statement)) || finds_one_row(cx, statement, v))
    return;
  uint32_t at = PY_AS(Attribute, t, PY_AS(Call, t, call)->func)->attr_at;
  Finding *f = rule_report(cx, (Span){at, at + (uint32_t)strlen("first")},
                           "all rows are read to take the first; put `.limit(1)` on the "
                           "statement");
  FixLevel level = v.shape->flags & SHAPE_FOR_UPDATE ? FIX_UNSAFE : FIX_SAFE;
  if (rule_fix(cx, f, level, "Add `.limit(1)`"))
    fix_insert(cx, py_node(t, statement)->end, STR(".limit(1)"));
}

const Rule rule_first_no_limit = {
    .code = "Q119",
    .name = "first-no-limit",
    .category = CAT_PERFORMANCE,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "first() of a result whose statement has no LIMIT",
    .why = "Result.first() takes the first row and throws the others away: unlike "
           "Query.first() it does not tell the database",
    .on = {PY_CALL},
    .names = RULE_NAMES("first"),
    .check = check,
};
