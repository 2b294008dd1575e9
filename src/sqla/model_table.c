// model_table.c: tables, their constraints, and where foreign keys lead.
#include "sqla/model_internal.h"

SqlTable *table_new(Models *m, Place node) {
  SqlTable *t = arena_new(m->arena, SqlTable);
  *t = (SqlTable){.name = STR(""),
                  .schema = STR(""),
                  .full_name = STR(""),
                  .node = node,
                  .complete = true};
  place_map_set(&m->table_at, place_key(node), (uint32_t)m->tables.len);
  vec_push(&m->tables, t);
  return t;
}

void table_set_name(Models *m, SqlTable *t, Str name, Str schema) {
  t->name = name;
  t->schema = schema;
  t->full_name = schema.len
                     ? str_format(m->arena, "%.*s.%.*s", STR_ARG(schema), STR_ARG(name))
                     : name;
}

// Room is doubled when the count is a power of two.
enum {
  TABLE_MAX_DEPTH = 20 // tuples that are added or unpacked into one another
};

static bool is_full(uint32_t count) {
  return (count & (count - 1)) == 0;
}

void table_add_column(Models *m, SqlTable *t, SqlColumn *c) {
  for (uint32_t i = 0; i < t->column_count; i++)
    if (t->columns[i]->name == c->name) {
      t->columns[i] = c; // the later one replaces
      return;
    }
  if (is_full(t->column_count)) {
    SqlColumn **more = arena_array(m->arena, SqlColumn *, t->column_count * 2 + 1);
    if (t->column_count)
      memcpy(more, t->columns, t->column_count * sizeof *more);
    t->columns = more;
  }
  t->columns[t->column_count++] = c;
}

static SqlConstraint *add_constraint(Models *m, SqlTable *t, SqlConstraint c) {
  if (is_full(t->constraint_count)) {
    SqlConstraint *more =
        arena_array(m->arena, SqlConstraint, t->constraint_count * 2 + 1);
    if (t->constraint_count)
      memcpy(more, t->constraints, t->constraint_count * sizeof *more);
    t->constraints = more;
  }
  t->constraints[t->constraint_count] = c;
  return &t->constraints[t->constraint_count++];
}

// The column that an argument of a constraint names; absent for other expressions.
static Str column_name_of(Models *m, Expr x) {
  Str name;
  if (expr_is(&m->cx, x, PY_ATTRIBUTE))
    return model_text(m, PY_AS(Attribute, expr_tree(&m->cx, x), x.ref)->attr);
  if (expr_is(&m->cx, x, PY_STR) && expr_string(&m->cx, x, &name))
    return name;
  if (expr_is(&m->cx, x, PY_NAME)) { // a column of the class body
    Expr held = expr_follow_names(&m->cx, x);
    if (column_call(m, held) != CALL_OTHER) {
      Expr first = expr_positional(&m->cx, held, 0);
      if (first.ref && expr_is(&m->cx, first, PY_STR) &&
          expr_string(&m->cx, first, &name))
        return name;
      return model_text(m, PY_AS(Name, expr_tree(&m->cx, x), x.ref)->id);
    }
    if (expr_string(&m->cx, x, &name))
      return name;
  }
  return (Str){0};
}

static void read_columns(Models *m, Expr call, uint32_t from, SqlConstraint *c) {
  uint32_t count = expr_positional_count(&m->cx, call);
  c->columns = arena_array(m->arena, Str, count + 1);
  for (uint32_t i = from; i < count; i++)
    c->columns[c->column_count++] = column_name_of(m, expr_positional(&m->cx, call, i));
}

static PyRefs list_items(Models *m, Expr x) {
  const PyTree *t = expr_tree(&m->cx, x);
  if (expr_is(&m->cx, x, PY_LIST))
    return py_list(t, PY_AS(List, t, x.ref)->elts);
  if (expr_is(&m->cx, x, PY_TUPLE))
    return py_list(t, PY_AS(Tuple, t, x.ref)->elts);
  return (PyRefs){NULL, 0};
}

