// value_annotation.c: what an annotation says its object is.
//
//   Session | None, Optional["User"], list[User], Annotated[Session, Depends(get_db)]
//
// Annotations are read as trees; a string is read by a small reader of its own (names,
// subscripts, `|`), because its text has no tree.
#include "sqla/value_internal.h"

enum {
  MAX_ARGS = 16,
  MAX_TEXT_DEPTH = 20
};

typedef struct {
  Value args[MAX_ARGS];
  uint32_t count;
  bool endless; // Tuple[X, ...]
} Args;

static Value arg_at(const Args *a, uint32_t i) {
  return i < a->count ? a->args[i] : value_unknown();
}

// Select[Tuple[User, int]], Select[User, int], Query[User], Row[Tuple[int]]
static const Shape *shape_of(ValueCtx *cx, const Args *a) {
  ShapeItem *items = arena_array(cx->arena, ShapeItem, MAX_ARGS);
  const Shape *tuple =
      a->count == 1 && a->args[0].kind == VALUE_TUPLE ? a->args[0].shape : NULL;
  if (a->count == 1 && (a->args[0].kind == VALUE_TUPLE || !is_known(a->args[0])) &&
      !tuple)
    return NULL;
  if (tuple)
    return shape_of_items(cx, tuple->items, tuple->count, 0);
  for (uint32_t i = 0; i < a->count; i++)
    items[i].value = a->args[i];
  return shape_of_items(cx, items, a->count, 0);
}

static bool holds_shape(ValueKind kind) {
  return kind == VALUE_QUERY || kind == VALUE_SELECT || kind == VALUE_RESULT ||
         kind == VALUE_ASYNC_RESULT || kind == VALUE_ROW || kind == VALUE_DYNAMIC;
}

static bool holds_item(ValueKind kind) {
  switch (kind) {
  case VALUE_LIST:
  case VALUE_SET:
  case VALUE_SESSIONMAKER:
  case VALUE_ASYNC_SESSIONMAKER:
  case VALUE_SCOPED_SESSION:
  case VALUE_ASYNC_SCOPED_SESSION:
  case VALUE_SCALAR_RESULT:
  case VALUE_ASYNC_SCALAR_RESULT:
  case VALUE_BULK_QUERY:
    return true;
  default:
    return false;
  }
}

static Value tuple_of(ValueCtx *cx, const Args *a, uint32_t file, Ref at) {
  if (a->endless)
    return value_with_item(cx, VALUE_TUPLE, arg_at(a, 0), file, at);
  Value v = value_make(VALUE_TUPLE, file, at);
  if (a->count == 0)
    return v;
  ShapeItem *items = arena_array(cx->arena, ShapeItem, MAX_ARGS);
  for (uint32_t i = 0; i < a->count; i++)
    items[i].value = a->args[i];
  v.shape = shape_of_items(cx, items, a->count, SHAPE_WHOLE);
  return v;
}

// Instance of a known class outside the project.
static Value external_instance(ValueCtx *cx, const Symbol *s, const Args *a,
                               uint32_t file, Ref at) {
  ValueKind kind = (ValueKind)s->result;
  if (kind == VALUE_PY_OTHER || kind == VALUE_TYPE || kind == VALUE_UNKNOWN ||
      kind == VALUE_BASE_CLASS)
    return value_unknown();
  if (kind == VALUE_TUPLE)
    return tuple_of(cx, a, file, at);
  if (kind == VALUE_DICT)
    return value_with_item(cx, kind, arg_at(a, 1), file, at);
  Value v = holds_item(kind) ? value_with_item(cx, kind, arg_at(a, 0), file, at)
                             : value_make(kind, file, at);
  if (a->count && holds_shape(kind))
    v.shape = shape_of(cx, a);
  v.flags |=
      (uint16_t)(VALUE_OPTIONS_UNKNOWN | (s->flags & (VALUE_SQLMODEL | VALUE_FLASK)));
  return kind == VALUE_FLOAT ? value_likely(v) : v; // an int may be given for a float
}

