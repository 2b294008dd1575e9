// describe_field.c: a field: its name, or the model that it names, and what is said of
// it.
//
//   [unique|optional|...] noun [type] { what describe_qualifier.c reads }
#include "agent/describe_internal.h"

// Words that end the name of a field.
static const char stops[] =
    "has have had having with that which who whose is are was be been can may might must "
    "should "
    "will and or of to for from per by on in at as into between under belongs belong "
    "contains "
    "contain includes include including where when while plus also each every a an the "
    "any if not "
    "its it their they his her this these unique optional nullable required mandatory "
    "indexed "
    "default defaults defaulting max maximum min minimum least most characters chars "
    "many "
    "several multiple one both using via then but so ranging called named than "
    "optionally "
    "always never only null foreign referencing inherits inherit extends references "
    "stored "
    "store show write please pls plz thanks thank thx together jointly autoincrement "
    "aware timezone starts starting initially cannot";

// "doctor patient starts_at duration": a name is over where a model or a name with an
// underscore follows it, or it is one itself and no type follows.
static bool begins_anew(const D *d, size_t i, size_t end) {
  size_t stop;
  bool plural;
  bool here = str_find_char(d->tokens.items[end].low, '_', 0) != SIZE_MAX;
  bool before = str_find_char(d->tokens.items[end - 1].low, '_', 0) != SIZE_MAX;
  if (before)
    return !type_word(d, end) &&
           (!is_word(d, end, "fk enum field column") ||
            (is_word(d, end, "fk") && end + 1 < d->tokens.len && // "brand_id fk brands"
             !d->tokens.items[end + 1].mark));
  if (!here && entity_at(d, end, &stop, &plural) == NO_ENTITY)
    return false;
  return end == i + 1 && entity_at(d, i, &stop, &plural) != NO_ENTITY && !plural &&
         stop == end;
}

static size_t name_end(const D *d, size_t i) {
  size_t end = i;
  if (is_word(d, i, "number amount count quantity") && is_word(d, i + 1, "of") &&
      i + 2 < d->tokens.len && !d->tokens.items[i + 2].mark && !is_word(d, i + 2, stops))
    return i + 3; // "number of doors"
  if (is_word(d, i, "at on from to by in until since") && type_word(d, i + 1))
    return i + 2; // "at timestamp": it is called so
  while (end < d->tokens.len && !d->tokens.items[end].mark && !is_word(d, end, stops) &&
         end - i < 4 && !number_at(d, end).len && !(end > i && begins_anew(d, i, end)) &&
         !(end > i && after_any(d, end, "primary key|pk|up to|up until") > end) &&
         !(is_word(d, end, "server") && is_word(d, end + 1, "default")))
    end++;
  size_t unit_end;
  bool plural;
  if (end > i && is_word(d, end, "per") && end + 1 < d->tokens.len &&
      !d->tokens.items[end + 1].mark && !is_word(d, end + 1, stops) &&
      entity_at(d, end + 1, &unit_end, &plural) == NO_ENTITY)
    end += 2; // "price per night"
  if (end > i && is_word(d, end, "on at") &&
      (end + 1 >= d->tokens.len || d->tokens.items[end + 1].mark ||
       is_word(d, end + 1, "date datetime timestamp")))
    end += 1 + is_word(d, end + 1, "date datetime timestamp"); // "issued on"
  if (end > i && is_word(d, end, "of at by") &&
      is_word(d, end - 1, "date created updated") && is_word(d, end + 1, "birth"))
    end += 2; // date of birth
  return end;
}

static size_t read_adjectives(D *d, size_t i, DField *f) {
  for (size_t at;; i = at) {
    at = skip_words(d, i, "a an the its their his her some any exactly");
    if (is_word(d, at, "unique"))
      f->unique = true;
    else if (is_word(d, at, "optional nullable"))
      f->nullable = true;
    else if (is_word(d, at, "required mandatory"))
      f->required = true;
    else if (is_word(d, at, "non not") && is_word(d, at + 1, "null nullable")) {
      f->required = true;
      use(d, at, at + 1);
      at++;
    } else if (is_word(d, at, "indexed"))
      f->index = true;
    else if (is_word(d, at, "short"))
      f->type = STR("str(100)");
    else if (is_word(d, at, "long"))
      f->type = STR("text");
    else if (is_word(d, at, "hashed"))
      f->extra = STR("hash");
    else if (is_word(d, at, "positive"))
      f->extra = STR(":positive");
    else if (is_word(d, at, "enum"))
      f->type = STR("enum");
    else if (is_word(d, at, "json jsonb string integer decimal boolean float uuid") &&
             name_end(d, at + 1) > at + 1)
      f->type = str_from(type_word(d, at));
    else
      return at;
    use(d, i, at + 1);
    at++;
  }
}

