// describe.c: models out of a description: which there are, what is said of each, and the
// words of the field grammar that say the same.
//
// Two passes over the words. The first finds the models: what is called one, what has
// fields, what others have many of. The second reads statements from left to right, with
// the models that the sentence is about as its subjects.
#include "agent/describe_internal.h"

// ---- Statements

static size_t skip_separators(D *d, size_t i) {
  for (;;) {
    size_t at = i;
    if (is_mark(d, at, ',') || is_mark(d, at, '&') || is_mark(d, at, '+'))
      at++;
    size_t next = after_any(d, at, "as well as|and also|and|plus|also|then"), end;
    bool plural; // "a card payment (…) or a bank transfer (…)"
    if (next == at && is_word(d, at, "or") && at && is_mark(d, at - 1, ')') &&
        entity_at(d, skip_words(d, at + 1, fillers), &end, &plural) != NO_ENTITY)
      next = at + 1;
    if (next == i)
      return i;
    if (next == at && at == i)
      return i;
    use(d, i, next);
    i = next;
  }
}

// Words that stand before `i` in its sentence and are no order to make something.
static bool count_before(const D *d, size_t i) {
  for (size_t k = i; k > 0 && !ends_sentence(d, k - 1); k--)
    if (!is_word(d, k - 1,
                 "a an the create define make write build give me us please pls need "
                 "want i we with for and typed simple orm sqlalchemy model models class "
                 "new"))
      return true;
  return false;
}

// "a transfer between two accounts": the next two fields without a type are those.
static size_t read_between_two(D *d, int e, size_t i) {
  size_t noun = is_word(d, i, "between from")
                    ? after_any(d, i + 1, "two|2|a pair of|two different")
                    : i;
  size_t end;
  bool plural;
  int other = noun > i + 1 ? entity_at(d, noun, &end, &plural) : NO_ENTITY;
  if (other == NO_ENTITY || e == other)
    return i;
  d->ends = 2;
  d->ends_of = e;
  d->ends_at = other;
  d->entities.items[other].described = true;
  use(d, i, end);
  return end;
}

// Such a field, or with `name` alone one of those that were not named.
static void make_end(D *d, DField *f) {
  f->arrow = "->";
  f->target = d->entities.items[d->ends_at].name;
  f->type = f->value = f->extra = STR("");
  f->from_name = false;
  d->ends--;
}

static void name_ends(D *d) {
  static const char *const names[] = {"target", "source"};
  while (d->ends > 0) {
    DField f = {.value = {"", 0}, .extra = {"", 0}};
    f.name =
        str_format(d->arena, "%s_%.*s", names[d->ends - 1],
                   STR_ARG(name_snake(d->arena, d->entities.items[d->ends_at].name)));
    make_end(d, &f);
    field_add(d, d->ends_of, &f);
  }
}

// "stock level of a product in a store": the subject belongs to each.
static size_t read_of(D *d, int e, size_t i) {
  int owners[4];
  size_t count = 0, at = i, end;
  bool plural;
  while (is_word(d, at, "of for in at by on") &&
         is_word(d, at + 1, "a an one the each") && count < ARRAY_LEN(owners)) {
    int owner = entity_at(d, at + 2, &end, &plural);
    if (owner == NO_ENTITY || plural || owner == e)
      break;
    owners[count++] = owner;
    at = end;
  }
  if (!count || !(is_mark(d, at, ':') || is_mark(d, at, '(') || is_verb(d, at)))
    return i;
  for (size_t k = 0; k < count; k++)
    add_relation(d, e, owners[k], RELATION_MANY_TO_ONE, (Str){"", 0}, false);
  use(d, i, at);
  return at;
}

