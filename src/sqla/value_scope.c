// value_scope.c: which bindings of a name an expression can see.
//
// Bindings of a file are collected in one walk and sorted by scope and name. A use in the
// same scope sees the bindings that reach it: they are looked for backwards through the
// statements before it, into branches, around loops. A use in a nested function sees all.
#include <stdlib.h>

#include "sqla/value_internal.h"

typedef struct {
  Ref scope; // FunctionDef, Lambda, ClassDef, comprehension; 0: the module
  Atom name;
  Ref node; // the Name, def, Alias, Param ... that binds
  uint32_t start;
} Binding;

struct ScopeMap {
  Binding *bindings; // by scope, name, start
  uint32_t count;
};

typedef struct {
  Ref scope;
  Atom name;
  bool is_nonlocal;
} Declared;

typedef struct {
  ValueCtx *cx;
  const PyTree *t;
  Vec(Binding) found;
  Vec(Ref) scopes;
  Vec(Declared) declared;
} Binder;

static bool is_comprehension(PyKind kind) {
  return kind == PY_LIST_COMP || kind == PY_SET_COMP || kind == PY_DICT_COMP ||
         kind == PY_GENERATOR_EXP;
}

static bool makes_scope(PyKind kind) {
  return kind == PY_FUNCTION_DEF || kind == PY_CLASS_DEF || kind == PY_LAMBDA ||
         is_comprehension(kind);
}

static Ref current(const Binder *b) {
  return b->scopes.len ? vec_last(&b->scopes) : 0;
}

static void bind(Binder *b, Ref scope, Atom name, Ref node) {
  if (name)
    vec_push(&b->found, (Binding){scope, name, node, py_node(b->t, node)->start});
}

// Targets nest only as deep as tuples do; the parser bounds that.
static void bind_target(Binder *b, Ref scope, Ref target) {
  const PyTree *t = b->t;
  switch (py_kind(t, target)) {
  case PY_NAME:
    bind(b, scope, PY_AS(Name, t, target)->id, target);
    break;
  case PY_STARRED:
    bind_target(b, scope, PY_AS(Starred, t, target)->value);
    break;
  case PY_TUPLE:
  case PY_LIST: {
    Ref list = py_kind(t, target) == PY_TUPLE ? PY_AS(Tuple, t, target)->elts
                                              : PY_AS(List, t, target)->elts;
    PyRefs elts = py_list(t, list);
    for (uint32_t i = 0; i < elts.len; i++)
      bind_target(b, scope, elts.at[i]);
    break;
  }
  default:
    break;
  }
}

static void bind_walrus(Binder *b, Ref target) {
  size_t i = b->scopes.len;
  while (i > 0 && is_comprehension(py_kind(b->t, b->scopes.items[i - 1])))
    i--;
  bind_target(b, i ? b->scopes.items[i - 1] : 0, target);
}

static void declare(Binder *b, PyRefs names, bool is_nonlocal) {
  for (uint32_t i = 0; i < names.len; i++)
    vec_push(&b->declared,
             (Declared){current(b), PY_AS(Name, b->t, names.at[i])->id, is_nonlocal});
}

static Atom first_of_dotted(Binder *b, Atom dotted) {
  Str name = atom_str(b->cx->project->names, dotted);
  size_t dot = str_find_char(name, '.', 0);
  return dot == SIZE_MAX ? dotted : intern(b->cx->names, str_slice(name, 0, dot));
}

static void bind_parts(Binder *b, Ref r) {
  const PyTree *t = b->t;
  switch (py_kind(t, r)) {
  case PY_ALIAS: {
    const PyAlias *a = PY_AS(Alias, t, r);
    bind(b, current(b), a->asname ? a->asname : first_of_dotted(b, a->name), r);
    break;
  }
  case PY_EXCEPT_HANDLER:
    bind(b, current(b), PY_AS(ExceptHandler, t, r)->name, r);
    break;
  case PY_MATCH_AS:
    bind(b, current(b), PY_AS(MatchAs, t, r)->name, r);
    break;
  case PY_MATCH_STAR:
    bind(b, current(b), PY_AS(MatchStar, t, r)->name, r);
    break;
  case PY_PARAM:
    bind(b, current(b), PY_AS(Param, t, r)->name, r);
    break;
  case PY_GLOBAL:
    declare(b, py_list(t, PY_AS(Global, t, r)->names), false);
    break;
  case PY_NONLOCAL:
    declare(b, py_list(t, PY_AS(Nonlocal, t, r)->names), true);
    break;
  default:
    break;
  }
}

