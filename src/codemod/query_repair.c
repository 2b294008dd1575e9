// query_repair.c: what 2.x took from a Query, where the Query stays one: strings and
// several targets in join(), strings in loader options, methods that are gone.
#include "codemod/query_internal.h"
#include "rules/util.h"

typedef struct {
  Q *q;
  const QStep *step;
  uint32_t file;
  const PyTree *t;
  PyRefs args;
  bool known; // the state says what the query selects here
} Repair;

// ---- whether the state can be relied on

// True where the chain in front of the step starts with a root.
static bool is_direct(Q *q, uint32_t node) {
  Place at = q->nodes.items[node].at;
  for (Ref r = at.ref; r; r = call_receiver(q_tree(q, at.file), r)) {
    uint32_t n = q_node_find(q, NODE_EXPR, (Place){at.file, r});
    if (n != NONE && q->nodes.items[n].root != NONE)
      return true;
    if (py_kind(q_tree(q, at.file), r) != PY_CALL)
      return false;
  }
  return false;
}

// Nodes that something may reach which was not followed.
static bool *open_nodes(Q *q) {
  bool *open = arena_array(q->arena, bool, q->nodes.len + 1);
  Vec(uint32_t) work = {0};
  for (size_t i = 0; i < q->stops.len; i++)
    if (q->stops.items[i].enters)
      vec_push(&work, q->stops.items[i].node);
  while (work.len) {
    uint32_t node = vec_pop(&work);
    if (open[node])
      continue;
    open[node] = true;
    for (uint32_t e = q->nodes.items[node].first_edge; e != NONE;
         e = q->edges.items[e].next)
      vec_push(&work, q->edges.items[e].to);
  }
  vec_free(&work);
  return open;
}

// ---- sites

static Str assumed_of(Q *q, uint32_t web) {
  for (size_t i = 0; i < q->roots.len; i++)
    if (*q->roots.items[i].assumed && q_web(q, q->roots.items[i].node) == web)
      return str_from(q->roots.items[i].assumed);
  return STR("");
}

static Site *site_of(const Repair *r, const char *code, const char *what) {
  Site *s =
      codemod_site(r->q->cx, code, r->file, py_span(r->t, r->step->call), "%s", what);
  Str assumed = s ? assumed_of(r->q, q_web(r->q, r->step->node)) : STR("");
  if (assumed.len)
    codemod_by_hand(r->q->cx, s, "assumed: %.*s", STR_ARG(assumed));
  return s;
}

static bool open_group(const Repair *r, Site *s) {
  if (!codemod_open(r->q->cx, s))
    return false;
  r->q->failed = (QStop){0};
  return true;
}

static void close_group(const Repair *r, bool written) {
  if (!written)
    codemod_refuse(r->q->cx, r->q->failed.at, "%.*s", STR_ARG(r->q->failed.why));
  codemod_close(r->q->cx);
}

// ---- join()

static void repair_join(const Repair *r) {
  static const struct {
    const char *code, *what;
  } forms[] = {[JOIN_STRING] = {"M223", "join() takes no strings any more"},
               [JOIN_CHAIN] = {"M224", "join() takes one target"},
               [JOIN_TUPLE] = {"M225", "join() takes no tuples any more"},
               [JOIN_FLAGS] = {"M226", "join() has no aliased= and from_joinpoint="}};
  JoinForm form = q_join_form(r->q, r->file, r->args);
  if (form == JOIN_PLAIN)
    return;
  if (open_group(r, site_of(r, forms[form].code, forms[form].what)))
    close_group(r, q_write_join(r->q, r->step, r->known));
}

// ---- options()

static void repair_options(const Repair *r) {
  Q *q = r->q;
  Ref string = 0;
  for (uint32_t i = 0; i < r->args.len && !string; i++)
    string = q_option_string(r->t, r->args.at[i]);
  if (!string ||
      !open_group(r, site_of(r, "M228", "loader options name no attributes by strings")))
    return;
  bool good =
      r->known || q_fail(q, r->file, string, "what the query selects here is not known");
  for (uint32_t i = 0; good && i < r->args.len; i++)
    good =
        q_write_option(q, r->file, r->args.at[i], &q->nodes.items[r->step->node].state);
  close_group(r, good);
}

// ---- methods

static void report_method(const Repair *r) {
  static const struct {
    const char *method, *code, *what;
  } gone[] = {
      {"select_entity_from", "M213", "Query has no select_entity_from() any more"},
      {"with_polymorphic", "M214", "Query has no with_polymorphic() any more"},
  };
  for (size_t i = 0; i < ARRAY_LEN(gone); i++)
    if (str_is(str_from(r->step->row->name), gone[i].method))
      codemod_leave(r->q->cx, site_of(r, gone[i].code, gone[i].what), (Place){0}, "%s",
                    r->step->row->text);
}

static void repair_self(const Repair *r) {
  if (!open_group(r, site_of(r, "M212", "Query has no from_self() any more")))
    return;
  bool good = r->known || q_fail(r->q, r->file, r->step->call,
                                 "what the query selects here is not known");
  close_group(r, good && q_repair_self(r->q, r->step));
}

static void report_parent(const Repair *r) {
  if (r->args.len == 2 && py_kind(r->t, r->args.at[1]) == PY_STR)
    codemod_leave(r->q->cx, site_of(r, "M239", "with_parent() takes no strings any more"),
                  (Place){r->file, r->args.at[1]},
                  "the relationship has to be named by its class");
}

