// Inside of diagnose: lines, blocks and envelopes; see the .c files.
#ifndef DIAGNOSE_INTERNAL_H
#define DIAGNOSE_INTERNAL_H

#include "base/regex.h"
#include "diagnose/diagnose.h"

enum {
  LINE_MAX_BYTES = 64 << 10,
  MESSAGE_MAX_BYTES = 64 << 10,
  FRAMES_MAX = 4096, // of one block
  RECORDS_MAX = 64   // errors of a log that are looked at, the last ones
};

typedef struct {
  Str text;      // without colours, log prefix, gutters
  bool prefixed; // a log record begins here
  bool boundary; // between two members of an exception group
  bool pytest;   // an "E   " line
} Line;

typedef Vec(Line) Lines;

// clean.c: lines as a traceback has them.
void clean_lines(Lines *out, Arena *a, Str input);
// mask.c: a copy with passwords and secrets as ***.
Str mask_secrets(Arena *a, Str text);
bool mask_is_secret_name(Str name);
// The parameters as printed, values of columns of the statement that tell a secret
// masked.
Str mask_parameters(Arena *a, Str statement, Str parameters);

// One exception: a traceback with its last line, or a message alone.
typedef struct {
  Str cls; // dotted, "" where none
  Str message;
  DiagFrame *frames; // oldest call first
  uint32_t frame_count;
  uint32_t record; // blocks of one chain share it
} Block;

typedef Vec(Block) Blocks;

// traceback.c: the exceptions of the text, in its order.
void find_blocks(Blocks *out, Arena *a, const Lines *lines);

// envelope.c: what SQLAlchemy wraps around a message.
typedef struct {
  Str head; // the message before [SQL:
  Str orig; // class in the parentheses: "psycopg2.errors.UniqueViolation"
  Str real; // class in <class '...'> of asyncpg
  Str statement, parameters;
  Str series, code;
  bool autoflush;
} Envelope;

void envelope_read(Envelope *e, Arena *a, Str message);
Str driver_of(const Envelope *e, const Block *b);
// Table and verb of a statement: "INSERT", "user"; absent where not plain.
void statement_parts(Str statement, Str *verb, Str *table);
// The columns of INSERT INTO t (a, b), unquoted.
size_t statement_columns(Str statement, Str *out, size_t max);

// rank.c: causes that the text speaks for become likely, and columns whose values were
// refused are found among the parameters.
void diagnose_rank(Diagnosis *d, const Block *b);
// The likeliest first, otherwise as they were.
void diagnose_sort_causes(Diagnosis *d);

// repro.c: fills repro, repro_raises, repro_note.
void diagnose_repro(Diagnosis *d);

#endif
