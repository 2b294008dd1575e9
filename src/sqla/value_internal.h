// value_internal.h: what the parts of the inference share. For value*.c only.
//
//   value_core.c        memory of answers, cycles, joining of values, public accessors
//   value_infer.c       one expression from its parts
//   value_call.c        calls: external symbols, project functions, classes
//   value_methods.c     methods.def: attributes and methods of SQLAlchemy's objects
//   value_shape.c       select lists and what they yield
//   value_executed.c    what execute() and its like give
//   value_lists.c       what lists that are only read hold
//   value_scope.c       which bindings of a name an expression can see
//   value_names.c       what a name is bound to; parameters, targets, imports
//   value_use.c         parameters by what their function does with them
//   value_class.c       attributes of classes and instances of the project
//   value_annotation.c  what an annotation says
//   value_symbols.c     value_symbols.def: names of SQLAlchemy and the standard library
//   value_index.c       callers by name, fixtures
#ifndef SQLA_VALUE_INTERNAL_H
#define SQLA_VALUE_INTERNAL_H

#include "project/project.h"
#include "python/parse.h"
#include "sqla/value.h"

// Stands for "not yet known" while a cycle is iterated; contributes nothing to a join.
// Never leaves value_core.c's entry points.
enum {
  VALUE_BOTTOM = VALUE_KIND_COUNT
};

typedef enum {
  SYMBOL_FUNCTION, // calling gives result by rule
  SYMBOL_CLASS,    // as FUNCTION; in an annotation the result kind
  SYMBOL_VALUE,    // is itself a value of the result kind
  SYMBOL_TYPING,   // a form of annotation
} SymbolForm;

enum {
#define RULE(name) RULE_##name,
#include "sqla/value_rules.def"
#undef RULE
  RULE_COUNT,
  RULE_LAST_OF_ARGUMENTS = RULE_TEXT_COLUMNS,
  RULE_LAST_OF_SHAPES = RULE_NO_ROWS,
  RULE_LAST_OF_ROWS = RULE_MAPPING_PARTITIONS
};

typedef struct {
  const char *package; // top package of the origin
  const char *name;    // last component, with dots where needed to tell apart
  uint8_t form, result, rule;
  uint32_t flags;
} Symbol;

typedef struct {
  uint8_t receiver, form, result, rule;
  uint32_t flags;
  uint8_t since, until;
  const char *name;
} Method;

typedef struct {
  const Place *at;
  uint32_t len;
} PlaceList;

// From names to lists of places; built once.
typedef struct {
  uint32_t *first; // by name, in places; of one name more
  Atom count;
  Place *places;
} NameMap;
PlaceList name_map_get(const NameMap *map, Atom name);

typedef struct {
  Atom atom;
  uint16_t first, len; // in NameTable.rows
} NameRows;

// Rows of a constant table by name, for the names that the project uses at all.
typedef struct {
  NameRows *names; // sorted by atom
  uint32_t count;
  uint16_t *rows;
} NameTable;
void name_rows_build(NameTable *table, ValueIndex *index, uint32_t row_count,
                     const char *(*name_of)(uint32_t row));
const NameRows *name_rows_find(const NameTable *table, Atom name); // NULL: none

struct ValueIndex {
  const Project *project;
  const Models *models;
  int version;
  Arena *arena;
  NameTable methods;
  NameTable symbols; // by the last part of the name
  NameMap calls;     // by last name of the callee: Call nodes
  NameMap fixtures;  // by name: FunctionDef nodes decorated as pytest fixtures
};

typedef struct {
  Value value;
  void *data;     // ASK_CLASS
  uint32_t next;  // entry of another question about the node; of a spare one: a spare
  uint32_t depth; // of an open one: its place on the stack; of one that waits: the place
                  // of the outermost open one that it waits for
  uint32_t question; // of one to be answered again: the question it belongs to
  uint8_t what;      // Ask
  uint8_t state;     // ENTRY_...
  bool used;         // while open: asked for by something inside
  bool cut;          // while it waits: it met a limit, or used what did
} Entry;

typedef struct {
  Entry *entry;
  uint32_t *asked;
} Waiting;

// Both are built on demand, by node: see PY_NODE_WORDS.
typedef struct {
  Ref *parents;
  uint32_t *asked; // the first entry << ASK_BITS | a bit for each Ask that is unknown
} FileState;

struct ValueCtx {
  const ValueIndex *index;
  const Project *project;
  Arena *arena;
  InternCache *names;
  Vec(Entry *) blocks; // of entries, numbered from 1; they do not move
  uint32_t count;
  uint32_t spare; // an entry that was given back
  FileState *files;
  uint32_t depth;  // open entries
  uint32_t lowest; // the outermost open entry that was used since last looked at
  uint32_t steps;  // inferences of the current question
  uint32_t cuts;   // how often it met a limit
  uint32_t question;
  bool changed;         // an answer of this round is not the one that was used
  Vec(Waiting) waiting; // answers of the current question, see value_core.c
};

