// cmd_check.c: `aludel check`: findings, and with --fix their repair.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/command_project.h"
#include "cli/report.h"
#include "project/detect.h"
#include "rules/fixer.h"
#include "text/diff.h"

typedef struct {
  CommandCtx *cx;
  Config config;
  Arena arena;
  Project project;
  bool stdin_text; // the one file is standard input
  CheckSettings settings;
  Selection selection;
  FixLevel lowest; // of fixes that may be applied
  bool failed;     // a file could not be read or written
} Check;

// ---- Settings

static bool select_rules(Check *c, Err *err) {
  const Config *config = &c->config;
  SelectLayer from_config = {.select = config->select.items,
                             .select_count = config->select.len,
                             .has_select = config->has_select,
                             .ignore = config->ignore.items,
                             .ignore_count = config->ignore.len,
                             .extend = config->extend_select.items,
                             .extend_count = config->extend_select.len};
  const OptionValue *select = option_get(c->cx, "select");
  const OptionValue *ignore = option_get(c->cx, "ignore");
  const OptionValue *extend = option_get(c->cx, "extend-select");
  SelectLayer from_line = {.select = select->list.items,
                           .select_count = select->list.len,
                           .has_select = select->given,
                           .ignore = ignore->list.items,
                           .ignore_count = ignore->list.len,
                           .extend = extend->list.items,
                           .extend_count = extend->list.len};
  selection_init(&c->selection, &c->arena);
  if (!selection_apply(&c->selection, &from_config, err))
    return err_wrap(err, "%.*s", STR_ARG(config->path));
  return selection_apply(&c->selection, &from_line, err);
}

static const char *const versions[] = {"1.4", "2.0", "2.1", NULL};

static bool set_up(Check *c, Err *err) {
  CommandCtx *cx = c->cx;
  const char *file = option_text(cx, "stdin-filename");
  if (!command_config_of(cx, file, &c->config, err) || !select_rules(c, err))
    return false;
  const OptionValue *version = option_get(cx, "sqlalchemy");
  c->settings = (CheckSettings){
      .target = version->given ? (SqlalchemyTarget)(version->choice + 1)
                               : c->config.target_sqlalchemy,
      .selection = &c->selection,
      .threads = (int)option_get(cx, "jobs")->number,
      .ignore_noqa = option_given(cx, "ignore-noqa"),
  };
  c->settings.oldest = c->settings.target;
  c->lowest = option_given(cx, "unsafe-fixes") ? FIX_UNSAFE : FIX_SAFE;
  return true;
}

// ---- Input

static bool read_stdin(Check *c, Err *err) {
  enum {
    MOST = 256 << 20
  };
  Str text;
  const char *name = option_text(c->cx, "stdin-filename");
  if (!io_read_all(&c->arena, STDIN_FILENO, MOST, 1, &text, err))
    return false;
  if (!name)
    project_init(&c->project, &c->config);
  else if (!project_open_beside(&c->project, name, &c->config, &sqla_focus,
                                c->settings.threads, err))
    return false;
  project_add_text(&c->project, str_from(name ? name : "stdin.py"), text);
  return true;
}

static bool open_project(Check *c, Err *err) {
  CommandCtx *cx = c->cx;
  c->stdin_text = option_given(cx, "stdin-filename") ||
                  (cx->arg_count == 1 && !strcmp(cx->args[0], "-"));
  if (c->stdin_text)
    return read_stdin(c, err);
  return project_open_around(&c->project, cx->args, cx->arg_count, &c->config,
                             &sqla_focus, c->settings.threads, err);
}

// Where nobody said which SQLAlchemy it is, the project's own files do.
static void find_target(Check *c) {
  SqlalchemyTarget oldest;
  if (c->stdin_text && c->project.file_count == 1)
    return;
  SqlalchemyTarget found =
      detect_target(&c->arena, &c->project, &oldest, &c->settings.databases);
  if (c->settings.target != SQLALCHEMY_UNKNOWN)
    return;
  c->settings.target = found;
  c->settings.oldest = oldest;
}

static void show_unreadable(Check *c) {
  for (uint32_t i = 0; i < c->project.problem_count; i++) {
    command_warning("%.*s: %s", STR_ARG(c->project.problems[i].path),
                    c->project.problems[i].error.message);
    c->failed = true;
  }
  for (uint32_t i = 0; i < c->project.file_count; i++)
    if (!c->project.files[i]->readable && !c->project.files[i]->is_context) {
      command_error("%s", c->project.files[i]->error.message);
      c->failed = true;
    }
}

// ---- Output

