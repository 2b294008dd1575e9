// jinja_ops.c: operators, as Python defines them on the values there are, and `%`.
#include "gen/jinja_internal.h"

#include <math.h>
#include <stdio.h>

static bool too_large(Run *r) {
  return run_fail_as(r, RUN_LIMIT, "an integer does not fit into 64 bits");
}

static bool divide_by_zero(Run *r) {
  return run_fail(r, "division by zero");
}

static bool int_power(Run *r, int64_t base, int64_t exponent, JValue *out) {
  if (exponent < 0) {
    if (base == 0)
      return divide_by_zero(r);
    *out = jv_float(pow((double)base, (double)exponent));
    return true;
  }
  int64_t result = 1;
  if (base == 0 || base == 1 || base == -1) {
    *out = jv_int(base == -1 && exponent % 2 == 0 ? 1 : exponent ? base : 1);
    return true;
  }
  for (; exponent; exponent--) { // at most 63 rounds before it is too large
    if (__builtin_mul_overflow(result, base, &result))
      return too_large(r);
  }
  *out = jv_int(result);
  return true;
}

static bool int_op(Run *r, JOp op, int64_t a, int64_t b, JValue *out) {
  int64_t v = 0;
  bool overflow = false;
  switch (op) {
  case JOP_ADD:
    overflow = __builtin_add_overflow(a, b, &v);
    break;
  case JOP_SUB:
    overflow = __builtin_sub_overflow(a, b, &v);
    break;
  case JOP_MUL:
    overflow = __builtin_mul_overflow(a, b, &v);
    break;
  case JOP_POW:
    return int_power(r, a, b, out);
  case JOP_DIV:
    if (b == 0)
      return divide_by_zero(r);
    *out = jv_float((double)a / (double)b);
    return true;
  default: // floor division and its rest
    if (b == 0)
      return divide_by_zero(r);
    if (a == INT64_MIN && b == -1) {
      overflow = op == JOP_FLOORDIV;
      break;
    }
    v = op == JOP_FLOORDIV ? a / b : a % b;
    if (a % b != 0 && (a < 0) != (b < 0))
      v += op == JOP_FLOORDIV ? -1 : b;
  }
  if (overflow)
    return too_large(r);
  *out = jv_int(v);
  return true;
}

static bool float_op(Run *r, JOp op, double a, double b, JValue *out) {
  double v = 0, rest;
  if (b == 0 && (op == JOP_DIV || op == JOP_FLOORDIV || op == JOP_MOD))
    return divide_by_zero(r);
  switch (op) {
  case JOP_ADD:
    v = a + b;
    break;
  case JOP_SUB:
    v = a - b;
    break;
  case JOP_MUL:
    v = a * b;
    break;
  case JOP_DIV:
    v = a / b;
    break;
  case JOP_POW:
    if ((a == 0 && b < 0) || (a < 0 && b != floor(b)))
      return run_fail(r, "this power is not a real number");
    v = pow(a, b);
    if (isinf(v) && isfinite(a) && isfinite(b))
      return run_fail(r, "the result is too large for a float");
    break;
  default: // float_divmod of CPython
    rest = fmod(a, b);
    v = (a - rest) / b;
    if (rest != 0 && (b < 0) != (rest < 0)) {
      rest += b;
      v -= 1;
    }
    if (rest == 0)
      rest = copysign(0.0, b);
    double whole = floor(v);
    whole += v - whole > 0.5 ? 1 : 0;
    v = op == JOP_MOD ? rest : v != 0 ? whole : copysign(0.0, a / b);
  }
  *out = jv_float(v);
  return true;
}

static bool repeat(Run *r, JValue v, JValue times, JValue *out) {
  int64_t n = jv_as_int(times) < 0 ? 0 : jv_as_int(times);
  if (v.kind == JV_STR) {
    if (v.s.len && n > JINJA_MAX_TEXT / (int64_t)v.s.len)
      return run_fail_as(r, RUN_LIMIT, "a text has more than %d bytes", JINJA_MAX_TEXT);
    Buf text = JBUF;
    for (int64_t i = 0; v.s.len && i < n; i++)
      buf_add_str(&text, v.s);
    return jv_take_buf(r, &text, out);
  }
  JList *list = list_new(r);
  size_t len = v.list->len;
  if (len && n > JINJA_MAX_STEPS / (int64_t)len)
    return run_fail_as(r, RUN_LIMIT, "a list has more than %d items", JINJA_MAX_STEPS);
  for (int64_t i = 0; len && i < n; i++) {
    for (size_t k = 0; k < len; k++)
      list_push(r, list, v.list->items[k]);
    r->steps += len;
    if (!run_step(r))
      return false;
  }
  *out = jv_list(v.kind, list);
  return true;
}

