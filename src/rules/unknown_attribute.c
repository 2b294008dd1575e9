// Q164, Q165: names that a mapped class does not have, and plain values where it has a
// relationship.
#include "rules/annotation.h"
#include "rules/chain.h"

// What every mapped class has by its base: a keyword of that name is no error.
static bool comes_with_base(RuleCtx *cx, Atom name) {
  static const char *const names[] = {"metadata", "registry", "query", "query_class"};
  Str text = atom_str(cx->project->names, name);
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(text, names[i]))
      return true;
  return str_starts(text, STR("__"));
}

// True where the class is known whole and has nothing of that name.
static bool lacks(RuleCtx *cx, const Model *m, Atom name) {
  return m->complete && !comes_with_base(cx, name) && !model_column(m, name) &&
         !model_relationship(m, name) && !model_attr(m, name);
}

static void report(RuleCtx *cx, Span span, const Model *m, Atom name, const char *error) {
  rule_report(cx, span, "`%.*s` has no attribute `%.*s`: %s is raised",
              STR_ARG(atom_str(cx->project->names, m->name)),
              STR_ARG(atom_str(cx->project->names, name)), error);
}

static Span keyword_span(RuleCtx *cx, Ref keyword) {
  uint32_t at = py_node(cx->tree, keyword)->start;
  Atom name = PY_AS(Keyword, cx->tree, keyword)->arg;
  return (Span){at, at + (uint32_t)atom_str(cx->project->names, name).len};
}

static const Model *class_of(RuleCtx *cx, Ref expr) {
  Value v = expr ? rule_value(cx, expr) : (Value){0};
  return v.kind == VALUE_MAPPED_CLASS && v.sure == SURE_PROVEN && v.owner.ref &&
                 !(v.flags & VALUE_SUBCLASS)
             ? models_of_class(cx->models, v.owner)
             : NULL;
}

// The class whose constructor SQLAlchemy made: it takes what the class has, nothing else.
static const Model *made_by_default(RuleCtx *cx, Ref call) {
  const Model *m = class_of(cx, PY_AS(Call, cx->tree, call)->func);
  static const char *const own[] = {"__init__", "__new__", "__getattr__"};
  if (!m || m->dataclass || m->style == BASE_SQLMODEL || m->style == BASE_AUTOMAP ||
      class_has_unknown_base(cx, m->node) ||
      class_derives_from(cx, m->node, "pydantic.BaseModel"))
    return NULL;
  for (size_t i = 0; i < ARRAY_LEN(own); i++)
    if (class_binds(cx, m->node, own[i], NULL))
      return NULL;
  return m;
}

static bool has_named_argument(const PyTree *t, PyRefs args) {
  for (uint32_t i = 0; i < args.len; i++)
    if (py_kind(t, args.at[i]) == PY_KEYWORD && PY_AS(Keyword, t, args.at[i])->arg)
      return true;
  return false;
}

static void check_constructor(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  const Model *m = has_named_argument(t, args) ? made_by_default(cx, call) : NULL;
  for (uint32_t i = 0; m && i < args.len; i++) {
    Atom name =
        py_kind(t, args.at[i]) == PY_KEYWORD ? PY_AS(Keyword, t, args.at[i])->arg : 0;
    if (name && lacks(cx, m, name))
      report(cx, keyword_span(cx, args.at[i]), m, name, "TypeError");
  }
}

// The only class that a query is about, NULL where there are several or it is not known.
static const Model *only_entity(RuleCtx *cx, Value v) {
  const uint32_t others = SHAPE_JOINED | SHAPE_OUTER_JOINED | SHAPE_SELECT_FROM |
                          SHAPE_FROM_STATEMENT | SHAPE_COMPOUND | SHAPE_CHANGED_ENTITIES;
  if ((v.kind != VALUE_QUERY && v.kind != VALUE_SELECT) || v.sure != SURE_PROVEN ||
      !v.shape || v.shape->count != 1 || !(v.shape->flags & SHAPE_WHOLE) ||
      v.shape->flags & others)
    return NULL;
  Value c = v.shape->items[0].column;
  return c.kind == VALUE_MAPPED_CLASS && c.owner.ref && !(c.flags & VALUE_SUBCLASS)
             ? models_of_class(cx->models, c.owner)
             : NULL;
}

static void check_filter(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  const Model *m = only_entity(cx, rule_value(cx, call_receiver(t, call)));
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; m && i < args.len; i++) {
    Atom name =
        py_kind(t, args.at[i]) == PY_KEYWORD ? PY_AS(Keyword, t, args.at[i])->arg : 0;
    if (name && lacks(cx, m, name))
      report(cx, keyword_span(cx, args.at[i]), m, name, "InvalidRequestError");
  }
}

// The class that `update(User)...values()`, `insert(User).values()` writes to.
static const Model *written(RuleCtx *cx, Ref statement) {
  Ref call = chain_call(cx, statement);
  for (Ref below; call && (below = chain_below(cx, call)); call = below)
    ;
  if (!call)
    return NULL;
  switch (resolve_call_api(cx->resolver, cx->file_id, call)) {
  case API_sqlalchemy_update:
  case API_sqlalchemy_insert:
    return class_of(cx, call_positional(cx->tree, call, 0));
  default:
    return NULL;
  }
}

