// cmd_detect.c: `aludel detect` says what a project uses, and how it is known.
#include "cli/command.h"
#include "project/detect.h"

static int run(CommandCtx *cx) {
  Err err = {0};
  Config config = {0};
  Project project = {0};
  const char *path = cx->arg_count ? cx->args[0] : ".";
  int status = EXIT_FINE;
  if (!config_find(&config, &cx->arena, path, &err) ||
      !project_open(&project, &path, 1, &config, (int)option_get(cx, "jobs")->number,
                    &err)) {
    status = command_error("%s", err.message);
  } else {
    Detection found;
    detect_project(&found, &cx->arena, &project);
    JsonWriter w = {.out = &cx->out, .indent = 2};
    if (option_get(cx, "output-format")->choice) {
      detection_json(&found, &w);
      buf_add_char(&cx->out, '\n');
    } else {
      detection_print(&found, &cx->out);
    }
    status = found.main.evidence_count ? EXIT_FINE : EXIT_FINDINGS;
  }
  project_free(&project);
  config_free(&config);
  return status;
}

static const char *const formats[] = {"text", "json", NULL};

static const Option options[] = {
    {"output-format", 0, OPTION_CHOICE, "FORMAT", formats, "text or json"},
    {"jobs", 'j', OPTION_NUMBER, "N", NULL, "Threads (all processors)"},
    {.name = NULL},
};

const Command command_detect = {
    .name = "detect",
    .summary = "Say which SQLAlchemy, drivers and frameworks a project uses",
    .positional = "[PATH]",
    .args_max = 1,
    .details =
        "Each conclusion comes with its evidence: requirement, metadata and lock files, "
        "an "
        "environment\nin .venv, imports, database URLs and idioms. The current folder "
        "where "
        "no PATH is given.\n"
        "Exit status: 0 SQLAlchemy is used, 1 it is not, 2 the path cannot be read.",
    .options = options,
    .run = run,
};
