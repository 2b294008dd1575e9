// Python pieces that generators put into templates: imports, types, arguments.
//
// PyWriter is one module that is being written: what it imports is collected while its
// pieces are made, and comes out sorted as ruff and isort have it.
#ifndef GEN_PYTHON_H
#define GEN_PYTHON_H

#include "gen/generator.h"

typedef struct {
  Str module, name; // name "": the module itself, `import enum`
  Str alias;        // "" or `import datetime as dt`
} PyWanted;

typedef struct {
  Arena *arena;
  Schema *schema;
  const GenSettings *settings;
  Vec(PyWanted) imports;
  Vec(const SchemaEnum *) made_enums; // whose types tables have so far
  bool migration; // pieces for a revision: no defaults of Python's, foreign keys with
                  // types
  bool datetime_module;    // a field hides a name of datetime: types are written dt.date
  Str base;                // name of the declarative base
  Str metadata;            // expression of Core tables and associations: "Base.metadata"
  bool classic;            // Column() without annotations
  bool optional;           // Optional[X] instead of X | None
  bool old_list;           // List[X] instead of list[X]
  bool sqlmodel;           // Field() and Relationship() of SQLModel
  bool server_only;        // Column() without defaults of Python's
  bool keyword_fields;     // of dataclasses: fields that __init__ takes by name
  bool keywords_inherited; // of dataclasses: the base has kw_only=True
  Str decorator;           // of a class without a base: "registry.mapped"
} PyWriter;

void py_module_init(PyWriter *m, Gen *g);
void py_module_free(PyWriter *m);
void py_import(PyWriter *m, const char *module, const char *name);
void py_import_str(PyWriter *m, Str module, Str name);
bool py_is_standard(Str module); // part of Python
// The order of names within an import, as ruff and isort have it: constants, classes, the
// rest, whatever the case.
int py_compare_names(Str a, Str b);
// Groups of lines: the standard library, other packages, the project's own.
json_t *py_imports_json(const PyWriter *m);

// ---- Text

Str py_string(Arena *a, Str text); // a literal in double quotes
json_t *py_json(Str text);
void py_push(json_t *array, const char *format, ...) PRINTF_LIKE(2, 3);

// ---- Types

// The class of such values, imported: "date", "dt.date".
Str py_python_class(PyWriter *m, TypeKind kind);
// Of a value in Python, without None: "str", "datetime", "OrderStatus".
Str py_type(PyWriter *m, const SchemaType *type, DefaultKind kind, Str default_text);
// As SQLAlchemy is told: "String(320)"; "" where the annotation says it all.
Str py_sql_type(PyWriter *m, const SchemaType *type, bool primary_key);
// The same, never "".
Str py_sql_type_explicit(PyWriter *m, const SchemaType *type, bool primary_key);
// A default as an expression: `0`, `Decimal("0")`, `OrderStatus.OPEN`.
Str py_value(PyWriter *m, const SchemaType *type, Str text);
Str py_enum_member(Arena *a, Str value);

// ---- Pieces for templates

// {name, members: [{name, value}]} of each enumeration that is neither external nor of
// a column added to a class that exists.
json_t *py_enums_json(PyWriter *m);
// One of them.
json_t *py_enum_json(PyWriter *m, const SchemaEnum *e);
// {variable, name, args: [...]} of an association table or a Core table.
// [{name, bases, columns}] of the mixins that tables use.
json_t *py_mixins_json(PyWriter *m);
json_t *py_table_json(PyWriter *m, const SchemaTable *t, bool core);
// All tables as above, each after those that its foreign keys name; `*ring` tells that
// this is not possible, because they name each other.
json_t *py_tables_json(PyWriter *m, bool *ring);
// One of them as a call of Alembic's op, appended to `upgrade`; what takes it back goes
// to the front of `downgrade`.
void py_create_table(PyWriter *m, const json_t *table, json_t *upgrade,
                     json_t *downgrade);
// An association table as a class of SQLModel, in the form of a model.
json_t *py_link_json(PyWriter *m, const SchemaTable *t);
// {name, bases, table, decorator, doc, columns: [{name, annotation, args}],
// relationships, table_args, mapper_args, repr} of a model; columns and relationships as
// below.
json_t *py_model_json(PyWriter *m, const SchemaTable *t);
// [{name, type, expression}] of the hybrid properties.
json_t *py_hybrids_json(PyWriter *m, const SchemaTable *t);
json_t *py_column_json(PyWriter *m, const SchemaColumn *c); // annotation "": none
json_t *py_relation_json(PyWriter *m, const SchemaRelation *r);

#endif