static void repair_step(Repair *r) {
  switch (r->step->row->form) {
  case STEP_JOIN:
    repair_join(r);
    break;
  case STEP_OPTIONS:
    repair_options(r);
    break;
  case STEP_PARENT:
    report_parent(r);
    break;
  case STEP_SELF:
    repair_self(r);
    break;
  case STEP_STOP:
    report_method(r);
    break;
  default:
    break;
  }
}

// ---- options that stand elsewhere

static bool is_option(const CodemodWalk *w, Ref call) {
  static const char *const names[] = {"joinedload",    "subqueryload",   "selectinload",
                                      "lazyload",      "defer",          "undefer",
                                      "immediateload", "contains_eager", "defaultload",
                                      "load_only",     "noload",         "raiseload"};
  Ref func = PY_AS(Call, w->t, call)->func;
  Span span = py_span(w->t, func);
  if (py_kind(w->t, func) == PY_ATTRIBUTE)
    span.start = PY_AS(Attribute, w->t, func)->attr_at;
  Str name = source_slice(w->t->source, span);
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(name, names[i]))
      return codemod_value(w, call).kind == VALUE_LOADER_OPTION;
  return false;
}

// True where the option is given to a Query by options(): those are steps.
static bool is_of_query(const CodemodWalk *w, Ref option) {
  for (Ref r = option; py_kind_group(py_kind(w->t, r)) != PY_GROUP_STMT;
       r = rule_parent(w->in, r)) {
    if (py_kind(w->t, r) == PY_STARRED || py_kind(w->t, r) == PY_LIST)
      return false;
    if (r != option && py_kind(w->t, r) == PY_CALL &&
        str_is(call_method_text(w->in, r), "options"))
      return codemod_value(w, call_receiver(w->t, r)).kind == VALUE_QUERY;
  }
  return false;
}

static bool enter_option(void *data, Ref r) {
  const CodemodWalk *w = data;
  if (py_kind(w->t, r) != PY_CALL || !is_option(w, r))
    return true;
  Ref string = q_option_string(w->t, r);
  if (string && !is_of_query(w, r))
    codemod_leave(w->cx,
                  codemod_site(w->cx, "M228", w->file, py_span(w->t, r),
                               "loader options name no attributes by strings"),
                  (Place){w->file, string},
                  "which class the string is an attribute of is not known here");
  return false;
}

void q_repair_file(CodemodCtx *cx, uint32_t file) {
  CodemodWalk w = codemod_walk(cx, file);
  PyVisitor v = {.enter = enter_option, .data = &w};
  py_walk(w.t, w.t->root, &v);
}

// ---- methods of query classes: `self` is the query

typedef struct {
  Q *q;
  uint32_t file;
  const PyTree *t;
} InClass;

static bool is_query_class(Q *q, Place cls) {
  const PyTree *t = q_tree(q, cls.file);
  PyRefs bases = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < bases.len; i++) {
    ApiId api = resolve_api(q->cx->resolver, cls.file, bases.at[i]);
    if (api == API_sqlalchemy_orm_Query || api == API_flask_sqlalchemy_BaseQuery ||
        api == API_flask_sqlalchemy_query_Query)
      return true;
  }
  return false;
}

static bool starts_at_self(const InClass *c, Ref call) {
  Ref r = call_receiver(c->t, call);
  while (py_kind(c->t, r) == PY_CALL)
    r = call_receiver(c->t, r);
  return py_kind(c->t, r) == PY_NAME && str_is(py_text(c->t, r), "self");
}

static bool enter_class(void *data, Ref r) {
  InClass *c = data;
  if (py_kind(c->t, r) != PY_CALL ||
      py_kind(c->t, PY_AS(Call, c->t, r)->func) != PY_ATTRIBUTE)
    return true;
  Ref func = PY_AS(Call, c->t, r)->func;
  const StepRow *row = q_step_row(q_name(c->q, PY_AS(Attribute, c->t, func)->attr));
  Place of = {c->file, call_receiver(c->t, r)};
  if (!row || row->form != STEP_JOIN || !starts_at_self(c, r) ||
      q_node_find(c->q, NODE_EXPR, of) != NONE) // one that was followed
    return true;
  QStep step = {.node =
                    q_node(c->q, NODE_EXPR, (Place){c->file, call_receiver(c->t, r)}, 0),
                .call = r,
                .row = row};
  Repair x = {.q = c->q,
              .step = &step,
              .file = c->file,
              .t = c->t,
              .args = py_list(c->t, PY_AS(Call, c->t, r)->args)};
  repair_join(&x);
  return true;
}

static void repair_classes(Q *q) {
  const References *all = q_references(q);
  for (size_t i = 0; i < all->class_count; i++) {
    Place cls = all->classes[i];
    if (!is_query_class(q, cls))
      continue;
    InClass c = {q, cls.file, q_tree(q, cls.file)};
    PyVisitor v = {.enter = enter_class, .data = &c};
    py_walk(c.t, cls.ref, &v);
  }
}

void q_repair(Q *q, const bool *stays) {
  const bool *open = open_nodes(q);
  for (size_t i = 0; i < q->steps.len; i++) {
    const QStep *step = &q->steps.items[i];
    const QNode *n = &q->nodes.items[step->node];
    uint32_t web = q_web(q, step->node);
    if (!stays[web])
      continue;
    const PyTree *t = q_tree(q, n->at.file);
    Repair r = {.q = q,
                .step = step,
                .file = n->at.file,
                .t = t,
                .args = py_list(t, PY_AS(Call, t, step->call)->args),
                .known =
                    n->state.reached && (!open[step->node] || is_direct(q, step->node))};
    repair_step(&r);
  }
  repair_classes(q);
}
