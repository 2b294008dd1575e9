// Diag: something wrong in the input, at a place. Reading goes on.
#ifndef TEXT_DIAG_H
#define TEXT_DIAG_H

#include "base/str.h"
#include "base/vec.h"
#include "text/span.h"

typedef enum {
  DIAG_ERROR,
  DIAG_WARNING
} DiagLevel;

typedef struct {
  DiagLevel level;
  Span span;
  Str message; // one sentence without a full stop; lives in the sink's arena or is
               // constant
} Diag;

typedef struct {
  Arena *arena;
  Vec(Diag) diags; // in order of report
  uint32_t limit;  // at most this many are kept, 0 = 100
  uint32_t dropped;
} DiagSink;

void diag_add(DiagSink *sink, DiagLevel level, Span span, const char *format, ...)
    PRINTF_LIKE(4, 5);
void diag_sink_free(DiagSink *sink);

#endif
