// Requirements: the lines of requirement, metadata and mypy files that keep a project on
// SQLAlchemy 1.x, or name tools and companions that are for 1.x only.
//
// A constraint that does not allow the target is replaced by the target's line; with the
// modern profile, so is one that allows older lines, as the code no longer runs there.
#ifndef CODEMOD_REQUIREMENTS_H
#define CODEMOD_REQUIREMENTS_H

#include "codemod/modernize.h"

typedef bool (*CodeSelected)(void *data, const char *code);

// Adds files and sites to `m`; `sites` are in no order.
typedef Vec(Site *) SiteList;
void requirements_update(Modernization *m, const Project *p, const ModernizeSettings *s,
                         CodeSelected selected, SiteList *sites);

#endif
