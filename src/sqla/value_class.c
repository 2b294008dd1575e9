// value_class.c: classes of the project, their instances, and attributes of both.
//
//   class Repo:
//     def __init__(self, session: Session): self.session = session
//     def all(self): return self.session.query(User).all()
#include <stdlib.h>

#include "sqla/value_internal.h"

enum {
  MAX_BASES = 64 // classes of one linearisation
};

typedef struct {
  Atom name;
  Ref target; // the Attribute node that is stored to
} SelfStore;

// Stores to self.x in the methods of one class, by name.
struct ClassStores {
  SelfStore *stores;
  uint32_t count;
};

// ---- classes

static Value base_symbol(ValueCtx *cx, uint32_t file, Ref class_def, int depth);

static Value inherited_symbol(ValueCtx *cx, Value base, int depth) {
  if (base.kind == VALUE_CLASS && base.owner.ref)
    return base_symbol(cx, base.owner.file, base.owner.ref, depth + 1);
  if (base.kind == VALUE_CLASS && base.symbol)
    return base;
  return value_unknown();
}

// The class outside the project that decides what instances are: class S(Session).
static Value base_symbol(ValueCtx *cx, uint32_t file, Ref class_def, int depth) {
  const PyTree *t = tree_of(cx, file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, class_def)->args);
  for (uint32_t i = 0; i < args.len && depth < MAX_BASES; i++) {
    if (py_kind(t, args.at[i]) == PY_KEYWORD)
      continue;
    Value got = inherited_symbol(cx, ask(cx, file, args.at[i]), depth);
    const Symbol *s = symbol_at(got.symbol);
    if (s && s->form == SYMBOL_CLASS && s->result != VALUE_UNKNOWN &&
        s->result != VALUE_PY_OTHER)
      return got;
  }
  return value_unknown();
}

Value infer_class(ValueCtx *cx, uint32_t file, Ref class_def) {
  Place cls = {file, class_def};
  Value v = value_make(model_class_kind(cx, cls), file, class_def);
  v.owner = cls;
  v.key = PY_AS(ClassDef, tree_of(cx, file), class_def)->name;
  return v;
}

Value instance_of(ValueCtx *cx, Value cls, uint32_t file, Ref at) {
  if (!is_known(cls))
    return cls;
  Value v = value_unknown();
  if (cls.kind == VALUE_MAPPED_CLASS) {
    v = value_make(VALUE_ENTITY, file, at);
    v.owner = cls.owner;
  } else if (cls.kind == VALUE_CLASS && cls.owner.ref) {
    Value base = base_symbol(cx, cls.owner.file, cls.owner.ref, 0);
    const Symbol *s = symbol_at(base.symbol);
    v = value_make(s ? (ValueKind)s->result : VALUE_OBJECT, file, at);
    v.owner = cls.owner;
    if (s)
      v.flags |= VALUE_SUBCLASS | VALUE_OPTIONS_UNKNOWN;
  } else if (cls.kind == VALUE_CLASS && cls.symbol) {
    const Symbol *s = symbol_at(cls.symbol);
    if (s->form == SYMBOL_CLASS && s->result != VALUE_PY_OTHER)
      v = value_make((ValueKind)s->result, file, at);
    if (is_known(v))
      v.flags |=
          (uint16_t)(VALUE_OPTIONS_UNKNOWN | (s->flags & (VALUE_SQLMODEL | VALUE_FLASK)));
  } else if (cls.kind == VALUE_BASE_CLASS) {
    v = value_make(VALUE_OBJECT, file, at);
    v.owner = cls.owner;
  }
  return value_lower(v, (Sure)cls.sure);
}

// ---- self.x = ...

typedef struct {
  ValueCtx *cx;
  const PyTree *t;
  Atom self;
  Vec(SelfStore) found;
} StoreWalk;

static void note_target(StoreWalk *w, Ref target) {
  const PyTree *t = w->t;
  switch (py_kind(t, target)) {
  case PY_ATTRIBUTE: {
    const PyAttribute *a = PY_AS(Attribute, t, target);
    if (py_kind(t, a->value) == PY_NAME && PY_AS(Name, t, a->value)->id == w->self)
      vec_push(&w->found, (SelfStore){a->attr, target});
    break;
  }
  case PY_TUPLE: {
    PyRefs elts = py_list(t, PY_AS(Tuple, t, target)->elts);
    for (uint32_t i = 0; i < elts.len; i++)
      note_target(w, elts.at[i]);
    break;
  }
  default:
    break;
  }
}

