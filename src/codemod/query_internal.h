// query_internal.h: what the parts of the query conversion share. For query_*.c only.
//
//   query.c          the whole: find, spread, judge, write
//   query_graph.c    nodes and edges; where a query goes from each expression
//   query_uses.c     where a name is used, what calls give a parameter
//   query_call.c     queries across functions: arguments, returns
//   query_source.c   what else reaches the same places
//   query_argument.c queries as arguments of other calls
//   query_container.c  queries in tuples and lists that are taken apart at once
//   query_field.c    queries in attributes of objects
//   query_items.c    what is selected, and what loading it brings along
//   query_state.c    what is known of the query at each node; sessions
//   query_step.c     filter(), join() ...: what a select makes of them
//   query_end.c      all(), first(), iteration ...: what executes instead
//   query_join.c     targets of join()
//   query_repair.c   what 2.x took from a Query that stays one
//   query_end_more.c get(), Flask-SQLAlchemy, update() and delete()
//   query_rows.c     rows that are read by position
//   query_session.c  how the session is spelled where it is needed
//   query_between.c  whether it still is what it was
//   query_once.c     queries that run where they are assigned
//   query_setop.c    union() and the like
//   query_self.c     from_self()
//   query_option.c   loader options
//   query_custom.c   query classes and events of the project; mocks
//   query_truth.c    queries whose truth is asked
//   query_annotation.c  annotations of what holds a query
//   query_text.c     places in the text
#ifndef CODEMOD_QUERY_INTERNAL_H
#define CODEMOD_QUERY_INTERNAL_H

#include "codemod/codemod.h"
#include "sqla/place_map.h"

typedef enum {
  NODE_EXPR,   // an expression whose value is a query
  NODE_BIND,   // a stored Name or a Param
  NODE_RETURN, // what a FunctionDef returns
  NODE_FIELD,  // attribute `attr` of the ClassDef and its instances
} NodeKind;

typedef enum {
  ROOT_SESSION, // session.query(...): call
  ROOT_MODEL,   // Model.query: attribute
} RootKind;

typedef enum {
#define STEP_FORMS                                                                       \
  FORM(RENAME)                                                                           \
  FORM(DROP)                                                                             \
  FORM(TEXT)                                                                             \
  FORM(PREFIX)                                                                           \
  FORM(LABELS)                                                                           \
  FORM(FILTER_BY)                                                                        \
  FORM(JOIN)                                                                             \
  FORM(OPTIONS)                                                                          \
  FORM(ORDER_BY)                                                                         \
  FORM(LOCKMODE)                                                                         \
  FORM(PARENT)                                                                           \
  FORM(SET)                                                                              \
  FORM(SELF)                                                                             \
  FORM(STOP)
#define FORM(name) STEP_##name,
  STEP_FORMS
#undef FORM
} StepForm;

typedef struct {
  const char *name;
  StepForm form;
  const char *text; // new name, or why not
  uint32_t flags;   // SHAPE_...
} StepRow;

typedef enum {
  END_ALL,
  END_AS_SCALAR,
  END_COMPOUND, // argument of union() and the like of Core
  END_COUNT,
  END_DELETE,
  END_EXECUTE, // session.execute(q)
  END_EXISTS,
  END_FIRST,
  END_FIRST_OR_404,
  END_GET,
  END_GET_OR_404,
  END_INDEX,   // q[0], q[1:3]
  END_ITERATE, // for x in q, list(q), [*q]
  END_ONE,
  END_ONE_OR_404,
  END_ONE_OR_NONE,
  END_OPERAND, // argument of q.union()
  END_PAGINATE,
  END_PART, // stands in another statement as it is
  END_SCALAR,
  END_SESSION,   // q.session
  END_STATEMENT, // q.statement
  END_SUBQUERY,
  END_TRUTH, // if q, not q
  END_UPDATE,
  END_VALUE,
} EndKind;

typedef struct {
  const char *name;
  EndKind kind;
  const char *code;
} EndRow;

typedef enum {
  SESSION_UNKNOWN, // an expression that cannot be repeated elsewhere, or nothing
  SESSION_LOCAL,   // a symbol of a function, with attributes behind it
  SESSION_GLOBAL,  // what a module binds, with attributes behind it
  SESSION_SELF,    // of an object: attributes of what holds the query
  SESSION_MIXED,   // several
} SessionKind;

