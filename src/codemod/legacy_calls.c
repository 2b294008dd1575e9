// Calls of 1.x that are written otherwise now, one small rewrite each.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M111", "table-autoload", "Table(..., autoload=True)"},
    {"M112", "table-exists", "Table.exists()"},
    {"M113", "engine-table-names", "Engine.table_names()"},
    {"M114", "engine-has-table", "Engine.has_table()"},
    {"M119", "inspector-from-engine", "Inspector.from_engine() and Inspector(engine)"},
    {"M122", "url-constructor", "URL(...) called: URLs are made by URL.create()"},
    {"M124", "url-str-password",
     "str() of an URL that is connected to: 2.0 writes *** for the password"},
    {"M127", "postgres-scheme", "A postgres:// URL"},
    {"M263", "session-close-all", "Session.close_all()"},
    {"M274", "mapper-function", "mapper(): classes are mapped by a registry"},
    {"M288", "automap-prepare", "Automap's prepare(engine, reflect=True)"},
    {"M310", "append-methods",
     "append_whereclause() and others that change a statement in place"},
    {"M351", "pg-uuid-default",
     "The UUID type of PostgreSQL without as_uuid=: 2.0 gives uuid.UUID"},
    {"N103", "postgresql-default-driver",
     "A postgresql:// URL without a driver: 2.1 takes psycopg"},
    {"N104", "oracle-default-driver",
     "An oracle:// URL without a driver: 2.1 takes oracledb"},
    {"N129", "pg-computed-virtual", "Computed() on PostgreSQL without persisted="},
    {.code = NULL}};

typedef struct {
  CodemodCtx *cx;
  RuleCtx *in;
  const PyTree *t;
  uint32_t file;
  Ref call;
  Str method; // name of the called attribute, "" where it is none
} Call;

static Atom atom_of(const Call *c, const char *name) {
  return intern(resolver_names(c->cx->resolver), str_from(name));
}

static bool open_site(const Call *c, const char *code, const char *what) {
  Site *s = codemod_site(c->cx, code, c->file, py_span(c->t, c->call), "%s", what);
  if (!codemod_open(c->cx, s))
    return false;
  return true;
}

static void need_proven(const Call *c, Value v) {
  if (v.sure != SURE_PROVEN && !c->cx->unsafe)
    codemod_refuse(c->cx, (Place){0, 0},
                   "by its name only this is a %s; --unsafe converts it",
                   value_kind_name(v.kind));
}

static Value receiver(const Call *c) {
  return value_of(c->cx->values, c->file, call_receiver(c->t, c->call));
}

static uint32_t arg_count(const Call *c) {
  return py_list(c->t, PY_AS(Call, c->t, c->call)->args).len;
}

static ApiId api_of(const Call *c) {
  return resolve_call_api(c->cx->resolver, c->file, c->call);
}

static Str import(const Call *c, const char *module, const char *name) {
  Str text = codemod_import(c->cx, c->file, c->call, module, name);
  return text.ptr ? text : STR("");
}

static void replace_call(const Call *c, Str text) {
  if (rule_has_comment(c->in, py_span(c->t, c->call)))
    codemod_refuse(c->cx, (Place){0, 0}, "a comment stands in it");
  fix_replace(c->in, py_span(c->t, c->call), text);
}

// ---- Reflection

static void table_autoload(const Call *c) {
  Ref node = call_keyword_node(c->t, c->call, atom_of(c, "autoload"));
  if (!node || api_of(c) != API_sqlalchemy_Table)
    return;
  if (!open_site(c, "M111",
                 "`autoload=` is no argument any more; autoload_with= says it"))
    return;
  Ref value = PY_AS(Keyword, c->t, node)->value;
  bool with = call_keyword_node(c->t, c->call, atom_of(c, "autoload_with")) != 0;
  if (!is_false(c->t, value) && (!with || !is_true(c->t, value)))
    codemod_refuse(c->cx, (Place){c->file, node},
                   "autoload_with= is missing: which engine to read from is not written");
  fix_delete_argument(c->in, c->call, node);
  codemod_close(c->cx);
}

