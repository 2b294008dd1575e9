// The structure of TOML: lines, keys, headers, tables, arrays.
//
// The one idea: each table knows how it came to be (TomlState), because that decides who
// may still add to it. A header may extend what only other headers implied, dotted keys
// may extend what dotted keys of the same section made, nobody extends an inline table or
// an array written as a value.
#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "project/toml_internal.h"
#include "text/source.h"

enum {
  HASH_FROM = 8 // tables of more entries get a hash index
};

struct TomlState {
  uint32_t capacity;   // of entries or items
  uint32_t *slots;     // entry number + 1; NULL for small tables
  uint32_t slot_count; // a power of two
  uint32_t dotted_in;  // section whose dotted keys made or extended it, 0: none
  bool has_header;     // [it] or [[it]] was seen
  bool is_value;       // written as a value: { … } or [ … ]
};

bool toml_error(TomlReader *r, uint32_t start, uint32_t end, const char *format, ...) {
  char message[256];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  diag_add(r->diags, DIAG_ERROR, (Span){start, end}, "%s", message);
  return false;
}

// ---- tables and arrays ----------------------------------------------------------------

static TomlValue *new_value(TomlReader *r, TomlType type, Span span) {
  TomlValue *v = arena_new(r->arena, TomlValue);
  v->type = type;
  v->span = span;
  if (type == TOML_TABLE || type == TOML_ARRAY)
    v->state = arena_new(r->arena, struct TomlState);
  return v;
}

static uint32_t hash_key(Str key) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < key.len; i++)
    hash = (hash ^ (uint8_t)key.ptr[i]) * 16777619u;
  return hash;
}

static uint32_t *find_slot(const TomlValue *table, Str key) {
  const struct TomlState *s = table->state;
  uint32_t at = hash_key(key) & (s->slot_count - 1);
  while (s->slots[at] && !str_eq(table->table.entries[s->slots[at] - 1].key, key))
    at = (at + 1) & (s->slot_count - 1);
  return &s->slots[at];
}

const TomlEntry *toml_entry(const TomlValue *table, Str key) {
  if (!table || table->type != TOML_TABLE)
    return NULL;
  if (table->state->slots) {
    uint32_t number = *find_slot(table, key);
    return number ? &table->table.entries[number - 1] : NULL;
  }
  for (uint32_t i = 0; i < table->table.len; i++)
    if (str_eq(table->table.entries[i].key, key))
      return &table->table.entries[i];
  return NULL;
}

static TomlValue *get(const TomlValue *table, Str key) {
  const TomlEntry *entry = toml_entry(table, key);
  return entry ? entry->value : NULL;
}

static void index_entries(Arena *arena, TomlValue *table) {
  struct TomlState *s = table->state;
  s->slot_count = s->capacity * 2;
  s->slots = arena_array(arena, uint32_t, s->slot_count);
  for (uint32_t i = 0; i < table->table.len; i++)
    *find_slot(table, table->table.entries[i].key) = i + 1;
}

static void add_entry(Arena *arena, TomlValue *table, Str key, Span span,
                      TomlValue *value) {
  struct TomlState *s = table->state;
  if (table->table.len == s->capacity) {
    s->capacity = s->capacity ? s->capacity * 2 : 4;
    TomlEntry *grown = arena_array(arena, TomlEntry, s->capacity);
    if (table->table.len)
      memcpy(grown, table->table.entries, table->table.len * sizeof *grown);
    table->table.entries = grown;
    if (s->capacity > HASH_FROM)
      index_entries(arena, table);
  }
  if (s->slots)
    *find_slot(table, key) = table->table.len + 1;
  table->table.entries[table->table.len++] = (TomlEntry){key, span, value};
}

static void add_item(Arena *arena, TomlValue *array, TomlValue *item) {
  struct TomlState *s = array->state;
  if (array->array.len == s->capacity) {
    s->capacity = s->capacity ? s->capacity * 2 : 4;
    TomlValue **grown = arena_array(arena, TomlValue *, s->capacity);
    if (array->array.len)
      memcpy(grown, array->array.items, array->array.len * sizeof *grown);
    array->array.items = grown;
  }
  array->array.items[array->array.len++] = item;
}

