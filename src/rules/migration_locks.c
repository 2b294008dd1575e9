// B104, B106, B107, B109, B110, B112 to B115: changes that lock a table, or that code
// which still runs does not know. Said of the newest script only: the others were run.
#include "project/detect.h"
#include "rules/migration.h"

static bool on_postgresql(const RuleCtx *cx) {
  return cx->databases & DETECTED_POSTGRESQL;
}

static bool has_keyword(RuleCtx *cx, Ref call, const char *name) {
  return call_keyword_node(cx->tree, call, rule_atom(cx, name));
}

// ---- B104

static void check_drop(RuleCtx *cx, Ref call) {
  Operation o;
  if (migration_pending(cx, call, &o))
    rule_report(cx, py_span(cx->tree, call),
                "what the constraint kept out of `%.*s` may come in from now on",
                STR_ARG(o.table));
}

// ---- B106

static void check_not_null(RuleCtx *cx, Ref call) {
  Operation o;
  if (on_postgresql(cx) &&
      is_false(cx->tree, call_keyword(cx->tree, call, rule_atom(cx, "nullable"))) &&
      migration_pending(cx, call, &o))
    rule_report(cx, py_span(cx->tree, call),
                "SET NOT NULL reads all of `%.*s` while nobody else may; a CHECK that is "
                "NOT VALID, validated in another transaction, spares that",
                STR_ARG(o.table));
}

// ---- B107, B108

// The class that a type expression names, "" where it is none of SQLAlchemy; that of the
// column, which for an Enum with native_enum=False is String.
static Str type_name(RuleCtx *cx, Ref type) {
  if (py_kind(cx->tree, type) == PY_CALL &&
      is_false(cx->tree, call_keyword(cx->tree, type, rule_atom(cx, "native_enum"))))
    return STR("String");
  if (py_kind(cx->tree, type) == PY_CALL)
    type = PY_AS(Call, cx->tree, type)->func;
  ApiId api = type ? resolve_api(cx->resolver, cx->file_id, type) : API_NONE;
  return api ? api_last_name(api) : STR("");
}

