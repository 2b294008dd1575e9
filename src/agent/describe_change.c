// describe_change.c: what a sentence says of attributes that exist, or of relationships
// along keys that do.
//
//   "make order.status an enum with the values new, paid, shipped" · "the email of users
//   should be unique" · "when a customer gets deleted his orders have to go too" · "I
//   want person.city and city.people"
#include "agent/describe_change.h"

#include "agent/describe_internal.h"

static const char lead_words[] =
    "make change turn alter set let declare mark please the a an should can could you i "
    "we "
    "want need would like now to my our of column field attribute on in have it and "
    "then also just that be pls enforce ensure update modify convert";

static const char tail_words[] =
    "please pls thanks thank you now in the model models class table too also as well "
    "instead column field be there";

// "status of orders", "orders.status", "order's status", "Order status": the attribute of
// an entity that stands at `i`.
typedef struct {
  int entity;
  Str attribute;
  size_t end;
} Ref2;

static bool touches(const D *d, size_t i) { // no blank between the tokens
  return i + 1 < d->tokens.len &&
         d->tokens.items[i].text.ptr + d->tokens.items[i].text.len ==
             d->tokens.items[i + 1].text.ptr;
}

static Str attribute_of(const D *d, int e, size_t i, size_t *end) {
  const SchemaTable *t = schema_find(d->schema, d->entities.items[e].name);
  for (size_t n = 3; t && n > 0; n--) {
    if (i + n > d->tokens.len)
      continue;
    Str name = name_snake(d->arena, words_between(d, i, i + n));
    bool mark = false;
    for (size_t k = i; k < i + n; k++)
      mark |= d->tokens.items[k].mark != 0;
    Str one = name_singular(d->arena, name);
    bool singular = !mark && !schema_column(t, name) && !schema_relation(t, name) &&
                    schema_column(t, one);
    if (singular || (!mark && (schema_column(t, name) || schema_relation(t, name)))) {
      *end = i + n;
      return singular ? one : name;
    }
  }
  return (Str){0};
}

static bool dotted(const D *d, size_t i, size_t *end, int *e) {
  size_t stop;
  bool plural;
  *e = entity_at(d, i, &stop, &plural);
  if (*e == NO_ENTITY || stop != i + 1 || !is_mark(d, stop, '.') || !touches(d, i) ||
      !touches(d, stop) || d->tokens.items[stop + 1].mark)
    return false;
  *end = stop + 1;
  return true;
}

// "state should be one of …": the only model that has it.
static bool only_attribute(const D *d, size_t i, Ref2 *out) {
  size_t count = 0, end;
  for (size_t k = 0; k < d->entities.len; k++) {
    Str name = attribute_of(d, (int)k, i, &end);
    if (!name.ptr || !is_word(d, end, "should must has needs is becomes can may cannot"))
      continue;
    *out = (Ref2){.entity = (int)k, .attribute = name, .end = end};
    count++;
  }
  return count == 1;
}

static bool attribute_ref(const D *d, size_t i, Ref2 *out) {
  size_t end, of;
  bool plural;
  int e;
  if (dotted(d, i, &end, &e)) {
    *out = (Ref2){.entity = e, .end = end + 1};
    out->attribute = attribute_of(d, e, end, &out->end);
    return out->attribute.ptr != NULL;
  }
  e = entity_at(d, i, &end, &plural);
  if (e != NO_ENTITY) { // "Order status", "the user's email"
    out->entity = e;
    out->attribute = attribute_of(d, e, end, &out->end);
    return out->attribute.ptr != NULL;
  }
  for (size_t k = 0; k < d->entities.len; k++) {
    Str name = attribute_of(d, (int)k, i, &end);
    of = name.ptr ? skip_words(d, end, "column field attribute") : 0;
    of = name.ptr ? after_any(d, of, "of|on|in|for") : 0;
    size_t noun = name.ptr ? skip_words(d, of, fillers) : 0, stop;
    if (name.ptr && of > end && entity_at(d, noun, &stop, &plural) == (int)k) {
      *out = (Ref2){.entity = (int)k, .attribute = name, .end = stop};
      return true;
    }
  }
  return only_attribute(d, i, out);
}

static bool only_words(const D *d, size_t from, size_t to, const char *words) {
  for (size_t i = from; i < to; i++)
    if (!is_word(d, i, words) &&
        !(d->tokens.items[i].mark && strchr(",.?!", d->tokens.items[i].mark)))
      return false;
  return true;
}

// The key of a relationship that stands for it: "product.category" is category_id.
static Str key_attribute(const D *d, const SchemaTable *t, Str attribute) {
  Str key = str_format(d->arena, "%.*s_id", STR_ARG(attribute));
  return !schema_column(t, attribute) && schema_column(t, key) ? key : attribute;
}

