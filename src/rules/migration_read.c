// migration_read.c: operations of scripts as rules ask about them.
#include "rules/migration.h"

// The call that made `batch` in `with op.batch_alter_table("t") as batch:`.
static Ref batch_of(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  uint32_t symbol = rule_symbol(cx, call_receiver(t, call));
  if (symbol == NO_SYMBOL)
    return 0;
  for (Ref p = rule_parent(cx, call); p; p = rule_parent(cx, p)) {
    PyRefs items = py_kind(t, p) == PY_WITH ? py_list(t, PY_AS(With, t, p)->items)
                                            : (PyRefs){NULL, 0};
    for (uint32_t i = 0; i < items.len; i++) {
      const PyWithItem *item = PY_AS(WithItem, t, items.at[i]);
      if (rule_symbol(cx, item->vars) == symbol &&
          resolve_call_api(cx->resolver, cx->file_id, item->context) ==
              API_alembic_op_batch_alter_table)
        return item->context;
    }
  }
  return 0;
}

static const struct {
  const char *name;
  ApiId api;
  uint8_t table; // position of the table's name
} operations[] = {
    {"add_column", API_alembic_op_add_column, 0},
    {"alter_column", API_alembic_op_alter_column, 0},
    {"create_check_constraint", API_alembic_op_create_check_constraint, 1},
    {"create_foreign_key", API_alembic_op_create_foreign_key, 1},
    {"create_index", API_alembic_op_create_index, 1},
    {"create_primary_key", API_alembic_op_create_primary_key, 1},
    {"create_table", API_alembic_op_create_table, 0},
    {"create_unique_constraint", API_alembic_op_create_unique_constraint, 1},
    {"drop_column", API_alembic_op_drop_column, 0},
    {"drop_constraint", API_alembic_op_drop_constraint, 1},
    {"drop_index", API_alembic_op_drop_index, 1},
    {"drop_table", API_alembic_op_drop_table, 0},
    {"execute", API_alembic_op_execute, 0},
    {"rename_table", API_alembic_op_rename_table, 0},
};

bool migration_operation(RuleCtx *cx, Ref call, Operation *out) {
  *out = (Operation){0};
  Str method = call_method_text(cx, call);
  for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
    if (!str_is(method, operations[i].name))
      continue;
    out->api = operations[i].api;
    if (resolve_call_api(cx->resolver, cx->file_id, call) != out->api &&
        !(out->batch = batch_of(cx, call)))
      return false;
    if (!migration_read(cx, cx->file, &out->script))
      return false;
    Ref holder = out->batch ? out->batch : call;
    uint32_t at = out->batch ? 0 : operations[i].table;
    Ref table = call_argument(cx->tree, holder, rule_atom(cx, "table_name"), at);
    if (!table)
      table = call_keyword(cx->tree, holder, rule_atom(cx, "source_table"));
    out->table = string_value(cx, table);
    out->upgrades = enclosing_function(cx, call) == out->script.upgrade;
    return true;
  }
  return false;
}

Ref operation_argument(RuleCtx *cx, const Operation *o, Ref call, const char *name,
                       uint32_t index) {
  Ref value = call_keyword(cx->tree, call, rule_atom(cx, name));
  if (value || (o->batch && !index))
    return value;
  return call_positional(cx->tree, call, o->batch ? index - 1 : index);
}

bool migration_pending(RuleCtx *cx, Ref call, Operation *out) {
  return migration_operation(cx, call, out) && out->upgrades && out->table.ptr &&
         !migration_creates_table(cx, out->table) && migration_is_head(cx);
}
