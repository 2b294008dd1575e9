// scope.h: which names a file binds, where, and which binding each name means.
//
//   PyScopes scopes;
//   py_bind(&scopes, &tree, names, &arena);
//   uint32_t symbol = py_scopes_symbol_of(&scopes, name_ref);
//   symbol = py_scopes_target(&scopes, symbol);       // through global, nonlocal,
//   closures for (uint32_t b = scopes.symbols[symbol].first; b != NO_BINDING; b =
//   scopes.bindings[b].next)
//     ...
//
// - Scopes are those of the language reference, "Naming and binding", and PEP 572, 695,
//   696: module, class, function, lambda, comprehension, type parameters, type alias.
// - A symbol is one name in one scope, bound there or only used. `target` is the symbol
//   that gives it its meaning: itself, the one of an enclosing scope, or NO_SYMBOL where
//   no scope of the file binds it (a builtin, a star import, or nothing at all).
// - Bindings made under `global` and `nonlocal`, and by `:=` in a comprehension, belong
// to
//   the symbol they reach. The bindings of a symbol are in source order.
// - Private names of classes are not mangled.
// - Linear in the size of the tree. Everything lives in the arena; read-only afterwards.
#ifndef PYTHON_SCOPE_H
#define PYTHON_SCOPE_H

#include "python/ast.h"

#define NO_SCOPE UINT32_MAX
#define NO_SYMBOL UINT32_MAX
#define NO_BINDING UINT32_MAX

typedef enum {
  SCOPE_MODULE,
  SCOPE_CLASS,
  SCOPE_FUNCTION,
  SCOPE_LAMBDA,
  SCOPE_COMPREHENSION,
  SCOPE_TYPE_PARAMS, // around a def or class with type parameters, or a type alias
  SCOPE_TYPE_ALIAS   // the value of `type X = value`
} PyScopeKind;

enum {                      // PyScope.flags
  SCOPE_HAS_STAR = 1 << 0,  // `from x import *` stands in it
  SCOPE_GENERATOR = 1 << 1, // a function with `yield`
};

typedef struct {
  Ref node;            // Module, ClassDef, FunctionDef, Lambda, comprehension, TypeAlias
  uint32_t parent;     // NO_SCOPE for the module
  uint32_t start, end; // offsets between which names belong to it ...
  uint32_t out, out_end; // ... but for these (first iterable of a comprehension)
  uint32_t first_symbol; // NO_SYMBOL: none
  uint32_t last_symbol;
  uint8_t kind; // PyScopeKind
  uint8_t flags;
} PyScope;

enum {                   // PySymbol.flags
  SYMBOL_USED = 1 << 0,  // read in this scope
  SYMBOL_BOUND = 1 << 1, // bound in this scope, or declared here without a value
  SYMBOL_PARAM = 1 << 2,
  SYMBOL_IMPORTED = 1 << 3,
  SYMBOL_ANNOTATED = 1 << 4, // `x: T` stands somewhere
  SYMBOL_GLOBAL = 1 << 5,    // declared so
  SYMBOL_NONLOCAL = 1 << 6,
  SYMBOL_CAPTURED = 1 << 7,       // an inner scope means it
  SYMBOL_REBOUND_INSIDE = 1 << 8, // an inner scope binds it: global, nonlocal, `:=`
};

typedef struct {
  Atom name;
  uint32_t scope;
  uint32_t target;      // see above
  uint32_t first, last; // of bindings; NO_BINDING: none
  uint32_t next;        // symbol of the same scope, in order of appearance; NO_SYMBOL
  uint16_t flags;
} PySymbol;

typedef enum {
  BIND_ASSIGN,        // node: Name; stmt: Assign, AnnAssign with a value
  BIND_ANNOTATION,    // node: Name; stmt: AnnAssign without a value. Gives no value
  BIND_AUGMENTED,     // node: Name; stmt: AugAssign
  BIND_WALRUS,        // node: Name; stmt: NamedExpr
  BIND_FOR,           // node: Name; stmt: For
  BIND_COMPREHENSION, // node: Name; stmt: Comprehension
  BIND_WITH,          // node: Name; stmt: WithItem
  BIND_EXCEPT,        // node, stmt: ExceptHandler
  BIND_PARAM,         // node: Param; stmt: FunctionDef or Lambda
  BIND_FUNCTION,      // node, stmt: FunctionDef
  BIND_CLASS,         // node, stmt: ClassDef
  BIND_IMPORT,        // node: Alias; stmt: Import or ImportFrom
  BIND_MATCH,         // node, stmt: MatchAs, MatchStar, MatchMapping
  BIND_TYPE_PARAM,    // node: TypeVar ...; stmt: what has it
  BIND_TYPE_ALIAS,    // node: Name; stmt: TypeAlias
  BIND_DELETE,        // node: Name; stmt: Delete
} PyBindKind;

