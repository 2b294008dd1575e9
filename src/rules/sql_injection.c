// X101: values put into SQL by string formatting.
#include "rules/util.h"

// A constant of the module or a literal cannot carry input.
static bool is_constant(RuleCtx *cx, Ref r) {
  const PyTree *t = cx->tree;
  PyKind kind = py_kind(t, r);
  if (kind == PY_STR || kind == PY_NUM || kind == PY_CONSTANT)
    return true;
  if (kind != PY_NAME && kind != PY_ATTRIBUTE)
    return false;
  Origin o = resolve_expr(cx->resolver, cx->file_id, r);
  if (o.kind != ORIGIN_VARIABLE || !o.proven || !o.value.ref)
    return kind == PY_ATTRIBUTE && PY_AS(Attribute, t, r)->attr == SYM___tablename__;
  PyKind value = py_kind(&cx->project->files[o.value.file]->tree, o.value.ref);
  return value == PY_STR || value == PY_NUM;
}

// The first part that is not constant, 0: none.
static Ref moving_part(RuleCtx *cx, Ref r, int depth) {
  const PyTree *t = cx->tree;
  if (depth > 20)
    return 0;
  switch (py_kind(t, r)) {
  case PY_JOINED_STR: {
    PyRefs parts = py_list(t, PY_AS(JoinedStr, t, r)->parts);
    for (uint32_t i = 0; i < parts.len; i++)
      if (py_kind(t, parts.at[i]) == PY_FORMATTED_VALUE &&
          !is_constant(cx, PY_AS(FormattedValue, t, parts.at[i])->value))
        return PY_AS(FormattedValue, t, parts.at[i])->value;
    return 0;
  }
  case PY_BIN_OP: {
    const PyBinOp *b = PY_AS(BinOp, t, r);
    if (b->node.aux == PY_MOD && py_kind(t, b->left) == PY_STR) {
      if (py_kind(t, b->right) != PY_TUPLE)
        return is_constant(cx, b->right) ? 0 : b->right;
      PyRefs items = py_list(t, PY_AS(Tuple, t, b->right)->elts);
      for (uint32_t i = 0; i < items.len; i++)
        if (!is_constant(cx, items.at[i]))
          return items.at[i];
      return 0;
    }
    if (b->node.aux != PY_ADD)
      return 0;
    Ref left = moving_part(cx, b->left, depth + 1);
    if (left)
      return left;
    PyKind kind = py_kind(t, b->right);
    bool text = kind == PY_STR || kind == PY_JOINED_STR || kind == PY_BIN_OP;
    return text                        ? moving_part(cx, b->right, depth + 1)
           : is_constant(cx, b->right) ? 0
                                       : b->right;
  }
  case PY_CALL: {
    if (!str_is(call_method_text(cx, r), "format") ||
        py_kind(t, call_receiver(t, r)) != PY_STR)
      return 0;
    PyRefs args = py_list(t, PY_AS(Call, t, r)->args);
    for (uint32_t i = 0; i < args.len; i++) {
      Ref value = py_kind(t, args.at[i]) == PY_KEYWORD
                      ? PY_AS(Keyword, t, args.at[i])->value
                      : args.at[i];
      if (!is_constant(cx, value))
        return value;
    }
    return 0;
  }
  default:
    return 0;
  }
}

static bool takes_sql(RuleCtx *cx, Ref call) {
  switch (resolve_call_api(cx->resolver, cx->file_id, call)) {
  case API_sqlalchemy_text:
  case API_sqlalchemy_literal_column:
  case API_sqlalchemy_DDL:
    return true;
  default:
    break;
  }
  Str method = call_method_text(cx, call);
  if (!str_is(method, "exec_driver_sql") && !str_is(method, "execute"))
    return false;
  return value_is_executor(rule_value(cx, call_receiver(cx->tree, call)));
}

static void check(RuleCtx *cx, Ref call) {
  Ref sql = call_positional(cx->tree, call, 0);
  PyKind kind = py_kind(cx->tree, sql);
  if (cx->file->is_test ||
      (kind != PY_JOINED_STR && kind != PY_BIN_OP && kind != PY_CALL) ||
      !moving_part(cx, sql, 0) || !takes_sql(cx, call))
    return;
  Ref part = moving_part(cx, sql, 0);
  rule_report(cx, py_span(cx->tree, part),
              "`%.*s` becomes part of the SQL text; pass values as parameters",
              STR_ARG(rule_excerpt(cx, part)));
}

const Rule rule_sql_injection = {
    .code = "X101",
    .name = "sql-injection",
    .category = CAT_SECURITY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "SQL text put together from values",
    .why = "Whoever controls the value can write SQL; parameters are never read as SQL",
    .on = {PY_CALL},
    .names = RULE_NAMES("exec_driver_sql", "execute"),
    .apis =
        RULE_APIS(API_sqlalchemy_text, API_sqlalchemy_literal_column, API_sqlalchemy_DDL),
    .check = check,
};
