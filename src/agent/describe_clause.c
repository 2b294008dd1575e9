// describe_clause.c: what whole clauses say of attributes that are named elsewhere: which
// must not occur twice, which are searched for.
//
//   "the same seat must not be sold twice for one concert" · "one review per customer and
//   product" · "a doctor can't have two appointments starting at the same time" · "I
//   mostly look up readings by device, newest first"
//
// The clauses are taken out before the models are looked for, and read when their
// attributes are known: what a clause is about is the model that has most of the
// attributes it mentions.
#include "agent/describe_internal.h"

#include "query/words.h"

static const char never[] =
    "can't cannot mustn't shouldn't never don't not no won't mayn't";

// Marks end a clause, a comma as well.
static size_t clause_start(const D *d, size_t i) {
  while (i > 0 && !d->tokens.items[i - 1].mark)
    i--;
  return i;
}

static size_t clause_end(const D *d, size_t i) {
  while (i < d->tokens.len && !d->tokens.items[i].mark)
    i++;
  return i;
}

static bool range_says(const D *d, size_t from, size_t to, const char *phrases) {
  for (size_t i = from; i < to; i++)
    if (after_any(d, i, phrases) > i)
      return true;
  return false;
}

static bool range_has_word(const D *d, size_t from, size_t to, const char *words) {
  for (size_t i = from; i < to; i++)
    if (is_word(d, i, words))
      return true;
  return false;
}

// "must not be sold twice", "can't have two ... at the same time", "no two", "only once".
bool clause_forbids_repetition(const D *d, size_t from, size_t to) {
  enum {
    NEAR = 6 // words between what forbids and what is forbidden
  };
  if (range_says(d, from, to,
                 "only once|at most once|just once|no two|no duplicate|no duplicates|"
                 "without duplicates|no double"))
    return true;
  for (size_t i = from; i < to; i++) {
    bool negated = is_word(d, i, never) ||
                   after_any(d, i, "can not|may not|must not|should not") > i;
    size_t near = min_size(to, i + NEAR);
    if (negated && range_says(d, i, near,
                              "twice|more than once|double booked|duplicated|repeated|"
                              "repeat|share|be shared|reused|the same"))
      return true;
    if (negated && range_has_word(d, i, near, "two several another") &&
        range_has_word(d, i, to, "same"))
      return true;
  }
  return false;
}

// "one review per customer and product", up to the comma; 0 where none stands at `i`.
static size_t one_per(const D *d, size_t i) {
  size_t at = skip_words(d, i, "only just at most exactly a single");
  at = is_word(d, at, "one 1") ? at + 1 : at;
  if (at == i || !(is_word(d, at - 1, "one 1 single")))
    return 0;
  size_t noun = noun_end(d, at);
  if (noun == at || !(is_word(d, noun, "per") || after_any(d, noun,
                                                           "for each|for every|"
                                                           "in each") > noun))
    return 0;
  size_t end = noun + 1;
  while (!ends_sentence(d, end) && !is_mark(d, end, ',') && !is_mark(d, end, ')'))
    end++;
  return range_has_word(d, noun, end, "and") ? end : 0;
}

// "I often search by name", "we always query the newest of a device so index that".
static bool asks_index(const D *d, size_t from, size_t to) {
  bool often = range_has_word(d, from, to,
                              "often always mostly usually frequently "
                              "constantly mainly");
  bool search =
      range_says(d, from, to,
                 "search|searched|look up|looked up|lookup|query|queried|filter|"
                 "filtered|sort|sorted|fetch|find|list");
  return often && search;
}

static void take_clause(D *d, size_t from, size_t to, DRangeKind kind) {
  vec_push(&d->together, ((DRange){.from = from, .to = to, .kind = kind}));
  blank(d, from, to);
}

