// report_sarif.c: SARIF 2.1.0 (OASIS, sections 3.13 to 3.57).
#include "base/json.h"
#include "cli/command.h"
#include "cli/report.h"
#include "rules/registry.h"

static void write_text(JsonWriter *w, const char *key, Str text) {
  json_key(w, key);
  json_begin_object(w);
  json_field(w, "text", text);
  json_end_object(w);
}

static const char *level_of(const Finding *f) {
  static const char *const levels[] = {"note", "warning", "error"};
  return levels[f->rule ? f->rule->severity : SEVERITY_ERROR];
}

// Every rule that was reported, once, in order of codes.
static void write_rules(JsonWriter *w, const Report *r) {
  bool *used = mem_zalloc(rules_count + 1, sizeof *used);
  bool syntax = false;
  for (size_t i = 0; i < r->count; i++) {
    if (r->findings[i]->rule)
      used[rule_index(r->findings[i]->rule)] = true;
    else
      syntax = true;
  }
  json_key(w, "rules");
  json_begin_array(w);
  for (uint32_t i = 0; i < rules_count; i++) {
    if (!used[i])
      continue;
    json_begin_object(w);
    json_field(w, "id", str_from(rules[i]->code));
    json_field(w, "name", str_from(rules[i]->name));
    write_text(w, "shortDescription", str_from(rules[i]->what));
    write_text(w, "fullDescription", str_from(rules[i]->why));
    json_end_object(w);
  }
  if (syntax) {
    json_begin_object(w);
    json_field(w, "id", STR("invalid-syntax"));
    json_end_object(w);
  }
  json_end_array(w);
  mem_free(used);
}

// A path as a URI (RFC 3986): what is not unreserved is escaped.
static void write_uri(JsonWriter *w, Str path) {
  Buf uri = {0};
  if (path.len && path.ptr[0] == '/')
    buf_add_text(&uri, "file://");
  for (size_t i = 0; i < path.len; i++) {
    unsigned char c = (unsigned char)path.ptr[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 (c >= '0' && c <= '9') || strchr("-._~/", c);
    if (plain && c)
      buf_add_char(&uri, (char)c);
    else
      buf_printf(&uri, "%%%02X", c);
  }
  json_field(w, "uri", buf_str(&uri));
  buf_free(&uri);
}

static void write_region(JsonWriter *w, const char *key, Position from, Position to) {
  json_key(w, key);
  json_begin_object(w);
  json_field_int(w, "startLine", from.line);
  json_field_int(w, "startColumn", from.column);
  json_field_int(w, "endLine", to.line);
  json_field_int(w, "endColumn", to.column);
  json_end_object(w);
}

static void write_artifact(JsonWriter *w, Str path) {
  json_key(w, "artifactLocation");
  json_begin_object(w);
  write_uri(w, path);
  json_end_object(w);
}

static void write_fix(JsonWriter *w, const Report *r, const Finding *f) {
  json_key(w, "fixes");
  json_begin_array(w);
  json_begin_object(w);
  write_text(w, "description", f->fix.title);
  json_key(w, "artifactChanges");
  json_begin_array(w);
  json_begin_object(w);
  write_artifact(w, report_place(r, f).absolute);
  json_key(w, "replacements");
  json_begin_array(w);
  for (uint32_t i = 0; i < f->fix.edit_count; i++) {
    const Edit *e = &f->fix.edits[i];
    json_begin_object(w);
    write_region(w, "deletedRegion", report_position(r, f, e->span.start),
                 report_position(r, f, e->span.end));
    write_text(w, "insertedContent", e->text);
    json_end_object(w);
  }
  json_end_array(w);
  json_end_object(w);
  json_end_array(w);
  json_end_object(w);
  json_end_array(w);
}

static void write_result(JsonWriter *w, const Report *r, const Finding *f) {
  FindingPlace p = report_place(r, f);
  json_begin_object(w);
  json_field(w, "ruleId", finding_code(f));
  json_field(w, "level", str_from(level_of(f)));
  write_text(w, "message", f->message);
  json_key(w, "locations");
  json_begin_array(w);
  json_begin_object(w);
  json_key(w, "physicalLocation");
  json_begin_object(w);
  write_artifact(w, p.absolute);
  write_region(w, "region", p.start, p.end);
  json_end_object(w);
  json_end_object(w);
  json_end_array(w);
  if (f->fix.edit_count)
    write_fix(w, r, f);
  json_end_object(w);
}

void report_sarif(const Report *r, Buf *out) {
  JsonWriter w = {.out = out, .indent = 2};
  json_begin_object(&w);
  json_field(&w, "$schema", STR("https://json.schemastore.org/sarif-2.1.0.json"));
  json_field(&w, "version", STR("2.1.0"));
  json_key(&w, "runs");
  json_begin_array(&w);
  json_begin_object(&w);
  json_key(&w, "tool");
  json_begin_object(&w);
  json_key(&w, "driver");
  json_begin_object(&w);
  json_field(&w, "name", STR("aludel"));
  const char *space = strchr(aludel_version, ' ');
  json_field(&w, "version", str_from(space ? space + 1 : aludel_version));
  write_rules(&w, r);
  json_end_object(&w);
  json_end_object(&w);
  json_field(&w, "columnKind", STR("unicodeCodePoints"));
  json_key(&w, "results");
  json_begin_array(&w);
  for (size_t i = 0; i < r->count; i++)
    write_result(&w, r, r->findings[i]);
  json_end_array(&w);
  json_end_object(&w);
  json_end_array(&w);
  json_end_object(&w);
  buf_add_char(out, '\n');
}
