// query_call.c: queries that go into functions and come out of them, across files.
#include <stdlib.h>

#include "codemod/query_internal.h"
#include "rules/util.h"

// ---- everything that is called by a name

typedef struct {
  uint32_t file;
  const PyTree *t;
  Vec(NamedPlace) uses, defs;
  Vec(Place) classes;
} RefWalk;

static bool note_reference(void *data, Ref r) {
  RefWalk *w = data;
  Place at = {w->file, r};
  switch (py_kind(w->t, r)) {
  case PY_NAME:
    vec_push(&w->uses, (NamedPlace){PY_AS(Name, w->t, r)->id, at});
    break;
  case PY_ATTRIBUTE:
    vec_push(&w->uses, (NamedPlace){PY_AS(Attribute, w->t, r)->attr, at});
    break;
  case PY_FUNCTION_DEF:
    vec_push(&w->defs, (NamedPlace){PY_AS(FunctionDef, w->t, r)->name, at});
    break;
  case PY_CLASS_DEF:
    vec_push(&w->classes, at);
    break;
  default:
    break;
  }
  return true;
}

static int by_name(const void *a, const void *b) {
  const NamedPlace *x = a, *y = b;
  if (x->name != y->name)
    return x->name < y->name ? -1 : 1;
  if (x->at.file != y->at.file)
    return x->at.file < y->at.file ? -1 : 1;
  return x->at.ref < y->at.ref ? -1 : x->at.ref > y->at.ref;
}

const struct References *q_references(Q *q) {
  if (q->references)
    return q->references;
  RefWalk w = {0};
  for (uint32_t i = 0; i < q->project->file_count; i++) {
    if (!q->project->files[i]->readable)
      continue;
    w.file = i;
    w.t = q_tree(q, i);
    PyVisitor visitor = {.enter = note_reference, .data = &w};
    py_walk(w.t, w.t->root, &visitor);
  }
  struct References *all = arena_new(q->arena, struct References);
  all->uses = arena_array(q->arena, NamedPlace, w.uses.len + 1);
  all->defs = arena_array(q->arena, NamedPlace, w.defs.len + 1);
  for (size_t i = 0; i < w.uses.len; i++)
    all->uses[i] = w.uses.items[i];
  for (size_t i = 0; i < w.defs.len; i++)
    all->defs[i] = w.defs.items[i];
  all->classes = arena_array(q->arena, Place, w.classes.len + 1);
  for (size_t i = 0; i < w.classes.len; i++)
    all->classes[i] = w.classes.items[i];
  all->class_count = w.classes.len;
  all->use_count = w.uses.len;
  all->def_count = w.defs.len;
  qsort(all->uses, all->use_count, sizeof *all->uses, by_name);
  qsort(all->defs, all->def_count, sizeof *all->defs, by_name);
  vec_free(&w.uses);
  vec_free(&w.defs);
  vec_free(&w.classes);
  q->references = all;
  return all;
}

size_t q_first_named(const NamedPlace *list, size_t count, Atom name) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (list[middle].name < name)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// ---- functions

Ref q_class_around(Q *q, Place function) {
  Ref up = q_parent(q, function.file, function.ref);
  return py_kind(q_tree(q, function.file), up) == PY_CLASS_DEF ? up : 0;
}

bool q_has_decorator(Q *q, Place function, const char *name) {
  const PyTree *t = q_tree(q, function.file);
  PyRefs list = py_list(t, PY_AS(FunctionDef, t, function.ref)->decorators);
  for (uint32_t i = 0; i < list.len; i++)
    if (str_is(py_text(t, list.at[i]), name))
      return true;
  return false;
}

static bool is_property(Q *q, Place function) {
  return q_has_decorator(q, function, "property") ||
         q_has_decorator(q, function, "cached_property") ||
         q_has_decorator(q, function, "functools.cached_property");
}

// A decorator that gives the function's own result, called as it is.
static bool is_plain_decorator(Q *q, Place function, Ref d) {
  static const char *const known[] = {"staticmethod",
                                      "classmethod",
                                      "property",
                                      "cached_property",
                                      "abstractmethod",
                                      "abc.abstractmethod",
                                      "functools.cached_property",
                                      "override",
                                      "typing.override"};
  Str text = py_text(q_tree(q, function.file), d);
  for (size_t i = 0; i < ARRAY_LEN(known); i++)
    if (str_is(text, known[i]))
      return true;
  return false;
}

