// dump_text.c: the values of strings, and the parts of f- and t-strings, as CPython's
// `ast` has them.
#include "python/dump_internal.h"

// Constants.

static void add_as_latin1(Buf *out, Str bytes) {
  for (size_t i = 0; i < bytes.len; i++)
    buf_add_utf8(out, (uint8_t)bytes.ptr[i]);
}

void put_str_value(Dumper *d, Ref str) {
  const PyNode *n = py_node(d->tree, str);
  Buf latin1 = {0};
  buf_clear(&d->text);
  json_key(d->out, "value");
  if (!py_str_value(d->tree, str, &d->text)) {
    json_none(d->out);
  } else if (n->flags & PYF_BYTES) {
    add_as_latin1(&latin1, buf_str(&d->text));
    json_str(d->out, buf_str(&latin1));
    buf_free(&latin1);
  } else {
    json_str(d->out, buf_str(&d->text));
  }
}

// The prefix of the first literal decides (`u"a" "b"`).
void put_kind(Dumper *d, Ref str) {
  bool unicode = py_kind(d->tree, str) == PY_STR &&
                 (py_node(d->tree, str)->flags & PYF_UNICODE) != 0;
  json_field(d->out, "kind", unicode ? STR("u") : (Str){0});
}

// Joined parts. CPython folds what stands between two replacement fields into one
// Constant: text of the f-string, neighbouring plain strings, and the text that a
// debugging field `{x=}` shows. Each part has two places: 2i for its text, 2i + 1 for its
// value.

static bool is_field(const PyTree *t, Ref part) {
  PyKind kind = py_kind(t, part);
  return kind == PY_FORMATTED_VALUE || kind == PY_INTERPOLATION;
}

// Behind blanks, joined lines and comments inside a replacement field.
static uint32_t skip_blanks(Str text, uint32_t at) {
  for (; at < text.len; at++) {
    char c = text.ptr[at];
    if (c == '#')
      while (at + 1 < text.len && text.ptr[at + 1] != '\n' && text.ptr[at + 1] != '\r')
        at++;
    else if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\\')
      break;
  }
  return at;
}

// Where the expression's text ends: behind the blanks and parentheses that follow it, at
// the `=`, `!`, `:` or `}`.
static uint32_t end_of_expression(const PyTree *t, Ref field) {
  const PyFormattedValue *f = (const PyFormattedValue *)(const void *)py_node(t, field);
  Str text = t->source->text;
  uint32_t at = skip_blanks(text, py_span(t, f->value).end);
  while (at < f->node.end && (text.ptr[at] == ')' || text.ptr[at] == ','))
    at = skip_blanks(text, at + 1);
  return at;
}

// `x = ` of `{x = !r}`.
static Span debug_span(const PyTree *t, Ref field) {
  uint32_t equal = end_of_expression(t, field);
  return (Span){py_node(t, field)->start + 1, skip_blanks(t->source->text, equal + 1)};
}

// Text as Python's tokenizer hands it on: newlines are LF.
static void add_with_plain_newlines(Buf *out, Str text) {
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] != '\r')
      buf_add_char(out, text.ptr[i]);
    else if (i + 1 == text.len || text.ptr[i + 1] != '\n')
      buf_add_char(out, '\n');
  }
}

// A comment in a debugging field is not part of what it shows.
static void add_debug_text(Buf *out, Str text) {
  size_t from = 0;
  char quote = 0;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (quote) {
      i += c == '\\';
      quote = c == quote ? 0 : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#') {
      add_with_plain_newlines(out, str_slice(text, from, i));
      while (i < text.len && text.ptr[i] != '\n' && text.ptr[i] != '\r')
        i++;
      from = i;
    }
  }
  add_with_plain_newlines(out, str_slice(text, from, text.len));
}

// The text of the piece at an even place.
static void add_piece(Dumper *d, Ref part, Buf *out) {
  switch (py_kind(d->tree, part)) {
  case PY_STR_PART:
    (void)py_str_part_value(d->tree, part, out);
    break;
  case PY_STR:
    (void)py_str_value(d->tree, part, out);
    break;
  default:
    if (is_field(d->tree, part) && (py_node(d->tree, part)->flags & PYF_DEBUG)) {
      Span span = debug_span(d->tree, part);
      add_debug_text(out, source_slice(d->tree->source, span));
    }
  }
}

static Span piece_span(const PyTree *t, Ref part) {
  return is_field(t, part) ? debug_span(t, part) : py_span(t, part);
}

void expand_parts(Dumper *d, Ref list) {
  PyRefs parts = py_list(d->tree, list);
  json_begin_array(d->out);
  Task run = {.kind = TASK_TEXT, .ref = list};
  bool in_run = false;
  Buf text = {0};
  for (uint32_t i = 0; i < parts.len; i++) {
    // An empty string beside text is a part of it; alone, or within f"", it leaves
    // nothing.
    bool whole = py_kind(d->tree, parts.at[i]) == PY_STR;
    size_t before = text.len;
    add_piece(d, parts.at[i], &text);
    if (whole || text.len > before) {
      if (!in_run)
        run.from = i;
      run.to = i;
      in_run = true;
    }
    if (!is_field(d->tree, parts.at[i]))
      continue;
    if (text.len)
      vec_push(&d->tasks, run);
    in_run = false;
    buf_clear(&text);
    later(d, NULL, parts.at[i]);
  }
  if (text.len)
    vec_push(&d->tasks, run);
  vec_push(&d->tasks, (Task){.kind = TASK_END_ARRAY});
  buf_free(&text);
}

void put_joined_text(Dumper *d, const Task *task) {
  PyRefs parts = py_list(d->tree, task->ref);
  buf_clear(&d->text);
  for (uint32_t i = task->from; i <= task->to; i++)
    add_piece(d, parts.at[i], &d->text);
  put_type(d, "Constant");
  json_field(d->out, "value", buf_str(&d->text));
  put_kind(d, parts.at[task->from]);
  put_positions(d, (Span){piece_span(d->tree, parts.at[task->from]).start,
                          piece_span(d->tree, parts.at[task->to]).end});
  json_end_object(d->out);
}

void put_expression_text(Dumper *d, Ref field) {
  uint32_t start = py_node(d->tree, field)->start + 1;
  Span span = {start, end_of_expression(d->tree, field)};
  buf_clear(&d->text);
  add_debug_text(&d->text, source_slice(d->tree->source, span));
  while (d->text.len && strchr(" \t\n\f", d->text.ptr[d->text.len - 1]))
    d->text.len--;
  json_field(d->out, "str", buf_str(&d->text));
}