// Subjects at `i`: "User", "a Post and a Comment", each followed by what is said of them.
static size_t read_subjects(D *d, size_t i) {
  size_t at = skip_words(d, i,
                         "give gives one a an the same another each every all both "
                         "define create model table class"),
         end;
  // "has one Capital": there it is what is said, no subject
  bool told = is_word(d, i, "one") && !starts_sentence(d, i);
  told |= is_word(d, i, "a an") && i &&
          is_word(d, i - 1, "has have gets get needs need owns own holds");
  size_t found[16], count = 0;
  for (;;) {
    bool plural;
    int e = entity_at(d, at, &end, &plural);
    if (e == NO_ENTITY || count == ARRAY_LEN(found))
      return i;
    found[count++] = (size_t)e;
    size_t behind = skip_words(
        d, end, "model models class classes table tables entity orm entities mapped");
    size_t that = is_word(d, behind, "that which who") ? behind + 1 : behind;
    if (that > behind && after_transitive(d, that) > that)
      behind = that; // "a Membership that connects a member with a plan"
    behind = read_between_two(d, e, behind);
    behind = read_of(d, e, behind);
    if (is_word(d, behind, "look looks") && is_mark(d, behind + 1, ','))
      behind += 2; // "how would a table for entries look, with ..."
    size_t verb = after_has(d, behind);
    verb = verb > behind
               ? verb
               : after_any(d, behind, "with fields|with columns|with|where each");
    bool given = is_word(d, i, "give gives") &&
                 is_word(d, behind, "a an one several many some another");
    bool opens = !told && (is_mark(d, behind, ':') || is_mark(d, behind, '('));
    size_t next_end;
    bool next_plural;
    // "User model, username unique, ...", "table sensors id, location"
    bool listed_fields = !told && !count_before(d, i) && count == 1 && behind > end &&
                         is_mark(d, behind, ',') &&
                         entity_at(d, skip_words(d, behind + 1, "a an the and"),
                                   &next_end, &next_plural) == NO_ENTITY;
    listed_fields |= is_word(d, behind, "id") && is_mark(d, behind + 1, ',');
    // "a ship carries many containers"
    size_t many = behind < d->tokens.len && !d->tokens.items[behind].mark &&
                          verb == behind && after_many(d, behind + 1) > behind + 1
                      ? behind + 1
                      : behind;
    bool belongs =
        after_belongs(d, behind) > behind || after_place(d, behind) > behind ||
        (!told &&
         (after_frame(d, behind) > behind || after_transitive(d, behind) > behind)) ||
        after_any(d, behind,
                  "keyed by|identified by|tree|hierarchy|and its|and "
                  "their|inherits|inherit|extends|extend|is "
                  "a|is an|are|may belong|can "
                  "belong|can be|may be|is|can|may|must|write|writes|take|takes|"
                  "borrow|borrows|enroll|enrol|attend|like|create|place|one to|"
                  "many to") > behind;
    if (given) {
      d->subjects.len = 0;
      vec_push(&d->subjects, (size_t)e);
      d->entities.items[e].described = true;
      use(d, i, behind);
      return behind; // "give every song an album"
    }
    if (verb > behind || opens || belongs || listed_fields || many > behind) {
      d->subjects.len = 0;
      for (size_t k = 0; k < count; k++) {
        vec_push(&d->subjects, found[k]);
        d->entities.items[found[k]].described = true;
      }
      if (count == 1)
        link_as_noun(d, (int)found[0], d->verb);
      size_t begins = opens                                      ? behind + 1
                      : listed_fields && is_mark(d, behind, ',') ? behind + 1
                                                                 : max_size(verb, many);
      use(d, i, begins);
      return begins;
    }
    size_t next = behind + is_mark(d, behind, ',');
    next = is_word(d, next, "and or") ? next + 1 : next;
    if (next == behind || is_word(d, next, "each every"))
      return i;
    at = skip_words(d, next, "a an the");
  }
}

// "a big integer primary key"
static size_t read_key(D *d, size_t i) {
  static const struct {
    const char *words, *type;
  } keys[] = {
      {"big integer primary key|bigint primary key|big int primary key|bigint pk|big "
       "integer pk|bigint id|big integer id|biginteger primary key",
       "bigint"},
      {"string primary key|varchar primary key|text primary key", "str(255)"},
  };
  size_t at = skip_words(d, i, "a an the with");
  for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
    size_t end = after_any(d, at, keys[k].words);
    if (end == at || !d->subjects.len)
      continue;
    DField f = {.name = STR("id"),
                .type = str_from(keys[k].type),
                .value = {"", 0},
                .extra = {"", 0},
                .key = true};
    for (size_t n = 0; n < d->subjects.len; n++)
      field_add(d, (int)d->subjects.items[n], &f);
    use(d, i, end);
    return end;
  }
  return i;
}

