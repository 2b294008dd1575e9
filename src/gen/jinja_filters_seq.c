// jinja_filters_seq.c: filters of lists and dicts.
#include "gen/jinja_filters.h"

static bool give(JValue *out, JValue v) {
  *out = v;
  return true;
}

static bool give_list(JValue *out, JKind kind, JList *list) {
  *out = jv_list(kind, list);
  return true;
}

static bool nothing(JValue *out, Str why) {
  *out = (JValue){.kind = JV_UNDEFINED, .s = why};
  return true;
}

#define FILTER(name)                                                                     \
  bool name(Run *r, JValue self, const JValue *args UNUSED, const JArgs *all UNUSED,     \
            JValue *out)

FILTER(filter_length) {
  size_t n;
  return jv_length(r, self, &n) && give(out, jv_int((int64_t)n));
}

FILTER(filter_list) {
  JList *list = list_new(r);
  return jv_iterate(r, self, list) && give_list(out, JV_LIST, list);
}

FILTER(filter_first) {
  if (self.kind == JV_ITER) { // the rest can still be walked
    if (self.list->at < self.list->len)
      return give(out, self.list->items[self.list->at++]);
    return nothing(out, STR("there is no first item, the sequence is empty"));
  }
  JList items;
  if (!jv_iterate(r, self, &items))
    return false;
  return items.len ? give(out, items.items[0])
                   : nothing(out, STR("there is no first item, the sequence is empty"));
}

FILTER(filter_last) {
  JList items;
  if (self.kind == JV_ITER)
    return run_fail(r, "a generator has no last item; make a list of it");
  if (!jv_iterate(r, self, &items))
    return false;
  return items.len ? give(out, items.items[items.len - 1])
                   : nothing(out, STR("there is no last item, the sequence is empty"));
}

FILTER(filter_reverse) {
  JList items, *list = list_new(r);
  Buf text = JBUF;
  if (!jv_iterate(r, self, &items))
    return false;
  for (size_t i = items.len; i-- > 0;) {
    if (self.kind == JV_STR)
      buf_add_str(&text, items.items[i].s);
    else
      list_push(r, list, items.items[i]);
  }
  if (self.kind == JV_STR)
    return jv_take_buf(r, &text, out);
  return give_list(out, JV_ITER, list);
}

FILTER(filter_join) {
  JList items;
  Str between;
  if (!arg_text(r, args[0], "", &between) || !jv_iterate(r, self, &items))
    return false;
  Buf text = JBUF;
  bool ok = true;
  for (size_t i = 0; ok && i < items.len; i++) {
    JValue v;
    if (i)
      buf_add_str(&text, between);
    ok = jv_path(r, items.items[i], args[1], &v) && jv_write(r, v, false, &text);
  }
  return jv_take_buf(r, &text, out) && ok;
}

static bool pair(Run *r, JValue a, JValue b, JList *into) {
  JList *two = list_new(r);
  list_push(r, two, a);
  list_push(r, two, b);
  list_push(r, into, jv_list(JV_TUPLE, two));
  return true;
}

FILTER(filter_items) {
  JList *list = list_new(r);
  if (self.kind != JV_DICT && self.kind != JV_UNDEFINED)
    return run_fail(r, "items needs a mapping, not %s", jv_type_name(self));
  for (size_t i = 0; self.kind == JV_DICT && i < self.dict->len; i++)
    pair(r, self.dict->entries[i].key, self.dict->entries[i].value, list);
  return give_list(out, JV_ITER, list);
}

// The keys of items for sorting: their attributes, strings folded; several attributes
// ("a,b") make tuples.
static bool sort_keys(Run *r, const JList *items, JValue attribute, bool case_sensitive,
                      bool several, JValue **out) {
  JValue *keys = arena_array(&r->arena, JValue, items->len + 1);
  *out = keys;
  several = several && attribute.kind == JV_STR &&
            str_find_char(attribute.s, ',', 0) != SIZE_MAX;
  for (size_t i = 0; i < items->len; i++) {
    if (!several) {
      if (!jv_path(r, items->items[i], attribute, &keys[i]))
        return false;
      keys[i] = jv_fold(r, keys[i], case_sensitive);
      continue;
    }
    JList *parts = list_new(r);
    Str rest = attribute.s, part;
    while (str_next_part(&rest, ',', &part)) {
      JValue v;
      if (!jv_path(r, items->items[i], jv_str(part), &v))
        return false;
      list_push(r, parts, jv_fold(r, v, case_sensitive));
    }
    keys[i] = jv_list(JV_LIST, parts);
  }
  return true;
}

FILTER(filter_sort) {
  bool reverse, sensitive;
  JList *list = list_new(r);
  JValue *keys;
  return arg_bool(r, args[0], false, &reverse) &&
         arg_bool(r, args[1], false, &sensitive) && jv_iterate(r, self, list) &&
         sort_keys(r, list, args[2], sensitive, true, &keys) &&
         jv_sort(r, list->items, keys, list->len, reverse) &&
         give_list(out, JV_LIST, list);
}

