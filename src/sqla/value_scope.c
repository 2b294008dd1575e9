// value_scope.c: which bindings of a name an expression can see.
//
// python/scope.h says which symbol a name means and what binds it. A use in the same
// scope sees the bindings that reach it: they are looked for backwards through the
// statements before it, into branches, around loops. A use in a nested function sees all.
#include "sqla/value_internal.h"

typedef struct {
  Ref node; // the Name, def, Alias, Param ... that binds
  uint32_t start;
} Binding;

typedef struct {
  const Binding *at; // in source order
  uint32_t len;
} Bindings;

enum {
  FEW = 8
};

// Most names have few bindings, which need no memory of their own.
typedef struct {
  Binding few[FEW];
  Vec(Binding) many;
} BindingList;

static void list_free(BindingList *list) {
  if (list->many.items)
    vec_free(&list->many);
}

// `del x` binds nothing.
static Bindings bindings_of(const PyScopes *s, uint32_t symbol, BindingList *list) {
  list->many.items = NULL;
  list->many.len = list->many.capacity = 0;
  if (symbol == NO_SYMBOL)
    return (Bindings){NULL, 0};
  bool at_run_time = py_scopes_binds_at_run_time(s, symbol);
  uint32_t count = 0;
  for (uint32_t b = s->symbols[symbol].first; b != NO_BINDING; b = s->bindings[b].next) {
    if (s->bindings[b].kind == BIND_DELETE ||
        (at_run_time && s->bindings[b].flags & BIND_TYPE_CHECKING))
      continue;
    Binding it = {s->bindings[b].node, py_node(s->tree, s->bindings[b].node)->start};
    if (count == FEW)
      for (int i = 0; i < FEW; i++)
        vec_push(&list->many, list->few[i]);
    if (count < FEW)
      list->few[count] = it;
    else
      vec_push(&list->many, it);
    count++;
  }
  return (Bindings){count > FEW ? list->many.items : list->few, count};
}

// ---- bindings that reach a use

typedef struct {
  ValueCtx *cx;
  uint32_t file;
  const PyTree *t;
  Bindings all;
  uint8_t *taken; // by index of `all`
  int depth;
} Reach;

static void take_inside(Reach *r, Span span) {
  for (uint32_t i = 0; i < r->all.len; i++)
    if (span_contains(span, r->all.at[i].start))
      r->taken[i] = 1;
}

static bool binds_inside(const Reach *r, Span span) {
  for (uint32_t i = 0; i < r->all.len; i++)
    if (span_contains(span, r->all.at[i].start))
      return true;
  return false;
}

static Span list_span(const PyTree *t, PyRefs list) {
  if (list.len == 0)
    return (Span){0, 0};
  return (Span){py_node(t, list.at[0])->start, py_node(t, list.at[list.len - 1])->end};
}

static bool scan_list(Reach *r, PyRefs list, uint32_t before);

static bool list_leaves(const PyTree *t, PyRefs list, int depth) {
  if (list.len == 0 || depth > 50)
    return false;
  Ref last = list.at[list.len - 1];
  switch (py_kind(t, last)) {
  case PY_RETURN:
  case PY_RAISE:
  case PY_CONTINUE:
  case PY_BREAK:
    return true;
  case PY_IF:
    return list_leaves(t, py_list(t, PY_AS(If, t, last)->body), depth + 1) &&
           list_leaves(t, py_list(t, PY_AS(If, t, last)->orelse), depth + 1);
  case PY_WITH:
    return list_leaves(t, py_list(t, PY_AS(With, t, last)->body), depth + 1);
  default:
    return false;
  }
}

bool block_leaves(const PyTree *t, PyRefs list) {
  return list_leaves(t, list, 0);
}

// A branch that never comes to its end binds nothing for what follows.
static bool scan_branch(Reach *r, PyRefs list) {
  if (list_leaves(r->t, list, 0))
    return true;
  return scan_list(r, list, UINT32_MAX);
}