static bool note_store(void *data, Ref r) {
  StoreWalk *w = data;
  const PyTree *t = w->t;
  switch (py_kind(t, r)) {
  case PY_ASSIGN: {
    PyRefs targets = py_list(t, PY_AS(Assign, t, r)->targets);
    for (uint32_t i = 0; i < targets.len; i++)
      note_target(w, targets.at[i]);
    break;
  }
  case PY_ANN_ASSIGN:
    note_target(w, PY_AS(AnnAssign, t, r)->target);
    break;
  case PY_AUG_ASSIGN:
    note_target(w, PY_AS(AugAssign, t, r)->target);
    break;
  case PY_WITH_ITEM:
    note_target(w, PY_AS(WithItem, t, r)->vars);
    break;
  case PY_FOR:
    note_target(w, PY_AS(For, t, r)->target);
    break;
  default:
    break;
  }
  return true;
}

static int by_name(const void *a, const void *b) {
  const SelfStore *x = a, *y = b;
  if (x->name != y->name)
    return x->name < y->name ? -1 : 1;
  return x->target < y->target ? -1 : x->target > y->target;
}

static Atom self_name(const PyTree *t, Ref function) {
  Ref params = PY_AS(FunctionDef, t, function)->params;
  PyRefs list =
      params ? py_list(t, PY_AS(Parameters, t, params)->params) : (PyRefs){NULL, 0};
  return list.len ? PY_AS(Param, t, list.at[0])->name : 0;
}

static const struct ClassStores *stores_of(ValueCtx *cx, Place cls) {
  void **slot = class_slot(cx, cls);
  if (*slot)
    return *slot;
  StoreWalk w = {.cx = cx, .t = tree_of(cx, cls.file)};
  PyRefs body = py_list(w.t, PY_AS(ClassDef, w.t, cls.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(w.t, body.at[i]) != PY_FUNCTION_DEF)
      continue;
    w.self = self_name(w.t, body.at[i]);
    PyVisitor visitor = {.enter = note_store, .data = &w};
    if (w.self)
      py_walk(w.t, body.at[i], &visitor);
  }
  struct ClassStores *stores = arena_new(cx->arena, struct ClassStores);
  stores->count = (uint32_t)w.found.len;
  stores->stores = arena_array(cx->arena, SelfStore, w.found.len + 1);
  if (w.found.len) {
    memcpy(stores->stores, w.found.items, w.found.len * sizeof(SelfStore));
    qsort(stores->stores, stores->count, sizeof(SelfStore), by_name);
  }
  vec_free(&w.found);
  *slot = stores;
  return stores;
}

static Value stored(ValueCtx *cx, Place cls, Atom name, bool *found) {
  const struct ClassStores *s = stores_of(cx, cls);
  uint32_t low = 0, high = s->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (s->stores[middle].name < name)
      low = middle + 1;
    else
      high = middle;
  }
  Value v = value_bottom();
  for (; low < s->count && s->stores[low].name == name; low++) {
    *found = true;
    Value one =
        value_ask(cx, cls.file, s->stores[low].target, ASK_BINDING, infer_binding);
    v = value_join(cx, v, one);
  }
  return v;
}

// ---- attributes

static Value bound(ValueCtx *cx, Value v, bool on_instance) {
  bool is_method = v.kind == VALUE_FUNCTION && v.owner.ref &&
                   py_kind(tree_of(cx, v.owner.file), v.owner.ref) == PY_FUNCTION_DEF;
  if (is_method && on_instance && function_is_property(cx, v.owner))
    return ask_return(cx, v.owner);
  if (is_method && function_is_property(cx, v.owner))
    return value_unknown();
  return v;
}

// Base.query = session.query_property(), or the same in the class body
static Value query_property(ValueCtx *cx, Value cls, uint32_t file, Ref at) {
  PlaceList calls =
      name_map_get(&cx->index->calls, intern(cx->names, STR("query_property")));
  for (uint32_t i = 0; i < calls.len; i++) {
    uint32_t in = calls.at[i].file;
    const PyTree *t = tree_of(cx, in);
    Ref assign = value_parent(cx, in, calls.at[i].ref);
    if (py_kind(t, assign) != PY_ASSIGN)
      continue;
    Ref target = py_list(t, PY_AS(Assign, t, assign)->targets).at[0];
    Value receiver = ask(cx, in, PY_AS(Call, t, calls.at[i].ref)->func);
    if (receiver.kind != VALUE_METHOD || !receiver.item ||
        !value_is_session(*receiver.item))
      continue;
    bool outside = py_kind(t, target) == PY_ATTRIBUTE &&
                   PY_AS(Attribute, t, target)->attr == SYM_query;
    Value base =
        outside ? ask(cx, in, PY_AS(Attribute, t, target)->value) : value_unknown();
    Ref body = value_parent(cx, in, assign);
    if (py_kind(t, target) == PY_NAME && py_kind(t, body) == PY_CLASS_DEF)
      base = infer_class(cx, in, body);
    if (base.kind == VALUE_BASE_CLASS ||
        (base.kind == VALUE_MAPPED_CLASS && base.owner.ref == cls.owner.ref)) {
      Value v = model_query(cx, cls.owner, file, at);
      v.flags &= (uint16_t)~VALUE_FLASK;
      return value_lower(v, (Sure)base.sure);
    }
  }
  return value_unknown();
}

