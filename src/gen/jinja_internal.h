// Shared by the files of the Jinja engine; nobody else includes this.
//
//   jinja_lex.c      text -> tokens
//   jinja_parse.c    tokens -> tree (statements); jinja_parse_expr.c: expressions
//   jinja_value.c    values as Python has them: truth, equality, order, str(), repr()
//   jinja_ops.c      operators and `%` formatting
//   jinja_eval.c     expressions -> values; names, calls
//   jinja.c          statements -> text; the public functions
//   jinja_filters.c, jinja_filters_seq.c, jinja_tests.c, jinja_methods.c
//
// Functions that may fail return false after run_fail (or lex/parse failure): the first
// failure ends the rendering.
#ifndef GEN_JINJA_INTERNAL_H
#define GEN_JINJA_INTERNAL_H

#include "base/vec.h"
#include "gen/jinja.h"

// ---- values

typedef enum {
  JV_ABSENT, // an argument that was not given
  JV_UNDEFINED,
  JV_NONE,
  JV_BOOL,
  JV_INT,
  JV_FLOAT,
  JV_STR,
  JV_LIST,
  JV_TUPLE,
  JV_RANGE, // prints as range(...); start, stop and step lie behind the last item
  JV_VIEW,  // what dict.items(), .keys(), .values() give
  JV_ITER,  // what map, select ... give: can be walked once
  JV_DICT,
  JV_NAMESPACE,
  JV_MODULE, // an imported template
  JV_MACRO,
  JV_LOOP,
  JV_METHOD, // of a string, list, dict ...; waits for its arguments
  JV_BUILTIN,
  JV_CYCLER,
  JV_JOINER,
} JKind;

typedef struct JList JList;
typedef struct JDict JDict;
typedef struct JMacro JMacro;
typedef struct JLoop JLoop;
typedef struct JMethod JMethod;
typedef struct JBuiltin JBuiltin;

typedef struct {
  JKind kind;
  union {
    bool b;
    int64_t i;
    double f;
    Str s;       // JV_STR; JV_UNDEFINED: the sentence that says what is missing
    JList *list; // also CYCLER: its items, JOINER: its separator
    JDict *dict; // DICT, NAMESPACE, MODULE
    JMacro *macro;
    JLoop *loop;
    JMethod *method;
    const JBuiltin *builtin;
    const JinjaTemplate *template; // only in Run.loaded
  };
} JValue;

struct JList {
  JValue *items;
  size_t len, capacity;
  size_t at;     // ITER: the next one; CYCLER: the current one; JOINER: 1 after the first
  bool is_group; // a tuple of groupby: has .grouper and .list
  const char *name; // VIEW: "dict_items"
};

typedef struct {
  JValue key, value;
} JEntry;

struct JDict { // in order of insertion
  JEntry *entries;
  size_t len, capacity;
  uint32_t *slots; // entry + 1 by hash, 0 is free; NULL while small
  size_t slot_count;
  Str name; // MODULE: of the template
};

typedef struct Run Run;
typedef struct JNode JNode;

typedef struct {
  const JValue *values; // by position
  size_t count;
  const Str *names; // keywords
  const JValue *named;
  size_t named_count;
} JArgs;

// What can be called on a value: a filter, a test, a method. `params` names the arguments
// after the value, in order ("width,first,blank"); "*" takes them as they come.
typedef bool JCall(Run *r, JValue self, const JValue *args, const JArgs *all,
                   JValue *out);
enum {
  J_MAX_PARAMS = 6
};
typedef struct {
  const char *name;
  const char *params;
  uint32_t required; // how many of `params` must be given
  JCall *call;
} JFunction;

struct JMethod {
  JValue self;
  const JFunction *function;
};

struct JBuiltin {
  const char *name;
  bool (*call)(Run *r, const JArgs *args, JValue *out);
};

// ---- tree

