// T116: Mapped[String]: the annotation is a Python type, the SQL type belongs into
// mapped_column().
#include "rules/annotation.h"

typedef struct {
  ApiId api;
  const char *module, *name; // what Python reads; module NULL: a builtin
  bool by_default;           // the annotation alone gives this type
} PythonType;

static const PythonType types[] = {
    {API_sqlalchemy_Integer, NULL, "int", true},
    {API_sqlalchemy_BigInteger, NULL, "int", false},
    {API_sqlalchemy_SmallInteger, NULL, "int", false},
    {API_sqlalchemy_String, NULL, "str", true},
    {API_sqlalchemy_Text, NULL, "str", false},
    {API_sqlalchemy_Unicode, NULL, "str", false},
    {API_sqlalchemy_UnicodeText, NULL, "str", false},
    {API_sqlalchemy_VARCHAR, NULL, "str", false},
    {API_sqlalchemy_Boolean, NULL, "bool", true},
    {API_sqlalchemy_Float, NULL, "float", false}, // 2.1 makes Double of float
    {API_sqlalchemy_Double, NULL, "float", false},
    {API_sqlalchemy_LargeBinary, NULL, "bytes", true},
    {API_sqlalchemy_Numeric, "decimal", "Decimal", true},
    {API_sqlalchemy_Date, "datetime", "date", true},
    {API_sqlalchemy_DateTime, "datetime", "datetime", true},
    {API_sqlalchemy_TIMESTAMP, "datetime", "datetime", false},
    {API_sqlalchemy_Time, "datetime", "time", true},
    {API_sqlalchemy_Interval, "datetime", "timedelta", true},
    {API_sqlalchemy_Uuid, "uuid", "UUID", true},
};

static const PythonType *python_type(RuleCtx *cx, ApiId api, Ref type) {
  if (py_kind(cx->tree, type) == PY_CALL &&
      call_keyword(cx->tree, type, rule_atom(cx, "asdecimal")))
    return NULL; // Decimal or float
  for (size_t i = 0; i < ARRAY_LEN(types); i++)
    if (types[i].api == api)
      return &types[i];
  return NULL;
}

static bool says_type(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (call_keyword(t, call, rule_atom(cx, "type_")))
    return true;
  for (uint32_t i = 0; i < call_positional_count(t, call); i++) {
    Ref arg = call_positional(t, call, i);
    ApiId api = resolve_call_api(cx->resolver, cx->file_id, arg);
    if (rule_value(cx, arg).kind == VALUE_TYPE || api == API_sqlalchemy_ForeignKey)
      return true;
  }
  return call_has_stars(t, call);
}

// Writes the SQL type into the mapped_column() of the attribute.
static void move_type(RuleCtx *cx, const PyAnnAssign *a, Ref type) {
  const PyTree *t = cx->tree;
  Str text = py_text(t, type);
  if (!a->value) {
    Str name = fix_require_import(cx, a->annotation, "sqlalchemy.orm", "mapped_column");
    if (name.ptr)
      fix_insert(cx, a->node.end,
                 str_format(cx->scratch, " = %.*s(%.*s)", STR_ARG(name), STR_ARG(text)));
    return;
  }
  if (resolve_call_api(cx->resolver, cx->file_id, a->value) !=
      API_sqlalchemy_orm_mapped_column) {
    fix_refuse(cx, "the value is no mapped_column()");
    return;
  }
  Ref first = call_positional(t, a->value, 0);
  bool any = py_list(t, PY_AS(Call, t, a->value)->args).len > 0;
  if (first && py_kind(t, first) == PY_STR) { // the name of the column
    uint32_t end = rule_paren_span(cx, first).end;
    fix_insert(cx, end, str_format(cx->scratch, ", %.*s", STR_ARG(text)));
  } else {
    fix_insert(cx, PY_AS(Call, t, a->value)->open + 1,
               str_format(cx->scratch, "%.*s%s", STR_ARG(text), any ? ", " : ""));
  }
}

static void fix(RuleCtx *cx, Finding *f, const PyAnnAssign *a, Ref type, ApiId api) {
  const PyTree *t = cx->tree;
  const PythonType *p = python_type(cx, api, type);
  if (!p) {
    rule_refuse(cx, f, "what Python reads from the type is not known");
    return;
  }
  if (!rule_fix(cx, f, FIX_SAFE, "Annotate with `%s`", p->name))
    return;
  Str name = p->module ? fix_require_import(cx, a->annotation, p->module, p->name)
                       : str_from(p->name);
  if (!name.ptr)
    return;
  bool plain =
      p->by_default && (py_kind(t, type) != PY_CALL || !PY_AS(Call, t, type)->args);
  fix_replace(cx, py_span(t, type), name);
  bool given = a->value && py_kind(t, a->value) == PY_CALL && says_type(cx, a->value);
  if (!given && !plain)
    move_type(cx, a, type);
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyAnnAssign *a = PY_AS(AnnAssign, t, node);
  Ref inner = annotation_mapped(cx, a->annotation);
  if (!inner)
    return;
  bool optional = false;
  Ref type = annotation_without_none(cx, inner, &optional);
  Ref name = py_kind(t, type) == PY_CALL ? PY_AS(Call, t, type)->func : type;
  Origin o = resolve_expr(cx->resolver, cx->file_id, name);
  if (o.kind != ORIGIN_API || !o.proven || !(api_row((ApiId)o.api)->flags & API_IS_TYPE))
    return;
  ApiId api = api_current((ApiId)o.api);
  Finding *f = rule_report(cx, py_span(t, type),
                           "`%.*s` is an SQL type; Mapped[] holds what Python reads",
                           STR_ARG(rule_excerpt(cx, type)));
  fix(cx, f, a, type, api);
}

const Rule rule_mapped_sql_type = {
    .code = "T116",
    .name = "mapped-inner-is-sql-type",
    .category = CAT_TYPING,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "An SQL type such as String inside Mapped[]",
    .why = "2.x cannot make a column of it (ArgumentError), and where mapped_column() "
           "gives the type, the type checker takes the attribute for something else",
    .on = {PY_ANN_ASSIGN},
    .check = check,
};
