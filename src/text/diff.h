// Diff: what changed between two texts, by lines, as `diff -u` and `patch` know it.
#ifndef TEXT_DIFF_H
#define TEXT_DIFF_H

#include "base/buf.h"

// Appends a unified diff with three lines of context; false (and nothing appended) where
// the texts are equal. Lines end at LF. Time is bounded by the number of lines: a stretch
// where very much differs is shown as replaced whole.
bool diff_unified(Str before, Str after, Str before_name, Str after_name, Buf *out);

#endif