static bool is_repeatable(JValue v) {
  return v.kind == JV_STR || v.kind == JV_LIST || v.kind == JV_TUPLE;
}

static bool add_sequences(Run *r, JValue a, JValue b, JValue *out) {
  if (a.kind == JV_STR) {
    Buf text = JBUF;
    buf_add_str(&text, a.s);
    buf_add_str(&text, b.s);
    return jv_take_buf(r, &text, out);
  }
  JList *list = list_new(r);
  for (size_t i = 0; i < a.list->len; i++)
    list_push(r, list, a.list->items[i]);
  for (size_t i = 0; i < b.list->len; i++)
    list_push(r, list, b.list->items[i]);
  r->steps += list->len;
  *out = jv_list(a.kind, list);
  return run_step(r);
}

bool op_binary(Run *r, JOp op, JValue a, JValue b, JValue *out) {
  static const char *const names[] = {"+", "-", "*", "/", "//", "%", "**"};
  if (!jv_check(r, a) || (!(op == JOP_MOD && a.kind == JV_STR) && !jv_check(r, b)))
    return false;
  if (jv_is_integer(a) && jv_is_integer(b))
    return int_op(r, op, jv_as_int(a), jv_as_int(b), out);
  if (jv_is_number(a) && jv_is_number(b))
    return float_op(r, op, jv_as_float(a), jv_as_float(b), out);
  if (op == JOP_ADD && is_repeatable(a) && a.kind == b.kind)
    return add_sequences(r, a, b, out);
  if (op == JOP_MUL && is_repeatable(a) && jv_is_integer(b))
    return repeat(r, a, b, out);
  if (op == JOP_MUL && is_repeatable(b) && jv_is_integer(a))
    return repeat(r, b, a, out);
  if (op == JOP_MOD && a.kind == JV_STR)
    return op_format(r, a.s, b, out);
  return run_fail(r, "'%s' is not defined between %s and %s", names[op], jv_type_name(a),
                  jv_type_name(b));
}

bool op_compare(Run *r, JOp op, JValue a, JValue b, bool *out) {
  bool ok;
  switch (op) {
  case JOP_EQ:
    return jv_equal(r, a, b, out);
  case JOP_NE:
    ok = jv_equal(r, a, b, out);
    *out = !*out;
    return ok;
  case JOP_LT:
  case JOP_LE:
    return jv_less(r, a, b, op == JOP_LE, out);
  case JOP_GT:
  case JOP_GE:
    return jv_less(r, b, a, op == JOP_GE, out);
  case JOP_IN:
    return jv_contains(r, b, a, out);
  default:
    ok = jv_contains(r, b, a, out);
    *out = !*out;
    return ok;
  }
}

bool op_negate(Run *r, JValue v, JValue *out) {
  if (v.kind == JV_FLOAT) {
    *out = jv_float(-v.f);
    return true;
  }
  if (jv_is_integer(v))
    return int_op(r, JOP_SUB, 0, jv_as_int(v), out);
  return jv_check(r, v) && run_fail(r, "%s has no sign", jv_type_name(v));
}

// ---- "..." % args

typedef struct {
  bool left, zero, plus, space, alternate;
  int64_t width, precision; // precision -1: not given
  char conversion;
} Spec;

typedef struct {
  Run *r;
  JValue args;
  size_t at; // the next argument of a tuple
  bool used_mapping;
} Feed;

void op_pad(Buf *out, Str text, size_t width, char align, uint32_t fill) {
  size_t len = text_length(text), more = width > len ? width - len : 0;
  // str.center: the odd one goes left where the width is odd
  size_t left = align == '>' ? more : align == '<' ? 0 : more / 2 + (more & width & 1);
  if (more > JINJA_MAX_TEXT) {
    out->overflow = true;
    return;
  }
  for (size_t i = 0; i < left; i++)
    buf_add_utf8(out, fill);
  buf_add_str(out, text);
  for (size_t i = left; i < more; i++)
    buf_add_utf8(out, fill);
}