// "deleting a post must delete its comments": they are the post's, said or not. It is
// told later whether that was said.
static void own_by_deletion(D *d, int owner, size_t from, size_t to) {
  size_t end;
  bool plural, kept = false;
  for (size_t k = from; k < to; k++)
    kept |= is_word(d, k, "not never keep keeps without cannot");
  for (size_t k = from; k < to && !kept; k++) {
    if (!is_word(d, k, "its their his her"))
      continue;
    int e = entity_at(d, skip_words(d, k + 1, "own"), &end, &plural);
    if (e == NO_ENTITY || e == owner || !plural)
      continue;
    vec_push(&d->owned, (DOwned){.entity = e, .owner = owner});
    d->cascade = true;
  }
}

static void link_owned(D *d) {
  for (size_t i = 0; i < d->owned.len; i++) {
    DOwned o = d->owned.items[i];
    if (!entities_linked(&d->entities.items[o.entity], &d->entities.items[o.owner]))
      add_relation(d, o.entity, o.owner, RELATION_MANY_TO_ONE, (Str){"", 0}, false);
  }
  vec_free(&d->owned);
}

// "deleting an album deletes its photos": mark_cascade knows; it says no more.
static size_t read_deletion(D *d, size_t i) {
  size_t at =
      after_any(d, i,
                "deleting a|deleting an|deleting the|removing a|removing an|when a|"
                "when an|if a|if an|deletion of a|deletion of an");
  size_t end, stop = at;
  bool plural;
  size_t verb = after_any(d, i, "delete the|delete|remove the|remove");
  if (verb > i && is_word(d, verb, "it them"))
    end = verb + 1; // "delete it with the member"
  else if (verb > i && entity_at(d, verb, &end, &plural) == NO_ENTITY)
    end = verb;
  if (verb > i && end > verb &&
      is_word(d, end,
              "with when along together if")) { // "delete tasks with their project"
    while (!ends_sentence(d, stop) && !is_mark(d, stop, ','))
      stop++;
    d->cascade = true;
    use(d, i, stop);
    return stop;
  }
  int owner = at > i ? entity_at(d, at, &end, &plural) : NO_ENTITY;
  if (owner == NO_ENTITY)
    return i;
  while (!ends_sentence(d, stop) && !is_mark(d, stop, ','))
    stop++;
  bool about = false;
  for (size_t k = i; k < stop; k++)
    about |=
        is_word(d, k, "delete deletes deleted deleting remove removes removed removing");
  if (!about)
    return i;
  own_by_deletion(d, owner, end, stop);
  use(d, i, stop);
  return stop;
}

// "sender and recipient, both users", "x and y (both integers)": said of the field before
// as well. `e` has just got its last field.
static size_t read_both(D *d, size_t i, int e) {
  bool paren = is_mark(d, i, '(');
  size_t at = i + (paren || is_mark(d, i, ',')), end;
  bool plural;
  if (at == i || !is_word(d, at, "both"))
    return i;
  DEntity *entity = &d->entities.items[e];
  size_t n = entity->fields.len;
  int target =
      entity_at(d, skip_words(d, at + 1, "are is of them a an the"), &end, &plural);
  if (n < 2 || target == NO_ENTITY)
    return i;
  for (size_t k = n - 2; k < n; k++) {
    DField *f = &entity->fields.items[k];
    f->arrow = "->";
    f->target = d->entities.items[target].name;
    f->type = f->value = f->extra = STR("");
  }
  d->entities.items[target].described = true;
  end += paren && is_mark(d, end, ')');
  use(d, i, end);
  return end;
}

