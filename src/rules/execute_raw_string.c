// M105: SQL as a plain string. 2.0 executes statements only; text() makes one of it.
#include "rules/migration.h"

typedef enum {
  PLAIN,  // text() means the same
  BINDS,  // a colon that text() would take for a parameter
  DRIVER, // placeholders of the driver
  UNKNOWN_TEXT
} TextKind;

static bool is_word(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static TextKind kind_of(Str sql) {
  if (!sql.ptr)
    return UNKNOWN_TEXT;
  for (size_t i = 0; i < sql.len; i++) {
    char c = sql.ptr[i], next = i + 1 < sql.len ? sql.ptr[i + 1] : 0;
    if (c == '%' || c == '?')
      return DRIVER;
    if (c == ':' && next == ':')
      i++; // a cast: text() leaves it
    else if (c == ':' && is_word(next))
      return BINDS;
  }
  return PLAIN;
}

// `execute(...).scalar()`: no cursor and no other library's session gives that, so what
// has the name of a session is one of SQLAlchemy's.
static bool gives_scalars(RuleCtx *cx, Ref call) {
  Ref parent = rule_parent(cx, call);
  if (py_kind(cx->tree, parent) != PY_ATTRIBUTE)
    return false;
  Str name = atom_str(cx->project->names, PY_AS(Attribute, cx->tree, parent)->attr);
  return str_is(name, "scalar") || str_is(name, "scalars") || str_is(name, "mappings") ||
         str_is(name, "scalar_one") || str_is(name, "scalar_one_or_none");
}

// True for `(x, y)` whose first is a value: 1.x took a tuple of rows for many of them.
static bool is_one_row(RuleCtx *cx, Ref tuple) {
  PyRefs items = py_list(cx->tree, PY_AS(Tuple, cx->tree, tuple)->elts);
  if (!items.len)
    return true;
  switch ((ValueKind)rule_value(cx, items.at[0]).kind) {
  case VALUE_DICT:
  case VALUE_LIST:
  case VALUE_ROW:
  case VALUE_SET:
  case VALUE_TUPLE:
    return false;
  default:
    return py_kind(cx->tree, items.at[0]) != PY_STARRED;
  }
}

// What the driver gets besides the SQL: nothing, or one row for certain.
static bool is_for_driver(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  if (args.len == 1)
    return !call_has_stars(t, call);
  PyKind kind = args.len == 2 ? py_kind(t, args.at[1]) : PY_NONE;
  return kind == PY_DICT || (kind == PY_TUPLE && is_one_row(cx, args.at[1]));
}

// Connection.execute() of 1.x gave a string to the driver as it was.
static void fix_driver(RuleCtx *cx, Finding *f, Ref call, Ref sql, Value receiver) {
  bool proven = rule_value(cx, sql).sure == SURE_PROVEN;
  FixLevel level = proven ? level_of(receiver) : FIX_UNSAFE;
  if (!rule_fix(cx, f, level, "Call `exec_driver_sql()`"))
    return;
  Ref func = PY_AS(Call, cx->tree, call)->func;
  uint32_t at = PY_AS(Attribute, cx->tree, func)->attr_at;
  fix_replace(cx, (Span){at, py_node(cx->tree, func)->end}, STR("exec_driver_sql"));
}

static void fix(RuleCtx *cx, Finding *f, Ref call, Ref sql, Value receiver) {
  const PyTree *t = cx->tree;
  bool session = value_is_session(receiver);
  TextKind kind = kind_of(string_value(cx, sql));
  uint32_t args = py_list(t, PY_AS(Call, t, call)->args).len;
  bool driver = !session && kind != PLAIN && is_for_driver(cx, call) &&
                str_is(call_method_text(cx, call), "execute");
  if (driver) {
    fix_driver(cx, f, call, sql, receiver);
    return;
  }
  FixLevel level = session && gives_scalars(cx, call) ? FIX_SAFE : level_of(receiver);
  if (kind == UNKNOWN_TEXT || kind == BINDS)
    level = session ? level : FIX_UNSAFE;
  if (!session && kind == DRIVER) {
    rule_refuse(cx, f,
                "the string may hold placeholders of the driver; use "
                "exec_driver_sql(), or text() with :names");
    return;
  }
  if (!session && kind == BINDS && args == 1) {
    rule_refuse(cx, f, "text() would take the colon for a parameter; write it as `\\:`");
    return;
  }
  if (!rule_fix(cx, f, level, "Wrap the string in `text()`"))
    return;
  Str name = fix_require_import(cx, call, "sqlalchemy", "text");
  if (!name.ptr)
    return;
  Span span = rule_paren_span(cx, sql);
  fix_insert(cx, span.start, str_format(cx->scratch, "%.*s(", STR_ARG(name)));
  fix_insert(cx, span.end, STR(")"));
}

// What the SQL starts with, also where the rest of it is put together.
static Str head_of(RuleCtx *cx, Ref sql) {
  const PyTree *t = cx->tree;
  while (py_kind(t, sql) == PY_BIN_OP || py_kind(t, sql) == PY_CALL)
    sql = py_kind(t, sql) == PY_CALL ? call_receiver(t, sql) : PY_AS(BinOp, t, sql)->left;
  Str text = {0};
  if (py_kind(t, sql) == PY_JOINED_STR) {
    text = py_text(t, sql);
    size_t quote = 0;
    while (quote < text.len && text.ptr[quote] != '"' && text.ptr[quote] != '\'')
      quote++;
    while (quote < text.len && (text.ptr[quote] == '"' || text.ptr[quote] == '\''))
      quote++;
    return str_slice(text, quote, text.len);
  }
  ExprCtx x = {.r = cx->resolver, .project = cx->project, .arena = cx->scratch};
  Expr e = sql ? expr_follow_names(&x, (Expr){cx->file_id, sql, NULL}) : (Expr){0};
  return e.ref && expr_string(&x, e, &text) ? text : STR("");
}

// The connection committed this in 1.x where no transaction was begun; that it may have
// been begun elsewhere is for the message to say.
static bool was_committed(RuleCtx *cx, Str method, Ref sql, Value receiver) {
  MigrationScript s;
  if (migration_read(cx, cx->file, &s)) // Alembic has begun one
    return false;
  uint16_t other = VALUE_BEGUN | VALUE_FUTURE | VALUE_AUTOCOMMIT;
  return receiver.kind == VALUE_CONNECTION && receiver.sure == SURE_PROVEN &&
         !(receiver.flags & other) && str_is(method, "execute") &&
         sql_autocommits(head_of(cx, sql));
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Atom method = call_method(t, call);
  if (!method)
    return;
  Str name = atom_str(cx->project->names, method);
  if (!str_is(name, "execute") && !str_is(name, "scalar") && !str_is(name, "scalars"))
    return;
  Ref sql = call_positional(t, call, 0);
  PyKind kind = py_kind(t, sql);
  if (!sql || (kind != PY_STR && kind != PY_JOINED_STR && kind != PY_NAME &&
               kind != PY_BIN_OP && kind != PY_CALL))
    return;
  Value receiver = rule_value(cx, call_receiver(t, call));
  if (!value_is_executor(receiver) || receiver.kind == VALUE_ENGINE)
    return;
  Value v = rule_value(cx, sql);
  if (v.kind != VALUE_STR || v.flags & VALUE_OR_NONE)
    return;
  Finding *f = rule_report(cx, rule_paren_span(cx, sql),
                           "SQL as a plain string is not executable in 2.0; wrap it in "
                           "`text()`%s",
                           was_committed(cx, name, sql, receiver)
                               ? "; outside a transaction 1.x committed it on its own, "
                                 "2.0 rolls it back unless commit() follows"
                               : "");
  fix(cx, f, call, sql, receiver);
}

const Rule rule_execute_raw_string = {
    .code = "M105",
    .name = "execute-raw-string",
    .category = CAT_MIGRATION,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "A plain string passed to execute(), scalar() or scalars()",
    .why = "2.0 raises ArgumentError or ObjectNotExecutableError; text() says that a "
           "string is SQL",
    .on = {PY_CALL},
    .names = RULE_NAMES("execute", "scalar", "scalars"),
    .check = check,
};
