// Place: a node of the project, named so that it outlives a reparse of its file.
#ifndef SQLA_PLACE_H
#define SQLA_PLACE_H

#include "python/ast.h"

typedef struct {
  uint32_t file; // the project's number of the file
  Ref ref;       // 0: nowhere
} Place;

static inline bool place_eq(Place a, Place b) {
  return a.file == b.file && a.ref == b.ref;
}

#endif
