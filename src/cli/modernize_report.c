// modernize_report.c: the report of `aludel modernize` in its three forms.
#include "cli/modernize_report.h"

#include "base/json.h"

#include <stdlib.h>

typedef struct {
  const char *code, *name;
  size_t converted, left;
} CodeTotal;

typedef Vec(CodeTotal) CodeTotals;

static int by_code(const void *left, const void *right) {
  const CodeTotal *a = left, *b = right;
  return strcmp(a->code, b->code);
}

static void count_codes(const Modernization *m, CodeTotals *out) {
  for (size_t i = 0; i < m->site_count; i++) {
    const Site *s = m->sites[i];
    size_t k = 0;
    while (k < out->len && strcmp(out->items[k].code, s->code))
      k++;
    if (k == out->len)
      vec_push(out, (CodeTotal){.code = s->code, .name = s->name});
    if (s->converted)
      out->items[k].converted++;
    else
      out->items[k].left++;
  }
  if (out->len)
    qsort(out->items, out->len, sizeof *out->items, by_code);
}

static size_t files_changed(const Modernization *m) {
  size_t n = 0;
  for (uint32_t i = 0; i < m->file_count; i++)
    n += m->files[i].changed;
  return n;
}

static const char *target_name(const ModernizeReport *r) {
  return r->settings->target == SQLALCHEMY_2_1 ? "2.1" : "2.0";
}

static const char *profile_name(const ModernizeReport *r) {
  return r->settings->profile == PROFILE_MODERN ? "modern" : "compat";
}

static Str path_of(const Modernization *m, uint32_t file) {
  return m->files[file].path;
}

// The first site of the next file, or site_count.
static size_t file_end(const Modernization *m, size_t from) {
  size_t to = from;
  while (to < m->site_count && m->sites[to]->file == m->sites[from]->file)
    to++;
  return to;
}

static int by_note(const void *a, const void *b) {
  const Site *x = *(const Site *const *)a, *y = *(const Site *const *)b;
  int c = str_compare(x->by_hand, y->by_hand);
  if (c)
    return c;
  if (x->file != y->file)
    return x->file < y->file ? -1 : 1;
  return x->line < y->line ? -1 : x->line > y->line;
}

typedef Vec(const Site *) Sites;

// The sites with something to test by hand, those of one note together and by place.
static void sort_notes(const Modernization *m, Sites *out) {
  for (size_t i = 0; i < m->site_count; i++)
    if (m->sites[i]->by_hand.len)
      vec_push(out, m->sites[i]);
  if (out->len)
    qsort(out->items, out->len, sizeof *out->items, by_note);
}

// Where the places of the note of `from` end.
static size_t note_end(const Sites *noted, size_t from) {
  size_t to = from;
  while (to < noted->len &&
         str_eq(noted->items[to]->by_hand, noted->items[from]->by_hand))
    to++;
  return to;
}

// ---- Text

enum {
  PLACES_SHOWN = 6
};

// A site that is left.
static void text_site(const Modernization *m, const Site *s, Buf *out) {
  buf_printf(out, "%.*s:%u: %s %.*s\n", STR_ARG(path_of(m, s->file)), (unsigned)s->line,
             s->code, STR_ARG(s->what));
  buf_printf(out, "    left: %.*s", STR_ARG(s->reason));
  if (s->stop_file != NO_FILE)
    buf_printf(out, " (%.*s:%u)", STR_ARG(path_of(m, s->stop_file)),
               (unsigned)s->stop_line);
  buf_add_char(out, '\n');
}

