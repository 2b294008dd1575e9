// cmd_render.c: `aludel render` fills a Jinja2 template with JSON data.
#include "base/io.h"
#include "cli/command.h"
#include "gen/jinja.h"

#include <unistd.h>

enum {
  MAX_DATA = 256 << 20
};

typedef struct {
  Str folder; // of the template, with its last '/'; empty: the current one
} Files;

static bool stays_below(Str name) {
  Str rest = name, part;
  if (!name.len || name.ptr[0] == '/')
    return false;
  while (str_next_part(&rest, '/', &part)) {
    if (str_is(part, ".."))
      return false;
  }
  return true;
}

// Templates are named from the folder of the one on the command line, and stay below it.
static bool load_file(void *data, Arena *a, Str name, Str *text, Err *err) {
  const Files *files = data;
  if (!stays_below(name))
    return err_set(err, ERR_NOT_FOUND, "'%.*s' is outside of the folder", STR_ARG(name));
  char *path = arena_printf(a, "%.*s%.*s", STR_ARG(files->folder), STR_ARG(name));
  if (access(path, F_OK))
    return err_set(err, ERR_NOT_FOUND, "%s does not exist", path);
  return io_read_file(a, path, JINJA_MAX_TEXT, 1, text, NULL, err);
}

static bool read_text(CommandCtx *cx, const char *path, size_t max, Str *text, Err *err) {
  if (!strcmp(path, "-"))
    return io_read_all(&cx->arena, STDIN_FILENO, max, 1, text, err);
  return io_read_file(&cx->arena, path, max, 1, text, NULL, err);
}

static bool read_data(CommandCtx *cx, const char *path, json_t **data, Err *err) {
  Str text;
  json_error_t wrong;
  if (!read_text(cx, path, MAX_DATA, &text, err))
    return false;
  *data = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &wrong);
  const char *name = strcmp(path, "-") ? path : "<stdin>";
  if (!*data)
    return err_set(err, ERR_INPUT, "%s:%d:%d: %s", name, wrong.line, wrong.column,
                   wrong.text);
  if (!json_is_object(*data))
    return err_set(err, ERR_INPUT,
                   "%s: the data must be a JSON object, like {\"name\": 1}", name);
  return true;
}

static int run_render(CommandCtx *cx) {
  const char *path = cx->args[0], *from = option_text(cx, "data");
  Err err = {0};
  Str text, name = str_from(path);
  json_t *data = NULL;
  if (from && !strcmp(from, "-") && !strcmp(path, "-"))
    return command_error("the template and the data cannot both be standard input");
  Files files = {str_slice(name, 0, str_rfind_char(name, '/') + 1)};
  JinjaOptions options = {
      .trim_blocks = option_given(cx, "trim-blocks"),
      .lstrip_blocks = option_given(cx, "lstrip-blocks"),
      .keep_trailing_newline = option_given(cx, "keep-trailing-newline"),
      .load = load_file,
      .load_data = &files,
  };
  JinjaTemplate *t = NULL;
  bool ok = read_text(cx, path, JINJA_MAX_TEXT, &text, &err) &&
            (!from || read_data(cx, from, &data, &err)) &&
            (t = jinja_compile(&cx->arena, strcmp(path, "-") ? name : STR("<stdin>"),
                               text, &options, &err)) &&
            jinja_render(t, data, &cx->out, &err);
  json_decref(data);
  return ok ? EXIT_FINE : command_error("%s", err.message);
}

static const Option render_options[] = {
    {"data", 'd', OPTION_TEXT, "FILE", NULL,
     "A JSON object: the variables of the template; - reads standard input"},
    {"trim-blocks", 0, OPTION_FLAG, NULL, NULL,
     "Drop the newline behind a block tag or a comment"},
    {"lstrip-blocks", 0, OPTION_FLAG, NULL, NULL,
     "Drop the blanks before a block tag that starts its line"},
    {"keep-trailing-newline", 0, OPTION_FLAG, NULL, NULL,
     "Keep the last newline of the template"},
    {.name = NULL},
};

const Command command_render = {
    .name = "render",
    .summary = "Fill a Jinja2 template with JSON data",
    .positional = "TEMPLATE",
    .args_min = 1,
    .args_max = 1,
    .details =
        "Renders as Jinja2 does with its own defaults, StrictUndefined and without\n"
        "autoescaping. Templates that are included are looked for in the folder of\n"
        "TEMPLATE. `-` reads the template from standard input.",
    .options = render_options,
    .run = run_render,
};
