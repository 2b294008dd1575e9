// jinja_methods.c: methods of strings, lists, dicts and loops, and the functions that
// every template knows (range, dict, namespace, cycler, joiner).
#include "gen/jinja_filters.h"

#include <stdlib.h>

#define METHOD(name)                                                                     \
  static bool name(Run *r UNUSED, JValue self, const JValue *args UNUSED,                \
                   const JArgs *all UNUSED, JValue *out)

static bool give(JValue *out, JValue v) {
  *out = v;
  return true;
}

static bool give_bool(JValue *out, bool is) {
  return give(out, jv_bool(is));
}

// ---- str

METHOD(s_upper) {
  return give(out, jv_str(text_upper(r, self.s)));
}
METHOD(s_lower) {
  return give(out, jv_str(text_lower(r, self.s)));
}
METHOD(s_capitalize) {
  return give(out, jv_str(text_capitalize(r, self.s)));
}

// str.title: every run of letters
METHOD(s_title) {
  Buf text = JBUF;
  for (size_t at = 0; at < self.s.len;) {
    size_t from = at, next = at;
    bool letters = text_is_alpha(text_next(self.s, &next));
    while (at < self.s.len &&
           (next = at, text_is_alpha(text_next(self.s, &next)) == letters))
      at = next;
    Str part = str_slice(self.s, from, at);
    buf_add_str(&text, letters ? text_capitalize(r, part) : part);
  }
  return jv_take_buf(r, &text, out);
}

static bool strip(Run *r, JValue self, JValue chars, bool left, bool right, JValue *out) {
  Str set = {0};
  if (jv_given(chars) && chars.kind != JV_NONE && !want_str(r, chars, &set))
    return false;
  return give(out, jv_str(text_strip(self.s, set, left, right)));
}

METHOD(s_strip) {
  return strip(r, self, args[0], true, true, out);
}
METHOD(s_lstrip) {
  return strip(r, self, args[0], true, false, out);
}
METHOD(s_rstrip) {
  return strip(r, self, args[0], false, true, out);
}

static bool affix(Run *r, JValue self, JValue affixes, bool start, JValue *out) {
  JList one = {.items = &affixes, .len = 1};
  const JList *list = affixes.kind == JV_TUPLE ? affixes.list : &one;
  bool is = false;
  for (size_t i = 0; !is && i < list->len; i++) {
    Str s = {0};
    if (!want_str(r, list->items[i], &s))
      return false;
    is = start ? str_starts(self.s, s) : str_ends(self.s, s);
  }
  return give_bool(out, is);
}

METHOD(s_startswith) {
  return affix(r, self, args[0], true, out);
}
METHOD(s_endswith) {
  return affix(r, self, args[0], false, out);
}

METHOD(s_removeprefix) {
  Str s = {0};
  if (!want_str(r, args[0], &s))
    return false;
  return give(out,
              jv_str(str_slice(self.s, str_starts(self.s, s) ? s.len : 0, SIZE_MAX)));
}

METHOD(s_removesuffix) {
  Str s = {0};
  if (!want_str(r, args[0], &s))
    return false;
  return give(
      out, jv_str(str_slice(self.s, 0, self.s.len - (str_ends(self.s, s) ? s.len : 0))));
}

METHOD(s_replace) {
  Str old = {0}, new = {0};
  int64_t count;
  return want_str(r, args[0], &old) && want_str(r, args[1], &new) &&
         arg_int(r, args[2], -1, &count) && text_replace(r, self.s, old, new, count, out);
}

static void split_at_spaces(Run *r, Str s, int64_t count, JList *list) {
  for (;;) {
    s = text_strip(s, (Str){0}, true, false);
    if (!s.len)
      return;
    size_t at = 0, next = 0;
    while (at < s.len && !text_is_space(text_next(s, &next)))
      at = next;
    if (count-- == 0)
      at = text_strip(s, (Str){0}, false, true).len;
    list_push(r, list, jv_str(str_slice(s, 0, at)));
    if (count < -1 && count > INT64_MIN / 2 && at == s.len)
      return;
    s = str_slice(s, at, s.len);
  }
}