// "visits are removed when the patient is removed", "orders go with their customer".
static bool tells_cascade(const D *d, size_t from, size_t to) {
  static const char gone[] =
      "removed deleted remove delete removes deletes deleting removing "
      "gone dropped";
  size_t count = 0, joint = to;
  for (size_t i = from; i < to; i++) {
    count += is_word(d, i, gone);
    if (joint == to && is_word(d, i, "when if once with whenever"))
      joint = i;
  }
  bool along = count == 1 && range_says(d, from, to, "along with|together with") &&
               range_has_word(d, from, to, "removed deleted gone dropped");
  return along ||
         (count == 2 && joint < to && joint > from && !is_word(d, from, "when if once") &&
          range_has_word(d, joint, to, gone));
}

void find_clauses(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t end = one_per(d, i);
    if (end) {
      take_clause(d, i, end, RANGE_UNIQUE);
      i = end;
    }
  }
  for (size_t i = 0; i < d->tokens.len;) {
    size_t from = clause_start(d, i), to = clause_end(d, i);
    if (to > from && clause_forbids_repetition(d, from, to))
      take_clause(d, from, to, RANGE_UNIQUE);
    else if (to > from && tells_cascade(d, from, to)) {
      d->cascade = true;
      take_clause(d, from, to, RANGE_CASCADE);
    } else if (to > from && asks_index(d, from, to))
      take_clause(d, from, to, RANGE_INDEX);
    i = to + 1;
  }
}

// ---- When the attributes are known

// The words of an attribute's name that tell something.
static bool tells(Str word) {
  return !word_in(word, "id at on of is no by the in to date");
}

static bool mentions(const D *d, DRange r, Str name) {
  Str rest = name, part;
  bool any = false;
  while (str_next_part(&rest, '_', &part)) {
    if (!tells(part))
      continue;
    Str stem = words_stem(d->arena, part);
    bool found = false;
    for (size_t k = r.from; k < r.to && !found; k++)
      found = str_eq(words_stem(d->arena, d->tokens.items[k].low), stem) ||
              str_eq(d->tokens.items[k].low, name);
    any |= found;
  }
  return any;
}

static bool is_time(const DField *f) {
  return !f->arrow && str_starts(f->type, STR("date"));
}

// The attributes of `e` that the clause mentions.
static size_t mentioned(const D *d, DRange r, const DEntity *e, Str *names, size_t most) {
  size_t count = 0;
  for (size_t i = 0; i < e->fields.len && count < most; i++) {
    const DField *f = &e->fields.items[i];
    bool many = f->arrow && strcmp(f->arrow, "->") != 0;
    bool told = mentions(d, r, f->name) ||
                (f->arrow && mentions(d, r, name_snake(d->arena, f->target)));
    if (!many && told)
      names[count++] = f->name;
  }
  return count;
}

// The newest come first: the attribute that tells when, behind the others.
static size_t add_newest(const D *d, DRange r, const DEntity *e, Str *names,
                         size_t count) {
  if (r.kind != RANGE_INDEX ||
      !range_has_word(d, r.from, r.to, "newest latest recent oldest last date time"))
    return count;
  for (size_t i = e->fields.len; i-- > 0;) {
    const DField *f = &e->fields.items[i];
    for (size_t k = 0; k < count; k++)
      if (str_eq(names[k], f->name))
        return count;
    if (is_time(f)) {
      names[count] = f->name;
      return count + 1;
    }
  }
  return count;
}

// The model that a word names, singular or plural.
static int entity_of_word(const D *d, size_t i) {
  return entity_of(d, d->tokens.items[i].low);
}