// Why the arguments of calls of the function cannot be followed; NULL: they can.
static const char *opaque(Q *q, Place function) {
  const PyTree *t = q_tree(q, function.file);
  PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, function.ref)->decorators);
  for (uint32_t i = 0; i < decorators.len; i++)
    if (!is_plain_decorator(q, function, decorators.at[i]))
      return "a decorator stands between the function and those who call it";
  return NULL;
}

// Why what calls of the function give is not what it returns; NULL: it is.
static const char *gives_other(Q *q, Place function) {
  const PyTree *t = q_tree(q, function.file);
  const PyFunctionDef *f = PY_AS(FunctionDef, t, function.ref);
  const PyScopes *s = q->project->files[function.file]->scopes;
  if (f->node.flags & PYF_ASYNC)
    return "the function is a coroutine";
  if (f->scope && s->scopes[f->scope - 1].flags & SCOPE_GENERATOR)
    return "the function is a generator";
  return opaque(q, function);
}

// True where `cls` is `of` or inherits from it.
bool q_inherits_to(Q *q, Place cls, Place of, int depth) {
  if (place_eq(cls, of))
    return true;
  if (depth > 20)
    return false;
  const PyTree *t = q_tree(q, cls.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    Ref base = args.at[i];
    if (py_kind(t, base) == PY_SUBSCRIPT)
      base = PY_AS(Subscript, t, base)->value;
    Origin o = resolve_expr(q->cx->resolver, cls.file, base);
    if (o.kind == ORIGIN_CLASS && q_inherits_to(q, o.at, of, depth + 1))
      return true;
  }
  return false;
}

// A base outside the project may call what the class overrides.
bool q_has_foreign_base(Q *q, Place cls, int depth) {
  const PyTree *t = q_tree(q, cls.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    Ref base = args.at[i];
    if (py_kind(t, base) == PY_KEYWORD)
      continue;
    if (py_kind(t, base) == PY_SUBSCRIPT)
      base = PY_AS(Subscript, t, base)->value;
    Origin o = resolve_expr(q->cx->resolver, cls.file, base);
    if (o.kind == ORIGIN_CLASS) {
      if (depth < 20 && q_has_foreign_base(q, o.at, depth + 1))
        return true;
      continue;
    }
    Str name = q_name(q, o.dotted);
    bool harmless = o.kind == ORIGIN_BUILTIN || o.kind == ORIGIN_API ||
                    str_starts(name, STR("typing.")) || str_starts(name, STR("abc.")) ||
                    q_value(q, cls.file, base).kind == VALUE_BASE_CLASS;
    if (!harmless)
      return true;
  }
  return false;
}

// Calls `each` for every method that a call of `function` may reach instead of it, or
// that may be reached where it is meant: overrides up and down.
static void each_relative(Q *q, Place function,
                          void (*each)(Q *q, Place relative, void *data), void *data) {
  Ref cls = q_class_around(q, function);
  if (!cls)
    return;
  const struct References *all = q_references(q);
  Atom name = PY_AS(FunctionDef, q_tree(q, function.file), function.ref)->name;
  Place own = {function.file, cls};
  for (size_t i = q_first_named(all->defs, all->def_count, name);
       i < all->def_count && all->defs[i].name == name; i++) {
    Place other = all->defs[i].at;
    Ref other_class = place_eq(other, function) ? 0 : q_class_around(q, other);
    if (!other_class)
      continue;
    Place theirs = {other.file, other_class};
    if (q_inherits_to(q, theirs, own, 0) || q_inherits_to(q, own, theirs, 0))
      each(q, other, data);
  }
}

typedef enum {
  USE_CALL,    // the call, or the reading of a property, is at `made`
  USE_HANDED,  // the function itself is handed on
  USE_UNCLEAR, // an attribute of this name of something unknown
} UseKind;

typedef struct {
  UseKind kind;
  Place at, made;
} FunctionUse;
typedef Vec(FunctionUse) FunctionUses;

