// scope.c: the tables of scopes and symbols, and what a name means.
#include "python/scope_internal.h"

#include <stdlib.h>

// ---- The index of symbols by scope and name

static uint32_t hash_of(uint32_t scope, Atom name) {
  uint64_t h = ((uint64_t)scope << 32 | name) * UINT64_C(0x9E3779B97F4A7C15);
  return (uint32_t)(h >> 32);
}

static void grow_index(Binder *b) {
  uint32_t size = b->index ? (b->index_mask + 1) * 2 : 64;
  mem_free(b->index);
  b->index = mem_zalloc(size, sizeof *b->index);
  b->index_mask = size - 1;
  for (uint32_t i = 0; i < b->symbols.len; i++) {
    const PySymbol *s = &b->symbols.items[i];
    uint32_t at = hash_of(s->scope, s->name) & b->index_mask;
    while (b->index[at])
      at = (at + 1) & b->index_mask;
    b->index[at] = i + 1;
  }
}

uint32_t binder_symbol(Binder *b, uint32_t scope, Atom name) {
  if (!b->index || b->symbols.len * 2 >= b->index_mask)
    grow_index(b);
  uint32_t at = hash_of(scope, name) & b->index_mask;
  for (; b->index[at]; at = (at + 1) & b->index_mask) {
    const PySymbol *s = &b->symbols.items[b->index[at] - 1];
    if (s->name == name && s->scope == scope)
      return b->index[at] - 1;
  }
  uint32_t id = (uint32_t)b->symbols.len;
  PySymbol symbol = {.name = name,
                     .scope = scope,
                     .target = NO_SYMBOL,
                     .first = NO_BINDING,
                     .last = NO_BINDING,
                     .next = NO_SYMBOL};
  vec_push(&b->symbols, symbol);
  b->index[at] = id + 1;
  PyScope *owner = &b->scopes.items[scope];
  if (owner->first_symbol == NO_SYMBOL)
    owner->first_symbol = id;
  else
    b->symbols.items[owner->last_symbol].next = id;
  owner->last_symbol = id;
  return id;
}

uint32_t py_scopes_find(const PyScopes *s, uint32_t scope, Atom name) {
  uint32_t at = hash_of(scope, name) & s->index_mask;
  for (; s->index[at]; at = (at + 1) & s->index_mask) {
    const PySymbol *symbol = &s->symbols[s->index[at] - 1];
    if (symbol->name == name && symbol->scope == scope)
      return s->index[at] - 1;
  }
  return NO_SYMBOL;
}

// ---- What a name means

// The scope whose names are seen next from inside `*scope`. Names of a class are seen
// from its own body, and from the annotation scopes directly in it (PEP 695).
static bool outward(const PyScope *scopes, uint32_t *scope, bool *sees_class) {
  for (;;) {
    const PyScope *from = &scopes[*scope];
    *sees_class = *sees_class &&
                  (from->kind == SCOPE_TYPE_PARAMS || from->kind == SCOPE_TYPE_ALIAS);
    if (from->parent == NO_SCOPE)
      return false;
    *scope = from->parent;
    if (scopes[*scope].kind != SCOPE_CLASS || *sees_class)
      return true;
  }
}

static bool binds(const PySymbol *s) {
  return s->flags & (SYMBOL_BOUND | SYMBOL_GLOBAL | SYMBOL_NONLOCAL);
}

static uint32_t lookup_outside(const PyScopes *s, uint32_t scope, Atom name) {
  bool sees_class = true;
  while (outward(s->scopes, &scope, &sees_class)) {
    uint32_t symbol = py_scopes_find(s, scope, name);
    if (symbol != NO_SYMBOL && binds(&s->symbols[symbol]))
      return s->symbols[symbol].target;
  }
  return NO_SYMBOL;
}

uint32_t py_scopes_lookup(const PyScopes *s, uint32_t scope, Atom name) {
  uint32_t symbol = py_scopes_find(s, scope, name);
  if (symbol != NO_SYMBOL)
    return s->symbols[symbol].target;
  return lookup_outside(s, scope, name);
}