METHOD(s_split) {
  JList *list = list_new(r);
  int64_t count;
  Str by = {0}, rest = self.s;
  if (!arg_int(r, args[1], -1, &count))
    return false;
  if (!jv_given(args[0]) || args[0].kind == JV_NONE) {
    split_at_spaces(r, self.s, count < 0 ? INT64_MAX : count, list);
    return give(out, jv_list(JV_LIST, list));
  }
  if (!want_str(r, args[0], &by))
    return false;
  if (!by.len)
    return run_fail(r, "split needs a separator that is not empty");
  for (size_t at; count != 0 && (at = str_find(rest, by, 0)) != SIZE_MAX; count--) {
    list_push(r, list, jv_str(str_slice(rest, 0, at)));
    rest = str_slice(rest, at + by.len, rest.len);
  }
  list_push(r, list, jv_str(rest));
  return give(out, jv_list(JV_LIST, list));
}

static size_t rfind(Str s, Str what) {
  for (size_t at = s.len - min_size(what.len, s.len) + 1; at-- > 0;) {
    if (str_starts(str_slice(s, at, s.len), what))
      return at;
  }
  return SIZE_MAX;
}

METHOD(s_rsplit) {
  JList *list = list_new(r);
  int64_t count;
  Str by = {0}, rest = self.s;
  if (!want_str(r, args[0], &by) || !arg_int(r, args[1], -1, &count))
    return false;
  if (!by.len)
    return run_fail(r, "rsplit needs a separator that is not empty");
  for (size_t at; count != 0 && (at = rfind(rest, by)) != SIZE_MAX; count--) {
    list_push(r, list, jv_str(str_slice(rest, at + by.len, rest.len)));
    rest = str_slice(rest, 0, at);
  }
  list_push(r, list, jv_str(rest));
  for (size_t i = 0, j = list->len; i + 1 < j; i++) {
    JValue v = list->items[i];
    list->items[i] = list->items[--j];
    list->items[j] = v;
  }
  return give(out, jv_list(JV_LIST, list));
}

METHOD(s_splitlines) {
  JList *list = list_new(r);
  bool keep;
  Str line;
  if (!arg_bool(r, args[0], false, &keep))
    return false;
  for (size_t at = 0; text_next_line(self.s, &at, &line, keep);)
    list_push(r, list, jv_str(line));
  return give(out, jv_list(JV_LIST, list));
}

static bool partition(Run *r, JValue self, JValue by, bool last, JValue *out) {
  Str s = {0};
  if (!want_str(r, by, &s))
    return false;
  if (!s.len)
    return run_fail(r, "partition needs a separator that is not empty");
  size_t at = last ? rfind(self.s, s) : str_find(self.s, s, 0);
  JList *list = list_new(r);
  bool none = at == SIZE_MAX;
  list_push(r, list, none && last ? jv_str(STR("")) : jv_str(str_slice(self.s, 0, at)));
  list_push(r, list, jv_str(none ? STR("") : s));
  list_push(r, list,
            none ? jv_str(last ? self.s : STR(""))
                 : jv_str(str_slice(self.s, at + s.len, self.s.len)));
  return give(out, jv_list(JV_TUPLE, list));
}

METHOD(s_partition) {
  return partition(r, self, args[0], false, out);
}
METHOD(s_rpartition) {
  return partition(r, self, args[0], true, out);
}

METHOD(s_join) {
  JList items;
  Str s = {0};
  if (!jv_iterate(r, args[0], &items))
    return false;
  Buf text = JBUF;
  for (size_t i = 0; i < items.len; i++) {
    if (i)
      buf_add_str(&text, self.s);
    if (!want_str(r, items.items[i], &s)) {
      buf_free(&text);
      return false;
    }
    buf_add_str(&text, s);
  }
  return jv_take_buf(r, &text, out);
}

static bool find(Run *r, JValue self, JValue what, bool last, int64_t *out) {
  Str s = {0};
  if (!want_str(r, what, &s))
    return false;
  size_t at = last ? rfind(self.s, s) : str_find(self.s, s, 0);
  *out = at == SIZE_MAX ? -1 : (int64_t)text_length(str_slice(self.s, 0, at));
  return true;
}

METHOD(s_find) {
  int64_t at;
  return find(r, self, args[0], false, &at) && give(out, jv_int(at));
}
METHOD(s_rfind) {
  int64_t at;
  return find(r, self, args[0], true, &at) && give(out, jv_int(at));
}
METHOD(s_index) {
  int64_t at;
  if (!find(r, self, args[0], false, &at))
    return false;
  return at < 0 ? run_fail(r, "the substring is not found") : give(out, jv_int(at));
}