// A trailing word that is a type says what the field is, not how it is called.
static size_t split_type(D *d, size_t from, size_t end, DField *f) {
  const char *type = end - from > 1 ? type_word(d, end - 1) : NULL;
  bool identifier =
      str_find_char(d->tokens.items[end - 1 - (end - from > 1)].text, '_', 0) != SIZE_MAX;
  bool done = end - from > 1 && (is_word(d, end - 2, "on at") ||
                                 (is_word(d, end - 1, "timestamp datetime") &&
                                  is_participle(d->tokens.items[end - 2].low)));
  bool part_of_name = is_word(d, end - 1, "date timestamp") && !identifier && !done;
  if (type && !part_of_name && !str_is(str_from(type), "enum")) {
    f->type = str_from(type);
    f->from_name = false;
    end--;
  }
  if (end - from > 1 && is_word(d, end - 1, "enum") && is_mark(d, end, '('))
    end--;
  if (end - from > 1 && is_word(d, end - 1, "fk")) {
    f->type = STR(""); // "station_id fk": see link_keys
    f->from_name = true;
    end--;
  }
  if (end - from > 1 && is_word(d, end - 1, "field column attribute property value"))
    end--;
  return end;
}

static bool is_plural(const D *d, Str phrase) {
  if (phrase.len < 4)
    return false; // "ts"
  Str singular = name_singular(d->arena, phrase);
  return !str_eq(singular, phrase) && str_eq(name_plural(d->arena, singular), phrase);
}

static void finish_scalar(D *d, Str words, DField *f) {
  DField said = *f;
  DField guess = {0};
  if (str_is(said.extra, "hash")) {
    words = str_format(d->arena, "%.*s hash", STR_ARG(words));
    f->extra = (Str){"", 0};
  } else if (str_is(words, "password")) {
    words = STR("password hash");
    schema_assume(d->schema, "a password is kept as a hash, never as it is");
  }
  if (str_ends(words, STR(" dates")) || str_ends(words, STR(" times")))
    words = str_slice(words, 0, words.len - 1);
  f->name = name_snake(d->arena, words);
  if (str_is(f->type, "enum"))
    f->type = (Str){"", 0};
  field_type_by_name(d, words, &guess);
  if (!f->type.len) {
    f->type = guess.type;
    f->value = guess.value;
    f->extra = guess.extra.len ? guess.extra : f->extra;
    f->from_name = true;
  }
}

// "code char 7", "total numeric 14 2": figures behind the type.
static size_t read_size(D *d, size_t i, DField *f) {
  if (str_is(f->type, "decimal"))
    return type_read_figures(d, i, f);
  Str length = number_at(d, i);
  if (!str_is(f->type, "str") || !length.len ||
      !is_word(d, i - 1, "string varchar str char"))
    return i;
  f->type = str_format(d->arena, "str(%.*s)", STR_ARG(length));
  return i + 1;
}

// "origin airport", "home_team": one that plays a part.
static int entity_of_head(const D *d, Str words) {
  size_t cut = max_size(str_rfind_char(words, ' ') + 1, str_rfind_char(words, '_') + 1);
  Str head = str_slice(words, cut, words.len);
  if (!cut || cut == words.len || is_plural(d, head))
    return NO_ENTITY;
  int e = entity_of(d, head);
  bool same = e != NO_ENTITY && same_without_blanks(d->entities.items[e].lemma, head);
  return same ? e : NO_ENTITY;
}

// Among the columns in parentheses: "Book(title, author)".
static bool in_parentheses(const D *d, size_t i) {
  int depth = 0;
  for (size_t k = i; k-- > 0 && !ends_sentence(d, k);) {
    depth += is_mark(d, k, ')') - is_mark(d, k, '(');
    if (depth < 0)
      return true;
  }
  return false;
}

