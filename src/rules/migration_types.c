// B127, B128, B131: types that a script makes twice or never, values of an enum that it
// uses too early, and columns that MySQL has to be told of whole.
#include "project/detect.h"
#include "rules/loaded.h"
#include "rules/migration.h"

// The name of the type that PostgreSQL has for an Enum, also where a name holds it;
// absent for other types, and where the Enum says itself whether the type is made.
static Str enum_name(RuleCtx *cx, Ref type) {
  const PyTree *t = cx->tree;
  if (py_kind(t, type) == PY_NAME)
    type = assigned_once(cx, rule_symbol(cx, type));
  if (py_kind(t, type) != PY_CALL)
    return (Str){0};
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, type);
  Str cls = api ? api_last_name(api) : STR("");
  if ((!str_is(cls, "Enum") && !str_is(cls, "ENUM")) || call_has_stars(t, type) ||
      call_keyword_node(t, type, rule_atom(cx, "create_type")) ||
      call_keyword_node(t, type, rule_atom(cx, "native_enum")))
    return (Str){0};
  return string_value(cx, call_keyword(t, type, rule_atom(cx, "name")));
}

// ---- B127

typedef struct {
  RuleCtx *cx;
  Str name;
  uint32_t before;
  bool by_create; // `kind.create(bind)`
  bool by_table;  // op.create_table() with it
  bool open;      // something else may make it
} Making;

static bool visit_making(void *data, Ref r) {
  Making *m = data;
  RuleCtx *cx = m->cx;
  const PyTree *t = cx->tree;
  PyKind kind = py_kind(t, r);
  Str text = kind == PY_STR || kind == PY_JOINED_STR ? py_text(t, r) : STR("");
  m->open = m->open || str_find(text, STR("CREATE TYPE"), 0) != SIZE_MAX ||
            str_find(text, STR("create type"), 0) != SIZE_MAX;
  if (kind != PY_CALL || py_node(t, r)->start >= m->before)
    return true;
  if (str_is(call_method_text(cx, r), "create")) {
    Str made = enum_name(cx, call_receiver(t, r));
    m->open = m->open || !made.ptr;
    m->by_create = m->by_create || (made.ptr && str_eq(made, m->name));
  }
  if (resolve_call_api(cx->resolver, cx->file_id, r) == API_alembic_op_create_table)
    for (uint32_t i = 1; i < call_positional_count(t, r); i++) {
      Ref column = call_positional(t, r, i);
      Ref type = py_kind(t, column) == PY_CALL ? call_positional(t, column, 1) : 0;
      Str made = type ? enum_name(cx, type) : (Str){0};
      m->by_table = m->by_table || (made.ptr && str_eq(made, m->name));
    }
  return true;
}

static Making who_makes(RuleCtx *cx, Ref root, Str name, uint32_t before) {
  Making m = {.cx = cx, .name = name, .before = before};
  PyVisitor v = {.enter = visit_making, .data = &m};
  py_walk(cx->tree, root, &v);
  return m;
}

static void check_table(RuleCtx *cx, const Operation *o, Ref call) {
  const PyTree *t = cx->tree;
  for (uint32_t i = 1; i < call_positional_count(t, call); i++) {
    Ref column = call_positional(t, call, i);
    Ref type = py_kind(t, column) == PY_CALL ? call_positional(t, column, 1) : 0;
    Str name = type ? enum_name(cx, type) : (Str){0};
    if (!name.ptr)
      continue;
    Making m = who_makes(cx, o->script.upgrade, name, py_node(t, call)->start);
    if (m.by_create)
      rule_report(cx, py_span(t, type),
                  "the type `%.*s` was made above, and create_table() makes it again: "
                  "DuplicateObject; leave create() out, or say "
                  "postgresql.ENUM(..., create_type=False)",
                  STR_ARG(name));
  }
}

static void check_column(RuleCtx *cx, const Operation *o, Ref call) {
  const PyTree *t = cx->tree;
  Ref column = operation_argument(cx, o, call, "column", 1);
  Ref type = py_kind(t, column) == PY_CALL ? call_positional(t, column, 1) : 0;
  Str name = type ? enum_name(cx, type) : (Str){0};
  if (!name.ptr || migration_others_hold(cx, name))
    return;
  Making m = who_makes(cx, t->root, name, UINT32_MAX);
  if (!m.by_create && !m.by_table && !m.open)
    rule_report(cx, py_span(t, type),
                "add_column() does not make the type `%.*s`, and no script does: "
                "UndefinedObject; call its create(op.get_bind()) before",
                STR_ARG(name));
}

static void check_enum(RuleCtx *cx, Ref call) {
  Operation o;
  if (!(cx->databases & DETECTED_POSTGRESQL) || !migration_operation(cx, call, &o) ||
      !o.upgrades)
    return;
  if (o.api == API_alembic_op_create_table)
    check_table(cx, &o, call);
  else
    check_column(cx, &o, call);
}

