// Tidy: imports that the rewriting left without use are taken out.
//
// An imported name goes where the file used it before and uses it no longer, nothing
// exports it (`__all__`, an import of it by another file, a package's `__init__`), and no
// comment stands on it. What was unused before stays.
#ifndef CODEMOD_TIDY_H
#define CODEMOD_TIDY_H

#include "codemod/modernize.h"

void tidy_imports(Modernization *m, Project *p);

#endif