static void table_exists(const Call *c) {
  Value v = receiver(c);
  if (v.kind != VALUE_TABLE || !open_site(c, "M112", "Table.exists() is gone"))
    return;
  need_proven(c, v);
  Ref bind = call_argument(c->t, c->call, atom_of(c, "bind"), 0);
  Ref table = call_receiver(c->t, c->call);
  if (!bind || !is_simple(c->t, table) || arg_count(c) != 1)
    codemod_refuse(c->cx, (Place){0, 0}, "which engine is asked is not written");
  else
    replace_call(
        c, str_format(c->cx->arena, "%.*s(%.*s).has_table(%.*s.name, schema=%.*s.schema)",
                      STR_ARG(import(c, "sqlalchemy", "inspect")),
                      STR_ARG(rule_text(c->in, bind)), STR_ARG(rule_text(c->in, table)),
                      STR_ARG(rule_text(c->in, table))));
  codemod_close(c->cx);
}

// engine.table_names(...) and engine.has_table(...)
static void engine_names(const Call *c, const char *code, const char *method) {
  Value v = receiver(c);
  if (v.kind != VALUE_ENGINE || !open_site(c, code, "the method of Engine is gone"))
    return;
  need_proven(c, v);
  Ref connection = call_keyword(c->t, c->call, atom_of(c, "connection"));
  Ref engine = call_receiver(c->t, c->call);
  bool has = !strcmp(method, "has_table");
  uint32_t plain = has ? 2 : 1;
  if (connection || call_positional(c->t, c->call, plain) ||
      call_has_stars(c->t, c->call)) {
    codemod_refuse(c->cx, (Place){0, 0}, "it is asked over a connection of its own");
  } else {
    Str inspect = import(c, "sqlalchemy", "inspect");
    Span func = py_span(c->t, PY_AS(Call, c->t, c->call)->func);
    fix_printf(c->in, func, "%.*s(%.*s).%s", STR_ARG(inspect),
               STR_ARG(rule_text(c->in, engine)), method);
    Ref schema = has ? call_positional(c->t, c->call, 1) : 0;
    if (schema)
      fix_insert(c->in, rule_paren_span(c->in, schema).start, STR("schema="));
  }
  codemod_close(c->cx);
}

static void inspector_from_engine(const Call *c) {
  Ref owner = call_receiver(c->t, c->call);
  Origin o = resolve_expr(c->cx->resolver, c->file, owner);
  Str dotted = o.dotted ? atom_str(c->cx->project->names, o.dotted) : STR("");
  if (!str_ends(dotted, STR(".Inspector")) || !str_starts(dotted, STR("sqlalchemy")) ||
      !open_site(c, "M119", "Inspector.from_engine() is gone"))
    return;
  if (!o.proven || arg_count(c) != 1)
    codemod_refuse(c->cx, (Place){0, 0}, "it is called in another way");
  fix_replace(c->in, py_span(c->t, PY_AS(Call, c->t, c->call)->func),
              import(c, "sqlalchemy", "inspect"));
  codemod_close(c->cx);
}

static void automap_prepare(const Call *c) {
  Ref reflect = call_keyword_node(c->t, c->call, atom_of(c, "reflect"));
  Ref engine = call_argument(c->t, c->call, atom_of(c, "engine"), 0);
  Ref node = call_keyword_node(c->t, c->call, atom_of(c, "engine"));
  if (!reflect || !engine ||
      !open_site(c, "M288", "`prepare(engine, reflect=True)` is prepare(autoload_with=)"))
    return;
  Ref base = call_receiver(c->t, c->call);
  Origin o = resolve_expr(c->cx->resolver, c->file, base);
  bool automap = o.value.ref && o.value.file == c->file &&
                 resolve_call_api(c->cx->resolver, c->file, o.value.ref) ==
                     API_sqlalchemy_ext_automap_automap_base;
  if (!automap && !c->cx->unsafe)
    codemod_refuse(c->cx, (Place){0, 0}, "that it is an automap base is not proven");
  else if (!is_true(c->t, PY_AS(Keyword, c->t, reflect)->value))
    codemod_refuse(c->cx, (Place){c->file, reflect}, "reflect= is no constant");
  if (node)
    fix_printf(c->in, (Span){py_node(c->t, node)->start, py_node(c->t, engine)->start},
               "autoload_with=");
  else
    fix_insert(c->in, rule_paren_span(c->in, engine).start, STR("autoload_with="));
  fix_delete_argument(c->in, c->call, reflect);
  codemod_close(c->cx);
}

// ---- URLs

static void url_constructor(const Call *c) {
  if (api_of(c) != API_sqlalchemy_URL ||
      !open_site(c, "M122", "URL() makes no URL any more; URL.create() does"))
    return;
  uint32_t at = py_node(c->t, PY_AS(Call, c->t, c->call)->func)->end;
  fix_insert(c->in, at, STR(".create"));
  codemod_close(c->cx);
}

