// describe_verb.c: verbs that are in no list, told by what stands around them.
//
//   "a concert takes place at one venue"     subject, verb, preposition, one model
//   "a booking connects a guest and a room"  subject, verb, models
//   "user logs workouts"                     subject, verb, many of a model
//   "a customer reviews a product"           where there is a model Review
#include "agent/describe_internal.h"

static const char prepositions[] =
    "in at for to on by of from with under through inside into during within";
static const char no_verbs[] =
    "has have had is are was were be and or with that which who whose where when if "
    "plus also not no but a an the its their each every many several one between per "
    "should must can may will";

static const char *const one_of[] = {
    "exactly one", "at most one", "only one", "just one", "a single", "one",    "a",
    "an",          "the",         "its",      "their",    "some",     "another"};

static size_t after_one(const D *d, size_t i) {
  for (size_t k = 0; k < ARRAY_LEN(one_of); k++)
    if (after_phrase(d, i, one_of[k]) > i)
      return after_phrase(d, i, one_of[k]);
  return i;
}

// A model in the singular behind "a", "one", "the"; or, for "one" alone, the model spoken
// of last that is no subject.
static int one_model(const D *d, size_t i, size_t *end) {
  size_t noun = after_one(d, i), at;
  bool plural;
  int e = noun > i ? entity_at(d, noun, end, &plural) : NO_ENTITY;
  if (e != NO_ENTITY)
    return plural ? NO_ENTITY : e;
  bool alone =
      is_word(d, i, "one") && (noun >= d->tokens.len || d->tokens.items[noun].mark);
  if (!alone)
    return NO_ENTITY;
  *end = noun;
  for (at = i; at-- > 0;) {
    size_t stop;
    e = entity_at(d, at, &stop, &plural);
    if (e != NO_ENTITY && stop <= i && !is_subject(d, e))
      return e;
  }
  return NO_ENTITY;
}

static bool is_plain(const D *d, size_t i, const char *but) {
  size_t end;
  bool plural;
  return i < d->tokens.len && !d->tokens.items[i].mark && !d->tokens.items[i].quoted &&
         !is_word(d, i, but) && entity_at(d, i, &end, &plural) == NO_ENTITY;
}

// Behind "takes place at", "is shipped to"; `i` where no model follows.
size_t after_frame(const D *d, size_t i) {
  enum {
    MOST = 4 // words of the verb and what belongs to it
  };
  size_t end,
      at = skip_words(d, i, "can may must should will always only also is are gets");
  if (after_linked(d, i) > i)
    return i; // through a model in between
  for (size_t n = 0; n < MOST; n++, at++) {
    if (at > i && is_word(d, at, prepositions) && one_model(d, at + 1, &end) != NO_ENTITY)
      return at + 1;
    if (!is_plain(d, at, no_verbs))
      return i;
  }
  return i;
}

static bool is_verb_form(const D *d, size_t i) {
  return is_plain(d, i, no_verbs) && !is_word(d, i, prepositions) &&
         !is_word(d, i,
                  "called named id name model table class delete deletes remove "
                  "removes deleting removing keep keeps store stores inherit "
                  "inherits extend extends");
}

// Behind the verb of "connects a guest", "logs workouts"; `i` where no model follows.
size_t after_transitive(const D *d, size_t i) {
  size_t at = skip_words(d, i, "can may must should will always only also"), end;
  bool plural;
  size_t object = at + 1;
  bool named = entity_at(d, at, &end, &plural) != NO_ENTITY && plural && end == object;
  if (named && one_model(d, object, &end) != NO_ENTITY)
    return object; // "reviews a product"
  if (!is_verb_form(d, at))
    return i;
  if (one_model(d, object, &end) != NO_ENTITY)
    return object;
  size_t noun = skip_words(d, after_many(d, object), "other different");
  return entity_at(d, noun, &end, &plural) != NO_ENTITY && plural ? object : i;
}

// The model that a verb is the name of: "reviews" of Review, "books" of Booking is none.
static int entity_of_verb(const D *d, Str verb) {
  Str one = name_singular(d->arena, verb);
  for (size_t e = 0; e < d->entities.len; e++)
    if (str_eq(d->entities.items[e].lemma, one) && !is_subject(d, (int)e))
      return (int)e;
  return NO_ENTITY;
}

