// describe_internal.h: between describe.c, describe_text.c and describe_field.c.
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

typedef struct {
  Str name;   // "OrderItem"
  Str lemma;  // "order item"
  Str parent; // class
  Vec(DField) fields;
  StrVec items; // "@unique(a,b)", "+timestamps"
  bool described, external;
} DEntity;

typedef struct {
  Arena *arena;
  Schema *schema;
  Vec(Token) tokens;
  Vec(DEntity) entities;
  Vec(size_t) subjects; // entities that the running sentence is about
} D;

// ---- Text

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

// ---- Entities

enum {
  NO_ENTITY = -1
};
// The entity that a phrase ("order items") names, singular or plural.
int entity_of(const D *d, Str phrase);
int entity_add(D *d, Str phrase);
// The entity whose name stands at `i`; `*end` is behind it, `*plural` tells its number.
int entity_at(const D *d, size_t i, size_t *end, bool *plural);

// "has", "belongs to", "is a": a statement begins behind its subject.
bool is_verb(const D *d, size_t i);
// describe.def has a row for a model of this name.
bool is_kind(const D *d, Str phrase);

// ---- Fields

// Reads a field phrase at `i` ("a unique title of up to 200 characters") into `out`; the
// offset behind it, or `i` where none stands there.
size_t field_read(D *d, size_t i, DField *out);
// The flags of describe.def for a name, "str(255)" where no row knows it.
void field_type_by_name(const D *d, Str words, DField *out);
void field_add(D *d, int entity, const DField *f);
DField *field_find(const D *d, int entity, Str name);
bool is_label(Str plural);

#endif