// What the last field was given holds for the one before: "departure and arrival time",
// "x and y floats", "first and last (both varchar 50)".
static bool holds_for_both(const D *d, size_t i, size_t end, const DField *f) {
  if (!i || !is_word(d, i - 1, "and"))
    return false;
  if (is_word(d, end - 1, "dates times"))
    return true;
  if (is_word(d, end - 1, "date time") && end - i == 2 &&
      is_word(d, i - 2,
              "departure arrival start end opening closing begin pickup delivery "
              "departing check-in created updated"))
    return true;
  for (size_t k = i; k < end; k++)
    if (is_word(d, k, "both"))
      return true;
  return !f->from_name &&
         is_word(d, end - 1, "floats strings integers ints decimals booleans");
}

static size_t read_one_field(D *d, size_t i) {
  if (is_word(d, i,
              "async sync asynchronous sqlite postgres postgresql mysql mariadb fastapi "
              "alembic asyncio pydantic orm core typed sqlalchemy python") &&
      (i + 1 >= d->tokens.len || d->tokens.items[i + 1].mark)) {
    use(d, i, i + 1); // how it is to be done
    return i + 1;
  }
  DField f;
  static const char asides[] = "please pls plz thanks thank thx sqlalchemy orm python "
                               "fastapi alembic use sync async "
                               "asynchronous synchronous";
  if (!d->subjects.len || is_verb(d, i) || is_word(d, i, asides))
    return i;
  size_t how = after_any(d, i,
                         "joined table inheritance|single table inheritance|joined "
                         "inheritance|single inheritance|concrete table inheritance|"
                         "table inheritance|joined table|single table");
  if (how > i) {
    use(d, i, how);
    return how;
  }
  size_t end = read_key(d, i);
  if (end > i)
    return end;
  end = field_read(d, i, &f);
  if (end == i)
    return i;
  if (d->ends > 0 && is_subject(d, d->ends_of) && !f.arrow && f.from_name &&
      str_is(f.type, "str"))
    make_end(d, &f);
  bool both = holds_for_both(d, i, end, &f);
  for (size_t k = 0; k < d->subjects.len; k++) {
    int s = (int)d->subjects.items[k];
    DEntity *e = &d->entities.items[s];
    if (both && !f.arrow && e->fields.len &&
        e->fields.items[e->fields.len - 1].from_name) {
      DField *before = &e->fields.items[e->fields.len - 1];
      before->type = f.type;
      before->nullable |= f.nullable;
      before->unique |= f.unique;
    }
    if (f.key && e->fields.len && i && is_word(d, i - 1, "and"))
      e->fields.items[e->fields.len - 1].key = true; // "a and b as primary key"
    if (f.arrow && !strcmp(f.arrow, "<-") && d->entities.items[s].external)
      add_relation(d, entity_of(d, f.target), s, RELATION_MANY_TO_ONE, (Str){"", 0},
                   false);
    else
      field_add(d, s, &f);
    if (f.arrow && entity_of(d, f.target) != NO_ENTITY)
      d->entities.items[entity_of(d, f.target)].described = true;
  }
  size_t place = skip_words(d, end + 1, "the a an each its"), place_end;
  bool place_plural;
  int in = is_word(d, end, "in within inside on") && !f.arrow && d->subjects.len == 1
               ? entity_at(d, place, &place_end, &place_plural)
               : NO_ENTITY;
  if (in != NO_ENTITY && !place_plural && !is_subject(d, in)) {
    vec_push(&d->places, ((DPlace){(int)d->subjects.items[0], in, f.name}));
    use(d, end, place_end);
    return place_end;
  }
  bool opened = f.arrow && is_mark(d, end, '(');     // "its supplier (name, country)"
  if (f.arrow && (opened || !strcmp(f.arrow, "<-"))) // "exercises with sets and reps"
    return shift_subject(d, entity_of(d, f.target), end);
  for (size_t k = 0; k < d->subjects.len; k++) {
    size_t behind = read_both(d, end, (int)d->subjects.items[k]);
    if (behind > end)
      return behind;
  }
  return end;
}

