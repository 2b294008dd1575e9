// jinja_lex.c: the text of a template as tokens, white space control included.
//
// Outside of tags everything up to the next `{{`, `{%` or `{#` is data. How much white
// space of the data is dropped depends on the tags at both of its ends, so it is decided
// here and the parser never sees it. Source of each rule: Jinja2 3.1's lexer.
#include "gen/jinja_internal.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  Arena *arena;
  Str name, text;
  const JinjaOptions *options;
  JTokens *out;
  Err *err;
  size_t at;
  uint32_t line;
  bool line_start; // the last tag took the newline behind it, or the template begins
} Lexer;

bool jinja_syntax_error(Err *err, Str name, uint32_t line, const char *format, ...) {
  char text[700];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return err_set(err, ERR_INPUT, "%.*s:%u: syntax error: %s", STR_ARG(name), line, text);
}

static bool here(const Lexer *lx, const char *text) {
  return str_starts(str_slice(lx->text, lx->at, lx->text.len), str_from(text));
}

static void advance(Lexer *lx, size_t to) {
  for (; lx->at < to; lx->at++)
    lx->line += lx->text.ptr[lx->at] == '\n';
}

static char peek(const Lexer *lx, size_t ahead) {
  return lx->at + ahead < lx->text.len ? lx->text.ptr[lx->at + ahead] : 0;
}

static void push(Lexer *lx, JTokenKind kind, Str text) {
  vec_push(lx->out, (JToken){.kind = kind, .line = lx->line, .text = text});
}

static size_t skip_space(const Lexer *lx, size_t at) {
  while (at < lx->text.len) {
    size_t next = at;
    if (!text_is_space(text_next(lx->text, &next)))
      break;
    at = next;
  }
  return at;
}

// Data before a tag that starts with `sign` ('-', '+' or 0).
static Str strip_before(const Lexer *lx, Str data, char sign, bool is_variable) {
  if (sign == '-')
    return text_strip(data, (Str){0}, false, true);
  if (sign == '+' || !lx->options->lstrip_blocks || is_variable)
    return data;
  size_t from = data.len;
  while (from && data.ptr[from - 1] != '\n')
    from--;
  Str tail = str_slice(data, from, data.len);
  bool blank = tail.len && text_strip(tail, (Str){0}, true, false).len == 0;
  return blank && (from > 0 || lx->line_start) ? str_slice(data, 0, from) : data;
}

// The end of a tag: `close` with an optional sign before it. Gives the length of the tag
// alone, or 0, and in `*with_space` the length with what is dropped behind it.
static size_t tag_end(const Lexer *lx, const char *close, bool trim, size_t *with_space) {
  char sign = peek(lx, 0);
  size_t skip = sign == '-' || (sign == '+' && trim) ? 1 : 0;
  Str rest = str_slice(lx->text, lx->at + skip, lx->text.len);
  if (!str_starts(rest, str_from(close)))
    return 0;
  size_t end = lx->at + skip + 2;
  *with_space = end;
  if (sign == '-')
    *with_space = skip_space(lx, end);
  else if (!skip && trim && lx->options->trim_blocks && end < lx->text.len &&
           lx->text.ptr[end] == '\n')
    *with_space = end + 1;
  return end;
}

static void finish_tag(Lexer *lx, size_t to) {
  lx->line_start = to > 0 && lx->text.ptr[to - 1] == '\n';
  advance(lx, to);
}

// {# ... #}
static bool lex_comment(Lexer *lx) {
  uint32_t line = lx->line;
  if (lx->at + 2 == lx->text.len) { // nothing follows: no error there, as in Jinja2
    advance(lx, lx->text.len);
    return true;
  }
  for (advance(lx, lx->at + 2); lx->at < lx->text.len; advance(lx, lx->at + 1)) {
    size_t to;
    if (tag_end(lx, "#}", true, &to)) {
      finish_tag(lx, to);
      return true;
    }
  }
  return jinja_syntax_error(lx->err, lx->name, line, "missing end of comment tag");
}

