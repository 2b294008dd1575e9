// jinja_value.c: values as Python has them: lists, dicts, truth, equality, order.
#include "gen/jinja_internal.h"

#include <math.h>

const char *jv_type_name(JValue v) {
  static const char *const names[] = {
      [JV_ABSENT] = "absent",    [JV_UNDEFINED] = "Undefined",
      [JV_NONE] = "NoneType",    [JV_BOOL] = "bool",
      [JV_INT] = "int",          [JV_FLOAT] = "float",
      [JV_STR] = "str",          [JV_LIST] = "list",
      [JV_TUPLE] = "tuple",      [JV_RANGE] = "range",
      [JV_VIEW] = "dict view",   [JV_ITER] = "generator",
      [JV_DICT] = "dict",        [JV_NAMESPACE] = "Namespace",
      [JV_MODULE] = "template",  [JV_MACRO] = "Macro",
      [JV_LOOP] = "LoopContext", [JV_METHOD] = "method",
      [JV_BUILTIN] = "function", [JV_CYCLER] = "Cycler",
      [JV_JOINER] = "Joiner",
  };
  return names[v.kind];
}

JList *list_new(Run *r) {
  return arena_new(&r->arena, JList);
}

void list_push(Run *r, JList *list, JValue v) {
  if (list->len == list->capacity) {
    list->capacity = list->capacity ? list->capacity * 2 : 4;
    JValue *bigger = arena_array(&r->arena, JValue, list->capacity);
    if (list->len)
      memcpy(bigger, list->items, list->len * sizeof *bigger);
    list->items = bigger;
  }
  list->items[list->len++] = v;
}

static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t len) {
  const uint8_t *p = bytes;
  for (size_t i = 0; i < len; i++)
    h = (h ^ p[i]) * 0x100000001B3u;
  return h;
}

static uint64_t hash_value(JValue v) {
  uint64_t h = 0xCBF29CE484222325u;
  if (jv_is_number(v)) { // 1 == 1.0 == True
    double f = jv_as_float(v);
    if (f == 0)
      f = 0;
    return hash_bytes(h, &f, sizeof f);
  }
  if (v.kind == JV_STR)
    return hash_bytes(h, v.s.ptr, v.s.len);
  if (v.kind == JV_TUPLE) {
    for (size_t i = 0; i < v.list->len; i++) {
      uint64_t item = hash_value(v.list->items[i]);
      h = hash_bytes(h, &item, sizeof item);
    }
  }
  return h + (uint64_t)v.kind;
}

// Keys are hashable, so that comparing them cannot fail.
static bool key_equal(JValue a, JValue b) {
  bool equal = false;
  return jv_equal(NULL, a, b, &equal) && equal;
}

static void dict_index(Arena *a, JDict *d) {
  d->slot_count = d->capacity * 2;
  d->slots = arena_array(a, uint32_t, d->slot_count);
  for (size_t i = 0; i < d->len; i++) {
    size_t at = hash_value(d->entries[i].key) & (d->slot_count - 1);
    while (d->slots[at])
      at = (at + 1) & (d->slot_count - 1);
    d->slots[at] = (uint32_t)i + 1;
  }
}

JValue *dict_find(const JDict *d, JValue key) {
  if (!d->slots) {
    for (size_t i = 0; i < d->len; i++) {
      if (key_equal(d->entries[i].key, key))
        return &d->entries[i].value;
    }
    return NULL;
  }
  size_t at = hash_value(key) & (d->slot_count - 1);
  for (; d->slots[at]; at = (at + 1) & (d->slot_count - 1)) {
    JEntry *e = &d->entries[d->slots[at] - 1];
    if (key_equal(e->key, key))
      return &e->value;
  }
  return NULL;
}

JValue *dict_find_str(const JDict *d, Str key) {
  return dict_find(d, jv_str(key));
}

