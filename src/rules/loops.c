// P101, P102, P103: one SELECT for each turn of a loop.
#include "rules/loaded.h"

typedef struct {
  Ref node, target, iter;
} Loop;

// The loop of a For or a comprehension with one `for`.
static bool read_loop(const PyTree *t, Ref node, Loop *out) {
  Ref list;
  switch (py_kind(t, node)) {
  case PY_FOR:
    *out = (Loop){node, PY_AS(For, t, node)->target, PY_AS(For, t, node)->iter};
    return true;
  case PY_LIST_COMP:
    list = PY_AS(ListComp, t, node)->generators;
    break;
  case PY_SET_COMP:
    list = PY_AS(SetComp, t, node)->generators;
    break;
  case PY_DICT_COMP:
    list = PY_AS(DictComp, t, node)->generators;
    break;
  case PY_GENERATOR_EXP:
    list = PY_AS(GeneratorExp, t, node)->generators;
    break;
  default:
    return false;
  }
  PyRefs generators = py_list(t, list);
  if (generators.len != 1)
    return false;
  const PyComprehension *c = PY_AS(Comprehension, t, generators.at[0]);
  *out = (Loop){node, c->target, c->iter};
  return true;
}

// ---- P101: a relationship read in the loop

typedef struct {
  RuleCtx *cx;
  const Loop *loop;
  uint32_t symbol;
  Loaded loaded;
  Vec(Atom) seen;
  bool may_read; // by the names alone
} LazyRead;

static bool is_stored(const PyTree *t, Ref parent, Ref node) {
  if (py_kind(t, parent) == PY_ASSIGN)
    return PY_AS(Assign, t, parent)->value != node;
  return py_kind(t, parent) == PY_AUG_ASSIGN || py_kind(t, parent) == PY_DELETE;
}

// Shows the loader option behind the statement: `.options(selectinload(User.orders))`.
static void show_option(RuleCtx *cx, Finding *f, const Loaded *loaded,
                        const Relationship *r) {
  const PyTree *t = cx->tree;
  Ref statement = loaded->statement;
  Value v = statement ? rule_value(cx, statement) : (Value){0};
  if (!statement || py_kind(t, statement) != PY_CALL || !v.shape->items[0].at.ref ||
      v.shape->items[0].at.file != cx->file_id)
    return;
  Ref entity = v.shape->items[0].at.ref;
  if (py_kind(t, entity) == PY_ATTRIBUTE &&
      rule_value(cx, entity).kind == VALUE_QUERY) // User.query
    entity = PY_AS(Attribute, t, entity)->value;
  if (py_kind(t, entity) != PY_NAME && py_kind(t, entity) != PY_ATTRIBUTE)
    return;
  if (!rule_fix(cx, f, FIX_SHOW, "Load it with the query"))
    return;
  Str name = fix_require_import(cx, statement, "sqlalchemy.orm", "selectinload");
  if (name.ptr)
    fix_insert(cx, py_node(t, statement)->end,
               str_format(cx->scratch, ".options(%.*s(%.*s.%.*s))", STR_ARG(name),
                          STR_ARG(py_text(t, entity)),
                          STR_ARG(atom_str(cx->project->names, r->key))));
}

static bool visit_read(void *data, Ref r) {
  LazyRead *l = data;
  RuleCtx *cx = l->cx;
  const PyTree *t = cx->tree;
  if (py_kind(t, r) != PY_ATTRIBUTE)
    return true;
  const PyAttribute *a = PY_AS(Attribute, t, r);
  if (rule_symbol(cx, a->value) != l->symbol || is_stored(t, rule_parent(cx, r), r))
    return true;
  const Relationship *relationship = lazy_relationship(l->loaded.model, a->attr);
  for (size_t i = 0; i < l->seen.len; i++)
    if (l->seen.items[i] == a->attr)
      return true;
  bool held = relationship && l->loaded.owner &&
              relationship->target == l->loaded.owner &&
              relationship->direction == MANY_TO_ONE; // post.author of user.posts
  if (!relationship || held)
    return true;
  vec_push(&l->seen, a->attr);
  Place maker = l->loaded.maker;
  const PyTree *there = maker.ref ? &cx->project->files[maker.file]->tree : NULL;
  Str in = there
               ? str_format(cx->scratch, " in `%.*s()`",
                            STR_ARG(atom_str(cx->project->names,
                                             PY_AS(FunctionDef, there, maker.ref)->name)))
               : STR("");
  Finding *f = rule_report(cx, py_span(t, r),
                           "`%.*s` is loaded by a SELECT of its own for each %.*s of the "
                           "loop; load it with the query%.*s by selectinload()",
                           STR_ARG(atom_str(cx->project->names, a->attr)),
                           STR_ARG(atom_str(cx->project->names, l->loaded.model->name)),
                           STR_ARG(in));
  show_option(cx, f, &l->loaded, relationship);
  return true;
}

