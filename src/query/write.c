// write.c: a select as code.
#include "query/write_internal.h"

static bool is_counting(Item i) {
  return i.kind == ITEM_COUNT || i.agg;
}

static Str one_row_type(Writer *w, const Meaning *m) {
  bool whole = false; // a Table's columns lie flat in the row
  for (uint32_t i = 0; i < m->output_count; i++)
    whole |= w->options.core && m->outputs[i].kind == ITEM_ENTITY;
  if (whole)
    return python_type(w, (Item){.kind = ITEM_ENTITY});
  if (meaning_width(m) == 1)
    return python_type(w, m->outputs[0]);
  Buf type = {0};
  buf_add_text(&type, "Row[tuple[");
  for (uint32_t i = 0; i < m->output_count; i++) {
    buf_add_text(&type, i ? ", " : "");
    buf_add_str(&type, python_type(w, m->outputs[i]));
  }
  if (m->window.kind)
    buf_printf(&type, ", %.*s", STR_ARG(window_type(w)));
  buf_add_text(&type, m->label.used ? ", str]]" : "]]");
  add_import(w, "sqlalchemy", STR("Row"));
  Str out = str_copy(w->arena, buf_str(&type));
  buf_free(&type);
  return out;
}

static bool single_value(const Meaning *m) {
  if (meaning_width(m) > m->output_count)
    return false;
  for (uint32_t i = 0; i < m->output_count; i++)
    if (!is_counting(m->outputs[i]))
      return false;
  return !m->group_count && m->output_count > 0;
}

static bool add_joins(Writer *w, const JoinPlan *plan, Call *calls, uint32_t *n) {
  for (uint32_t i = 0; i < plan->count && *n < MAX_CALLS; i++) {
    JoinStep step = plan->steps[i];
    Str attr = joins_attribute(w->s, step), condition;
    Call *c = &calls[(*n)++];
    c->head = w->m->outer ? STR(".outerjoin") : STR(".join");
    if (attr.len && !w->options.core) {
      import_class(w, step.from);
      import_class(w, step.to);
      call_add(c, str_format(w->arena, "%.*s.%.*s", STR_ARG(w->s->tables[step.from].cls),
                             STR_ARG(attr)));
      continue;
    }
    if (!join_condition(w, step, &condition))
      return false;
    call_add(c, table_code(w, step.to));
    call_add(c, condition);
  }
  return true;
}

// The row above, under a name of its own; those without one are left where only outputs
// are of it.
static bool add_self_join(Writer *w, const Meaning *m, Call *calls, uint32_t *n) {
  uint8_t via = 0;
  bool needed = false;
  for (uint32_t i = 0; i < m->output_count; i++)
    via = m->outputs[i].via ? m->outputs[i].via : via;
  for (uint32_t i = 0; i < m->order_count; i++)
    via = m->orders[i].item.via ? m->orders[i].item.via : via;
  for (uint32_t i = 0; i < m->condition_count; i++) {
    const Condition *c = &m->conditions[i];
    uint8_t by = c->op == OP_ROWS ? 0 : c->left.via ? c->left.via : c->right.via;
    if (c->op == OP_ROWS &&
        (w->options.core || !self_attribute(w->s, c->right.via, true).len))
      return false;
    needed |= by != 0;
    via = by ? by : via;
  }
  if (!via)
    return true;
  Str attr = self_attribute(w->s, via, false);
  int table = w->s->edges[via - 1].a;
  if (!attr.len || w->options.core)
    return false;
  Str cls = table_code(w, table);
  add_import(w, "sqlalchemy.orm", STR("aliased"));
  add_setup(w, str_format(w->arena, "%.*s = aliased(%.*s)", STR_ARG(attr), STR_ARG(cls)));
  Call *c = &calls[(*n)++];
  c->head = needed ? STR(".join") : STR(".outerjoin");
  call_add(c, str_format(w->arena, "%.*s.%.*s.of_type(%.*s)", STR_ARG(cls), STR_ARG(attr),
                         STR_ARG(attr)));
  return true;
}

