// Q112, Q113, Q120: what a query gives is not what the code around it expects.
#include "rules/loaded.h"

// ---- Q112

static void check_truth(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Ref test = 0;
  switch (py_kind(t, node)) {
  case PY_IF:
    test = PY_AS(If, t, node)->test;
    break;
  case PY_WHILE:
    test = PY_AS(While, t, node)->test;
    break;
  case PY_IF_EXP:
    test = PY_AS(IfExp, t, node)->test;
    break;
  case PY_CALL: { // bool(query)
    Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, node)->func);
    bool asks = o.kind == ORIGIN_BUILTIN &&
                str_is(atom_str(cx->project->names, o.dotted), "bool");
    test = asks ? call_positional(t, node, 0) : 0;
    break;
  }
  default:
    test = py_node(t, node)->aux == PY_NOT ? PY_AS(UnaryOp, t, node)->operand : 0;
  }
  if (py_kind(t, test) != PY_NAME && py_kind(t, test) != PY_CALL)
    return;
  Value v = rule_value(cx, test);
  if ((v.kind != VALUE_QUERY && v.kind != VALUE_SELECT) || v.sure != SURE_PROVEN ||
      v.flags & VALUE_OR_NONE)
    return;
  if (v.kind == VALUE_QUERY)
    rule_report(cx, py_span(t, test),
                "a query is always true: nothing is executed; ask `.first()` or an "
                "exists()");
  else
    rule_report(cx, py_span(t, test),
                "a statement has no truth value: TypeError is raised; execute it");
}

// ---- Q113

// `len(rows) == 0`, `len(rows) > 0`, `if len(rows):`
static bool is_asked_for_any(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref parent = rule_parent(cx, call);
  if (py_kind(t, parent) == PY_IF)
    return PY_AS(If, t, parent)->test == call;
  if (py_kind(t, parent) != PY_COMPARE || PY_AS(Compare, t, parent)->left != call)
    return false;
  PyRefs right = py_list(t, PY_AS(Compare, t, parent)->comparators);
  return right.len == 1 && str_is(py_text(t, right.at[0]), "0");
}

static void check_len(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, call)->func);
  if (cx->file->is_test || o.kind != ORIGIN_BUILTIN ||
      call_positional_count(t, call) != 1)
    return;
  if (py_kind(t, rule_statement(cx, call)) == PY_ASSERT) // a test, whatever its file
    return;
  Ref all = call_positional(t, call, 0);
  if (py_kind(t, all) == PY_NAME) // rows that nothing else is done with
    all = used_once(cx, all) ? assigned_once(cx, rule_symbol(cx, all)) : 0;
  Ref receiver = call_receiver(t, all);
  Str method = call_method_text(cx, all);
  if (!receiver || (!str_is(method, "all") && !str_is(method, "fetchall")))
    return;
  Value v = rule_value(cx, receiver);
  bool asked = is_asked_for_any(cx, call);
  bool locks = v.shape && v.shape->flags & SHAPE_FOR_UPDATE; // they are not only counted
  if ((v.kind == VALUE_QUERY || value_is_result(v)) && !locks)
    rule_report(cx, py_span(t, call), "all rows are loaded only to %s",
                asked ? "know whether there is one; ask for one by `.limit(1)`, or an "
                        "exists()"
                      : "be counted; let the database count: select(func.count())");
}

// ---- Q120

static bool yields_several(Value v) {
  return v.shape && v.shape->yields == YIELD_SEVERAL && v.shape->count > 1 &&
         v.shape->flags & SHAPE_WHOLE;
}

static void check_scalars(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Value receiver = rule_value(cx, call_receiver(t, call));
  Value v = receiver;
  if (value_is_executor(receiver)) {
    Ref statement = call_positional(t, call, 0);
    v = statement ? rule_value(cx, statement) : (Value){0};
    if (v.kind != VALUE_SELECT)
      return;
  } else if (v.kind != VALUE_RESULT) {
    return;
  } else if (call_positional(t, call, 0)) {
    return; // scalars(1): which column is said
  }
  uint32_t at = PY_AS(Attribute, t, PY_AS(Call, t, call)->func)->attr_at;
  if (yields_several(v))
    rule_report(cx, (Span){at, at + (uint32_t)strlen("scalars")},
                "scalars() keeps the first of %u columns and drops the others",
                (unsigned)v.shape->count);
}

DEFINE_RULE(bool_of_query, "Q112", "bool-of-query", CAT_QUERY, SEVERITY_ERROR,
            "A query or statement used as a condition",
            "A query is true whatever the table holds; a statement raises TypeError",
            .on = {PY_IF, PY_WHILE, PY_IF_EXP, PY_UNARY_OP, PY_CALL},
            .names = RULE_NAMES("bool"), .check = check_truth);
DEFINE_RULE(
    len_of_all, "Q113", "len-all", CAT_PERFORMANCE, SEVERITY_WARNING,
    "len() of all rows of a query",
    "Every row is read and made an object, where the database could send a number",
    .on = {PY_CALL}, .names = RULE_NAMES("len"), .check = check_len);
DEFINE_RULE(
    scalars_of_several, "Q120", "scalars-multi-column", CAT_QUERY, SEVERITY_ERROR,
    "scalars() of a query for several columns or classes",
    "Only the first of each row is given; the others are dropped without an error",
    .on = {PY_CALL}, .names = RULE_NAMES("scalars"), .check = check_scalars);
