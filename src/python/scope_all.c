// scope_all.c: what `__all__` of a module says ("The import statement" in the language
// reference): assigned, added to with `+=`, `extend` and `append`.
#include "python/parse.h"
#include "python/scope_internal.h"

static void add_name(Binder *b, Ref item) {
  Buf value = {0};
  if (py_kind(b->tree, item) == PY_STR && !(py_node(b->tree, item)->flags & PYF_BYTES) &&
      py_str_value(b->tree, item, &value))
    vec_push(&b->all_names, intern(b->names, buf_str(&value)));
  else
    b->all_open = true;
  buf_free(&value);
}

// Adds what a list, a tuple, or a sum of such names.
static void add_names(Binder *b, Ref value) {
  const PyTree *t = b->tree;
  for (; py_kind(t, value) == PY_BIN_OP && py_node(t, value)->aux == PY_ADD;
       value = PY_AS(BinOp, t, value)->left)
    if (py_kind(t, PY_AS(BinOp, t, value)->right) != PY_BIN_OP)
      add_names(b, PY_AS(BinOp, t, value)->right);
    else
      b->all_open = true;
  PyRefs items;
  if (py_kind(t, value) == PY_LIST) {
    items = py_list(t, PY_AS(List, t, value)->elts);
  } else if (py_kind(t, value) == PY_TUPLE) {
    items = py_list(t, PY_AS(Tuple, t, value)->elts);
  } else {
    b->all_open = true;
    return;
  }
  for (uint32_t i = 0; i < items.len; i++)
    add_name(b, items.at[i]);
}

static bool is_all(const PyTree *t, Ref r) {
  return py_kind(t, r) == PY_NAME && PY_AS(Name, t, r)->id == SYM___all__;
}

// `__all__.extend(value)`, `__all__.append(name)`
static void read_call(Binder *b, Ref value) {
  const PyTree *t = b->tree;
  if (py_kind(t, value) != PY_CALL)
    return;
  const PyCall *call = PY_AS(Call, t, value);
  if (py_kind(t, call->func) != PY_ATTRIBUTE)
    return;
  const PyAttribute *method = PY_AS(Attribute, t, call->func);
  if (!is_all(t, method->value))
    return;
  PyRefs args = py_list(t, call->args);
  if (args.len == 1 && method->attr == SYM_extend)
    add_names(b, args.at[0]);
  else if (args.len == 1 && method->attr == SYM_append)
    add_name(b, args.at[0]);
  else
    b->all_open = true;
}

static void read_statement(Binder *b, Ref r) {
  const PyTree *t = b->tree;
  if (py_kind(t, r) == PY_ASSIGN) {
    PyRefs targets = py_list(t, PY_AS(Assign, t, r)->targets);
    for (uint32_t i = 0; i < targets.len; i++)
      if (is_all(t, targets.at[i]))
        add_names(b, PY_AS(Assign, t, r)->value);
  } else if (py_kind(t, r) == PY_ANN_ASSIGN) {
    if (is_all(t, PY_AS(AnnAssign, t, r)->target) && PY_AS(AnnAssign, t, r)->value)
      add_names(b, PY_AS(AnnAssign, t, r)->value);
  } else if (py_kind(t, r) == PY_AUG_ASSIGN) {
    if (is_all(t, PY_AS(AugAssign, t, r)->target))
      add_names(b, PY_AS(AugAssign, t, r)->value);
  } else if (py_kind(t, r) == PY_EXPR_STMT) {
    read_call(b, PY_AS(ExprStmt, t, r)->value);
  }
}

void binder_read_all(Binder *b, const PyScopes *view) {
  uint32_t symbol = py_scopes_find(view, 0, SYM___all__);
  if (symbol == NO_SYMBOL)
    return;
  uint32_t first = b->symbols.items[symbol].first;
  if (first == NO_BINDING)
    return;
  b->has_all = true;
  for (uint32_t i = first; i != NO_BINDING; i = b->bindings.items[i].next)
    if (b->bindings.items[i].flags & BIND_CONDITIONAL || b->bindings.items[i].scope != 0)
      b->all_open = true;
  PyRefs body = py_list(b->tree, PY_AS(Module, b->tree, b->tree->root)->body);
  for (uint32_t i = 0; i < body.len; i++)
    read_statement(b, body.at[i]);
}
