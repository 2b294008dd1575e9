// value_names.c: what names are bound to: targets, parameters, imports, functions.
#include "sqla/value_internal.h"

// ---- imports and modules

Value import_target(ValueCtx *cx, ImportTarget target, uint32_t file, Ref at) {
  const Project *p = cx->project;
  switch (target.kind) {
  case TARGET_MODULE: {
    Value v = value_make(VALUE_MODULE, file, at);
    v.owner = (Place){target.module, 1};
    return v;
  }
  case TARGET_NAME: {
    uint32_t defined_in = p->modules[target.module].file;
    bool found = false;
    if (defined_in == NO_FILE || !p->files[defined_in]->in_use)
      return value_unknown();
    return scope_member(cx, defined_in, 0, target.name, &found);
  }
  case TARGET_EXTERNAL: {
    if (target.name)
      return symbol_value(cx, target.dotted, target.name, file, at);
    Value v = value_make(VALUE_MODULE, file, at);
    v.key = target.dotted;
    return v;
  }
  default:
    return value_unknown();
  }
}

Value module_member(ValueCtx *cx, Value module, Atom name, uint32_t file, Ref at) {
  ImportTarget target = project_member(cx->project, module.owner.file, name);
  return value_lower(import_target(cx, target, file, at), (Sure)module.sure);
}

static Value bind_import(ValueCtx *cx, uint32_t file, Ref alias) {
  const PyTree *t = tree_of(cx, file);
  const PyAlias *a = PY_AS(Alias, t, alias);
  Ref statement = value_parent(cx, file, alias);
  if (py_kind(t, statement) == PY_IMPORT_FROM) {
    const PyImportFrom *from = PY_AS(ImportFrom, t, statement);
    ImportTarget target =
        project_resolve_import(cx->project, file, from->node.aux, from->module, a->name);
    return import_target(cx, target, file, alias);
  }
  Atom name = a->name;
  Str dotted = atom_str(cx->project->names, name);
  size_t dot = str_find_char(dotted, '.', 0);
  if (!a->asname && dot != SIZE_MAX)
    name = intern(cx->names, str_slice(dotted, 0, dot));
  ImportTarget target = project_resolve_import(cx->project, file, 0, name, 0);
  return import_target(cx, target, file, alias);
}

// A name without a binding in the file: from `from x import *`, or a builtin.
Value module_or_builtin(ValueCtx *cx, uint32_t file, Ref at, Atom name) {
  uint32_t module = cx->project->files[file]->module;
  if (module != NO_MODULE) {
    ImportTarget target = project_member(cx->project, module, name);
    bool itself = target.kind == TARGET_NAME && target.module == module;
    if (target.kind != TARGET_UNKNOWN && !itself)
      return import_target(cx, target, file, at);
  }
  return builtin_value(cx, name, file, at);
}

// ---- the habit of naming

static const struct {
  const char *name;
  uint8_t kind;
} habits[] = {
    {"async_session", VALUE_ASYNC_SESSION},
    {"db_session", VALUE_SESSION},
    {"dbsession", VALUE_SESSION},
    {"engine", VALUE_ENGINE},
    {"session", VALUE_SESSION},
};

Value habit_of_name(ValueCtx *cx, Atom name, uint32_t file, Ref at) {
  Str text = atom_str(cx->project->names, name);
  for (size_t i = 0; i < ARRAY_LEN(habits); i++)
    if (str_is(text, habits[i].name))
      return value_likely(value_make((ValueKind)habits[i].kind, file, at));
  return value_unknown();
}

Value infer_name(ValueCtx *cx, uint32_t file, Ref r) {
  Atom name = PY_AS(Name, tree_of(cx, file), r)->id;
  Value v = is_store(cx, file, r) ? value_ask(cx, file, r, ASK_BINDING, infer_binding)
                                  : name_at(cx, file, r, name);
  if (v.kind != VALUE_UNKNOWN)
    return v;
  v = habit_of_name(cx, name, file, r);
  if (v.kind == VALUE_SESSION && is_awaited_receiver(cx, file, r))
    v.kind = VALUE_ASYNC_SESSION;
  return v;
}

