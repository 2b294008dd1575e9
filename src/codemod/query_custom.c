// query_custom.c: what makes a Query of the project more than SQLAlchemy's: query classes
// that override methods, events that only a Query fires. And tests that imitate one.
#include "codemod/query_internal.h"
#include "python/parse.h"
#include "rules/util.h"

// What a query class of the project overrides.
typedef struct QCustom {
  Place every; // what changes all queries of the class, nowhere: nothing
  Place *at;   // methods that change those queries that call them
  Str *names;  // of `at`
  uint32_t count;
  struct QCustom *next; // of the same web
} QCustom;

typedef Vec(Place) Methods;

// Methods that SQLAlchemy itself calls for every query, or that make one.
static bool changes_every(Str method) {
  static const char *const names[] = {"__new__",
                                      "__init__",
                                      "__iter__",
                                      "__getitem__",
                                      "__getattr__",
                                      "__getattribute__",
                                      "_clone",
                                      "_compile_context",
                                      "_compile_state",
                                      "_execute_and_instances",
                                      "_execution_options",
                                      "_from_self",
                                      "_generate",
                                      "_iter",
                                      "_legacy_from_self",
                                      "_set_entities",
                                      "_statement_20",
                                      "correlate",
                                      "enable_eagerloads",
                                      "params",
                                      "set_label_style",
                                      "statement",
                                      "subquery"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(method, names[i]))
      return true;
  return false;
}

// Which methods of Query call which others of their own: {called, by whom}. Read off
// Query of 1.4 to 2.1 and of Flask-SQLAlchemy 2.5 to 3.1.
static const char *const calls[][2] = {
    {"add_columns", "add_column"},
    {"add_columns", "exists"},
    {"all", "paginate"},
    {"count", "paginate"},
    {"filter", "filter_by"},
    {"filter", "where"},
    {"filter", "with_parent"},
    {"first", "first_or_404"},
    {"get", "get_or_404"},
    {"join", "outerjoin"},
    {"limit", "first"},
    {"limit", "first_or_404"},
    {"limit", "paginate"},
    {"offset", "paginate"},
    {"one", "count"},
    {"one", "one_or_404"},
    {"one", "paginate"},
    {"one", "scalar"},
    {"order_by", "paginate"},
    {"scalar", "count"},
    {"scalar", "paginate"},
    {"scalar_subquery", "as_scalar"},
    {"select_from", "count"},
    {"select_from", "exists"},
    {"select_from", "paginate"},
    {"values", "value"},
};

// True where a query that is asked for `method` runs the override `own`.
static bool runs(Str own, Str method) {
  if (str_eq(own, method))
    return true;
  for (size_t i = 0; i < ARRAY_LEN(calls); i++)
    if (str_is(own, calls[i][0]) && str_is(method, calls[i][1]))
      return true;
  return false;
}

// Classes of other packages that only add methods, which Query does not have.
static const char *const mixins[] = {"sqlalchemy_searchable.SearchQueryMixin"};

static bool is_mixin(Str name) {
  for (size_t i = 0; i < ARRAY_LEN(mixins); i++)
    if (str_is(name, mixins[i]))
      return true;
  return false;
}

static bool is_query_class(Q *q, uint32_t file, Ref cls, Origin o) {
  Str name = q_name(q, o.dotted);
  bool known = str_ends(name, STR("Query")) &&
               (o.kind == ORIGIN_API || o.kind == ORIGIN_EXTERNAL) &&
               (str_starts(name, STR("sqlalchemy.")) ||
                str_starts(name, STR("flask_sqlalchemy.")));
  return known || is_mixin(name) ||
         (q_value(q, file, cls).kind == VALUE_CLASS && o.kind == ORIGIN_BUILTIN);
}

// True where the assignment in a class body gives no attribute that Query has.
static bool is_own_attribute(Q *q, const PyTree *t, Ref assign) {
  PyRefs targets = py_list(t, PY_AS(Assign, t, assign)->targets);
  for (uint32_t i = 0; i < targets.len; i++) {
    if (py_kind(t, targets.at[i]) != PY_NAME)
      return false;
    Str name = q_name(q, PY_AS(Name, t, targets.at[i])->id);
    if (changes_every(name) || q_step_row(name) || q_end_row(name))
      return false;
  }
  return true;
}

