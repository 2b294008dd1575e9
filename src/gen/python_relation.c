// python_relation.c: relationships as pieces for templates.
#include "gen/python_model.h"

const SchemaTable *py_storage_of(const SchemaTable *t) {
  while (t->parent_kind == PARENT_SINGLE && t->parent)
    t = t->parent;
  return t;
}

static void push_to_one(PyWriter *m, const SchemaRelation *r, json_t *args) {
  // Within one table nothing else tells which side is the parent.
  if (r->self_parent || py_storage_of(r->table) == py_storage_of(r->target)) {
    SchemaColumn *id = schema_primary_key(r->target);
    py_push(args, "remote_side=\"%.*s.%.*s\"", STR_ARG(r->target->class_name),
            STR_ARG(id->name));
  }
  if (m->settings->dataclass) {
    py_push(args, "repr=False");
    if (r->nullable)
      py_push(args, "default=None");
  }
}

static void push_to_many(PyWriter *m, const SchemaRelation *r, json_t *args) {
  if (r->secondary) {
    // rows of the association table go with either end
  } else if (r->delete_orphan) {
    const SchemaForeignKey *key = r->key ? r->key->foreign_key : NULL;
    py_push(args, "cascade=\"all, delete-orphan\"");
    if (!key || str_is(key->ondelete, "CASCADE")) // else the session deletes the rows
      py_push(args, "passive_deletes=True");
  } else if (str_is(r->ondelete, "SET NULL")) {
    py_push(args, "passive_deletes=True");
  } else if (str_is(r->ondelete, "RESTRICT")) {
    py_push(args, "passive_deletes=\"all\"");
  }
  if (m->settings->dataclass) {
    py_push(args, "repr=False");
    py_push(args,
            r->kind == RELATION_ONE_TO_ONE ? "default=None" : "default_factory=list");
  }
}

// True where one class is the other, or is stored in its tables too: then SQLAlchemy does
// not know which key of an association table is whose.
static bool share_tables(const SchemaTable *a, const SchemaTable *b) {
  for (const SchemaTable *up = a; up; up = up->parent)
    if (up == b)
      return true;
  for (const SchemaTable *up = b; up; up = up->parent)
    if (up == a || (a->parent_kind == PARENT_SINGLE && up == a->parent))
      return true;
  return false;
}

static void push_secondary(PyWriter *m, const SchemaRelation *r, json_t *args) {
  // A class that exists stands before the new table, or in another file.
  Str variable = name_snake(m->arena, r->secondary->name), space = m->schema->namespace;
  if (r->table->external)
    py_push(args, "secondary=\"%.*s%s%.*s\"", STR_ARG(space), space.len ? "." : "",
            STR_ARG(space.len ? r->secondary->name : variable));
  else
    py_push(args, "secondary=%.*s", STR_ARG(variable));
  if (share_tables(r->table, r->target))
    for (int i = 0; i < 2; i++) {
      const SchemaTable *end = i ? r->target : r->table;
      size_t at = (size_t)(r->owner ? i : 1 - i);
      py_push(args, "%s=\"%.*s.%.*s == %.*s.c.%.*s\"",
              i ? "secondaryjoin" : "primaryjoin", STR_ARG(end->class_name),
              STR_ARG(schema_primary_key(end)->name), STR_ARG(r->secondary->name),
              STR_ARG(r->secondary->columns.items[at]->name));
    }
}

static Str relation_annotation(PyWriter *m, const SchemaRelation *r) {
  Arena *a = m->arena;
  Str target = r->target->class_name;
  const char *mapped = str_is(r->lazy, "write_only") ? "WriteOnlyMapped"
                       : str_is(r->lazy, "dynamic")  ? "DynamicMapped"
                                                     : "Mapped";
  bool many = r->kind == RELATION_ONE_TO_MANY || r->kind == RELATION_MANY_TO_MANY;
  if (m->classic)
    return (Str){"", 0};
  py_import(m, "sqlalchemy.orm", many ? mapped : "Mapped");
  if (many && m->old_list && strcmp(mapped, "Mapped") == 0) {
    py_import(m, "typing", "List");
    return str_format(a, "Mapped[List[\"%.*s\"]]", STR_ARG(target));
  }
  if (many && strcmp(mapped, "Mapped") != 0)
    return str_format(a, "%s[\"%.*s\"]", mapped, STR_ARG(target));
  if (many)
    return str_format(a, "Mapped[list[\"%.*s\"]]", STR_ARG(target));
  bool optional = r->owner ? r->key->nullable : true;
  if (optional && m->optional)
    return str_format(a, "Mapped[%.*s]",
                      STR_ARG(py_or_none(m, str_format(a, "\"%.*s\"", STR_ARG(target)))));
  return str_format(a, "Mapped[\"%.*s%s\"]", STR_ARG(target), optional ? " | None" : "");
}

