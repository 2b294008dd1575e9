// composed.c: sums, f-strings, `%` and str.format() as one list of texts and values.
#include "rules/composed.h"

#include "python/parse.h"

enum {
  MAX_DEPTH = 64 // operands of one sum, and steps that build one text
};

// f"{x:d}": no text can be written so.
static bool is_number_format(Str spec) {
  return spec.len && strchr("bdoxXeEfFgGn%", spec.ptr[spec.len - 1]) &&
         str_find_char(spec, '{', 0) == SIZE_MAX;
}

static void add_text(Composed *out, Str text) {
  if (text.len)
    vec_push(out, ((ComposedPart){.is_text = true, .text = text}));
}

static Str part_text(RuleCtx *cx, Ref part) {
  Buf text = {0};
  bool decoded = py_str_part_value(cx->tree, part, &text);
  Str copy = decoded ? str_copy(cx->scratch, buf_str(&text)) : py_text(cx->tree, part);
  buf_free(&text);
  return copy;
}

static void add_joined(RuleCtx *cx, Ref expr, Composed *out) {
  const PyTree *t = cx->tree;
  PyRefs parts = py_list(t, PY_AS(JoinedStr, t, expr)->parts);
  for (uint32_t i = 0; i < parts.len; i++) {
    PyKind kind = py_kind(t, parts.at[i]);
    if (kind != PY_FORMATTED_VALUE) {
      add_text(out, kind == PY_STR ? string_value(cx, parts.at[i])
                                   : part_text(cx, parts.at[i]));
      continue;
    }
    const PyFormattedValue *f = PY_AS(FormattedValue, t, parts.at[i]);
    ComposedPart p = {
        .value = f->value,
        .number = f->format_spec && is_number_format(py_text(t, f->format_spec)),
        .plain = !f->format_spec && !f->node.aux && !(f->node.flags & PYF_DEBUG)};
    vec_push(out, p);
  }
}

// ---- `%` and str.format()

// Where the next placeholder of `%` or str.format() starts, SIZE_MAX: none.
static size_t next_placeholder(Str sql, size_t from, char open) {
  for (size_t at = from; (at = str_find_char(sql, open, at)) != SIZE_MAX; at += 2)
    if (at + 1 >= sql.len || sql.ptr[at + 1] != open)
      return at;
  return SIZE_MAX;
}

// What stands between `%`, or `{`, and the end of the placeholder.
typedef struct {
  Str name; // absent: the next value
  size_t end;
  bool number, plain;
} Placeholder;

static Placeholder read_placeholder(Str sql, size_t at, char open) {
  Placeholder p = {0};
  if (open == '{') {
    size_t end = str_find_char(sql, '}', at);
    end = end == SIZE_MAX ? sql.len : end;
    Str field = str_slice(sql, at + 1, end);
    size_t colon = str_find_char(field, ':', 0);
    p.number =
        colon != SIZE_MAX && is_number_format(str_slice(field, colon + 1, field.len));
    size_t n = 0;
    while (n < field.len && !strchr(":!.[", field.ptr[n]))
      n++;
    p.name = n ? str_slice(field, 0, n) : p.name;
    p.plain = n == field.len;
    p.end = end < sql.len ? end + 1 : end;
    return p;
  }
  size_t i = at + 1;
  if (i < sql.len && sql.ptr[i] == '(') {
    size_t end = str_find_char(sql, ')', i);
    end = end == SIZE_MAX ? sql.len - 1 : end;
    p.name = str_slice(sql, i + 1, end);
    i = end + 1;
  }
  size_t flags = i;
  while (i < sql.len && strchr("#0- +123456789.", sql.ptr[i]))
    i++;
  p.plain = i == flags && i < sql.len && sql.ptr[i] == 's';
  p.end = i < sql.len ? i + 1 : i;
  p.number = i < sql.len && strchr("diuoxXeEfFgG", sql.ptr[i]);
  return p;
}

// The value that a placeholder takes, 0 where that is not seen. `*next` counts those
// without a name.
static Ref value_for(RuleCtx *cx, const Placeholder *p, PyRefs values, uint32_t *next) {
  const PyTree *t = cx->tree;
  Ref only = values.len == 1 ? values.at[0] : 0;
  if (p->name.ptr && py_kind(t, only) == PY_DICT) { // "%(a)s" % {"a": x}
    PyRefs items = py_list(t, PY_AS(Dict, t, only)->items);
    for (uint32_t i = 0; i + 1 < items.len; i += 2)
      if (str_eq(string_value(cx, items.at[i]), p->name))
        return items.at[i + 1];
    return 0;
  }
  uint32_t index = 0;
  bool digits = p->name.len > 0 && p->name.len < 4;
  for (size_t i = 0; digits && i < p->name.len; i++) {
    digits = p->name.ptr[i] >= '0' && p->name.ptr[i] <= '9';
    index = index * 10 + (uint32_t)(p->name.ptr[i] - '0');
  }
  if (!p->name.ptr)
    index = (*next)++;
  for (uint32_t i = 0; i < values.len; i++) {
    Ref value = values.at[i];
    if (py_kind(t, value) != PY_KEYWORD) {
      if ((digits || !p->name.ptr) && index-- == 0)
        return value;
    } else if (p->name.ptr && PY_AS(Keyword, t, value)->arg &&
               str_eq(atom_str(cx->project->names, PY_AS(Keyword, t, value)->arg),
                      p->name)) {
      return PY_AS(Keyword, t, value)->value;
    }
  }
  return p->name.ptr && !digits && py_kind(t, only) != PY_KEYWORD ? only : 0;
}

