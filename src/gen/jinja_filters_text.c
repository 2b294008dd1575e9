// jinja_filters_text.c: wordwrap and tojson.
#include "gen/jinja_filters.h"

#include <math.h>

// ---- wordwrap: Python's textwrap on each line, without tabs or white space changed

typedef struct {
  Str *items;
  size_t len, capacity;
} Chunks;

static void push_chunk(Run *r, Chunks *c, Str s) {
  if (c->len == c->capacity) {
    c->capacity = c->capacity ? c->capacity * 2 : 16;
    Str *bigger = arena_array(&r->arena, Str, c->capacity);
    if (c->len)
      memcpy(bigger, c->items, c->len * sizeof *bigger);
    c->items = bigger;
  }
  c->items[c->len++] = s;
}

static bool letter_at(Str s, size_t at) {
  return at < s.len &&
         text_is_word((uint8_t)s.ptr[at] < 128 ? (uint8_t)s.ptr[at] : 'a') &&
         !(s.ptr[at] >= '0' && s.ptr[at] <= '9');
}

// A word may be parted behind a hyphen that stands between two letters on each side.
static void split_word(Run *r, Chunks *c, Str word, bool on_hyphens) {
  size_t from = 0;
  for (size_t i = 2; on_hyphens && i + 2 < word.len; i++) {
    if (word.ptr[i] == '-' && letter_at(word, i - 1) && letter_at(word, i - 2) &&
        letter_at(word, i + 1) && letter_at(word, i + 2)) {
      push_chunk(r, c, str_slice(word, from, i + 1));
      from = i + 1;
    }
  }
  push_chunk(r, c, str_slice(word, from, word.len));
}

static bool blank(Str s) {
  return text_strip(s, (Str){0}, true, false).len == 0;
}

static void split_line(Run *r, Chunks *c, Str line, bool on_hyphens) {
  for (size_t at = 0; at < line.len;) {
    size_t from = at, next = at;
    bool space = text_is_space(text_next(line, &next));
    while (at < line.len && (next = at, text_is_space(text_next(line, &next)) == space))
      at = next;
    if (space)
      push_chunk(r, c, str_slice(line, from, at));
    else
      split_word(r, c, str_slice(line, from, at), on_hyphens);
  }
}

typedef struct {
  size_t width;
  bool break_long;
  Str newline;
  bool started; // a line was written
} Wrap;

static void write_line(Wrap *w, const Str *chunks, size_t n, Buf *out) {
  if (w->started)
    buf_add_str(out, w->newline);
  w->started = true;
  for (size_t i = 0; i < n; i++)
    buf_add_str(out, chunks[i]);
}

static void wrap_chunks(Wrap *w, Chunks *c, Buf *out) {
  size_t at = 0;
  bool any_line = false;
  while (at < c->len) {
    if (any_line && blank(c->items[at])) // blanks at the start of a line go
      at++;
    size_t first = at, length = 0;
    while (at < c->len && length + text_length(c->items[at]) <= w->width)
      length += text_length(c->items[at++]);
    if (at < c->len && text_length(c->items[at]) > w->width) {
      Str word = c->items[at];
      size_t room = w->width - length;
      if (w->break_long) {
        size_t cut = text_offset(word, room);
        Str head = str_slice(word, 0, cut);
        c->items[at] = head;
        size_t n = at + 1 - first;
        while (n && blank(c->items[first + n - 1]))
          n--;
        if (n)
          write_line(w, c->items + first, n, out);
        any_line |= n > 0;
        c->items[at] = str_slice(word, cut, word.len);
        continue;
      }
      if (at == first)
        at++;
    }
    size_t n = at - first;
    while (n && blank(c->items[first + n - 1]))
      n--;
    if (n)
      write_line(w, c->items + first, n, out);
    any_line |= n > 0;
  }
}

bool filter_wordwrap(Run *r, JValue self, const JValue *args, const JArgs *all UNUSED,
                     JValue *out) {
  Str s, line;
  int64_t width;
  bool on_hyphens;
  Wrap w = {0};
  if (!want_str(r, self, &s) || !arg_int(r, args[0], 79, &width) ||
      !arg_bool(r, args[1], true, &w.break_long) ||
      !arg_text(r, args[2], "\n", &w.newline) || !arg_bool(r, args[3], true, &on_hyphens))
    return false;
  if (width <= 0)
    return run_fail(r, "wordwrap: the width is one at least");
  w.width = (size_t)width;
  Buf text = JBUF;
  bool first = true;
  for (size_t at = 0; text_next_line(s, &at, &line, false); first = false) {
    Chunks chunks = {0};
    if (!first)
      buf_add_str(&text, w.newline);
    w.started = false;
    split_line(r, &chunks, line, on_hyphens);
    wrap_chunks(&w, &chunks, &text);
  }
  return jv_take_buf(r, &text, out);
}

// ---- tojson: json.dumps(sort_keys=True) with < > & ' escaped