static bool visit_candidate(void *data, Ref r) {
  LazyRead *l = data;
  const PyTree *t = l->cx->tree;
  if (py_kind(t, r) == PY_ATTRIBUTE) {
    const PyAttribute *a = PY_AS(Attribute, t, r);
    l->may_read = l->may_read || (models_has_relationship(l->cx->models, a->attr) &&
                                  rule_symbol(l->cx, a->value) == l->symbol);
  }
  return !l->may_read;
}

static void check_lazy(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Loop loop;
  if (cx->file->is_test || !read_loop(t, node, &loop) ||
      py_kind(t, loop.target) != PY_NAME)
    return;
  LazyRead l = {.cx = cx, .loop = &loop, .symbol = rule_symbol(cx, loop.target)};
  if (l.symbol == NO_SYMBOL)
    return;
  rule_walk_body(cx, node, visit_candidate, &l);
  if (!l.may_read || !loaded_through(cx, loop.iter, &l.loaded) || l.loaded.async)
    return;
  rule_walk_body(cx, node, visit_read, &l);
  vec_free(&l.seen);
}

// ---- P102: a query that depends on the variable of the loop

static bool is_read(RuleCtx *cx, Ref call, Ref *query) {
  static const char *const terminals[] = {"all",         "first", "one",
                                          "one_or_none", "count", "scalar"};
  const PyTree *t = cx->tree;
  Str method = call_method_text(cx, call);
  bool ends = false;
  for (size_t i = 0; i < ARRAY_LEN(terminals); i++)
    ends = ends || str_is(method, terminals[i]);
  bool executes =
      str_is(method, "execute") || str_is(method, "scalars") || str_is(method, "scalar");
  if (!ends && !executes)
    return false;
  Value v = rule_value(cx, call_receiver(t, call));
  if (v.kind == VALUE_QUERY) {
    *query = call_receiver(t, call);
    return ends;
  }
  if (!value_is_executor(v) || !executes)
    return false;
  *query = call_positional(t, call, 0);
  return *query && rule_value(cx, *query).kind == VALUE_SELECT;
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  bool batched; // in_(chunk), or_(*chunk), offset(n): many rows at a time; or the loop
                // is over what is selected
} Batch;

static bool is_selected(Batch *b, Ref call) {
  const PyTree *t = b->cx->tree;
  Str method = call_method_text(b->cx, call);
  if (!str_is(method, "query") && !str_is(method, "select_from") &&
      resolve_call_api(b->cx->resolver, b->cx->file_id, call) != API_sqlalchemy_select)
    return false;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len; i++)
    if (mentions(b->cx, args.at[i], b->symbol))
      return true;
  return false;
}

static bool visit_batch(void *data, Ref r) {
  Batch *b = data;
  PyKind kind = py_kind(b->cx->tree, r);
  if (kind == PY_STARRED || (kind == PY_CALL && is_selected(b, r)))
    b->batched = b->batched || mentions(b->cx, r, b->symbol);
  Str method = call_method_text(b->cx, r);
  if ((str_is(method, "in_") || str_is(method, "offset") || str_is(method, "limit") ||
       str_is(method, "slice")) &&
      mentions(b->cx, r, b->symbol) &&
      !mentions(b->cx, call_receiver(b->cx->tree, r), b->symbol))
    b->batched = true;
  return !b->batched;
}

static bool depends_on(RuleCtx *cx, Ref query, uint32_t symbol) {
  Ref made = py_kind(cx->tree, query) == PY_NAME
                 ? assigned_once(cx, rule_symbol(cx, query))
                 : query;
  if (!made || !mentions(cx, made, symbol))
    return false;
  Batch b = {.cx = cx, .symbol = symbol};
  PyVisitor v = {.enter = visit_batch, .data = &b};
  py_walk(cx->tree, made, &v);
  return !b.batched;
}

// ---- The query stands in a function that the loop calls

enum {
  MAX_CALLEE = 20000 // bytes of a function that is looked into
};

typedef struct {
  RuleCtx *cx; // of the function's file
  uint32_t symbol;
  Ref query;
} Callee;

