// loaded.c: which query an instance came from.
#include "rules/loaded.h"

enum {
  MAX_STEPS = 20 // names, awaits and methods between an instance and its query
};

Ref assigned_once(RuleCtx *cx, uint32_t symbol) {
  const PyScopes *s = cx->file->scopes;
  if (symbol == NO_SYMBOL)
    return 0;
  const PySymbol *y = &s->symbols[symbol];
  if (y->first == NO_BINDING || y->first != y->last)
    return 0;
  const PyBinding *b = &s->bindings[y->first];
  if (b->kind != BIND_ASSIGN || !(b->flags & BIND_WHOLE))
    return 0;
  PyKind kind = py_kind(cx->tree, b->stmt);
  if (kind == PY_ANN_ASSIGN)
    return PY_AS(AnnAssign, cx->tree, b->stmt)->value;
  return kind == PY_ASSIGN ? PY_AS(Assign, cx->tree, b->stmt)->value : 0;
}

Ref assigned_at(RuleCtx *cx, Ref name) {
  Ref bound = 0;
  if (py_kind(cx->tree, name) != PY_NAME)
    return name;
  if (value_bindings(cx->values, cx->file_id, name, &bound, 1) != 1)
    return 0;
  Ref value = 0;
  assigned_target(cx->tree, rule_parent(cx, bound), &value);
  return value;
}

static bool is_step(Str method) {
  static const char *const names[] = {
      "all",        "fetchall", "first",   "one",   "one_or_none", "scalar_one_or_none",
      "scalar_one", "unique",   "scalars", "scalar"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(method, names[i]))
      return true;
  return false;
}

static bool take_shape(RuleCtx *cx, Value v, Ref statement, Loaded *out) {
  const uint32_t unlike = SHAPE_OPTIONS | SHAPE_EAGER_COLLECTION | SHAPE_EAGER_UNKNOWN |
                          SHAPE_FROM_STATEMENT | SHAPE_CHANGED_ENTITIES | SHAPE_COMPOUND;
  if (!v.shape || !(v.shape->flags & SHAPE_WHOLE) || v.shape->flags & unlike ||
      v.shape->yields != YIELD_ENTITY || v.shape->count != 1)
    return false;
  out->model = models_of_class(cx->models, v.shape->items[0].value.owner);
  out->statement = statement;
  return out->model != NULL;
}

// session.execute(statement), session.scalars(statement), session.get(Class, key)
static bool take_session_call(RuleCtx *cx, Ref call, Str method, Value session,
                              Loaded *out) {
  const PyTree *t = cx->tree;
  Ref first = call_positional(t, call, 0);
  if (!first || call_has_stars(t, call))
    return false;
  out->async =
      session.kind == VALUE_ASYNC_SESSION || session.kind == VALUE_ASYNC_SCOPED_SESSION;
  if (str_is(method, "get") || str_is(method, "get_one")) {
    Value cls = rule_value(cx, first);
    if (cls.kind != VALUE_MAPPED_CLASS || call_keyword(t, call, rule_atom(cx, "options")))
      return false;
    out->model = models_of_class(cx->models, cls.owner);
    return out->model != NULL;
  }
  Value v = rule_value(cx, first);
  return v.kind == VALUE_SELECT && take_shape(cx, v, first, out);
}

static bool is_builtin_copy(RuleCtx *cx, Ref call) {
  Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, cx->tree, call)->func);
  Str name = o.kind == ORIGIN_BUILTIN ? atom_str(cx->project->names, o.dotted) : STR("");
  return str_is(name, "list") || str_is(name, "sorted") || str_is(name, "tuple");
}

enum {
  MAX_CALLS = 3,        // functions that call each other
  HERE = MAX_CALLS,     // as a depth: the expression's own function only
  MAX_FUNCTION = 20000, // bytes of one that is looked into
};

// ---- names: what the nearest loop around, one assignment or a dependency gives

static bool loaded_at(RuleCtx *cx, Ref expr, Loaded *out, int depth);

static Ref depends_on_function(RuleCtx *cx, Ref call) {
  if (py_kind(cx->tree, call) != PY_CALL)
    return 0;
  Str dotted = rule_dotted(cx, PY_AS(Call, cx->tree, call)->func);
  return str_starts(dotted, STR("fastapi.")) && str_ends(dotted, STR(".Depends"))
             ? call_positional(cx->tree, call, 0)
             : 0;
}

