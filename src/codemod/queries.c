// queries.c: the codemod that rewrites the legacy Query as select(): see
// query_internal.h. With the compat profile a Query stays one, and what 2.x took from it
// is repaired (query_repair.c).
//
// All expressions, variables, parameters, returns and attributes that one Query can reach
// are one web. A web is rewritten whole or left whole; what is left names the reason and
// the line that stops it.
#include "codemod/query_internal.h"
#include "rules/util.h"

static const CodemodCode codes[] = {
    {"M200", "query-get", "Query.get()"},
    {"M201", "query-get-or-404",
     "get_or_404(), first_or_404(), one_or_404() and paginate() of Flask-SQLAlchemy's "
     "Query"},
    {"M202", "query-all", "Query.all()"},
    {"M203", "query-first", "Query.first()"},
    {"M204", "query-one", "Query.one() and one_or_none()"},
    {"M205", "query-scalar", "Query.scalar()"},
    {"M206", "query-count", "Query.count()"},
    {"M207", "query-iterate", "A Query that is iterated"},
    {"M208", "query-exists", "Query.exists()"},
    {"M209", "query-slice", "A Query that is indexed or sliced"},
    {"M210", "query-generic-chain",
     "A Query that is built, handed on, or made part of a statement"},
    {"M211", "query-property", "Model.query"},
    {"M212", "query-from-self", "Query.from_self()"},
    {"M213", "query-select-entity-from", "Query.select_entity_from()"},
    {"M214", "query-with-polymorphic", "Query.with_polymorphic()"},
    {"M217", "query-value", "Query.value()"},
    {"M220", "query-update", "Query.update()"},
    {"M221", "query-delete", "Query.delete()"},
    {"M222", "query-as-scalar", "as_scalar()"},
    {"M223", "join-string", "Relationships that join() gets as strings"},
    {"M224", "join-chain", "Several targets of one join()"},
    {"M225", "join-tuple", "Targets of join() with their conditions in tuples"},
    {"M226", "join-aliased-flag", "aliased= and from_joinpoint= of Query.join()"},
    {"M228", "string-loader-option", "Loader options that name attributes by strings"},
    {"M239", "with-parent", "Query.with_parent() with a string"},
    {.code = NULL},
};

// Members of each web, chained by number.
typedef struct {
  uint32_t *first_root, *next_root, *first_end, *next_end, *first_step, *next_step,
      *first_stop, *first_node, *next_node; // nodes that may have annotations
} Members;

static uint32_t *none_array(Q *q, size_t count) {
  uint32_t *a = arena_array(q->arena, uint32_t, count + 1);
  for (size_t i = 0; i <= count; i++)
    a[i] = NONE;
  return a;
}

static void gather(Q *q, Members *m) {
  size_t n = q->nodes.len;
  m->first_root = none_array(q, n);
  m->next_root = none_array(q, q->roots.len);
  m->first_end = none_array(q, n);
  m->next_end = none_array(q, q->ends.len);
  m->first_step = none_array(q, n);
  m->next_step = none_array(q, q->steps.len);
  m->first_stop = none_array(q, n);
  for (uint32_t i = (uint32_t)q->roots.len; i-- > 0;) {
    uint32_t w = q_web(q, q->roots.items[i].node);
    m->next_root[i] = m->first_root[w];
    m->first_root[w] = i;
  }
  for (uint32_t i = (uint32_t)q->ends.len; i-- > 0;) {
    uint32_t w = q_web(q, q->ends.items[i].node);
    m->next_end[i] = m->first_end[w];
    m->first_end[w] = i;
  }
  for (uint32_t i = (uint32_t)q->steps.len; i-- > 0;) {
    uint32_t w = q_web(q, q->steps.items[i].node);
    m->next_step[i] = m->first_step[w];
    m->first_step[w] = i;
  }
  m->first_node = none_array(q, n);
  m->next_node = none_array(q, n);
  for (uint32_t i = (uint32_t)n; i-- > 0;) {
    uint32_t w = q_web(q, i);
    if (q->nodes.items[i].kind == NODE_EXPR)
      continue;
    m->next_node[i] = m->first_node[w];
    m->first_node[w] = i;
  }
  for (uint32_t i = (uint32_t)q->stops.len; i-- > 0;)
    m->first_stop[q_web(q, q->stops.items[i].node)] = i;
}