// True where an association object needs more than its two ends: it cannot be made by
// appending to the far side.
static bool needs_more(const PyWriter *m, const SchemaRelation *r) {
  const SchemaTable *t = r->via->target;
  for (size_t i = 0; i < t->columns.len; i++) {
    const SchemaColumn *c = t->columns.items[i];
    bool counted = c->primary_key && c->type.kind == TYPE_INTEGER;
    if (!c->nullable && !c->default_kind && !c->foreign_key && !counted &&
        !c->computed.len)
      return true;
  }
  return m->settings->dataclass; // __init__ wants both ends
}

static json_t *viewonly_json(PyWriter *m, const SchemaRelation *r) {
  json_t *j = json_object(), *args = json_array();
  py_import(m, "sqlalchemy.orm", "relationship");
  py_push(args, "secondary=\"%.*s\"", STR_ARG(r->via->target->name));
  py_push(args, "viewonly=True");
  if (m->settings->dataclass) {
    py_push(args, "init=False");
    py_push(args, "repr=False");
  }
  if (m->classic)
    json_array_insert_new(args, 0, py_json(py_string(m->arena, r->target->class_name)));
  json_object_set_new(j, "name", py_json(r->name));
  json_object_set_new(j, "annotation",
                      m->classic ? json_string("")
                                 : py_json(str_format(m->arena, "Mapped[list[\"%.*s\"]]",
                                                      STR_ARG(r->target->class_name))));
  json_object_set_new(j, "function", json_string("relationship"));
  json_object_set_new(j, "args", args);
  return j;
}

static json_t *through_json(PyWriter *m, const SchemaRelation *r) {
  Arena *a = m->arena;
  if (needs_more(m, r))
    return viewonly_json(m, r);
  py_import(m, "sqlalchemy.ext.associationproxy", "AssociationProxy");
  py_import(m, "sqlalchemy.ext.associationproxy", "association_proxy");
  json_t *j = json_object(), *args = json_array();
  py_push(args, "\"%.*s\"", STR_ARG(r->via->name));
  py_push(args, "\"%.*s\"", STR_ARG(r->via_attribute));
  Str item = r->via_attribute;
  py_push(args, "creator=lambda %.*s: %.*s(%.*s=%.*s)", STR_ARG(item),
          STR_ARG(r->via->target->class_name), STR_ARG(item), STR_ARG(item));
  json_object_set_new(j, "name", py_json(r->name));
  json_object_set_new(j, "annotation",
                      py_json(str_format(a, "AssociationProxy[list[\"%.*s\"]]",
                                         STR_ARG(r->target->class_name))));
  json_object_set_new(j, "function", json_string("association_proxy"));
  json_object_set_new(j, "args", args);
  return j;
}

json_t *py_relation_json(PyWriter *m, const SchemaRelation *r) {
  if (m->sqlmodel)
    return py_sqlmodel_relation_json(m, r);
  if (r->kind == RELATION_MANY_TO_MANY && r->via)
    return m->classic ? viewonly_json(m, r) : through_json(m, r);
  json_t *j = json_object(), *args = json_array();
  py_import(m, "sqlalchemy.orm", "relationship");
  json_object_set_new(j, "name", py_json(r->name));
  json_object_set_new(j, "annotation", py_json(relation_annotation(m, r)));
  json_object_set_new(j, "function", json_string("relationship"));
  if (m->classic)
    json_array_append_new(args, py_json(py_string(m->arena, r->target->class_name)));
  if (m->classic && !r->owner && r->kind == RELATION_ONE_TO_ONE)
    json_array_append_new(args, json_string("uselist=False"));
  if (r->secondary)
    push_secondary(m, r, args);
  if (r->ambiguous)
    py_push(args, "foreign_keys=\"%.*s.%.*s\"", STR_ARG(r->key->table->class_name),
            STR_ARG(r->key->name));
  if (r->back)
    py_push(args, "back_populates=\"%.*s\"", STR_ARG(r->back->name));
  if (r->lazy.len && !str_is(r->lazy, "write_only") && !str_is(r->lazy, "dynamic"))
    py_push(args, "lazy=\"%.*s\"", STR_ARG(r->lazy));
  if (!r->secondary && r->owner)
    push_to_one(m, r, args);
  else
    push_to_many(m, r, args);
  py_push_keyword_only(m, args);
  json_object_set_new(j, "args", args);
  return j;
}