// The function behind `user: User = Depends(current_user)`,
// `user: Annotated[User, Depends(current_user)]`; nowhere for other parameters.
static Place dependency_of(RuleCtx *cx, Ref param) {
  const PyParam *p = PY_AS(Param, cx->tree, param);
  RuleCtx there = *cx;
  Ref function = depends_on_function(cx, p->default_value);
  if (!function && p->annotation) {
    Place held = rule_held(cx, p->annotation);
    there = rule_elsewhere(cx, held.file);
    Ref slice = py_kind(there.tree, held.ref) == PY_SUBSCRIPT
                    ? PY_AS(Subscript, there.tree, held.ref)->slice
                    : 0;
    PyRefs parts = py_kind(there.tree, slice) == PY_TUPLE
                       ? py_list(there.tree, PY_AS(Tuple, there.tree, slice)->elts)
                       : (PyRefs){NULL, 0};
    for (uint32_t i = 1; i < parts.len && !function; i++)
      function = depends_on_function(&there, parts.at[i]);
  }
  Origin o = function ? resolve_expr(cx->resolver, there.file_id, function) : (Origin){0};
  return o.kind == ORIGIN_FUNCTION && o.proven ? o.at : (Place){0};
}

static Ref source_of(RuleCtx *cx, Ref name, uint32_t symbol) {
  const PyTree *t = cx->tree;
  for (Ref p = value_parent(cx->values, cx->file_id, name); p;
       p = value_parent(cx->values, cx->file_id, p)) {
    if (py_kind(t, p) == PY_FOR && PY_AS(For, t, p)->iter != name &&
        rule_symbol(cx, PY_AS(For, t, p)->target) == symbol)
      return PY_AS(For, t, p)->iter;
    if (py_kind(t, p) == PY_FUNCTION_DEF)
      break;
  }
  const PyScopes *s = cx->file->scopes;
  const PySymbol *y = &s->symbols[symbol];
  if (y->first == NO_BINDING || y->first != y->last)
    return 0;
  const PyBinding *b = &s->bindings[y->first];
  if (b->kind == BIND_COMPREHENSION && b->flags & BIND_WHOLE)
    return PY_AS(Comprehension, t, b->stmt)->iter;
  return assigned_once(cx, symbol);
}

// ---- functions of the project

typedef struct {
  RuleCtx *cx;
  Loaded *out;
  int depth;
  bool any, unlike;
} Returns;

static bool visit_return(void *data, Ref r) {
  Returns *w = data;
  const PyTree *t = w->cx->tree;
  PyKind kind = py_kind(t, r);
  if (w->unlike)
    return false;
  if (kind == PY_YIELD || kind == PY_YIELD_FROM)
    w->unlike = true;
  if (kind == PY_CALL && str_is(call_method_text(w->cx, r), "refresh") &&
      py_list(t, PY_AS(Call, t, r)->args).len > 1)
    w->unlike = true; // refresh(user, ["posts"])
  if (kind != PY_RETURN)
    return !w->unlike;
  Ref value = PY_AS(Return, t, r)->value;
  Loaded one;
  if (!value || is_none(t, value))
    return false;
  if (!loaded_at(w->cx, value, &one, w->depth + 1) ||
      (w->any && (w->out->model != one.model || w->out->async != one.async)))
    w->unlike = true;
  else if (!w->any)
    *w->out = one;
  w->any = true;
  return false;
}

// True where a decorator may give something else than the function does, or load more.
static bool is_changed(RuleCtx *cx, Ref def) {
  PyRefs decorators = py_list(cx->tree, PY_AS(FunctionDef, cx->tree, def)->decorators);
  for (uint32_t i = 0; i < decorators.len; i++)
    if (resolve_expr(cx->resolver, cx->file_id, decorators.at[i]).kind != ORIGIN_BUILTIN)
      return true; // staticmethod, classmethod change nothing
  return false;
}

// What the function returns, where all that it returns was loaded alike.
static bool returned_by(RuleCtx *cx, Place def, Loaded *out, int depth) {
  if (!def.ref || depth >= MAX_CALLS)
    return false;
  RuleCtx there = rule_elsewhere(cx, def.file);
  Span span = py_span(there.tree, def.ref);
  if (py_kind(there.tree, def.ref) != PY_FUNCTION_DEF || !there.file->scopes ||
      span.end - span.start > MAX_FUNCTION || is_changed(&there, def.ref))
    return false;
  Returns w = {.cx = &there, .out = out, .depth = depth};
  rule_walk_body(&there, def.ref, visit_return, &w);
  if (!w.any || w.unlike)
    return false;
  out->maker = out->maker.ref ? out->maker : def;
  if (out->maker.file != cx->file_id)
    out->statement = 0;
  return true;
}