typedef struct {
  SessionKind kind;
  uint32_t file;   // LOCAL: of the symbol; GLOBAL: that binds it
  uint32_t symbol; // LOCAL
  Ref bound_at;    // GLOBAL: the binding's node
  Atom dotted;     // GLOBAL, imported from outside of the project: its full name
  Str path;        // ".session", "" for the name itself
  Place at;        // the expression that was seen
  bool flask;      // `db` of Flask-SQLAlchemy, path ".session"
  Place param;     // the Param that brought the query into a function; nowhere: none
} QSession;

typedef struct {
  const Place *at;
  uint32_t count;
} QSelected; // the arguments of query()

enum {                      // QState.items
  ITEMS_ENTITY = 1 << 0,    // a mapped class may be selected
  ITEMS_UNNAMED = 1 << 1,   // an expression without a name
  ITEMS_DOUBLE = 1 << 2,    // two columns of one name
  ITEMS_ONE_ROW = 1 << 3,   // must: aggregates or EXISTS alone: never more than one row
  ITEMS_AGGREGATE = 1 << 4, // an aggregate function stands among them
  ITEMS_OPEN = 1 << 5,      // not all of them are known
  ITEMS_COMPUTED = 1 << 6,  // something else than a class or its attribute
  ITEMS_OPTIONS =
      1 << 7, // several loader options, or one that no class selected asks for
};

typedef struct {
  bool reached;
  uint8_t yields;                 // Yield
  uint8_t items;                  // ITEMS_...
  bool entity_mixed;              // ITEMS_ENTITY holds on some ways only
  uint32_t may, must;             // SHAPE_...: on some way here, on every way here
  uint32_t may_since, must_since; // the same, since it came in as an argument
  const QSelected *selected;      // NULL: not one list
  Place entity; // argument that selects the only entity, nowhere where several do
  Place first;  // the class that what is selected first belongs to
  Place self;   // the from_self() whose result it is; nowhere: none, or several
  Place joined; // last join's target, nowhere for none; see joined_mixed
  bool joined_mixed;
  bool rejoined;     // reset_joinpoint() took filter_by() back to the first entity
  bool one_to_one;   // every join keeps one row for each entity
  bool other_from;   // a criterion may bring in another FROM
  bool labelled;     // all that is selected has a label of its own
  bool several_from; // what is selected may come from several tables
  bool constant;     // a criterion may be true(), literal(x) ...
  QSession session;
  QSession named; // the only entity, as names and attributes like the session
} QState;

typedef struct {
  uint8_t kind; // NodeKind
  Place at;
  Atom attr;
  uint32_t up;         // union-find
  uint32_t first_edge; // leaving
  uint32_t root;       // EXPR: number of the root it is, else NONE
  QState state;
  bool spread, queued;
} QNode;

typedef enum {
  EDGE_SAME,
  EDGE_STEP,   // through the call `at` of a builder
  EDGE_RETURN, // out of a function to the call `at`
  EDGE_PASS,   // into a parameter by the call `at`
  EDGE_STORE,  // into an attribute, `at` is the target
  EDGE_LOAD,   // out of an attribute, `at` is the Attribute
} EdgeKind;

typedef struct {
  uint32_t to, next;
  uint8_t kind;  // EdgeKind
  uint32_t step; // STEP: number of the step
  Place at;
} QEdge;

typedef struct {
  uint32_t node;
  RootKind kind;
  Place call;          // SESSION: the call; MODEL: the attribute
  const char *assumed; // what is known by spelling only, "" for nothing
  Str lead;            // goes before the rewritten root
  Str head;     // SESSION, inlined: goes between the session's `.` and the function
  Str wrap;     // goes before the function: what set operations open
  Str function; // absent: select()
  bool inlined; // an end of the same chain uses the session where it stands
  bool handled; // an end has written it already
} QRoot;

typedef struct {
  uint32_t node; // receiver
  Ref call;
  const StepRow *row;
  bool handled; // an end has written it already
} QStep;

typedef struct {
  uint32_t node; // receiver
  EndKind kind;
  const char *code;
  Ref at; // the call, subscript, or attribute; ITERATE: the receiver itself
  Str change;
} QEnd;

