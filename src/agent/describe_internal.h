// describe_internal.h: between the files of describe.h: words (text), phrases, models
// (entity, find), what is said of them (field with type, values and qualifier; relation,
// table) and the result (write).
#ifndef AGENT_DESCRIBE_INTERNAL_H
#define AGENT_DESCRIBE_INTERNAL_H

#include "agent/describe.h"
#include "base/buf.h"

typedef struct {
  Str text, low; // as written, in lower case
  char mark;     // 0: a word; else the punctuation mark; '\n' begins an item of a list
  bool quoted;   // stood in quotes or back-ticks
  bool capital;  // begins with a capital letter
  bool used;     // something was made of it
} Token;

typedef struct {
  Str name;   // attribute: "due_date"
  Str type;   // "str(320)"; "" for a relation
  Str target; // class of a relation
  const char *arrow;
  Str value; // default as written, "" for none
  bool unique, index, nullable, required, key, cascade, one;
  Str extra;      // more flags: ":min(0)"
  bool from_name; // its type was not said
} DField;

typedef enum {
  SHARED_NOT,
  SHARED_ABSTRACT, // a class without a table that others are kinds of
  SHARED_MIXIN
} DShared;

typedef struct {
  Str name;   // "OrderItem"
  Str lemma;  // "order item"
  Str parent; // class
  Vec(DField) fields;
  StrVec items; // "@unique(a,b)", "+timestamps"
  bool described, external;
  DShared shared;
  Str table; // name of its table; "" where it is not said
} DEntity;

typedef enum {
  RANGE_TOGETHER, // "a and b together unique"
  RANGE_UNIQUE,   // a clause that forbids to have them twice
  RANGE_INDEX,    // a clause that tells what is searched for
  RANGE_CASCADE   // "visits are removed when the patient is removed"
} DRangeKind;

typedef struct {
  size_t from, to;
  size_t per; // the word behind "per", 0: none
  DRangeKind kind;
} DRange;

typedef struct {
  size_t at; // token in front of which it stood
  Str name;
} DTable;

typedef struct {
  Str name;
  size_t at;        // token in front of which it stood
  Vec(Token) words; // behind the name
} DHybrid;

typedef struct {
  int entity, owner; // "deleting a post deletes its comments"
} DOwned;

typedef struct {
  int entity, in; // "a song has a position in the playlist"
  Str field;
} DPlace;

typedef struct {
  Arena *arena;
  Schema *schema;
  Vec(Token) tokens;
  Vec(DEntity) entities;
  Vec(size_t) subjects; // entities that the running sentence is about
  int pair[2];          // entities that a verb brought together last
  Str verb;
  bool paired;
  size_t back;          // subject behind the closing parenthesis + 1, 0: the same
  bool cascade;         // rows go with what they belong to
  bool core;            // Table objects are asked for, no classes
  bool single;          // children stand in their parent's table
  Vec(DRange) together; // attributes that are unique together stand there
  Vec(DTable) table_names, schemas;
  Vec(DHybrid) hybrids;
  Vec(DPlace) places;
  Vec(DOwned) owned;
  int ends, ends_of, ends_at; // fields of `ends_of` that are still to refer to `ends_at`
} D;

// ---- Text

// The text in the words of the grammar (describe_rephrase.def).
Str text_rephrased(Arena *a, Str text);
void text_tokens(D *d, Str text);
// A word that is one of the blank-separated `words`.
bool is_word(const D *d, size_t i, const char *words);
bool is_mark(const D *d, size_t i, char mark);
// Offset behind `phrase` ("many to many") where it stands at `i`, else `i`.
size_t after_phrase(const D *d, size_t i, const char *phrase);
// Offset behind the first of the '|'-separated phrases that stands at `i`, else `i`.
size_t after_any(const D *d, size_t i, const char *phrases);
void use(D *d, size_t from, size_t to);
bool ends_sentence(const D *d, size_t i);
size_t skip_words(const D *d, size_t i, const char *words);
bool word_in(Str word, const char *words);
// Words from..to in lower case with a blank between; "" where there are none.
Str words_between(const D *d, size_t from, size_t to);

