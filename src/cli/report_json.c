// report_json.c: the keys of `ruff check --output-format json`, so that what reads ruff
// reads us. Columns count code points from 1; an end is behind the last character.
#include "base/json.h"
#include "cli/report.h"

static void write_location(JsonWriter *w, const char *key, Position p) {
  json_key(w, key);
  json_begin_object(w);
  json_field_int(w, "column", p.column);
  json_field_int(w, "row", p.line);
  json_end_object(w);
}

static void write_fix(JsonWriter *w, const Report *r, const Finding *f) {
  static const char *const applicability[] = {"display", "display", "unsafe", "safe"};
  json_key(w, "fix");
  if (!f->fix.edit_count) {
    json_none(w);
    return;
  }
  json_begin_object(w);
  json_field(w, "applicability", str_from(applicability[f->fix.level]));
  json_key(w, "edits");
  json_begin_array(w);
  for (uint32_t i = 0; i < f->fix.edit_count; i++) {
    const Edit *e = &f->fix.edits[i];
    json_begin_object(w);
    json_field(w, "content", e->text);
    write_location(w, "end_location", report_position(r, f, e->span.end));
    write_location(w, "location", report_position(r, f, e->span.start));
    json_end_object(w);
  }
  json_end_array(w);
  json_field(w, "message", f->fix.title);
  json_end_object(w);
}

void report_json(const Report *r, Buf *out) {
  JsonWriter w = {.out = out, .indent = 2};
  json_begin_array(&w);
  for (size_t i = 0; i < r->count; i++) {
    const Finding *f = r->findings[i];
    FindingPlace p = report_place(r, f);
    json_begin_object(&w);
    json_key(&w, "cell");
    json_none(&w);
    json_field(&w, "code", finding_code(f));
    write_location(&w, "end_location", p.end);
    json_field(&w, "filename", p.absolute);
    write_fix(&w, r, f);
    write_location(&w, "location", p.start);
    json_field(&w, "message", f->message);
    json_field_int(&w, "noqa_row", f->noqa_line);
    json_key(&w, "refused"); // ours: why there is no fix
    json_str(&w, f->refused.len ? f->refused : (Str){0});
    json_field(&w, "severity",
               str_from(severity_name(f->rule ? f->rule->severity : SEVERITY_ERROR)));
    json_key(&w, "url");
    json_none(&w);
    json_end_object(&w);
  }
  json_end_array(&w);
  buf_add_char(out, '\n');
}
