// Round: choosing the groups of edits that fit together and applying them. Of use to the
// driver only.
#ifndef CODEMOD_ROUND_H
#define CODEMOD_ROUND_H

#include "codemod/modernize.h"
#include "codemod/run.h"

typedef struct {
  Modernization *out;
  Project *project;
  CodemodCtx *cx; // of one thread, for reading files while imports are written
  uint32_t **line_maps;
  uint32_t *line_map_counts;
  Vec(Str) * withdrawn; // "code path" of groups that broke a file
} RoundCtx;

// Applies what it can of the groups (all edits of a group or none) and gives the changed
// files their new text. The sites of applied groups are `converted`. True where some file
// changed.
bool round_apply(RoundCtx *r, EditGroup **groups, size_t count);
// True where a group of this code and file was withdrawn before.
bool round_is_withdrawn(const RoundCtx *r, const Site *s);

#endif
