// Span: a half-open range of bytes in the text of one source.
#ifndef TEXT_SPAN_H
#define TEXT_SPAN_H

#include "base/base.h"

typedef struct {
  uint32_t start, end; // byte offsets, start <= end
} Span;

static inline bool span_contains(Span s, uint32_t at) {
  return s.start <= at && at < s.end;
}
static inline bool span_covers(Span outer, Span inner) {
  return outer.start <= inner.start && inner.end <= outer.end;
}
static inline bool span_overlaps(Span a, Span b) {
  return a.start < b.end && b.start < a.end;
}

#endif
