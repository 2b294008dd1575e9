// Q144: execute(insert(table), {"nope": 1}) leaves out keys that are no columns.
#include "rules/util.h"

typedef struct {
  const SqlTable *table;
  const Model *model; // NULL: Core
  bool by_session;
} Target;

// The insert() call below the methods of a statement, 0 where one of them may name
// further parameters.
static Ref insert_call(RuleCtx *cx, Ref expr) {
  static const char *const plain[] = {"returning", "execution_options", "prefix_with",
                                      "inline", "on_conflict_do_nothing"};
  const PyTree *t = cx->tree;
  if (py_kind(t, expr) == PY_NAME) {
    Place held = rule_held(cx, expr);
    if (held.file != cx->file_id)
      return 0;
    expr = held.ref;
  }
  for (int depth = 0; depth < 10 && py_kind(t, expr) == PY_CALL; depth++) {
    if (resolve_call_api(cx->resolver, cx->file_id, expr) == API_sqlalchemy_insert)
      return expr;
    Str method = call_method_text(cx, expr);
    if (str_is(method, "insert"))
      return expr;
    bool known = false;
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
      known = known || str_is(method, plain[i]);
    expr = known ? call_receiver(t, expr) : 0;
  }
  return 0;
}

static bool read_target(RuleCtx *cx, Ref insert, Target *out) {
  const PyTree *t = cx->tree;
  bool method = str_is(call_method_text(cx, insert), "insert") &&
                call_receiver(t, insert) &&
                rule_value(cx, call_receiver(t, insert)).kind == VALUE_TABLE;
  Ref what = method ? call_receiver(t, insert) : call_positional(t, insert, 0);
  if (!what || py_list(t, PY_AS(Call, t, insert)->args).len != (method ? 0 : 1))
    return false;
  Value v = rule_value(cx, what);
  if (v.sure != SURE_PROVEN)
    return false;
  if (v.kind == VALUE_MAPPED_CLASS) {
    out->model = models_of_class(cx->models, v.owner);
    out->table = out->model ? out->model->table : NULL;
    return out->table && out->model->complete && out->table->complete &&
           out->model->inheritance == INHERITS_NONE && !out->table->reflected;
  }
  out->table = v.kind == VALUE_TABLE ? models_table_of(cx->models, v.owner) : NULL;
  return out->table && out->table->complete && !out->table->reflected;
}

// [ran] Core, and an ORM insert on a connection, take column keys; a session takes the
// names of columns on 1.4 and of attributes on 2.x.
static bool is_known_key(RuleCtx *cx, const Target *target, Atom key) {
  bool column = false;
  for (uint32_t i = 0; i < target->table->column_count; i++)
    column = column || target->table->columns[i]->key == key ||
             target->table->columns[i]->name == key;
  if (!target->model || !target->by_session)
    return column;
  bool attribute = model_column(target->model, key) || model_attr(target->model, key);
  if (cx->target == SQLALCHEMY_1_4)
    return column;
  return cx->target == SQLALCHEMY_UNKNOWN ? column || attribute : attribute;
}

static void check_dict(RuleCtx *cx, const Target *target, Ref dict) {
  const PyTree *t = cx->tree;
  if (py_kind(t, dict) != PY_DICT)
    return;
  PyRefs items = py_list(t, PY_AS(Dict, t, dict)->items);
  for (uint32_t i = 0; i + 1 < items.len; i += 2) {
    Str name = items.at[i] ? string_value(cx, items.at[i]) : (Str){0};
    if (!name.ptr || is_known_key(cx, target, intern(resolver_names(cx->resolver), name)))
      continue;
    rule_report(cx, py_span(t, items.at[i]),
                "`%.*s` is no %s of `%.*s`: the value is left out without an error",
                STR_ARG(name),
                target->model && target->by_session ? "attribute" : "column",
                STR_ARG(target->table->name));
  }
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Str method = call_method_text(cx, call);
  if (!str_is(method, "execute") && !str_is(method, "scalars") &&
      !str_is(method, "scalar"))
    return;
  Ref statement = call_argument(t, call, rule_atom(cx, "statement"), 0);
  Ref params = call_argument(t, call, rule_atom(cx, "params"), 1);
  if (!params)
    params = call_keyword(t, call, rule_atom(cx, "parameters"));
  if (!statement || (py_kind(t, params) != PY_DICT && py_kind(t, params) != PY_LIST))
    return;
  Value executor = rule_value(cx, call_receiver(t, call));
  if (!value_is_executor(executor))
    return;
  Ref insert = insert_call(cx, statement);
  Target target = {.by_session = value_is_session(executor)};
  if (!insert || !read_target(cx, insert, &target))
    return;
  if (py_kind(t, params) == PY_DICT) {
    check_dict(cx, &target, params);
    return;
  }
  PyRefs rows = py_list(t, PY_AS(List, t, params)->elts);
  for (uint32_t i = 0; i < rows.len; i++)
    check_dict(cx, &target, rows.at[i]);
}

const Rule rule_insert_unknown_key = {
    .code = "Q144",
    .name = "insert-unknown-key",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A key among the values of an INSERT that is no column",
    .why =
        "execute() ignores it: the column that was meant stays NULL or gets its default",
    .on = {PY_CALL},
    .check = check,
};
