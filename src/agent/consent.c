// consent.c: requests that destroy data, and the sentence that goes with them.
#include "agent/consent.h"

#include <stdarg.h>
#include <stdio.h>

#include "query/words.h"

enum {
  REACH = 6 // words between a verb and what it destroys
};

void consent_tell(Answer *a, const char *what, ...) {
  char text[512];
  va_list args;
  if (a->warned)
    return;
  va_start(args, what);
  vsnprintf(text, sizeof text, what, args);
  va_end(args);
  a->warned = true;
  answer_text(a,
              "**Destructive:** %s. Run it only after a backup and with the consent of "
              "those who own the data.",
              text);
  AnswerPart last = vec_last(&a->parts); // it is read before any code
  memmove(a->parts.items + 1, a->parts.items, (a->parts.len - 1) * sizeof last);
  a->parts.items[0] = last;
}

// ---- Requests

static bool is_verb(const Words *w, uint32_t i) {
  Str word = w->items[i].lower;
  if (words_in_list("drop dropping delete deleting truncate truncating wipe wiping erase "
                    "erasing purge purging destroy destroying nuke remove removing",
                    word))
    return true;
  // "empty tables" are some; "empty the tables" is a deed
  return words_in_list("empty emptying clear clearing reset resetting clean", word) &&
         i + 1 < w->count &&
         words_in_list("the all my our every a out up", w->items[i + 1].lower);
}

// "on delete", "soft delete", "without deleting": no deed, or one that is not wanted.
static bool is_denied(const Words *w, uint32_t i) {
  for (uint32_t k = i; k > 0 && i - k < 3; k--) {
    const Word *before = &w->items[k - 1];
    if (before->kind == WORD_MARK)
      return false;
    if (words_in_list("without not never avoid prevent stop don t undo instead cannot",
                      before->lower) ||
        (k == i && words_in_list("on soft orphan cascade no", before->lower)))
      return true;
  }
  return false;
}

static bool is_object(Str word) {
  return words_in_list("table tables row rows record records data database databases db "
                       "schema schemas everything column columns contents",
                       word);
}

static bool is_whole(Str word) {
  return words_in_list("all every everything whole entire", word);
}

// Where the object of the verb at `i` stands: rows, a table, "all ..."; 0: nowhere.
static uint32_t object_of(const Words *w, uint32_t i) {
  for (uint32_t k = i + 1; k < w->count && k <= i + REACH; k++) {
    const Word *word = &w->items[k];
    if (word->kind == WORD_MARK)
      return 0;
    if (is_object(word->lower) || (k <= i + 2 && is_whole(word->lower)))
      return k;
  }
  return 0;
}

static bool tells_trouble(const Request *r, const Words *w) {
  for (uint32_t i = 0; i < w->count; i++)
    if (words_in_list("why error fails failed raises wants", w->items[i].lower))
      return true;
  return request_block(r, BLOCK_ERROR) != NULL;
}

// The first deed; SIZE_MAX where there is none.
static bool find_deed(const Request *r, const Words *w, uint32_t *verb) {
  if (tells_trouble(r, w))
    return false;
  for (uint32_t i = 0; i < w->count; i++)
    if (is_verb(w, i) && !is_denied(w, i) && object_of(w, i)) {
      *verb = i;
      return true;
    }
  return false;
}

bool consent_needed(const Request *r, Arena *arena) {
  uint32_t verb;
  Words w = words_read(arena, r->prose);
  return find_deed(r, &w, &verb);
}

bool consent_asks_whole(const Request *r, Arena *arena) {
  uint32_t verb;
  Words w = words_read(arena, r->prose);
  if (r->blocks.len || !find_deed(r, &w, &verb))
    return false;
  bool whole = false;
  for (uint32_t i = verb + 1; i < w.count; i++) {
    Str word = w.items[i].lower;
    whole |= is_whole(word) || words_in_list("database databases db", word);
    if (w.items[i].kind != WORD_MARK && !is_object(word) && !is_whole(word) &&
        !words_in_list("the a an of in from my our its and out up with using sqlalchemy "
                       "please",
                       word))
      return false;
  }
  return whole;
}
