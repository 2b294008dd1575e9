// B116, B118, B126, B130, B137, B138, B143, B148: what a script does that goes wrong
// later.
#include "project/detect.h"
#include "rules/migration.h"
#include "rules/session_use.h"

// ---- B116

typedef struct {
  RuleCtx *cx;
  bool alters;
  Ref data; // op.execute("UPDATE ..."), op.bulk_insert()
} Mixed;

static bool is_data(RuleCtx *cx, Ref call) {
  static const char *const words[] = {"UPDATE ", "INSERT ", "DELETE "};
  Str sql = str_trim(string_value(cx, call_positional(cx->tree, call, 0)));
  for (size_t i = 0; sql.ptr && i < ARRAY_LEN(words); i++)
    if (sql.len > strlen(words[i]) &&
        str_eq_nocase(str_slice(sql, 0, strlen(words[i])), str_from(words[i])))
      return true;
  return false;
}

static bool visit_mixed(void *data, Ref r) {
  Mixed *m = data;
  if (py_kind(m->cx->tree, r) != PY_CALL)
    return true;
  ApiId api = resolve_call_api(m->cx->resolver, m->cx->file_id, r);
  if (api == API_alembic_op_bulk_insert ||
      (api == API_alembic_op_execute && is_data(m->cx, r)))
    m->data = m->data ? m->data : r;
  m->alters = m->alters || api == API_alembic_op_add_column ||
              api == API_alembic_op_alter_column || api == API_alembic_op_create_index ||
              api == API_alembic_op_create_foreign_key;
  return true;
}

static void check_mixed(RuleCtx *cx) {
  MigrationScript s = {0};
  if (!migration_read(cx, cx->file, &s))
    return;
  Mixed m = {.cx = cx};
  rule_walk_body(cx, s.upgrade, visit_mixed, &m);
  if (m.data && m.alters)
    rule_report(cx, py_span(cx->tree, m.data),
                "the locks of the changes beside it are held until all rows are written; "
                "put the data into a script of its own");
}

// ---- B118

static void check_session(RuleCtx *cx, Ref node) {
  MigrationScript s = {0};
  if (migration_read(cx, cx->file, &s) && makes_session(cx, node))
    rule_report(cx, py_span(cx->tree, node),
                "an ORM session in a migration flushes and commits by itself, beside the "
                "transaction of Alembic; use op.execute() and sa.table()");
}

// ---- B126

typedef struct {
  RuleCtx *cx;
  bool type;  // something drops the type, or may
  bool table; // op.drop_table()
} Dropped;

static bool visit_drop(void *data, Ref r) {
  Dropped *d = data;
  RuleCtx *cx = d->cx;
  const PyTree *t = cx->tree;
  PyKind kind = py_kind(t, r);
  if (kind == PY_CALL) {
    d->type = d->type || str_is(call_method_text(cx, r), "drop");
    d->table = d->table || resolve_call_api(cx->resolver, cx->file_id, r) ==
                               API_alembic_op_drop_table;
  }
  Str text = kind == PY_STR || kind == PY_JOINED_STR ? py_text(t, r) : STR("");
  d->type = d->type || str_find(text, STR("DROP TYPE"), 0) != SIZE_MAX ||
            str_find(text, STR("drop type"), 0) != SIZE_MAX;
  return !d->type;
}

// True where downgrade() calls something that may drop the type: a function of the
// script.
static bool is_open(RuleCtx *cx, Ref downgrade) {
  PyRefs body = py_list(cx->tree, PY_AS(FunctionDef, cx->tree, downgrade)->body);
  if (!body.len || py_kind(cx->tree, body.at[0]) == PY_RAISE)
    return true;
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(cx->tree, body.at[i]) == PY_EXPR_STMT) {
      Ref call = PY_AS(ExprStmt, cx->tree, body.at[i])->value;
      if (py_kind(cx->tree, call) == PY_CALL && !call_receiver(cx->tree, call))
        return true;
    } else if (py_kind(cx->tree, body.at[i]) != PY_PASS &&
               py_kind(cx->tree, body.at[i]) != PY_WITH) {
      return true;
    }
  return false;
}

