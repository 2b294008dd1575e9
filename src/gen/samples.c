// samples.c: values that generated tests put into models.
#include "gen/samples.h"

#include <stdlib.h>

// The columns that create() takes and that have to be given, as fields_create_json says.
static bool is_required(const SchemaColumn *c) {
  return !c->nullable && c->default_kind == DEFAULT_NONE;
}

static void required(const PyWriter *m, const SchemaTable *t, ColumnVec *out) {
  ColumnVec all = {0};
  PyWriter own = *m; // what is imported for it is not needed here
  memset(&own.imports, 0, sizeof own.imports);
  json_t *given = fields_create_json(&own, t), *f;
  size_t k;
  fields_collect(t, &all);
  for (size_t i = 0; i < all.len; i++) {
    json_array_foreach(given, k, f) {
      if (str_is(all.items[i]->name, json_string_value(json_object_get(f, "name"))) &&
          is_required(all.items[i]))
        vec_push(out, all.items[i]);
    }
  }
  vec_free(&all);
  json_decref(given);
  py_module_free(&own);
}

static bool has_free_check(const SchemaTable *t) {
  for (; t; t = t->parent)
    for (size_t i = 0; i < t->constraints.len; i++)
      if (t->constraints.items[i]->kind == CHECK_CONSTRAINT &&
          !t->constraints.items[i]->bound.len)
        return true;
  return false;
}

static size_t place_of(const Schema *s, const SchemaTable *t) {
  size_t i = 0;
  while (i < s->tables.len && s->tables.items[i] != t)
    i++;
  return i;
}

static Str sample(PyWriter *m, const SchemaColumn *c, bool python);
static bool uses_number(Str value);

// True where two samples differ.
static bool gives_distinct(const PyWriter *m, const SchemaColumn *c) {
  PyWriter own = *m;
  memset(&own.imports, 0, sizeof own.imports);
  bool is = c->foreign_key || c->type.kind == TYPE_UUID ||
            uses_number(sample(&own, c, false)) ||
            str_find(sample(&own, c, false), STR("%s"), 0) != SIZE_MAX;
  py_module_free(&own);
  return is;
}

// True where several rows of samples can stand in the table: one column of each key that
// has to be given differs.
static bool can_be_many(const PyWriter *m, const ColumnVec *columns) {
  bool key = false, differs = false;
  for (size_t i = 0; i < columns->len; i++) {
    const SchemaColumn *c = columns->items[i];
    if (c->unique && !c->foreign_key && !gives_distinct(m, c))
      return false;
    key |= c->primary_key;
    differs |= c->primary_key && gives_distinct(m, c);
  }
  return !key || differs;
}

// One look at a table: everything that it needs can be made by now.
static bool can_be_made(const PyWriter *m, const SchemaTable *t, const bool *testable) {
  ColumnVec columns = {0};
  bool can = fields_is_subject(t) && !has_free_check(t);
  required(m, t, &columns);
  can = can && can_be_many(m, &columns);
  for (size_t i = 0; can && i < columns.len; i++) {
    const SchemaColumn *c = columns.items[i];
    if (c->foreign_key)
      can = testable[place_of(m->schema, c->foreign_key->table)];
    else
      can = c->type.kind != TYPE_OTHER;
  }
  vec_free(&columns);
  return can;
}

bool *samples_testable(const PyWriter *m) {
  const Schema *s = m->schema;
  bool *testable = arena_array(m->arena, bool, s->tables.len + 1);
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < s->tables.len; i++) {
      if (!testable[i] && can_be_made(m, s->tables.items[i], testable))
        testable[i] = more = true;
    }
  }
  return testable;
}

// ---- Values

typedef struct {
  bool has_low, has_high;
  long low, high;
} Bounds;

static Bounds bounds_of(const SchemaColumn *c) {
  Bounds b = {0};
  for (size_t i = 0; i < c->table->constraints.len; i++) {
    const SchemaConstraint *k = c->table->constraints.items[i];
    if (!k->bound.len || !str_eq(k->columns.items[0], c->name))
      continue;
    bool strict = k->bound.len > 1 && k->bound.ptr[1] != '=';
    long value =
        strtol(strchr(k->bound.ptr, ' ') ? strchr(k->bound.ptr, ' ') : "0", NULL, 10);
    if (k->bound.ptr[0] == '>') {
      b.has_low = true;
      b.low = value + strict;
    } else {
      b.has_high = true;
      b.high = value - strict;
    }
  }
  return b;
}

static Str number_sample(Arena *a, const SchemaColumn *c) {
  Bounds b = bounds_of(c);
  if (b.has_high && b.has_low && b.high > b.low)
    return str_format(a, "%ld + n %% %ld", b.low, b.high - b.low + 1);
  if (b.has_high)
    return str_format(a, "%ld", b.has_low ? b.low : b.high);
  return b.has_low && b.low > 0 ? str_format(a, "%ld + n", b.low) : STR("n");
}

