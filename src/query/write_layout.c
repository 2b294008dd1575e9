// write_layout.c: calls broken over lines, docstrings, imports: the module as it is
// printed.
#include "query/write_internal.h"

#include <stdlib.h>

void call_add(Call *c, Str argument) {
  if (c->count < MAX_ARGUMENTS)
    c->arguments[c->count++] = argument;
}

static size_t call_length(const Call *c) {
  size_t n = c->head.len + 2;
  for (uint32_t i = 0; i < c->count; i++)
    n += c->arguments[i].len + (i ? 2 : 0);
  return n;
}

static void call_flat(Buf *out, const Call *c) {
  buf_add_str(out, c->head);
  buf_add_char(out, '(');
  for (uint32_t i = 0; i < c->count; i++) {
    buf_add_text(out, i ? ", " : "");
    buf_add_str(out, c->arguments[i]);
  }
  buf_add_char(out, ')');
}

// A call behind `before` bytes of its line: flat where it fits, else its arguments below.
static void call_opened(Buf *out, const Call *c, int indent, size_t before) {
  if (call_length(c) + (size_t)indent + before <= LINE_WIDTH) {
    call_flat(out, c);
    return;
  }
  buf_add_str(out, c->head);
  buf_add_text(out, "(\n");
  size_t inside = (size_t)indent + 4;
  for (uint32_t i = 0; i < c->count; i++)
    inside += c->arguments[i].len + (i ? 2 : 0);
  if (inside <= LINE_WIDTH) {
    buf_add_repeat(out, ' ', (size_t)indent + 4);
    for (uint32_t i = 0; i < c->count; i++) {
      buf_add_text(out, i ? ", " : "");
      buf_add_str(out, c->arguments[i]);
    }
    buf_add_char(out, '\n');
  } else {
    for (uint32_t i = 0; i < c->count; i++) {
      buf_add_repeat(out, ' ', (size_t)indent + 4);
      buf_add_str(out, c->arguments[i]);
      buf_add_text(out, ",\n");
    }
  }
  buf_add_repeat(out, ' ', (size_t)indent);
  buf_add_char(out, ')');
}

static void call_broken(Buf *out, const Call *c, int indent) {
  call_opened(out, c, indent, 0);
}

void chain_write(Buf *out, Str target, const Call *calls, uint32_t count, int indent) {
  size_t length = (size_t)indent + target.len;
  for (uint32_t i = 0; i < count; i++)
    length += call_length(&calls[i]);
  buf_add_repeat(out, ' ', (size_t)indent);
  buf_add_str(out, target);
  if (length <= LINE_WIDTH) {
    for (uint32_t i = 0; i < count; i++)
      call_flat(out, &calls[i]);
    buf_add_char(out, '\n');
    return;
  }
  if (count <= 2) { // too few links for a chain: the last call is broken
    size_t before = 0;
    for (uint32_t i = 0; i + 1 < count; i++) {
      call_flat(out, &calls[i]);
      before += call_length(&calls[i]);
    }
    call_opened(out, &calls[count - 1], indent, before + target.len);
    buf_add_char(out, '\n');
    return;
  }
  buf_add_text(out, "(\n");
  for (uint32_t i = 0; i < count; i++) {
    buf_add_repeat(out, ' ', (size_t)indent + 4);
    call_broken(out, &calls[i], indent + 4);
    buf_add_char(out, '\n');
  }
  buf_add_repeat(out, ' ', (size_t)indent);
  buf_add_text(out, ")\n");
}

// What a request quotes may hold anything: here it is words of a text, no code.
static Str docstring_words(Arena *arena, Str reading) {
  Str words = str_copy(arena, reading);
  char *p = (char *)words.ptr;
  for (size_t i = 0; i < words.len; i++)
    p[i] = (unsigned char)p[i] < ' ' ? ' ' : p[i] == '\\' || p[i] == '"' ? '\'' : p[i];
  return words;
}

Str docstring_code(Arena *arena, Str reading) {
  Buf b = {0};
  buf_add_text(&b, "    \"\"\"");
  size_t column = 7;
  Str rest = docstring_words(arena, reading), word;
  bool first = true, broken = false;
  while (str_next_part(&rest, ' ', &word)) {
    if (!word.len)
      continue;
    size_t need = word.len + (first ? 0 : 1) + (rest.len ? 0 : 4);
    if (!first && column + need > LINE_WIDTH) {
      buf_add_text(&b, "\n    ");
      column = 4;
      broken = true;
    } else if (!first) {
      buf_add_char(&b, ' ');
      column++;
    }
    buf_add_str(&b, word);
    column += word.len;
    first = false;
  }
  buf_add_text(&b, broken ? ".\n    \"\"\"\n" : ".\"\"\"\n");
  Str out = str_copy(arena, buf_str(&b));
  buf_free(&b);
  return out;
}

static int import_rank(Str module) {
  static const char *const standard[] = {"collections.abc", "datetime", "decimal",
                                         "typing"};
  for (size_t i = 0; i < ARRAY_LEN(standard); i++)
    if (str_is(module, standard[i]))
      return 0;
  return str_starts(module, STR("sqlalchemy")) ? 1 : 2;
}

// As isort sorts members: CONSTANTS, Classes, functions.
static int name_rank(Str name) {
  bool upper = name.len && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z', lower = false;
  for (size_t i = 0; i < name.len; i++)
    lower |= name.ptr[i] >= 'a' && name.ptr[i] <= 'z';
  return !upper ? 2 : lower ? 1 : 0;
}

static int by_import(const void *a, const void *b) {
  const Import *x = a, *y = b;
  int d = import_rank(x->module) - import_rank(y->module);
  d = d ? d : str_compare(x->module, y->module);
  d = d ? d : name_rank(x->name) - name_rank(y->name);
  return d ? d : str_compare(x->name, y->name);
}

static void write_import(Buf *out, const Import *list, uint32_t count) {
  size_t length = 5 + list[0].module.len + 8;
  for (uint32_t i = 0; i < count; i++)
    length += list[i].name.len + (i ? 2 : 0);
  buf_printf(out, "from %.*s import ", STR_ARG(list[0].module));
  if (length <= LINE_WIDTH) {
    for (uint32_t i = 0; i < count; i++)
      buf_printf(out, "%s%.*s", i ? ", " : "", STR_ARG(list[i].name));
    buf_add_char(out, '\n');
    return;
  }
  buf_add_text(out, "(\n");
  for (uint32_t i = 0; i < count; i++)
    buf_printf(out, "    %.*s,\n", STR_ARG(list[i].name));
  buf_add_text(out, ")\n");
}

Str module_code(Writer *w, Str function) {
  Buf b = {0};
  qsort(w->imports, w->import_count, sizeof *w->imports, by_import);
  for (uint32_t i = 0; i < w->import_count;) {
    uint32_t end = i + 1;
    while (end < w->import_count && str_eq(w->imports[end].module, w->imports[i].module))
      end++;
    if (i && import_rank(w->imports[i].module) != import_rank(w->imports[i - 1].module))
      buf_add_char(&b, '\n');
    write_import(&b, &w->imports[i], end - i);
    i = end;
  }
  for (uint32_t i = 0; i < w->table_count; i++)
    buf_printf(&b, "%s%.*s = %.*s.__table__\n", i ? "" : "\n",
               STR_ARG(table_name(w, w->tables[i])),
               STR_ARG(w->s->tables[w->tables[i]].cls));
  buf_add_text(&b, "\n\n");
  buf_add_str(&b, function);
  Str out = str_copy(w->arena, buf_str(&b));
  buf_free(&b);
  return out;
}
