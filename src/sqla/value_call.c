// value_call.c: calls of what is not a method of SQLAlchemy: its functions and classes,
// builtins, functions and classes of the project.
#include "sqla/value_internal.h"

// ---- arguments

bool has_star_args(const PyTree *t, PyRefs args) {
  for (uint32_t i = 0; i < args.len; i++) {
    PyKind kind = py_kind(t, args.at[i]);
    if (kind == PY_STARRED)
      return true;
    if (kind == PY_KEYWORD && PY_AS(Keyword, t, args.at[i])->arg == 0)
      return true;
  }
  return false;
}

bool call_has_star(const PyTree *t, Ref call) {
  return has_star_args(t, py_list(t, PY_AS(Call, t, call)->args));
}

Ref call_arg(const PyTree *t, Ref call, uint32_t position, Atom keyword) {
  if (py_kind(t, call) != PY_CALL)
    return 0;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  uint32_t at = 0;
  bool starred = false;
  for (uint32_t i = 0; i < args.len; i++) {
    PyKind kind = py_kind(t, args.at[i]);
    if (kind == PY_KEYWORD) {
      const PyKeyword *k = PY_AS(Keyword, t, args.at[i]);
      if (keyword && k->arg == keyword)
        return k->value;
    } else if (kind == PY_STARRED) {
      starred = true;
    } else if (!starred && at++ == position) {
      return args.at[i];
    }
  }
  return 0;
}

static Ref keyword(const ValueCtx *cx, const PyTree *t, Ref call, const char *name) {
  return call_arg(t, call, UINT32_MAX, intern(cx->names, str_from(name)));
}

static bool is_constant(const PyTree *t, Ref r, PyConst constant) {
  return py_kind(t, r) == PY_CONSTANT && py_node(t, r)->aux == constant;
}

// create_engine(url, future=True), sessionmaker(autoflush=False)
static uint16_t option_flags(ValueCtx *cx, const PyTree *t, Ref call) {
  uint16_t flags = 0;
  Ref level = keyword(cx, t, call, "isolation_level");
  if (is_constant(t, keyword(cx, t, call, "future"), PY_CONST_TRUE))
    flags |= VALUE_FUTURE;
  if (is_constant(t, keyword(cx, t, call, "autocommit"), PY_CONST_TRUE) ||
      (level && str_find(py_text(t, level), STR("AUTOCOMMIT"), 0) != SIZE_MAX))
    flags |= VALUE_AUTOCOMMIT;
  if (is_constant(t, keyword(cx, t, call, "autoflush"), PY_CONST_FALSE))
    flags |= VALUE_NO_AUTOFLUSH;
  if (is_constant(t, keyword(cx, t, call, "expire_on_commit"), PY_CONST_FALSE))
    flags |= VALUE_NO_EXPIRE;
  if (call_has_star(t, call))
    flags |= VALUE_OPTIONS_UNKNOWN;
  return flags;
}

// ---- rules of value_symbols.def

typedef struct {
  ValueCtx *cx;
  Value func;
  const Symbol *s;
  uint32_t file;
  Ref at; // the call
  const PyTree *t;
} Call;

static Value arg(const Call *c, uint32_t position) {
  Ref r = call_arg(c->t, c->at, position, 0);
  return r ? ask(c->cx, c->file, r) : value_unknown();
}

static Value result_of(const Call *c) {
  Value v = value_make((ValueKind)c->s->result, c->file, c->at);
  v.flags |= (uint16_t)(c->s->flags & 0xFFFF);
  return v;
}

static Value with_item(const Call *c, Value item) {
  Value v = value_with_item(c->cx, (ValueKind)c->s->result, item, c->file, c->at);
  if (!is_bottom(v))
    v.flags |= (uint16_t)(c->s->flags & 0xFFFF);
  return v;
}

static Value plain_item(const Call *c, ValueKind kind) {
  return with_item(c, value_make(kind, c->file, c->at));
}

static Value maker(const Call *c) {
  bool is_async = c->s->result == VALUE_ASYNC_SESSIONMAKER;
  Ref cls = keyword(c->cx, c->t, c->at, "class_");
  Value item = value_make(is_async ? VALUE_ASYNC_SESSION : VALUE_SESSION, c->file, c->at);
  uint16_t flags = option_flags(c->cx, c->t, c->at);
  if (cls)
    item = instance_of(c->cx, ask(c->cx, c->file, cls), c->file, c->at);
  else if (flags & VALUE_OPTIONS_UNKNOWN)
    item = value_likely(item);
  if (is_known(item))
    item.flags |= flags;
  return with_item(c, item);
}

