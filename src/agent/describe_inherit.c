// describe_inherit.c: which models are kinds of others.
#include "agent/describe_internal.h"

static const char inheritance_kinds[] =
    "concrete table inheritance|concrete inheritance|concrete|single table "
    "inheritance|single table|joined table inheritance|joined table|joined|"
    "single";

// What "it" is: the model that the sentence begins with.
static int first_of_sentence(const D *d, size_t i) {
  size_t from = i, end;
  bool plural;
  while (from > 0 && !ends_sentence(d, from - 1))
    from--;
  for (; from < i; from++)
    if (entity_at(d, from, &end, &plural) != NO_ENTITY)
      return entity_at(d, from, &end, &plural);
  return NO_ENTITY;
}

// "Payment can be a CardPayment (last4) or a BankTransfer (iban)": the sentence goes on
// about the first; the others are seen as subjects of their own.
static size_t read_choice(D *d, size_t i) {
  size_t at = after_any(d, i,
                        "can be either|can either be|may be either|is either|are either|"
                        "can be|may be|could be|comes as|come as|is one of|are one of"),
         first = skip_words(d, at, "a an the"), end;
  bool plural;
  if (at == i || d->subjects.len != 1)
    return i;
  Str parent = d->entities.items[d->subjects.items[0]].name;
  size_t count = 0;
  int depth = 0;
  for (size_t k = first; !ends_sentence(d, k); k++) {
    depth += is_mark(d, k, '(') - is_mark(d, k, ')');
    bool begins =
        k == first || is_mark(d, k - 1, ',') || is_word(d, k - 1, "or and a an");
    int child = depth || !begins ? NO_ENTITY : entity_at(d, k, &end, &plural);
    if (child == NO_ENTITY || is_subject(d, child))
      continue;
    bool told = d->tokens.items[k].capital || is_mark(d, end, '(');
    if (!told)
      return i;
    d->entities.items[child].parent = parent;
    d->entities.items[child].described = true;
    count++;
  }
  if (!count)
    return i;
  use(d, i, first);
  return first;
}

// "Manager and Engineer inherit from Employee", "a Car is a kind of Vehicle"
size_t read_inheritance(D *d, size_t i) {
  size_t at = after_any(
      d, i,
      "inherits from|inherit from|inheriting from|extends|extend|is a kind of|are "
      "kinds of|is a type of|are types of|is a subclass of|are subclasses of|"
      "subclasses of|subclass of|that inherits from|which inherits from|derives "
      "from|is a special|are special");
  size_t end;
  bool plural;
  size_t choice = read_choice(d, i);
  if (choice > i)
    return choice;
  size_t children =
      after_any(d, i,
                "with the subclasses|with subclasses|subclasses|with child classes|"
                "with the subtypes|subtypes|specialised as|specialized as|with "
                "children");
  if (children > i && d->subjects.len) {
    size_t stop = i;
    Str parent = d->entities.items[d->subjects.items[0]].name;
    for (size_t k = children + is_mark(d, children, ':');;) {
      int child = entity_at(d, skip_words(d, k, "a an the and or"), &end, &plural);
      if (child == NO_ENTITY)
        break;
      d->entities.items[child].parent = parent;
      d->entities.items[child].described = true;
      stop = end;
      k = end + is_mark(d, end, ',');
    }
    use(d, i, stop);
    return stop;
  }
  if (at == i && after_any(d, i, "is a|is an") > i)
    at = after_any(d, i, "is a|is an");
  int e = at > i ? entity_at(d, skip_words(d, at, "a an the"), &end, &plural) : NO_ENTITY;
  if (at > i && is_word(d, at, "it")) {
    e = first_of_sentence(d, i);
    end = at + 1;
  }
  if (e == NO_ENTITY)
    return i;
  for (size_t k = 0; k < d->subjects.len; k++)
    if ((int)d->subjects.items[k] != e)
      d->entities.items[d->subjects.items[k]].parent = d->entities.items[e].name;
  size_t how = is_mark(d, end, '(') ? after_any(d, end + 1, inheritance_kinds) : end;
  if (how > end + 1 && is_mark(d, how, ')'))
    end = how + 1;
  use(d, i, end);
  return end;
}

// A child in a list: "Car has doors", "Student adds a year", "Circle (radius)", "Truck".
static bool is_child_here(const D *d, size_t end, bool first_clause) {
  bool told =
      is_mark(d, end, '(') || is_mark(d, end, ':') || is_word(d, end, "with adds");
  bool has =
      after_has(d, end) > end && after_many(d, after_has(d, end)) == after_has(d, end);
  return told || has || first_clause;
}

