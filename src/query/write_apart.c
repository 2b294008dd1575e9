// write_apart.c: subqueries: what a column is compared with, and conditions on aggregates
// over related rows, each as one of its own:
// `select(func.count()).select_from(Order).where(...).scalar_subquery() < 3`. No join
// multiplies rows, and rows without any are counted as 0.
#include "query/write_internal.h"

static void text_add(Buf *out, const char *head, Str argument) {
  buf_printf(out, "%s(%.*s)", head, STR_ARG(argument));
}

// The aggregate over the rows behind `plan`, with the conditions of its scope.
static bool subquery(Writer *w, Item item, const JoinPlan *plan, uint8_t scope,
                     Str *out) {
  Str link, list[MAX_CONDITIONS + 1];
  if (!join_condition(w, plan->steps[0], &link))
    return false;
  Buf code = {0};
  add_import(w, "sqlalchemy", STR("select"));
  text_add(&code, "select", item_code(w, item));
  if (item.kind == ITEM_COUNT || plan->count > 1)
    text_add(&code, ".select_from", table_code(w, plan->steps[0].to));
  bool done = true;
  for (uint32_t i = 1; i < plan->count && done; i++) {
    Str on, table = table_code(w, plan->steps[i].to);
    done = join_condition(w, plan->steps[i], &on);
    if (done)
      buf_printf(&code, ".join(%.*s, %.*s)", STR_ARG(table), STR_ARG(on));
  }
  uint32_t n = where_code(w, w->m->conditions, w->m->condition_count, scope, list);
  text_add(&code, ".where", link);
  for (uint32_t i = 0; i < n; i++)
    text_add(&code, ".where", list[i]);
  text_add(&code, ".correlate", table_code(w, w->m->root));
  buf_add_text(&code, ".scalar_subquery()");
  *out = str_copy(w->arena, buf_str(&code));
  buf_free(&code);
  return done;
}

bool apart_code(Writer *w, Call *where) {
  static const char *const ops[] = {"==", "!=", ">", ">=", "<", "<="};
  for (uint32_t i = 0; i < w->m->having_count; i++) {
    const Condition *c = &w->m->having[i];
    int16_t way[2] = {w->m->root, c->left.table};
    JoinPlan plan = joins_plan(w->s, w->m, way, 2);
    Str rows, code;
    if (!plan.connected || !plan.count ||
        !subquery(w, c->left, &plan, (uint8_t)(SCOPE_APART + i), &rows))
      return false;
    if (c->op == OP_BETWEEN) {
      Str low = value_code(w, c->left, OP_GE, &c->value);
      Str high = value_code(w, c->left, OP_LE, &c->high);
      code = str_format(w->arena, "%.*s.between(%.*s, %.*s)", STR_ARG(rows), STR_ARG(low),
                        STR_ARG(high));
    } else if (c->op <= OP_LE) {
      Str value = value_code(w, c->left, (Op)c->op, &c->value);
      code =
          str_format(w->arena, "%.*s %s %.*s", STR_ARG(rows), ops[c->op], STR_ARG(value));
    } else {
      return false;
    }
    if (c->or_ && where->count) {
      Str *last = &where->arguments[where->count - 1];
      add_import(w, "sqlalchemy", STR("or_"));
      *last = str_format(w->arena, "or_(%.*s, %.*s)", STR_ARG(*last), STR_ARG(code));
    } else {
      call_add(where, code);
    }
  }
  return true;
}

// ---- What a column is compared with

// The value that another row of the table has, in a subquery that knows no outer row.
Str same_code(Writer *w, const Condition *c) {
  Str own = column_code(w, c->left), name = column_code(w, c->right);
  if (!c->value.kind) { // any row of another table
    add_import(w, "sqlalchemy", STR("select"));
    return str_format(w->arena, "%.*s.%s(select(%.*s))", STR_ARG(own),
                      c->op == OP_NE ? "not_in" : "in_", STR_ARG(name));
  }
  Str value = value_code(w, c->right, OP_EQ, &c->value);
  add_import(w, "sqlalchemy", STR("select"));
  return str_format(w->arena, "%.*s.%s(select(%.*s).where(%.*s == %.*s).correlate(None))",
                    STR_ARG(own), c->op == OP_NE ? "not_in" : "in_", STR_ARG(own),
                    STR_ARG(name), STR_ARG(value));
}

// The joins and conditions of the rows that an aggregate is over.
static Str inner_code(Writer *w, int table) {
  int16_t tables[MAX_TABLES] = {(int16_t)table};
  uint32_t n = 1, count;
  Str list[MAX_CONDITIONS + 1], on;
  Buf code = {0};
  for (uint32_t i = 0; i < w->m->condition_count && n < MAX_TABLES; i++)
    if (w->m->conditions[i].scope == SCOPE_INNER)
      tables[n++] = w->m->conditions[i].left.table;
  JoinPlan plan = joins_plan(w->s, w->m, tables, n);
  for (uint32_t i = 0; i < plan.count; i++)
    if (join_condition(w, plan.steps[i], &on)) {
      Str to = table_code(w, plan.steps[i].to);
      buf_printf(&code, ".join(%.*s, %.*s)", STR_ARG(to), STR_ARG(on));
    }
  count = where_code(w, w->m->conditions, w->m->condition_count, SCOPE_INNER, list);
  for (uint32_t i = 0; i < count; i++)
    buf_printf(&code, ".where(%.*s)", STR_ARG(list[i]));
  if (count) // the rows of the query around it are others
    buf_add_text(&code, ".correlate(None)");
  Str out = str_copy(w->arena, buf_str(&code));
  buf_free(&code);
  return out;
}

// The aggregate over the rows that have the same value of a column as the row itself.
static Str peer_code(Writer *w, const Condition *c) {
  static const char *const aggs[] = {"", "avg", "sum", "max", "min", "count"};
  Str table = table_code(w, c->right.table), own = column_code(w, c->within);
  const QTable *t = &w->s->tables[c->right.table];
  const QColumn *of = &t->columns[c->right.column], *by = &t->columns[c->within.column];
  add_import(w, "sqlalchemy", STR("select"));
  add_import(w, "sqlalchemy", STR("func"));
  if (!w->options.core)
    add_import(w, "sqlalchemy.orm", STR("aliased"));
  Str alias = str_format(w->arena, w->options.core ? "%.*s.alias()" : "aliased(%.*s)",
                         STR_ARG(table));
  Str peer = add_local(w, "peer", alias);
  if (w->options.core)
    peer = str_format(w->arena, "%.*s.c", STR_ARG(peer));
  return str_format(
      w->arena, "select(func.%s(%.*s.%.*s)).where(%.*s.%.*s == %.*s).scalar_subquery()",
      aggs[c->right.agg], STR_ARG(peer), STR_ARG(w->options.core ? of->name : of->attr),
      STR_ARG(peer), STR_ARG(w->options.core ? by->name : by->attr), STR_ARG(own));
}

Str side_code(Writer *w, const Condition *c) {
  if (c->within.kind)
    return peer_code(w, c);
  Str code = item_code(w, c->right), inner = inner_code(w, c->right.table);
  if (c->side == SIDE_COLUMN)
    return code;
  add_import(w, "sqlalchemy", STR("select"));
  return str_format(w->arena, "select(%.*s)%.*s.scalar_subquery()", STR_ARG(code),
                    STR_ARG(inner));
}