static SqlColumn *own_column(const SqlTable *t, Str name, const Models *m) {
  for (uint32_t i = 0; i < t->column_count; i++)
    if (str_eq(model_text(m, t->columns[i]->name), name))
      return t->columns[i];
  for (uint32_t i = 0; i < t->column_count; i++)
    if (str_eq(model_text(m, t->columns[i]->key), name))
      return t->columns[i];
  return NULL;
}

// ForeignKeyConstraint(["a", "b"], ["t.x", "t.y"])
static void read_foreign_key_constraint(Models *m, SqlTable *t, Expr call,
                                        SqlConstraint *c, uint32_t number) {
  Expr columns = expr_argument(&m->cx, call, model_atom(m, "columns"), 0);
  Expr targets = expr_argument(&m->cx, call, model_atom(m, "refcolumns"), 1);
  columns = columns.ref ? expr_follow_names(&m->cx, columns) : columns;
  targets = targets.ref ? expr_follow_names(&m->cx, targets) : targets;
  PyRefs from = columns.ref ? list_items(m, columns) : (PyRefs){NULL, 0};
  PyRefs to = targets.ref ? list_items(m, targets) : (PyRefs){NULL, 0};
  if (!from.len || from.len != to.len) {
    t->complete = false;
    return;
  }
  c->columns = arena_array(m->arena, Str, from.len);
  for (uint32_t i = 0; i < from.len; i++) {
    Str name = column_name_of(m, expr_child(columns, from.at[i]));
    c->columns[c->column_count++] = name;
    SqlColumn *own = name.ptr ? own_column(t, name, m) : NULL;
    if (own)
      column_add_foreign_key(m, own, expr_child(targets, to.at[i]), number);
    else
      t->complete = false;
  }
}

static bool constraint_kind(ApiId api, SqlConstraintKind *kind) {
  switch (api) {
  case API_sqlalchemy_PrimaryKeyConstraint:
    *kind = CONSTRAINT_PRIMARY_KEY;
    return true;
  case API_sqlalchemy_UniqueConstraint:
    *kind = CONSTRAINT_UNIQUE;
    return true;
  case API_sqlalchemy_ForeignKeyConstraint:
    *kind = CONSTRAINT_FOREIGN_KEY;
    return true;
  case API_sqlalchemy_CheckConstraint:
    *kind = CONSTRAINT_CHECK;
    return true;
  case API_sqlalchemy_Index:
    *kind = CONSTRAINT_INDEX;
    return true;
  default:
    *kind = CONSTRAINT_OTHER;
    return false;
  }
}

static void apply_primary_key(Models *m, SqlTable *t, const SqlConstraint *c) {
  for (uint32_t i = 0; i < c->column_count; i++) {
    SqlColumn *own = c->columns[i].ptr ? own_column(t, c->columns[i], m) : NULL;
    if (!own) {
      t->complete = false;
      continue;
    }
    own->primary_key = true;
    if (own->nullable_given == UNSET)
      own->nullable = false;
  }
}

static void read_constraint(Models *m, SqlTable *t, Expr x) {
  Expr call = expr_follow(&m->cx, x);
  SqlConstraint c = {.name = STR(""), .node = expr_place(call)};
  constraint_kind(expr_call_api(&m->cx, call), &c.kind);
  if (!expr_is(&m->cx, call, PY_CALL)) {
    t->complete = false;
    return;
  }
  Expr name = expr_keyword(&m->cx, call, model_atom(m, "name"));
  if (c.kind == CONSTRAINT_INDEX && !name.ref)
    name = expr_positional(&m->cx, call, 0);
  if (name.ref)
    expr_string(&m->cx, name, &c.name);
  Expr unique = expr_keyword(&m->cx, call, model_atom(m, "unique"));
  c.unique = unique.ref && expr_bool(&m->cx, unique) == EXPR_TRUE;
  if (c.kind == CONSTRAINT_FOREIGN_KEY)
    read_foreign_key_constraint(m, t, call, &c, t->constraint_count + 1);
  else if (c.kind != CONSTRAINT_CHECK)
    read_columns(m, call, c.kind == CONSTRAINT_INDEX, &c);
  if (c.kind == CONSTRAINT_PRIMARY_KEY)
    apply_primary_key(m, t, &c);
  add_constraint(m, t, c);
}

