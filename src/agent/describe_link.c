// describe_link.c: two models that a verb brings together, and the model in between that
// says more of it.
//
//   "students take courses" · "members borrow books (loan with a date)" · "doctors and
//   patients linked through Appointment" · "for each role store the character's name"
#include "agent/describe_internal.h"

static const char opens_fields[] =
    "with|that has|that have|which has|which have|having|which stores|storing|that "
    "stores|"
    "stores|store|which store|has|have|holds|which holds|records";

// The many-to-many that was said of them gives way to a model of its own.
static void drop_many(D *d, int a, int b) {
  DEntity *e = &d->entities.items[a];
  Str target = d->entities.items[b].name;
  size_t kept = 0;
  for (size_t i = 0; i < e->fields.len; i++) {
    DField f = e->fields.items[i];
    if (!f.arrow || strcmp(f.arrow, "<->") || !str_eq(f.target, target))
      e->fields.items[kept++] = f;
  }
  e->fields.len = kept;
}

// Makes `c` the model between the two, and what the sentence goes on about.
static void link_by(D *d, int c, int a, int b, const char *extra) {
  int sides[] = {a, b};
  drop_many(d, a, b);
  drop_many(d, b, a);
  for (int k = 0; k < 2; k++) {
    DField f = {.arrow = "->",
                .target = d->entities.items[sides[k]].name,
                .type = {"", 0},
                .value = {"", 0},
                .extra = str_from(extra)};
    f.name = name_snake(d->arena, f.target);
    field_add(d, c, &f);
    d->entities.items[sides[k]].described = true;
  }
  d->entities.items[c].described = true;
  d->subjects.len = 0;
  vec_push(&d->subjects, (size_t)c);
}

// "association object between Student and Course with a grade": a model of its own.
static size_t read_association(D *d, size_t i) {
  size_t at = after_any(
      d, i,
      "association object|association class|association model|association table "
      "with extra|link model|join model|link table|join table|association table");
  size_t name_at = after_any(d, at, "called|named"), ends[2];
  if (name_at == at && at < d->tokens.len && d->tokens.items[at].capital &&
      is_word(d, at + 1, "linking connecting joining between for relating"))
    name_at = at; // "association class Membership linking …"
  bool plural;
  int sides[2], e;
  if (at == i)
    return i;
  Str name = {0};
  if ((name_at > at ||
       is_word(d, at + 1, "linking connecting joining between for relating")) &&
      name_at < d->tokens.len && !d->tokens.items[name_at].mark &&
      !is_word(d, name_at, "between for of")) {
    name = d->tokens.items[name_at].text;
    at = name_at + 1;
  }
  bool table = at > i && is_word(d, at - 1, "table"); // "association table a <-> b"
  static const char joins[] = "between for of linking connecting joining relating";
  if (!is_word(d, at, joins) && !table)
    return i;
  at -= table && !is_word(d, at, joins);
  sides[0] = entity_at(d, skip_words(d, at + 1, fillers), &ends[0], &plural);
  if (sides[0] == NO_ENTITY || !is_word(d, ends[0], "and"))
    return i;
  sides[1] = entity_at(d, skip_words(d, ends[0] + 1, fillers), &ends[1], &plural);
  if (sides[1] == NO_ENTITY)
    return i;
  if (!name.ptr)
    name = str_format(d->arena, "%.*s%.*s", STR_ARG(d->entities.items[sides[0]].name),
                      STR_ARG(d->entities.items[sides[1]].name));
  e = entity_add(d, name);
  if (e == NO_ENTITY)
    return i;
  link_by(d, e, sides[0], sides[1], ":cascade:pk");
  use(d, i, ends[1]);
  return after_any(d, ends[1],
                   "with|that has|that have|having|which stores|storing|that stores");
}

// "doctors and patients are linked through an Appointment"
static size_t read_linked(D *d, size_t i) {
  size_t end;
  bool plural;
  int a = entity_at(d, skip_words(d, i, fillers), &end, &plural);
  if (a == NO_ENTITY || !is_word(d, end, "and to with"))
    return i;
  int b = entity_at(d, skip_words(d, end + 1, fillers), &end, &plural);
  size_t by = b == NO_ENTITY ? end : after_linked(d, end);
  if (b == NO_ENTITY || by == end || a == b)
    return i;
  int c = entity_at(d, skip_words(d, by, fillers), &end, &plural);
  if (c == NO_ENTITY || c == a || c == b)
    return i;
  link_by(d, c, a, b, ":cascade");
  end = skip_words(d, end, "model class table object");
  size_t stop = after_any(d, end, opens_fields);
  use(d, i, stop);
  return stop;
}

// The two models last spoken of in front of `i`, other than `c`.
static bool two_before(const D *d, size_t i, int c, int sides[2]) {
  int count = 0;
  bool plural;
  for (size_t at = i, end; at-- > 0 && count < 2;) {
    int e = entity_at(d, at, &end, &plural);
    if (e != NO_ENTITY && e != c && end <= i && (!count || e != sides[0]))
      sides[count++] = e;
  }
  return count == 2;
}

