// Schema: tables and what belongs to them, in no dialect and free of any source.
//
//   Schema *s = schema_new(arena);
//   SchemaTable *user = schema_add_table(s, STR("User"), STR("users"));
//   SchemaColumn *email = schema_add_column(s, user, STR("email"), TYPE_STRING);
//   ...
//   schema_complete(s, &options, &err);   // keys, foreign keys, back references, names
//
// - Filled from a field list (schema/fields.h), from models (schema/from_models.h) or
// from
//   a description in English; drained by generators, which never care where it came from.
// - A relation is stated once, on either side, by whoever fills the schema:
// schema_complete
//   makes the foreign key column or association table and the other side.
// - What was decided without being asked for is an assumption, one sentence for people.
// - A table that is `external` exists elsewhere: it is not written, but what is `added`
// to
//   it is. Everything lives in the arena of the schema; schema_free frees the lists.
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

typedef enum {
#define TYPE(id, word, others, sql, python, argument) TYPE_##id,
#include "schema/types.def"
#undef TYPE
  TYPE_OTHER, // of a project: `text` is its source
  TYPE_COUNT
} TypeKind;

typedef enum {
  ARGUMENT_NONE,
  ARGUMENT_LENGTH,
  ARGUMENT_PRECISION,
  ARGUMENT_VALUES,
  ARGUMENT_ITEM
} TypeArgument;

typedef struct {
  const char *word, *others; // "str", "string varchar"
  const char *sql;           // "String"
  const char *python;        // "datetime.datetime"
  TypeArgument argument;
} TypeInfo;

extern const TypeInfo type_infos[TYPE_COUNT];
// The type a word names ("varchar", "INT"), or TYPE_COUNT.
TypeKind type_by_word(Str word);

typedef Vec(Str) StrVec;

typedef struct {
  Str name; // class: "OrderStatus"
  StrVec values;
  bool external; // the project has the class
  bool added;    // of a column that is added to an external table
} SchemaEnum;

typedef struct {
  TypeKind kind;
  uint32_t length;           // STRING, BYTES; 0: none
  uint32_t precision, scale; // DECIMAL; precision 0: none
  bool naive;                // DATETIME, TIME without a time zone
  SchemaEnum *enumeration;   // ENUM
  TypeKind item;             // ARRAY; never an array
  uint32_t item_length;
  Str text;     // OTHER: "sa.Numeric(10, 2)"
  Str *imports; // OTHER: dotted names that `text` uses; NULL where its file has them
  uint32_t import_count;
  Str python; // OTHER: "Decimal"; "" where the kind says it
} SchemaType;

typedef enum {
  DEFAULT_NONE,
  DEFAULT_VALUE,    // `text`, checked against the type: 0, true, 2024-01-31, open
  DEFAULT_NOW,      // the database's clock
  DEFAULT_UUID,     // a random one, made by Python
  DEFAULT_EMPTY,    // {} or []: a fresh one each time
  DEFAULT_SERVER,   // `text` is an SQL expression
  DEFAULT_CALLABLE, // of a project: something is there
} DefaultKind;

typedef struct SchemaTable SchemaTable;
typedef struct SchemaColumn SchemaColumn;

typedef struct {
  SchemaTable *table;
  SchemaColumn *column;
  Str ondelete, onupdate; // "CASCADE"; "" where not said
  Str name;               // of the constraint; "" where it has none
} SchemaForeignKey;

// A column as the classes of its project write theirs, part by part.
typedef struct {
  Str annotation; // "" where there is none
  Str function;   // "so.mapped_column"
  Str *arguments;
  uint32_t argument_count;
} SchemaSpelling;

struct SchemaColumn {
  Str name;
  Str column_name; // in the database; "" where it is the name
  SchemaType type;
  bool nullable, primary_key, unique, index;
  bool computed_stored, identity;
  bool server_side; // DEFAULT_VALUE is the database's
  bool update_now;  // set to the current time by every UPDATE
  bool inherited;   // of a mixin or a parent class: not written here
  bool added;       // to an external table
  bool made_unique; // of an external table, for a one-to-one relation
  DefaultKind default_kind;
  Str default_text;
  Str computed; // SQL expression; "" where it is no computed column
  Str comment;
  SchemaForeignKey *foreign_key; // NULL where there is none
  SchemaSpelling *spelling;      // NULL: as the generator writes it
  SchemaTable *table;
};