static bool scan_try(Reach *r, Ref stmt) {
  const PyTry *n = PY_AS(Try, r->t, stmt);
  PyRefs handlers = py_list(r->t, n->handlers);
  if (scan_list(r, py_list(r->t, n->finalbody), UINT32_MAX))
    return true;
  bool all = true, any_comes_back = false;
  for (uint32_t i = 0; i < handlers.len; i++) {
    PyRefs body = py_list(r->t, PY_AS(ExceptHandler, r->t, handlers.at[i])->body);
    any_comes_back |= !list_leaves(r->t, body, 0);
    all &= scan_branch(r, body);
  }
  PyRefs body = py_list(r->t, n->body);
  bool done = scan_branch(r, py_list(r->t, n->orelse)) && n->orelse;
  if (!done)
    done = scan_branch(r, body);
  if (any_comes_back)
    take_inside(r, list_span(r->t, body));
  return done && all;
}

// Takes the bindings that `stmt` leaves behind; true where it always binds.
static bool scan_statement(Reach *r, Ref stmt) {
  const PyTree *t = r->t;
  Span span = py_span(t, stmt);
  if (++r->depth > 100) {
    r->depth--;
    take_inside(r, span);
    return false;
  }
  bool always = false;
  switch (py_kind(t, stmt)) {
  case PY_IF: {
    const PyIf *n = PY_AS(If, t, stmt);
    bool body = scan_branch(r, py_list(t, n->body));
    bool orelse = scan_branch(r, py_list(t, n->orelse)) && n->orelse;
    bool test = binds_inside(r, py_span(t, n->test));
    if (test)
      take_inside(r, py_span(t, n->test));
    always = (body && orelse) || test;
    break;
  }
  case PY_WITH: {
    const PyWith *n = PY_AS(With, t, stmt);
    always = scan_list(r, py_list(t, n->body), UINT32_MAX);
    Span items = list_span(t, py_list(t, n->items));
    if (!always && binds_inside(r, items)) {
      take_inside(r, items);
      always = true;
    }
    break;
  }
  case PY_TRY:
    always = scan_try(r, stmt);
    break;
  case PY_FOR:
  case PY_WHILE:
  case PY_MATCH:
    take_inside(r, span);
    break;
  default:
    // The last binding of a simple statement wins; a def or class binds its name.
    take_inside(r, span);
    always = true;
  }
  r->depth--;
  return always;
}

// The statement of `list` that holds the byte `at`.
static Ref statement_at(const PyTree *t, PyRefs list, uint32_t at) {
  uint32_t low = 0, high = list.len;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (py_node(t, list.at[middle])->end <= at)
      low = middle + 1;
    else
      high = middle;
  }
  return low < list.len ? list.at[low] : 0;
}

static bool scan_list(Reach *r, PyRefs list, uint32_t before) {
  Span span = list_span(r->t, list);
  for (uint32_t i = r->all.len; i > 0; i--) {
    uint32_t at = r->all.at[i - 1].start;
    if (at >= before || !span_contains(span, at))
      continue;
    Ref stmt = statement_at(r->t, list, at);
    if (!stmt)
      continue;
    if (scan_statement(r, stmt))
      return true;
    before = py_node(r->t, stmt)->start;
  }
  return false;
}

// Looks at what stands around the block that `child` begins; true: nothing further out
// can reach.
static bool leave_block(Reach *r, Ref owner, Ref child) {
  const PyTree *t = r->t;
  switch (py_kind(t, owner)) {
  case PY_FOR: {
    const PyFor *n = PY_AS(For, t, owner);
    Span target = py_span(t, n->target);
    bool in_body = py_refs_hold(py_list(t, n->body), child);
    if (in_body && binds_inside(r, target)) {
      take_inside(r, target);
      return true;
    }
    take_inside(r, list_span(t, py_list(t, n->body)));
    return false;
  }
  case PY_WHILE:
    take_inside(r, py_span(t, owner));
    return false;
  case PY_IF: {
    Span test = py_span(t, PY_AS(If, t, owner)->test);
    if (!binds_inside(r, test))
      return false;
    take_inside(r, test);
    return true;
  }
  case PY_WITH: {
    Span items = list_span(t, py_list(t, PY_AS(With, t, owner)->items));
    if (!binds_inside(r, items))
      return false;
    take_inside(r, items);
    return true;
  }
  case PY_TRY: {
    PyRefs body = py_list(t, PY_AS(Try, t, owner)->body);
    if (!py_refs_hold(body, child))
      take_inside(r, py_span(t, owner));
    return false;
  }
  case PY_EXCEPT_HANDLER: {
    for (uint32_t i = 0; i < r->all.len; i++)
      if (r->all.at[i].node == owner) {
        r->taken[i] = 1;
        return true;
      }
    return false;
  }
  default:
    return false;
  }
}