static void add_groups(Writer *w, const Meaning *m, Call *calls, uint32_t *n) {
  if (!m->group_count)
    return;
  Call *c = &calls[(*n)++];
  c->head = STR(".group_by");
  for (uint32_t i = 0; i < m->group_count; i++) {
    Item g = m->groups[i];
    if (g.kind != ITEM_ENTITY) {
      call_add(c, g.part ? item_code(w, g) : column_code(w, g));
      continue;
    }
    const QTable *t = &w->s->tables[g.table];
    for (uint32_t k = 0; k < t->column_count; k++)
      if (t->columns[k].primary_key)
        call_add(c, column_code(w, (Item){ITEM_COLUMN, 0, 0, g.table, (int16_t)k}));
  }
}

static void add_orders(Writer *w, const Meaning *m, Call *calls, uint32_t *n) {
  if (m->window.kind && !m->order_count)
    window_order(w, &calls[(*n)++]);
  if (!m->order_count)
    return;
  Call *c = &calls[(*n)++];
  c->head = STR(".order_by");
  for (uint32_t i = 0; i < m->order_count; i++) {
    Str code = item_code(w, m->orders[i].item);
    call_add(c, m->orders[i].direction == DESCENDING
                    ? str_format(w->arena, "%.*s.desc()", STR_ARG(code))
                    : code);
  }
}

// The chain of one select with the conditions given.
static bool select_chain(Writer *w, const Meaning *m, const Condition *conditions,
                         uint32_t count, Call *calls, uint32_t *n) {
  int16_t tables[MAX_TABLES];
  uint32_t table_count = joins_tables(m, tables);
  JoinPlan plan = joins_plan(w->s, m, tables, table_count);
  if (!plan.connected)
    return false;
  Call *select = &calls[(*n)++];
  select->head = STR("select");
  add_import(w, "sqlalchemy", STR("select"));
  for (uint32_t i = 0; i < m->output_count; i++)
    call_add(select, item_code(w, m->outputs[i]));
  if (m->window.kind)
    call_add(select, window_code(w));
  if (m->label.used)
    call_add(select, label_code(w));
  bool plain_first = m->outputs[0].kind != ITEM_COUNT && m->outputs[0].table == tables[0];
  bool bare_count = m->output_count == 1 && m->outputs[0].kind == ITEM_COUNT;
  if ((!plain_first && (plan.count || bare_count || m->outputs[0].kind == ITEM_COUNT)) ||
      (plan.count && table_count > 1 && m->outputs[0].table != tables[0])) {
    Call *from = &calls[(*n)++];
    from->head = STR(".select_from");
    call_add(from, table_code(w, tables[0]));
  }
  if (!add_joins(w, &plan, calls, n) || !add_self_join(w, m, calls, n))
    return false;
  Call *where = &calls[*n];
  where->head = STR(".where");
  where->count = where_code(w, conditions, count, 0, where->arguments);
  for (uint32_t i = 0; i < m->scope_count; i++) {
    Str text;
    if (!absent_code(w, tables[0] == m->root || !plan.count ? tables[0] : m->root,
                     (uint8_t)(i + 1), &text))
      return false;
    call_add(where, text);
  }
  if (m->apart && !apart_code(w, where))
    return false;
  *n += where->count > 0;
  return true;
}

static void finish_chain(Writer *w, const Meaning *m, Call *calls, uint32_t *n) {
  add_groups(w, m, calls, n);
  if (m->having_count && !m->apart) {
    Call *c = &calls[(*n)++];
    c->head = STR(".having");
    c->count = where_code(w, m->having, m->having_count, 0, c->arguments);
  }
  if (m->distinct)
    calls[(*n)++].head = STR(".distinct");
  add_orders(w, m, calls, n);
  if (m->limit) {
    Call *c = &calls[(*n)++];
    c->head = STR(".limit");
    call_add(c, m->limit == 1 ? STR("1")
                              : add_parameter(w, STR("limit"), STR("int"),
                                              str_format(w->arena, "%d", (int)m->limit)));
    if (m->offset && m->limit == 1) {
      c = &calls[(*n)++];
      c->head = STR(".offset");
      call_add(c, str_format(w->arena, "%d", (int)m->offset));
    } else if (m->offset) {
      c = &calls[(*n)++];
      c->head = STR(".offset");
      call_add(c, add_parameter(w, STR("offset"), STR("int"),
                                str_format(w->arena, "%d", (int)m->offset)));
    }
  }
}

// Conditions of the second branch: those of the first but for the one it replaces.
static uint32_t second_branch(const Meaning *m, Condition *out) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < m->split; i++) {
    bool replaced = false;
    for (uint32_t k = m->split; k < m->condition_count; k++)
      replaced |= item_eq(m->conditions[i].left, m->conditions[k].left);
    if (!replaced)
      out[n++] = m->conditions[i];
  }
  for (uint32_t k = m->split; k < m->condition_count; k++)
    out[n++] = m->conditions[k];
  return n;
}

