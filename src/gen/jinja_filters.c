// jinja_filters.c: filters of text and numbers, and the table of all filters.
//
// A filter gets its arguments by the names in its row, absent where they were not given.
#include "gen/jinja_filters.h"

#include <math.h>
#include <stdlib.h>

bool arg_text(Run *r, JValue v, const char *standard, Str *out) {
  *out = str_from(standard);
  if (!jv_given(v) || v.kind == JV_NONE)
    return true;
  return jv_check(r, v) && jv_to_str(r, v, out);
}

bool want_str(Run *r, JValue v, Str *out) {
  *out = (Str){0};
  if (v.kind != JV_STR)
    return jv_check(r, v) &&
           run_fail(r, "there is %s where a string is wanted", jv_type_name(v));
  *out = v.s;
  return true;
}

bool arg_int(Run *r, JValue v, int64_t standard, int64_t *out) {
  *out = standard;
  if (!jv_given(v))
    return true;
  if (!jv_is_integer(v))
    return jv_check(r, v) &&
           run_fail(r, "an argument is %s where an integer is wanted", jv_type_name(v));
  *out = jv_as_int(v);
  return true;
}

bool arg_bool(Run *r, JValue v, bool standard, bool *out) {
  *out = standard;
  return !jv_given(v) || jv_truth(r, v, out);
}

static bool give(JValue *out, JValue v) {
  *out = v;
  return true;
}

#define FILTER(name)                                                                     \
  static bool name(Run *r, JValue self, const JValue *args UNUSED,                       \
                   const JArgs *all UNUSED, JValue *out)

// ---- text

FILTER(f_upper) {
  Str s;
  return jv_to_str(r, self, &s) && give(out, jv_str(text_upper(r, s)));
}

FILTER(f_lower) {
  Str s;
  return jv_to_str(r, self, &s) && give(out, jv_str(text_lower(r, s)));
}

FILTER(f_capitalize) {
  Str s;
  return jv_to_str(r, self, &s) && give(out, jv_str(text_capitalize(r, s)));
}

static bool parts_words(uint32_t c) {
  return text_is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
}

FILTER(f_title) {
  Str s;
  if (!jv_to_str(r, self, &s))
    return false;
  Buf text = JBUF;
  for (size_t at = 0; at < s.len;) {
    size_t from = at, next = at;
    bool between = parts_words(text_next(s, &next));
    while (at < s.len && (next = at, parts_words(text_next(s, &next)) == between))
      at = next;
    Str part = str_slice(s, from, at);
    buf_add_str(&text, between ? part : text_capitalize(r, part));
  }
  return jv_take_buf(r, &text, out);
}

FILTER(f_trim) {
  Str s, chars = {0};
  if (!jv_to_str(r, self, &s) ||
      (jv_given(args[0]) && args[0].kind != JV_NONE && !arg_text(r, args[0], "", &chars)))
    return false;
  return give(out, jv_str(text_strip(s, chars, true, true)));
}

bool text_replace(Run *r, Str s, Str old, Str new, int64_t count, JValue *out) {
  Buf text = JBUF;
  size_t at = 0;
  for (; count != 0 && !text.overflow; count--) {
    size_t found = old.len ? str_find(s, old, at) : at;
    if (found == SIZE_MAX)
      break;
    buf_add_str(&text, str_slice(s, at, found));
    buf_add_str(&text, new);
    at = found + old.len;
    if (!old.len) { // between all characters and at both ends
      if (at >= s.len)
        break;
      size_t next = at;
      text_next(s, &next);
      buf_add_str(&text, str_slice(s, at, next));
      at = next;
    }
  }
  buf_add_str(&text, str_slice(s, at, s.len));
  return jv_take_buf(r, &text, out);
}

FILTER(f_replace) {
  Str s, old, new;
  int64_t count;
  JValue limit = args[2].kind == JV_NONE ? (JValue){0} : args[2];
  return jv_to_str(r, self, &s) && arg_text(r, args[0], "", &old) &&
         arg_text(r, args[1], "", &new) && arg_int(r, limit, -1, &count) &&
         text_replace(r, s, old, new, count, out);
}

