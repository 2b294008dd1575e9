// describe_phrase.c: phrases of a description: "has", "belongs to", "many", a noun.
#include "agent/describe_internal.h"

const char model_words[] = "model models class classes table tables entity entities";
const char no_models[] =
    "orm core data database db typed mapped declarative sqlalchemy new existing "
    "following these the "
    "a an simple dataclass base python some two three four several all my our your few "
    "basic "
    "single joined inheritance association async sync modern of for with and or other "
    "more this "
    "that each every relational sql 2 1 2x x domain complete full want need needs like "
    "write create "
    "define design make build generate add called named typical proper please plus also "
    "then pls plz hi hey hello ok so now plain separate own generic abstract concrete "
    "automatically derived from by in on at to as into just no not individual "
    "different distinct same matching corresponding appropriate proper pivot";
const char not_names[] = "sqlalchemy orm sql json jsonb uuid postgresql postgres "
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
                         "sa then he she you your as at to false true none null hi hello "
                         "hey thanks thank plus "
                         "mappedasdataclass deferredreflection "
                         "now directions sides ways just own separate abstract concrete "
                         "generic endpoint endpoints migration migrations repository "
                         "session sessions engine query queries base all";

// Words of `not_names` that are models where they stand as one: "Show: title, slug",
// "a session belongs to a client".
static const char also_names[] =
    "show shows session sessions query engine set class endpoint migration";

bool is_named_so(const D *d, size_t i) {
  if (!is_word(d, i, not_names))
    return true;
  if (!is_word(d, i, also_names))
    return false;
  bool listed = d->tokens.items[i].capital && starts_sentence(d, i) &&
                (is_mark(d, i + 1, ':') || is_mark(d, i + 1, '('));
  bool one = i && is_word(d, i - 1, "a an each every");
  return listed ||
         (one && (after_has(d, i + 1) > i + 1 || after_belongs(d, i + 1) > i + 1));
}

bool starts_sentence(const D *d, size_t i) {
  return i == 0 ||
         (d->tokens.items[i - 1].mark && strchr(".;!?\n:", d->tokens.items[i - 1].mark));
}

size_t after_has(const D *d, size_t i) {
  size_t at = after_any(d, i,
                        "should have|must have|can have|may have|could have|might "
                        "have|will have|shall have|also has|"
                        "also have|that has|which has|that have|which have|who has|who "
                        "have|has|have|having|contains|"
                        "contain|containing|includes|include|including|stores|store|"
                        "storing|consists of|consist of|"
                        "needs|need|requires|require|holds|keeps|records|tracks|is "
                        "described by|gets|own|owns|adds|comes "
                        "with|can own|can contain|can include|can hold|should "
                        "know|knows|should keep|should "
                        "store|must store|and has|and have|and contains|and stores");
  return at;
}

bool is_plural_noun(const D *d, size_t i) {
  if (i >= d->tokens.len || d->tokens.items[i].mark || is_word(d, i, not_names))
    return false;
  Str word = d->tokens.items[i].low;
  return !str_eq(name_singular(d->arena, word), word);
}

// "should be done by", "is signed by": what is done by somebody belongs to them.
static size_t after_passive(const D *d, size_t i) {
  size_t at = skip_words(d, i, "should must can may will shall also always");
  size_t be = after_any(d, at, "be|is|are|was|were|gets|get");
  if (be == at || be + 1 >= d->tokens.len || d->tokens.items[be].mark ||
      !is_word(d, be + 1, "by"))
    return i;
  bool done = str_ends(d->tokens.items[be].low, STR("ed")) ||
              is_word(d, be,
                      "done made given taken written held run sold led built "
                      "driven taught sung drawn paid sent kept grown bought won "
                      "chosen thrown flown");
  return done ? be + 2 : i;
}

size_t after_belongs(const D *d, size_t i) {
  if (i && !d->tokens.items[i - 1].mark &&
      str_ends(d->tokens.items[i - 1].low, STR("_id")))
    return i; // said of a column
  size_t passive = after_passive(d, i);
  if (passive > i)
    return passive;
  size_t modal = skip_words(d, i, "should must will shall always also");
  if (modal > i && after_any(d, modal, "belong to|refer to|point to") > modal)
    return after_any(d, modal, "belong to|refer to|point to");
  return after_any(
      d, i,
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
      "lies in|lie in|works on|work on|works at|work at|plays for|play "
      "for|lives at|live at|"
      "stored in|is stored in|are stored in|kept in|is kept in|are kept "
      "in|held in|is held "
      "in|takes place in|grows in|is released by|are released by|released "
      "by|is published "
      "by|published by|is built by|are built by|is produced by|is run by|is "
      "managed by|are "
      "managed by|is led by|is taught by|are taught by|taught by|is "
      "about|linked to|attached "
      "to|associated with|connected to|assigned to|be part of|is in|are in|be in|appears "
      "in|appear in|occurs in|occur in|participates in|participate in");
}

