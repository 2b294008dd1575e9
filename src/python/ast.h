// ast.h: the typed syntax tree of one file.
//
// - Nodes live in one array of 32-bit words; a Ref is the index of a node's first word, 0
// is
//   "absent". Refs of one tree grow in order of completion (children before parents). A
//   node pointer stays valid while the tree is not being built.
// - Every node has its byte range in Source.text. Comments stand beside the tree.
// - Reading never fails: what cannot be understood is an ErrorStmt or ErrorExpr and a
// Diag.
//
//   const PyCall *call = PY_AS(Call, tree, ref);
//   PyRefs args = py_list(tree, call->args);
//   for (uint32_t i = 0; i < args.len; i++) visit(args.at[i]);
#ifndef PYTHON_AST_H
#define PYTHON_AST_H

#include "base/intern.h"
#include "text/diag.h"
#include "text/source.h"

typedef uint32_t Ref;

typedef enum {
  PY_NONE,
#define NODE(kind, type, group, fields) PY_##kind,
#include "python/ast.def"
#undef NODE
  PY_KIND_COUNT
} PyKind;
_Static_assert(PY_KIND_COUNT < 128, "a kind fits in a byte and in two 64-bit sets");

enum { // PyNode.flags; a bit means something only for the kinds that name it in ast.def
  PYF_PAREN = 0x80, // the expression stands in parentheses that are not part of its range
  PYF_ASYNC = 0x01,
  PYF_SIMPLE = 0x01,
  PYF_ELIF = 0x01,
  PYF_STAR = 0x01,
  PYF_DEBUG = 0x01,
  PYF_BYTES = 0x01,
  PYF_RAW = 0x02,
  PYF_UNICODE = 0x04,
  PYF_CONCAT = 0x08,
};

typedef enum { // PyNode.aux of BoolOp, BinOp, UnaryOp, AugAssign, Compare
  PY_OP_NONE,
  PY_AND,
  PY_OR,
  PY_ADD,
  PY_SUB,
  PY_MULT,
  PY_MAT_MULT,
  PY_DIV,
  PY_MOD,
  PY_POW,
  PY_L_SHIFT,
  PY_R_SHIFT,
  PY_BIT_OR,
  PY_BIT_XOR,
  PY_BIT_AND,
  PY_FLOOR_DIV,
  PY_INVERT,
  PY_NOT,
  PY_U_ADD,
  PY_U_SUB,
  PY_EQ,
  PY_NOT_EQ,
  PY_LT,
  PY_LT_E,
  PY_GT,
  PY_GT_E,
  PY_IS,
  PY_IS_NOT,
  PY_IN,
  PY_NOT_IN,
} PyOp;

typedef enum {
  PY_CONST_NONE,
  PY_CONST_FALSE,
  PY_CONST_TRUE,
  PY_CONST_ELLIPSIS
} PyConst;
typedef enum {
  PY_NUM_INT,
  PY_NUM_FLOAT,
  PY_NUM_COMPLEX
} PyNumKind;
typedef enum {
  PY_PARAM_POSONLY,
  PY_PARAM_NORMAL,
  PY_PARAM_VARARG,
  PY_PARAM_KWONLY,
  PY_PARAM_KWARG
} PyParamKind;

typedef struct {
  uint8_t kind; // PyKind
  uint8_t flags;
  uint16_t aux; // meaning by kind, see ast.def
  uint32_t start, end;
} PyNode;

#define C(name) Ref name;
#define L(name) Ref name;
#define A(name) Atom name;
#define O(name) uint32_t name;
#define W(name) Ref name;
#define S(name) uint32_t name;
#define NODE(kind, type, group, fields)                                                  \
  typedef struct Py##type {                                                              \
    PyNode node;                                                                         \
    fields                                                                               \
  } Py##type;
#include "python/ast.def"
#undef NODE
#undef C
#undef L
#undef A
#undef O
#undef W
#undef S

