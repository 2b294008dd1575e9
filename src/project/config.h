// Config: what the user set in aludel.toml or in [tool.aludel] of pyproject.toml.
//
// The nearest folder from the start folder upwards that has an aludel.toml, or a
// pyproject.toml with a [tool.aludel] table, decides; aludel.toml wins in one folder.
// Without one the defaults hold. What is wrong in a file is a ConfigProblem, never a
// reason to stop; a setting of the wrong type keeps its default.
#ifndef PROJECT_CONFIG_H
#define PROJECT_CONFIG_H

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

typedef enum {
  SQLALCHEMY_UNKNOWN,
  SQLALCHEMY_1_4,
  SQLALCHEMY_2_0,
  SQLALCHEMY_2_1
} SqlalchemyTarget;

typedef struct {
  Str *items;
  uint32_t len;
} StrList;

typedef struct {
  Str pattern;   // glob over paths relative to the config's folder
  StrList codes; // rule codes or prefixes
  uint32_t line; // in the config file
} PerFileIgnore;

typedef struct {
  Str path; // of the file, as shown
  uint32_t line, column;
  Str message;   // one sentence, with the nearest known key where one is near
  bool is_error; // false: warning
} ConfigProblem;

typedef struct {
  Str path;       // config file as shown; absent where defaults hold
  Str folder;     // absolute folder that patterns and src are relative to
  StrList select; // has_select false: the default selection
  bool has_select;
  StrList ignore;
  StrList extend_select;
  PerFileIgnore *per_file_ignores;
  uint32_t per_file_ignore_count;
  StrList exclude; // has_exclude false: discover's defaults
  bool has_exclude;
  StrList extend_exclude;
  SqlalchemyTarget target_sqlalchemy;
  uint8_t python_major, python_minor; // 0, 0: not set
  StrList src;               // folders that hold top-level modules; default ".", "src"
  uint32_t line_length;      // 0: not set
  uint32_t formatter_length; // what ruff, black, isort or pycodestyle is told; 0: nothing
  bool force_exclude;        // excludes also hold for paths named on the command line
  bool respect_gitignore;    // default true
  Vec(ConfigProblem) problems;
} Config;

// How long lines may get: as set, else as the project's formatter has it, else 88.
uint32_t config_line_length(const Config *c); // accepts NULL

// Defaults, as if no file was found. False, with errno, where there is no such folder.
bool config_init(Config *c, Arena *arena, const char *folder);
// Finds and reads the config that holds for `folder`. False where there is no such
// folder, or where a file is there and cannot be read.
MUST_USE bool config_find(Config *c, Arena *arena, const char *folder, Err *err);
// Reads this file (--config).
MUST_USE bool config_read(Config *c, Arena *arena, const char *path, Err *err);
// Reads text as if it stood in `path`; the name decides whether settings stand at the top
// or in [tool.aludel]. False where there is no such table.
bool config_parse(Config *c, Arena *arena, Str path, Str text);
void config_free(Config *c);

// True where an entry of per-file-ignores is about `path` (relative to the config's
// folder).
bool config_ignores_apply(const PerFileIgnore *p, Str path);
// Pattern of exclude or per-file-ignores: matches the path, its last part, or a folder
// above it.
bool config_pattern_match(Str pattern, Str path);

// The nearest of `names` (edit distance at most a third of the length), or an absent Str.
Str nearest_name(Str name, const char *const *names, size_t count);

#endif
