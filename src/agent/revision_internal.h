// revision_internal.h: between revision.c (which steps, the file) and revision_step.c (a
// step as calls of op).
#ifndef AGENT_REVISION_INTERNAL_H
#define AGENT_REVISION_INTERNAL_H

#include "agent/revision.h"
#include "gen/python.h"
#include "schema/from_table.h"

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
  STEP_ADD_COLUMN,
  STEP_RENAME_INDEX,
  STEP_RENAME_VALUE,
  STEP_SPLIT,
  STEP_MERGE,
  STEP_COPY,
  STEP_CONVERT,
  STEP_FILL,
  STEP_SCOPE // no step: the table of those that follow
} StepKind;

typedef struct {
  StepKind kind;
  Str table, cols, to, how, phrase, value, old; // absent where not said
} Step;
typedef Vec(Step) StepVec;

typedef struct {
  AskContext *cx;
  Answer *answer;
  PyWriter m;
  Schema *known;            // tables of the models that are at hand
  Schema *restored;         // holds `structure`
  TableStructure structure; // of the table `structure_of`; see revision_restore.c
  Str structure_of;
  bool mysql;                  // ALTER wants the whole column said
  Step step;                   // the running one
  Str filled;                  // column that a step before left without NULL
  json_t *upgrade, *downgrade; // of the running step
  Str message;                 // likewise: "Add users.phone"
} Revision;

// The steps of a text, with the words of it that say nothing known; false for none, or
// one whose table nobody tells. Both lists are for the caller to free.
bool revision_read(Arena *a, Str text, StepVec *steps, StrVec *left);
// Takes the next name off a list: "a, b and c".
bool revision_next_name(Str *list, Str *name);

// Adds the calls of the running step and its message; false where it cannot be written.
bool revision_step(Revision *r);

// A call inside a batch over the step's table, which SQLite needs.
void revision_batch(Revision *r, json_t *into, Str call);
// The column of the step's table as the models have it in the database; NULL where they
// do not tell.
const SchemaColumn *revision_known_column(Revision *r, Str name);
const SchemaTable *revision_known_table(Revision *r); // of the step; likewise
// The downgrade of a step that drops: makes the structure again as the models have it,
// without its rows. False where nobody knows it: then it raises, with a sentence that
// says what is to be written there.
bool revision_restore_column(Revision *r, Str name);
bool revision_restore_table(Revision *r);
// The two halves of it, for a downgrade that fills the column between them: the column
// without NOT NULL; then that, and what belongs to it and not to a column of the list
// `before`. The upgrade drops the indexes at the second.
void revision_add_again(Revision *r, const SchemaColumn *c);
void revision_complete_again(Revision *r, const SchemaColumn *c, Str before);
// Likewise an index or constraint by its name; adds nothing where it is false.
bool revision_restore_named(Revision *r, Str name);
// Values that go from columns into others, or are changed where they are.
bool revision_move(Revision *r);
// `UPDATE` of the rows that are NULL, as a call of op.
void revision_fill(Revision *r, Str column, Str value);
Str revision_python_value(Arena *a, Str said); // "'x'", "true", "3" as Python has them
// Indexes and unique constraints: made, renamed.
void revision_index(Revision *r);
// The names of the step's columns in quotes, with commas; `*joined` with "_" between.
Str revision_columns(Revision *r, Str *joined);
// A downgrade that nobody but the reader can write: `what` stands behind "write there".
void revision_cannot(Revision *r, Str what);

#endif