// A query in a branch is not sent each time the function is called.
static bool visit_callee(void *data, Ref r) {
  Callee *c = data;
  Ref query = 0;
  PyKind kind = py_kind(c->cx->tree, r);
  if (kind == PY_IF || kind == PY_IF_EXP || kind == PY_EXCEPT_HANDLER || kind == PY_MATCH)
    return false;
  if (!c->query && call_receiver(c->cx->tree, r) && is_read(c->cx, r, &query) &&
      depends_on(c->cx, query, c->symbol))
    c->query = r;
  return !c->query;
}

// What is kept from one call to the next may well have no query.
static bool is_cached(RuleCtx *cx, Ref def) {
  return py_list(cx->tree, PY_AS(FunctionDef, cx->tree, def)->decorators).len > 0;
}

// The query in the function that the call runs, which asks for one item: the argument
// that is the variable of the loop, or one of its attributes. 0: none.
static Ref query_of_callee(RuleCtx *cx, Ref call, Ref argument, uint32_t symbol,
                           Place def) {
  const PyTree *t = cx->tree;
  Ref value =
      py_kind(t, argument) == PY_KEYWORD ? PY_AS(Keyword, t, argument)->value : argument;
  if (!is_simple(t, value) || !mentions(cx, value, symbol))
    return 0;
  RuleCtx other = rule_elsewhere(cx, def.file);
  Span span = py_span(other.tree, def.ref);
  if (other.file->is_test || !other.file->scopes || span.end - span.start > MAX_CALLEE ||
      is_cached(&other, def.ref))
    return 0;
  Ref param = rule_parameter(cx, call, argument, def);
  uint32_t inner = param ? py_scopes_symbol_of(other.file->scopes, param) : NO_SYMBOL;
  if (inner == NO_SYMBOL ||
      other.file->scopes->symbols[inner].first != other.file->scopes->symbols[inner].last)
    return 0;
  Callee c = {.cx = &other, .symbol = inner};
  rule_walk_body(&other, def.ref, visit_callee, &c);
  return c.query;
}

typedef struct {
  RuleCtx *cx;
  const Loop *loop;
  uint32_t symbol;
  bool found;
} Query;

static bool report_callee(Query *q, Ref call) {
  RuleCtx *cx = q->cx;
  PyRefs args = py_list(cx->tree, PY_AS(Call, cx->tree, call)->args);
  if (!args.len || !mentions(cx, call, q->symbol))
    return false;
  Place def = rule_callee(cx, call);
  for (uint32_t i = 0; def.ref && i < args.len; i++) {
    Ref query = query_of_callee(cx, call, args.at[i], q->symbol, def);
    if (!query)
      continue;
    const PyTree *t = &cx->project->files[def.file]->tree;
    rule_report(
        cx, py_span(cx->tree, call),
        "one query for each turn of the loop over `%.*s`, in `%.*s()`; let it "
        "take all of them at once",
        STR_ARG(rule_excerpt(cx, q->loop->iter)),
        STR_ARG(atom_str(cx->project->names, PY_AS(FunctionDef, t, def.ref)->name)));
    return true;
  }
  return false;
}

// `with Maker() as session:` in the loop: each turn is meant to have a transaction of its
// own.
static bool opens_session(Query *q, Ref call) {
  RuleCtx *cx = q->cx;
  uint32_t symbol = rule_symbol(cx, call_receiver(cx->tree, call));
  for (Ref p = rule_parent(cx, call); symbol != NO_SYMBOL && p && p != q->loop->node;
       p = rule_parent(cx, p)) {
    PyRefs items = py_kind(cx->tree, p) == PY_WITH
                       ? py_list(cx->tree, PY_AS(With, cx->tree, p)->items)
                       : (PyRefs){NULL, 0};
    for (uint32_t i = 0; i < items.len; i++)
      if (rule_symbol(cx, PY_AS(WithItem, cx->tree, items.at[i])->vars) == symbol)
        return true;
  }
  return false;
}

static bool visit_query(void *data, Ref r) {
  Query *q = data;
  RuleCtx *cx = q->cx;
  Ref query = 0;
  if (q->found || r == q->loop->iter)
    return false;
  if (py_kind(cx->tree, r) != PY_CALL)
    return true;
  if (!call_receiver(cx->tree, r) || !is_read(cx, r, &query)) {
    q->found = report_callee(q, r);
    return !q->found;
  }
  if (!depends_on(cx, query, q->symbol) || opens_session(q, r))
    return true;
  q->found = true;
  rule_report(cx, py_span(cx->tree, r),
              "one query for each turn of the loop over `%.*s`; ask for all of them at "
              "once by `in_()` or a join",
              STR_ARG(rule_excerpt(cx, q->loop->iter)));
  return false;
}

