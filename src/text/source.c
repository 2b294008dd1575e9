// source.c: decoding a file, and back. The encoding is found the way CPython's tokenizer
// finds it (PEP 263): a byte order mark, or a comment in the first two lines.
#include "text/source.h"

#include "base/utf8.h"
#include "base/vec.h"

// Characters of cp1252 for the bytes 80 to 9F; 0 where it has none. All other bytes are
// the code points of the same number. Source: the WHATWG and Microsoft mapping tables,
// as Python's codec has them (81, 8D, 8F, 90 and 9D are undefined).
static const uint16_t cp1252_high[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static const struct {
  const char *name; // as Python's `encodings` normalises: lower case, `_` for the rest
  Encoding encoding;
} encoding_names[] = {
    {"1252", ENCODING_CP1252},
    {"646", ENCODING_ASCII},
    {"8859", ENCODING_LATIN1},
    {"ansi_x3.4_1968", ENCODING_ASCII},
    {"ansi_x3.4_1986", ENCODING_ASCII},
    {"ansi_x3_4_1968", ENCODING_ASCII},
    {"ascii", ENCODING_ASCII},
    {"cp1252", ENCODING_CP1252},
    {"cp367", ENCODING_ASCII},
    {"cp65001", ENCODING_UTF8},
    {"cp819", ENCODING_LATIN1},
    {"csascii", ENCODING_ASCII},
    {"csisolatin1", ENCODING_LATIN1},
    {"ibm367", ENCODING_ASCII},
    {"ibm819", ENCODING_LATIN1},
    {"iso646_us", ENCODING_ASCII},
    {"iso8859", ENCODING_LATIN1},
    {"iso8859_1", ENCODING_LATIN1},
    {"iso_646.irv_1991", ENCODING_ASCII},
    {"iso_8859_1", ENCODING_LATIN1},
    {"iso_8859_1_1987", ENCODING_LATIN1},
    {"iso_ir_100", ENCODING_LATIN1},
    {"iso_ir_6", ENCODING_ASCII},
    {"l1", ENCODING_LATIN1},
    {"latin", ENCODING_LATIN1},
    {"latin1", ENCODING_LATIN1},
    {"latin_1", ENCODING_LATIN1},
    {"u8", ENCODING_UTF8},
    {"us", ENCODING_ASCII},
    {"us_ascii", ENCODING_ASCII},
    {"utf", ENCODING_UTF8},
    {"utf8", ENCODING_UTF8},
    {"utf8_ucs2", ENCODING_UTF8},
    {"utf8_ucs4", ENCODING_UTF8},
    {"utf_8", ENCODING_UTF8},
    {"utf_8_sig", ENCODING_UTF8},
    {"windows_1252", ENCODING_CP1252},
};

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}
static bool is_cookie_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '-' || c == '_' || c == '.';
}

// The encoding named by a comment line `# … coding: NAME` or `# … coding=NAME`.
static bool cookie_of_line(Str line, Str *name) {
  size_t at = 0;
  while (at < line.len && is_blank(line.ptr[at]))
    at++;
  if (at == line.len || line.ptr[at] != '#')
    return false;
  while ((at = str_find(line, STR("coding"), at)) != SIZE_MAX) {
    at += 6;
    if (at == line.len || (line.ptr[at] != ':' && line.ptr[at] != '='))
      continue;
    do
      at++;
    while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == '\t'));
    size_t end = at;
    while (end < line.len && is_cookie_char(line.ptr[end]))
      end++;
    *name = str_slice(line, at, end);
    if (name->len)
      return true;
  }
  return false;
}

static bool only_comment(Str line) {
  size_t at = 0;
  while (at < line.len && is_blank(line.ptr[at]))
    at++;
  return at == line.len || line.ptr[at] == '#';
}