static Str chain_text(Writer *w, const Call *calls, uint32_t n) {
  Buf b = {0};
  for (uint32_t i = 0; i < n; i++) {
    buf_add_str(&b, calls[i].head);
    buf_add_char(&b, '(');
    for (uint32_t k = 0; k < calls[i].count; k++) {
      buf_add_text(&b, k ? ", " : "");
      buf_add_str(&b, calls[i].arguments[k]);
    }
    buf_add_char(&b, ')');
  }
  Str out = str_copy(w->arena, buf_str(&b));
  buf_free(&b);
  return out;
}

// Rows that also are found by the second branch: their key is among its keys.
static bool also_in(Writer *w, const Meaning *m, Str *out) {
  int key = w->s->tables[m->root].key_column;
  if (key < 0)
    return false;
  Call *calls = arena_array(w->arena, Call, MAX_CALLS);
  uint32_t n = 0;
  Condition conditions[MAX_CONDITIONS];
  Meaning other = *m;
  other.output_count = 1;
  other.outputs[0] = (Item){ITEM_COLUMN, 0, 0, m->root, (int16_t)key};
  other.group_count = other.order_count = other.having_count = other.scope_count = 0;
  other.condition_count = (uint8_t)second_branch(m, conditions);
  memcpy(other.conditions, conditions, other.condition_count * sizeof *conditions);
  other.set = SET_NONE;
  if (!select_chain(w, &other, conditions, other.condition_count, calls, &n))
    return false;
  *out = str_format(w->arena, "%.*s.in_(%.*s)", STR_ARG(column_code(w, other.outputs[0])),
                    STR_ARG(chain_text(w, calls, n)));
  return true;
}

static bool plain_outputs(const Meaning *m) {
  for (uint32_t i = 0; i < m->output_count; i++)
    if (m->outputs[i].kind != ITEM_COLUMN || m->outputs[i].agg)
      return false;
  return !m->group_count && !m->order_count && !m->limit;
}

// The aggregate of a number that each group has.
static bool nested_code(Writer *w, Buf *body) {
  static const char *const aggs[] = {"", "avg", "sum", "max", "min"};
  const Meaning *m = w->m;
  Call *calls = arena_array(w->arena, Call, MAX_CALLS);
  uint32_t n = 0;
  if (!select_chain(w, m, m->conditions, m->condition_count, calls, &n))
    return false;
  calls[0].arguments[0] =
      str_format(w->arena, "%.*s.label(\"number\")", STR_ARG(calls[0].arguments[0]));
  add_groups(w, m, calls, &n);
  calls[n++].head = STR(".subquery");
  chain_write(body, STR("counts = "), calls, n, 4);
  buf_printf(body, "    stmt = select(func.%s(counts.c.number))\n", aggs[m->nested]);
  return true;
}

static bool statement(Writer *w, Buf *body) {
  const Meaning *m = w->m;
  if (m->nested)
    return nested_code(w, body);
  if (m->per_group)
    return per_group_code(w, body);
  if (m->tree)
    return tree_code(w, body);
  if (m->set == SET_UNION)
    return union_code(w, body);
  Call *calls = arena_array(w->arena, Call, MAX_CALLS);
  uint32_t n = 0;
  if (!m->set) {
    if (!select_chain(w, m, m->conditions, m->condition_count, calls, &n))
      return false;
    finish_chain(w, m, calls, &n);
    if (m->check)
      calls[n++].head = STR(".exists");
    if (m->page)
      page_calls(w, calls, &n);
    if (m->eager_count && !eager_call(w, &calls[n++]))
      return false;
    chain_write(body, STR("stmt = "), calls, n, 4);
    if (m->page == PAGE_KEYSET && w->s->tables[m->root].key_column >= 0)
      keyset_code(w, body);
    return true;
  }
  if (!plain_outputs(m)) {
    if (!select_chain(w, m, m->conditions, m->split, calls, &n))
      return false;
    Str also;
    if (!also_in(w, m, &also))
      return false;
    calls[n].head = STR(".where");
    call_add(&calls[n++], also);
    finish_chain(w, m, calls, &n);
    chain_write(body, STR("stmt = "), calls, n, 4);
    return true;
  }
  Condition second[MAX_CONDITIONS];
  uint32_t second_count = second_branch(m, second);
  if (!select_chain(w, m, m->conditions, m->split, calls, &n))
    return false;
  chain_write(body, STR("first = "), calls, n, 4);
  Meaning other = *m;
  other.condition_count = (uint8_t)second_count;
  memcpy(other.conditions, second, second_count * sizeof *second);
  other.set = SET_NONE;
  memset(calls, 0, MAX_CALLS * sizeof *calls);
  n = 0;
  if (!select_chain(w, &other, second, second_count, calls, &n))
    return false;
  chain_write(body, STR("second = "), calls, n, 4);
  const char *function = m->set == SET_INTERSECT ? "intersect" : "except_";
  add_import(w, "sqlalchemy", str_from(function));
  buf_printf(body, "    stmt = %s(first, second)\n", function);
  return true;
}

