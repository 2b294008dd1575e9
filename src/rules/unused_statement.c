// Q160: `stmt.where(x)` gives a new statement; where nobody takes it, it is lost.
#include "rules/util.h"

static bool is_generative(Str name) {
  static const char *const names[] = {"add_columns",
                                      "distinct",
                                      "execution_options",
                                      "filter",
                                      "filter_by",
                                      "group_by",
                                      "having",
                                      "join",
                                      "limit",
                                      "offset",
                                      "options",
                                      "order_by",
                                      "outerjoin",
                                      "returning",
                                      "select_from",
                                      "slice",
                                      "values",
                                      "where",
                                      "with_entities",
                                      "with_for_update",
                                      "with_only_columns",
                                      "yield_per"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

static bool is_statement_or_query(Value v) {
  return v.kind == VALUE_QUERY || v.kind == VALUE_SELECT || v.kind == VALUE_INSERT ||
         v.kind == VALUE_UPDATE || v.kind == VALUE_DELETE ||
         v.kind == VALUE_COMPOUND_SELECT;
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Ref call = PY_AS(ExprStmt, t, node)->value;
  Str method = call_method_text(cx, call);
  if (!method.len || !is_generative(method))
    return;
  Ref receiver = call_receiver(t, call);
  Value v = rule_value(cx, receiver);
  if (!is_statement_or_query(v) || !is_statement_or_query(rule_value(cx, call)))
    return;
  Finding *f =
      rule_report(cx, py_span(t, call),
                  "`%.*s()` gives a new %s and leaves the old one as it is; the "
                  "result is lost",
                  STR_ARG(method), v.kind == VALUE_QUERY ? "query" : "statement");
  while (call_receiver(t, receiver))
    receiver = call_receiver(t, receiver);
  if (py_kind(t, receiver) != PY_NAME) {
    rule_refuse(cx, f, "no variable holds the %s",
                v.kind == VALUE_QUERY ? "query" : "statement");
    return;
  }
  Value held = rule_value(cx, receiver);
  if (!is_statement_or_query(held)) {
    rule_refuse(cx, f, "no variable holds it");
    return;
  }
  if (rule_fix(cx, f, FIX_UNSAFE, "Assign the result"))
    fix_insert(cx, py_node(t, call)->start,
               str_format(cx->scratch, "%.*s = ", STR_ARG(py_text(t, receiver))));
}

const Rule rule_unused_statement = {
    .code = "Q160",
    .name = "unused-statement",
    .category = CAT_QUERY,
    .fix = FIX_UNSAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A method of a statement or query whose result nobody uses",
    .why = "Statements and queries are immutable: the criterion, join or limit is lost",
    .on = {PY_EXPR_STMT},
    .check = check,
};
