// report_ci.c: findings for continuous integration: GitHub, GitLab, JUnit.
#include "base/json.h"
#include "cli/report.h"

#include <stdio.h>

// GitHub: workflow commands; %, CR and LF are escaped, in properties also : and ,
static void add_escaped(Buf *out, Str text, bool property) {
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
      buf_printf(out, "%%%02X", (unsigned char)c);
    else
      buf_add_char(out, c);
  }
}

void report_github(const Report *r, Buf *out) {
  static const char *const commands[] = {"notice", "warning", "error"};
  for (size_t i = 0; i < r->count; i++) {
    const Finding *f = r->findings[i];
    FindingPlace p = report_place(r, f);
    buf_printf(out, "::%s title=aludel (%.*s),file=",
               commands[f->rule ? f->rule->severity : SEVERITY_ERROR],
               STR_ARG(finding_code(f)));
    add_escaped(out, p.path, true);
    buf_printf(out, ",line=%u,col=%u,endLine=%u,endColumn=%u::", p.start.line,
               p.start.column, p.end.line, p.end.column);
    add_escaped(out, p.path, false);
    buf_printf(out, ":%u:%u: %.*s ", p.start.line, p.start.column,
               STR_ARG(finding_code(f)));
    add_escaped(out, f->message, false);
    buf_add_char(out, '\n');
  }
}

static uint64_t hash_more(uint64_t h, Str text) {
  for (size_t i = 0; i < text.len; i++)
    h = (h ^ (uint8_t)text.ptr[i]) * UINT64_C(1099511628211);
  return (h ^ 0xFF) * UINT64_C(1099511628211);
}

// GitLab wants a fingerprint that stays when lines move: path, code, text, and which of
// equal ones it is.
void report_gitlab(const Report *r, Buf *out) {
  static const char *const severities[] = {"info", "minor", "major"};
  JsonWriter w = {.out = out, .indent = 2};
  json_begin_array(&w);
  uint64_t before = 0;
  uint32_t same = 0;
  for (size_t i = 0; i < r->count; i++) {
    const Finding *f = r->findings[i];
    FindingPlace p = report_place(r, f);
    Str line = source_line(&r->project->files[f->file]->source, p.start.line);
    uint64_t h = hash_more(UINT64_C(14695981039346656037), p.path);
    h = hash_more(hash_more(hash_more(h, finding_code(f)), f->message), str_trim(line));
    same = h == before ? same + 1 : 0;
    before = h;
    char fingerprint[40];
    snprintf(fingerprint, sizeof fingerprint, "%016llx%02x", (unsigned long long)h, same);
    json_begin_object(&w);
    json_field(&w, "check_name", finding_code(f));
    json_field(&w, "description", f->message);
    json_field(&w, "fingerprint", str_from(fingerprint));
    json_field(&w, "severity",
               str_from(severities[f->rule ? f->rule->severity : SEVERITY_ERROR]));
    json_key(&w, "location");
    json_begin_object(&w);
    json_field(&w, "path", p.path);
    json_key(&w, "lines");
    json_begin_object(&w);
    json_field_int(&w, "begin", p.start.line);
    json_field_int(&w, "end", p.end.line);
    json_end_object(&w);
    json_end_object(&w);
    json_end_object(&w);
  }
  json_end_array(&w);
  buf_add_char(out, '\n');
}

// XML 1.0: control characters other than tab, CR and LF cannot be written at all.
static void add_xml(Buf *out, Str text) {
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c == '&')
      buf_add_text(out, "&amp;");
    else if (c == '<')
      buf_add_text(out, "&lt;");
    else if (c == '>')
      buf_add_text(out, "&gt;");
    else if (c == '"')
      buf_add_text(out, "&quot;");
    else if (c < 0x20)
      buf_add_char(out, c == '\t' ? '\t' : ' ');
    else
      buf_add_char(out, (char)c);
  }
}

static void junit_case(const Report *r, const Finding *f, Buf *out) {
  FindingPlace p = report_place(r, f);
  buf_printf(out, "    <testcase name=\"aludel.%.*s\" classname=\"",
             STR_ARG(finding_code(f)));
  add_xml(out, p.path);
  buf_printf(out, "\" line=\"%u\" column=\"%u\">\n      <failure message=\"",
             p.start.line, p.start.column);
  add_xml(out, f->message);
  buf_printf(out, "\">line %u, col %u, ", p.start.line, p.start.column);
  add_xml(out, f->message);
  buf_add_text(out, "</failure>\n    </testcase>\n");
}

void report_junit(const Report *r, Buf *out) {
  buf_printf(out,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<testsuites name=\"aludel\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
             r->count ? r->count : 1, r->count);
  if (!r->count)
    buf_add_text(out, "  <testsuite name=\"aludel\" tests=\"1\" disabled=\"0\" "
                      "errors=\"0\" failures=\"0\">\n"
                      "    <testcase name=\"No errors found\" classname=\"aludel\"/>\n"
                      "  </testsuite>\n");
  for (size_t from = 0, to; from < r->count; from = to) {
    uint32_t file = r->findings[from]->file;
    for (to = from; to < r->count && r->findings[to]->file == file;)
      to++;
    buf_add_text(out, "  <testsuite name=\"");
    add_xml(out, r->project->files[file]->path);
    buf_printf(out, "\" tests=\"%zu\" disabled=\"0\" errors=\"0\" failures=\"%zu\">\n",
               to - from, to - from);
    for (size_t i = from; i < to; i++)
      junit_case(r, r->findings[i], out);
    buf_add_text(out, "  </testsuite>\n");
  }
  buf_add_text(out, "</testsuites>\n");
}