void dict_put(Arena *a, JDict *d, JValue key, JValue value) {
  JValue *old = dict_find(d, key);
  if (old) {
    *old = value;
    return;
  }
  bool grow = d->len == d->capacity;
  if (grow) {
    d->capacity = d->capacity ? d->capacity * 2 : 8;
    JEntry *bigger = arena_array(a, JEntry, d->capacity);
    if (d->len)
      memcpy(bigger, d->entries, d->len * sizeof *bigger);
    d->entries = bigger;
  }
  d->entries[d->len++] = (JEntry){key, value};
  if (grow && d->capacity > 8) {
    dict_index(a, d);
  } else if (d->slots) {
    size_t at = hash_value(key) & (d->slot_count - 1);
    while (d->slots[at])
      at = (at + 1) & (d->slot_count - 1);
    d->slots[at] = (uint32_t)d->len;
  }
}

bool dict_remove(Run *r, JDict *d, JValue key) {
  JValue *found = dict_find(d, key);
  if (!found)
    return false;
  size_t at = 0;
  while (&d->entries[at].value != found)
    at++;
  r->steps += d->len;
  memmove(d->entries + at, d->entries + at + 1, (d->len - at - 1) * sizeof *d->entries);
  d->len--;
  if (d->slots)
    dict_index(&r->arena, d);
  return true;
}

bool jv_hashable(Run *r, JValue v) {
  if (v.kind == JV_LIST || v.kind == JV_DICT)
    return run_fail(r, "a %s cannot be a key", jv_type_name(v));
  if (v.kind == JV_TUPLE) {
    for (size_t i = 0; i < v.list->len; i++) {
      if (!jv_hashable(r, v.list->items[i]))
        return false;
    }
  }
  return jv_check(r, v);
}

JValue jv_from_json(Run *r, const json_t *json, int depth, bool *ok) {
  size_t i;
  json_t *item;
  const char *key;
  size_t key_len;
  if (depth > JINJA_MAX_NESTING) {
    *ok = run_fail_as(r, RUN_LIMIT, "the data is nested more than %d levels deep",
                      JINJA_MAX_NESTING);
    return jv_none();
  }
  switch (json_typeof(json)) {
  case JSON_NULL:
    return jv_none();
  case JSON_TRUE:
  case JSON_FALSE:
    return jv_bool(json_is_true(json));
  case JSON_INTEGER:
    return jv_int(json_integer_value(json));
  case JSON_REAL:
    return jv_float(json_real_value(json));
  case JSON_STRING:
    return jv_str((Str){json_string_value(json), json_string_length(json)});
  case JSON_ARRAY: {
    JList *list = list_new(r);
    json_array_foreach(json, i, item) {
      if (*ok)
        list_push(r, list, jv_from_json(r, item, depth + 1, ok));
    }
    return jv_list(JV_LIST, list);
  }
  default: {
    JDict *dict = arena_new(&r->arena, JDict);
    json_object_keylen_foreach((json_t *)json, key, key_len, item) {
      if (*ok)
        dict_put(&r->arena, dict, jv_str((Str){key, key_len}),
                 jv_from_json(r, item, depth + 1, ok));
    }
    return jv_dict(JV_DICT, dict);
  }
  }
}

bool jv_check(Run *r, JValue v) {
  return v.kind != JV_UNDEFINED || run_fail_as(r, RUN_UNDEFINED, "%.*s", STR_ARG(v.s));
}

bool jv_truth(Run *r, JValue v, bool *out) {
  switch (v.kind) {
  case JV_UNDEFINED:
    *out = false;
    return jv_is_soft(v) || jv_check(r, v);
  case JV_NONE:
  case JV_ABSENT:
    *out = false;
    break;
  case JV_BOOL:
    *out = v.b;
    break;
  case JV_INT:
    *out = v.i != 0;
    break;
  case JV_FLOAT:
    *out = v.f != 0;
    break;
  case JV_STR:
    *out = v.s.len != 0;
    break;
  case JV_LIST:
  case JV_TUPLE:
  case JV_RANGE:
  case JV_VIEW:
    *out = v.list->len != 0;
    break;
  case JV_DICT:
    *out = v.dict->len != 0;
    break;
  default:
    *out = true;
  }
  return true;
}

