// describe_shared.c: classes that are told to give their columns to others.
//
//   "an abstract base class Audited with created_by, and Invoice and Note use it"
//   "a SlugMixin (slug) for Post and Page"
#include "agent/describe_internal.h"

static bool is_usual_mixin(const D *d, size_t i) {
  return is_word(d, i, "timestampmixin timestampsmixin softdeletemixin uuidmixin");
}

// The class that stands at `i` behind "abstract base class", or is called a mixin; its
// words before the name are blanked.
static int shared_at(D *d, size_t i) {
  size_t at = i, end;
  bool plural;
  if (is_word(d, i, "abstract")) {
    at = skip_words(d, i + 1, "declarative base parent super class model named called");
    int e = entity_at(d, at, &end, &plural);
    if (e != NO_ENTITY) {
      d->entities.items[e].shared = SHARED_ABSTRACT;
      blank(d, i, at);
    }
    return e;
  }
  const Token *t = &d->tokens.items[i];
  if (t->mark || !t->capital || !str_ends(t->low, STR("mixin")) || is_usual_mixin(d, i) ||
      t->low.len == strlen("mixin"))
    return NO_ENTITY;
  int e = entity_add(d, t->text);
  d->entities.items[e].shared = SHARED_MIXIN;
  return e;
}

// The models of the sentence around `i` are kinds of `e`, as far as it is used there.
static size_t take_children(D *d, size_t i, int e) {
  size_t from = i, end, count = 0;
  bool plural;
  while (from > 0 && !ends_sentence(d, from - 1))
    from--;
  for (size_t k = from; !ends_sentence(d, k); k++) {
    int child = entity_at(d, k, &end, &plural);
    DEntity *c = child == NO_ENTITY ? NULL : &d->entities.items[child];
    if (!c || child == e || c->shared || c->parent.len)
      continue;
    c->parent = d->entities.items[e].name;
    c->described = true;
    count++;
  }
  return count;
}

static void blank_uses(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t end = after_any(d, i,
                           "that both use it|that use it|which use it|that uses it|which "
                           "uses it|both use it|all use it|use it|that inherit from it|"
                           "inherit from it|both inherit from it|based on it|that extend "
                           "it|extend it|two models|the two models|two classes");
    if (end > i)
      blank(d, i, end);
  }
}

// "class Audited ... . Invoice and Note inherit from Audited": where it is named again.
void find_shared(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    int e = shared_at(d, i);
    if (e == NO_ENTITY || !d->entities.items[e].shared)
      continue;
    size_t count = 0, end;
    bool plural;
    for (size_t k = 0; k < d->tokens.len; k++)
      if (entity_at(d, k, &end, &plural) == e)
        count += take_children(d, k, e);
    for (size_t k = i; !count && k < d->tokens.len; k++)
      if (is_word(d, k, "it"))
        count += take_children(d, k, e);
    if (!count)
      d->entities.items[e].shared = SHARED_NOT;
    else
      blank_uses(d);
  }
}