typedef enum {
  // expressions
  JN_CONST,   // value
  JN_NAME,    // name
  JN_LIST,    // items
  JN_TUPLE,   // items
  JN_DICT,    // items: key, value, key, value ...
  JN_NOT,     // a
  JN_NEGATE,  // a
  JN_PLUS,    // a
  JN_AND,     // a, b
  JN_OR,      // a, b
  JN_BINARY,  // a op b
  JN_CONCAT,  // items
  JN_COMPARE, // a, then items[i] with ops[i]
  JN_IF_ELSE, // a if b else c (NULL)
  JN_ATTR,    // a.name
  JN_ITEM,    // a[b]
  JN_SLICE,   // only as b of JN_ITEM: items[0..2], NULL where left out
  JN_CALL,    // a(arguments)
  JN_FILTER,  // a | name(arguments); a NULL: {% filter %}, {% set x | f %}
  JN_TEST,    // a is name(arguments)
  // statements
  JN_TEXT,      // value
  JN_OUTPUT,    // a
  JN_IF,        // a: condition, body, other: the else part
  JN_FOR,       // c: target, a: iterable, b: filter or NULL, body, other; flag: recursive
  JN_SET,       // c = a
  JN_SET_BODY,  // c: target, body, a: filters or NULL
  JN_WITH,      // items: targets and values in turn, body
  JN_MACRO,     // name, names: parameters, items: defaults of the last ones, body
  JN_CALL_BODY, // a: the call, b: the caller as JN_MACRO
  JN_FILTER_BODY, // a: filters, body
  JN_INCLUDE,     // a: names; flag: ignore missing, flag2: with context
  JN_IMPORT,      // a: name of the template, name: as; flag2: with context
  JN_FROM,        // a, names: what and as in turn; flag2: with context
} JNodeKind;

typedef enum {
  JOP_ADD,
  JOP_SUB,
  JOP_MUL,
  JOP_DIV,
  JOP_FLOORDIV,
  JOP_MOD,
  JOP_POW,
  JOP_EQ,
  JOP_NE,
  JOP_LT,
  JOP_LE,
  JOP_GT,
  JOP_GE,
  JOP_IN,
  JOP_NOT_IN,
} JOp;

typedef struct {
  JNode **items;
  size_t count;
} JNodes;

typedef struct { // of a call, filter or test: f(items, names=named, *star, **dstar)
  JNodes positional;
  Str *names;
  JNodes named;
  JNode *star, *double_star;
} JCallArgs;

struct JNode {
  JNodeKind kind;
  uint32_t line;
  JOp op;
  bool flag, flag2;
  bool uses_caller, uses_varargs, uses_kwargs; // JN_MACRO
  Str name;
  JValue value;
  JNode *a, *b, *c;
  JNodes items, body, other;
  const JOp *ops;
  Str *names;
  size_t name_count;
  JCallArgs *args;
  const JFunction *function; // FILTER, TEST
};

struct JMacro {
  const JNode *node;
  struct Scope *scope; // where it was defined
  const JinjaTemplate *owner;
};

struct JinjaTemplate {
  Str name;
  JinjaOptions options;
  JNodes body;
};

// ---- lexer

typedef enum {
  JT_DATA,
  JT_VAR_BEGIN,
  JT_VAR_END,
  JT_BLOCK_BEGIN,
  JT_BLOCK_END,
  JT_NAME,
  JT_STRING,
  JT_INT,
  JT_FLOAT,
  JT_OP, // text is the operator
  JT_END,
} JTokenKind;

typedef struct {
  JTokenKind kind;
  uint32_t line;
  Str text; // DATA, STRING: decoded
  int64_t i;
  double f;
} JToken;

typedef Vec(JToken) JTokens;

// "NAME:LINE: syntax error: ..."; false.
bool jinja_syntax_error(Err *err, Str name, uint32_t line, const char *format, ...)
    PRINTF_LIKE(4, 5);
bool jinja_lex(Arena *a, Str name, Str text, const JinjaOptions *options, JTokens *out,
               Err *err);

// ---- parser

typedef struct {
  Arena *arena;
  Str name;
  const JToken *at;
  Err *err;
  int depth;
  JNode *macro; // the innermost one that is open
} JParser;

