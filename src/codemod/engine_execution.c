// M101, M102: engine.execute() and engine.scalar() of 1.x took a connection, ran the
// statement, committed it where it wrote, and gave the connection back with the result.
//
//   rows = engine.execute(q).fetchall()    with engine.connect() as conn:
//                                              rows = conn.execute(q).fetchall()
//
// One statement with one such call, whose result does not outlive it, goes into a block
// of its own: connect() for what only reads, begin() for everything else.
#include "codemod/layout.h"

static const CodemodCode codes[] = {
    {"M101", "engine-execute",
     "Engine.execute(): an engine executes nothing itself any more"},
    {"M102", "engine-scalar",
     "Engine.scalar(): an engine executes nothing itself any more"},
    {.code = NULL}};

typedef struct {
  CodemodCtx *cx;
  RuleCtx *in;
  const PyTree *t;
  uint32_t file;
  Ref call, stmt;
  bool scalar;
} Exec;

static Str text_of(const Exec *e, Atom atom) {
  return atom_str(e->cx->project->names, atom);
}

// ---- What the statement does

static bool starts_with_word(Str sql, const char *word) {
  Str s = str_trim(sql);
  while (s.len && s.ptr[0] == '(')
    s = str_trim(str_slice(s, 1, s.len));
  size_t n = strlen(word);
  return s.len > n && str_eq_nocase(str_slice(s, 0, n), str_from(word)) &&
         !(s.ptr[n] >= 'a' && s.ptr[n] <= 'z') && !(s.ptr[n] >= 'A' && s.ptr[n] <= 'Z');
}

static bool only_reads(const Exec *e, Ref statement) {
  Value v = value_of(e->cx->values, e->file, statement);
  if (v.kind == VALUE_SELECT || v.kind == VALUE_COMPOUND_SELECT)
    return true;
  ExprCtx x = {.r = e->cx->resolver, .project = e->cx->project, .arena = e->cx->arena};
  Expr sql = expr_follow_names(&x, (Expr){e->file, statement, NULL});
  if (sql.ref && expr_kind(&x, sql) == PY_CALL &&
      expr_call_api(&x, sql) == API_sqlalchemy_text)
    sql = expr_positional(&x, sql, 0);
  Str text;
  return sql.ref && expr_string(&x, sql, &text) &&
         (starts_with_word(text, "select") || starts_with_word(text, "show") ||
          starts_with_word(text, "explain"));
}

// ---- Whether the result ends with the statement

static bool consumes(Str method) {
  static const char *const methods[] = {
      "fetchall",    "fetchone",   "first",
      "scalar",      "all",        "one",
      "one_or_none", "scalar_one", "scalar_one_or_none",
      "rowcount",    "lastrowid",  "inserted_primary_key"};
  for (size_t i = 0; i < ARRAY_LEN(methods); i++)
    if (str_is(method, methods[i]))
      return true;
  return false;
}

static bool is_consumed(const Exec *e) {
  Ref parent = rule_parent(e->in, e->call);
  if (e->scalar)
    return true;
  switch (py_kind(e->t, parent)) {
  case PY_EXPR_STMT:
    return true;
  case PY_FOR:
    return PY_AS(For, e->t, parent)->iter == e->call;
  case PY_ATTRIBUTE:
    return consumes(text_of(e, PY_AS(Attribute, e->t, parent)->attr));
  case PY_COMPREHENSION: {
    Ref whole = rule_parent(e->in, parent);
    return PY_AS(Comprehension, e->t, parent)->iter == e->call &&
           py_kind(e->t, whole) != PY_GENERATOR_EXP;
  }
  case PY_CALL: {
    Ref func = PY_AS(Call, e->t, parent)->func;
    Origin o = resolve_expr(e->cx->resolver, e->file, func);
    Str name = o.kind == ORIGIN_BUILTIN ? text_of(e, o.dotted) : STR("");
    return func != e->call &&
           (str_is(name, "list") || str_is(name, "tuple") || str_is(name, "set") ||
            str_is(name, "dict") || str_is(name, "sorted"));
  }
  default:
    return false;
  }
}

// ---- Where it stands

// The simple statement around the call, 0 where other code runs later or earlier.
static Ref simple_statement(const Exec *e) {
  Ref stmt = e->call;
  while (stmt && py_kind_group(py_kind(e->t, stmt)) != PY_GROUP_STMT) {
    PyKind kind = py_kind(e->t, stmt);
    if (kind == PY_LAMBDA || kind == PY_AWAIT || kind == PY_YIELD ||
        kind == PY_YIELD_FROM)
      return 0;
    stmt = rule_parent(e->in, stmt);
  }
  switch (py_kind(e->t, stmt)) {
  case PY_EXPR_STMT:
  case PY_ASSIGN:
  case PY_ANN_ASSIGN:
  case PY_AUG_ASSIGN:
  case PY_RETURN:
  case PY_ASSERT:
    return stmt;
  case PY_FOR: // the loop runs in the block
    return span_covers(py_span(e->t, PY_AS(For, e->t, stmt)->iter),
                       py_span(e->t, e->call)) &&
                   !(py_node(e->t, stmt)->flags & PYF_ASYNC)
               ? stmt
               : 0;
  default:
    return 0;
  }
}