static void reach_from(Reach *r, Ref use, Ref scope) {
  Ref child = use;
  for (Ref p = value_parent(r->cx, r->file, child); p;
       p = value_parent(r->cx, r->file, p)) {
    PyRefs block = py_block_of(r->t, p, child);
    if (block.len) {
      if (scan_list(r, block, py_node(r->t, child)->start))
        return;
      if (p == scope)
        break;
    }
    if (p != scope && leave_block(r, p, child))
      return;
    if (p == scope)
      break;
    child = p;
  }
  for (uint32_t i = 0; i < r->all.len; i++) // parameters
    if (py_kind(r->t, r->all.at[i].node) == PY_PARAM)
      r->taken[i] = 1;
}

static Value join_bindings(ValueCtx *cx, uint32_t file, Bindings all,
                           const uint8_t *taken) {
  Value v = value_bottom();
  bool any = false;
  for (uint32_t i = 0; i < all.len; i++) {
    if (taken && !taken[i])
      continue;
    any = true;
    v = value_join(cx, v,
                   value_ask(cx, file, all.at[i].node, ASK_BINDING, infer_binding));
  }
  return any ? v : value_unknown();
}

Value scope_member(ValueCtx *cx, uint32_t file, Ref owner, Atom name, bool *found) {
  const PyScopes *s = cx->project->files[file]->scopes;
  uint32_t scope = owner ? py_scopes_of(s, owner) : 0;
  uint32_t symbol = scope == NO_SCOPE ? NO_SYMBOL : py_scopes_find(s, scope, name);
  BindingList list;
  Bindings all = bindings_of(s, symbol, &list);
  *found = all.len > 0;
  Value v = join_bindings(cx, file, all, NULL);
  list_free(&list);
  return v;
}

// Marks the bindings that reach the use; false where none was found.
static bool reaching_ones(ValueCtx *cx, uint32_t file, Ref scope, Bindings all, Ref use,
                          uint8_t *taken) {
  Reach r = {cx, file, tree_of(cx, file), all, taken, 0};
  reach_from(&r, use, scope);
  bool any = false;
  for (uint32_t i = 0; i < all.len; i++)
    any |= taken[i] != 0;
  return any;
}

static Value reaching(ValueCtx *cx, uint32_t file, Ref scope, Bindings all, Ref use) {
  if (all.len == 1)
    return join_bindings(cx, file, all, NULL);
  uint8_t few[FEW] = {0};
  uint8_t *taken = all.len > FEW ? mem_zalloc(all.len, 1) : few;
  bool any = reaching_ones(cx, file, scope, all, use, taken);
  Value v = join_bindings(cx, file, all, any ? taken : NULL);
  if (taken != few)
    mem_free(taken);
  return v;
}

// The node of the text of the scope `to` that reads one of its symbols for a node in the
// scope `from`; 0 where the reading may happen at any time: in a nested function.
static Ref reading_node(const PyScopes *s, uint32_t from, uint32_t to, Ref node) {
  bool same_run = true; // the use runs where it stands, not when a function is called
  Ref use = node;
  for (; from != to && from; from = s->scopes[from].parent) {
    uint8_t kind = s->scopes[from].kind;
    if (kind == SCOPE_FUNCTION || kind == SCOPE_LAMBDA)
      same_run = false;
    use = s->scopes[from].node;
  }
  uint8_t kind = s->scopes[to].kind;
  bool in_order = kind == SCOPE_MODULE || kind == SCOPE_CLASS || kind == SCOPE_FUNCTION;
  return same_run && in_order ? use : 0;
}

