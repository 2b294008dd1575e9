// Edit: replace the bytes of a span. What no edit touches stays byte for byte.
//
// Edits that belong together form a group (a fix with its import): they are applied all
// or none. Groups are taken in order of their first edit's start, then of addition; a
// group that overlaps one already taken is dropped. Two insertions at one offset do not
// overlap and keep their order; equal edits of several groups (same span and text, as two
// fixes adding one import) are merged, but an insertion that opens or closes a bracket is
// not: there the later group is dropped, as where one group inserts beside what another
// deletes.
#ifndef TEXT_EDIT_H
#define TEXT_EDIT_H

#include "base/buf.h"
#include "base/vec.h"
#include "text/span.h"

typedef struct {
  Span span;      // empty span = insertion
  Str text;       // lives at least until edits_apply
  uint32_t group; // edits of one group are applied together
} Edit;

typedef Vec(Edit) EditList;

// Appends the edited text to `out`; `taken` (may be NULL, else an array of `group_count`)
// tells which groups were applied. Groups are numbered 0..group_count-1. Returns their
// number.
size_t edits_apply(Str text, const EditList *edits, uint32_t group_count, Buf *out,
                   bool *taken);

#endif
