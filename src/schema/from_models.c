// from_models.c: what the models of a project say, as a schema.
#include "schema/from_models.h"

#include "schema/fields.h"

#include <stdlib.h>

typedef struct {
  Schema *s;
  const Project *project;
  const Interner *names;
} Cx;

// The figure behind `name=` in "String(length=50)", 0 where there is none.
static uint32_t argument(Str text, const char *name) {
  size_t at = str_find(text, str_from(name), 0);
  if (at == SIZE_MAX)
    return 0;
  unsigned long n = strtoul(text.ptr + at + strlen(name), NULL, 10);
  return n > 100000000 ? 0 : (uint32_t)n;
}

static void read_type(SchemaType *out, const SqlType *type) {
  *out = (SchemaType){.kind = TYPE_OTHER, .text = type->text};
  Str name = type->api ? api_last_name((ApiId)type->api) : (Str){"", 0};
  for (int k = 0; k < TYPE_OTHER; k++)
    if (str_is(name, type_infos[k].sql))
      out->kind = (TypeKind)k;
  if (out->kind == TYPE_OTHER)
    out->kind = type_by_word(name); // VARCHAR, BIGINT, NUMERIC ...
  if (out->kind == TYPE_COUNT && str_is(name, "LargeBinary"))
    out->kind = TYPE_BYTES;
  if (str_is(name, "Unicode"))
    out->kind = TYPE_STRING;
  if (str_is(name, "UnicodeText"))
    out->kind = TYPE_TEXT;
  if (out->kind == TYPE_COUNT || out->kind == TYPE_ENUM || out->kind == TYPE_ARRAY)
    out->kind = TYPE_OTHER;
  out->length = argument(type->text, "length=");
  out->precision = argument(type->text, "precision=");
  out->scale = argument(type->text, "scale=");
  out->naive = str_find(type->text, STR("timezone=True"), 0) == SIZE_MAX;
}

// A constant that Python gives to new rows is the column's default; of anything else it
// is known that there is one.
static void read_default(Cx *cx, SchemaColumn *c, Place value) {
  c->default_kind = DEFAULT_CALLABLE;
  if (!value.ref || value.file >= cx->project->file_count)
    return;
  const PyTree *t = &cx->project->files[value.file]->tree;
  Str text = py_text(t, value.ref);
  bool negative = text.len && text.ptr[0] == '-';
  PyKind kind = py_kind(t, value.ref);
  if (kind != PY_CONSTANT && kind != PY_NUM && kind != PY_STR && !negative)
    return;
  bool of_text = c->type.kind == TYPE_STRING || c->type.kind == TYPE_TEXT;
  if (of_text) { // without what an escape would say
    char quote = text.len ? text.ptr[0] : 0;
    if ((quote != '"' && quote != '\'') || text.len < 2 ||
        str_find_char(str_slice(text, 1, text.len - 1), quote, 0) != SIZE_MAX ||
        str_find_char(text, '\\', 0) != SIZE_MAX)
      return;
    text = str_slice(text, 1, text.len - 1);
  } else if (c->type.kind == TYPE_BOOLEAN && !str_is(text, "True") &&
             !str_is(text, "False")) {
    return;
  }
  if (field_default_refused(&c->type, text))
    return;
  c->default_kind = DEFAULT_VALUE;
  c->default_text = text;
}

static void read_column(Cx *cx, SchemaTable *t, const ModelColumn *from) {
  const SqlColumn *sql = from->column;
  if (!sql || from->inherited)
    return;
  SchemaColumn *c =
      schema_add_column(cx->s, t, atom_str(cx->names, from->key), TYPE_STRING);
  Str name = atom_str(cx->names, sql->name);
  if (!str_eq(name, c->name))
    c->column_name = name;
  read_type(&c->type, &sql->type);
  c->nullable = sql->nullable;
  c->primary_key = sql->primary_key;
  c->unique = sql->unique;
  c->index = sql->index;
  c->identity = sql->identity;
  if (sql->computed)
    c->computed = STR("?");
  Place by_python = sql->insert_default.ref ? sql->insert_default : sql->default_value;
  if (by_python.ref || sql->server_default.ref)
    read_default(cx, c, by_python);
}