static Value scoped(const Call *c) {
  Ref factory = call_arg(c->t, c->at, 0, intern(c->cx->names, STR("session_factory")));
  Value v = factory ? ask(c->cx, c->file, factory) : value_unknown();
  if (is_bottom(v))
    return v;
  bool makes = v.kind == VALUE_SESSIONMAKER || v.kind == VALUE_ASYNC_SESSIONMAKER;
  return with_item(c, makes ? value_item(v) : value_unknown());
}

static Value inspect(const Call *c) {
  Value v = arg(c, 0);
  ValueKind kind = VALUE_UNKNOWN;
  if (v.kind == VALUE_ENGINE || v.kind == VALUE_CONNECTION)
    kind = VALUE_INSPECTOR;
  else if (v.kind == VALUE_MAPPED_CLASS)
    kind = VALUE_MAPPER;
  else if (v.kind == VALUE_ENTITY)
    kind = VALUE_ATTRIBUTE_STATE;
  else if (is_bottom(v))
    return v;
  return value_lower(value_make(kind, c->file, c->at), (Sure)v.sure);
}

static Value from_args(const Call *c) {
  ShapeArgs args = {.is_query = c->s->result == VALUE_QUERY};
  Ref first = call_arg(c->t, c->at, 0, 0);
  bool is_list = py_kind(c->t, first) == PY_LIST;
  const Shape *s = shape_of_args(c->cx, c->file, c->at, &args);
  if (!s)
    return value_bottom();
  Value v = result_of(c);
  v.shape = s;
  if (is_list || c->s->result == VALUE_QUERY)
    v.flags |= VALUE_LEGACY;
  return value_lower(v, (Sure)s->sure);
}

static Value of_argument(const Call *c) {
  Value v = arg(c, 0);
  if (is_bottom(v))
    return v;
  Value got = result_of(c);
  bool compound = c->s->rule == RULE_UNION;
  got.shape = value_is_statement(v)
                  ? shape_with_flags(c->cx, v.shape, compound ? SHAPE_COMPOUND : 0)
                  : NULL;
  return got.shape ? value_lower(got, (Sure)v.sure) : got;
}

static Value alias(const Call *c) {
  Value v = arg(c, 0);
  bool is_entity = v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_ALIASED_CLASS;
  if (is_bottom(v))
    return v;
  if (is_entity) {
    Value got = value_make(VALUE_ALIASED_CLASS, c->file, c->at);
    got.owner = v.owner;
    return value_lower(got, (Sure)v.sure);
  }
  bool is_from = v.kind == VALUE_TABLE || v.kind == VALUE_ALIAS;
  if (!is_from)
    return value_unknown();
  Value got = value_make(VALUE_ALIAS, c->file, c->at);
  got.owner = v.owner;
  return value_lower(got, (Sure)v.sure);
}

// Column("name", Integer, ...), column("name", Integer)
static Value column(const Call *c) {
  PyRefs args = py_list(c->t, PY_AS(Call, c->t, c->at)->args);
  Value item = value_unknown();
  Atom key = 0;
  for (uint32_t i = 0; i < args.len && i < 2; i++) {
    if (py_kind(c->t, args.at[i]) == PY_STR && i == 0) {
      Buf text = {0};
      if (py_str_value(c->t, args.at[i], &text))
        key = intern(c->cx->names, buf_str(&text));
      buf_free(&text);
    } else if (item.kind == VALUE_UNKNOWN) {
      item = type_reads(c->cx, ask(c->cx, c->file, args.at[i]));
    }
  }
  Value v = with_item(c, item);
  v.key = key;
  return v;
}

static Value negation(const Call *c) {
  Value v = arg(c, 0);
  if (!is_known(v))
    return v;
  bool is_bool = v.kind == VALUE_CLAUSE || v.kind == VALUE_EXISTS ||
                 (v.item && v.item->kind == VALUE_BOOL && value_is_column(v));
  Value got = value_with_item(c->cx, is_bool ? VALUE_CLAUSE : VALUE_EXPRESSION,
                              value_make(VALUE_BOOL, c->file, c->at), c->file, c->at);
  return value_is_column(v) ? value_lower(got, (Sure)v.sure) : value_unknown();
}

