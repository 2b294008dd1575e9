// describe_relation.c: what a description says of two models.
#include "agent/describe_internal.h"

bool is_subject(const D *d, int e) {
  for (size_t i = 0; i < d->subjects.len; i++)
    if ((int)d->subjects.items[i] == e)
      return true;
  return false;
}

void add_relation(D *d, int from, int to, RelationKind kind, Str name, bool optional) {
  DEntity *source = &d->entities.items[from], *target = &d->entities.items[to];
  if (source->external && !target->external && kind == RELATION_ONE_TO_MANY) {
    add_relation(d, to, from, RELATION_MANY_TO_ONE, (Str){"", 0}, optional);
    return; // the foreign key stands on the new model
  }
  DField f = {
      .target = target->name, .type = {"", 0}, .value = {"", 0}, .extra = {"", 0}};
  Str one = name_snake(d->arena, target->lemma);
  bool many = kind == RELATION_ONE_TO_MANY || kind == RELATION_MANY_TO_MANY;
  f.name = name.len ? name : many ? name_plural(d->arena, one) : one;
  f.arrow = kind == RELATION_MANY_TO_MANY  ? "<->"
            : kind == RELATION_ONE_TO_MANY ? "<-"
                                           : "->";
  f.one = kind == RELATION_ONE_TO_ONE;
  f.nullable = optional;
  if (from == to && kind == RELATION_ONE_TO_MANY) {
    f.arrow = "->";
    f.name = STR("parent");
    f.nullable = true;
  }
  source->described = target->described = true;
  if (f.one) // the key stands on the part, "User has one Profile": on Profile
    f.arrow = "<-";
  field_add(d, from, &f);
}

// "Author with a Book model and a one-to-many relationship": the kind of the relation
// that was read last.
static bool relate_last(D *d, RelationKind kind) {
  for (size_t k = 0; k < d->subjects.len; k++) {
    DEntity *e = &d->entities.items[d->subjects.items[k]];
    DField *f = e->fields.len ? &e->fields.items[e->fields.len - 1] : NULL;
    int target = f && f->arrow ? entity_of(d, f->target) : NO_ENTITY;
    if (target == NO_ENTITY)
      continue;
    e->fields.len--;
    add_relation(d, (int)d->subjects.items[k], target, kind, (Str){"", 0}, f->nullable);
    return true;
  }
  return false;
}

// "a Label (name, founded year)": what stands in the parentheses is said of the label.
static size_t open_parentheses(D *d, int e, size_t end) {
  RelationKind kind;
  size_t at = end + 1;
  bool says_how = after_pair(d, at, &kind) > at || after_many(d, at) > at ||
                  is_word(d, at,
                          "both optional nullable cascade via through required unique "
                          "not and or");
  if (!is_mark(d, end, '(') || says_how || !d->subjects.len)
    return end;
  d->back = d->subjects.items[0] + 1;
  d->subjects.len = 0;
  vec_push(&d->subjects, (size_t)e);
  d->entities.items[e].described = true;
  use(d, end, at);
  return at;
}

// "many posts with a title", "many posts, each with a title": the sentence goes on about
// the posts.
size_t shift_subject(D *d, int e, size_t end) {
  if (is_mark(d, end, '('))
    return open_parentheses(d, e, end);
  if (is_mark(d, end, ':')) { // "many reviews: stars, text"
    d->subjects.len = 0;
    vec_push(&d->subjects, (size_t)e);
    d->entities.items[e].described = true;
    use(d, end, end + 1);
    return end + 1;
  }
  size_t at = after_any(d, end, "at a time|at any time");
  bool comma = is_mark(d, at, ',') && is_word(d, at + 1, "each");
  size_t with =
      after_any(d, at + comma,
                "each with|with|each having|having|each of them has|each has|that "
                "has|that have|which has|which have|where each has");
  size_t next = skip_words(d, with, "a an the");
  if (with == at + comma || is_mark(d, with, '(') ||
      is_word(d, next,
              "cascade cascading back_populates backref many several one lazy "
              "foreign relationship both association secondary back delete"))
    return end;
  d->subjects.len = 0;
  vec_push(&d->subjects, (size_t)e);
  d->entities.items[e].described = true;
  use(d, end, with);
  return with;
}

