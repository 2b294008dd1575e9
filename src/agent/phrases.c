// phrases.c: stems, weights and the nearness of a question to the phrases of a page.
#include "agent/phrases.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/vec.h"
#include "query/words.h"

enum {
  PHRASE_WORDS_MAX = 24,
  QUESTION_WORDS_MAX = 64
};

#define NO_TERM UINT32_MAX

static const double stop_weight = 0.35; // of a word that any question may have

struct Phrases {
  Arena arena;
  Vec(PhraseTerm) terms;
  Vec(uint32_t) last_page; // by term: the last that was counted
  Vec(uint32_t) words;
  Vec(Phrase) phrases;
  PhraseTable table; // of the lists above, or one that was given
  uint32_t *slots;   // open addressing over the terms, + 1
  uint32_t slot_count;
  struct KnownWord *known; // KNOWN_SLOTS
};

// ---- Words

typedef struct {
  const char *name, *others;
} Synonym;

static const Synonym synonyms[] = {
#define SAME(name, others) {#name, others},
#include "agent/synonyms.def"
#undef SAME
};

// Words of any question.
static const char stop_words[] =
    "a about after all also am an and any are as at be because been before"
    " being but by can could did do does doing don for from get gets getting"
    " give go got had has have having he help here how i if in into is it its"
    " just know let like make me my need no not now of off on one only or our"
    " out please possible problem right same seem seems she should show so"
    " some somehow still such t than that the their them then there these they"
    " this those to too try trying up us use used using very want was way we"
    " well were what when where which while who why will with work working"
    " would yet you your s m re ve ll d sqlalchemy code error exception issue"
    " python correct best good happens happening mean means tell explain"
    " question anybody someone thing anything";

// What is known of a word beforehand.
typedef struct KnownWord {
  Str word;
  Str same; // the stem that stands for it and its like; absent: its own
  bool stop;
} KnownWord;

enum {
  KNOWN_SLOTS = 1024 // more than twice the words of both tables
};

static uint32_t hash_text(Str s) {
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < s.len; i++)
    h = (h ^ (uint8_t)s.ptr[i]) * 16777619u;
  return h;
}

static KnownWord *known_slot(const Phrases *p, Str word) {
  uint32_t at = hash_text(word) % KNOWN_SLOTS;
  while (p->known[at].word.ptr && !str_eq(p->known[at].word, word))
    at = (at + 1) % KNOWN_SLOTS;
  return &p->known[at];
}

static void know_words(Phrases *p, const char *words, Str same, bool stop) {
  Str rest = str_from(words), word;
  while (str_next_part(&rest, ' ', &word)) {
    KnownWord *k = known_slot(p, word);
    k->word = word;
    k->stop = k->stop || stop;
    if (same.ptr)
      k->same = same;
  }
}

static void read_known_words(Phrases *p) {
  p->known = mem_zalloc(KNOWN_SLOTS, sizeof *p->known);
  for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
    know_words(p, synonyms[i].others, words_stem(&p->arena, str_from(synonyms[i].name)),
               false);
  know_words(p, stop_words, (Str){0}, true);
}

bool phrases_stop_word(const Phrases *p, Str lower) {
  return known_slot(p, lower)->stop;
}

typedef struct {
  Str items[QUESTION_WORDS_MAX];
  bool stop[QUESTION_WORDS_MAX];
  uint32_t count;
} Stems;

static void add_stem(Stems *s, Str stem, bool stop) {
  for (uint32_t i = 0; i < s->count; i++)
    if (str_eq(s->items[i], stem))
      return;
  if (s->count < QUESTION_WORDS_MAX && stem.len) {
    s->stop[s->count] = stop;
    s->items[s->count++] = stem;
  }
}

// The different stems of a text; what stands in quotes is read as words too.
static void read_stems(const Phrases *p, Arena *arena, Str text, Stems *out, int depth) {
  Words words = words_read(arena, text);
  for (uint32_t i = 0; i < words.count; i++) {
    const Word *w = &words.items[i];
    if (w->kind == WORD_MARK)
      continue;
    if (w->kind == WORD_QUOTED && depth == 0) {
      read_stems(p, arena, w->value, out, 1);
      continue;
    }
    Str lower = w->lower.ptr ? w->lower : w->text;
    const KnownWord *known = known_slot(p, lower);
    Str stem = known->same.ptr ? known->same : w->stem.ptr ? w->stem : lower;
    add_stem(out, stem, !known->same.ptr && known->stop);
  }
}

// ---- Terms

static uint32_t *term_slot(const Phrases *p, Str text) {
  uint32_t at = hash_text(text) & (p->slot_count - 1);
  while (p->slots[at] && !str_eq(p->table.terms[p->slots[at] - 1].text, text))
    at = (at + 1) & (p->slot_count - 1);
  return &p->slots[at];
}