enum {                         // PyBinding.flags
  BIND_WHOLE = 1 << 0,         // the whole value, not a part that was unpacked
  BIND_CONDITIONAL = 1 << 1,   // under if, while, for, try, except, match of its scope
  BIND_TYPE_CHECKING = 1 << 2, // under `if TYPE_CHECKING:`
  BIND_IN_LOOP = 1 << 3,       // in the body of for or while of its scope
  BIND_IN_TRY = 1 << 4, // in the body, a handler or the else of a `try` of its scope
};

typedef struct {
  Ref node, stmt;
  uint32_t symbol;
  uint32_t scope; // where it stands
  uint32_t next;  // of the symbol; NO_BINDING
  uint8_t kind;   // PyBindKind
  uint8_t flags;
} PyBinding;

typedef struct {
  Ref stmt; // ImportFrom
  uint32_t scope;
  uint8_t flags; // as PyBinding.flags
} PyStarImport;

typedef struct PyScopes {
  const PyTree *tree;
  PyScope *scopes; // 0 is the module; parents before children
  uint32_t scope_count;
  PySymbol *symbols;
  uint32_t symbol_count;
  PyBinding *bindings;
  uint32_t binding_count;
  PyStarImport *stars;
  uint32_t star_count;
  Atom *all_names; // `__all__` of the module, as far as it could be read
  uint32_t all_count;
  bool has_all;
  bool all_open; // something in it could not be read: more names may be exported
  // Of use to scope.c only:
  uint32_t *index; // open addressing: symbol + 1 by (scope, name)
  uint32_t index_mask;
  uint64_t *marks;     // a bit for each word of the tree that starts a node with a symbol
  uint32_t *ranks;     // nodes with a symbol before each 64 words
  uint32_t *symbol_of; // by rank
  uint32_t *by_start;  // scopes by the offset they start at
} PyScopes;

// Fills the scope words of the tree's nodes (ast.def) as well.
void py_bind(PyScopes *out, PyTree *tree, InternCache *names, Arena *arena);

// The symbol of a Name (read, bound or deleted), or of a node that a binding names;
// NO_SYMBOL for any other node.
uint32_t py_scopes_symbol_of(const PyScopes *s, Ref node);
// The symbol of `name` in exactly this scope, bound or only used, or NO_SYMBOL.
uint32_t py_scopes_find(const PyScopes *s, uint32_t scope, Atom name);
// What `name` means when read in `scope`: a bound symbol of it or of an enclosing scope,
// or NO_SYMBOL.
uint32_t py_scopes_lookup(const PyScopes *s, uint32_t scope, Atom name);
// True where something outside of `if TYPE_CHECKING:` gives the symbol a value: then that
// counts when the program runs.
bool py_scopes_binds_at_run_time(const PyScopes *s, uint32_t symbol);
// Symbol -> the one that gives it its meaning (NO_SYMBOL stays).
static inline uint32_t py_scopes_target(const PyScopes *s, uint32_t symbol) {
  return symbol == NO_SYMBOL ? NO_SYMBOL : s->symbols[symbol].target;
}
// The scope that names in `node` belong to. O(depth * log(scopes)).
uint32_t py_scopes_at(const PyScopes *s, Ref node);
// The scope that a def, class, lambda or comprehension opens; NO_SCOPE for other nodes.
uint32_t py_scopes_of(const PyScopes *s, Ref node);
// The nearest function, lambda or module around a scope (itself where it is one).
uint32_t py_scopes_function(const PyScopes *s, uint32_t scope);

const char *py_scope_kind_name(PyScopeKind kind); // "comprehension"
const char *py_bind_kind_name(PyBindKind kind);   // "import"

#endif