bool is_verb(const D *d, size_t i) {
  return after_has(d, i) > i || after_belongs(d, i) > i ||
         after_any(d, i, "inherits|inherit|extends|extend|is a|are|is an|is") > i;
}

// "instructors publish courses", "teams play matches": a plural that a verb and another
// plural follow is no first part of a name.
static bool ends_as_subject(const D *d, size_t i) {
  const Token *t = &d->tokens.items[i], *verb = t + 1, *object = t + 2;
  if (i + 2 >= d->tokens.len || t->capital || verb->mark || object->mark ||
      is_word(d, i, "sales news sports goods savings series"))
    return false;
  return is_plural_noun(d, i) && !is_plural_noun(d, i + 1) &&
         (is_plural_noun(d, i + 2) || is_word(d, i + 2, "a an the one in for to many"));
}

// Words of a noun phrase at `i`, without what stands in front of it.
size_t noun_end(const D *d, size_t i) {
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
      "writes take takes borrow borrows own owns attend follow follows linked connected "
      "related joined please pls plz thanks together look looks keyed identified";
  size_t end = i;
  if (is_word(d, i, "delete deleting remove removing"))
    return i;
  while (end < d->tokens.len && !d->tokens.items[end].mark && !is_word(d, end, stops) &&
         end - i < 3 && !(end > i && ends_as_subject(d, end - 1)))
    end++;
  bool alone =
      is_word(d, i, "tracks records stores holds needs uses takes") &&
      (ends_sentence(d, i + 1) || is_mark(d, i + 1, ',') || is_word(d, i + 1, "and"));
  alone |= is_word(d, i, "like follow") && is_word(d, i + 1, "has stores with");
  return end == i && alone ? i + 1 : end; // "artists, albums, tracks"
}

const char fillers[] =
    "a an the same another its their each every one some any many several multiple "
    "other more existing new his her optional";

int add_noun(D *d, size_t i, size_t *end) {
  size_t from = skip_words(d, i, fillers);
  *end = noun_end(d, from);
  if (*end == from)
    return NO_ENTITY;
  bool one = *end == from + 1;
  Str phrase = one ? d->tokens.items[from].text : words_between(d, from, *end);
  if (one && !is_named_so(d, from))
    return NO_ENTITY;
  int part = entity_of_parts(d, phrase);
  bool told = from > i && is_word(d, from - 1, "each every the their its");
  if (part == NO_ENTITY && told)
    part = entity_of(d, phrase); // "todo lists ... each list"
  return part != NO_ENTITY ? part : entity_add(d, phrase);
}

size_t after_many(const D *d, size_t i) {
  return after_any(
      d, i,
      "many|several|multiple|zero or more|one or more|any number of|a list of|lots "
      "of|a collection of|a set of|a number of|0 or more|1 or more|zero to many|list "
      "of|collection of");
}

size_t after_pair(const D *d, size_t i, RelationKind *kind) {
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

bool says(const D *d, const char *phrases) {
  for (size_t i = 0; i < d->tokens.len; i++)
    if (after_any(d, i, phrases) > i)
      return true;
  return false;
}

size_t after_linked(const D *d, size_t i) {
  size_t at = skip_words(d, i, "are is can be get which that");
  size_t verb =
      skip_words(d, at, "linked connected related associated joined tied matched");
  return verb > at && is_word(d, verb, "through via by over using with") ? verb + 1 : i;
}

size_t after_place(const D *d, size_t i) {
  if (i >= d->tokens.len || d->tokens.items[i].mark || is_word(d, i, "has is"))
    return i;
  size_t at = is_word(d, i, "is are") ? i + 1 : i;
  bool verb =
      at < d->tokens.len && (str_ends(d->tokens.items[at].low, STR("s")) || at > i);
  size_t exact = after_any(d, at + 1, "exactly one|at most one|only one|just one");
  if (verb && exact > at + 1 && after_has(d, at) == at)
    return exact; // "plays exactly one instrument"
  if (!verb || !is_word(d, at + 1, "in on at to for under inside from"))
    return i;
  size_t end = after_any(d, at + 2, "exactly one|at most one|only one|one");
  return end > at + 2 ? end : i;
}
