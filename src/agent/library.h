// Library: what is written down, and the passage that answers a question.
//
// It holds the topic pages (src/agent/topics/*.md: cause, fix, an example that runs), the
// references of the skill, the error catalogue and the pages of the rules, in a full-text
// index (SQLite FTS5, English stems) that is made when the program is built
// (agent/library_image.h).
//
// A page is found by its words, each weighted by how rare it is and where it stands
// (title, keywords, text); by the API names that the question spells out; and by the
// error that the question quotes, which diagnose/ recognises. How much of the question a
// page accounts for decides whether it is an answer at all.
//
// A topic page:
//
//   # Title
//   Keywords: what people write about it, and names
//   Errors: ids of errors.json that it explains
//   Uses: models that its code needs ("# Models: blog" in models.md)
//
//   Text, and blocks of Python that run in order; ```python path=app/x.py is a file.
#ifndef AGENT_LIBRARY_H
#define AGENT_LIBRARY_H

#include "base/json.h"

typedef enum {
  PASSAGE_TOPIC,
  PASSAGE_REFERENCE,
  PASSAGE_ERROR,
  PASSAGE_RULE
} PassageKind;

typedef struct {
  PassageKind kind;
  Str title;
  Str source;     // "topics/async.md", "references/sqlalchemy_async.md", "errors.json",
                  // "rule"
  Str id;         // of the error or rule; absent for others
  Str text;       // Markdown, with code blocks
  Str prelude;    // the models that its code uses, a block of Python; absent: none
  double score;   // comparable between passages of one question
  double near;    // how near its title or keywords are to the question, 0 to 1
  double covered; // share of the question's weight that it accounts for, 0 to 1
  double told;    // likewise, without words that stand in its examples alone
} Passage;

typedef struct {
  Passage *items; // best first
  uint32_t count;
  bool known; // the first one answers the question; false: "I do not know", though these
              // are the nearest
} LibraryAnswer;

typedef struct Library Library;

// Everything it gives out lives until library_close.
Library *library_open(void);
void library_close(Library *l); // accepts NULL
uint32_t library_count(const Library *l);
const Passage *library_at(const Library *l, uint32_t index);

// The best passages for a question in a person's words, at most `max`.
void library_answer(Library *l, Arena *arena, Str question, uint32_t max,
                    LibraryAnswer *out);

#endif
