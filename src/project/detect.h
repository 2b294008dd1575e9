// Detection: what a project uses, from what it says (requirements, metadata, lock files)
// and from what its code does, each conclusion with its evidence.
#ifndef PROJECT_DETECT_H
#define PROJECT_DETECT_H

#include "base/json.h"
#include "project/project.h"

typedef enum {
  EVIDENCE_REQUIREMENT, // a constraint: requirements.txt, pyproject.toml, setup.py …
  EVIDENCE_LOCK,        // an exact version in a lock file
  EVIDENCE_INSTALLED,   // metadata in a virtual environment
  EVIDENCE_CODE,        // an import or an idiom
} EvidenceKind;

typedef struct {
  EvidenceKind kind;
  Str path;      // as shown
  uint32_t line; // from 1; 0: the file as a whole
  Str text;      // what stands there, one line: "SQLAlchemy>=1.4,<2"
} Evidence;

typedef struct {
  Str name;           // "SQLAlchemy", "asyncpg"
  Str version;        // exact, a constraint ("1.4.x", "2.x"), or absent where unknown
  Evidence *evidence; // strongest first
  uint32_t evidence_count;
} Detected;

typedef struct {
  SqlalchemyTarget sqlalchemy; // the line it runs on: pinned, locked or installed, else
                               // the oldest that its constraints allow
  bool may_be[4];              // indexed by SqlalchemyTarget: lines its constraints allow
  bool proven;                 // false: by idioms only
  Detected main;               // SQLAlchemy itself; no evidence: not used
  Detected *packages;          // Alembic, FastAPI, Flask …, in a fixed order
  uint32_t package_count;
  Detected *drivers;
  uint32_t driver_count;
  Detected style_async, style_sync, style_orm, style_core; // evidence_count 0: not seen
  Detected style_1x, style_2x;        // idioms of each; version absent
  uint8_t python_major, python_minor; // oldest Python it runs on; 0, 0: unknown
  Detected python;
} Detection;

// Reads the files beside the project's sources and the project's own trees. Everything
// lives in `arena`. Never fails: unreadable files are left out.
void detect_project(Detection *d, Arena *arena, const Project *p);
// True where a file may tell it something whatever else stands in it: setup.py, and what
// has an address that may be a database's.
bool detect_wants(const ProjectFile *f);

enum { // databases, as the drivers that a project names tell
  DETECTED_POSTGRESQL = 1 << 0,
  DETECTED_MYSQL = 1 << 1, // and MariaDB
  DETECTED_OTHER = 1 << 2,
  DETECTED_SQLITE = 1 << 3,
};

// The databases of its drivers.
uint32_t detected_databases(const Detection *d);

// What rules need to know, at less cost: code is read only where no file names
// SQLAlchemy. `oldest` is the oldest line that the project allows; `databases` a set of
// DETECTED_*, empty where no driver is named.
SqlalchemyTarget detect_target(Arena *arena, const Project *p, SqlalchemyTarget *oldest,
                               uint32_t *databases);

void detection_print(const Detection *d, Buf *out);
void detection_json(const Detection *d, JsonWriter *w);

#endif
