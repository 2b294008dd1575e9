// write_extras.c: the newest rows of each group, trees, pages, eager loading.
#include "query/write_internal.h"

static Str key_code(Writer *w, int table) {
  int key = w->s->tables[table].key_column;
  return key < 0
             ? STR("")
             : column_code(w, (Item){ITEM_COLUMN, 0, 0, (int16_t)table, (int16_t)key});
}

bool eager_call(Writer *w, Call *call) {
  const Meaning *m = w->m;
  if (w->options.core || m->outputs[0].kind != ITEM_ENTITY ||
      m->outputs[0].table != m->root) // there is nothing to load into
    return false;
  call->head = STR(".options");
  for (uint32_t i = 0; i < m->eager_count; i++) {
    int16_t tables[2] = {m->root, m->eager[i]};
    JoinPlan plan = joins_plan(w->s, w->m, tables, 2);
    Buf code = {0};
    for (uint32_t k = 0; k < plan.count; k++) {
      Str attr = joins_attribute(w->s, plan.steps[k]);
      const char *how =
          joins_to_many(w->s, plan.steps[k]) ? "selectinload" : "joinedload";
      if (!attr.len) {
        buf_free(&code);
        return false;
      }
      if (!k)
        add_import(w, "sqlalchemy.orm", str_from(how));
      import_class(w, plan.steps[k].from);
      buf_printf(&code, "%s%s(%.*s.%.*s)", k ? "." : "", how,
                 STR_ARG(w->s->tables[plan.steps[k].from].cls), STR_ARG(attr));
    }
    call_add(call, str_copy(w->arena, buf_str(&code)));
    buf_free(&code);
  }
  return true;
}

// Rows are told apart by the key where no order was asked for.
void page_calls(Writer *w, Call *calls, uint32_t *n) {
  const Meaning *m = w->m;
  Str key = key_code(w, m->root);
  if (!m->order_count && key.len) {
    calls[*n].head = STR(".order_by");
    call_add(&calls[(*n)++], key);
  }
  if (m->page == PAGE_KEYSET) {
    Str size = add_parameter(w, STR("per_page"), STR("int"), STR("20"));
    calls[*n].head = STR(".limit");
    call_add(&calls[(*n)++], size);
    return;
  }
  add_parameter(w, STR("page"), STR("int"), STR("1"));
  add_parameter(w, STR("per_page"), STR("int"), STR("20"));
  calls[*n].head = STR(".limit");
  call_add(&calls[(*n)++], STR("per_page"));
  calls[*n].head = STR(".offset");
  call_add(&calls[(*n)++], STR("(page - 1) * per_page"));
}

// Pages behind a key: the rows after the last one seen, in the order of the query.
void keyset_code(Writer *w, Buf *body) {
  const Meaning *m = w->m;
  const QTable *t = &w->s->tables[m->root];
  Item key = {ITEM_COLUMN, 0, 0, m->root, (int16_t)t->key_column};
  Str code = key_code(w, m->root), type = python_type(w, key);
  bool down = m->order_count && m->orders[0].direction == DESCENDING;
  if (!m->order_count || m->orders[0].item.table != m->root) {
    Str after = add_parameter(
        w, STR("after"), str_format(w->arena, "%.*s | None", STR_ARG(type)), STR("None"));
    buf_printf(body, "    if %.*s is not None:\n        stmt = stmt.where(%.*s > %.*s)\n",
               STR_ARG(after), STR_ARG(code), STR_ARG(after));
    return;
  }
  Item item = m->orders[0].item;
  add_import(w, "sqlalchemy", STR("tuple_"));
  Str after = add_parameter(w, STR("after"),
                            str_format(w->arena, "tuple[%.*s, %.*s] | None",
                                       STR_ARG(python_type(w, item)), STR_ARG(type)),
                            STR("None"));
  buf_printf(body,
             "    stmt = stmt.order_by(%.*s%s)\n    if %.*s is not None:\n"
             "        stmt = stmt.where(tuple_(%.*s, %.*s) %c %.*s)\n",
             STR_ARG(code), down ? ".desc()" : "", STR_ARG(after),
             STR_ARG(column_code(w, item)), STR_ARG(code), down ? '<' : '>',
             STR_ARG(after));
}

