// F105, F106, F113, F120, F123: what routes of FastAPI do with sessions and instances.
#include "rules/annotation.h"
#include "rules/loaded.h"

// The decorator of FastAPI that makes a route of the function, 0: none.
// `@app.get("/users")`, `@router.post("")`
static Ref fastapi_decorator(RuleCtx *cx, Ref function) {
  const PyTree *t = cx->tree;
  PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, function)->decorators);
  for (uint32_t i = 0; i < decorators.len; i++) {
    Ref receiver = call_receiver(t, decorators.at[i]);
    Origin o = receiver ? resolve_expr(cx->resolver, cx->file_id, receiver) : (Origin){0};
    if (o.kind != ORIGIN_VARIABLE || !o.value.ref)
      continue;
    RuleCtx other = rule_elsewhere(cx, o.value.file);
    if (py_kind(other.tree, o.value.ref) != PY_CALL)
      continue;
    Str made = rule_dotted(&other, PY_AS(Call, other.tree, o.value.ref)->func);
    if (str_starts(made, STR("fastapi.")) &&
        (str_ends(made, STR(".FastAPI")) || str_ends(made, STR(".APIRouter"))))
      return decorators.at[i];
  }
  return 0;
}

static Str function_name(RuleCtx *cx, Ref function) {
  return atom_str(cx->project->names, PY_AS(FunctionDef, cx->tree, function)->name);
}

// ---- F105

static bool visit_await(void *data, Ref r) {
  RuleCtx *cx = ((void **)data)[0];
  bool *found = ((void **)data)[1];
  PyKind kind = py_kind(cx->tree, r);
  bool async = (kind == PY_FOR || kind == PY_WITH || kind == PY_COMPREHENSION) &&
               py_node(cx->tree, r)->flags & PYF_ASYNC;
  *found = *found || kind == PY_AWAIT || async;
  return !*found;
}

static bool awaits(RuleCtx *cx, Ref function) {
  bool found = false;
  void *data[] = {cx, &found};
  rule_walk_body(cx, function, visit_await, data);
  return found;
}

static void check_sync(RuleCtx *cx, Ref function) {
  const PyTree *t = cx->tree;
  if (!(py_node(t, function)->flags & PYF_ASYNC) || cx->file->is_test ||
      !fastapi_decorator(cx, function) || awaits(cx, function))
    return;
  PyRefs list = def_params(t, function);
  bool session = false;
  for (uint32_t i = 0; i < list.len; i++) {
    Value v = value_of_param(cx->values, cx->file_id, list.at[i]);
    session = session || (v.kind == VALUE_SESSION && v.sure == SURE_PROVEN &&
                          !(v.flags & VALUE_SUBCLASS));
  }
  uint32_t at = py_node(t, function)->start;
  uint32_t name = PY_AS(FunctionDef, t, function)->name_at;
  if (!session)
    return;
  Finding *f = rule_report(cx, (Span){at, at + (uint32_t)strlen("async")},
                           "`%.*s` awaits nothing and works with a synchronous session: "
                           "while it does, no other request is served; a plain `def` is "
                           "run in a thread",
                           STR_ARG(function_name(cx, function)));
  if (rule_has_comment(cx, (Span){at, name}))
    rule_refuse(cx, f, "a comment stands between `async` and `def`");
  else if (rule_fix(cx, f, FIX_SHOW, "Make it a plain `def`"))
    fix_replace(cx, (Span){at, name}, STR("def "));
}

// ---- F106

// The schema that the route answers by: `response_model=`, else what it says to return.
static Ref response_of(RuleCtx *cx, Ref function, Ref decorator) {
  const PyTree *t = cx->tree;
  Atom name = rule_atom(cx, "response_model");
  Ref node = call_keyword_node(t, decorator, name);
  if (node)
    return PY_AS(Keyword, t, node)->value;
  return call_has_stars(t, decorator) ? 0 : PY_AS(FunctionDef, t, function)->returns;
}

// `X` of `list[X]`, `Optional[X]`, `X | None`.
static Ref element_of(RuleCtx *cx, Ref type) {
  const PyTree *t = cx->tree;
  static const char *const lists[] = {"list", "typing.List", "typing.Sequence",
                                      "collections.abc.Sequence"};
  for (int i = 0; type && i < 4; i++) {
    bool optional = false;
    type = annotation_without_none(cx, type, &optional);
    if (py_kind(t, type) != PY_SUBSCRIPT)
      return type;
    Str head = annotation_head(cx, type);
    bool list = false;
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
      list = list || str_is(head, lists[k]);
    if (!list)
      return 0;
    type = PY_AS(Subscript, t, type)->slice;
  }
  return type;
}