static void write_statistics(const CheckResult *r, bool json, Buf *out) {
  size_t *counts = mem_zalloc(rules_count + 1, sizeof *counts);
  size_t *fixable = mem_zalloc(rules_count + 1, sizeof *fixable);
  for (size_t i = 0; i < r->count; i++) {
    const Finding *f = r->findings[i];
    uint32_t at = f->rule ? rule_index(f->rule) : rules_count;
    counts[at]++;
    fixable[at] += f->fix.edit_count > 0;
  }
  JsonWriter w = {.out = out, .indent = 2};
  if (json)
    json_begin_array(&w);
  for (;;) {
    uint32_t best = 0;
    for (uint32_t i = 1; i <= rules_count; i++)
      if (counts[i] > counts[best])
        best = i;
    if (!counts[best])
      break;
    Str code = best < rules_count ? str_from(rules[best]->code) : STR("invalid-syntax");
    Str name = best < rules_count ? str_from(rules[best]->name) : STR("");
    if (json) {
      json_begin_object(&w);
      json_field(&w, "code", code);
      json_field(&w, "name", name);
      json_field_int(&w, "count", (long long)counts[best]);
      json_field_int(&w, "fixable_count", (long long)fixable[best]);
      json_end_object(&w);
    } else {
      buf_printf(out, "%zu\t%.*s\t[%c] %.*s\n", counts[best], STR_ARG(code),
                 fixable[best] == counts[best] ? '*'
                 : fixable[best]               ? '-'
                                               : ' ',
                 STR_ARG(name));
    }
    counts[best] = 0;
  }
  if (json) {
    json_end_array(&w);
    buf_add_char(out, '\n');
  }
  mem_free(counts);
  mem_free(fixable);
}

static bool for_people(const Check *c) {
  uint32_t format = option_get(c->cx, "output-format")->choice;
  return format < 2; // full and concise
}

static void write_summary(const Check *c, const CheckResult *r, size_t fixed, Buf *out) {
  size_t safe = 0, unsafe = 0;
  for (size_t i = 0; i < r->count; i++) {
    safe += r->findings[i]->fix.edit_count && r->findings[i]->fix.level == FIX_SAFE;
    unsafe += r->findings[i]->fix.edit_count && r->findings[i]->fix.level == FIX_UNSAFE;
  }
  if (!r->count && !fixed) {
    buf_add_text(out, c->failed
                          ? "No errors in the files that could be read and written.\n"
                          : "All checks passed!\n");
    return;
  }
  if (fixed)
    buf_printf(out, "Found %zu error%s (%zu fixed, %zu remaining).\n", r->count + fixed,
               r->count + fixed == 1 ? "" : "s", fixed, r->count);
  else
    buf_printf(out, "Found %zu error%s.\n", r->count, r->count == 1 ? "" : "s");
  if (c->lowest == FIX_UNSAFE)
    safe += unsafe;
  if (safe)
    buf_printf(out, "[*] %zu fixable with the `--fix` option", safe);
  if (unsafe && c->lowest == FIX_SAFE)
    buf_printf(out, "%s%zu %swith the `--unsafe-fixes` option", safe ? " (" : "", unsafe,
               safe ? "more " : "fixable ");
  if (safe || (unsafe && c->lowest == FIX_SAFE))
    buf_printf(out, "%s.\n", safe && unsafe && c->lowest == FIX_SAFE ? ")" : "");
}

static void write_findings(const Check *c, const CheckResult *r, size_t fixed, Buf *out) {
  static const ReportWriter writers[] = {
#define REPORTER(name, file, help) report_##file,
#include "cli/reporters.def"
#undef REPORTER
  };
  uint32_t format = option_get(c->cx, "output-format")->choice;
  bool to_file = option_given(c->cx, "output-file");
  Report report = {.project = &c->project,
                   .findings = r->findings,
                   .count = r->count,
                   .applied = c->lowest,
                   .colours = !to_file && command_colours(STDOUT_FILENO)};
  if (option_given(c->cx, "statistics")) {
    write_statistics(r, format == 2, out);
    return;
  }
  writers[format](&report, out);
  if (for_people(c) && !option_given(c->cx, "quiet"))
    write_summary(c, r, fixed, out);
}

static bool send(Check *c, Buf *out, Err *err) {
  const char *path = option_text(c->cx, "output-file");
  if (!path) {
    buf_add_str(&c->cx->out, buf_str(out));
    return true;
  }
  if (access(path, F_OK) == 0)
    return io_replace_file(path, buf_str(out), NULL, err);
  return io_create_file(path, buf_str(out), err);
}

// ---- Fixing

// Writes the changed files; gives the number of fixes in files that could be written.
static size_t write_files(Check *c, const FixResult *fixes) {
  size_t fixed = 0;
  for (uint32_t i = 0; i < fixes->file_count; i++) {
    const FixedFile *f = &fixes->files[i];
    if (!f->changed)
      continue;
    Err err = {0};
    const ProjectFile *file = c->project.files[i];
    if (io_replace_file(file->absolute.ptr, f->bytes, &f->stamp, &err)) {
      fixed += f->fixed;
    } else {
      command_error("%s", err.message);
      c->failed = true;
    }
  }
  return fixed;
}

static void write_diffs(const FixResult *fixes, Buf *out) {
  for (uint32_t i = 0; i < fixes->file_count; i++) {
    const FixedFile *f = &fixes->files[i];
    if (f->changed)
      diff_unified(f->before, f->after, f->path, f->path, out);
  }
}

// Standard input is the one file that is not context.
static uint32_t the_text(const Check *c) {
  uint32_t id = 0;
  while (c->project.files[id]->is_context)
    id++;
  return id;
}

