// cmd_diagnose.c: `aludel diagnose` explains an error.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/verify.h"
#include "base/io.h"
#include "cli/command_project.h"
#include "diagnose/diagnose.h"

// Of a longer text the end is read: that is where the error stands.
enum {
  INPUT_MAX = 32 << 20
};

static bool read_input(CommandCtx *cx, Str *text) {
  const char *path = cx->arg_count ? cx->args[0] : "-";
  bool standard = !strcmp(path, "-"), cut;
  Err err = {0};
  int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  bool ok = fd >= 0 ? io_read_tail(&cx->arena, fd, INPUT_MAX, text, &cut, &err)
                    : err_errno(&err, errno, "cannot be opened");
  if (!standard && fd >= 0)
    close(fd);
  if (!ok)
    command_error("%s: %s", standard ? "standard input" : path, err.message);
  else if (cut)
    command_warning("only the last %d MB are read", INPUT_MAX >> 20);
  return ok;
}

static bool use_project(CommandCtx *cx, Diagnosis *d, const char *path, Config *config,
                        Project *project) {
  static const int versions[] = {[SQLALCHEMY_UNKNOWN] = 0,
                                 [SQLALCHEMY_1_4] = 14,
                                 [SQLALCHEMY_2_0] = 20,
                                 [SQLALCHEMY_2_1] = 21};
  Err err = {0};
  if (!config_find(config, &cx->arena, path, &err) ||
      !project_open(project, &path, 1, config, 0, &err)) {
    command_error("%s", err.message);
    return false;
  }
  for (uint32_t i = 0; i < project->file_count; i++)
    if (project->files[i]->readable)
      source_index_lines(&project->files[i]->source, &project->files[i]->arena);
  Resolver *r = resolver_new(project, &cx->arena);
  Models *models =
      models_read(project, r, versions[config->target_sqlalchemy], &cx->arena);
  diagnose_in_project(d, project, models);
  models_free(models);
  resolver_free(r);
  return true;
}

// Runs the reproduction; one that does not raise what it says is not shown.
static void check_repro(CommandCtx *cx, Diagnosis *d, const char *project) {
  VerifyBlock block = {.code = d->repro};
  VerifyReport report;
  Err err = {0};
  if (!d->repro.ptr || option_given(cx, "no-run"))
    return;
  VerifyRequest request = {.blocks = &block,
                           .count = 1,
                           .project = project,
                           .raises = str_copy(&cx->arena, d->repro_raises).ptr};
  if (!verify_run(&request, &report, &cx->arena, &err)) {
    d->repro_note = str_format(&cx->arena, "It was not run: %s.", err.message);
    return;
  }
  if (!report.ran)
    d->repro_note = STR("It was not run: no Python with SQLAlchemy was found.");
  else if (report.failed) {
    d->repro = (Str){0};
    d->repro_note = str_format(
        &cx->arena, "With SQLAlchemy %.*s no short program raises it on SQLite.",
        STR_ARG(report.sqlalchemy));
  } else {
    d->repro_note = str_format(
        &cx->arena, "It was run with SQLAlchemy %.*s, Python %.*s, and raises it.",
        STR_ARG(report.sqlalchemy), STR_ARG(report.python));
    for (size_t i = 0; i < report.steps.len; i++)
      if (report.steps.items[i].status == VERIFY_SKIPPED)
        d->repro_note = str_format(&cx->arena, "It could not be run here: %.*s.",
                                   STR_ARG(report.steps.items[i].detail));
  }
  verify_report_free(&report);
}

static int run(CommandCtx *cx) {
  Str text;
  Diagnosis d;
  Config config = {0};
  Project project = {0};
  if (!read_input(cx, &text))
    return EXIT_ERROR;
  const char *folder = command_project_folder(cx);
  config_init(&config, &cx->arena, ".");
  diagnose_text(&d, &cx->arena, text);
  int status = d.entry.len ? EXIT_FINE : EXIT_FINDINGS;
  if (folder && !use_project(cx, &d, folder, &config, &project)) {
    status = EXIT_ERROR;
  } else {
    check_repro(cx, &d, folder);
    if (option_given(cx, "json")) {
      diagnose_json(&d, &(JsonWriter){.out = &cx->out, .indent = 2});
      buf_add_char(&cx->out, '\n');
    } else {
      diagnose_print(&d, &cx->out);
    }
  }
  diagnose_free(&d);
  project_free(&project);
  config_free(&config);
  return status;
}

static const Option options[] = {
    {"project", 0, OPTION_TEXT, "PATH", NULL,
     "The project whose code raised it (the current folder where it looks like one)"},
    {"json", 0, OPTION_FLAG, NULL, NULL, "Print an object instead of text"},
    {"no-run", 0, OPTION_FLAG, NULL, NULL, "Do not run the reproduction"},
    {.name = NULL},
};

const Command command_diagnose = {
    .name = "diagnose",
    .summary = "Explain a traceback, a log or an error message",
    .positional = "[FILE|-]",
    .args_max = 1,
    .details =
        "Reads standard input where no FILE is given. Finds the exception, the driver, "
        "the "
        "statement,\nthe constraint and the place in the project's code, says why it "
        "happened and how to mend it,\nand shows a program that raises the same, after "
        "running it.\n"
        "Exit status: 0 the error is known, 1 it is not, 2 the text cannot be read.",
    .options = options,
    .run = run,
};