static Str string_sample(Arena *a, const SchemaColumn *c) {
  uint32_t length = c->type.kind == TYPE_STRING ? c->type.length : 0;
  bool email = str_find(c->name, STR("email"), 0) != SIZE_MAX;
  if (email && (!length || length >= 30))
    return STR("f\"user{n}@example.com\"");
  if (!length || length > c->name.len + 8)
    return str_format(a, "f\"%.*s %%s\"", STR_ARG(c->name));
  return length > 8   ? STR("f\"x{n}\"")
         : length > 2 ? STR("str(n % 100)")
                      : STR("str(n % 10)");
}

static Str decimal_sample(Arena *a, const SchemaColumn *c) {
  Bounds b = bounds_of(c);
  if (b.has_high)
    return str_format(a, "%ld", b.has_low ? b.low : b.high);
  if (b.has_low && b.low > 0)
    return str_format(a, "%ld", b.low);
  return c->type.precision && c->type.precision == c->type.scale ? STR("0") : STR("1");
}

// As JSON has it, where `python` is false.
static Str sample(PyWriter *m, const SchemaColumn *c, bool python) {
  Arena *a = m->arena;
  const SchemaType *type = &c->type;
  bool distinct = c->unique || c->primary_key;
  Str day = distinct ? STR("2024-01-{n % 28 + 1:02d}") : STR("2024-01-31");
  const char *f = distinct ? "f" : "";
  bool dated = type->kind == TYPE_DATE || type->kind == TYPE_DATETIME;
  Str class_name = {"", 0};
  if (python && dated)
    class_name = py_python_class(m, type->kind);
  switch (type->kind) {
  case TYPE_INTEGER:
  case TYPE_BIGINT:
  case TYPE_SMALLINT:
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
    return number_sample(a, c);
  case TYPE_DECIMAL: {
    Str number = decimal_sample(a, c);
    return python ? py_value(m, type, number)
                  : str_format(a, "\"%.*s\"", STR_ARG(number));
  }
  case TYPE_BOOLEAN:
    return STR("True");
  case TYPE_DATE:
    return str_format(a, python ? "%.*s.fromisoformat(%s\"%.*s\")" : "%.*s%s\"%.*s\"",
                      STR_ARG(class_name), f, STR_ARG(day));
  case TYPE_DATETIME:
    return str_format(a,
                      python ? "%.*s.fromisoformat(%s\"%.*sT12:00:00%s\")"
                             : "%.*s%s\"%.*sT12:00:00%s\"",
                      STR_ARG(class_name), f, STR_ARG(day),
                      type->naive ? ""
                      : python    ? "+00:00"
                                  : "Z");
  case TYPE_TIME:
    return python ? py_value(m, type, STR("12:00:00")) : STR("\"12:00:00\"");
  case TYPE_INTERVAL:
    return python ? str_format(a, "%.*s(hours=1)",
                               STR_ARG(py_type(m, type, DEFAULT_NONE, (Str){"", 0})))
                  : STR("\"PT1H\"");
  case TYPE_UUID:
    py_import(m, "uuid", "uuid4");
    return python ? STR("uuid4()") : STR("str(uuid4())");
  case TYPE_BYTES:
    return python ? STR("b\"x\"") : STR("\"x\"");
  case TYPE_ENUM:
    return python ? py_value(m, type, type->enumeration->values.items[0])
                  : py_string(a, type->enumeration->values.items[0]);
  case TYPE_ARRAY:
    return STR("[]");
  case TYPE_JSON:
  case TYPE_PG_JSONB:
  case TYPE_PG_HSTORE:
    return STR("{}");
  default:
    return string_sample(a, c);
  }
}

// "f"name %s"" holds the place of the number, which f-strings write in braces.
static Str finish(Arena *a, Str text) {
  size_t at = str_find(text, STR("%s"), 0);
  if (at == SIZE_MAX)
    return text;
  return str_format(a, "%.*s{n}%.*s", (int)at, text.ptr,
                    STR_ARG(str_slice(text, at + 2, text.len)));
}

static bool uses_number(Str value) {
  static const char *const uses[] = {"{n", "+ n", "(n ", "n %"};
  bool is = str_is(value, "n");
  for (size_t i = 0; i < ARRAY_LEN(uses); i++)
    is |= str_find(value, str_from(uses[i]), 0) != SIZE_MAX;
  return is;
}

