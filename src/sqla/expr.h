// Expr: an expression as it is meant where it is used: followed through names, constants
// and small functions of the project, and reduced to a constant where that is possible.
//
//   TABLE = "user"
//   def money(scale): return Column(Numeric(10, scale))
//   price = money(2)          # follows to Column(Numeric(10, scale)) with scale = 2
//
// Reading is bounded by EXPR_MAX_DEPTH; past it nothing is known.
#ifndef SQLA_EXPR_H
#define SQLA_EXPR_H

#include "sqla/resolve.h"

enum {
  EXPR_MAX_DEPTH = 60
};

struct ClassInfo;

// What the parameters of an inlined function hold. `cls` is set for the class parameter
// of declared_attr functions and class methods.
typedef struct Env {
  const struct Env *next;
  Atom name;
  uint32_t file;
  Ref ref;
  const struct Env *env; // of `ref`
  const struct ClassInfo *cls;
  Str text; // set for the target of a comprehension over strings
} Env;

typedef struct {
  uint32_t file;
  Ref ref;
  const Env *env;
} Expr;

typedef struct ExprCtx {
  Resolver *r;
  const Project *project;
  Arena *arena;
  int depth;
  void *data;
  // The value of an attribute of the class that `cls` stands for; false: not known.
  bool (*class_attribute)(void *data, const struct ClassInfo *cls, Atom name, Expr *out);
  // The string an attribute of the class has after mapping (`__tablename__`).
  bool (*class_string)(void *data, const struct ClassInfo *cls, Atom name, Str *out);
  // True where a mapped parent with a table stands above (has_inherited_table).
  bool (*has_inherited_table)(void *data, const struct ClassInfo *cls);
} ExprCtx;

static inline Expr expr_at(Place p) {
  return (Expr){p.file, p.ref, NULL};
}
static inline Place expr_place(Expr x) {
  return (Place){x.file, x.ref};
}
static inline Expr expr_child(Expr parent, Ref child) {
  return (Expr){parent.file, child, parent.env};
}
static inline const PyTree *expr_tree(const ExprCtx *cx, Expr x) {
  return &cx->project->files[x.file]->tree;
}
static inline PyKind expr_kind(const ExprCtx *cx, Expr x) {
  return x.ref ? py_kind(expr_tree(cx, x), x.ref) : PY_NONE;
}
Str expr_atom(const ExprCtx *cx, Atom atom);

// Follows names to what they hold, and calls of one-expression project functions to what
// they return, until something else is met.
Expr expr_follow(ExprCtx *cx, Expr x);
// Names only: a call stays a call.
Expr expr_follow_names(ExprCtx *cx, Expr x);
// The known symbol of the function a call calls (api_current), API_NONE otherwise.
ApiId expr_call_api(ExprCtx *cx, Expr x);
ApiId expr_api(ExprCtx *cx, Expr x);
// As expr_call_api, also through functions of the project that hand all of their
// arguments on: `def Table(*args, **kwargs): ...; return sa.Table(*args, **kwargs)`.
// `*wrapped` tells that there was one: it may add keyword arguments.
ApiId expr_wrapped_api(ExprCtx *cx, Expr x, bool *wrapped);
// The functools.partial() call that `x`, a call, calls: `C = partial(Column, index=True)`
// and `C(Integer)`. ref 0: none.
Expr expr_partial(ExprCtx *cx, Expr x);
// What a Name or Attribute is; parameters of inlined functions are not followed.
Origin expr_origin(ExprCtx *cx, Expr x);
// The string that a comprehension's target stands for.
bool expr_text_parameter(const ExprCtx *cx, Expr x, Str *out);
// The class that the name stands for through `cls` or `self` of an inlined function.
const struct ClassInfo *expr_class_parameter(ExprCtx *cx, Expr x);

// Constants. False (UNCLEAR) where the value cannot be told.
bool expr_string(ExprCtx *cx, Expr x, Str *out);
typedef enum {
  EXPR_FALSE,
  EXPR_TRUE,
  EXPR_UNCLEAR
} ExprBool;
ExprBool expr_bool(ExprCtx *cx, Expr x);
bool expr_is_none(ExprCtx *cx, Expr x);

// Arguments of a call. Keyword and positional arguments after a star are not found;
// expr_call_open tells that there are some.
Expr expr_keyword(const ExprCtx *cx, Expr call, Atom name);
Expr expr_positional(const ExprCtx *cx, Expr call, uint32_t index);
// Keyword, or the positional argument with that index.
Expr expr_argument(const ExprCtx *cx, Expr call, Atom name, uint32_t index);
uint32_t expr_positional_count(const ExprCtx *cx, Expr call);
bool expr_call_open(const ExprCtx *cx, Expr call); // *args or **kwargs stand in it

// What a def returns where that is decided by its text: its only `return`, or the one
// reached through tests that are constants. ref 0: not known.
Expr expr_function_result(ExprCtx *cx, uint32_t file, Ref def, const Env *env);

#endif