// `user.posts` of a user that was loaded so.
static bool loaded_behind(RuleCtx *cx, Ref attribute, Loaded *out, int depth) {
  const PyAttribute *a = PY_AS(Attribute, cx->tree, attribute);
  if (depth == HERE || !models_has_relationship(cx->models, a->attr) ||
      !loaded_at(cx, a->value, out, depth))
    return false;
  const Relationship *r = lazy_relationship(out->model, a->attr);
  if (!r || !r->target)
    return false;
  out->owner = out->model;
  out->model = r->target;
  out->statement = 0;
  return true;
}

static Ref step_by_name(RuleCtx *cx, Ref name, int depth) {
  uint32_t symbol = rule_symbol(cx, name);
  if (depth == HERE || symbol == NO_SYMBOL)
    return assigned_once(cx, symbol);
  return source_of(cx, name, symbol);
}

static bool by_parameter(RuleCtx *cx, Ref name, Loaded *out, int depth) {
  Origin o = depth == HERE ? (Origin){0} : resolve_expr(cx->resolver, cx->file_id, name);
  return o.kind == ORIGIN_PARAMETER && o.at.file == cx->file_id &&
         returned_by(cx, dependency_of(cx, o.at.ref), out, depth);
}

static bool loaded_at(RuleCtx *cx, Ref expr, Loaded *out, int depth) {
  const PyTree *t = cx->tree;
  *out = (Loaded){0};
  for (int i = 0; i < MAX_STEPS && expr; i++) {
    Value v = rule_value(cx, expr);
    if (v.kind == VALUE_QUERY)
      return take_shape(cx, v, expr, out);
    if (py_kind(t, expr) == PY_AWAIT) {
      expr = PY_AS(Await, t, expr)->value;
    } else if (py_kind(t, expr) == PY_NAME) {
      if (by_parameter(cx, expr, out, depth))
        return true;
      expr = step_by_name(cx, expr, depth);
    } else if (py_kind(t, expr) == PY_ATTRIBUTE) {
      return loaded_behind(cx, expr, out, depth);
    } else if (call_receiver(t, expr)) {
      Str method = call_method_text(cx, expr);
      Value receiver = rule_value(cx, call_receiver(t, expr));
      if (value_is_session(receiver))
        return take_session_call(cx, expr, method, receiver, out);
      if (receiver.kind == VALUE_OBJECT || receiver.kind == VALUE_CLASS ||
          receiver.kind == VALUE_MODULE || !is_step(method))
        return returned_by(cx, rule_callee(cx, expr), out, depth);
      expr = call_receiver(t, expr);
    } else if (py_kind(t, expr) == PY_CALL && is_builtin_copy(cx, expr)) {
      expr = call_positional(t, expr, 0);
    } else {
      return py_kind(t, expr) == PY_CALL &&
             returned_by(cx, rule_callee(cx, expr), out, depth);
    }
  }
  return false;
}

bool loaded_from(RuleCtx *cx, Ref expr, Loaded *out) {
  return loaded_at(cx, expr, out, HERE);
}

bool loaded_through(RuleCtx *cx, Ref expr, Loaded *out) {
  return loaded_at(cx, expr, out, 0);
}

const Relationship *lazy_relationship(const Model *m, Atom attr) {
  const Relationship *r = model_relationship(m, attr);
  bool lazy = r && r->proven &&
              (!r->lazy.len || str_is(r->lazy, "select") || str_is(r->lazy, "True"));
  return lazy ? r : NULL;
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  bool found;
} Mention;

static bool visit_mention(void *data, Ref r) {
  Mention *m = data;
  if (py_kind(m->cx->tree, r) == PY_NAME && rule_symbol(m->cx, r) == m->symbol)
    m->found = true;
  return !m->found;
}

bool mentions(RuleCtx *cx, Ref expr, uint32_t symbol) {
  Mention m = {.cx = cx, .symbol = symbol};
  PyVisitor v = {.enter = visit_mention, .data = &m};
  if (expr && symbol != NO_SYMBOL)
    py_walk(cx->tree, expr, &v);
  return m.found;
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol, count;
} NameCount;

static bool visit_name(void *data, Ref r) {
  NameCount *c = data;
  c->count += py_kind(c->cx->tree, r) == PY_NAME && rule_symbol(c->cx, r) == c->symbol;
  return c->count <= 2;
}

bool used_once(RuleCtx *cx, Ref use) {
  NameCount c = {.cx = cx, .symbol = rule_symbol(cx, use)};
  PyVisitor v = {.enter = visit_name, .data = &c};
  Ref function = enclosing_function(cx, use);
  bool local = function && c.symbol != NO_SYMBOL &&
               cx->file->scopes->symbols[c.symbol].scope ==
                   py_scopes_of(cx->file->scopes, function);
  py_walk(cx->tree, local ? function : cx->tree->root, &v);
  return c.symbol != NO_SYMBOL && c.count == 2; // the binding, and the use
}