// The models behind the colon of "joined table inheritance: Person, Teacher adds a
// subject": the first is the parent, unless it is known.
static void read_kinds(D *d, size_t from, int parent) {
  bool plural, first_clause = true;
  int depth = 0;
  for (size_t at = from, end; at < d->tokens.len; at = end) {
    end = at + 1;
    depth += is_mark(d, at, '(') - is_mark(d, at, ')');
    if (is_mark(d, at, '.') || is_mark(d, at, '\n') || is_mark(d, at, '?'))
      return;
    first_clause = first_clause && !is_mark(d, at, ';');
    bool begins = at == from || is_mark(d, at - 1, ',') || is_mark(d, at - 1, ';') ||
                  is_word(d, at - 1, "a an the and or base parent with plus");
    int e = depth || !begins ? NO_ENTITY : entity_at(d, at, &end, &plural);
    if (e == NO_ENTITY) {
      end = at + 1;
      continue;
    }
    d->entities.items[e].described = true;
    if (parent == NO_ENTITY)
      parent = e;
    else if (e != parent && !d->entities.items[e].parent.len &&
             is_child_here(d, end, first_clause))
      d->entities.items[e].parent = d->entities.items[parent].name;
    bool bare =
        is_mark(d, end, ',') || ends_sentence(d, end) || is_word(d, end, "and or");
    if (bare) // said; no statement
      blank(d, at, end);
  }
}

// "Vehicle base class with joined inheritance", "Payment hierarchy in one table"
static int parent_before(D *d, size_t i) {
  size_t end;
  bool plural;
  for (size_t at = i; at-- > 0 && !ends_sentence(d, at);) {
    int e = entity_at(d, at, &end, &plural);
    bool base = is_word(d, end, "base parent") && is_word(d, end + 1, model_words);
    if (e != NO_ENTITY && (base || end == i)) {
      use(d, at, i + 1);
      return e;
    }
  }
  return NO_ENTITY;
}

static bool sentence_says(const D *d, size_t i, const char *words) {
  while (i > 0 && !ends_sentence(d, i - 1))
    i--;
  for (; !ends_sentence(d, i); i++)
    if (is_word(d, i, words))
      return true;
  return false;
}

void read_inheritance_list(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    if (!is_word(d, i, "inheritance hierarchy"))
      continue;
    size_t at = i + 1;
    while (at < i + 6 && !is_mark(d, at, ':') && !ends_sentence(d, at))
      at++;
    bool of = is_word(d, i + 1, "for with of between");
    if (!is_mark(d, at, ':') && sentence_says(d, i,
                                              "inherit inherits inheriting extend "
                                              "extends subclass subclasses"))
      continue; // who from whom is said
    if (is_mark(d, at, ':') && is_word(d, i, "hierarchy"))
      blank(d, i, at);
    int parent = parent_before(d, i);
    size_t end;
    bool plural;
    if (parent == NO_ENTITY && of && is_mark(d, at, ':')) // "for vehicles: Car, Truck"
      parent = entity_at(d, skip_words(d, i + 2, fillers), &end, &plural);
    if (is_mark(d, at, ':') || of)
      read_kinds(d, is_mark(d, at, ':') ? at + 1 : i + 2, parent);
  }
}

// "single table inheritance: Notification, EmailNotification": where nothing else is said
// the names tell who inherits from whom.
void inherit_by_name(D *d) {
  for (size_t i = 0; i < d->entities.len; i++)
    if (d->entities.items[i].parent.len)
      return;
  for (size_t i = 0; i < d->entities.len && says(d, "inheritance|hierarchy"); i++)
    for (size_t k = 0; k < d->entities.len; k++) {
      Str whole = d->entities.items[i].lemma, head = d->entities.items[k].lemma;
      if (whole.len > head.len && str_ends(whole, head) &&
          whole.ptr[whole.len - head.len - 1] == ' ')
        d->entities.items[i].parent = d->entities.items[k].name;
    }
}

// "Payment base class with an amount. CardPayment adds a brand": the only model that is
// called a base or has kinds already, NO_ENTITY where it is not the only one.
static int only_parent(const D *d) {
  int parent = NO_ENTITY;
  size_t end;
  bool plural;
  for (size_t i = 0; i < d->tokens.len; i++) {
    int e = entity_at(d, i, &end, &plural);
    if (e == NO_ENTITY || !is_word(d, end, "base parent") ||
        !is_word(d, end + 1, model_words))
      continue;
    if (parent != NO_ENTITY && parent != e)
      return NO_ENTITY;
    parent = e;
  }
  for (size_t i = 0; i < d->entities.len; i++) {
    int e = d->entities.items[i].parent.len ? entity_of(d, d->entities.items[i].parent)
                                            : NO_ENTITY;
    if (e != NO_ENTITY && parent != NO_ENTITY && e != parent)
      return NO_ENTITY;
    parent = e != NO_ENTITY ? e : parent;
  }
  return parent;
}