// ---- one web

// The verb of a web that ends in bulk changes of one kind only, some of them perhaps
// without any criterion: its roots are written as update() or delete(). NULL: no such
// web.
static const char *bulk_verb(Q *q, const Members *m, uint32_t web) {
  uint32_t first = m->first_end[web];
  if (first == NONE || m->first_node[web] == NONE)
    return NULL;
  EndKind kind = q->ends.items[first].kind;
  bool open = false;
  for (uint32_t i = first; i != NONE; i = m->next_end[i]) {
    const QState *s = &q->nodes.items[q->ends.items[i].node].state;
    open |= s->may & SHAPE_FILTERED && !(s->must & SHAPE_FILTERED);
    if (q->ends.items[i].kind != kind)
      return NULL;
  }
  for (uint32_t i = m->first_root[web]; i != NONE; i = m->next_root[i]) {
    const QRoot *r = &q->roots.items[i];
    const PyTree *t = q_tree(q, r->call.file);
    if (r->kind == ROOT_SESSION &&
        (py_list(t, PY_AS(Call, t, r->call.ref)->args).len != 1 ||
         q->nodes.items[r->node].state.yields != YIELD_ENTITY))
      return NULL;
  }
  for (uint32_t i = m->first_node[web]; i != NONE; i = m->next_node[i])
    if (q_annotation_of(q, &q->nodes.items[i]))
      return NULL; // it would have to say what the statement is
  return !open                ? NULL
         : kind == END_DELETE ? "delete"
         : kind == END_UPDATE ? "update"
                              : NULL;
}

static bool write_verb(Q *q, const Members *m, uint32_t web, const char *verb) {
  for (uint32_t i = m->first_root[web]; i != NONE; i = m->next_root[i]) {
    QRoot *r = &q->roots.items[i];
    r->function = q_require(q, r->call.file, r->call.ref, "sqlalchemy", verb);
    if (!r->function.ptr)
      return false;
  }
  return true;
}

static bool write_web(Q *q, const Members *m, uint32_t web) {
  const char *verb = bulk_verb(q, m, web);
  q->bulk = verb != NULL;
  if (verb && !write_verb(q, m, web, verb))
    return false;
  for (uint32_t i = m->first_end[web]; i != NONE; i = m->next_end[i])
    if (!q_write_end(q, &q->ends.items[i]))
      return false;
  for (uint32_t i = m->first_step[web]; i != NONE; i = m->next_step[i]) {
    QStep *s = &q->steps.items[i];
    if (s->handled)
      continue;
    if (s->row->form == STEP_SET ? !q_write_step(q, s)
                                 : s->row->form == STEP_SELF && !q_write_self(q, s))
      return false;
  }
  for (uint32_t i = m->first_root[web]; i != NONE; i = m->next_root[i])
    if (!q_write_root(q, &q->roots.items[i]))
      return false;
  for (uint32_t i = m->first_step[web]; i != NONE; i = m->next_step[i])
    if (!q->steps.items[i].handled && !q_write_step(q, &q->steps.items[i]))
      return false;
  for (uint32_t i = m->first_node[web]; i != NONE; i = m->next_node[i])
    if (!q_write_annotation(q, &q->nodes.items[i]))
      return false;
  return true;
}

typedef Vec(Site *) SiteList;

// ---- what was assumed

static void add_note(Buf *out, const char *format, Str text) {
  buf_add_text(out, out->len ? "; " : "");
  buf_printf(out, format, STR_ARG(text));
}