static void grow_slots(Phrases *p) {
  uint32_t count = p->table.term_count;
  if (p->slot_count && count * 2 < p->slot_count)
    return;
  mem_free(p->slots);
  p->slot_count = p->slot_count ? p->slot_count : 1024;
  while (count * 2 >= p->slot_count)
    p->slot_count *= 2;
  p->slots = mem_zalloc(p->slot_count, sizeof *p->slots);
  for (uint32_t i = 0; i < count; i++)
    *term_slot(p, p->table.terms[i].text) = i + 1;
}

static void set_table(Phrases *p, uint32_t pages) {
  p->table = (PhraseTable){.terms = p->terms.items,
                           .words = p->words.items,
                           .phrases = p->phrases.items,
                           .term_count = (uint32_t)p->terms.len,
                           .word_count = (uint32_t)p->words.len,
                           .phrase_count = (uint32_t)p->phrases.len,
                           .pages = pages};
}

PhraseTable phrases_table(const Phrases *p) {
  return p->table;
}

static uint32_t term_of(Phrases *p, Str text, bool stop) {
  grow_slots(p);
  uint32_t *slot = term_slot(p, text);
  if (!*slot) {
    vec_push(&p->terms, ((PhraseTerm){str_copy(&p->arena, text), stop, 0}));
    vec_push(&p->last_page, NO_TERM);
    *slot = (uint32_t)p->terms.len;
    set_table(p, p->table.pages);
  }
  return *slot - 1;
}

// ---- Building

Phrases *phrases_new(void) {
  Phrases *p = mem_zalloc(1, sizeof *p);
  read_known_words(p);
  grow_slots(p);
  return p;
}

Phrases *phrases_of(const PhraseTable *table) {
  Phrases *p = mem_zalloc(1, sizeof *p);
  p->table = *table;
  read_known_words(p);
  grow_slots(p);
  return p;
}

void phrases_free(Phrases *p) {
  if (!p)
    return;
  vec_free(&p->terms);
  vec_free(&p->last_page);
  vec_free(&p->words);
  vec_free(&p->phrases);
  mem_free(p->slots);
  mem_free(p->known);
  arena_reset(&p->arena);
  mem_free(p);
}

static void add_phrase(Phrases *p, Arena *scratch, uint32_t page, Str text) {
  Stems stems = {0};
  read_stems(p, scratch, text, &stems, 0);
  if (!stems.count || stems.count > PHRASE_WORDS_MAX)
    return;
  vec_push(&p->phrases, ((Phrase){page, (uint32_t)p->words.len, stems.count}));
  for (uint32_t i = 0; i < stems.count; i++) {
    uint32_t term = term_of(p, stems.items[i], stems.stop[i]);
    if (p->last_page.items[term] != page) {
      p->last_page.items[term] = page;
      p->terms.items[term].pages++;
    }
    vec_push(&p->words, term);
  }
}

void phrases_add(Phrases *p, uint32_t page, Str text) {
  Arena scratch = {0};
  Str part;
  while (str_next_part(&text, ',', &part))
    add_phrase(p, &scratch, page, str_trim(part));
  set_table(p, page + 1);
  arena_reset(&scratch);
}

// ---- Scoring

static double weight_of(const Phrases *p, uint32_t term) {
  double pages = term == NO_TERM ? 0 : p->table.terms[term].pages;
  double weight = log(1 + ((double)p->table.pages - pages + 0.5) / (pages + 0.5));
  return term != NO_TERM && p->table.terms[term].stop ? stop_weight * weight : weight;
}

void phrases_score(const Phrases *p, Arena *arena, Str question, double *near) {
  Stems stems = {0};
  double *asked = arena_array(arena, double, p->table.term_count + 1); // weight, by term
  double total = 0;
  read_stems(p, arena, question, &stems, 0);
  for (uint32_t i = 0; i < stems.count; i++) {
    uint32_t slot = *term_slot(p, stems.items[i]);
    double weight = weight_of(p, slot ? slot - 1 : NO_TERM);
    total += weight;
    if (slot)
      asked[slot - 1] = weight;
  }
  for (uint32_t i = 0; i < p->table.phrase_count; i++) {
    const Phrase *f = &p->table.phrases[i];
    double shared = 0, length = 0;
    for (uint32_t k = 0; k < f->count; k++) {
      uint32_t term = p->table.words[f->start + k];
      shared += asked[term];
      length += weight_of(p, term);
    }
    if (shared > 0)
      near[f->page] = fmax(near[f->page], shared / sqrt(length * total));
  }
}