// ---- targets

// A list may be changed through its name later on; what it holds is then only likely.
static Value named_value(ValueCtx *cx, Value v, uint32_t file, Ref target) {
  bool mutable = v.kind == VALUE_LIST || v.kind == VALUE_SET || v.kind == VALUE_DICT;
  if (mutable && v.item && v.item->sure == SURE_PROVEN &&
      !(v.kind == VALUE_LIST && value_list_is_only_read(cx, file, target)))
    v.item = value_keep(cx, value_likely(*v.item));
  return v;
}

bool is_store(ValueCtx *cx, uint32_t file, Ref r) {
  const PyTree *t = tree_of(cx, file);
  Ref child = r;
  for (Ref p = value_parent(cx, file, r); p; p = value_parent(cx, file, p)) {
    switch (py_kind(t, p)) {
    case PY_TUPLE:
    case PY_LIST:
    case PY_STARRED:
      child = p;
      continue;
    case PY_ASSIGN:
      return PY_AS(Assign, t, p)->value != child;
    case PY_ANN_ASSIGN:
      return PY_AS(AnnAssign, t, p)->target == child;
    case PY_AUG_ASSIGN:
      return PY_AS(AugAssign, t, p)->target == child;
    case PY_FOR:
      return PY_AS(For, t, p)->target == child;
    case PY_COMPREHENSION:
      return PY_AS(Comprehension, t, p)->target == child;
    case PY_WITH_ITEM:
      return PY_AS(WithItem, t, p)->vars == child;
    case PY_NAMED_EXPR:
      return PY_AS(NamedExpr, t, p)->target == child;
    default:
      return false;
    }
  }
  return false;
}

static Value ann_assigned(ValueCtx *cx, uint32_t file, const PyAnnAssign *n) {
  Value says = value_ask(cx, file, n->annotation, ASK_ANNOTATION, infer_annotation);
  if (!n->value)
    return says;
  Value is = ask(cx, file, n->value);
  if (says.kind == VALUE_UNKNOWN)
    return is;
  bool richer = is.kind == says.kind && is.sure == SURE_PROVEN;
  return richer ? is : says;
}

// x += 1, stmt &= ...
static Value aug_assigned(ValueCtx *cx, uint32_t file, const PyAugAssign *n) {
  const PyTree *t = tree_of(cx, file);
  if (py_kind(t, n->target) != PY_NAME)
    return value_unknown();
  Value before = name_at(cx, file, n->target, PY_AS(Name, t, n->target)->id);
  Value by = ask(cx, file, n->value);
  return infer_operation(cx, (PyOp)n->node.aux, before, by, file, n->value);
}

// The value that the whole target of `p` gets; `child` is that target.
static Value source_of(ValueCtx *cx, uint32_t file, Ref p, Ref child) {
  const PyTree *t = tree_of(cx, file);
  (void)child;
  bool is_async = (py_node(t, p)->flags & PYF_ASYNC) != 0;
  switch (py_kind(t, p)) {
  case PY_ASSIGN:
    return ask(cx, file, PY_AS(Assign, t, p)->value);
  case PY_ANN_ASSIGN:
    return ann_assigned(cx, file, PY_AS(AnnAssign, t, p));
  case PY_AUG_ASSIGN:
    return aug_assigned(cx, file, PY_AS(AugAssign, t, p));
  case PY_NAMED_EXPR:
    return ask(cx, file, PY_AS(NamedExpr, t, p)->value);
  case PY_FOR:
    return value_iterated(cx, ask(cx, file, PY_AS(For, t, p)->iter), is_async);
  case PY_COMPREHENSION:
    return value_iterated(cx, ask(cx, file, PY_AS(Comprehension, t, p)->iter), is_async);
  case PY_WITH_ITEM: {
    Ref with = value_parent(cx, file, p);
    bool async_with = (py_node(t, with)->flags & PYF_ASYNC) != 0;
    return value_entered(cx, ask(cx, file, PY_AS(WithItem, t, p)->context), async_with);
  }
  default:
    return value_unknown();
  }
}

