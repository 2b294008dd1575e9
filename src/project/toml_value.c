// The scalars of TOML: strings with their escapes, numbers, booleans, dates.
#include <stdlib.h>

#include "base/buf.h"
#include "project/toml_internal.h"

static bool is_digit(int c) {
  return c >= '0' && c <= '9';
}

static int hex_value(int c) {
  if (is_digit(c))
    return c - '0';
  int lower = c | 0x20;
  return c >= 0 && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// \uXXXX or \UXXXXXXXX, the reader on the first hex digit.
static bool read_code_point(TomlReader *r, int digits, Buf *out) {
  uint32_t value = 0, start = r->at - 2;
  for (int i = 0; i < digits; i++) {
    int digit = hex_value(toml_peek(r, 0));
    if (digit < 0)
      return toml_error(r, start, r->at, "\\%c needs %d hexadecimal digits",
                        r->text[start + 1], digits);
    value = value << 4 | (uint32_t)digit;
    r->at++;
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
    return toml_error(r, start, r->at, "%.*s is not a Unicode scalar value",
                      (int)(r->at - start), r->text + start);
  buf_add_utf8(out, value);
  return true;
}

// A backslash at the end of a line takes the line ending and all blanks after it away.
static bool read_line_continuation(TomlReader *r, uint32_t start) {
  while (toml_peek(r, 0) == ' ' || toml_peek(r, 0) == '\t')
    r->at++;
  if (!toml_newline(r))
    return toml_error(r, start, r->at, "unknown escape in a string");
  for (;;) {
    uint32_t newline = toml_newline(r);
    if (newline)
      r->at += newline;
    else if (toml_peek(r, 0) == ' ' || toml_peek(r, 0) == '\t')
      r->at++;
    else
      return true;
  }
}

static bool read_escape(TomlReader *r, bool multiline, Buf *out) {
  uint32_t start = r->at++;
  int c = toml_peek(r, 0);
  static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
  const char *found = c > 0 ? memchr(from, c, sizeof from - 1) : NULL;
  if (found) {
    buf_add_char(out, to[found - from]);
    r->at++;
    return true;
  }
  if (c == 'u' || c == 'U') {
    r->at++;
    return read_code_point(r, c == 'u' ? 4 : 8, out);
  }
  if (multiline && (c == ' ' || c == '\t' || toml_newline(r)))
    return read_line_continuation(r, start);
  return toml_error(r, start, r->at, "unknown escape in a string");
}

// At a run of the delimiter in a multi-line string: three end it, up to two more before
// them belong to the text. True when the string ends.
static bool read_quote_run(TomlReader *r, char quote, Buf *out) {
  uint32_t run = 0;
  while (run < 5 && toml_peek(r, run) == quote)
    run++;
  buf_add_repeat(out, quote, run >= 3 ? run - 3 : run);
  r->at += run;
  return run >= 3;
}

// One character, escape or line ending of a string. `*done` at the closing quotes.
static bool read_string_item(TomlReader *r, uint32_t start, char quote, bool multiline,
                             Buf *out, bool *done) {
  int c = toml_peek(r, 0);
  uint32_t newline = toml_newline(r);
  if (c < 0 || (newline && !multiline))
    return toml_error(r, start, r->at, "this string is not closed");
  if (newline) {
    buf_add_char(out, '\n');
    r->at += newline;
  } else if (c == quote && multiline) {
    *done = read_quote_run(r, quote, out);
  } else if (c == quote) {
    r->at++;
    *done = true;
  } else if (c == '\\' && quote == '"') {
    return read_escape(r, multiline, out);
  } else if ((c < 0x20 && c != '\t') || c == 0x7F) {
    return toml_error(r, r->at, r->at + 1,
                      "a string cannot hold the control character U+%04X", (unsigned)c);
  } else {
    buf_add_char(out, (char)c);
    r->at++;
  }
  return true;
}

bool toml_read_string(TomlReader *r, bool multiline, Str *out) {
  uint32_t start = r->at;
  char quote = r->text[r->at];
  bool three = toml_peek(r, 1) == quote && toml_peek(r, 2) == quote;
  if (three && !multiline)
    return toml_error(r, start, r->at + 3, "a key cannot be a multi-line string");
  r->at += three ? 3 : 1;
  if (three)
    r->at += toml_newline(r); // a line ending right behind the quotes is not part of it
  // Most strings are plain: a view of the text will do.
  uint32_t plain = r->at;
  while (!three && plain < r->len && r->text[plain] != quote && r->text[plain] != '\\' &&
         (uint8_t)r->text[plain] >= 0x20 && r->text[plain] != 0x7F)
    plain++;
  if (!three && plain < r->len && r->text[plain] == quote) {
    *out = (Str){r->text + r->at, plain - r->at};
    r->at = plain + 1;
    return true;
  }
  Buf buf = {0};
  bool done = false, ok = true;
  while (ok && !done)
    ok = read_string_item(r, start, quote, three, &buf, &done);
  if (ok)
    *out = str_copy(r->arena, buf_str(&buf));
  buf_free(&buf);
  return ok;
}

// ---- dates ----------------------------------------------------------------------------

// Exactly `count` digits at `ahead`, or -1.
static int digits_at(const TomlReader *r, uint32_t ahead, uint32_t count) {
  int value = 0;
  for (uint32_t i = 0; i < count; i++) {
    int c = toml_peek(r, ahead + i);
    if (!is_digit(c))
      return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

static int days_of_month(int year, int month) {
  static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

// HH:MM:SS with an optional fraction at `ahead`; its length, or 0.
static uint32_t time_length(const TomlReader *r, uint32_t ahead) {
  int hour = digits_at(r, ahead, 2), minute = digits_at(r, ahead + 3, 2),
      second = digits_at(r, ahead + 6, 2);
  if (toml_peek(r, ahead + 2) != ':' || toml_peek(r, ahead + 5) != ':')
    return 0;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return 0;
  uint32_t len = 8;
  if (toml_peek(r, ahead + 8) == '.' && is_digit(toml_peek(r, ahead + 9)))
    for (len = 9; is_digit(toml_peek(r, ahead + len));)
      len++;
  return len;
}

static uint32_t offset_length(const TomlReader *r, uint32_t ahead) {
  int c = toml_peek(r, ahead);
  if (c == 'Z' || c == 'z')
    return 1;
  if (c != '+' && c != '-')
    return 0;
  int hour = digits_at(r, ahead + 1, 2), minute = digits_at(r, ahead + 4, 2);
  bool ok = toml_peek(r, ahead + 3) == ':' && hour >= 0 && hour <= 23 && minute >= 0 &&
            minute <= 59;
  return ok ? 6 : 0;
}

// Length of the date or time at the reader with its type, or 0.
static uint32_t date_length(const TomlReader *r, TomlType *type) {
  if (toml_peek(r, 2) == ':') {
    *type = TOML_LOCAL_TIME;
    return time_length(r, 0);
  }
  int year = digits_at(r, 0, 4), month = digits_at(r, 5, 2), day = digits_at(r, 8, 2);
  if (toml_peek(r, 4) != '-' || toml_peek(r, 7) != '-' || year < 0 || month < 1 ||
      month > 12 || day < 1 || day > days_of_month(year, month))
    return 0;
  *type = TOML_LOCAL_DATE;
  int separator = toml_peek(r, 10);
  if (separator != 'T' && separator != 't' && separator != ' ')
    return 10;
  uint32_t time = time_length(r, 11);
  if (!time)
    return 10;
  uint32_t offset = offset_length(r, 11 + time);
  *type = offset ? TOML_OFFSET_DATETIME : TOML_LOCAL_DATETIME;
  return 11 + time + offset;
}

// ---- numbers --------------------------------------------------------------------------

// Copies digits of `base` without their underscores; false where an underscore does not
// stand between two digits or there is no digit at all.
static bool copy_digits(Str s, size_t *at, int base, Buf *out) {
  size_t start = *at;
  for (; *at < s.len; (*at)++) {
    int digit = hex_value((uint8_t)s.ptr[*at]);
    if (digit >= 0 && digit < base)
      buf_add_char(out, s.ptr[*at]);
    else if (s.ptr[*at] != '_' || *at == start || s.ptr[*at - 1] == '_')
      break;
  }
  return *at > start && s.ptr[*at - 1] != '_';
}

// Digits to a number; false past 64 bits.
static bool to_integer(Str digits, int base, bool negative, int64_t *out) {
  uint64_t value = 0, limit = (uint64_t)INT64_MAX + negative;
  for (size_t i = 0; i < digits.len; i++) {
    uint64_t digit = (uint64_t)hex_value((uint8_t)digits.ptr[i]);
    if (value > (limit - digit) / (uint64_t)base)
      return false;
    value = value * (uint64_t)base + digit;
  }
  *out = negative ? (int64_t)(0 - value) : (int64_t)value;
  return true;
}

// The part behind the integer digits: `.5`, `e10`. False where it is malformed.
static bool copy_fraction(Str s, size_t *at, Buf *out, bool *is_float) {
  if (*at < s.len && s.ptr[*at] == '.') {
    *is_float = true;
    buf_add_char(out, s.ptr[(*at)++]);
    if (!copy_digits(s, at, 10, out))
      return false;
  }
  if (*at < s.len && (s.ptr[*at] | 0x20) == 'e') {
    *is_float = true;
    buf_add_char(out, s.ptr[(*at)++]);
    if (*at < s.len && (s.ptr[*at] == '+' || s.ptr[*at] == '-'))
      buf_add_char(out, s.ptr[(*at)++]);
    return copy_digits(s, at, 10, out);
  }
  return true;
}

typedef enum {
  NUMBER_OK,
  NUMBER_MALFORMED,
  NUMBER_TOO_LARGE
} NumberResult;

static NumberResult read_based(Str s, int base, Buf *digits, TomlValue *v) {
  size_t at = 2;
  if (!copy_digits(s, &at, base, digits) || at != s.len)
    return NUMBER_MALFORMED;
  v->type = TOML_INT;
  return to_integer(buf_str(digits), base, false, &v->integer) ? NUMBER_OK
                                                               : NUMBER_TOO_LARGE;
}

static NumberResult read_number(Str s, Buf *digits, TomlValue *v) {
  if (s.len > 2 && s.ptr[0] == '0' && s.ptr[1] == 'x')
    return read_based(s, 16, digits, v);
  if (s.len > 2 && s.ptr[0] == '0' && s.ptr[1] == 'o')
    return read_based(s, 8, digits, v);
  if (s.len > 2 && s.ptr[0] == '0' && s.ptr[1] == 'b')
    return read_based(s, 2, digits, v);
  size_t at = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
  bool negative = at && s.ptr[0] == '-', is_float = false;
  Str rest = str_slice(s, at, s.len);
  if (str_is(rest, "inf") || str_is(rest, "nan")) {
    v->type = TOML_FLOAT;
    v->real = strtod(rest.ptr[0] == 'i' ? "inf" : "nan", NULL);
    v->real = negative ? -v->real : v->real;
    return NUMBER_OK;
  }
  if (!copy_digits(s, &at, 10, digits) || (digits->len > 1 && digits->ptr[0] == '0'))
    return NUMBER_MALFORMED;
  size_t integer_len = digits->len;
  if (!copy_fraction(s, &at, digits, &is_float) || at != s.len)
    return NUMBER_MALFORMED;
  if (is_float) {
    v->type = TOML_FLOAT;
    v->real = strtod(digits->ptr, NULL);
    v->real = negative ? -v->real : v->real;
    return NUMBER_OK;
  }
  v->type = TOML_INT;
  return to_integer((Str){digits->ptr, integer_len}, 10, negative, &v->integer)
             ? NUMBER_OK
             : NUMBER_TOO_LARGE;
}

static bool is_word(int c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '+' || c == '-' || c == '.' || c == ':' || c >= 0x80;
}

bool toml_read_scalar(TomlReader *r, TomlValue *v) {
  uint32_t start = r->at, word = 0;
  uint32_t date = date_length(r, &v->type);
  if (date && !is_word(toml_peek(r, date))) {
    v->text = (Str){r->text + start, date};
    r->at += date;
    return true;
  }
  while (is_word(toml_peek(r, word)))
    word++;
  Str s = {r->text + start, word};
  if (!word)
    return toml_error(r, start, start + (start < r->len), "a value is missing");
  r->at += word;
  if (str_is(s, "true") || str_is(s, "false")) {
    v->type = TOML_BOOL;
    v->boolean = s.len == 4;
    return true;
  }
  Buf digits = {0};
  NumberResult result = read_number(s, &digits, v);
  buf_free(&digits);
  if (result == NUMBER_TOO_LARGE)
    return toml_error(r, start, r->at, "%.*s does not fit in 64 bits", STR_ARG(s));
  if (result == NUMBER_MALFORMED)
    return toml_error(r, start, r->at,
                      "\"%.*s\" is not a value: strings stand in quotes, dates are "
                      "YYYY-MM-DD, times HH:MM:SS",
                      (int)min_size(s.len, 60), s.ptr);
  return true;
}