// The text with `%%`, `{{` and `}}` as what they stand for.
static Str without_doubles(RuleCtx *cx, Str text, char open) {
  char close = open == '{' ? '}' : open;
  char *made = arena_array(cx->scratch, char, text.len + 1);
  size_t len = 0;
  for (size_t i = 0; i < text.len; i++) {
    char c = made[len++] = text.ptr[i];
    if ((c == open || c == close) && i + 1 < text.len && text.ptr[i + 1] == c)
      i++;
  }
  return (Str){made, len};
}

// The template, also one that a name holds: QUERY % value. Absent where it is not seen.
static Str template_of(RuleCtx *cx, Ref expr) {
  if (py_kind(cx->tree, expr) == PY_STR)
    return string_value(cx, expr);
  if (py_kind(cx->tree, expr) != PY_NAME)
    return (Str){0};
  Place held = rule_held(cx, expr);
  return string_value_of(cx, &cx->project->files[held.file]->tree, held.ref);
}

static bool add_template(RuleCtx *cx, Ref literal, PyRefs values, char open,
                         Composed *out) {
  Str text = template_of(cx, literal);
  uint32_t next = 0;
  size_t from = 0, at = 0;
  if (!text.ptr)
    return false;
  while ((at = next_placeholder(text, from, open)) != SIZE_MAX) {
    Placeholder p = read_placeholder(text, at, open);
    add_text(out, without_doubles(cx, str_slice(text, from, at), open));
    Ref value = value_for(cx, &p, values, &next);
    vec_push(out, ((ComposedPart){.value = value, .number = p.number, .plain = p.plain}));
    from = p.end;
  }
  add_text(out, without_doubles(cx, str_slice(text, from, text.len), open));
  return true;
}

// ---- All forms

static bool read_parts(RuleCtx *cx, Ref expr, Composed *out, int depth);

static bool add_operation(RuleCtx *cx, Ref expr, Composed *out, int depth) {
  const PyTree *t = cx->tree;
  const PyBinOp *b = PY_AS(BinOp, t, expr);
  if (b->node.aux == PY_ADD && depth < MAX_DEPTH) {
    read_parts(cx, b->left, out, depth + 1);
    read_parts(cx, b->right, out, depth + 1);
    return true;
  }
  PyRefs values = {&b->right, 1};
  if (py_kind(t, b->right) == PY_TUPLE)
    values = py_list(t, PY_AS(Tuple, t, b->right)->elts);
  if (b->node.aux == PY_MOD && add_template(cx, b->left, values, '%', out))
    return true;
  bool number = b->node.aux != PY_ADD && b->node.aux != PY_MOD;
  vec_push(out, ((ComposedPart){.value = expr, .number = number, .plain = true}));
  return false;
}

static bool read_parts(RuleCtx *cx, Ref expr, Composed *out, int depth) {
  const PyTree *t = cx->tree;
  Str text;
  switch (py_kind(t, expr)) {
  case PY_STR:
    text = string_value(cx, expr);
    if (!text.ptr)
      break;
    add_text(out, text);
    return true;
  case PY_JOINED_STR:
    add_joined(cx, expr, out);
    return true;
  case PY_BIN_OP:
    return add_operation(cx, expr, out, depth);
  case PY_CALL:
    if (str_is(call_method_text(cx, expr), "format") &&
        add_template(cx, call_receiver(t, expr), py_list(t, PY_AS(Call, t, expr)->args),
                     '{', out))
      return true;
    break;
  default:
    break;
  }
  vec_push(out, ((ComposedPart){.value = expr, .plain = true}));
  return false;
}

bool composed_read(RuleCtx *cx, Ref expr, Composed *out) {
  return read_parts(cx, expr, out, 0);
}

static bool read_binding(RuleCtx *cx, Ref bound, Composed *out, int depth) {
  const PyTree *t = cx->tree;
  Ref statement = rule_parent(cx, bound), value = 0, before = 0;
  if (py_kind(t, statement) == PY_AUG_ASSIGN) {
    const PyAugAssign *a = PY_AS(AugAssign, t, statement);
    if (a->node.aux != PY_ADD || depth == MAX_DEPTH)
      return false;
    bool single = value_bindings(cx->values, cx->file_id, a->target, &before, 1) == 1;
    if (!single || before == bound || !read_binding(cx, before, out, depth + 1))
      vec_push(out, ((ComposedPart){.value = a->target, .plain = true}));
    composed_read(cx, a->value, out);
    return true;
  }
  assigned_target(t, statement, &value);
  size_t len = out->len;
  if (value && composed_read(cx, value, out))
    return true;
  out->len = len;
  return false;
}

bool composed_binding(RuleCtx *cx, Ref bound, Composed *out) {
  return read_binding(cx, bound, out, 0);
}