// str() of a URL gave the password on 1.4 and gives *** on 2.0: who connects with the
// string is turned away. What 1.4 gave is render_as_string(hide_password=False) on both.
static void url_as_string(const Call *c) {
  Ref url = call_positional(c->t, c->call, 0);
  Origin o = resolve_expr(c->cx->resolver, c->file, PY_AS(Call, c->t, c->call)->func);
  bool newer = c->cx->source != SQLALCHEMY_1_4 && c->cx->source != SQLALCHEMY_UNKNOWN;
  if (newer || !url || arg_count(c) != 1 || o.kind != ORIGIN_BUILTIN)
    return;
  Value v = value_of(c->cx->values, c->file, url);
  if (v.kind != VALUE_URL || v.flags & VALUE_OR_NONE ||
      !open_site(c, "M124", "str() of a URL hides the password on 2.0"))
    return;
  need_proven(c, v);
  if (c->cx->source == SQLALCHEMY_UNKNOWN && !c->cx->unsafe)
    codemod_refuse(c->cx, (Place){0, 0},
                   "code of 2.0 may mean the hidden password, and for which version it "
                   "was written is not known; --unsafe converts it");
  if (rule_has_comment(c->in, py_span(c->t, c->call)))
    codemod_refuse(c->cx, (Place){0, 0}, "a comment stands in it");
  Span call = py_span(c->t, c->call), inner = py_span(c->t, url);
  PyKind kind = py_kind(c->t, url);
  bool bare = kind == PY_NAME || kind == PY_ATTRIBUTE || kind == PY_CALL;
  fix_replace(c->in, (Span){call.start, inner.start}, bare ? STR("") : STR("("));
  fix_printf(c->in, (Span){inner.end, call.end},
             "%s.render_as_string(hide_password=False)", bare ? "" : ")");
  codemod_close(c->cx);
}

// `postgres://` anywhere a literal URL is given to create_engine(), and the driver that
// 2.1 no longer takes by default.
static void url_literal(const Call *c) {
  Ref url = call_argument(c->t, c->call, atom_of(c, "url"), 0);
  if (py_kind(c->t, url) != PY_STR && py_kind(c->t, url) != PY_JOINED_STR)
    return;
  ApiId api = api_of(c);
  if (api != API_sqlalchemy_create_engine &&
      api != API_sqlalchemy_ext_asyncio_create_async_engine)
    return;
  Str text = py_text(c->t, url);
  size_t quote = 0;
  while (quote < text.len && text.ptr[quote] != '"' && text.ptr[quote] != '\'')
    quote++;
  while (quote < text.len && (text.ptr[quote] == '"' || text.ptr[quote] == '\''))
    quote++;
  Str body = str_slice(text, quote, text.len);
  uint32_t start = py_node(c->t, url)->start + (uint32_t)quote;
  bool old = str_starts(body, STR("postgres://")) || str_starts(body, STR("postgres+"));
  if (old && open_site(c, "M127", "the scheme `postgres` is `postgresql` now")) {
    fix_replace(c->in, (Span){start, start + 8}, STR("postgresql"));
    codemod_close(c->cx);
  } else if (c->cx->target == SQLALCHEMY_2_1 && api == API_sqlalchemy_create_engine &&
             str_starts(body, STR("postgresql://")) &&
             open_site(c, "N103", "2.1 takes psycopg where 2.0 took psycopg2")) {
    fix_replace(c->in, (Span){start, start + 10}, STR("postgresql+psycopg2"));
    codemod_close(c->cx);
  } else if (c->cx->target == SQLALCHEMY_2_1 && api == API_sqlalchemy_create_engine &&
             str_starts(body, STR("oracle://")) &&
             open_site(c, "N104", "2.1 takes oracledb where 2.0 took cx_Oracle")) {
    fix_replace(c->in, (Span){start, start + 6}, STR("oracle+cx_oracle"));
    codemod_close(c->cx);
  }
}

// ---- Sessions and mappings