static void check_enum(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
  Str type = api ? api_last_name(api) : STR("");
  Str name = string_value(cx, call_keyword(t, call, rule_atom(cx, "name")));
  MigrationScript s = {0};
  if (!(cx->databases & DETECTED_POSTGRESQL) || !name.ptr ||
      (!str_is(type, "Enum") && !str_is(type, "ENUM")) ||
      call_keyword_node(t, call, rule_atom(cx, "create_type")) ||
      call_keyword_node(t, call, rule_atom(cx, "native_enum")) ||
      !migration_read(cx, cx->file, &s) || !s.downgrade ||
      enclosing_function(cx, call) != s.upgrade || is_open(cx, s.downgrade))
    return;
  Ref column = rule_parent(cx, call), table = rule_parent(cx, column);
  if (resolve_call_api(cx->resolver, cx->file_id, table) != API_alembic_op_create_table)
    return;
  Dropped d = {.cx = cx};
  rule_walk_body(cx, s.downgrade, visit_drop, &d);
  if (d.table && !d.type && !migration_others_hold(cx, name))
    rule_report(cx, py_span(t, call),
                "downgrade() drops the table and leaves the type `%.*s`: the next "
                "upgrade fails, it exists already; drop it by "
                "`sa.Enum(name=\"%.*s\").drop(op.get_bind())`",
                STR_ARG(name), STR_ARG(name));
}

// ---- B130

static void check_sqlite(RuleCtx *cx, Ref call) {
  Operation o;
  if (cx->databases != DETECTED_SQLITE || !migration_operation(cx, call, &o) || o.batch ||
      !o.upgrades)
    return;
  if (o.api == API_alembic_op_alter_column) {
    PyRefs args = py_list(cx->tree, PY_AS(Call, cx->tree, call)->args);
    Atom renamed = rule_atom(cx, "new_column_name");
    for (uint32_t i = 0; i < args.len; i++)
      if (py_kind(cx->tree, args.at[i]) == PY_KEYWORD &&
          PY_AS(Keyword, cx->tree, args.at[i])->arg == renamed)
        return; // SQLite renames columns
  }
  rule_report(cx, py_span(cx->tree, call),
              "SQLite has no such ALTER TABLE; use `with op.batch_alter_table(...)`, "
              "which makes the table anew");
}

// ---- B137

static void check_url(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref value = call_positional(t, call, 1);
  if ((!str_ends(cx->file->path, STR("/env.py")) && !str_is(cx->file->path, "env.py")) ||
      !value || !str_is(string_value(cx, call_positional(t, call, 0)), "sqlalchemy.url"))
    return;
  Str text = py_text(t, value);
  Str literal = string_value(cx, value);
  if (str_starts(rule_text_head(cx, value), STR("sqlite:"))) // no password in it
    return;
  bool local = py_kind(t, value) == PY_NAME && rule_symbol(cx, value) != NO_SYMBOL;
  Origin o = local ? resolve_expr(cx->resolver, cx->file_id, value) : (Origin){0};
  if (o.kind == ORIGIN_VARIABLE && o.value.ref) {
    const PyTree *other = &cx->project->files[o.value.file]->tree;
    literal = string_value_of(cx, other, o.value.ref);
    if (str_find(py_text(other, o.value.ref), STR("%%"), 0) != SIZE_MAX)
      return;
  }
  if (literal.ptr || str_find(text, STR("%%"), 0) != SIZE_MAX)
    return;
  Finding *f =
      rule_report(cx, py_span(t, value),
                  "a `%%` in the URL, as in an encoded password, is taken for an "
                  "interpolation: ValueError is raised; double it");
  Value v = rule_value(cx, value);
  if (needs_parens_for_member(t, value))
    rule_refuse(cx, f, "the URL is no plain name");
  else if (v.kind != VALUE_STR || v.sure != SURE_PROVEN || v.flags & VALUE_OR_NONE)
    rule_refuse(cx, f, "that the URL is a string cannot be told");
  else if (rule_fix(cx, f, FIX_SAFE, "Double the `%%`"))
    fix_insert(cx, py_node(t, value)->end, STR(".replace(\"%\", \"%%\")"));
}

