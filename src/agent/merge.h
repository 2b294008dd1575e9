// Merge: several generated modules as one that runs as it stands.
//
// Imports of all are gathered at the top, sorted as ruff's isort sorts them (future,
// standard library, others) and folded at 88 columns; imports from the modules named in
// `own` go, since their names are there. A module's docstring stays with the first only.
#ifndef AGENT_MERGE_H
#define AGENT_MERGE_H

#include "base/str.h"

// `own` ends with NULL; "*_repository" stands for all that end so. Texts that do not
// parse are taken whole, imports and all.
Str merge_modules(Arena *arena, const Str *texts, size_t count, const char *const *own);

#endif