static bool is_owner(Q *q, Value v, Place function) {
  (void)q;
  return v.kind == VALUE_FUNCTION && place_eq(v.owner, function);
}

bool q_is_stored(Q *q, Place at) {
  const PyTree *t = q_tree(q, at.file);
  Ref p = q_parent(q, at.file, at.ref);
  if (py_kind(t, p) == PY_ASSIGN)
    return PY_AS(Assign, t, p)->value != at.ref;
  return py_kind(t, p) == PY_ANN_ASSIGN && PY_AS(AnnAssign, t, p)->target == at.ref;
}

// A property is read where its class is known to be the receiver's.
static bool reads_property(Q *q, Place at, Place function) {
  const PyTree *t = q_tree(q, at.file);
  if (py_kind(t, at.ref) != PY_ATTRIBUTE)
    return false;
  Value of = q_value(q, at.file, PY_AS(Attribute, t, at.ref)->value);
  Place cls = {function.file, q_class_around(q, function)};
  return of.owner.ref &&
         py_kind(q_tree(q, of.owner.file), of.owner.ref) == PY_CLASS_DEF &&
         (q_inherits_to(q, of.owner, cls, 0) || q_inherits_to(q, cls, of.owner, 0));
}

// super().name(...) in a class below.
static bool is_super(Q *q, Place at) {
  const PyTree *t = q_tree(q, at.file);
  if (py_kind(t, at.ref) != PY_ATTRIBUTE)
    return false;
  Ref of = PY_AS(Attribute, t, at.ref)->value;
  return py_kind(t, of) == PY_CALL &&
         str_is(py_text(t, PY_AS(Call, t, of)->func), "super");
}

// True where the arguments of the call fit the parameters: only then can it be a call of
// the method.
static bool may_call(Q *q, Place call, Place function) {
  const PyTree *t = q_tree(q, function.file), *from = q_tree(q, call.file);
  if (py_kind(from, call.ref) != PY_CALL || call_has_stars(from, call.ref))
    return true;
  PyRefs params = py_list(
      t, PY_AS(Parameters, t, PY_AS(FunctionDef, t, function.ref)->params)->params);
  PyRefs args = py_list(from, PY_AS(Call, from, call.ref)->args);
  uint32_t given = args.len, most = 0, least = 0;
  bool open = false;
  uint32_t first = !q_has_decorator(q, function, "staticmethod");
  for (uint32_t i = first; i < params.len; i++) {
    const PyParam *p = PY_AS(Param, t, params.at[i]);
    if (p->node.aux == PY_PARAM_VARARG || p->node.aux == PY_PARAM_KWARG) {
      open = true;
      continue;
    }
    most++;
    least += !p->default_value;
  }
  for (uint32_t i = 0; i < args.len && !open; i++) {
    if (py_kind(from, args.at[i]) != PY_KEYWORD)
      continue;
    bool known = false;
    for (uint32_t k = first; k < params.len; k++)
      known |=
          PY_AS(Param, t, params.at[k])->name == PY_AS(Keyword, from, args.at[i])->arg;
    if (!known)
      return false;
  }
  return given >= least && (open || given <= most);
}

static void uses_of(Q *q, Place function, FunctionUses *out) {
  const struct References *all = q_references(q);
  Atom name = PY_AS(FunctionDef, q_tree(q, function.file), function.ref)->name;
  bool method = q_class_around(q, function) != 0, property = is_property(q, function);
  for (size_t i = q_first_named(all->uses, all->use_count, name);
       i < all->use_count && all->uses[i].name == name; i++) {
    Place at = all->uses[i].at;
    const PyTree *t = q_tree(q, at.file);
    bool is_attribute = py_kind(t, at.ref) == PY_ATTRIBUTE;
    if (q_is_stored(q, at) || (method && !is_attribute))
      continue;
    if (property) {
      if (reads_property(q, at, function))
        vec_push(out, (FunctionUse){USE_CALL, at, at});
      else if (q_value(q, at.file, PY_AS(Attribute, t, at.ref)->value).kind ==
               VALUE_UNKNOWN)
        vec_push(out, (FunctionUse){USE_UNCLEAR, at, at});
      continue;
    }
    Value v = q_value(q, at.file, at.ref);
    Ref up = q_parent(q, at.file, at.ref);
    bool called = py_kind(t, up) == PY_CALL && PY_AS(Call, t, up)->func == at.ref;
    if (is_owner(q, v, function))
      vec_push(out, (FunctionUse){called ? USE_CALL : USE_HANDED, at, {at.file, up}});
    else if (is_attribute && v.kind == VALUE_UNKNOWN &&
             (!called || may_call(q, (Place){at.file, up}, function)) &&
             (is_super(q, at) ||
              q_value(q, at.file, PY_AS(Attribute, t, at.ref)->value).kind ==
                  VALUE_UNKNOWN))
      vec_push(out, (FunctionUse){USE_UNCLEAR, at, at});
  }
}