// ---- blanks, comments, keys -----------------------------------------------------------

static void skip_blanks(TomlReader *r) {
  while (toml_peek(r, 0) == ' ' || toml_peek(r, 0) == '\t')
    r->at++;
}

// At `#`: to the end of the line, which stays.
static bool skip_comment(TomlReader *r) {
  if (toml_peek(r, 0) != '#')
    return true;
  while (r->at < r->len && !toml_newline(r)) {
    int c = toml_peek(r, 0);
    if ((c < 0x20 && c != '\t') || c == 0x7F)
      return toml_error(r, r->at, r->at + 1,
                        "a comment cannot hold the control character U+%04X",
                        (unsigned)c);
    r->at++;
  }
  return true;
}

// Blanks, line endings and comments between the items of an array.
static bool skip_lines(TomlReader *r) {
  for (;;) {
    skip_blanks(r);
    uint32_t newline = toml_newline(r);
    if (newline)
      r->at += newline;
    else if (toml_peek(r, 0) == '#') {
      if (!skip_comment(r))
        return false;
    } else
      return true;
  }
}

static bool end_of_line(TomlReader *r) {
  skip_blanks(r);
  if (!skip_comment(r))
    return false;
  uint32_t newline = toml_newline(r);
  r->at += newline;
  return newline || r->at == r->len ||
         toml_error(r, r->at, r->at + 1, "the line should end here");
}

static bool is_bare_key(int c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '_' || c == '-';
}

static bool read_simple_key(TomlReader *r, Str *key, Span *span) {
  int c = toml_peek(r, 0);
  span->start = r->at;
  if (c == '"' || c == '\'') {
    if (!toml_read_string(r, false, key))
      return false;
  } else {
    while (is_bare_key(toml_peek(r, 0)))
      r->at++;
    *key = (Str){r->text + span->start, r->at - span->start};
    if (!key->len)
      return toml_error(r, r->at, r->at + (r->at < r->len),
                        "a key is missing (letters, digits, _ and - need no quotes)");
  }
  span->end = r->at;
  return true;
}

// Behind part number `*parts` of a dotted key: true where another follows. One more than
// the limit is not taken: what calls finds the `.` where the key should end.
static bool next_key_part(TomlReader *r, uint32_t *parts) {
  skip_blanks(r);
  if (toml_peek(r, 0) != '.' || ++*parts >= TOML_MAX_DEPTH)
    return false;
  r->at++;
  skip_blanks(r);
  return true;
}

// ---- key = value ----------------------------------------------------------------------

static bool read_value(TomlReader *r, TomlValue **out);

// The table that the part `key` of a dotted key stands for, made when missing.
static TomlValue *enter_dotted(TomlReader *r, TomlValue *table, Str key, Span span) {
  TomlValue *child = get(table, key);
  if (!child) {
    child = new_value(r, TOML_TABLE, span);
    add_entry(r->arena, table, key, span, child);
  } else if (child->type != TOML_TABLE || child->state->is_value) {
    toml_error(r, span.start, span.end, "\"%.*s\" already has a value", STR_ARG(key));
    return NULL;
  } else if (child->state->has_header ||
             (child->state->dotted_in && child->state->dotted_in != r->section)) {
    toml_error(r, span.start, span.end, "table \"%.*s\" is already defined",
               STR_ARG(key));
    return NULL;
  }
  child->state->dotted_in = r->section;
  return child;
}

static bool read_key_value(TomlReader *r, TomlValue *table) {
  Str key;
  Span span;
  uint32_t parts = 0;
  if (!read_simple_key(r, &key, &span))
    return false;
  while (next_key_part(r, &parts)) {
    table = enter_dotted(r, table, key, span);
    if (!table || !read_simple_key(r, &key, &span))
      return false;
  }
  if (toml_peek(r, 0) != '=')
    return toml_error(r, r->at, r->at + (r->at < r->len), "expected \"=\" behind a key");
  r->at++;
  skip_blanks(r);
  if (get(table, key))
    return toml_error(r, span.start, span.end, "key \"%.*s\" is already defined",
                      STR_ARG(key));
  TomlValue *value;
  if (!read_value(r, &value))
    return false;
  add_entry(r->arena, table, key, span, value);
  return true;
}

