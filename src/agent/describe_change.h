// Describe change: what a sentence says of attributes that models have already.
#ifndef AGENT_DESCRIBE_CHANGE_H
#define AGENT_DESCRIBE_CHANGE_H

#include "schema/schema.h"

typedef struct {
  Str model, attribute;
  Str type; // in the words of the field grammar: "enum(new,paid)"; "": as it is
  bool unique, index, nullable, required;
  bool cascade; // rows of the collection are deleted with their parent
  StrVec words; // or relationships to add, as words of the field grammar
} DescribedChange;

// `schema` holds the models as external tables. False where the text says something else,
// or something more.
MUST_USE bool describe_change(Arena *arena, Str text, Schema *schema,
                              DescribedChange *out);

#endif