// ---- results

static void join_return(Q *q, Place relative, void *data) {
  uint32_t node = *(uint32_t *)data;
  uint32_t other = q_node(q, NODE_RETURN, relative, 0);
  Place own = q->nodes.items[node].at;
  q_edge(q, node, other, EDGE_SAME, own, NONE);
}

void q_spread_return(Q *q, uint32_t node, Ref statement) {
  uint32_t file = q->nodes.items[node].at.file;
  Ref function = q_function(q, file, statement);
  if (py_kind(q_tree(q, file), function) != PY_FUNCTION_DEF)
    return;
  Place at = {file, function};
  q_edge(q, node, q_node(q, NODE_RETURN, at, 0), EDGE_SAME, at, NONE);
}

void q_spread_calls(Q *q, uint32_t node) {
  Place function = q->nodes.items[node].at;
  const char *why = gives_other(q, function);
  Ref cls = q_class_around(q, function);
  if (!why && !cls && is_property(q, function))
    why = "the property is made outside of a class";
  if (!why && cls && q_has_foreign_base(q, (Place){function.file, cls}, 0))
    why = "the function returns the query, and a class outside the project may call it";
  if (why) {
    q_stop(q, node, function, "%s", why);
    return;
  }
  FunctionUses uses = {0};
  uses_of(q, function, &uses);
  bool called = false;
  for (size_t i = 0; i < uses.len; i++) {
    FunctionUse use = uses.items[i];
    if (use.kind == USE_HANDED)
      q_stop(q, node, use.at, "the function that returns the query is handed on here");
    else if (use.kind == USE_UNCLEAR)
      vec_push(&q->unclear, (QStop){node, use.at,
                                    STR("the function that returns the query "
                                        "may be called here, on something "
                                        "unknown")});
    else
      q_edge(q, node, q_node(q, NODE_EXPR, use.made, 0), EDGE_RETURN, use.made, NONE);
    called |= use.kind == USE_CALL;
  }
  if (!called)
    q_stop(q, node, function,
           "the function returns the query, and nothing in the project calls it");
  vec_free(&uses);
  each_relative(q, function, join_return, &node);
}

// ---- arguments

// The Param that the argument of a call of `function` becomes; 0: not told.
static Ref param_of(Q *q, Place function, Place call, Ref argument) {
  const PyTree *t = q_tree(q, function.file), *from = q_tree(q, call.file);
  PyRefs params = py_list(
      t, PY_AS(Parameters, t, PY_AS(FunctionDef, t, function.ref)->params)->params);
  if (py_kind(from, argument) == PY_KEYWORD) {
    Atom name = PY_AS(Keyword, from, argument)->arg;
    for (uint32_t i = 0; name && i < params.len; i++)
      if (PY_AS(Param, t, params.at[i])->name == name &&
          py_node(t, params.at[i])->aux != PY_PARAM_VARARG &&
          py_node(t, params.at[i])->aux != PY_PARAM_KWARG)
        return params.at[i];
    return 0;
  }
  Ref func = PY_AS(Call, from, call.ref)->func;
  uint32_t position = 0;
  if (q_class_around(q, function) && !q_has_decorator(q, function, "staticmethod")) {
    if (py_kind(from, func) != PY_ATTRIBUTE)
      return 0;
    Value of = q_value(q, call.file, PY_AS(Attribute, from, func)->value);
    bool on_class = of.kind == VALUE_CLASS || of.kind == VALUE_MAPPED_CLASS;
    if (on_class && !q_has_decorator(q, function, "classmethod"))
      return 0; // Class.method(instance, ...)
    position = 1;
  }
  PyRefs args = py_list(from, PY_AS(Call, from, call.ref)->args);
  for (uint32_t i = 0; i < args.len && args.at[i] != argument; i++) {
    if (py_kind(from, args.at[i]) == PY_STARRED)
      return 0;
    position += py_kind(from, args.at[i]) != PY_KEYWORD;
  }
  if (position >= params.len || py_node(t, params.at[position])->aux > PY_PARAM_NORMAL)
    return 0;
  return params.at[position];
}

