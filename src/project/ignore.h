// .gitignore: which paths a stack of pattern files excludes, exactly as git decides.
//
// - An IgnoreFile holds the patterns of one file and the folder they are relative to. It
//   points to the file that is asked next (the parent folder's), so a walk carries one
//   pointer per folder and siblings share their parents.
// - The last pattern that matches wins; nearer files win over farther ones.
// - A path below an excluded folder is excluded whatever patterns say: a walk does not
//   enter excluded folders, ignore_path_excluded asks for every parent.
// Source: gitignore(5).
#ifndef PROJECT_IGNORE_H
#define PROJECT_IGNORE_H

#include "base/err.h"
#include "base/str.h"

typedef enum {
  IGNORE_NO_MATCH,
  IGNORE_EXCLUDED,
  IGNORE_INCLUDED // by a pattern with `!`
} IgnoreVerdict;

typedef struct {
  Str pattern;      // without `!`, a leading `/` and a trailing `/`
  uint32_t literal; // bytes at the start without a wildcard
  uint32_t line;    // from 1
  bool negated;
  bool folder_only;
  bool by_name; // no slash: matches the last part of a path at any depth
} IgnorePattern;

typedef struct IgnoreFile {
  const struct IgnoreFile *next; // asked when this one has no match; NULL at the end
  Str base; // folder the patterns are relative to, "" or "a/b/" seen from the top
  IgnorePattern *patterns;
  uint32_t count;
} IgnoreFile;

// Reads the text of a .gitignore. `text` and `base` must live as long as the arena.
IgnoreFile *ignore_parse(Arena *arena, Str text, Str base, const IgnoreFile *next);

// `path` is relative to the top folder, without a trailing slash. Only this path is
// asked, not its parents.
IgnoreVerdict ignore_match(const IgnoreFile *files, Str path, bool is_folder);

// The stack that holds for the folder `folder` (absolute): .git/info/exclude and every
// .gitignore from the repository's top down to and including `folder`. `*top` is the
// absolute path of the repository's top folder, or `folder` where there is no repository
// (then only its own .gitignore counts).
const IgnoreFile *ignore_open(Arena *arena, const char *folder, Str *top);
// The stack for a folder below one whose stack is `outer`; `outer` itself where the
// folder has no .gitignore. `folder_fd` is open on it; `base` as in IgnoreFile.
const IgnoreFile *ignore_enter(Arena *arena, int folder_fd, Str base,
                               const IgnoreFile *outer);

// One pattern against one path as git's wildmatch with WM_PATHNAME does: `*` and `?` stop
// at slashes, `**` between slashes matches any number of folders. Time is bounded by the
// product of both lengths.
bool glob_match(Str pattern, Str path);

#endif
