// Skill: the skill package that the program carries, and the rules of the format.
//
// The package is skill/sqlalchemy-coding-agent of the repository: SKILL.md, scripts,
// references, assets. The format is that of Agent Skills (agentskills.io/specification):
// a folder with a SKILL.md whose front matter names and describes the skill.
#ifndef GEN_SKILL_H
#define GEN_SKILL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

#define SKILL_NAME "sqlalchemy-coding-agent"

typedef struct {
  Str path; // below the folder of the skill: "scripts/fix_query.py"
  Str text;
  bool is_program; // is to be executable
} SkillFile;
typedef Vec(SkillFile) SkillFiles;

// All files of the package, in order of path. The list is the caller's.
void skill_files(Arena *a, SkillFiles *out);

typedef struct {
  uint32_t line; // of SKILL.md, from 1; 0: of the whole
  bool is_warning;
  Str text; // one sentence
} SkillProblem;
typedef Vec(SkillProblem) SkillProblems;

// Holds the folder of a skill to the format. False where SKILL.md cannot be read; else
// what is wrong is in `out`.
MUST_USE bool skill_validate(Arena *a, const char *folder, SkillProblems *out, Err *err);

#endif