static bool same_class(JValue a, JValue b) {
  return a.kind == b.kind && (jv_is_items(a) || a.kind == JV_DICT);
}

static bool lists_equal(Run *r, const JList *a, const JList *b, bool *out) {
  *out = a->len == b->len;
  for (size_t i = 0; *out && i < a->len; i++) {
    if (!jv_equal(r, a->items[i], b->items[i], out))
      return false;
  }
  return true;
}

static bool dicts_equal(Run *r, const JDict *a, const JDict *b, bool *out) {
  *out = a->len == b->len;
  for (size_t i = 0; *out && i < a->len; i++) {
    JValue *other = dict_find(b, a->entries[i].key);
    if (!other)
      *out = false;
    else if (!jv_equal(r, a->entries[i].value, *other, out))
      return false;
  }
  return true;
}

bool jv_equal(Run *r, JValue a, JValue b, bool *out) {
  *out = false;
  if (r && (!run_step(r) || !jv_check(r, a) || !jv_check(r, b)))
    return false;
  if (jv_is_number(a) && jv_is_number(b)) {
    *out = jv_is_integer(a) && jv_is_integer(b) ? jv_as_int(a) == jv_as_int(b)
                                                : jv_as_float(a) == jv_as_float(b);
  } else if (a.kind == JV_STR && b.kind == JV_STR) {
    *out = str_eq(a.s, b.s);
  } else if (a.kind == JV_NONE || b.kind == JV_NONE) {
    *out = a.kind == b.kind;
  } else if (same_class(a, b)) {
    if (r && ++r->depth > JINJA_MAX_DEPTH)
      return run_fail_as(r, RUN_LIMIT, "a value is nested too deep to be compared");
    bool ok = a.kind == JV_DICT   ? dicts_equal(r, a.dict, b.dict, out)
              : a.kind == JV_ITER ? (*out = a.list == b.list, true)
                                  : lists_equal(r, a.list, b.list, out);
    if (r)
      r->depth--;
    return ok;
  } else if (a.kind == b.kind) {
    *out = a.list == b.list; // every other kind is a pointer: the same thing or not
  }
  return true;
}

static bool cannot_order(Run *r, JValue a, JValue b) {
  return run_fail(r, "'<' is not defined between %s and %s", jv_type_name(a),
                  jv_type_name(b));
}

bool jv_less(Run *r, JValue a, JValue b, bool or_equal, bool *out) {
  if (!run_step(r) || !jv_check(r, a) || !jv_check(r, b))
    return false;
  if (jv_is_number(a) && jv_is_number(b)) {
    if (jv_is_integer(a) && jv_is_integer(b)) {
      int64_t x = jv_as_int(a), y = jv_as_int(b);
      *out = or_equal ? x <= y : x < y;
    } else {
      double x = jv_as_float(a), y = jv_as_float(b);
      *out = or_equal ? x <= y : x < y;
    }
    return true;
  }
  if (a.kind == JV_STR && b.kind == JV_STR) {
    int c = str_compare(a.s, b.s);
    *out = or_equal ? c <= 0 : c < 0;
    return true;
  }
  if (a.kind != b.kind || (a.kind != JV_LIST && a.kind != JV_TUPLE))
    return cannot_order(r, a, b);
  size_t n = min_size(a.list->len, b.list->len);
  for (size_t i = 0; i < n; i++) {
    bool equal;
    if (!jv_equal(r, a.list->items[i], b.list->items[i], &equal))
      return false;
    if (equal)
      continue;
    if (++r->depth > JINJA_MAX_DEPTH)
      return run_fail_as(r, RUN_LIMIT, "a value is nested too deep to be compared");
    bool ok = jv_less(r, a.list->items[i], b.list->items[i], or_equal, out);
    r->depth--;
    return ok;
  }
  *out = or_equal ? a.list->len <= b.list->len : a.list->len < b.list->len;
  return true;
}

