// Values: what an expression is to SQLAlchemy.
//
//   ValueIndex *index = value_index_new(project, models, version, project_arena);
//   ValueCtx *values = value_ctx_new(index, arena); // one per worker
//   Value v = value_of(values, file, call->func);
//   if (v.kind == VALUE_QUERY && v.sure == SURE_PROVEN && v.shape->yields ==
//   YIELD_ENTITY)
//     ...
//
// - A small forward inference over the whole project, computed on demand and remembered
//   per expression. It never runs code and never looks at spelling, but for one thing: a
//   parameter, global or attribute of unknown origin with one of the usual names
//   (`session`, `db.session`, `self.session`, `engine`) is taken for what the name says,
//   and is only LIKELY.
// - PROVEN means: in every run that reaches the expression and does not raise before, its
//   value is an instance of that kind (or of a subclass of it), and every part of the
//   answer (owner, item, shape) that is filled is so too. What a person wrote in an
//   annotation counts as proven. Monkey-patching and assignments through setattr or
//   globals() are not seen.
// - Anything built on a LIKELY value is LIKELY. VALUE_UNKNOWN has sure SURE_NONE.
// - A Value is small and copied; what it points to lives in the context's arena.
// - A context belongs to one thread. Loops and recursion are iterated to a fixed point,
// so
//   that the order of questions does not matter.
// - Cost: each expression is inferred at most once per context; nesting is bounded by
//   VALUE_MAX_DEPTH, past which the answer is unknown.
#ifndef SQLA_VALUE_H
#define SQLA_VALUE_H

#include "sqla/place.h"

typedef struct Project Project;
typedef struct Models Models;

typedef enum {
#define VALUE(kind, name, part) VALUE_##kind,
#include "sqla/value_kinds.def"
#undef VALUE
  VALUE_KIND_COUNT
} ValueKind;

typedef enum {
  SURE_NONE,   // unknown
  SURE_LIKELY, // a habit of naming stands between; no SAFE fix may rest on it
  SURE_PROVEN
} Sure;

enum {                         // Value.flags
  VALUE_OR_NONE = 1 << 0,      // may also be None: first(), get(), Optional[...]
  VALUE_SUBCLASS = 1 << 1,     // the project's own subclass of the kind; owner is it
  VALUE_FUTURE = 1 << 2,       // engine or session made with future=True
  VALUE_AUTOCOMMIT = 1 << 3,   // session: autocommit=True; connection and engine:
                               // isolation_level="AUTOCOMMIT"
  VALUE_NO_AUTOFLUSH = 1 << 4, // autoflush=False was seen
  VALUE_NO_EXPIRE = 1 << 5,    // expire_on_commit=False was seen
  VALUE_OPTIONS_UNKNOWN =
      1 << 6,              // made with **kwargs or elsewhere: the four above say nothing
  VALUE_SQLMODEL = 1 << 7, // sqlmodel.Session, sqlmodel's select
  VALUE_FLASK = 1 << 8,    // Flask-SQLAlchemy's session, Query, Pagination parts
  VALUE_COLLECTION = 1 << 9, // RELATIONSHIP: reads a collection
  VALUE_FROM_RELATIONSHIP =
      1 << 10,           // read off an instance: owner, key say which attribute
  VALUE_BEGUN = 1 << 11, // connection of Engine.begin(): commits at the end of its block
  VALUE_LEGACY =
      1 << 12, // SELECT: the list form of 1.x; QUERY: Query(...) without a session
  VALUE_LITERAL = 1 << 13, // plain Python: the expression itself is a literal
};

typedef struct Value Value;
typedef struct Shape Shape;

struct Value {
  uint8_t kind;   // ValueKind
  uint8_t sure;   // Sure
  uint16_t flags; // VALUE_OR_NONE ...
  uint16_t
      symbol;  // of SQLAlchemy or the standard library: row of value_symbols.def, else 0
  Atom key;    // attribute, label or method name; dotted name of an external module
  Place owner; // class or Table() call that `kind` names in value_kinds.def
  Place root;  // the expression that made it: the call, the parameter, the import ...
  const Value *item;  // see value_kinds.def; NULL where not known
  const Shape *shape; // see value_kinds.def; NULL where not known
};

typedef enum {
  YIELD_UNKNOWN, // the select list is not (fully) known
  YIELD_ENTITY,  // one entity: a Query gives instances, a Result Rows of one instance
  YIELD_COLUMN,  // one column: Rows of one value (in a ScalarResult the value)
  YIELD_SEVERAL, // Rows of several
  YIELD_NOTHING, // returns no rows: UPDATE without RETURNING, DDL
} Yield;

