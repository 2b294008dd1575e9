// write_change.c: inserts, upserts, updates and deletes as code.
//
// Nothing is committed: that is the caller's business, as for every helper.
#include "query/write_internal.h"

static const QTable *root_of(const Writer *w) {
  return &w->s->tables[w->m->root];
}

static Str where_of(Writer *w, const Condition *c) {
  Str code = condition_code(w, c);
  if (c->left.table != w->m->root &&
      !through_code(w, w->m->root, c->left.table, code, &code))
    return STR("");
  return code;
}

// "customers with orders": tables of which there must be a row.
static bool add_needed_rows(Writer *w, Call *where) {
  for (uint32_t i = 0; i < w->m->needed_count; i++) {
    Str code;
    if (!through_code(w, w->m->root, w->m->needed[i], STR(""), &code))
      return false;
    call_add(where, code);
  }
  return true;
}

// Conditions on other tables become EXISTS along the relationships.
static bool add_where(Writer *w, Call *calls, uint32_t *n) {
  const Meaning *m = w->m;
  Call *where = &calls[*n];
  where->head = STR(".where");
  for (uint32_t i = 0; i < m->condition_count; i++) {
    const Condition *c = &m->conditions[i];
    if (c->scope)
      continue;
    if (c->or_ && where->count) {
      Str last = where->arguments[where->count - 1];
      add_import(w, "sqlalchemy", STR("or_"));
      Str code = where_of(w, c);
      where->arguments[where->count - 1] =
          str_format(w->arena, "or_(%.*s, %.*s)", STR_ARG(last), STR_ARG(code));
      continue;
    }
    Str code = where_of(w, c);
    if (!code.len)
      return false;
    call_add(where, code);
  }
  if (!add_needed_rows(w, where))
    return false;
  for (uint32_t i = 0; i < m->scope_count; i++) {
    Str code;
    if (!absent_code(w, m->root, (uint8_t)(i + 1), &code))
      return false;
    call_add(where, code);
  }
  if (m->apart && !apart_code(w, where))
    return false;
  *n += where->count > 0;
  return true;
}

static Str new_value_code(Writer *w, const Assignment *a) {
  Item item = {ITEM_COLUMN, 0, 0, w->m->root, a->column};
  const QColumn *c = qschema_column(w->s, w->m->root, a->column);
  Str column = column_code(w, item);
  if (a->value.kind == LITERAL_BOOLEAN)
    return a->value.number > 0 ? STR("True") : STR("False");
  if (a->change == '=')
    return value_code(w, item, OP_EQ, &a->value);
  if (a->change == '*') {
    Str factor = str_format(w->arena, "%g", 1 + a->value.number / 100);
    if (c->decimal)
      add_import(w, "decimal", STR("Decimal"));
    Str name = add_parameter(
        w, STR("factor"), c->decimal ? STR("Decimal") : STR("float"),
        c->decimal ? str_format(w->arena, "Decimal(\"%.*s\")", STR_ARG(factor)) : factor);
    return str_format(w->arena, "%.*s * %.*s", STR_ARG(column), STR_ARG(name));
  }
  Str amount = value_code(w, item, OP_EQ, &a->value);
  return str_format(w->arena, "%.*s %c %.*s", STR_ARG(column), a->change,
                    STR_ARG(amount));
}

// Of a whole row of the root.
static Str row_type(Writer *w) {
  return python_type(w, (Item){ITEM_ENTITY, 0, false, w->m->root, -1});
}

// What gives whole rows.
static const char *rows_method(const Writer *w) {
  return w->options.core ? "execute" : "scalars";
}

static void run_statement(Writer *w, Buf *body, Str *type) {
  const char *await = w->options.async ? "await " : "", *by = connection_name(w);
  if (w->m->returning) {
    *type = str_format(w->arena, "list[%.*s]", STR_ARG(row_type(w)));
    buf_printf(body, "    return list(%s%s.%s(stmt))\n", await, by, rows_method(w));
    return;
  }
  *type = STR("None");
  buf_printf(body, "    %s%s.execute(stmt)\n", await, by);
}

