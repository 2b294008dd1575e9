// X103, X105, X110, X115: passwords and errors of the database where others read them.
#include "rules/annotation.h"

// ---- X103

static bool visit_main(void *data, Ref r) {
  RuleCtx *cx = ((void **)data)[0];
  bool *found = ((void **)data)[1];
  if (py_kind(cx->tree, r) == PY_COMPARE &&
      str_is(string_value(
                 cx, py_list(cx->tree, PY_AS(Compare, cx->tree, r)->comparators).at[0]),
             "__main__"))
    *found = true;
  return !*found && py_kind(cx->tree, r) != PY_FUNCTION_DEF;
}

static bool is_script(RuleCtx *cx) {
  bool found = false;
  void *data[] = {cx, &found};
  PyVisitor v = {.enter = visit_main, .data = data};
  py_walk(cx->tree, cx->tree->root, &v);
  return found;
}

static void check_echo(RuleCtx *cx, Ref call) {
  Ref echo = call_keyword(cx->tree, call, rule_atom(cx, "echo"));
  if (!cx->file->is_test && is_true(cx->tree, echo) && !is_script(cx))
    rule_report(cx, py_span(cx->tree, echo),
                "every statement is logged with its parameters, what users typed "
                "included; let a setting turn it on");
}

// ---- X105

static bool is_log_call(RuleCtx *cx, Ref call) {
  static const char *const levels[] = {"debug", "info",      "warning",  "warn",
                                       "error", "exception", "critical", "log"};
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, call);
  if (!receiver) {
    Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, call)->func);
    return o.kind == ORIGIN_BUILTIN &&
           str_is(atom_str(cx->project->names, o.dotted), "print");
  }
  bool level = false;
  for (size_t i = 0; i < ARRAY_LEN(levels); i++)
    level = level || str_is(call_method_text(cx, call), levels[i]);
  if (!level)
    return false;
  Origin o = resolve_expr(cx->resolver, cx->file_id, receiver);
  if (str_is(o.dotted ? atom_str(cx->project->names, o.dotted) : STR(""), "logging"))
    return true;
  if (o.kind != ORIGIN_VARIABLE || !o.value.ref)
    return false;
  RuleCtx other = rule_elsewhere(cx, o.value.file);
  return py_kind(other.tree, o.value.ref) == PY_CALL &&
         str_is(rule_dotted(&other, PY_AS(Call, other.tree, o.value.ref)->func),
                "logging.getLogger");
}

// DATABASE_URL, settings.SQLALCHEMY_DATABASE_URI
static bool is_url_name(Str name) {
  static const char *const names[] = {"DATABASE_URL",
                                      "DATABASE_URI",
                                      "DB_URL",
                                      "DB_URI",
                                      "SQLALCHEMY_DATABASE_URL",
                                      "SQLALCHEMY_DATABASE_URI",
                                      "ASYNC_DATABASE_URL"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_eq_nocase(name, str_from(names[i])))
      return true;
  return false;
}

// What is taken where the environment says nothing: os.getenv("URL", "sqlite://"),
// `os.getenv("URL") or "sqlite://"`; otherwise the expression itself.
static Ref default_of(const PyTree *t, Ref value) {
  Ref other = py_kind(t, value) == PY_CALL ? call_positional(t, value, 1) : 0;
  if (py_kind(t, value) == PY_BOOL_OP) {
    PyRefs values = py_list(t, PY_AS(BoolOp, t, value)->values);
    other = values.at[values.len - 1];
  }
  return other ? other : value;
}

// A literal without a password in it, as that of SQLite.
static bool is_harmless(RuleCtx *cx, Ref name) {
  Place held = rule_held(cx, name);
  RuleCtx there = rule_elsewhere(cx, held.file);
  Str text = string_value(&there, held.ref);
  Str head = rule_text_head(&there, default_of(there.tree, held.ref));
  return (text.ptr && str_find_char(text, '@', 0) == SIZE_MAX) ||
         str_starts(head, STR("sqlite:")) || str_starts(head, STR("sqlite+"));
}

