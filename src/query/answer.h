// Answer: a request for a query, understood over the project's models and written.
//
//   QueryAnswer answer;
//   if (query_answer(STR("users without posts"), schema, options, arena, &answer))
//     use(answer.reading, answer.code);
//
// - Answers only what it can write over the models that are given: false where no reading
//   was found, with nothing in `out`.
// - `confident` is meant to be right 19 times in 20; otherwise say the reading first.
#ifndef QUERY_ANSWER_H
#define QUERY_ANSWER_H

#include "query/parse.h"
#include "query/write.h"

enum {
  ANSWER_ALTERNATIVES = 3
};

typedef struct {
  Str reading;  // one sentence without a full stop
  Str code;     // a module: imports and one function
  Str function; // its name
  Meaning meaning;
  float score;
  float margin; // to the next reading that differs; large where there is none
  bool confident;
  Str unused; // words that were not understood, separated by blanks
  Str assumptions[4];
  uint32_t assumption_count;
  Str alternatives[ANSWER_ALTERNATIVES]; // other readings
  uint32_t alternative_count;
} QueryAnswer;

bool query_answer(Str question, const QSchema *schema, WriteOptions options, Arena *arena,
                  QueryAnswer *out);

// What a statement assumes of the database and its caller: the dialect of an upsert and
// the unique constraint that it needs, the commit. For answers of any reader.
void query_assume_of_change(QueryAnswer *out, const QSchema *schema, const char *dialect,
                            Arena *arena);

#endif