bool jinja_parse(Arena *a, JinjaTemplate *t, const JTokens *tokens, Err *err);
JNode *parse_expression(JParser *p, bool with_if);
// A tuple without brackets: ends where an expression cannot start, or at the word `end`.
JNode *parse_tuple(JParser *p, bool with_if, const char *end);
JNode *parse_target(JParser *p, bool with_namespace, const char *end);
JNode *parse_filters(JParser *p, JNode *value, bool start);
JNode *parse_primary(JParser *p);
JNode *parse_postfix(JParser *p, JNode *node);
JNode *node_new(JParser *p, JNodeKind kind);
void nodes_push(JParser *p, JNodes *list, size_t *capacity, JNode *node);
bool parse_fail(JParser *p, const char *format, ...) PRINTF_LIKE(2, 3);
bool at_op(const JParser *p, const char *op);
bool at_word(const JParser *p, const char *word);
bool take_op(JParser *p, const char *op); // true where it was there
bool take_word(JParser *p, const char *word);
bool expect_op(JParser *p, const char *op);
bool parse_name(JParser *p, Str *name);
bool parse_enter(JParser *p); // one level deeper; false past JINJA_MAX_NESTING
const JFunction *jinja_find_filter(Str name);
const JFunction *jinja_find_test(Str name);

// ---- running

typedef struct Scope {
  struct Scope *parent;
  JDict vars;
} Scope;

struct JLoop {
  const JNode *node;
  const JinjaTemplate *owner;
  Scope *scope; // around the loop
  JValue *items;
  size_t len, at;
  int depth; // 0 for the outermost
  bool changed_before;
  JValue changed; // the last arguments of loop.changed()
};

struct Run {
  Arena arena; // all values
  Buf *out;
  Err *err;
  const JinjaTemplate *t; // whose statements run
  uint32_t line;
  Scope *scope;
  uint32_t calls; // macros, includes, recursive loops that are open
  uint32_t depth; // expressions and bodies that are open
  uint64_t steps;
  JDict loaded; // templates by name
};

typedef enum {
  RUN_ERROR,
  RUN_UNDEFINED,
  RUN_LIMIT
} RunError;

bool run_fail(Run *r, const char *format, ...) PRINTF_LIKE(2, 3);
bool run_fail_as(Run *r, RunError kind, const char *format, ...) PRINTF_LIKE(3, 4);
bool run_step(Run *r); // false past a limit
bool run_eval(Run *r, const JNode *n, JValue *out);
bool run_body(Run *r, const JNodes *body);
bool run_assign(Run *r, const JNode *target, JValue value);
// Runs a body in a scope of its own and gives what it wrote.
bool run_capture(Run *r, const JNodes *body, JValue *out);
bool run_call(Run *r, JValue callee, const JArgs *args, JValue *out);
bool run_macro(Run *r, const JMacro *m, const JArgs *args, JValue *out);
bool run_loop_again(Run *r, JLoop *loop, JValue items, JValue *out); // loop(...)
bool run_function(Run *r, const char *what, const JFunction *f, JValue self,
                  const JArgs *args, JValue *out);
bool run_filters(Run *r, const JNode *filters, JValue value, JValue *out);
Scope *run_push_scope(Run *r);
JValue builtin_lookup(Str name); // range, dict ...; ABSENT

// ---- values: making and asking

static inline JValue jv_none(void) {
  return (JValue){.kind = JV_NONE};
}
static inline JValue jv_bool(bool b) {
  return (JValue){.kind = JV_BOOL, .b = b};
}
static inline JValue jv_int(int64_t i) {
  return (JValue){.kind = JV_INT, .i = i};
}
static inline JValue jv_float(double f) {
  return (JValue){.kind = JV_FLOAT, .f = f};
}
static inline JValue jv_str(Str s) {
  return (JValue){.kind = JV_STR, .s = s};
}
static inline JValue jv_list(JKind kind, JList *list) {
  return (JValue){.kind = kind, .list = list};
}
static inline JValue jv_dict(JKind kind, JDict *dict) {
  return (JValue){.kind = kind, .dict = dict};
}
static inline bool jv_is_number(JValue v) {
  return v.kind == JV_BOOL || v.kind == JV_INT || v.kind == JV_FLOAT;
}
static inline bool jv_is_integer(JValue v) {
  return v.kind == JV_BOOL || v.kind == JV_INT;
}
static inline int64_t jv_as_int(JValue v) {
  return v.kind == JV_BOOL ? v.b : v.i;
}
static inline double jv_as_float(JValue v) {
  return v.kind == JV_FLOAT ? v.f : (double)jv_as_int(v);
}
static inline bool jv_given(JValue v) {
  return v.kind != JV_ABSENT;
}
// A sequence whose items lie in `list`.
static inline bool jv_is_items(JValue v) {
  return v.kind >= JV_LIST && v.kind <= JV_ITER;
}

