// describe_find.c: which models a description speaks of: what is called one, what has
// fields, what others have many of.
#include "agent/describe_internal.h"

static void find_capitals(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    const Token *t = &d->tokens.items[i];
    if (t->mark || !t->capital || t->quoted || !is_named_so(d, i) || t->text.len < 2)
      continue;
    bool small = false, camel = false;
    for (size_t k = 1; k < t->text.len; k++) {
      bool upper = t->text.ptr[k] >= 'A' && t->text.ptr[k] <= 'Z';
      small |= !upper;
      camel |= upper;
    }
    if (str_ends(t->low, STR("mixin")))
      continue;
    // a small letter could stand behind a colon
    bool first =
        starts_sentence(d, i) && !is_mark(d, i - 1, ':') && !is_mark(d, i - 1, ';');
    bool acronym = !small;
    RelationKind pair_kind;
    bool told = is_word(d, i + 1, model_words) ||
                after_pair(d, i + 1, &pair_kind) > i + 1 || is_mark(d, i + 1, '(') ||
                (is_word(d, i + 1, "base parent") && is_word(d, i + 2, model_words)) ||
                is_mark(d, i + 1, ':') || is_verb(d, i + 1) ||
                is_word(d, i + 1, "with between") ||
                after_any(d, i + 1, "can be|may be|is either|can either be") > i + 1 ||
                ((is_mark(d, i + 1, ',') || is_word(d, i + 1, "and")) &&
                 i + 2 < d->tokens.len && d->tokens.items[i + 2].capital);
    if (!acronym && ((camel && small) || !first || told)) {
      if (!camel && i + 1 < d->tokens.len && d->tokens.items[i + 1].capital && !first &&
          !d->tokens.items[i + 1].mark && !is_word(d, i + 1, not_names)) {
        entity_add(d, words_between(d, i, i + 2)); // "Order Item"
        i++;
      } else {
        entity_add(d, t->text);
      }
    }
  }
}

static void find_list(D *d, size_t i) { // "users, posts and comments"
  for (;;) {
    size_t end;
    if (add_noun(d, i, &end) == NO_ENTITY)
      return;
    bool comma = is_mark(d, end, ',');
    bool conjunction = is_word(d, end + comma, "and or");
    if (!comma && !conjunction)
      return;
    i = end + comma + conjunction;
    if (is_verb(d, i) && noun_end(d, i) == i)
      return;
  }
}

// A list of plural nouns, none of which is the name of a usual field.
static bool lists_models(const D *d, size_t i) {
  size_t count = 0;
  for (;;) {
    size_t from = skip_words(d, i, fillers), end = noun_end(d, from);
    if (end == from)
      return count > 0;
    Str words = words_between(d, from, end);
    DField f = {0};
    bool plural = !str_eq(name_singular(d->arena, words), words);
    field_type_by_name(d, name_singular(d->arena, words), &f);
    if (!plural || (!str_is(f.type, "str") && !is_kind(d, words)))
      return false;
    count++;
    bool comma = is_mark(d, end, ','), conjunction = is_word(d, end + comma, "and or");
    if (!comma && !conjunction) // "a customer reviews a product" goes on
      return !is_word(d, end, "a an the one each every their its");
    i = end + comma + conjunction;
    if (is_verb(d, i) && noun_end(d, i) == i)
      return true;
  }
}

