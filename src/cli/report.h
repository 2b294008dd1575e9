// Report: findings as text, or in one of the formats that other programs read. One format
// is one file report_<name>.c and one row in reporters.def.
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "rules/check.h"

typedef struct {
  const Project *project; // lines of files with findings are indexed
  Finding **findings;
  size_t count;
  FixLevel applied; // the lowest level that --fix would apply as asked
  bool colours;
} Report;

typedef void (*ReportWriter)(const Report *r, Buf *out);

#define REPORTER(name, file, help) void report_##file(const Report *r, Buf *out);
#include "cli/reporters.def"
#undef REPORTER

typedef struct {
  Str path;            // as shown
  Str absolute;        // for programs
  Position start, end; // end: behind the last character
} FindingPlace;

FindingPlace report_place(const Report *r, const Finding *f);
Position report_position(const Report *r, const Finding *f, uint32_t offset);

#endif