METHOD(s_count) {
  Str s = {0};
  int64_t n = 0;
  if (!want_str(r, args[0], &s))
    return false;
  if (!s.len)
    return give(out, jv_int((int64_t)text_length(self.s) + 1));
  for (size_t at = 0; (at = str_find(self.s, s, at)) != SIZE_MAX; at += s.len)
    n++;
  return give(out, jv_int(n));
}

static bool every(Str s, bool (*is)(uint32_t)) {
  for (size_t at = 0; at < s.len;) {
    if (!is(text_next(s, &at)))
      return false;
  }
  return s.len > 0;
}

static bool is_digit(uint32_t c) {
  return text_is_word(c) && !text_is_alpha(c) && c != '_';
}
static bool is_alnum(uint32_t c) {
  return text_is_alpha(c) || is_digit(c);
}

METHOD(s_isdigit) {
  return give_bool(out, every(self.s, is_digit));
}
METHOD(s_isalpha) {
  return give_bool(out, every(self.s, text_is_alpha));
}
METHOD(s_isalnum) {
  return give_bool(out, every(self.s, is_alnum));
}
METHOD(s_isspace) {
  return give_bool(out, every(self.s, text_is_space));
}
METHOD(s_isidentifier) {
  size_t at = 0;
  bool start = self.s.len && !is_digit(text_next(self.s, &at));
  return give_bool(out, start && every(self.s, text_is_word));
}
METHOD(s_isupper) {
  return give_bool(out, str_eq(self.s, text_upper(r, self.s)) &&
                            !str_eq(self.s, text_lower(r, self.s)));
}
METHOD(s_islower) {
  return give_bool(out, str_eq(self.s, text_lower(r, self.s)) &&
                            !str_eq(self.s, text_upper(r, self.s)));
}

static bool pad(Run *r, JValue self, const JValue *args, char align, JValue *out) {
  int64_t width;
  Str fill;
  if (!arg_int(r, args[0], 0, &width) || !arg_text(r, args[1], " ", &fill))
    return false;
  if (text_length(fill) != 1)
    return run_fail(r, "the fill is one character");
  size_t at = 0;
  Buf text = JBUF;
  op_pad(&text, self.s, width < 0 ? 0 : (size_t)width, align, text_next(fill, &at));
  return jv_take_buf(r, &text, out);
}

METHOD(s_ljust) {
  return pad(r, self, args, '<', out);
}
METHOD(s_rjust) {
  return pad(r, self, args, '>', out);
}
METHOD(s_center) {
  return pad(r, self, args, '^', out);
}

METHOD(s_zfill) {
  int64_t width;
  if (!arg_int(r, args[0], 0, &width))
    return false;
  size_t sign = self.s.len && strchr("+-", self.s.ptr[0]) ? 1 : 0;
  Buf text = JBUF;
  buf_add_str(&text, str_slice(self.s, 0, sign));
  size_t want = width < (int64_t)sign ? 0 : (size_t)width - sign;
  op_pad(&text, str_slice(self.s, sign, self.s.len), want, '>', '0');
  return jv_take_buf(r, &text, out);
}

// "{} {0} {name}".format(...), without format specifications
static bool format_value(Run *r, Str field, size_t *next, const JArgs *all, Buf *out) {
  int64_t at = -1;
  if (!field.len)
    at = (int64_t)(*next)++;
  else if (field.len < 9 && every(field, is_digit))
    at = atoi(arena_copy(&r->arena, field.ptr, field.len));
  if (at >= 0)
    return (size_t)at < all->count ? jv_write(r, all->values[at], false, out)
                                   : run_fail(r, "format has no argument %d", (int)at);
  for (size_t i = 0; i < all->named_count; i++) {
    if (str_eq(all->names[i], field))
      return jv_write(r, all->named[i], false, out);
  }
  return run_fail(r, "format has no argument '%.*s' (only {}, {0} and {name} are known)",
                  STR_ARG(field));
}

METHOD(s_format) {
  Buf text = JBUF;
  Str s = self.s;
  size_t next = 0;
  bool ok = true;
  for (size_t at = 0; ok && at < s.len; at++) {
    char c = s.ptr[at];
    if ((c == '{' || c == '}') && at + 1 < s.len && s.ptr[at + 1] == c) {
      buf_add_char(&text, c);
      at++;
    } else if (c == '{') {
      size_t end = str_find_char(s, '}', at);
      ok = end != SIZE_MAX ? format_value(r, str_slice(s, at + 1, end), &next, all, &text)
                           : run_fail(r, "'{' is not closed in a format");
      at = end;
    } else if (c == '}') {
      ok = run_fail(r, "'}' stands alone in a format");
    } else {
      buf_add_char(&text, c);
    }
  }
  return jv_take_buf(r, &text, out) && ok;
}