FILTER(f_indent) {
  Str s, line, indent;
  int64_t width;
  bool first, blank;
  JValue spaces;
  if (args[0].kind == JV_STR) {
    indent = args[0].s;
  } else {
    Buf text = JBUF;
    if (!arg_int(r, args[0], 4, &width))
      return false;
    buf_add_repeat(&text, ' ', width < 0 ? 0 : (size_t)width);
    if (!jv_take_buf(r, &text, &spaces))
      return false;
    indent = spaces.s;
  }
  if (!want_str(r, self, &s) || !arg_bool(r, args[1], false, &first) ||
      !arg_bool(r, args[2], false, &blank))
    return false;
  // Jinja2 adds a newline before it splits, so a last empty line counts.
  Str more = str_format(&r->arena, "%.*s\n", STR_ARG(s));
  Buf text = JBUF;
  size_t at = 0;
  for (bool is_first = true; text_next_line(more, &at, &line, false); is_first = false) {
    if (!is_first)
      buf_add_char(&text, '\n');
    if (is_first ? first : blank || line.len)
      buf_add_str(&text, indent);
    buf_add_str(&text, line);
  }
  return jv_take_buf(r, &text, out);
}

FILTER(f_center) {
  Str s;
  int64_t width;
  if (!jv_to_str(r, self, &s) || !arg_int(r, args[0], 80, &width))
    return false;
  Buf text = JBUF;
  op_pad(&text, s, width < 0 ? 0 : (size_t)width, '^', ' ');
  return jv_take_buf(r, &text, out);
}

FILTER(f_truncate) {
  Str s, end;
  int64_t length, leeway;
  bool kill;
  if (!want_str(r, self, &s) || !arg_int(r, args[0], 255, &length) ||
      !arg_bool(r, args[1], false, &kill) || !arg_text(r, args[2], "...", &end) ||
      !arg_int(r, args[3], 5, &leeway))
    return false;
  int64_t end_len = (int64_t)text_length(end);
  if (length < end_len || leeway < 0)
    return run_fail(r, "truncate: the length is less than that of its end");
  if ((int64_t)text_length(s) - leeway <= length)
    return give(out, jv_str(s));
  Str cut = str_slice(s, 0, text_offset(s, (size_t)(length - end_len)));
  size_t space = kill ? SIZE_MAX : str_rfind_char(cut, ' ');
  if (space != SIZE_MAX)
    cut = str_slice(cut, 0, space);
  return give(out, jv_str(str_format(&r->arena, "%.*s%.*s", STR_ARG(cut), STR_ARG(end))));
}

FILTER(f_wordcount) {
  Str s;
  int64_t n = 0;
  if (!jv_to_str(r, self, &s))
    return false;
  for (size_t at = 0, in_word = 0; at < s.len;) {
    bool is = text_is_word(text_next(s, &at));
    n += is && !in_word;
    in_word = is;
  }
  return give(out, jv_int(n));
}

FILTER(f_string) {
  Str s;
  return jv_to_str(r, self, &s) && give(out, jv_str(s));
}

FILTER(f_safe) {
  return f_string(r, self, args, all, out);
}

FILTER(f_escape) {
  Str s;
  if (!jv_to_str(r, self, &s))
    return false;
  Buf text = JBUF;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    if (c == '&')
      buf_add_text(&text, "&amp;");
    else if (c == '<' || c == '>')
      buf_add_text(&text, c == '<' ? "&lt;" : "&gt;");
    else if (c == '"' || c == '\'')
      buf_add_text(&text, c == '"' ? "&#34;" : "&#39;");
    else
      buf_add_char(&text, c);
  }
  return jv_take_buf(r, &text, out);
}

FILTER(f_format) {
  Str s;
  if (!jv_to_str(r, self, &s))
    return false;
  if (all->count && all->named_count)
    return run_fail(r, "format takes positional arguments or keywords, not both");
  if (!all->named_count) {
    JList *list = list_new(r);
    for (size_t i = 0; i < all->count; i++)
      list_push(r, list, all->values[i]);
    return op_format(r, s, jv_list(JV_TUPLE, list), out);
  }
  JDict *dict = arena_new(&r->arena, JDict);
  for (size_t i = 0; i < all->named_count; i++)
    dict_put(&r->arena, dict, jv_str(all->names[i]), all->named[i]);
  return op_format(r, s, jv_dict(JV_DICT, dict), out);
}