typedef struct {
  RuleCtx *cx;
  Place schema;
  bool refreshes; // refresh(x, ["rel"]), awaitable_attrs: relationships may be loaded
  Vec(Ref) returns;
} Answer;

static bool visit_answer(void *data, Ref r) {
  Answer *a = data;
  RuleCtx *cx = a->cx;
  const PyTree *t = cx->tree;
  if (py_kind(t, r) == PY_RETURN && PY_AS(Return, t, r)->value)
    vec_push(&a->returns, r);
  if (py_kind(t, r) == PY_CALL && str_is(call_method_text(cx, r), "refresh") &&
      (call_positional(t, r, 1) || call_keyword(t, r, rule_atom(cx, "attribute_names"))))
    a->refreshes = true;
  if (py_kind(t, r) == PY_ATTRIBUTE &&
      PY_AS(Attribute, t, r)->attr == rule_atom(cx, "awaitable_attrs"))
    a->refreshes = true;
  return true;
}

// A field of the schema that reads a lazy relationship of the model, 0: none.
static Atom lazy_field(RuleCtx *cx, Place schema, const Model *m, int depth) {
  const PyTree *t = &cx->project->files[schema.file]->tree;
  if (depth > 20 || py_kind(t, schema.ref) != PY_CLASS_DEF)
    return 0;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, schema.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    Ref target = py_kind(t, body.at[i]) == PY_ANN_ASSIGN
                     ? PY_AS(AnnAssign, t, body.at[i])->target
                     : 0;
    if (py_kind(t, target) == PY_NAME && lazy_relationship(m, PY_AS(Name, t, target)->id))
      return PY_AS(Name, t, target)->id;
  }
  PyRefs bases = py_list(t, PY_AS(ClassDef, t, schema.ref)->args);
  for (uint32_t i = 0; i < bases.len; i++) {
    Origin o = py_kind(t, bases.at[i]) == PY_KEYWORD
                   ? (Origin){0}
                   : resolve_expr(cx->resolver, schema.file, bases.at[i]);
    Atom found = o.kind == ORIGIN_CLASS ? lazy_field(cx, o.at, m, depth + 1) : 0;
    if (found)
      return found;
  }
  return 0;
}

static void check_return(Answer *a, Ref statement) {
  RuleCtx *cx = a->cx;
  const PyTree *t = cx->tree;
  Ref value = PY_AS(Return, t, statement)->value;
  Loaded loaded;
  if (!loaded_through(cx, value, &loaded) || !loaded.async)
    return;
  Atom field = lazy_field(cx, a->schema, loaded.model, 0);
  if (field)
    rule_report(cx, py_span(t, value),
                "`%.*s` of the answer is a relationship that was not loaded, which an "
                "async session cannot do later: MissingGreenlet is raised; load it by "
                "selectinload()",
                STR_ARG(atom_str(cx->project->names, field)));
}

static void check_answer(RuleCtx *cx, Ref function) {
  const PyTree *t = cx->tree;
  if (!(py_node(t, function)->flags & PYF_ASYNC) || cx->file->is_test)
    return;
  Ref decorator = fastapi_decorator(cx, function);
  Ref type = decorator ? element_of(cx, response_of(cx, function, decorator)) : 0;
  Origin o = type ? resolve_expr(cx->resolver, cx->file_id, type) : (Origin){0};
  if (o.kind != ORIGIN_CLASS || !class_derives_from(cx, o.at, "pydantic.BaseModel"))
    return;
  Answer a = {.cx = cx, .schema = o.at};
  rule_walk_body(cx, function, visit_answer, &a);
  for (size_t i = 0; !a.refreshes && i < a.returns.len; i++)
    check_return(&a, a.returns.items[i]);
  vec_free(&a.returns);
}

// ---- F113

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  Ref first;    // `name.attribute`
  bool checked; // something asks whether it is there, or it goes elsewhere
} Uses;

static bool visit_use(void *data, Ref r) {
  Uses *u = data;
  const PyTree *t = u->cx->tree;
  if (py_kind(t, r) != PY_NAME || rule_symbol(u->cx, r) != u->symbol)
    return !u->checked;
  Ref parent = rule_parent(u->cx, r);
  switch (py_kind(t, parent)) {
  case PY_ATTRIBUTE:
    if (!u->first)
      u->first = parent;
    break;
  case PY_ASSIGN: // its binding
    u->checked = PY_AS(Assign, t, parent)->value == r;
    break;
  case PY_RETURN:
    break;
  default:
    u->checked = true;
  }
  return !u->checked;
}

// True where an `except` around may stand for the check.
static bool is_caught(RuleCtx *cx, Ref node) {
  for (Ref p = rule_parent(cx, node); p; p = rule_parent(cx, p))
    if (py_kind(cx->tree, p) == PY_TRY &&
        py_list(cx->tree, PY_AS(Try, cx->tree, p)->handlers).len)
      return true;
  return false;
}

