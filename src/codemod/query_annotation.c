// query_annotation.c: what annotations of variables, parameters and returns say of a
// query, and what they say once it is a select. A string is read as what it contains.
#include "codemod/query_internal.h"
#include "python/parse.h"
#include "rules/util.h"

// Part of an annotation: in the tree of the file, or in the one of a string.
typedef struct {
  Q *q;
  uint32_t file;
  Ref at;          // the annotation's node, names mean what they mean there
  const PyTree *t; // of `r`
  uint32_t base;   // of its text in the file
  Ref r;
} Part;

typedef bool PartTest(const Part *p, int depth);

static Part part_at(const Part *p, Ref r) {
  Part part = *p;
  part.r = r;
  return part;
}

static Origin origin_of(const Part *p) {
  return resolve_text(p->q->cx->resolver, p->file, p->at, py_text(p->t, p->r));
}

static Span span_in_file(const Part *p, Ref r) {
  Span s = py_span(p->t, r);
  return (Span){s.start + p->base, s.end + p->base};
}

// ---- strings

// Where the text of a string literal starts that stands there as it is; 0: nowhere.
static uint32_t plain_content(Str literal) {
  bool plain = literal.len > 2 && (literal.ptr[0] == '"' || literal.ptr[0] == '\'') &&
               literal.ptr[1] != literal.ptr[0] &&
               str_find_char(literal, '\\', 0) == SIZE_MAX &&
               str_find_char(literal, literal.ptr[0], 1) == literal.len - 1;
  return plain ? 1 : 0;
}

// Calls `test` with what the string contains; false where it is no expression.
static bool in_string(const Part *p, PartTest *test, int depth, bool *result) {
  Str literal = py_text(p->t, p->r);
  uint32_t skip = plain_content(literal);
  Str text = skip ? str_slice(literal, skip, literal.len - 1) : STR("");
  Source source = {0};
  PyTree tree = {0};
  DiagSink diags = {.arena = p->q->arena};
  char *padded = arena_alloc(p->q->arena, text.len + SOURCE_PADDING, 1);
  if (text.len)
    memcpy(padded, text.ptr, text.len);
  if (!text.len || !source_init(&source, p->q->arena, STR("annotation"),
                                (Str){padded, text.len}, NULL))
    return false;
  py_parse(&tree, &source, resolver_names(p->q->cx->resolver), &diags);
  PyRefs body = py_list(&tree, PY_AS(Module, &tree, tree.root)->body);
  bool good =
      !tree.has_errors && body.len == 1 && py_kind(&tree, body.at[0]) == PY_EXPR_STMT;
  if (good) {
    Part inner = {p->q,
                  p->file,
                  p->at,
                  &tree,
                  p->base + py_node(p->t, p->r)->start + skip,
                  PY_AS(ExprStmt, &tree, body.at[0])->value};
    *result = test(&inner, depth + 1);
  }
  py_tree_free(&tree);
  diag_sink_free(&diags);
  return good;
}

// ---- what it takes

static bool is_name_of(const Part *p, const char *const *names, size_t count) {
  Origin o = origin_of(p);
  if (o.kind != ORIGIN_EXTERNAL && o.kind != ORIGIN_BUILTIN)
    return false;
  Str dotted = q_name(p->q, o.dotted);
  size_t point = str_rfind_char(dotted, '.');
  Str last = point == SIZE_MAX ? dotted : str_slice(dotted, point + 1, dotted.len);
  Str module = str_slice(dotted, 0, point == SIZE_MAX ? 0 : point);
  if (module.len && !str_is(module, "typing") && !str_is(module, "collections.abc"))
    return false;
  for (size_t i = 0; i < count; i++)
    if (str_is(last, names[i]))
      return true;
  return false;
}

static bool any_part(const Part *p, Ref r, PartTest *test, int depth) {
  if (py_kind(p->t, r) != PY_TUPLE) {
    Part part = part_at(p, r);
    return test(&part, depth + 1);
  }
  PyRefs elts = py_list(p->t, PY_AS(Tuple, p->t, r)->elts);
  for (uint32_t i = 0; i < elts.len; i++) {
    Part part = part_at(p, elts.at[i]);
    if (test(&part, depth + 1))
      return true;
  }
  return false;
}

// Iterable, Sequence, list and their like: a Query is one of the things that are meant,
// those outside of the project may give or take a list.
static bool means_rows(const Part *p, int depth) {
  static const char *const rows[] = {"Iterable",   "Iterator",  "Sequence",
                                     "Collection", "Container", "Reversible",
                                     "List",       "list",      "Generator"};
  static const char *const either[] = {"Optional", "Union", "Annotated", "Final"};
  bool result = false;
  if (depth > 20)
    return false;
  switch (py_kind(p->t, p->r)) {
  case PY_STR:
    return in_string(p, means_rows, depth, &result) && result;
  case PY_BIN_OP: {
    const PyBinOp *o = PY_AS(BinOp, p->t, p->r);
    return any_part(p, o->left, means_rows, depth) ||
           any_part(p, o->right, means_rows, depth);
  }
  case PY_SUBSCRIPT: {
    const PySubscript *s = PY_AS(Subscript, p->t, p->r);
    Part head = part_at(p, s->value);
    return is_name_of(&head, rows, ARRAY_LEN(rows)) ||
           (is_name_of(&head, either, ARRAY_LEN(either)) &&
            any_part(p, s->slice, means_rows, depth));
  }
  default:
    return is_name_of(p, rows, ARRAY_LEN(rows));
  }
}

