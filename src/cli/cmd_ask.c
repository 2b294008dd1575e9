// cmd_ask.c: `aludel ask`: a request in a developer's own words.
#include <stdio.h>
#include <unistd.h>

#include "agent/ask.h"
#include "cli/command_project.h"
#include "text/changeset.h"

// ---- Input

static bool is_python(const char *arg) {
  return str_ends(str_from(arg), STR(".py")) && access(arg, R_OK) == 0;
}

// The words of the request, and the files among them.
static bool read_request(CommandCtx *cx, AskOptions *options, Str *text, Err *err) {
  const char **files = arena_array(&cx->arena, const char *, cx->arg_count + 1);
  Buf words = {0};
  for (size_t i = 0; i < cx->arg_count; i++) {
    if (i && is_python(cx->args[i])) {
      files[options->file_count++] = cx->args[i];
    } else if (!strcmp(cx->args[i], "-")) {
      Str all;
      if (!io_read_all(&cx->arena, STDIN_FILENO, REQUEST_MAX, 1, &all, err)) {
        buf_free(&words);
        return err_wrap(err, "standard input");
      }
      buf_printf(&words, "%s%.*s", words.len ? "\n" : "", STR_ARG(all));
    } else {
      buf_printf(&words, "%s%s", words.len ? " " : "", cx->args[i]);
    }
  }
  options->files = files;
  *text = str_copy(&cx->arena, buf_str(&words));
  buf_free(&words);
  if (!str_trim(*text).len)
    return err_set(err, ERR_USAGE,
                   "the request is empty; try: aludel ask \"a User model "
                   "with email and posts\"");
  return true;
}

// ---- Output

// Markdown for a terminal: headings and code stand out; the text stays as it is.
static void write_coloured(Str markdown, Buf *out) {
  bool code = false;
  Str line;
  while (str_next_part(&markdown, '\n', &line)) {
    bool fence = str_starts(line, STR("```"));
    if (fence) {
      code = !code;
      buf_printf(out, "\033[2m%.*s\033[0m\n", STR_ARG(line));
    } else if (code && line.len && line.ptr[0] == '+') {
      buf_printf(out, "\033[32m%.*s\033[0m\n", STR_ARG(line));
    } else if (code && line.len && line.ptr[0] == '-') {
      buf_printf(out, "\033[31m%.*s\033[0m\n", STR_ARG(line));
    } else if (code) {
      buf_printf(out, "\033[36m%.*s\033[0m\n", STR_ARG(line));
    } else {
      buf_printf(out, "%.*s\n", STR_ARG(line));
    }
  }
}

static void print_answer(CommandCtx *cx, const Answer *a) {
  Buf markdown = {0};
  answer_write_markdown(a, &markdown);
  if (command_colours(STDOUT_FILENO))
    write_coloured(buf_str(&markdown), &cx->out);
  else
    buf_add_str(&cx->out, buf_str(&markdown));
  buf_free(&markdown);
}

// ---- Applying

static bool add_edit(ChangeSet *set, const AnswerEdit *e, Err *err) {
  return e->before.ptr ? changeset_replace(set, e->path, e->before, e->after, NULL, err)
                       : changeset_create(set, e->path, e->after, err);
}

static bool apply(CommandCtx *cx, const Answer *a, const char *project, Err *err) {
  ChangeSet set = {0};
  bool ok = changeset_init(&set, &cx->arena, project, err);
  for (size_t i = 0; ok && i < a->edits.len; i++)
    ok = add_edit(&set, &a->edits.items[i], err);
  ok = ok && changeset_write(&set, "ask", err);
  if (ok && !option_given(cx, "json"))
    buf_printf(&cx->out, "\nChanged %zu file%s; `aludel undo` takes it back.\n",
               set.changes.len, set.changes.len == 1 ? "" : "s");
  changeset_free(&set);
  return ok;
}

static const char *project_folder(CommandCtx *cx) {
  const char *folder = command_project_folder(cx);
  return !folder && option_given(cx, "apply") ? "." : folder;
}

static int run(CommandCtx *cx) {
  Err err = {0};
  Str text;
  Answer answer;
  AskOptions options = {.project = project_folder(cx),
                        .run = !option_given(cx, "no-run")};
  if (!read_request(cx, &options, &text, &err))
    return command_error("%s", err.message);
  int status = EXIT_FINE;
  if (!ask(&answer, &options, text, &cx->arena, &err)) {
    status = command_error("%s", err.message);
  } else {
    if (option_given(cx, "json"))
      answer_write_json(&answer, &cx->out);
    else
      print_answer(cx, &answer);
    status = answer.unknown ? EXIT_FINDINGS : EXIT_FINE;
    if (option_given(cx, "apply") && !apply(cx, &answer, options.project, &err))
      status = command_error("%s", err.message);
  }
  answer_free(&answer);
  return status;
}

static const Option options[] = {
    {"project", 0, OPTION_TEXT, "PATH", NULL,
     "The project that the request is about (the current folder where it looks like "
     "one)"},
    {"apply", 0, OPTION_FLAG, NULL, NULL,
     "Write the changes to the project; `aludel undo` takes them back"},
    {"json", 0, OPTION_FLAG, NULL, NULL, "Print the answer as JSON"},
    {"no-run", 0, OPTION_FLAG, NULL, NULL, "Do not run the code before it is shown"},
    {.name = NULL},
};

const Command command_ask = {
    .name = "ask",
    .summary = "Answer a request: models, queries, set-up, reviews, errors, questions",
    .positional = "REQUEST [FILE...]",
    .args_min = 1,
    .args_max = UINT32_MAX,
    .details =
        "Works offline. `-` reads the request from standard input. Code is run before it "
        "is shown, where\na Python with SQLAlchemy is found (.venv of the project, "
        "VIRTUAL_ENV, PATH).\n"
        "Exit status: 0 answered, 1 no answer is known, 2 a file or the command line is "
        "at fault.",
    .options = options,
    .run = run,
};