typedef struct {
  RuleCtx *cx;
  Ref shown;
} Shown;

static bool visit_shown(void *data, Ref r) {
  Shown *s = data;
  RuleCtx *cx = s->cx;
  const PyTree *t = cx->tree;
  switch (py_kind(t, r)) {
  case PY_CALL: // what a function makes of it is not known, but for these
    if (str_is(call_method_text(cx, r), "render_as_string") &&
        is_false(t, call_keyword(t, r, rule_atom(cx, "hide_password"))))
      s->shown = r;
    return !s->shown && str_is(call_method_text(cx, r), "format");
  case PY_ATTRIBUTE:
  case PY_NAME: {
    Atom name = last_name(t, r);
    Value v = rule_value(cx, r);
    bool text = v.kind == VALUE_STR || v.kind == VALUE_UNKNOWN;
    if (!s->shown && text && is_url_name(atom_str(cx->project->names, name)) &&
        !is_harmless(cx, r))
      s->shown = r;
    return false;
  }
  case PY_COMPARE:
  case PY_IF_EXP:
  case PY_SUBSCRIPT:
    return false;
  default:
    return !s->shown;
  }
}

static void check_log(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (cx->file->is_test || !is_log_call(cx, call))
    return;
  Shown s = {.cx = cx};
  PyVisitor v = {.enter = visit_shown, .data = &s};
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len && !s.shown; i++)
    py_walk(t, args.at[i], &v);
  if (s.shown)
    rule_report(cx, py_span(t, s.shown),
                "the password of the database goes into the log; log "
                "`make_url(url).render_as_string()`, which hides it");
}

// ---- X110

static bool is_password_column(RuleCtx *cx, Place cls, Atom key) {
  static const char *const types[] = {"String", "Unicode", "Text", "VARCHAR", "TEXT"};
  const Model *m = models_of_class(cx->models, cls);
  const ModelColumn *c = m ? model_column(m, key) : NULL;
  if (!c || !c->column || c->column->type.cls.ref || !c->column->type.api)
    return false;
  for (size_t i = 0; i < ARRAY_LEN(types); i++)
    if (str_is(api_last_name((ApiId)c->column->type.api), types[i]))
      return true;
  return false;
}

static bool is_plain_password(Str name) {
  static const char *const names[] = {"password", "passwd", "raw_password",
                                      "plain_password", "password1"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_eq_nocase(name, str_from(names[i])))
      return true;
  return false;
}

static bool is_password_name(Str name) {
  return is_plain_password(name) || str_is(name, "password_hash") ||
         str_is(name, "hashed_password");
}

// `password`, a parameter that nothing else is assigned to; `form.password`, which is no
// column; `data["password"]`.
static bool holds_password(RuleCtx *cx, Ref expr) {
  const PyTree *t = cx->tree;
  switch (py_kind(t, expr)) {
  case PY_NAME: {
    uint32_t symbol = rule_symbol(cx, expr);
    const PyScopes *s = cx->file->scopes;
    return symbol != NO_SYMBOL && s->symbols[symbol].flags & SYMBOL_PARAM &&
           s->symbols[symbol].first == s->symbols[symbol].last &&
           is_plain_password(atom_str(cx->project->names, PY_AS(Name, t, expr)->id));
  }
  case PY_ATTRIBUTE: {
    const PyAttribute *a = PY_AS(Attribute, t, expr);
    Value owner = rule_value(cx, a->value);
    return owner.kind != VALUE_ENTITY && owner.kind != VALUE_MAPPED_CLASS &&
           py_kind(t, a->value) == PY_NAME && owner.kind != VALUE_ROW &&
           !str_is(py_text(t, a->value), "self") &&
           is_plain_password(atom_str(cx->project->names, a->attr));
  }
  case PY_SUBSCRIPT: {
    Str key = string_value(cx, PY_AS(Subscript, t, expr)->slice);
    return key.ptr && is_plain_password(key);
  }
  default:
    return false;
  }
}

