// fields_json.c: columns as parameters and as Pydantic fields.
#include "gen/fields_json.h"

// The columns that a value of the model has: a parent's first, without the key that a
// joined child repeats and without what tells subclasses apart.
void fields_collect(const SchemaTable *t, ColumnVec *out) {
  if (t->parent)
    fields_collect(t->parent, out);
  const SchemaTable *root = t;
  while (root->parent)
    root = root->parent;
  for (size_t i = 0; i < t->columns.len; i++) {
    SchemaColumn *c = t->columns.items[i];
    bool repeated = c->primary_key && t->parent;
    if (!repeated && !(root->discriminator.len && str_eq(root->discriminator, c->name)))
      vec_push(out, c);
  }
}

static Str type_of(PyWriter *m, const SchemaColumn *c) {
  return py_type(m, &c->type, c->default_kind, c->default_text);
}

// ---- Keys

static const char *bounds_of(TypeKind k) {
  switch (k) {
  case TYPE_INTEGER:
    return "ge=-2_147_483_648, le=2_147_483_647";
  case TYPE_SMALLINT:
    return "ge=-32_768, le=32_767";
  case TYPE_BIGINT:
    return "ge=-9_223_372_036_854_775_808, le=9_223_372_036_854_775_807";
  default:
    return "";
  }
}

json_t *fields_key_json(PyWriter *m, const SchemaTable *t) {
  ColumnVec columns = {0};
  json_t *list = json_array();
  Str snake = name_snake(m->arena, t->class_name);
  fields_collect(t, &columns);
  for (size_t i = 0; i < columns.len; i++) {
    const SchemaColumn *c = columns.items[i];
    if (!c->primary_key)
      continue;
    Str type = type_of(m, c), parameter = c->name, alias = type;
    if (c->type.enumeration)
      py_import_str(m, m->settings->models_module, c->type.enumeration->name);
    if (str_is(c->name, "id")) // hides the builtin
      parameter = str_format(m->arena, "%.*s_id", STR_ARG(snake));
    const char *bounds = c->type.kind == TYPE_INTEGER && !c->foreign_key
                             ? "ge=1, le=2_147_483_647"
                             : bounds_of(c->type.kind);
    if (*bounds)
      alias = name_camel(m->arena, parameter);
    json_t *j = json_object();
    json_object_set_new(j, "name", py_json(c->name));
    json_object_set_new(j, "parameter", py_json(parameter));
    json_object_set_new(j, "type", py_json(type));
    json_object_set_new(j, "alias", py_json(alias));
    json_object_set_new(j, "bounds", json_string(bounds));
    json_array_append_new(list, j);
  }
  vec_free(&columns);
  return list;
}

// ---- Parameters of create()

// What a caller may give: not what the database or the mixins set.
static bool is_given(const SchemaColumn *c) {
  bool counted = c->primary_key && !c->foreign_key && c->table->columns.len &&
                 schema_primary_key_count(c->table) == 1 &&
                 (c->type.kind == TYPE_INTEGER || c->type.kind == TYPE_BIGINT);
  bool by_default = c->default_kind == DEFAULT_NOW || c->default_kind == DEFAULT_UUID ||
                    c->default_kind == DEFAULT_SERVER ||
                    c->default_kind == DEFAULT_CALLABLE;
  return !counted && !by_default && !c->computed.len && !c->identity && !c->inherited;
}

static json_t *parameter_json(PyWriter *m, const SchemaColumn *c) {
  Str type = type_of(m, c), value = c->name;
  json_t *fallback = json_null();
  if (c->default_kind == DEFAULT_VALUE) {
    fallback = py_json(py_value(m, &c->type, c->default_text));
  } else if (c->default_kind == DEFAULT_EMPTY) {
    fallback = json_string("None");
    value =
        str_format(m->arena, "%.*s or %.*s", STR_ARG(c->name), STR_ARG(c->default_text));
  } else if (c->nullable) {
    fallback = json_string("None");
  }
  if (c->nullable || c->default_kind == DEFAULT_EMPTY)
    type = str_format(m->arena, "%.*s | None", STR_ARG(type));
  json_t *j = json_object();
  json_object_set_new(j, "name", py_json(c->name));
  json_object_set_new(j, "type", py_json(type));
  json_object_set_new(j, "default", fallback);
  json_object_set_new(j, "value", py_json(value));
  return j;
}