// "from check_in to check_out": two fields that end a span.
static size_t read_span(D *d, size_t i) {
  DField ends[2];
  size_t to =
      is_word(d, i, "from") && d->subjects.len ? field_read(d, i + 1, &ends[0]) : 0;
  if (to <= i + 1 || ends[0].arrow || !is_word(d, to, "to until till"))
    return i;
  size_t end = field_read(d, to + 1, &ends[1]);
  if (end == to + 1 || ends[1].arrow)
    return i;
  for (int n = 0; n < 2; n++) {
    if (ends[n].from_name && str_is(ends[n].type, "str"))
      ends[n].type = STR("date");
    for (size_t k = 0; k < d->subjects.len; k++)
      field_add(d, (int)d->subjects.items[k], &ends[n]);
  }
  use(d, i, end);
  return end;
}

// "from and to dates"
static size_t read_from_to(D *d, size_t i) {
  size_t at = after_any(
      d, i, "from and to dates|from and to date|start and end dates|start and end date");
  size_t times =
      after_any(d, i, "start and end times|start and end time|from and to times");
  if (at == i && times == i)
    return read_span(d, i);
  if (!d->subjects.len)
    return i;
  bool start = is_word(d, i, "start");
  for (int n = 0; n < 2; n++) {
    DField f = {.value = {"", 0}, .extra = {"", 0}};
    f.type = times > i ? STR("datetime") : STR("date");
    f.name = str_format(d->arena, "%s_%s",
                        n ? (start ? "end" : "to") : (start ? "start" : "from"),
                        times > i ? "time" : "date");
    for (size_t k = 0; k < d->subjects.len; k++)
      field_add(d, (int)d->subjects.items[k], &f);
  }
  use(d, i, max_size(at, times));
  return max_size(at, times);
}

static bool listed(const D *d, size_t i) { // an item of a list below "User:"
  return is_mark(d, i, '\n') && i && (is_mark(d, i - 1, ':') || !ends_sentence(d, i - 1));
}

// "a composite primary key of order_id and line_no"
static size_t read_composite_key(D *d, size_t i) {
  size_t at = after_any(
      d, skip_words(d, i, "a an the with"),
      "composite primary key of|composite primary key on|composite primary "
      "key over|composite key of|compound primary key of|composite primary "
      "key made of|primary key of|keyed by|identified by|with the key|whose key is|"
      "primary key is|primary key on|primary key over|pk is|pk on|primary key consists "
      "of|"
      "primary key");
  size_t end = i;
  at += at > i && is_mark(d, at, ':');
  if (at <= i + 1 || !d->subjects.len)
    return i;
  for (DField f;;) {
    size_t next = field_read(d, at, &f);
    if (next == at || f.arrow)
      break;
    f.key = true;
    if (str_ends(f.name, STR("_id")) || str_ends(f.name, STR("_no")))
      f.type = STR("int");
    for (size_t k = 0; k < d->subjects.len; k++) {
      DField *known = field_find(d, (int)d->subjects.items[k], f.name);
      if (known)
        known->key = true;
      else
        field_add(d, (int)d->subjects.items[k], &f);
    }
    end = next;
    if (!is_word(d, next, "and plus") && !is_mark(d, next, '+') &&
        !is_mark(d, next, '&') && !is_mark(d, next, ','))
      break;
    at = next + 1;
  }
  use(d, i, end);
  return end;
}

// "Can you do a Coupon model? code, percent off, valid until": fields of the one model
// that has none yet.
static bool lists_fields(D *d, size_t i) {
  size_t bare = d->entities.len, end, commas = 0;
  bool plural;
  for (size_t e = 0; e < d->entities.len; e++)
    if (!d->entities.items[e].external && !d->entities.items[e].fields.len) {
      if (bare < d->entities.len)
        return false;
      bare = e;
    }
  for (size_t k = i; !ends_sentence(d, k); k++) {
    if (is_verb(d, k) || entity_at(d, k, &end, &plural) != NO_ENTITY)
      return false;
    commas += is_mark(d, k, ',');
  }
  if (bare == d->entities.len || !commas)
    return false;
  d->subjects.len = 0;
  vec_push(&d->subjects, bare);
  return true;
}