static void read_option_dict(Models *m, SqlTable *t, Expr dict) {
  const PyTree *tree = expr_tree(&m->cx, dict);
  PyRefs items = py_list(tree, PY_AS(Dict, tree, dict.ref)->items);
  for (uint32_t i = 0; i + 1 < items.len; i += 2) {
    Str key, value;
    if (!items.at[i]) {
      t->complete = false;
      continue;
    }
    if (!expr_string(&m->cx, expr_child(dict, items.at[i]), &key) ||
        !str_is(key, "schema"))
      continue;
    if (expr_string(&m->cx, expr_child(dict, items.at[i + 1]), &value))
      table_set_name(m, t, t->name, value);
    else if (!expr_is_none(&m->cx, expr_child(dict, items.at[i + 1])))
      t->complete = false;
  }
}

// `cls._args` in a declared_attr: what the class, or one above it, says.
static Expr class_setting(Models *m, Expr x) {
  if (!expr_is(&m->cx, x, PY_ATTRIBUTE))
    return x;
  const PyAttribute *a = PY_AS(Attribute, expr_tree(&m->cx, x), x.ref);
  const ClassInfo *cls = expr_class_parameter(&m->cx, expr_child(x, a->value));
  ClassAttr found;
  for (uint32_t i = 0; cls && i < cls->mro_count; i++) {
    if (!class_own_attr(m, cls->mro[i], a->attr, &found))
      continue;
    if (found.def.ref && is_declared_attr(m, found.def))
      return declared_attr_value(m, cls, found.def);
    return found.certain ? found.value : (Expr){0};
  }
  return x;
}

static void add_args(Models *m, SqlTable *t, Expr args, int depth) {
  args = expr_follow(&m->cx, class_setting(m, args));
  if (expr_is(&m->cx, args, PY_DICT)) {
    read_option_dict(m, t, args);
    return;
  }
  if (expr_is(&m->cx, args, PY_BIN_OP) &&
      depth < TABLE_MAX_DEPTH) { // one tuple + another
    const PyBinOp *o = PY_AS(BinOp, expr_tree(&m->cx, args), args.ref);
    if (o->node.aux == PY_ADD) {
      add_args(m, t, expr_child(args, o->left), depth + 1);
      add_args(m, t, expr_child(args, o->right), depth + 1);
      return;
    }
  }
  PyRefs items = args.ref ? list_items(m, args) : (PyRefs){NULL, 0};
  if (!args.ref || (!expr_is(&m->cx, args, PY_TUPLE) && !expr_is(&m->cx, args, PY_LIST) &&
                    !expr_is_none(&m->cx, args)))
    t->complete = false;
  for (uint32_t i = 0; i < items.len; i++) {
    Expr item = expr_child(args, items.at[i]);
    Expr held = expr_follow_names(&m->cx, item);
    if (expr_is(&m->cx, held, PY_DICT)) {
      read_option_dict(m, t, held);
    } else if (expr_is(&m->cx, item, PY_STARRED)) {
      const PyStarred *s = PY_AS(Starred, expr_tree(&m->cx, item), item.ref);
      if (depth < TABLE_MAX_DEPTH)
        add_args(m, t, expr_child(item, s->value), depth + 1);
      else
        t->complete = false;
    } else {
      read_constraint(m, t, item);
    }
  }
}

void table_add_args(Models *m, const ClassInfo *cls, SqlTable *t, Expr args) {
  (void)cls;
  add_args(m, t, args, 0);
}

// ---- Table()

static bool is_true_keyword(Models *m, Expr call, const char *name) {
  Expr x = expr_keyword(&m->cx, call, model_atom(m, name));
  return x.ref && !expr_is_none(&m->cx, x) && expr_bool(&m->cx, x) != EXPR_FALSE;
}

