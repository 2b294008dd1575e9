// python_model.c: columns, relationships and classes as pieces for templates.
#include "gen/python_model.h"

static Str joined(Arena *a, const StrVec *items, Str tail) {
  Buf out = {0};
  for (size_t i = 0; i < items->len; i++)
    buf_printf(&out, "%.*s, ", STR_ARG(py_string(a, items->items[i])));
  buf_add_str(&out, tail);
  if (!tail.len && out.len)
    out.len -= 2;
  Str s = str_copy(a, buf_str(&out));
  buf_free(&out);
  return s;
}

Str py_column_name(const SchemaColumn *c) {
  return c->column_name.len ? c->column_name : c->name;
}

static Str call(Arena *a, const char *function, const json_t *args) {
  Buf out = {0};
  size_t i;
  json_t *arg;
  buf_printf(&out, "%s(", function);
  json_array_foreach((json_t *)args, i, arg)
      buf_printf(&out, "%s%s", i ? ", " : "", json_string_value(arg));
  buf_add_char(&out, ')');
  Str s = str_copy(a, buf_str(&out));
  buf_free(&out);
  return s;
}

static Str foreign_key(PyWriter *m, const SchemaForeignKey *k) {
  py_import(m, "sqlalchemy", "ForeignKey");
  Buf out = {0};
  Str schema = k->table->schema;
  if (!schema.len && !k->table->external)
    schema = m->schema->namespace;
  buf_printf(&out, "ForeignKey(\"%.*s%s%.*s.%.*s\"", STR_ARG(schema),
             schema.len ? "." : "", STR_ARG(k->table->name),
             STR_ARG(py_column_name(k->column)));
  if (k->ondelete.len)
    buf_printf(&out, ", ondelete=\"%.*s\"", STR_ARG(k->ondelete));
  if (k->onupdate.len)
    buf_printf(&out, ", onupdate=\"%.*s\"", STR_ARG(k->onupdate));
  if (k->name.len)
    buf_printf(&out, ", name=\"%.*s\"", STR_ARG(k->name));
  buf_add_char(&out, ')');
  Str s = str_copy(m->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

// ---- Defaults

// The current time, from the database; SQLite's and MySQL's dates and times need their
// own function.
Str py_clock(PyWriter *m, const SchemaColumn *c) {
  py_import(m, "sqlalchemy", "func");
  return c->type.kind == TYPE_DATE   ? STR("func.current_date()")
         : c->type.kind == TYPE_TIME ? STR("func.current_time()")
                                     : STR("func.now()");
}

Str py_server_default(PyWriter *m, const SchemaColumn *c) {
  if (c->default_kind == DEFAULT_NOW)
    return py_clock(m, c);
  if (c->default_kind == DEFAULT_SERVER) {
    py_import(m, "sqlalchemy", "text");
    return str_format(m->arena, "text(%.*s)",
                      STR_ARG(py_string(m->arena, c->default_text)));
  }
  if (c->type.kind == TYPE_BOOLEAN) {
    bool yes = str_is(py_value(m, &c->type, c->default_text), "True");
    py_import(m, "sqlalchemy", yes ? "true" : "false");
    return yes ? STR("true()") : STR("false()");
  }
  return py_string(m->arena, c->default_text);
}

// True where nobody passes the value to __init__: the database, the relationship or the
// mapper sets it.
static bool made_elsewhere(const SchemaColumn *c) {
  bool counted = c->primary_key && (c->foreign_key || c->type.kind == TYPE_INTEGER ||
                                    c->type.kind == TYPE_BIGINT);
  if (c->default_kind || c->computed.len || c->identity || counted ||
      (c->table->discriminator.len && str_eq(c->name, c->table->discriminator)))
    return true;
  for (size_t i = 0; i < c->table->relations.len; i++)
    if (c->table->relations.items[i]->owner && c->table->relations.items[i]->key == c)
      return true;
  return false;
}

// Arguments that say the default; in a dataclass the field's own default goes along.
static void push_default(PyWriter *m, const SchemaColumn *c, json_t *args, bool core) {
  bool dataclass = m->settings->dataclass && !core;
  if ((m->migration || m->server_only) &&
      (c->default_kind == DEFAULT_UUID || c->default_kind == DEFAULT_EMPTY ||
       (c->default_kind == DEFAULT_VALUE && !c->server_side)))
    return;
  Str value;
  switch (c->default_kind) {
  case DEFAULT_NONE:
  case DEFAULT_CALLABLE:
    break;
  case DEFAULT_VALUE:
    if (c->server_side) {
      py_push(args, "server_default=%.*s", STR_ARG(py_server_default(m, c)));
      break;
    }
    value = core && c->type.kind == TYPE_ENUM ? py_string(m->arena, c->default_text)
                                              : py_value(m, &c->type, c->default_text);
    py_push(args, "default=%.*s", STR_ARG(value));
    return;
  case DEFAULT_NOW:
    value = py_clock(m, c);
    py_push(args, "server_default=%.*s", STR_ARG(value));
    if (c->update_now && !m->migration)
      py_push(args, "onupdate=%.*s", STR_ARG(value));
    break;
  case DEFAULT_UUID:
    py_import(m, "uuid", "uuid4");
    py_push(args, dataclass ? "default_factory=uuid4" : "default=uuid4");
    if (dataclass && c->primary_key)
      py_push(args, "init=False");
    return;
  case DEFAULT_EMPTY:
    value = str_is(c->default_text, "[]") ? STR("list") : STR("dict");
    py_push(args, "%s=%.*s", dataclass ? "default_factory" : "default", STR_ARG(value));
    return;
  case DEFAULT_SERVER:
    py_push(args, "server_default=%.*s", STR_ARG(py_server_default(m, c)));
    break;
  }
  if (dataclass && made_elsewhere(c))
    py_push(args, "init=False");
  else if (dataclass && c->nullable)
    py_push(args, "default=None");
}

// ---- Columns

static bool needs_existing(const SchemaColumn *c, const Schema *s) {
  const SchemaTable *t = c->table;
  for (size_t i = 0; i < s->tables.len && t->parent_kind == PARENT_SINGLE; i++) {
    const SchemaTable *other = s->tables.items[i];
    if (other != t && other->parent_kind == PARENT_SINGLE &&
        str_eq(other->name, t->name) && schema_column(other, c->name))
      return true;
  }
  return false;
}

static void push_flags(PyWriter *m, const SchemaColumn *c, json_t *args, bool core) {
  if (c->computed.len) {
    py_import(m, "sqlalchemy", "Computed");
    py_push(args, "Computed(%.*s)", STR_ARG(py_string(m->arena, c->computed)));
  }
  // MariaDB takes no NOT NULL for a computed column.
  bool may_be_null = c->computed.len && m->settings->database == DATABASE_MARIADB;
  if (may_be_null && !core)
    py_push(args, "nullable=True");
  if (c->identity) {
    py_import(m, "sqlalchemy", "Identity");
    py_push(args, "Identity()");
  }
  if (c->primary_key)
    py_push(args, "primary_key=True");
  if (core && !c->nullable && !c->primary_key && !may_be_null)
    py_push(args, "nullable=False");
  if (c->unique)
    py_push(args, "unique=True");
  if (c->index)
    py_push(args, "index=True");
  if (!core && needs_existing(c, m->schema))
    py_push(args, "use_existing_column=True");
  push_default(m, c, args, core);
  if (c->comment.len)
    py_push(args, "comment=%.*s", STR_ARG(py_string(m->arena, c->comment)));
}

// The values as text. In a revision the first column of a type makes it; those behind
// leave that out on PostgreSQL, where it has a name of its own.
static Str core_enum(PyWriter *m, const SchemaEnum *e) {
  Arena *a = m->arena;
  Str text =
      str_format(a, "%.*s, name=%.*s", STR_ARG(joined(a, &e->values, (Str){"", 0})),
                 STR_ARG(py_string(a, name_snake(a, e->name))));
  bool made = false;
  for (size_t i = 0; i < m->made_enums.len; i++)
    made |= m->made_enums.items[i] == e;
  if (!made)
    vec_push(&m->made_enums, e);
  py_import(m, "sqlalchemy", "Enum");
  if (!made || !m->migration)
    return str_format(a, "Enum(%.*s)", STR_ARG(text));
  py_import(m, "sqlalchemy.dialects", "postgresql");
  return str_format(a,
                    "Enum(%.*s).with_variant(postgresql.ENUM(%.*s, create_type=False), "
                    "\"postgresql\")",
                    STR_ARG(text), STR_ARG(text));
}

// "" where nothing has to be said: a foreign key takes the type of its target.
static Str column_type(PyWriter *m, const SchemaColumn *c, bool core) {
  if (c->foreign_key && !m->migration)
    return (Str){"", 0};
  while (c->foreign_key)
    c = c->foreign_key->column;
  if (core && c->type.kind == TYPE_ENUM)
    return core_enum(m, c->type.enumeration);
  return core ? py_sql_type_explicit(m, &c->type, c->primary_key)
              : py_sql_type(m, &c->type, c->primary_key);
}

static json_t *column_args(PyWriter *m, const SchemaColumn *c, bool core) {
  json_t *args = json_array();
  if (core || c->column_name.len)
    json_array_append_new(args, py_json(py_string(m->arena, py_column_name(c))));
  Str sql = column_type(m, c, core);
  if (sql.len)
    json_array_append_new(args, py_json(sql));
  if (c->foreign_key)
    json_array_append_new(args, py_json(foreign_key(m, c->foreign_key)));
  push_flags(m, c, args, core);
  return args;
}

Str py_core_column(PyWriter *m, const SchemaColumn *c) {
  json_t *args = column_args(m, c, true);
  Str text = call(m->arena, "Column", args);
  py_import(m, "sqlalchemy", "Column");
  json_decref(args);
  return text;
}

// Arguments of a Column() that no annotation goes along with.
static json_t *classic_args(PyWriter *m, const SchemaColumn *c) {
  json_t *args = json_array();
  py_import(m, "sqlalchemy", "Column");
  if (c->column_name.len)
    json_array_append_new(args, py_json(py_string(m->arena, py_column_name(c))));
  json_array_append_new(args, py_json(py_sql_type_explicit(m, &c->type, c->primary_key)));
  if (c->foreign_key)
    json_array_append_new(args, py_json(foreign_key(m, c->foreign_key)));
  if (!c->nullable && !c->primary_key)
    json_array_append_new(args, json_string("nullable=False"));
  push_flags(m, c, args, false);
  return args;
}

Str py_column_call(PyWriter *m, const SchemaColumn *c) {
  json_t *args = classic_args(m, c);
  Str text = call(m->arena, "Column", args);
  json_decref(args);
  return text;
}

// A column of the days before annotations: `name = Column(String(50), nullable=False)`.
static json_t *classic_column_json(PyWriter *m, const SchemaColumn *c) {
  json_t *j = json_object();
  json_object_set_new(j, "name", py_json(c->name));
  json_object_set_new(j, "annotation", json_string(""));
  json_object_set_new(j, "function", json_string("Column"));
  json_object_set_new(j, "args", classic_args(m, c));
  return j;
}

// A field of a dataclass that __init__ takes, but not by its place.
void py_push_keyword_only(const PyWriter *m, json_t *args) {
  size_t i;
  json_t *arg;
  bool taken = m->keyword_fields && m->settings->dataclass;
  json_array_foreach(args, i, arg) taken &=
      strcmp(json_string_value(arg), "init=False") != 0;
  if (taken)
    py_push(args, "kw_only=True");
}

Str py_or_none(PyWriter *m, Str type) {
  if (!m->optional)
    return str_format(m->arena, "%.*s | None", STR_ARG(type));
  py_import(m, "typing", "Optional");
  return str_format(m->arena, "Optional[%.*s]", STR_ARG(type));
}

static json_t *spelled_column_json(const SchemaColumn *c) {
  const SchemaSpelling *s = c->spelling;
  json_t *j = json_object(), *args = json_array();
  for (uint32_t i = 0; i < s->argument_count; i++)
    json_array_append_new(args, py_json(s->arguments[i]));
  json_object_set_new(j, "name", py_json(c->name));
  json_object_set_new(j, "annotation", py_json(s->annotation));
  json_object_set_new(j, "function", py_json(s->function));
  json_object_set_new(j, "args", args);
  return j;
}

json_t *py_column_json(PyWriter *m, const SchemaColumn *c) {
  if (c->spelling)
    return spelled_column_json(c);
  if (m->sqlmodel)
    return py_sqlmodel_column_json(m, c);
  if (m->classic)
    return classic_column_json(m, c);
  Str type = py_type(m, &c->type, c->default_kind, c->default_text);
  if (c->nullable)
    type = py_or_none(m, type);
  json_t *args = column_args(m, c, false);
  py_push_keyword_only(m, args);
  if (json_array_size(args))
    py_import(m, "sqlalchemy.orm", "mapped_column");
  py_import(m, "sqlalchemy.orm", "Mapped");
  json_t *j = json_object();
  json_object_set_new(j, "name", py_json(c->name));
  json_object_set_new(j, "annotation",
                      py_json(str_format(m->arena, "Mapped[%.*s]", STR_ARG(type))));
  json_object_set_new(j, "function", json_string("mapped_column"));
  json_object_set_new(j, "args", args);
  return j;
}

// ---- Tables

// Words that a database does not take for a column without quotes; text of a constraint
// cannot be quoted the same way everywhere, an expression can.
static bool is_sql_word(Str name) {
  static const char *const words[] = {
      "all",    "and",        "as",     "between", "by",       "case",   "check",
      "column", "condition",  "create", "default", "desc",     "end",    "from",
      "group",  "groups",     "in",     "index",   "interval", "is",     "key",
      "keys",   "left",       "like",   "limit",   "maxvalue", "not",    "of",
      "offset", "on",         "or",     "order",   "primary",  "range",  "rank",
      "read",   "references", "repeat", "right",   "row",      "rows",   "select",
      "set",    "table",      "then",   "to",      "union",    "unique", "update",
      "usage",  "user",       "using",  "values",  "when",     "where",  "window",
      "with",   "write",      "lead",   "lag",
  };
  return str_is_any(name, words, ARRAY_LEN(words));
}

static Str check_expression(PyWriter *m, const SchemaTable *t,
                            const SchemaConstraint *k) {
  if (!k->bound.len)
    return py_string(m->arena, k->expression);
  SchemaColumn *c = schema_column_inherited(t, k->columns.items[0]);
  Str name = py_column_name(c);
  if (!is_sql_word(name))
    return str_format(m->arena, "\"%.*s %.*s\"", STR_ARG(name), STR_ARG(k->bound));
  py_import(m, "sqlalchemy", "column");
  return str_format(m->arena, "column(\"%.*s\") %.*s", STR_ARG(name), STR_ARG(k->bound));
}

static Str constraint_columns(PyWriter *m, const SchemaTable *t,
                              const SchemaConstraint *k) {
  StrVec names = {0};
  for (size_t i = 0; i < k->columns.len; i++) {
    SchemaColumn *c = schema_column_inherited(t, k->columns.items[i]);
    vec_push(&names, py_column_name(c));
  }
  Str s = joined(m->arena, &names, (Str){"", 0});
  vec_free(&names);
  return s;
}

static const char *named(PyWriter *m, const SchemaConstraint *k) {
  return k->name.len ? str_format(m->arena, ", name=\"%.*s\"", STR_ARG(k->name)).ptr : "";
}

static void push_constraints(PyWriter *m, const SchemaTable *t, json_t *args) {
  for (size_t i = 0; i < t->constraints.len; i++) {
    const SchemaConstraint *k = t->constraints.items[i];
    switch (k->kind) {
    case CHECK_CONSTRAINT:
      py_import(m, "sqlalchemy", "CheckConstraint");
      py_push(args, "CheckConstraint(%.*s%s)", STR_ARG(check_expression(m, t, k)),
              named(m, k));
      break;
    case UNIQUE_CONSTRAINT:
      py_import(m, "sqlalchemy", "UniqueConstraint");
      py_push(args, "UniqueConstraint(%.*s%s)", STR_ARG(constraint_columns(m, t, k)),
              named(m, k));
      break;
    case PLAIN_INDEX:
    case UNIQUE_INDEX:
      py_import(m, "sqlalchemy", "Index");
      py_push(args, "Index(\"%.*s\", %.*s%s)", STR_ARG(k->name),
              STR_ARG(constraint_columns(m, t, k)),
              k->kind == UNIQUE_INDEX ? ", unique=True" : "");
      break;
    }
  }
}

json_t *py_constraints_json(PyWriter *m, const SchemaTable *t) {
  json_t *args = json_array();
  push_constraints(m, t, args);
  return args;
}

// The expression for the database's schema of a table: its own, or the project's habit.
static Str namespace_text(PyWriter *m, const SchemaTable *t) {
  return t->schema.len ? py_string(m->arena, t->schema) : m->schema->namespace_text;
}

json_t *py_table_json(PyWriter *m, const SchemaTable *t, bool core) {
  json_t *j = json_object(), *args = json_array();
  if (!m->migration)
    py_import(m, "sqlalchemy", "Table");
  for (size_t i = 0; i < t->columns.len; i++)
    json_array_append_new(args, py_json(py_core_column(m, t->columns.items[i])));
  push_constraints(m, t, args);
  if (core && t->comment.len)
    py_push(args, "comment=%.*s", STR_ARG(py_string(m->arena, t->comment)));
  Str space = namespace_text(m, t);
  if (space.len)
    py_push(args, "schema=%.*s", STR_ARG(space));
  json_object_set_new(j, "variable", py_json(name_snake(m->arena, t->name)));
  json_object_set_new(j, "name", py_json(t->name));
  json_object_set_new(j, "metadata", py_json(m->metadata));
  json_object_set_new(j, "args", args);
  return j;
}

// ---- Models

static json_t *table_args(PyWriter *m, const SchemaTable *t) {
  json_t *args = json_array();
  push_constraints(m, t, args);
  Str comment = py_string(m->arena, t->comment), schema = namespace_text(m, t);
  if (t->comment.len && schema.len)
    py_push(args, "{\"comment\": %.*s, \"schema\": %.*s}", STR_ARG(comment),
            STR_ARG(schema));
  else if (t->comment.len)
    py_push(args, "{\"comment\": %.*s}", STR_ARG(comment));
  else if (schema.len)
    py_push(args, "{\"schema\": %.*s}", STR_ARG(schema));
  return args;
}

static bool updates_clock(const SchemaTable *t) {
  for (; t; t = t->parent)
    for (size_t i = 0; i < t->columns.len; i++)
      if (t->columns.items[i]->update_now)
        return true;
  return false;
}

static bool has_key_to(const SchemaTable *from, const SchemaTable *to, bool plain) {
  for (size_t i = 0; i < from->columns.len; i++) {
    const SchemaColumn *c = from->columns.items[i];
    if (c->foreign_key && !(plain && c->primary_key) &&
        str_eq(c->foreign_key->table->name, to->name))
      return true;
  }
  return false;
}

// Where another foreign key leads from a joined child's table to its parent's or back, of
// whatever class that is stored there, the child has to say which one joins.
static bool ambiguous_parent(const Schema *s, const SchemaTable *t) {
  for (size_t i = 0; i < s->tables.len && t->parent_kind == PARENT_JOINED; i++) {
    const SchemaTable *of = s->tables.items[i];
    if ((py_storage_of(of) == t && has_key_to(of, t->parent, of == t)) ||
        (py_storage_of(of) == py_storage_of(t->parent) && has_key_to(of, t, false)))
      return true;
  }
  return false;
}

static json_t *mapper_args(PyWriter *m, const SchemaTable *t) {
  json_t *args = json_array();
  if (t->base_kind == PARENT_CONCRETE)
    py_push(args, "\"concrete\": True");
  if (t->discriminator.len)
    py_push(args, "\"polymorphic_on\": \"%.*s\"", STR_ARG(t->discriminator));
  if (t->identity.len)
    py_push(args, "\"polymorphic_identity\": \"%.*s\"", STR_ARG(t->identity));
  if (ambiguous_parent(m->schema, t)) {
    SchemaColumn *id = schema_primary_key(t);
    py_push(args, "\"inherit_condition\": %.*s == %.*s.%.*s", STR_ARG(id->name),
            STR_ARG(t->parent->class_name), STR_ARG(schema_primary_key(t->parent)->name));
  }
  // What an UPDATE sets in the database is read back at once: later would be too late in
  // asyncio.
  if (m->settings->is_async && updates_clock(t))
    py_push(args, "\"eager_defaults\": True");
  return args;
}

static bool is_secret(Str name) {
  static const char *const parts[] = {"password", "secret", "token",
                                      "hash",     "salt",   "key"};
  for (size_t i = 0; i < ARRAY_LEN(parts); i++)
    if (str_find(name, str_from(parts[i]), 0) != SIZE_MAX)
      return true;
  return false;
}

// Attributes that __repr__ shows: the key and short plain ones, as many as fit on a line.
static json_t *repr_names(const SchemaTable *t, size_t width) {
  json_t *names = json_array();
  size_t used = strlen("        return f\"()\"") + t->class_name.len;
  for (int pass = 0; pass < 2; pass++)
    for (const SchemaTable *of = t; of; of = of->parent)
      for (size_t i = 0; i < of->columns.len; i++) {
        const SchemaColumn *c = of->columns.items[i];
        if (c->primary_key != (pass == 0) || (pass == 0 && of != t && c->foreign_key))
          continue;
        bool plain = c->type.kind == TYPE_STRING || c->type.kind == TYPE_ENUM;
        size_t length = 2 * c->name.len + strlen("={self.!r}, ");
        if (pass && (!plain || c->foreign_key || is_secret(c->name)))
          continue;
        if (pass && (used + length > width || json_array_size(names) >= 4))
          continue; // a key is always shown
        if (pass == 0 && of != t && schema_column(t, c->name))
          continue;
        used += length;
        json_array_append_new(names, py_json(c->name));
      }
  return names;
}

static Str bases(PyWriter *m, const SchemaTable *t) {
  Buf out = {0};
  const char *tail = m->sqlmodel                                        ? ", table=True"
                     : m->settings->dataclass && !m->keywords_inherited ? ", kw_only=True"
                                                                        : "";
  if (t->parent)
    return str_format(m->arena, "%.*s%s", STR_ARG(t->parent->class_name), tail);
  for (int k = MIXIN_COUNT - 1; k >= 0; k--) { // the key first, deletion last
    MixinKind kind = k == 2 ? MIXIN_UUID : k == 1 ? MIXIN_TIMESTAMPS : MIXIN_SOFT_DELETE;
    const SchemaMixin *mixin = &m->schema->mixins[kind];
    bool wanted = schema_wants_mixin(t, kind) && !m->sqlmodel;
    if (wanted && mixin->name.len && !mixin->written_out)
      buf_printf(&out, "%.*s, ", STR_ARG(mixin->name));
    if (wanted && mixin->exists && mixin->module.len)
      py_import_str(m, mixin->module, mixin->name);
  }
  if (t->base && t->base_kind == PARENT_MIXIN)
    buf_printf(&out, "%.*s, ", STR_ARG(t->base->class_name));
  bool based = t->base && t->base_kind != PARENT_MIXIN;
  buf_add_str(&out, based ? t->base->class_name : t->bases.len ? t->bases : m->base);
  if (m->sqlmodel && !t->bases.len)
    py_import(m, "sqlmodel", "SQLModel");
  if (!m->base.len && !t->bases.len && !based)
    out.len -= out.len ? 2 : 0;
  else
    buf_add_text(&out, tail);
  Str s = str_copy(m->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

static MixinKind mixin_of(const SchemaColumn *c) {
  return str_is(c->name, "deleted_at") ? MIXIN_SOFT_DELETE
         : c->primary_key              ? MIXIN_UUID
                                       : MIXIN_TIMESTAMPS;
}

// Columns of a mixin stand in the class where the mixin cannot be written, and in
// SQLModel, where a Column belongs to one table.
static bool is_written(const PyWriter *m, const SchemaTable *t, const SchemaColumn *c) {
  if (!c->inherited)
    return true;
  MixinKind kind = mixin_of(c);
  const SchemaMixin *mixin = &m->schema->mixins[kind];
  return schema_wants_mixin(t, kind) && mixin->name.len &&
         (m->sqlmodel || mixin->written_out);
}

json_t *py_model_json(PyWriter *m, const SchemaTable *t) {
  json_t *j = json_object(), *columns = json_array(), *relations = json_array();
  for (size_t i = 0; i < t->columns.len; i++)
    if (is_written(m, t, t->columns.items[i]))
      json_array_append_new(columns, py_column_json(m, t->columns.items[i]));
  for (size_t i = 0; i < t->relations.len; i++)
    json_array_append_new(relations, py_relation_json(m, t->relations.items[i]));
  json_object_set_new(j, "name", py_json(t->class_name));
  json_object_set_new(j, "bases", py_json(bases(m, t)));
  json_object_set_new(j, "table",
                      py_json(t->parent_kind == PARENT_SINGLE || t->name_follows
                                  ? (Str){"", 0}
                                  : t->name));
  json_object_set_new(j, "decorator", py_json(m->decorator));
  json_object_set_new(j, "doc", py_json(t->comment));
  json_object_set_new(j, "columns", columns);
  json_object_set_new(j, "relationships", relations);
  json_object_set_new(j, "hybrids", py_hybrids_json(m, t));
  json_object_set_new(j, "table_args",
                      t->parent_kind == PARENT_SINGLE ? json_array() : table_args(m, t));
  json_object_set_new(j, "mapper_args", mapper_args(m, t));
  bool repr = !m->settings->no_repr && !m->settings->dataclass && !m->sqlmodel;
  size_t width = m->settings->line_length ? m->settings->line_length : 88;
  json_object_set_new(j, "repr", repr ? repr_names(t, width) : json_array());
  return j;
}

json_t *py_link_json(PyWriter *m, const SchemaTable *t) {
  json_t *j = json_object(), *columns = json_array();
  for (size_t i = 0; i < t->columns.len; i++)
    json_array_append_new(columns, py_column_json(m, t->columns.items[i]));
  json_object_set_new(j, "name", py_json(t->link_name));
  json_object_set_new(j, "bases", py_json(bases(m, t)));
  json_object_set_new(j, "table", py_json(t->name_follows ? (Str){"", 0} : t->name));
  json_object_set_new(j, "decorator", json_string(""));
  json_object_set_new(j, "doc", json_string(""));
  json_object_set_new(j, "columns", columns);
  json_object_set_new(j, "hybrids", json_array());
  json_object_set_new(j, "relationships", json_array());
  json_object_set_new(j, "table_args", table_args(m, t));
  json_object_set_new(j, "mapper_args", json_array());
  json_object_set_new(j, "repr", json_array());
  return j;
}

json_t *py_enum_json(PyWriter *m, const SchemaEnum *e) {
  py_import(m, "enum", "");
  json_t *j = json_object(), *members = json_array();
  for (size_t k = 0; k < e->values.len; k++) {
    json_t *member = json_object();
    json_object_set_new(member, "name",
                        py_json(py_enum_member(m->arena, e->values.items[k])));
    json_object_set_new(member, "value",
                        py_json(py_string(m->arena, e->values.items[k])));
    json_array_append_new(members, member);
  }
  json_object_set_new(j, "name", py_json(e->name));
  json_object_set_new(j, "members", members);
  return j;
}

json_t *py_enums_json(PyWriter *m) {
  json_t *list = json_array();
  for (size_t i = 0; i < m->schema->enums.len; i++) {
    const SchemaEnum *e = m->schema->enums.items[i];
    if (!e->external && !e->added)
      json_array_append_new(list, py_enum_json(m, e));
  }
  return list;
}

void py_create_table(PyWriter *m, const json_t *table, json_t *upgrade,
                     json_t *downgrade) {
  const char *name = json_string_value(json_object_get(table, "name"));
  size_t i;
  json_t *arg, *args = json_object_get(table, "args");
  Buf out = {0};
  buf_printf(&out, "op.create_table(\"%s\"", name);
  json_array_foreach(args, i, arg) buf_printf(&out, ", %s", json_string_value(arg));
  buf_add_char(&out, ')');
  json_array_append_new(upgrade, py_json(buf_str(&out)));
  const char *schema = "";
  json_array_foreach(args, i, arg) if (!strncmp(json_string_value(arg), "schema=", 7))
      schema = json_string_value(arg);
  json_array_insert_new(downgrade, 0,
                        py_json(str_format(m->arena, "op.drop_table(\"%s\"%s%s)", name,
                                           *schema ? ", " : "", schema)));
  buf_free(&out);
}
