// Q102: `column is None` compares Python objects: always false, whatever the row holds.
#include "rules/util.h"

// `User.name is "x"`, `Post.author_id is user.id` in where(): equality was meant.
static void check_equality(RuleCtx *cx, Ref node, Ref right) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  Value v = rule_value(cx, c->left);
  if (v.kind != VALUE_COLUMN || v.flags & VALUE_OR_NONE || !rule_is_criterion(cx, node))
    return;
  bool same = c->node.aux == PY_IS;
  Finding *f = rule_report(cx, py_span(t, node),
                           "`%s` compares Python objects, not the column; use `%s`",
                           same ? "is" : "is not", same ? "==" : "!=");
  if (!rule_fix(cx, f, FIX_UNSAFE, "Replace by `%s`", same ? "==" : "!="))
    return;
  if (rule_has_comment(cx, py_span(t, node)))
    fix_refuse(cx, "a comment stands inside the comparison");
  else
    fix_printf(cx, py_span(t, node), "%.*s %s %.*s", STR_ARG(rule_text(cx, c->left)),
               same ? "==" : "!=", STR_ARG(rule_text(cx, right)));
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  PyOp op = (PyOp)c->node.aux;
  if (right.len != 1 || (op != PY_IS && op != PY_IS_NOT))
    return;
  if (py_kind(t, right.at[0]) != PY_CONSTANT) {
    check_equality(cx, node, right.at[0]);
    return;
  }
  const char *method = op == PY_IS ? "is_" : "is_not";
  if (op == PY_IS_NOT && cx->oldest == SQLALCHEMY_UNKNOWN)
    method = "isnot"; // every version has it
  Str value = py_text(t, right.at[0]);
  // A test whether an expression was given at all: `if criterion is not None`.
  Ref parent = rule_parent(cx, node);
  while (py_kind(t, parent) == PY_BOOL_OP || py_kind(t, parent) == PY_UNARY_OP)
    parent = rule_parent(cx, parent);
  PyKind kind = py_kind(t, parent);
  if (kind == PY_IF || kind == PY_WHILE || kind == PY_ASSERT || kind == PY_IF_EXP)
    return;
  Value v = rule_value(cx, c->left);
  if (v.kind != VALUE_COLUMN || v.flags & VALUE_OR_NONE)
    return;
  Finding *f =
      rule_report(cx, py_span(t, node),
                  "`%s %.*s` compares Python objects, not the column; use "
                  "`%s(%.*s)`",
                  op == PY_IS ? "is" : "is not", STR_ARG(value), method, STR_ARG(value));
  if (!rule_fix(cx, f, FIX_UNSAFE, "Replace by `%s(%.*s)`", method, STR_ARG(value)))
    return;
  if (rule_has_comment(cx, py_span(t, node))) {
    fix_refuse(cx, "a comment stands inside the comparison");
    return;
  }
  bool parens = needs_parens_for_member(t, c->left);
  fix_printf(cx, py_span(t, node), "%s%.*s%s.%s(%.*s)", parens ? "(" : "",
             STR_ARG(rule_text(cx, c->left)), parens ? ")" : "", method, STR_ARG(value));
}

const Rule rule_python_is = {
    .code = "Q102",
    .name = "python-is",
    .category = CAT_QUERY,
    .fix = FIX_UNSAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A column compared by `is` or `is not`",
    .why = "The comparison is made by Python before any SQL exists: it is the constant "
           "False (or True), and the query gives no row (or every row)",
    .on = {PY_COMPARE},
    .check = check,
};