bool jv_contains(Run *r, JValue container, JValue item, bool *out) {
  *out = false;
  if (!jv_check(r, container))
    return false;
  if (container.kind == JV_STR) {
    if (item.kind != JV_STR)
      return jv_check(r, item) &&
             run_fail(r, "'in' needs a string on its left side, not %s",
                      jv_type_name(item));
    *out = str_find(container.s, item.s, 0) != SIZE_MAX;
    return true;
  }
  if (container.kind == JV_DICT) {
    if (!jv_hashable(r, item))
      return false;
    *out = dict_find(container.dict, item) != NULL;
    return true;
  }
  JList items = {0};
  if (!jv_is_items(container))
    return run_fail(r, "'in' cannot look into %s", jv_type_name(container));
  if (!jv_iterate(r, container, &items))
    return false;
  for (size_t i = 0; !*out && i < items.len; i++) {
    if (!jv_equal(r, items.items[i], item, out))
      return false;
  }
  return true;
}

bool jv_length(Run *r, JValue v, size_t *out) {
  *out = 0;
  if (jv_is_soft(v))
    return true;
  if (!jv_check(r, v))
    return false;
  if (v.kind == JV_STR)
    *out = text_length(v.s);
  else if (v.kind == JV_DICT)
    *out = v.dict->len;
  else if (jv_is_items(v) && v.kind != JV_ITER)
    *out = v.list->len;
  else if (v.kind == JV_LOOP)
    *out = v.loop->len;
  else
    return run_fail(r, "%s has no length", jv_type_name(v));
  return true;
}

bool jv_iterate(Run *r, JValue v, JList *out) {
  *out = (JList){0};
  if (jv_is_soft(v))
    return true;
  if (!jv_check(r, v))
    return false;
  if (v.kind == JV_ITER) {
    out->len = v.list->len - v.list->at;
    out->items = out->len ? v.list->items + v.list->at : NULL;
    v.list->at = v.list->len;
  } else if (jv_is_items(v)) { // a copy: the body may append to the list
    out->len = out->capacity = v.list->len;
    out->items = arena_array(&r->arena, JValue, v.list->len);
    if (v.list->len)
      memcpy(out->items, v.list->items, v.list->len * sizeof *out->items);
  } else if (v.kind == JV_DICT) {
    for (size_t i = 0; i < v.dict->len; i++)
      list_push(r, out, v.dict->entries[i].key);
  } else if (v.kind == JV_STR) {
    for (size_t at = 0; at < v.s.len;) {
      size_t from = at;
      text_next(v.s, &at);
      list_push(r, out, jv_str(str_slice(v.s, from, at)));
    }
  } else {
    return run_fail(r, "%s cannot be walked", jv_type_name(v));
  }
  r->steps += out->len;
  return run_step(r);
}

JValue jv_fold(Run *r, JValue v, bool case_sensitive) {
  return v.kind == JV_STR && !case_sensitive ? jv_str(text_lower(r, v.s)) : v;
}

// A stable merge sort by keys; with `reverse` equal ones keep their order too.
bool jv_sort(Run *r, JValue *items, JValue *keys, size_t n, bool reverse) {
  if (n < 2)
    return n == 0 || jv_check(r, keys[0]);
  size_t half = n / 2;
  if (!jv_sort(r, items, keys, half, reverse) ||
      !jv_sort(r, items + half, keys + half, n - half, reverse))
    return false;
  JValue *left = arena_array(&r->arena, JValue, half * 2);
  memcpy(left, items, half * sizeof *left);
  memcpy(left + half, keys, half * sizeof *left);
  size_t i = 0, j = half, at = 0;
  while (i < half && j < n) {
    bool right_first;
    JValue a = left[half + i], b = keys[j];
    if (!(reverse ? jv_less(r, a, b, false, &right_first)
                  : jv_less(r, b, a, false, &right_first)))
      return false;
    items[at] = right_first ? items[j] : left[i];
    keys[at++] = right_first ? keys[j++] : left[half + i++];
  }
  for (; i < half; i++) {
    items[at] = left[i];
    keys[at++] = left[half + i];
  }
  return true;
}