// ---- What the function gives

static void write_return(Writer *w, Buf *body, Str *type) {
  const Meaning *m = w->m;
  bool async = w->options.async;
  const char *by = connection_name(w);
  const char *open = async ? "(await " : "", *close = async ? ")" : "";
  Str row = one_row_type(w, m);
  bool whole = w->options.core && m->output_count == 1 &&
               m->outputs[0].kind == ITEM_ENTITY; // all columns of a Table
  bool scalar = meaning_width(m) == 1 && !m->set;
  bool value = single_value(m);
  if (m->check) {
    *type = STR("bool");
    buf_printf(body, "    return bool(%s%s.execute(select(stmt))%s.scalar_one())\n", open,
               by, close);
    return;
  }
  if (m->nested) {
    *type = m->nested == AGG_AVG ? STR("float | None") : STR("int | None");
    buf_printf(body, "    return %s%s.scalars(stmt)%s.one()\n", open, by, close);
    return;
  }
  if (value) {
    bool count = m->outputs[0].kind == ITEM_COUNT;
    *type = row;
    if (scalar && !count && !str_ends(row, STR("None")))
      *type = str_format(w->arena, "%.*s | None", STR_ARG(row));
    buf_printf(body, "    return %s%s.%s(stmt)%s.one()\n", open, by,
               scalar ? "scalars" : "execute", close);
    return;
  }
  const char *method = meaning_width(m) == 1 && !whole ? "scalars" : "execute";
  if (m->limit == 1 && !m->per_group) {
    *type = str_ends(row, STR("| None"))
                ? row
                : str_format(w->arena, "%.*s | None", STR_ARG(row));
    buf_printf(body, "    return %s%s.%s(stmt)%s.first()\n", open, by, method, close);
    return;
  }
  *type = str_format(w->arena, "list[%.*s]", STR_ARG(row));
  if (m->total) {
    add_import(w, "sqlalchemy", STR("func"));
    buf_printf(body,
               "    every = stmt.order_by(None).limit(None).offset(None).subquery()\n"
               "    total = %s%s.execute(select(func.count()).select_from(every))%s"
               ".scalar_one()\n"
               "    return list(%s%s.%s(stmt)), total\n",
               open, by, close, async ? "await " : "", by, method);
    *type = str_format(w->arena, "tuple[%.*s, int]", STR_ARG(*type));
    return;
  }
  buf_printf(body, "    return list(%s%s.%s(stmt))\n", async ? "await " : "", by, method);
}

static Str function_name(Writer *w) {
  const Meaning *m = w->m;
  Str root = snake_name(w->arena, w->s->tables[m->root].cls);
  Str many = words_plural(w->arena, root);
  Item first = m->outputs[0];
  if (m->check)
    return str_format(w->arena, "has_%.*s", STR_ARG(root));
  if (m->nested)
    return str_format(w->arena, "number_of_%.*s", STR_ARG(many));
  if (m->output_count == 1 && first.kind == ITEM_COUNT && !m->group_count)
    return str_format(w->arena, "count_%.*s", STR_ARG(many));
  if (first.kind == ITEM_COLUMN && m->output_count == 1) {
    static const char *const aggs[] = {"",     "average_", "total_",
                                       "max_", "min_",     "count_"};
    Str attr = w->s->tables[first.table].columns[first.column].attr;
    Str table = snake_name(w->arena, w->s->tables[first.table].cls);
    bool prefixed = str_starts(attr, table);
    return str_format(w->arena, "%s%s%.*s%s%.*s", first.agg ? "" : "list_",
                      aggs[first.agg], STR_ARG(prefixed ? STR("") : table),
                      prefixed ? "" : "_", STR_ARG(attr));
  }
  bool one = m->limit == 1 && !m->per_group;
  return str_format(w->arena, "%s_%.*s", one ? "find" : "list",
                    STR_ARG(one ? root : many));
}