// ---- value_core.c
Value value_unknown(void);
Value value_bottom(void);
static inline bool is_bottom(Value v) {
  return v.kind == VALUE_BOTTOM;
}
static inline bool is_known(Value v) {
  return v.kind != VALUE_UNKNOWN && v.kind != VALUE_BOTTOM;
}
Value value_make(ValueKind kind, uint32_t file, Ref root); // proven
// With item; an unknown item is left out (but bottom makes bottom).
Value value_with_item(ValueCtx *cx, ValueKind kind, Value item, uint32_t file, Ref root);
Value value_likely(Value v); // lowers PROVEN to LIKELY
// Lowers `v` to what `by` is sure of, at all levels that matter.
Value value_lower(Value v, Sure by);
Value value_join(ValueCtx *cx, Value a, Value b);
bool value_equal(Value a, Value b);
const Value *value_keep(ValueCtx *cx, Value v);
Value value_item(Value v); // *v.item as sure as v, or unknown
const PyTree *tree_of(const ValueCtx *cx, uint32_t file);
// Room for what value_class.c remembers of a class; NULL at first.
void **class_slot(ValueCtx *cx, Place cls);
// Runs `infer` for the place through the memory of answers. `what` tells questions about
// one node apart (its value, what a function returns ...).
typedef Value (*InferFn)(ValueCtx *cx, uint32_t file, Ref r);
typedef enum {
  ASK_VALUE,
  ASK_RETURN,
  ASK_ANNOTATION,
  ASK_BINDING,
  ASK_SYMBOL,
  ASK_CLASS,
  ASK_KIND_COUNT
} Ask;
Value value_ask(ValueCtx *cx, uint32_t file, Ref r, Ask what, InferFn infer);
bool value_is_answered(ValueCtx *cx, uint32_t file, Ref r); // ASK_VALUE only
// The value of an expression, for use inside the inference: may be bottom.
static inline Value ask(ValueCtx *cx, uint32_t file, Ref r);

// ---- value_infer.c
Value infer_expression(ValueCtx *cx, uint32_t file, Ref r);
Value infer_operation(ValueCtx *cx, PyOp op, Value a, Value b, uint32_t file, Ref r);
// The element number `at` of `count` (0: any number) that unpacking gives.
Value value_element(ValueCtx *cx, Value v, uint32_t at, uint32_t count);

static inline Value ask(ValueCtx *cx, uint32_t file, Ref r) {
  return value_ask(cx, file, r, ASK_VALUE, infer_expression);
}
static inline Value ask_return(ValueCtx *cx, Place function);

// ---- value_call.c
Value infer_call(ValueCtx *cx, uint32_t file, Ref call);
Value call_value(ValueCtx *cx, Value func, uint32_t file, Ref call);
// As called without arguments by a framework (Depends, fixtures, properties).
Value call_function_bare(ValueCtx *cx, Value func);
Ref call_arg(const PyTree *t, Ref call, uint32_t position, Atom keyword); // 0: none
bool call_has_star(const PyTree *t, Ref call); // *args or **kwargs
bool has_star_args(const PyTree *t, PyRefs args);
Atom callee_name(const PyTree *t, Ref call); // last part; 0 for other expressions

// ---- value_methods.c
Value method_attribute(ValueCtx *cx, Value v, Atom name, uint32_t file, Ref at);
Value method_call(ValueCtx *cx, Value method, uint32_t file, Ref call);

// ---- value_executed.c
// The statement given to execute(); bottom while it is not known yet.
bool has_entity(const Shape *s); // of the items
Value value_statement_arg(ValueCtx *cx, uint32_t file, Ref call);
// What executing the statement on the receiver yields. A Connection knows no entities: it
// gives their columns.
const Shape *value_executed_shape(ValueCtx *cx, Value receiver, Value statement);
// Of a call of an unknown function: a Result where it is x.execute() of a statement.
Value executed_by_any(ValueCtx *cx, uint32_t file, Ref call);

// ---- value_shape.c
typedef struct {
  const Shape *before; // what the receiver had
  uint32_t flags;      // to add
  bool is_query;
  bool adds; // after `before` instead of in its place
} ShapeArgs;
// From the arguments of a call; NULL while one of them is bottom.
const Shape *shape_of_args(ValueCtx *cx, uint32_t file, Ref call, const ShapeArgs *args);
const Shape *shape_with_flags(ValueCtx *cx, const Shape *s, uint32_t flags);
const Shape *shape_unknown(ValueCtx *cx, uint32_t flags);
const Shape *shape_of_items(ValueCtx *cx, const ShapeItem *items, uint32_t count,
                            uint32_t flags);
