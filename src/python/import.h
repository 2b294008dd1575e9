// import.h: what import statements say.
#ifndef PYTHON_IMPORT_H
#define PYTHON_IMPORT_H

#include "python/scope.h"

typedef struct {
  Ref stmt;        // Import or ImportFrom
  Ref alias;       // its Alias
  uint32_t level;  // leading dots
  Atom module;     // dotted, 0 in `from . import x`
  Atom name;       // imported name; 0: the module itself
  bool whole_path; // `import a.b.c` without `as`: binds `a`, and a.b.c is loaded
  bool star;
} ImportItem;

// `alias` must be an Alias of `stmt`, an Import or ImportFrom.
ImportItem py_import_read(const PyTree *tree, Ref stmt, Ref alias);

#endif
