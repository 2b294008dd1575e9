// model_internal.h: what the parts of the model reader share. For model*.c only.
//
//   model_class.c         classes: bases, MRO, what is mapped
//   model_annotation.c    what an annotation says
//   model_column.c        Column, mapped_column, Field
//   model_table.c         tables, constraints, foreign keys
//   model_attr.c          the attributes of a mapped class
//   model_relationship.c  relationships, backrefs, directions
//   model.c               the way through them; look-ups
#ifndef SQLA_MODEL_INTERNAL_H
#define SQLA_MODEL_INTERNAL_H

#include "sqla/expr.h"
#include "sqla/model.h"
#include "sqla/place_map.h"
#include "sqla/type_class.h"

typedef struct ClassInfo ClassInfo;

typedef enum {
  READ_NOT,
  READ_NOW, // in progress
  READ_DONE
} ReadState;

struct ClassInfo {
  Place node;
  Atom name, dotted;
  ClassInfo **bases; // of the project
  uint32_t base_count;
  ClassInfo **mro; // itself first
  uint32_t mro_count;
  BaseStyle marker; // a direct base is the declarative base, or it is one itself
  Place marker_place;
  bool is_base;        // a declarative base itself
  bool is_decorated;   // @registry.mapped
  bool is_imperative;  // map_imperatively(cls, ...)
  Expr imperative;     // that call
  bool dataclass;      // here or above
  bool sqlmodel_table; // table=True
  bool concrete_base;  // ConcreteBase, AbstractConcreteBase
  bool unknown_base;   // here or above: something that cannot be seen
  bool abstract;       // __abstract__ = True
  ClassRole role;
  BaseStyle style;
  Place base; // of the style
  Model *model;
  uint8_t mro_state, table_state;
};

// `Class.name = value` behind the class.
typedef struct {
  ClassInfo *cls;
  Atom name;
  Expr value;
} LateAttr;

// A backref still to be made on the other side.
typedef struct {
  Model *owner;
  uint32_t relationship;
  Expr call; // backref(...), or a string
  Atom name;
} PendingBackref;

struct Models {
  const Project *project;
  Resolver *r;
  Arena *arena;
  int version;
  InternCache *names;
  ExprCtx cx;
  Vec(ClassInfo *) classes;
  PlaceMap class_at; // place -> index
  Vec(SqlTable *) tables;
  PlaceMap table_at; // Table() call or class statement -> index
  Vec(Model *) models;
  PlaceMap model_at;
  bool one_base;                              // all of the models
  PlaceMap relationship_keys;                 // atom -> 1
  PlaceMap mapped_keys;                       // atom -> 1: of columns too
  PlaceMap base_ids;                          // place of a declarative base -> number
  PlaceMap models_in_base, tables_in_base;    // see base_key -> index, or SEVERAL
  PlaceMap by_dotted, by_name, table_by_name; // atom -> index; COUNT_MANY: several
  Vec(LateAttr) late;
  Vec(PendingBackref) backrefs;
};

#define SEVERAL (UINT32_MAX - 1) // in by_name, table_by_name: not the only one

// ---- model_class.c
void classes_read(Models *m);
ClassInfo *class_at(const Models *m, Place node); // NULL: none
ClassInfo *class_of_origin(const Models *m, Origin o);
// An attribute that the class statement itself binds: its symbol's last value. `def` is
// set for functions. False where it binds none.
typedef struct {
  Expr value;      // ref 0: only annotated, or a def
  Expr annotation; // ref 0: none
  Place def;       // FunctionDef
  Place node;      // the binding's node
  bool certain;    // bound once
} ClassAttr;
bool class_own_attr(const Models *m, const ClassInfo *cls, Atom name, ClassAttr *out);
// As above along the MRO; `owner` tells where.
bool class_attr(const Models *m, const ClassInfo *cls, Atom name, ClassAttr *out,
                const ClassInfo **owner);