// What the rows are numbered within: the foreign key where it stands on the rows' table.
static Str partition_code(Writer *w, Item group, int table) {
  if (group.kind != ITEM_ENTITY)
    return column_code(w, group);
  for (uint32_t e = 0; e < w->s->edge_count; e++) {
    const QEdge *x = &w->s->edges[e];
    if (x->a == table && x->b == group.table && x->column_a >= 0 &&
        qschema_column(w->s, table, x->column_a)->foreign_key)
      return column_code(w,
                         (Item){ITEM_COLUMN, 0, 0, (int16_t)table, (int16_t)x->column_a});
    if (x->b == table && x->a == group.table && x->column_b >= 0 &&
        qschema_column(w->s, table, x->column_b)->foreign_key)
      return column_code(w,
                         (Item){ITEM_COLUMN, 0, 0, (int16_t)table, (int16_t)x->column_b});
  }
  return STR("");
}

bool per_group_code(Writer *w, Buf *body) {
  const Meaning *m = w->m;
  int table = m->outputs[0].table;
  Str key = key_code(w, table), partition = partition_code(w, m->groups[0], table);
  if (!key.len || !partition.len)
    return false;
  for (uint32_t i = 0; i < m->output_count; i++)
    if (m->outputs[i].table != table)
      return false;
  Call *calls = arena_array(w->arena, Call, MAX_CALLS);
  uint32_t n = 0;
  add_import(w, "sqlalchemy", STR("func"));
  add_import(w, "sqlalchemy", STR("select"));
  Buf order = {0};
  for (uint32_t i = 0; i < m->order_count; i++)
    buf_printf(&order, "%s%.*s%s", i ? ", " : "",
               STR_ARG(item_code(w, m->orders[i].item)),
               m->orders[i].direction == DESCENDING ? ".desc()" : "");
  Call over = {.head = STR("position = func.row_number().over")};
  call_add(&over, str_format(w->arena, "partition_by=%.*s", STR_ARG(partition)));
  call_add(&over,
           str_format(w->arena, m->order_count > 1 ? "order_by=[%.*s]" : "order_by=%.*s",
                      STR_ARG(buf_str(&order))));
  buf_free(&order);
  chain_write(body, STR(""), &over, 1, 4);
  calls[n].head = STR("select");
  call_add(&calls[n], str_format(w->arena, "%.*s.label(\"key\")", STR_ARG(key)));
  call_add(&calls[n++], STR("position.label(\"position\")"));
  calls[n].head = STR(".where");
  for (uint32_t i = 0; i < m->condition_count; i++) {
    Str code = condition_code(w, &m->conditions[i]);
    if (m->conditions[i].left.table != table &&
        !through_code(w, table, m->conditions[i].left.table, code, &code))
      return false;
    call_add(&calls[n], code);
  }
  n += calls[n].count > 0;
  calls[n++].head = STR(".subquery");
  chain_write(body, STR("ranked = "), calls, n, 4);
  memset(calls, 0, MAX_CALLS * sizeof *calls);
  n = 0;
  calls[n].head = STR("select");
  for (uint32_t i = 0; i < m->output_count; i++)
    call_add(&calls[n], item_code(w, m->outputs[i]));
  calls[++n].head = STR(".join");
  call_add(&calls[n], STR("ranked"));
  call_add(&calls[n], str_format(w->arena, "%.*s == ranked.c.key", STR_ARG(key)));
  calls[++n].head = STR(".where");
  Str limit = add_parameter(w, STR("limit"), STR("int"),
                            str_format(w->arena, "%d", (int)m->limit));
  call_add(&calls[n++],
           str_format(w->arena, "ranked.c.position <= %.*s", STR_ARG(limit)));
  if (m->eager_count && !eager_call(w, &calls[n++]))
    return false;
  calls[n].head = STR(".order_by");
  call_add(&calls[n], partition);
  call_add(&calls[n++], STR("ranked.c.position"));
  chain_write(body, STR("stmt = "), calls, n, 4);
  return true;
}