// ---- list

METHOD(l_append) {
  list_push(r, self.list, args[0]);
  return give(out, jv_none());
}

METHOD(l_extend) {
  JList items;
  if (!jv_iterate(r, args[0], &items))
    return false;
  for (size_t i = 0; i < items.len; i++)
    list_push(r, self.list, items.items[i]);
  return give(out, jv_none());
}

METHOD(l_insert) {
  int64_t at, len = (int64_t)self.list->len;
  if (!arg_int(r, args[0], 0, &at))
    return false;
  at += at < 0 ? len : 0;
  at = at < 0 ? 0 : at > len ? len : at;
  list_push(r, self.list, args[1]);
  JValue *items = self.list->items;
  memmove(items + at + 1, items + at, (size_t)(len - at) * sizeof *items);
  items[at] = args[1];
  r->steps += (uint64_t)len / 64;
  return give(out, jv_none());
}

METHOD(l_pop) {
  int64_t at, len = (int64_t)self.list->len;
  if (!arg_int(r, args[0], -1, &at))
    return false;
  at += at < 0 ? len : 0;
  if (at < 0 || at >= len)
    return run_fail(r, "pop: there is no such item");
  JValue *items = self.list->items;
  *out = items[at];
  memmove(items + at, items + at + 1, (size_t)(len - at - 1) * sizeof *items);
  self.list->len--;
  r->steps += (uint64_t)len / 64;
  return true;
}

METHOD(l_index) {
  for (size_t i = 0; i < self.list->len; i++) {
    bool is;
    if (!jv_equal(r, self.list->items[i], args[0], &is))
      return false;
    if (is)
      return give(out, jv_int((int64_t)i));
  }
  return run_fail(r, "index: the value is not in the list");
}

METHOD(l_count) {
  int64_t n = 0;
  for (size_t i = 0; i < self.list->len; i++) {
    bool is;
    if (!jv_equal(r, self.list->items[i], args[0], &is))
      return false;
    n += is;
  }
  return give(out, jv_int(n));
}

METHOD(l_copy) {
  JList *list = list_new(r);
  return jv_iterate(r, self, list) && give(out, jv_list(JV_LIST, list));
}

METHOD(l_reverse) {
  JList *list = self.list;
  for (size_t i = 0, j = list->len; i + 1 < j; i++) {
    JValue v = list->items[i];
    list->items[i] = list->items[--j];
    list->items[j] = v;
  }
  return give(out, jv_none());
}

// ---- dict

static bool view(Run *r, JValue self, const char *name, JValue *out) {
  JList *list = list_new(r);
  list->name = name;
  for (size_t i = 0; i < self.dict->len; i++) {
    JEntry e = self.dict->entries[i];
    if (name[5] == 'i') { // dict_items
      JList *pair = list_new(r);
      list_push(r, pair, e.key);
      list_push(r, pair, e.value);
      list_push(r, list, jv_list(JV_TUPLE, pair));
    } else {
      list_push(r, list, name[5] == 'k' ? e.key : e.value);
    }
  }
  r->steps += list->len;
  return give(out, jv_list(JV_VIEW, list));
}

METHOD(d_items) {
  return view(r, self, "dict_items", out);
}
METHOD(d_keys) {
  return view(r, self, "dict_keys", out);
}
METHOD(d_values) {
  return view(r, self, "dict_values", out);
}

METHOD(d_get) {
  if (!jv_hashable(r, args[0]))
    return false;
  JValue *found = dict_find(self.dict, args[0]);
  return give(out, found ? *found : jv_given(args[1]) ? args[1] : jv_none());
}

METHOD(d_setdefault) {
  if (!jv_hashable(r, args[0]))
    return false;
  JValue *found = dict_find(self.dict, args[0]);
  JValue v = jv_given(args[1]) ? args[1] : jv_none();
  if (!found)
    dict_put(&r->arena, self.dict, args[0], v);
  return give(out, found ? *found : v);
}

METHOD(d_pop) {
  if (!jv_hashable(r, args[0]))
    return false;
  JValue *found = dict_find(self.dict, args[0]);
  if (!found)
    return jv_given(args[1]) ? give(out, args[1])
                             : run_fail(r, "pop: there is no such key");
  *out = *found;
  dict_remove(r, self.dict, args[0]);
  return true;
}

