// Answer: what `ask` says, in parts, and how it is written as Markdown and as JSON.
//
// - Parts come in order: text, code, diffs. Python blocks are meant to run as they stand
//   when put together in order; a block that is a file has a path.
// - Everything lives in the arena; answer_free frees the lists.
#ifndef AGENT_ANSWER_H
#define AGENT_ANSWER_H

#include "agent/intent.h"
#include "agent/verify.h"
#include "base/json.h"

typedef enum {
  PART_TEXT, // Markdown
  PART_CODE,
  PART_DIFF
} PartKind;

typedef struct {
  PartKind kind;
  Str text;
  Str language; // CODE: "python"
  Str path;     // CODE: a file to be; DIFF: the file it changes; absent where it is none
  bool run;     // CODE: to be run before it is shown
  bool shown;   // false: it failed and could not be mended
} AnswerPart;

typedef struct {
  Str key, value;
} AnswerSlot;

typedef struct {
  Str path, before, after; // `before` absent: a new file
} AnswerEdit;

typedef struct {
  Arena *arena;
  Intent intent; // of the first part
  Str reading;   // how the request was understood, one sentence
  bool confident;
  bool unknown; // nothing is known to answer
  bool warned;  // agent/consent.h has said what is lost
  Vec(AnswerPart) parts;
  Vec(AnswerSlot) slots;
  Vec(AnswerEdit) edits;
  Vec(Str) assumptions, next_steps, sources, questions;
  VerifyReport verification;
  bool verified;       // `verification` is filled
  Str not_verified;    // why it is not
  const char *dialect; // statements are to be compiled for, NULL: SQLite
} Answer;

void answer_init(Answer *a, Arena *arena, Intent intent);
void answer_free(Answer *a);
// All of them copy their texts.
void answer_text(Answer *a, const char *format, ...) PRINTF_LIKE(2, 3);
void answer_markdown(Answer *a, Str text);
void answer_code(Answer *a, Str code, const char *path, bool run);
void answer_diff(Answer *a, Str path, Str diff);
void answer_slot(Answer *a, const char *key, Str value);
void answer_assume(Answer *a, Str text);
void answer_next(Answer *a, const char *format, ...) PRINTF_LIKE(2, 3);
void answer_source(Answer *a, Str text);
// Adds a file to be written or changed; `before` absent: it is new.
void answer_edit(Answer *a, Str path, Str before, Str after);
void answer_read_as(Answer *a, const char *format, ...) PRINTF_LIKE(2, 3);
// Nothing but the reading is there.
bool answer_is_empty(const Answer *a);

// Runs the Python parts that are to be run; `roots` are folders whose modules they may
// import. A part that fails is not shown, and the answer says so.
void answer_verify(Answer *a, const char *project, const Str *roots, size_t root_count);

void answer_write_markdown(const Answer *a, Buf *out);
// The keys of `ask --json`, in docs/ask.md.
void answer_write_json(const Answer *a, Buf *out);

#endif