// What is to be tested by hand, each thing once, with its first places.
static void text_by_hand(const Modernization *m, Buf *out) {
  Sites noted = {0};
  sort_notes(m, &noted);
  if (noted.len)
    buf_add_text(out, out->len ? "\nTo test by hand\n" : "To test by hand\n");
  for (size_t from = 0, to; from < noted.len; from = to) {
    to = note_end(&noted, from);
    buf_printf(out, "  %.*s\n   ", STR_ARG(noted.items[from]->by_hand));
    size_t shown = to - from > PLACES_SHOWN ? PLACES_SHOWN - 1 : to - from;
    for (size_t i = from; i < from + shown; i++)
      buf_printf(out, " %.*s:%u", STR_ARG(path_of(m, noted.items[i]->file)),
                 (unsigned)noted.items[i]->line);
    if (shown < to - from)
      buf_printf(out, " and %zu more places", to - from - shown);
    buf_add_char(out, '\n');
  }
  vec_free(&noted);
}

static void text_totals(const Modernization *m, Buf *out) {
  CodeTotals totals = {0};
  count_codes(m, &totals);
  for (size_t i = 0; i < totals.len; i++) {
    const CodeTotal *t = &totals.items[i];
    buf_printf(out, "  %-5s %-34s %5zu converted  %5zu left\n", t->code, t->name,
               t->converted, t->left);
  }
  vec_free(&totals);
}

void modernize_report_text(const ModernizeReport *r, Buf *out) {
  const Modernization *m = r->m;
  size_t changed = files_changed(m);
  for (size_t i = 0; i < m->site_count; i++)
    if (!m->sites[i]->converted)
      text_site(m, m->sites[i], out);
  text_by_hand(m, out);
  if (m->site_count) {
    if (out->len)
      buf_add_char(out, '\n');
    text_totals(m, out);
  }
  buf_printf(
      out,
      "%u file%s read for SQLAlchemy %s (%s): %zu site%s, %zu converted, %zu left; "
      "%zu file%s %s.\n",
      (unsigned)r->files_read, r->files_read == 1 ? "" : "s", target_name(r),
      profile_name(r), m->site_count, m->site_count == 1 ? "" : "s", m->converted,
      m->site_count - m->converted, changed, changed == 1 ? "" : "s",
      r->written ? "changed" : "would change");
  if (!r->written && changed)
    buf_add_text(out,
                 "Nothing was written: --diff shows the changes, --write makes them.\n");
}

// ---- JSON

static const char *const forms[] = {
    [FORM_NONE] = NULL, [FORM_DIRECT] = "direct", [FORM_VARIABLE] = "variable"};

static void json_site(const Modernization *m, const Site *s, JsonWriter *w) {
  json_begin_object(w);
  json_field(w, "code", str_from(s->code));
  json_field(w, "name", str_from(s->name));
  json_field(w, "file", path_of(m, s->file));
  json_field_int(w, "line", s->line);
  json_field(w, "message", s->what);
  json_field(w, "query", forms[s->form] ? str_from(forms[s->form]) : (Str){0});
  json_field_bool(w, "converted", s->converted);
  json_field(w, "reason", s->converted ? (Str){0} : s->reason);
  bool stopped = !s->converted && s->stop_file != NO_FILE;
  json_key(w, "stopped_at");
  if (stopped) {
    json_begin_object(w);
    json_field(w, "file", path_of(m, s->stop_file));
    json_field_int(w, "line", s->stop_line);
    json_end_object(w);
  } else {
    json_none(w);
  }
  json_field(w, "test_by_hand", s->by_hand.len ? s->by_hand : (Str){0});
  json_end_object(w);
}

static void json_rules(const Modernization *m, JsonWriter *w) {
  CodeTotals totals = {0};
  count_codes(m, &totals);
  json_key(w, "rules");
  json_begin_array(w);
  for (size_t i = 0; i < totals.len; i++) {
    json_begin_object(w);
    json_field(w, "code", str_from(totals.items[i].code));
    json_field(w, "name", str_from(totals.items[i].name));
    json_field_int(w, "converted", (long long)totals.items[i].converted);
    json_field_int(w, "left", (long long)totals.items[i].left);
    json_end_object(w);
  }
  json_end_array(w);
  vec_free(&totals);
}