static bool next_argument(Feed *f, JValue *out) {
  if (f->args.kind == JV_TUPLE) {
    if (f->at >= f->args.list->len)
      return run_fail(f->r, "not enough arguments for the format");
    *out = f->args.list->items[f->at++];
    return true;
  }
  if (f->at++)
    return run_fail(f->r, "not enough arguments for the format");
  *out = f->args;
  return true;
}

static bool read_number(Feed *f, Str s, size_t *at, int64_t *out) {
  if (*at < s.len && s.ptr[*at] == '*') {
    JValue v;
    ++*at;
    if (!next_argument(f, &v))
      return false;
    if (!jv_is_integer(v))
      return run_fail(f->r, "'*' in a format needs an integer");
    *out = jv_as_int(v);
    return true;
  }
  int64_t n = 0;
  for (; *at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9'; ++*at) {
    n = n * 10 + (s.ptr[*at] - '0');
    if (n > JINJA_MAX_TEXT)
      return run_fail_as(f->r, RUN_LIMIT, "a text has more than %d bytes",
                         JINJA_MAX_TEXT);
  }
  *out = n;
  return true;
}

static bool read_spec(Feed *f, Str s, size_t *at, Spec *spec) {
  *spec = (Spec){.precision = -1};
  for (; *at < s.len; ++*at) {
    char c = s.ptr[*at];
    spec->left |= c == '-';
    spec->zero |= c == '0';
    spec->plus |= c == '+';
    spec->space |= c == ' ';
    spec->alternate |= c == '#';
    if (!strchr("-0+ #", c) || !c)
      break;
  }
  if (!read_number(f, s, at, &spec->width))
    return false;
  if (spec->width < 0) {
    spec->left = true;
    spec->width = spec->width == INT64_MIN ? INT64_MAX : -spec->width;
  }
  if (*at < s.len && s.ptr[*at] == '.') {
    ++*at;
    if (!read_number(f, s, at, &spec->precision))
      return false;
    if (spec->precision < 0)
      spec->precision = 0;
  }
  while (*at < s.len && strchr("hlL", s.ptr[*at]) && s.ptr[*at])
    ++*at;
  if (*at >= s.len)
    return run_fail(f->r, "the format ends within a field");
  spec->conversion = s.ptr[(*at)++];
  return true;
}

static void pad_number(Buf *out, const Spec *spec, bool negative, const char *prefix,
                       const char *digits) {
  char sign[4] = {0};
  size_t n = 0;
  if (negative || spec->plus || spec->space)
    sign[n++] = negative ? '-' : spec->plus ? '+' : ' ';
  Buf text = {0};
  int64_t fixed = (int64_t)(n + strlen(prefix) + strlen(digits));
  buf_add_text(&text, sign);
  buf_add_text(&text, prefix);
  if (spec->zero && !spec->left && spec->width > fixed && spec->width < JINJA_MAX_TEXT)
    buf_add_repeat(&text, '0', (size_t)(spec->width - fixed));
  buf_add_text(&text, digits);
  op_pad(out, buf_str(&text), (size_t)spec->width, spec->left ? '<' : '>', ' ');
  buf_free(&text);
}

static bool format_integer(Run *r, const Spec *spec, JValue v, Buf *out) {
  char digits[400];
  char c = spec->conversion;
  if (v.kind == JV_FLOAT && strchr("diu", c)) {
    if (!(fabs(v.f) < 9e18))
      return run_fail(r, "the float is too large for %%%c", c);
    v = jv_int((int64_t)v.f);
  }
  if (!jv_is_integer(v))
    return jv_check(r, v) &&
           run_fail(r, "%%%c needs a number, not %s", c, jv_type_name(v));
  int64_t i = jv_as_int(v);
  uint64_t magnitude = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
  int precision = (int)(spec->precision > 300 ? 300
                        : spec->precision < 0 ? 1
                                              : spec->precision);
  snprintf(digits, sizeof digits,
           c == 'x'   ? "%.*llx"
           : c == 'X' ? "%.*llX"
           : c == 'o' ? "%.*llo"
                      : "%.*llu",
           precision, (unsigned long long)magnitude);
  const char *prefix = !spec->alternate ? ""
                       : c == 'x'       ? "0x"
                       : c == 'X'       ? "0X"
                       : c == 'o'       ? "0o"
                                        : "";
  pad_number(out, spec, i < 0, prefix, digits[0] ? digits : "0");
  return true;
}

