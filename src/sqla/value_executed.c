// value_executed.c: what executing a statement gives.
#include "sqla/value_internal.h"

Value value_statement_arg(ValueCtx *cx, uint32_t file, Ref call) {
  const PyTree *t = tree_of(cx, file);
  Ref arg = call_arg(t, call, 0, intern(cx->names, STR("statement")));
  return arg ? ask(cx, file, arg) : value_unknown();
}

bool has_entity(const Shape *s) {
  for (uint32_t i = 0; s && i < s->count; i++)
    if (s->items[i].value.kind == VALUE_ENTITY)
      return true;
  return false;
}

const Shape *value_executed_shape(ValueCtx *cx, Value receiver, Value statement) {
  const Shape *s = value_is_statement(statement) ? statement.shape : NULL;
  bool is_core = !value_is_session(receiver);
  if (!s || (is_core && has_entity(s)))
    s = shape_unknown(cx, 0);
  if (statement.kind == VALUE_SCALAR_SELECT || statement.kind == VALUE_UNKNOWN)
    s = shape_unknown(cx, 0);
  Shape *copy = arena_new(cx->arena, Shape);
  *copy = *s;
  copy->session = receiver;
  if (statement.sure == SURE_LIKELY)
    copy->sure = SURE_LIKELY;
  return copy;
}

// db.query(User), self.db.query(User): by the name and the argument a Session.
static Value query_of_any(ValueCtx *cx, uint32_t file, Ref call, Ref func) {
  const PyTree *t = tree_of(cx, file);
  Ref receiver = PY_AS(Attribute, t, func)->value;
  Atom name = py_kind(t, receiver) == PY_NAME        ? PY_AS(Name, t, receiver)->id
              : py_kind(t, receiver) == PY_ATTRIBUTE ? PY_AS(Attribute, t, receiver)->attr
                                                     : 0;
  if (!name || !may_name_session(cx, name))
    return value_unknown();
  Value first = value_statement_arg(cx, file, call);
  if ((first.kind != VALUE_MAPPED_CLASS && first.kind != VALUE_COLUMN) ||
      first.sure != SURE_PROVEN)
    return is_bottom(first) ? first : value_unknown();
  Value session = value_likely(value_make(VALUE_SESSION, file, receiver));
  Value method = method_attribute(cx, session, SYM_query, file, func);
  return method.kind == VALUE_METHOD ? method_call(cx, method, file, call)
                                     : value_unknown();
}

// x.execute(select(...)) where it is not told what x is: a statement of SQLAlchemy gives
// a Result wherever it is executed.
Value executed_by_any(ValueCtx *cx, uint32_t file, Ref call) {
  const PyTree *t = tree_of(cx, file);
  Ref func = PY_AS(Call, t, call)->func;
  if (py_kind(t, func) != PY_ATTRIBUTE)
    return value_unknown();
  if (PY_AS(Attribute, t, func)->attr == SYM_query)
    return query_of_any(cx, file, call, func);
  if (PY_AS(Attribute, t, func)->attr != SYM_execute)
    return value_unknown();
  Value statement = value_statement_arg(cx, file, call);
  if (!value_is_statement(statement) || statement.sure != SURE_PROVEN)
    return is_bottom(statement) ? statement : value_unknown();
  Value v = value_make(VALUE_RESULT, file, call);
  v.shape = value_executed_shape(cx, value_unknown(), statement);
  return value_lower(v, (Sure)v.shape->sure);
}
