// value_infer.c: one expression from its parts.
#include "sqla/value_internal.h"

static bool is_column_like(Value v) {
  return value_is_column(v) || v.kind == VALUE_RELATIONSHIP || v.kind == VALUE_ORDERING;
}

static bool is_builtin(Value v) {
  return v.kind >= VALUE_NONE && v.kind <= VALUE_SEQUENCE;
}

static bool is_boolean_column(Value v) {
  return v.kind == VALUE_CLAUSE || v.kind == VALUE_EXISTS ||
         (value_is_column(v) && v.item && v.item->kind == VALUE_BOOL);
}

static Sure lower_sure(Value a, Value b) {
  return (Sure)(a.sure < b.sure ? a.sure : b.sure);
}

// What a criterion made of two sides is sure of. An unknown left side may have operators
// of its own; an unknown right side may not, because the left one is asked first.
static Sure criterion_sure(Value left, Value right) {
  if (is_column_like(left))
    return (Sure)left.sure;
  return is_builtin(left) ? lower_sure(left, right) : SURE_LIKELY;
}

static Value clause(ValueCtx *cx, uint32_t file, Ref r, Sure sure) {
  Value v = value_with_item(cx, VALUE_CLAUSE, value_make(VALUE_BOOL, file, r), file, r);
  return value_lower(v, sure);
}

// User.age > 18
static Value infer_compare(ValueCtx *cx, uint32_t file, Ref r) {
  const PyTree *t = tree_of(cx, file);
  const PyCompare *c = PY_AS(Compare, t, r);
  PyRefs others = py_list(t, c->comparators);
  PyOp op = (PyOp)c->node.aux;
  if (op == PY_IS || op == PY_IS_NOT)
    return others.len == 1 ? value_make(VALUE_BOOL, file, r) : value_unknown();
  Value left = ask(cx, file, c->left);
  if (others.len != 1)
    return value_unknown();
  Value right = ask(cx, file, others.at[0]);
  if (is_bottom(left) || is_bottom(right))
    return value_bottom();
  if (op == PY_IN || op == PY_NOT_IN)
    return value_make(VALUE_BOOL, file, r);
  if (is_column_like(left) || is_column_like(right))
    return clause(cx, file, r, criterion_sure(left, right));
  if (is_builtin(left) && is_builtin(right))
    return value_lower(value_make(VALUE_BOOL, file, r), lower_sure(left, right));
  return value_unknown();
}

static bool is_number(Value v) {
  return v.kind == VALUE_BOOL || v.kind == VALUE_INT || v.kind == VALUE_FLOAT;
}

static ValueKind plain_operation(PyOp op, Value a, Value b) {
  if (is_number(a) && is_number(b)) {
    if (op == PY_DIV)
      return VALUE_FLOAT;
    if (op == PY_POW || (a.kind == VALUE_BOOL && b.kind == VALUE_BOOL))
      return VALUE_UNKNOWN;
    return a.kind == VALUE_FLOAT || b.kind == VALUE_FLOAT ? VALUE_FLOAT : VALUE_INT;
  }
  if (op == PY_MOD && (a.kind == VALUE_STR || a.kind == VALUE_BYTES))
    return (ValueKind)a.kind;
  if (op == PY_ADD && a.kind == b.kind && (a.kind == VALUE_STR || a.kind == VALUE_BYTES))
    return (ValueKind)a.kind;
  if (op == PY_MULT && a.kind == VALUE_STR && b.kind == VALUE_INT)
    return VALUE_STR;
  bool dates = a.kind == VALUE_DATETIME || a.kind == VALUE_DATE;
  if ((op == PY_ADD || op == PY_SUB) && dates && b.kind == VALUE_TIMEDELTA)
    return (ValueKind)a.kind;
  if (op == PY_SUB && dates && b.kind == a.kind)
    return VALUE_TIMEDELTA;
  return VALUE_UNKNOWN;
}