static void read_table_item(Models *m, SqlTable *t, Expr item) {
  if (expr_is(&m->cx, item, PY_STARRED)) {
    t->complete = false;
    return;
  }
  Expr held = expr_follow(&m->cx, item);
  if (column_call(m, held) == CALL_COLUMN) {
    SqlColumn *c = column_read(m, NULL, t, held, CALL_COLUMN, 0, (Expr){0}, NULL);
    if (c->name)
      table_add_column(m, t, c);
    else
      t->complete = false;
    return;
  }
  SqlConstraintKind kind;
  if (constraint_kind(expr_call_api(&m->cx, held), &kind))
    read_constraint(m, t, held);
  else if (!expr_is_none(&m->cx, item))
    t->complete = false; // a column from elsewhere, a comprehension ...
}

static SqlTable *read_table_call(Models *m, Expr call) {
  uint32_t at = place_map_get(&m->table_at, place_key(expr_place(call)));
  if (at != PLACE_MAP_NONE)
    return m->tables.items[at];
  SqlTable *t = table_new(m, expr_place(call));
  Str name, schema = STR("");
  Expr x = expr_argument(&m->cx, call, model_atom(m, "name"), 0);
  Expr s = expr_keyword(&m->cx, call, model_atom(m, "schema"));
  if (s.ref && !expr_string(&m->cx, s, &schema) && !expr_is_none(&m->cx, s))
    t->complete = false;
  if (x.ref && expr_string(&m->cx, x, &name))
    table_set_name(m, t, name, schema);
  else
    t->complete = false;
  Expr second = expr_positional(&m->cx, call, 1);
  // db.Table("name", Column...) of Flask-SQLAlchemy may leave the metadata out
  bool column_first =
      second.ref && column_call(m, expr_follow(&m->cx, second)) == CALL_COLUMN;
  uint32_t from = column_first ? 1 : 2;
  t->metadata = column_first ? (Place){0} : expr_place(second);
  for (uint32_t i = from; i < expr_positional_count(&m->cx, call); i++)
    read_table_item(m, t, expr_positional(&m->cx, call, i));
  t->reflected =
      is_true_keyword(m, call, "autoload") || is_true_keyword(m, call, "autoload_with");
  if (t->reflected || expr_call_open(&m->cx, call))
    t->complete = false;
  return t;
}

static bool is_table_call(Models *m, Expr call) {
  bool wrapped;
  return expr_wrapped_api(&m->cx, call, &wrapped) == API_sqlalchemy_Table;
}

SqlTable *table_of_expr(Models *m, Expr x) {
  if (!x.ref)
    return NULL;
  Expr held = expr_follow(&m->cx, x);
  if (is_table_call(m, held))
    return read_table_call(m, held);
  if (expr_is(&m->cx, held, PY_ATTRIBUTE)) { // Class.__table__
    const PyAttribute *a = PY_AS(Attribute, expr_tree(&m->cx, held), held.ref);
    ClassInfo *cls = class_of_origin(m, expr_origin(&m->cx, expr_child(held, a->value)));
    if (cls && a->attr == SYM___table__) {
      class_read(m, cls);
      return cls->model ? cls->model->table : NULL;
    }
  }
  return NULL;
}

void tables_read(Models *m) {
  for (uint32_t f = 0; f < m->project->file_count; f++) {
    const PyScopes *s = m->project->files[f]->scopes;
    for (uint32_t i = 0; s && i < s->binding_count; i++) {
      const PyBinding *b = &s->bindings[i];
      if (b->kind != BIND_ASSIGN || !(b->flags & BIND_WHOLE) ||
          py_kind(s->tree, b->stmt) != PY_ASSIGN)
        continue;
      Ref value = PY_AS(Assign, s->tree, b->stmt)->value;
      if (py_kind(s->tree, value) != PY_CALL || !is_table_call(m, (Expr){f, value, NULL}))
        continue;
      SqlTable *t = read_table_call(m, (Expr){f, value, NULL});
      if (!t->variable.ref)
        t->variable = (Place){f, b->node};
    }
  }
}

// ---- Foreign keys

static SqlTable *find_table(const Models *m, Str full_name, const SqlTable *from) {
  Atom a = interner_find(m->project->names, full_name);
  uint32_t at = a ? place_map_get(&m->table_by_name, a) : PLACE_MAP_NONE;
  if (at == SEVERAL)
    return from && from->model ? table_in_base(m, a, from->model->base) : NULL;
  return at == PLACE_MAP_NONE ? NULL : m->tables.items[at];
}

