// Around: the project that named files and folders lie in.
//
// What a file means depends on the models, sessions and helpers of its project, whether
// they were named or not. The project of a path is the nearest folder, from the path's
// own upwards to the repository, that has a file which marks one (pyproject.toml,
// setup.py, a lock file); else the nearest with a requirements.txt, with an alembic.ini,
// and the repository itself; without one, the topmost package that the path lies in, else
// its folder's own files. The user's home and "/" are no projects.
#ifndef PROJECT_AROUND_H
#define PROJECT_AROUND_H

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

typedef Vec(Str) AroundPaths;

// True where a file in `folder` (terminated) marks a Python project.
bool around_is_marked(const char *folder);
// The folder of the project that the absolute `folder` lies in, "" where nothing marks
// one.
Str around_root(Arena *scratch, Str folder);
// Adds the absolute paths of what surrounds `absolute` (a file or a folder, terminated,
// links resolved): folders, or files where only those of one folder are meant. Nothing
// is added twice, and no folder that lies in one that is there. Paths live in the arena.
void around_find(AroundPaths *out, Arena *arena, const char *absolute);

#endif
