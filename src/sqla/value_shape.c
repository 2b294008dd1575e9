// value_shape.c: select lists, and what a query or result made of them yields.
//
//   select(User)               one entity: Rows of one instance; a Query gives instances
//   select(User.id)            Rows of one int
//   select(User, Address.id)   Rows of an instance and an int
#include "sqla/value_internal.h"

const Shape *shape_unknown(ValueCtx *cx, uint32_t flags) {
  Shape *s = arena_new(cx->arena, Shape);
  s->yields = YIELD_UNKNOWN;
  s->sure = SURE_PROVEN;
  s->flags = flags & ~(uint32_t)SHAPE_WHOLE;
  return s;
}

const Shape *shape_with_flags(ValueCtx *cx, const Shape *s, uint32_t flags) {
  flags &= ~(uint32_t)SHAPE_WHOLE;
  if (!s || (s->flags & flags) == flags)
    return s;
  Shape *copy = arena_new(cx->arena, Shape);
  *copy = *s;
  copy->flags |= flags;
  return copy;
}

static uint8_t yield_of(const ShapeItem *items, uint32_t count) {
  if (count == 0)
    return YIELD_UNKNOWN;
  if (count > 1)
    return YIELD_SEVERAL;
  return items[0].value.kind == VALUE_ENTITY ? YIELD_ENTITY : YIELD_COLUMN;
}

const Shape *shape_of_items(ValueCtx *cx, const ShapeItem *items, uint32_t count,
                            uint32_t flags) {
  Shape *s = arena_new(cx->arena, Shape);
  s->yields = yield_of(items, count);
  s->sure = SURE_PROVEN;
  s->flags = flags;
  s->count = count;
  s->items = items;
  return s;
}

// ---- one argument of select() or query()

typedef enum {
  ARG_ITEM,    // selects one thing
  ARG_SEVERAL, // selects columns that are not listed here: a Table, a subquery
  ARG_UNKNOWN,
  ARG_BOTTOM
} ArgForm;

static Value column_reads(Value column) {
  Value v = value_item(column);
  bool never_none = column.kind == VALUE_EXISTS ||
                    (v.kind == VALUE_INT && column.kind == VALUE_EXPRESSION);
  if (is_known(v) && v.kind != VALUE_NONE && !never_none)
    v.flags |= VALUE_OR_NONE;
  return v;
}

static ArgForm read_arg(Value v, ShapeItem *item) {
  *item = (ShapeItem){.column = v, .at = v.root};
  if (is_bottom(v))
    return ARG_BOTTOM;
  switch ((ValueKind)v.kind) {
  case VALUE_MAPPED_CLASS:
  case VALUE_ALIASED_CLASS:
    item->value = value_make(VALUE_ENTITY, v.root.file, v.root.ref);
    item->value.sure = v.sure;
    item->value.owner = v.owner;
    item->name = v.kind == VALUE_MAPPED_CLASS ? v.key : 0;
    return ARG_ITEM;
  case VALUE_COLUMN:
  case VALUE_LABEL:
    item->value = column_reads(v);
    item->name = v.key;
    return ARG_ITEM;
  case VALUE_EXPRESSION:
  case VALUE_CLAUSE:
  case VALUE_SCALAR_SELECT:
  case VALUE_EXISTS:
    item->value = column_reads(v);
    return ARG_ITEM;
  case VALUE_BUNDLE:
    return ARG_ITEM;
  case VALUE_TABLE:
  case VALUE_ALIAS:
  case VALUE_SUBQUERY:
  case VALUE_CTE:
  case VALUE_LATERAL:
  case VALUE_JOIN:
    return ARG_SEVERAL;
  default:
    return ARG_UNKNOWN;
  }
}

typedef struct {
  ShapeItem *items;
  uint32_t count, capacity;
  bool several; // Rows for certain, but not all of them are listed
  bool unknown;
  Sure sure;
  uint32_t flags;
} Collect;

static void collect_value(Collect *c, Value v, Place at) {
  ShapeItem item;
  ArgForm form = read_arg(v, &item);
  item.at = at;
  if (is_known(v) && v.sure < c->sure)
    c->sure = (Sure)v.sure;
  if (form == ARG_ITEM)
    c->items[c->count++] = item;
  else if (form == ARG_SEVERAL)
    c->several = true;
  else
    c->unknown = true;
}

