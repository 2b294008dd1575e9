// Describe: models from a description in English.
//
//   "User model with id, email unique and a one-to-many to posts; a post has title, body
//    and tags (many to many). Each order belongs to a customer."
//
// - The description is turned into the words of the field grammar (schema/fields.h),
// which
//   are then parsed and completed like those of a command line: `words` are what a person
//   could have typed behind `aludel scaffold model`.
// - What a field is follows from what is said of it, else from its name (describe.def);
//   what was not said is an assumption of the schema. What nothing was made of is
//   `missed`.
// - Names of models that exist (external tables of the schema) are known as such.
#ifndef AGENT_DESCRIBE_H
#define AGENT_DESCRIBE_H

#include "schema/schema.h"

typedef struct {
  Schema *schema; // completed
  StrVec words;   // "User", "email:str(320):unique", ...
  StrVec missed;  // runs of words, in order
  bool core;      // Core tables are asked for
  bool dataclass; // mapped dataclasses are
} Description;

// Reads `text` (at most 16 KB are looked at) into `schema`, which may hold external
// tables. False where no model was found or what was found clashes; the sentence in `err`
// tells.
MUST_USE bool describe_models(Description *d, Arena *arena, Str text, Schema *schema,
                              Err *err);
void describe_free(Description *d); // the lists; the schema stays

#endif
