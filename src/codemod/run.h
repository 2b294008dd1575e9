// Run: what codemods gave in one round. Of use to src/codemod's driver only.
#ifndef CODEMOD_RUN_H
#define CODEMOD_RUN_H

#include "codemod/codemod.h"
#include "rules/run.h"

typedef struct {
  uint32_t file;
  Edit edit;
} FileEdit;

typedef struct {
  uint32_t file;
  Ref at;
  Str module, name; // name absent: the module itself
  bool typing;      // under TYPE_CHECKING
} ImportNeed;

typedef struct {
  Site **sites;
  uint32_t site_count;
  FileEdit *edits; // by file, then place
  uint32_t edit_count;
  ImportNeed *needs;
  uint32_t need_count;
  bool has_imports; // some edit inserts a line of imports (fixes of rules)
  uint32_t import_at;
} EditGroup;

typedef struct {
  RuleCtx cx;
  RuleRun run;
  Finding fixing; // stands for the open group
} FileState;

typedef bool (*CodeFilter)(void *data, const char *code);

typedef struct CodemodRun {
  Arena *keep; // of the whole modernization: sites
  Vec(Site *) sites;
  Vec(EditGroup *) groups;
  FileState **files; // by file, made on demand
  // The open group.
  bool open, refused;
  Vec(Site *) joined;
  Vec(ImportNeed) needs;
  Vec(uint32_t) touched; // files with an open fix
  uint32_t stop_file, stop_line;
  Str reason;
  // Settings.
  CodeFilter selected;
  void *selected_data;
  const CheckSettings *check;
  uint32_t *const *line_maps; // by file: original line of each line; NULL: unchanged
  const uint32_t *line_map_counts;
  Vec(Str) bugs;
  Vec(Atom) words;    // asked for by codemod_ask_word
  Vec(uint32_t) near; // far files that matter themselves
} CodemodRun;

void codemod_run_free(CodemodRun *run);
// The line of the original text that a line of the present text comes from.
uint32_t codemod_original_line(const CodemodRun *run, uint32_t file, uint32_t line);

// Edits that satisfy the imports which the taken groups need in one file, away from the
// spans of `taken` (sorted). Texts live in `arena`.
typedef Vec(Edit) ImportEdits;
void imports_render(ImportEdits *out, RuleCtx *in, const ImportNeed *needs, size_t count,
                    const Edit *taken, size_t taken_count, Arena *arena);

#endif
