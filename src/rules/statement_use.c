// Q115, Q129, Q161: what is asked of a statement, or of a list that it gave.
#include "rules/aggregates.h"
#include "rules/loaded.h"

enum {
  MAX_STEPS = 64 // methods of one chain
};

// ---- Q161

static void check_method(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, call);
  Value v = rule_value(cx, receiver);
  if ((v.kind != VALUE_SELECT && v.kind != VALUE_COMPOUND_SELECT) ||
      v.sure != SURE_PROVEN || v.flags & VALUE_SUBCLASS)
    return;
  Str method = call_method_text(cx, call);
  uint32_t at = PY_AS(Attribute, t, PY_AS(Call, t, call)->func)->attr_at;
  rule_report(cx, (Span){at, at + (uint32_t)method.len},
              "a statement has no `%.*s()`: execute it first, by session.execute() or "
              "session.scalars()",
              STR_ARG(method));
}

static void check_loop(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Ref iter = py_kind(t, node) == PY_FOR ? PY_AS(For, t, node)->iter
                                        : PY_AS(Comprehension, t, node)->iter;
  Value v = rule_value(cx, iter);
  if (v.kind == VALUE_SELECT && v.sure == SURE_PROVEN && !(v.flags & VALUE_SUBCLASS))
    rule_report(cx, py_span(t, iter),
                "a statement cannot be iterated: execute it first, by session.execute() "
                "or session.scalars()");
}

// ---- Q129

// The class that an outer join in the chain adds, nowhere where there is none; its call
// in `join`.
static bool is_outer(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (str_is(call_method_text(cx, call), "outerjoin"))
    return true;
  return str_is(call_method_text(cx, call), "join") &&
         is_true(t, call_keyword(t, call, rule_atom(cx, "isouter")));
}

static Place joined_class(RuleCtx *cx, Ref call) {
  Ref target = call_positional(cx->tree, call, 0);
  Value v = target ? rule_value(cx, target) : (Value){0};
  if (v.kind == VALUE_MAPPED_CLASS)
    return v.owner;
  if (v.kind != VALUE_RELATIONSHIP || !v.owner.ref)
    return (Place){0};
  const Model *m = models_of_class(cx->models, v.owner);
  const Relationship *r = m ? model_relationship(m, v.key) : NULL;
  return r && r->target ? r->target->node : (Place){0};
}

// True where the chain below `call` joins the class by an outer join, and not otherwise.
static bool joins_outer(RuleCtx *cx, Ref call, Place cls) {
  const PyTree *t = cx->tree;
  bool outer = false;
  Ref at = call_receiver(t, call);
  for (int i = 0; at && i < MAX_STEPS; i++) {
    if (py_kind(t, at) == PY_NAME)
      at = assigned_once(cx, rule_symbol(cx, at));
    Str method = call_method_text(cx, at);
    if (str_is(method, "outerjoin") || str_is(method, "join")) {
      if (place_eq(joined_class(cx, at), cls)) {
        if (!is_outer(cx, at))
          return false;
        outer = true;
      }
    } else if (str_is(method, "select_from") || str_is(method, "subquery") ||
               str_is(method, "union") || str_is(method, "union_all")) {
      return false;
    }
    at = call_receiver(t, at);
  }
  return outer;
}

// A comparison that is not true where the column is NULL.
static bool rejects_null(RuleCtx *cx, Ref criterion, Value *column) {
  const PyTree *t = cx->tree;
  if (py_kind(t, criterion) == PY_COMPARE) {
    const PyCompare *c = PY_AS(Compare, t, criterion);
    PyRefs right = py_list(t, c->comparators);
    uint16_t op = c->node.aux;
    if (right.len != 1 || is_none(t, right.at[0]) ||
        (op != PY_EQ && op != PY_LT && op != PY_GT && op != PY_LT_E && op != PY_GT_E))
      return false;
    *column = rule_value(cx, c->left);
    Value other = rule_value(cx, right.at[0]);
    return column->kind == VALUE_COLUMN && value_is_plain(other) &&
           other.kind != VALUE_NONE && !(other.flags & VALUE_OR_NONE);
  }
  static const char *const methods[] = {"in_", "like", "ilike", "startswith", "between"};
  Str method = call_method_text(cx, criterion);
  for (size_t i = 0; i < ARRAY_LEN(methods); i++)
    if (str_is(method, methods[i])) {
      *column = rule_value(cx, call_receiver(t, criterion));
      return column->kind == VALUE_COLUMN;
    }
  return false;
}