// ---- Phrases

extern const char model_words[]; // "model", "table", ...
extern const char no_models[];   // adjectives and others in front of "model"
extern const char not_names[];   // capitalised or not, no model is called so
extern const char fillers[];     // "a", "each", "several", ...

bool starts_sentence(const D *d, size_t i);
// No word of `not_names`, or one that is a model's name where it stands.
bool is_named_so(const D *d, size_t i);
// A word in the plural that a model may be called.
bool is_plural_noun(const D *d, size_t i);
// The words stand somewhere.
bool says(const D *d, const char *phrases);
// Offset behind "has", "belongs to", "many" and the like, `i` where none stands there.
size_t after_has(const D *d, size_t i);
size_t after_belongs(const D *d, size_t i);
size_t after_many(const D *d, size_t i);
// Behind "are linked through".
size_t after_linked(const D *d, size_t i);
// Behind "lies in one", "is kept at exactly one": any verb, a preposition, one.
size_t after_place(const D *d, size_t i);
// "one to many relationship"
size_t after_pair(const D *d, size_t i, RelationKind *kind);
// Behind the words of a noun phrase at `i`, without what stands in front of it.
size_t noun_end(const D *d, size_t i);

// ---- Entities

enum {
  NO_ENTITY = -1
};
// The entity that a phrase ("order items") names, singular or plural.
int entity_of(const D *d, Str phrase);
int entity_add(D *d, Str phrase);
int entity_of_parts(const D *d, Str phrase);
// The singular in lower case, its words with blanks between.
Str lemma_of(const D *d, Str phrase);
bool same_without_blanks(Str a, Str b);
// Adds the model that the noun phrase at `i` names; `*end` is behind it.
int add_noun(D *d, size_t i, size_t *end);
// The entity whose name stands at `i`; `*end` is behind it, `*plural` tells its number.
int entity_at(const D *d, size_t i, size_t *end, bool *plural);

// "has", "belongs to", "is a": a statement begins behind its subject.
bool is_verb(const D *d, size_t i);
// describe.def has a row for a model of this name.
bool is_kind(const D *d, Str phrase);
// That row, -1 for none; its fields in the words of the grammar, and groups of parents.
int kind_of(Str lemma);
Str kind_fields(int kind);
Str kind_parents(int kind);
// The first pass.
void find_models(D *d);

// ---- Fields

// Reads a field phrase at `i` ("a unique title of up to 200 characters") into `out`; the
// offset behind it, or `i` where none stands there.
size_t field_read(D *d, size_t i, DField *out);
// What is said of a field from `i` on; the offset behind it.
size_t field_qualifiers(D *d, size_t i, DField *f);
void field_add(D *d, int entity, const DField *f);
DField *field_find(const D *d, int entity, Str name);
// "(date, mite count int, notes)" at `i`: columns.
bool lists_columns(const D *d, size_t i);

// The type that the word says ("varchar": "str"), NULL where it says none.
const char *type_word(const D *d, size_t i);
// A number at `i` without commas, "" where none stands there.
Str number_at(const D *d, size_t i);
// "cancelled", "archived": what was done or was not.
bool is_participle(Str word);
bool is_label(Str plural);
// The type and flags that describe.def has for exactly these words, "" where none.
Str describe_usual_field(Str phrase);
// The flags of describe.def for a name, "str(255)" where no row knows it.
void field_type_by_name(const D *d, Str words, DField *out);
// Each reads at `i` and gives the offset behind it, else `i`: "as JSON", "varchar(20)";
// "numeric 14,2"; "as an array of strings"; "in bytes".
size_t type_read(D *d, size_t i, DField *f);
size_t type_read_figures(D *d, size_t i, DField *f);
size_t type_read_array(D *d, size_t i, DField *f);
size_t type_read_unit(D *d, size_t i, DField *f);