static bool write_update(Writer *w, Buf *body, Str *type) {
  const Meaning *m = w->m;
  Call *calls = arena_array(w->arena, Call, MAX_CALLS);
  uint32_t n = 0;
  const char *verb = m->kind == MEANS_DELETE ? "delete" : "update";
  add_import(w, "sqlalchemy", str_from(verb));
  Call *first = &calls[n++];
  first->head = str_from(verb);
  call_add(first, table_code(w, m->root));
  if (!add_where(w, calls, &n))
    return false;
  if (m->kind == MEANS_UPDATE) {
    Call *values = &calls[n++];
    values->head = STR(".values");
    for (uint32_t i = 0; i < m->assignment_count; i++) {
      Str code = new_value_code(w, &m->assignments[i]);
      Str attr = key_name(w, &root_of(w)->columns[m->assignments[i].column]);
      if (!attr.len)
        return false;
      call_add(values, str_format(w->arena, "%.*s=%.*s", STR_ARG(attr), STR_ARG(code)));
    }
  }
  if (m->returning) {
    Call *back = &calls[n++];
    back->head = STR(".returning");
    call_add(back, table_code(w, m->root));
  }
  chain_write(body, STR("stmt = "), calls, n, 4);
  run_statement(w, body, type);
  return true;
}

static void rows_parameter(Writer *w) {
  add_import(w, "collections.abc", STR("Mapping"));
  add_import(w, "collections.abc", STR("Sequence"));
  add_import(w, "typing", STR("Any"));
  add_parameter(w, STR("rows"), STR("Sequence[Mapping[str, Any]]"), STR(""));
}

static bool write_insert_many(Writer *w, Buf *body, Str *type) {
  const char *await = w->options.async ? "await " : "", *by = connection_name(w);
  Str root = table_code(w, w->m->root);
  add_import(w, "sqlalchemy", STR("insert"));
  rows_parameter(w);
  if (w->m->returning) {
    *type = str_format(w->arena, "list[%.*s]", STR_ARG(row_type(w)));
    buf_printf(body,
               "    if not rows:\n        return []\n"
               "    stmt = insert(%.*s).returning(%.*s)\n"
               "    return list(%s%s.%s(stmt, rows))\n",
               STR_ARG(root), STR_ARG(root), await, by, rows_method(w));
    return true;
  }
  *type = STR("None");
  buf_printf(body, "    if rows:\n        %s%s.execute(insert(%.*s), rows)\n", await, by,
             STR_ARG(root));
  return true;
}

static const Condition *given_value(const Meaning *m, int column) {
  for (uint32_t i = 0; i < m->condition_count; i++) {
    const Condition *c = &m->conditions[i];
    if (c->left.table == m->root && c->left.column == column && c->op == OP_EQ &&
        c->side == SIDE_VALUE)
      return c;
  }
  return NULL;
}

// One row: what has no default is a parameter, what the request gives has it as default.
static bool add_values(Writer *w, Call *call) {
  const QTable *t = root_of(w);
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t k = 0; k < t->column_count; k++) {
      const QColumn *c = &t->columns[k];
      const Condition *given = given_value(w->m, (int)k);
      bool generated =
          c->primary_key && (int)k == t->key_column && c->type == QTYPE_INTEGER;
      Item item = {ITEM_COLUMN, 0, 0, w->m->root, (int16_t)k};
      if (pass == 0 ? (given || generated || c->nullable || c->has_default) : !given)
        continue;
      Str key = key_name(w, c);
      if (!key.len)
        return false;
      Str name = given ? value_code(w, item, OP_EQ, &given->value)
                       : add_parameter(w, c->attr, python_type(w, item), STR(""));
      call_add(call, str_format(w->arena, "%.*s=%.*s", STR_ARG(key), STR_ARG(name)));
    }
  return true;
}

// In Core the row is given back where the database can.
static bool write_insert_row(Writer *w, Buf *body, Str *type) {
  Call calls[3] = {{.head = STR("insert")}, {.head = STR(".values")}};
  const char *dialect = w->options.dialect ? w->options.dialect : "";
  bool back = strcmp(dialect, "mysql") != 0, async = w->options.async;
  add_import(w, "sqlalchemy", STR("insert"));
  call_add(&calls[0], table_code(w, w->m->root));
  if (!add_values(w, &calls[1]))
    return false;
  calls[2].head = STR(".returning");
  call_add(&calls[2], table_code(w, w->m->root));
  chain_write(body, STR("stmt = "), calls, back ? 3 : 2, 4);
  *type = back ? row_type(w) : STR("None");
  if (back)
    buf_printf(body, "    return %sconnection.execute(stmt)%s.one()\n",
               async ? "(await " : "", async ? ")" : "");
  else
    buf_printf(body, "    %sconnection.execute(stmt)\n", async ? "await " : "");
  return true;
}