static Str take_line(Str *rest) {
  size_t n = 0;
  while (n < rest->len && rest->ptr[n] != '\n' && rest->ptr[n] != '\r')
    n++;
  Str line = str_slice(*rest, 0, n);
  if (n < rest->len)
    n += rest->ptr[n] == '\r' && n + 1 < rest->len && rest->ptr[n + 1] == '\n' ? 2 : 1;
  *rest = str_slice(*rest, n, rest->len);
  return line;
}

// The cookie of the first two lines; the second counts where the first has no code.
static bool find_cookie(Str bytes, Str *name) {
  Str first = take_line(&bytes);
  if (cookie_of_line(first, name))
    return true;
  return only_comment(first) && cookie_of_line(take_line(&bytes), name);
}

// Lower case, with every run of other characters than letters, digits and dots one `_`.
static Str normal_name(Str name, char buffer[40]) {
  size_t n = 0;
  for (size_t i = 0; i < name.len && n < 39; i++) {
    char c = name.ptr[i];
    if (c >= 'A' && c <= 'Z')
      c += 'a' - 'A';
    if (c == '-')
      c = '_';
    if (c != '_' || (n && buffer[n - 1] != '_'))
      buffer[n++] = c;
  }
  buffer[n] = 0;
  return (Str){buffer, n};
}

// Editors add line-ending names (`latin-1-unix`); the tokenizer knows these two families.
static bool has_family(Str name, const char *family) {
  Str f = str_from(family);
  return str_eq(name, f) || (str_starts(name, f) && name.ptr[f.len] == '_');
}

static bool encoding_by_name(Str cookie, Encoding *out) {
  char buffer[40];
  Str name = normal_name(cookie, buffer);
  if (has_family(name, "utf_8")) {
    *out = ENCODING_UTF8;
    return true;
  }
  if (has_family(name, "latin_1") || has_family(name, "iso_8859_1") ||
      has_family(name, "iso_latin_1")) {
    *out = ENCODING_LATIN1;
    return true;
  }
  for (size_t i = 0; i < ARRAY_LEN(encoding_names); i++)
    if (str_is(name, encoding_names[i].name)) {
      *out = encoding_names[i].encoding;
      return true;
    }
  return false;
}

static uint32_t line_of(Str bytes, size_t at) {
  uint32_t line = 1;
  for (size_t i = 0; i < at; i++)
    line += bytes.ptr[i] == '\n' || (bytes.ptr[i] == '\r' && bytes.ptr[i + 1] != '\n');
  return line;
}

static bool wrong_byte(Str bytes, size_t at, const char *encoding, const char *advice,
                       Err *err) {
  return err_set(err, ERR_INPUT, "line %u: byte 0x%02x is not %s%s",
                 (unsigned)line_of(bytes, at), (unsigned)(uint8_t)bytes.ptr[at], encoding,
                 advice);
}

static bool reject_wide(Str bytes, Err *err) {
  static const struct {
    const char *name;
    Str mark;
  } marks[] = {{"utf-32", {"\xFF\xFE\0\0", 4}},
               {"utf-32", {"\0\0\xFE\xFF", 4}},
               {"utf-16", {"\xFF\xFE", 2}},
               {"utf-16", {"\xFE\xFF", 2}}};
  for (size_t i = 0; i < ARRAY_LEN(marks); i++)
    if (str_starts(bytes, marks[i].mark))
      return err_set(err, ERR_INPUT,
                     "is encoded in %s, which Python does not read as source; save it as "
                     "utf-8",
                     marks[i].name);
  return true;
}

static bool choose_encoding(Source *s, Str bytes, Err *err) {
  s->encoding = ENCODING_UTF8;
  s->has_bom = str_starts(bytes, STR("\xEF\xBB\xBF"));
  if (s->has_bom)
    bytes = str_slice(bytes, 3, bytes.len);
  Str cookie;
  if (!find_cookie(bytes, &cookie))
    return reject_wide(bytes, err);
  bool known = encoding_by_name(cookie, &s->encoding);
  char buffer[40];
  if (s->has_bom && !has_family(normal_name(cookie, buffer), "utf_8"))
    return err_set(err, ERR_INPUT,
                   "starts with a utf-8 byte order mark but its encoding comment says "
                   "`%.*s`; remove one of them",
                   STR_ARG(str_slice(cookie, 0, 40)));
  if (!known)
    return err_set(err, ERR_INPUT,
                   "its encoding comment names `%.*s`; only utf-8, ascii, latin-1 and "
                   "cp1252 are read; save it as utf-8",
                   STR_ARG(str_slice(cookie, 0, 40)));
  return true;
}

