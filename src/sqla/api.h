// API: the known symbols of SQLAlchemy, Flask-SQLAlchemy, SQLModel and Alembic.
//
// A symbol has one id however it is imported: `sqlalchemy.Column`,
// `sqlalchemy.schema.Column` and `sqlmodel.Column` are API_sqlalchemy_Column. The id is
// named by the place the documentation imports it from. The table is api.def, written by
// tools/gen_api.py from the packages themselves.
#ifndef SQLA_API_H
#define SQLA_API_H

#include "project/project.h"

typedef enum {
  API_NONE,
#define API(id, dotted, kind, versions, flags, moved_to, params) API_##id,
#include "sqla/api.def"
#undef API
  API_COUNT
} ApiId;

typedef enum {
  API_CLASS,
  API_FUNCTION,
  API_MODULE,
  API_CONSTANT // an object: sqlalchemy.func
} ApiKind;

enum { // versions a name is importable in
  API_IN_1_4 = 1,
  API_IN_2_0 = 2,
  API_IN_2_1 = 4
};

enum {                       // ApiRow.flags
  API_IS_TYPE = 1 << 0,      // subclass of TypeEngine
  API_IS_DECORATOR = 1 << 1, // subclass of TypeDecorator
  API_IS_SCHEMA = 1 << 2,    // subclass of SchemaItem
  API_IS_ERROR = 1 << 3      // exception or warning
};

typedef struct {
  const char *dotted; // "sqlalchemy.orm.relationship"
  uint8_t kind;       // ApiKind
  uint8_t versions;   // where `dotted` is importable; 0: gone before 1.4
  uint8_t flags;
  uint16_t moved_to;  // ApiId with the same meaning that should be used, or API_NONE
  const char *params; // types: constructor arguments as "name name=default *rest"
} ApiRow;

// The row of a symbol; of API_NONE an empty one.
const ApiRow *api_row(ApiId id);
// The symbol that `dotted` names, or API_NONE; `versions` (may be NULL) tells where that
// name is importable.
ApiId api_find(Str dotted, uint8_t *versions);
// The id after following moved_to: what code should call it today.
ApiId api_current(ApiId id);
// What makes a file worth reading: the packages' names, and names that sessions have.
extern const ProjectFocus sqla_focus;
// The same for a reader that changes the code: what uses a name that changes is read when
// that is asked for, and nobody is told of syntax errors far away.
extern const ProjectFocus sqla_rewrite_focus;
// The last part of the dotted name: "relationship".
Str api_last_name(ApiId id);

#endif
