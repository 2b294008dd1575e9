// ast.c: names and shapes of nodes from ast.def, and the walks that need only them.
#include "python/ast.h"

#include "base/vec.h"

static const struct {
  const char *name, *shape;
  uint8_t fields;
  PyGroup group;
} kinds[PY_KIND_COUNT] = {
    [PY_NONE] = {"None", "", 0, PY_GROUP_PART},
#define C(name) "c"
#define L(name) "l"
#define A(name) "a"
#define O(name) "o"
#define W(name) "w"
#define S(name) "s"
#define NODE(kind, type, group, fields)                                                  \
  [PY_##kind] = {#type, "" fields, sizeof("" fields) - 1, PY_GROUP_##group},
#include "python/ast.def"
#undef NODE
#undef C
#undef L
#undef A
#undef O
#undef W
#undef S
};

uint32_t spans_from(const Span *spans, uint32_t count, uint32_t at) {
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    if (spans[mid].start < at)
      low = mid + 1;
    else
      high = mid;
  }
  return low;
}

uint32_t py_comment_from(const PyTree *t, uint32_t at) {
  return spans_from(t->comments, t->comment_count, at);
}

const Span *py_comment_in(const PyTree *t, Span span) {
  uint32_t i = py_comment_from(t, span.start);
  return i < t->comment_count && t->comments[i].start < span.end ? &t->comments[i] : NULL;
}

PyRefs py_block_of(const PyTree *t, Ref owner, Ref child) {
  const char *shape = py_kind_shape(py_kind(t, owner));
  const uint32_t *words = t->words + owner + sizeof(PyNode) / 4;
  if (py_kind_group(py_kind(t, child)) != PY_GROUP_STMT)
    return (PyRefs){NULL, 0};
  for (int i = 0; shape[i]; i++) {
    PyRefs list = py_list(t, shape[i] == 'l' ? words[i] : 0);
    if (list.len && py_node(t, list.at[0])->start <= py_node(t, child)->start &&
        py_node(t, child)->end <= py_node(t, list.at[list.len - 1])->end &&
        py_refs_hold(list, child))
      return list;
  }
  return (PyRefs){NULL, 0};
}

const char *py_kind_name(PyKind kind) {
  return kinds[kind].name;
}
PyGroup py_kind_group(PyKind kind) {
  return kinds[kind].group;
}
const char *py_kind_shape(PyKind kind) {
  return kinds[kind].shape;
}

const char *py_op_name(PyOp op) {
  static const char *const names[] = {
      [PY_OP_NONE] = "",
      [PY_AND] = "And",
      [PY_OR] = "Or",
      [PY_ADD] = "Add",
      [PY_SUB] = "Sub",
      [PY_MULT] = "Mult",
      [PY_MAT_MULT] = "MatMult",
      [PY_DIV] = "Div",
      [PY_MOD] = "Mod",
      [PY_POW] = "Pow",
      [PY_L_SHIFT] = "LShift",
      [PY_R_SHIFT] = "RShift",
      [PY_BIT_OR] = "BitOr",
      [PY_BIT_XOR] = "BitXor",
      [PY_BIT_AND] = "BitAnd",
      [PY_FLOOR_DIV] = "FloorDiv",
      [PY_INVERT] = "Invert",
      [PY_NOT] = "Not",
      [PY_U_ADD] = "UAdd",
      [PY_U_SUB] = "USub",
      [PY_EQ] = "Eq",
      [PY_NOT_EQ] = "NotEq",
      [PY_LT] = "Lt",
      [PY_LT_E] = "LtE",
      [PY_GT] = "Gt",
      [PY_GT_E] = "GtE",
      [PY_IS] = "Is",
      [PY_IS_NOT] = "IsNot",
      [PY_IN] = "In",
      [PY_NOT_IN] = "NotIn",
  };
  return names[op];
}

void py_each_child(const PyTree *t, Ref r, void (*visit)(void *data, Ref child),
                   void *data) {
  const uint32_t *word = t->words + r + sizeof(PyNode) / sizeof(uint32_t);
  for (const char *shape = kinds[py_kind(t, r)].shape; *shape; shape++, word++) {
    if (*shape == 'c' && *word) {
      visit(data, *word);
    } else if (*shape == 'l') {
      PyRefs items = py_list(t, *word);
      for (uint32_t i = 0; i < items.len; i++)
        if (items.at[i])
          visit(data, items.at[i]);
    }
  }
}

// On a ref of the stack: its children are done. Trees have less than 2^31 words.
static const Ref LEAVE = UINT32_C(1) << 31;

typedef Vec(Ref) RefStack;

// Pushes the children so that the first one is on top.
static inline void push_children(const PyTree *t, Ref r, RefStack *stack) {
  PyKind kind = py_kind(t, r);
  const char *shape = kinds[kind].shape;
  const uint32_t *words = t->words + r + sizeof(PyNode) / sizeof(uint32_t);
  for (uint32_t i = kinds[kind].fields; i-- > 0;) {
    if (!words[i])
      continue;
    if (shape[i] == 'c') {
      vec_push(stack, words[i]);
    } else if (shape[i] == 'l') {
      PyRefs items = py_list(t, words[i]);
      vec_reserve(stack, stack->len + items.len);
      for (uint32_t k = items.len; k-- > 0;)
        if (items.at[k])
          stack->items[stack->len++] = items.at[k];
    }
  }
}

static bool is_leaf(PyKind kind) {
  return kind == PY_NAME || kind == PY_STR || kind == PY_NUM || kind == PY_CONSTANT;
}

void py_walk(const PyTree *t, Ref root, const PyVisitor *v) {
  RefStack stack = {0};
  if (root)
    vec_push(&stack, root);
  while (stack.len) {
    Ref r = vec_pop(&stack);
    if (r & LEAVE) {
      v->leave(v->data, r & ~LEAVE);
      continue;
    }
    if (!v->enter(v->data, r))
      continue;
    if (v->leave)
      vec_push(&stack, r | LEAVE);
    if (!is_leaf(py_kind(t, r)))
      push_children(t, r, &stack);
  }
  vec_free(&stack);
}

Ref *py_build_parents(const PyTree *t, Arena *arena) {
  Ref *parents = arena_array(arena, Ref, t->used / PY_NODE_WORDS + 1);
  RefStack stack = {0};
  if (t->root)
    vec_push(&stack, t->root);
  while (stack.len) {
    Ref parent = vec_pop(&stack);
    size_t base = stack.len;
    push_children(t, parent, &stack);
    for (size_t i = base; i < stack.len; i++)
      parents[stack.items[i] / PY_NODE_WORDS] = parent;
  }
  vec_free(&stack);
  return parents;
}
