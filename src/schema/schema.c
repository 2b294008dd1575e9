// schema.c: building and asking a schema. What follows from what was stated is
// complete.c.
#include "schema/schema.h"

#include <stdarg.h>
#include <stdio.h>

const TypeInfo type_infos[TYPE_COUNT] = {
#define TYPE(id, word, others, sql, python, argument)                                    \
  [TYPE_##id] = {word, others, sql, python, ARGUMENT_##argument},
#include "schema/types.def"
#undef TYPE
    [TYPE_OTHER] = {"", "", "", "", ARGUMENT_NONE},
};

TypeKind type_by_word(Str word) {
  for (int k = 0; k < TYPE_OTHER; k++) {
    if (str_eq_nocase(word, str_from(type_infos[k].word)))
      return (TypeKind)k;
    Str rest = str_from(type_infos[k].others), other;
    while (str_next_part(&rest, ' ', &other))
      if (other.len && str_eq_nocase(word, other))
        return (TypeKind)k;
  }
  return TYPE_COUNT;
}

Schema *schema_new(Arena *arena) {
  Schema *s = arena_new(arena, Schema);
  s->arena = arena;
  s->mixins[MIXIN_TIMESTAMPS] = (SchemaMixin){.name = STR("TimestampMixin")};
  s->mixins[MIXIN_SOFT_DELETE] = (SchemaMixin){.name = STR("SoftDeleteMixin")};
  s->mixins[MIXIN_UUID] = (SchemaMixin){.name = STR("UUIDMixin")};
  return s;
}

bool schema_wants_mixin(const SchemaTable *t, MixinKind kind) {
  return kind == MIXIN_TIMESTAMPS    ? t->timestamps
         : kind == MIXIN_SOFT_DELETE ? t->soft_delete
                                     : t->uuid_key;
}

static void free_table(SchemaTable *t) {
  for (size_t k = 0; k < t->constraints.len; k++)
    vec_free(&t->constraints.items[k]->columns);
  vec_free(&t->columns);
  vec_free(&t->other_names);
  vec_free(&t->hybrids);
  vec_free(&t->relations);
  vec_free(&t->constraints);
}

void schema_drop_tables(Schema *s) {
  for (size_t i = 0; i < s->tables.len; i++)
    free_table(s->tables.items[i]);
  for (size_t i = 0; i < s->shared.len; i++)
    free_table(s->shared.items[i]);
  s->tables.len = s->shared.len = 0;
}

void schema_free(Schema *s) {
  if (!s)
    return;
  schema_drop_tables(s);
  for (size_t i = 0; i < s->enums.len; i++)
    vec_free(&s->enums.items[i]->values);
  vec_free(&s->tables);
  vec_free(&s->shared);
  vec_free(&s->enums);
  vec_free(&s->assumptions);
}

SchemaTable *schema_add_table(Schema *s, Str class_name, Str name) {
  SchemaTable *t = arena_new(s->arena, SchemaTable);
  t->class_name = class_name;
  t->name = name;
  vec_push(&s->tables, t);
  return t;
}

SchemaTable *schema_find(const Schema *s, Str name) {
  for (size_t i = 0; i < s->tables.len; i++)
    if (str_eq(s->tables.items[i]->class_name, name))
      return s->tables.items[i];
  for (size_t i = 0; i < s->tables.len; i++)
    if (str_eq(s->tables.items[i]->name, name))
      return s->tables.items[i];
  return NULL;
}

SchemaColumn *schema_add_column(Schema *s, SchemaTable *t, Str name, TypeKind kind) {
  SchemaColumn *c = arena_new(s->arena, SchemaColumn);
  c->name = name;
  c->type.kind = kind;
  c->table = t;
  vec_push(&t->columns, c);
  return c;
}

SchemaColumn *schema_column(const SchemaTable *t, Str name) {
  for (size_t i = 0; i < t->columns.len; i++)
    if (str_eq(t->columns.items[i]->name, name))
      return t->columns.items[i];
  return NULL;
}

SchemaColumn *schema_column_inherited(const SchemaTable *t, Str name) {
  for (int depth = 0; t && depth < 32; t = t->parent, depth++) {
    SchemaColumn *c = schema_column(t, name);
    if (c)
      return c;
  }
  return NULL;
}

bool schema_has_attribute(const SchemaTable *t, Str name) {
  for (size_t i = 0; i < t->other_names.len; i++)
    if (str_eq(t->other_names.items[i], name))
      return true;
  for (size_t i = 0; i < t->hybrids.len; i++)
    if (str_eq(t->hybrids.items[i].name, name))
      return true;
  return schema_column_inherited(t, name) || schema_relation(t, name);
}

bool schema_is_extended(const SchemaTable *t) {
  if (t->external && t->constraints.len)
    return true;
  bool any = false;
  for (size_t i = 0; i < t->columns.len; i++)
    any |= t->columns.items[i]->added;
  for (size_t i = 0; i < t->relations.len; i++)
    any |= t->relations.items[i]->added;
  return t->external && any;
}

SchemaColumn *schema_primary_key(const SchemaTable *t) {
  for (int depth = 0; t && depth < 32; t = t->parent, depth++)
    for (size_t i = 0; i < t->columns.len; i++)
      if (t->columns.items[i]->primary_key)
        return t->columns.items[i];
  return NULL;
}

uint32_t schema_primary_key_count(const SchemaTable *t) {
  for (int depth = 0; t && depth < 32; t = t->parent, depth++) {
    uint32_t n = 0;
    for (size_t i = 0; i < t->columns.len; i++)
      n += t->columns.items[i]->primary_key;
    if (n)
      return n;
  }
  return 0;
}

SchemaRelation *schema_add_relation(Schema *s, SchemaTable *t, RelationKind kind,
                                    Str name, Str target_name) {
  SchemaRelation *r = arena_new(s->arena, SchemaRelation);
  r->kind = kind;
  r->name = name;
  r->table = t;
  r->target_name = target_name;
  vec_push(&t->relations, r);
  return r;
}

SchemaRelation *schema_relation(const SchemaTable *t, Str name) {
  for (size_t i = 0; i < t->relations.len; i++)
    if (str_eq(t->relations.items[i]->name, name))
      return t->relations.items[i];
  return NULL;
}

SchemaConstraint *schema_add_constraint(Schema *s, SchemaTable *t,
                                        SchemaConstraintKind kind) {
  SchemaConstraint *c = arena_new(s->arena, SchemaConstraint);
  c->kind = kind;
  vec_push(&t->constraints, c);
  return c;
}

SchemaEnum *schema_add_enum(Schema *s, Str name) {
  for (size_t i = 0; i < s->enums.len; i++)
    if (str_eq(s->enums.items[i]->name, name))
      return s->enums.items[i];
  SchemaEnum *e = arena_new(s->arena, SchemaEnum);
  e->name = name;
  vec_push(&s->enums, e);
  return e;
}

void schema_assume(Schema *s, const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  Str sentence = {text, min_size((size_t)max_size(0, (size_t)n), sizeof text - 1)};
  for (size_t i = 0; i < s->assumptions.len; i++)
    if (str_eq(s->assumptions.items[i], sentence))
      return;
  vec_push(&s->assumptions, str_copy(s->arena, sentence));
}
