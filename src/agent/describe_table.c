// describe_table.c: what a description says of a table as a whole: indexes, constraints,
// mixins, what it inherits from.
#include "agent/describe_internal.h"

void add_item(D *d, int e, Str item) {
  DEntity *entity = &d->entities.items[e];
  for (size_t i = 0; i < entity->items.len; i++)
    if (str_eq(entity->items.items[i], item))
      return;
  vec_push(&entity->items, item);
}

// The column that a class of the project has of that name, or the key of its
// relationship.
static Str known_column(const D *d, int e, Str name) {
  const DEntity *entity = &d->entities.items[e];
  const SchemaTable *t = entity->external ? schema_find(d->schema, entity->name) : NULL;
  Str key = str_format(d->arena, "%.*s_id", STR_ARG(name));
  if (t && schema_column(t, name))
    return name;
  return t && schema_column(t, key) ? key : (Str){0};
}

// The attribute that a phrase names, of a subject; absent where there is none.
static Str attribute_at(D *d, size_t i, size_t *end) {
  size_t from = skip_words(d, i, "a an the its their");
  for (size_t n = 3; n > 0 && d->subjects.len; n--) {
    if (from + n > d->tokens.len)
      continue;
    Str name = name_snake(d->arena, words_between(d, from, from + n));
    for (size_t k = 0; k < d->subjects.len; k++) {
      int e = (int)d->subjects.items[k];
      Str dated = str_format(d->arena, "%.*s_date", STR_ARG(name));
      DField *f = field_find(d, e, name);
      f = f ? f : field_find(d, e, dated);
      f = f ? f : field_find(d, e, name_singular(d->arena, name));
      Str known = f ? f->name : known_column(d, e, name);
      if (known.ptr) {
        *end = from + n;
        return known;
      }
    }
  }
  return (Str){0};
}

Str attribute_anywhere(D *d, size_t i, size_t *end, int *entity) {
  Str name = attribute_at(d, i, end);
  for (size_t k = 0; name.ptr && k < d->subjects.len; k++)
    if (field_find(d, (int)d->subjects.items[k], name)) {
      *entity = (int)d->subjects.items[k];
      return name;
    }
  size_t found = 0, one;
  Str only = {0};
  Vec(size_t) subjects = {0};
  vec_push(&subjects, 0);
  for (size_t e = 0; e < d->entities.len && !name.ptr; e++) {
    D probe = *d;
    subjects.items[0] = e;
    probe.subjects.items = subjects.items;
    probe.subjects.len = 1;
    Str there = attribute_at(&probe, i, &one);
    if (!there.ptr)
      continue;
    found++;
    only = there;
    *end = one;
    *entity = (int)e;
  }
  vec_free(&subjects);
  return found == 1 ? only : (Str){0};
}

// "an index on a and b", "the combination of a and b is unique", "unique together: a, b"
size_t read_table_item(D *d, size_t i) {
  size_t unique =
      after_any(d, i,
                "unique per|unique for each|unique within|the combination of|combination "
                "of|a unique constraint on|unique "
                "constraint on|unique constraint over|unique together|unique "
                "together with|the pair of|a unique index on|unique index on");
  size_t index = after_any(
      d, i,
      "an index on|indexed on|index on|a composite index on|composite index on|index "
      "over|an index over|indexed by|indexes on|with an index on");
  size_t at = max_size(unique, index), end;
  if (at == i)
    return i;
  if (is_mark(d, at, ':') || is_mark(d, at, '('))
    at++;
  StrVec names = {0};
  for (;;) {
    Str name = attribute_at(d, at, &end);
    DField f;
    if (!name.ptr && !names.len && d->subjects.len && field_read(d, at, &f) > at &&
        !f.arrow) {
      end = field_read(d, at, &f); // named here first
      field_add(d, (int)d->subjects.items[0], &f);
      name = f.name;
    }
    if (!name.ptr)
      break;
    vec_push(&names, name);
    size_t next = end + is_mark(d, end, ',');
    next = is_word(d, next, "and plus") ? next + 1 : next;
    at = end;
    if (next == end)
      break;
    at = next;
  }
  bool within = unique > i && is_word(d, unique - 1, "per each within");
  if (within && names.len == 1 && d->subjects.len) { // "a name, unique per project"
    const DEntity *e = &d->entities.items[d->subjects.items[0]];
    if (e->fields.len &&
        !str_eq(e->fields.items[e->fields.len - 1].name, names.items[0])) {
      Str project = names.items[0];
      names.items[0] = e->fields.items[e->fields.len - 1].name;
      vec_push(&names, project);
    }
  }
  size_t stop = names.len ? end : i;
  stop = after_any(
      d, stop, "is unique|must be unique|has to be unique|should be unique|are unique");
  for (size_t k = 0; k < d->subjects.len && names.len; k++) {
    int e = (int)d->subjects.items[k];
    DField *f = field_find(d, e, names.items[0]);
    if (names.len == 1 && f && unique == i) {
      f->index = true;
    } else if (names.len == 1 && f) {
      f->unique = true;
    } else {
      Buf item = {0};
      for (size_t n = 0; n < names.len; n++)
        buf_printf(&item, "%s%.*s",
                   n            ? ","
                   : unique > i ? "@unique("
                                : "@index(",
                   STR_ARG(names.items[n]));
      buf_add_char(&item, ')');
      add_item(d, e, str_copy(d->arena, buf_str(&item)));
      buf_free(&item);
    }
  }
  vec_free(&names);
  use(d, i, stop);
  return stop;
}