static bool update(Run *r, JDict *d, const JArgs *all) {
  if (all->count > 1)
    return run_fail(r, "one dict and keywords are wanted");
  if (all->count) {
    JValue from = all->values[0];
    JList pairs = {0};
    if (from.kind == JV_DICT) {
      for (size_t i = 0; i < from.dict->len; i++)
        dict_put(&r->arena, d, from.dict->entries[i].key, from.dict->entries[i].value);
    } else if (!jv_iterate(r, from, &pairs)) {
      return false;
    }
    for (size_t i = 0; i < pairs.len; i++) {
      JList two;
      if (!jv_iterate(r, pairs.items[i], &two))
        return false;
      if (two.len != 2)
        return run_fail(r, "a dict is made of pairs");
      if (!jv_hashable(r, two.items[0]))
        return false;
      dict_put(&r->arena, d, two.items[0], two.items[1]);
    }
  }
  for (size_t i = 0; i < all->named_count; i++)
    dict_put(&r->arena, d, jv_str(all->names[i]), all->named[i]);
  return run_step(r);
}

METHOD(d_update) {
  return update(r, self.dict, all) && give(out, jv_none());
}

METHOD(d_copy) {
  JDict *copy = arena_new(&r->arena, JDict);
  for (size_t i = 0; i < self.dict->len; i++)
    dict_put(&r->arena, copy, self.dict->entries[i].key, self.dict->entries[i].value);
  return give(out, jv_dict(JV_DICT, copy));
}

// ---- loop, cycler

METHOD(loop_cycle) {
  if (!all->count)
    return run_fail(r, "cycle needs values");
  return give(out, all->values[self.loop->at % all->count]);
}

METHOD(loop_changed) {
  JList *values = list_new(r);
  bool same = false;
  for (size_t i = 0; i < all->count; i++)
    list_push(r, values, all->values[i]);
  JValue now = jv_list(JV_TUPLE, values);
  if (self.loop->changed_before && !jv_equal(r, self.loop->changed, now, &same))
    return false;
  self.loop->changed = now;
  self.loop->changed_before = true;
  return give_bool(out, !same);
}

METHOD(cycler_next) {
  *out = self.list->items[self.list->at];
  self.list->at = (self.list->at + 1) % self.list->len;
  return true;
}

METHOD(cycler_reset) {
  self.list->at = 0;
  return give(out, jv_none());
}

// ---- tables

static const JFunction str_methods[] = {
    {"capitalize", "", 0, s_capitalize},
    {"center", "width,fillchar", 1, s_center},
    {"count", "sub", 1, s_count},
    {"endswith", "suffix", 1, s_endswith},
    {"find", "sub", 1, s_find},
    {"format", "*", 0, s_format},
    {"index", "sub", 1, s_index},
    {"isalnum", "", 0, s_isalnum},
    {"isalpha", "", 0, s_isalpha},
    {"isdigit", "", 0, s_isdigit},
    {"isidentifier", "", 0, s_isidentifier},
    {"islower", "", 0, s_islower},
    {"isspace", "", 0, s_isspace},
    {"isupper", "", 0, s_isupper},
    {"join", "iterable", 1, s_join},
    {"ljust", "width,fillchar", 1, s_ljust},
    {"lower", "", 0, s_lower},
    {"lstrip", "chars", 0, s_lstrip},
    {"partition", "sep", 1, s_partition},
    {"removeprefix", "prefix", 1, s_removeprefix},
    {"removesuffix", "suffix", 1, s_removesuffix},
    {"replace", "old,new,count", 2, s_replace},
    {"rfind", "sub", 1, s_rfind},
    {"rjust", "width,fillchar", 1, s_rjust},
    {"rpartition", "sep", 1, s_rpartition},
    {"rsplit", "sep,maxsplit", 1, s_rsplit},
    {"rstrip", "chars", 0, s_rstrip},
    {"split", "sep,maxsplit", 0, s_split},
    {"splitlines", "keepends", 0, s_splitlines},
    {"startswith", "prefix", 1, s_startswith},
    {"strip", "chars", 0, s_strip},
    {"title", "", 0, s_title},
    {"upper", "", 0, s_upper},
    {"zfill", "width", 1, s_zfill},
    {0},
};
static const JFunction list_methods[] = {
    {"append", "object", 1, l_append},
    {"copy", "", 0, l_copy},
    {"count", "value", 1, l_count},
    {"extend", "iterable", 1, l_extend},
    {"index", "value", 1, l_index},
    {"insert", "index,object", 2, l_insert},
    {"pop", "index", 0, l_pop},
    {"reverse", "", 0, l_reverse},
    {0},
};
static const JFunction tuple_methods[] = {
    {"count", "value", 1, l_count},
    {"index", "value", 1, l_index},
    {0},
};
static const JFunction dict_methods[] = {
    {"copy", "", 0, d_copy},
    {"get", "key,default", 1, d_get},
    {"items", "", 0, d_items},
    {"keys", "", 0, d_keys},
    {"pop", "key,default", 1, d_pop},
    {"setdefault", "key,default", 1, d_setdefault},
    {"update", "*", 0, d_update},
    {"values", "", 0, d_values},
    {0},
};
static const JFunction loop_methods[] = {
    {"changed", "*", 0, loop_changed},
    {"cycle", "*", 0, loop_cycle},
    {0},
};
static const JFunction cycler_methods[] = {
    {"next", "", 0, cycler_next},
    {"reset", "", 0, cycler_reset},
    {0},
};

