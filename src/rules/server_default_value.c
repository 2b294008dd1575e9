// D114: server_default= takes SQL: a string, text(), func.x(), true(); no Python value.
#include "rules/util.h"

typedef enum {
  FINE,
  BOOLEAN,
  NUMBER,
  UNCALLED_FUNC,
  OTHER_VALUE
} Given;

static Given kind_of(RuleCtx *cx, Ref value) {
  const PyTree *t = cx->tree;
  Ref number = value;
  if (py_kind(t, value) == PY_UNARY_OP && py_node(t, value)->aux == PY_U_SUB)
    number = PY_AS(UnaryOp, t, value)->operand;
  if (py_kind(t, number) == PY_NUM)
    return NUMBER;
  if (is_true(t, value) || is_false(t, value))
    return BOOLEAN;
  PyKind kind = py_kind(t, value);
  if (kind == PY_LIST || kind == PY_DICT || kind == PY_SET || kind == PY_TUPLE ||
      kind == PY_LAMBDA)
    return OTHER_VALUE;
  if (kind == PY_ATTRIBUTE &&
      rule_value(cx, PY_AS(Attribute, t, value)->value).kind == VALUE_FUNCTIONS)
    return UNCALLED_FUNC;
  Value v = rule_value(cx, value);
  if (v.sure != SURE_PROVEN || v.flags & VALUE_OR_NONE)
    return FINE;
  switch (v.kind) {
  case VALUE_INT:
  case VALUE_FLOAT:
  case VALUE_BOOL:
  case VALUE_DATE:
  case VALUE_DATETIME:
  case VALUE_UUID:
  case VALUE_DECIMAL:
  case VALUE_LIST:
  case VALUE_DICT:
  case VALUE_FUNCTION:
    return OTHER_VALUE;
  default:
    return FINE;
  }
}

// True where the column is Boolean by its own arguments or its annotation.
static bool is_boolean_column(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  for (uint32_t i = 0; i < call_positional_count(t, call); i++) {
    Ref arg = call_positional(t, call, i);
    Ref name = py_kind(t, arg) == PY_CALL ? PY_AS(Call, t, arg)->func : arg;
    if (resolve_api(cx->resolver, cx->file_id, name) == API_sqlalchemy_Boolean)
      return true;
  }
  Ref cls = rule_parent(cx, rule_parent(cx, call));
  const Model *m = models_of_class(cx->models, (Place){cx->file_id, cls});
  for (uint32_t i = 0; m && i < m->column_count; i++)
    if (place_eq(m->columns[i].column->node, (Place){cx->file_id, call}))
      return m->columns[i].column->type.api == API_sqlalchemy_Boolean;
  return false;
}

static void fix(RuleCtx *cx, Finding *f, Ref call, Ref value, Given given) {
  const PyTree *t = cx->tree;
  Span span = rule_paren_span(cx, value);
  if (given == OTHER_VALUE || (given == BOOLEAN && !is_boolean_column(cx, call))) {
    rule_refuse(cx, f,
                given == BOOLEAN ? "the column is not known to be Boolean"
                                 : "how the database writes the value is not known");
    return;
  }
  const char *name = given == NUMBER ? "text" : is_true(t, value) ? "true" : "false";
  if (!rule_fix(cx, f, FIX_SAFE,
                given == UNCALLED_FUNC ? "Call the function" : "Use `%s()`", name))
    return;
  if (given == UNCALLED_FUNC) {
    fix_insert(cx, span.end, STR("()"));
    return;
  }
  Str spelled = fix_require_import(cx, call, "sqlalchemy", name);
  if (!spelled.ptr)
    return;
  if (given == NUMBER)
    fix_printf(cx, span, "%.*s(\"%.*s\")", STR_ARG(spelled), STR_ARG(py_text(t, value)));
  else
    fix_printf(cx, span, "%.*s()", STR_ARG(spelled));
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref value = call_keyword(t, call, rule_atom(cx, "server_default"));
  if (!value)
    return;
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
  if (api != API_sqlalchemy_Column && api != API_sqlalchemy_orm_mapped_column)
    return;
  Given given = kind_of(cx, value);
  if (given == FINE)
    return;
  Finding *f = rule_report(
      cx, py_span(t, value),
      given == UNCALLED_FUNC
          ? "the function is not called; server_default= takes an SQL expression"
          : "server_default= takes SQL (a string, text(), true(), func.x()), no Python "
            "value");
  fix(cx, f, call, value, given);
}

const Rule rule_server_default_value = {
    .code = "D114",
    .name = "server-default-python-value",
    .category = CAT_DESIGN,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "server_default= with a Python value: True, 0, a datetime, func.now uncalled",
    .why = "It is part of CREATE TABLE and has to be SQL: ArgumentError is raised",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_Column, API_sqlalchemy_orm_mapped_column),
    .check = check,
};
