// M302 to M305: insert(), update(), delete() and Table.select() of 1.x took criteria and
// values as arguments; of 2.x the table alone.
#include "rules/util.h"

typedef struct {
  const char *keyword, *method;
} OldArgument;

typedef struct {
  ApiId api;
  const char *name; // of the Table method
  ValueKind made;
  OldArgument positional[2]; // behind the table
  OldArgument keywords[5];
} Form;

static const Form insert_form = {
    API_sqlalchemy_insert,
    "insert",
    VALUE_INSERT,
    {{"values", "values"}},
    {{"values", "values"}, {"returning", "returning"}, {"prefixes", "prefix_with"}}};
static const Form update_form = {
    API_sqlalchemy_update,
    "update",
    VALUE_UPDATE,
    {{"whereclause", "where"}, {"values", "values"}},
    {{"whereclause", "where"}, {"values", "values"}, {"returning", "returning"}}};
static const Form delete_form = {API_sqlalchemy_delete,
                                 "delete",
                                 VALUE_DELETE,
                                 {{"whereclause", "where"}},
                                 {{"whereclause", "where"}, {"returning", "returning"}}};
static const Form select_form = {API_NONE,
                                 "select",
                                 VALUE_SELECT,
                                 {{"whereclause", "where"}},
                                 {{"whereclause", "where"}}};

static const char *method_for(RuleCtx *cx, const Form *form, Ref argument,
                              uint32_t position) {
  const PyTree *t = cx->tree;
  if (py_kind(t, argument) != PY_KEYWORD)
    return position < 2 ? form->positional[position].method : NULL;
  Atom arg = PY_AS(Keyword, t, argument)->arg;
  for (size_t i = 0; arg && i < ARRAY_LEN(form->keywords) && form->keywords[i].keyword;
       i++)
    if (str_is(atom_str(cx->project->names, arg), form->keywords[i].keyword))
      return form->keywords[i].method;
  return NULL;
}

// The methods for all old arguments; false where one is not plain.
static bool write_methods(RuleCtx *cx, const Form *form, Ref call, uint32_t first,
                          Buf *out, bool *sure) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = first; i < args.len; i++) {
    const char *method = method_for(cx, form, args.at[i], i - first);
    bool keyword = py_kind(t, args.at[i]) == PY_KEYWORD;
    if (!method || py_kind(t, args.at[i]) == PY_STARRED)
      return false;
    Ref value = keyword ? PY_AS(Keyword, t, args.at[i])->value : args.at[i];
    if (is_none(t, value))
      continue;
    Str text = rule_text(cx, value);
    bool list = !strcmp(method, "returning") || !strcmp(method, "prefix_with");
    if (list && py_kind(t, value) != PY_LIST && py_kind(t, value) != PY_TUPLE)
      return false;
    if (!strcmp(method, "where") && !is_sql(rule_value(cx, value)))
      *sure = false; // None meant no criterion
    buf_printf(out, ".%s(%s%.*s)", method, list ? "*" : "", STR_ARG(text));
  }
  return true;
}

static void check_form(RuleCtx *cx, const Form *form, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  uint32_t first;
  Value owner = {0};
  bool function =
      form->api && resolve_call_api(cx->resolver, cx->file_id, call) == form->api;
  if (function) {
    first = 1;
  } else if (str_is(call_method_text(cx, call), form->name)) {
    first = 0;
    owner = rule_value(cx, call_receiver(t, call));
    if (owner.kind != VALUE_TABLE)
      return;
  } else {
    return;
  }
  if (args.len <= first || (function && py_kind(t, args.at[0]) == PY_KEYWORD))
    return;
  if (rule_value(cx, call).kind != form->made)
    return;
  Finding *f =
      rule_report(cx, py_span(t, call),
                  "%s() takes no criteria or values in 2.0; use its methods", form->name);
  Buf methods = {0};
  bool sure =
      function
          ? resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, call)->func).proven
          : owner.sure == SURE_PROVEN;
  bool plain = write_methods(cx, form, call, first, &methods, &sure);
  uint32_t from =
      first ? rule_paren_span(cx, args.at[0]).end : PY_AS(Call, t, call)->open + 1;
  Span span = {from, py_node(t, call)->end};
  if (!plain)
    rule_refuse(cx, f, "one of the arguments has no plain counterpart");
  else if (rule_has_comment(cx, span))
    rule_refuse(cx, f, "a comment stands between the arguments");
  else if (rule_fix(cx, f, sure ? FIX_SAFE : FIX_UNSAFE, "Use methods"))
    fix_printf(cx, span, ")%.*s", STR_ARG(buf_str(&methods)));
  buf_free(&methods);
}

static void check_insert(RuleCtx *cx, Ref call) {
  check_form(cx, &insert_form, call);
}
static void check_update(RuleCtx *cx, Ref call) {
  check_form(cx, &update_form, call);
}
static void check_delete(RuleCtx *cx, Ref call) {
  check_form(cx, &delete_form, call);
}
static void check_select(RuleCtx *cx, Ref call) {
  check_form(cx, &select_form, call);
}

#define DML_RULE(id, rule_code, rule_title, checker, method, finds, ...)                 \
  const Rule rule_##id = {                                                               \
      .code = rule_code,                                                                 \
      .name = rule_title,                                                                \
      .category = CAT_MIGRATION,                                                         \
      .fix = FIX_SAFE,                                                                   \
      .since = "0.1.0",                                                                  \
      .severity = SEVERITY_WARNING,                                                      \
      .what = finds,                                                                     \
      .why = "2.0 raises TypeError: criteria and values are given by methods",           \
      .on = {PY_CALL},                                                                   \
      .names = RULE_NAMES(method),                                                       \
      __VA_ARGS__.check = checker,                                                       \
  }

DML_RULE(table_select_where, "M302", "table-select-where", check_select, "select",
         "Table.select() with a criterion", );
DML_RULE(insert_arguments, "M303", "insert-arguments", check_insert, "insert",
         "insert() with values or options as arguments",
         .apis = RULE_APIS(API_sqlalchemy_insert), );
DML_RULE(update_arguments, "M304", "update-arguments", check_update, "update",
         "update() with criteria or values as arguments",
         .apis = RULE_APIS(API_sqlalchemy_update), );
DML_RULE(delete_arguments, "M305", "delete-arguments", check_delete, "delete",
         "delete() with a criterion as argument",
         .apis = RULE_APIS(API_sqlalchemy_delete), );
