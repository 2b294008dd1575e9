// python_sqlmodel.c: columns and relationships as SQLModel has them.
//
//   title: str = Field(max_length=80)
//   author: "User" = Relationship(back_populates="posts")
//
// What Field() can say is said there; the rest is a Column in sa_column. A value that the
// database gives is None until it is read, so its annotation has None while the column
// has NOT NULL. An association table is a class, the link model.
#include "gen/python_model.h"

// True where the annotation gives SQLModel the type of the column.
static bool is_natural(const SchemaType *type) {
  switch (type->kind) {
  case TYPE_STRING:
  case TYPE_INTEGER:
  case TYPE_FLOAT:
  case TYPE_DECIMAL:
  case TYPE_BOOLEAN:
  case TYPE_DATE:
  case TYPE_INTERVAL:
  case TYPE_UUID:
  case TYPE_ENUM:
    return true;
  case TYPE_DATETIME:
  case TYPE_TIME:
    return type->naive;
  case TYPE_BYTES:
    return !type->length;
  default:
    return false;
  }
}

// True where Field() and the annotation say all of it. `*type` is a class of SQLAlchemy
// that Field() is told, "" for none.
static bool is_plain(PyWriter *m, const SchemaColumn *c, Str *type) {
  *type = (Str){"", 0};
  if (c->computed.len || c->identity || c->default_kind == DEFAULT_SERVER)
    return false;
  if (is_natural(&c->type))
    return true;
  size_t wanted = m->imports.len;
  *type = py_sql_type_explicit(m, &c->type, c->primary_key);
  bool is_class = str_find_char(*type, '(', 0) == SIZE_MAX;
  if (!is_class)
    m->imports.len = wanted; // named again where it is written
  return is_class;
}

// True where the database fills the value in.
static bool is_filled(const SchemaColumn *c) {
  bool counted = c->primary_key && !c->foreign_key &&
                 (c->type.kind == TYPE_INTEGER || c->type.kind == TYPE_BIGINT);
  return counted || c->server_side || c->default_kind == DEFAULT_NOW ||
         c->default_kind == DEFAULT_SERVER || c->computed.len || c->identity;
}

static void push_python_default(PyWriter *m, const SchemaColumn *c, json_t *args) {
  if (c->nullable || is_filled(c))
    py_push(args, "default=None");
  else if (c->default_kind == DEFAULT_VALUE)
    py_push(args, "default=%.*s", STR_ARG(py_value(m, &c->type, c->default_text)));
  else if (c->default_kind == DEFAULT_EMPTY)
    py_push(args, "default_factory=%s", str_is(c->default_text, "[]") ? "list" : "dict");
  else if (c->default_kind == DEFAULT_UUID) {
    py_import(m, "uuid", "uuid4");
    py_push(args, "default_factory=uuid4");
  }
}

// What Column() is told beyond the words of Field().
static void push_column_kwargs(PyWriter *m, const SchemaColumn *c, json_t *args) {
  json_t *column = json_array();
  Buf out = {0};
  size_t i;
  json_t *item;
  if (c->column_name.len)
    py_push(column, "\"name\": %.*s", STR_ARG(py_string(m->arena, c->column_name)));
  if (c->default_kind == DEFAULT_NOW || c->server_side)
    py_push(column, "\"server_default\": %.*s", STR_ARG(py_server_default(m, c)));
  if (c->update_now)
    py_push(column, "\"onupdate\": %.*s", STR_ARG(py_clock(m, c)));
  if (c->comment.len)
    py_push(column, "\"comment\": %.*s", STR_ARG(py_string(m->arena, c->comment)));
  json_array_foreach(column, i, item)
      buf_printf(&out, "%s%s", i ? ", " : "", json_string_value(item));
  if (out.len)
    py_push(args, "sa_column_kwargs={%.*s}", STR_ARG(buf_str(&out)));
  json_decref(column);
  buf_free(&out);
}

static void push_plain(PyWriter *m, const SchemaColumn *c, Str type, json_t *args) {
  const SchemaForeignKey *k = c->foreign_key;
  if (type.len)
    py_push(args, "sa_type=%.*s", STR_ARG(type));
  if (c->primary_key)
    py_push(args, "primary_key=True");
  if (k)
    py_push(args, "foreign_key=\"%.*s.%.*s\"", STR_ARG(k->table->name),
            STR_ARG(py_column_name(k->column)));
  if (k && k->ondelete.len)
    py_push(args, "ondelete=\"%.*s\"", STR_ARG(k->ondelete));
  if (!k && c->type.kind == TYPE_STRING && c->type.length)
    py_push(args, "max_length=%u", c->type.length);
  if (!k && c->type.kind == TYPE_DECIMAL && c->type.precision)
    py_push(args, "max_digits=%u, decimal_places=%u", c->type.precision, c->type.scale);
  if (c->unique)
    py_push(args, "unique=True");
  if (c->index)
    py_push(args, "index=True");
  if (is_filled(c) && !c->nullable && !c->primary_key)
    py_push(args, "nullable=False");
  push_column_kwargs(m, c, args);
}