// a, (b, c) = value: the part for `r`, from outside in.
static Value bind_target(ValueCtx *cx, uint32_t file, Ref r) {
  enum {
    MAX_NESTING = 16
  };
  const PyTree *t = tree_of(cx, file);
  uint32_t at[MAX_NESTING], counts[MAX_NESTING];
  int depth = 0;
  Ref child = r;
  Ref p = value_parent(cx, file, r);
  for (; py_kind(t, p) == PY_TUPLE || py_kind(t, p) == PY_LIST ||
         py_kind(t, p) == PY_STARRED;
       child = p, p = value_parent(cx, file, p)) {
    if (py_kind(t, p) == PY_STARRED || depth == MAX_NESTING)
      return value_unknown();
    Ref list =
        py_kind(t, p) == PY_TUPLE ? PY_AS(Tuple, t, p)->elts : PY_AS(List, t, p)->elts;
    PyRefs elts = py_list(t, list);
    counts[depth] = elts.len;
    for (uint32_t i = 0; i < elts.len; i++) {
      if (elts.at[i] == child)
        at[depth] = i;
      if (py_kind(t, elts.at[i]) == PY_STARRED)
        return value_unknown();
    }
    depth++;
  }
  Value v = source_of(cx, file, p, child);
  while (depth > 0 && is_known(v)) {
    depth--;
    v = value_element(cx, v, at[depth], counts[depth]);
  }
  return named_value(cx, v, file, r);
}

static Value function_value(uint32_t file, Ref r) {
  Value v = value_make(VALUE_FUNCTION, file, r);
  v.owner = (Place){file, r};
  return v;
}

Value infer_binding(ValueCtx *cx, uint32_t file, Ref r) {
  switch (py_kind(tree_of(cx, file), r)) {
  case PY_NAME:
  case PY_ATTRIBUTE:
    return bind_target(cx, file, r);
  case PY_FUNCTION_DEF:
    return function_value(file, r);
  case PY_CLASS_DEF:
    return infer_class(cx, file, r);
  case PY_ALIAS:
    return bind_import(cx, file, r);
  case PY_PARAM:
    return value_ask(cx, file, r, ASK_VALUE, infer_param);
  case PY_EXCEPT_HANDLER:
    return value_make(VALUE_PY_OTHER, file, r);
  default:
    return value_unknown();
  }
}

// ---- parameters

// Depends(get_session): what the function gives; of a generator what it yields.
Value depends_value(ValueCtx *cx, uint32_t file, Ref call) {
  const PyTree *t = tree_of(cx, file);
  if (py_kind(t, call) != PY_CALL)
    return value_unknown();
  Value func = ask(cx, file, PY_AS(Call, t, call)->func);
  const Symbol *s = symbol_at(func.symbol);
  Ref dependency = call_arg(t, call, 0, intern(cx->names, STR("dependency")));
  if (!s || s->rule != RULE_DEPENDS || !dependency)
    return value_unknown();
  Value v = call_function_bare(cx, ask(cx, file, dependency));
  if (v.kind == VALUE_ITERATOR || v.kind == VALUE_ASYNC_ITERATOR ||
      v.kind == VALUE_AWAITABLE)
    return value_item(v);
  return v;
}

static bool decorated_with(ValueCtx *cx, uint32_t file, Ref function, uint8_t rule) {
  const PyTree *t = tree_of(cx, file);
  PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, function)->decorators);
  for (uint32_t i = 0; i < decorators.len; i++) {
    Ref d = decorators.at[i];
    if (py_kind(t, d) == PY_CALL)
      d = PY_AS(Call, t, d)->func;
    const Symbol *s = symbol_at(ask(cx, file, d).symbol);
    if (s && s->rule == rule)
      return true;
  }
  return false;
}