static bool is_range(RuleCtx *cx, Ref iter) {
  if (py_kind(cx->tree, iter) != PY_CALL)
    return false;
  Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, cx->tree, iter)->func);
  return o.kind == ORIGIN_BUILTIN &&
         str_is(atom_str(cx->project->names, o.dotted), "range");
}

// A list written out is short: as many queries as it has items. So are the members of an
// enum.
static bool is_literal(RuleCtx *cx, Ref iter) {
  if (resolve_expr(cx->resolver, cx->file_id, iter).kind == ORIGIN_CLASS)
    return true;
  Place held = rule_held(cx, iter);
  PyKind kind = py_kind(&cx->project->files[held.file]->tree, held.ref);
  return kind == PY_LIST || kind == PY_TUPLE || kind == PY_SET || kind == PY_DICT;
}

// Walks what stands in a loop over many things, of which one name holds each.
static void walk_loop(RuleCtx *cx, Ref node, bool (*visit)(void *data, Ref r)) {
  const PyTree *t = cx->tree;
  Loop loop;
  if (cx->file->is_test || !read_loop(t, node, &loop) ||
      py_kind(t, loop.target) != PY_NAME || is_range(cx, loop.iter) ||
      is_literal(cx, loop.iter))
    return;
  Query q = {.cx = cx, .loop = &loop, .symbol = rule_symbol(cx, loop.target)};
  if (q.symbol != NO_SYMBOL)
    rule_walk_body(cx, node, visit, &q);
}

static void check_query(RuleCtx *cx, Ref node) {
  walk_loop(cx, node, visit_query);
}

// ---- P103: get() of a key that depends on the variable of the loop

static bool visit_get(void *data, Ref r) {
  Query *q = data;
  RuleCtx *cx = q->cx;
  const PyTree *t = cx->tree;
  if (q->found || r == q->loop->iter)
    return false;
  Str method = call_method_text(cx, r);
  if (!str_is(method, "get") && !str_is(method, "get_one"))
    return true;
  Value v = rule_value(cx, call_receiver(t, r));
  Ref first = call_positional(t, r, 0);
  bool session =
      value_is_session(v) && first && rule_value(cx, first).kind == VALUE_MAPPED_CLASS;
  Ref key = session ? call_positional(t, r, 1) : v.kind == VALUE_QUERY ? first : 0;
  if (!key || (!session && v.sure != SURE_PROVEN) || !mentions(cx, key, q->symbol))
    return true;
  q->found = true;
  rule_report(cx, py_span(t, r),
              "one SELECT for each turn of the loop over `%.*s`; load all of them at "
              "once by `in_()`",
              STR_ARG(rule_excerpt(cx, q->loop->iter)));
  return false;
}

static void check_get(RuleCtx *cx, Ref node) {
  walk_loop(cx, node, visit_get);
}

const Rule rule_lazy_load_in_loop = {
    .code = "P101",
    .name = "n-plus-one-loop",
    .category = CAT_PERFORMANCE,
    .fix = FIX_SHOW,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "A lazy relationship read inside a loop over the instances of a query",
    .why = "Each turn sends one more SELECT (the N+1 problem); selectinload() or "
           "joinedload() load all of them with one",
    .on = {PY_FOR, PY_LIST_COMP, PY_SET_COMP, PY_DICT_COMP, PY_GENERATOR_EXP},
    .check = check_lazy,
};

const Rule rule_query_in_loop = {
    .code = "P102",
    .name = "query-in-loop",
    .category = CAT_PERFORMANCE,
    .since = "0.1.0",
    .severity = SEVERITY_INFO,
    .what = "A SELECT inside a loop that asks for one item of the loop, also in a "
            "function that the loop calls",
    .why = "As many round trips to the database as the loop has turns, where one query "
           "with in_() or a join would do",
    .on = {PY_FOR, PY_LIST_COMP, PY_SET_COMP, PY_DICT_COMP, PY_GENERATOR_EXP},
    .check = check_query,
};

DEFINE_RULE(
    get_in_loop, "P103", "get-in-loop", CAT_PERFORMANCE, SEVERITY_INFO,
    "get() of one item of the loop after the other",
    "As many round trips to the database as there are items that the session does "
    "not hold yet, where one query with in_() would do",
    .on = {PY_FOR, PY_LIST_COMP, PY_SET_COMP, PY_DICT_COMP, PY_GENERATOR_EXP},
    .check = check_get);