// ---- B128

// `value` of ALTER TYPE name ADD VALUE 'value'; absent for other SQL.
static Str added_value(Str sql) {
  size_t at = str_find(sql, STR("ADD VALUE"), 0);
  if (at == SIZE_MAX)
    at = str_find(sql, STR("add value"), 0);
  size_t open = at == SIZE_MAX ? at : str_find_char(sql, '\'', at);
  size_t close = open == SIZE_MAX ? open : str_find_char(sql, '\'', open + 1);
  return close == SIZE_MAX ? (Str){0} : str_slice(sql, open + 1, close);
}

typedef struct {
  RuleCtx *cx;
  Str value, quoted;
  uint32_t after;
  Ref used;
} EarlyUse;

static bool visit_use(void *data, Ref r) {
  EarlyUse *u = data;
  RuleCtx *cx = u->cx;
  const PyTree *t = cx->tree;
  if (u->used)
    return false;
  if (py_kind(t, r) == PY_CALL) { // the type itself names its values
    ApiId api = resolve_call_api(cx->resolver, cx->file_id, r);
    Str cls = api ? api_last_name(api) : STR("");
    if (str_is(cls, "Enum") || str_is(cls, "ENUM"))
      return false;
  }
  if (py_kind(t, r) != PY_STR || py_node(t, r)->start < u->after)
    return true;
  Str text = string_value(cx, r);
  bool whole = text.ptr && str_eq(text, u->value);
  if (whole ||
      (text.ptr && str_find(text, u->quoted, 0) != SIZE_MAX && !added_value(text).ptr))
    u->used = r;
  return true;
}

static void check_value(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref sql = call_positional(t, call, 0);
  if (resolve_call_api(cx->resolver, cx->file_id, sql) == API_sqlalchemy_text)
    sql = call_positional(t, sql, 0);
  Str text = sql ? string_value(cx, sql) : (Str){0};
  Str value = text.ptr ? added_value(text) : (Str){0};
  Operation o;
  if (!value.len || !migration_operation(cx, call, &o) || !o.upgrades ||
      migration_leaves_transaction(cx, call, o.script.upgrade))
    return;
  EarlyUse u = {.cx = cx,
                .value = value,
                .quoted = str_format(cx->scratch, "'%.*s'", STR_ARG(value)),
                .after = py_node(t, call)->end};
  rule_walk_body(cx, o.script.upgrade, visit_use, &u);
  if (u.used)
    rule_report(cx, py_span(t, u.used),
                "PostgreSQL refuses '%.*s' until the transaction that added it is "
                "committed; add it in `with op.get_context().autocommit_block():`",
                STR_ARG(value));
}

// ---- B131

static void check_existing(RuleCtx *cx, Ref call) {
  static const char *const types[] = {"existing_type", "type_"};
  static const char *const whole[] = {"nullable", "new_column_name", "comment",
                                      "autoincrement", "name"};
  const PyTree *t = cx->tree;
  Operation o;
  if (cx->databases != DETECTED_MYSQL || call_has_stars(t, call))
    return;
  for (size_t i = 0; i < ARRAY_LEN(types); i++)
    if (call_keyword_node(t, call, rule_atom(cx, types[i])))
      return;
  Ref changed = 0;
  for (size_t i = 0; i < ARRAY_LEN(whole); i++)
    if (!changed)
      changed = call_keyword_node(t, call, rule_atom(cx, whole[i]));
  if (changed && migration_operation(cx, call, &o))
    rule_report(
        cx, py_span(t, changed),
        "MySQL is told the whole column when it changes: CommandError; say "
        "existing_type=, and existing_nullable= and existing_server_default= where "
        "they are to stay");
}

DEFINE_RULE(enum_made_twice, "B127", "enum-double-create", CAT_ALEMBIC, SEVERITY_ERROR,
            "An enum type of PostgreSQL that a migration makes twice, or not at all",
            "create_table() makes the types of its columns, add_column() does not: "
            "DuplicateObject or UndefinedObject is raised",
            .on = {PY_CALL}, .names = RULE_NAMES("create_table", "add_column"),
            .check = check_enum);
DEFINE_RULE(enum_value_in_transaction, "B128", "enum-add-value-in-tx", CAT_ALEMBIC,
            SEVERITY_ERROR, "A value added to an enum and used in the same transaction",
            "UnsafeNewEnumValueUsage is raised: new values must be committed before they "
            "are used",
            .on = {PY_CALL}, .names = RULE_NAMES("execute"), .check = check_value);
DEFINE_RULE(existing_type_missing, "B131", "mysql-alter-missing-existing-type",
            CAT_ALEMBIC, SEVERITY_ERROR,
            "alter_column() without existing_type= in a project on MySQL",
            "CommandError is raised: all MySQL CHANGE/MODIFY COLUMN operations require "
            "the existing type",
            .on = {PY_CALL}, .names = RULE_NAMES("alter_column"),
            .check = check_existing);