static bool collect_refs(ValueCtx *cx, uint32_t file, PyRefs refs, Collect *c) {
  const PyTree *t = tree_of(cx, file);
  for (uint32_t i = 0; i < refs.len; i++) {
    PyKind kind = py_kind(t, refs.at[i]);
    if (kind == PY_STARRED || kind == PY_KEYWORD) {
      c->unknown = true;
      continue;
    }
    Value v = ask(cx, file, refs.at[i]);
    if (is_bottom(v))
      return false;
    collect_value(c, v, (Place){file, refs.at[i]});
  }
  return true;
}

const Shape *shape_of_args(ValueCtx *cx, uint32_t file, Ref call, const ShapeArgs *args) {
  const PyTree *t = tree_of(cx, file);
  PyRefs refs = py_list(t, PY_AS(Call, t, call)->args);
  bool is_list = refs.len >= 1 && py_kind(t, refs.at[0]) == PY_LIST; // select([a, b])
  if (is_list)
    refs = py_list(t, PY_AS(List, t, refs.at[0])->elts);
  const Shape *before = args->before;
  uint32_t old = args->adds && before ? before->count : 0;
  Collect c = {.sure = before ? (Sure)before->sure : SURE_PROVEN};
  c.items = arena_array(cx->arena, ShapeItem, old + refs.len + 1);
  for (uint32_t i = 0; i < old; i++)
    c.items[c.count++] = before->items[i];
  if (args->adds && (!before || (before->yields == YIELD_UNKNOWN)))
    c.unknown = true;
  if (args->adds && before && before->yields == YIELD_SEVERAL && before->count == 0)
    c.several = true;
  if (!collect_refs(cx, file, refs, &c))
    return NULL;
  uint32_t flags = args->flags | (before ? before->flags : SHAPE_WHOLE);
  if (c.unknown || c.several) {
    Shape *s = arena_new(cx->arena, Shape);
    *s = *shape_unknown(cx, flags);
    s->sure = (uint8_t)c.sure;
    bool rows = c.several || (old + refs.len > 1 && !has_star_args(t, refs));
    s->yields = rows ? YIELD_SEVERAL : YIELD_UNKNOWN;
    if (before)
      s->session = before->session;
    return s;
  }
  Shape *s = arena_new(cx->arena, Shape);
  *s = *shape_of_items(cx, c.items, c.count, flags);
  s->sure = (uint8_t)c.sure;
  if (before)
    s->session = before->session;
  return s;
}

// ---- what comes out

// An entity of an outer join may be missing.
static Value selected(const Shape *s, uint32_t i) {
  Value v = s->items[i].value;
  bool may_miss = s->count > 1 && (s->flags & SHAPE_OUTER_JOINED);
  if (v.kind == VALUE_ENTITY && may_miss)
    v.flags |= VALUE_OR_NONE;
  return value_lower(v, (Sure)s->sure);
}

Value shape_first(const Shape *s) {
  if (!s || s->count == 0)
    return value_unknown();
  return selected(s, 0);
}

Value shape_row(ValueCtx *cx, const Shape *s, uint32_t file, Ref at) {
  Value row = value_make(VALUE_ROW, file, at);
  row.shape = s;
  if (!s)
    return row;
  if (s->flags & SHAPE_OUTER_JOINED) {
    Shape *copy = arena_new(cx->arena, Shape);
    *copy = *s;
    ShapeItem *items = arena_array(cx->arena, ShapeItem, s->count + 1);
    for (uint32_t i = 0; i < s->count; i++) {
      items[i] = s->items[i];
      items[i].value = selected(s, i);
    }
    copy->items = items;
    row.shape = copy;
  }
  return value_lower(row, (Sure)s->sure);
}

Value shape_query_item(ValueCtx *cx, const Shape *s, uint32_t file, Ref at) {
  if (!s)
    return value_unknown();
  switch ((Yield)s->yields) {
  case YIELD_ENTITY:
    return shape_first(s);
  case YIELD_COLUMN:
  case YIELD_SEVERAL:
    return shape_row(cx, s, file, at);
  default:
    return value_unknown();
  }
}

// ---- options

static bool is_joined_loader(Str name) {
  return str_is(name, "joinedload") || str_is(name, "contains_eager");
}

