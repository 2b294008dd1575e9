// dump_tree.c: our own tree for people, straight from the rows of ast.def.
#include "python/dump.h"

typedef struct {
  const char *name;
  char shape; // as py_kind_shape
} Field;

enum {
  MAX_FIELDS = 8,
  DEEPEST_INDENT = 100, // a chain of ten thousand `elif` must not be quadratic
  SHOWN_TEXT = 60       // bytes of source shown of a literal or of what could not be read
};

// The fields of each kind; a row ends where the name is NULL.
#define C(name) {#name, 'c'},
#define L(name) {#name, 'l'},
#define A(name) {#name, 'a'},
#define O(name) {#name, 'o'},
#define W(name) {#name, 'w'},
#define S(name) {#name, 's'},
#define NODE(kind, type, group, fields) [PY_##kind] = {fields{NULL, 0}},
static const Field kind_fields[PY_KIND_COUNT][MAX_FIELDS + 1] = {
#include "python/ast.def"
};
#undef NODE
#undef C
#undef L
#undef A
#undef O
#undef W
#undef S

typedef struct {
  const char *label; // "body:" above a list, "test: " before a child, else NULL
  Ref ref;           // 0: only the label, or `none`
  int depth;
  bool is_close;
  bool is_item; // an absent item of a list is shown as `none`
} Line;

typedef struct {
  const PyTree *tree;
  const Interner *names;
  Buf *out;
  bool spans;
  Vec(Line) lines; // the last one is next
} Printer;

static void add_source(Printer *p, Ref r) {
  Str text = py_text(p->tree, r);
  Str shown = str_slice(text, 0, SHOWN_TEXT);
  while (shown.len < text.len && shown.len &&
         ((uint8_t)text.ptr[shown.len] & 0xC0) == 0x80)
    shown.len--; // not in the middle of a character
  JsonWriter quoted = {.out = p->out};
  buf_add_char(p->out, ' ');
  json_str(&quoted, shown);
  if (shown.len < text.len)
    buf_add_text(p->out, "...");
}

static bool shows_source(PyKind kind) {
  return kind == PY_STR || kind == PY_NUM || kind == PY_CONSTANT || kind == PY_STR_PART ||
         kind == PY_MATCH_SINGLETON || kind == PY_ERROR_STMT || kind == PY_ERROR_EXPR;
}

static void add_flag(Printer *p, bool on, const char *text) {
  if (on) {
    buf_add_char(p->out, ' ');
    buf_add_text(p->out, text);
  }
}

static void add_details(Printer *p, Ref r) {
  static const char *const param_kinds[] = {"positional", "", "*", "keyword", "**"};
  const PyNode *n = py_node(p->tree, r);
  PyKind kind = (PyKind)n->kind;
  unsigned low = n->flags & 0x01;
  switch (kind) {
  case PY_BOOL_OP:
  case PY_BIN_OP:
  case PY_UNARY_OP:
  case PY_AUG_ASSIGN:
    add_flag(p, true, py_op_name((PyOp)n->aux));
    break;
  case PY_COMPARE: {
    PyRefs ops = py_list(p->tree, PY_AS(Compare, p->tree, r)->ops);
    for (uint32_t i = 0; i < ops.len; i++)
      add_flag(p, true, py_op_name((PyOp)ops.at[i]));
    add_flag(p, !ops.len, py_op_name((PyOp)n->aux));
    break;
  }
  case PY_FUNCTION_DEF:
  case PY_FOR:
  case PY_WITH:
  case PY_COMPREHENSION:
    add_flag(p, low, "async");
    break;
  case PY_TRY:
    add_flag(p, low, "star");
    break;
  case PY_IF:
    add_flag(p, low, "elif");
    break;
  case PY_IMPORT_FROM:
    for (unsigned i = 0; i < n->aux; i++)
      add_flag(p, true, ".");
    break;
  case PY_FORMATTED_VALUE:
  case PY_INTERPOLATION:
    add_flag(p, low, "debug");
    if (n->aux)
      buf_printf(p->out, " !%c", (char)n->aux);
    break;
  case PY_PARAM:
    add_flag(p, n->aux != PY_PARAM_NORMAL && n->aux < ARRAY_LEN(param_kinds),
             param_kinds[n->aux % ARRAY_LEN(param_kinds)]);
    break;
  default:
    break;
  }
  add_flag(p, py_kind_group(kind) == PY_GROUP_EXPR && n->flags & PYF_PAREN,
           "parenthesised");
  if (shows_source(kind))
    add_source(p, r);
}

// Opens a node on its line and leaves its children for later lines.
static void print_node(Printer *p, Ref r, int depth) {
  const PyNode *n = py_node(p->tree, r);
  const Field *fields = kind_fields[n->kind];
  const uint32_t *words = p->tree->words + r + sizeof(PyNode) / sizeof(uint32_t);
  buf_printf(p->out, "(%s", py_kind_name((PyKind)n->kind));
  for (int i = 0; fields[i].name; i++)
    if (fields[i].shape == 'a' && words[i]) {
      buf_add_char(p->out, ' ');
      buf_add_str(p->out, atom_str(p->names, words[i]));
    }
  add_details(p, r);
  if (p->spans)
    buf_printf(p->out, " %u..%u", (unsigned)n->start, (unsigned)n->end);
  size_t mark = p->lines.len;
  for (int i = 0; fields[i].name; i++) {
    if (!words[i] || (fields[i].shape != 'c' && fields[i].shape != 'l'))
      continue;
    PyRefs items = {&words[i], 1};
    if (fields[i].shape == 'l')
      items = py_list(p->tree, words[i]);
    bool one = items.len == 1;
    if (!one)
      vec_push(&p->lines, (Line){.label = fields[i].name, .depth = depth + 1});
    for (uint32_t k = 0; k < items.len; k++)
      vec_push(&p->lines, (Line){.label = one ? fields[i].name : NULL,
                                 .ref = items.at[k],
                                 .depth = depth + (one ? 1 : 2),
                                 .is_item = true});
  }
  vec_push(&p->lines, (Line){.is_close = true});
  for (size_t i = mark, k = p->lines.len; i + 1 < k; i++) {
    k--;
    Line line = p->lines.items[i];
    p->lines.items[i] = p->lines.items[k];
    p->lines.items[k] = line;
  }
}

void py_dump_tree(const PyTree *tree, const Interner *names, bool spans, Buf *out) {
  Printer p = {.tree = tree, .names = names, .out = out, .spans = spans};
  print_node(&p, tree->root, 0);
  while (p.lines.len) {
    Line line = vec_pop(&p.lines);
    if (line.is_close) {
      buf_add_char(out, ')');
      continue;
    }
    buf_add_char(out, '\n');
    buf_add_repeat(out, ' ', 2 * min_size((size_t)line.depth, DEEPEST_INDENT));
    if (line.label)
      buf_printf(out, "%s:%s", line.label, line.is_item ? " " : "");
    if (line.ref)
      print_node(&p, line.ref, line.depth);
    else if (line.is_item)
      buf_add_text(out, "none");
  }
  buf_add_char(out, '\n');
  vec_free(&p.lines);
}