static bool format_float(Run *r, const Spec *spec, JValue v, Buf *out) {
  char digits[800], format[] = "%.*f";
  if (!jv_is_number(v))
    return jv_check(r, v) &&
           run_fail(r, "%%%c needs a number, not %s", spec->conversion, jv_type_name(v));
  format[3] = spec->conversion;
  int precision = spec->precision < 0     ? 6
                  : spec->precision > 300 ? 300
                                          : (int)spec->precision;
  double f = jv_as_float(v);
  snprintf(digits, sizeof digits, format, precision, fabs(f));
  pad_number(out, spec, signbit(f) && !isnan(f), "", digits);
  return true;
}

static bool format_field(Run *r, const Spec *spec, JValue v, Buf *out) {
  char c = spec->conversion;
  if (strchr("diuxXo", c))
    return format_integer(r, spec, v, out);
  if (strchr("fFeEgG", c))
    return format_float(r, spec, v, out);
  Buf text = JBUF;
  bool ok = true;
  if (c == 'c' && jv_is_integer(v) && jv_as_int(v) >= 0 && jv_as_int(v) < 0x110000)
    buf_add_utf8(&text, (uint32_t)jv_as_int(v));
  else if (c == 'c' && !(v.kind == JV_STR && text_length(v.s) == 1))
    ok = run_fail(r, "%%c needs one character");
  else if (c == 's' || c == 'r' || c == 'a' || c == 'c')
    ok = jv_write(r, v, c == 'r' || c == 'a', &text);
  else
    ok = run_fail(r, "'%c' is not a conversion of a format", c);
  Str s = buf_str(&text);
  if (spec->precision >= 0)
    s = str_slice(s, 0, text_offset(s, (size_t)spec->precision));
  if (ok)
    op_pad(out, s, (size_t)spec->width, spec->left ? '<' : '>', ' ');
  out->overflow |= text.overflow;
  buf_free(&text);
  return ok;
}

// %(name)s
static bool mapped_argument(Feed *f, Str s, size_t *at, JValue *out) {
  size_t end = str_find_char(s, ')', *at);
  if (f->args.kind != JV_DICT)
    return run_fail(f->r, "%%(name) in a format needs a dict");
  if (end == SIZE_MAX)
    return run_fail(f->r, "the format ends within a name");
  Str key = str_slice(s, *at + 1, end);
  JValue *found = dict_find_str(f->args.dict, key);
  if (!found)
    return run_fail(f->r, "the format names '%.*s', which is not there", STR_ARG(key));
  *out = *found;
  *at = end + 1;
  f->used_mapping = true;
  return true;
}

bool op_format(Run *r, Str s, JValue args, JValue *out) {
  Feed feed = {.r = r, .args = args};
  Buf text = JBUF;
  bool ok = true;
  for (size_t at = 0; ok && at < s.len;) {
    size_t end = str_find_char(s, '%', at);
    buf_add_str(&text, str_slice(s, at, min_size(end, s.len)));
    if (end == SIZE_MAX)
      break;
    at = end + 1;
    Spec spec;
    JValue v = {0};
    bool mapped = at < s.len && s.ptr[at] == '(';
    ok = (!mapped || mapped_argument(&feed, s, &at, &v)) &&
         read_spec(&feed, s, &at, &spec);
    if (ok && spec.conversion == '%')
      buf_add_char(&text, '%');
    else if (ok)
      ok = (mapped || next_argument(&feed, &v)) && format_field(r, &spec, v, &text);
  }
  bool all = args.kind == JV_TUPLE
                 ? feed.at == args.list->len
                 : feed.at || args.kind == JV_DICT || args.kind == JV_LIST ||
                       args.kind == JV_UNDEFINED; // which can be asked for items too
  if (ok && !all)
    ok = run_fail(r, "not all arguments are used by the format");
  if (!ok) {
    buf_free(&text);
    return false;
  }
  return jv_take_buf(r, &text, out);
}