// "many posts", "a one-to-many to posts", "one profile": for each subject.
size_t read_relation(D *d, size_t i) {
  RelationKind kind = RELATION_ONE_TO_MANY;
  size_t at = skip_words(d, i, "a an the its can may optionally have has be is are"), end;
  if (at + 1 < d->tokens.len && is_word(d, at + 1, "by") && !d->tokens.items[at].mark &&
      str_ends(d->tokens.items[at].low, STR("ed")))
    at += 2; // "can be liked by many users"
  size_t pair = after_pair(d, at, &kind);
  bool plural;
  // "an animal has a Passport (number, issued on)"
  int part = is_word(d, i, "a an") ? entity_at(d, i + 1, &end, &plural) : NO_ENTITY;
  if (part != NO_ENTITY && !plural && d->subjects.len == 1 && !is_subject(d, part) &&
      is_mark(d, end, '(') && d->tokens.items[i + 1].capital &&
      !d->entities.items[part].external) {
    add_relation(d, (int)d->subjects.items[0], part, RELATION_ONE_TO_ONE, (Str){"", 0},
                 false);
    use(d, i, end);
    return open_parentheses(d, part, end);
  }
  if (pair > at) {
    size_t to = after_any(d, pair, "to|with|for|of|between|from|back to");
    size_t from = skip_words(d, to, fillers);
    int e = entity_at(d, from, &end, &plural);
    if (e == NO_ENTITY || (to == pair && (is_subject(d, e) || is_verb(d, end))))
      return relate_last(d, kind) ? (use(d, i, pair), pair) : i;
    if (is_word(d, end, "and to") && is_word(d, pair, "between from")) {
      size_t second;
      int other = entity_at(d, skip_words(d, end + 1, fillers), &second, &plural);
      if (other != NO_ENTITY) {
        use(d, i, second);
        size_t more =
            kind == RELATION_MANY_TO_MANY
                ? after_any(d, second + is_mark(d, second, ','),
                            "with|where the link stores|where the link has|where the "
                            "link table stores|where the link table has|storing|that "
                            "stores|that has|and the link stores|the link stores|the "
                            "link has|which stores|with the link storing|and store|"
                            "where we store")
                : second;
        if (more > second && link_new(d, e, other)) {
          use(d, second, more);
          return more;
        }
        add_relation(d, e, other, kind, (Str){"", 0}, false);
        return second;
      }
    }
    for (size_t k = 0; k < d->subjects.len; k++)
      add_relation(d, (int)d->subjects.items[k], e, kind, (Str){"", 0}, false);
    use(d, i, end);
    return end;
  }
  size_t many = after_many(d, at);
  size_t one =
      after_any(d, at, "exactly one|at most one|zero or one|only one|a single|one");
  if (many == at && one == at)
    return i;
  size_t from = skip_words(d, max_size(many, one), fillers);
  int e = entity_at(d, from, &end, &plural);
  if (e == NO_ENTITY)
    return i;
  size_t per = after_any(d, end, "per|for each|for every|in each|for one|in one"),
         owner_end;
  int owner = per > end ? entity_at(d, per, &owner_end, &plural) : NO_ENTITY;
  if (owner != NO_ENTITY) { // "many readings per device"
    add_relation(d, owner, e, RELATION_ONE_TO_MANY, (Str){"", 0}, false);
    use(d, i, owner_end);
    return owner_end;
  }
  for (size_t k = 0; k < d->subjects.len; k++) {
    Str word = name_plural(d->arena, d->entities.items[e].lemma);
    kind = many == at       ? RELATION_ONE_TO_ONE
           : is_label(word) ? RELATION_MANY_TO_MANY
                            : RELATION_ONE_TO_MANY;
    add_relation(d, (int)d->subjects.items[k], e, kind, (Str){"", 0}, false);
  }
  use(d, i, end);
  return shift_subject(d, e, end);
}

