// scope_internal.h: what the walk (scope_bind.c) and the tables (scope.c) share.
#ifndef PYTHON_SCOPE_INTERNAL_H
#define PYTHON_SCOPE_INTERNAL_H

#include "base/vec.h"
#include "python/scope.h"

typedef struct {
  Ref node;
  uint32_t symbol;
} NodeSymbol;

typedef struct {
  PyTree *tree;
  InternCache *names;
  Arena *arena;
  Vec(PyScope) scopes;
  Vec(PySymbol) symbols;
  Vec(PyBinding) bindings;
  Vec(PyStarImport) stars;
  Vec(NodeSymbol) nodes;
  Vec(Atom) all_names;
  Vec(Ref) stack;  // expressions still to be visited in `scope`
  uint32_t *index; // as PyScopes.index
  uint32_t index_mask;
  uint32_t scope;  // being walked
  uint8_t context; // BIND_CONDITIONAL ... of the statement being walked
  bool has_all, all_open;
} Binder;

// The symbol of `name` in `scope`; made where there is none.
uint32_t binder_symbol(Binder *b, uint32_t scope, Atom name);
// Walks the tree: scopes, symbols, bindings, nodes. scope_bind.c
void binder_walk(Binder *b);
// Reads `__all__` of the module. scope_all.c
void binder_read_all(Binder *b, const PyScopes *view);

#endif
