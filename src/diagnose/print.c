// print.c: a diagnosis as a person reads it, and as JSON.
#include "diagnose/internal.h"

#include <stdio.h>

static void add_wrapped(Buf *out, Str text, const char *first, const char *rest) {
  size_t column = strlen(first);
  Str word;
  buf_add_text(out, first);
  bool start = true;
  while (str_next_part(&text, ' ', &word)) {
    if (!word.len)
      continue;
    if (!start && column + 1 + word.len > 88) {
      buf_add_char(out, '\n');
      buf_add_text(out, rest);
      column = strlen(rest);
      start = true;
    }
    if (!start) {
      buf_add_char(out, ' ');
      column++;
    }
    buf_add_str(out, word);
    column += word.len;
    start = false;
  }
  buf_add_char(out, '\n');
}

static void add_indented(Buf *out, Str text) {
  Str line;
  while (str_next_part(&text, '\n', &line)) {
    if (line.len)
      buf_add_text(out, "    ");
    buf_add_str(out, line);
    buf_add_char(out, '\n');
  }
}

static Str first_lines(Str s, int lines, size_t max) {
  size_t at = 0;
  for (int i = 0; i < lines && at < s.len; i++)
    at = min_size(str_find_char(s, '\n', at), s.len - 1) + 1;
  return str_trim(str_slice(s, 0, min_size(at, max)));
}

static void print_head(const Diagnosis *d, Buf *out) {
  if (d->exception.len)
    buf_printf(out, "%.*s", STR_ARG(d->exception));
  else
    buf_add_text(out, "An error without a class");
  if (d->driver.len)
    buf_printf(out, ", from the driver %.*s", STR_ARG(d->driver));
  if (d->series.len)
    buf_printf(out, ", SQLAlchemy %.*s", STR_ARG(d->series));
  if (d->entry.len)
    buf_printf(out, " [%.*s]", STR_ARG(d->entry));
  buf_add_text(out, "\n\n");
}

static void print_place(const Diagnosis *d, Buf *out) {
  if (d->frame.line) {
    buf_printf(out, "  at %.*s:%u", STR_ARG(d->frame.path), d->frame.line);
    if (d->frame.function.len)
      buf_printf(out, " in %.*s", STR_ARG(d->frame.function));
    buf_add_char(out, '\n');
    if (d->frame.source.len)
      buf_printf(out, "    %.*s\n", STR_ARG(mask_secrets(d->arena, d->frame.source)));
  }
  const char *comma = "  ";
  if (d->table.len) {
    buf_printf(out, "%stable %.*s", comma, STR_ARG(d->table));
    comma = ", ";
  }
  for (size_t i = 0; i < d->columns.len; i++) {
    const char *word = i ? "" : d->columns.len > 1 ? "columns " : "column ";
    buf_printf(out, "%s%s%.*s", comma, word, STR_ARG(d->columns.items[i]));
    comma = ", ";
  }
  if (d->constraint.len) {
    buf_printf(out, "%sconstraint %.*s", comma, STR_ARG(d->constraint));
    comma = ", ";
  }
  if (*comma == ',')
    buf_add_char(out, '\n');
  if (d->statement.len) {
    Str shown = first_lines(d->statement, 6, 600);
    buf_add_text(out, "  the statement was\n");
    add_indented(out, shown);
  }
}

static int by_weight(const Diagnosis *d, CauseWeight weight, Buf *out, int number) {
  for (size_t i = 0; i < d->causes.len; i++) {
    const Cause *c = &d->causes.items[i];
    if (c->weight != weight)
      continue;
    char first[16];
    snprintf(first, sizeof first, "  %d. ", ++number);
    Str text = c->text;
    if (c->path.len)
      text = str_format(d->arena, "%.*s (%.*s:%u)", STR_ARG(c->text), STR_ARG(c->path),
                        c->line);
    add_wrapped(out, text, first, "     ");
  }
  return number;
}

static bool has_weight(const Diagnosis *d, CauseWeight weight) {
  for (size_t i = 0; i < d->causes.len; i++)
    if (d->causes.items[i].weight == weight)
      return true;
  return false;
}

static void print_causes(const Diagnosis *d, Buf *out) {
  if (!d->causes.len)
    return;
  int number = 0;
  buf_add_text(out, "\nWhy\n");
  if (has_weight(d, CAUSE_SHOWN)) {
    buf_add_text(out, "Your code shows it:\n");
    number = by_weight(d, CAUSE_SHOWN, out, number);
  }
  if (has_weight(d, CAUSE_LIKELY)) {
    buf_add_text(out, "What the message speaks for:\n");
    number = by_weight(d, CAUSE_LIKELY, out, number);
  }
  if (has_weight(d, CAUSE_LISTED)) {
    if (number)
      buf_add_text(out, "Other causes of this error, the most frequent first:\n");
    else
      buf_add_text(out, "The causes of this error, the most frequent first:\n");
    by_weight(d, CAUSE_LISTED, out, number);
  }
}

