// Verify: runs Python code before it is shown.
//
// The blocks of an answer are put together in order in an empty temporary folder and run
// by an interpreter that has SQLAlchemy, in a bounded child (base/process.h) that may
// neither use the network nor start programs. Blocks with a path are files: all of them
// are written first, then imported in order; the others run one after the other in one
// namespace, as a script. Then, over everything that the blocks defined:
//
//   mappers     every registry is configured
//   tables      every MetaData is created on in-memory SQLite; tables that SQLite cannot
//               have are compiled for their own dialect
//   statements  statements bound to names compile, for the named dialect too
//   helpers     functions whose first parameter is a session or connection are called,
//               with their defaults or values made from the annotations
//
// Engines for other databases are replaced by SQLite files in that folder; the report
// says so. What could not be run is a step with status SKIPPED and the reason.
//
// The interpreter is the first of the project's .venv and venv, $VIRTUAL_ENV, and
// `python3` and `python` of PATH that can import SQLAlchemy.
#ifndef AGENT_VERIFY_H
#define AGENT_VERIFY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/vec.h"

typedef struct {
  Str path; // "app/models.py": a file; absent: a part of the script
  Str code;
} VerifyBlock;

typedef struct {
  const VerifyBlock *blocks;
  size_t count;
  const char *project; // folder whose .venv or venv comes first; NULL: none
  const Str *roots; // folders that hold the project's top-level modules, which the code
                    // may import
  size_t root_count;
  const char *dialect; // "postgresql", "mysql" …: statements must compile for it; NULL:
                       // SQLite only
  const char *raises;  // the script must end with an exception of this class, named or
                       // dotted ("IntegrityError"); NULL: it must not raise
  int timeout_ms;      // 0: 20 seconds
  bool no_helpers;     // helper functions are not called
} VerifyRequest;

typedef enum {
  VERIFY_OK,
  VERIFY_FAILED,
  VERIFY_SKIPPED, // could not be run; detail says why
} VerifyStatus;

typedef struct {
  VerifyStatus status;
  Str step; // "block", "mappers", "tables", "statements", "helpers", "raises", "process"
  Str name; // of the function, table, statement or file; may be absent
  Str detail; // what was done, the error ("IntegrityError: …"), or the reason
  int block;  // index of the block that it belongs to, -1: none
  int line;   // of that block, from 1; 0: unknown
} VerifyStep;

typedef struct {
  Str interpreter; // path; absent: none with SQLAlchemy was found, nothing ran
  Str python;      // "3.11.7"
  Str sqlalchemy;  // "2.0.58"
  Vec(VerifyStep) steps;
  bool ran;    // an interpreter was found and the code was run
  bool failed; // a step failed
  long long ms;
  Arena *arena; // everything above lives in it
} VerifyReport;

// Runs the blocks. False only where the temporary folder cannot be made; that no
// interpreter was found is ran == false.
MUST_USE bool verify_run(const VerifyRequest *request, VerifyReport *report, Arena *arena,
                         Err *err);
void verify_report_free(VerifyReport *report);

// One line a step, as sentences: "Ran: …", "Failed: …", "Not run: …".
void verify_print(const VerifyReport *report, Buf *out);
void verify_json(const VerifyReport *report, JsonWriter *w);

#endif
