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

bool loaded_from(RuleCtx *cx, Ref expr, Loaded *out) {
  const PyTree *t = cx->tree;
  *out = (Loaded){0};
  for (int i = 0; i < MAX_STEPS && expr; i++) {
    Value v = rule_value(cx, expr);
    if (v.kind == VALUE_QUERY)
      return take_shape(cx, v, expr, out);
    if (py_kind(t, expr) == PY_AWAIT) {
      expr = PY_AS(Await, t, expr)->value;
    } else if (py_kind(t, expr) == PY_NAME) {
      expr = assigned_once(cx, rule_symbol(cx, expr));
    } else if (call_receiver(t, expr)) {
      Str method = call_method_text(cx, expr);
      Value receiver = rule_value(cx, call_receiver(t, expr));
      if (value_is_session(receiver))
        return take_session_call(cx, expr, method, receiver, out);
      expr = is_step(method) ? call_receiver(t, expr) : 0;
    } else if (py_kind(t, expr) == PY_CALL && is_builtin_copy(cx, expr)) {
      expr = call_positional(t, expr, 0);
    } else {
      return false;
    }
  }
  return false;
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