static int fix(Check *c, Buf *out) {
  FixResult fixes = {0};
  CheckResult left = {0};
  fix_project(&fixes, &left, &c->project, &c->settings, c->lowest);
  for (size_t i = 0; i < fixes.bugs.len; i++)
    command_warning("%.*s", STR_ARG(fixes.bugs.items[i]));
  if (fixes.unstable)
    command_warning("fixes did not settle in %d rounds; please report this",
                    FIX_MAX_ROUNDS);
  bool diff = option_given(c->cx, "diff");
  int status = left.count ? EXIT_FINDINGS : EXIT_FINE;
  if (diff) {
    write_diffs(&fixes, out);
    status = fixes.fixed ? EXIT_FINDINGS : EXIT_FINE;
    if (!option_given(c->cx, "quiet"))
      fprintf(stderr,
              fixes.fixed ? "Would fix %zu error%s.\n" : "No errors would be fixed.\n",
              fixes.fixed, fixes.fixed == 1 ? "" : "s");
  } else if (c->stdin_text) {
    const ProjectFile *file = c->project.files[the_text(c)];
    const FixedFile *f = &fixes.files[the_text(c)];
    if (file->readable)
      buf_add_str(out, f->changed ? f->bytes : file->source.text);
  } else {
    write_findings(c, &left, write_files(c, &fixes), out);
  }
  check_result_free(&left);
  fix_result_free(&fixes);
  return status;
}

static int check(Check *c, Buf *out) {
  CheckResult result = {0};
  check_project(&result, &c->project, &c->settings);
  write_findings(c, &result, 0, out);
  int status = result.count ? EXIT_FINDINGS : EXIT_FINE;
  check_result_free(&result);
  return status;
}

static int run(CommandCtx *cx) {
  Check c = {.cx = cx};
  Err err = {0};
  Buf out = {0};
  int status = EXIT_ERROR;
  if (set_up(&c, &err) && open_project(&c, &err)) {
    show_unreadable(&c);
    find_target(&c);
    bool fixing = option_given(cx, "fix") || option_given(cx, "diff");
    status = fixing ? fix(&c, &out) : check(&c, &out);
    if (!send(&c, &out, &err))
      status = command_error("%s", err.message);
  } else {
    command_error("%s", err.message);
  }
  if (status == EXIT_FINDINGS && option_given(cx, "exit-zero"))
    status = EXIT_FINE;
  if (c.failed)
    status = EXIT_ERROR;
  buf_free(&out);
  project_free(&c.project);
  config_free(&c.config);
  arena_reset(&c.arena);
  return status;
}

static const char *const formats[] = {
#define REPORTER(name, file, help) name,
#include "cli/reporters.def"
#undef REPORTER
    NULL};

static const Option options[] = {
    {"fix", 0, OPTION_FLAG, NULL, NULL, "Apply the safe fixes"},
    {"unsafe-fixes", 0, OPTION_FLAG, NULL, NULL,
     "Apply, with --fix, also those whose condition a person should look at"},
    {"diff", 0, OPTION_FLAG, NULL, NULL, "Show what --fix would change, write nothing"},
    {"select", 0, OPTION_LIST, "RULES", NULL,
     "Run these rules only: codes, their starts, names, categories, ALL"},
    {"ignore", 0, OPTION_LIST, "RULES", NULL, "Do not run these rules"},
    {"extend-select", 0, OPTION_LIST, "RULES", NULL, "Run these rules as well"},
    {"output-format", 0, OPTION_CHOICE, "FORMAT", formats, "How findings are printed"},
    {"output-file", 'o', OPTION_TEXT, "FILE", NULL, "Write to a file"},
    {"statistics", 0, OPTION_FLAG, NULL, NULL, "Print how often each rule was broken"},
    {"sqlalchemy", 0, OPTION_CHOICE, "VERSION", versions,
     "The SQLAlchemy that the code is written for"},
    {"stdin-filename", 0, OPTION_TEXT, "FILE", NULL,
     "Read standard input as if it were this file"},
    {"config", 0, OPTION_TEXT, "FILE", NULL, "Use this configuration file"},
    {"isolated", 0, OPTION_FLAG, NULL, NULL, "Use no configuration file"},
    {"ignore-noqa", 0, OPTION_FLAG, NULL, NULL, "Report what comments suppress as well"},
    {"jobs", 'j', OPTION_NUMBER, "N", NULL, "Threads (all processors)"},
    {"exit-zero", 0, OPTION_FLAG, NULL, NULL,
     "Exit with 0 even where there are findings"},
    {"quiet", 'q', OPTION_FLAG, NULL, NULL, "Print findings only"},
    {.name = NULL},
};

const Command command_check = {
    .name = "check",
    .summary = "Find and fix SQLAlchemy mistakes",
    .positional = "[PATH...]",
    .args_max = UINT32_MAX,
    .details =
        "Without a path the current folder is checked; `-` reads standard input.\n"
        "Exit status: 0 nothing was found, 1 there are findings, 2 a file could not be "
        "read or written, or the command line or the configuration is wrong.",
    .options = options,
    .run = run,
};