const Shape *shape_join(ValueCtx *cx, const Shape *a, const Shape *b);
bool shape_equal(const Shape *a, const Shape *b);
// The first selected thing as Python reads it.
Value shape_first(const Shape *s);
// What a Query yields: the instances of its single entity, else Rows.
Value shape_query_item(ValueCtx *cx, const Shape *s, uint32_t file, Ref at);
Value shape_row(ValueCtx *cx, const Shape *s, uint32_t file, Ref at);
// Flags that the arguments of options(), execution_options(), join() add.
uint32_t shape_option_flags(ValueCtx *cx, uint32_t file, Ref call);
uint32_t shape_execution_flags(ValueCtx *cx, uint32_t file, Ref call);
uint32_t shape_join_flags(ValueCtx *cx, uint32_t file, Ref call, const char *method);

// ---- value_names.c
Value infer_name(ValueCtx *cx, uint32_t file, Ref name);
Value infer_binding(ValueCtx *cx, uint32_t file, Ref node);
Value infer_param(ValueCtx *cx, uint32_t file, Ref param);
Value infer_return(ValueCtx *cx, uint32_t file, Ref function);
Value module_member(ValueCtx *cx, Value module, Atom name, uint32_t file, Ref at);
Value import_target(ValueCtx *cx, ImportTarget target, uint32_t file, Ref at);
// ---- value_use.c
// True for a name that sessions often have and other things too: it says nothing alone.
bool may_name_session(ValueCtx *cx, Atom name);
// True for `session` of `await session.execute(...)`.
bool is_awaited_receiver(ValueCtx *cx, uint32_t file, Ref name);
// What the parameter `name` of the function is by that name and the methods that it is
// asked for: LIKELY or unknown.
Value value_by_use(ValueCtx *cx, uint32_t file, Atom name, Ref function);
// ---- value_lists.c
// True where the function of the name that is bound at `target` adds nothing to the list
// that it holds, and gives it to nobody who could.
bool value_list_is_only_read(ValueCtx *cx, uint32_t file, Ref target);

// The habit of naming: LIKELY or unknown.
Value habit_of_name(ValueCtx *cx, Atom name, uint32_t file, Ref at);
// A name that the file does not bind, and the reading of Depends(...).
Value module_or_builtin(ValueCtx *cx, uint32_t file, Ref at, Atom name);
Value depends_value(ValueCtx *cx, uint32_t file, Ref call);
// What a parameter is that an annotation says to be `said`, and that `depends`, a
// Depends() or anything else, gives.
Value said_or_given(ValueCtx *cx, uint32_t file, Value said, Ref depends);
bool is_store(ValueCtx *cx, uint32_t file, Ref r);
bool function_is_property(ValueCtx *cx, Place function);

// ---- value_scope.c
// What `name` means to an expression at `node`.
Value name_at(ValueCtx *cx, uint32_t file, Ref node, Atom name);
// True where control never comes to the end of the block.
bool block_leaves(const PyTree *t, PyRefs list);
// All bindings of `name` in the scope that `owner` (0: the module) makes, joined.
Value scope_member(ValueCtx *cx, uint32_t file, Ref owner, Atom name, bool *found);

static inline Value ask_return(ValueCtx *cx, Place function) {
  return value_ask(cx, function.file, function.ref, ASK_RETURN, infer_return);
}

// ---- value_class.c
Value class_attribute(ValueCtx *cx, Value v, Atom name, uint32_t file, Ref at);
Value infer_class(ValueCtx *cx, uint32_t file, Ref class_def);
Value instance_of(ValueCtx *cx, Value cls, uint32_t file, Ref at);

// ---- value_annotation.c
Value infer_annotation(ValueCtx *cx, uint32_t file, Ref annotation);

// ---- value_symbols.c
Value symbol_value(ValueCtx *cx, Atom module, Atom name, uint32_t file, Ref at);
const Symbol *symbol_at(uint16_t number); // from 1
// The same for the name of a type in sqlalchemy.types.
Value symbol_type_reads(ValueCtx *cx, Str type_name, uint32_t file, Ref at);
// What Python reads of a column of this type.
Value type_reads(ValueCtx *cx, Value type);
Value symbol_attribute(ValueCtx *cx, Value v, Atom name, uint32_t file, Ref at);
// A name of the module builtins, or unknown.
Value builtin_value(ValueCtx *cx, Atom name, uint32_t file, Ref at);
void symbols_index(ValueIndex *index);
void methods_index(ValueIndex *index);

// ---- value_model.c
// The mapped attribute of the class as seen on the class or on an instance, or unknown.
Value model_attribute(ValueCtx *cx, Place cls, Atom name, bool on_instance, uint32_t file,
                      Ref at);
bool model_has(ValueCtx *cx, Place cls, Atom name); // a column or relationship
Value model_query(ValueCtx *cx, Place cls, uint32_t file, Ref at);
ValueKind model_class_kind(ValueCtx *cx, Place cls); // CLASS, MAPPED_CLASS or BASE_CLASS
Str class_dotted_name(ValueCtx *cx, Place cls);      // absent where it is not mapped
// A column of the Table() call or mapped class `table`.
Value table_column(ValueCtx *cx, Place table, Atom name, uint32_t file, Ref at);

#endif
