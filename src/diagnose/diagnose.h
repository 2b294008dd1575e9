// Diagnose: what an error means: from a traceback, a log or a message to its cause, the
// fix, and a program that raises the same.
//
//   Diagnosis d;
//   diagnose_text(&d, &arena, input);            what the text says
//   diagnose_in_project(&d, &project, models);   what the project's code adds; optional
//   diagnose_print(&d, &out);
//
// - Reads tracebacks of Python (chained, groups, rich, pytest's form), logs with prefixes
//   of many kinds, JSON logs, echo logs, pasted HTML, cut and wrapped text. Of several
//   errors the last one that is known counts.
// - The catalogue is errors.json, carried in the program: see errors.h.
// - Passwords in URLs and values of parameters whose names tell a secret are masked in
//   every field.
// - Work is bounded: lines are cut at 64 KB, a message at 64 KB, patterns by REGEX_WORK.
#ifndef DIAGNOSE_DIAGNOSE_H
#define DIAGNOSE_DIAGNOSE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/vec.h"
#include "sqla/model.h"

typedef struct {
  Str path; // as the traceback has it, or as the project shows it once found there
  uint32_t line;
  Str function; // "" where not known
  Str source;   // the line as the traceback shows it, "" where it does not
  bool in_project;
} DiagFrame;

typedef enum {
  CAUSE_LISTED, // one of the causes that this error may have
  CAUSE_LIKELY, // the statement or the message speaks for it
  CAUSE_SHOWN,  // the project's code shows it
} CauseWeight;

typedef struct {
  Str text; // a sentence
  CauseWeight weight;
  Str path; // where the code shows it; "" elsewhere
  uint32_t line;
} Cause;

typedef struct {
  Str entry;       // "DB-UQ-PG"; absent: not in the catalogue
  Str inner_entry; // of the error that an enveloping one quotes; absent: none
  bool uncertain;  // known by its class only: the text is cut or in another language
  Str possible;    // an entry that would fit if the text came from SQLAlchemy
  Str exception;   // dotted class as raised, "" where the text names none
  Str driver;      // "psycopg2"; "" where not known
  Str driver_class;
  Str series; // "2.0"; "" where the text does not tell
  Str code;   // "gkpj"
  Str message;
  Str statement, parameters;
  Str constraint, table;
  Str schema; // of the table, "" where not told
  Vec(Str) columns;
  Str subject;       // what else the message names: an attribute, a class that is missing
  Str subject_class; // the class it belongs to
  bool autoflush;
  DiagFrame frame; // the last frame of the user's code; line 0: none
  Str what;        // one sentence
  Vec(Cause) causes;
  Str check;        // how to make sure
  Str fix;          // sentences
  Str fix_diff;     // unified diff for the project; "" where it cannot be exact
  Str echo;         // when seeing the SQL helps; "" where it would not
  Str repro;        // a program that raises the same class; absent: none
  Str repro_raises; // that class
  Str repro_note;   // why there is none, or what it needs
  Arena *arena;
} Diagnosis;

// Reads `input`; everything of the diagnosis lives in `arena`.
void diagnose_text(Diagnosis *d, Arena *arena, Str input);
// Resolves table, columns and frame to the project and ranks causes by its code.
void diagnose_in_project(Diagnosis *d, const Project *p, const Models *models);
void diagnose_free(Diagnosis *d);

void diagnose_print(const Diagnosis *d, Buf *out);
void diagnose_json(const Diagnosis *d, JsonWriter *w);

#endif