// "both have a plate", "all payments have an amount": the parent of the kinds where there
// is one, else all models that were described.
static size_t read_all(D *d, size_t i) {
  if (!is_word(d, i, "both all they"))
    return i;
  size_t at = skip_words(d, i + 1, "of them these the kinds types"), end;
  bool plural;
  int named = entity_at(d, at, &end, &plural);
  at = named == NO_ENTITY ? at : end;
  size_t has = after_has(d, at), parent = d->entities.len;
  if (has == at || after_many(d, has) > has)
    return i;
  for (size_t e = 0; e < d->entities.len; e++)
    if (d->entities.items[e].parent.len)
      parent = (size_t)entity_of(d, d->entities.items[e].parent);
  if (is_word(d, i, "they") && parent == d->entities.len)
    return i;
  d->subjects.len = 0;
  if (named != NO_ENTITY || parent < d->entities.len) {
    vec_push(&d->subjects, named != NO_ENTITY ? (size_t)named : parent);
  } else {
    for (size_t e = 0; e < d->entities.len; e++)
      if (d->entities.items[e].described && !d->entities.items[e].external)
        vec_push(&d->subjects, e);
  }
  for (size_t k = 0; k < d->subjects.len; k++)
    d->entities.items[d->subjects.items[k]].described = true;
  use(d, i, has);
  return d->subjects.len ? has : i;
}

static const char opening_words[] =
    "with having storing stores store has have holds keep record save track note records "
    "remember stored";

// "a class for storing the books of my library, with title": nothing said what has a
// title but the model that stands before in the sentence.
static bool take_subject_before(D *d, size_t i) {
  size_t end;
  bool plural;
  for (size_t at = i; at-- > 0 && !ends_sentence(d, at);) {
    int e = entity_at(d, at, &end, &plural);
    if (e == NO_ENTITY || end > i)
      continue;
    vec_push(&d->subjects, (size_t)e);
    d->entities.items[e].described = true;
    return true;
  }
  return false;
}

static void read_statements(D *d, size_t from) {
  typedef size_t (*Reader)(D *, size_t);
  static const Reader said[] = {
      read_deletion, read_mixin,      read_link,       read_possession,  read_followers,
      read_self,     read_from_to,    read_belongs,    read_inheritance, read_part,
      read_relation, read_table_item, read_comparison, read_attribute,   read_action,
      read_frame,    read_transitive};
  bool fields = from > 0;
  for (size_t i = from; i < d->tokens.len;) {
    size_t named_end;
    bool named_plural;
    if (is_mark(d, i, ';') && fields && !is_verb(d, noun_end(d, i + 1)) &&
        entity_at(d, skip_words(d, i + 1, "a an the each every"), &named_end,
                  &named_plural) == NO_ENTITY) {
      i++; // "Trip: driver and passenger; fare; started_at"
      continue;
    }
    if (ends_sentence(d, i) && !(fields && listed(d, i))) {
      i++;
      fields = lists_fields(d, i);
      continue;
    }
    if (is_mark(d, i, ')') && d->back) {
      d->subjects.len = 0;
      vec_push(&d->subjects, d->back - 1);
      d->back = 0;
    }
    size_t start = skip_separators(d, i), next = read_subjects(d, start);
    if (next == start && start > from)
      next = read_sibling(d, start);
    if (next > start) {
      fields = true;
      i = next;
      continue;
    }
    size_t all = read_all(d, start);
    if (all > start) {
      i = all;
      fields = true;
      continue;
    }
    if (is_word(d, start, "it they this each") && after_has(d, start + 1) > start + 1) {
      use(d, start, after_has(d, start + 1));
      i = after_has(d, start + 1);
      fields = true;
      continue;
    }
    if (!d->subjects.len && is_word(d, start, "with having containing") &&
        !is_word(d, start + 1, "joined single concrete table cascade a") &&
        take_subject_before(d, start)) {
      use(d, start, start + 1);
      i = start + 1;
      fields = true;
      continue;
    }
    for (size_t k = 0; k < ARRAY_LEN(said) && next == start; k++)
      next = said[k](d, start);
    fields |= next > start &&
              (is_word(d, next - 1, opening_words) || is_mark(d, next - 1, ':'));
    if (next == start && fields && after_has(d, start) > start) {
      next = after_has(d, start);
      use(d, start, next);
    }
    size_t keys = read_composite_key(d, start);
    next = next == start ? keys : next;
    if (next == start && fields)
      next = read_one_field(d, start);
    i = next > start ? next : start + 1;
  }
}