static Str connection_name(const Exec *e) {
  static const char *const names[] = {"conn", "connection", "db_conn"};
  const PyScopes *s = e->in->file->scopes;
  uint32_t scope = py_scopes_at(s, e->stmt);
  for (size_t i = 0; i < ARRAY_LEN(names); i++) {
    Atom atom = intern(resolver_names(e->cx->resolver), str_from(names[i]));
    if (py_scopes_find(s, scope, atom) == NO_SYMBOL &&
        (scope == 0 || py_scopes_lookup(s, scope, atom) == NO_SYMBOL))
      return str_from(names[i]);
  }
  return (Str){0};
}

typedef struct {
  const Exec *e;
  uint32_t count;
  bool long_string;
} Inside;

static bool look_inside(void *data, Ref r) {
  Inside *x = data;
  PyKind kind = py_kind(x->e->t, r);
  if ((kind == PY_STR || kind == PY_JOINED_STR) &&
      str_find_char(py_text(x->e->t, r), '\n', 0) != SIZE_MAX)
    x->long_string = true;
  if (kind == PY_CALL && r != x->e->call &&
      value_of(x->e->cx->values, x->e->file, call_receiver(x->e->t, r)).kind ==
          VALUE_ENGINE)
    x->count++;
  return true;
}

// ---- Writing

static void write(const Exec *e, Ref engine, Str name, bool long_string) {
  Span span = py_span(e->t, e->stmt);
  Str indent = layout_indent(e->in, span.start), eol = rule_newline(e->in);
  uint32_t end = layout_line_end(e->in, span.end);
  Str rest = str_trim(str_slice(e->t->source->text, span.end, end));
  if (!indent.ptr || (rest.len && rest.ptr[0] != '#')) {
    codemod_refuse(e->cx, (Place){0, 0}, "other code stands on the line");
    return;
  }
  Ref statement = call_positional(e->t, e->call, 0);
  fix_printf(e->in, (Span){span.start, span.start}, "with %.*s.%s() as %.*s:%.*s%.*s    ",
             STR_ARG(rule_text(e->in, engine)),
             only_reads(e, statement) ? "connect" : "begin", STR_ARG(name), STR_ARG(eol),
             STR_ARG(indent));
  fix_replace(e->in, rule_paren_span(e->in, engine), name);
  Str text = e->t->source->text;
  for (uint32_t at = span.start; !long_string && at < span.end; at++)
    if (text.ptr[at] == '\n' && at + 1 < span.end && text.ptr[at + 1] != '\n' &&
        text.ptr[at + 1] != '\r')
      fix_insert(e->in, at + 1, STR("    "));
}

static void engine_call(Exec *e) {
  Ref engine = call_receiver(e->t, e->call);
  Value v = value_of(e->cx->values, e->file, engine);
  if (v.kind != VALUE_ENGINE)
    return;
  Site *s =
      codemod_site(e->cx, e->scalar ? "M102" : "M101", e->file, py_span(e->t, e->call),
                   "an Engine executes nothing itself any more");
  if (!codemod_open(e->cx, s))
    return;
  e->stmt = simple_statement(e);
  Inside inside = {e, 0, false};
  Str name = {0};
  if (e->stmt) {
    PyVisitor visitor = {.enter = look_inside, .data = &inside};
    py_walk(e->t, e->stmt, &visitor);
    name = connection_name(e);
  }
  if (v.sure != SURE_PROVEN && !e->cx->unsafe)
    codemod_refuse(e->cx, (Place){e->file, engine},
                   "by its name only this is an Engine; --unsafe converts it");
  else if (!is_simple(e->t, engine))
    codemod_refuse(e->cx, (Place){e->file, engine}, "the engine is more than a name");
  else if (!is_consumed(e))
    codemod_refuse(e->cx, (Place){0, 0},
                   "the result is read after the statement, when the connection of the "
                   "block is closed");
  else if (!e->stmt)
    codemod_refuse(e->cx, (Place){0, 0},
                   "it stands in the head of a statement, or runs later");
  else if (inside.count)
    codemod_refuse(e->cx, (Place){0, 0}, "the statement uses the engine more than once");
  else if (inside.long_string && py_kind(e->t, e->stmt) == PY_FOR)
    codemod_refuse(e->cx, (Place){e->file, e->stmt},
                   "a string over several lines stands in the loop");
  else if (!name.ptr)
    codemod_refuse(e->cx, (Place){0, 0}, "the usual names for a connection are taken");
  else
    write(e, engine, name, inside.long_string);
  codemod_close(e->cx);
}

static void visit(const CodemodWalk *w, Ref r) {
  Str method = py_kind(w->t, r) == PY_CALL ? call_method_text(w->in, r) : STR("");
  bool scalar = str_is(method, "scalar");
  if (scalar || str_is(method, "execute"))
    engine_call(&(Exec){.cx = w->cx,
                        .in = w->in,
                        .t = w->t,
                        .file = w->file,
                        .call = r,
                        .scalar = scalar});
}

const Codemod codemod_engine_execution = {.name = "engine-execution",
                                          .codes = codes,
                                          .profile = PROFILE_COMPAT,
                                          .on = {PY_CALL},
                                          .visit = visit};