static void note_assumed(Q *q, const QRoot *r, Buf *out) {
  const PyTree *t = q_tree(q, r->call.file);
  if (*r->assumed)
    add_note(out, "assumed: %.*s", str_from(r->assumed));
  if (r->kind != ROOT_SESSION)
    return;
  PyRefs args = py_list(t, PY_AS(Call, t, r->call.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    PyKind kind = py_kind(t, args.at[i]);
    if (kind != PY_NAME && kind != PY_ATTRIBUTE && kind != PY_CALL)
      continue;
    QItem item = q_item(q, r->call.file, args.at[i]);
    bool entity = item.yields == YIELD_ENTITY;
    if (item.told)
      add_note(out, "assumed: all that `%.*s` can be is a mapped class",
               py_text(t, args.at[i]));
    else if (item.assumed && (entity || item.yields == YIELD_COLUMN))
      add_note(out,
               entity ? "assumed: `%.*s` is a mapped class"
                      : "assumed: `%.*s` is a column",
               py_text(t, args.at[i]));
  }
}

// The root at the start of the chain that the end closes; NONE where it starts with a
// name, a call of a function ...
static uint32_t root_of(Q *q, const QEnd *e) {
  Place at = q->nodes.items[e->node].at;
  for (Ref r = at.ref; r; r = call_receiver(q_tree(q, at.file), r)) {
    uint32_t node = q_node_find(q, NODE_EXPR, (Place){at.file, r});
    if (node != NONE && q->nodes.items[node].root != NONE)
      return q->nodes.items[node].root;
  }
  return NONE;
}

static const char *what_of(EndKind kind) {
  switch (kind) {
  case END_ITERATE:
    return "a legacy Query is iterated";
  case END_INDEX:
    return "a legacy Query is sliced";
  case END_PART:
  case END_AS_SCALAR:
  case END_COMPOUND:
  case END_OPERAND:
  case END_SUBQUERY:
  case END_STATEMENT:
  case END_EXECUTE:
  case END_EXISTS:
    return "a legacy Query becomes part of a statement";
  case END_UPDATE:
  case END_DELETE:
    return "a legacy Query changes rows";
  case END_TRUTH:
    return "the truth of a legacy Query is asked";
  case END_SESSION:
    return "the session of a legacy Query is read";
  default:
    return "a legacy Query is executed";
  }
}

static void add_sites(Q *q, const Members *m, uint32_t web, SiteList *out) {
  bool *ended = arena_array(q->arena, bool, q->roots.len + 1);
  for (uint32_t i = m->first_end[web]; i != NONE; i = m->next_end[i]) {
    const QEnd *e = &q->ends.items[i];
    uint32_t file = q->nodes.items[e->node].at.file, root = root_of(q, e);
    Span span = py_span(q_tree(q, file), e->at);
    Site *s = codemod_site(q->cx, e->code, file, span, "%s%s", what_of(e->kind),
                           root == NONE ? ", built before" : "");
    if (s)
      s->form = root == NONE ? FORM_VARIABLE : FORM_DIRECT;
    vec_push(out, s);
    if (root != NONE)
      ended[root] = true;
  }
  for (uint32_t i = m->first_root[web]; i != NONE; i = m->next_root[i]) {
    const QRoot *r = &q->roots.items[i];
    if (ended[i])
      continue;
    Span span = py_span(q_tree(q, r->call.file), r->call.ref);
    const char *code = r->kind == ROOT_MODEL ? "M211" : "M210";
    Site *s = codemod_site(q->cx, code, r->call.file, span, "a legacy Query is built");
    if (s)
      s->form = FORM_VARIABLE;
    vec_push(out, s);
  }
}

static void leave_all(Q *q, SiteList *sites, Place stop, Str reason) {
  for (size_t i = 0; i < sites->len; i++)
    codemod_leave(q->cx, sites->items[i], stop, "%.*s", STR_ARG(reason));
}

// In the order of add_sites(). What was built before stands on all that the web assumes.
static void note_by_hand(Q *q, const Members *m, uint32_t web, const SiteList *sites) {
  Str *of_root = arena_array(q->arena, Str, q->roots.len + 1);
  bool *ended = arena_array(q->arena, bool, q->roots.len + 1);
  Str all = STR("");
  Buf note = {0};
  for (uint32_t i = m->first_root[web]; i != NONE; i = m->next_root[i]) {
    buf_clear(&note);
    note_assumed(q, &q->roots.items[i], &note);
    of_root[i] = str_copy(q->arena, buf_str(&note));
    if (!all.len)
      all = of_root[i];
  }
  size_t k = 0;
  for (uint32_t i = m->first_end[web]; i != NONE; i = m->next_end[i], k++) {
    uint32_t root = root_of(q, &q->ends.items[i]);
    Str assumed = root == NONE ? all : of_root[root];
    if (root != NONE)
      ended[root] = true;
    buf_clear(&note);
    if (q->ends.items[i].change.len)
      add_note(&note, "%.*s", q->ends.items[i].change);
    if (assumed.len)
      add_note(&note, "%.*s", assumed);
    if (note.len)
      codemod_by_hand(q->cx, sites->items[k], "%.*s", STR_ARG(buf_str(&note)));
  }
  for (uint32_t i = m->first_root[web]; i != NONE; i = m->next_root[i])
    if (!ended[i] && of_root[i].len)
      codemod_by_hand(q->cx, sites->items[k++], "%.*s", STR_ARG(of_root[i]));
    else
      k += !ended[i];
  buf_free(&note);
}

// True where the web is rewritten.
static bool convert(Q *q, const Members *m, uint32_t web) {
  SiteList sites = {0};
  add_sites(q, m, web, &sites);
  bool all = sites.len > 0, done = false;
  for (size_t i = 0; i < sites.len; i++)
    all &= sites.items[i] != NULL;
  if (m->first_stop[web] != NONE) {
    const QStop *stop = &q->stops.items[m->first_stop[web]];
    leave_all(q, &sites, stop->at, stop->why);
  } else if (!all) {
    leave_all(q, &sites, (Place){0},
              STR("another part of the same query is not selected"));
  } else if (codemod_open(q->cx, sites.items[0])) {
    for (size_t i = 1; i < sites.len; i++)
      codemod_join(q->cx, sites.items[i]);
    q->failed = (QStop){0};
    bool written = write_web(q, m, web);
    if (written)
      note_by_hand(q, m, web, &sites);
    else
      codemod_refuse(q->cx, q->failed.at, "%.*s", STR_ARG(q->failed.why));
    done = codemod_close(q->cx);
  }
  vec_free(&sites);
  return done;
}

static void run(CodemodCtx *cx) {
  Q q = {.cx = cx, .project = cx->project, .arena = cx->arena};
  q.files = arena_array(q.arena, QFile, cx->project->file_count + 1);
  q_find_custom(&q);
  q_find_roots(&q);
  q_spread(&q);
  q_check_custom(&q);
  q_check_sources(&q);
  q_flow(&q);
  Members m;
  gather(&q, &m);
  bool *stays = arena_array(q.arena, bool, q.nodes.len + 1);
  for (size_t i = 0; i < q.roots.len; i++) {
    uint32_t web = q_web(&q, q.roots.items[i].node);
    if (m.first_root[web] == i)
      stays[web] = cx->profile < PROFILE_MODERN || !convert(&q, &m, web);
  }
  q_repair(&q, stays);
  for (size_t i = 0; i < ARRAY_LEN(q.by_kind); i++)
    place_map_free(&q.by_kind[i]);
  place_map_free(&q.fields);
  vec_free(&q.nodes);
  vec_free(&q.edges);
  vec_free(&q.roots);
  vec_free(&q.steps);
  vec_free(&q.ends);
  vec_free(&q.stops);
  vec_free(&q.unclear);
  vec_free(&q.work);
  vec_free(&q.custom);
}

const Codemod codemod_queries = {
    .name = "queries",
    .codes = codes,
    .profile = PROFILE_COMPAT,
    .run_file = q_repair_file,
    .run = run,
};