// Values may be given by the name of the column too.
static bool lacks_column(RuleCtx *cx, const Model *m, Atom name) {
  if (!lacks(cx, m, name) || !m->table || !m->table->complete || m->table->reflected)
    return false;
  for (uint32_t i = 0; i < m->table->column_count; i++)
    if (m->table->columns[i]->name == name || m->table->columns[i]->key == name)
      return false;
  return m->inheritance == INHERITS_NONE;
}

static void check_values(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  bool values = str_is(call_method_text(cx, call), "values");
  Ref receiver = call_receiver(t, call);
  const Model *m = !receiver ? NULL
                   : values  ? written(cx, receiver)
                             : only_entity(cx, rule_value(cx, receiver));
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; m && values && i < args.len; i++) {
    Atom name =
        py_kind(t, args.at[i]) == PY_KEYWORD ? PY_AS(Keyword, t, args.at[i])->arg : 0;
    if (name && lacks_column(cx, m, name))
      report(cx, keyword_span(cx, args.at[i]), m, name, "CompileError");
  }
  Ref dict = m ? call_positional(t, call, 0) : 0;
  PyRefs items = py_kind(t, dict) == PY_DICT ? py_list(t, PY_AS(Dict, t, dict)->items)
                                             : (PyRefs){NULL, 0};
  for (uint32_t i = 0; i + 1 < items.len; i += 2) {
    Str text = items.at[i] ? string_value(cx, items.at[i]) : (Str){0};
    Atom name = text.ptr ? intern(resolver_names(cx->resolver), text) : 0;
    if (name && lacks_column(cx, m, name))
      report(cx, py_span(t, items.at[i]), m, name, "CompileError");
  }
}

static void check_names(RuleCtx *cx, Ref call) {
  Str method = call_method_text(cx, call);
  if (str_is(method, "filter_by"))
    check_filter(cx, call);
  else if (str_is(method, "values") || str_is(method, "update"))
    check_values(cx, call);
  else
    check_constructor(cx, call);
}

// ---- Q165

static bool is_plain_value(Value v) {
  return v.sure == SURE_PROVEN && !(v.flags & VALUE_OR_NONE) &&
         (v.kind == VALUE_INT || v.kind == VALUE_STR || v.kind == VALUE_UUID ||
          v.kind == VALUE_FLOAT || v.kind == VALUE_BOOL || v.kind == VALUE_BYTES);
}

static void report_plain(RuleCtx *cx, Span span, const Model *m, Atom name) {
  rule_report(cx, span,
              "`%.*s.%.*s` is a relationship and takes an instance: AttributeError is "
              "raised, no `_sa_instance_state`; set the foreign key column",
              STR_ARG(atom_str(cx->project->names, m->name)),
              STR_ARG(atom_str(cx->project->names, name)));
}

static void check_related(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  if (py_kind(t, node) == PY_CALL) {
    PyRefs args = py_list(t, PY_AS(Call, t, node)->args);
    const Model *m = NULL;
    for (uint32_t i = 0; i < args.len; i++) {
      const PyKeyword *k =
          py_kind(t, args.at[i]) == PY_KEYWORD ? PY_AS(Keyword, t, args.at[i]) : NULL;
      if (!k || !k->arg || !models_has_relationship(cx->models, k->arg) ||
          !is_plain_value(rule_value(cx, k->value)))
        continue;
      m = m ? m : made_by_default(cx, node);
      if (m && model_relationship(m, k->arg))
        report_plain(cx, py_span(t, args.at[i]), m, k->arg);
    }
    return;
  }
  PyRefs targets = py_list(t, PY_AS(Assign, t, node)->targets);
  const PyAttribute *a = targets.len == 1 && py_kind(t, targets.at[0]) == PY_ATTRIBUTE
                             ? PY_AS(Attribute, t, targets.at[0])
                             : NULL;
  if (!a || !models_has_relationship(cx->models, a->attr) ||
      !is_plain_value(rule_value(cx, PY_AS(Assign, t, node)->value)))
    return;
  Value v = rule_value(cx, a->value);
  const Model *m = v.kind == VALUE_ENTITY && v.sure == SURE_PROVEN
                       ? models_of_class(cx->models, v.owner)
                       : NULL;
  if (m && model_relationship(m, a->attr))
    report_plain(cx, py_span(t, node), m, a->attr);
}

DEFINE_RULE(
    unknown_attribute, "Q164", "unknown-attribute", CAT_QUERY, SEVERITY_ERROR,
    "A keyword of a mapped class, filter_by() or values() that the class does not "
    "have",
    "TypeError, InvalidRequestError or CompileError is raised where it runs",
    .on = {PY_CALL}, .check = check_names);
DEFINE_RULE(relationship_given_value, "Q165", "relationship-given-plain-value", CAT_QUERY,
            SEVERITY_ERROR, "A number or string given to a relationship",
            "AttributeError is raised: the session has no state of a number",
            .on = {PY_CALL, PY_ASSIGN}, .check = check_related);