json_t *py_sqlmodel_column_json(PyWriter *m, const SchemaColumn *c) {
  json_t *j = json_object(), *args = json_array();
  Str type = py_type(m, &c->type, c->default_kind, c->default_text);
  if (c->nullable || (is_filled(c) && !c->computed.len))
    type = py_or_none(m, type);
  push_python_default(m, c, args);
  Str sql;
  if (is_plain(m, c, &sql)) {
    push_plain(m, c, sql, args);
  } else {
    m->server_only = true;
    Str column = py_column_call(m, c);
    m->server_only = false;
    py_push(args, "sa_column=%.*s", STR_ARG(column));
  }
  const char *only = json_string_value(json_array_get(args, 0));
  bool value = json_array_size(args) == 1 && str_starts(str_from(only), STR("default="));
  if (value) // `name: str | None = None`
    json_object_set_new(j, "value", json_string(only + strlen("default=")));
  else if (json_array_size(args))
    py_import(m, "sqlmodel", "Field");
  json_object_set_new(j, "name", py_json(c->name));
  json_object_set_new(j, "annotation", py_json(type));
  json_object_set_new(j, "function", json_string("Field"));
  json_object_set_new(j, "args", args);
  return j;
}

// ---- Relationships

// Arguments of relationship() that Relationship() has no word for.
static void push_rest(const SchemaRelation *r, json_t *rest) {
  if (r->ambiguous)
    py_push(rest, "\"foreign_keys\": \"%.*s.%.*s\"", STR_ARG(r->key->table->class_name),
            STR_ARG(r->key->name));
  if (!r->secondary && r->owner && r->self_parent)
    py_push(rest, "\"remote_side\": \"%.*s.%.*s\"", STR_ARG(r->target->class_name),
            STR_ARG(schema_primary_key(r->target)->name));
  if (r->kind == RELATION_ONE_TO_ONE && !r->owner)
    py_push(rest, "\"uselist\": False");
  if (r->via)
    py_push(rest, "\"secondary\": \"%.*s\", \"viewonly\": True",
            STR_ARG(r->via->target->name));
  if (r->secondary && (r->table->external || r->table == r->target))
    py_push(rest, "\"secondary\": \"%.*s\"", STR_ARG(r->secondary->name));
  if (r->secondary && r->table == r->target)
    for (int i = 0; i < 2; i++) {
      size_t at = (size_t)(r->owner ? i : 1 - i);
      py_push(rest, "\"%s\": \"%.*s.%.*s == %.*s.c.%.*s\"",
              i ? "secondaryjoin" : "primaryjoin", STR_ARG(r->table->class_name),
              STR_ARG(schema_primary_key(r->table)->name), STR_ARG(r->secondary->name),
              STR_ARG(r->secondary->columns.items[at]->name));
    }
  if (r->lazy.len)
    py_push(rest, "\"lazy\": \"%.*s\"", STR_ARG(r->lazy));
}

json_t *py_sqlmodel_relation_json(PyWriter *m, const SchemaRelation *r) {
  json_t *j = json_object(), *args = json_array(), *rest = json_array(), *item;
  bool many = r->kind == RELATION_ONE_TO_MANY || r->kind == RELATION_MANY_TO_MANY;
  Str target = str_format(m->arena, "\"%.*s\"", STR_ARG(r->target->class_name));
  Str type = many ? str_format(m->arena, "%s[%.*s]", m->old_list ? "List" : "list",
                               STR_ARG(target))
                  : target;
  Buf out = {0};
  size_t i;
  py_import(m, "sqlmodel", "Relationship");
  if (many && m->old_list)
    py_import(m, "typing", "List");
  if (!many && (!r->owner || r->key->nullable)) { // "User | None" is no class to SQLModel
    py_import(m, "typing", "Optional");
    type = str_format(m->arena, "Optional[%.*s]", STR_ARG(target));
  }
  if (r->back && !r->via)
    py_push(args, "back_populates=\"%.*s\"", STR_ARG(r->back->name));
  if (r->secondary && !r->table->external && r->table != r->target)
    py_push(args, "link_model=%.*s", STR_ARG(r->secondary->link_name));
  if (!r->secondary && !r->owner && r->delete_orphan)
    py_push(args, "cascade_delete=True, passive_deletes=True");
  else if (!r->secondary && !r->owner && str_is(r->ondelete, "SET NULL"))
    py_push(args, "passive_deletes=True");
  else if (!r->secondary && !r->owner && str_is(r->ondelete, "RESTRICT"))
    py_push(args, "passive_deletes=\"all\"");
  push_rest(r, rest);
  json_array_foreach(rest, i, item)
      buf_printf(&out, "%s%s", i ? ", " : "", json_string_value(item));
  if (out.len)
    py_push(args, "sa_relationship_kwargs={%.*s}", STR_ARG(buf_str(&out)));
  buf_free(&out);
  json_decref(rest);
  json_object_set_new(j, "name", py_json(r->name));
  json_object_set_new(j, "annotation", py_json(type));
  json_object_set_new(j, "function", json_string("Relationship"));
  json_object_set_new(j, "args", args);
  return j;
}