static void close_all(const Call *c) {
  Value v = receiver(c);
  Ref owner = call_receiver(c->t, c->call);
  bool session =
      value_is_session(v) || v.kind == VALUE_SESSIONMAKER ||
      resolve_api(c->cx->resolver, c->file, owner) == API_sqlalchemy_orm_Session;
  if (!session || arg_count(c) ||
      !open_site(c, "M263", "close_all() is close_all_sessions() now"))
    return;
  if (v.kind && v.sure != SURE_PROVEN)
    need_proven(c, v);
  if (!is_simple(c->t, owner))
    codemod_refuse(c->cx, (Place){c->file, owner},
                   "what it is called on is more than a name");
  fix_replace(c->in, py_span(c->t, PY_AS(Call, c->t, c->call)->func),
              import(c, "sqlalchemy.orm", "close_all_sessions"));
  codemod_close(c->cx);
}

static void mapper_function(const Call *c) {
  if (api_of(c) != API_sqlalchemy_orm_mapper ||
      !open_site(c, "M274", "mapper() is registry.map_imperatively() now"))
    return;
  codemod_refuse(c->cx, (Place){0, 0},
                 "all mappings have to share one registry, and there is none to name");
  codemod_close(c->cx);
}

// ---- Statements

static const struct {
  const char *from, *to;
} appends[] = {
    {"append_whereclause", "where"},     {"append_column", "add_columns"},
    {"append_from", "select_from"},      {"append_order_by", "order_by"},
    {"append_group_by", "group_by"},     {"append_having", "having"},
    {"append_correlation", "correlate"}, {"append_prefix", "prefix_with"},
};

typedef struct {
  const Call *c;
  uint32_t symbol;
  Ref found;
} Aliases;

static bool find_alias(void *data, Ref r) {
  Aliases *a = data;
  const PyScopes *s = a->c->in->file->scopes;
  Ref value = py_kind(a->c->t, r) == PY_ASSIGN ? PY_AS(Assign, a->c->t, r)->value : 0;
  if (py_kind(a->c->t, value) == PY_NAME &&
      py_scopes_target(s, py_scopes_symbol_of(s, value)) == a->symbol)
    a->found = r;
  return !a->found;
}

// Why others may hold the statement that the name holds, NULL: nobody does.
static const char *shared(const Call *c, Ref name, Ref *stop) {
  const PyScopes *s = c->in->file->scopes;
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, name));
  *stop = name;
  if (symbol == NO_SYMBOL || s->symbols[symbol].scope != py_scopes_at(s, name) ||
      s->symbols[symbol].flags & (SYMBOL_PARAM | SYMBOL_CAPTURED | SYMBOL_IMPORTED))
    return "the statement comes from elsewhere and is to be changed there too";
  Aliases a = {c, symbol, 0};
  PyVisitor v = {.enter = find_alias, .data = &a};
  py_walk(c->t, c->t->root, &v);
  *stop = a.found;
  return a.found ? "the statement has another name that would not see the change" : NULL;
}

static void append_method(const Call *c) {
  const char *to = NULL;
  for (size_t i = 0; i < ARRAY_LEN(appends); i++)
    if (str_is(c->method, appends[i].from))
      to = appends[i].to;
  if (!to)
    return;
  Value v = receiver(c);
  if ((v.kind != VALUE_SELECT && v.kind != VALUE_COMPOUND_SELECT) ||
      !open_site(c, "M310", "statements are not changed in place any more"))
    return;
  need_proven(c, v);
  Ref owner = call_receiver(c->t, c->call), stmt = rule_parent(c->in, c->call), stop;
  const char *why;
  if (py_kind(c->t, owner) != PY_NAME)
    codemod_refuse(c->cx, (Place){c->file, owner},
                   "the statement may have another name that would not see the change");
  else if (py_kind(c->t, stmt) != PY_EXPR_STMT)
    codemod_refuse(c->cx, (Place){0, 0}, "it stands inside an expression");
  else if ((why = shared(c, owner, &stop)))
    codemod_refuse(c->cx, (Place){c->file, stop}, "%s", why);
  uint32_t at = py_node(c->t, c->call)->start;
  const PyAttribute *a = PY_AS(Attribute, c->t, PY_AS(Call, c->t, c->call)->func);
  fix_printf(c->in, (Span){at, at}, "%.*s = ", STR_ARG(py_text(c->t, owner)));
  fix_replace(c->in, (Span){a->attr_at, a->node.end}, str_from(to));
  codemod_close(c->cx);
}

// ---- PostgreSQL

static bool is_type_argument(const Call *c, Ref node) {
  Ref parent = rule_parent(c->in, node);
  if (py_kind(c->t, parent) != PY_CALL)
    return false;
  ApiId api = resolve_call_api(c->cx->resolver, c->file, parent);
  return api == API_sqlalchemy_Column || api == API_sqlalchemy_orm_mapped_column ||
         api == API_sqlalchemy_ARRAY || api == API_sqlalchemy_dialects_postgresql_ARRAY;
}