// joinedload(User.orders).selectinload(Order.items): every call of the chain
uint32_t shape_option_flags(ValueCtx *cx, uint32_t file, Ref call) {
  const PyTree *t = tree_of(cx, file);
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  uint32_t flags = 0;
  for (uint32_t i = 0; i < args.len; i++) {
    Ref option = args.at[i];
    if (py_kind(t, option) != PY_CALL)
      flags |= SHAPE_EAGER_UNKNOWN;
    while (py_kind(t, option) == PY_CALL) {
      const PyCall *c = PY_AS(Call, t, option);
      Atom name = callee_name(t, option);
      Ref first = call_arg(t, option, 0, 0);
      Value made = ask(cx, file, option);
      if (made.kind != VALUE_LOADER_OPTION)
        flags |= SHAPE_EAGER_UNKNOWN;
      if (is_joined_loader(atom_str(cx->project->names, name))) {
        Value rel = first ? ask(cx, file, first) : value_unknown();
        bool is_rel = rel.kind == VALUE_RELATIONSHIP;
        if (is_rel && (rel.flags & VALUE_COLLECTION))
          flags |= SHAPE_EAGER_COLLECTION;
        else if (!is_rel)
          flags |= SHAPE_EAGER_UNKNOWN;
      }
      option =
          py_kind(t, c->func) == PY_ATTRIBUTE ? PY_AS(Attribute, t, c->func)->value : 0;
    }
  }
  return flags;
}

static Ref keyword_value(const ValueCtx *cx, const PyTree *t, Ref call,
                         const char *name) {
  return call_arg(t, call, UINT32_MAX, intern(cx->names, str_from(name)));
}

uint32_t shape_execution_flags(ValueCtx *cx, uint32_t file, Ref call) {
  const PyTree *t = tree_of(cx, file);
  uint32_t flags = 0;
  if (py_kind(t, call) != PY_CALL)
    return 0;
  if (keyword_value(cx, t, call, "yield_per"))
    flags |= SHAPE_YIELD_PER;
  if (keyword_value(cx, t, call, "populate_existing"))
    flags |= SHAPE_POPULATE_EXISTING;
  if (keyword_value(cx, t, call, "autoflush"))
    flags |= SHAPE_NO_AUTOFLUSH;
  return flags;
}

uint32_t shape_join_flags(ValueCtx *cx, uint32_t file, Ref call, const char *method) {
  if (strncmp(method, "outerjoin", 9) == 0)
    return SHAPE_OUTER_JOINED;
  if (strncmp(method, "join", 4) != 0)
    return 0;
  const PyTree *t = tree_of(cx, file);
  bool outer = keyword_value(cx, t, call, "isouter") ||
               keyword_value(cx, t, call, "full") || call_has_star(t, call);
  return outer ? SHAPE_OUTER_JOINED : 0;
}

// ---- joining and comparing

static bool same_items(const Shape *a, const Shape *b) {
  if (a->yields != b->yields || a->count != b->count)
    return false;
  for (uint32_t i = 0; i < a->count; i++)
    if (!value_equal(a->items[i].value, b->items[i].value) ||
        a->items[i].name != b->items[i].name)
      return false;
  return true;
}

bool shape_equal(const Shape *a, const Shape *b) {
  if (a == b)
    return true;
  return a && b && a->flags == b->flags && a->sure == b->sure && same_items(a, b);
}

const Shape *shape_join(ValueCtx *cx, const Shape *a, const Shape *b) {
  if (!a || !b)
    return NULL;
  if (shape_equal(a, b))
    return a;
  uint32_t whole = a->flags & b->flags & SHAPE_WHOLE;
  Shape *s = arena_new(cx->arena, Shape);
  *s = *a;
  s->sure = a->sure < b->sure ? a->sure : b->sure;
  s->flags = ((a->flags | b->flags) & ~(uint32_t)SHAPE_WHOLE) | whole;
  if (!value_equal(a->session, b->session))
    s->session = value_join(cx, a->session, b->session);
  if (same_items(a, b))
    return s;
  bool both_rows = a->yields == YIELD_SEVERAL && b->yields == YIELD_SEVERAL;
  s->yields = both_rows ? YIELD_SEVERAL : YIELD_UNKNOWN;
  s->count = 0;
  s->items = NULL;
  return s;
}