static bool enter(void *data, Ref r) {
  Binder *b = data;
  const PyTree *t = b->t;
  PyKind kind = py_kind(t, r);
  PyRefs targets;
  switch (kind) {
  case PY_FUNCTION_DEF:
    bind(b, current(b), PY_AS(FunctionDef, t, r)->name, r);
    break;
  case PY_CLASS_DEF:
    bind(b, current(b), PY_AS(ClassDef, t, r)->name, r);
    break;
  case PY_ASSIGN:
    targets = py_list(t, PY_AS(Assign, t, r)->targets);
    for (uint32_t i = 0; i < targets.len; i++)
      bind_target(b, current(b), targets.at[i]);
    break;
  case PY_ANN_ASSIGN:
    bind_target(b, current(b), PY_AS(AnnAssign, t, r)->target);
    break;
  case PY_AUG_ASSIGN:
    bind_target(b, current(b), PY_AS(AugAssign, t, r)->target);
    break;
  case PY_FOR:
    bind_target(b, current(b), PY_AS(For, t, r)->target);
    break;
  case PY_WITH_ITEM:
    bind_target(b, current(b), PY_AS(WithItem, t, r)->vars);
    break;
  case PY_COMPREHENSION:
    bind_target(b, current(b), PY_AS(Comprehension, t, r)->target);
    break;
  case PY_NAMED_EXPR:
    bind_walrus(b, PY_AS(NamedExpr, t, r)->target);
    break;
  default:
    bind_parts(b, r);
  }
  if (makes_scope(kind))
    vec_push(&b->scopes, r);
  return true;
}

static void leave(void *data, Ref r) {
  Binder *b = data;
  if (b->scopes.len && vec_last(&b->scopes) == r)
    (void)vec_pop(&b->scopes);
}

static int by_place(const void *a, const void *b) {
  const Binding *x = a, *y = b;
  if (x->scope != y->scope)
    return x->scope < y->scope ? -1 : 1;
  if (x->name != y->name)
    return x->name < y->name ? -1 : 1;
  if (x->start != y->start)
    return x->start < y->start ? -1 : 1;
  return x->node < y->node ? -1 : x->node > y->node;
}

static int by_declared(const void *a, const void *b) {
  const Declared *x = a, *y = b;
  if (x->scope != y->scope)
    return x->scope < y->scope ? -1 : 1;
  return x->name < y->name ? -1 : x->name > y->name;
}

static const Declared *find_declared(const Binder *b, Ref scope, Atom name) {
  Declared key = {scope, name, false};
  return b->declared.len
             ? bsearch(&key, b->declared.items, b->declared.len, sizeof key, by_declared)
             : NULL;
}

// `global x` sends bindings to the module, `nonlocal x` to the function around.
static void move_declared(Binder *b, uint32_t file) {
  if (!b->declared.len)
    return;
  qsort(b->declared.items, b->declared.len, sizeof(Declared), by_declared);
  for (size_t i = 0; i < b->found.len; i++) {
    Binding *binding = &b->found.items[i];
    const Declared *d = find_declared(b, binding->scope, binding->name);
    while (d && d->is_nonlocal && binding->scope) {
      binding->scope = enclosing_scope(b->cx, file, binding->scope);
      d = find_declared(b, binding->scope, binding->name);
    }
    if (d && !d->is_nonlocal)
      binding->scope = 0;
  }
}

static const struct ScopeMap *scope_map(ValueCtx *cx, uint32_t file) {
  FileState *state = &cx->files[file];
  if (state->scopes)
    return state->scopes;
  Binder b = {.cx = cx, .t = tree_of(cx, file)};
  PyVisitor visitor = {.enter = enter, .leave = leave, .data = &b};
  py_walk(b.t, b.t->root, &visitor);
  move_declared(&b, file);
  struct ScopeMap *map = arena_new(cx->arena, struct ScopeMap);
  map->count = (uint32_t)b.found.len;
  map->bindings = arena_array(cx->arena, Binding, b.found.len + 1);
  if (map->count) {
    memcpy(map->bindings, b.found.items, b.found.len * sizeof(Binding));
    qsort(map->bindings, map->count, sizeof(Binding), by_place);
  }
  vec_free(&b.found);
  vec_free(&b.scopes);
  vec_free(&b.declared);
  state->scopes = map;
  return map;
}

typedef struct {
  const Binding *at;
  uint32_t len;
} Bindings;

static Bindings bindings_of(ValueCtx *cx, uint32_t file, Ref scope, Atom name) {
  const struct ScopeMap *map = scope_map(cx, file);
  uint32_t low = 0, high = map->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    const Binding *b = &map->bindings[middle];
    if (b->scope < scope || (b->scope == scope && b->name < name))
      low = middle + 1;
    else
      high = middle;
  }
  Bindings found = {map->bindings + low, 0};
  while (low + found.len < map->count && found.at[found.len].scope == scope &&
         found.at[found.len].name == name)
    found.len++;
  return found;
}

// ---- scopes around a node

static uint32_t body_start(const PyTree *t, Ref scope) {
  PyRefs body = {NULL, 0};
  PyKind kind = py_kind(t, scope);
  if (kind == PY_LAMBDA)
    return py_node(t, PY_AS(Lambda, t, scope)->body)->start;
  if (kind == PY_FUNCTION_DEF)
    body = py_list(t, PY_AS(FunctionDef, t, scope)->body);
  else if (kind == PY_CLASS_DEF)
    body = py_list(t, PY_AS(ClassDef, t, scope)->body);
  return body.len ? py_node(t, body.at[0])->start : UINT32_MAX;
}

