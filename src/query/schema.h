// QSchema: a project's models as a request sees them: tables, columns and the ways
// between them, by small numbers.
//
// - Only mapped classes are tables here. A table without a class (association table) is
//   part of the many-to-many edge that goes through it.
// - An edge is a relationship, or a pair that back_populates joins; `attr_a` is the
//   attribute on `a` that leads to `b`. Where only a foreign key stands, both are empty
//   and the columns say how to join.
// - `words` of a table or column are the stems of its names; there may be several names
//   (attribute, database name, doc=, docstring).
#ifndef QUERY_SCHEMA_H
#define QUERY_SCHEMA_H

#include "query/words.h"
#include "sqla/model.h"

enum {
  QNAMES_MAX = 5
};

typedef enum {
  QTYPE_UNKNOWN,
  QTYPE_INTEGER,
  QTYPE_FLOAT, // Numeric too
  QTYPE_STRING,
  QTYPE_BOOLEAN,
  QTYPE_DATE,
  QTYPE_DATETIME,
  QTYPE_TIME,
  QTYPE_ENUM,
  QTYPE_OTHER
} QType;

typedef struct {
  Str stems[WORD_NAME_MAX];
  uint32_t count;
  float weight; // 1 for the attribute's own name
} QName;

typedef struct {
  Str attr; // in Python
  Str name; // in the database
  QType type;
  bool has_default; // somebody else fills it: default=, server_default=, Identity,
                    // Computed
  bool decimal;     // Numeric: decimal.Decimal in Python
  bool primary_key, foreign_key, nullable, unique;
  bool timezone;
  int ref_table, ref_column; // of the foreign key, -1: none or outside
  QName names[QNAMES_MAX];
  uint32_t name_count;
  Str enum_class, enum_module; // ENUM of a Python class
  Str *members;                // ENUM: member names (of a class) or strings
  uint32_t member_count;
} QColumn;

typedef struct {
  Str cls, module, table;
  const Model *model;
  QColumn *columns;
  uint32_t column_count;
  QName names[QNAMES_MAX];
  uint32_t name_count;
  int name_column; // what people call a row by, -1: nothing of the kind
  int key_column;  // the single primary key, -1: several or none
  bool link;       // its key is made of foreign keys
} QTable;

typedef struct {
  int a, b;               // tables
  int column_a, column_b; // joined columns; -1 for many-to-many
  Str attr_a, attr_b;     // attribute on a to b, on b to a; "" where there is none
  Str backref;            // the name that attr_b has where a relationship tells it
  bool many_a, many_b;    // one a has many b; one b has many a
  bool secondary;
  bool implied; // no foreign key says so: a column has the name of the other table's key
} QEdge;

typedef struct {
  QTable *tables;
  uint32_t table_count;
  QEdge *edges;
  uint32_t edge_count;
  bool async; // the project opens AsyncSession
} QSchema;

// Reads the models; everything lives in `arena`.
QSchema *qschema_read(const Project *project, const Models *models, Resolver *resolver,
                      Arena *arena);

static inline const QColumn *qschema_column(const QSchema *s, int table, int column) {
  return &s->tables[table].columns[column];
}

#endif
