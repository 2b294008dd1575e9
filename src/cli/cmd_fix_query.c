// cmd_fix_query.c: `aludel fix-query`: the modern form of a legacy query, from a snippet.
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "cli/command.h"
#include "codemod/snippet.h"

enum {
  MOST_BYTES = 16 << 20
};

// The argument itself, the file it names, or standard input.
static bool read_snippet(CommandCtx *cx, Str *text, Err *err) {
  struct stat st;
  const char *arg = cx->args[0];
  if (!strcmp(arg, "-"))
    return io_read_all(&cx->arena, STDIN_FILENO, MOST_BYTES, 1, text, err);
  if (strlen(arg) < 4096 && !stat(arg, &st) && S_ISREG(st.st_mode)) {
    Source source = {0};
    if (!source_read(&source, &cx->arena, arg, err))
      return false;
    *text = source.text;
    return true;
  }
  *text = str_from(arg);
  return true;
}

static void write_text(const Snippet *s, Buf *out) {
  buf_add_str(out, s->code);
  if (s->code.len && s->code.ptr[s->code.len - 1] != '\n')
    buf_add_char(out, '\n');
  if (!s->changes.len) {
    buf_add_text(out, "\nNothing of SQLAlchemy 1.x was found.\n");
    return;
  }
  buf_add_char(out, '\n');
  for (size_t i = 0; i < s->imports.len; i++)
    buf_printf(out, "needs    %.*s\n", STR_ARG(s->imports.items[i]));
  for (size_t i = 0; i < s->changes.len; i++) {
    const SnippetChange *c = &s->changes.items[i];
    buf_printf(out, "%s line %u: %.*s %.*s\n", c->converted ? "changed" : "left   ",
               c->line, STR_ARG(c->code), STR_ARG(c->reason));
  }
  for (size_t i = 0; i < s->assumed.len; i++)
    buf_printf(out, "assumed  %.*s\n", STR_ARG(s->assumed.items[i]));
}

static void write_json(const Snippet *s, Buf *out) {
  JsonWriter w = {.out = out, .indent = 2};
  json_begin_object(&w);
  json_field(&w, "code", s->code);
  json_key(&w, "imports");
  json_begin_array(&w);
  for (size_t i = 0; i < s->imports.len; i++)
    json_str(&w, s->imports.items[i]);
  json_end_array(&w);
  json_key(&w, "changes");
  json_begin_array(&w);
  for (size_t i = 0; i < s->changes.len; i++) {
    const SnippetChange *c = &s->changes.items[i];
    json_begin_object(&w);
    json_field_int(&w, "line", c->line);
    json_field(&w, "code", c->code);
    json_field_bool(&w, "converted", c->converted);
    json_field(&w, "reason", c->reason);
    json_end_object(&w);
  }
  json_end_array(&w);
  json_key(&w, "assumed");
  json_begin_array(&w);
  for (size_t i = 0; i < s->assumed.len; i++)
    json_str(&w, s->assumed.items[i]);
  json_end_array(&w);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static int run(CommandCtx *cx) {
  Err err = {0};
  Str text;
  Snippet s;
  SqlalchemyTarget target =
      option_get(cx, "target")->choice ? SQLALCHEMY_2_1 : SQLALCHEMY_2_0;
  if (!read_snippet(cx, &text, &err))
    return command_error("%s", err.message);
  if (!str_trim(text).len)
    return command_error("the snippet is empty; give code, a file, or `-`");
  if (!snippet_modernize(&s, text, target, &err)) {
    snippet_free(&s);
    return command_error("%s", err.message);
  }
  if (option_given(cx, "json"))
    write_json(&s, &cx->out);
  else
    write_text(&s, &cx->out);
  int status = s.left ? EXIT_FINDINGS : EXIT_FINE;
  snippet_free(&s);
  return status;
}

static const char *const targets[] = {"2.0", "2.1", NULL};

static const Option options[] = {
    {"json", 0, OPTION_FLAG, NULL, NULL,
     "Print an object with `code`, `imports`, `changes` and `assumed`"},
    {"target", 0, OPTION_CHOICE, "VERSION", targets, "The SQLAlchemy to write for"},
    {.name = NULL},
};

const Command command_fix_query = {
    .name = "fix-query",
    .summary = "Print the 2.x form of a legacy query",
    .positional = "CODE|FILE|-",
    .args_min = 1,
    .args_max = 1,
    .details =
        "The snippet needs no project: names that it does not define are taken for "
        "what their use says, and that is\nstated. Each change comes with its "
        "reason.\nExit status: 0 all was rewritten, 1 something was left, 2 the "
        "snippet cannot be read.",
    .options = options,
    .run = run,
};