// `@validates("password")`
static bool has_validator(RuleCtx *cx, Place cls) {
  const PyTree *t = &cx->project->files[cls.file]->tree;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_FUNCTION_DEF)
      continue;
    PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, body.at[i])->decorators);
    for (uint32_t k = 0; k < decorators.len; k++)
      if (py_kind(t, decorators.at[k]) == PY_CALL &&
          resolve_call_api(cx->resolver, cls.file, decorators.at[k]) ==
              API_sqlalchemy_orm_validates)
        return true;
  }
  return false;
}

// True where a method of the class may change what is assigned.
static bool is_intercepted(RuleCtx *cx, Place cls) {
  return class_binds(cx, cls, "__init__", NULL) ||
         class_binds(cx, cls, "__setattr__", NULL) || has_validator(cx, cls);
}

static void check_made(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len && !cx->file->is_test; i++) {
    if (py_kind(t, args.at[i]) != PY_KEYWORD || !PY_AS(Keyword, t, args.at[i])->arg)
      continue;
    const PyKeyword *k = PY_AS(Keyword, t, args.at[i]);
    if (!is_password_name(atom_str(cx->project->names, k->arg)) ||
        !holds_password(cx, k->value))
      continue;
    Value cls = rule_value(cx, PY_AS(Call, t, call)->func);
    if (cls.kind == VALUE_MAPPED_CLASS && cls.sure == SURE_PROVEN &&
        is_password_column(cx, cls.owner, k->arg) && !is_intercepted(cx, cls.owner))
      rule_report(cx, py_span(t, args.at[i]),
                  "the password is stored as it was typed: whoever reads the table has "
                  "it; store a hash of argon2, scrypt or bcrypt");
  }
}

static void check_compared(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  if (cx->file->is_test || right.len != 1 || c->node.aux != PY_EQ ||
      py_kind(t, c->left) != PY_ATTRIBUTE ||
      !is_plain_password(
          atom_str(cx->project->names, PY_AS(Attribute, t, c->left)->attr)) ||
      !holds_password(cx, right.at[0]))
    return;
  Value v = rule_value(cx, c->left);
  if (v.kind == VALUE_COLUMN && v.sure == SURE_PROVEN && v.owner.ref &&
      is_password_column(cx, v.owner, v.key))
    rule_report(cx, py_span(t, node),
                "the table holds passwords as they are typed: whoever reads it has them; "
                "store a hash and let its library compare");
}

static void check_password(RuleCtx *cx, Ref node) {
  if (py_kind(cx->tree, node) == PY_CALL)
    check_made(cx, node);
  else
    check_compared(cx, node);
}

// ---- X115

typedef struct {
  RuleCtx *cx;
  uint32_t symbol; // of the exception
  Ref answer;      // where the client is told, 0: not yet
  bool queries;    // the block works with the database
} Told;

static bool visit_query(void *data, Ref r) {
  Told *d = data;
  Ref receiver = call_receiver(d->cx->tree, r);
  Value v = receiver ? rule_value(d->cx, receiver) : (Value){0};
  d->queries = d->queries || value_is_executor(v) || v.kind == VALUE_QUERY;
  return !d->queries;
}

static bool visit_name(void *data, Ref r) {
  Told *d = data;
  RuleCtx *cx = d->cx;
  const PyTree *t = cx->tree;
  if (py_kind(t, r) != PY_NAME || rule_symbol(cx, r) != d->symbol || d->answer)
    return true;
  Ref parent = rule_parent(cx, r);
  bool text = py_kind(t, parent) == PY_FORMATTED_VALUE; // f"{e}"
  if (py_kind(t, parent) == PY_CALL) {                  // str(e), repr(e)
    Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, parent)->func);
    Str name =
        o.kind == ORIGIN_BUILTIN ? atom_str(cx->project->names, o.dotted) : STR("");
    text = str_is(name, "str") || str_is(name, "repr");
  }
  for (Ref p = parent; text && p; p = rule_parent(cx, p)) {
    PyKind kind = py_kind(t, p);
    Str made = kind == PY_CALL ? rule_dotted(cx, PY_AS(Call, t, p)->func) : STR("");
    if (str_ends(made, STR("HTTPException")) || str_is(made, "flask.abort") ||
        str_is(made, "flask.jsonify") || str_ends(made, STR("JSONResponse"))) {
      d->answer = r;
      return true;
    }
    if (kind == PY_RETURN) {
      d->answer = r;
      return true;
    }
    if (kind == PY_CALL && p != parent && !str_is(made, "dict") && made.len)
      return true; // of another function: it may well hide it
    if (py_kind_group(kind) == PY_GROUP_STMT)
      return true;
  }
  return true;
}