enum { // Shape.flags: seen on the way. A flag that is absent is only sure with
       // SHAPE_WHOLE.
  SHAPE_WHOLE = 1 << 0, // every step from the root on was understood
  SHAPE_FILTERED = 1 << 1,
  SHAPE_ORDERED = 1 << 2,
  SHAPE_LIMITED = 1 << 3,
  SHAPE_LIMIT_ONE = 1 << 4, // .limit(1)
  SHAPE_OFFSET = 1 << 5,
  SHAPE_DISTINCT = 1 << 6,
  SHAPE_GROUPED = 1 << 7,
  SHAPE_JOINED = 1 << 8, // join(), also isouter
  SHAPE_SELECT_FROM = 1 << 9,
  SHAPE_FROM_STATEMENT = 1 << 10,
  SHAPE_COMPOUND = 1 << 11, // union() and the like; from_self() of a Query
  SHAPE_OPTIONS = 1 << 12,  // options(...)
  SHAPE_EAGER_COLLECTION =
      1 << 13, // joined eager loading of a collection, by option or mapping
  SHAPE_EAGER_UNKNOWN = 1 << 14, // whether there is one cannot be told
  SHAPE_UNIQUE = 1 << 15,        // unique() on a Result
  SHAPE_YIELD_PER = 1 << 16,
  SHAPE_EXECUTION_OPTIONS = 1 << 17,
  SHAPE_FOR_UPDATE = 1 << 18,
  SHAPE_LABELLED = 1 << 20, // apply_labels(), with_labels(), set_label_style()
  SHAPE_CORRELATED = 1 << 21,
  SHAPE_PARAMS = 1 << 22,
  SHAPE_POPULATE_EXISTING = 1 << 23,
  SHAPE_NO_AUTOFLUSH = 1 << 24,
  SHAPE_RETURNING = 1 << 25,
  SHAPE_HAVING = 1 << 26,
  SHAPE_CHANGED_ENTITIES = 1 << 27,   // with_entities, with_only_columns, add_columns
  SHAPE_OUTER_JOINED = 1 << 29,       // outerjoin(), join(isouter=...), full=...
  SHAPE_FROM_SESSION_QUERY = 1 << 28, // rooted in session.query(...) or Model.query
};

typedef struct {
  Value value;  // as Python reads it: ENTITY, INT, STR ... UNKNOWN
  Value column; // as it stands in the select list: MAPPED_CLASS, ALIASED_CLASS, COLUMN,
                // LABEL ...
  Atom name;    // of the Row's field, 0 where there is none
  Place at;     // the argument that selected it
} ShapeItem;

struct Shape {
  uint8_t yields; // Yield
  uint8_t sure;   // Sure, of all of it
  uint32_t flags; // SHAPE_WHOLE ...
  uint32_t count; // of items; 0 where they are not known
  const ShapeItem *items;
  Value session; // what executes it: root of a Query, receiver of execute(); kind UNKNOWN
                 // where not known
};

enum {
  VALUE_MAX_DEPTH = 400 // nested inferences: calls of calls, names of names
};

typedef struct ValueIndex ValueIndex;
typedef struct ValueCtx ValueCtx;

// What all contexts share: who calls which name, fixtures, SQLAlchemy's own names.
// `project` and `models` must be complete and are only read. `version`: the SQLAlchemy
// that the code is written for, 14, 20, 21 or 0 where unknown. Read-only afterwards.
ValueIndex *value_index_new(const Project *project, const Models *models, int version,
                            Arena *arena);
void value_index_free(ValueIndex *index); // accepts NULL; the arena stays
// `arena` keeps all answers.
ValueCtx *value_ctx_new(const ValueIndex *index, Arena *arena);
void value_ctx_free(ValueCtx *cx); // accepts NULL; the arena stays

// What `expr` of `file` is. Also for annotations' targets: Name nodes that are stored to
// give what is stored. Anything but an expression is unknown.
Value value_of(ValueCtx *cx, uint32_t file, Ref expr);
// What is bound to the parameter `param` (a Param node), not counting its default None.
Value value_of_param(ValueCtx *cx, uint32_t file, Ref param);
// What calling the function gives; an AWAITABLE, ITERATOR ... where it is async or a
// generator.
Value value_of_return(ValueCtx *cx, uint32_t file, Ref function);
// What the annotation says its object is.
Value value_of_annotation(ValueCtx *cx, uint32_t file, Ref annotation);
// What iterating gives (for x in v), what awaiting gives, what `with v as x` binds.
Value value_iterated(ValueCtx *cx, Value v, bool is_async);
Value value_awaited(ValueCtx *cx, Value v);
Value value_entered(ValueCtx *cx, Value v, bool is_async);
// The attribute as an expression `v.name` would give it.
Value value_attribute(ValueCtx *cx, Value v, Atom name);

// True where some object of SQLAlchemy has a coroutine method of this name: a cheap
// question before asking what the object is.
bool value_is_coroutine_name(const ValueCtx *cx, Atom name);

// The calls of the project by the last name of what is called, in the order of the files.
const Place *value_calls(const ValueCtx *cx, Atom name, uint32_t *count);

// The node that holds `r`, 0 for the root. Built for a file when first asked for.
Ref value_parent(ValueCtx *cx, uint32_t file, Ref r);

// The bindings that the Name `use` may read where it stands: stored Names, Params, defs,
// Aliases of its own file, in source order. Returns how many there are (0: none in the
// file), of which at most `most` are written to `out`. A use in a nested function or
// comprehension may read every binding of its name, and so may any where an inner
// function binds it.
uint32_t value_bindings(ValueCtx *cx, uint32_t file, Ref use, Ref *out, uint32_t most);

const char *value_kind_name(ValueKind kind);
// Session, AsyncSession and the scoped ones: what takes execute() and add().
bool value_is_session(Value v);
// Has execute(): the above, Connection, AsyncConnection, Engine.
bool value_is_executor(Value v);
// Select, Insert, ... , text: what execute() takes.
bool value_is_statement(Value v);
bool value_is_result(Value v); // Result and its scalar, mapping and async forms
bool value_is_column(Value v); // can stand in a select list or a criterion
bool value_is_plain(Value v);  // plain Python; not UNKNOWN
static inline bool value_proven(Value v, ValueKind kind) {
  return v.kind == kind && v.sure == SURE_PROVEN;
}

// "Query<instance of app.models.User>", "Result<Row<int, str>>", "list<Row<int>> or
// None". Classes are printed by their dotted name.
void value_write(ValueCtx *cx, Value v, Buf *out);
// One line per expression of the file, in source order:
//   path:line:column: expression -> kind, proven|likely
// `expression` is cut to one line of 60 bytes. Unknown ones only with `all`.
void value_reveal_text(ValueCtx *cx, uint32_t file, bool all, Buf *out);

#endif