static bool write_insert_one(Writer *w, Buf *body, Str *type) {
  const QTable *t = root_of(w);
  const char *await = w->options.async ? "await " : "";
  if (w->options.core)
    return write_insert_row(w, body, type);
  Call call = {.head = t->cls};
  import_class(w, w->m->root);
  if (!add_values(w, &call))
    return false;
  Str variable = snake_name(w->arena, t->cls);
  chain_write(body, str_format(w->arena, "%.*s = ", STR_ARG(variable)), &call, 1, 4);
  buf_printf(body, "    session.add(%.*s)\n    %ssession.flush()\n    return %.*s\n",
             STR_ARG(variable), await, STR_ARG(variable));
  *type = t->cls;
  return true;
}

// Rows that exist are left as they are.
static bool write_insert_missing(Writer *w, Buf *body, int conflict, bool mysql,
                                 Str *type) {
  const char *await = w->options.async ? "await " : "";
  Item item = {ITEM_COLUMN, 0, 0, w->m->root, (int16_t)conflict};
  Call calls[2] = {
      {.head = STR("insert")},
      {.head = mysql ? STR(".prefix_with") : STR(".on_conflict_do_nothing")}};
  call_add(&calls[0], table_code(w, w->m->root));
  call_add(&calls[1], mysql ? STR("\"IGNORE\"")
                            : str_format(w->arena, "index_elements=[%.*s]",
                                         STR_ARG(column_code(w, item))));
  buf_add_text(body, "    if not rows:\n        return\n");
  chain_write(body, STR("stmt = "), calls, 2, 4);
  buf_printf(body, "    %s%s.execute(stmt, rows)\n", await, connection_name(w));
  *type = STR("None");
  return true;
}

static bool write_upsert(Writer *w, Buf *body, Str *type) {
  const Meaning *m = w->m;
  const QTable *t = root_of(w);
  const char *await = w->options.async ? "await " : "";
  const char *dialect = w->options.dialect ? w->options.dialect : "postgresql";
  bool mysql = !strcmp(dialect, "mysql") || !strcmp(dialect, "mariadb");
  if (!mysql && strcmp(dialect, "sqlite") != 0)
    dialect = "postgresql";
  int conflict = m->conflict >= 0 ? m->conflict : t->key_column;
  if (conflict < 0)
    return false;
  Str root = table_code(w, m->root), column = key_name(w, &t->columns[conflict]);
  if (!column.len)
    return false;
  rows_parameter(w);
  add_import(
      w, str_format(w->arena, "sqlalchemy.dialects.%s", mysql ? "mysql" : dialect).ptr,
      STR("insert"));
  if (m->keep)
    return write_insert_missing(w, body, conflict, mysql, type);
  buf_printf(body,
             "    if not rows:\n        return\n"
             "    stmt = insert(%.*s).values(list(rows))\n",
             STR_ARG(root));
  Str made = str_format(
      w->arena,
      "    new = {name: stmt.%s[name] for name in rows[0] if name != \"%.*s\"}\n",
      mysql ? "inserted" : "excluded", STR_ARG(column));
  if (made.len > LINE_WIDTH + 1)
    made = str_format(
        w->arena,
        "    new = {\n        name: stmt.%s[name] for name in rows[0] if name != "
        "\"%.*s\"\n    }\n",
        mysql ? "inserted" : "excluded", STR_ARG(column));
  buf_add_str(body, made);
  if (mysql)
    buf_add_text(body, "    stmt = stmt.on_duplicate_key_update(new)\n");
  else {
    Call update = {.head = STR("stmt.on_conflict_do_update")};
    Item item = {ITEM_COLUMN, 0, 0, m->root, (int16_t)conflict};
    call_add(&update, str_format(w->arena, "index_elements=[%.*s]",
                                 STR_ARG(column_code(w, item))));
    call_add(&update, STR("set_=new"));
    chain_write(body, STR("stmt = "), &update, 1, 4);
  }
  buf_printf(body, "    %s%s.execute(stmt)\n", await, connection_name(w));
  *type = STR("None");
  return true;
}

bool change_code(Writer *w, Buf *body, Str *type, Str *name) {
  static const char *const verbs[] = {"", "create", "update", "delete", "upsert"};
  const Meaning *m = w->m;
  Str one = snake_name(w->arena, root_of(w)->cls);
  bool many = m->many || m->kind != MEANS_INSERT;
  *name = str_format(w->arena, "%s_%.*s",
                     m->kind == MEANS_INSERT && many ? "insert" : verbs[m->kind],
                     STR_ARG(many ? words_plural(w->arena, one) : one));
  if (m->kind == MEANS_UPSERT)
    return write_upsert(w, body, type);
  if (m->kind == MEANS_INSERT)
    return m->many ? write_insert_many(w, body, type) : write_insert_one(w, body, type);
  return write_update(w, body, type);
}