static bool is_database_error(RuleCtx *cx, Ref type, bool *any) {
  static const char *const names[] = {
      "SQLAlchemyError",  "DBAPIError",       "DatabaseError",  "IntegrityError",
      "OperationalError", "ProgrammingError", "StatementError", "DataError"};
  const PyTree *t = cx->tree;
  if (py_kind(t, type) == PY_TUPLE) {
    PyRefs items = py_list(t, PY_AS(Tuple, t, type)->elts);
    for (uint32_t i = 0; i < items.len; i++)
      if (is_database_error(cx, items.at[i], any))
        return true;
    return false;
  }
  Origin o = resolve_expr(cx->resolver, cx->file_id, type);
  Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
  *any = o.kind == ORIGIN_BUILTIN && str_is(dotted, "Exception");
  for (size_t i = 0; o.kind == ORIGIN_API && i < ARRAY_LEN(names); i++)
    if (str_is(api_last_name((ApiId)o.api), names[i]))
      return true;
  return *any;
}

static void check_told(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  if (cx->file->is_test || !is_route(cx, enclosing_function(cx, node)))
    return;
  PyRefs body = py_list(t, PY_AS(Try, t, node)->body);
  PyRefs handlers = py_list(t, PY_AS(Try, t, node)->handlers);
  for (uint32_t i = 0; i < handlers.len; i++) {
    const PyExceptHandler *e = PY_AS(ExceptHandler, t, handlers.at[i]);
    bool any = false;
    if (!e->type || !e->name || !is_database_error(cx, e->type, &any))
      continue;
    Told d = {
        .cx = cx,
        .symbol = py_scopes_target(
            cx->file->scopes, py_scopes_symbol_of(cx->file->scopes, handlers.at[i]))};
    for (uint32_t k = 0; any && k < body.len && !d.queries; k++)
      rule_walk_body(cx, body.at[k], visit_query, &d);
    if (any && !d.queries)
      continue;
    rule_walk_body(cx, handlers.at[i], visit_name, &d);
    if (d.answer)
      rule_report(cx, py_span(t, d.answer),
                  "the text of a database error holds the statement and its parameters: "
                  "log it, and tell the client less");
  }
}

DEFINE_RULE(echo_in_production, "X103", "echo-in-prod", CAT_SECURITY, SEVERITY_INFO,
            "create_engine(echo=True)",
            "The log then holds all statements with their parameters: names, addresses, "
            "tokens",
            .on = {PY_CALL},
            .apis = RULE_APIS(API_sqlalchemy_create_engine,
                              API_sqlalchemy_ext_asyncio_create_async_engine),
            .check = check_echo);
DEFINE_RULE(logging_url, "X105", "logging-url", CAT_SECURITY, SEVERITY_WARNING,
            "The URL of the database in a log or a print()", "It holds the password",
            .on = {PY_CALL},
            .names = RULE_NAMES("print", "debug", "info", "warning", "warn", "error",
                                "exception", "critical", "log"),
            .check = check_log);
DEFINE_RULE(password_plain, "X110", "password-plain-column", CAT_SECURITY,
            SEVERITY_WARNING,
            "A password that is stored, or compared by the database, as it was typed",
            "A copy of the table, a backup or an SQL injection gives all of them away",
            .on = {PY_CALL, PY_COMPARE}, .check = check_password);
DEFINE_RULE(exception_detail, "X115", "exception-detail-returned", CAT_SECURITY,
            SEVERITY_WARNING, "The text of a database error in the answer of a route",
            "It holds SQL, names of tables and columns, and what others stored",
            .on = {PY_TRY}, .check = check_told);