// "put an index on order status", "unique constraint on users.email"
static bool read_ordered(D *d, DescribedChange *out) {
  size_t i = skip_words(d, 0, lead_words);
  i = skip_words(d, i, "put add create build place define an a");
  size_t unique = after_any(d, i,
                            "unique index on|unique constraint on|unique constraint to|"
                            "unique index to|unique index for|unique constraint for");
  size_t index = after_any(d, i, "index on|index to|index for|index over");
  size_t at = skip_words(d, max_size(unique, index), "the column columns field a an");
  Ref2 ref;
  if (at == i || (unique == i && index == i) || !attribute_ref(d, at, &ref) ||
      !only_words(d, ref.end, d->tokens.len, tail_words))
    return false;
  const SchemaTable *t = schema_find(d->schema, d->entities.items[ref.entity].name);
  *out = (DescribedChange){.model = d->entities.items[ref.entity].name,
                           .attribute = key_attribute(d, t, ref.attribute),
                           .type = STR(""),
                           .unique = unique > i,
                           .index = unique == i};
  return schema_column(t, out->attribute) != NULL;
}

static bool read_change(D *d, DescribedChange *out) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    Ref2 ref;
    if (!attribute_ref(d, i, &ref) || !only_words(d, 0, i, lead_words))
      continue;
    const SchemaTable *t = schema_find(d->schema, d->entities.items[ref.entity].name);
    ref.attribute = key_attribute(d, t, ref.attribute);
    const SchemaColumn *c = schema_column(t, ref.attribute);
    DField f = {
        .name = ref.attribute, .value = {"", 0}, .extra = {"", 0}, .type = {"", 0}};
    if (c && c->type.kind == TYPE_STRING)
      f.type = STR("str");
    size_t at = skip_words(
        d, ref.end,
        "should must has have may can hold contain needs to into be become column field "
        "too also");
    at = is_word(d, at, "a an") ? at + 1 : at;
    size_t end = field_qualifiers(d, at, &f);
    if (end == at && at > ref.end) {
      at = ref.end;
      end = field_qualifiers(d, at, &f);
    }
    if (!c || end == at || !only_words(d, end, d->tokens.len, tail_words))
      return false;
    *out = (DescribedChange){.model = d->entities.items[ref.entity].name,
                             .attribute = ref.attribute,
                             .type = str_is(f.type, "str") ? STR("") : f.type,
                             .unique = f.unique,
                             .index = f.index,
                             .nullable = f.nullable,
                             .required = f.required};
    return f.unique || f.index || f.nullable || f.required || out->type.len;
  }
  return false;
}

// "deleting a customer should delete its orders": the collection whose rows go along.
static bool read_cascade(D *d, DescribedChange *out) {
  bool deletes = false, along = false;
  int seen[2];
  size_t count = 0, end;
  bool plural;
  for (size_t i = 0; i < d->tokens.len; i++) {
    deletes |= is_word(d, i,
                       "delete deletes deleted deleting deletion remove removes removed "
                       "removing removal cascade cascades cascading");
    along |= is_word(d, i,
                     "too also with its his her their along together cascade cascades "
                     "cascading well all");
    int e = entity_at(d, i, &end, &plural);
    if (e == NO_ENTITY)
      continue;
    if (count < 2 && (!count || seen[0] != e))
      seen[count++] = e;
    else if (e != seen[0] && e != seen[1])
      return false;
    i = end - 1;
  }
  if (!deletes || !along || count != 2)
    return false;
  for (int n = 0; n < 2; n++) {
    const SchemaTable *t = schema_find(d->schema, d->entities.items[seen[n]].name);
    Str other = d->entities.items[seen[1 - n]].name;
    for (size_t i = 0; t && i < t->relations.len; i++) {
      const SchemaRelation *r = t->relations.items[i];
      if (r->kind == RELATION_ONE_TO_MANY && str_eq(r->target_name, other)) {
        *out = (DescribedChange){.model = d->entities.items[seen[n]].name,
                                 .attribute = r->name,
                                 .type = STR(""),
                                 .cascade = true};
        return true;
      }
    }
  }
  return false;
}

