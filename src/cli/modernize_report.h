// Modernize report: what `aludel modernize` did and left, as text, JSON or one page of
// HTML that needs nothing else.
#ifndef CLI_MODERNIZE_REPORT_H
#define CLI_MODERNIZE_REPORT_H

#include "base/buf.h"
#include "codemod/modernize.h"

typedef struct {
  const Modernization *m;
  const ModernizeSettings *settings;
  uint32_t files_read;
  bool written; // false: shown only
  bool colours;
} ModernizeReport;

void modernize_report_text(const ModernizeReport *r, Buf *out);
void modernize_report_json(const ModernizeReport *r, Buf *out);
void modernize_report_html(const ModernizeReport *r, Buf *out);

#endif