static bool decorated_by_name(ValueCtx *cx, uint32_t file, Ref function, Str name) {
  const PyTree *t = tree_of(cx, file);
  PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, function)->decorators);
  for (uint32_t i = 0; i < decorators.len; i++)
    if (py_kind(t, decorators.at[i]) == PY_NAME &&
        str_eq(py_text(t, decorators.at[i]), name))
      return true;
  return false;
}

bool function_is_property(ValueCtx *cx, Place function) {
  return decorated_with(cx, function.file, function.ref, RULE_PROPERTY);
}

static bool same_folder_or_above(Str outer, Str inner) {
  size_t slash = str_rfind_char(outer, '/');
  if (slash == SIZE_MAX)
    return true;
  return str_starts(inner, str_slice(outer, 0, slash + 1));
}

// A parameter of a test or fixture is the fixture of its name: in the file itself, else
// in the nearest conftest.py.
static Value fixture_value(ValueCtx *cx, uint32_t file, Ref function, Atom name) {
  const PyTree *t = tree_of(cx, file);
  Str function_name = atom_str(cx->project->names, PY_AS(FunctionDef, t, function)->name);
  bool is_test = str_starts(function_name, STR("test"));
  if (!is_test && !decorated_with(cx, file, function, RULE_FIXTURE))
    return value_unknown();
  PlaceList all = name_map_get(&cx->index->fixtures, name);
  Place best = {0};
  size_t best_length = 0;
  for (uint32_t i = 0; i < all.len; i++) {
    Str path = cx->project->files[all.at[i].file]->absolute;
    bool here = all.at[i].file == file && all.at[i].ref != function;
    bool is_conftest = str_ends(path, STR("conftest.py"));
    bool visible =
        is_conftest && same_folder_or_above(path, cx->project->files[file]->absolute);
    size_t length = here ? SIZE_MAX : path.len;
    if ((here || visible) && (!best.ref || length > best_length)) {
      best = all.at[i];
      best_length = length;
    }
  }
  if (!best.ref || !decorated_with(cx, best.file, best.ref, RULE_FIXTURE))
    return value_unknown();
  Value v = ask_return(cx, best);
  if (v.kind == VALUE_ITERATOR || v.kind == VALUE_ASYNC_ITERATOR ||
      v.kind == VALUE_AWAITABLE)
    return value_item(v);
  return v;
}

// self and cls
static Value receiver_value(ValueCtx *cx, uint32_t file, Ref param, Ref function) {
  const PyTree *t = tree_of(cx, file);
  Ref cls = value_parent(cx, file, function);
  if (py_kind(t, function) != PY_FUNCTION_DEF || py_kind(t, cls) != PY_CLASS_DEF)
    return value_unknown();
  PyRefs params = py_list(t, PY_AS(Parameters, t, value_parent(cx, file, param))->params);
  if (params.at[0] != param || decorated_by_name(cx, file, function, STR("staticmethod")))
    return value_unknown();
  Value class_value = infer_class(cx, file, cls);
  Str name = atom_str(cx->project->names, PY_AS(FunctionDef, t, function)->name);
  bool on_class = decorated_by_name(cx, file, function, STR("classmethod")) ||
                  str_is(name, "__new__") || str_is(name, "__init_subclass__") ||
                  str_is(name, "__class_getitem__");
  if (on_class)
    return class_value;
  bool plain = py_list(t, PY_AS(FunctionDef, t, function)->decorators).len == 0 ||
               function_is_property(cx, (Place){file, function});
  Value v = instance_of(cx, class_value, file, param);
  // A decorator we do not know (a hybrid, an event, a declared_attr) may pass the class.
  return plain ? v : value_likely(v);
}

static uint32_t position_of(const PyTree *t, PyRefs params, Ref param) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < params.len && params.at[i] != param; i++)
    at += py_node(t, params.at[i])->aux <= PY_PARAM_NORMAL;
  return at;
}

typedef struct {
  Place callee;   // the function, or the class that it makes instances of
  ValueKind kind; // of the callee: FUNCTION, CLASS
  const PyParam *param;
  uint32_t position; // of the argument; UINT32_MAX: by its name only
} Passed;