typedef struct {
  uint32_t node; // of the Param that got it
  Place call;
  Atom name;
} JoinParam;

// The parameter of the same name of an override.
static void join_param(Q *q, Place relative, void *data) {
  JoinParam *j = data;
  const PyTree *t = q_tree(q, relative.file);
  PyRefs params = py_list(
      t, PY_AS(Parameters, t, PY_AS(FunctionDef, t, relative.ref)->params)->params);
  for (uint32_t i = 0; i < params.len; i++) {
    if (PY_AS(Param, t, params.at[i])->name != j->name)
      continue;
    Place at = {relative.file, params.at[i]};
    q_edge(q, j->node, q_node(q, NODE_BIND, at, 0), EDGE_SAME, j->call, NONE);
    return;
  }
  q_stop(q, j->node, relative, "an override takes the query under another name");
}

void q_pass_to(Q *q, uint32_t node, Place function, Place call, Ref argument) {
  const char *why = opaque(q, function);
  if (why) {
    q_stop(q, node, call, "%s", why);
    return;
  }
  Ref param = param_of(q, function, call, argument);
  if (!param) {
    q_stop(q, node, call, "it is not plain which parameter takes the query");
    return;
  }
  Place at = {function.file, param};
  uint32_t to = q_node(q, NODE_BIND, at, 0);
  q_edge(q, node, to, EDGE_PASS, call, NONE);
  JoinParam j = {to, call, PY_AS(Param, q_tree(q, at.file), param)->name};
  each_relative(q, function, join_param, &j);
}

static Ref argument_for(Q *q, Place function, Place call, Ref param, bool *unclear) {
  const PyTree *from = q_tree(q, call.file);
  PyRefs args = py_list(from, PY_AS(Call, from, call.ref)->args);
  *unclear = call_has_stars(from, call.ref);
  for (uint32_t i = 0; i < args.len && !*unclear; i++)
    if (param_of(q, function, call, args.at[i]) == param)
      return py_kind(from, args.at[i]) == PY_KEYWORD
                 ? PY_AS(Keyword, from, args.at[i])->value
                 : args.at[i];
  return 0;
}

// What a call gives a parameter; ref 0: nothing.
typedef bool GivenTest(Q *q, Place given, int depth);

// True where the project calls the function of the parameter, and `test` holds of what
// each call gives it.
static bool all_give(Q *q, Place param, GivenTest *test, int depth) {
  const PyTree *t = q_tree(q, param.file);
  Place f = {param.file, q_parent(q, param.file, q_parent(q, param.file, param.ref))};
  if (py_kind(t, f.ref) != PY_FUNCTION_DEF || opaque(q, f))
    return false;
  FunctionUses uses = {0};
  uses_of(q, f, &uses);
  bool all = uses.len > 0;
  for (size_t i = 0; all && i < uses.len; i++) {
    FunctionUse use = uses.items[i];
    bool unclear = true;
    Ref given =
        use.kind == USE_CALL ? argument_for(q, f, use.made, param.ref, &unclear) : 0;
    all = !unclear && test(q, (Place){use.made.file, given}, depth);
  }
  vec_free(&uses);
  return all;
}

static bool is_nothing(Q *q, Place given, int depth) {
  (void)depth;
  return q_is_none(q_tree(q, given.file), given.ref);
}

// def f(q=None): no call gives it anything but None.
static bool never_given(Q *q, Place param) {
  const PyTree *t = q_tree(q, param.file);
  Ref value = PY_AS(Param, t, param.ref)->default_value;
  return value && is_none(t, value) && all_give(q, param, is_nothing, 0);
}