static Value column_operation(ValueCtx *cx, PyOp op, Value a, Value b, uint32_t file,
                              Ref r) {
  Sure sure = criterion_sure(a, b);
  if (op == PY_BIT_AND || op == PY_BIT_OR)
    return clause(cx, file, r, sure);
  Value left = is_column_like(a) ? value_item(a) : a;
  Value right = is_column_like(b) ? value_item(b) : b;
  ValueKind kind = plain_operation(op, left, right);
  // SQL division and mixed numbers depend on the dialect.
  if (op == PY_DIV || op == PY_FLOOR_DIV || op == PY_MOD)
    kind = VALUE_UNKNOWN;
  Value item = kind ? value_make(kind, file, r) : value_unknown();
  return value_lower(value_with_item(cx, VALUE_EXPRESSION, item, file, r), sure);
}

Value infer_operation(ValueCtx *cx, PyOp op, Value a, Value b, uint32_t file, Ref r) {
  if (is_bottom(a) || is_bottom(b))
    return value_bottom();
  if (is_column_like(a) || is_column_like(b))
    return column_operation(cx, op, a, b, file, r);
  if (op == PY_ADD && a.kind == VALUE_LIST && b.kind == VALUE_LIST)
    return value_join(cx, a, b);
  ValueKind kind = plain_operation(op, a, b);
  return value_lower(value_make(kind, file, r), lower_sure(a, b));
}

// `X | None` of classes: kept by its place, for annotations by another name.
static bool is_class(Value v) {
  return v.kind == VALUE_CLASS || v.kind == VALUE_MAPPED_CLASS;
}

static Value infer_bin_op(ValueCtx *cx, uint32_t file, Ref r) {
  const PyBinOp *n = PY_AS(BinOp, tree_of(cx, file), r);
  PyOp op = (PyOp)n->node.aux;
  Value a = ask(cx, file, n->left);
  Value b = ask(cx, file, n->right);
  bool is_union = op == PY_BIT_OR && (is_class(a) || is_class(b)) &&
                  (is_class(a) || a.kind == VALUE_NONE) &&
                  (is_class(b) || b.kind == VALUE_NONE);
  if (is_union)
    return value_lower(value_make(VALUE_CLASS, file, r), lower_sure(a, b));
  return infer_operation(cx, op, a, b, file, r);
}

static Value infer_unary_op(ValueCtx *cx, uint32_t file, Ref r) {
  const PyUnaryOp *n = PY_AS(UnaryOp, tree_of(cx, file), r);
  PyOp op = (PyOp)n->node.aux;
  if (op == PY_NOT)
    return value_make(VALUE_BOOL, file, r);
  Value v = ask(cx, file, n->operand);
  if (is_bottom(v))
    return v;
  if (op == PY_INVERT && is_boolean_column(v))
    return clause(cx, file, r, (Sure)v.sure);
  if (value_is_column(v))
    return value_lower(value_with_item(cx, VALUE_EXPRESSION, value_item(v), file, r),
                       (Sure)v.sure);
  if (v.kind == VALUE_INT || (v.kind == VALUE_FLOAT && op != PY_INVERT))
    return value_lower(value_make((ValueKind)v.kind, file, r), (Sure)v.sure);
  return value_unknown();
}

// a or b, a and b
static Value infer_bool_op(ValueCtx *cx, uint32_t file, Ref r) {
  const PyTree *t = tree_of(cx, file);
  const PyBoolOp *n = PY_AS(BoolOp, t, r);
  PyRefs values = py_list(t, n->values);
  Value v = value_bottom();
  for (uint32_t i = 0; i < values.len; i++) {
    Value side = ask(cx, file, values.at[i]);
    bool is_last = i + 1 == values.len;
    if (n->node.aux == PY_OR && !is_last) {
      if (side.kind == VALUE_NONE)
        continue;
      side.flags &= (uint16_t)~VALUE_OR_NONE;
    }
    v = value_join(cx, v, side);
  }
  return v;
}

static Value join_all(ValueCtx *cx, uint32_t file, PyRefs refs) {
  Value v = value_bottom();
  for (uint32_t i = 0; i < refs.len; i++) {
    if (py_kind(tree_of(cx, file), refs.at[i]) == PY_STARRED)
      return value_unknown();
    v = value_join(cx, v, ask(cx, file, refs.at[i]));
  }
  // An element that is unknown makes the others no more than likely: leave it open.
  return v.sure == SURE_PROVEN || is_bottom(v) ? v : value_unknown();
}

