// M103: a connection of 1.x committed each statement that wrote; one of 2.0 rolls back
// what nobody commits, without a word. Where the project ran on 1.4, a commit() goes
// behind each writing statement of a connection that commits nowhere.
#include "codemod/layout.h"

static const CodemodCode codes[] = {
    {"M103", "connection-autocommit-lost",
     "A statement that 1.x committed on its own and 2.0 rolls back"},
    {.code = NULL}};

typedef struct {
  Place root; // the call that made the connection
  Ref call, stmt;
  Site *site;
} Write;

typedef struct {
  CodemodWalk walk;
  Vec(Write) found;
} Writes;

static bool reads_only(const CodemodWalk *w, Ref statement) {
  Value v = codemod_value(w, statement);
  return v.kind == VALUE_SELECT || v.kind == VALUE_COMPOUND_SELECT;
}

// Text that cannot be read is not known to write.
static bool text_writes(const CodemodWalk *w, Ref statement) {
  ExprCtx x = {.r = w->cx->resolver, .project = w->cx->project, .arena = w->cx->arena};
  Expr sql = expr_follow_names(&x, (Expr){w->file, statement, NULL});
  if (sql.ref && expr_kind(&x, sql) == PY_CALL &&
      expr_call_api(&x, sql) == API_sqlalchemy_text)
    sql = expr_positional(&x, sql, 0);
  Str text;
  return sql.ref && expr_string(&x, sql, &text) && sql_autocommits(text);
}

static bool writes(const CodemodWalk *w, Ref statement) {
  Value v = codemod_value(w, statement);
  bool dml = v.kind == VALUE_INSERT || v.kind == VALUE_UPDATE || v.kind == VALUE_DELETE ||
             v.kind == VALUE_DDL;
  return (dml && v.sure == SURE_PROVEN) ||
         (!reads_only(w, statement) && text_writes(w, statement));
}

static bool enter(void *data, Ref r) {
  Writes *all = data;
  const CodemodWalk *w = &all->walk;
  Str method = py_kind(w->t, r) == PY_CALL ? call_method_text(w->in, r) : STR("");
  if (!str_is(method, "execute") && !str_is(method, "exec_driver_sql"))
    return true;
  Ref receiver = call_receiver(w->t, r), statement = call_positional(w->t, r, 0);
  if (py_kind(w->t, receiver) != PY_NAME || !statement)
    return true;
  Value v = codemod_value(w, receiver);
  uint16_t other = VALUE_BEGUN | VALUE_FUTURE | VALUE_AUTOCOMMIT | VALUE_OPTIONS_UNKNOWN;
  if (v.kind != VALUE_CONNECTION || v.sure != SURE_PROVEN || v.flags & other ||
      v.root.file != w->file || py_kind(w->t, v.root.ref) != PY_CALL ||
      !str_is(call_method_text(w->in, v.root.ref), "connect") || !writes(w, statement))
    return true;
  vec_push(&all->found,
           (Write){.root = v.root, .call = r, .stmt = rule_statement(w->in, r)});
  return true;
}

// ---- One connection

typedef struct {
  const CodemodWalk *w;
  uint32_t symbol;
  bool transactional;
} Uses;

static bool find_transaction(void *data, Ref r) {
  Uses *u = data;
  if (py_kind(u->w->t, r) != PY_ATTRIBUTE)
    return true;
  const PyAttribute *a = PY_AS(Attribute, u->w->t, r);
  const PyScopes *s = u->w->in->file->scopes;
  Str name = atom_str(u->w->cx->project->names, a->attr);
  if (py_kind(u->w->t, a->value) == PY_NAME &&
      py_scopes_target(s, py_scopes_symbol_of(s, a->value)) == u->symbol &&
      (str_is(name, "begin") || str_is(name, "commit") || str_is(name, "rollback") ||
       str_is(name, "begin_nested") || str_is(name, "begin_twophase")))
    u->transactional = true;
  return !u->transactional;
}

static bool is_transactional(const CodemodWalk *w, const Write *x) {
  const PyScopes *s = w->in->file->scopes;
  Ref name = call_receiver(w->t, x->call);
  Uses u = {w, py_scopes_target(s, py_scopes_symbol_of(s, name)), false};
  PyVisitor v = {.enter = find_transaction, .data = &u};
  py_walk(w->t, w->t->root, &v);
  return u.transactional;
}

static void commit_behind(const CodemodWalk *w, const Write *x) {
  PyKind kind = py_kind(w->t, x->stmt);
  Span span = py_span(w->t, x->stmt);
  Str indent = layout_indent(w->in, span.start);
  uint32_t end = layout_line_end(w->in, span.end);
  Str rest = str_trim(str_slice(w->t->source->text, span.end, end));
  if ((kind != PY_EXPR_STMT && kind != PY_ASSIGN) || !indent.ptr ||
      (rest.len && rest.ptr[0] != '#')) {
    codemod_refuse(w->cx, (Place){w->file, x->stmt},
                   "there is no line behind this statement to commit on");
    return;
  }
  fix_printf(w->in, (Span){end, end}, "%.*s%.*s%.*s.commit()",
             STR_ARG(rule_newline(w->in)), STR_ARG(indent),
             STR_ARG(py_text(w->t, call_receiver(w->t, x->call))));
}

static void connection(const Writes *all, size_t first) {
  const CodemodWalk *w = &all->walk;
  const Write *list = all->found.items;
  Site *opened = NULL;
  for (size_t i = first; i < all->found.len; i++) {
    if (!place_eq(list[i].root, list[first].root))
      continue;
    Site *s = codemod_site(w->cx, "M103", w->file, py_span(w->t, list[i].call),
                           "1.x committed this statement; 2.0 rolls it back");
    if (!opened && codemod_open(w->cx, s))
      opened = s;
    else
      codemod_join(w->cx, s);
    bool repeated = false; // two calls in one statement
    for (size_t k = first; k < i; k++)
      repeated = repeated || list[k].stmt == list[i].stmt;
    if (opened && !repeated)
      commit_behind(w, &list[i]);
  }
  if (opened)
    codemod_close(w->cx);
}

static void run_file(CodemodCtx *cx, uint32_t file) {
  if (cx->source != SQLALCHEMY_1_4)
    return;
  Writes all = {.walk = codemod_walk(cx, file)};
  const CodemodWalk *w = &all.walk;
  PyVisitor v = {.enter = enter, .data = &all};
  py_walk(w->t, w->t->root, &v);
  for (size_t i = 0; i < all.found.len; i++) {
    bool seen = false;
    for (size_t k = 0; k < i; k++)
      seen = seen || place_eq(all.found.items[k].root, all.found.items[i].root);
    if (!seen && !is_transactional(w, &all.found.items[i]))
      connection(&all, i);
  }
  vec_free(&all.found);
}

const Codemod codemod_autocommit = {.name = "autocommit",
                                    .codes = codes,
                                    .profile = PROFILE_COMPAT,
                                    .run_file = run_file};
