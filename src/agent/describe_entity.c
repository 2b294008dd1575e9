// describe_entity.c: the models of a description, by name, and their fields.
#include "agent/describe_internal.h"

#include "schema/fields.h"

// ---- Entities

Str lemma_of(const D *d, Str phrase) {
  Str snake = name_snake(d->arena, phrase);
  char *out = arena_copy(d->arena, snake.ptr, snake.len);
  for (size_t i = 0; i < snake.len; i++)
    if (out[i] == '_')
      out[i] = ' ';
  return name_singular(d->arena, (Str){out, snake.len});
}

bool same_without_blanks(Str a, Str b) {
  size_t i = 0, k = 0;
  for (;; i++, k++) {
    while (i < a.len && a.ptr[i] == ' ')
      i++;
    while (k < b.len && b.ptr[k] == ' ')
      k++;
    if (i >= a.len || k >= b.len)
      return i >= a.len && k >= b.len;
    if (a.ptr[i] != b.ptr[k])
      return false;
  }
}

int entity_of(const D *d, Str phrase) {
  if (!phrase.len)
    return NO_ENTITY;
  Str lemma = lemma_of(d, phrase);
  for (size_t i = 0; i < d->entities.len; i++)
    if (same_without_blanks(d->entities.items[i].lemma, lemma))
      return (int)i;
  int head = NO_ENTITY; // "posts" after "a blog post", where there is only one such
  for (size_t i = 0; i < d->entities.len; i++) {
    Str whole = d->entities.items[i].lemma;
    if (whole.len > lemma.len && str_ends(whole, lemma) &&
        whole.ptr[whole.len - lemma.len - 1] == ' ') {
      if (head != NO_ENTITY)
        return NO_ENTITY;
      head = (int)i;
    }
  }
  return head;
}

// "1.4", "I'd": no name of anything.
static bool is_name_like(Str phrase) {
  for (size_t i = 0; i < phrase.len; i++)
    if (phrase.ptr[i] == '\'' || phrase.ptr[i] == '.')
      return false;
  return phrase.len && !(phrase.ptr[0] >= '0' && phrase.ptr[0] <= '9');
}

// "museum database": what holds the models is none.
static bool names_program(Str phrase) {
  static const char *const last[] = {" database", " application", " app",   " website",
                                     " backend",  " software",    " schema"};
  for (size_t i = 0; i < ARRAY_LEN(last); i++)
    if (str_ends(phrase, str_from(last[i])))
      return true;
  return false;
}

// "many lines" of an Order are its OrderLines, where there is such a model.
int entity_of_parts(const D *d, Str phrase) {
  int e = entity_of(d, phrase);
  if (e == NO_ENTITY)
    return e;
  Str whole = d->entities.items[e].lemma, lemma = lemma_of(d, phrase);
  if (same_without_blanks(whole, lemma) || whole.len <= lemma.len + 1)
    return e;
  Str first = str_slice(whole, 0, whole.len - lemma.len - 1);
  for (size_t i = 0; i < d->entities.len; i++)
    if (str_eq(d->entities.items[i].lemma, first))
      return e;
  return NO_ENTITY;
}

int entity_add(D *d, Str phrase) {
  int known = entity_of(d, phrase);
  if (known != NO_ENTITY &&
      same_without_blanks(d->entities.items[known].lemma, lemma_of(d, phrase)))
    return known;
  if (!is_name_like(phrase) || names_program(phrase))
    return NO_ENTITY;
  DEntity e = {.lemma = lemma_of(d, phrase)};
  e.name = name_camel(d->arena, e.lemma);
  bool capital = phrase.ptr[0] >= 'A' && phrase.ptr[0] <= 'Z';
  if (capital && !str_ends(phrase, STR("s")) && str_find_char(phrase, ' ', 0) == SIZE_MAX)
    e.name = name_camel(d->arena, name_snake(d->arena, phrase)); // "Media" is no Medium
  if (name_refused_class(e.name)) {
    Str wanted = e.name;
    e.name = str_format(d->arena, "%.*sRecord", STR_ARG(wanted));
    schema_assume(d->schema, "the model is called %.*s: the name %.*s %s",
                  STR_ARG(e.name), STR_ARG(wanted), name_refused_class(wanted));
  }
  if (name_refused_class(e.name))
    return NO_ENTITY;
  SchemaTable *t = schema_find(d->schema, e.name);
  e.external = t && t->external;
  vec_push(&d->entities, e);
  return (int)d->entities.len - 1;
}

int entity_at(const D *d, size_t i, size_t *end, bool *plural) {
  for (size_t n = 3; n > 0; n--) {
    bool words = i + n <= d->tokens.len;
    for (size_t k = i; words && k < i + n; k++)
      words = !d->tokens.items[k].mark;
    if (!words)
      continue;
    Str phrase = n == 1 ? d->tokens.items[i].text : words_between(d, i, i + n);
    int e = entity_of(d, phrase);
    if (e == NO_ENTITY)
      continue;
    *end = i + n;
    *plural = !same_without_blanks(lemma_of(d, phrase), words_between(d, i, i + n)) &&
              !d->tokens.items[i].capital;
    return e;
  }
  return NO_ENTITY;
}

// The same field: "ward_id" is the key of the reference "ward".
static bool same_field(const DField *old, const DField *f) {
  bool key = old->arrow && !strcmp(old->arrow, "->") && !f->arrow &&
             f->name.len == old->name.len + 3 && str_starts(f->name, old->name) &&
             str_ends(f->name, STR("_id"));
  return key || str_eq(old->name, f->name);
}

void field_add(D *d, int entity, const DField *f) {
  DEntity *e = &d->entities.items[entity];
  for (size_t i = 0; i < e->fields.len; i++)
    if (same_field(&e->fields.items[i], f)) {
      DField *old = &e->fields.items[i];
      old->unique |= f->unique;
      old->nullable |= f->nullable;
      old->index |= f->index;
      if (!old->extra.len && !old->arrow)
        old->extra = f->extra;
      return;
    }
  vec_push(&e->fields, *f);
}

DField *field_find(const D *d, int entity, Str name) {
  const DEntity *e = &d->entities.items[entity];
  for (size_t i = 0; i < e->fields.len; i++)
    if (str_eq(e->fields.items[i].name, name))
      return &e->fields.items[i];
  return NULL;
}

// ---- Usual models

static const struct {
  const char *model, *fields, *parents;
} kinds[] = {
#define FIELD(tail, spec)
#define KIND(model, fields, parents) {model, fields, parents},
#define LABELS(word)
#include "agent/describe.def"
#undef FIELD
#undef KIND
#undef LABELS
};

int kind_of(Str lemma) {
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
    if (str_is(lemma, kinds[i].model))
      return (int)i;
  return -1;
}

bool is_kind(const D *d, Str phrase) {
  return kind_of(lemma_of(d, phrase)) >= 0;
}

Str kind_fields(int kind) {
  return kind >= 0 ? str_from(kinds[kind].fields) : (Str){"", 0};
}

Str kind_parents(int kind) {
  return kind >= 0 ? str_from(kinds[kind].parents) : (Str){"", 0};
}