static void print_unknown(const Diagnosis *d, Buf *out) {
  if (d->possible.len)
    add_wrapped(
        out,
        str_format(
            d->arena,
            "Nothing in the text says that this comes from SQLAlchemy. If it does, "
            "it is %.*s.",
            STR_ARG(d->possible)),
        "", "");
  else if (d->what.len)
    buf_add_text(out, "The message itself is cut, or I do not know it: this is what its "
                      "class tells. Paste the whole traceback for more.\n");
  else
    buf_add_text(out, "I do not know this error. Paste the whole traceback, from "
                      "\"Traceback\" to the last line.\n");
}

void diagnose_print(const Diagnosis *d, Buf *out) {
  print_head(d, out);
  buf_add_text(out, "What happened\n");
  if (d->what.len)
    add_wrapped(out, d->what, "", "");
  if (!d->entry.len)
    print_unknown(d, out);
  if (!d->what.len && d->message.len)
    add_indented(out, first_lines(d->message, 4, 600));
  if (d->uncertain)
    buf_add_text(out, "The text is cut or not in English: this goes by the class of the "
                      "error alone.\n");
  if (d->autoflush)
    buf_add_text(out, "It was raised by an autoflush: a query ran while unfinished "
                      "objects were pending in the session.\n");
  if (d->inner_entry.len)
    buf_printf(out, "It only repeats an earlier error, which is the one to mend: %.*s.\n",
               STR_ARG(d->inner_entry));
  print_place(d, out);
  print_causes(d, out);
  if (d->fix.len) {
    buf_add_text(out, "\nFix\n");
    add_wrapped(out, d->fix, "", "");
  }
  if (d->fix_diff.len) {
    buf_add_text(out, "For your code:\n\n");
    buf_add_str(out, d->fix_diff);
  }
  if (d->check.len) {
    buf_add_text(out, "\nHow to check\n");
    add_wrapped(out, d->check, "", "");
  }
  if (d->echo.len)
    add_wrapped(out, d->echo, "", "");
  if (d->repro.len) {
    buf_printf(out, "\nA program that raises the same (%.*s)\n\n",
               STR_ARG(d->repro_raises));
    add_indented(out, d->repro);
  }
  if (d->repro_note.len)
    add_wrapped(out, d->repro_note, d->repro.len ? "" : "\n", "");
}

static void json_frame(const Diagnosis *d, JsonWriter *w) {
  json_key(w, "frame");
  if (!d->frame.line) {
    json_none(w);
    return;
  }
  json_begin_object(w);
  json_field(w, "path", d->frame.path);
  json_field_int(w, "line", d->frame.line);
  json_field(w, "function", d->frame.function);
  json_field(w, "source", mask_secrets(d->arena, d->frame.source));
  json_field_bool(w, "in_project", d->frame.in_project);
  json_end_object(w);
}

static void json_causes(const Diagnosis *d, JsonWriter *w) {
  static const char *const names[] = {"listed", "likely", "shown"};
  json_key(w, "causes");
  json_begin_array(w);
  for (int weight = CAUSE_SHOWN; weight >= CAUSE_LISTED; weight--)
    for (size_t i = 0; i < d->causes.len; i++) {
      const Cause *c = &d->causes.items[i];
      if ((int)c->weight != weight)
        continue;
      json_begin_object(w);
      json_field(w, "text", c->text);
      json_field(w, "evidence", str_from(names[weight]));
      json_field(w, "path", c->path.len ? c->path : (Str){0});
      if (c->line)
        json_field_int(w, "line", c->line);
      else
        json_field(w, "line", (Str){0});
      json_end_object(w);
    }
  json_end_array(w);
}

// An empty string is null: not known.
static void field(JsonWriter *w, const char *key, Str s) {
  json_field(w, key, s.len ? s : (Str){0});
}

void diagnose_json(const Diagnosis *d, JsonWriter *w) {
  json_begin_object(w);
  field(w, "entry", d->entry);
  field(w, "inner_entry", d->inner_entry);
  field(w, "possible_entry", d->possible);
  json_field_bool(w, "uncertain", d->uncertain);
  field(w, "exception", d->exception);
  field(w, "driver", d->driver);
  field(w, "driver_class", d->driver_class);
  field(w, "series", d->series);
  field(w, "code", d->code);
  field(w, "message", d->message);
  json_field_bool(w, "autoflush", d->autoflush);
  field(w, "statement", d->statement);
  field(w, "parameters", d->parameters);
  field(w, "constraint", d->constraint);
  field(w, "schema", d->schema);
  field(w, "table", d->table);
  json_key(w, "columns");
  json_begin_array(w);
  for (size_t i = 0; i < d->columns.len; i++)
    json_str(w, d->columns.items[i]);
  json_end_array(w);
  json_frame(d, w);
  field(w, "what", d->what);
  json_causes(d, w);
  field(w, "check", d->check);
  json_key(w, "fix");
  json_begin_object(w);
  field(w, "text", d->fix);
  field(w, "diff", d->fix_diff);
  json_end_object(w);
  field(w, "echo", d->echo);
  json_key(w, "repro");
  json_begin_object(w);
  field(w, "code", d->repro);
  field(w, "raises", d->repro_raises);
  field(w, "note", d->repro_note);
  json_end_object(w);
  json_end_object(w);
}
