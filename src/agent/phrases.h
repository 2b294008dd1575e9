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

Phrases *phrases_new(void);
void phrases_free(Phrases *p); // accepts NULL
// Pages must be added in ascending order. `text` need not outlive the call.
void phrases_add(Phrases *p, uint32_t page, Str text);
// near[page]: how near the best phrase of the page is to the question, 0 to 1. `near` has
// an element for each page, zero before.
void phrases_score(const Phrases *p, Arena *arena, Str question, double *near);

// Whether the word may stand in any question and says little.
bool phrases_stop_word(const Phrases *p, Str lower);

#endif