static Str parameter_code(Writer *w, uint32_t i) {
  const Parameter *p = &w->parameters[i];
  if (!p->value.len)
    return str_format(w->arena, "%.*s: %.*s", STR_ARG(p->name), STR_ARG(p->type));
  return str_format(w->arena, "%.*s: %.*s = %.*s", STR_ARG(p->name), STR_ARG(p->type),
                    STR_ARG(p->value));
}

// Parameters without a default come first.
static void order_parameters(Writer *w) {
  Parameter sorted[MAX_PARAMETERS];
  uint32_t n = 0;
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t i = 0; i < w->parameter_count; i++)
      if ((w->parameters[i].value.len > 0) == (pass == 1))
        sorted[n++] = w->parameters[i];
  memcpy(w->parameters, sorted, n * sizeof *sorted);
}

void write_signature(Writer *w, Buf *out, Str name, Str type) {
  const char *session = w->options.core ? "Connection" : "Session";
  const char *by = connection_name(w);
  const char *module = w->options.core ? "sqlalchemy" : "sqlalchemy.orm";
  if (w->options.async) {
    session = w->options.core ? "AsyncConnection" : "AsyncSession";
    module = "sqlalchemy.ext.asyncio";
  }
  add_import(w, module, str_from(session));
  order_parameters(w);
  Buf line = {0};
  buf_printf(&line, "%sdef %.*s(%s: %s", w->options.async ? "async " : "", STR_ARG(name),
             by, session);
  for (uint32_t i = 0; i < w->parameter_count; i++)
    buf_printf(&line, ", %.*s", STR_ARG(parameter_code(w, i)));
  buf_printf(&line, ") -> %.*s:\n", STR_ARG(type));
  if (line.len <= LINE_WIDTH + 1) {
    buf_add_str(out, buf_str(&line));
    buf_free(&line);
    return;
  }
  buf_free(&line);
  buf_printf(out, "%sdef %.*s(\n", w->options.async ? "async " : "", STR_ARG(name));
  Buf inner = {0};
  buf_printf(&inner, "    %s: %s", by, session);
  for (uint32_t i = 0; i < w->parameter_count; i++)
    buf_printf(&inner, ", %.*s", STR_ARG(parameter_code(w, i)));
  if (inner.len <= LINE_WIDTH && w->parameter_count == 0) {
    buf_printf(out, "%.*s,\n", STR_ARG(buf_str(&inner)));
  } else if (inner.len <= LINE_WIDTH) {
    buf_printf(out, "%.*s\n", STR_ARG(buf_str(&inner)));
  } else {
    buf_printf(out, "    %s: %s,\n", by, session);
    for (uint32_t i = 0; i < w->parameter_count; i++)
      buf_printf(out, "    %.*s,\n", STR_ARG(parameter_code(w, i)));
  }
  buf_free(&inner);
  buf_printf(out, ") -> %.*s:\n", STR_ARG(type));
}

bool write_query(const Meaning *m, const QSchema *s, Str reading, WriteOptions options,
                 Arena *arena, Written *out) {
  Writer *w = arena_new(arena, Writer);
  w->m = m;
  w->s = s;
  w->options = options;
  w->arena = arena;
  Buf body = {0}, function = {0};
  Str type;
  bool change = m->kind != MEANS_SELECT;
  bool done = change ? change_code(w, &body, &type, &out->function)
                     : m->output_count > 0 && statement(w, &body);
  done &= !w->failed;
  if (done) {
    if (!change) {
      write_return(w, &body, &type);
      out->function = function_name(w);
    }
    write_signature(w, &function, out->function, type);
    buf_add_str(&function, docstring_code(arena, reading));
    for (uint32_t i = 0; i < w->setup_count; i++)
      buf_printf(&function, "    %.*s\n", STR_ARG(w->setup[i]));
    buf_add_str(&function, buf_str(&body));
    out->code = module_code(w, buf_str(&function));
  }
  buf_free(&body);
  buf_free(&function);
  return done;
}
