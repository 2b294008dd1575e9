// libFuzzer target: any bytes through parsing and binding. Symbols, bindings and scopes
// must lead to one another, and every name that is read to a symbol of its own scope.
#include "python/parse.h"
#include "python/scope.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
  const PyTree *tree;
  const PyScopes *scopes;
} Check;

static void check_symbol(const PyScopes *s, uint32_t symbol) {
  ASSERT(symbol < s->symbol_count);
  const PySymbol *y = &s->symbols[symbol];
  ASSERT(y->name && y->scope < s->scope_count);
  ASSERT(y->target == NO_SYMBOL || y->target < s->symbol_count);
  ASSERT((y->first == NO_BINDING) == (y->last == NO_BINDING));
  uint32_t steps = 0, last = NO_BINDING;
  for (uint32_t b = y->first; b != NO_BINDING; b = s->bindings[b].next) {
    ASSERT(b < s->binding_count && s->bindings[b].symbol == symbol);
    ASSERT(++steps <= s->binding_count);
    last = b;
  }
  ASSERT(last == y->last);
  ASSERT(py_scopes_find(s, y->scope, y->name) == symbol);
}

static bool enter(void *data, Ref r) {
  const Check *c = data;
  uint32_t symbol = py_scopes_symbol_of(c->scopes, r);
  ASSERT(symbol == NO_SYMBOL || symbol < c->scopes->symbol_count);
  if (py_kind(c->tree, r) == PY_NAME && symbol != NO_SYMBOL)
    ASSERT(c->scopes->symbols[symbol].name == PY_AS(Name, c->tree, r)->id);
  ASSERT(py_scopes_at(c->scopes, r) < c->scopes->scope_count);
  uint32_t own = py_scopes_of(c->scopes, r);
  ASSERT(own == NO_SCOPE || c->scopes->scopes[own].node == r);
  return true;
}

static void check_scopes(const PyTree *tree, const PyScopes *s) {
  for (uint32_t i = 0; i < s->scope_count; i++) {
    ASSERT(i == 0 || s->scopes[i].parent < i);
    ASSERT(py_scopes_function(s, i) < s->scope_count);
  }
  for (uint32_t i = 0; i < s->symbol_count; i++)
    check_symbol(s, i);
  Check c = {tree, s};
  py_walk(tree, tree->root, &(PyVisitor){.enter = enter, .data = &c});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Arena arena = {0};
  Source source;
  if (source_init(&source, &arena, STR("fuzz.py"), (Str){(const char *)data, size},
                  NULL)) {
    Interner *in = interner_new();
    InternCache *names = intern_cache_new(in);
    DiagSink diags = {.arena = &arena};
    PyTree tree = {0};
    PyScopes scopes = {0};
    py_parse(&tree, &source, names, &diags);
    py_bind(&scopes, &tree, names, &arena);
    check_scopes(&tree, &scopes);
    py_tree_free(&tree);
    diag_sink_free(&diags);
    intern_cache_free(names);
    interner_free(in);
  }
  arena_reset(&arena);
  return 0;
}