json_t *fields_create_json(PyWriter *m, const SchemaTable *t) {
  ColumnVec columns = {0};
  json_t *list = json_array();
  fields_collect(t, &columns);
  for (size_t i = 0; i < columns.len; i++)
    if (is_given(columns.items[i]))
      json_array_append_new(list, parameter_json(m, columns.items[i]));
  vec_free(&columns);
  return list;
}

json_t *fields_lookups_json(PyWriter *m, const SchemaTable *t) {
  ColumnVec columns = {0};
  json_t *list = json_array();
  fields_collect(t, &columns);
  for (size_t i = 0; i < columns.len; i++) {
    const SchemaColumn *c = columns.items[i];
    if (!c->unique || c->primary_key)
      continue;
    json_t *j = json_object();
    json_object_set_new(j, "name", py_json(c->name));
    json_object_set_new(j, "type", py_json(type_of(m, c)));
    json_array_append_new(list, j);
  }
  vec_free(&columns);
  return list;
}

// ---- Pydantic

static bool is_secret(Str name) {
  static const char *const parts[] = {"password", "secret", "token", "salt", "api_key"};
  for (size_t i = 0; i < ARRAY_LEN(parts); i++)
    if (str_find(name, str_from(parts[i]), 0) != SIZE_MAX)
      return true;
  return false;
}

// Field(...) arguments that keep what the column cannot hold out.
static void push_limits(PyWriter *m, const SchemaColumn *c, json_t *args) {
  Arena *a = m->arena;
  Str low = {0}, high = {0};
  if (c->type.kind == TYPE_STRING && c->type.length)
    py_push(args, "max_length=%u", c->type.length);
  if (c->type.kind == TYPE_BYTES && c->type.length)
    py_push(args, "max_length=%u", c->type.length);
  if (c->type.kind == TYPE_DECIMAL && c->type.precision)
    py_push(args, "max_digits=%u, decimal_places=%u", c->type.precision, c->type.scale);
  for (size_t i = 0; i < c->table->constraints.len; i++) {
    const SchemaConstraint *k = c->table->constraints.items[i];
    if (!k->bound.len || !str_eq(k->columns.items[0], c->name))
      continue;
    Str number =
        str_trim(str_slice(k->bound, str_find_char(k->bound, ' ', 0), k->bound.len));
    if (k->bound.ptr[0] == '<')
      high =
          str_format(a, "%s=%.*s", k->bound.ptr[1] == '=' ? "le" : "lt", STR_ARG(number));
    else
      low =
          str_format(a, "%s=%.*s", k->bound.ptr[1] == '=' ? "ge" : "gt", STR_ARG(number));
  }
  Str bounds = str_from(bounds_of(c->type.kind));
  size_t comma = str_find_char(bounds, ',', 0);
  if (bounds.len && !low.len)
    low = str_slice(bounds, 0, comma);
  if (bounds.len && !high.len)
    high = str_slice(bounds, comma + 2, bounds.len);
  if (low.len)
    json_array_append_new(args, py_json(low));
  if (high.len)
    json_array_append_new(args, py_json(high));
}

static Str field_call(PyWriter *m, const char *fallback, json_t *args) {
  Buf out = {0};
  size_t i;
  json_t *arg;
  bool bare = !json_array_size(args);
  if (!bare)
    buf_printf(&out, "Field(%s%s", *fallback ? fallback : "", *fallback ? ", " : "");
  json_array_foreach(args, i, arg)
      buf_printf(&out, "%s%s", i ? ", " : "", json_string_value(arg));
  if (!bare)
    buf_add_char(&out, ')');
  else if (*fallback)
    buf_add_text(&out, strchr(fallback, '=') + 1);
  if (!bare)
    py_import(m, "pydantic", "Field");
  Str s = str_copy(m->arena, buf_str(&out));
  buf_free(&out);
  json_decref(args);
  return s;
}

