// What works on 2.0 and not, or otherwise, on 2.1: columns and FROM of statements that
// are no subqueries, filter_by() over several entities, names of one more style.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"N105", "filter-by-ambiguous",
     "filter_by() behind a join, of a name that several have"},
    {"N107", "select-columns",
     "select().c: the columns of a statement that is no subquery"},
    {"N108", "implicit-subquery", "A statement in a FROM clause that is no subquery"},
    {"N110", "row-t-tuples", "tuples() of a Result, t and tuple() of a Row"},
    {"N111", "distinct-on", "distinct() with columns"},
    {"N116", "noload", "noload()"},
    {"N117", "session-flush-objects", "Session.flush() of some objects"},
    {"N119", "declarative-mixin", "@declarative_mixin, which does nothing"},
    {.code = NULL}};

static bool is_statement(Value v) {
  return v.kind == VALUE_SELECT || v.kind == VALUE_COMPOUND_SELECT ||
         v.kind == VALUE_TEXTUAL_SELECT;
}

// ---- statements read as FROM

static bool is_one_of(Str name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

// The code of the place where a statement stands for a subquery made on the way; NULL
// where it does not. `at`: the node that shows it.
static const char *implicit_from(const CodemodWalk *w, Ref r, Ref *at) {
  static const char *const from[] = {"select_from"};
  static const char *const joins[] = {"join", "outerjoin"};
  Ref p = rule_parent(w->in, r);
  *at = p;
  if (py_kind(w->t, p) == PY_ATTRIBUTE) {
    Str name = codemod_name(w, PY_AS(Attribute, w->t, p)->attr);
    Ref call = rule_parent(w->in, p);
    bool called = py_kind(w->t, call) == PY_CALL && PY_AS(Call, w->t, call)->func == p;
    bool columns = str_is(name, "c") || str_is(name, "columns");
    return (columns && !called) || (str_is(name, "select") && called) ? "N107" : NULL;
  }
  if (py_kind(w->t, p) != PY_CALL || PY_AS(Call, w->t, p)->func == r)
    return NULL;
  Str method = call_method_text(w->in, p);
  if (is_one_of(method, from, ARRAY_LEN(from)))
    return "N108";
  ValueKind kind = (ValueKind)codemod_value(w, call_receiver(w->t, p)).kind;
  bool table = kind == VALUE_TABLE || kind == VALUE_ALIAS || kind == VALUE_SUBQUERY;
  return is_one_of(method, joins, ARRAY_LEN(joins)) && table &&
                 call_positional(w->t, p, 0) == r
             ? "N108"
             : NULL;
}

static Site *site_of(const CodemodWalk *w, const char *code, Ref at) {
  return codemod_site(w->cx, code, w->file, py_span(w->t, at),
                      "a statement is no FROM on 2.1; its subquery() is");
}

static void make_subquery(const CodemodWalk *w, Ref expr) {
  Span span = rule_paren_span(w->in, expr);
  bool paren =
      span.end == py_node(w->t, expr)->end && needs_parens_for_member(w->t, expr);
  if (paren)
    fix_insert(w->in, span.start, STR("("));
  fix_insert(w->in, span.end, paren ? STR(").subquery()") : STR(".subquery()"));
}

// select(...).c, select_from(select(...))
static void direct(const CodemodWalk *w, Ref r) {
  Ref at;
  PyKind kind = py_kind(w->t, r);
  Value v = codemod_value(w, r);
  const char *code = is_statement(v) ? implicit_from(w, r, &at) : NULL;
  if (!code || kind == PY_NAME) // names: where they are assigned
    return;
  Site *s = site_of(w, code, at);
  if (kind == PY_ATTRIBUTE || kind == PY_SUBSCRIPT || v.sure != SURE_PROVEN) {
    codemod_leave(w->cx, s, (Place){0, 0},
                  "all uses have to share one subquery: put `.subquery()` where the "
                  "statement is made");
  } else if (codemod_open(w->cx, s)) {
    make_subquery(w, r);
    codemod_close(w->cx);
  }
}

typedef struct {
  const CodemodWalk *w;
  uint32_t symbol;
  Ref binding;
  Vec(Ref) uses;
} Uses;

static bool find_use(void *data, Ref r) {
  Uses *u = data;
  if (py_kind(u->w->t, r) == PY_NAME && r != u->binding &&
      rule_symbol(u->w->in, r) == u->symbol)
    vec_push(&u->uses, r);
  return true;
}

// The symbol of a local name that is assigned once; NO_SYMBOL for others.
static uint32_t local_symbol(const CodemodWalk *w, Ref name) {
  const PyScopes *s = w->in->file->scopes;
  uint32_t symbol = rule_symbol(w->in, name);
  if (symbol == NO_SYMBOL || s->symbols[symbol].first != s->symbols[symbol].last ||
      s->symbols[symbol].flags & SYMBOL_REBOUND_INSIDE ||
      s->scopes[s->symbols[symbol].scope].kind != SCOPE_FUNCTION)
    return NO_SYMBOL;
  return symbol;
}

static void note_uses(const CodemodWalk *w, Ref value, const Uses *u) {
  Ref other = 0;
  for (size_t i = 0; i < u->uses.len; i++) {
    Ref at;
    if (!implicit_from(w, u->uses.items[i], &at))
      other = u->uses.items[i];
  }
  Site *opened = NULL;
  for (size_t i = 0; i < u->uses.len; i++) {
    Ref at;
    const char *code = implicit_from(w, u->uses.items[i], &at);
    Site *s = code ? site_of(w, code, at) : NULL;
    if (s && other)
      codemod_leave(w->cx, s, (Place){w->file, other},
                    "the statement is executed or built on as well");
    else if (s && opened)
      codemod_join(w->cx, s);
    else if (s && codemod_open(w->cx, s))
      opened = s;
  }
  if (!opened)
    return;
  make_subquery(w, value);
  codemod_close(w->cx);
}

// s = select(...), and what reads `s`.
static void assigned(const CodemodWalk *w, Ref assign) {
  const PyAssign *a = PY_AS(Assign, w->t, assign);
  PyRefs targets = py_list(w->t, a->targets);
  if (targets.len != 1 || py_kind(w->t, targets.at[0]) != PY_NAME)
    return;
  Value v = codemod_value(w, a->value);
  if (!is_statement(v) || v.sure != SURE_PROVEN || py_kind(w->t, a->value) == PY_NAME)
    return;
  Uses u = {.w = w, .binding = targets.at[0]};
  u.symbol = local_symbol(w, targets.at[0]);
  Ref function = enclosing_function(w->in, assign);
  if (u.symbol == NO_SYMBOL || !function)
    return;
  PyVisitor visitor = {.enter = find_use, .data = &u};
  py_walk(w->t, function, &visitor);
  note_uses(w, a->value, &u);
  vec_free(&u.uses);
}

// Names that assigned() does not reach: of modules, of several assignments, parameters.
static void other_name(const CodemodWalk *w, Ref r) {
  Ref at;
  Value v = codemod_value(w, r);
  const char *code = is_statement(v) ? implicit_from(w, r, &at) : NULL;
  const PyScopes *s = w->in->file->scopes;
  uint32_t symbol = code ? local_symbol(w, r) : NO_SYMBOL;
  if (!code)
    return;
  if (symbol != NO_SYMBOL) {
    const PyBinding *b = &s->bindings[s->symbols[symbol].first];
    Ref value =
        py_kind(w->t, b->stmt) == PY_ASSIGN ? PY_AS(Assign, w->t, b->stmt)->value : 0;
    Value made = value ? codemod_value(w, value) : (Value){0};
    bool plain = value && py_list(w->t, PY_AS(Assign, w->t, b->stmt)->targets).len == 1;
    if (plain && is_statement(made) && made.sure == SURE_PROVEN &&
        py_kind(w->t, value) != PY_NAME)
      return;
  }
  codemod_leave(w->cx, site_of(w, code, at), (Place){0, 0},
                "all uses have to share one subquery: put `.subquery()` where the "
                "statement is made");
}

// ---- filter_by() of a select

typedef struct {
  const Model *models[8];
  uint32_t count;
  bool unknown;    // something else stands there too
  Str last;        // how the entity that was joined last is written; absent: not known
  const Model *of; // its model, NULL where not known
  bool joined;
} Entities;

static const Model *model_of(const CodemodWalk *w, Value v) {
  return v.owner.ref ? models_of_class(w->cx->models, v.owner) : NULL;
}

static void add_model(Entities *e, const Model *m) {
  for (uint32_t i = 0; i < e->count; i++)
    if (e->models[i] == m)
      return;
  if (m && e->count < ARRAY_LEN(e->models))
    e->models[e->count++] = m;
  else
    e->unknown = true;
}

static void add_join(const CodemodWalk *w, Ref at, Ref target, Entities *e) {
  Value v = target ? codemod_value(w, target) : (Value){0};
  const Model *m = model_of(w, v);
  bool first = !e->joined; // chains are read from their end
  e->joined = true;
  if (v.kind == VALUE_RELATIONSHIP) {
    const Relationship *r = m ? model_relationship(m, v.key) : NULL;
    m = r ? r->target : NULL;
  } else if (v.kind != VALUE_MAPPED_CLASS && v.kind != VALUE_ALIASED_CLASS) {
    m = NULL;
  }
  if (v.kind == VALUE_ALIASED_CLASS) // beside its class
    e->unknown = true;
  add_model(e, m);
  if (!first)
    return;
  e->of = m;
  if (v.kind != VALUE_RELATIONSHIP && m && is_simple(w->t, target)) {
    e->last = py_text(w->t, target);
  } else if (m) {
    Str name = codemod_name(w, m->name);
    Origin o = resolve_text(w->cx->resolver, w->file, at, name);
    if (o.kind == ORIGIN_CLASS && place_eq(o.at, m->node))
      e->last = name;
  }
}

// The entities of a chain select(...).join(...)...; false where it does not start there.
static bool entities_of(const CodemodWalk *w, Ref at, Ref chain, Entities *e) {
  for (Ref r = chain; py_kind(w->t, r) == PY_CALL; r = call_receiver(w->t, r)) {
    Str method = call_method_text(w->in, r);
    PyRefs args = py_list(w->t, PY_AS(Call, w->t, r)->args);
    if (resolve_call_api(w->cx->resolver, w->file, r) == API_sqlalchemy_select) {
      for (uint32_t i = 0; i < args.len; i++)
        add_model(e, model_of(w, codemod_value(w, args.at[i])));
      return true;
    }
    if (str_is(method, "join") || str_is(method, "outerjoin"))
      add_join(w, at, call_positional(w->t, r, 0), e);
    else if (str_is(method, "select_from") || str_is(method, "join_from") ||
             str_is(method, "outerjoin_from"))
      return false;
  }
  return false;
}

static bool has_attribute(const Model *m, Atom key) {
  return model_column(m, key) || model_relationship(m, key) || model_attr(m, key);
}

static bool is_ambiguous(const Entities *e, PyRefs args, const PyTree *t) {
  for (uint32_t i = 0; i < args.len; i++) {
    uint32_t have = e->unknown;
    Atom key =
        py_kind(t, args.at[i]) == PY_KEYWORD ? PY_AS(Keyword, t, args.at[i])->arg : 0;
    for (uint32_t k = 0; key && k < e->count; k++)
      have += has_attribute(e->models[k], key);
    if (!key || have > 1)
      return true;
  }
  return false;
}

static void filter_by(const CodemodWalk *w, Ref call) {
  Entities e = {0};
  Ref receiver = call_receiver(w->t, call);
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, call)->args);
  if (codemod_value(w, receiver).kind != VALUE_SELECT ||
      !entities_of(w, call, receiver, &e) || !e.joined || !is_ambiguous(&e, args, w->t))
    return;
  Site *s =
      codemod_site(w->cx, "N105", w->file, py_span(w->t, call),
                   "filter_by() of 2.1 asks all entities for the name, 2.0 the last");
  if (!codemod_open(w->cx, s))
    return;
  const PyAttribute *a = PY_AS(Attribute, w->t, PY_AS(Call, w->t, call)->func);
  if (!e.last.ptr)
    codemod_refuse(w->cx, (Place){0, 0}, "the entity joined last has no name here");
  fix_replace(w->in, (Span){a->attr_at, a->node.end}, STR("where"));
  for (uint32_t i = 0; i < args.len; i++) {
    const PyKeyword *k =
        py_kind(w->t, args.at[i]) == PY_KEYWORD ? PY_AS(Keyword, w->t, args.at[i]) : NULL;
    if (!k || !k->arg || (e.of && !has_attribute(e.of, k->arg))) {
      codemod_refuse(w->cx, (Place){w->file, args.at[i]},
                     "it is not known that the entity joined last has this name");
      break;
    }
    Span value = rule_paren_span(w->in, k->value);
    bool bare = value.end == py_node(w->t, k->value)->end &&
                value.start == py_node(w->t, k->value)->start;
    bool wrap = bare && !is_simple(w->t, k->value) &&
                py_kind(w->t, k->value) != PY_CALL && py_kind(w->t, k->value) != PY_STR &&
                py_kind(w->t, k->value) != PY_SUBSCRIPT;
    fix_printf(w->in, (Span){k->node.start, value.start}, "%.*s.%.*s == %s",
               STR_ARG(e.last), STR_ARG(codemod_name(w, k->arg)), wrap ? "(" : "");
    if (wrap)
      fix_insert(w->in, value.end, STR(")"));
  }
  codemod_close(w->cx);
}