// `{% raw %}` at the cursor: the offset behind it, or 0. `word` is raw or endraw.
static size_t raw_tag(const Lexer *lx, size_t at, const char *word, char *sign) {
  Lexer probe = *lx;
  probe.at = at + 2;
  *sign = peek(&probe, 0);
  if (*sign == '-' || *sign == '+')
    probe.at++;
  else
    *sign = 0;
  probe.at = skip_space(&probe, probe.at);
  if (!here(&probe, word))
    return 0;
  probe.at = skip_space(&probe, probe.at + strlen(word));
  size_t to;
  bool is_end = word[0] == 'e';
  return tag_end(&probe, "%}", is_end, &to) ? to : 0;
}

static bool lex_raw(Lexer *lx, size_t after) {
  uint32_t line = lx->line;
  finish_tag(lx, after);
  size_t at = lx->at;
  for (; (at = str_find(lx->text, STR("{%"), at)) != SIZE_MAX; at++) {
    char sign;
    size_t to = raw_tag(lx, at, "endraw", &sign);
    if (!to)
      continue;
    Str data = strip_before(lx, str_slice(lx->text, lx->at, at), sign, false);
    if (data.len)
      push(lx, JT_DATA, data);
    finish_tag(lx, to);
    return true;
  }
  if (lx->at == lx->text.len) // nothing follows: no error there, as in Jinja2
    return true;
  return jinja_syntax_error(lx->err, lx->name, line, "missing end of raw directive");
}

static int hex_digits(Str s, size_t at, int count, uint32_t *value) {
  *value = 0;
  for (int i = 0; i < count; i++) {
    char c = at + (size_t)i < s.len ? s.ptr[at + (size_t)i] : 0;
    int d = c >= '0' && c <= '9'   ? c - '0'
            : c >= 'a' && c <= 'f' ? c - 'a' + 10
            : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                   : -1;
    if (d < 0)
      return -1;
    *value = *value * 16 + (uint32_t)d;
  }
  return 0;
}

static bool unescape_one(Lexer *lx, Str s, size_t *at, Buf *out) {
  static const char from[] = "abfnrtv\\'\"", to[] = "\a\b\f\n\r\t\v\\'\"";
  char c = s.ptr[*at];
  const char *known = strchr(from, c);
  if (c && known) {
    buf_add_char(out, to[known - from]);
  } else if (c >= '0' && c <= '7') {
    uint32_t value = 0;
    int n = 0;
    for (; n < 3 && *at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '7'; n++)
      value = value * 8 + (uint32_t)(s.ptr[(*at)++] - '0');
    buf_add_utf8(out, value);
    return true;
  } else if (c == 'x' || c == 'u' || c == 'U') {
    int digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    uint32_t value;
    if (hex_digits(s, *at + 1, digits, &value) || value > 0x10FFFF ||
        (value >= 0xD800 && value < 0xE000))
      return jinja_syntax_error(lx->err, lx->name, lx->line,
                                "wrong \\%c escape in a string", c);
    buf_add_utf8(out, value);
    *at += (size_t)digits;
  } else if (c == 'N') {
    return jinja_syntax_error(lx->err, lx->name, lx->line,
                              "\\N{...} escapes are not supported; use \\u");
  } else if (c != '\n') {
    buf_add_char(out, '\\');
    buf_add_char(out, c);
  }
  (*at)++;
  return true;
}

// 'text' or "text", with Python's escapes.
static bool lex_string(Lexer *lx) {
  char quote = peek(lx, 0);
  size_t end = lx->at + 1;
  bool escapes = false;
  while (end < lx->text.len && lx->text.ptr[end] != quote) {
    escapes |= lx->text.ptr[end] == '\\';
    end += lx->text.ptr[end] == '\\' ? 2 : 1;
  }
  if (end >= lx->text.len)
    return jinja_syntax_error(lx->err, lx->name, lx->line, "the string is not closed");
  Str raw = str_slice(lx->text, lx->at + 1, end);
  if (escapes) {
    Buf text = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < raw.len;) {
      if (raw.ptr[i] == '\\') {
        i++;
        ok = unescape_one(lx, raw, &i, &text);
      } else {
        buf_add_char(&text, raw.ptr[i++]);
      }
    }
    raw = str_copy(lx->arena, buf_str(&text));
    buf_free(&text);
    if (!ok)
      return false;
  }
  push(lx, JT_STRING, raw);
  advance(lx, end + 1);
  return true;
}

