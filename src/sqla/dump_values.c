// dump_values.c: every expression of a file with what it is, for people and tests.
#include "sqla/value_internal.h"

enum {
  SHOWN_BYTES = 60 // of the expression's text
};

typedef struct {
  ValueCtx *cx;
  const PyTree *t;
  uint32_t file;
  bool all;
  Buf *out;
} Reveal;

// The expression on one line, cut between characters.
static void write_expression(Str text, Buf *out) {
  size_t shown = 0;
  bool blank = false;
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    bool is_blank =
        c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\\';
    if (is_blank) {
      blank = shown > 0;
      continue;
    }
    if (shown >= SHOWN_BYTES && (c & 0xC0) != 0x80) {
      buf_add_text(out, "...");
      return;
    }
    if (blank)
      buf_add_char(out, ' ');
    blank = false;
    buf_add_char(out, (char)c);
    shown++;
  }
}

static bool reveal_one(void *data, Ref r) {
  Reveal *v = data;
  if (py_kind_group(py_kind(v->t, r)) != PY_GROUP_EXPR)
    return true;
  Value value = value_of(v->cx, v->file, r);
  if (value.kind == VALUE_UNKNOWN && !v->all)
    return true;
  const Source *source = v->t->source;
  Position at = source_position(source, py_node(v->t, r)->start);
  buf_printf(v->out, "%.*s:%u:%u: ", STR_ARG(source->path), at.line, at.column);
  write_expression(py_text(v->t, r), v->out);
  buf_add_text(v->out, " -> ");
  value_write(v->cx, value, v->out);
  if (value.kind != VALUE_UNKNOWN)
    buf_add_text(v->out, value.sure == SURE_PROVEN ? ", proven" : ", likely");
  buf_add_char(v->out, '\n');
  return true;
}

void value_reveal_text(ValueCtx *cx, uint32_t file, bool all, Buf *out) {
  Reveal reveal = {cx, tree_of(cx, file), file, all, out};
  if (!cx->project->files[file]->in_use)
    return;
  PyVisitor visitor = {.enter = reveal_one, .data = &reveal};
  py_walk(reveal.t, reveal.t->root, &visitor);
}