// list(x), sorted(x), iter(x), next(x)
static Value collect(const Call *c) {
  Value v = arg(c, 0);
  if (is_bottom(v))
    return v;
  Value item = value_iterated(c->cx, v, c->s->result == VALUE_ASYNC_ITERATOR);
  if (c->s->rule != RULE_NEXT) {
    if (!is_known(v) || item.sure != SURE_PROVEN)
      return result_of(c);
    return with_item(c, item);
  }
  if (call_arg(c->t, c->at, 1, 0))
    item = value_join(c->cx, item, arg(c, 1));
  if (c->s->result == VALUE_AWAITABLE)
    return with_item(c, item);
  return item;
}

static Value zip(const Call *c) {
  PyRefs args = py_list(c->t, PY_AS(Call, c->t, c->at)->args);
  bool numbered = c->s->rule == RULE_ENUMERATE;
  ShapeItem *items = arena_array(c->cx->arena, ShapeItem, args.len + 2);
  uint32_t count = 0;
  if (numbered)
    items[count++].value = value_make(VALUE_INT, c->file, c->at);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(c->t, args.at[i]) == PY_KEYWORD || (numbered && i > 0))
      continue;
    if (py_kind(c->t, args.at[i]) == PY_STARRED)
      return result_of(c);
    Value v = value_iterated(c->cx, ask(c->cx, c->file, args.at[i]), false);
    if (is_bottom(v))
      return v;
    items[count++].value = v;
  }
  Value tuple = value_make(VALUE_TUPLE, c->file, c->at);
  tuple.shape = shape_of_items(c->cx, items, count, SHAPE_WHOLE);
  return with_item(c, tuple);
}

static Value sql_cast(const Call *c) {
  return with_item(c, type_reads(c->cx, arg(c, 1)));
}

static Value of_type(const Call *c) {
  Value v = value_make(VALUE_TYPE, c->file, c->at);
  v.symbol = c->func.symbol;
  return v;
}

static Value context_of(const Call *c) {
  return with_item(c, arg(c, 0));
}

static Value with_kind(const Call *c) {
  switch (c->s->rule) {
  case RULE_BOOL_ITEM:
  case RULE_COMPARISON:
    return plain_item(c, VALUE_BOOL);
  case RULE_INT_ITEM:
    return plain_item(c, VALUE_INT);
  case RULE_OWN: {
    Value v = result_of(c);
    v.owner = (Place){c->file, c->at};
    return v;
  }
  case RULE_NO_ROWS: {
    Value v = result_of(c);
    Shape *s = arena_new(c->cx->arena, Shape);
    *s = (Shape){.yields = YIELD_NOTHING, .sure = SURE_PROVEN, .flags = SHAPE_WHOLE};
    v.shape = s;
    return v;
  }
  case RULE_OPAQUE: {
    Value v = result_of(c);
    v.flags |= VALUE_OPTIONS_UNKNOWN;
    return v;
  }
  case RULE_ENGINE: {
    Value v = result_of(c);
    v.flags |= option_flags(c->cx, c->t, c->at);
    return v;
  }
  default:
    return c->s->result ? result_of(c) : value_unknown();
  }
}

static Value call_symbol(ValueCtx *cx, Value func, uint32_t file, Ref at) {
  const Call call = {cx, func, symbol_at(func.symbol), file, at, tree_of(cx, file)};
  const Call *c = &call;
  if (c->s->form == SYMBOL_TYPING)
    return value_unknown();
  switch (c->s->rule) {
  case RULE_ARGS:
    return from_args(c);
  case RULE_MAKER:
    return maker(c);
  case RULE_SCOPED:
    return scoped(c);
  case RULE_INSPECT:
    return inspect(c);
  case RULE_UNION:
  case RULE_SHAPE_OF_ARGUMENT:
    return of_argument(c);
  case RULE_ALIAS:
    return alias(c);
  case RULE_COLUMN:
    return column(c);
  case RULE_NOT:
    return negation(c);
  case RULE_CAST:
    return sql_cast(c);
  case RULE_COLLECT:
  case RULE_ITERATE:
  case RULE_NEXT:
    return collect(c);
  case RULE_ENUMERATE:
  case RULE_ZIP:
    return zip(c);
  case RULE_ARGUMENT:
    return arg(c, 0);
  case RULE_CONTEXT:
    return context_of(c);
  case RULE_RUN:
    return value_awaited(cx, arg(c, 0));
  case RULE_TYPING_CAST: {
    Ref type = call_arg(c->t, at, 0, 0);
    return type ? value_ask(cx, file, type, ASK_ANNOTATION, infer_annotation)
                : value_unknown();
  }
  case RULE_DEPENDS:
  case RULE_FIXTURE:
  case RULE_DECORATOR:
  case RULE_PROPERTY:
  case RULE_TRANSPARENT:
    return value_unknown();
  default:
    return c->s->result == VALUE_TYPE ? of_type(c) : with_kind(c);
  }
}