typedef struct {
  uint32_t node;
  Place at;
  Str why;
  bool enters; // something else may come in here: what is known of the query may be wrong
} QStop;

typedef struct {
  Ref *parents;
  Ref *loads; // Name nodes by symbol, built on demand
  uint32_t *load_first, symbol_count;
  uint32_t *imports; // modules whose import runs with it, built on demand
  uint32_t import_count;
} QFile;

typedef struct Q {
  CodemodCtx *cx;
  const Project *project;
  Arena *arena;
  QFile *files;
  Vec(QNode) nodes;
  PlaceMap by_kind[3]; // EXPR, BIND, RETURN
  PlaceMap fields;
  Vec(QEdge) edges;
  Vec(QRoot) roots;
  Vec(QStep) steps;
  Vec(QEnd) ends;
  Vec(QStop) stops;
  Vec(QStop) unclear; // stops where the place turns out to be no query
  Vec(uint32_t) work;
  QStop failed;          // of the web that is being written; why.ptr: it is left
  bool repairs;          // what is written stays a Query
  bool bulk;             // its roots become update() or delete(), which its steps narrow
  Vec(Place) custom;     // classes that queries of the project are made of: expressions
  Place hook, bulk_hook; // events of Query: all, bulk changes only
  struct References *references; // query_uses.c, built on demand
} Q;

#define NONE UINT32_MAX

// ---- query_graph.c
uint32_t q_node(Q *q, NodeKind kind, Place at, Atom attr);
uint32_t q_node_find(const Q *q, NodeKind kind, Place at); // NONE: there is none
uint32_t q_web(Q *q, uint32_t node);                       // representative
// Joins the webs and lets the state flow from one to the other.
void q_edge(Q *q, uint32_t from, uint32_t to, EdgeKind kind, Place at, uint32_t step);
void q_unite(Q *q, uint32_t a, uint32_t b); // the webs only
void q_stop(Q *q, uint32_t node, Place at, const char *format, ...) PRINTF_LIKE(4, 5);
void q_find_roots(Q *q);
void q_spread_target(Q *q, uint32_t node, uint32_t file, Ref target);
// The Names that read the symbol, in the arena; their number.
uint32_t q_loads(Q *q, uint32_t file, uint32_t symbol, const Ref **out);
// True where the Name `load` may read what `binding` (of the same file) stores.
bool q_reaches(Q *q, uint32_t file, Ref binding, Ref load);
void q_spread(Q *q); // until no expression is left to look at
const StepRow *q_step_row(Str name);
const EndRow *q_end_row(Str name);

// ---- query_uses.c
typedef struct {
  Atom name;
  Place at;
} NamedPlace;

typedef struct {
  NamedPlace *list;
  uint32_t *first; // by name, in list; one more than names
  bool *sorted;    // by name: its places are in order
  uint32_t name_count;
} ByName;

typedef struct {
  Place base, cls;
} Heir; // the ClassDef `cls` names `base` among its bases

typedef struct References {
  ByName uses, defs; // Names and Attributes that read; FunctionDefs
  ByName imports;    // Aliases, by the name that is imported
  ByName strings;    // Calls of getattr() and the like, by the name that they are given
  Place *classes;    // ClassDefs
  size_t class_count;
  Heir *heirs; // by base
  size_t heir_count;
} References;
References *q_references(Q *q);
typedef struct {
  const NamedPlace *list;
  size_t count;
} NamedPlaces;
NamedPlaces q_uses_named(Q *q, Atom name); // Names and Attributes that read it
NamedPlaces q_defs_named(Q *q, Atom name); // functions
typedef struct {
  const Heir *list;
  size_t count;
} Heirs;
Heirs q_heirs(Q *q, Place base);              // classes that inherit from it directly
NamedPlaces q_strings_named(Q *q, Atom name); // calls: getattr(x, "name") and the like
// The object that such a call is about; 0: any, as of attrgetter("name").
Ref q_string_object(Q *q, Place call);
// True where another file imports what the module of the file binds as `name`, or reads
// it by a star import or off the module.
bool q_is_read_elsewhere(Q *q, uint32_t file, Atom name);