// Adds the methods of the class and of those above it that Query has as well. False where
// all its queries are changed: `every` is what does it, a class that is not known itself.
static bool gather(Q *q, uint32_t file, Ref cls, int depth, Methods *out, Place *every) {
  Origin o = resolve_expr(q->cx->resolver, file, cls);
  if (is_query_class(q, file, cls, o))
    return true;
  *every = (Place){file, cls};
  if (o.kind != ORIGIN_CLASS || depth > 10)
    return false;
  const PyTree *t = q_tree(q, o.at.file);
  PyRefs body = py_list(t, PY_AS(ClassDef, t, o.at.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(t, body.at[i]);
    *every = (Place){o.at.file, body.at[i]};
    if (kind == PY_ASSIGN && !is_own_attribute(q, t, body.at[i]))
      return false; // get = other_method
    if (kind != PY_FUNCTION_DEF && kind != PY_EXPR_STMT && kind != PY_PASS &&
        kind != PY_ANN_ASSIGN && kind != PY_ASSIGN)
      return false; // methods under conditions
    if (kind != PY_FUNCTION_DEF)
      continue;
    Str name = q_name(q, PY_AS(FunctionDef, t, body.at[i])->name);
    if (changes_every(name))
      return false;
    if (q_step_row(name) || q_end_row(name))
      vec_push(out, *every);
  }
  PyRefs bases = py_list(t, PY_AS(ClassDef, t, o.at.ref)->args);
  for (uint32_t i = 0; i < bases.len; i++)
    if (py_kind(t, bases.at[i]) != PY_KEYWORD &&
        !gather(q, o.at.file, bases.at[i], depth + 1, out, every))
      return false;
  return true;
}

static QCustom *custom_of(Q *q, uint32_t file, Ref cls) {
  QCustom *c = arena_new(q->arena, QCustom);
  Methods methods = {0};
  Place every;
  if (!gather(q, file, cls, 0, &methods, &every))
    c->every = every;
  c->at = arena_array(q->arena, Place, methods.len + 1);
  c->names = arena_array(q->arena, Str, methods.len + 1);
  for (size_t i = 0; i < methods.len; i++) {
    Place at = methods.items[i];
    c->at[i] = at;
    c->names[i] = q_name(q, PY_AS(FunctionDef, q_tree(q, at.file), at.ref)->name);
  }
  c->count = (uint32_t)methods.len;
  vec_free(&methods);
  return c;
}

// The value of `query_class = X` in the body of a class or of one above it.
static Place class_of_model(Q *q, Place cls, int depth) {
  const PyTree *t = q_tree(q, cls.file);
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_ASSIGN)
      continue;
    const PyAssign *a = PY_AS(Assign, t, body.at[i]);
    Ref target = py_list(t, a->targets).at[0];
    if (py_kind(t, target) == PY_NAME && str_is(py_text(t, target), "query_class"))
      return (Place){cls.file, a->value};
  }
  PyRefs bases = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < bases.len && depth < 20; i++) {
    Origin o = resolve_expr(q->cx->resolver, cls.file, bases.at[i]);
    Place p = o.kind == ORIGIN_CLASS ? class_of_model(q, o.at, depth + 1) : (Place){0};
    if (p.ref)
      return p;
  }
  return (Place){0};
}

typedef struct {
  Q *q;
  uint32_t file;
  const PyTree *t;
} Walk;

static bool names_event(const PyTree *t, Ref r, const char *start) {
  Str text = py_text(t, r);
  return text.len > 2 && str_starts(str_slice(text, 1, text.len), str_from(start));
}

// A chain of a mock: session.query.return_value.filter.return_value...
static void note_mock(Walk *w, Ref attribute) {
  const PyTree *t = w->t;
  const PyAttribute *a = PY_AS(Attribute, t, attribute);
  Ref of = a->value;
  if (!str_is(q_name(w->q, a->attr), "return_value") || py_kind(t, of) != PY_ATTRIBUTE ||
      PY_AS(Attribute, t, of)->attr != SYM_query || w->q->cx->profile < PROFILE_MODERN)
    return;
  Site *s = codemod_site(w->q->cx, "M210", w->file, py_span(t, attribute),
                         "a test imitates a chain of a legacy Query");
  codemod_leave(w->q->cx, s, (Place){0},
                "the code that it imitates may execute a select now; let the mock answer "
                "scalars(), execute() and get()");
}

static bool enter(void *data, Ref r) {
  Walk *w = data;
  Q *q = w->q;
  switch (py_kind(w->t, r)) {
  case PY_STR:
    if (!q->hook.ref && names_event(w->t, r, "before_compile"))
      q->hook = (Place){w->file, r};
    if (!q->bulk_hook.ref && names_event(w->t, r, "after_bulk_"))
      q->bulk_hook = (Place){w->file, r};
    break;
  case PY_KEYWORD: {
    const PyKeyword *k = PY_AS(Keyword, w->t, r);
    Str name = q_name(q, k->arg);
    bool sets = str_is(name, "query_cls") || str_is(name, "query_class");
    if (sets && !is_none(w->t, k->value))
      vec_push(&q->custom, ((Place){w->file, k->value}));
    break;
  }
  case PY_ATTRIBUTE:
    note_mock(w, r);
    break;
  default:
    break;
  }
  return true;
}