static bool read_array(TomlReader *r, TomlValue *array) {
  uint32_t start = r->at++;
  for (;;) {
    TomlValue *item;
    if (!skip_lines(r))
      return false;
    if (toml_peek(r, 0) == ']')
      break;
    if (!read_value(r, &item))
      return false;
    add_item(r->arena, array, item);
    if (!skip_lines(r))
      return false;
    if (toml_peek(r, 0) == ']')
      break;
    if (toml_peek(r, 0) < 0)
      return toml_error(r, start, start + 1, "this array is not closed");
    if (toml_peek(r, 0) != ',')
      return toml_error(r, r->at, r->at + 1, "expected \",\" or \"]\" in an array");
    r->at++;
  }
  r->at++;
  return true;
}

static bool read_inline_table(TomlReader *r, TomlValue *table, uint32_t section) {
  uint32_t outer = r->section;
  r->at++;
  skip_blanks(r);
  if (toml_peek(r, 0) == '}') {
    r->at++;
    return true;
  }
  for (;;) {
    r->section = section;
    bool ok = read_key_value(r, table);
    r->section = outer;
    if (!ok)
      return false;
    skip_blanks(r);
    int c = toml_peek(r, 0);
    if (c != ',' && c != '}')
      return toml_error(r, r->at, r->at + (c >= 0),
                        "expected \",\" or \"}\" in an inline table (on one line)");
    r->at++;
    if (c == '}')
      return true;
    skip_blanks(r);
  }
}

static bool read_container(TomlReader *r, TomlValue *v) {
  if (r->depth == TOML_MAX_DEPTH)
    return toml_error(r, r->at, r->at + 1, "values nest deeper than %d", TOML_MAX_DEPTH);
  r->depth++;
  v->state->is_value = true;
  // Inline tables are told from sections by an odd number of their own: where they start.
  bool ok =
      v->type == TOML_ARRAY ? read_array(r, v) : read_inline_table(r, v, r->at * 2 + 1);
  r->depth--;
  return ok;
}

static bool read_value(TomlReader *r, TomlValue **out) {
  uint32_t start = r->at;
  int c = toml_peek(r, 0);
  TomlType type = c == '[' ? TOML_ARRAY : c == '{' ? TOML_TABLE : TOML_STRING;
  TomlValue *v = new_value(r, type, (Span){start, start});
  bool ok;
  if (c == '[' || c == '{')
    ok = read_container(r, v);
  else if (c == '"' || c == '\'')
    ok = toml_read_string(r, true, &v->text);
  else
    ok = toml_read_scalar(r, v);
  v->span.end = r->at;
  *out = v;
  return ok;
}

// ---- [headers] ------------------------------------------------------------------------

// The table that a part of a header before the last stands for, made when missing.
static TomlValue *enter_header(TomlReader *r, TomlValue *table, Str key, Span span) {
  TomlValue *child = get(table, key);
  if (!child) {
    child = new_value(r, TOML_TABLE, span);
    add_entry(r->arena, table, key, span, child);
  }
  if (child->type == TOML_ARRAY && !child->state->is_value)
    return child->array.items[child->array.len - 1];
  if (child->type == TOML_TABLE && !child->state->is_value)
    return child;
  toml_error(r, span.start, span.end, "\"%.*s\" already has a value", STR_ARG(key));
  return NULL;
}

static TomlValue *define_table(TomlReader *r, TomlValue *parent, Str key, Span span) {
  TomlValue *table = get(parent, key);
  if (!table) {
    table = new_value(r, TOML_TABLE, span);
    add_entry(r->arena, parent, key, span, table);
  } else if (table->type != TOML_TABLE || table->state->is_value ||
             table->state->has_header || table->state->dotted_in) {
    toml_error(r, span.start, span.end, "\"%.*s\" is already defined", STR_ARG(key));
    return NULL;
  }
  table->state->has_header = true;
  table->span = span;
  return table;
}

