// diag.c: collecting what is wrong in an input.
#include "text/diag.h"

#include <stdarg.h>
#include <stdio.h>

enum {
  DEFAULT_LIMIT = 100
};

void diag_add(DiagSink *sink, DiagLevel level, Span span, const char *format, ...) {
  if (sink->diags.len >= (sink->limit ? sink->limit : DEFAULT_LIMIT)) {
    sink->dropped++;
    return;
  }
  char message[512];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  vec_push(&sink->diags, (Diag){level, span, str_copy(sink->arena, str_from(message))});
}

void diag_sink_free(DiagSink *sink) {
  vec_free(&sink->diags);
}