// ---- B138

typedef struct {
  RuleCtx *cx;
  bool sync, async; // engines that the file makes of the settings
} Engines;

static bool visit_engine(void *data, Ref r) {
  Engines *e = data;
  if (py_kind(e->cx->tree, r) != PY_CALL)
    return true;
  ApiId api = resolve_call_api(e->cx->resolver, e->cx->file_id, r);
  e->sync = e->sync || api == API_sqlalchemy_engine_from_config;
  e->async = e->async || api == API_sqlalchemy_ext_asyncio_async_engine_from_config;
  return true;
}

// The driver of asyncio that the URL names, also one that a name holds in another file;
// absent for others.
static Str async_driver(RuleCtx *cx, Ref url) {
  static const char *const drivers[] = {"asyncpg", "aiosqlite", "aiomysql", "asyncmy",
                                        "psycopg_async"};
  Str head = rule_text_head(cx, url);
  size_t plus = str_find_char(head, '+', 0), end = str_find(head, STR("://"), 0);
  for (size_t i = 0; end != SIZE_MAX && plus < end && i < ARRAY_LEN(drivers); i++)
    if (str_is(str_slice(head, plus + 1, end), drivers[i]))
      return str_from(drivers[i]);
  return (Str){0};
}

static void check_driver(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref value = call_positional(t, call, 1);
  if ((!str_ends(cx->file->path, STR("/env.py")) && !str_is(cx->file->path, "env.py")) ||
      !value || !str_is(string_value(cx, call_positional(t, call, 0)), "sqlalchemy.url"))
    return;
  Str driver = async_driver(cx, value);
  Engines e = {.cx = cx};
  PyVisitor v = {.enter = visit_engine, .data = &e};
  if (driver.ptr)
    py_walk(t, t->root, &v);
  if (e.sync && !e.async)
    rule_report(cx, py_span(t, value),
                "engine_from_config() makes a synchronous engine, which cannot use "
                "`%.*s`: MissingGreenlet is raised; use async_engine_from_config(), or a "
                "synchronous driver",
                STR_ARG(driver));
}

// ---- B143

typedef struct {
  RuleCtx *cx;
  Str table, column;
  Ref type; // of the column that is added
  uint32_t added;
} Added;

static bool visit_added(void *data, Ref r) {
  Added *a = data;
  RuleCtx *cx = a->cx;
  Operation o;
  if (py_kind(cx->tree, r) != PY_CALL || !migration_operation(cx, r, &o) ||
      o.api != API_alembic_op_add_column || !o.table.ptr || !str_eq(o.table, a->table))
    return true;
  Ref column = operation_argument(cx, &o, r, "column", 1);
  if (py_kind(cx->tree, column) != PY_CALL)
    return true;
  Str name = string_value(cx, call_positional(cx->tree, column, 0));
  if (a->column.ptr && (!name.ptr || !str_eq(name, a->column)))
    return true;
  a->added++;
  a->type = call_positional(cx->tree, column, 1);
  if (!a->column.ptr)
    a->column = name;
  return true;
}

static void check_rename(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Operation o;
  if (!migration_operation(cx, call, &o) || !o.upgrades || !o.table.ptr ||
      !o.script.downgrade || !migration_is_head(cx))
    return;
  Str column = string_value(cx, operation_argument(cx, &o, call, "column_name", 1));
  Added now = {.cx = cx, .table = o.table};
  Added before = {.cx = cx, .table = o.table, .column = column};
  if (!column.ptr)
    return;
  rule_walk_body(cx, o.script.upgrade, visit_added, &now);
  rule_walk_body(cx, o.script.downgrade, visit_added, &before);
  if (now.added == 1 && before.added == 1 && now.type && before.type && now.column.ptr &&
      !str_eq(now.column, column) &&
      str_eq(py_text(t, now.type), py_text(t, before.type)))
    rule_report(cx, py_span(t, call),
                "`%.*s` goes and `%.*s` of the same type comes: if it is only renamed, "
                "its values are lost; use alter_column(new_column_name=)",
                STR_ARG(column), STR_ARG(now.column));
}