// ---- Finishing: global, nonlocal, free names

// Hands the bindings of `from` over to `to`.
static void move_bindings(Binder *b, uint32_t from, uint32_t to) {
  PySymbol *source = &b->symbols.items[from], *target = &b->symbols.items[to];
  if (source->first == NO_BINDING)
    return;
  for (uint32_t i = source->first; i != NO_BINDING; i = b->bindings.items[i].next)
    b->bindings.items[i].symbol = to;
  if (target->first == NO_BINDING)
    target->first = source->first;
  else
    b->bindings.items[target->last].next = source->first;
  target->last = source->last;
  source->first = source->last = NO_BINDING;
  target->flags |= SYMBOL_BOUND | SYMBOL_REBOUND_INSIDE;
}

static void resolve_globals(Binder *b) {
  for (uint32_t i = 0; i < b->symbols.len; i++) {
    if (!(b->symbols.items[i].flags & SYMBOL_GLOBAL))
      continue;
    if (b->symbols.items[i].scope == 0) { // at module level it says nothing
      b->symbols.items[i].flags &= (uint16_t)~SYMBOL_GLOBAL;
      continue;
    }
    uint32_t target = binder_symbol(b, 0, b->symbols.items[i].name);
    b->symbols.items[i].flags &= (uint16_t)~SYMBOL_BOUND;
    b->symbols.items[i].target = target;
    b->symbols.items[target].flags |= SYMBOL_CAPTURED;
    move_bindings(b, i, target);
  }
}

static void resolve_own(Binder *b) {
  for (uint32_t i = 0; i < b->symbols.len; i++) {
    PySymbol *s = &b->symbols.items[i];
    if ((s->flags & SYMBOL_BOUND) && !(s->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL)))
      s->target = i;
  }
}

// Outer scopes come first, so a chain of nonlocals is resolved from its end.
static void resolve_nonlocals(Binder *b, PyScopes *view) {
  for (uint32_t scope = 1; scope < b->scopes.len; scope++) {
    for (uint32_t i = b->scopes.items[scope].first_symbol; i != NO_SYMBOL;
         i = b->symbols.items[i].next) {
      if (!(b->symbols.items[i].flags & SYMBOL_NONLOCAL))
        continue;
      uint32_t target = lookup_outside(view, scope, b->symbols.items[i].name);
      b->symbols.items[i].flags &= (uint16_t)~SYMBOL_BOUND;
      b->symbols.items[i].target = target;
      if (target == NO_SYMBOL) // an error of the program; its own name then
        continue;
      b->symbols.items[target].flags |= SYMBOL_CAPTURED;
      move_bindings(b, i, target);
    }
  }
}

static void resolve_free(Binder *b, PyScopes *view) {
  for (uint32_t i = 0; i < b->symbols.len; i++) {
    PySymbol *s = &b->symbols.items[i];
    if (s->target != NO_SYMBOL || binds(s))
      continue;
    s->target = lookup_outside(view, s->scope, s->name);
    if (s->target != NO_SYMBOL)
      b->symbols.items[s->target].flags |= SYMBOL_CAPTURED;
  }
}

typedef struct {
  uint32_t at, binding;
} Placed;

static int by_place(const void *x, const void *y) {
  const Placed *a = x, *b = y;
  if (a->at != b->at)
    return a->at < b->at ? -1 : 1;
  return a->binding < b->binding ? -1 : a->binding > b->binding;
}

// Bindings that came from inner scopes stand behind the symbol's own: in order again.
static void sort_bindings(Binder *b) {
  Vec(Placed) list = {0};
  for (uint32_t i = 0; i < b->symbols.len; i++) {
    PySymbol *s = &b->symbols.items[i];
    if (!(s->flags & SYMBOL_REBOUND_INSIDE) || s->first == s->last)
      continue;
    list.len = 0;
    for (uint32_t at = s->first; at != NO_BINDING; at = b->bindings.items[at].next) {
      Placed p = {py_node(b->tree, b->bindings.items[at].node)->start, at};
      vec_push(&list, p);
    }
    qsort(list.items, list.len, sizeof *list.items, by_place);
    s->first = list.items[0].binding;
    for (size_t k = 0; k < list.len; k++)
      b->bindings.items[list.items[k].binding].next =
          k + 1 < list.len ? list.items[k + 1].binding : NO_BINDING;
    s->last = list.items[list.len - 1].binding;
  }
  vec_free(&list);
}

