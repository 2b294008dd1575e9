// The catalogue of errors, errors.json: one object for each message that SQLAlchemy,
// Alembic, the drivers and databases and the frameworks around them print.
//
//   id        stable name
//   cls       exception classes that carry the message
//   code      the last part of the background link
//   pattern   PCRE2 with named groups; tried on the message before [SQL:, where `^` and
//             `$` are the ends of one message
//   needs     kinds of evidence, one of which the input must show (see needs.def): for
//             texts that others print too
//   fallback  {cls, sql?, names?, names_zh_ja?}: answers by the driver's class where no
//             pattern matches (cut or localised text)
//   what      a sentence; {name} is a group of the pattern
//   causes, check, fix
//
// Matching, in this order: entries whose `cls` or `fallback.cls` has the exception's
// class, in the order of the file; then all others; then `fallback`. Facts measured on
// SQLAlchemy 1.4.54, 2.0.58 and 2.1.9 with every driver (tests/diagnose/messages).
#ifndef DIAGNOSE_ERRORS_H
#define DIAGNOSE_ERRORS_H

#include "base/regex.h"
#include "base/vec.h"

typedef struct {
  Str id, code;
  const Str *cls;
  uint32_t cls_count;
  Str pattern;
  const Str *needs;
  uint32_t needs_count;
  const Str *fallback, *fallback_sql, *names, *names_zh_ja;
  uint32_t fallback_count, fallback_sql_count, names_count, names_zh_ja_count;
  Str what;
  const Str *causes;
  uint32_t causes_count;
  Str check, fix;
} ErrorEntry;

// The file as tables of the program, written by tools/embed_errors.c.
extern const ErrorEntry error_entries[];
extern const uint32_t error_entries_count;

// The patterns that were tried so far, compiled.

typedef struct ErrorCatalogue ErrorCatalogue;

ErrorCatalogue *errors_open(void);
void errors_close(ErrorCatalogue *c); // accepts NULL
// NULL where there is none.
const ErrorEntry *errors_by_id(Str id);

// What is known of one message.
typedef struct {
  Str text;     // before [SQL:
  Str cls;      // last part of the exception's class, "" where not known
  Str orig;     // full class of the driver's error, "" where not known
  Str real;     // of <class '...'>
  Str raised;   // name in the last source line "raise exc.Name("
  Str verb;     // first word of the statement, upper case
  Str evidence; // all of the input: what `needs` looks at
} ErrorQuery;

typedef struct {
  const ErrorEntry *entry;    // NULL: not known
  const ErrorEntry *possible; // matches, but its `needs` are not shown
  const Regex *regex;         // of `entry`, NULL where it is known by class only
  RegexMatch match;
  bool gated;    // its class fitted
  bool fallback; // by class only
} ErrorMatch;

// How far to look: only entries of the class, all of them, or by class alone.
typedef enum {
  LOOK_CLASS,
  LOOK_ALL,
  LOOK_FALLBACK
} ErrorLook;

// False where nothing fits (then `possible` may be set).
bool errors_match(ErrorCatalogue *c, const ErrorQuery *q, ErrorLook look, ErrorMatch *m);
// The group of the pattern, absent where there is none or the match is by class.
Str errors_group(const ErrorMatch *m, const char *name);
// "what" with its groups filled in.
Str errors_what(Arena *a, const ErrorMatch *m);

#endif