// A field phrase in its parts.
typedef struct {
  size_t start;
  size_t whether; // behind "whether it is"; `start` where that is not said
  bool refers;    // "foreign key to", "reference to" stands before the name
  bool key;       // and says that it is a key
  size_t name;    // where the name begins
  size_t name_stop;
  size_t behind; // the name and what was read behind it
  Str words;     // the name
  bool plural;
  bool array;   // "as an array of strings" follows
  bool columns; // a usual model whose columns follow
  bool labels;  // "tags": a usual plural of many to many
} Phrase;

// The name and the type or the values that stand with it; false where there is no name.
static bool read_phrase(D *d, size_t i, Phrase *p, DField *out) {
  p->start = i;
  p->whether =
      after_any(d, i,
                "whether it is still|whether it is|whether it's|whether it "
                "was|whether it has been|whether they are|whether or not it is|whether|"
                "if it is|if it's|if it was|if they are|if it has been");
  use(d, i, p->whether);
  size_t at = read_adjectives(d, p->whether, out);
  size_t reference =
      after_any(d, at,
                "foreign key to|foreign key for|reference to|references|link to|fk to|"
                "relationship to|relation to|relation with|relationship with");
  p->refers = reference > at;
  p->key = after_any(d, at, "foreign key|fk|reference|references") > at;
  p->name = skip_words(d, reference, "a an the its their");
  p->name_stop = name_end(d, p->name);
  bool nameless = p->name_stop == p->name + 1 &&
                  is_word(d, p->name, "field column attribute relationship relation") &&
                  !p->refers && !in_parentheses(d, i) && !is_mark(d, p->name_stop, ',');
  if (p->name_stop == p->name || nameless)
    return false; // "add a field": it was not said which
  size_t values_end = values_slashed(d, p->name, &p->name_stop, out);
  if (!values_end)
    values_end = values_spaced(d, p->name, &p->name_stop, out);
  p->name_stop = split_type(d, p->name, p->name_stop, out);
  p->behind = max_size(name_end(d, p->name), values_end);
  if (!values_end)
    p->behind = read_size(d, p->behind, out);
  p->words = words_between(d, p->name, p->name_stop);
  p->plural = is_plural(d, p->words);
  p->columns = is_kind(d, p->words) && lists_columns(d, p->behind) &&
               !is_word(d, p->behind - 1, "enum");
  DField listed = {0};
  p->array = type_read_array(d, p->behind, &listed) > p->behind;
  p->labels = p->plural && !p->array && is_label(p->words);
  return true;
}

// A plural that is no usual field, or a usual model, is a model of its own.
static bool is_own_model(D *d, const Phrase *p, const DField *f) {
  bool kind = is_kind(d, p->words);
  bool attribute = !p->plural && word_in(p->words, "role note address position");
  if ((!p->plural && (!kind || d->core || in_parentheses(d, p->start))) || attribute ||
      p->name_stop - p->name > 2 || str_find_char(p->words, '_', 0) != SIZE_MAX)
    return false;
  DField as_is = {0}, single = {0}, values = {.type = {"", 0}, .value = {"", 0}};
  field_type_by_name(d, p->words, &as_is);
  field_type_by_name(d, p->plural ? name_singular(d->arena, p->words) : p->words,
                     &single);
  bool usual = str_is(as_is.type, "str") && (kind || str_is(single.type, "str"));
  bool listed = values_read_enum(d, p->behind, &values) > p->behind;
  bool told = f->type.len || listed || p->refers || p->labels ||
              number_at(d, p->behind).len || (!p->columns && is_mark(d, p->behind, '('));
  return usual && !told && !subject_inherits(d);
}