// "my User model with a Post model and a one-to-many relationship": a part of the
// subject, related as the sentence says.
size_t read_part(D *d, size_t i) {
  size_t at = skip_words(d, i, "with a an the new"), end, stop;
  bool plural;
  int e = entity_at(d, at, &end, &plural);
  if (e == NO_ENTITY || d->subjects.len != 1 || is_subject(d, e) || !i ||
      !(is_word(d, i, "with") || is_word(d, i - 1, "with")) ||
      !is_word(d, end, model_words))
    return i;
  RelationKind kind = RELATION_ONE_TO_MANY;
  size_t behind = end + 1, pair = skip_words(d, behind, "and plus with a an the");
  if (after_pair(d, pair, &kind) > pair)
    behind = after_pair(d, pair, &kind);
  else
    for (stop = end; !ends_sentence(d, stop); stop++)
      if (after_pair(d, stop, &kind) > stop)
        break;
  add_relation(d, (int)d->subjects.items[0], e, kind, (Str){"", 0}, false);
  use(d, i, behind);
  return behind;
}

// "belongs to a customer and a shop"
size_t read_belongs(D *d, size_t i) {
  size_t at = skip_words(d, i, "and also which that who may can optionally"), end;
  size_t verb = after_belongs(d, at);
  if (verb == at)
    verb = after_place(d, at);
  if (verb == at)
    return i;
  bool optional =
      is_word(d, at, "may can optionally") || is_word(d, i, "may can optionally");
  bool any = false,
       boss = is_word(d, verb - 1, "to") && is_word(d, verb - 2, "reports report");
  int last = NO_ENTITY;
  size_t stop = verb;
  for (at = verb;;) {
    bool many = after_many(d, at) > at, plural = false;
    size_t from = skip_words(d, after_many(d, at), fillers);
    optional |= is_word(d, from - 1, "optional");
    int e = entity_at(d, from, &end, &plural);
    if (e == NO_ENTITY || (any && is_verb(d, end)))
      break;
    for (size_t k = 0; k < d->subjects.len; k++) {
      int s = (int)d->subjects.items[k];
      bool all =
          i && !d->tokens.items[i - 1].mark &&
          str_ends(d->tokens.items[i - 1].low, STR("s")); // "tasks belong to projects"
      bool m2m = many || (plural && !all);
      add_relation(d, s, e, m2m ? RELATION_MANY_TO_MANY : RELATION_MANY_TO_ONE,
                   s == e && !m2m ? boss ? STR("manager") : STR("parent") : (Str){"", 0},
                   optional || (s == e && !m2m));
    }
    any = true;
    last = e;
    stop = end;
    size_t next = end + is_mark(d, end, ',');
    next = is_word(d, next, "and") ? next + 1 : next;
    if (next == end)
      break;
    at = next;
  }
  if (any)
    use(d, i, stop);
  return any ? (last == NO_ENTITY ? stop : shift_subject(d, last, stop)) : i;
}

// "a tree of folders"
static size_t read_tree(D *d, size_t i) {
  size_t end, at = after_any(d, i, "tree of|trees of|hierarchy of|hierarchies of");
  bool plural;
  int e = at > i ? entity_at(d, skip_words(d, at, fillers), &end, &plural) : NO_ENTITY;
  if (e == NO_ENTITY)
    return i;
  DField f = {.name = STR("parent"),
              .arrow = "->",
              .target = STR("self"),
              .type = {"", 0},
              .value = {"", 0},
              .extra = {"", 0},
              .nullable = true};
  field_add(d, e, &f);
  d->subjects.len = 0;
  vec_push(&d->subjects, (size_t)e);
  use(d, i, end);
  return end;
}

