// link.h: how project.c has the modules of a project made. Of use to src/project only.
#ifndef PROJECT_LINK_H
#define PROJECT_LINK_H

#include "project/project.h"

// Makes modules and roots anew from the files' paths. What was made before is given back.
void project_link(Project *p);
void project_unlink(Project *p);
// The module that `level` dots and `dotted` mean in a file's import, or NO_MODULE.
uint32_t link_module(const Project *p, uint32_t file, uint32_t level, Str dotted);

#endif