static Value typing_form(ValueCtx *cx, const Symbol *s, const Args *a, uint32_t file,
                         Ref at) {
  ValueKind kind = (ValueKind)s->result;
  switch (s->rule) {
  case RULE_ITEM:
    return kind ? value_with_item(cx, kind, arg_at(a, 0), file, at) : value_unknown();
  case RULE_SECOND:
    return value_with_item(cx, kind, arg_at(a, 1), file, at);
  case RULE_LAST:
    return value_with_item(cx, kind, a->count ? a->args[a->count - 1] : value_unknown(),
                           file, at);
  case RULE_ELEMENTS:
    return tuple_of(cx, a, file, at);
  case RULE_OPTIONAL: {
    Value none = value_make(VALUE_NONE, file, at);
    Value v = arg_at(a, 0);
    return v.kind == VALUE_UNKNOWN ? v : value_join(cx, v, none);
  }
  case RULE_UNION_OF: {
    Value v = value_bottom();
    for (uint32_t i = 0; i < a->count; i++) {
      if (!is_known(a->args[i]))
        return value_unknown();
      v = value_join(cx, v, a->args[i]);
    }
    return is_bottom(v) ? value_unknown() : v;
  }
  case RULE_WRAPPED:
  case RULE_ANNOTATED:
    return arg_at(a, 0);
  default:
    return value_unknown();
  }
}

static Value named(ValueCtx *cx, Value v, const Args *a, uint32_t file, Ref at) {
  static const Args none;
  const Args *args = a ? a : &none;
  const Symbol *s = symbol_at(v.symbol);
  Value got = value_unknown();
  if (v.kind == VALUE_NONE)
    return v;
  if (v.kind == VALUE_MAPPED_CLASS || (v.kind == VALUE_CLASS && v.owner.ref))
    got = instance_of(cx, v, file, at);
  else if (v.kind == VALUE_CLASS && s && s->form == SYMBOL_TYPING)
    got = typing_form(cx, s, args, file, at);
  else if (v.kind == VALUE_CLASS && s)
    got = external_instance(cx, s, args, file, at);
  else if (is_bottom(v))
    return v;
  return value_lower(got, (Sure)v.sure);
}

// ---- trees

static Value annotation(ValueCtx *cx, uint32_t file, Ref r) {
  return value_ask(cx, file, r, ASK_ANNOTATION, infer_annotation);
}

// Annotated[Session, Depends(get_session)]
static Value annotated(ValueCtx *cx, uint32_t file, PyRefs parts) {
  Value v = annotation(cx, file, parts.at[0]);
  for (uint32_t i = 1; i < parts.len; i++)
    v = said_or_given(cx, file, v, parts.at[i]);
  return v;
}

static Value class_itself(ValueCtx *cx, uint32_t file, Ref r) {
  Value v = ask(cx, file, r);
  bool is_class = v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_CLASS;
  // Type[Base] may be any subclass.
  return is_class && v.kind == VALUE_MAPPED_CLASS ? v : value_unknown();
}

static Value subscripted(ValueCtx *cx, uint32_t file, Ref r) {
  const PyTree *t = tree_of(cx, file);
  const PySubscript *n = PY_AS(Subscript, t, r);
  Value base = ask(cx, file, n->value);
  if (is_bottom(base))
    return base;
  const Symbol *s = symbol_at(base.symbol);
  PyRefs parts = {&n->slice, 1};
  if (py_kind(t, n->slice) == PY_TUPLE)
    parts = py_list(t, PY_AS(Tuple, t, n->slice)->elts);
  if (parts.len == 0)
    return value_unknown();
  if (s && s->rule == RULE_ANNOTATED)
    return annotated(cx, file, parts);
  bool is_type = s && (s->rule == RULE_TYPE_OF || strcmp(s->name, "type") == 0);
  if (is_type)
    return class_itself(cx, file, parts.at[0]);
  Args a = {0};
  for (uint32_t i = 0; i < parts.len && a.count < MAX_ARGS; i++) {
    Ref part = parts.at[i];
    if (py_kind(t, part) == PY_CONSTANT && py_node(t, part)->aux == PY_CONST_ELLIPSIS) {
      a.endless = true;
      continue;
    }
    Value v = annotation(cx, file, part);
    if (is_bottom(v))
      return v;
    a.args[a.count++] = v;
  }
  return named(cx, base, &a, file, r);
}

static Value either(ValueCtx *cx, Value a, Value b) {
  if (a.kind == VALUE_UNKNOWN || b.kind == VALUE_UNKNOWN)
    return value_unknown();
  return value_join(cx, a, b);
}

static Value annotation_text(ValueCtx *cx, uint32_t file, Ref node, Str text, int depth);