// An expression over attributes, in Python: "first_name + ' ' + last_name".
typedef struct {
  Str name, expression;
} SchemaHybrid;

typedef enum {
  CHECK_CONSTRAINT,
  UNIQUE_CONSTRAINT,
  PLAIN_INDEX,
  UNIQUE_INDEX
} SchemaConstraintKind;

typedef struct {
  SchemaConstraintKind kind;
  Str name; // "" where the naming convention gives it; never "" for a check or an index
  Str expression; // CHECK: SQL
  Str bound;      // CHECK of one column against a constant: ">= 1", else ""
  StrVec columns; // attribute names; of a bound: the column
} SchemaConstraint;

typedef enum {
  RELATION_MANY_TO_ONE,
  RELATION_ONE_TO_MANY,
  RELATION_MANY_TO_MANY,
  RELATION_ONE_TO_ONE // `owner` tells which side holds the foreign key
} RelationKind;

typedef struct SchemaRelation SchemaRelation;
struct SchemaRelation {
  RelationKind kind;
  Str name;
  SchemaTable *table; // it stands on
  SchemaTable *target;
  Str target_name;        // as written, until it is resolved
  Str back_name;          // asked for; "" to choose, "-" for none
  SchemaRelation *back;   // the other side, NULL where there is none
  SchemaColumn *key;      // foreign key column on the side that holds it
  SchemaTable *secondary; // MANY_TO_MANY
  Str through;            // association class asked for: "OrderItem"
  SchemaRelation *via;    // MANY_TO_MANY over an association class: its collection
  Str via_attribute;      // the attribute of the association class that leads on
  bool owner;             // this side holds the foreign key
  bool nullable;          // of the key
  bool primary_key;       // the key is part of the primary key
  bool no_index;          // of the key
  bool unique;            // ONE_TO_ONE and keys asked to be unique
  bool delete_orphan;     // the collection owns its items
  bool ambiguous;         // foreign_keys= is needed
  bool self_parent;       // remote_side= is needed
  bool inferred;          // made as the other side of one that was stated
  bool added;             // to an external table
  Str ondelete;           // "CASCADE"; "" where not said
  Str lazy;               // "" where not said
  Str comment;
};

typedef enum {
  PARENT_NONE,
  PARENT_JOINED,
  PARENT_SINGLE,
  PARENT_ABSTRACT, // the parent has no table
  PARENT_MIXIN,    // likewise, and is no model either
  PARENT_CONCRETE  // each has a table with all columns
} ParentKind;

struct SchemaTable {
  Str class_name; // "" for a plain table (association)
  Str name;       // in the database
  Str comment;    // becomes the docstring too
  Vec(SchemaColumn *) columns;
  Vec(SchemaRelation *) relations;
  Vec(SchemaConstraint *) constraints;
  Vec(SchemaHybrid) hybrids;
  Str schema; // of the database: "billing"; "" for the default one
  SchemaTable *parent;
  Str parent_name; // as written, until it is resolved
  ParentKind parent_kind;
  SchemaTable
      *base; // whose columns it took (abstract, mixin, concrete); completion sets it
  ParentKind base_kind;
  Str discriminator; // column of a polymorphic root; "" where there is none
  Str identity;      // polymorphic identity
  bool timestamps, soft_delete, uuid_key; // mixins
  bool external;                          // exists in the project
  bool chosen;        // external, and named: what generators other than models work on
  bool stub;          // was never described: only its key is known
  bool association;   // plain table of a many-to-many relation
  Str link_name;      // its class, where it is written as one: "PostTag"
  Str bases;          // of the class, as its project has them; "": the generator's
  bool name_follows;  // the project's base gives the table its name: it is not written
  const void *model;  // of an external table: its sqla Model
  StrVec other_names; // of an external table: attributes that are neither column nor
                      // relationship of its own (methods, what it inherits)
};

