// Phrases: short texts that each stand for a page, and how near a question is to them.
//
//   Phrases *p = phrases_new();
//   phrases_add(p, page, STR("session.get versus select, get by id"));
//   phrases_score(p, arena, question, near);
//
// - A text is cut at its commas; each part is one phrase, a question or a name that
// people
//   use for the page.
// - Words are compared by stem, after words that mean the same to the field became one
//   (agent/synonyms.def), and weigh by how few pages have them.
#ifndef AGENT_PHRASES_H
#define AGENT_PHRASES_H

#include "base/str.h"

typedef struct Phrases Phrases;

typedef struct {
  Str text; // a stem
  bool stop;
  uint32_t pages; // how many have it
} PhraseTerm;

typedef struct {
  uint32_t page, start, count; // in `words`
} Phrase;

// All that was added, as it can be written down.
typedef struct {
  const PhraseTerm *terms;
  const uint32_t *words; // of all phrases, each an index of `terms`
  const Phrase *phrases;
  uint32_t term_count, word_count, phrase_count, pages;
} PhraseTable;

Phrases *phrases_new(void);
// Of a table, which must live as long; nothing may be added.
Phrases *phrases_of(const PhraseTable *table);
void phrases_free(Phrases *p); // accepts NULL
// Pages must be added in ascending order. `text` need not outlive the call.
void phrases_add(Phrases *p, uint32_t page, Str text);
PhraseTable phrases_table(const Phrases *p); // until the next phrases_add
// near[page]: how near the best phrase of the page is to the question, 0 to 1. `near` has
// an element for each page, zero before.
void phrases_score(const Phrases *p, Arena *arena, Str question, double *near);

// Whether the word may stand in any question and says little.
bool phrases_stop_word(const Phrases *p, Str lower);

#endif