typedef enum {
  USE_CALL,    // the call, or the reading of a property, is at `made`
  USE_HANDED,  // the function itself is handed on
  USE_UNCLEAR, // an attribute of this name of something unknown
} UseKind;

typedef struct {
  UseKind kind;
  Place at, made;
} FunctionUse;
typedef Vec(FunctionUse) FunctionUses;

void q_uses_of(Q *q, Place function, FunctionUses *out);
// What was concluded holds only where no file out of use speaks of the function.
void q_ask_for_uses(Q *q, Place function);
Ref q_class_around(Q *q, Place function); // 0: no method
bool q_has_decorator(Q *q, Place function, const char *name);
bool q_is_property(Q *q, Place function);
bool q_is_stored(Q *q, Place at); // the target of an assignment
// Why the arguments of calls of the function cannot be followed; NULL: they can.
const char *q_opaque(Q *q, Place function);
// Why what calls of the function give is not what it returns; NULL: it is.
const char *q_gives_other(Q *q, Place function);
// A base outside the project may call what the class overrides, or read what it stores.
bool q_has_foreign_base(Q *q, Place cls, int depth);
bool q_inherits_to(Q *q, Place cls, Place of, int depth);
bool q_inherits(Q *q, Place cls, Place of);
// Calls `each` for every method that a call of `function` may reach instead of it, or
// that may be reached where it is meant: overrides up and down.
void q_each_relative(Q *q, Place function, void (*each)(Q *q, Place relative, void *data),
                     void *data);
typedef Vec(Place) Places;
// What the call gives for `*args` of the function; false: not told.
bool q_rest_given(Q *q, Place function, Place call, Places *out);
// True where every call of the function of the Param `*rest` gives no more than `most`
// arguments for it, and `test` holds of them.
bool q_few_more(Q *q, Place rest, uint32_t most, bool (*test)(Q *q, Place given));
// The Param that the argument of a call of `function` becomes; 0: not told.
Ref q_param_of(Q *q, Place function, Place call, Ref argument);
// The expression that the call gives for a Param of the function; 0: none. `unclear`:
// stars may bring another.
Ref q_given(Q *q, Place function, Place call, Ref param, bool *unclear);
Ref q_argument_for(Q *q, Place function, Place call, Ref param); // 0 where not told
// def f(q=None): no call gives it anything but None.
bool q_never_given(Q *q, Place param);
// True where every call of the Param's function gives a mapped class for it.
bool q_takes_classes(Q *q, Place param, int depth);
// Looks through all uses of a name for the query_property() that gives `cls` its query.
bool q_each_use(Q *q, Atom name, Place cls, QSession *out);
bool q_property_at(Q *q, Place use, Place cls, QSession *out);
// True where the file speaks of the name at all.
bool q_file_names(Q *q, uint32_t file, Atom name);

// ---- query_call.c
// The query goes into the function's parameter that takes the call's argument.
void q_pass_to(Q *q, uint32_t node, Place function, Place call, Ref argument);
void q_spread_return(Q *q, uint32_t node, Ref statement);
void q_spread_calls(Q *q, uint32_t node); // of a RETURN node

// ---- query_source.c
bool q_is_none(const PyTree *t, Ref r); // absent, or None
// The value that a plain assignment gives to a Name; 0 where it is something else.
Ref q_assigned(Q *q, uint32_t file, Ref name);
bool q_is_select(Q *q, uint32_t file, Ref expr);
// What else reaches the same places: all of it has to be a query.
void q_check_sources(Q *q);

// ---- query_argument.c
// The query stands as an argument of the call.
void q_spread_argument(Q *q, uint32_t node, Ref call, Ref argument);

// ---- query_container.c
// The query is an item of a tuple or a list that is taken apart at once; false: it is
// not.
bool q_spread_container(Q *q, uint32_t node);
void q_check_container(Q *q, uint32_t node);

// ---- query_field.c
void q_spread_field(Q *q, uint32_t node, Ref target);
void q_spread_reads(Q *q, uint32_t node); // of a FIELD node
void q_check_field(Q *q, uint32_t node);
// The Param `self` of the method around a node; nowhere where there is none.
Place q_self(Q *q, uint32_t file, Ref r);
// True where annotations say that the expression is a class: `model: type[Base]`.
bool q_is_class(Q *q, uint32_t file, Ref expr, int depth);
// True where the expression is an attribute of `self` or `cls`: a class below may set
// another value.
bool q_varies(Q *q, Place expr);