static Value passed_by(ValueCtx *cx, PlaceList calls, const Passed *p) {
  enum {
    MAX_CALLERS = 64
  };
  Value v = value_bottom();
  for (uint32_t i = 0; i < calls.len && calls.len <= MAX_CALLERS; i++) {
    const PyTree *from = tree_of(cx, calls.at[i].file);
    Value func = ask(cx, calls.at[i].file, PY_AS(Call, from, calls.at[i].ref)->func);
    if (func.kind != p->kind || !place_eq(func.owner, p->callee))
      continue;
    Ref given = call_arg(from, calls.at[i].ref, p->position, p->param->name);
    if (given)
      v = value_join(cx, v, ask(cx, calls.at[i].file, given));
  }
  return v;
}

// What the calls of the function in the project pass, those of its class where it is
// __init__. Others may call it too: likely.
static Value from_callers(ValueCtx *cx, uint32_t file, Ref param, Ref function) {
  const PyTree *t = tree_of(cx, file);
  if (py_kind(t, function) != PY_FUNCTION_DEF)
    return value_unknown();
  Atom name = PY_AS(FunctionDef, t, function)->name;
  const PyParam *p = PY_AS(Param, t, param);
  if (p->node.aux == PY_PARAM_VARARG || p->node.aux == PY_PARAM_KWARG)
    return value_unknown();
  PyRefs params = py_list(t, PY_AS(Parameters, t, value_parent(cx, file, param))->params);
  uint32_t position = position_of(t, params, param);
  Ref above = value_parent(cx, file, function);
  bool in_class = py_kind(t, above) == PY_CLASS_DEF;
  bool is_method =
      in_class && !decorated_by_name(cx, file, function, STR("staticmethod"));
  bool by_keyword_only = p->node.aux == PY_PARAM_KWONLY || (is_method && position == 0);
  Passed passed = {{file, function},
                   VALUE_FUNCTION,
                   p,
                   by_keyword_only ? UINT32_MAX : position - is_method};
  Value v = passed_by(cx, name_map_get(&cx->index->calls, name), &passed);
  if (in_class && name == intern(cx->names, STR("__init__"))) { // Repository(session)
    passed.callee.ref = above;
    passed.kind = VALUE_CLASS;
    Atom class_name = PY_AS(ClassDef, t, above)->name;
    v = value_join(cx, v,
                   passed_by(cx, name_map_get(&cx->index->calls, class_name), &passed));
  }
  return is_bottom(v) ? value_unknown() : value_likely(v);
}

static bool is_async_session(Value v) {
  return v.kind == VALUE_ASYNC_SESSION || v.kind == VALUE_ASYNC_SCOPED_SESSION;
}

// FastAPI gives what the dependency yields, whatever the annotation says:
// `db: Session = Depends(get_db)` is an AsyncSession where get_db() opens one.
Value said_or_given(ValueCtx *cx, uint32_t file, Value said, Ref depends) {
  if (said.kind != VALUE_UNKNOWN && !value_is_session(said))
    return said;
  Value given = depends_value(cx, file, depends);
  bool other_session = value_is_session(given) && given.sure == SURE_PROVEN &&
                       is_async_session(given) != is_async_session(said);
  return said.kind == VALUE_UNKNOWN || other_session ? given : said;
}

static Value annotated_or_given(ValueCtx *cx, uint32_t file, const PyParam *p) {
  Value said = value_unknown();
  if (p->annotation)
    said = value_ask(cx, file, p->annotation, ASK_ANNOTATION, infer_annotation);
  return p->default_value ? said_or_given(cx, file, said, p->default_value) : said;
}