// ---- numbers

FILTER(f_abs) {
  if (!jv_is_number(self))
    return jv_check(r, self) &&
           run_fail(r, "%s has no absolute value", jv_type_name(self));
  if (self.kind == JV_FLOAT)
    return give(out, jv_float(fabs(self.f)));
  int64_t i = jv_as_int(self);
  return i < 0 ? op_negate(r, self, out) : give(out, jv_int(i));
}

// Python's int("...", base) and float("..."): blanks around, underscores between digits.
static bool parse_int(Run *r, Str s, int base, int64_t *out) {
  s = text_strip(s, (Str){0}, true, true);
  char *text = arena_alloc(&r->arena, s.len + 1, 1), *end;
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] != '_')
      text[n++] = s.ptr[i];
    else if (!i || i + 1 == s.len || s.ptr[i - 1] == '_')
      return false;
  }
  if (!n || strchr(" \t\n", text[0]))
    return false;
  long long v = strtoll(text, &end, base);
  *out = v;
  return end == text + n && v != INT64_MAX && v != INT64_MIN;
}

static bool parse_float(Run *r, Str s, double *out) {
  s = text_strip(s, (Str){0}, true, true);
  char *text = arena_copy(&r->arena, s.ptr, s.len), *end;
  if (!s.len || strpbrk(text, "xXpP("))
    return false;
  *out = strtod(text, &end);
  return end == text + s.len;
}

FILTER(f_int) {
  int64_t base, i;
  double f;
  JValue standard = jv_given(args[0]) ? args[0] : jv_int(0);
  if (!jv_check(r, self) || !arg_int(r, args[1], 10, &base))
    return false;
  if (self.kind == JV_STR) {
    if ((base == 0 || (base >= 2 && base <= 36)) && parse_int(r, self.s, (int)base, &i))
      return give(out, jv_int(i));
    if (!parse_float(r, self.s, &f) || !(fabs(f) < 9e18))
      return give(out, standard);
    return give(out, jv_int((int64_t)f));
  }
  if (self.kind == JV_FLOAT)
    return give(out, fabs(self.f) < 9e18 ? jv_int((int64_t)self.f) : standard);
  return give(out, jv_is_integer(self) ? jv_int(jv_as_int(self)) : standard);
}

FILTER(f_float) {
  double f;
  JValue standard = jv_given(args[0]) ? args[0] : jv_float(0);
  if (!jv_check(r, self))
    return false;
  if (self.kind == JV_STR && parse_float(r, self.s, &f))
    return give(out, jv_float(f));
  return give(out, jv_is_number(self) ? jv_float(jv_as_float(self)) : standard);
}

FILTER(f_round) {
  int64_t precision;
  Str method;
  if (!jv_check(r, self) || !arg_int(r, args[0], 0, &precision) ||
      !arg_text(r, args[1], "common", &method))
    return false;
  bool common = str_is(method, "common"), ceiling = str_is(method, "ceil");
  if (!common && !ceiling && !str_is(method, "floor"))
    return run_fail(r, "round: the method is common, ceil or floor");
  if (!jv_is_number(self))
    return run_fail(r, "%s cannot be rounded", jv_type_name(self));
  double f = jv_as_float(self), scale = pow(10, (double)precision);
  if (!common) {
    f = ceiling ? ceil(f * scale) : floor(f * scale);
    return isfinite(f) ? give(out, jv_float(f / scale))
                       : run_fail(r, "this number cannot be rounded");
  }
  if (jv_is_integer(self) && precision >= 0)
    return give(out, jv_int(jv_as_int(self)));
  if (precision < 0 ||
      precision > 300) { // what is left of the point: to even, like there
    double scaled = nearbyint(f / pow(10, (double)-precision));
    f = precision > 300 ? f : scaled * pow(10, (double)-precision);
    return give(out, jv_is_integer(self) ? jv_int((int64_t)f) : jv_float(f));
  }
  Str text = str_format(&r->arena, "%.*f", (int)precision, f);
  return give(out, jv_float(strtod(text.ptr, NULL)));
}