// ---- what it says of a select

static bool is_query(const Part *p) {
  switch ((ApiId)origin_of(p).api) {
  case API_sqlalchemy_orm_Query:
  case API_flask_sqlalchemy_BaseQuery:
  case API_flask_sqlalchemy_query_Query:
    return true;
  default:
    return false;
  }
}

// Query[User] is Select[tuple[User]], and Select[User] from 2.1 on; Query[Row[tuple[A,
// B]]] has the tuple already.
static bool write_item(const Part *item) {
  Q *q = item->q;
  const PyTree *t = item->t;
  Ref inner = 0;
  if (py_kind(t, item->r) == PY_SUBSCRIPT) {
    Part head = part_at(item, PY_AS(Subscript, t, item->r)->value);
    if (origin_of(&head).api == API_sqlalchemy_Row)
      inner = PY_AS(Subscript, t, item->r)->slice;
  }
  bool is_tuple = py_kind(t, inner) == PY_SUBSCRIPT;
  bool plain = q->cx->target == SQLALCHEMY_2_1;
  Ref kept = is_tuple && plain ? PY_AS(Subscript, t, inner)->slice : inner;
  if (inner && (is_tuple || plain))
    q_replace(q, item->file, span_in_file(item, item->r), "%.*s",
              STR_ARG(py_text(t, kept)));
  if (plain || is_tuple)
    return true;
  if (py_node(t, item->r)->flags & PYF_PAREN)
    return q_fail(q, item->file, item->at, "the annotation has parentheses");
  q_insert(q, item->file, span_in_file(item, item->r).start, "tuple[");
  q_insert(q, item->file, span_in_file(item, item->r).end, "]");
  return true;
}

static bool is_written(const Part *p, int depth);

static bool all_written(const Part *p, Ref r, int depth) {
  PyKind kind = py_kind(p->t, r);
  if (kind != PY_TUPLE && kind != PY_LIST) {
    Part part = part_at(p, r);
    return is_written(&part, depth + 1);
  }
  PyRefs elts = kind == PY_TUPLE ? py_list(p->t, PY_AS(Tuple, p->t, r)->elts)
                                 : py_list(p->t, PY_AS(List, p->t, r)->elts);
  for (uint32_t i = 0; i < elts.len; i++)
    if (!all_written(p, elts.at[i], depth + 1))
      return false;
  return true;
}

static bool is_written(const Part *p, int depth) {
  Q *q = p->q;
  PyKind kind = py_kind(p->t, p->r);
  bool result = true;
  if (depth > 20)
    return q_fail(q, p->file, p->at, "the annotation is nested too deeply");
  if (kind == PY_STR)
    return in_string(p, is_written, depth, &result)
               ? result
               : q_fail(q, p->file, p->at, "the annotation is a string");
  if (kind == PY_BIN_OP)
    return all_written(p, PY_AS(BinOp, p->t, p->r)->left, depth) &&
           all_written(p, PY_AS(BinOp, p->t, p->r)->right, depth);
  bool subscript = kind == PY_SUBSCRIPT;
  Part name = part_at(p, subscript ? PY_AS(Subscript, p->t, p->r)->value : p->r);
  if (!is_query(&name)) // Optional[Query]
    return !subscript || all_written(p, PY_AS(Subscript, p->t, p->r)->slice, depth);
  Str select = q_require(q, p->file, p->at, "sqlalchemy", "Select");
  if (!select.ptr)
    return false;
  q_replace(q, p->file, span_in_file(p, name.r), "%.*s", STR_ARG(select));
  Part item = part_at(p, subscript ? PY_AS(Subscript, p->t, p->r)->slice : 0);
  return !subscript || write_item(&item);
}

// ----

Ref q_annotation_of(Q *q, const QNode *n) {
  const PyTree *t = q_tree(q, n->at.file);
  if (n->kind == NODE_RETURN)
    return PY_AS(FunctionDef, t, n->at.ref)->returns;
  if (n->kind != NODE_BIND)
    return 0;
  if (py_kind(t, n->at.ref) == PY_PARAM)
    return PY_AS(Param, t, n->at.ref)->annotation;
  Ref p = q_parent(q, n->at.file, n->at.ref);
  return py_kind(t, p) == PY_ANN_ASSIGN ? PY_AS(AnnAssign, t, p)->annotation : 0;
}

bool q_write_annotation(Q *q, const QNode *n) {
  Ref annotation = q_annotation_of(q, n);
  if (!annotation)
    return true;
  Part p = {q, n->at.file, annotation, q_tree(q, n->at.file), 0, annotation};
  if (n->kind == NODE_RETURN && means_rows(&p, 0))
    return q_fail(q, p.file, annotation,
                  "the function is said to return rows, which a select is not");
  if (py_kind(p.t, n->at.ref) == PY_PARAM && means_rows(&p, 0))
    return q_fail(q, p.file, annotation, "the parameter takes rows of any kind");
  return is_written(&p, 0);
}