Value infer_param(ValueCtx *cx, uint32_t file, Ref param) {
  const PyTree *t = tree_of(cx, file);
  const PyParam *p = PY_AS(Param, t, param);
  Ref function = value_parent(cx, file, value_parent(cx, file, param));
  Value v = value_unknown();
  if (p->node.aux == PY_PARAM_VARARG)
    return value_make(VALUE_TUPLE, file, param);
  if (p->node.aux == PY_PARAM_KWARG)
    return value_make(VALUE_DICT, file, param);
  if (p->annotation || p->default_value)
    v = annotated_or_given(cx, file, p);
  bool is_function = py_kind(t, function) == PY_FUNCTION_DEF;
  if (v.kind == VALUE_UNKNOWN && is_function && !p->annotation)
    v = receiver_value(cx, file, param, function);
  if (v.kind == VALUE_UNKNOWN && is_function && cx->project->files[file]->is_test)
    v = fixture_value(cx, file, function, p->name);
  if (v.kind == VALUE_UNKNOWN && is_function && !p->annotation)
    v = from_callers(cx, file, param, function);
  if (v.kind == VALUE_UNKNOWN && is_function && !p->annotation)
    v = value_by_use(cx, file, p->name, function);
  if (v.kind == VALUE_UNKNOWN)
    v = habit_of_name(cx, p->name, file, param);
  Ref given = p->default_value;
  bool none = given && py_kind(t, given) == PY_CONSTANT &&
              py_node(t, given)->aux == PY_CONST_NONE;
  if (none && is_known(v))
    v.flags |= VALUE_OR_NONE;
  return v;
}

// ---- functions

typedef struct {
  ValueCtx *cx;
  const PyTree *t;
  uint32_t file;
  Ref function;
  Value returned, yielded;
  bool returns, yields, has_bare_return;
  bool is_generator; // else what stands inside expressions is of no interest
} Body;

static bool body_enter(void *data, Ref r) {
  Body *b = data;
  PyKind kind = py_kind(b->t, r);
  switch (kind) {
  case PY_FUNCTION_DEF:
    return r == b->function;
  case PY_CLASS_DEF:
  case PY_LAMBDA:
    return false;
  case PY_RETURN: {
    Ref value = PY_AS(Return, b->t, r)->value;
    b->returns = true;
    Value v = value ? ask(b->cx, b->file, value) : value_make(VALUE_NONE, b->file, r);
    b->returned = value_join(b->cx, b->returned, v);
    return b->is_generator;
  }
  case PY_YIELD: {
    Ref value = PY_AS(Yield, b->t, r)->value;
    b->yields = true;
    Value v = value ? ask(b->cx, b->file, value) : value_make(VALUE_NONE, b->file, r);
    b->yielded = value_join(b->cx, b->yielded, v);
    return true;
  }
  case PY_YIELD_FROM: {
    b->yields = true;
    Value v = ask(b->cx, b->file, PY_AS(YieldFrom, b->t, r)->value);
    b->yielded = value_join(b->cx, b->yielded, value_iterated(b->cx, v, false));
    return true;
  }
  case PY_ASSIGN:
  case PY_EXPR_STMT:
    return b->is_generator;
  default:
    return b->is_generator || py_kind_group(kind) != PY_GROUP_EXPR;
  }
}

static bool is_generator(const ValueCtx *cx, uint32_t file, Ref function) {
  const PyScopes *s = cx->project->files[file]->scopes;
  uint32_t scope = py_scopes_of(s, function);
  return scope == NO_SCOPE || s->scopes[scope].flags & SCOPE_GENERATOR;
}

// A body of `...`, `pass` or a docstring alone says nothing: a protocol, an overload.
static bool is_stub_body(const PyTree *t, PyRefs body) {
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(t, body.at[i]);
    PyKind value = kind == PY_EXPR_STMT
                       ? py_kind(t, PY_AS(ExprStmt, t, body.at[i])->value)
                       : PY_NONE;
    bool says_nothing =
        kind == PY_PASS || kind == PY_RAISE || value == PY_STR || value == PY_CONSTANT;
    if (!says_nothing)
      return false;
  }
  return true;
}