static TomlValue *define_array_table(TomlReader *r, TomlValue *parent, Str key,
                                     Span span) {
  TomlValue *array = get(parent, key);
  if (!array) {
    array = new_value(r, TOML_ARRAY, span);
    add_entry(r->arena, parent, key, span, array);
  } else if (array->type != TOML_ARRAY || array->state->is_value) {
    toml_error(r, span.start, span.end, "\"%.*s\" is already defined as something else",
               STR_ARG(key));
    return NULL;
  }
  TomlValue *table = new_value(r, TOML_TABLE, span);
  table->state->has_header = true;
  add_item(r->arena, array, table);
  return table;
}

// [a.b] or [[a.b]], the reader on the first bracket. NULL where it is wrong.
static TomlValue *read_header(TomlReader *r, TomlValue *root) {
  uint32_t start = r->at;
  bool array = toml_peek(r, 1) == '[';
  TomlValue *table = root;
  Str key;
  Span span;
  uint32_t parts = 0;
  r->at += array ? 2 : 1;
  skip_blanks(r);
  if (!read_simple_key(r, &key, &span))
    return NULL;
  while (next_key_part(r, &parts)) {
    table = enter_header(r, table, key, span);
    if (!table || !read_simple_key(r, &key, &span))
      return NULL;
  }
  if (!toml_looking_at(r, array ? "]]" : "]", array ? 2 : 1)) {
    toml_error(r, start, r->at, "this table header is not closed by \"%s\"",
               array ? "]]" : "]");
    return NULL;
  }
  r->at += array ? 2 : 1;
  return array ? define_array_table(r, table, key, span)
               : define_table(r, table, key, span);
}

static void skip_line(TomlReader *r) {
  while (r->at < r->len && r->text[r->at] != '\n')
    r->at++;
  r->at += r->at < r->len;
}

static void read_document(TomlReader *r, TomlValue *root) {
  TomlValue *table = root;
  while (skip_blanks(r), r->at < r->len) {
    bool ok = true;
    int c = toml_peek(r, 0);
    if (c == '[') {
      r->section += 2;
      TomlValue *header = read_header(r, root);
      // What stands below a wrong header is read into a table that nobody sees.
      table = header ? header : new_value(r, TOML_TABLE, (Span){r->at, r->at});
      ok = header != NULL;
    } else if (c != '#' && !toml_newline(r)) {
      ok = read_key_value(r, table);
    }
    if (!ok || !end_of_line(r))
      skip_line(r);
  }
}

TomlValue *toml_parse(Arena *arena, Str text, DiagSink *diags) {
  TomlReader r = {.arena = arena, .text = text.ptr, .diags = diags, .section = 2};
  TomlValue *root = new_value(&r, TOML_TABLE, (Span){0, 0});
  root->state->has_header = true;
  if (text.len > SOURCE_MAX_BYTES) {
    toml_error(&r, 0, 0, "the file is too large");
    return root;
  }
  r.len = (uint32_t)text.len;
  root->span.end = r.len;
  size_t invalid = utf8_invalid_at(text);
  if (invalid != SIZE_MAX)
    toml_error(&r, (uint32_t)invalid, (uint32_t)invalid + 1, "this byte is not UTF-8");
  if (toml_looking_at(&r, "\xEF\xBB\xBF", 3))
    r.at = 3;
  read_document(&r, root);
  return root;
}

// ---- access ---------------------------------------------------------------------------

const TomlValue *toml_get(const TomlValue *table, const char *key) {
  return get(table, str_from(key));
}

const TomlValue *toml_path(const TomlValue *table, const char *path) {
  Str rest = str_from(path), part;
  while (table && str_next_part(&rest, '.', &part))
    table = get(table, part);
  return table;
}

Str toml_str(const TomlValue *value) {
  return value && value->type == TOML_STRING ? value->text : (Str){NULL, 0};
}

void toml_position(Str text, uint32_t offset, uint32_t *line, uint32_t *column) {
  *line = *column = 1;
  for (size_t i = 0; i < min_size(offset, text.len); i++) {
    uint8_t c = (uint8_t)text.ptr[i];
    if (c == '\n') {
      ++*line;
      *column = 1;
    } else if ((c & 0xC0) != 0x80) {
      ++*column;
    }
  }
}
