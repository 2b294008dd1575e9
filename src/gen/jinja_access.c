// jinja_access.c: attributes, subscripts, slices; str() and repr() of values.
#include "gen/jinja_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// ---- text of values

Str jv_float_text(Run *r, double f) {
  char text[40];
  if (isnan(f))
    return STR("nan");
  if (isinf(f))
    return f > 0 ? STR("inf") : STR("-inf");
  int digits = 1;
  do
    snprintf(text, sizeof text, "%.*e", digits - 1, f);
  while (strtod(text, NULL) != f && ++digits <= 17);
  int exponent = atoi(strchr(text, 'e') + 1);
  if (exponent < -4 || exponent >= 16) { // 1e+16, 1.5e-07: as C writes them
    return str_copy(&r->arena, str_from(text));
  }
  int decimals = digits - 1 - exponent;
  return str_format(&r->arena, "%.*f", decimals > 1 ? decimals : 1, f);
}

static void write_repr_str(Str s, Buf *out) {
  bool single = str_find_char(s, '\'', 0) != SIZE_MAX;
  bool both = single && str_find_char(s, '"', 0) != SIZE_MAX;
  char quote = single && !both ? '"' : '\'';
  buf_add_char(out, quote);
  for (size_t at = 0; at < s.len;) {
    size_t from = at;
    uint32_t c = text_next(s, &at);
    if (c == (uint32_t)quote || c == '\\')
      buf_printf(out, "\\%c", (char)c);
    else if (c == '\n' || c == '\r' || c == '\t')
      buf_printf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    else if (text_is_printable(c))
      buf_add(out, s.ptr + from, at - from);
    else
      buf_printf(out, c < 256 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
  }
  buf_add_char(out, quote);
}

static bool write_items(Run *r, const JList *list, const char *open, const char *close,
                        Buf *out) {
  buf_add_text(out, open);
  for (size_t i = 0; i < list->len; i++) {
    if (i)
      buf_add_text(out, ", ");
    if (!jv_write(r, list->items[i], true, out))
      return false;
  }
  buf_add_text(out, close);
  return true;
}

static bool write_dict(Run *r, const JDict *d, Buf *out) {
  buf_add_char(out, '{');
  for (size_t i = 0; i < d->len; i++) {
    if (i)
      buf_add_text(out, ", ");
    if (!jv_write(r, d->entries[i].key, true, out))
      return false;
    buf_add_text(out, ": ");
    if (!jv_write(r, d->entries[i].value, true, out))
      return false;
  }
  buf_add_char(out, '}');
  return true;
}

static void write_range(const JList *list, Buf *out) {
  const JValue *bounds = list->items + list->len; // behind the items
  buf_printf(out, "range(%lld, %lld", (long long)bounds[0].i, (long long)bounds[1].i);
  if (bounds[2].i != 1)
    buf_printf(out, ", %lld", (long long)bounds[2].i);
  buf_add_char(out, ')');
}

static bool write_container(Run *r, JValue v, Buf *out) {
  switch (v.kind) {
  case JV_LIST:
    return write_items(r, v.list, "[", "]", out);
  case JV_TUPLE:
    return write_items(r, v.list, "(", v.list->len == 1 ? ",)" : ")", out);
  case JV_RANGE:
    write_range(v.list, out);
    return true;
  case JV_VIEW:
    buf_add_text(out, v.list->name);
    return write_items(r, v.list, "([", "])", out);
  case JV_DICT:
    return write_dict(r, v.dict, out);
  default:
    return run_fail(r, "a %s cannot be written as text", jv_type_name(v));
  }
}

bool jv_write(Run *r, JValue v, bool repr, Buf *out) {
  switch (v.kind) {
  case JV_UNDEFINED:
    if (repr)
      buf_add_text(out, "Undefined");
    return repr || jv_is_soft(v) || jv_check(r, v);
  case JV_NONE:
    buf_add_text(out, "None");
    return true;
  case JV_BOOL:
    buf_add_text(out, v.b ? "True" : "False");
    return true;
  case JV_INT:
    buf_printf(out, "%lld", (long long)v.i);
    return true;
  case JV_FLOAT:
    buf_add_str(out, jv_float_text(r, v.f));
    return true;
  case JV_STR:
    if (repr)
      write_repr_str(v.s, out);
    else
      buf_add_str(out, v.s);
    return true;
  default:
    if (++r->depth > JINJA_MAX_DEPTH) // a list may hold itself
      return run_fail_as(r, RUN_LIMIT, "a value is nested too deep to be written");
    bool ok = run_step(r) && write_container(r, v, out);
    r->depth--;
    return ok &&
           (!out->overflow ||
            run_fail_as(r, RUN_LIMIT, "a text has more than %d bytes", JINJA_MAX_TEXT));
  }
}

bool jv_take_buf(Run *r, Buf *b, JValue *out) {
  bool ok = !b->overflow ||
            run_fail_as(r, RUN_LIMIT, "a text has more than %d bytes", JINJA_MAX_TEXT);
  if (ok)
    *out = jv_str(str_copy(&r->arena, buf_str(b)));
  buf_free(b);
  return ok && run_step(r);
}

bool jv_to_str(Run *r, JValue v, Str *out) {
  if (v.kind == JV_STR) {
    *out = v.s;
    return true;
  }
  Buf text = JBUF;
  JValue s = jv_none();
  bool ok = jv_write(r, v, false, &text);
  ok = jv_take_buf(r, &text, &s) && ok;
  if (ok)
    *out = s.s;
  return ok;
}

// ---- attributes and subscripts

static JValue undefined(Run *r, const char *format, const char *type, Str name) {
  return (JValue){.kind = JV_UNDEFINED,
                  .s = str_format(&r->arena, format, type, STR_ARG(name))};
}

static JValue missing_attribute(Run *r, JValue v, Str name) {
  return undefined(r, "%s has no attribute '%.*s'", jv_type_name(v), name);
}

static JValue loop_item(const JLoop *loop, size_t at) {
  if (at < loop->len)
    return loop->items[at];
  return (JValue){.kind = JV_UNDEFINED,
                  .s = at == loop->len ? STR("there is no next item")
                                       : STR("there is no previous item")};
}

static bool loop_attribute(const JLoop *loop, Str name, JValue *out) {
  int64_t at = (int64_t)loop->at, len = (int64_t)loop->len;
  if (str_is(name, "index"))
    *out = jv_int(at + 1);
  else if (str_is(name, "index0"))
    *out = jv_int(at);
  else if (str_is(name, "revindex"))
    *out = jv_int(len - at);
  else if (str_is(name, "revindex0"))
    *out = jv_int(len - at - 1);
  else if (str_is(name, "first"))
    *out = jv_bool(at == 0);
  else if (str_is(name, "last"))
    *out = jv_bool(at + 1 == len);
  else if (str_is(name, "length"))
    *out = jv_int(len);
  else if (str_is(name, "depth"))
    *out = jv_int(loop->depth + 1);
  else if (str_is(name, "depth0"))
    *out = jv_int(loop->depth);
  else if (str_is(name, "nextitem"))
    *out = loop_item(loop, loop->at + 1);
  else if (str_is(name, "previtem"))
    *out = loop_item(loop, loop->at ? loop->at - 1 : SIZE_MAX);
  else
    return false;
  return true;
}

static bool macro_attribute(Run *r, const JMacro *m, Str name, JValue *out) {
  if (str_is(name, "name")) {
    *out = jv_str(m->node->name);
  } else if (str_is(name, "arguments")) {
    JList *list = list_new(r);
    for (size_t i = 0; i < m->node->name_count; i++)
      list_push(r, list, jv_str(m->node->names[i]));
    *out = jv_list(JV_TUPLE, list);
  } else if (str_is(name, "caller")) {
    *out = jv_bool(m->node->uses_caller);
  } else {
    return false;
  }
  return true;
}

// What getattr() finds; false where there is nothing.
static bool attribute(Run *r, JValue v, Str name, JValue *out) {
  JValue *found;
  switch (v.kind) {
  case JV_LOOP:
    if (loop_attribute(v.loop, name, out))
      return true;
    break;
  case JV_MACRO:
    return macro_attribute(r, v.macro, name, out);
  case JV_NAMESPACE:
  case JV_MODULE:
    found = dict_find_str(v.dict, name);
    if (found)
      *out = *found;
    return found != NULL;
  case JV_TUPLE:
    if (v.list->is_group && (str_is(name, "grouper") || str_is(name, "list"))) {
      *out = v.list->items[str_is(name, "list")];
      return true;
    }
    break;
  case JV_CYCLER:
    if (str_is(name, "current")) {
      *out = v.list->items[v.list->at];
      return true;
    }
    break;
  default:
    break;
  }
  const JFunction *f = jinja_find_method(v, name);
  if (!f)
    return false;
  JMethod *m = arena_new(&r->arena, JMethod);
  *m = (JMethod){v, f};
  *out = (JValue){.kind = JV_METHOD, .method = m};
  return true;
}

// What v[key] finds; false where there is nothing.
static bool item(JValue v, JValue key, JValue *out) {
  if (v.kind == JV_DICT) {
    bool hashable =
        key.kind != JV_LIST && key.kind != JV_DICT && key.kind != JV_UNDEFINED;
    JValue *found = hashable ? dict_find(v.dict, key) : NULL;
    if (found)
      *out = *found;
    return found != NULL;
  }
  if (!jv_is_integer(key))
    return false;
  int64_t at = jv_as_int(key), len;
  if (v.kind == JV_STR) {
    len = (int64_t)text_length(v.s);
    at += at < 0 ? len : 0;
    if (at < 0 || at >= len)
      return false;
    size_t from = text_offset(v.s, (size_t)at), to = from;
    text_next(v.s, &to);
    *out = jv_str(str_slice(v.s, from, to));
    return true;
  }
  if (v.kind != JV_LIST && v.kind != JV_TUPLE && v.kind != JV_RANGE)
    return false;
  len = (int64_t)v.list->len;
  at += at < 0 ? len : 0;
  if (at < 0 || at >= len)
    return false;
  *out = v.list->items[at];
  return true;
}

bool jv_getattr(Run *r, JValue v, Str name, JValue *out) {
  if (!jv_check(r, v))
    return false;
  if (!attribute(r, v, name, out) && !item(v, jv_str(name), out))
    *out = missing_attribute(r, v, name);
  return true;
}

bool jv_getitem(Run *r, JValue v, JValue key, JValue *out) {
  if (!jv_check(r, v))
    return false;
  if (item(v, key, out))
    return true;
  if (key.kind == JV_STR) {
    if (!attribute(r, v, key.s, out))
      *out = missing_attribute(r, v, key.s);
    return true;
  }
  Buf text = JBUF;
  JValue shown;
  bool ok = jv_write(r, key, true, &text);
  if (!jv_take_buf(r, &text, &shown) || !ok)
    return false;
  *out = undefined(r, "%s has no element %.*s", jv_type_name(v), shown.s);
  return true;
}

// Python's slice.indices().
static bool slice_bounds(Run *r, const JValue bounds[3], int64_t len, int64_t at[3]) {
  int64_t step = bounds[2].kind == JV_NONE ? 1 : jv_as_int(bounds[2]);
  if (step == 0)
    return run_fail(r, "the step of a slice cannot be zero");
  int64_t low = step < 0 ? -1 : 0, high = step < 0 ? len - 1 : len;
  for (int i = 0; i < 2; i++) {
    int64_t b;
    if (bounds[i].kind == JV_NONE) {
      b = (i == 0) == (step > 0) ? low : high;
    } else {
      b = jv_as_int(bounds[i]);
      b += b < 0 ? len : 0;
      b = b < low ? low : b > high ? high : b;
    }
    at[i] = b;
  }
  at[2] = step;
  return true;
}

bool jv_slice(Run *r, JValue v, const JValue bounds[3], JValue *out) {
  if (!jv_check(r, v))
    return false;
  bool text = v.kind == JV_STR;
  if (!text && v.kind != JV_LIST && v.kind != JV_TUPLE && v.kind != JV_RANGE)
    return run_fail(r, "%s has no slices", jv_type_name(v));
  for (int i = 0; i < 3; i++) {
    if (bounds[i].kind != JV_NONE && !jv_is_integer(bounds[i]))
      return jv_check(r, bounds[i]) &&
             run_fail(r, "the bounds of a slice are integers, not %s",
                      jv_type_name(bounds[i]));
  }
  JList items = {0}, *result = list_new(r);
  int64_t at[3] = {0};
  if (!jv_iterate(r, v, &items) || !slice_bounds(r, bounds, (int64_t)items.len, at))
    return false;
  // step by step without passing the bound, which may be near INT64_MAX
  for (int64_t i = at[0]; at[2] > 0 ? i < at[1] : i > at[1];) {
    list_push(r, result, items.items[i]);
    if (at[2] > 0 ? at[1] - i <= at[2] : at[1] - i >= at[2])
      break;
    i += at[2];
  }
  if (!text) {
    *out = jv_list(v.kind == JV_TUPLE ? JV_TUPLE : JV_LIST, result);
    return true;
  }
  Buf joined = JBUF;
  for (size_t i = 0; i < result->len; i++)
    buf_add_str(&joined, result->items[i].s);
  return jv_take_buf(r, &joined, out);
}

bool jv_path(Run *r, JValue v, JValue path, JValue *out) {
  *out = v;
  if (path.kind == JV_ABSENT || path.kind == JV_NONE)
    return true;
  if (jv_is_integer(path))
    return jv_getitem(r, v, path, out);
  if (path.kind != JV_STR)
    return jv_check(r, path) &&
           run_fail(r, "an attribute is named by a string, not %s", jv_type_name(path));
  Str rest = path.s, part;
  while (str_next_part(&rest, '.', &part)) {
    JValue key = jv_str(part);
    bool digits = part.len && part.len < 10;
    for (size_t i = 0; digits && i < part.len; i++)
      digits = part.ptr[i] >= '0' && part.ptr[i] <= '9';
    if (digits)
      key = jv_int(atoi(arena_copy(&r->arena, part.ptr, part.len)));
    if (!jv_getitem(r, *out, key, out))
      return false;
  }
  return true;
}