static json_t *fields_json(PyWriter *m, const SchemaTable *t, bool python) {
  ColumnVec columns = {0};
  json_t *list = json_array();
  required(m, t, &columns);
  for (size_t i = 0; i < columns.len; i++) {
    const SchemaColumn *c = columns.items[i];
    json_t *f = json_object();
    Str value;
    if (c->foreign_key) {
      Str other = name_snake(m->arena, c->foreign_key->table->class_name);
      Str key = c->foreign_key->column->name;
      const char *call = m->settings->is_async ? "(await make_%.*s(session)).%.*s"
                                               : "make_%.*s(session).%.*s";
      value = python ? str_format(m->arena, call, STR_ARG(other), STR_ARG(key))
                     : str_format(m->arena, "make_%.*s(client)[\"%.*s\"]", STR_ARG(other),
                                  STR_ARG(key));
    } else {
      value = finish(m->arena, sample(m, c, python));
    }
    json_object_set_new(f, "name", py_json(c->name));
    json_object_set_new(f, "numbered", json_boolean(uses_number(value)));
    json_object_set_new(f, python ? "python" : "json", py_json(value));
    json_array_append_new(list, f);
  }
  vec_free(&columns);
  return list;
}

// ---- What tests of the interface need besides

static Str missing_key(const SchemaColumn *c) {
  switch (c->type.kind) {
  case TYPE_INTEGER:
  case TYPE_BIGINT:
    return STR("2000000000");
  case TYPE_SMALLINT:
    return STR("32000");
  case TYPE_UUID:
    return STR("00000000-0000-4000-8000-000000000000");
  case TYPE_DATE:
    return STR("1999-01-01");
  case TYPE_ENUM:
    return c->type.enumeration->values.items[0];
  default:
    return STR("missing");
  }
}

static json_t *keys_json(const SchemaTable *t) {
  ColumnVec columns = {0};
  json_t *list = json_array();
  fields_collect(t, &columns);
  for (size_t i = 0; i < columns.len; i++) {
    const SchemaColumn *c = columns.items[i];
    if (!c->primary_key)
      continue;
    json_t *k = json_object();
    const SchemaColumn *type = c;
    while (type->foreign_key)
      type = type->foreign_key->column;
    json_object_set_new(k, "name", py_json(c->name));
    json_object_set_new(k, "missing", py_json(missing_key(type)));
    json_array_append_new(list, k);
  }
  vec_free(&columns);
  return list;
}

// A string or number that PATCH may set and that the answer shows.
static Str change_of(PyWriter *m, const SchemaTable *t) {
  ColumnVec columns = {0};
  Str name = {"", 0};
  required(m, t, &columns);
  PyWriter own = *m;
  memset(&own.imports, 0, sizeof own.imports);
  json_t *schema = fields_schema_json(&own, t), *f;
  size_t k;
  for (size_t i = 0; i < columns.len && !name.len; i++) {
    const SchemaColumn *c = columns.items[i];
    bool plain = c->type.kind == TYPE_STRING || c->type.kind == TYPE_TEXT ||
                 c->type.kind == TYPE_INTEGER;
    if (!plain || c->foreign_key || c->primary_key)
      continue;
    json_array_foreach(json_object_get(schema, "read"), k, f) {
      if (str_is(c->name, json_string_value(json_object_get(f, "name"))))
        name = c->name;
    }
  }
  json_decref(schema);
  py_module_free(&own);
  vec_free(&columns);
  return name;
}

// A second object of the same values is refused.
static bool conflicts(PyWriter *m, const SchemaTable *t) {
  ColumnVec columns = {0};
  bool is = false, own_key = false;
  required(m, t, &columns);
  for (size_t i = 0; i < columns.len; i++) {
    is |= columns.items[i]->unique;
    own_key |= columns.items[i]->primary_key;
  }
  vec_free(&columns);
  return is || own_key;
}

static json_t *names_json(PyWriter *m, const SchemaTable *t) {
  json_t *j = json_object();
  json_object_set_new(j, "name", py_json(t->class_name));
  json_object_set_new(j, "variable", py_json(name_snake(m->arena, t->class_name)));
  json_object_set_new(j, "keys", keys_json(t));
  return j;
}

json_t *samples_api_json(PyWriter *m, const SchemaTable *t) {
  json_t *j = names_json(m, t);
  Str plural = name_plural(m->arena, name_snake(m->arena, t->class_name));
  char *prefix = arena_copy(m->arena, plural.ptr, plural.len);
  for (char *p = prefix; *p; p++)
    *p = *p == '_' ? '-' : *p;
  json_object_set_new(j, "prefix", json_string(prefix));
  json_object_set_new(j, "fields", fields_json(m, t, false));
  json_object_set_new(j, "change", py_json(change_of(m, t)));
  json_object_set_new(j, "conflict", json_boolean(conflicts(m, t)));
  return j;
}

json_t *samples_python_json(PyWriter *m, const SchemaTable *t) {
  json_t *j = names_json(m, t);
  json_object_set_new(j, "fields", fields_json(m, t, true));
  return j;
}