FILTER(filter_dictsort) {
  bool sensitive, reverse;
  Str by;
  if (!arg_bool(r, args[0], false, &sensitive) || !arg_text(r, args[1], "key", &by) ||
      !arg_bool(r, args[2], false, &reverse) || !jv_check(r, self))
    return false;
  if (!str_is(by, "key") && !str_is(by, "value"))
    return run_fail(r, "dictsort: 'by' is key or value");
  if (self.kind != JV_DICT)
    return run_fail(r, "dictsort needs a dict, not %s", jv_type_name(self));
  JList *list = list_new(r);
  for (size_t i = 0; i < self.dict->len; i++)
    pair(r, self.dict->entries[i].key, self.dict->entries[i].value, list);
  JValue *keys;
  return sort_keys(r, list, jv_int(str_is(by, "value")), sensitive, false, &keys) &&
         jv_sort(r, list->items, keys, list->len, reverse) &&
         give_list(out, JV_LIST, list);
}

FILTER(filter_unique) {
  bool sensitive;
  JList items, *list = list_new(r);
  JValue *keys;
  JDict seen = {0};
  if (!arg_bool(r, args[0], false, &sensitive) || !jv_iterate(r, self, &items) ||
      !sort_keys(r, &items, args[1], sensitive, false, &keys))
    return false;
  for (size_t i = 0; i < items.len; i++) {
    if (!jv_hashable(r, keys[i]))
      return false;
    if (dict_find(&seen, keys[i]))
      continue;
    dict_put(&r->arena, &seen, keys[i], jv_none());
    list_push(r, list, items.items[i]);
  }
  return give_list(out, JV_ITER, list);
}

static bool extreme(Run *r, JValue self, const JValue *args, bool max, JValue *out) {
  bool sensitive, better;
  JList items;
  JValue *keys;
  if (!arg_bool(r, args[0], false, &sensitive) || !jv_iterate(r, self, &items) ||
      !sort_keys(r, &items, args[1], sensitive, false, &keys))
    return false;
  if (!items.len)
    return nothing(out, STR("there is no such item, the sequence is empty"));
  size_t best = 0;
  for (size_t i = 1; i < items.len; i++) {
    if (!(max ? jv_less(r, keys[best], keys[i], false, &better)
              : jv_less(r, keys[i], keys[best], false, &better)))
      return false;
    best = better ? i : best;
  }
  return give(out, items.items[best]);
}

FILTER(filter_min) {
  return extreme(r, self, args, false, out);
}
FILTER(filter_max) {
  return extreme(r, self, args, true, out);
}

FILTER(filter_sum) {
  JList items;
  JValue total = jv_given(args[1]) ? args[1] : jv_int(0);
  if (!jv_iterate(r, self, &items))
    return false;
  if (total.kind == JV_STR)
    return run_fail(r, "sum cannot add strings; join them");
  for (size_t i = 0; i < items.len; i++) {
    JValue v;
    if (!jv_path(r, items.items[i], args[0], &v) ||
        !op_binary(r, JOP_ADD, total, v, &total))
      return false;
  }
  return give(out, total);
}

FILTER(filter_batch) {
  JList items, *rows = list_new(r), *row = NULL;
  int64_t size;
  if (!arg_int(r, args[0], 0, &size) || !jv_iterate(r, self, &items))
    return false;
  for (size_t i = 0; i < items.len; i++) {
    if (!row || (int64_t)row->len == size) {
      row = list_new(r);
      list_push(r, rows, jv_list(JV_LIST, row));
    }
    list_push(r, row, items.items[i]);
  }
  bool fill = row && jv_given(args[1]) && args[1].kind != JV_NONE;
  while (fill && (int64_t)row->len < size) {
    list_push(r, row, args[1]);
    if (!run_step(r))
      return false;
  }
  return give_list(out, JV_ITER, rows);
}

FILTER(filter_slice) {
  JList items, *rows = list_new(r);
  int64_t slices;
  if (!arg_int(r, args[0], 0, &slices) || !jv_iterate(r, self, &items))
    return false;
  if (slices <= 0)
    return slices < 0 ? give_list(out, JV_ITER, rows)
                      : run_fail(r, "slice: there must be one slice at least");
  int64_t each = (int64_t)items.len / slices, more = (int64_t)items.len % slices;
  size_t at = 0;
  for (int64_t i = 0; i < slices; i++) {
    JList *row = list_new(r);
    int64_t n = each + (i < more);
    while (n--)
      list_push(r, row, items.items[at++]);
    if (jv_given(args[1]) && args[1].kind != JV_NONE && i >= more)
      list_push(r, row, args[1]);
    list_push(r, rows, jv_list(JV_LIST, row));
    if (!run_step(r))
      return false;
  }
  return give_list(out, JV_ITER, rows);
}