// Bytes of the UTF-8 form of one byte, or 0 where cp1252 has no such character.
static uint32_t single_byte_char(Encoding e, uint8_t byte) {
  if (e == ENCODING_CP1252 && byte >= 0x80 && byte < 0xA0)
    return cp1252_high[byte - 0x80];
  return byte;
}

static bool decode_single_byte(Source *s, Arena *arena, Str bytes, Err *err) {
  size_t size = 0;
  for (size_t i = 0; i < bytes.len; i++) {
    uint8_t byte = (uint8_t)bytes.ptr[i];
    uint32_t c = single_byte_char(s->encoding, byte);
    if (byte && !c)
      return wrong_byte(bytes, i, "a character of cp1252", "; save the file as utf-8",
                        err);
    size += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
  }
  if (size > SOURCE_MAX_BYTES)
    return err_set(err, ERR_LIMIT, "larger than %zu bytes", SOURCE_MAX_BYTES);
  char *text = arena_alloc(arena, size + SOURCE_PADDING, 1), *p = text;
  for (size_t i = 0; i < bytes.len; i++) {
    uint32_t c = single_byte_char(s->encoding, (uint8_t)bytes.ptr[i]);
    if (c < 0x80) {
      *p++ = (char)c;
      continue;
    }
    if (c >= 0x800)
      *p++ = (char)(0xE0 | c >> 12);
    *p++ = (char)(c >= 0x800 ? 0x80 | (c >> 6 & 63) : 0xC0 | c >> 6);
    *p++ = (char)(0x80 | (c & 63));
  }
  ASSERT((size_t)(p - text) == size);
  s->text = (Str){text, size};
  return true;
}

static bool check_ascii(Str bytes, Err *err) {
  for (size_t i = 0; i < bytes.len; i++)
    if ((uint8_t)bytes.ptr[i] >= 0x80)
      return wrong_byte(bytes, i, "ascii, which the encoding comment names",
                        "; name utf-8 instead", err);
  return true;
}

// `bytes` have SOURCE_PADDING zero bytes behind them and live in the arena.
static bool decode_padded(Source *s, Arena *arena, Str bytes, Err *err) {
  if (!choose_encoding(s, bytes, err))
    return false;
  s->text = bytes;
  if (s->encoding == ENCODING_LATIN1 || s->encoding == ENCODING_CP1252)
    return decode_single_byte(s, arena, bytes, err);
  if (s->encoding == ENCODING_ASCII)
    return check_ascii(bytes, err);
  size_t bad = utf8_invalid_at(bytes);
  return bad == SIZE_MAX ||
         wrong_byte(bytes, bad, "utf-8",
                    "; save the file as utf-8 or name its encoding in the first line",
                    err);
}

bool source_init(Source *s, Arena *arena, Str path, Str bytes, Err *err) {
  *s = (Source){.path = path};
  if (bytes.len > SOURCE_MAX_BYTES)
    return err_set(err, ERR_LIMIT, "%.*s: larger than %zu bytes", STR_ARG(path),
                   SOURCE_MAX_BYTES);
  char *padded = arena_alloc(arena, bytes.len + SOURCE_PADDING, 1);
  if (bytes.len)
    memcpy(padded, bytes.ptr, bytes.len);
  return decode_padded(s, arena, (Str){padded, bytes.len}, err) ||
         err_wrap(err, "%.*s", STR_ARG(path));
}