// "models for a blog with users and posts", "a schema of an online shop: customers,
// orders", "models for a todo app"
static void find_topic(D *d, size_t i) {
  size_t at = after_any(
      d, i,
      "for storing|for tracking|for managing|for keeping|for recording|for|of|to "
      "store|storing|to represent|representing|to track|tracking|to manage|to "
      "hold");
  if (at == i && !is_word(d, i - 1, "model"))
    return;
  size_t from = skip_words(d, at, fillers), end = noun_end(d, from);
  if (end == from)
    return;
  if (is_word(d, from, "json jsonb") && end - from > 1)
    from++;
  Str phrase = words_between(d, from, end);
  bool plural = !str_eq(name_singular(d->arena, phrase), phrase);
  size_t list =
      after_any(d, end,
                "with|having|that has|containing|including|consisting of|where there "
                "are|and its|and their");
  if (list == end && is_mark(d, end, ':'))
    list++;
  if (list > end && lists_models(d, list)) {
    use(d, i, end);
    if (is_kind(d, phrase) || plural ||
        is_word(d, end, "and")) // "a recipe with ingredients"
      entity_add(d, phrase);
    find_list(d, list);
    for (size_t k = from; k < end; k++) // "a recipe database with ingredients"
      if (end - from > 1 && kind_of(lemma_of(d, d->tokens.items[k].low)) >= 0)
        entity_add(d, d->tokens.items[k].low);
    return;
  }
  bool application =
      is_word(d, end - 1,
              "app application tracker system platform database shop store "
              "site website service tool manager api backend project");
  for (size_t k = from; k < end && application; k++)
    if (kind_of(lemma_of(d, d->tokens.items[k].low)) >= 0)
      entity_add(d, d->tokens.items[k].low);
  // "a library: books have many authors" is about books, "an account: owner, iban" is one
  bool clause = is_mark(d, end, ':') && is_verb(d, noun_end(d, end + 1));
  if (application || clause)
    use(d, i, end);
  else
    find_list(d, from);
}

// The noun in front of "model": "User", "order item", "event sourcing".
static void add_before(D *d, size_t i) {
  size_t from = i;
  if (i > 1 && is_word(d, i - 1, "key keys") && is_word(d, i - 2, "primary foreign"))
    return; // "a uuid primary key model Ticket"
  while (from > 0 && i - from < 3 && !d->tokens.items[from - 1].mark &&
         !is_word(d, from - 1, no_models) && !is_word(d, from - 1, not_names) &&
         !is_word(d, from - 1, fillers) && !is_word(d, from - 1, model_words) &&
         !(from < i && d->tokens.items[from].capital))
    from--;
  if (from < i)
    entity_add(d, i - from == 1 ? d->tokens.items[from].text : words_between(d, from, i));
}

// "members borrow books", "the system stores patients and doctors": what a clause is
// about.
static void find_clause(D *d, size_t i) {
  size_t from = skip_words(d, i, fillers), end = noun_end(d, from), behind;
  size_t has = after_has(d, end);
  bool topic =
      end > from && is_word(d, end - 1,
                            "system app application it we shop platform forum database "
                            "site website company there service i project school");
  if (has == end && topic && is_word(d, end, "with containing"))
    has = end + 1; // "a movie database with movies and actors"
  if (end == from && is_word(d, from, "we i"))
    has = after_has(d, from + 1), topic = true;
  if (has > end && topic && lists_models(d, has)) {
    use(d, i, has);
    find_list(d, has);
    return;
  }
  if (end == from || !is_named_so(d, from) ||
      is_word(d, from, "delete deleting remove removing") ||
      (is_word(d, from, "link connection association") && from > i))
    return; // "where the link stores the quantity"
  bool actor =
      is_word(d, end, "borrow borrows take takes attend write writes follow own owns");
  if ((has > end || after_belongs(d, end) > end) && !is_word(d, end, "need needs")) {
    add_noun(d, i, &behind);
  } else if (after_any(d, end,
                       "can be a|can be an|can be either|can either be|may be a|may "
                       "be an|is either a|is either an|is either") > end &&
             starts_sentence(d, i)) {
    size_t kind = skip_words(d, end, "can be may is either a an");
    if (kind < d->tokens.len && d->tokens.items[kind].capital)
      add_noun(d, i, &behind); // "a media item can be a Photo (…)"
  } else if (actor && !is_word(d, end + 1, "place part care effect note notes turns")) {
    size_t object = skip_words(d, end + 1, fillers);
    if (noun_end(d, object) > object) {
      add_noun(d, from, &behind);
      add_noun(d, object, &behind);
    }
  }
}

// "doctors and patients linked through", "the order item in between", "for each role
// store", "employees log hours on projects:", "a tree of folders", ", both users"
static bool is_role_noun(const D *d, size_t i) {
  return i < d->tokens.len && (is_plural_noun(d, i) || d->tokens.items[i].capital) &&
         noun_end(d, i) == i + 1;
}