// Kind of a node by its type name, for PY_AS.
enum {
#define NODE(kind, type, group, fields) PY_KIND_OF_##type = PY_##kind,
#include "python/ast.def"
#undef NODE
};

typedef enum {
  PY_GROUP_MOD,
  PY_GROUP_STMT,
  PY_GROUP_EXPR,
  PY_GROUP_PATTERN,
  PY_GROUP_PART
} PyGroup;

typedef struct {
  uint32_t *words; // words[0] is unused so that Ref 0 is "absent"
  uint32_t used;   // words in use
  uint32_t capacity;
  Ref root;       // the Module
  Span *comments; // in source order, from `#` to the end of the line
  uint32_t comment_count;
  const Source *source;
  bool has_errors;
} PyTree;

typedef struct {
  const Ref *at;
  uint32_t len;
} PyRefs;

static inline const PyNode *py_node(const PyTree *t, Ref r) {
  return (const PyNode *)(const void *)(t->words + r);
}
static inline PyKind py_kind(const PyTree *t, Ref r) { // PY_NONE for Ref 0
  return r ? (PyKind)py_node(t, r)->kind : PY_NONE;
}
static inline Span py_span(const PyTree *t, Ref r) {
  return (Span){py_node(t, r)->start, py_node(t, r)->end};
}
static inline Str py_text(const PyTree *t, Ref r) {
  return source_slice(t->source, py_span(t, r));
}
// Index of the first of the spans, sorted by their start, that starts at or after `at`;
// `count` where none does.
uint32_t spans_from(const Span *spans, uint32_t count, uint32_t at);
// Of the comments: comment_count where none does.
uint32_t py_comment_from(const PyTree *t, uint32_t at);
// The first comment that starts within the span, or NULL.
const Span *py_comment_in(const PyTree *t, Span span);
static inline PyRefs py_list(const PyTree *t, Ref list) {
  return list ? (PyRefs){t->words + list + 1, t->words[list]} : (PyRefs){NULL, 0};
}
static inline bool py_refs_hold(PyRefs list, Ref r) {
  for (uint32_t i = 0; i < list.len; i++)
    if (list.at[i] == r)
      return true;
  return false;
}
// The block of `owner` that holds the statement `child`; empty where it holds none.
PyRefs py_block_of(const PyTree *t, Ref owner, Ref child);
static inline const void *py_checked(const PyTree *t, Ref r, PyKind kind) {
  ASSERT(py_kind(t, r) == kind);
  return t->words + r;
}
#define PY_AS(Type, tree, ref)                                                           \
  ((const Py##Type *)py_checked((tree), (ref), (PyKind)PY_KIND_OF_##Type))

// Names and shapes, from ast.def.
const char *py_kind_name(PyKind kind); // "FunctionDef"
PyGroup py_kind_group(PyKind kind);
// One letter per field word: c child, l list, a atom, o offset, w words, s scope.
const char *py_kind_shape(PyKind kind);
const char *py_op_name(PyOp op); // CPython's class name: "Add", "NotIn"

// Calls visit(data, child) for every child of `r` in source order of fields; absent ones
// are left out.
void py_each_child(const PyTree *t, Ref r, void (*visit)(void *data, Ref child),
                   void *data);

// A walk in source order, without recursion (trees may be very deep). `enter` returns
// false to leave the children out; `leave` may be NULL and is called for every entered
// node whose children were walked.
typedef struct {
  bool (*enter)(void *data, Ref r);
  void (*leave)(void *data, Ref r);
  void *data;
} PyVisitor;
void py_walk(const PyTree *t, Ref root, const PyVisitor *v);

// A node takes at least so many words: Ref / PY_NODE_WORDS is different for each.
enum {
  PY_NODE_WORDS = sizeof(PyNode) / sizeof(uint32_t)
};

// For py_parent. From the arena; built once per file on demand.
Ref *py_build_parents(const PyTree *t, Arena *arena);
// The node that holds node r, 0 for the root.
static inline Ref py_parent(const Ref *parents, Ref r) {
  return parents[r / PY_NODE_WORDS];
}

#endif
