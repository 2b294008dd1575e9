// Models: the mapped classes and tables of a project, as SQLAlchemy would configure them.
//
//   Models *models = models_read(project, resolver, 20, arena);
//   const Model *user = models_by_name(models, STR("app.models.User"));
//   for (uint32_t i = 0; i < user->column_count; i++) use(&user->columns[i]);
//
// - Read from syntax alone, for every way of declaring: declarative bases of 1.x and 2.x,
//   registries and decorators, Flask-SQLAlchemy, SQLModel, mixins, abstract bases,
//   declared_attr, `__table__`, imperative mapping.
// - What a class inherits is there too: columns of mixins are its own (copied, as
//   SQLAlchemy does), attributes of mapped parents have `inherited`.
// - What cannot be told is said so: `complete` is false where something of the class
// could
//   not be read (an unknown base, a computed attribute), pointers are NULL, SqlType.known
//   is false. Absence is proven only where `complete` is true.
// - Everything lives in the arena; syntax of other files is referred to by Place only.
// - Models are sorted by file and place, tables likewise; the same for any thread count.
#ifndef SQLA_MODEL_H
#define SQLA_MODEL_H

#include "sqla/type.h"

typedef struct SqlTable SqlTable;
typedef struct SqlColumn SqlColumn;
typedef struct Model Model;

typedef enum {
  UNSET, // not written: the default holds
  NO,
  YES,
  UNCLEAR // written, but not a constant
} Tristate;

typedef struct {
  Str target;              // "table.column" or "schema.table.column"; "" where not known
  const SqlTable *table;   // NULL where not in the project
  const SqlColumn *column; // NULL where not in the project
  Place node;              // ForeignKey or ForeignKeyConstraint call
  uint32_t constraint;     // columns of one composite key share a number within the table
  Str ondelete, onupdate;  // "" where not given
} SqlForeignKey;

struct SqlColumn {
  Atom name; // in the database
  Atom key;  // in Table.c; the name where no key= was given
  SqlType type;
  bool nullable;    // what SQLAlchemy would say, keys and annotations considered
  bool primary_key; // by itself or by a PrimaryKeyConstraint
  Tristate nullable_given;
  Tristate annotated_optional; // Mapped[X | None]; UNSET: no Mapped annotation
  bool unique, index;          // on the column itself
  bool computed, identity;
  bool proven;       // every flag above is known
  Place node;        // Column, mapped_column, Field call; nowhere: annotation alone
  Place annotation;  // what stands behind the colon, nowhere where there is none
  Place declared_in; // the class statement (a mixin's own), nowhere for Table()
  Place default_value, insert_default, server_default, onupdate, server_onupdate, comment;
  SqlForeignKey *foreign_keys;
  uint32_t foreign_key_count;
  const SqlTable *table;
};

typedef enum {
  CONSTRAINT_PRIMARY_KEY,
  CONSTRAINT_UNIQUE,
  CONSTRAINT_FOREIGN_KEY,
  CONSTRAINT_CHECK,
  CONSTRAINT_INDEX,
  CONSTRAINT_OTHER // ExcludeConstraint, a class of the project
} SqlConstraintKind;

typedef struct {
  SqlConstraintKind kind;
  Str name;     // "" where not given
  Str *columns; // names as written; absent Str for an expression
  uint32_t column_count;
  bool unique; // of an Index
  Place node;
} SqlConstraint;

struct SqlTable {
  Str name;       // "" where it cannot be told
  Str schema;     // "" where there is none
  Str full_name;  // "schema.name", or the name
  Place node;     // Table() call, or the class statement
  Place variable; // the name that holds a Table() call, nowhere where none does
  Place metadata; // the expression that says which MetaData, nowhere: the base's
  SqlColumn **columns;
  uint32_t column_count;
  SqlConstraint *constraints; // of the table and __table_args__
  uint32_t constraint_count;
  const Model *model; // first class mapped to it, NULL where none is
  bool reflected;     // autoload: more columns than are written here
  bool complete;
};

typedef enum {
  BASE_UNKNOWN,
  BASE_FACTORY,        // Base = declarative_base()
  BASE_AS_DECLARATIVE, // @as_declarative class Base
  BASE_CLASS,          // class Base(DeclarativeBase)
  BASE_CLASS_NO_META,  // class Base(DeclarativeBaseNoMeta)
  BASE_REGISTRY,       // @registry.mapped, registry.generate_base()
  BASE_FLASK,          // db.Model
  BASE_SQLMODEL,
  BASE_AUTOMAP,
  BASE_IMPERATIVE // map_imperatively(), mapper()
} BaseStyle;

typedef enum {
  INHERITS_NONE,
  INHERITS_SINGLE,
  INHERITS_JOINED,
  INHERITS_CONCRETE
} Inheritance;

typedef struct {
  Atom key;
  const SqlColumn *column; // of this class's table, or of the table it inherits
  Place node;              // the statement's value; nowhere: from a Table
  Place declared_in;       // class statement
  bool inherited;          // mapped by a parent class
  bool deferred;
} ModelColumn;

typedef enum {
  DIRECTION_UNKNOWN,
  ONE_TO_MANY,
  MANY_TO_ONE,
  MANY_TO_MANY
} Direction;