static void write_json_string(Str s, Buf *out) {
  static const char plain[] = "\"\\\n\r\t\b\f", short_names[] = "\"\\nrtbf";
  buf_add_char(out, '"');
  for (size_t at = 0; at < s.len;) {
    uint32_t c = text_next(s, &at);
    const char *known = c && c < 128 ? strchr(plain, (int)c) : NULL;
    if (known)
      buf_printf(out, "\\%c", short_names[known - plain]);
    else if (c < 32 || c >= 127 || c == '<' || c == '>' || c == '&' || c == '\'')
      buf_printf(out, c < 0x10000 ? "\\u%04x" : "\\u%04x\\u%04x",
                 c < 0x10000 ? c : 0xD7C0 + (c >> 10), 0xDC00 + (c & 0x3FF));
    else
      buf_add_char(out, (char)c);
  }
  buf_add_char(out, '"');
}

typedef struct {
  Run *r;
  Buf *out;
  Str indent; // no pointer: one line
} Json;

static bool write_json(Json *j, JValue v, int depth);

static void json_line(Json *j, int depth) {
  if (!j->indent.ptr)
    return;
  buf_add_char(j->out, '\n');
  for (int i = 0; i < depth && !j->out->overflow; i++)
    buf_add_str(j->out, j->indent);
}

static bool write_json_list(Json *j, const JList *list, int depth) {
  buf_add_char(j->out, '[');
  for (size_t i = 0; i < list->len; i++) {
    if (i)
      buf_add_text(j->out, j->indent.ptr ? "," : ", ");
    json_line(j, depth + 1);
    if (!write_json(j, list->items[i], depth + 1))
      return false;
  }
  if (list->len)
    json_line(j, depth);
  buf_add_char(j->out, ']');
  return true;
}

static bool write_json_dict(Json *j, const JDict *d, int depth) {
  JValue *keys = arena_array(&j->r->arena, JValue, d->len + 1);
  JValue *values = arena_array(&j->r->arena, JValue, d->len + 1);
  for (size_t i = 0; i < d->len; i++) {
    keys[i] = d->entries[i].key;
    values[i] = d->entries[i].value;
  }
  if (!jv_sort(j->r, values, keys, d->len, false))
    return false;
  buf_add_char(j->out, '{');
  for (size_t i = 0; i < d->len; i++) {
    if (i)
      buf_add_text(j->out, j->indent.ptr ? "," : ", ");
    json_line(j, depth + 1);
    if (keys[i].kind == JV_TUPLE)
      return run_fail(j->r, "a tuple cannot be a key in JSON");
    if (keys[i].kind == JV_STR) {
      write_json_string(keys[i].s, j->out);
    } else {
      buf_add_char(j->out, '"');
      if (!write_json(j, keys[i], depth))
        return false;
      buf_add_char(j->out, '"');
    }
    buf_add_text(j->out, ": ");
    if (!write_json(j, values[i], depth + 1))
      return false;
  }
  if (d->len)
    json_line(j, depth);
  buf_add_char(j->out, '}');
  return true;
}

static bool write_json(Json *j, JValue v, int depth) {
  if (depth > JINJA_MAX_NESTING)
    return run_fail_as(j->r, RUN_LIMIT, "JSON is nested more than %d levels deep",
                       JINJA_MAX_NESTING);
  switch (v.kind) {
  case JV_NONE:
    buf_add_text(j->out, "null");
    return true;
  case JV_BOOL:
    buf_add_text(j->out, v.b ? "true" : "false");
    return true;
  case JV_FLOAT:
    if (isnan(v.f) || isinf(v.f)) {
      buf_add_text(j->out, isnan(v.f) ? "NaN" : v.f > 0 ? "Infinity" : "-Infinity");
      return true;
    }
    return jv_write(j->r, v, true, j->out);
  case JV_INT:
    return jv_write(j->r, v, true, j->out);
  case JV_STR:
    write_json_string(v.s, j->out);
    return true;
  case JV_LIST:
  case JV_TUPLE:
    return run_step(j->r) && write_json_list(j, v.list, depth);
  case JV_DICT:
    return run_step(j->r) && write_json_dict(j, v.dict, depth);
  default:
    return jv_check(j->r, v) && run_fail(j->r, "%s is not JSON", jv_type_name(v));
  }
}

bool filter_tojson(Run *r, JValue self, const JValue *args, const JArgs *all UNUSED,
                   JValue *out) {
  Buf text = JBUF;
  Json j = {.r = r, .out = &text};
  JValue spaces = args[0];
  if (jv_is_integer(spaces)) {
    Buf blanks = JBUF;
    buf_add_repeat(&blanks, ' ', jv_as_int(spaces) < 0 ? 0 : (size_t)jv_as_int(spaces));
    if (!jv_take_buf(r, &blanks, &spaces))
      return false;
  }
  if (spaces.kind == JV_STR)
    j.indent = spaces.s;
  else if (jv_given(spaces) && spaces.kind != JV_NONE)
    return jv_check(r, spaces) && run_fail(r, "tojson: the indent is a number");
  bool ok = write_json(&j, self, 0);
  return jv_take_buf(r, &text, out) && ok;
}