static const SqlColumn *column_of_expr(Models *m, Expr x) {
  if (!expr_is(&m->cx, x, PY_ATTRIBUTE))
    return NULL;
  const PyAttribute *a = PY_AS(Attribute, expr_tree(&m->cx, x), x.ref);
  Expr owner = expr_child(x, a->value);
  ClassInfo *cls = class_of_origin(m, expr_origin(&m->cx, owner));
  if (cls && cls->model) {
    const ModelColumn *c = model_column(cls->model, a->attr);
    return c ? c->column : NULL;
  }
  if (expr_is(&m->cx, owner, PY_ATTRIBUTE)) { // table.c.name
    const PyAttribute *c = PY_AS(Attribute, expr_tree(&m->cx, owner), owner.ref);
    Str attr = model_text(m, c->attr);
    if (str_is(attr, "c") || str_is(attr, "columns")) {
      SqlTable *t = table_of_expr(m, expr_child(owner, c->value));
      return t ? sql_table_column(t, a->attr) : NULL;
    }
  }
  return NULL;
}

static void resolve_foreign_key(Models *m, SqlColumn *c, SqlForeignKey *fk) {
  Expr x = expr_at(fk->node);
  if (expr_call_api(&m->cx, x) == API_sqlalchemy_ForeignKey)
    x = expr_argument(&m->cx, x, model_atom(m, "column"), 0);
  Str target;
  if (!x.ref)
    return;
  if (expr_string(&m->cx, x, &target)) {
    fk->target = target;
    size_t dot = str_rfind_char(target, '.');
    if (dot == SIZE_MAX)
      return;
    Str table = str_slice(target, 0, dot);
    SqlTable *t = find_table(m, table, c->table);
    if (!t && c->table && c->table->schema.len)
      t = NULL; // a name without schema is another table
    fk->table = t;
    if (t)
      fk->column = own_column(t, str_slice(target, dot + 1, target.len), m);
    return;
  }
  const SqlColumn *column = column_of_expr(m, x);
  if (!column) // a Column object of the class body: `parent_id = Column(ForeignKey(id))`
    return;
  fk->column = column;
  fk->table = column->table;
  if (column->table && column->table->full_name.len)
    fk->target = str_format(m->arena, "%.*s.%.*s", STR_ARG(column->table->full_name),
                            STR_ARG(model_text(m, column->name)));
}

// A column without a type has the type of what its foreign key leads to.
static void take_type(SqlColumn *c, int depth) {
  if (c->type.node.ref || c->type.known || depth > 20)
    return;
  for (uint32_t i = 0; i < c->foreign_key_count; i++) {
    SqlColumn *target = (SqlColumn *)(uintptr_t)c->foreign_keys[i].column;
    if (!target || target == c)
      continue;
    take_type(target, depth + 1);
    if (target->type.known) {
      Place none = {0};
      c->type = target->type;
      c->type.node = none;
      return;
    }
  }
}

void tables_finish(Models *m) {
  for (uint32_t i = 0; i < m->tables.len; i++) {
    SqlTable *t = m->tables.items[i];
    if (!t->full_name.len)
      continue;
    Atom name = intern(m->names, t->full_name);
    add_name(&m->table_by_name, name, i);
    if (t->model)
      add_name(&m->tables_in_base, base_key(m, t->model->base, name), i);
  }
  for (uint32_t i = 0; i < m->tables.len; i++)
    for (uint32_t k = 0; k < m->tables.items[i]->column_count; k++) {
      SqlColumn *c = m->tables.items[i]->columns[k];
      for (uint32_t f = 0; f < c->foreign_key_count; f++)
        resolve_foreign_key(m, c, &c->foreign_keys[f]);
    }
  for (uint32_t i = 0; i < m->tables.len; i++)
    for (uint32_t k = 0; k < m->tables.items[i]->column_count; k++)
      take_type(m->tables.items[i]->columns[k], 0);
}