typedef struct {
  Atom key;
  const Model *target; // NULL where not known
  Str target_name;     // dotted where known, else as written
  Direction direction;
  Tristate uselist; // as configured: YES, NO, or UNCLEAR
  Tristate uselist_given;
  const SqlTable *secondary; // NULL where there is none or it is not known
  bool has_secondary;
  Atom back_populates;
  Atom backref;      // name of the attribute it makes on the target, 0: none
  bool from_backref; // made by a backref of the other side
  Str lazy;    // "" where not given ("select"); "dynamic", "write_only" of annotations
  Str cascade; // "" where not given
  bool viewonly;
  bool inherited;
  bool proven; // every argument was understood
  Place node;  // the relationship() or backref() call
  Place annotation;
  Place declared_in;
  Place argument; // target as written
  Place order_by, primaryjoin, secondaryjoin, foreign_keys, remote_side, collection_class;
} Relationship;

typedef enum {
  ATTR_HYBRID_PROPERTY,
  ATTR_HYBRID_METHOD,
  ATTR_SYNONYM,
  ATTR_ASSOCIATION_PROXY,
  ATTR_COLUMN_PROPERTY, // of an expression
  ATTR_COMPOSITE,
  ATTR_QUERY_EXPRESSION,
  ATTR_PROPERTY, // plain @property
  ATTR_METHOD,
  ATTR_PLAIN,  // class attribute without a mapping
  ATTR_DYNAMIC // set by something we cannot follow
} AttrKind;

typedef struct {
  Atom key;
  AttrKind kind;
  Place node;        // value or def
  Place declared_in; // class statement
  Atom target;       // synonym: of what; association proxy: the relationship
  Atom target_value; // association proxy: the attribute of its target
  bool inherited;
} ModelAttr;

struct Model {
  Place node; // class statement
  Atom name;
  Atom dotted; // "app.models.User"
  BaseStyle style;
  bool dataclass;  // MappedAsDataclass, mapped_as_dataclass
  SqlTable *table; // own, or the parent's for single-table inheritance; NULL: not known
  Inheritance inheritance;
  const Model *parent; // mapped class it inherits from
  bool polymorphic_abstract;
  Place polymorphic_on, polymorphic_identity; // nowhere where not given
  Place mapper_args, table_args;
  bool has_table_args; // its own or a mixin's; table_args: where they are understood
  Place base; // the declarative base: its class statement or the call that made it
  ModelColumn *columns;
  uint32_t column_count;
  Relationship *relationships;
  uint32_t relationship_count;
  ModelAttr *attrs; // everything else
  uint32_t attr_count;
  bool complete;
};

typedef enum {
  CLASS_PLAIN,    // not mapped; may be a mixin
  CLASS_BASE,     // a declarative base
  CLASS_ABSTRACT, // below a base, __abstract__ or a SQLModel without table=True
  CLASS_MAPPED
} ClassRole;

typedef struct Models Models;

// Reads all classes and tables of the project. `version`: 14, 20 or 21 (0: 20), for what
// differs between them (Float of a float annotation, UUID).
Models *models_read(const Project *project, Resolver *r, int version, Arena *arena);

// Gives back what is not in the arena; accepts NULL.
void models_free(Models *m);

uint32_t models_count(const Models *m);
const Model *models_at(const Models *m, uint32_t index);
// True where all classes of the project have one base: what one engine holds, all of them
// are in.
bool models_have_one_base(const Models *m);
uint32_t models_table_count(const Models *m);
const SqlTable *models_table_at(const Models *m, uint32_t index);
// By class statement; NULL where the class is not mapped.
const Model *models_of_class(const Models *m, Place cls);
// By dotted name; the first where a name exists twice.
const Model *models_by_name(const Models *m, Str dotted);
// By class name as relationship("User") finds it: NULL where no or several classes match.
const Model *models_by_class_name(const Models *m, Atom name);
// By class name among the classes of one declarative base (Model.base), as its registry
// finds it; NULL where no or several classes match.
const Model *models_in_registry(const Models *m, Atom name, Place base);
// By full table name; NULL where no or several tables match.
const SqlTable *models_table_by_name(const Models *m, Str full_name);
// By the Table() call or the class statement.
const SqlTable *models_table_of(const Models *m, Place node);
// What a class statement is.
ClassRole models_class_role(const Models *m, Place cls);

// Attributes by key; NULL where there is none.
const ModelColumn *model_column(const Model *model, Atom key);
const Relationship *model_relationship(const Model *model, Atom key);
const ModelAttr *model_attr(const Model *model, Atom key);
const SqlColumn *sql_table_column(const SqlTable *table, Atom name);
// True where some model of the project has a relationship of this name.
bool models_has_relationship(const Models *m, Atom key);
bool models_has_key(const Models *m, Atom key); // or a column
// True where `model` is `ancestor` or inherits from it.
bool model_is_a(const Model *model, const Model *ancestor);

const char *direction_name(Direction d);     // "MANYTOONE", NULL for unknown
const char *inheritance_name(Inheritance i); // "joined", NULL for none
const char *base_style_name(BaseStyle s);

#endif