// "a model with a UUID primary key": one that was given no name. The offset of what is
// said of it, 0 where there is none.
static size_t find_nameless(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t end = is_word(d, i, "model table class entity")
                     ? after_any(d, i + 1, "with|that has|which has|having|containing")
                     : i + 1;
    bool follows = is_word(d, i, "followers friends follow");
    if (end == i + 1 && !follows)
      continue;
    int e = entity_add(d, follows ? STR("user") : STR("item"));
    d->entities.items[e].described = true;
    vec_push(&d->subjects, (size_t)e);
    schema_assume(d->schema, "the model is called %.*s",
                  STR_ARG(d->entities.items[e].name));
    return follows ? i : end;
  }
  return 0;
}

// What people say to each other, and verbs that are called as models are.
static void blank_asides(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t end =
        after_any(d, i,
                  "set up properly|set it up|set up|in order to|in order|keep my style|"
                  "in my style|add the relationship in both directions|add the "
                  "relationships in both "
                  "directions|in both directions|both directions|on both sides|core "
                  "tables only|only core tables|tables only|models "
                  "only|only models|in the same style|same style|keep the style|in our "
                  "style|nothing fancy|nothing else|keep it simple|as simple as "
                  "possible|no comments|with comments|step by step");
    bool starts = i == 0 || d->tokens.items[i - 1].mark;
    size_t greeting = starts ? after_any(d, i,
                                         "hello|hi|hey|thanks|thank you|i am new|i'm "
                                         "new|sorry|good morning|dear all|cheers")
                             : i;
    while (greeting > i && greeting < d->tokens.len && !d->tokens.items[greeting].mark &&
           greeting < i + 8)
      greeting++;
    bool whole =
        greeting > i && (greeting >= d->tokens.len || d->tokens.items[greeting].mark);
    if (end > i)
      blank(d, i, end);
    else if (whole)
      blank(d, i, greeting);
  }
}

bool describe_models(Description *out, Arena *arena, Str text, Schema *schema, Err *err) {
  D d = {.arena = arena, .schema = schema};
  *out = (Description){.schema = schema};
  text = text_rephrased(arena, text);
  text_tokens(&d, text);
  for (size_t i = 0; i < schema->tables.len; i++)
    if (schema->tables.items[i]->external && schema->tables.items[i]->class_name.len)
      entity_add(&d, schema->tables.items[i]->class_name);
  d.single = says(&d, "single table|single|in one table|same table|one table");
  blank_asides(&d);
  d.core = says(&d, "core table|core tables|core schema|table objects|table "
                    "definitions|sqlalchemy core");
  find_usage(&d);
  find_schemas(&d);
  find_hybrids(&d);
  find_together(&d);
  find_clauses(&d);
  find_table_names(&d);
  find_kinds(&d);
  find_models(&d);
  find_shared(&d);
  write_table_names(&d);
  size_t first = d.entities.len ? 0 : find_nameless(&d);
  read_inheritance_list(&d);
  read_statements(&d, first);
  name_ends(&d);
  read_pairs(&d);
  read_places(&d);
  read_late(&d);
  link_owned(&d);
  out->core = d.core;
  out->dataclass = says(&d, "dataclass|dataclasses|mappedasdataclass");
  bool good = write_words(&d, text, out, err);
  collect_missed(&d, out);
  for (size_t i = 0; i < d.entities.len; i++) {
    vec_free(&d.entities.items[i].fields);
    vec_free(&d.entities.items[i].items);
  }
  vec_free(&d.entities);
  vec_free(&d.tokens);
  vec_free(&d.subjects);
  vec_free(&d.together);
  vec_free(&d.table_names);
  return good;
}

void describe_free(Description *d) {
  vec_free(&d->words);
  vec_free(&d->missed);
}