// ---- names of one more style

// result.tuples(), row.tuple(), row._tuple(): themselves.
static void tuples(const CodemodWalk *w, Ref call) {
  Ref of = call_receiver(w->t, call);
  Str name = call_method_text(w->in, call);
  ValueKind kind = of ? (ValueKind)codemod_value(w, of).kind : VALUE_UNKNOWN;
  bool row = kind == VALUE_ROW && (str_is(name, "tuple") || str_is(name, "_tuple"));
  bool result =
      (kind == VALUE_RESULT || kind == VALUE_ASYNC_RESULT) && str_is(name, "tuples");
  if ((!row && !result) || py_list(w->t, PY_AS(Call, w->t, call)->args).len)
    return;
  Site *s = codemod_site(w->cx, "N110", w->file, py_span(w->t, call),
                         "a Row is a typed tuple itself on 2.1");
  if (!codemod_open(w->cx, s))
    return;
  codemod_need_proven(w, of);
  Span span = {rule_paren_span(w->in, of).end, py_node(w->t, call)->end};
  if (rule_has_comment(w->in, span))
    codemod_refuse(w->cx, (Place){0, 0}, "a comment stands in it");
  fix_delete(w->in, span);
  codemod_close(w->cx);
}

static void call(const CodemodWalk *w, Ref r) {
  Str method = call_method_text(w->in, r);
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, r)->args);
  if (str_is(method, "filter_by"))
    filter_by(w, r);
  else if (str_ends(method, STR("tuple")) || str_is(method, "tuples"))
    tuples(w, r);
  else if (str_is(method, "distinct") && args.len &&
           codemod_value(w, call_receiver(w->t, r)).kind == VALUE_SELECT)
    codemod_report(w, "N111", r,
                   "distinct() with columns is DISTINCT ON of PostgreSQL alone",
                   "which database it is for is not known; on PostgreSQL it is "
                   "`.ext(postgresql.distinct_on(...))`");
  else if (str_is(method, "flush") && args.len &&
           value_is_session(codemod_value(w, call_receiver(w->t, r))))
    codemod_report(w, "N117", r, "flush() of some objects is deprecated in 2.1",
                   "flush() without arguments writes all other changes too");
  else if (resolve_call_api(w->cx->resolver, w->file, r) == API_sqlalchemy_orm_noload)
    codemod_report(
        w, "N116", r, "noload() is deprecated in 2.1",
        "nothing else leaves the attribute empty: raiseload() or a loading that is "
        "meant takes its place");
}

