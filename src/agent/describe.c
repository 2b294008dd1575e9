// describe.c: models out of a description: which there are, what is said of each, and the
// words of the field grammar that say the same.
//
// Two passes over the words. The first finds the models: what is called one, what has
// fields, what others have many of. The second reads statements from left to right, with
// the models that the sentence is about as its subjects.
#include "agent/describe_internal.h"

#include "schema/fields.h"

// ---- Entities

static Str lemma_of(const D *d, Str phrase) {
  Str snake = name_snake(d->arena, phrase);
  char *out = arena_copy(d->arena, snake.ptr, snake.len);
  for (size_t i = 0; i < snake.len; i++)
    if (out[i] == '_')
      out[i] = ' ';
  return name_singular(d->arena, (Str){out, snake.len});
}

static bool same_without_blanks(Str a, Str b) {
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

int entity_add(D *d, Str phrase) {
  int known = entity_of(d, phrase);
  if (known != NO_ENTITY &&
      same_without_blanks(d->entities.items[known].lemma, lemma_of(d, phrase)))
    return known;
  DEntity e = {.lemma = lemma_of(d, phrase)};
  e.name = name_camel(d->arena, e.lemma);
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

void field_add(D *d, int entity, const DField *f) {
  DEntity *e = &d->entities.items[entity];
  for (size_t i = 0; i < e->fields.len; i++)
    if (str_eq(e->fields.items[i].name, f->name)) {
      DField *old = &e->fields.items[i];
      old->unique |= f->unique;
      old->nullable |= f->nullable;
      old->index |= f->index;
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

static int kind_of(Str lemma) {
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
    if (str_is(lemma, kinds[i].model))
      return (int)i;
  return -1;
}

bool is_kind(const D *d, Str phrase) {
  return kind_of(lemma_of(d, phrase)) >= 0;
}

// ---- First pass: which models there are

static const char model_words[] =
    "model models class classes table tables entity entities";
static const char no_models[] =
    "orm core data database db typed mapped declarative sqlalchemy new existing "
    "following these the "
    "a an simple dataclass base python some two three four several all my our your few "
    "basic "
    "single joined inheritance association async sync modern of for with and or other "
    "more this "
    "that each every relational sql 2 1 2x x domain complete full want need needs like "
    "write create "
    "define design make build generate add called named typical proper please";
static const char not_names[] = "sqlalchemy orm sql json jsonb uuid postgresql postgres "
                                "sqlite mysql mariadb fastapi alembic "
                                "pydantic python flask i api core base declarativebase "
                                "mapped define create model models design "
                                "build write make generate please each every a an the it "
                                "my we add show use also both give set "
                                "describe single joined table tables class classes "
                                "schema string integer they one in our for "
                                "if there and or when with only on let this that "
                                "implement need produce how what can could id "
                                "fk pk varchar text boolean all no every some its has "
                                "have is mixin foreignkey primary unique "
                                "enum datetime date int decimal numeric float bool str "
                                "sa then he she you your as at to";

static bool starts_sentence(const D *d, size_t i) {
  return i == 0 ||
         (d->tokens.items[i - 1].mark && strchr(".;!?\n:", d->tokens.items[i - 1].mark));
}

static size_t after_has(const D *d, size_t i) {
  size_t at = after_any(d, i,
                        "should have|must have|can have|may have|could have|might "
                        "have|will have|shall have|also has|"
                        "also have|that has|which has|that have|which have|who has|who "
                        "have|has|have|having|contains|"
                        "contain|containing|includes|include|including|stores|store|"
                        "storing|consists of|consist of|"
                        "needs|need|requires|require|holds|keeps|records|tracks|is "
                        "described by|gets|own|owns|comes "
                        "with|can own|can contain|can include|can hold");
  return at;
}

static size_t after_belongs(const D *d, size_t i) {
  return after_any(d, i,
                   "belongs to|belong to|belonging to|that belongs to|which belongs "
                   "to|may belong to|can belong "
                   "to|must belong to|always belongs to|is owned by|are owned by|is "
                   "written by|are written by|is "
                   "part of|are part of|is placed by|are placed by|is made by|are made "
                   "by|references|refers to|"
                   "points to|is assigned to|can be assigned to|may be assigned to|is "
                   "linked to|are linked to|is "
                   "created by|are created by|is posted by|works in|work in|works "
                   "for|work for|lives in|is for|is "
                   "of|are of|is attached to|are attached to|written by|owned by|created "
                   "by|placed by|reports to|"
                   "is taught by|are taught by|taught by|is about|linked to|attached "
                   "to|associated with|connected to|assigned to");
}

bool is_verb(const D *d, size_t i) {
  return after_has(d, i) > i || after_belongs(d, i) > i ||
         after_any(d, i, "inherits|inherit|extends|extend|is a|are|is an|is") > i;
}

// Words of a noun phrase at `i`, without what stands in front of it.
static size_t noun_end(const D *d, size_t i) {
  static const char stops[] =
      "has have with which that who is are was be can may must should will and or of to "
      "for per by "
      "on in at as from belongs belong contains contain includes include where when plus "
      "also not "
      "each every a an the inherits inherit extends references many several multiple "
      "having like "
      "using so whose needs stores tracks holds relationship relation relationships via "
      "through "
      "called named containing storing model models class classes table tables "
      "optionally both one "
      "inheritance write "
      "writes take takes borrow borrows own owns attend follow follows";
  size_t end = i;
  while (end < d->tokens.len && !d->tokens.items[end].mark && !is_word(d, end, stops) &&
         end - i < 3)
    end++;
  bool alone =
      is_word(d, i, "tracks records stores holds needs uses takes") &&
      (ends_sentence(d, i + 1) || is_mark(d, i + 1, ',') || is_word(d, i + 1, "and"));
  return end == i && alone ? i + 1 : end; // "artists, albums, tracks"
}

static const char fillers[] =
    "a an the its their each every one some any many several multiple "
    "other more existing new his her optional";

static int add_noun(D *d, size_t i, size_t *end) {
  size_t from = skip_words(d, i, fillers);
  *end = noun_end(d, from);
  if (*end == from)
    return NO_ENTITY;
  bool one = *end == from + 1;
  Str phrase = one ? d->tokens.items[from].text : words_between(d, from, *end);
  if (one && is_word(d, from, not_names))
    return NO_ENTITY;
  return entity_add(d, phrase);
}

static size_t after_many(const D *d, size_t i) {
  return after_any(
      d, i,
      "many|several|multiple|zero or more|one or more|any number of|a list of|lots "
      "of|a collection of|a set of|a number of|0 or more|1 or more|zero to many");
}

static size_t after_pair(const D *d, size_t i, RelationKind *kind) {
  static const struct {
    const char *words;
    RelationKind kind;
  } pairs[] = {
      {"one to many|1 to many|1:n|one2many|1 n", RELATION_ONE_TO_MANY},
      {"many to many|many2many|m2m|n:m|m:n", RELATION_MANY_TO_MANY},
      {"many to one|n:1|many2one", RELATION_MANY_TO_ONE},
      {"one to one|1 to 1|1:1|one2one", RELATION_ONE_TO_ONE},
  };
  for (size_t k = 0; k < ARRAY_LEN(pairs); k++) {
    size_t end = after_any(d, i, pairs[k].words);
    if (end > i) {
      *kind = pairs[k].kind;
      return skip_words(d, end,
                        "relationship relationships relation relations association "
                        "associations link links mapping");
    }
  }
  return i;
}

static void find_capitals(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    const Token *t = &d->tokens.items[i];
    if (!t->capital || t->quoted || is_word(d, i, not_names) || t->text.len < 2)
      continue;
    bool small = false, camel = false;
    for (size_t k = 1; k < t->text.len; k++) {
      bool upper = t->text.ptr[k] >= 'A' && t->text.ptr[k] <= 'Z';
      small |= !upper;
      camel |= upper;
    }
    if (str_ends(t->low, STR("mixin")))
      continue;
    bool first = starts_sentence(d, i);
    bool acronym = !small;
    bool told = is_word(d, i + 1, model_words) || is_mark(d, i + 1, '(') ||
                (is_word(d, i + 1, "base parent") && is_word(d, i + 2, model_words)) ||
                is_mark(d, i + 1, ':') || is_verb(d, i + 1) ||
                is_word(d, i + 1, "with") ||
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
    if (!comma && !conjunction)
      return true;
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
  if (end == from || is_word(d, from, not_names))
    return;
  bool actor =
      is_word(d, end, "borrow borrows take takes attend write writes follow own owns");
  if ((has > end || after_belongs(d, end) > end) && !is_word(d, end, "need needs")) {
    add_noun(d, from, &behind);
  } else if (actor) {
    size_t object = skip_words(d, end + 1, fillers);
    if (noun_end(d, object) > object) {
      add_noun(d, from, &behind);
      add_noun(d, object, &behind);
    }
  }
}

static void find_models(D *d) {
  RelationKind kind;
  find_capitals(d);
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t end;
    if (is_word(d, i, model_words) || is_word(d, i, "schema")) {
      add_before(d, i);
      size_t at = after_any(d, i + 1, "called|named|are|is");
      if (is_word(d, i + 2, "with has having containing") || is_mark(d, i + 2, '('))
        add_noun(d, i + 1, &end); // "a table sensors with"
      if (is_word(d, i + 1, "for of to storing representing tracking"))
        find_topic(d, i + 1);
      else if (at > i + 1)
        find_list(d, at);
      else if (is_mark(d, i + 1, ':') && lists_models(d, i + 2))
        find_list(d, i + 2);
    }
    if (is_word(d, i, "inheritance") ||
        (is_word(d, i, "model design") &&
         (starts_sentence(d, i) || is_word(d, i - 1, "to please"))))
      find_topic(d, i + 1);
    if (after_many(d, i) > i && i && !is_mark(d, i - 1, '(') &&
        !is_word(d, i - 1, "to or how as"))
      add_noun(d, after_many(d, i), &end);
    if (after_belongs(d, i) > i)
      add_noun(d, after_belongs(d, i), &end);
    size_t between = after_any(
        d, i,
        "association table between|link table between|join table between|association "
        "object between|association model between");
    if (between > i && add_noun(d, between, &end) != NO_ENTITY && is_word(d, end, "and"))
      add_noun(d, end + 1, &end);
    if (is_word(d, i, "followers friends") && is_word(d, i + 1, "of"))
      add_noun(d, i + 2, &end);
    size_t pair = after_pair(d, i, &kind);
    if (pair > i && is_word(d, pair, "to with between for from of")) {
      add_noun(d, pair + 1, &end);
      if (is_word(d, end, "and to") && is_word(d, pair, "between from"))
        add_noun(d, end + 1, &end);
    }
    bool starts =
        starts_sentence(d, i) || is_mark(d, i - 1, ',') || is_word(d, i - 1, "and");
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
}

// ---- Second pass: what is said of them

static bool is_subject(const D *d, int e) {
  for (size_t i = 0; i < d->subjects.len; i++)
    if ((int)d->subjects.items[i] == e)
      return true;
  return false;
}

static void add_relation(D *d, int from, int to, RelationKind kind, Str name,
                         bool optional) {
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

static size_t skip_separators(D *d, size_t i) {
  for (;;) {
    size_t at = i;
    if (is_mark(d, at, ',') || is_mark(d, at, '&') || is_mark(d, at, '+'))
      at++;
    size_t next = after_any(d, at, "as well as|and also|and|plus|also|then");
    if (next == i)
      return i;
    if (next == at && at == i)
      return i;
    use(d, i, next);
    i = next;
  }
}

// "many posts", "a one-to-many to posts", "one profile": for each subject.
static size_t read_relation(D *d, size_t i) {
  RelationKind kind = RELATION_ONE_TO_MANY;
  size_t at = skip_words(d, i, "a an the its can may optionally have has be is are"), end;
  if (at + 1 < d->tokens.len && is_word(d, at + 1, "by") && !d->tokens.items[at].mark &&
      str_ends(d->tokens.items[at].low, STR("ed")))
    at += 2; // "can be liked by many users"
  size_t pair = after_pair(d, at, &kind);
  bool plural;
  if (pair > at) {
    size_t to = after_any(d, pair, "to|with|for|of|between|from|back to");
    size_t from = skip_words(d, to, fillers);
    int e = entity_at(d, from, &end, &plural);
    if (e == NO_ENTITY || to == pair)
      return i;
    if (is_word(d, end, "and to") && is_word(d, pair, "between from")) {
      size_t second;
      int other = entity_at(d, skip_words(d, end + 1, fillers), &second, &plural);
      if (other != NO_ENTITY) {
        add_relation(d, e, other, kind, (Str){"", 0}, false);
        use(d, i, second);
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
  for (size_t k = 0; k < d->subjects.len; k++) {
    Str word = name_plural(d->arena, d->entities.items[e].lemma);
    kind = many == at       ? RELATION_ONE_TO_ONE
           : is_label(word) ? RELATION_MANY_TO_MANY
                            : RELATION_ONE_TO_MANY;
    add_relation(d, (int)d->subjects.items[k], e, kind, (Str){"", 0}, false);
  }
  use(d, i, end);
  return end;
}

// "belongs to a customer and a shop"
static size_t read_belongs(D *d, size_t i) {
  size_t at = skip_words(d, i, "and also which that who may can optionally"), end;
  size_t verb = after_belongs(d, at);
  if (verb == at)
    return i;
  bool optional =
      is_word(d, at, "may can optionally") || is_word(d, i, "may can optionally");
  bool any = false;
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
      bool m2m = many || plural;
      add_relation(d, s, e, m2m ? RELATION_MANY_TO_MANY : RELATION_MANY_TO_ONE,
                   s == e && !m2m ? STR("parent") : (Str){"", 0}, optional);
    }
    any = true;
    stop = end;
    size_t next = end + is_mark(d, end, ',');
    next = is_word(d, next, "and") ? next + 1 : next;
    if (next == end)
      break;
    at = next;
  }
  if (any)
    use(d, i, stop);
  return any ? stop : i;
}

static size_t read_self(D *d, size_t i) {
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
    f.target = STR("self");
    field_add(d, (int)d->subjects.items[k], &f);
  }
  if (!d->subjects.len)
    return i;
  use(d, i, end);
  return end;
}

static void add_item(D *d, int e, Str item) {
  DEntity *entity = &d->entities.items[e];
  for (size_t i = 0; i < entity->items.len; i++)
    if (str_eq(entity->items.items[i], item))
      return;
  vec_push(&entity->items, item);
}

// The attribute that a phrase names, of a subject; absent where there is none.
static Str attribute_at(D *d, size_t i, size_t *end) {
  size_t from = skip_words(d, i, "a an the its their");
  for (size_t n = 3; n > 0 && d->subjects.len; n--) {
    if (from + n > d->tokens.len)
      continue;
    Str name = name_snake(d->arena, words_between(d, from, from + n));
    for (size_t k = 0; k < d->subjects.len; k++) {
      int e = (int)d->subjects.items[k];
      Str dated = str_format(d->arena, "%.*s_date", STR_ARG(name));
      DField *f = field_find(d, e, name);
      f = f ? f : field_find(d, e, dated);
      if (f) {
        *end = from + n;
        return f->name;
      }
    }
  }
  return (Str){0};
}

// "an index on a and b", "the combination of a and b is unique", "unique together: a, b"
static size_t read_table_item(D *d, size_t i) {
  size_t unique =
      after_any(d, i,
                "unique per|unique for each|unique within|the combination of|combination "
                "of|a unique constraint on|unique "
                "constraint on|unique constraint over|unique together|unique "
                "together with|the pair of|a unique index on|unique index on");
  size_t index = after_any(
      d, i,
      "an index on|indexed on|index on|a composite index on|composite index on|index "
      "over|an index over|indexed by|indexes on|with an index on");
  size_t at = max_size(unique, index), end;
  if (at == i)
    return i;
  if (is_mark(d, at, ':') || is_mark(d, at, '('))
    at++;
  StrVec names = {0};
  for (;;) {
    Str name = attribute_at(d, at, &end);
    DField f;
    if (!name.ptr && !names.len && d->subjects.len && field_read(d, at, &f) > at &&
        !f.arrow) {
      end = field_read(d, at, &f); // named here first
      field_add(d, (int)d->subjects.items[0], &f);
      name = f.name;
    }
    if (!name.ptr)
      break;
    vec_push(&names, name);
    size_t next = end + is_mark(d, end, ',');
    next = is_word(d, next, "and plus") ? next + 1 : next;
    at = end;
    if (next == end)
      break;
    at = next;
  }
  bool within = unique > i && is_word(d, unique - 1, "per each within");
  if (within && names.len == 1 && d->subjects.len) { // "a name, unique per project"
    const DEntity *e = &d->entities.items[d->subjects.items[0]];
    if (e->fields.len &&
        !str_eq(e->fields.items[e->fields.len - 1].name, names.items[0])) {
      Str project = names.items[0];
      names.items[0] = e->fields.items[e->fields.len - 1].name;
      vec_push(&names, project);
    }
  }
  size_t stop = names.len ? end : i;
  stop = after_any(
      d, stop, "is unique|must be unique|has to be unique|should be unique|are unique");
  for (size_t k = 0; k < d->subjects.len && names.len; k++) {
    int e = (int)d->subjects.items[k];
    DField *f = field_find(d, e, names.items[0]);
    if (names.len == 1 && f && unique == i) {
      f->index = true;
    } else if (names.len == 1 && f) {
      f->unique = true;
    } else {
      Buf item = {0};
      for (size_t n = 0; n < names.len; n++)
        buf_printf(&item, "%s%.*s",
                   n            ? ","
                   : unique > i ? "@unique("
                                : "@index(",
                   STR_ARG(names.items[n]));
      buf_add_char(&item, ')');
      add_item(d, e, str_copy(d->arena, buf_str(&item)));
      buf_free(&item);
    }
  }
  vec_free(&names);
  use(d, i, stop);
  return stop;
}

// "to must be after from", "a check constraint that end is later than start"
static size_t read_comparison(D *d, size_t i) {
  static const struct {
    const char *words, *sign;
  } signs[] = {
      {"must be after|is after|has to be after|after|is later than|must be later "
       "than|must be "
       "greater than|is greater than|is larger than|must be larger than|must come after",
       ">"},
      {"must be before|is before|has to be before|before|is earlier than|must be earlier "
       "than|must "
       "be less than|is less than|is smaller than|must be smaller than|must come before",
       "<"},
  };
  size_t at =
      after_any(d, i,
                "a check constraint that|check constraint that|a check that|ensure that|"
                "make sure that|such that|a constraint that|where|a check constraint "
                "so that|check that|a check constraint ensuring that|ensuring that|"
                "check constraint");
  size_t end, second;
  Str left = attribute_at(d, at, &end);
  if (!left.ptr)
    return i;
  for (size_t k = 0; k < ARRAY_LEN(signs); k++) {
    size_t sign = after_any(d, end, signs[k].words);
    Str right = sign > end ? attribute_at(d, sign, &second) : (Str){0};
    if (!right.ptr)
      continue;
    for (size_t n = 0; n < d->subjects.len; n++)
      add_item(d, (int)d->subjects.items[n],
               str_format(d->arena, "@check(\"%.*s %s %.*s\")", STR_ARG(left),
                          signs[k].sign, STR_ARG(right)));
    use(d, i, second);
    return second;
  }
  return i;
}

// Mixins and the kind of key, for the subjects, or for all where there are none.
static size_t read_mixin(D *d, size_t i) {
  size_t at = skip_words(d, i, "a an the with random");
  const char *item = NULL;
  size_t end = after_any(
      d, at,
      "timestampmixin with created_at and updated_at|timestampmixin|timestamp mixin with "
      "created_at and updated_at|timestamp mixin|timestamps mixin|created and updated "
      "timestamps|creation "
      "and update timestamps|audit timestamps|timestamps");
  if (end > at)
    item = "+timestamps";
  size_t next = after_any(
      d, at, "soft delete mixin|soft deletes|soft deletion|soft delete|soft deletable");
  if (next > at)
    item = "+soft_delete", end = next;
  next = after_any(
      d, at,
      "uuid primary keys|uuid primary key|uuid keys|uuid key|uuid ids|uuid id|uuid as "
      "primary key|uuids as primary keys|uuid pk|uuids as ids|id uuid|guid primary "
      "key|uuid identifiers");
  if (next > at)
    item = "+uuid", end = next;
  if (!item)
    return i;
  for (size_t k = 0; k < d->entities.len; k++)
    if (!d->subjects.len || is_subject(d, (int)k))
      add_item(d, (int)k, str_from(item));
  use(d, i, end);
  return end;
}

// "a weather station and its readings"
static size_t read_possession(D *d, size_t i) {
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

// "association object between Student and Course with a grade": a model of its own.
static size_t read_association(D *d, size_t i) {
  size_t at = after_any(
      d, i,
      "association object|association class|association model|association table "
      "with extra|link model|join model|link table|join table|association table");
  size_t name_at = after_any(d, at, "called|named"), ends[2];
  bool plural;
  int sides[2], e;
  if (at == i)
    return i;
  Str name = {0};
  if (name_at > at && name_at < d->tokens.len) {
    name = d->tokens.items[name_at].text;
    at = name_at + 1;
  }
  if (!is_word(d, at, "between"))
    return i;
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
  for (int k = 0; k < 2 && e != NO_ENTITY; k++) {
    DField f = {
        .arrow = "->", .target = d->entities.items[sides[k]].name, .type = {"", 0}};
    f.name = name_snake(d->arena, f.target);
    f.extra = STR(":cascade:pk");
    field_add(d, e, &f);
  }
  if (e == NO_ENTITY)
    return i;
  d->subjects.len = 0;
  vec_push(&d->subjects, (size_t)e);
  use(d, i, ends[1]);
  return after_any(d, ends[1],
                   "with|that has|that have|having|which stores|storing|that stores");
}

static size_t read_followers(D *d, size_t i) {
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
  use(d, i, i + 1);
  return i + 1;
}

// "Manager and Engineer inherit from Employee", "a Car is a kind of Vehicle"
static size_t read_inheritance(D *d, size_t i) {
  size_t at = after_any(
      d, i,
      "inherits from|inherit from|inheriting from|extends|extend|is a kind of|are "
      "kinds of|is a type of|are types of|is a subclass of|are subclasses of|"
      "subclasses of|subclass of|that inherits from|which inherits from|derives "
      "from|is a special|are special");
  size_t end;
  bool plural;
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
  if (e == NO_ENTITY)
    return i;
  for (size_t k = 0; k < d->subjects.len; k++)
    if ((int)d->subjects.items[k] != e)
      d->entities.items[d->subjects.items[k]].parent = d->entities.items[e].name;
  use(d, i, end);
  return end;
}

// Subjects at `i`: "User", "a Post and a Comment", each followed by what is said of them.
static size_t read_subjects(D *d, size_t i) {
  size_t at = skip_words(d, i, "a an the each every one define create model table class"),
         end;
  size_t found[16], count = 0;
  for (;;) {
    bool plural;
    int e = entity_at(d, at, &end, &plural);
    if (e == NO_ENTITY || count == ARRAY_LEN(found))
      return i;
    found[count++] = (size_t)e;
    size_t behind = skip_words(
        d, end, "model models class classes table tables entity orm entities mapped");
    size_t verb = after_has(d, behind);
    verb = verb > behind
               ? verb
               : after_any(d, behind, "with fields|with columns|with|where each");
    bool opens = is_mark(d, behind, ':') || is_mark(d, behind, '(');
    bool belongs =
        after_belongs(d, behind) > behind ||
        after_any(d, behind,
                  "tree|hierarchy|and its|and their|inherits|inherit|extends|extend|is "
                  "a|is an|are|may belong|can "
                  "belong|can be|may be|is|can|may|must|write|writes|take|takes|"
                  "borrow|borrows|enroll|enrol|attend|like|create|place|one to|"
                  "many to") > behind;
    if (verb > behind || opens || belongs) {
      d->subjects.len = 0;
      for (size_t k = 0; k < count; k++) {
        vec_push(&d->subjects, found[k]);
        d->entities.items[found[k]].described = true;
      }
      use(d, i, opens ? behind + 1 : verb);
      return opens ? behind + 1 : max_size(verb, behind);
    }
    size_t next = behind + is_mark(d, behind, ',');
    next = is_word(d, next, "and or") ? next + 1 : next;
    if (next == behind || is_word(d, next, "each every"))
      return i;
    at = skip_words(d, next, "a an the");
  }
}

// "students take courses": many-to-many, unless one side makes the other.
static size_t read_action(D *d, size_t i) {
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
  return end;
}

static size_t read_one_field(D *d, size_t i) {
  DField f;
  static const char asides[] =
      "please pls plz thanks thank thx sqlalchemy orm python fastapi alembic use";
  if (!d->subjects.len || is_verb(d, i) || is_word(d, i, asides))
    return i;
  size_t end = field_read(d, i, &f);
  if (end == i)
    return i;
  // "check-in and check-out dates": the noun belongs to both
  bool both = is_word(d, end - 1, "dates times") && i > 1 && is_word(d, i - 1, "and");
  for (size_t k = 0; k < d->subjects.len; k++) {
    int s = (int)d->subjects.items[k];
    DEntity *e = &d->entities.items[s];
    if (both && e->fields.len && e->fields.items[e->fields.len - 1].from_name)
      e->fields.items[e->fields.len - 1].type = f.type;
    if (f.arrow && !strcmp(f.arrow, "<-") && d->entities.items[s].external)
      add_relation(d, entity_of(d, f.target), s, RELATION_MANY_TO_ONE, (Str){"", 0},
                   false);
    else
      field_add(d, s, &f);
    if (f.arrow && entity_of(d, f.target) != NO_ENTITY)
      d->entities.items[entity_of(d, f.target)].described = true;
  }
  return end;
}

// "from and to dates"
static size_t read_from_to(D *d, size_t i) {
  size_t at = after_any(
      d, i, "from and to dates|from and to date|start and end dates|start and end date");
  size_t times =
      after_any(d, i, "start and end times|start and end time|from and to times");
  if ((at == i && times == i) || !d->subjects.len)
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

static void read_statements(D *d, size_t from) {
  typedef size_t (*Reader)(D *, size_t);
  static const Reader said[] = {read_mixin,      read_association, read_possession,
                                read_followers,  read_self,        read_from_to,
                                read_belongs,    read_inheritance, read_relation,
                                read_table_item, read_comparison,  read_action};
  bool fields = from > 0;
  for (size_t i = from; i < d->tokens.len;) {
    if (ends_sentence(d, i) && !(fields && listed(d, i))) {
      fields = false;
      i++;
      continue;
    }
    size_t start = skip_separators(d, i), next = read_subjects(d, start);
    if (next > start) {
      fields = true;
      i = next;
      continue;
    }
    if (is_word(d, start, "it they this each both") &&
        after_has(d, start + 1) > start + 1) {
      use(d, start, after_has(d, start + 1));
      i = after_has(d, start + 1);
      fields = true;
      continue;
    }
    for (size_t k = 0; k < ARRAY_LEN(said) && next == start; k++)
      next = said[k](d, start);
    fields |= next > start && is_word(d, next - 1, "with having storing stores has");
    if (next == start && fields && after_has(d, start) > start) {
      next = after_has(d, start);
      use(d, start, next);
    }
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

// "User and Profile one to one", "many-to-many between Movie and Actor", "association
// object between Student and Course with a grade" are seen by read_relation; what stands
// before a pair without a verb is seen here.
static void read_pairs(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    RelationKind kind;
    size_t end = after_pair(d, i, &kind), first_end, second_end;
    bool plural;
    if (end == i || d->tokens.items[i].used || i < 3)
      continue;
    for (size_t from = i >= 6 ? i - 6 : 0; from < i; from++) {
      int a = entity_at(d, from, &first_end, &plural);
      if (a == NO_ENTITY || !is_word(d, first_end, "and to with"))
        continue;
      int b = entity_at(d, skip_words(d, first_end + 1, "a an"), &second_end, &plural);
      if (b == NO_ENTITY || second_end > i)
        continue;
      add_relation(d, a, b, kind, (Str){"", 0}, false);
      use(d, from, end);
      break;
    }
  }
}

// "Vehicle base class with joined inheritance: Car has doors, Truck has payload"
static bool inherit_from_base(D *d, size_t i) {
  size_t base = i, end;
  bool plural;
  while (base > 0 && !ends_sentence(d, base - 1) && !is_word(d, base, "base parent"))
    base--;
  int parent =
      base && is_word(d, base, "base parent") && is_word(d, base + 1, model_words)
          ? entity_at(d, base - 1, &end, &plural)
          : NO_ENTITY;
  if (parent == NO_ENTITY)
    return false;
  use(d, base - 1, i + 1);
  for (size_t at = i + 1; at < d->tokens.len && !is_mark(d, at, '.'); at++) {
    int e = entity_at(d, at, &end, &plural);
    if (e != NO_ENTITY && e != parent)
      d->entities.items[e].parent = d->entities.items[parent].name;
  }
  return true;
}

static void read_inheritance_list(
    D *d) { // "joined table inheritance: Person, Employee, Manager"
  for (size_t i = 0; i < d->tokens.len; i++) {
    if (!is_word(d, i, "inheritance") ||
        (!is_mark(d, i + 1, ':') && !is_word(d, i + 1, "for with of between")))
      continue;
    int parent = NO_ENTITY;
    bool plural;
    if (inherit_from_base(d, i))
      continue;
    for (size_t at = i + 2, end; !ends_sentence(d, at); at = end) {
      int e = entity_at(d, skip_words(d, at, "a an the and or : ,"), &end, &plural);
      if (e == NO_ENTITY) {
        end = at + 1;
        continue;
      }
      d->entities.items[e].described = true;
      if (parent == NO_ENTITY)
        parent = e;
      else if (e != parent && !d->entities.items[e].parent.len)
        d->entities.items[e].parent = d->entities.items[parent].name;
      for (size_t k = at; k < end; k++)
        d->tokens.items[k].mark = '.'; // said; no statement
    }
  }
}

// Statements about attributes that stand before what they speak of.
static void read_late(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    if (d->tokens.items[i].used || d->tokens.items[i].mark)
      continue;
    for (size_t e = 0; e < d->entities.len; e++) {
      d->subjects.len = 0;
      vec_push(&d->subjects, e);
      if (read_comparison(d, i) > i ||
          (after_any(d, i, "combination of|the combination of|unique constraint on") >
               i &&
           read_table_item(d, i) > i))
        break;
    }
  }
}

// ---- Words of the grammar

static Str quoted_value(Arena *a, Str v) {
  if (str_find_char(v, ' ', 0) == SIZE_MAX && str_find_char(v, ':', 0) == SIZE_MAX)
    return v;
  return str_format(a, "'%.*s'", STR_ARG(v));
}

static Str without_null(Arena *a, Str extra) {
  size_t at = str_find(extra, STR(":null"), 0);
  if (at == SIZE_MAX)
    return extra;
  return str_format(a, "%.*s%.*s", (int)at, extra.ptr, (int)(extra.len - at - 5),
                    extra.ptr + at + 5);
}

static Str field_word(D *d, const DField *f, bool with_default) {
  Buf out = {0};
  Str name = f->name;
  const char *refused = name_refused_attribute(name);
  if (refused)
    name = str_format(d->arena, "%.*s_", STR_ARG(name));
  Str extra = f->required ? without_null(d->arena, f->extra) : f->extra;
  if (f->arrow) {
    buf_printf(&out, "%.*s:%s%.*s", STR_ARG(name), f->arrow, STR_ARG(f->target));
    if (strcmp(f->arrow, "<->") != 0)
      buf_printf(&out, "%s%s%s", f->one ? ":one" : "", f->nullable ? ":null" : "",
                 f->cascade ? ":cascade" : "");
    buf_add_str(&out, f->extra);
  } else {
    buf_printf(&out, "%.*s:%.*s", STR_ARG(name), STR_ARG(f->type));
    if (f->value.len && with_default)
      buf_printf(&out, "=%.*s", STR_ARG(quoted_value(d->arena, f->value)));
    buf_add_str(&out, extra);
    buf_printf(&out, "%s%s%s%s", f->unique ? ":unique" : "", f->index ? ":index" : "",
               f->nullable && str_find(extra, STR(":null"), 0) == SIZE_MAX ? ":null" : "",
               f->key ? ":pk" : "");
    if (refused)
      buf_printf(&out, ":column(%.*s)", STR_ARG(f->name));
  }
  Str s = str_copy(d->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

static bool parses(D *d, const DEntity *e, Str word) {
  Schema *scratch = schema_new(d->arena);
  SchemaTable *t = schema_add_table(scratch, e->name, STR("t"));
  bool good = fields_parse_one(scratch, t, word, NULL);
  schema_free(scratch);
  return good;
}

static bool has_scalar(const DEntity *e) {
  for (size_t i = 0; i < e->fields.len; i++)
    if (!e->fields.items[i].arrow && !str_is(e->fields.items[i].name, "id"))
      return true;
  return e->parent.len > 0;
}

static bool linked(const DEntity *a, const DEntity *b) {
  for (size_t i = 0; i < a->fields.len; i++)
    if (a->fields.items[i].arrow && str_eq(a->fields.items[i].target, b->name))
      return true;
  for (size_t i = 0; i < b->fields.len; i++)
    if (b->fields.items[i].arrow && str_eq(b->fields.items[i].target, a->name))
      return true;
  return false;
}

// Fields of a model of which none were described.
static void add_usual_fields(D *d, DEntity *e, StrVec *words) {
  int kind = kind_of(e->lemma);
  Str fields = kind >= 0 ? str_from(kinds[kind].fields) : STR("name:str(255)"), word;
  schema_assume(d->schema, "no fields of %.*s are described: it gets what is usual",
                STR_ARG(e->name));
  while (str_next_part(&fields, ' ', &word)) {
    Str name = str_slice(word, 0, str_find_char(word, ':', 0));
    if (!field_find(d, (int)(e - d->entities.items), name))
      vec_push(words, word);
  }
  Str groups = kind >= 0 ? str_from(kinds[kind].parents) : (Str){"", 0}, group;
  while (str_next_part(&groups, ' ', &group)) {
    Str rest = group, parent;
    while (str_next_part(&rest, '/', &parent)) {
      int p = entity_of(d, parent);
      if (p == NO_ENTITY || linked(e, &d->entities.items[p]))
        continue;
      Str target = d->entities.items[p].name;
      vec_push(words, str_format(d->arena, "%.*s:->%.*s:cascade",
                                 STR_ARG(name_snake(d->arena, parent)), STR_ARG(target)));
      schema_assume(d->schema, "each %.*s belongs to a %.*s", STR_ARG(e->name),
                    STR_ARG(target));
      break;
    }
  }
}

// Both sides were said to have many of the other: one many-to-many.
static void join_sides(D *d) {
  for (size_t i = 0; i < d->entities.len; i++)
    for (size_t k = 0; k < d->entities.items[i].fields.len; k++) {
      DField *f = &d->entities.items[i].fields.items[k];
      int other = f->arrow ? entity_of(d, f->target) : NO_ENTITY;
      if (other == NO_ENTITY || other == (int)i || !strcmp(f->arrow, "->"))
        continue;
      for (size_t n = 0; n < d->entities.items[other].fields.len; n++) {
        DField *g = &d->entities.items[other].fields.items[n];
        bool back = g->arrow && strcmp(g->arrow, "->") &&
                    str_eq(g->target, d->entities.items[i].name);
        if (!back || f->one || g->one)
          continue;
        f->arrow = "<->";
        if (str_find(f->extra, STR(":back("), 0) == SIZE_MAX)
          f->extra = str_format(d->arena, "%.*s:back(%.*s)", STR_ARG(f->extra),
                                STR_ARG(g->name));
        DEntity *e = &d->entities.items[other];
        memmove(g, g + 1, (e->fields.len - n - 1) * sizeof *g);
        e->fields.len--;
        break;
      }
    }
}

static bool in_items(const DEntity *e, const char *name) {
  for (size_t i = 0; i < e->items.len; i++)
    if (str_find(e->items.items[i], str_from(name), 0) != SIZE_MAX)
      return true;
  return false;
}

static void add_usual_unique(D *d, DEntity *e) {
  static const char *const names[] = {"email", "username", "slug", "sku", "isbn"};
  for (size_t i = 0; i < e->fields.len; i++)
    for (size_t k = 0; k < ARRAY_LEN(names); k++)
      if (str_is(e->fields.items[i].name, names[k]) && !e->fields.items[i].unique &&
          !in_items(e, names[k])) {
        e->fields.items[i].unique = true;
        schema_assume(d->schema, "%.*s.%s is unique", STR_ARG(e->name), names[k]);
      }
}

static void write_entity(D *d, DEntity *e, const char *inheritance, Description *out) {
  Str header = e->name;
  if (e->parent.len)
    header = str_format(d->arena, "%.*s(%.*s%s)", STR_ARG(e->name), STR_ARG(e->parent),
                        inheritance);
  vec_push(&out->words, header);
  add_usual_unique(d, e);
  for (size_t i = 0; i < e->fields.len; i++) {
    DField *f = &e->fields.items[i];
    if (str_is(f->name, "id") && !str_is(f->type, "uuid") && f->from_name)
      continue; // the key that every model gets
    Str word = field_word(d, f, true);
    if (!parses(d, e, word))
      word = field_word(d, f, false);
    if (parses(d, e, word))
      vec_push(&out->words, word);
    else
      vec_push(&out->missed,
               str_format(d->arena, "%.*s of %.*s", STR_ARG(f->name), STR_ARG(e->name)));
    if (f->from_name && !f->arrow && !str_starts(f->type, STR("str")))
      schema_assume(d->schema, "%.*s.%.*s is taken to be %.*s", STR_ARG(e->name),
                    STR_ARG(f->name), STR_ARG(f->type));
  }
  for (size_t i = 0; i < e->items.len; i++)
    vec_push(&out->words, e->items.items[i]);
  if (!has_scalar(e))
    add_usual_fields(d, e, &out->words);
}

static void collect_missed(D *d, Description *out) {
  static const char filler[] =
      "a an the and or of to for with in on is are be it its that which this these i we "
      "you me my our "
      "please define create write make build design generate give show need want would "
      "like model "
      "models class classes table tables sqlalchemy orm 2 2.0 2.x x typed declarative "
      "mapped using use "
      "called named each every has have as some should set up following fields columns "
      "attributes "
      "relationship relationships new into can one also new database schema data them "
      "their from by at "
      "between both not where base implement produce core add how application app could "
      "help let's us "
      "style python style modern version dataclass dataclasses inheritance single joined "
      "system "
      "exactly deleting deletes delete deleted i'd like need entity entities two three "
      "four five "
      "mixin type types nice simple "
      "good proper so do does there who if then";
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t from = i;
    bool matters = false;
    while (i < d->tokens.len && !d->tokens.items[i].mark && !d->tokens.items[i].used) {
      size_t end;
      bool plural;
      bool known = entity_at(d, i, &end, &plural) != NO_ENTITY;
      matters |= !known && !is_word(d, i, filler);
      i++;
    }
    if (matters)
      vec_push(&out->missed, words_between(d, from, i));
  }
}

static bool says(const D *d, const char *phrases) {
  for (size_t i = 0; i < d->tokens.len; i++)
    if (after_any(d, i, phrases) > i)
      return true;
  return false;
}

static void mark_cascade(D *d) {
  if (!says(d, "cascade|cascades|cascading|deleted with|deletes its|delete its|are "
               "deleted too|on delete "
               "cascade|removed with|are also deleted"))
    return;
  for (size_t i = 0; i < d->entities.len; i++)
    for (size_t k = 0; k < d->entities.items[i].fields.len; k++) {
      DField *f = &d->entities.items[i].fields.items[k];
      f->cascade = f->arrow && strcmp(f->arrow, "<->") != 0 && !str_is(f->target, "self");
    }
}

// "single table inheritance: Notification, EmailNotification": where nothing else is said
// the names tell who inherits from whom.
static void inherit_by_name(D *d) {
  for (size_t i = 0; i < d->entities.len; i++)
    if (d->entities.items[i].parent.len)
      return;
  for (size_t i = 0; i < d->entities.len && says(d, "inheritance"); i++)
    for (size_t k = 0; k < d->entities.len; k++) {
      Str whole = d->entities.items[i].lemma, head = d->entities.items[k].lemma;
      if (whole.len > head.len && str_ends(whole, head) &&
          whole.ptr[whole.len - head.len - 1] == ' ')
        d->entities.items[i].parent = d->entities.items[k].name;
    }
}

// "Book(id, title, author_id)" beside an Author: the column is a foreign key.
static void link_keys(D *d) {
  for (size_t i = 0; i < d->entities.len; i++)
    for (size_t k = 0; k < d->entities.items[i].fields.len; k++) {
      DField *f = &d->entities.items[i].fields.items[k];
      if (f->arrow || !f->from_name || !str_ends(f->name, STR("_id")))
        continue;
      Str one = str_slice(f->name, 0, f->name.len - 3);
      bool self = str_is(one, "parent");
      int e = self ? (int)i : entity_of(d, one);
      if (e == NO_ENTITY || field_find(d, (int)i, one))
        continue;
      f->name = one;
      f->arrow = "->";
      f->target = d->entities.items[e].name;
      f->nullable |= self;
      f->extra = STR("");
    }
}

// What the class of the project has already is not said anew.
static void drop_known_fields(D *d, DEntity *e) {
  const SchemaTable *t = schema_find(d->schema, e->name);
  size_t kept = 0;
  for (size_t i = 0; i < e->fields.len; i++) {
    DField f = e->fields.items[i];
    if (!t || (!schema_column(t, f.name) && !schema_relation(t, f.name)))
      e->fields.items[kept++] = f;
  }
  e->fields.len = kept;
}

// The text is about what this class of the project is to have: "User has a phone number".
static bool is_about(Arena *arena, Str text, const DEntity *e) {
  return str_starts(text, str_format(arena, "%.*s has ", STR_ARG(e->name)));
}

static bool write_words(D *d, Str text, Description *out, Err *err) {
  const char *inheritance = says(d, "single table|single") ? ":single"
                            : says(d, "joined")            ? ":joined"
                                                           : "";
  link_keys(d);
  join_sides(d);
  inherit_by_name(d);
  mark_cascade(d);
  for (size_t i = 0; i < d->entities.len; i++) {
    DEntity *e = &d->entities.items[i];
    bool subject = e->external && is_about(d->arena, text, e);
    if (subject)
      drop_known_fields(d, e);
    if (!e->external || (subject && has_scalar(e)))
      write_entity(d, e, inheritance, out);
    else if (e->described && has_scalar(e))
      vec_push(&out->missed,
               str_format(d->arena, "fields of %.*s, which exists", STR_ARG(e->name)));
  }
  if (!out->words.len)
    return err_set(err, ERR_INPUT, "no model was found in the description");
  const char **words = arena_array(d->arena, const char *, out->words.len);
  for (size_t i = 0; i < out->words.len; i++)
    words[i] = str_copy(d->arena, out->words.items[i]).ptr;
  FieldSettings settings = {.extend = true};
  return fields_parse(d->schema, words, out->words.len, &settings, err) &&
         schema_complete(d->schema, &(SchemaOptions){0}, err);
}

bool describe_models(Description *out, Arena *arena, Str text, Schema *schema, Err *err) {
  D d = {.arena = arena, .schema = schema};
  *out = (Description){.schema = schema};
  text_tokens(&d, text);
  for (size_t i = 0; i < schema->tables.len; i++)
    if (schema->tables.items[i]->external && schema->tables.items[i]->class_name.len)
      entity_add(&d, schema->tables.items[i]->class_name);
  find_models(&d);
  size_t first = d.entities.len ? 0 : find_nameless(&d);
  read_inheritance_list(&d);
  read_statements(&d, first);
  read_pairs(&d);
  read_late(&d);
  out->core = says(&d, "core table|core tables|core schema|table objects|table "
                       "definitions|sqlalchemy core");
  out->dataclass = says(&d, "dataclass|dataclasses|mappedasdataclass");
  collect_missed(&d, out);
  bool good = write_words(&d, text, out, err);
  for (size_t i = 0; i < d.entities.len; i++) {
    vec_free(&d.entities.items[i].fields);
    vec_free(&d.entities.items[i].items);
  }
  vec_free(&d.entities);
  vec_free(&d.tokens);
  vec_free(&d.subjects);
  return good;
}

void describe_free(Description *d) {
  vec_free(&d->words);
  vec_free(&d->missed);
}