static void read_relation(Cx *cx, SchemaTable *t, const Relationship *from) {
  Str target = from->target ? atom_str(cx->names, from->target->name) : from->target_name;
  Direction d = from->direction;
  bool one = from->uselist == NO;
  RelationKind kind = d == MANY_TO_MANY         ? RELATION_MANY_TO_MANY
                      : d == MANY_TO_ONE        ? RELATION_MANY_TO_ONE
                      : d == ONE_TO_MANY && one ? RELATION_ONE_TO_ONE
                                                : RELATION_ONE_TO_MANY;
  SchemaRelation *r =
      schema_add_relation(cx->s, t, kind, atom_str(cx->names, from->key), target);
  r->owner = kind == RELATION_MANY_TO_ONE;
  r->back = r; // has what it needs: nothing is to be completed
}

// Foreign keys are linked when all tables are there.
static void link_keys(Cx *cx, const Models *models) {
  for (uint32_t i = 0; i < models_count(models); i++) {
    const Model *m = models_at(models, i);
    SchemaTable *t = schema_find(cx->s, atom_str(cx->names, m->name));
    if (!t || t->model != m)
      continue;
    t->parent =
        m->parent ? schema_find(cx->s, atom_str(cx->names, m->parent->name)) : NULL;
    t->parent = t->parent == t ? NULL : t->parent;
    for (uint32_t k = 0; k < m->column_count; k++) {
      const SqlColumn *sql = m->columns[k].column;
      SchemaColumn *c = schema_column(t, atom_str(cx->names, m->columns[k].key));
      if (!c || !sql || !sql->foreign_key_count || !sql->foreign_keys[0].table ||
          !sql->foreign_keys[0].table->model || !sql->foreign_keys[0].column)
        continue;
      const SqlTable *table = sql->foreign_keys[0].table;
      SchemaTable *target = schema_find(cx->s, atom_str(cx->names, table->model->name));
      SchemaColumn *up =
          target ? schema_column(target,
                                 atom_str(cx->names, sql->foreign_keys[0].column->key))
                 : NULL;
      if (!up)
        continue;
      c->foreign_key = arena_new(cx->s->arena, SchemaForeignKey);
      *c->foreign_key = (SchemaForeignKey){.table = target,
                                           .column = up,
                                           .ondelete = sql->foreign_keys[0].ondelete,
                                           .onupdate = sql->foreign_keys[0].onupdate};
      if (c->type.kind == TYPE_OTHER)
        c->type = up->type;
    }
  }
  for (size_t i = 0; i < cx->s->tables.len; i++)
    for (size_t k = 0; k < cx->s->tables.items[i]->relations.len; k++) {
      SchemaRelation *r = cx->s->tables.items[i]->relations.items[k];
      if (!r->target)
        r->target = schema_find(cx->s, r->target_name);
      if (!r->target)
        r->target = r->table; // outside the project: never written
    }
}

void schema_add_models(Schema *s, const Models *models, const Project *project) {
  const Interner *names = project->names;
  Cx cx = {s, project, names};
  for (uint32_t i = 0; i < models_count(models); i++) {
    const Model *m = models_at(models, i);
    Str name = atom_str(names, m->name);
    if (schema_find(s, name))
      continue;
    SchemaTable *t =
        schema_add_table(s, name, m->table ? m->table->full_name : (Str){"", 0});
    t->external = true;
    t->model = m;
    t->parent_kind = m->inheritance == INHERITS_SINGLE ? PARENT_SINGLE : PARENT_NONE;
    for (uint32_t k = 0; k < m->column_count; k++)
      read_column(&cx, t, &m->columns[k]);
    for (uint32_t k = 0; k < m->relationship_count; k++)
      if (!m->relationships[k].inherited)
        read_relation(&cx, t, &m->relationships[k]);
      else
        vec_push(&t->other_names, atom_str(names, m->relationships[k].key));
    for (uint32_t k = 0; k < m->column_count; k++)
      if (!schema_column(t, atom_str(names, m->columns[k].key)))
        vec_push(&t->other_names, atom_str(names, m->columns[k].key));
    for (uint32_t k = 0; k < m->attr_count; k++)
      vec_push(&t->other_names, atom_str(names, m->attrs[k].key));
  }
  link_keys(&cx, models);
}
