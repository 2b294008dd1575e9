// Q146: UPDATE and DELETE of every row.
#include "rules/util.h"

static bool is_whole_table(Value v) {
  return v.shape && v.sure == SURE_PROVEN && v.shape->flags & SHAPE_WHOLE &&
         !(v.shape->flags & (SHAPE_FILTERED | SHAPE_LIMITED | SHAPE_JOINED));
}

// True where the statement changes a table that the project declares: temporary tables,
// which functions make, are emptied on purpose.
static bool is_declared(RuleCtx *cx, Ref statement) {
  const PyTree *t = cx->tree;
  for (int i = 0; i < 20 && statement; i++) {
    if (py_kind(t, statement) == PY_NAME) {
      Origin o = resolve_expr(cx->resolver, cx->file_id, statement);
      statement = o.value.file == cx->file_id ? o.value.ref : 0;
    }
    if (py_kind(t, statement) != PY_CALL)
      return false;
    ApiId api = resolve_call_api(cx->resolver, cx->file_id, statement);
    Ref receiver = call_receiver(t, statement);
    Ref target = api == API_sqlalchemy_delete || api == API_sqlalchemy_update
                     ? call_positional(t, statement, 0)
                     : receiver;
    Value v = target ? rule_value(cx, target) : (Value){0};
    if (v.kind == VALUE_TABLE || v.kind == VALUE_MAPPED_CLASS)
      return v.owner.ref != 0;
    statement = receiver;
  }
  return false;
}

// A script of Alembic changes all rows on purpose.
static bool is_migration(RuleCtx *cx) {
  const PyScopes *s = cx->file->scopes;
  return py_scopes_find(s, 0, rule_atom(cx, "down_revision")) != NO_SYMBOL;
}

// A function with nothing but a session to go by cannot choose rows:
// delete_config(session).
static bool has_choice(RuleCtx *cx, Ref function) {
  PyRefs params = def_params(cx->tree, function);
  for (uint32_t i = 0; i < params.len; i++) {
    const PyParam *p = PY_AS(Param, cx->tree, params.at[i]);
    Value v = value_of_param(cx->values, cx->file_id, params.at[i]);
    if (!value_is_executor(v) && p->name != rule_atom(cx, "self") &&
        p->name != rule_atom(cx, "cls"))
      return true;
  }
  return false;
}

// def clear(), def delete_all(): the function is there to do so.
static bool is_meant(RuleCtx *cx, Ref call) {
  static const char *const words[] = {"clear", "truncate", "wipe",      "all",
                                      "reset", "purge",    "everything"};
  Ref function = enclosing_function(cx, call);
  if (py_kind(cx->tree, function) != PY_FUNCTION_DEF)
    return false;
  Str rest = atom_str(cx->project->names, PY_AS(FunctionDef, cx->tree, function)->name);
  Str part;
  if ((str_starts(rest, STR("delete_")) || str_starts(rest, STR("remove_"))) &&
      !has_choice(cx, function))
    return true;
  while (str_next_part(&rest, '_', &part))
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
      if (str_is(part, words[i]))
        return true;
  return false;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Str method = call_method_text(cx, call);
  if (cx->file->is_test || !method.len || is_migration(cx))
    return;
  Value receiver = rule_value(cx, call_receiver(t, call));
  const char *what = NULL;
  if (str_is(method, "execute") && value_is_executor(receiver) &&
      call_positional_count(t, call) == 1 && !call_has_stars(t, call)) {
    Value v = rule_value(cx, call_positional(t, call, 0));
    bool all = is_whole_table(v) && is_declared(cx, call_positional(t, call, 0));
    if (all && v.kind == VALUE_UPDATE)
      what = "UPDATE";
    if (all && v.kind == VALUE_DELETE)
      what = "DELETE";
  } else if (receiver.kind == VALUE_QUERY && is_whole_table(receiver)) {
    what = str_is(method, "delete")   ? "DELETE"
           : str_is(method, "update") ? "UPDATE"
                                      : NULL;
  }
  if (what && !is_meant(cx, call))
    rule_report(cx, py_span(t, call), "%s without a criterion changes every row", what);
}

const Rule rule_dml_without_where = {
    .code = "Q146",
    .name = "dml-without-where",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "An UPDATE or DELETE that no path gives a criterion",
    .why = "Every row of the table is changed; where that is meant, say so with "
           "`# noqa: Q146`",
    .on = {PY_CALL},
    .names = RULE_NAMES("execute", "update", "delete"),
    .check = check,
};