// A mixin of timestamps, soft deletion or UUID keys.
typedef enum {
  MIXIN_TIMESTAMPS,
  MIXIN_SOFT_DELETE,
  MIXIN_UUID,
  MIXIN_COUNT
} MixinKind;

typedef struct {
  Str name;         // "TimestampMixin"; "" where the base gives its columns
  Str module;       // where it is to be imported from, "" where it stands in the file
  bool exists;      // the project has it: it is not written
  bool written_out; // its name is taken: its columns stand in each class
} SchemaMixin;

typedef struct {
  Arena *arena;
  SchemaMixin mixins[MIXIN_COUNT];
  Str table_prefix;          // of all tables of the project: "crm_"
  Str namespace;             // the database's schema that all new tables are in
  Str namespace_text;        // the expression that says so: `"sales"`, `SCHEMA`
  Vec(SchemaTable *) tables; // in the order they were named
  Vec(SchemaTable *) shared; // abstract bases and mixins, which have no table
  Vec(SchemaEnum *) enums;
  StrVec assumptions;
} Schema;

Schema *schema_new(Arena *arena);
// True for a table that asks for the mixin.
bool schema_wants_mixin(const SchemaTable *t, MixinKind kind);
void schema_free(Schema *s); // the lists; accepts NULL
// Takes every table away, with its lists; enums stay.
void schema_drop_tables(Schema *s);

SchemaTable *schema_add_table(Schema *s, Str class_name, Str name);
// The table of a class; NULL where there is none. `name` of a table works as well.
SchemaTable *schema_find(const Schema *s, Str class_name);
SchemaColumn *schema_add_column(Schema *s, SchemaTable *t, Str name, TypeKind kind);
SchemaColumn *schema_column(const SchemaTable *t, Str name);
// Its own or a parent's.
SchemaColumn *schema_column_inherited(const SchemaTable *t, Str name);
// True where the class has an attribute of that name, its own or inherited.
bool schema_has_attribute(const SchemaTable *t, Str name);
// True for an external table that columns, relationships or constraints are added to.
bool schema_is_extended(const SchemaTable *t);
// First column of the primary key, the parent's for a joined child; NULL before
// schema_complete.
SchemaColumn *schema_primary_key(const SchemaTable *t);
uint32_t schema_primary_key_count(const SchemaTable *t);
SchemaRelation *schema_add_relation(Schema *s, SchemaTable *t, RelationKind kind,
                                    Str name, Str target_name);
SchemaRelation *schema_relation(const SchemaTable *t, Str name);
SchemaConstraint *schema_add_constraint(Schema *s, SchemaTable *t,
                                        SchemaConstraintKind kind);
// The enumeration of this class name, made where it is new.
SchemaEnum *schema_add_enum(Schema *s, Str name);
void schema_assume(Schema *s, const char *format, ...) PRINTF_LIKE(2, 3);

// ---- Completion

typedef struct {
  ParentKind inheritance;                  // of children that do not say
  bool timestamps, soft_delete, uuid_keys; // for all tables that are not external
  bool no_stubs;                           // an unknown target is an error
} SchemaOptions;

// Makes what was left to be inferred: primary keys, foreign keys, association tables,
// back references, discriminators, names, and what follows from names (lengths). False
// with a sentence that names the field where things clash or a target is not known.
MUST_USE bool schema_complete(Schema *s, const SchemaOptions *options, Err *err);

// ---- Names

// "OrderItem" -> "order_item"; "HTTPLog" -> "http_log".
Str name_snake(Arena *a, Str name);
// "order item", "order_items" -> "OrderItem", "OrderItems".
Str name_camel(Arena *a, Str name);
// English plural and singular of the last word: "category" -> "categories".
Str name_plural(Arena *a, Str name);
Str name_singular(Arena *a, Str name);

// Why a class or attribute cannot be called so: a clause such as "is a Python keyword";
// NULL where it can.
const char *name_refused_attribute(Str name);
const char *name_refused_class(Str name);

#endif