static Value infer_display(ValueCtx *cx, uint32_t file, Ref r, ValueKind kind, Ref list) {
  PyRefs elts = py_list(tree_of(cx, file), list);
  if (elts.len == 0)
    return value_make(kind, file, r);
  Value item = join_all(cx, file, elts);
  return is_bottom(item) ? item : value_with_item(cx, kind, item, file, r);
}

static Value infer_tuple(ValueCtx *cx, uint32_t file, Ref r) {
  const PyTree *t = tree_of(cx, file);
  PyRefs elts = py_list(t, PY_AS(Tuple, t, r)->elts);
  Value v = value_make(VALUE_TUPLE, file, r);
  ShapeItem *items = arena_array(cx->arena, ShapeItem, elts.len + 1);
  for (uint32_t i = 0; i < elts.len; i++) {
    if (py_kind(t, elts.at[i]) == PY_STARRED)
      return v;
    items[i].value = ask(cx, file, elts.at[i]);
    if (is_bottom(items[i].value))
      return value_bottom();
    items[i].at = (Place){file, elts.at[i]};
  }
  v.shape = shape_of_items(cx, items, elts.len, SHAPE_WHOLE);
  return v;
}

static Value infer_dict(ValueCtx *cx, uint32_t file, Ref r) {
  const PyTree *t = tree_of(cx, file);
  PyRefs items = py_list(t, PY_AS(Dict, t, r)->items);
  Value item = value_bottom();
  for (uint32_t i = 0; i + 1 < items.len; i += 2) {
    if (!items.at[i])
      return value_make(VALUE_DICT, file, r);
    item = value_join(cx, item, ask(cx, file, items.at[i + 1]));
  }
  if (is_bottom(item) || item.sure != SURE_PROVEN)
    return value_make(VALUE_DICT, file, r);
  return value_with_item(cx, VALUE_DICT, item, file, r);
}

static Value infer_comprehension(ValueCtx *cx, uint32_t file, Ref r, ValueKind kind,
                                 Ref elt) {
  return value_with_item(cx, kind, ask(cx, file, elt), file, r);
}

static bool generator_is_async(const PyTree *t, Ref generators) {
  PyRefs list = py_list(t, generators);
  for (uint32_t i = 0; i < list.len; i++)
    if (py_node(t, list.at[i])->flags & PYF_ASYNC)
      return true;
  return false;
}

static bool literal_index(const PyTree *t, Ref r, int64_t *index) {
  bool negative = false;
  if (py_kind(t, r) == PY_UNARY_OP && py_node(t, r)->aux == PY_U_SUB) {
    negative = true;
    r = PY_AS(UnaryOp, t, r)->operand;
  }
  if (py_kind(t, r) != PY_NUM || py_node(t, r)->aux != PY_NUM_INT)
    return false;
  Str text = py_text(t, r);
  *index = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9' || *index > 1000000)
      return false;
    *index = *index * 10 + (text.ptr[i] - '0');
  }
  if (negative)
    *index = -*index;
  return true;
}

Value value_element(ValueCtx *cx, Value v, uint32_t at, uint32_t count) {
  (void)cx;
  if (is_bottom(v))
    return v;
  bool has_parts = v.kind == VALUE_TUPLE || v.kind == VALUE_ROW;
  if (has_parts && v.shape && v.shape->yields != YIELD_UNKNOWN) {
    if (at >= v.shape->count || (count && count != v.shape->count))
      return value_unknown();
    return value_lower(v.shape->items[at].value, (Sure)v.sure);
  }
  if (v.kind == VALUE_ROW)
    return value_unknown();
  return value_iterated(cx, v, false);
}