// The model that the field refers to, added where it is new; NO_ENTITY: it is a column.
static int target_of(D *d, const Phrase *p, const DField *f) {
  bool typed = f->type.len > 0 && !p->refers; // "token varchar(64)"
  int target = typed ? NO_ENTITY : entity_of(d, p->words);
  if (target == NO_ENTITY && !p->refers && !f->type.len)
    target = entity_of_head(d, p->words);
  if (target != NO_ENTITY)
    return target;
  if (!p->array && is_own_model(d, p, f)) {
    target = entity_add(d, p->words);
    if (target != NO_ENTITY)
      schema_assume(d->schema, "%.*s is taken to be a model of its own",
                    STR_ARG(d->entities.items[target].name));
    return target;
  }
  bool many = p->plural && is_mark(d, p->behind, '(') &&
              after_any(d, p->behind + 1, "many to many") > p->behind + 1;
  return p->refers || p->labels || many ? entity_add(d, p->words) : NO_ENTITY;
}

static void finish_reference(const D *d, const Phrase *p, int target, DField *out) {
  bool many = after_any(d, p->behind, "many to many") > p->behind;
  out->target = d->entities.items[target].name;
  out->name = name_snake(d->arena, p->words);
  if (p->key && p->plural)
    out->name = name_singular(d->arena, out->name);
  out->arrow = p->key || !p->plural ? "->" : many || p->labels ? "<->" : "<-";
}

static Str without_id(Str name) {
  return str_ends(name, STR("_id")) ? str_slice(name, 0, name.len - 3) : name;
}

// "FK to users named assignee_id"
static void read_given_name(const D *d, Phrase *p, DField *out) {
  if (!p->refers || !is_word(d, p->behind, "named called") ||
      p->behind + 1 >= d->tokens.len || d->tokens.items[p->behind + 1].mark)
    return;
  out->name = without_id(d->tokens.items[p->behind + 1].low);
  p->behind += 2;
}

// "whether it was paid or not"
static void read_whether(const D *d, Phrase *p, DField *out) {
  if (p->whether == p->start)
    return;
  size_t either = after_any(d, p->behind, "or not|or no");
  if (!out->arrow && out->from_name && str_is(out->type, "str") &&
      (either > p->behind || !is_word(d, p->behind, "or"))) {
    out->type = STR("bool");
    out->value = STR("false");
  }
  p->behind = either;
}

// "artist_id -> artists", "author_id, foreign key to users": the column is a reference.
static void read_foreign_key(D *d, Phrase *p, DField *out) {
  size_t key = after_any(
      d, p->behind,
      "foreign key to|foreign key references|foreign key for|foreign key|references|"
      "referencing|refers to|pointing to|points to|fk to|fk");
  if (key == p->behind && is_mark(d, p->behind, '>'))
    key++;
  if (key == p->behind || out->arrow)
    return;
  size_t noun = skip_words(d, key, "a an the its"), stop = name_end(d, noun);
  int e = stop > noun ? entity_add(d, words_between(d, noun, stop)) : NO_ENTITY;
  if (e == NO_ENTITY) { // "station_id fk not null": see link_keys
    p->behind = is_word(d, key - 1, "fk") ? key : p->behind;
    return;
  }
  out->arrow = "->";
  out->target = d->entities.items[e].name;
  out->name = without_id(out->name);
  p->behind = stop;
}

size_t field_read(D *d, size_t i, DField *out) {
  *out = (DField){.extra = {"", 0}, .value = {"", 0}, .type = {"", 0}};
  Phrase p;
  if (!read_phrase(d, i, &p, out))
    return i;
  int target = target_of(d, &p, out);
  if (target != NO_ENTITY) {
    finish_reference(d, &p, target, out);
  } else {
    finish_scalar(d, p.words, out);
    if (p.plural && subject_inherits(d) && out->from_name && str_is(out->type, "str"))
      out->type = STR("int"); // "a car has doors": how many
  }
  read_given_name(d, &p, out);
  read_whether(d, &p, out);
  read_foreign_key(d, &p, out);
  if (!out->arrow && out->type.len && type_word(d, p.behind - 1) &&
      is_mark(d, p.behind, '('))
    p.behind = max_size(p.behind, type_read(d, p.behind - 1, out));
  use(d, i, p.behind);
  if (out->arrow && is_mark(d, p.behind, '(') &&
      (p.columns || lists_columns(d, p.behind)))
    return p.behind; // what stands in the parentheses is said of the model
  size_t at = p.behind;
  for (size_t next; (next = field_qualifiers(d, at, out)) > at; at = next)
    ;
  return at;
}