// "articles have many related articles", "many to many similar products": rows of the
// subject itself, each with each.
static size_t read_alike(D *d, size_t i) {
  RelationKind kind = RELATION_ONE_TO_MANY;
  size_t pair = after_pair(d, i, &kind), many = after_many(d, i), end;
  size_t at = max_size(pair, many);
  bool plural;
  if (at == i || d->subjects.len != 1 || at + 1 >= d->tokens.len ||
      d->tokens.items[at].mark || (pair > i && kind != RELATION_MANY_TO_MANY) ||
      (pair == i && !is_word(d, at,
                             "related similar linked recommended prerequisite "
                             "connected associated alternative")))
    return i;
  int e = entity_at(d, at + 1, &end, &plural);
  if (e == NO_ENTITY || !plural || !is_subject(d, e) || end != at + 2)
    return i;
  DField f = {.arrow = "<->",
              .target = STR("self"),
              .name = name_snake(d->arena, words_between(d, at, end)),
              .type = {"", 0},
              .value = {"", 0},
              .extra = {"", 0}};
  field_add(d, e, &f);
  use(d, i, end);
  return end;
}

size_t read_self(D *d, size_t i) {
  size_t tree = read_tree(d, i);
  tree = tree > i ? tree : read_alike(d, i);
  if (tree > i)
    return tree;
  size_t children =
      after_any(d, i,
                "children accessible from the parent|children accessible|with "
                "children|children|child categories|sub items|subitems");
  for (size_t k = 0; k < d->subjects.len && children > i; k++)
    if (field_find(d, (int)d->subjects.items[k], STR("parent"))) {
      use(d, i, children); // the other side of the parent
      return children;
    }
  size_t at = skip_words(d, i, "a an its optional with has");
  size_t self =
      after_any(d, at,
                "self referencing|self referential|self reference|self referenced|"
                "self referencing foreign key to its|self join");
  DField f = {.arrow = "->",
              .type = {"", 0},
              .value = {"", 0},
              .extra = {"", 0},
              .nullable = true};
  size_t end = self;
  if (self > at) {
    end = skip_words(d, self, "relationship foreign key to a an its the for");
    size_t name = noun_end(d, end);
    f.name =
        name > end ? name_snake(d->arena, words_between(d, end, name)) : STR("parent");
    int e = entity_of(d, f.name);
    if (e != NO_ENTITY && is_subject(d, e))
      f.name = STR("parent");
    end = name;
  } else if (is_word(d, at, "parent") && entity_of(d, STR("parent")) == NO_ENTITY) {
    size_t after = at + 1, next;
    bool plural;
    int e = entity_at(d, after, &next, &plural);
    f.name = STR("parent");
    end = e != NO_ENTITY && is_subject(d, e) ? next : after;
    if (is_word(d, end, "id"))
      end++;
  } else if (is_word(d, at, "tree hierarchy nested hierarchical") ||
             after_any(d, at, "sub categories|subcategories|children of itself") > at) {
    f.name = STR("parent");
    end = at + 1;
  } else {
    return i;
  }
  for (size_t k = 0; k < d->subjects.len; k++) {
    const DEntity *e = &d->entities.items[d->subjects.items[k]];
    const DField *last = e->fields.len ? &e->fields.items[e->fields.len - 1] : NULL;
    if (last && last->arrow && !strcmp(last->arrow, "<->") &&
        str_is(last->target, "self"))
      continue; // "users follow users, self referential": that was it
    f.target = STR("self");
    field_add(d, (int)d->subjects.items[k], &f);
  }
  if (!d->subjects.len)
    return i;
  use(d, i, end);
  return end;
}