static Value infer_index(ValueCtx *cx, Value v, uint32_t file, Ref r, Ref slice) {
  const PyTree *t = tree_of(cx, file);
  bool is_slice = py_kind(t, slice) == PY_SLICE;
  int64_t index = 0;
  bool is_literal = literal_index(t, slice, &index);
  switch ((ValueKind)v.kind) {
  case VALUE_LIST:
  case VALUE_SEQUENCE:
    return is_slice ? v : value_item(v);
  case VALUE_STR:
    return value_lower(value_make(VALUE_STR, file, r), (Sure)v.sure);
  case VALUE_DICT:
    return value_item(v);
  case VALUE_TUPLE:
  case VALUE_ROW:
    if (is_slice)
      return value_lower(value_make(VALUE_TUPLE, file, r), (Sure)v.sure);
    if (is_literal && v.shape) {
      int64_t from_end = index < 0 ? index + (int64_t)v.shape->count : index;
      return from_end < 0 ? value_unknown() : value_element(cx, v, (uint32_t)from_end, 0);
    }
    return value_item(v);
  case VALUE_QUERY: {
    Value item = shape_query_item(cx, v.shape, file, r);
    Value got = is_slice ? value_with_item(cx, VALUE_LIST, item, file, r) : item;
    return value_lower(got, (Sure)v.sure);
  }
  default:
    return value_unknown();
  }
}

// Generic[...]: the class itself when it is called; annotations look at its place.
static Value generic(Value v, uint32_t file, Ref r) {
  if (v.kind == VALUE_CLASS && v.symbol)
    v.root = (Place){file, r};
  return v;
}

static Value infer_subscript(ValueCtx *cx, uint32_t file, Ref r) {
  const PyTree *t = tree_of(cx, file);
  const PySubscript *n = PY_AS(Subscript, t, r);
  Value v = ask(cx, file, n->value);
  if (v.kind == VALUE_CLASS || v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_BASE_CLASS)
    return generic(v, file, r);
  if (v.kind == VALUE_COLUMN_COLLECTION)
    return method_attribute(cx, v, 0, file, r);
  if (value_is_column(v))
    return value_lower(value_make(VALUE_EXPRESSION, file, r), (Sure)v.sure);
  if (v.kind == VALUE_METHOD && v.item && v.item->kind == VALUE_METADATA)
    return value_lower(value_make(VALUE_TABLE, file, r), (Sure)v.sure);
  return is_bottom(v) ? v : infer_index(cx, v, file, r, n->slice);
}

static Value infer_attribute(ValueCtx *cx, uint32_t file, Ref r) {
  const PyAttribute *n = PY_AS(Attribute, tree_of(cx, file), r);
  Value v = ask(cx, file, n->value);
  if (is_bottom(v))
    return v;
  v.flags &= (uint16_t)~VALUE_OR_NONE;
  Value got = method_attribute(cx, v, n->attr, file, r);
  if (got.kind != VALUE_UNKNOWN)
    return got;
  return is_known(v) ? got : habit_of_name(cx, n->attr, file, r);
}

static Value infer_constant(uint32_t file, Ref r, const PyNode *n) {
  switch (n->aux) {
  case PY_CONST_NONE:
    return value_make(VALUE_NONE, file, r);
  case PY_CONST_ELLIPSIS:
    return value_make(VALUE_PY_OTHER, file, r);
  default:
    return value_make(VALUE_BOOL, file, r);
  }
}

static Value literal(uint32_t file, Ref r, ValueKind kind) {
  Value v = value_make(kind, file, r);
  v.flags |= VALUE_LITERAL;
  return v;
}

static Value infer_number(uint32_t file, Ref r, const PyNode *n) {
  ValueKind kind = n->aux == PY_NUM_INT     ? VALUE_INT
                   : n->aux == PY_NUM_FLOAT ? VALUE_FLOAT
                                            : VALUE_COMPLEX;
  return literal(file, r, kind);
}