bool tree_code(Writer *w, Buf *body) {
  const Meaning *m = w->m;
  const QTable *t = &w->s->tables[m->root];
  int parent = -1;
  for (uint32_t e = 0; e < w->s->edge_count; e++)
    if (w->s->edges[e].a == m->root && w->s->edges[e].b == m->root &&
        !w->s->edges[e].secondary) {
      int column = w->s->edges[e].column_a;
      parent = column >= 0 && t->columns[column].foreign_key ? column
                                                             : w->s->edges[e].column_b;
    }
  Str key = key_code(w, m->root);
  if (parent < 0 || !key.len || m->output_count != 1 || m->outputs[0].kind != ITEM_ENTITY)
    return false;
  Str up = column_code(w, (Item){ITEM_COLUMN, 0, 0, m->root, (int16_t)parent});
  add_import(w, "sqlalchemy", STR("select"));
  Str start[MAX_CONDITIONS + 1];
  uint32_t count = where_code(w, m->conditions, m->condition_count, 0, start);
  if (!count) {
    Item item = {ITEM_COLUMN, 0, 0, m->root, (int16_t)t->key_column};
    Str name = add_parameter(
        w, str_format(w->arena, "%.*s_id", STR_ARG(snake_name(w->arena, t->cls))),
        python_type(w, item), STR(""));
    start[count++] = str_format(w->arena, "%.*s == %.*s", STR_ARG(key), STR_ARG(name));
  }
  Call calls[3] = {
      {.head = STR("select")}, {.head = STR(".where")}, {.head = STR(".cte")}};
  call_add(&calls[0], str_format(w->arena, "%.*s.label(\"key\")", STR_ARG(key)));
  call_add(&calls[0], str_format(w->arena, "%.*s.label(\"parent\")", STR_ARG(up)));
  for (uint32_t i = 0; i < count; i++)
    call_add(&calls[1], start[i]);
  call_add(&calls[2], STR("\"tree\""));
  call_add(&calls[2], STR("recursive=True"));
  chain_write(body, STR("tree = "), calls, 3, 4);
  Call next[2] = {{.head = STR("select")}, {.head = STR(".join")}};
  call_add(&next[0], key);
  call_add(&next[0], up);
  call_add(&next[1], STR("tree"));
  call_add(&next[1], m->tree == TREE_DOWN
                         ? str_format(w->arena, "%.*s == tree.c.key", STR_ARG(up))
                         : str_format(w->arena, "%.*s == tree.c.parent", STR_ARG(key)));
  chain_write(body, STR("more = "), next, 2, 4);
  buf_add_text(body, "    tree = tree.union(more)  # UNION also ends a circle\n");
  Call last[4] = {{.head = STR("select")}, {.head = STR(".join")}};
  uint32_t n = 2;
  call_add(&last[0], table_code(w, m->root));
  call_add(&last[1], STR("tree"));
  call_add(&last[1], str_format(w->arena, "%.*s == tree.c.key", STR_ARG(key)));
  if (m->beyond) {
    Buf first = {0};
    buf_printf(&first, "%.*s.not_in(select(%.*s).where(", STR_ARG(key), STR_ARG(key));
    for (uint32_t i = 0; i < count; i++)
      buf_printf(&first, "%s%.*s", i ? ", " : "", STR_ARG(start[i]));
    buf_add_text(&first, "))");
    last[n].head = STR(".where");
    call_add(&last[n++], str_copy(w->arena, buf_str(&first)));
    buf_free(&first);
  }
  last[n].head = STR(".order_by");
  call_add(&last[n++], key);
  chain_write(body, STR("stmt = "), last, n, 4);
  return true;
}