static bool selects(Value v, Place cls) {
  for (uint32_t i = 0; v.shape && i < v.shape->count; i++)
    if (v.shape->items[i].column.kind == VALUE_MAPPED_CLASS &&
        place_eq(v.shape->items[i].column.owner, cls))
      return true;
  return false;
}

static void check_criterion(RuleCtx *cx, Ref call, Ref criterion) {
  const PyTree *t = cx->tree;
  if (py_kind(t, criterion) == PY_BIN_OP &&
      PY_AS(BinOp, t, criterion)->node.aux == PY_BIT_AND) {
    check_criterion(cx, call, PY_AS(BinOp, t, criterion)->left);
    check_criterion(cx, call, PY_AS(BinOp, t, criterion)->right);
    return;
  }
  Value column = {0};
  if (!rejects_null(cx, criterion, &column) || !column.owner.ref ||
      !joins_outer(cx, call, column.owner))
    return;
  const Model *m = models_of_class(cx->models, column.owner);
  Value v = rule_value(cx, call_receiver(t, call));
  if (!m || (selects(v, column.owner) && v.shape->count == 1))
    return;
  Str name = atom_str(cx->project->names, m->name);
  rule_report(
      cx, py_span(t, criterion),
      "rows without a %.*s, which the outer join keeps, are dropped here; put the "
      "criterion into the join, or use join()",
      STR_ARG(name));
}

static void check_where(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Value v = rule_value(cx, call_receiver(t, call));
  if (v.kind != VALUE_SELECT && v.kind != VALUE_QUERY)
    return;
  for (uint32_t i = 0; i < call_positional_count(t, call); i++)
    check_criterion(cx, call, call_positional(t, call, i));
}

// ---- Q115

static void check_index(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PySubscript *s = PY_AS(Subscript, t, node);
  Ref call = s->value;
  if (cx->file->is_test || py_kind(t, s->slice) != PY_NUM ||
      !str_is(py_text(t, s->slice), "0") || !str_is(call_method_text(cx, call), "all") ||
      py_kind(t, rule_statement(cx, node)) == PY_ASSERT)
    return;
  Value v = rule_value(cx, call_receiver(t, call));
  if (v.kind != VALUE_QUERY && v.kind != VALUE_RESULT && v.kind != VALUE_SCALAR_RESULT)
    return;
  if (v.shape && (v.shape->flags & SHAPE_LIMITED || yields_one_row(cx, v.shape)))
    return;
  rule_report(cx, py_span(t, node),
              "all rows are loaded to take the first, and IndexError is raised where "
              "there is none; use `.limit(1)` and `.first()`");
}

static void check_execute(RuleCtx *cx, Ref node) {
  if (py_kind(cx->tree, node) == PY_CALL)
    check_method(cx, node);
  else
    check_loop(cx, node);
}

const Rule rule_missing_execute = {
    .code = "Q161",
    .name = "missing-execute",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "all(), first() or a loop asked of a select() that was not executed",
    .why = "A statement is but a description: AttributeError or TypeError is raised",
    .on = {PY_CALL, PY_FOR, PY_COMPREHENSION},
    .names = RULE_NAMES("all", "first", "one", "one_or_none", "scalars", "scalar_one",
                        "scalar_one_or_none", "fetchall", "fetchone", "count"),
    .check = check_execute,
};

const Rule rule_outerjoin_where_negates = {
    .code = "Q129",
    .name = "outerjoin-where-negates",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "A criterion on the class that an outer join added",
    .why =
        "Where there is no row on that side its columns are NULL and the comparison is "
        "not true: the outer join works as an inner one",
    .on = {PY_CALL},
    .names = RULE_NAMES("where", "filter"),
    .check = check_where,
};

const Rule rule_all_then_index = {
    .code = "Q115",
    .name = "all-then-index",
    .category = CAT_PERFORMANCE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "all()[0] of a query or a result",
    .why = "Every row is read and made an object to use one of them",
    .on = {PY_SUBSCRIPT},
    .check = check_index,
};
