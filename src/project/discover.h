// Discovery: the Python files that a set of paths means.
//
// - A file named explicitly is always taken, whatever its name, unless `force_exclude`
//   and a pattern excludes it. Folders are walked for `.py` and `.pyi`.
// - Left out of walks: what .gitignore files exclude, the excludes of the config, and by
//   default tool and build folders (discover_default_excludes).
// - Symbolic links are followed; a folder is entered once (device and inode), by its own
//   name where it has one below the walked folders, so loops end. A link to a file that
//   was found by its own name is left out.
// - What cannot be read is a problem of the result, not a failure of the walk.
// - Files come sorted by path (bytewise) without duplicates: the same for any machine.
#ifndef PROJECT_DISCOVER_H
#define PROJECT_DISCOVER_H

#include "base/err.h"
#include "base/vec.h"
#include "project/config.h"

typedef struct {
  Str path;     // as shown: built from what the user typed, without a leading "./"
  Str absolute; // terminated
  bool is_stub; // .pyi
  bool named;   // named explicitly
} FoundFile;

typedef struct {
  Str path;
  Err error;
} FoundProblem;

typedef struct {
  Vec(FoundFile) files;
  Vec(FoundProblem) problems; // sorted by path
  size_t folders;             // that were entered
} Discovery;

extern const char *const discover_default_excludes[];
extern const size_t discover_default_exclude_count;

// `paths` as typed, relative to the current folder; none means ".". `config` gives the
// excludes. Paths and patterns live in the arena. False only where a named path does not
// exist.
MUST_USE bool discover(Discovery *d, Arena *arena, const char *const *paths, size_t count,
                       const Config *config, Err *err);
void discovery_free(Discovery *d);

#endif