// ---- query_once.c
// True where the Assign's variable may hold a list too, and the next thing that happens
// is that it is iterated, the only time: what it is given may be run at once.
bool q_runs_here(Q *q, uint32_t file, Ref assign);

// ---- query_state.c
void q_flow(Q *q);
QSession q_session_of(Q *q, uint32_t file, Ref expr);
bool q_session_same(const QSession *a, const QSession *b);

// ---- query_items.c
// What one item of a select list is.
typedef struct {
  uint8_t yields; // ENTITY, COLUMN, SEVERAL, UNKNOWN
  Atom name;
  bool aggregate, exists, unnamed;
  bool assumed; // known by spelling
  bool told;    // an entity: by annotations, and by what the project passes and stores
} QItem;
QItem q_item(Q *q, uint32_t file, Ref argument);
// What the arguments of a call select, in place of or after what `s` had.
void q_select_items(Q *q, QState *s, uint32_t file, Ref call, bool adds);
// What the parameters of the function that are selected are in the call.
void q_select_given(Q *q, QState *s, Place function, Place call);
// Sets several_from where the argument speaks of another class than `owner` (nowhere: it
// becomes the first that is met).
void q_note_owners(Q *q, QState *s, uint32_t file, Ref argument, Place *owner);
// True where loading the entity joins a collection by default.
typedef enum {
  EAGER_NO,
  EAGER_MAYBE,
  EAGER_YES
} Eager;
Eager q_eager_default(Q *q, Place entity);
void q_add_eager(Q *q, QState *s, Place entity); // into what was asked
// What loading the target of a relationship by a join brings along: SHAPE_EAGER_...
uint32_t q_eager_below(Q *q, Place relationship);
const Model *q_model_at(Q *q,
                        Place entity); // NULL where not a mapped class of the project

// ---- query_step.c
bool q_write_step(Q *q, const QStep *s); // false: q->failed says why
void q_state_step(Q *q, const QStep *s, QState *state);

// ---- query_join.c
typedef enum {
  JOIN_PLAIN,  // one target, and perhaps its condition: what 2.x takes
  JOIN_STRING, // a string among the targets
  JOIN_CHAIN,  // several targets
  JOIN_TUPLE,  // targets with their conditions in tuples
  JOIN_FLAGS   // aliased=, from_joinpoint=
} JoinForm;
JoinForm q_join_form(Q *q, uint32_t file, PyRefs args);
// What the call joins last, 0 where that is not told.
Ref q_join_last(Q *q, uint32_t file, PyRefs args);
// In the form of 2.x; `is_left_known`: the state says from what a string joins.
bool q_write_join(Q *q, const QStep *step, bool is_left_known);

// ---- query_end.c
bool q_write_end(Q *q, QEnd *e);
bool q_write_root(Q *q, QRoot *r);

// ---- query_between.c
// True where the symbol holds at `at` what it held at `seen`: nothing binds it between.
bool q_holds(Q *q, uint32_t file, Ref at, uint32_t symbol, Place seen);
// True where something is stored in the session `seen`, or in what it is an attribute of,
// or a registry forgets it, before what stands at `at` of the same function runs.
bool q_is_replaced(Q *q, uint32_t file, Ref at, Place seen);

// ---- query_session.c
// The session as written at `at`, for the query of `state`; absent: q->failed says why.
Str q_spell_session(Q *q, uint32_t file, Ref at, const QState *state);
// The Flask extension, `db`.
Str q_spell_flask(Q *q, uint32_t file, Ref at, const QState *state);
QSession q_model_session(Q *q, uint32_t file, Ref attribute);
// Through an attribute of an object: from its own name to another's.
QSession q_session_field(Q *q, const QSession *s, const QEdge *e);
// A mapped class as written at `at`; `like` is an expression of it that was seen. Absent
// where it has no name there.
Str q_spell_model(Q *q, uint32_t file, Ref at, const Model *m, Place like);
Str q_spell_entity(Q *q, uint32_t file, Ref at, const QState *state);
// What the target of a join (a class, or a relationship) means.
const Model *q_joined_model(Q *q, Place target);
Str q_spell_joined(Q *q, uint32_t file, Ref at, Place target);