// "the order item in between stores quantity"
static size_t read_middle(D *d, size_t i) {
  size_t end;
  bool plural;
  int sides[2];
  int c = entity_at(d, skip_words(d, i, fillers), &end, &plural);
  size_t at =
      c == NO_ENTITY ? 0 : after_any(d, end, "in between|between them|in the middle");
  if (c == NO_ENTITY || at == end || !two_before(d, i, c, sides))
    return i;
  link_by(d, c, sides[1], sides[0], ":cascade");
  size_t stop = after_any(d, at, opens_fields);
  use(d, i, stop);
  return stop;
}

// "for each role store the character's name"
static size_t read_each(D *d, size_t i) {
  size_t at = after_any(d, i, "for each|for every|per"), end;
  bool plural;
  int c = at > i ? entity_at(d, at, &end, &plural) : NO_ENTITY;
  if (c == NO_ENTITY)
    return i;
  size_t verb = skip_words(d, end, "we i you should must to need want also");
  size_t stop =
      after_any(d, verb, "store|keep|record|save|track|note|remember|is stored");
  if (stop == verb)
    return i;
  if (d->paired && c != d->pair[0] && c != d->pair[1])
    link_by(d, c, d->pair[0], d->pair[1], ":cascade");
  d->subjects.len = 0;
  vec_push(&d->subjects, (size_t)c);
  use(d, i, stop);
  return stop;
}

// "employees log hours on projects: date, hours": a row for each time it happens.
static size_t read_log(D *d, size_t i) {
  size_t end, object;
  bool plural;
  int a = entity_at(d, i, &end, &plural);
  if (a == NO_ENTITY || is_verb(d, end))
    return i;
  for (object = end; object < end + 3 && !is_word(d, object, "on in at for to"); object++)
    if (object >= d->tokens.len || d->tokens.items[object].mark)
      return i;
  int b = object > end && is_word(d, object, "on in at for to")
              ? entity_at(d, skip_words(d, object + 1, fillers), &end, &plural)
              : NO_ENTITY;
  if (b == NO_ENTITY || b == a || !is_mark(d, end, ':'))
    return i;
  Str name = str_format(d->arena, "%.*s%.*s", STR_ARG(d->entities.items[a].name),
                        STR_ARG(d->entities.items[b].name));
  int c = entity_add(d, name);
  if (c == NO_ENTITY)
    return i;
  schema_assume(d->schema, "%.*s is the model of what the two have to do with each other",
                STR_ARG(name));
  link_by(d, c, a, b, ":cascade");
  use(d, i, end + 1);
  return end + 1;
}

void link_act(D *d, int act, int a, int b) {
  link_by(d, act, a, b, ":cascade");
}

bool link_new(D *d, int a, int b) {
  Str name = str_format(d->arena, "%.*s%.*s", STR_ARG(d->entities.items[a].name),
                        STR_ARG(d->entities.items[b].name));
  int c = entity_add(d, name);
  if (c != NO_ENTITY)
    link_by(d, c, a, b, ":cascade:pk");
  return c != NO_ENTITY;
}

size_t read_link(D *d, size_t i) {
  static size_t (*const readers[])(D *, size_t) = {read_association, read_linked,
                                                   read_middle, read_each, read_log};
  for (size_t k = 0; k < ARRAY_LEN(readers); k++) {
    size_t end = readers[k](d, i);
    if (end > i)
      return end;
  }
  return i;
}

void link_as_noun(D *d, int e, Str verb) {
  if (d->paired && e != d->pair[0] && e != d->pair[1] &&
      str_eq(d->entities.items[e].lemma, name_singular(d->arena, verb)))
    link_by(d, e, d->pair[0], d->pair[1], ":cascade");
}

// "members borrow books (loan with a date)": the offset behind "with".
static size_t read_named_link(D *d, size_t i, int a, int b) {
  if (!is_mark(d, i, '('))
    return i;
  size_t from = skip_words(d, i + 1, fillers), end = noun_end(d, from);
  size_t open = is_mark(d, end, ':') ? end + 1 : after_any(d, end, opens_fields);
  int c =
      end > from && open > end ? entity_add(d, words_between(d, from, end)) : NO_ENTITY;
  if (c == NO_ENTITY || c == a || c == b)
    return i;
  link_by(d, c, a, b, ":cascade");
  use(d, i, open);
  return open;
}

// "students take courses": many-to-many, unless one side makes the other.
size_t read_action(D *d, size_t i) {
  size_t at = skip_words(d, i, "can may must to"), end;
  bool makes = is_word(d, at,
                       "write writes place places create creates own owns upload publish "
                       "publishes make makes post posts send sends");
  bool joins =
      is_word(d, at,
              "take takes borrow borrows attend attends enroll enrol enrolls join joins "
              "like likes follow follows speak know play plays use uses visit buy buys "
              "watch teach teaches study appear act");
  if ((!makes && !joins) || !d->subjects.len)
    return i;
  size_t from = skip_words(d, at + 1, "in for to at many several multiple a an one the");
  bool plural;
  int e = entity_at(d, from, &end, &plural);
  if (e == NO_ENTITY)
    return i;
  for (size_t k = 0; k < d->subjects.len; k++)
    add_relation(d, (int)d->subjects.items[k], e,
                 makes ? RELATION_ONE_TO_MANY : RELATION_MANY_TO_MANY, (Str){"", 0},
                 false);
  use(d, i, end);
  d->pair[0] = (int)d->subjects.items[0];
  d->pair[1] = e;
  d->verb = d->tokens.items[at].low;
  d->paired = joins;
  return joins ? read_named_link(d, end, d->pair[0], e) : end;
}