// "a weather station and its readings"
size_t read_possession(D *d, size_t i) {
  size_t end;
  bool plural;
  int e = is_word(d, i, "its their") ? entity_at(d, i + 1, &end, &plural) : NO_ENTITY;
  if (e == NO_ENTITY || !plural || !d->subjects.len)
    return i;
  for (size_t k = 0; k < d->subjects.len; k++)
    add_relation(d, (int)d->subjects.items[k], e, RELATION_ONE_TO_MANY, (Str){"", 0},
                 false);
  use(d, i, end);
  return end;
}

size_t read_followers(D *d, size_t i) {
  bool friends = is_word(d, i, "friends friendship friendships");
  bool follows =
      is_word(d, i, "followers") ||
      after_any(d, i, "follow each other|follow other|can follow|follow one another") > i;
  if (!friends && !follows)
    return i;
  int e = d->subjects.len ? (int)d->subjects.items[0] : NO_ENTITY;
  for (size_t k = 0; k < d->tokens.len && e == NO_ENTITY; k++) {
    size_t end;
    bool plural;
    e = entity_at(d, k, &end, &plural);
  }
  if (e == NO_ENTITY)
    return i;
  DField f = {.arrow = "<->", .target = STR("self"), .type = {"", 0}, .value = {"", 0}};
  f.name = friends ? STR("friends") : STR("following");
  f.extra = friends ? STR("") : STR(":back(followers)");
  field_add(d, e, &f);
  size_t stop = after_any(d, i, "can follow|follow"), behind;
  stop = skip_words(d, stop > i ? stop : i + 1, "each other one another many");
  bool many;
  if (follows && entity_at(d, stop, &behind, &many) == e)
    stop = behind; // "follow other users"
  use(d, i, stop);
  return stop;
}

// "User and Profile one to one", "many-to-many between Movie and Actor", "association
// object between Student and Course with a grade" are seen by read_relation; what stands
// before a pair without a verb is seen here.
void read_pairs(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    RelationKind kind;
    size_t end = after_pair(d, i, &kind), first_end, second_end;
    bool plural;
    if (end == i || d->tokens.items[i].used || i < 3)
      continue;
    for (size_t from = i >= 6 ? i - 6 : 0; from < i; from++) {
      int a = entity_at(d, from, &first_end, &plural);
      if (a == NO_ENTITY || !is_word(d, first_end, "and to with for"))
        continue;
      int b = entity_at(d, skip_words(d, first_end + 1, "a an my our the"), &second_end,
                        &plural);
      if (b == NO_ENTITY || second_end > i)
        continue;
      add_relation(d, a, b, kind, (Str){"", 0}, false);
      use(d, from, end);
      break;
    }
  }
}

// "songs have a position in the playlist": with many of each other it is said of the
// model in between, else a song belongs to a playlist.
void read_places(D *d) {
  for (size_t n = 0; n < d->places.len; n++) {
    DPlace p = d->places.items[n];
    DEntity *e = &d->entities.items[p.entity], *other = &d->entities.items[p.in];
    const DField *f = field_find(d, p.entity, p.field);
    bool linked = false, many = false;
    for (size_t i = 0; i < e->fields.len; i++) {
      bool there =
          e->fields.items[i].arrow && str_eq(e->fields.items[i].target, other->name);
      linked |= there;
      many |= there && !strcmp(e->fields.items[i].arrow, "<->");
    }
    for (size_t i = 0; i < other->fields.len; i++) {
      bool there =
          other->fields.items[i].arrow && str_eq(other->fields.items[i].target, e->name);
      linked |= there;
      many |= there && !strcmp(other->fields.items[i].arrow, "<->");
    }
    if (!f)
      continue;
    DField moved = *f;
    if (!linked) {
      add_relation(d, p.entity, p.in, RELATION_MANY_TO_ONE, (Str){"", 0}, false);
    } else if (many) {
      e->fields.items[f - e->fields.items] = vec_last(&e->fields);
      e->fields.len--;
      if (link_new(d, p.entity, p.in))
        field_add(d, (int)d->entities.len - 1, &moved);
    }
  }
  vec_free(&d->places);
}