static void find_links(D *d, size_t i) {
  size_t end, noun;
  if (after_linked(d, i) > i) {
    if (i >= 3 && is_word(d, i - 2, "and to with")) {
      add_noun(d, i - 1, &end);
      add_noun(d, i - 3, &end);
    }
    add_noun(d, after_linked(d, i), &end);
  }
  noun = skip_words(d, i, fillers);
  end = noun_end(d, noun);
  if (noun > i && end > noun &&
      after_any(d, end, "in between|between them|in the middle") > end)
    add_noun(d, noun, &end);
  noun = after_any(d, i, "for each|for every");
  end = noun > i ? noun_end(d, noun) : i;
  static const char keeps[] = "we i you store keep record save track note";
  if (noun > i && end > noun + 1 &&
      (is_word(d, end - 1, keeps) || is_word(d, noun + 1, keeps)))
    entity_add(d, d->tokens.items[noun].text);
  noun = after_any(d, i, "tree of|trees of|hierarchy of|hierarchies of");
  if (noun > i)
    add_noun(d, noun, &end);
  if (is_word(d, i, "both") && i && (is_mark(d, i - 1, ',') || is_mark(d, i - 1, '(')) &&
      i + 1 < d->tokens.len && is_role_noun(d, skip_words(d, i + 1, "are is of them")))
    add_noun(d, skip_words(d, i + 1, "are is of them"), &end);
  if (starts_sentence(d, i) && is_plural_noun(d, i))
    for (size_t at = i + 2; at < i + 5; at++)
      if (is_word(d, at, "on in at for to") && is_mark(d, noun_end(d, at + 1), ':') &&
          is_plural_noun(d, at + 1)) {
        entity_add(d, d->tokens.items[i].text);
        add_noun(d, at + 1, &end);
      }
  if (after_place(d, i) > i && i && !d->tokens.items[i - 1].mark &&
      !is_word(d, i - 1, fillers) && !is_word(d, i - 1, not_names) &&
      !is_verb(d, i - 1)) {
    entity_add(d, d->tokens.items[i - 1].text);
    add_noun(d, after_place(d, i), &end);
  }
}

// "(date, mite count int, notes)": what stands in the parentheses are columns, not
// values.
bool lists_columns(const D *d, size_t i) {
  size_t commas = 0;
  bool column = false;
  if (!is_mark(d, i, '('))
    return false;
  for (size_t from = ++i; i < d->tokens.len; i++) {
    if (d->tokens.items[i].mark && !strchr(",)", d->tokens.items[i].mark))
      return false;
    if (!d->tokens.items[i].mark)
      continue;
    DField f = {.extra = {"", 0}, .value = {"", 0}, .type = {"", 0}};
    field_type_by_name(d, words_between(d, from, i), &f);
    column |=
        !str_is(f.type, "str") ||
        is_word(d, i - 1, "int integer float decimal string text bool date datetime");
    commas += is_mark(d, i, ',');
    if (is_mark(d, i, ')'))
      return column && commas > 0;
    from = i + 1;
  }
  return false;
}

// "stock level of a product in a store: quantity": a model that belongs to others.
static void find_headed(D *d, size_t i) {
  size_t end = noun_end(d, i), at = end;
  if (!starts_sentence(d, i) || end == i || !is_word(d, end, "of for"))
    return;
  while (!ends_sentence(d, at) && !is_mark(d, at, ':'))
    at++;
  size_t noun, stop = end + 1;
  bool one = is_word(d, stop, "a an one the each");
  noun = skip_words(d, stop, fillers);
  if (is_mark(d, at, ':') && one && at - end < 12 && noun_end(d, noun) > noun &&
      !is_word(d, i, model_words) && !is_word(d, end - 1, model_words))
    entity_add(d, words_between(d, i, end));
}