// An attribute's value for this class: declared_attr functions are read with `cls` as
// the class. ref 0: not known.
Expr class_attr_value(Models *m, const ClassInfo *cls, Atom name);
Expr declared_attr_value(Models *m, const ClassInfo *cls, Place def);
bool is_declared_attr(Models *m, Place def);
ApiId decorator_api(Models *m, Place def, ApiId const *wanted, size_t count);
const PyTree *model_tree(const Models *m, uint32_t file);
Atom model_atom(const Models *m, const char *name);
Str model_text(const Models *m, Atom a);

// ---- model_annotation.c
typedef struct Anno {
  Str name; // dotted, or the text of a literal
  const struct Anno *args;
  uint32_t count;
  bool is_none;
  bool is_literal; // a number or a string inside Literal[...]
} Anno;

typedef enum {
  MAPPED_NOT,
  MAPPED_PLAIN, // Mapped[...]
  MAPPED_DYNAMIC,
  MAPPED_WRITE_ONLY
} MappedForm;

typedef struct {
  MappedForm form;
  bool class_var;
  bool optional;
  bool readable;     // the annotation was understood
  const Anno *inner; // without Mapped, Optional, None
  Str container;     // "list", "set", "dict" ... of a relationship
  Expr annotated[4]; // metadata of Annotated: calls
  uint32_t annotated_count;
  Expr annotated_type; // the whole `Annotated[...]` where a variable names it
} Annotation;

Annotation annotation_read(Models *m, Expr annotation);
// The SQL type of a Python type; `known` false where there is none to be told.
SqlType annotation_sql_type(Models *m, const ClassInfo *cls, Expr at,
                            const Annotation *a);
Origin anno_origin(Models *m, Expr at, const Anno *a);

// ---- model_column.c
// True where the expression is a column: Column(), mapped_column(), Field() ...
typedef enum {
  CALL_OTHER,
  CALL_COLUMN,
  CALL_MAPPED_COLUMN,
  CALL_FIELD, // sqlmodel
} ColumnCall;
ColumnCall column_call(Models *m, Expr x);
// `name` is the attribute's; 0 for a Column of a Table(). `annotation` may be NULL.
SqlColumn *column_read(Models *m, const ClassInfo *cls, SqlTable *table, Expr call,
                       ColumnCall kind, Atom name, Expr annotation,
                       const Annotation *anno);
void column_add_foreign_key(Models *m, SqlColumn *column, Expr call, uint32_t constraint);

// ---- model_table.c
void tables_read(Models *m); // Table() calls
SqlTable *table_new(Models *m, Place node);
void table_add_column(Models *m, SqlTable *t, SqlColumn *c);
void table_add_args(Models *m, const ClassInfo *cls, SqlTable *t, Expr args);
void table_set_name(Models *m, SqlTable *t, Str name, Str schema);
SqlTable *table_of_expr(Models *m, Expr x); // NULL: not known
void tables_finish(Models *m);              // foreign keys, keys, types

// Of several tables or classes of one name, the one that belongs to the same declarative
// base; NULL where that does not tell.
SqlTable *table_in_base(const Models *m, Atom full_name, Place base);
// A name within a declarative base, as a key of models_in_base and tables_in_base.
uint64_t base_key(Models *m, Place base, Atom name);
// Adds to a map from names to indexes: SEVERAL where the name is there already.
void add_name(PlaceMap *map, uint64_t key, uint32_t index);

// ---- model_attr.c
void class_read(Models *m, ClassInfo *cls);

// ---- model_relationship.c
void relationship_read(Models *m, Model *model, const ClassInfo *cls, Atom key, Expr call,
                       Expr annotation, Place declared_in, bool inherited);
void relationships_finish(Models *m);

static inline bool expr_is(const ExprCtx *cx, Expr x, PyKind kind) {
  return expr_kind(cx, x) == kind;
}

#endif