typedef struct {
  ValueCtx *cx;
  Atom name;
  bool on_instance;
  Place seen[MAX_BASES];
  uint32_t count;
  bool unclear; // a base is not known: the attribute may be there
} Lookup;

// `name = Column(...)` in the body of a class that is not known to be mapped. A mixin, or
// a class whose base cannot be seen: what its objects hold is no column.
static bool is_declaration(ValueCtx *cx, Value v) {
  return (v.kind == VALUE_COLUMN || v.kind == VALUE_RELATIONSHIP) && v.root.ref &&
         py_kind(tree_of(cx, v.root.file), v.root.ref) == PY_CALL;
}

static Value own_attribute(Lookup *l, Place cls, bool *found) {
  bool in_body = false, in_methods = false;
  Value v = value_bottom();
  if (l->on_instance)
    v = stored(l->cx, cls, l->name, &in_methods);
  Value body = scope_member(l->cx, cls.file, cls.ref, l->name, &in_body);
  // `self.read_at = func.now()`: the attribute takes it for the next flush, and holds
  // what the database made of it.
  if (in_body && value_is_column(v))
    v = value_unknown();
  if (l->on_instance && is_declaration(l->cx, body))
    body = value_unknown();
  if (in_body && !(in_methods && body.kind == VALUE_UNKNOWN))
    v = value_join(l->cx, v, bound(l->cx, body, l->on_instance));
  *found = in_body || in_methods;
  return v;
}

static Value look_up(Lookup *l, Place cls, bool *found) {
  for (uint32_t i = 0; i < l->count; i++)
    if (place_eq(l->seen[i], cls))
      return value_unknown();
  if (l->count == MAX_BASES)
    return value_unknown();
  l->seen[l->count++] = cls;
  Value v = own_attribute(l, cls, found);
  if (*found)
    return v;
  const PyTree *t = tree_of(l->cx, cls.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) == PY_KEYWORD)
      continue;
    Value base = ask(l->cx, cls.file, args.at[i]);
    if (is_known(base) && base.owner.ref &&
        py_kind(tree_of(l->cx, base.owner.file), base.owner.ref) == PY_CLASS_DEF)
      v = look_up(l, base.owner, found);
    else if (!is_known(base))
      l->unclear = true;
    if (*found)
      return l->unclear ? value_likely(v) : v;
  }
  return value_unknown();
}

static bool is_instance(Value v) {
  return v.kind == VALUE_OBJECT || v.kind == VALUE_ENTITY || (v.flags & VALUE_SUBCLASS);
}

Value class_attribute(ValueCtx *cx, Value v, Atom name, uint32_t file, Ref at) {
  bool on_instance = is_instance(v);
  const PyTree *t = tree_of(cx, v.owner.file);
  bool is_mapped = v.kind == VALUE_ENTITY || v.kind == VALUE_MAPPED_CLASS ||
                   v.kind == VALUE_ALIASED_CLASS;
  if (py_kind(t, v.owner.ref) != PY_CLASS_DEF)
    return value_unknown();
  if (is_mapped) {
    Value mapped = model_attribute(cx, v.owner, name, on_instance, file, at);
    if (mapped.kind != VALUE_UNKNOWN || model_has(cx, v.owner, name))
      return value_lower(mapped, (Sure)v.sure);
    if (name == SYM_query && v.kind == VALUE_MAPPED_CLASS) {
      Value query = query_property(cx, v, file, at);
      if (query.kind != VALUE_UNKNOWN)
        return value_lower(query, (Sure)v.sure);
    }
  }
  Lookup l = {.cx = cx, .name = name, .on_instance = on_instance};
  bool found = false;
  Value got = look_up(&l, v.owner, &found);
  return found ? value_lower(got, (Sure)v.sure) : value_unknown();
}