static Value infer_plain(ValueCtx *cx, uint32_t file, Ref r, const PyNode *n) {
  const PyTree *t = tree_of(cx, file);
  switch ((PyKind)n->kind) {
  case PY_STR:
    return literal(file, r, n->flags & PYF_BYTES ? VALUE_BYTES : VALUE_STR);
  case PY_JOINED_STR:
    return value_make(VALUE_STR, file, r);
  case PY_NUM:
    return infer_number(file, r, n);
  case PY_CONSTANT:
    return infer_constant(file, r, n);
  case PY_LIST:
    return infer_display(cx, file, r, VALUE_LIST, PY_AS(List, t, r)->elts);
  case PY_SET:
    return infer_display(cx, file, r, VALUE_SET, PY_AS(Set, t, r)->elts);
  case PY_TUPLE:
    return infer_tuple(cx, file, r);
  case PY_DICT:
    return infer_dict(cx, file, r);
  case PY_LIST_COMP:
    return infer_comprehension(cx, file, r, VALUE_LIST, PY_AS(ListComp, t, r)->elt);
  case PY_SET_COMP:
    return infer_comprehension(cx, file, r, VALUE_SET, PY_AS(SetComp, t, r)->elt);
  case PY_DICT_COMP:
    return infer_comprehension(cx, file, r, VALUE_DICT, PY_AS(DictComp, t, r)->value);
  case PY_GENERATOR_EXP: {
    const PyGeneratorExp *g = PY_AS(GeneratorExp, t, r);
    bool is_async = generator_is_async(t, g->generators);
    return infer_comprehension(cx, file, r,
                               is_async ? VALUE_ASYNC_ITERATOR : VALUE_ITERATOR, g->elt);
  }
  default:
    return value_unknown();
  }
}

// The expression that the value of `r` is built on: the receiver of a chain.
static Ref spine_of(const PyTree *t, Ref r) {
  switch (py_kind(t, r)) {
  case PY_CALL:
    return PY_AS(Call, t, r)->func;
  case PY_ATTRIBUTE:
    return PY_AS(Attribute, t, r)->value;
  case PY_SUBSCRIPT:
    return PY_AS(Subscript, t, r)->value;
  case PY_AWAIT:
    return PY_AS(Await, t, r)->value;
  case PY_BIN_OP:
    return PY_AS(BinOp, t, r)->left;
  default:
    return 0;
  }
}

// Long chains are answered from the inside, so that they do not nest.
static void answer_spine(ValueCtx *cx, uint32_t file, Ref r) {
  enum {
    STEP = 16,
    MAX_STOPS = 512
  };
  const PyTree *t = tree_of(cx, file);
  Ref stops[MAX_STOPS];
  uint32_t count = 0;
  int at = 0;
  for (Ref s = spine_of(t, r); s; s = spine_of(t, s)) {
    if (++at % STEP)
      continue;
    if (value_is_answered(cx, file, s))
      break;
    stops[count++ % MAX_STOPS] = s;
  }
  uint32_t stored = count < MAX_STOPS ? count : MAX_STOPS;
  for (uint32_t i = 0; i < stored; i++)
    (void)ask(cx, file, stops[(count - 1 - i) % MAX_STOPS]);
}

Value infer_expression(ValueCtx *cx, uint32_t file, Ref r) {
  const PyTree *t = tree_of(cx, file);
  PyKind kind = py_kind(t, r);
  if (kind == PY_NONE)
    return value_unknown();
  if (spine_of(t, r))
    answer_spine(cx, file, r);
  switch (kind) {
  case PY_NAME:
    return infer_name(cx, file, r);
  case PY_ATTRIBUTE:
    return infer_attribute(cx, file, r);
  case PY_CALL:
    return infer_call(cx, file, r);
  case PY_SUBSCRIPT:
    return infer_subscript(cx, file, r);
  case PY_AWAIT:
    return value_awaited(cx, ask(cx, file, PY_AS(Await, t, r)->value));
  case PY_NAMED_EXPR:
    return ask(cx, file, PY_AS(NamedExpr, t, r)->value);
  case PY_COMPARE:
    return infer_compare(cx, file, r);
  case PY_BIN_OP:
    return infer_bin_op(cx, file, r);
  case PY_UNARY_OP:
    return infer_unary_op(cx, file, r);
  case PY_BOOL_OP:
    return infer_bool_op(cx, file, r);
  case PY_IF_EXP: {
    const PyIfExp *n = PY_AS(IfExp, t, r);
    Value body = ask(cx, file, n->body);
    return value_join(cx, body, ask(cx, file, n->orelse));
  }
  case PY_LAMBDA: {
    Value v = value_make(VALUE_FUNCTION, file, r);
    v.owner = (Place){file, r};
    return v;
  }
  default:
    return infer_plain(cx, file, r, py_node(t, r));
  }
}