// ---- what else comes to the same places

bool q_is_none(const PyTree *t, Ref r) {
  return !r || is_none(t, r);
}

Ref q_assigned(Q *q, uint32_t file, Ref name) {
  const PyTree *t = q_tree(q, file);
  Ref p = q_parent(q, file, name);
  switch (py_kind(t, p)) {
  case PY_ASSIGN:
    return PY_AS(Assign, t, p)->value;
  case PY_ANN_ASSIGN:
    return PY_AS(AnnAssign, t, p)->value;
  case PY_NAMED_EXPR:
    return PY_AS(NamedExpr, t, p)->value;
  default:
    return 0;
  }
}

// A select already: the rewritten web gives and takes nothing else.
bool q_is_select(Q *q, uint32_t file, Ref expr) {
  return expr && q_value(q, file, expr).kind == VALUE_SELECT;
}

static void check_load(Q *q, uint32_t node) {
  enum {
    MOST = 32
  };
  Place at = q->nodes.items[node].at;
  const PyTree *t = q_tree(q, at.file);
  Ref few[MOST];
  uint32_t n = value_bindings(q->cx->values, at.file, at.ref, few, MOST);
  if (n > MOST) {
    q_stop(q, node, at, "the name is assigned in more than %d places", MOST);
    return;
  }
  for (uint32_t i = 0; i < n; i++) {
    Place binding = {at.file, few[i]};
    uint32_t known = q_node_find(q, NODE_BIND, binding);
    if (known != NONE && q_web(q, known) == q_web(q, node))
      continue;
    Ref value = py_kind(t, few[i]) == PY_NAME ? q_assigned(q, at.file, few[i]) : 0;
    if (value && (is_none(t, value) || q_is_select(q, at.file, value)))
      continue;
    if (py_kind(t, few[i]) == PY_PARAM && never_given(q, binding))
      continue;
    q_stop(q, node, binding, "`%.*s` may also hold something else, from here",
           STR_ARG(py_text(t, at.ref)));
    return;
  }
}

// x.all() where x is a query: the method of Query.
static bool is_query_method(Q *q, Place attribute) {
  const PyTree *t = q_tree(q, attribute.file);
  Place of = {attribute.file, PY_AS(Attribute, t, attribute.ref)->value};
  return q_node_find(q, NODE_EXPR, of) != NONE;
}

static void check_param(Q *q, uint32_t node) {
  Place param = q->nodes.items[node].at;
  const PyTree *t = q_tree(q, param.file);
  Ref function = q_parent(q, param.file, q_parent(q, param.file, param.ref));
  if (py_kind(t, function) != PY_FUNCTION_DEF) {
    q_stop(q, node, param, "the query is the parameter of a lambda");
    return;
  }
  if (!q_is_none(t, PY_AS(Param, t, param.ref)->default_value)) {
    q_stop(q, node, param, "the parameter has a default that is no query");
    return;
  }
  FunctionUses uses = {0};
  Place f = {param.file, function};
  uses_of(q, f, &uses);
  for (size_t i = 0; i < uses.len; i++) {
    FunctionUse use = uses.items[i];
    if (use.kind == USE_UNCLEAR && is_query_method(q, use.at))
      continue;
    if (use.kind != USE_CALL) {
      q_stop(q, node, use.at,
             use.kind == USE_HANDED
                 ? "the function that takes the query is handed on here"
                 : "the function that takes the query may be called "
                   "here, on something unknown");
      continue;
    }
    bool unclear;
    Ref given = argument_for(q, f, use.made, param.ref, &unclear);
    Place at = {use.made.file, given};
    uint32_t known = given ? q_node_find(q, NODE_EXPR, at) : NONE;
    bool same = known != NONE && q_web(q, known) == q_web(q, node);
    if (!same && !q_is_select(q, at.file, given) &&
        (unclear || !q_is_none(q_tree(q, at.file), given)))
      q_stop(q, node, use.made,
             "something that is not known to be a query is passed here");
  }
  vec_free(&uses);
}

typedef struct {
  Q *q;
  uint32_t node, file;
  Ref function;
  const PyTree *t;
} ReturnWalk;