// "a product must not appear twice in the same order", "a customer can review a product
// only once": unique over the keys of the one model that refers to both.
static bool read_unique_pair(D *d, StrVec *words) {
  int seen[2];
  size_t count = 0, end;
  bool plural;
  for (size_t i = 0; i < d->tokens.len; i++) {
    int e = entity_at(d, i, &end, &plural);
    if (e == NO_ENTITY || (count && e == seen[0]) || (count > 1 && e == seen[1]))
      continue;
    if (count == 2)
      return false;
    seen[count++] = e;
  }
  if (count != 2 || !clause_forbids_repetition(d, 0, d->tokens.len))
    return false;
  const SchemaTable *ends[2], *link = NULL;
  Str keys[2];
  for (int n = 0; n < 2; n++)
    ends[n] = schema_find(d->schema, d->entities.items[seen[n]].name);
  if (!ends[0] || !ends[1])
    return false; // a key to no known table would refer to it
  for (size_t i = 0; i < d->schema->tables.len; i++) {
    const SchemaTable *t = d->schema->tables.items[i];
    Str found[2] = {{0}};
    for (size_t k = 0; k < t->columns.len; k++)
      for (int n = 0; n < 2; n++)
        if (t->columns.items[k]->foreign_key &&
            t->columns.items[k]->foreign_key->table == ends[n])
          found[n] = t->columns.items[k]->name;
    if (!found[0].ptr || !found[1].ptr || !t->class_name.len)
      continue;
    if (link)
      return false; // which of them is not said
    link = t;
    memcpy(keys, found, sizeof keys);
  }
  if (!link)
    return false;
  vec_push(words, link->class_name);
  vec_push(words, str_format(d->arena, "@unique(%.*s,%.*s)", STR_ARG(keys[0]),
                             STR_ARG(keys[1])));
  return true;
}

// "the relationships are missing, add them": along every key that none goes along.
static bool read_missing(D *d, StrVec *words) {
  bool wanted = says(d, "relationship|relationships|relationship attributes|relation|"
                        "relations|back references") &&
                says(d, "missing|add|need|want|create|define|set");
  size_t end;
  bool plural;
  for (size_t i = 0; i < d->tokens.len; i++)
    if (entity_at(d, i, &end, &plural) != NO_ENTITY)
      return false; // said of some
  for (size_t e = 0; wanted && e < d->entities.len; e++) {
    const SchemaTable *t = schema_find(d->schema, d->entities.items[e].name);
    for (size_t i = 0; t && i < t->columns.len; i++) {
      const SchemaColumn *c = t->columns.items[i];
      bool along = false;
      for (size_t k = 0; c->foreign_key && k < t->relations.len; k++)
        along |= t->relations.items[k]->target == c->foreign_key->table;
      if (!c->foreign_key || along || !str_ends(c->name, STR("_id")))
        continue;
      vec_push(words, t->class_name);
      vec_push(words,
               str_format(d->arena, "%.*s:->%.*s", (int)c->name.len - 3, c->name.ptr,
                          STR_ARG(c->foreign_key->table->class_name)));
    }
  }
  return words->len > 0;
}

// "person.city and city.people": relationships along the one key between the two.
static bool read_attributes(D *d, StrVec *words) {
  struct {
    int entity;
    Str name;
  } found[2];
  size_t count = 0, end, stop;
  int e;
  for (size_t i = 0; i < d->tokens.len; i++) {
    if (!dotted(d, i, &end, &e) || attribute_of(d, e, end, &stop).ptr)
      continue;
    if (count == 2)
      return false;
    found[count].entity = e;
    found[count++].name = d->tokens.items[end].low;
    i = end;
  }
  if (count != 2 || found[0].entity == found[1].entity)
    return false;
  for (int n = 0; n < 2; n++) {
    const SchemaTable *t =
        schema_find(d->schema, d->entities.items[found[n].entity].name);
    const SchemaTable *other =
        schema_find(d->schema, d->entities.items[found[1 - n].entity].name);
    for (size_t i = 0; t && i < t->columns.len; i++) {
      const SchemaColumn *c = t->columns.items[i];
      if (!c->foreign_key || c->foreign_key->table != other)
        continue;
      vec_push(words, t->class_name);
      vec_push(words,
               str_format(d->arena, "%.*s:->%.*s:back(%.*s)", STR_ARG(found[n].name),
                          STR_ARG(other->class_name), STR_ARG(found[1 - n].name)));
      return true;
    }
  }
  return false;
}

bool describe_change(Arena *arena, Str text, Schema *schema, DescribedChange *out) {
  D d = {.arena = arena, .schema = schema};
  *out = (DescribedChange){0};
  text_tokens(&d, text);
  for (size_t i = 0; i < schema->tables.len; i++)
    if (schema->tables.items[i]->external && schema->tables.items[i]->class_name.len)
      entity_add(&d, schema->tables.items[i]->class_name);
  bool found = read_ordered(&d, out) || read_change(&d, out) || read_cascade(&d, out) ||
               read_attributes(&d, &out->words) || read_unique_pair(&d, &out->words) ||
               read_missing(&d, &out->words);
  vec_free(&d.entities);
  vec_free(&d.tokens);
  return found;
}
