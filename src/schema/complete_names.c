// complete_names.c: the last of schema_complete: lengths and defaults that names tell,
// constraints and names that are checked.
#include "base/buf.h"
#include "schema/complete_internal.h"

static bool ends_with(Str s, const char *tail) {
  return str_ends(s, str_from(tail));
}

// Lengths that follow from what a column is called.
static void set_length(Schema *s, const SchemaTable *t, SchemaColumn *c) {
  static const struct {
    const char *tail;
    uint32_t length;
    const char *why;
  } known[] = {
      {"email", 320, "the longest address there is"},
      {"phone", 32, NULL},
      {"phone_number", 32, NULL},
      {"url", 2048, NULL},
      {"website", 2048, NULL},
      {"currency", 3, "ISO 4217"},
      {"currency_code", 3, "ISO 4217"},
      {"country_code", 2, "ISO 3166-1"},
      {"ip_address", 45, "IPv6 as text"},
  };
  if (c->type.kind != TYPE_STRING || c->type.length)
    return;
  c->type.length = 255;
  for (size_t i = 0; i < ARRAY_LEN(known); i++)
    if (str_is(c->name, known[i].tail) ||
        (c->name.len > strlen(known[i].tail) && ends_with(c->name, known[i].tail) &&
         c->name.ptr[c->name.len - strlen(known[i].tail) - 1] == '_')) {
      c->type.length = known[i].length;
      schema_assume(s, "%.*s.%.*s holds up to %u characters%s%s",
                    STR_ARG(complete_shown(t)), STR_ARG(c->name), c->type.length,
                    known[i].why ? ": " : "", known[i].why ? known[i].why : "");
      return;
    }
  schema_assume(s, "str without a length holds up to 255 characters");
}

static void set_type_defaults(Schema *s, const SchemaTable *t, SchemaColumn *c) {
  set_length(s, t, c);
  if (c->type.kind == TYPE_DECIMAL && !c->type.precision) {
    c->type.precision = 12;
    c->type.scale = 2;
    schema_assume(s, "decimal without figures is decimal(12,2)");
  }
  if (c->type.kind == TYPE_ARRAY && c->type.item == TYPE_STRING && !c->type.item_length)
    c->type.item_length = 255;
  if (c->type.kind == TYPE_DATETIME && !c->type.naive)
    schema_assume(s, "datetimes know their time zone (:naive for those that do not)");
  if (c->foreign_key && c->index && !c->primary_key)
    schema_assume(s,
                  "foreign keys are indexed: databases other than MySQL do not do it by "
                  "themselves");
}

static bool check_constraint(const Cx *cx, SchemaTable *t, SchemaConstraint *k,
                             uint32_t number) {
  Arena *a = cx->s->arena;
  Buf names = {0};
  for (size_t i = 0; i < k->columns.len; i++) {
    Str name = k->columns.items[i];
    SchemaColumn *c = schema_column_inherited(t, name);
    SchemaRelation *r = schema_relation(t, name);
    if (!c && r && r->key && r->key->table == t) { // @unique(author,slug)
      c = r->key;
      k->columns.items[i] = c->name;
    }
    if (!c) {
      buf_free(&names);
      return complete_wrong(cx, t, name,
                            "a constraint names it, but there is no such column");
    }
    buf_printf(&names, "_%.*s", STR_ARG(c->column_name.len ? c->column_name : c->name));
  }
  if (!k->name.len && k->kind == CHECK_CONSTRAINT)
    k->name = str_format(a, "valid_%u", number);
  if (!k->name.len && (k->kind == PLAIN_INDEX || k->kind == UNIQUE_INDEX))
    k->name = str_format(a, "ix_%.*s%.*s", STR_ARG(t->name), STR_ARG(buf_str(&names)));
  buf_free(&names);
  return true;
}

static bool check_names(const Cx *cx, const SchemaTable *t) {
  for (size_t i = 0; i < t->columns.len; i++) {
    Str name = t->columns.items[i]->name;
    for (size_t k = 0; k < i; k++)
      if (str_eq(t->columns.items[k]->name, name))
        return complete_wrong(cx, t, name,
                              "there are two of that name (a foreign key is called "
                              "after its relationship)");
    if (t->parent && !t->columns.items[i]->primary_key &&
        schema_column_inherited(t->parent, name))
      return complete_wrong(cx, t, name, "the parent class has a field of that name");
    if (schema_relation(t, name))
      return complete_wrong(cx, t, name, "a relationship has the same name");
  }
  for (size_t i = 0; i < t->relations.len; i++)
    for (size_t k = 0; k < i; k++)
      if (str_eq(t->relations.items[k]->name, t->relations.items[i]->name))
        return complete_wrong(cx, t, t->relations.items[i]->name,
                              "there are two relationships of that name; add back(name)");
  return true;
}

static Str stored_name(const SchemaColumn *c) {
  return c->column_name.len ? c->column_name : c->name;
}

// Columns that a model that exists is given: nothing of it may have their names.
static bool complete_added(const Cx *cx, SchemaTable *t) {
  Schema *s = cx->s;
  for (size_t i = 0; i < t->columns.len; i++) {
    SchemaColumn *c = t->columns.items[i];
    if (!c->added)
      continue;
    for (size_t k = 0; k < t->columns.len; k++)
      if (k != i && (str_eq(t->columns.items[k]->name, c->name) ||
                     str_eq(stored_name(t->columns.items[k]), stored_name(c))))
        return complete_wrong(cx, t, c->name, "the table has a column of that name");
    for (size_t k = 0; k < t->other_names.len; k++)
      if (str_eq(t->other_names.items[k], c->name))
        return complete_wrong(cx, t, c->name, "the class has an attribute of that name");
    if (schema_relation(t, c->name))
      return complete_wrong(cx, t, c->name, "a relationship has the same name");
    set_type_defaults(s, t, c);
    if (t->parent_kind == PARENT_SINGLE && !c->nullable && !c->default_kind) {
      c->nullable = true;
      schema_assume(s, "%.*s.%.*s may be null: rows of other classes share the table",
                    STR_ARG(t->class_name), STR_ARG(c->name));
    }
  }
  for (size_t k = 0; k < t->constraints.len; k++)
    if (!check_constraint(cx, t, t->constraints.items[k], (uint32_t)k + 1))
      return false;
  return true;
}

bool complete_names(const Cx *cx) {
  Schema *s = cx->s;
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i];
    for (size_t k = 0; k < i; k++)
      if (str_eq(s->tables.items[k]->name, t->name) && !t->external &&
          t->parent_kind != PARENT_SINGLE &&
          s->tables.items[k]->parent_kind != PARENT_SINGLE)
        return err_set(cx->err, ERR_USAGE,
                       "two tables are called '%.*s'; write %.*s=other_name",
                       STR_ARG(t->name), STR_ARG(complete_shown(t)));
    if (t->external) {
      if (!complete_added(cx, t))
        return false;
      continue;
    }
    for (size_t k = 0; k < t->columns.len; k++)
      set_type_defaults(s, t, t->columns.items[k]);
    for (size_t k = 0; k < t->constraints.len; k++)
      if (!check_constraint(cx, t, t->constraints.items[k], (uint32_t)k + 1))
        return false;
    if (!check_names(cx, t))
      return false;
  }
  return true;
}