static bool check_one_return(void *data, Ref r) {
  ReturnWalk *w = data;
  PyKind kind = py_kind(w->t, r);
  if (kind == PY_LAMBDA || kind == PY_CLASS_DEF ||
      (kind == PY_FUNCTION_DEF && r != w->function))
    return false;
  if (kind != PY_RETURN)
    return true;
  Ref value = PY_AS(Return, w->t, r)->value;
  if (q_is_none(w->t, value) || q_is_select(w->q, w->file, value))
    return false;
  uint32_t known = q_node_find(w->q, NODE_EXPR, (Place){w->file, value});
  if (known == NONE || q_web(w->q, known) != q_web(w->q, w->node))
    q_stop(w->q, w->node, (Place){w->file, r},
           "the function also returns something that is not known to be a query");
  return true;
}

static void check_returns(Q *q, uint32_t node) {
  Place f = q->nodes.items[node].at;
  ReturnWalk w = {q, node, f.file, f.ref, q_tree(q, f.file)};
  PyVisitor visitor = {.enter = check_one_return, .data = &w};
  py_walk(w.t, f.ref, &visitor);
}

// An expression that is one of two, or an override that gives something else.
static void check_branches(Q *q, uint32_t node) {
  Place at = q->nodes.items[node].at;
  const PyTree *t = q_tree(q, at.file);
  const PyIfExp *e = PY_AS(IfExp, t, at.ref);
  Ref both[] = {e->body, e->orelse};
  for (int i = 0; i < 2; i++) {
    uint32_t known = q_node_find(q, NODE_EXPR, (Place){at.file, both[i]});
    bool same = known != NONE && q_web(q, known) == q_web(q, node);
    if (!same && !is_none(t, both[i]) && !q_is_select(q, at.file, both[i]))
      q_stop(q, node, (Place){at.file, both[i]}, "the other branch is no query");
  }
}

void q_check_sources(Q *q) {
  q_check_operands(q);
  for (size_t i = 0; i < q->unclear.len; i++)
    if (!is_query_method(q, q->unclear.items[i].at))
      vec_push(&q->stops, q->unclear.items[i]);
  for (uint32_t i = 0; i < q->nodes.len; i++) {
    QNode *n = &q->nodes.items[i];
    const PyTree *t = q_tree(q, n->at.file);
    PyKind kind = py_kind(t, n->at.ref);
    if (n->kind == NODE_EXPR && kind == PY_NAME)
      check_load(q, i);
    else if (n->kind == NODE_EXPR && kind == PY_IF_EXP)
      check_branches(q, i);
    else if (n->kind == NODE_BIND && kind == PY_PARAM)
      check_param(q, i);
    else if (n->kind == NODE_RETURN)
      check_returns(q, i);
    else if (n->kind == NODE_FIELD)
      q_check_field(q, i);
  }
}

Ref q_argument_for(Q *q, Place function, Place call, Ref param) {
  if (py_kind(q_tree(q, call.file), call.ref) != PY_CALL)
    return 0;
  bool unclear;
  return argument_for(q, function, call, param, &unclear);
}

static bool is_class(Q *q, Place given, int depth) {
  return given.ref && q_is_class(q, given.file, given.ref, depth);
}

bool q_takes_classes(Q *q, Place param, int depth) {
  return q_is_none(q_tree(q, param.file),
                   PY_AS(Param, q_tree(q, param.file), param.ref)->default_value) &&
         all_give(q, param, is_class, depth + 1);
}

bool q_inherits(Q *q, Place cls, Place of) {
  return q_inherits_to(q, cls, of, 0);
}

bool q_each_use(Q *q, Atom name, Place cls, QSession *out) {
  const struct References *all = q_references(q);
  for (size_t i = q_first_named(all->uses, all->use_count, name);
       i < all->use_count && all->uses[i].name == name; i++)
    if (q_property_at(q, all->uses[i].at, cls, out))
      return true;
  return false;
}

bool q_file_names(Q *q, uint32_t file, Atom name) {
  const struct References *all = q_references(q);
  for (size_t i = q_first_named(all->uses, all->use_count, name);
       i < all->use_count && all->uses[i].name == name; i++)
    if (all->uses[i].at.file == file)
      return true;
  return false;
}