FILTER(filter_groupby) {
  bool sensitive;
  JList items, *groups = list_new(r), *group = NULL;
  if (!arg_bool(r, args[2], false, &sensitive) || !jv_iterate(r, self, &items))
    return false;
  JValue *keys = arena_array(&r->arena, JValue, items.len + 1);
  for (size_t i = 0; i < items.len; i++) {
    if (!jv_path(r, items.items[i], args[0], &keys[i]))
      return false;
    if (keys[i].kind == JV_UNDEFINED && jv_given(args[1]))
      keys[i] = args[1];
    keys[i] = jv_fold(r, keys[i], sensitive);
  }
  if (!jv_sort(r, items.items, keys, items.len, false))
    return false;
  for (size_t i = 0; i < items.len; i++) {
    bool same = false;
    if (i && !jv_equal(r, keys[i - 1], keys[i], &same))
      return false;
    if (!same) {
      JValue grouper;
      if (!jv_path(r, items.items[i], args[0], &grouper))
        return false;
      if (grouper.kind == JV_UNDEFINED)
        grouper = args[1];
      group = list_new(r);
      pair(r, grouper, jv_list(JV_LIST, group), groups);
      vec_last(groups).list->is_group = true;
    }
    list_push(r, group, items.items[i]);
  }
  return give_list(out, JV_LIST, groups);
}

// ---- filters that take a filter or a test

// The items; whatever counts as false has none.
static bool items_of(Run *r, JValue v, JList *out) {
  bool any;
  *out = (JList){0};
  return jv_truth(r, v, &any) && (!any || jv_iterate(r, v, out));
}

// What map() applies: a filter by name with the rest of the arguments, or an attribute.
typedef struct {
  const JFunction *filter;
  JArgs rest;
  JValue attribute, standard;
} MapArguments;

static bool read_map(Run *r, const JArgs *all, MapArguments *out) {
  Str name;
  *out = (MapArguments){.rest = *all};
  for (size_t i = 0; !all->count && i < all->named_count; i++) {
    if (str_is(all->names[i], "attribute"))
      out->attribute = all->named[i];
    else if (str_is(all->names[i], "default"))
      out->standard = all->named[i];
    else
      return run_fail(r, "map has no argument '%.*s'", STR_ARG(all->names[i]));
  }
  if (!all->count)
    return jv_given(out->attribute) ||
           run_fail(r, "map needs the name of a filter or an attribute");
  if (!arg_text(r, all->values[0], "", &name))
    return false;
  if (!(out->filter = jinja_find_filter(name)))
    return run_fail(r, "there is no filter '%.*s'", STR_ARG(name));
  out->rest.values++;
  out->rest.count--;
  return true;
}

FILTER(filter_map) {
  JList items, *list = list_new(r);
  MapArguments m;
  if (!read_map(r, all, &m) || !items_of(r, self, &items))
    return false;
  for (size_t i = 0; i < items.len; i++) {
    JValue v;
    if (!(m.filter ? run_function(r, "filter", m.filter, items.items[i], &m.rest, &v)
                   : jv_path(r, items.items[i], m.attribute, &v)))
      return false;
    if (v.kind == JV_UNDEFINED && !m.filter && jv_given(m.standard))
      v = m.standard;
    list_push(r, list, v);
  }
  return give_list(out, JV_ITER, list);
}

static bool select_items(Run *r, JValue self, const JArgs *all, bool by_attribute,
                         bool keep, JValue *out) {
  JList items, *list = list_new(r);
  JArgs rest = *all;
  JValue attribute = {0};
  const JFunction *test = NULL;
  if (by_attribute) {
    if (!rest.count)
      return run_fail(r, "the name of an attribute is missing");
    attribute = *rest.values++;
    rest.count--;
  }
  if (rest.count) {
    Str name;
    if (!arg_text(r, *rest.values++, "", &name))
      return false;
    rest.count--;
    if (!(test = jinja_find_test(name)))
      return run_fail(r, "there is no test '%.*s'", STR_ARG(name));
  }
  if (!items_of(r, self, &items))
    return false;
  for (size_t i = 0; i < items.len; i++) {
    JValue v, is;
    bool truth;
    if (!jv_path(r, items.items[i], attribute, &v))
      return false;
    is = v;
    if ((test && !run_function(r, "test", test, v, &rest, &is)) ||
        !jv_truth(r, is, &truth))
      return false;
    if (truth == keep)
      list_push(r, list, items.items[i]);
  }
  return give_list(out, JV_ITER, list);
}

FILTER(filter_select) {
  return select_items(r, self, all, false, true, out);
}
FILTER(filter_reject) {
  return select_items(r, self, all, false, false, out);
}
FILTER(filter_selectattr) {
  return select_items(r, self, all, true, true, out);
}
FILTER(filter_rejectattr) {
  return select_items(r, self, all, true, false, out);
}