static bool never_ends(const PyTree *t, PyRefs body) {
  if (block_leaves(t, body))
    return true;
  Ref last = body.len ? body.at[body.len - 1] : 0;
  if (py_kind(t, last) == PY_TRY) {
    const PyTry *n = PY_AS(Try, t, last);
    PyRefs handlers = py_list(t, n->handlers);
    bool all =
        block_leaves(t, py_list(t, n->body)) || block_leaves(t, py_list(t, n->orelse));
    for (uint32_t i = 0; i < handlers.len; i++)
      all &= block_leaves(t, py_list(t, PY_AS(ExceptHandler, t, handlers.at[i])->body));
    return all || block_leaves(t, py_list(t, n->finalbody));
  }
  return py_kind(t, last) == PY_WHILE;
}

// The annotation's word, with details of the body's where both are of one kind.
static Value annotated_or_seen(Value says, Value seen) {
  if (says.kind == VALUE_UNKNOWN)
    return seen;
  bool richer = seen.kind == says.kind && seen.sure == SURE_PROVEN;
  if (!richer)
    return says;
  seen.flags |= (uint16_t)(says.flags & VALUE_OR_NONE);
  return seen;
}

static bool is_iterator(Value v) {
  return v.kind == VALUE_ITERATOR || v.kind == VALUE_ASYNC_ITERATOR ||
         v.kind == VALUE_SEQUENCE;
}

static Value generated(ValueCtx *cx, const Body *b, Value says, bool is_async) {
  ValueKind kind = is_async ? VALUE_ASYNC_ITERATOR : VALUE_ITERATOR;
  // `def get_db() -> Session: yield ...` is wrong but written; it means the item.
  Value item_says = is_iterator(says) ? value_item(says) : says;
  Value item = annotated_or_seen(item_says, b->yielded);
  return value_with_item(cx, kind, item, b->file, b->function);
}

// Decorators from the innermost on.
static Value decorated(ValueCtx *cx, uint32_t file, Ref function, Value v) {
  const PyTree *t = tree_of(cx, file);
  PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, function)->decorators);
  for (uint32_t i = decorators.len; i > 0 && is_known(v); i--) {
    Ref d = decorators.at[i - 1];
    bool is_call = py_kind(t, d) == PY_CALL;
    Value func = ask(cx, file, is_call ? PY_AS(Call, t, d)->func : d);
    const Symbol *s = symbol_at(func.symbol);
    if (s && s->rule == RULE_DECORATOR)
      v = value_with_item(cx, (ValueKind)s->result, value_item(v), file, function);
    else if (!s || (s->rule != RULE_TRANSPARENT && s->rule != RULE_PROPERTY &&
                    s->rule != RULE_FIXTURE))
      v = value_likely(v);
  }
  return v;
}

Value infer_return(ValueCtx *cx, uint32_t file, Ref function) {
  const PyTree *t = tree_of(cx, file);
  const PyFunctionDef *f = PY_AS(FunctionDef, t, function);
  bool is_async = (f->node.flags & PYF_ASYNC) != 0;
  Body b = {.cx = cx,
            .t = t,
            .file = file,
            .function = function,
            .returned = value_bottom(),
            .yielded = value_bottom(),
            .is_generator = is_generator(cx, file, function)};
  PyRefs body = py_list(t, f->body);
  PyVisitor visitor = {.enter = body_enter, .data = &b};
  for (uint32_t i = 0; i < body.len; i++)
    py_walk(t, body.at[i], &visitor);
  Value says = f->returns
                   ? value_ask(cx, file, f->returns, ASK_ANNOTATION, infer_annotation)
                   : value_unknown();
  Value v;
  if (b.yields) {
    v = generated(cx, &b, says, is_async);
    return is_bottom(v) ? v : decorated(cx, file, function, v);
  }
  if (is_stub_body(t, body))
    b.returned = value_unknown();
  else if (!never_ends(t, body))
    b.returned = value_join(cx, b.returned, value_make(VALUE_NONE, file, function));
  v = annotated_or_seen(says, b.returned);
  if (is_async)
    v = value_with_item(cx, VALUE_AWAITABLE, v, file, function);
  return is_bottom(v) ? v : decorated(cx, file, function, v);
}