static bool may_be_none(RuleCtx *cx, Ref expr) {
  Value v = rule_value(cx, expr);
  return v.kind == VALUE_ENTITY && v.sure == SURE_PROVEN && v.flags & VALUE_OR_NONE;
}

// Asked for by what the request says. A table with one row that is always there, as of
// settings, is asked without a criterion; and who is logged in exists.
static bool is_asked_for(RuleCtx *cx, Ref expr) {
  Loaded loaded;
  if (!loaded_from(cx, expr, &loaded) || rule_gives(cx, expr, "current_user") ||
      rule_names_word(cx, expr, "current_user"))
    return false;
  Value v = loaded.statement ? rule_value(cx, loaded.statement) : (Value){0};
  return !loaded.statement || (v.shape && v.shape->flags & SHAPE_FILTERED);
}

static bool visit_found(void *data, Ref r) {
  RuleCtx *cx = data;
  const PyTree *t = cx->tree;
  if (py_kind(t, r) != PY_ASSIGN)
    return true;
  const PyAssign *a = PY_AS(Assign, t, r);
  PyRefs targets = py_list(t, a->targets);
  uint32_t symbol = targets.len == 1 ? rule_symbol(cx, targets.at[0]) : NO_SYMBOL;
  if (symbol == NO_SYMBOL || assigned_once(cx, symbol) != a->value ||
      !may_be_none(cx, a->value) || !is_asked_for(cx, a->value))
    return true;
  Uses u = {.cx = cx, .symbol = symbol};
  PyVisitor v = {.enter = visit_use, .data = &u};
  py_walk(t, enclosing_function(cx, r), &v);
  if (!u.checked && u.first && !is_caught(cx, u.first))
    rule_report(cx, py_span(t, u.first),
                "`%.*s` is None where there is no such row: the client gets a 500 "
                "instead of a 404",
                STR_ARG(py_text(t, targets.at[0])));
  return true;
}

static void check_none(RuleCtx *cx, Ref function) {
  if (!cx->file->is_test && is_route(cx, function))
    rule_walk_body(cx, function, visit_found, cx);
}

// ---- F120

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  Ref limit; // the argument of limit()
  bool bounded;
} Limit;

static bool visit_limit(void *data, Ref r) {
  Limit *l = data;
  const PyTree *t = l->cx->tree;
  if (py_kind(t, r) != PY_NAME || rule_symbol(l->cx, r) != l->symbol)
    return !l->bounded;
  Ref parent = rule_parent(l->cx, r);
  bool limits = py_kind(t, parent) == PY_CALL && call_positional(t, parent, 0) == r &&
                str_is(call_method_text(l->cx, parent), "limit");
  Value v = limits ? rule_value(l->cx, call_receiver(t, parent)) : (Value){0};
  if (v.kind == VALUE_SELECT || v.kind == VALUE_QUERY)
    l->limit = r;
  else if (!limits && py_kind(t, parent) != PY_BIN_OP) // min(limit, 100), limit > 100
    l->bounded = true;
  return !l->bounded;
}

static bool visit_bound(void *data, Ref r) {
  RuleCtx *cx = ((void **)data)[0];
  bool *found = ((void **)data)[1];
  static const char *const names[] = {"le", "lt", "multiple_of"};
  if (py_kind(cx->tree, r) != PY_KEYWORD)
    return !*found;
  Atom arg = PY_AS(Keyword, cx->tree, r)->arg;
  *found = *found || !arg; // **limits
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    *found = *found || arg == rule_atom(cx, names[i]);
  return !*found;
}

static bool is_bounded(RuleCtx *cx, Ref expr) {
  bool found = false;
  void *data[] = {cx, &found};
  PyVisitor v = {.enter = visit_bound, .data = data};
  if (expr)
    py_walk(cx->tree, expr, &v);
  return found;
}

// False where something says how large it may be: Query(le=100), conint(), a class.
static bool is_open(RuleCtx *cx, const PyParam *p) {
  const PyTree *t = cx->tree;
  Ref annotation = p->annotation, value = p->default_value;
  if (!annotation || (value && py_kind(t, value) != PY_NUM &&
                      py_kind(t, value) != PY_CALL && !is_none(t, value)))
    return false;
  if (value_of_annotation(cx->values, cx->file_id, annotation).kind != VALUE_INT)
    return false;
  if (is_bounded(cx, annotation) || is_bounded(cx, value))
    return false;
  Ref maker = py_kind(t, value) == PY_CALL ? PY_AS(Call, t, value)->func : 0;
  return !maker || str_is(rule_dotted(cx, maker), "fastapi.Query");
}

