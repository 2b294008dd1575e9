// Q121: execute(select(User)) gives Rows of one User each, not Users.
#include "rules/util.h"

// The mapped class whose instance the Row holds, where `attr` is an attribute of it and
// none of the Row.
static const Model *entity_of(RuleCtx *cx, Value row, Atom attr) {
  if (row.kind != VALUE_ROW || !row.shape || row.shape->yields != YIELD_ENTITY ||
      row.shape->count != 1)
    return NULL;
  const ShapeItem *item = &row.shape->items[0];
  const Model *m = models_of_class(cx->models, item->value.owner);
  static const char *const of_row[] = {"count", "index", "t", "tuple"};
  for (size_t i = 0; i < ARRAY_LEN(of_row); i++)
    if (str_is(atom_str(cx->project->names, attr), of_row[i]))
      return NULL;
  bool mapped = m && (model_column(m, attr) || model_relationship(m, attr));
  return mapped && item->name != attr ? m : NULL;
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  const Model *model;
  uint32_t uses;
  bool entity_only; // every use is `row.attribute`
} Uses;

static bool count_use(void *data, Ref r) {
  Uses *u = data;
  const PyTree *t = u->cx->tree;
  if (py_kind(t, r) != PY_NAME || rule_symbol(u->cx, r) != u->symbol)
    return true;
  Ref parent = rule_parent(u->cx, r);
  PyKind kind = py_kind(t, parent);
  bool bound =
      (kind == PY_FOR && PY_AS(For, t, parent)->target == r) ||
      (kind == PY_COMPREHENSION && PY_AS(Comprehension, t, parent)->target == r) ||
      (kind == PY_ASSIGN && PY_AS(Assign, t, parent)->value != r);
  if (bound)
    return true;
  u->uses++;
  bool attribute = kind == PY_ATTRIBUTE;
  Atom attr = attribute ? PY_AS(Attribute, t, parent)->attr : 0;
  if (!attribute || !(model_column(u->model, attr) || model_relationship(u->model, attr)))
    u->entity_only = false;
  return true;
}

static Uses uses_of(RuleCtx *cx, Ref at, uint32_t symbol, const Model *m) {
  Uses u = {.cx = cx, .symbol = symbol, .model = m, .entity_only = true};
  Ref function = enclosing_function(cx, at);
  PyVisitor v = {.enter = count_use, .data = &u};
  py_walk(cx->tree, function ? function : cx->tree->root, &v);
  return u;
}

// The expression that a name is bound to once, by `=` or `for`.
static Ref bound_value(RuleCtx *cx, uint32_t symbol) {
  const PyScopes *s = cx->file->scopes;
  const PySymbol *y = &s->symbols[symbol];
  if (y->first != y->last || y->first == NO_BINDING || y->flags & SYMBOL_CAPTURED)
    return 0;
  const PyBinding *b = &s->bindings[y->first];
  if (!(b->flags & BIND_WHOLE))
    return 0;
  if (b->kind == BIND_COMPREHENSION)
    return PY_AS(Comprehension, cx->tree, b->stmt)->iter;
  if (b->kind == BIND_FOR)
    return PY_AS(For, cx->tree, b->stmt)->iter;
  bool plain = b->kind == BIND_ASSIGN && py_kind(cx->tree, b->stmt) == PY_ASSIGN;
  return plain ? PY_AS(Assign, cx->tree, b->stmt)->value : 0;
}

static bool keeps_meaning(Str method) {
  static const char *const names[] = {"all", "fetchall",    "first",
                                      "one", "one_or_none", "unique"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(method, names[i]))
      return true;
  return false;
}

// The execute() call that a row comes from, through names that are used for nothing else.
static Ref execute_behind(RuleCtx *cx, Ref expr, const Model *m) {
  const PyTree *t = cx->tree;
  for (int depth = 0; depth < 10 && expr; depth++) {
    if (py_kind(t, expr) == PY_AWAIT) {
      expr = PY_AS(Await, t, expr)->value;
    } else if (py_kind(t, expr) == PY_NAME) {
      uint32_t symbol = rule_symbol(cx, expr);
      if (symbol == NO_SYMBOL || uses_of(cx, expr, symbol, m).uses != 1)
        return 0;
      expr = bound_value(cx, symbol);
    } else if (call_receiver(t, expr)) {
      Str method = call_method_text(cx, expr);
      if (str_is(method, "execute"))
        return expr;
      expr = keeps_meaning(method) ? call_receiver(t, expr) : 0;
    } else {
      return 0;
    }
  }
  return 0;
}

static void fix(RuleCtx *cx, Finding *f, Ref name, const Model *m) {
  const PyTree *t = cx->tree;
  uint32_t symbol = rule_symbol(cx, name);
  Ref value = symbol == NO_SYMBOL ? 0 : bound_value(cx, symbol);
  Ref execute = value ? execute_behind(cx, value, m) : 0;
  if (!execute || !uses_of(cx, name, symbol, m).entity_only) {
    rule_refuse(cx, f, "the rows are used for something else too");
    return;
  }
  Value session = rule_value(cx, call_receiver(t, execute));
  if (!value_is_session(session)) {
    rule_refuse(cx, f, "it is not a session that executes the statement");
    return;
  }
  uint32_t at = PY_AS(Attribute, t, PY_AS(Call, t, execute)->func)->attr_at;
  if (rule_fix(cx, f, level_of(session), "Use `scalars()`"))
    fix_replace(cx, (Span){at, at + (uint32_t)strlen("execute")}, STR("scalars"));
}

// Cheap, so asked before the value: a row is held by a name that is assigned or looped
// over, or comes straight from first(), one() or an index.
static bool may_be_row(RuleCtx *cx, Ref expr) {
  const PyTree *t = cx->tree;
  const PyScopes *s = cx->file->scopes;
  if (py_kind(t, expr) == PY_SUBSCRIPT)
    return true;
  if (py_kind(t, expr) == PY_CALL)
    return keeps_meaning(call_method_text(cx, expr)) ||
           str_is(call_method_text(cx, expr), "fetchone");
  uint32_t symbol = rule_symbol(cx, expr);
  if (symbol == NO_SYMBOL || s->symbols[symbol].first == NO_BINDING)
    return false;
  uint8_t kind = s->bindings[s->symbols[symbol].first].kind;
  return kind == BIND_ASSIGN || kind == BIND_FOR || kind == BIND_COMPREHENSION ||
         kind == BIND_WALRUS;
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyAttribute *a = PY_AS(Attribute, t, node);
  if (!models_has_key(cx->models, a->attr) || !may_be_row(cx, a->value))
    return;
  const Model *m = entity_of(cx, rule_value(cx, a->value), a->attr);
  if (!m)
    return;
  Str name = atom_str(cx->project->names, m->name);
  Finding *f =
      rule_report(cx, py_span(t, node),
                  "execute() gives Rows that hold a %.*s, and a Row has no `%.*s`; "
                  "use scalars()",
                  STR_ARG(name), STR_ARG(atom_str(cx->project->names, a->attr)));
  fix(cx, f, a->value, m);
}

const Rule rule_entity_row = {
    .code = "Q121",
    .name = "execute-entity-row",
    .category = CAT_QUERY,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "An attribute of a mapped class read from a Row of execute(select(Class))",
    .why = "AttributeError is raised: unlike a Query, execute() always gives Rows; "
           "scalars() gives the instances themselves",
    .on = {PY_ATTRIBUTE},
    .check = check,
};