static void json_files(const Modernization *m, JsonWriter *w) {
  json_key(w, "files");
  json_begin_array(w);
  size_t *converted = mem_zalloc(m->file_count + 1, sizeof *converted);
  size_t *left = mem_zalloc(m->file_count + 1, sizeof *left);
  for (size_t i = 0; i < m->site_count; i++)
    (m->sites[i]->converted ? converted : left)[m->sites[i]->file]++;
  for (uint32_t f = 0; f < m->file_count; f++) {
    if (!m->files[f].changed && !converted[f] && !left[f])
      continue;
    json_begin_object(w);
    json_field(w, "file", m->files[f].path);
    json_field_bool(w, "changed", m->files[f].changed);
    json_field_int(w, "converted", (long long)converted[f]);
    json_field_int(w, "left", (long long)left[f]);
    json_end_object(w);
  }
  json_end_array(w);
  mem_free(converted);
  mem_free(left);
}

void modernize_report_json(const ModernizeReport *r, Buf *out) {
  const Modernization *m = r->m;
  JsonWriter w = {.out = out, .indent = 2};
  json_begin_object(&w);
  json_field(&w, "profile", str_from(profile_name(r)));
  json_field(&w, "target", str_from(target_name(r)));
  json_field_bool(&w, "written", r->written);
  json_field_int(&w, "files_read", r->files_read);
  json_field_int(&w, "files_changed", (long long)files_changed(m));
  json_field_int(&w, "converted", (long long)m->converted);
  json_field_int(&w, "left", (long long)(m->site_count - m->converted));
  json_field_int(&w, "rounds", m->rounds);
  json_rules(m, &w);
  json_files(m, &w);
  json_key(&w, "sites");
  json_begin_array(&w);
  for (size_t i = 0; i < m->site_count; i++)
    json_site(m, m->sites[i], &w);
  json_end_array(&w);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

// ---- HTML

static void html_text(Buf *out, Str s) {
  for (size_t i = 0; i < s.len; i++)
    switch (s.ptr[i]) {
    case '&':
      buf_add_text(out, "&amp;");
      break;
    case '<':
      buf_add_text(out, "&lt;");
      break;
    case '>':
      buf_add_text(out, "&gt;");
      break;
    case '"':
      buf_add_text(out, "&quot;");
      break;
    default:
      buf_add_char(out, s.ptr[i]);
    }
}

// Text with `code` between backquotes.
static void html_prose(Buf *out, Str s) {
  bool code = false;
  size_t from = 0;
  for (size_t i = 0; i <= s.len; i++) {
    if (i < s.len && s.ptr[i] != '`')
      continue;
    html_text(out, str_slice(s, from, i));
    from = i + 1;
    if (i < s.len) {
      buf_add_text(out, code ? "</code>" : "<code>");
      code = !code;
    }
  }
  if (code)
    buf_add_text(out, "</code>");
}

static void html_site(const Modernization *m, const Site *s, Buf *out) {
  buf_printf(out, "<tr class=%s><td class=n>%u<td><b title=\"%s\">%s</b><td>",
             s->converted ? "done" : "left", (unsigned)s->line, s->name, s->code);
  html_prose(out, s->what);
  if (!s->converted) {
    buf_add_text(out, "<p class=why>Left: ");
    html_prose(out, s->reason);
    if (s->stop_file != NO_FILE) {
      buf_add_text(out, " (<code>");
      html_text(out, path_of(m, s->stop_file));
      buf_printf(out, ":%u</code>)", (unsigned)s->stop_line);
    }
  }
  if (s->by_hand.len) {
    buf_add_text(out, "<p class=test>Test by hand: ");
    html_prose(out, s->by_hand);
  }
  buf_add_text(out, "\n");
}

static void html_totals(const Modernization *m, Buf *out) {
  CodeTotals totals = {0};
  count_codes(m, &totals);
  buf_add_text(out, "<table><tr><th>Rule<th>Name<th class=n>Converted<th class=n>Left\n");
  for (size_t i = 0; i < totals.len; i++)
    buf_printf(out, "<tr><td><b>%s</b><td>%s<td class=n>%zu<td class=n>%zu\n",
               totals.items[i].code, totals.items[i].name, totals.items[i].converted,
               totals.items[i].left);
  buf_add_text(out, "</table>\n");
  vec_free(&totals);
}

static void html_files(const Modernization *m, Buf *out) {
  for (size_t from = 0, to; from < m->site_count; from = to) {
    to = file_end(m, from);
    size_t left = 0;
    for (size_t i = from; i < to; i++)
      left += !m->sites[i]->converted;
    buf_printf(out, "<details%s><summary><code>", left ? " open" : "");
    html_text(out, path_of(m, m->sites[from]->file));
    buf_printf(out, "</code> %zu converted, %zu left</summary>\n<table>\n",
               to - from - left, left);
    for (size_t i = from; i < to; i++)
      html_site(m, m->sites[i], out);
    buf_add_text(out, "</table></details>\n");
  }
}

// What is to be tested by hand, each thing once, with its places.
static void html_by_hand(const Modernization *m, Buf *out) {
  Sites noted = {0};
  sort_notes(m, &noted);
  if (noted.len)
    buf_add_text(out, "<h2>To test by hand</h2>\n<ul>\n");
  for (size_t from = 0, to; from < noted.len; from = to) {
    to = note_end(&noted, from);
    buf_add_text(out, "<li><details><summary>");
    html_prose(out, noted.items[from]->by_hand);
    buf_printf(out, " (%zu place%s)</summary>", to - from, to - from == 1 ? "" : "s");
    for (size_t i = from; i < to; i++) {
      buf_add_text(out, i > from ? ", <code>" : "<code>");
      html_text(out, path_of(m, noted.items[i]->file));
      buf_printf(out, ":%u</code>", (unsigned)noted.items[i]->line);
    }
    buf_add_text(out, "</details>\n");
  }
  if (noted.len)
    buf_add_text(out, "</ul>\n");
  vec_free(&noted);
}

static const char html_head[] =
    "<!doctype html>\n<html lang=en><meta charset=utf-8>\n"
    "<meta name=viewport content=\"width=device-width\">\n"
    "<title>aludel modernize</title>\n<style>\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 "
    "1em;color:#222;background:#fff}\n"
    "table{border-collapse:collapse;width:100%}td,th{padding:.25em "
    ".6em;text-align:left;vertical-align:top;border-top:1px solid #ddd}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums;width:5em}\n"
    "code{font-family:ui-monospace,monospace;font-size:.92em}\n"
    "details{margin:1em 0}summary{cursor:pointer}\n"
    ".done b{color:#17692f}.left b{color:#a33a00}p{margin:.2em 0}.why{color:#a33a00}"
    ".test{color:#555}\n"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}"
    "td,th{border-color:#444}.done b{color:#6c9}.left "
    "b,.why{color:#f96}.test{color:#aaa}}"
    "\n</style>\n";

void modernize_report_html(const ModernizeReport *r, Buf *out) {
  const Modernization *m = r->m;
  size_t changed = files_changed(m);
  buf_add_text(out, html_head);
  buf_printf(
      out,
      "<h1>aludel modernize</h1>\n<p>SQLAlchemy %s, profile %s: %u files read, %zu "
      "sites, <b>%zu converted</b>, <b>%zu left</b>; %zu file%s %s.\n",
      target_name(r), profile_name(r), (unsigned)r->files_read, m->site_count,
      m->converted, m->site_count - m->converted, changed, changed == 1 ? "" : "s",
      r->written ? "changed" : "would change");
  if (m->site_count) {
    html_totals(m, out);
    html_by_hand(m, out);
    html_files(m, out);
  }
  buf_add_text(out, "</html>\n");
}