// ---- iterating, awaiting, entering

Value value_iterated(ValueCtx *cx, Value v, bool is_async) {
  if (is_bottom(v))
    return v;
  Value got = value_unknown();
  switch ((ValueKind)v.kind) {
  case VALUE_LIST:
  case VALUE_SET:
  case VALUE_SEQUENCE:
  case VALUE_ITERATOR:
    got = is_async ? got : value_item(v);
    break;
  case VALUE_ASYNC_ITERATOR:
  case VALUE_ASYNC_SCALAR_RESULT:
    got = is_async ? value_item(v) : got;
    break;
  case VALUE_SCALAR_RESULT:
    got = value_item(v);
    break;
  case VALUE_STR:
    got = value_make(VALUE_STR, v.root.file, 0);
    break;
  case VALUE_TUPLE:
    got = value_item(v);
    if (v.shape && v.shape->yields != YIELD_UNKNOWN) {
      got = value_bottom();
      for (uint32_t i = 0; i < v.shape->count; i++)
        got = value_join(cx, got, v.shape->items[i].value);
      if (is_bottom(got) || got.sure != SURE_PROVEN)
        got = value_unknown();
    }
    break;
  case VALUE_QUERY:
  case VALUE_DYNAMIC:
    got = shape_query_item(cx, v.shape, v.root.file, 0);
    break;
  case VALUE_RESULT:
    got = shape_row(cx, v.shape, v.root.file, 0);
    break;
  case VALUE_ASYNC_RESULT:
    got = is_async ? shape_row(cx, v.shape, v.root.file, 0) : got;
    break;
  case VALUE_MAPPING_RESULT:
  case VALUE_ASYNC_MAPPING_RESULT:
    got = value_make(VALUE_ROW_MAPPING, v.root.file, 0);
    got.shape = v.shape;
    break;
  case VALUE_COLUMN_COLLECTION:
    return method_attribute(cx, v, 0, v.root.file, 0);
  default:
    break;
  }
  return value_lower(got, (Sure)v.sure);
}

Value value_awaited(ValueCtx *cx, Value v) {
  (void)cx;
  switch ((ValueKind)v.kind) {
  case VALUE_AWAITABLE:
  case VALUE_AWAITABLE_CONTEXT:
    return value_item(v);
  case VALUE_ASYNC_CONNECTION:
  case VALUE_ASYNC_TRANSACTION:
  case VALUE_ASYNC_SESSION_TRANSACTION:
    return v;
  default:
    return is_bottom(v) ? v : value_unknown();
  }
}

static bool enters_itself(Value v, bool is_async) {
  switch ((ValueKind)v.kind) {
  case VALUE_CONNECTION:
  case VALUE_SESSION:
  case VALUE_TRANSACTION:
  case VALUE_SESSION_TRANSACTION:
  case VALUE_RESULT:
    return !is_async;
  case VALUE_ASYNC_CONNECTION:
  case VALUE_ASYNC_SESSION:
  case VALUE_ASYNC_TRANSACTION:
  case VALUE_ASYNC_SESSION_TRANSACTION:
    return is_async;
  default:
    return false;
  }
}

Value value_entered(ValueCtx *cx, Value v, bool is_async) {
  if (is_bottom(v))
    return v;
  v.flags &= (uint16_t)~VALUE_OR_NONE;
  if (enters_itself(v, is_async))
    return v;
  if (v.kind == (is_async ? VALUE_ASYNC_CONTEXT : VALUE_CONTEXT) ||
      (is_async && v.kind == VALUE_AWAITABLE_CONTEXT))
    return value_item(v);
  if (v.kind != VALUE_OBJECT)
    return value_unknown();
  Atom name = intern(cx->names, is_async ? STR("__aenter__") : STR("__enter__"));
  Value method = class_attribute(cx, v, name, v.root.file, v.root.ref);
  Value got = call_function_bare(cx, method);
  return is_async ? value_awaited(cx, got) : got;
}

Value value_attribute(ValueCtx *cx, Value v, Atom name) {
  Value got = method_attribute(cx, v, name, v.root.file, v.root.ref);
  return is_bottom(got) ? value_unknown() : got;
}
