// string.c: what a string literal means. Escapes are those of "String and Bytes literals"
// in the Python language reference; unknown ones keep their backslash.
#include "python/string.h"
#include "python/chars.h"
#include "python/parse.h"
#include "python/unicode_names.h"

// The prefix and quotes of the literal at `s`.
typedef struct {
  const uint8_t *body;
  uint8_t quote;
  bool triple, raw, bytes, formatted, unicode;
} Literal;

static Literal literal_at(const uint8_t *s) {
  Literal l = {0};
  for (; *s != '"' && *s != '\''; s++) {
    switch (*s | 32) {
    case 'r':
      l.raw = true;
      break;
    case 'b':
      l.bytes = true;
      break;
    case 'u':
      l.unicode = true;
      break;
    default:
      l.formatted = true;
    }
  }
  l.quote = *s;
  l.triple = s[1] == *s && s[2] == *s;
  l.body = s + (l.triple ? 3 : 1);
  return l;
}

static int hex_digit(uint8_t c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 32;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Exactly `count` hexadecimal digits, or NULL.
static const uint8_t *hex(const uint8_t *s, const uint8_t *end, int count,
                          uint32_t *out) {
  *out = 0;
  for (int i = 0; i < count; i++, s++) {
    int digit = s < end ? hex_digit(*s) : -1;
    if (digit < 0)
      return NULL;
    *out = *out << 4 | (uint32_t)digit;
  }
  return s;
}

static const uint8_t *octal(const uint8_t *s, const uint8_t *end, uint32_t *out) {
  *out = 0;
  for (int i = 0; i < 3 && s < end && *s >= '0' && *s <= '7'; i++, s++)
    *out = *out << 3 | (uint32_t)(*s - '0');
  return s;
}

// `{NAME}` after `\N`.
static const uint8_t *named(const uint8_t *s, const uint8_t *end, uint32_t *out) {
  if (s >= end || *s != '{')
    return NULL;
  const uint8_t *close = memchr(s, '}', (size_t)(end - s));
  if (!close ||
      !unicode_by_name((Str){(const char *)s + 1, (size_t)(close - s - 1)}, out))
    return NULL;
  return close + 1;
}

static void add_char(Buf *out, bool bytes, uint32_t c) {
  if (!out)
    return;
  if (bytes)
    buf_add_char(out, (char)(c & 0xFF));
  else
    buf_add_utf8(out, c);
}

// Decodes the escape whose backslash is before `s`; `out` may be NULL. Returns what
// follows, or NULL where the escape is wrong.
static const uint8_t *escape(const uint8_t *s, const uint8_t *end, bool bytes, Buf *out) {
  static const char simple[] = "\\\\''\"\"a\ab\bf\fn\nr\rt\tv\v";
  uint32_t c = 0;
  const uint8_t *next = NULL;
  if (s >= end) { // `f"\{x}"`: nothing to escape before a replacement field
    add_char(out, true, '\\');
    return s;
  }
  if (*s == '\n')
    return s + 1;
  if (*s == '\r')
    return s + 1 + (s + 1 < end && s[1] == '\n');
  for (size_t i = 0; i + 1 < sizeof simple; i += 2)
    if (*s == (uint8_t)simple[i]) {
      add_char(out, bytes, (uint8_t)simple[i + 1]);
      return s + 1;
    }
  if (*s >= '0' && *s <= '7')
    next = octal(s, end, &c);
  else if (*s == 'x')
    next = hex(s + 1, end, 2, &c);
  else if (*s == 'u' && !bytes)
    next = hex(s + 1, end, 4, &c);
  else if (*s == 'U' && !bytes)
    next = hex(s + 1, end, 8, &c);
  else if (*s == 'N' && !bytes)
    next = named(s + 1, end, &c);
  else { // not an escape: the backslash stays
    add_char(out, true, '\\');
    return s;
  }
  if (!next || c > 0x10FFFF)
    return NULL;
  add_char(out, bytes, c);
  return next;
}

// Adds text between escapes; line endings become LF.
static void add_plain(Buf *out, const uint8_t *s, const uint8_t *end) {
  if (!out)
    return;
  while (s < end) {
    const uint8_t *cr = memchr(s, '\r', (size_t)(end - s));
    buf_add(out, s, (size_t)((cr ? cr : end) - s));
    if (!cr)
      return;
    if (cr + 1 == end || cr[1] != '\n')
      buf_add_char(out, '\n');
    s = cr + 1;
  }
}

const uint8_t *py_decode(const uint8_t *s, const uint8_t *end, PyDecode how, Buf *out) {
  while (s < end) {
    const uint8_t *from = s;
    while (s < end && !(*s == '\\' && !how.raw) &&
           !(how.formatted && (*s == '{' || *s == '}')))
      s++;
    add_plain(out, from, s);
    if (s == end)
      break;
    if (*s != '\\') { // a brace, doubled
      add_char(out, true, *s);
      s += s + 1 < end && s[1] == *s ? 2 : 1;
      continue;
    }
    const uint8_t *next = escape(s + 1, end, how.bytes, out);
    if (!next)
      return s;
    s = next;
  }
  return NULL;
}

const uint8_t *py_literal_body(const uint8_t *s, const uint8_t *end,
                               const uint8_t **body_end, PyDecode *how) {
  Literal l = literal_at(s);
  *how = (PyDecode){.raw = l.raw, .bytes = l.bytes, .unicode = l.unicode};
  *body_end = end - (l.triple ? 3 : 1);
  return l.body;
}

// The end of the plain literal at `s`.
static const uint8_t *literal_end(const uint8_t *s, const uint8_t *end) {
  Literal l = literal_at(s);
  for (s = l.body; s < end; s++) {
    if (*s == '\\')
      s++;
    else if (*s == l.quote && !l.triple)
      return s + 1;
    else if (*s == l.quote && s[1] == l.quote && s[2] == l.quote)
      return s + 3;
  }
  return end;
}

// What may stand between joined literals.
static const uint8_t *skip_between(const uint8_t *s, const uint8_t *end) {
  for (; s < end; s++) {
    if (*s == '#')
      s = chars_find_line_end(s);
    else if (*s == '"' || *s == '\'' || chars_is_word(*s))
      break;
  }
  return s;
}

bool py_str_value(const PyTree *tree, Ref str, Buf *out) {
  const PyNode *n = py_node(tree, str);
  const uint8_t *text = (const uint8_t *)tree->source->text.ptr;
  const uint8_t *s = text + n->start, *end = text + n->end;
  while (s < end) {
    const uint8_t *stop = n->flags & PYF_CONCAT ? literal_end(s, end) : end, *body_end;
    PyDecode how;
    const uint8_t *body = py_literal_body(s, stop, &body_end, &how);
    if (body > body_end || py_decode(body, body_end, how, out))
      return false;
    s = skip_between(stop, end);
  }
  return true;
}

bool py_str_part_value(const PyTree *tree, Ref part, Buf *out) {
  const PyNode *n = py_node(tree, part);
  const uint8_t *text = (const uint8_t *)tree->source->text.ptr;
  PyDecode how = {.raw = (n->flags & PYF_RAW) != 0, .formatted = true};
  return py_decode(text + n->start, text + n->end, how, out) == NULL;
}