// Values: "open, closed or done"; the offset behind them, `i` where there are not two. A
// list within parentheses (`closed`) ends there.
size_t values_read(D *d, size_t i, bool closed, Str *out);
// "which is open or done", "one of a, b, c": the offset behind it, else `i`.
size_t values_read_enum(D *d, size_t i, DField *f);
// "status pending/confirmed/cancelled", "status enum draft sent paid": the offset behind
// the values, 0 without them; `*end`, behind the name and its type, is then behind the
// name.
size_t values_slashed(D *d, size_t from, size_t *end, DField *f);
size_t values_spaced(D *d, size_t from, size_t *end, DField *f);

// ---- Statements: each reads one at `i` and gives the offset behind it, else `i`

bool is_subject(const D *d, int e);
void add_relation(D *d, int from, int to, RelationKind kind, Str name, bool optional);
size_t read_relation(D *d, size_t i);
size_t read_belongs(D *d, size_t i);
// Where the sentence goes on about `e` behind `end`: "with a title", "(title, text)".
size_t shift_subject(D *d, int e, size_t end);
size_t read_part(D *d, size_t i);
size_t read_self(D *d, size_t i);
size_t read_possession(D *d, size_t i);
// What two models have in between: read_action sees "students take courses", read_link
// what is said of the model that links them.
size_t read_link(D *d, size_t i);
// A model of its own between the two, which the sentence goes on about.
bool link_new(D *d, int a, int b);
// "users like posts. A like has a date": `e` is called as the verb that was said.
void link_as_noun(D *d, int e, Str verb);
// The model of what `a` does with `b`: "a customer reviews a product" of Review.
void link_act(D *d, int act, int a, int b);
size_t read_followers(D *d, size_t i);
// Verbs that are in no list.
size_t after_frame(const D *d, size_t i);
size_t after_transitive(const D *d, size_t i);
size_t read_frame(D *d, size_t i);
size_t read_transitive(D *d, size_t i);
void find_actors(D *d);
size_t read_action(D *d, size_t i);

// Whether one refers to the other.
bool entities_linked(const DEntity *a, const DEntity *b);
// An item of the table: "@unique(a,b)".
void add_item(D *d, int e, Str item);
size_t read_table_item(D *d, size_t i);
size_t read_comparison(D *d, size_t i);
// The attribute that a phrase names, of a subject, else of the only model that has it.
Str attribute_anywhere(D *d, size_t i, size_t *end, int *entity);
size_t read_attribute(D *d, size_t i);
size_t read_mixin(D *d, size_t i);
size_t read_inheritance(D *d, size_t i);
// "circle has a radius, rectangle width and height": the next of the parent's kinds.
size_t read_sibling(D *d, size_t i);
bool subject_inherits(const D *d);

// Over the whole text: what stands before the statements, and behind them.
void read_inheritance_list(D *d);
void inherit_by_name(D *d);
void inherit_by_adding(D *d);
void find_kinds(D *d);
// Abstract bases and mixins, and who uses them.
void find_shared(D *d);
// "a and b together unique", "an a/b pair must be unique": taken out first, written last.
void find_together(D *d);
// Clauses of that meaning: taken out first, written with them.
void find_clauses(D *d);
void write_clause(D *d, DRange r);
// "must not be sold twice", "no two", "only once" within from..to.
bool clause_forbids_repetition(const D *d, size_t from, size_t to);
// The words are no part of any statement.
void blank(D *d, size_t from, size_t to);
void write_together(D *d);
// What is to be done with the models: taken out first.
void find_usage(D *d);
// Hybrid properties and the schemas of tables: taken out first, written last.
void find_hybrids(D *d);
void find_schemas(D *d);
void write_hybrids(D *d, Description *out);
void write_schemas(D *d);
// "stored in the table x": taken out first; written when the models are known.
void find_table_names(D *d);
void write_table_names(D *d);
void read_pairs(D *d);
void read_places(D *d);
void read_late(D *d);

// ---- The result

void collect_missed(D *d, Description *out);
bool write_words(D *d, Str text, Description *out, Err *err);

#endif