// UUID of the PostgreSQL dialect gave strings on 1.4 and gives uuid.UUID on 2.0.
static void pg_uuid(const Call *c, Ref node, bool called) {
  if (c->cx->source != SQLALCHEMY_1_4)
    return;
  Ref name = called ? PY_AS(Call, c->t, node)->func : node;
  Origin o = resolve_expr(c->cx->resolver, c->file, name);
  Str dotted = o.dotted ? atom_str(c->cx->project->names, o.dotted) : STR("");
  if (!str_starts(dotted, STR("sqlalchemy.dialects.postgresql")) ||
      !str_ends(dotted, STR(".UUID")))
    return;
  if (called && (call_has_stars(c->t, node) || call_positional(c->t, node, 0) ||
                 call_keyword_node(c->t, node, atom_of(c, "as_uuid"))))
    return;
  Site *s = codemod_site(c->cx, "M351", c->file, py_span(c->t, node),
                         "UUID gives uuid.UUID instead of strings on 2.0");
  if (!codemod_open(c->cx, s))
    return;
  if (called)
    fix_append_argument(c->in, node, STR("as_uuid=False"));
  else
    fix_insert(c->in, py_node(c->t, node)->end, STR("(as_uuid=False)"));
  codemod_close(c->cx);
}

static void computed(const Call *c) {
  if (c->cx->target != SQLALCHEMY_2_1 ||
      call_keyword_node(c->t, c->call, atom_of(c, "persisted")) || arg_count(c) != 1)
    return;
  ExprCtx x = {.r = c->cx->resolver, .project = c->cx->project, .arena = c->cx->arena};
  if (expr_call_api(&x, (Expr){c->file, c->call, NULL}) != API_sqlalchemy_Computed)
    return;
  Site *s = codemod_site(c->cx, "N129", c->file, py_span(c->t, c->call),
                         "2.1 makes computed columns of PostgreSQL virtual where it can");
  codemod_leave(
      c->cx, s, (Place){0, 0},
      "which database it is for is not known; persisted=True keeps it stored on "
      "PostgreSQL");
}

// ----

static void look_at(const Call *c) {
  if (str_is(c->method, "exists"))
    table_exists(c);
  else if (str_is(c->method, "table_names"))
    engine_names(c, "M113", "get_table_names");
  else if (str_is(c->method, "has_table"))
    engine_names(c, "M114", "has_table");
  else if (str_is(c->method, "from_engine"))
    inspector_from_engine(c);
  else if (str_is(c->method, "prepare"))
    automap_prepare(c);
  else if (str_is(c->method, "close_all"))
    close_all(c);
  else if (str_starts(c->method, STR("append_")))
    append_method(c);
}

static Str called_name(const Call *c) {
  Ref func = PY_AS(Call, c->t, c->call)->func;
  if (py_kind(c->t, func) == PY_NAME)
    return atom_str(c->cx->project->names, PY_AS(Name, c->t, func)->id);
  return c->method;
}

static void call(const Call *c) {
  look_at(c);
  table_autoload(c);
  url_literal(c);
  Str name = called_name(c);
  if (str_is(name, "URL"))
    url_constructor(c);
  else if (str_is(name, "str"))
    url_as_string(c);
  else if (str_is(name, "mapper"))
    mapper_function(c);
  else if (str_is(name, "Computed"))
    computed(c);
  pg_uuid(c, c->call, true);
}

static void visit(const CodemodWalk *w, Ref r) {
  Call c = {.cx = w->cx, .in = w->in, .t = w->t, .file = w->file};
  PyKind kind = py_kind(w->t, r);
  if (kind == PY_CALL) {
    c.call = r;
    c.method = call_method_text(w->in, r);
    call(&c);
  } else if (w->cx->source == SQLALCHEMY_1_4 && // what pg_uuid is about
             (kind == PY_NAME || kind == PY_ATTRIBUTE) && is_type_argument(&c, r)) {
    pg_uuid(&c, r, false);
  }
}

const Codemod codemod_legacy_calls = {.name = "legacy-calls",
                                      .codes = codes,
                                      .profile = PROFILE_COMPAT,
                                      .on = {PY_CALL, PY_NAME, PY_ATTRIBUTE},
                                      .visit = visit};
