// value_write.c: values in words.
#include "sqla/value_internal.h"

static void write_to_depth(ValueCtx *cx, Value v, Buf *out, int depth);

static void write_class(ValueCtx *cx, Place owner, Buf *out) {
  if (!owner.ref)
    return;
  const PyTree *t = tree_of(cx, owner.file);
  if (py_kind(t, owner.ref) != PY_CLASS_DEF)
    return;
  buf_add_text(out, " of ");
  Str dotted = class_dotted_name(cx, owner);
  if (!dotted.ptr)
    dotted = atom_str(cx->project->names, PY_AS(ClassDef, t, owner.ref)->name);
  buf_add_str(out, dotted);
}

static void write_items(ValueCtx *cx, const Shape *s, Buf *out, int depth) {
  for (uint32_t i = 0; i < s->count; i++) {
    if (i)
      buf_add_text(out, ", ");
    write_to_depth(cx, s->items[i].value, out, depth - 1);
  }
}

static void write_shape(ValueCtx *cx, const Shape *s, Buf *out, int depth) {
  switch ((Yield)s->yields) {
  case YIELD_UNKNOWN:
    return;
  case YIELD_NOTHING:
    buf_add_text(out, "<>");
    return;
  default:
    break;
  }
  buf_add_char(out, '<');
  if (s->count == 0)
    buf_add_text(out, "...");
  write_items(cx, s, out, depth);
  buf_add_char(out, '>');
}

static void write_to_depth(ValueCtx *cx, Value v, Buf *out, int depth) {
  buf_add_text(out, value_kind_name((ValueKind)v.kind));
  if (depth <= 0)
    return;
  bool names_class = v.kind == VALUE_ENTITY || v.kind == VALUE_MAPPED_CLASS ||
                     v.kind == VALUE_ALIASED_CLASS || v.kind == VALUE_OBJECT ||
                     (v.flags & VALUE_SUBCLASS);
  if (names_class)
    write_class(cx, v.owner, out);
  if (v.kind == VALUE_METHOD) {
    buf_add_char(out, ' ');
    buf_add_str(out, atom_str(cx->project->names, v.key));
  } else if (v.item && v.kind != VALUE_RELATIONSHIP) {
    buf_add_char(out, '<');
    write_to_depth(cx, *v.item, out, depth - 1);
    buf_add_char(out, '>');
  } else if (v.shape) {
    write_shape(cx, v.shape, out, depth);
  }
  if (v.flags & VALUE_OR_NONE)
    buf_add_text(out, " or None");
}

void value_write(ValueCtx *cx, Value v, Buf *out) {
  write_to_depth(cx, v, out, 6);
}
