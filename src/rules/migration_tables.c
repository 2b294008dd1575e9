// B144: a table that is renamed by a drop and a create.
#include "rules/migration.h"

typedef struct {
  RuleCtx *cx;
  Str name;       // absent: any
  Ref create;     // create_table() of that name
  uint32_t count; // of create_table() and drop_table()
} Tables;

static bool visit_table(void *data, Ref r) {
  Tables *w = data;
  Operation o;
  if (py_kind(w->cx->tree, r) != PY_CALL || !migration_operation(w->cx, r, &o))
    return true;
  bool create = o.api == API_alembic_op_create_table;
  if (!create && o.api != API_alembic_op_drop_table)
    return true;
  w->count++;
  if (create && o.table.ptr && (!w->name.ptr || str_eq(o.table, w->name)))
    w->create = r;
  return true;
}

static Tables tables_in(RuleCtx *cx, Ref def, Str name) {
  Tables w = {.cx = cx, .name = name};
  rule_walk_body(cx, def, visit_table, &w);
  return w;
}

// The name of the column that an argument of create_table() is; absent for constraints.
static Str column_name(RuleCtx *cx, Ref argument) {
  return resolve_call_api(cx->resolver, cx->file_id, argument) == API_sqlalchemy_Column
             ? string_value(cx, call_positional(cx->tree, argument, 0))
             : (Str){0};
}

static bool has_column(RuleCtx *cx, Ref create, Str name) {
  for (uint32_t i = 1; i < call_positional_count(cx->tree, create); i++) {
    Str other = column_name(cx, call_positional(cx->tree, create, i));
    if (other.ptr && str_eq(other, name))
      return true;
  }
  return false;
}

// How many columns of `a` there are; 0 where `b` lacks one of them.
static uint32_t shared_columns(RuleCtx *cx, Ref a, Ref b) {
  uint32_t count = 0;
  for (uint32_t i = 1; i < call_positional_count(cx->tree, a); i++) {
    Str name = column_name(cx, call_positional(cx->tree, a, i));
    if (name.ptr && !has_column(cx, b, name))
      return 0;
    count += name.ptr != NULL;
  }
  return count;
}

static void check(RuleCtx *cx, Ref call) {
  enum {
    LEAST = 3 // columns: an id and a name are in many tables
  };
  Operation o;
  if (!migration_operation(cx, call, &o) || !o.upgrades || !o.table.ptr ||
      !o.script.downgrade || !migration_is_head(cx))
    return;
  Tables now = tables_in(cx, o.script.upgrade, (Str){0});
  Tables before = tables_in(cx, o.script.downgrade, o.table);
  if (now.count != 2 || before.count != 2 || !now.create || !before.create)
    return;
  uint32_t shared = shared_columns(cx, now.create, before.create);
  if (shared < LEAST || shared != shared_columns(cx, before.create, now.create))
    return;
  Str name = string_value(cx, call_positional(cx->tree, now.create, 0));
  rule_report(
      cx, py_span(cx->tree, call),
      "`%.*s` goes and `%.*s` with the same columns comes: if it is only renamed, "
      "its rows are lost; use op.rename_table()",
      STR_ARG(o.table), STR_ARG(name));
}

const Rule rule_migration_tables = {
    .code = "B144",
    .name = "table-rename-as-drop-create",
    .category = CAT_ALEMBIC,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "A table dropped and another of its columns created in the newest migration",
    .why = "Autogenerate cannot see a rename: the rows of the table are lost",
    .on = {PY_CALL},
    .names = RULE_NAMES("drop_table"),
    .check = check,
};