const JFunction *jinja_find_method(JValue self, Str name) {
  const JFunction *f = self.kind == JV_STR      ? str_methods
                       : self.kind == JV_LIST   ? list_methods
                       : self.kind == JV_TUPLE  ? tuple_methods
                       : self.kind == JV_DICT   ? dict_methods
                       : self.kind == JV_LOOP   ? loop_methods
                       : self.kind == JV_CYCLER ? cycler_methods
                                                : NULL;
  for (; f && f->name; f++) {
    if (str_is(name, f->name))
      return f;
  }
  return NULL;
}

// ---- functions

static bool b_range(Run *r, const JArgs *args, JValue *out) {
  int64_t bound[3] = {0, 0, 1};
  if (!args->count || args->count > 3 || args->named_count)
    return run_fail(r, "range takes one to three integers");
  for (size_t i = 0; i < args->count; i++) {
    if (!arg_int(r, args->values[i], 0, &bound[args->count == 1 ? 1 : i]))
      return false;
  }
  if (bound[2] == 0)
    return run_fail(r, "range: the step cannot be zero");
  JList *list = list_new(r);
  for (int64_t i = bound[0]; bound[2] > 0 ? i < bound[1] : i > bound[1];) {
    list_push(r, list, jv_int(i));
    if (!run_step(r))
      return false;
    if (__builtin_add_overflow(i, bound[2], &i))
      break;
  }
  for (int i = 0; i < 3; i++)
    list_push(r, list, jv_int(bound[i]));
  list->len -= 3; // see JV_RANGE
  return give(out, jv_list(JV_RANGE, list));
}

static bool make_dict(Run *r, const JArgs *args, JKind kind, JValue *out) {
  JDict *d = arena_new(&r->arena, JDict);
  return update(r, d, args) && give(out, jv_dict(kind, d));
}

static bool b_dict(Run *r, const JArgs *args, JValue *out) {
  return make_dict(r, args, JV_DICT, out);
}

static bool b_namespace(Run *r, const JArgs *args, JValue *out) {
  return make_dict(r, args, JV_NAMESPACE, out);
}

static bool b_cycler(Run *r, const JArgs *args, JValue *out) {
  JList *list = list_new(r);
  for (size_t i = 0; i < args->count; i++)
    list_push(r, list, args->values[i]);
  if (!list->len || args->named_count)
    return run_fail(r, "cycler needs values");
  return give(out, jv_list(JV_CYCLER, list));
}

static bool b_joiner(Run *r, const JArgs *args, JValue *out) {
  JList *list = list_new(r);
  JValue by = args->count         ? args->values[0]
              : args->named_count ? args->named[0]
                                  : jv_str(STR(", "));
  if (args->count + args->named_count > 1)
    return run_fail(r, "joiner takes one separator");
  list_push(r, list, by);
  return give(out, jv_list(JV_JOINER, list));
}

static const JBuiltin builtins[] = {
    {"cycler", b_cycler},       {"dict", b_dict},   {"joiner", b_joiner},
    {"namespace", b_namespace}, {"range", b_range},
};

JValue builtin_lookup(Str name) {
  for (size_t i = 0; i < ARRAY_LEN(builtins); i++) {
    if (str_is(name, builtins[i].name))
      return (JValue){.kind = JV_BUILTIN, .builtin = &builtins[i]};
  }
  return (JValue){.kind = JV_ABSENT};
}