const char *jv_type_name(JValue v); // as Python calls it
JList *list_new(Run *r);
void list_push(Run *r, JList *list, JValue v);
JValue *dict_find(const JDict *d, JValue key); // NULL
JValue *dict_find_str(const JDict *d, Str key);
void dict_put(Arena *a, JDict *d, JValue key, JValue value);
bool dict_remove(Run *r, JDict *d, JValue key);
bool jv_hashable(Run *r, JValue v); // a dict key may be it; fails where not
JValue jv_from_json(Run *r, const json_t *json, int depth, bool *ok);

bool jv_check(Run *r, JValue v); // fails where it is undefined
static inline bool jv_is_soft(JValue v) {
  return v.kind == JV_UNDEFINED && !v.s.ptr;
}
bool jv_truth(Run *r, JValue v, bool *out);
bool jv_equal(Run *r, JValue a, JValue b, bool *out);
// a < b where `or_equal` is false, else a <= b.
bool jv_less(Run *r, JValue a, JValue b, bool or_equal, bool *out);
bool jv_contains(Run *r, JValue container, JValue item, bool *out);
bool jv_length(Run *r, JValue v, size_t *out);
// The items that a `for` over it sees, in a list of their own.
bool jv_iterate(Run *r, JValue v, JList *out);
bool jv_write(Run *r, JValue v, bool repr, Buf *out); // str() or repr()
bool jv_to_str(Run *r, JValue v, Str *out);
// The bytes of a temporary buffer (`JBUF`) as a string of the run; the buffer is freed.
// Fails where it passed JINJA_MAX_TEXT.
#define JBUF                                                                             \
  { .max = JINJA_MAX_TEXT }
bool jv_take_buf(Run *r, Buf *b, JValue *out);
Str jv_float_text(Run *r, double f);
bool jv_getattr(Run *r, JValue v, Str name, JValue *out);
bool jv_getitem(Run *r, JValue v, JValue key, JValue *out);
bool jv_slice(Run *r, JValue v, const JValue bounds[3], JValue *out);
// "a.b.0" as attribute arguments of filters have it; no text: the value itself.
bool jv_path(Run *r, JValue v, JValue path, JValue *out);

bool op_binary(Run *r, JOp op, JValue a, JValue b, JValue *out);
bool op_compare(Run *r, JOp op, JValue a, JValue b, bool *out);
bool op_negate(Run *r, JValue v, JValue *out);
bool op_format(Run *r, Str format, JValue args, JValue *out); // "%s" % args
void op_pad(Buf *out, Str text, size_t width, char align, uint32_t fill);

// ---- text by code points

size_t text_length(Str s);
size_t text_offset(Str s, size_t code_points); // bytes before the n-th one
uint32_t text_next(Str s, size_t *at);         // invalid bytes one by one
bool text_is_space(uint32_t c);
bool text_is_alpha(uint32_t c);
bool text_is_printable(uint32_t c);
bool text_is_word(uint32_t c);
Str text_upper(Run *r, Str s);
Str text_lower(Run *r, Str s);
Str text_capitalize(Run *r, Str s);
Str text_strip(Str s, Str chars, bool left, bool right);          // no chars: white space
bool text_next_line(Str s, size_t *at, Str *line, bool keep_end); // str.splitlines
bool jv_sort(Run *r, JValue *items, JValue *keys, size_t n, bool reverse);
JValue jv_fold(Run *r, JValue v, bool case_sensitive); // strings in lower case

// ---- tables

const JFunction *jinja_find_method(JValue self, Str name);

#endif