bool source_read(Source *s, Arena *arena, const char *path, Err *err) {
  *s = (Source){.path = str_copy(arena, str_from(path))};
  Str bytes;
  if (!io_read_file(arena, path, SOURCE_MAX_BYTES, SOURCE_PADDING, &bytes, &s->stamp,
                    err))
    return false;
  return decode_padded(s, arena, bytes, err) || err_wrap(err, "%s", path);
}

// The byte of a code point, or -1.
static int byte_of_char(Encoding e, uint32_t c) {
  if (c < 0x80)
    return (int)c;
  if (e == ENCODING_CP1252) {
    for (int i = 0; i < 32; i++)
      if (cp1252_high[i] == c)
        return 0x80 + i;
    return c >= 0xA0 && c <= 0xFF ? (int)c : -1;
  }
  return e == ENCODING_LATIN1 && c <= 0xFF ? (int)c : -1;
}

bool source_encode(const Source *s, Str text, Buf *out, Err *err) {
  if (s->encoding == ENCODING_UTF8) {
    buf_add_str(out, text);
    return true;
  }
  static const char *const names[] = {[ENCODING_ASCII] = "ascii",
                                      [ENCODING_LATIN1] = "latin-1",
                                      [ENCODING_CP1252] = "cp1252"};
  for (size_t i = 0; i < text.len;) {
    uint32_t c = 0;
    int n = utf8_decode(text, i, &c);
    int byte = n ? byte_of_char(s->encoding, c) : -1;
    if (byte < 0)
      return err_set(err, ERR_INPUT,
                     "%.*s: line %u: U+%04X cannot be written in %s, the file's encoding",
                     STR_ARG(s->path), (unsigned)line_of(text, i), (unsigned)c,
                     names[s->encoding]);
    buf_add_char(out, (char)byte);
    i += (size_t)n;
  }
  return true;
}

// Most texts have line feeds only.
void source_index_lines(Source *s, Arena *arena) {
  if (s->line_count)
    return;
  const char *text = s->text.ptr, *end = text + s->text.len, *at = text;
  bool feeds_only = !memchr(text, '\r', s->text.len);
  Vec(uint32_t) lines = {0};
  vec_reserve(&lines, s->text.len / 32 + 1);
  vec_push(&lines, 0);
  while (feeds_only && (at = memchr(at, '\n', (size_t)(end - at))))
    vec_push(&lines, (uint32_t)(++at - text));
  for (at = text; !feeds_only && at < end; at++)
    if (*at == '\n' || (*at == '\r' && (at + 1 == end || at[1] != '\n')))
      vec_push(&lines, (uint32_t)(at + 1 - text));
  s->lines = arena_alloc_raw(arena, lines.len * sizeof *s->lines, _Alignof(uint32_t));
  memcpy(s->lines, lines.items, lines.len * sizeof *s->lines);
  s->line_count = (uint32_t)lines.len;
  vec_free(&lines);
}

Position source_position(const Source *s, uint32_t offset) {
  ASSERT(s->line_count);
  offset = (uint32_t)min_size(offset, s->text.len);
  uint32_t low = 0, high = s->line_count; // lines[low] <= offset < lines[high]
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (s->lines[middle] <= offset)
      low = middle;
    else
      high = middle;
  }
  uint32_t column = 1;
  for (uint32_t i = s->lines[low] + (low == 0 && s->has_bom ? 3 : 0); i < offset; i++)
    column += ((uint8_t)s->text.ptr[i] & 0xC0) != 0x80;
  return (Position){low + 1, column};
}

uint32_t source_line_start(const Source *s, uint32_t line) {
  ASSERT(line >= 1 && line <= s->line_count);
  return s->lines[line - 1];
}

Str source_line(const Source *s, uint32_t line) {
  uint32_t start = source_line_start(s, line);
  size_t end = line < s->line_count ? s->lines[line] : s->text.len;
  if (end > start && s->text.ptr[end - 1] == '\n')
    end--;
  if (end > start && s->text.ptr[end - 1] == '\r')
    end--;
  return str_slice(s->text, start, end);
}