void q_find_custom(Q *q) {
  for (uint32_t i = 0; i < q->project->file_count; i++) {
    if (!codemod_reads(q->cx, i))
      continue;
    Walk w = {q, i, q_tree(q, i)};
    PyVisitor visitor = {.enter = enter, .data = &w};
    py_walk(w.t, w.t->root, &visitor);
  }
}

// The class that the model of a root names for its queries; nowhere where none does.
static Place class_of_root(Q *q, const QRoot *r) {
  if (r->kind != ROOT_MODEL)
    return (Place){0};
  const PyTree *t = q_tree(q, r->call.file);
  Value of = q_value(q, r->call.file, PY_AS(Attribute, t, r->call.ref)->value);
  bool known =
      of.owner.ref && py_kind(q_tree(q, of.owner.file), of.owner.ref) == PY_CLASS_DEF;
  return known ? class_of_model(q, of.owner, 0) : (Place){0};
}

typedef struct {
  Q *q;
  PlaceMap made; // by place of the class's expression
  Vec(QCustom *) all;
  QCustom **of_web;
} Customs;

static void add_class(Customs *cs, const QRoot *r, Place cls) {
  Q *q = cs->q;
  uint32_t known = place_map_get(&cs->made, place_key(cls));
  if (known == PLACE_MAP_NONE) {
    known = (uint32_t)cs->all.len;
    place_map_set(&cs->made, place_key(cls), known);
    vec_push(&cs->all, custom_of(q, cls.file, cls.ref));
  }
  const QCustom *c = cs->all.items[known];
  if (c->every.ref)
    q_stop(q, r->node, c->every,
           "a query class of the project changes what the query does");
  for (const QCustom *n = cs->of_web[q_web(q, r->node)]; n; n = n->next)
    if (n->at == c->at)
      return;
  QCustom *own = arena_new(q->arena, QCustom);
  *own = *c;
  own->next = cs->of_web[q_web(q, r->node)];
  cs->of_web[q_web(q, r->node)] = own;
}

// The method that is called on the query; "" where none is.
static Str method_of_end(Q *q, const QEnd *e) {
  const PyTree *t = q_tree(q, q->nodes.items[e->node].at.file);
  bool method = py_kind(t, e->at) == PY_CALL &&
                call_receiver(t, e->at) == q->nodes.items[e->node].at.ref;
  return method ? q_name(q, call_method(t, e->at)) : STR("");
}

static void check_method(Q *q, QCustom *const *of_web, uint32_t node, Str method) {
  for (const QCustom *c = of_web[q_web(q, node)]; c; c = c->next)
    for (uint32_t i = 0; i < c->count; i++)
      if (runs(c->names[i], method)) {
        q_stop(q, node, c->at[i],
               "a query class of the project changes what `%.*s()` does",
               STR_ARG(method));
        return;
      }
}

// Queries of classes of the project: those that run what the class overrides are left.
static void check_classes(Q *q) {
  Customs cs = {.q = q, .of_web = arena_array(q->arena, QCustom *, q->nodes.len + 1)};
  for (size_t i = 0; i < q->roots.len; i++) {
    const QRoot *r = &q->roots.items[i];
    Place cls = class_of_root(q, r);
    if (cls.ref)
      add_class(&cs, r, cls);
    for (size_t k = 0; !cls.ref && k < q->custom.len; k++)
      add_class(&cs, r, q->custom.items[k]);
  }
  for (size_t i = 0; i < q->steps.len; i++)
    check_method(q, cs.of_web, q->steps.items[i].node,
                 str_from(q->steps.items[i].row->name));
  for (size_t i = 0; i < q->ends.len; i++)
    check_method(q, cs.of_web, q->ends.items[i].node,
                 method_of_end(q, &q->ends.items[i]));
  place_map_free(&cs.made);
  vec_free(&cs.all);
}

void q_check_custom(Q *q) {
  check_classes(q);
  for (size_t i = 0; q->hook.ref && i < q->roots.len; i++)
    q_stop(q, q->roots.items[i].node, q->hook,
           "an event hooks into every Query, and not into a select");
  for (size_t i = 0; i < q->ends.len; i++)
    if (q->bulk_hook.ref &&
        (q->ends.items[i].kind == END_UPDATE || q->ends.items[i].kind == END_DELETE))
      q_stop(q, q->ends.items[i].node, q->bulk_hook,
             "an event waits for bulk changes of a Query");
}