// ---- query_custom.c
void q_find_custom(Q *q); // also reports tests that imitate a Query
void q_check_custom(Q *q);

// ---- query_setop.c
// True where the argument is one of the queries that a set operation of a Query joins.
bool q_is_set_operand(Q *q, uint32_t file, Ref call, Ref argument);
void q_check_operands(Q *q);
void q_state_set(Q *q, const QStep *step, QState *s);
// True where the method may come after a set operation.
bool q_goes_with_set(Str method, uint32_t arguments);
bool q_write_set(Q *q, const QStep *step); // and all others of the same expression

QStep *q_step_at(Q *q, uint32_t file, Ref call); // NULL: the call is none
// The root at the start of the chain that begins where `receiver` does, or NULL.
QRoot *q_root_before(Q *q, uint32_t file, Ref receiver);

// ---- query_self.c
void q_state_self(Q *q, const QStep *step, QState *s);
bool q_write_self(Q *q, QStep *step);
// True where the step may name the class behind a result: q_write_self_mentions() then
// writes the name that its result has.
bool q_names_self(Q *q, const QStep *step);
bool q_write_self_mentions(Q *q, const QStep *step);
bool q_repair_self(Q *q, const QStep *step);
// A statement of its own that names the result of a set operation: `user = ...`.
typedef struct {
  Str name;  // absent: no criterion behind names the class
  Span head; // what stands before the chain in its statement
  Str tail;  // comes behind the operation: a line break, the head, `select(user)`
} QResult;
bool q_name_result(Q *q, Place call, const QState *state, QResult *out);
bool q_result_is_named(Q *q, Place call);

// ---- query_truth.c
// True where nothing but the truth of the expression counts.
bool q_asks_truth(Q *q, uint32_t file, Ref expr);

// ---- query_repair.c
// Writes what 2.x took from the queries that stay queries: those of a web for which
// `stays` is true.
void q_repair(Q *q, const bool *stays);
// Reports loader options with strings that no Query of the project is seen to get.
void q_repair_file(CodemodCtx *cx, uint32_t file);

// ---- query_option.c
// The first argument that names an attribute by a string, 0 for none.
Ref q_option_string(const PyTree *t, Ref option);
bool q_write_option(Q *q, uint32_t file, Ref option, const QState *before);

// ---- query_annotation.c
Ref q_annotation_of(Q *q, const QNode *n); // 0: none
// The annotation as the select has it; false: q->failed says why.
bool q_write_annotation(Q *q, const QNode *n);

// ---- query_text.c
// How `name` of `module` is spelled at `at`, imported where it has to be. Absent where no
// sound spelling exists: q->failed says so.
Str q_require(Q *q, uint32_t file, Ref at, const char *module, const char *name);
const PyTree *q_tree(const Q *q, uint32_t file);
Ref q_parent(Q *q, uint32_t file, Ref r);
Ref q_statement(Q *q, uint32_t file, Ref r);
Ref q_function(Q *q, uint32_t file, Ref r); // FunctionDef or Lambda around, 0: none
bool q_paren(const Q *q, uint32_t file, Ref r);
Span q_outer(Q *q, uint32_t file, Ref r); // with its parentheses
bool q_comment_in(const Q *q, uint32_t file, Span span);
Str q_text(const Q *q, uint32_t file, Span span);
// Offset of the `.` of an Attribute node.
uint32_t q_dot(const Q *q, uint32_t file, Ref attribute);
void q_replace(Q *q, uint32_t file, Span span, const char *format, ...) PRINTF_LIKE(4, 5);
void q_insert(Q *q, uint32_t file, uint32_t at, const char *format, ...)
    PRINTF_LIKE(4, 5);
// Deletes a span that may hold blanks and punctuation, but no comment.
bool q_delete(Q *q, uint32_t file, Span span);
bool q_fail(Q *q, uint32_t file, Ref at, const char *format, ...)
    PRINTF_LIKE(4, 5); // false
Str q_name(const Q *q, Atom atom);
static inline Value q_value(Q *q, uint32_t file, Ref r) {
  return value_of(q->cx->values, file, r);
}

#endif