// The first iterable of a comprehension is evaluated outside of it.
static bool in_first_iterable(const PyTree *t, Ref comprehension, uint32_t at) {
  Ref list = 0;
  switch (py_kind(t, comprehension)) {
  case PY_LIST_COMP:
    list = PY_AS(ListComp, t, comprehension)->generators;
    break;
  case PY_SET_COMP:
    list = PY_AS(SetComp, t, comprehension)->generators;
    break;
  case PY_DICT_COMP:
    list = PY_AS(DictComp, t, comprehension)->generators;
    break;
  default:
    list = PY_AS(GeneratorExp, t, comprehension)->generators;
  }
  PyRefs generators = py_list(t, list);
  if (generators.len == 0)
    return false;
  return span_contains(py_span(t, PY_AS(Comprehension, t, generators.at[0])->iter), at);
}

Ref enclosing_scope(ValueCtx *cx, uint32_t file, Ref r) {
  const PyTree *t = tree_of(cx, file);
  uint32_t at = py_node(t, r)->start;
  bool is_param = py_kind(t, r) == PY_PARAM;
  for (Ref p = value_parent(cx, file, r); p; p = value_parent(cx, file, p)) {
    PyKind kind = py_kind(t, p);
    if (is_comprehension(kind) && !in_first_iterable(t, p, at))
      return p;
    bool has_body = kind == PY_FUNCTION_DEF || kind == PY_CLASS_DEF || kind == PY_LAMBDA;
    if (has_body && (is_param || at >= body_start(t, p)))
      return p;
  }
  return 0;
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

static bool list_holds(PyRefs list, Ref r) {
  for (uint32_t i = 0; i < list.len; i++)
    if (list.at[i] == r)
      return true;
  return false;
}

// The block of `owner` that holds the statement `child`; empty where it holds none.
static PyRefs block_of(const PyTree *t, Ref owner, Ref child) {
  const char *shape = py_kind_shape(py_kind(t, owner));
  const uint32_t *words = t->words + owner + sizeof(PyNode) / 4;
  for (int i = 0; shape[i]; i++) {
    if (shape[i] != 'l')
      continue;
    PyRefs list = py_list(t, words[i]);
    Span span = list_span(t, list);
    if (list.len && span_covers(span, py_span(t, child)) &&
        py_kind_group(py_kind(t, child)) == PY_GROUP_STMT && list_holds(list, child))
      return list;
  }
  return (PyRefs){NULL, 0};
}

// Looks at what stands around the block that `child` begins; true: nothing further out
// can reach.
static bool leave_block(Reach *r, Ref owner, Ref child) {
  const PyTree *t = r->t;
  switch (py_kind(t, owner)) {
  case PY_FOR: {
    const PyFor *n = PY_AS(For, t, owner);
    Span target = py_span(t, n->target);
    bool in_body = list_holds(py_list(t, n->body), child);
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
    if (!list_holds(body, child))
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
    PyRefs block = block_of(r->t, p, child);
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
  Bindings all = bindings_of(cx, file, owner, name);
  *found = all.len > 0;
  return all.len ? join_bindings(cx, file, all, NULL) : value_unknown();
}

static Value reaching(ValueCtx *cx, uint32_t file, Ref scope, Bindings all, Ref use) {
  if (all.len == 1)
    return join_bindings(cx, file, all, NULL);
  Reach r = {cx, file, tree_of(cx, file), all, mem_zalloc(all.len, 1), 0};
  reach_from(&r, use, scope);
  bool any = false;
  for (uint32_t i = 0; i < all.len; i++)
    any |= r.taken[i] != 0;
  Value v = join_bindings(cx, file, all, any ? r.taken : NULL);
  mem_free(r.taken);
  return v;
}

Value name_at(ValueCtx *cx, uint32_t file, Ref node, Atom name) {
  const PyTree *t = tree_of(cx, file);
  bool same_run = true; // the use runs where it stands, not when a function is called
  Ref use = node;
  for (Ref scope = enclosing_scope(cx, file, node);;
       scope = enclosing_scope(cx, file, scope)) {
    PyKind kind = py_kind(t, scope);
    bool hidden = kind == PY_CLASS_DEF && !same_run;
    Bindings all = bindings_of(cx, file, scope, name);
    if (all.len && !hidden) {
      if (!same_run || is_comprehension(kind) || kind == PY_LAMBDA)
        return join_bindings(cx, file, all, NULL);
      return reaching(cx, file, scope, all, use);
    }
    if (!scope)
      break;
    if (kind == PY_FUNCTION_DEF || kind == PY_LAMBDA)
      same_run = false;
    use = scope;
  }
  return module_or_builtin(cx, file, node, name);
}