// ---- B148

static void check_create_all(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  MigrationScript s = {0};
  Value v = rule_value(cx, call_receiver(t, call));
  if (cx->file->is_test || v.kind != VALUE_METADATA || !migrations_exist(cx) ||
      migration_read(cx, cx->file, &s) || str_ends(cx->file->path, STR("env.py")))
    return;
  if (py_kind(t, rule_parent(cx, rule_statement(cx, call))) == PY_MODULE)
    rule_report(cx, py_span(t, call),
                "importing this makes tables that the migrations know nothing of: the "
                "next `alembic upgrade` fails, they exist already");
}

DEFINE_RULE(data_with_schema, "B116", "data-migration-in-ddl", CAT_ALEMBIC, SEVERITY_INFO,
            "Rows changed in the same migration as tables",
            "On PostgreSQL both are one transaction: tables stay locked until all rows "
            "are written",
            .off = true, .check_file = check_mixed);
DEFINE_RULE(orm_session, "B118", "orm-session-in-migration", CAT_ALEMBIC, SEVERITY_INFO,
            "A Session made in a migration",
            "What it commits is not undone where the script fails later", .off = true,
            .on = {PY_CALL}, .check = check_session);
DEFINE_RULE(enum_not_dropped, "B126", "enum-created-not-dropped", CAT_ALEMBIC,
            SEVERITY_WARNING,
            "An enum that create_table() makes on PostgreSQL and downgrade() leaves",
            "drop_table() does not drop the type: upgrading again fails", .on = {PY_CALL},
            .names = RULE_NAMES("Enum", "ENUM"), .check = check_enum);
DEFINE_RULE(sqlite_alter, "B130", "sqlite-alter-without-batch", CAT_ALEMBIC,
            SEVERITY_ERROR,
            "A constraint or column altered outside of a batch in a project on SQLite",
            "NotImplementedError or a syntax error is raised: SQLite cannot alter them",
            .on = {PY_CALL},
            .names = RULE_NAMES("alter_column", "drop_constraint", "create_foreign_key",
                                "create_unique_constraint", "create_check_constraint",
                                "create_primary_key"),
            .check = check_sqlite);
DEFINE_RULE(env_url_percent, "B137", "env-url-percent", CAT_ALEMBIC, SEVERITY_WARNING,
            "config.set_main_option(\"sqlalchemy.url\", url) with a bare `%`",
            "ConfigParser takes `%` for an interpolation: ValueError where a password "
            "holds one",
            .fix = FIX_SAFE, .on = {PY_CALL}, .names = RULE_NAMES("set_main_option"),
            .check = check_url);
DEFINE_RULE(env_async_driver, "B138", "env-async-driver-sync-engine", CAT_ALEMBIC,
            SEVERITY_ERROR,
            "A URL with a driver of asyncio in an env.py that makes a synchronous engine",
            "Every alembic command fails when it connects", .on = {PY_CALL},
            .names = RULE_NAMES("set_main_option"), .check = check_driver);
DEFINE_RULE(rename_as_drop, "B143", "column-rename-as-drop-add", CAT_ALEMBIC,
            SEVERITY_WARNING,
            "A column dropped and another of its type added in the newest migration",
            "Autogenerate cannot see a rename: the values of the column are lost",
            .on = {PY_CALL}, .names = RULE_NAMES("drop_column"), .check = check_rename);
DEFINE_RULE(
    create_all_beside, "B148", "create-all-beside-alembic", CAT_ALEMBIC, SEVERITY_WARNING,
    "create_all() at import in a project with migrations",
    "Tables appear that no revision made: upgrades fail, and autogenerate sees no "
    "difference",
    .on = {PY_CALL}, .names = RULE_NAMES("create_all"), .check = check_create_all);