// What a name may hold at any time: all that is bound to it. `binding` is the node of its
// first binding.
static Value infer_symbol(ValueCtx *cx, uint32_t file, Ref binding) {
  const PyScopes *s = cx->project->files[file]->scopes;
  BindingList list;
  Bindings all =
      bindings_of(s, py_scopes_target(s, py_scopes_symbol_of(s, binding)), &list);
  Value v = join_bindings(cx, file, all, NULL);
  list_free(&list);
  return v;
}

// The first binding of a name that has so many that joining them is worth remembering;
// 0 for other names.
static Ref remembered_binding(const PyScopes *s, uint32_t symbol) {
  uint32_t count = 0, b = symbol == NO_SYMBOL ? NO_BINDING : s->symbols[symbol].first;
  Ref first = b == NO_BINDING ? 0 : s->bindings[b].node;
  for (; b != NO_BINDING && count <= FEW; b = s->bindings[b].next)
    count++;
  return count > FEW && py_scopes_target(s, py_scopes_symbol_of(s, first)) == symbol
             ? first
             : 0;
}

// As reading_node() for a symbol: also 0 where an inner function binds it by `nonlocal`
// or `global`, whenever that is called.
static Ref ordered_use(const PyScopes *s, uint32_t scope, uint32_t symbol, Ref node) {
  return s->symbols[symbol].flags & SYMBOL_REBOUND_INSIDE
             ? 0
             : reading_node(s, scope, s->symbols[symbol].scope, node);
}

// The symbol that `name` means to an expression at `node`, and the scope of the latter.
static uint32_t meant_at(const PyScopes *s, Ref node, Atom name, uint32_t *scope) {
  uint32_t used = py_scopes_symbol_of(s, node);
  if (used != NO_SYMBOL && s->symbols[used].name == name) {
    *scope = s->symbols[used].scope;
    return py_scopes_target(s, used);
  }
  *scope = py_scopes_at(s, node);
  return py_scopes_lookup(s, *scope, name);
}

Value name_at(ValueCtx *cx, uint32_t file, Ref node, Atom name) {
  const PyScopes *s = cx->project->files[file]->scopes;
  uint32_t scope, symbol = meant_at(s, node, name, &scope);
  Ref first = remembered_binding(s, symbol);
  if (first && !ordered_use(s, scope, symbol, node))
    return value_ask(cx, file, first, ASK_SYMBOL, infer_symbol);
  BindingList list;
  Bindings all = bindings_of(s, symbol, &list);
  Value v;
  if (!all.len) {
    v = module_or_builtin(cx, file, node, name);
  } else {
    uint32_t to = s->symbols[symbol].scope;
    Ref use = ordered_use(s, scope, symbol, node);
    v = use ? reaching(cx, file, to ? s->scopes[to].node : 0, all, use)
            : join_bindings(cx, file, all, NULL);
  }
  list_free(&list);
  return v;
}

uint32_t value_bindings(ValueCtx *cx, uint32_t file, Ref node, Ref *out, uint32_t most) {
  const PyScopes *s = cx->project->files[file]->scopes;
  Atom name = PY_AS(Name, tree_of(cx, file), node)->id;
  uint32_t scope, symbol = meant_at(s, node, name, &scope);
  BindingList list;
  Bindings all = bindings_of(s, symbol, &list);
  uint32_t count = 0;
  if (all.len) {
    uint32_t to = s->symbols[symbol].scope;
    Ref use = ordered_use(s, scope, symbol, node);
    uint8_t *taken = mem_zalloc(all.len, 1);
    bool any = use && all.len > 1 &&
               reaching_ones(cx, file, to ? s->scopes[to].node : 0, all, use, taken);
    for (uint32_t i = 0; i < all.len; i++) {
      if (any && !taken[i])
        continue;
      if (count < most)
        out[count] = all.at[i].node;
      count++;
    }
    mem_free(taken);
  }
  list_free(&list);
  return count;
}