static bool is_digit(char c, int base) {
  if (base == 16)
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  return c >= '0' && c < '0' + base;
}

// Digits with single underscores between them, copied without these.
static size_t take_digits(const Lexer *lx, size_t at, int base, Buf *out) {
  while (at < lx->text.len) {
    size_t digit = at + (out->len && lx->text.ptr[at] == '_');
    if (digit >= lx->text.len || !is_digit(lx->text.ptr[digit], base))
      break;
    buf_add_char(out, lx->text.ptr[digit]);
    at = digit + 1;
  }
  return at;
}

static size_t take_fraction(const Lexer *lx, size_t at, Buf *out, bool *is_float) {
  Lexer probe = *lx;
  probe.at = at;
  if (peek(&probe, 0) == '.' && is_digit(peek(&probe, 1), 10)) {
    buf_add_char(out, '.');
    probe.at = take_digits(lx, at + 1, 10, out);
    *is_float = true;
  }
  size_t sign = peek(&probe, 1) == '+' || peek(&probe, 1) == '-';
  if ((peek(&probe, 0) | 32) == 'e' && is_digit(peek(&probe, 1 + sign), 10)) {
    buf_add_char(out, 'e');
    if (sign)
      buf_add_char(out, peek(&probe, 1));
    probe.at = take_digits(lx, probe.at + 1 + sign, 10, out);
    *is_float = true;
  }
  return probe.at;
}

static bool lex_number(Lexer *lx) {
  char second = (char)(peek(lx, 1) | 32);
  int base = peek(lx, 0) != '0' ? 10
             : second == 'x'    ? 16
             : second == 'o'    ? 8
             : second == 'b'    ? 2
                                : 10;
  Buf digits = {0};
  size_t end = take_digits(lx, lx->at + (base != 10 ? 2 : 0), base, &digits);
  bool is_float = false;
  // In `x.1.2` the numbers are subscripts, not fractions.
  if (base == 10 && !(lx->at && lx->text.ptr[lx->at - 1] == '.'))
    end = take_fraction(lx, end, &digits, &is_float);
  push(lx, is_float ? JT_FLOAT : JT_INT, str_slice(lx->text, lx->at, end));
  JToken *t = &vec_last(lx->out);
  errno = 0;
  if (is_float)
    t->f = strtod(digits.ptr, NULL);
  else
    t->i = strtoll(buf_str(&digits).ptr, NULL, base);
  bool fits = digits.len && (is_float || errno == 0);
  buf_free(&digits);
  advance(lx, end);
  return fits || jinja_syntax_error(lx->err, lx->name, lx->line,
                                    "the number '%.*s' has no value of 64 bits",
                                    STR_ARG(t->text));
}

static bool lex_operator(Lexer *lx, Buf *open) {
  static const char *const operators[] = {
      "//", "**", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "(",
      ")",  "[",  "]",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
  for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
    if (!here(lx, operators[i]))
      continue;
    Str op = str_from(operators[i]);
    char c = op.ptr[0];
    if (strchr("([{", c)) {
      buf_add_char(open, c == '(' ? ')' : c == '[' ? ']' : '}');
    } else if (strchr(")]}", c)) {
      if (!open->len || open->ptr[open->len - 1] != c)
        return jinja_syntax_error(lx->err, lx->name, lx->line, "unexpected '%c'", c);
      open->len--;
    }
    push(lx, JT_OP, op);
    advance(lx, lx->at + op.len);
    return true;
  }
  return jinja_syntax_error(
      lx->err, lx->name, lx->line, "unexpected character '%.*s'",
      (int)(text_offset(str_slice(lx->text, lx->at, lx->text.len), 1)),
      lx->text.ptr + lx->at);
}

static size_t name_end(const Lexer *lx) {
  size_t at = lx->at;
  while (at < lx->text.len) {
    size_t next = at;
    uint32_t c = text_next(lx->text, &next);
    if (!text_is_word(c))
      break;
    at = next;
  }
  return at;
}

