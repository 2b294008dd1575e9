// Modernize: runs the fixes of rules and the codemods of a profile over a project, round
// after round, until nothing changes.
//
//   ModernizeSettings settings = {.target = SQLALCHEMY_2_0, .profile = PROFILE_MODERN};
//   Modernization m;
//   modernize_project(&m, &project, &settings);
//   ... m.sites, m.files ...
//   modernization_free(&m);
//
// - Nothing is written: `files` has what each changed file is to become. Python files
//   first, by file id of the project; then others (requirements, settings).
// - Groups that belong together over several files are applied all or none. What no edit
//   touches stays byte for byte. A file whose new text does not parse keeps the groups
//   that do; the others are withdrawn and named in `bugs`.
// - Files with syntax errors and stubs are left alone.
// - The result does not depend on the number of threads, and a second run over it
//   changes nothing.
#ifndef CODEMOD_MODERNIZE_H
#define CODEMOD_MODERNIZE_H

#include "codemod/codemod.h"
#include "project/detect.h"

typedef struct {
  SqlalchemyTarget source; // the line the code was written for; UNKNOWN: not known
  bool source_proven;      // by more than idioms, which 2.0 and 2.1 share
  SqlalchemyTarget target; // 2.0 or 2.1
  CodemodProfile profile;
  uint32_t databases; // DETECTED_*, where the project names their drivers
  bool unsafe;
  uint8_t python_minor; // of the oldest Python 3 it has to run on; 0: 9, or 11 for 2.1
  const Detection *detection; // whose requirement lines follow; NULL: none do
  const Str *folders;         // absolute: only requirement files in these are changed
  size_t folder_count;
  int threads;       // 0: all processors
  const Str *select; // codes, their starts, names; none: all of the profile
  size_t select_count;
  const Str *ignore;
  size_t ignore_count;
} ModernizeSettings;

typedef struct {
  Str path;     // as shown
  Str absolute; // terminated
  FileStamp stamp;
  Str before, after; // decoded text
  Str bytes_before, bytes_after;
  bool changed;
} ModernizedFile;

typedef struct {
  ModernizedFile *files;
  uint32_t file_count;
  Site **sites; // by path, line, code; converted and left ones
  size_t site_count;
  size_t converted;
  uint32_t rounds;
  bool unstable; // MODERNIZE_MAX_ROUNDS were not enough
  Vec(Str) bugs; // one sentence each
  Arena arena;
} Modernization;

enum {
  MODERNIZE_MAX_ROUNDS = 50
};

// False with the first selector that names nothing.
MUST_USE bool modernize_check_selectors(const ModernizeSettings *s, Err *err);
// Replaces the texts of `p`.
void modernize_project(Modernization *out, Project *p, const ModernizeSettings *settings);
void modernization_free(Modernization *m);

#endif
