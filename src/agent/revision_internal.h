// revision_internal.h: between revision.c (which steps, the file) and revision_step.c (a
// step as calls of op).
#ifndef AGENT_REVISION_INTERNAL_H
#define AGENT_REVISION_INTERNAL_H

#include "agent/revision.h"
#include "gen/python.h"

typedef enum {
  STEP_CREATE_TABLE,
  STEP_FOREIGN_COLUMN,
  STEP_FOREIGN_KEY,
  STEP_ENUM_VALUE,
  STEP_UNIQUE_INDEX,
  STEP_INDEX,
  STEP_UNIQUE,
  STEP_RENAME_TABLE,
  STEP_RENAME_COLUMN,
  STEP_DROP_INDEX,
  STEP_DROP_CONSTRAINT,
  STEP_DROP_COLUMN,
  STEP_DROP_TABLE,
  STEP_NULLABLE,
  STEP_TYPE,
  STEP_DATA,
  STEP_SERVER_DEFAULT,
  STEP_CHECK,
  STEP_ADD_COLUMN
} StepKind;

typedef struct {
  StepKind kind;
  Str table, cols, to, how, phrase, value, old; // absent where not said
} Step;

typedef struct {
  AskContext *cx;
  Answer *answer;
  PyWriter m;
  Schema *known;               // tables of the models that are at hand
  bool mysql;                  // ALTER wants the whole column said
  Step step;                   // the running one
  json_t *upgrade, *downgrade; // of the running step
  Str message;                 // likewise: "Add users.phone"
} Revision;

// Adds the calls of the running step and its message; false where it cannot be written.
bool revision_step(Revision *r);

#endif