// What goes with another model belongs to it, where nothing else was said.
static void write_cascade(D *d, DRange r) {
  int child = NO_ENTITY, parent = NO_ENTITY;
  for (size_t i = r.from; i < r.to; i++) {
    int e = entity_of_word(d, i);
    if (e == NO_ENTITY)
      continue;
    if (child == NO_ENTITY)
      child = e;
    else if (e != child)
      parent = e;
  }
  if (child == NO_ENTITY || parent == NO_ENTITY)
    return;
  for (int n = 0; n < 2; n++) {
    const DEntity *e = &d->entities.items[n ? parent : child];
    Str other = d->entities.items[n ? child : parent].name;
    for (size_t i = 0; i < e->fields.len; i++)
      if (e->fields.items[i].arrow && str_eq(e->fields.items[i].target, other))
        return;
  }
  add_relation(d, child, parent, RELATION_MANY_TO_ONE, (Str){"", 0}, false);
  vec_last(&d->entities.items[child].fields).cascade = true;
}

void write_clause(D *d, DRange r) {
  enum {
    MOST = 6
  };
  Str names[MOST + 1], best_names[MOST + 1];
  size_t best = 0, most = 0;
  if (r.kind == RANGE_CASCADE) {
    write_cascade(d, r);
    return;
  }
  for (size_t e = 0; e < d->entities.len; e++) {
    size_t count = mentioned(d, r, &d->entities.items[e], names, MOST);
    if (count)
      count = add_newest(d, r, &d->entities.items[e], names, count);
    // what is spoken of by its name has an advantage
    bool named = count && mentions(d, r, name_snake(d->arena, d->entities.items[e].name));
    if (count * 2 + named > most) {
      most = count * 2 + named;
      best = e;
      memcpy(best_names, names, sizeof names);
    }
  }
  size_t count = most / 2;
  DField *f = count == 1 ? field_find(d, (int)best, best_names[0]) : NULL;
  if (f && r.kind == RANGE_INDEX)
    f->index = true;
  else if (f && !f->arrow)
    f->unique = true;
  if (count < 2)
    return;
  Buf item = {0};
  for (size_t k = 0; k < count; k++)
    buf_printf(&item, "%s%.*s",
               k                       ? ","
               : r.kind == RANGE_INDEX ? "@index("
                                       : "@unique(",
               STR_ARG(best_names[k]));
  buf_add_char(&item, ')');
  add_item(d, (int)best, str_copy(d->arena, buf_str(&item)));
  buf_free(&item);
}

// ---- Attributes that a statement comes back to

// "nick should be unique as well", "the amount must be positive": the offset behind it.
size_t read_attribute(D *d, size_t i) {
  size_t end, at = skip_words(d, i, "the its their each every all a an");
  int e;
  Str name = attribute_anywhere(d, at, &end, &e);
  if (!name.ptr || !is_word(d, end,
                            "is are must should has have needs need may can cannot can't "
                            "defaults default starts never shall mustn't"))
    return i;
  size_t per = skip_words(d, end, "is are must should have has to be");
  per = after_any(d, per,
                  "unique per|unique within|unique in|unique inside|unique for each|"
                  "unique for every|unique among");
  size_t owner_end;
  bool plural;
  int owner = per > end ? entity_at(d, skip_words(d, per, fillers), &owner_end, &plural)
                        : NO_ENTITY;
  if (owner != NO_ENTITY) { // "names are unique per folder", of all that lie in one
    for (size_t k = 0; k < d->entities.len; k++)
      for (size_t n = 0; n < d->entities.items[k].fields.len; n++) {
        const DField *to = &d->entities.items[k].fields.items[n];
        if (to->arrow && !strcmp(to->arrow, "->") && field_find(d, (int)k, name) &&
            str_eq(to->target, d->entities.items[owner].name))
          add_item(d, (int)k,
                   str_format(d->arena, "@unique(%.*s,%.*s)", STR_ARG(to->name),
                              STR_ARG(name)));
      }
    use(d, i, owner_end);
    return owner_end;
  }
  DField *f = field_find(d, e, name);
  if (!f) // of a model that exists
    return i;
  DField changed = *f;
  size_t stop = field_qualifiers(d, end, &changed);
  if (stop == end)
    return i;
  *f = changed;
  stop = skip_words(d, stop, "as well too also please however");
  use(d, i, stop);
  return stop;
}