// "to must be after from", "a check constraint that end is later than start"
size_t read_comparison(D *d, size_t i) {
  static const struct {
    const char *words, *sign;
  } signs[] = {
      {"must be after|is after|has to be after|after|is later than|must be later "
       "than|must be "
       "greater than|is greater than|is larger than|must be larger than|must come after",
       ">"},
      {"must be before|is before|has to be before|before|is earlier than|must be earlier "
       "than|must "
       "be less than|is less than|is smaller than|must be smaller than|must come before",
       "<"},
      {"can't be before|cannot be before|can not be before|must not be before|may not be "
       "before|is never before|can't be earlier than|cannot be earlier than|must not be "
       "earlier than|can't be less than|cannot be less than|must not be less "
       "than|must be at least|must not be smaller than|cannot be smaller than",
       ">="},
      {"can't be after|cannot be after|can not be after|must not be after|may not be "
       "after|is never after|can't be later than|cannot be later than|must not be later "
       "than|can't be greater than|cannot be greater than|must not be greater than|can't "
       "exceed|cannot exceed|must not exceed|may not exceed|must not be larger "
       "than|cannot be larger than|must be at most",
       "<="},
  };
  size_t at =
      after_any(d, i,
                "a check constraint that|check constraint that|a check that|ensure that|"
                "make sure that|such that|a constraint that|where|a check constraint "
                "so that|check that|a check constraint ensuring that|ensuring that|"
                "check constraint");
  size_t end, second;
  Str left = attribute_at(d, at, &end);
  if (!left.ptr)
    return i;
  for (size_t k = 0; k < ARRAY_LEN(signs); k++) {
    size_t sign = after_any(d, end, signs[k].words);
    Str right = sign > end ? attribute_at(d, sign, &second) : (Str){0};
    if (!right.ptr)
      continue;
    for (size_t n = 0; n < d->subjects.len; n++)
      add_item(d, (int)d->subjects.items[n],
               str_format(d->arena, "@check(\"%.*s %s %.*s\")", STR_ARG(left),
                          signs[k].sign, STR_ARG(right)));
    use(d, i, second);
    return second;
  }
  return i;
}

// "(deleted_at, nullable)": what the mixin has anyway.
static size_t after_columns(const D *d, size_t i) {
  size_t end = i;
  if (!is_mark(d, i, '('))
    return after_any(d, i, "with deleted_at|with a deleted_at column|with a deleted_at");
  while (end < d->tokens.len && !is_mark(d, end, ')'))
    end++;
  for (size_t k = i; k < end; k++)
    if (is_word(d, k, "deleted_at"))
      return end + 1;
  return i;
}

// Mixins and the kind of key, for the subjects, or for all where there are none.
size_t read_mixin(D *d, size_t i) {
  size_t at = skip_words(d, i, "a an the with random");
  const char *item = NULL;
  size_t end = after_any(
      d, at,
      "timestampmixin with created_at and updated_at|timestampmixin|timestamp mixin with "
      "created_at and updated_at|timestamp mixin|timestamps mixin|created and updated "
      "timestamps|creation "
      "and update timestamps|audit timestamps|timestamps");
  if (end > at)
    item = "+timestamps";
  size_t next = after_any(
      d, at,
      "softdeletemixin|soft delete mixin|soft deletes|soft deletion|soft delete|soft "
      "deletable");
  if (next > at)
    item = "+soft_delete", end = after_columns(d, next);
  next = after_any(
      d, at,
      "uuid primary keys|uuid primary key|uuid keys|uuid key|uuid ids|uuid id|uuid as "
      "primary key|uuids as primary keys|uuid pk|uuids as ids|id uuid|guid primary "
      "key|uuid identifiers");
  if (next > at)
    item = "+uuid", end = next;
  if (!item)
    return i;
  for (size_t k = 0; k < d->entities.len; k++)
    if (!d->subjects.len || is_subject(d, (int)k))
      add_item(d, (int)k, str_from(item));
  use(d, i, end);
  return end;
}

// Statements about attributes that stand before what they speak of.
void read_late(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    if (d->tokens.items[i].used || d->tokens.items[i].mark)
      continue;
    for (size_t e = 0; e < d->entities.len; e++) {
      d->subjects.len = 0;
      vec_push(&d->subjects, e);
      if (read_comparison(d, i) > i ||
          (after_any(d, i, "combination of|the combination of|unique constraint on") >
               i &&
           read_table_item(d, i) > i))
        break;
    }
  }
}