// "a guest and a room", each of which the subjects belong to.
static size_t relate_to_ones(D *d, size_t i, bool optional) {
  size_t end, stop = i;
  bool links = i && is_word(d, i - 1,
                            "connects connect links link joins join ties tie relates "
                            "relate assigns assign associates associate maps map binds "
                            "bind connecting linking joining relating assigning");
  for (size_t at = i;;) {
    int e = one_model(d, at, &end);
    if (e == NO_ENTITY || (stop > i && is_verb(d, end)))
      return stop;
    for (size_t k = 0; k < d->subjects.len; k++) {
      bool self = (int)d->subjects.items[k] == e;
      add_relation(d, (int)d->subjects.items[k], e, RELATION_MANY_TO_ONE,
                   self ? STR("parent") : (Str){"", 0}, optional || self);
    }
    stop = end;
    size_t next = end + is_mark(d, end, ',');
    next = is_word(d, next, links ? "and with to" : "and") ? next + 1 : next;
    if (next == end)
      return stop;
    at = next;
  }
}

size_t read_frame(D *d, size_t i) {
  size_t object = d->subjects.len ? after_frame(d, i) : i;
  if (object == i)
    return i;
  bool optional = is_word(d, i, "may can");
  size_t end = relate_to_ones(d, object, optional);
  if (end == object)
    return i;
  use(d, i, end);
  return end;
}

size_t read_transitive(D *d, size_t i) {
  size_t object = d->subjects.len ? after_transitive(d, i) : i, end;
  bool plural;
  if (object == i)
    return i;
  Str verb = d->tokens.items[object - 1].low;
  int act = d->subjects.len == 1 ? entity_of_verb(d, verb) : NO_ENTITY;
  int one = one_model(d, object, &end);
  if (act != NO_ENTITY && one != NO_ENTITY) {
    link_act(d, act, (int)d->subjects.items[0], one);
    size_t open = after_any(d, end, "with|giving|having");
    use(d, i, open);
    return open;
  }
  if (one != NO_ENTITY) {
    end = relate_to_ones(d, object, false);
  } else {
    int many = entity_at(d, skip_words(d, after_many(d, object), "other different"), &end,
                         &plural);
    if (many == NO_ENTITY || is_subject(d, many))
      return i;
    for (size_t k = 0; k < d->subjects.len; k++)
      add_relation(d, (int)d->subjects.items[k], many, RELATION_ONE_TO_MANY, (Str){"", 0},
                   false);
  }
  use(d, i, end);
  return end;
}

// "user logs workouts", where a Workout is spoken of: the user is a model too.
void find_actors(D *d) {
  for (size_t i = 0; i + 2 < d->tokens.len; i++) {
    bool starts =
        i == 0 || d->tokens.items[i - 1].mark || is_word(d, i - 1, "a an each every the");
    size_t end;
    bool plural;
    bool several =
        starts && is_plain(d, i, no_verbs) && !is_word(d, i, not_names) &&
        (!i || d->tokens.items[i - 1].mark) &&
        !str_eq(name_singular(d->arena, d->tokens.items[i].low), d->tokens.items[i].low);
    if (several && after_frame(d, i + 1) > i + 1) { // "files lie in a folder"
      entity_add(d, d->tokens.items[i].low);
      continue;
    }
    size_t object = i + 2 + is_word(d, i + 2, "in for to at on");
    if (several && is_verb_form(d, i + 1) && !is_verb(d, i + 1) &&
        !is_plural_noun(d, i + 1) && is_plural_noun(d, object) &&
        noun_end(d, object) == object + 1) { // "instructors publish courses"
      entity_add(d, d->tokens.items[i].low);
      entity_add(d, d->tokens.items[object].low);
      continue;
    }
    if (!starts || !is_plain(d, i, no_verbs) ||
        kind_of(lemma_of(d, d->tokens.items[i].low)) < 0)
      continue;
    bool acts =
        str_ends(d->tokens.items[i + 1].low, STR("s")) ||
        !str_eq(name_singular(d->arena, d->tokens.items[i].low), d->tokens.items[i].low);
    if (acts && is_verb_form(d, i + 1) && !is_verb(d, i + 1) &&
        (entity_at(d, skip_words(d, i + 2, fillers), &end, &plural) != NO_ENTITY))
      entity_add(d, d->tokens.items[i].low);
  }
}