// ---- functions and classes of the project

static Value call_function(ValueCtx *cx, Value func) {
  if (!func.owner.ref)
    return value_unknown();
  const PyTree *t = tree_of(cx, func.owner.file);
  Value v;
  if (py_kind(t, func.owner.ref) == PY_LAMBDA)
    v = ask(cx, func.owner.file, PY_AS(Lambda, t, func.owner.ref)->body);
  else
    v = ask_return(cx, func.owner);
  return value_lower(v, (Sure)func.sure);
}

// Session(): options given now are not those of the factory.
static Value from_factory(ValueCtx *cx, Value factory, uint32_t file, Ref at) {
  bool is_async = factory.kind == VALUE_ASYNC_SESSIONMAKER ||
                  factory.kind == VALUE_ASYNC_SCOPED_SESSION;
  Value v = value_item(factory);
  if (v.kind == VALUE_UNKNOWN)
    v = value_likely(
        value_make(is_async ? VALUE_ASYNC_SESSION : VALUE_SESSION, file, at));
  const PyTree *t = tree_of(cx, file);
  if (py_kind(t, at) == PY_CALL) {
    v.flags |= option_flags(cx, t, at);
    v.root = (Place){file, at};
  }
  return value_lower(v, (Sure)factory.sure);
}

static Value call_object(ValueCtx *cx, Value object, uint32_t file, Ref at) {
  Atom name = intern(cx->names, STR("__call__"));
  Value method = class_attribute(cx, object, name, file, at);
  return method.kind == VALUE_FUNCTION ? call_function(cx, method) : value_unknown();
}

Value call_value(ValueCtx *cx, Value func, uint32_t file, Ref at) {
  bool is_call = py_kind(tree_of(cx, file), at) == PY_CALL;
  switch ((ValueKind)func.kind) {
  case VALUE_METHOD:
    return is_call ? method_call(cx, func, file, at) : value_unknown();
  case VALUE_FUNCTION:
    if (func.symbol)
      return is_call ? value_lower(call_symbol(cx, func, file, at), (Sure)func.sure)
                     : value_unknown();
    return call_function(cx, func);
  case VALUE_CLASS:
    if (func.symbol)
      return is_call ? value_lower(call_symbol(cx, func, file, at), (Sure)func.sure)
                     : instance_of(cx, func, file, at);
    return instance_of(cx, func, file, at);
  case VALUE_MAPPED_CLASS:
    return instance_of(cx, func, file, at);
  case VALUE_SESSIONMAKER:
  case VALUE_ASYNC_SESSIONMAKER:
  case VALUE_SCOPED_SESSION:
  case VALUE_ASYNC_SCOPED_SESSION:
    return from_factory(cx, func, file, at);
  case VALUE_OBJECT:
    return call_object(cx, func, file, at);
  case VALUE_UNKNOWN:
    return is_call ? executed_by_any(cx, file, at) : func;
  default:
    return is_bottom(func) ? func : value_unknown();
  }
}

Value call_function_bare(ValueCtx *cx, Value func) {
  switch ((ValueKind)func.kind) {
  case VALUE_FUNCTION:
    return func.symbol ? value_unknown() : call_function(cx, func);
  case VALUE_CLASS:
  case VALUE_MAPPED_CLASS:
    return instance_of(cx, func, func.root.file, func.root.ref);
  case VALUE_SESSIONMAKER:
  case VALUE_ASYNC_SESSIONMAKER:
  case VALUE_SCOPED_SESSION:
    return from_factory(cx, func, func.root.file, func.root.ref);
  case VALUE_OBJECT:
    return call_object(cx, func, func.root.file, func.root.ref);
  default:
    return is_bottom(func) ? func : value_unknown();
  }
}

Value infer_call(ValueCtx *cx, uint32_t file, Ref r) {
  Value func = ask(cx, file, PY_AS(Call, tree_of(cx, file), r)->func);
  if (is_bottom(func))
    return func;
  func.flags &= (uint16_t)~VALUE_OR_NONE;
  return call_value(cx, func, file, r);
}