// What stands between `{{` and `}}`, or `{%` and `%}`.
static bool lex_tag(Lexer *lx, bool is_variable) {
  push(lx, is_variable ? JT_VAR_BEGIN : JT_BLOCK_BEGIN, (Str){0});
  advance(lx, lx->at + 2);
  if (peek(lx, 0) == '-' || peek(lx, 0) == '+')
    lx->at++;
  Buf open = {0}; // the brackets that are open, by what closes them
  bool ok = true, done = false;
  while (ok && !done) {
    advance(lx, skip_space(lx, lx->at));
    char c = peek(lx, 0);
    size_t to;
    if (lx->at >= lx->text.len) {
      ok = jinja_syntax_error(lx->err, lx->name, lx->line,
                              "unexpected end of template, expected '%s'",
                              is_variable ? "}}" : "%}");
    } else if (!open.len && tag_end(lx, is_variable ? "}}" : "%}", !is_variable, &to)) {
      push(lx, is_variable ? JT_VAR_END : JT_BLOCK_END, (Str){0});
      finish_tag(lx, to);
      done = true;
    } else if (c == '"' || c == '\'') {
      ok = lex_string(lx);
    } else if (c >= '0' && c <= '9') {
      ok = lex_number(lx);
    } else if (name_end(lx) > lx->at) {
      size_t end = name_end(lx);
      push(lx, JT_NAME, str_slice(lx->text, lx->at, end));
      lx->at = end;
    } else {
      ok = lex_operator(lx, &open);
    }
  }
  buf_free(&open);
  return ok;
}

static bool lex_data(Lexer *lx) {
  size_t at = lx->at;
  while ((at = str_find_char(lx->text, '{', at)) != SIZE_MAX &&
         !(at + 1 < lx->text.len && strchr("{%#", lx->text.ptr[at + 1]) &&
           lx->text.ptr[at + 1]))
    at++;
  if (at == SIZE_MAX) {
    if (lx->at < lx->text.len)
      push(lx, JT_DATA, str_slice(lx->text, lx->at, lx->text.len));
    advance(lx, lx->text.len);
    return true;
  }
  char kind = lx->text.ptr[at + 1];
  char sign = at + 2 < lx->text.len ? lx->text.ptr[at + 2] : 0;
  Str data = strip_before(lx, str_slice(lx->text, lx->at, at), sign, kind == '{');
  if (data.len)
    push(lx, JT_DATA, data);
  advance(lx, at);
  char raw_sign;
  size_t raw = kind == '%' ? raw_tag(lx, at, "raw", &raw_sign) : 0;
  if (raw)
    return lex_raw(lx, raw);
  return kind == '#' ? lex_comment(lx) : lex_tag(lx, kind == '{');
}

// Newlines become "\n"; the last one goes unless it is to be kept.
static Str normalise(Arena *a, Str text, bool keep_last) {
  if (memchr(text.len ? text.ptr : "", '\r', text.len)) {
    char *copy = arena_alloc(a, text.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
      if (text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n')
        continue;
      copy[n++] = text.ptr[i] == '\r' ? '\n' : text.ptr[i];
    }
    text = (Str){copy, n};
  }
  if (!keep_last && text.len && text.ptr[text.len - 1] == '\n')
    text.len--;
  return text;
}

bool jinja_lex(Arena *a, Str name, Str text, const JinjaOptions *options, JTokens *out,
               Err *err) {
  if (text.len > JINJA_MAX_TEXT)
    return err_set(err, ERR_LIMIT, "%.*s: limit: the template has more than %d bytes",
                   STR_ARG(name), JINJA_MAX_TEXT);
  Lexer lx = {.arena = a,
              .name = name,
              .text = normalise(a, text, options->keep_trailing_newline),
              .options = options,
              .out = out,
              .err = err,
              .line = 1,
              .line_start = true};
  size_t invalid = utf8_invalid_at(lx.text);
  if (invalid != SIZE_MAX) {
    advance(&lx, invalid);
    return jinja_syntax_error(err, name, lx.line, "the template is not UTF-8");
  }
  while (lx.at < lx.text.len) {
    if (!lex_data(&lx))
      return false;
  }
  push(&lx, JT_END, (Str){0});
  return true;
}