static void mixin(const CodemodWalk *w, Ref cls) {
  PyRefs list = py_list(w->t, PY_AS(ClassDef, w->t, cls)->decorators);
  for (uint32_t i = 0; i < list.len; i++) {
    if (resolve_api(w->cx->resolver, w->file, list.at[i]) !=
        API_sqlalchemy_orm_declarative_mixin)
      continue;
    Site *s = codemod_site(w->cx, "N119", w->file, py_span(w->t, list.at[i]),
                           "@declarative_mixin does nothing");
    if (!codemod_open(w->cx, s))
      continue;
    Str text = w->t->source->text;
    Span span = py_span(w->t, list.at[i]);
    while (span.start && text.ptr[span.start - 1] != '@')
      span.start--;
    while (span.start && text.ptr[span.start - 1] != '\n')
      span.start--;
    bool ends = false;
    while (span.end < text.len && !ends)
      ends = text.ptr[span.end++] == '\n';
    if (rule_has_comment(w->in, span))
      codemod_refuse(w->cx, (Place){0, 0}, "a comment stands beside it");
    fix_delete(w->in, span);
    codemod_close(w->cx);
  }
}

static void visit(const CodemodWalk *w, Ref r) {
  switch (py_kind(w->t, r)) {
  case PY_ASSIGN:
    assigned(w, r);
    break;
  case PY_NAME:
    other_name(w, r);
    break;
  case PY_CALL:
    call(w, r);
    direct(w, r);
    break;
  case PY_ATTRIBUTE:
  case PY_SUBSCRIPT:
    direct(w, r);
    break;
  case PY_CLASS_DEF:
    mixin(w, r);
    break;
  default:
    break;
  }
}

const Codemod codemod_target_21 = {
    .name = "target-21",
    .codes = codes,
    .profile = PROFILE_COMPAT,
    .since = SQLALCHEMY_2_1,
    .on = {PY_ASSIGN, PY_NAME, PY_CALL, PY_ATTRIBUTE, PY_SUBSCRIPT, PY_CLASS_DEF},
    .visit = visit};
