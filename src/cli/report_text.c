// report_text.c: findings for people: `full` with the source lines, `concise` without.
#include "cli/report.h"

#include <stdio.h>

static const char *paint(const Report *r, const char *code) {
  return r->colours ? code : "";
}

Position report_position(const Report *r, const Finding *f, uint32_t offset) {
  return source_position(&r->project->files[f->file]->source, offset);
}

FindingPlace report_place(const Report *r, const Finding *f) {
  const ProjectFile *file = r->project->files[f->file];
  return (FindingPlace){file->path, file->absolute,
                        source_position(&file->source, f->span.start),
                        source_position(&file->source, f->span.end)};
}

static void write_head(const Report *r, const Finding *f, Buf *out) {
  FindingPlace p = report_place(r, f);
  buf_printf(out, "%s%.*s%s:%u:%u: %s%.*s%s ", paint(r, "\033[1m"), STR_ARG(p.path),
             paint(r, "\033[0m"), p.start.line, p.start.column, paint(r, "\033[1;31m"),
             STR_ARG(finding_code(f)), paint(r, "\033[0m"));
  if (f->fix.edit_count && f->fix.level >= r->applied)
    buf_printf(out, "[%s*%s] ", paint(r, "\033[36m"), paint(r, "\033[0m"));
  buf_add_str(out, f->message);
  buf_add_char(out, '\n');
}

void report_concise(const Report *r, Buf *out) {
  for (size_t i = 0; i < r->count; i++)
    write_head(r, r->findings[i], out);
}

// A source line with tabs as four blanks; gives the column that `mark` is shown in.
static size_t write_source(Str line, size_t mark, Buf *out) {
  enum {
    MOST = 2000 // bytes of a line that are shown
  };
  size_t column = 0, found = SIZE_MAX;
  for (size_t i = 0; i < line.len && i < MOST; i++) {
    unsigned char c = (unsigned char)line.ptr[i];
    if (i == mark)
      found = column;
    if (c == '\t') {
      buf_add_text(out, "    ");
      column += 4;
      continue;
    }
    buf_add_char(out, c < 0x20 || c == 0x7F ? '?' : line.ptr[i]);
    column += (c & 0xC0) != 0x80;
  }
  return found == SIZE_MAX ? column : found;
}

static void write_excerpt(const Report *r, const Finding *f, Buf *out) {
  const Source *s = &r->project->files[f->file]->source;
  Position start = source_position(s, f->span.start);
  Position end =
      source_position(s, f->span.end > f->span.start ? f->span.end - 1 : f->span.start);
  uint32_t line_at = source_line_start(s, start.line);
  Str line = source_line(s, start.line);
  char number[16];
  int width = snprintf(number, sizeof number, "%u", start.line);
  const char *bar = paint(r, "\033[1;34m"), *off = paint(r, "\033[0m");
  buf_printf(out, "%s%*s |%s\n%s%s |%s ", bar, width, "", off, bar, number, off);
  Buf shown = {0};
  size_t from = write_source(line, f->span.start - line_at, &shown);
  buf_add_str(out, buf_str(&shown));
  buf_clear(&shown);
  size_t to = end.line > start.line ? write_source(line, SIZE_MAX, &shown)
                                    : write_source(line, f->span.end - line_at, &shown);
  buf_free(&shown);
  buf_printf(out, "\n%s%*s |%s ", bar, width, "", off);
  buf_add_repeat(out, ' ', from);
  buf_add_text(out, paint(r, "\033[1;31m"));
  buf_add_repeat(out, '^', to > from ? to - from : 1);
  if (end.line > start.line)
    buf_add_text(out, "...");
  buf_printf(out, "%s\n", off);
  static const char *const how[] = {
      "", "to decide by hand: ", "with --unsafe-fixes: ", "with --fix: "};
  if (f->fix.edit_count)
    buf_printf(out, "%s%*s =%s %s%.*s\n", bar, width, "", off, how[f->fix.level],
               STR_ARG(f->fix.title));
  else if (f->refused.len)
    buf_printf(out, "%s%*s =%s not fixed: %.*s\n", bar, width, "", off,
               STR_ARG(f->refused));
  buf_add_char(out, '\n');
}

void report_full(const Report *r, Buf *out) {
  for (size_t i = 0; i < r->count; i++) {
    write_head(r, r->findings[i], out);
    write_excerpt(r, r->findings[i], out);
  }
}