// ---- From nodes to symbols: one bit per word of the tree, and a number per bit

// The bits that are set; the compiler's own calls a library where the processor may not
// have an instruction for it.
static inline uint32_t bit_count(uint64_t x) {
  x -= x >> 1 & UINT64_C(0x5555555555555555);
  x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
  x = (x + (x >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
  return (uint32_t)(x * UINT64_C(0x0101010101010101) >> 56);
}

static void build_node_map(Binder *b, PyScopes *out) {
  uint32_t groups = b->tree->used / 64 + 1;
  out->marks = arena_array(b->arena, uint64_t, groups);
  out->ranks = arena_array(b->arena, uint32_t, groups);
  for (size_t i = 0; i < b->nodes.len; i++)
    out->marks[b->nodes.items[i].node / 64] |= UINT64_C(1) << b->nodes.items[i].node % 64;
  uint32_t rank = 0;
  for (uint32_t i = 0; i < groups; i++) {
    out->ranks[i] = rank;
    rank += bit_count(out->marks[i]);
  }
  out->symbol_of = arena_array(b->arena, uint32_t, rank + 1);
  for (size_t i = 0; i < b->nodes.len; i++) {
    Ref node = b->nodes.items[i].node;
    uint64_t below = out->marks[node / 64] & ((UINT64_C(1) << node % 64) - 1);
    out->symbol_of[out->ranks[node / 64] + bit_count(below)] = b->nodes.items[i].symbol;
  }
}

uint32_t py_scopes_symbol_of(const PyScopes *s, Ref node) {
  if (node >= s->tree->used || !(s->marks[node / 64] >> node % 64 & 1))
    return NO_SYMBOL;
  uint64_t below = s->marks[node / 64] & ((UINT64_C(1) << node % 64) - 1);
  return s->symbol_of[s->ranks[node / 64] + bit_count(below)];
}

bool py_scopes_binds_at_run_time(const PyScopes *s, uint32_t symbol) {
  for (uint32_t b = s->symbols[symbol].first; b != NO_BINDING; b = s->bindings[b].next)
    if (!(s->bindings[b].flags & BIND_TYPE_CHECKING) &&
        s->bindings[b].kind != BIND_ANNOTATION && s->bindings[b].kind != BIND_DELETE)
      return true;
  return false;
}

// ---- From nodes to scopes

typedef struct {
  uint32_t start, scope;
} ScopeStart;

static int by_start(const void *x, const void *y) {
  const ScopeStart *a = x, *b = y;
  if (a->start != b->start)
    return a->start < b->start ? -1 : 1;
  return a->scope < b->scope ? -1 : a->scope > b->scope;
}

static void build_order(Binder *b, PyScopes *out) {
  ScopeStart *list = mem_alloc(b->scopes.len * sizeof *list);
  for (uint32_t i = 0; i < b->scopes.len; i++)
    list[i] = (ScopeStart){b->scopes.items[i].start, i};
  qsort(list, b->scopes.len, sizeof *list, by_start);
  out->by_start = arena_array(b->arena, uint32_t, b->scopes.len);
  for (uint32_t i = 0; i < b->scopes.len; i++)
    out->by_start[i] = list[i].scope;
  mem_free(list);
}

uint32_t py_scopes_at(const PyScopes *s, Ref node) {
  uint32_t at = py_node(s->tree, node)->start;
  uint32_t low = 0, high = s->scope_count;
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (s->scopes[s->by_start[middle]].start <= at)
      low = middle;
    else
      high = middle;
  }
  uint32_t scope = s->by_start[low];
  for (; scope; scope = s->scopes[scope].parent) {
    const PyScope *x = &s->scopes[scope];
    bool inside = x->start <= at && at < x->end && !(x->out <= at && at < x->out_end);
    // What opens a scope stands outside of it.
    if (inside && x->node != node)
      break;
  }
  return scope;
}

uint32_t py_scopes_of(const PyScopes *s, Ref node) {
  if (py_kind(s->tree, node) == PY_MODULE)
    return 0;
  const char *shape = py_kind_shape(py_kind(s->tree, node));
  const char *at = strchr(shape, 's');
  if (!node || !at)
    return NO_SCOPE;
  uint32_t word =
      s->tree->words[node + sizeof(PyNode) / sizeof(uint32_t) + (size_t)(at - shape)];
  return word ? word - 1 : NO_SCOPE;
}

uint32_t py_scopes_function(const PyScopes *s, uint32_t scope) {
  while (s->scopes[scope].kind != SCOPE_FUNCTION &&
         s->scopes[scope].kind != SCOPE_LAMBDA && scope != 0)
    scope = s->scopes[scope].parent;
  return scope;
}

// ---- Binding

static void *keep(Arena *arena, const void *items, size_t count, size_t size) {
  void *copy = arena_alloc(arena, (count + 1) * size, _Alignof(max_align_t));
  if (count)
    memcpy(copy, items, count * size);
  return copy;
}
#define KEEP(b, v) keep((b)->arena, (v)->items, (v)->len, sizeof *(v)->items)

// The tables as they are while they still grow.
static PyScopes view_of(Binder *b) {
  return (PyScopes){.tree = b->tree,
                    .scopes = b->scopes.items,
                    .symbols = b->symbols.items,
                    .index = b->index,
                    .index_mask = b->index_mask};
}

static void finish(Binder *b, PyScopes *out) {
  *out = (PyScopes){
      .tree = b->tree,
      .scopes = KEEP(b, &b->scopes),
      .scope_count = (uint32_t)b->scopes.len,
      .symbols = KEEP(b, &b->symbols),
      .symbol_count = (uint32_t)b->symbols.len,
      .bindings = KEEP(b, &b->bindings),
      .binding_count = (uint32_t)b->bindings.len,
      .stars = KEEP(b, &b->stars),
      .star_count = (uint32_t)b->stars.len,
      .all_names = KEEP(b, &b->all_names),
      .all_count = (uint32_t)b->all_names.len,
      .has_all = b->has_all,
      .all_open = b->all_open,
      .index = keep(b->arena, b->index, b->index_mask + 1, sizeof *b->index),
      .index_mask = b->index_mask,
  };
  build_node_map(b, out);
  build_order(b, out);
}

void py_bind(PyScopes *out, PyTree *tree, InternCache *names, Arena *arena) {
  Binder b = {.tree = tree, .names = names, .arena = arena};
  grow_index(&b);
  binder_walk(&b);
  resolve_globals(&b);
  resolve_own(&b);
  PyScopes view = view_of(&b); // no symbol is added from here on
  resolve_nonlocals(&b, &view);
  resolve_free(&b, &view);
  sort_bindings(&b);
  binder_read_all(&b, &view);
  finish(&b, out);
  vec_free(&b.scopes);
  vec_free(&b.symbols);
  vec_free(&b.bindings);
  vec_free(&b.stars);
  vec_free(&b.nodes);
  vec_free(&b.all_names);
  vec_free(&b.stack);
  mem_free(b.index);
}

const char *py_scope_kind_name(PyScopeKind kind) {
  static const char *const names[] = {"module",    "class",         "function",
                                      "lambda",    "comprehension", "type parameters",
                                      "type alias"};
  return names[kind];
}

const char *py_bind_kind_name(PyBindKind kind) {
  static const char *const names[] = {"assignment",
                                      "annotation",
                                      "augmented assignment",
                                      ":=",
                                      "for",
                                      "comprehension",
                                      "with",
                                      "except",
                                      "parameter",
                                      "def",
                                      "class",
                                      "import",
                                      "match",
                                      "type parameter",
                                      "type alias",
                                      "del"};
  return names[kind];
}
