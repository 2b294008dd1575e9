// D120: changing the inside of a JSON, ARRAY or pickled value is not noticed.
#include "rules/util.h"

static bool is_unwatched(const SqlColumn *c) {
  if (c->type.mutable_in_place || c->type.cls.ref)
    return false;
  switch ((ApiId)c->type.api) {
  case API_sqlalchemy_JSON:
  case API_sqlalchemy_ARRAY:
  case API_sqlalchemy_PickleType:
  case API_sqlalchemy_dialects_postgresql_JSON:
  case API_sqlalchemy_dialects_postgresql_JSONB:
  case API_sqlalchemy_dialects_postgresql_HSTORE:
  case API_sqlalchemy_dialects_postgresql_ARRAY:
    return true;
  default:
    return false;
  }
}

static bool changes_in_place(Str method) {
  static const char *const names[] = {"append",     "clear",   "extend", "insert",
                                      "pop",        "popitem", "remove", "reverse",
                                      "setdefault", "sort",    "update"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(method, names[i]))
      return true;
  return false;
}

// The attribute below the subscripts: `o.data` of `o.data["a"]["b"]`.
static Ref attribute_below(const PyTree *t, Ref expr) {
  while (py_kind(t, expr) == PY_SUBSCRIPT)
    expr = PY_AS(Subscript, t, expr)->value;
  return py_kind(t, expr) == PY_ATTRIBUTE ? expr : 0;
}

// True where the object was made here: what it holds is written whole by the INSERT.
static bool is_new(RuleCtx *cx, Value v) {
  if (v.root.file != cx->file_id || py_kind(cx->tree, v.root.ref) != PY_CALL)
    return false;
  return rule_value(cx, PY_AS(Call, cx->tree, v.root.ref)->func).kind ==
         VALUE_MAPPED_CLASS;
}

typedef struct {
  RuleCtx *cx;
  Atom key;
  bool found;
} Notice;

// flag_modified(), or an assignment to the attribute as a whole.
static bool visit(void *data, Ref r) {
  Notice *n = data;
  const PyTree *t = n->cx->tree;
  PyKind kind = py_kind(t, r);
  if (kind == PY_CALL) {
    ApiId api = resolve_call_api(n->cx->resolver, n->cx->file_id, r);
    n->found = n->found || api == API_sqlalchemy_orm_attributes_flag_modified ||
               api == API_sqlalchemy_orm_attributes_flag_dirty;
  }
  if (kind == PY_ASSIGN) {
    PyRefs targets = py_list(t, PY_AS(Assign, t, r)->targets);
    for (uint32_t i = 0; i < targets.len; i++)
      if (py_kind(t, targets.at[i]) == PY_ATTRIBUTE &&
          PY_AS(Attribute, t, targets.at[i])->attr == n->key)
        n->found = true;
  }
  return !n->found;
}

static void check_change(RuleCtx *cx, Ref statement, Ref attribute) {
  const PyTree *t = cx->tree;
  if (!attribute)
    return;
  const PyAttribute *a = PY_AS(Attribute, t, attribute);
  Value v = rule_value(cx, a->value);
  if (v.kind != VALUE_ENTITY || v.sure != SURE_PROVEN || is_new(cx, v))
    return;
  const Model *m = models_of_class(cx->models, v.owner);
  const ModelColumn *c = m ? model_column(m, a->attr) : NULL;
  Ref function = enclosing_function(cx, statement);
  if (!c || !c->column || !is_unwatched(c->column) ||
      py_kind(t, function) != PY_FUNCTION_DEF ||
      PY_AS(FunctionDef, t, function)->name == SYM___init__)
    return;
  Notice n = {.cx = cx, .key = a->attr};
  rule_walk_body(cx, function, visit, &n);
  if (n.found)
    return;
  Str key = atom_str(cx->project->names, a->attr);
  Finding *f = rule_report(cx, py_span(t, attribute),
                           "changing the inside of `%.*s` is not noticed and not saved",
                           STR_ARG(key));
  Str indent;
  if (!rule_indent(cx, statement, &indent) || py_kind(t, statement) == PY_FOR ||
      !is_simple(t, a->value))
    return;
  if (!rule_fix(cx, f, FIX_SHOW, "Tell the session by `flag_modified()`"))
    return;
  Str name =
      fix_require_import(cx, attribute, "sqlalchemy.orm.attributes", "flag_modified");
  if (name.ptr)
    fix_insert(cx, py_node(t, statement)->end,
               str_format(cx->scratch, "%.*s%.*s%.*s(%.*s, \"%.*s\")",
                          STR_ARG(rule_newline(cx)), STR_ARG(indent), STR_ARG(name),
                          STR_ARG(py_text(t, a->value)), STR_ARG(key)));
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  PyRefs targets = {0};
  if (cx->file->is_test)
    return; // fixtures are often not saved yet
  switch (py_kind(t, node)) {
  case PY_ASSIGN:
    targets = py_list(t, PY_AS(Assign, t, node)->targets);
    break;
  case PY_DELETE:
    targets = py_list(t, PY_AS(Delete, t, node)->targets);
    break;
  case PY_AUG_ASSIGN:
    check_change(cx, node, attribute_below(t, PY_AS(AugAssign, t, node)->target));
    return;
  default: {
    Ref call = PY_AS(ExprStmt, t, node)->value;
    if (call_receiver(t, call) && changes_in_place(call_method_text(cx, call)))
      check_change(cx, node, attribute_below(t, call_receiver(t, call)));
    return;
  }
  }
  for (uint32_t i = 0; i < targets.len; i++)
    if (py_kind(t, targets.at[i]) == PY_SUBSCRIPT)
      check_change(cx, node, attribute_below(t, targets.at[i]));
}

const Rule rule_json_mutation = {
    .code = "D120",
    .name = "json-mutation-untracked",
    .category = CAT_DESIGN,
    .fix = FIX_SHOW,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A JSON, ARRAY, HSTORE or pickled attribute changed in place",
    .why = "The session sees only that an attribute is set: the change is not written. "
           "Wrap the type (`MutableDict.as_mutable(JSON)`), assign a new value, or call "
           "flag_modified()",
    .on = {PY_ASSIGN, PY_AUG_ASSIGN, PY_DELETE, PY_EXPR_STMT},
    .check = check,
};