// A field that may be left out although null is no value of it. The limits belong to the
// type: beside the union Pydantic would ask None for them.
static json_t *absent_json(PyWriter *m, const SchemaColumn *c) {
  Str type = type_of(m, c);
  json_t *j = json_object(), *args = json_array();
  push_limits(m, c, args);
  if (json_array_size(args)) {
    Str field = field_call(m, "", args);
    py_import(m, "typing", "Annotated");
    type = str_format(m->arena, "Annotated[%.*s, %.*s]", STR_ARG(type), STR_ARG(field));
  } else {
    json_decref(args);
  }
  py_import(m, "pydantic.json_schema", "SkipJsonSchema");
  size_t width = strlen("    : ") + c->name.len + type.len + strlen(" | Absent");
  bool folded = width > 88; // as ruff format does
  bool value_folded = !folded && width + strlen(" = None") > 88;
  type = str_format(m->arena,
                    folded ? "(\n        %.*s\n        | Absent\n    )" : "%.*s | Absent",
                    STR_ARG(type));
  json_object_set_new(j, "name", py_json(c->name));
  json_object_set_new(j, "type", py_json(type));
  json_object_set_new(j, "field",
                      json_string(value_folded ? "(\n        None\n    )" : "None"));
  return j;
}

static json_t *field_json(PyWriter *m, const SchemaColumn *c, bool optional,
                          const char *fallback, bool limits) {
  Str type = type_of(m, c);
  json_t *j = json_object(), *args = json_array();
  if (limits)
    push_limits(m, c, args);
  if (optional)
    type = str_format(m->arena, "%.*s | None", STR_ARG(type));
  json_object_set_new(j, "name", py_json(c->name));
  json_object_set_new(j, "type", py_json(type));
  if (str_starts(str_from(fallback), STR("default_factory="))) { // no short form
    json_array_insert_new(args, 0, json_string(fallback));
    fallback = "";
  }
  json_object_set_new(j, "field", py_json(field_call(m, fallback, args)));
  return j;
}

static json_t *create_field(PyWriter *m, const SchemaColumn *c) {
  Str fallback = {"", 0};
  if (c->default_kind == DEFAULT_VALUE)
    fallback = str_format(m->arena, "default=%.*s",
                          STR_ARG(py_value(m, &c->type, c->default_text)));
  else if (c->default_kind == DEFAULT_EMPTY)
    fallback = str_is(c->default_text, "[]") ? STR("default_factory=list")
                                             : STR("default_factory=dict");
  else if (c->nullable)
    fallback = STR("default=None");
  return field_json(m, c, c->nullable, fallback.ptr, true);
}

json_t *fields_schema_json(PyWriter *m, const SchemaTable *t) {
  ColumnVec columns = {0};
  json_t *j = json_object(), *create = json_array(), *update = json_array();
  json_t *read = json_array(), *strict = json_array();
  fields_collect(t, &columns);
  for (size_t i = 0; i < columns.len; i++) {
    const SchemaColumn *c = columns.items[i];
    if (is_given(c))
      json_array_append_new(create, create_field(m, c));
    if (is_given(c) && !c->primary_key) {
      json_array_append_new(update, c->nullable
                                        ? field_json(m, c, true, "default=None", true)
                                        : absent_json(m, c));
      if (!c->nullable)
        json_array_append_new(strict, py_json(c->name));
    }
    if (!is_secret(c->name) && !(c->inherited && str_is(c->name, "deleted_at")))
      json_array_append_new(read, field_json(m, c, c->nullable, "", false));
  }
  vec_free(&columns);
  py_import(m, "pydantic", "BaseModel");
  py_import(m, "pydantic", "ConfigDict");
  if (json_array_size(strict)) {
    py_import(m, "pydantic", "field_validator");
    py_import(m, "typing", "Any");
  }
  json_object_set_new(j, "name", py_json(t->class_name));
  json_object_set_new(j, "create", create);
  json_object_set_new(j, "update", update);
  json_object_set_new(j, "read", read);
  json_object_set_new(j, "strict", strict);
  return j;
}

// ---- What they import

bool fields_is_subject(const SchemaTable *t) {
  if (t->external)
    return t->chosen;
  return !t->association && !t->stub && t->class_name.len;
}

void fields_import_model(PyWriter *m, const GenSettings *settings, const SchemaTable *t) {
  py_import_str(m, settings->models_module, t->class_name);
}

void fields_import_enums(PyWriter *m, const GenSettings *settings, const SchemaTable *t) {
  ColumnVec columns = {0};
  fields_collect(t, &columns);
  for (size_t i = 0; i < columns.len; i++)
    if (columns.items[i]->type.enumeration && is_given(columns.items[i]))
      py_import_str(m, settings->models_module, columns.items[i]->type.enumeration->name);
  vec_free(&columns);
}