Value infer_annotation(ValueCtx *cx, uint32_t file, Ref r) {
  const PyTree *t = tree_of(cx, file);
  switch (py_kind(t, r)) {
  case PY_STR: {
    Buf text = {0};
    Value v = value_unknown();
    if (py_str_value(t, r, &text))
      v = annotation_text(cx, file, r, buf_str(&text), 0);
    buf_free(&text);
    return v;
  }
  case PY_SUBSCRIPT:
    return subscripted(cx, file, r);
  case PY_BIN_OP: {
    const PyBinOp *n = PY_AS(BinOp, t, r);
    if (n->node.aux != PY_BIT_OR)
      return value_unknown();
    Value left = annotation(cx, file, n->left);
    return either(cx, left, annotation(cx, file, n->right));
  }
  case PY_CONSTANT:
    return py_node(t, r)->aux == PY_CONST_NONE ? value_make(VALUE_NONE, file, r)
                                               : value_unknown();
  case PY_NAME:
  case PY_ATTRIBUTE: {
    Value v = ask(cx, file, r);
    bool is_alias =
        v.kind == VALUE_CLASS && v.root.ref && !(v.root.file == file && v.root.ref == r);
    PyKind kind = is_alias ? py_kind(tree_of(cx, v.root.file), v.root.ref) : PY_NONE;
    if (kind == PY_SUBSCRIPT || kind == PY_BIN_OP)
      return value_lower(annotation(cx, v.root.file, v.root.ref), (Sure)v.sure);
    return named(cx, v, NULL, file, r);
  }
  default:
    return value_unknown();
  }
}

// ---- strings

static size_t matching_bracket(Str text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.len; i++) {
    if (text.ptr[i] == '[')
      depth++;
    else if (text.ptr[i] == ']' && --depth == 0)
      return i;
  }
  return SIZE_MAX;
}

// Offset of `c` outside brackets, or SIZE_MAX.
static size_t find_outside(Str text, char c) {
  int depth = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '[')
      depth++;
    else if (text.ptr[i] == ']')
      depth--;
    else if (text.ptr[i] == c && depth == 0)
      return i;
  }
  return SIZE_MAX;
}

static Value dotted_name(ValueCtx *cx, uint32_t file, Ref node, Str text) {
  Str part;
  Value v = value_unknown();
  bool first = true;
  while (str_next_part(&text, '.', &part)) {
    for (size_t i = 0; i < part.len; i++) {
      unsigned char c = (unsigned char)part.ptr[i];
      bool fits = c == '_' || c >= 0x80 || (c >= '0' && c <= '9') ||
                  ((c | 32) >= 'a' && (c | 32) <= 'z');
      if (!fits)
        return value_unknown();
    }
    Atom name = interner_find(cx->project->names, part);
    if (!name)
      return value_unknown();
    v = first ? name_at(cx, file, node, name) : method_attribute(cx, v, name, file, node);
    first = false;
  }
  return v;
}

static Value annotation_text(ValueCtx *cx, uint32_t file, Ref node, Str text, int depth) {
  text = str_trim(text);
  if (depth > MAX_TEXT_DEPTH || text.len == 0)
    return value_unknown();
  size_t bar = find_outside(text, '|');
  if (bar != SIZE_MAX) {
    Value left = annotation_text(cx, file, node, str_slice(text, 0, bar), depth + 1);
    Str rest = str_slice(text, bar + 1, text.len);
    return either(cx, left, annotation_text(cx, file, node, rest, depth + 1));
  }
  char c = text.ptr[0];
  if ((c == '"' || c == '\'') && text.len > 1 && text.ptr[text.len - 1] == c)
    return annotation_text(cx, file, node, str_slice(text, 1, text.len - 1), depth + 1);
  if (str_is(text, "None"))
    return value_make(VALUE_NONE, file, node);
  size_t open = str_find_char(text, '[', 0);
  if (open == SIZE_MAX)
    return named(cx, dotted_name(cx, file, node, text), NULL, file, node);
  if (matching_bracket(text, open) != text.len - 1)
    return value_unknown();
  Value base = dotted_name(cx, file, node, str_trim(str_slice(text, 0, open)));
  if (is_bottom(base))
    return base;
  Str inside = str_slice(text, open + 1, text.len - 1);
  Args a = {0};
  while (inside.len && a.count < MAX_ARGS) {
    size_t comma = find_outside(inside, ',');
    Str part = str_trim(str_slice(inside, 0, comma));
    inside = comma == SIZE_MAX ? (Str){"", 0} : str_slice(inside, comma + 1, inside.len);
    if (str_is(part, "..."))
      a.endless = true;
    else
      a.args[a.count++] = annotation_text(cx, file, node, part, depth + 1);
  }
  return named(cx, base, &a, file, node);
}