// "a Movie has a director, every media item has a title": the one that is said of all is
// the parent of those that are said of one.
static void inherit_by_all(D *d) {
  int parent = NO_ENTITY;
  size_t end;
  bool plural;
  for (size_t i = 0; i < d->entities.len; i++)
    if (d->entities.items[i].parent.len)
      return;
  for (size_t i = 1; i < d->tokens.len; i++) {
    int e =
        is_word(d, i - 1, "every all each") ? entity_at(d, i, &end, &plural) : NO_ENTITY;
    if (e == NO_ENTITY || after_has(d, end) == end)
      continue;
    if (parent != NO_ENTITY && parent != e)
      return;
    parent = e;
  }
  for (size_t i = 1; i < d->tokens.len && parent != NO_ENTITY; i++) {
    int e = is_word(d, i - 1, "a an") ? entity_at(d, i, &end, &plural) : NO_ENTITY;
    if (e != NO_ENTITY && e != parent && after_has(d, end) > end &&
        !d->entities.items[e].external)
      d->entities.items[e].parent = d->entities.items[parent].name;
  }
}

void inherit_by_adding(D *d) {
  if (says(d,
           "joined inheritance|joined table inheritance|single table inheritance|single "
           "inheritance|table inheritance|concrete table inheritance"))
    inherit_by_all(d);
  int parent = says(d, "inheritance|hierarchy|polymorphic") ? only_parent(d) : NO_ENTITY;
  size_t end;
  bool plural;
  for (size_t i = 0; i < d->tokens.len && parent != NO_ENTITY; i++) {
    int e = entity_at(d, i, &end, &plural);
    if (e != NO_ENTITY && e != parent && is_word(d, end, "adds add") &&
        !d->entities.items[e].parent.len && !d->entities.items[e].external)
      d->entities.items[e].parent = d->entities.items[parent].name;
  }
}

// "vehicles: cars with doors and trucks with a load. Both have a plate": the kinds of a
// vehicle, where the text says that they have something in common or share a table.
void find_kinds(D *d) {
  if (!says(
          d,
          "both have|all have|both share|all of them have|they all have|one table|same "
          "table|single table|separate tables|own table|inheritance|polymorphic|have in "
          "common|each with its own table"))
    return;
  for (size_t i = 1; i < d->tokens.len; i++) {
    size_t head = i - 1, count = 0, kinds[8];
    if (!is_mark(d, i, ':') || d->tokens.items[head].mark ||
        str_eq(name_singular(d->arena, d->tokens.items[head].low),
               d->tokens.items[head].low))
      continue;
    for (size_t k = i + 1; !ends_sentence(d, k) && count < ARRAY_LEN(kinds); k++) {
      bool begins =
          k == i + 1 || is_word(d, k - 1, "and or a an") || is_mark(d, k - 1, ',');
      if (begins && is_word(d, k + 1, "with having that which") &&
          !d->tokens.items[k].mark)
        kinds[count++] = k;
    }
    if (count < 2)
      continue;
    int parent = entity_add(d, d->tokens.items[head].low);
    for (size_t k = 0; k < count && parent != NO_ENTITY; k++) {
      int e = entity_add(d, d->tokens.items[kinds[k]].low);
      if (e == NO_ENTITY || e == parent)
        continue;
      d->entities.items[e].parent = d->entities.items[parent].name;
      d->entities.items[e].described = true;
    }
    if (parent != NO_ENTITY)
      d->entities.items[parent].described = true;
    blank(d, head, i + 1);
  }
}

bool subject_inherits(const D *d) {
  return d->subjects.len == 1 && d->entities.items[d->subjects.items[0]].parent.len;
}

size_t read_sibling(D *d, size_t i) {
  size_t end;
  bool plural;
  int e = entity_at(d, i, &end, &plural);
  if (e == NO_ENTITY || !subject_inherits(d) || is_verb(d, end) || end >= d->tokens.len ||
      d->tokens.items[end].mark || is_word(d, end, "and or with"))
    return i;
  size_t now = d->subjects.items[0];
  if ((size_t)e == now ||
      !str_eq(d->entities.items[e].parent, d->entities.items[now].parent))
    return i;
  d->subjects.items[0] = (size_t)e;
  use(d, i, end);
  return end;
}