void find_models(D *d) {
  RelationKind kind;
  find_capitals(d);
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t end;
    bool place = is_word(d, i, "schema") && i > 1 && is_word(d, i - 1, "the") &&
                 is_word(d, i - 2, "in"); // a schema of the database
    if (is_word(d, i, "hierarchy"))
      add_before(d, i);
    if (!place && (is_word(d, i, model_words) || is_word(d, i, "schema"))) {
      add_before(d, i);
      size_t at = after_any(d, i + 1, "called|named|are|is");
      size_t names = skip_words(d, i + 1, "definition definitions object objects schema");
      if (is_word(d, i + 2, "with has having containing") || is_mark(d, i + 2, '(') ||
          (is_mark(d, i + 2, ':') && i + 1 == names))
        add_noun(d, i + 1, &end); // "a table sensors with"
      if (is_word(d, names, "for of to storing representing tracking"))
        find_topic(d, names);
      else if (at > i + 1)
        find_list(d, at);
      else if (is_mark(d, i + 1, ':') && lists_models(d, i + 2))
        find_list(d, i + 2);
    }
    if (is_word(d, i, "inheritance") ||
        (is_word(d, i, "model design") &&
         (starts_sentence(d, i) || is_word(d, i - 1, "to please"))))
      find_topic(d, i + 1);
    if (after_many(d, i) > i && i >= 2 &&
        str_ends(d->tokens.items[i - 1].low, STR("s")) &&
        after_has(d, i - 1) == i - 1) { // "a courier delivers many parcels"
      size_t from = i - 1;
      while (from > 0 && !d->tokens.items[from - 1].mark && i - 1 - from < 4)
        from--;
      from = skip_words(d, from, fillers);
      if (from < i - 1 && i - 1 - from <= 2 && noun_end(d, from) >= i - 1)
        entity_add(d, words_between(d, from, i - 1));
    }
    if (after_many(d, i) > i && i && !is_mark(d, i - 1, '(') &&
        !is_word(d, i - 1, "to or how as"))
      add_noun(d, after_many(d, i), &end);
    size_t has = after_has(d, i);
    size_t one = after_any(d, has, "exactly one|at most one|only one|one");
    if (has > i && one > has && after_pair(d, has, &kind) == has)
      add_noun(d, one, &end);
    if (i + 1 < d->tokens.len && is_word(d, i, model_words) &&
        d->tokens.items[i + 1].quoted) {
      int quoted = entity_add(d, d->tokens.items[i + 1].text);
      if (quoted != NO_ENTITY && is_word(d, i, "table tables") &&
          !d->tokens.items[i + 1].capital)
        d->entities.items[quoted].table = d->tokens.items[i + 1].text;
    }
    if (after_belongs(d, i) > i)
      add_noun(d, after_belongs(d, i), &end);
    size_t between =
        after_any(d, i,
                  "association table between|association table for|association table of|"
                  "association table|link table between|link table for|join table "
                  "between|association "
                  "object between|association model between");
    if (between > i && add_noun(d, between, &end) != NO_ENTITY && is_word(d, end, "and"))
      add_noun(d, end + 1, &end);
    if (is_word(d, i, "followers friends") && is_word(d, i + 1, "of"))
      add_noun(d, i + 2, &end);
    find_links(d, i);
    find_headed(d, i);
    if (is_mark(d, i + 1, '(') && is_word(d, i + 2, "id") &&
        (is_mark(d, i + 3, ',') || is_mark(d, i + 3, ')')) && !d->tokens.items[i].mark &&
        !is_word(d, i, not_names))
      entity_add(d, d->tokens.items[i].text); // "artists(id, name)"
    if (is_mark(d, i + 1, '(') && d->tokens.items[i].quoted && i &&
        (is_word(d, i - 1, "and") ||
         is_mark(d, i - 1, ','))) { // "and `rates` (code, ..)"
      int quoted = entity_add(d, d->tokens.items[i].text);
      if (quoted != NO_ENTITY && !d->tokens.items[i].capital)
        d->entities.items[quoted].table = d->tokens.items[i].text;
    }
    if (is_plural_noun(d, i) && lists_columns(d, i + 1))
      add_noun(d, i, &end);
    size_t pair = after_pair(d, i, &kind);
    if (pair > i && is_word(d, pair, "to with between for from of")) {
      add_noun(d, pair + 1, &end);
      if (is_word(d, end, "and to") && is_word(d, pair, "between from"))
        add_noun(d, end + 1, &end);
    }
    bool starts =
        starts_sentence(d, i) || is_mark(d, i - 1, ',') || is_word(d, i - 1, "and where");
    if (starts || is_word(d, i, "a an each every one"))
      find_clause(d, i);
    end = noun_end(d, i);
    if (starts && is_word(d, end, "with") && lists_models(d, i))
      add_noun(d, i, &end);
    if (end > i &&
        after_any(d, end, "that have|which have|who have|each having|that belong to") >
            end)
      add_noun(d, i, &end);
  }
  find_actors(d);
}