static bool is_one_of(Str name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

static bool is_text(Str name) {
  static const char *const names[] = {"String", "Text",    "VARCHAR",    "TEXT",
                                      "CHAR",   "Unicode", "UnicodeText"};
  return is_one_of(name, names, ARRAY_LEN(names));
}

static bool is_number(Str name) {
  static const char *const names[] = {"Integer", "BigInteger", "SmallInteger", "INTEGER",
                                      "BIGINT",  "SMALLINT",   "Numeric",      "NUMERIC",
                                      "Float",   "FLOAT",      "REAL"};
  return is_one_of(name, names, ARRAY_LEN(names));
}

// The length that a String says, 0: none.
static uint32_t length_of(RuleCtx *cx, Ref type) {
  const PyTree *t = cx->tree;
  Ref length = py_kind(t, type) == PY_CALL
                   ? call_argument(t, type, rule_atom(cx, "length"), 0)
                   : 0;
  uint32_t n = 0;
  Str text = py_kind(t, length) == PY_NUM ? py_text(t, length) : STR("");
  for (size_t i = 0; i < text.len && i < 9 && text.ptr[i] >= '0' && text.ptr[i] <= '9';
       i++)
    n = n * 10 + (uint32_t)(text.ptr[i] - '0');
  return n;
}

// True where PostgreSQL only notes the new type: text that may be longer.
static bool is_widened(RuleCtx *cx, Ref from, Ref to) {
  if (!is_text(type_name(cx, from)) || !is_text(type_name(cx, to)))
    return false;
  uint32_t before = length_of(cx, from), after = length_of(cx, to);
  return !after || (before && after >= before);
}

static void check_type(RuleCtx *cx, Ref call) {
  Operation o;
  Ref to = call_keyword(cx->tree, call, rule_atom(cx, "type_"));
  Ref from = call_keyword(cx->tree, call, rule_atom(cx, "existing_type"));
  if (!on_postgresql(cx) || !to || !from || is_widened(cx, from, to) ||
      !type_name(cx, to).len || str_eq(type_name(cx, to), type_name(cx, from)) ||
      !migration_pending(cx, call, &o))
    return;
  rule_report(cx, py_span(cx->tree, to),
              "the database writes all of `%.*s` and its indexes anew while nobody else "
              "may read it",
              STR_ARG(o.table));
}

// True where PostgreSQL converts nothing by itself.
static bool needs_using(Str from, Str to) {
  static const char *const others[] = {
      "Boolean",  "BOOLEAN",  "Date",        "DATE",  "DateTime", "TIMESTAMP", "Time",
      "Interval", "INTERVAL", "JSON",        "JSONB", "UUID",     "Uuid",      "Enum",
      "ENUM",     "ARRAY",    "LargeBinary", "BYTEA", "INET",     "CIDR"};
  static const char *const truths[] = {"Boolean", "BOOLEAN"};
  if (is_text(from))
    return is_number(to) || is_one_of(to, others, ARRAY_LEN(others));
  if (is_number(from))
    return is_one_of(to, truths, ARRAY_LEN(truths)) || str_is(to, "UUID") ||
           str_is(to, "Date") || str_is(to, "DateTime");
  return is_one_of(from, truths, ARRAY_LEN(truths)) && is_number(to);
}

static void check_using(RuleCtx *cx, Ref call) {
  Operation o;
  Ref to = call_keyword(cx->tree, call, rule_atom(cx, "type_"));
  Ref from = call_keyword(cx->tree, call, rule_atom(cx, "existing_type"));
  if (cx->databases != DETECTED_POSTGRESQL || !to || !from ||
      call_has_stars(cx->tree, call) || has_keyword(cx, call, "postgresql_using") ||
      !needs_using(type_name(cx, from), type_name(cx, to)) ||
      !migration_operation(cx, call, &o) || !o.upgrades)
    return;
  rule_report(cx, py_span(cx->tree, to),
              "PostgreSQL does not turn %.*s into %.*s by itself: DatatypeMismatch; say "
              "how by postgresql_using=",
              STR_ARG(type_name(cx, from)), STR_ARG(type_name(cx, to)));
}

// ---- B109

static void check_rename(RuleCtx *cx, Ref call) {
  Operation o;
  if (str_is(call_method_text(cx, call), "alter_column") &&
      !has_keyword(cx, call, "new_column_name"))
    return;
  if (migration_pending(cx, call, &o))
    rule_report(cx, py_span(cx->tree, call),
                "while the release before still runs it asks for the old name; add the "
                "new one beside it, and drop the old one later");
}

// ---- B110

// True for a pending operation on PostgreSQL that looks at every row of its table, which
// the keyword `spared_by` would spare it.
static bool reads_rows(RuleCtx *cx, Ref call, const char *spared_by, Operation *o) {
  return on_postgresql(cx) && !has_keyword(cx, call, spared_by) &&
         migration_pending(cx, call, o);
}

static void check_index(RuleCtx *cx, Ref call) {
  Operation o;
  if (!call_has_stars(cx->tree, call) &&
      reads_rows(cx, call, "postgresql_concurrently", &o) && !o.batch)
    rule_report(cx, py_span(cx->tree, call),
                "`%.*s` takes no writes until the index is made; "
                "postgresql_concurrently=True in an autocommit_block() lets them through",
                STR_ARG(o.table));
}

// ---- B112, B113, B114

static void check_foreign_key(RuleCtx *cx, Ref call) {
  Operation o;
  if (reads_rows(cx, call, "postgresql_not_valid", &o))
    rule_report(cx, py_span(cx->tree, call),
                "both tables take no writes until all rows of `%.*s` are checked; "
                "postgresql_not_valid=True, and VALIDATE CONSTRAINT in another "
                "transaction",
                STR_ARG(o.table));
}

static void check_check(RuleCtx *cx, Ref call) {
  Operation o;
  if (reads_rows(cx, call, "postgresql_not_valid", &o))
    rule_report(cx, py_span(cx->tree, call),
                "`%.*s` cannot be used until all of its rows are checked; add it NOT "
                "VALID, and validate it in another transaction",
                STR_ARG(o.table));
}

static void check_unique(RuleCtx *cx, Ref call) {
  Operation o;
  if (reads_rows(cx, call, "postgresql_using_index", &o))
    rule_report(cx, py_span(cx->tree, call),
                "`%.*s` cannot be used until its index is made; make a unique index "
                "CONCURRENTLY, then the constraint USING INDEX",
                STR_ARG(o.table));
}

// ---- B115

static void check_default(RuleCtx *cx, Ref call) {
  static const char *const volatiles[] = {"gen_random_uuid", "uuid_generate_v",
                                          "random()", "clock_timestamp", "nextval"};
  Operation o;
  Ref column = 0, value = 0;
  if (!on_postgresql(cx) || !migration_pending(cx, call, &o))
    return;
  column = operation_argument(cx, &o, call, "column", 1);
  value = py_kind(cx->tree, column) == PY_CALL
              ? call_keyword(cx->tree, column, rule_atom(cx, "server_default"))
              : 0;
  for (size_t i = 0; value && i < ARRAY_LEN(volatiles); i++)
    if (str_find(py_text(cx->tree, value), str_from(volatiles[i]), 0) != SIZE_MAX) {
      rule_report(cx, py_span(cx->tree, value),
                  "a default that differs from row to row: all of `%.*s` is written anew "
                  "while nobody else may read it; add the column first, then the default",
                  STR_ARG(o.table));
      return;
    }
}

DEFINE_RULE(drop_constraint, "B104", "drop-constraint", CAT_ALEMBIC, SEVERITY_INFO,
            "op.drop_constraint() in upgrade() of the newest migration",
            "The database no longer keeps out what the constraint forbade, and "
            "downgrade() fails where such rows came in",
            .off = true, .on = {PY_CALL}, .names = RULE_NAMES("drop_constraint"),
            .check = check_drop);
DEFINE_RULE(set_not_null, "B106", "set-not-null-scan", CAT_ALEMBIC, SEVERITY_INFO,
            "alter_column(nullable=False) on PostgreSQL, in the newest migration",
            "The whole table is read under a lock that stops everybody else",
            .on = {PY_CALL}, .names = RULE_NAMES("alter_column"),
            .check = check_not_null);
DEFINE_RULE(alter_type, "B107", "alter-type-rewrite", CAT_ALEMBIC, SEVERITY_INFO,
            "alter_column(type_=) to another type on PostgreSQL, in the newest migration",
            "The table is written anew under a lock that stops everybody else",
            .on = {PY_CALL}, .names = RULE_NAMES("alter_column"), .check = check_type);
DEFINE_RULE(using_missing, "B108", "using-missing", CAT_ALEMBIC, SEVERITY_ERROR,
            "alter_column(type_=) without postgresql_using where PostgreSQL has no cast",
            "The statement is refused: column cannot be cast automatically",
            .on = {PY_CALL}, .names = RULE_NAMES("alter_column"), .check = check_using);
DEFINE_RULE(rename_column, "B109", "rename-column-or-table", CAT_ALEMBIC, SEVERITY_INFO,
            "A column or table renamed in the newest migration",
            "Code of the release before, which runs until all is deployed, fails",
            .on = {PY_CALL}, .names = RULE_NAMES("rename_table", "alter_column"),
            .check = check_rename);
DEFINE_RULE(
    create_index_locks, "B110", "create-index-not-concurrently", CAT_ALEMBIC,
    SEVERITY_INFO,
    "op.create_index() on a table with rows on PostgreSQL, in the newest migration",
    "The table takes no writes until the index is made", .on = {PY_CALL},
    .names = RULE_NAMES("create_index"), .check = check_index);
DEFINE_RULE(add_foreign_key, "B112", "add-fk-validates", CAT_ALEMBIC, SEVERITY_INFO,
            "op.create_foreign_key() on a table with rows on PostgreSQL, in the newest "
            "migration",
            "Both tables take no writes until every row is checked", .on = {PY_CALL},
            .names = RULE_NAMES("create_foreign_key"), .check = check_foreign_key);
DEFINE_RULE(add_check, "B113", "add-check-validates", CAT_ALEMBIC, SEVERITY_INFO,
            "op.create_check_constraint() on a table with rows on PostgreSQL, in the "
            "newest migration",
            "The table cannot be used until every row is checked", .on = {PY_CALL},
            .names = RULE_NAMES("create_check_constraint"), .check = check_check);
DEFINE_RULE(add_unique, "B114", "add-unique-constraint-lock", CAT_ALEMBIC, SEVERITY_INFO,
            "op.create_unique_constraint() on a table with rows on PostgreSQL, in the "
            "newest migration",
            "The table cannot be used until the index of the constraint is made",
            .on = {PY_CALL}, .names = RULE_NAMES("create_unique_constraint"),
            .check = check_unique);
DEFINE_RULE(volatile_default, "B115", "server-default-volatile", CAT_ALEMBIC,
            SEVERITY_INFO,
            "op.add_column() with a default that differs from row to row, on PostgreSQL",
            "PostgreSQL cannot note one value for all rows and writes the table anew",
            .on = {PY_CALL}, .names = RULE_NAMES("add_column"), .check = check_default);