static void check_limit(RuleCtx *cx, Ref function) {
  const PyTree *t = cx->tree;
  if (cx->file->is_test || !fastapi_decorator(cx, function))
    return;
  PyRefs list = def_params(t, function);
  for (uint32_t i = 0; i < list.len; i++) {
    const PyParam *p = PY_AS(Param, t, list.at[i]);
    if (!is_open(cx, p))
      continue;
    Limit l = {.cx = cx, .symbol = py_scopes_symbol_of(cx->file->scopes, list.at[i])};
    rule_walk_body(cx, function, visit_limit, &l);
    if (l.limit && !l.bounded)
      rule_report(cx, py_span(t, list.at[i]),
                  "a client may ask for any number of rows; bound it by "
                  "`Query(le=...)`");
  }
}

// ---- F123

static const Model *mapped_type(RuleCtx *cx, Ref annotation) {
  Ref type = element_of(cx, annotation);
  PyKind kind = py_kind(cx->tree, type);
  Origin o = kind == PY_NAME || kind == PY_ATTRIBUTE
                 ? resolve_expr(cx->resolver, cx->file_id, type)
                 : (Origin){0};
  const Model *m = o.kind == ORIGIN_CLASS ? models_of_class(cx->models, o.at) : NULL;
  bool plain = m && !m->dataclass && m->style != BASE_SQLMODEL &&
               !class_binds(cx, o.at, "__get_pydantic_core_schema__", NULL) &&
               !class_binds(cx, o.at, "__get_validators__", NULL) &&
               !class_has_unknown_base(cx, o.at) &&
               !class_derives_from(cx, o.at, "pydantic.BaseModel");
  return plain ? m : NULL;
}

static void check_type(RuleCtx *cx, Ref function) {
  const PyTree *t = cx->tree;
  Ref decorator = fastapi_decorator(cx, function);
  if (!decorator)
    return;
  Ref response = response_of(cx, function, decorator);
  const Model *m = response ? mapped_type(cx, response) : NULL;
  if (m)
    rule_report(cx, py_span(t, response),
                "`%.*s` is a mapped class: FastAPI cannot make a schema of it and raises "
                "FastAPIError; answer by a pydantic model",
                STR_ARG(atom_str(cx->project->names, m->name)));
  PyRefs list = def_params(t, function);
  for (uint32_t i = 0; i < list.len; i++) {
    const PyParam *p = PY_AS(Param, t, list.at[i]);
    m = p->annotation && !p->default_value ? mapped_type(cx, p->annotation) : NULL;
    if (m)
      rule_report(cx, py_span(t, p->annotation),
                  "`%.*s` is a mapped class: FastAPI cannot read it from a request and "
                  "raises FastAPIError; take a pydantic model, or Depends()",
                  STR_ARG(atom_str(cx->project->names, m->name)));
  }
}

DEFINE_RULE(
    sync_db_in_async_route, "F105", "sync-db-in-async-route", CAT_FRAMEWORK,
    SEVERITY_WARNING,
    "An `async def` route that awaits nothing and takes a synchronous session",
    "It runs on the event loop, and every query stops all other requests; FastAPI "
    "runs a plain `def` in a thread",
    .fix = FIX_SHOW, .on = {PY_FUNCTION_DEF}, .check = check_sync);
DEFINE_RULE(orm_return_lazy, "F106", "orm-return-lazy", CAT_FRAMEWORK, SEVERITY_ERROR,
            "An instance of an async session answered by a schema that reads a lazy "
            "relationship",
            "FastAPI reads the attribute outside of any await: MissingGreenlet is raised "
            "and the client gets a 500",
            .on = {PY_FUNCTION_DEF}, .check = check_answer);
DEFINE_RULE(first_none_unchecked, "F113", "first-none-unchecked", CAT_FRAMEWORK,
            SEVERITY_WARNING,
            "An attribute of what first() or get() gave a route, which may be None",
            "Where there is no such row AttributeError is raised: a 500 for what should "
            "be a 404",
            .on = {PY_FUNCTION_DEF}, .check = check_none);
DEFINE_RULE(unbounded_limit, "F120", "unbounded-limit-param", CAT_FRAMEWORK,
            SEVERITY_INFO, "limit() of a number that the request chooses without bound",
            "?limit=100000000 reads the whole table into memory", .on = {PY_FUNCTION_DEF},
            .check = check_limit);
DEFINE_RULE(
    orm_as_response, "F123", "orm-as-response-annotation", CAT_FRAMEWORK, SEVERITY_ERROR,
    "A mapped class as response_model, return annotation or parameter of a route",
    "FastAPI makes a pydantic field of it: FastAPIError is raised when the module "
    "is imported",
    .on = {PY_FUNCTION_DEF}, .check = check_type);