// ---- any value

FILTER(f_default) {
  bool by_truth, is = true;
  if (!arg_bool(r, args[1], false, &by_truth))
    return false;
  if (by_truth && self.kind != JV_UNDEFINED && !jv_truth(r, self, &is))
    return false;
  if (self.kind == JV_UNDEFINED || !is)
    self = jv_given(args[0]) ? args[0] : jv_str(STR(""));
  return give(out, self);
}

FILTER(f_attr) {
  Str name;
  if (!jv_check(r, self) || !arg_text(r, args[0], "", &name))
    return false;
  if (self.kind == JV_DICT) { // attributes only: not the keys
    const JFunction *f = jinja_find_method(self, name);
    if (!f)
      return give(out, (JValue){.kind = JV_UNDEFINED,
                                .s = str_format(&r->arena, "dict has no attribute '%.*s'",
                                                STR_ARG(name))});
  }
  return jv_getattr(r, self, name, out);
}

#define ROW(name, params, required, call)                                                \
  { name, params, required, call }
static const JFunction filters[] = {
    ROW("abs", "", 0, f_abs),
    ROW("attr", "name", 1, f_attr),
    ROW("batch", "linecount,fill_with", 1, filter_batch),
    ROW("capitalize", "", 0, f_capitalize),
    ROW("center", "width", 0, f_center),
    ROW("count", "", 0, filter_length),
    ROW("d", "default_value,boolean", 0, f_default),
    ROW("default", "default_value,boolean", 0, f_default),
    ROW("dictsort", "case_sensitive,by,reverse", 0, filter_dictsort),
    ROW("e", "", 0, f_escape),
    ROW("escape", "", 0, f_escape),
    ROW("filesizeformat", "binary", 0, filter_filesizeformat),
    ROW("first", "", 0, filter_first),
    ROW("float", "default", 0, f_float),
    ROW("forceescape", "", 0, f_escape),
    ROW("format", "*", 0, f_format),
    ROW("groupby", "attribute,default,case_sensitive", 1, filter_groupby),
    ROW("indent", "width,first,blank", 0, f_indent),
    ROW("int", "default,base", 0, f_int),
    ROW("items", "", 0, filter_items),
    ROW("join", "d,attribute", 0, filter_join),
    ROW("last", "", 0, filter_last),
    ROW("length", "", 0, filter_length),
    ROW("list", "", 0, filter_list),
    ROW("lower", "", 0, f_lower),
    ROW("map", "*", 0, filter_map),
    ROW("max", "case_sensitive,attribute", 0, filter_max),
    ROW("min", "case_sensitive,attribute", 0, filter_min),
    ROW("reject", "*", 0, filter_reject),
    ROW("rejectattr", "*", 0, filter_rejectattr),
    ROW("replace", "old,new,count", 2, f_replace),
    ROW("reverse", "", 0, filter_reverse),
    ROW("round", "precision,method", 0, f_round),
    ROW("safe", "", 0, f_safe),
    ROW("select", "*", 0, filter_select),
    ROW("selectattr", "*", 0, filter_selectattr),
    ROW("slice", "slices,fill_with", 1, filter_slice),
    ROW("sort", "reverse,case_sensitive,attribute", 0, filter_sort),
    ROW("string", "", 0, f_string),
    ROW("sum", "attribute,start", 0, filter_sum),
    ROW("title", "", 0, f_title),
    ROW("tojson", "indent", 0, filter_tojson),
    ROW("trim", "chars", 0, f_trim),
    ROW("truncate", "length,killwords,end,leeway", 0, f_truncate),
    ROW("unique", "case_sensitive,attribute", 0, filter_unique),
    ROW("upper", "", 0, f_upper),
    ROW("urlencode", "", 0, filter_urlencode),
    ROW("wordcount", "", 0, f_wordcount),
    ROW("wordwrap", "width,break_long_words,wrapstring,break_on_hyphens", 0,
        filter_wordwrap),
};

const JFunction *jinja_find_filter(Str name) {
  for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
    if (str_is(name, filters[i].name))
      return &filters[i];
  }
  return NULL;
}
