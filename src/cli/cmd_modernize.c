// cmd_modernize.c: `aludel modernize`: SQLAlchemy 1.x to 2.x for a whole project.
#define _XOPEN_SOURCE 700 // realpath
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "cli/command_project.h"
#include "cli/modernize_report.h"
#include "project/detect.h"
#include "sqla/api.h"
#include "text/changeset.h"
#include "text/diff.h"

typedef Vec(Str) StrVec;

typedef struct {
  CommandCtx *cx;
  Config config;
  Project project;
  ModernizeSettings settings;
  Detection detection;
  Modernization result;
  StrVec folders; // that were asked for
  bool failed;    // a file could not be read
} Run;

// ---- Reading

static bool set_up(Run *r, Err *err) {
  CommandCtx *cx = r->cx;
  const OptionValue *select = option_get(cx, "select");
  const OptionValue *ignore = option_get(cx, "ignore");
  r->settings = (ModernizeSettings){
      .target = option_get(cx, "target")->choice ? SQLALCHEMY_2_1 : SQLALCHEMY_2_0,
      .profile = option_get(cx, "profile")->choice ? PROFILE_MODERN : PROFILE_COMPAT,
      .unsafe = option_given(cx, "unsafe"),
      .threads = (int)option_get(cx, "jobs")->number,
      .select = select->list.items,
      .select_count = select->list.len,
      .ignore = ignore->list.items,
      .ignore_count = ignore->list.len};
  if (option_given(cx, "diff") && option_given(cx, "write"))
    return err_set(err, ERR_USAGE, "--diff and --write exclude each other");
  return modernize_check_selectors(&r->settings, err) &&
         command_config(cx, &r->config, err) &&
         project_open_around(&r->project, cx->args, cx->arg_count, &r->config,
                             &sqla_rewrite_focus, r->settings.threads, err);
}

static void show_unreadable(Run *r) {
  for (uint32_t i = 0; i < r->project.problem_count; i++) {
    command_warning("%.*s: %s", STR_ARG(r->project.problems[i].path),
                    r->project.problems[i].error.message);
    r->failed = true;
  }
  for (uint32_t i = 0; i < r->project.file_count; i++)
    if (!r->project.files[i]->readable && !r->project.files[i]->is_context) {
      command_error("%s", r->project.files[i]->error.message);
      r->failed = true;
    }
}

// The folders that were asked for, links resolved; those of named files where `of_files`.
static void asked_folders(const Run *r, bool of_files, StrVec *out) {
  const char *here[] = {"."};
  const char *const *args = r->cx->arg_count ? r->cx->args : here;
  size_t count = r->cx->arg_count ? r->cx->arg_count : 1;
  for (size_t i = 0; i < count; i++) {
    struct stat st;
    Str path = str_copy(&r->cx->arena, str_from(args[i]));
    if (stat(path.ptr, &st) == 0 && !S_ISDIR(st.st_mode)) {
      if (!of_files)
        continue;
      size_t slash = str_rfind_char(path, '/');
      path = slash == SIZE_MAX
                 ? STR(".")
                 : str_copy(&r->cx->arena, str_slice(path, 0, slash + !slash));
    }
    char *real = realpath(path.ptr, NULL);
    if (real)
      vec_push(out, str_copy(&r->cx->arena, str_from(real)));
    free(real);
  }
}

static void learn_source(Run *r) {
  detect_project(&r->detection, &r->cx->arena, &r->project);
  const Detection found = r->detection;
  // Files beside the code are part of it where a whole folder is asked for.
  asked_folders(r, false, &r->folders);
  r->settings.detection = r->folders.len ? &r->detection : NULL;
  r->settings.folders = r->folders.items;
  r->settings.folder_count = r->folders.len;
  r->settings.databases = detected_databases(&found);
  r->settings.source = r->config.target_sqlalchemy;
  r->settings.source_proven = r->settings.source != SQLALCHEMY_UNKNOWN || found.proven;
  if (!r->settings.source)
    r->settings.source = found.sqlalchemy;
  if (found.python_major == 3)
    r->settings.python_minor = found.python_minor;
  if (r->config.python_major == 3)
    r->settings.python_minor = r->config.python_minor;
}

// ---- Writing

// The folder that holds everything that changes: the current one where it does, so that
// `aludel undo` finds it, else the project's.
static const char *root_folder(const Run *r) {
  char *here = realpath(".", NULL);
  bool inside = here != NULL;
  for (uint32_t i = 0; i < r->result.file_count && inside; i++) {
    const ModernizedFile *f = &r->result.files[i];
    size_t n = strlen(here);
    if (f->changed)
      inside = n == 1 || (f->absolute.len > n && !strncmp(f->absolute.ptr, here, n) &&
                          f->absolute.ptr[n] == '/');
  }
  const char *root = inside ? "." : str_copy(&r->cx->arena, r->project.folder).ptr;
  free(here);
  return root;
}

// False with a message where git says that something is not committed. No git, no
// repository: nothing to protect.
static bool is_clean(const char *root, Err *err) {
  static const char *const argv[] = {"git", "status", "--porcelain",
                                     "--untracked-files=no", NULL};
  ProcessSpec spec = {
      .argv = argv, .folder = root, .wall_ms = 60000, .output_max = 1 << 20};
  ProcessResult result = {0};
  bool clean = true;
  if (process_run(&spec, &result, NULL) && result.end == PROCESS_EXITED && !result.code &&
      result.out.len) {
    Str first = buf_str(&result.out);
    first = str_slice(first, 0, str_find_char(first, '\n', 0));
    clean = err_set(err, ERR_INPUT,
                    "the git tree has changes that are not committed (%.*s); commit them "
                    "or use --allow-dirty",
                    STR_ARG(str_trim(first)));
  }
  process_result_free(&result);
  return clean;
}

// False where a link leads out of what was asked for.
static bool stays_inside(const Run *r, Err *err) {
  StrVec folders = {0};
  asked_folders(r, true, &folders);
  bool good = true;
  for (uint32_t i = 0; i < r->result.file_count && good; i++) {
    const ModernizedFile *f = &r->result.files[i];
    bool inside = !f->changed;
    for (size_t k = 0; k < folders.len && !inside; k++)
      inside = str_is_within(f->absolute, folders.items[k]);
    if (!inside)
      good = err_set(err, ERR_INPUT,
                     "%.*s is a link that leads out of the project; nothing was written",
                     STR_ARG(f->path));
  }
  vec_free(&folders);
  return good;
}

static bool write_all(Run *r, Err *err) {
  if (!stays_inside(r, err))
    return false;
  const char *root = root_folder(r);
  if (!option_given(r->cx, "allow-dirty") && !is_clean(root, err))
    return false;
  ChangeSet set = {0};
  bool good = changeset_init(&set, &r->cx->arena, root, err);
  for (uint32_t i = 0; good && i < r->result.file_count; i++) {
    const ModernizedFile *f = &r->result.files[i];
    if (f->changed)
      good = changeset_replace(&set, f->absolute, f->bytes_before, f->bytes_after,
                               &f->stamp, err);
  }
  good = good && changeset_write(&set, "modernize", err);
  changeset_free(&set);
  return good;
}

static void show_diffs(const Run *r, Buf *out) {
  for (uint32_t i = 0; i < r->result.file_count; i++) {
    const ModernizedFile *f = &r->result.files[i];
    if (f->changed)
      diff_unified(f->before, f->after, f->path, f->path, out);
  }
}

// ---- The command

// Without what was read around them for its meaning only.
static uint32_t files_named(const Run *r) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < r->project.file_count; i++)
    n += !r->project.files[i]->is_context;
  return n;
}

static void report(const Run *r, bool written, Buf *out) {
  static void (*const writers[])(const ModernizeReport *, Buf *) = {
      modernize_report_text, modernize_report_json, modernize_report_html};
  ModernizeReport report = {.m = &r->result,
                            .settings = &r->settings,
                            .files_read = files_named(r),
                            .written = written};
  writers[option_get(r->cx, "output-format")->choice](&report, out);
}

static bool send(Run *r, Buf *out, Err *err) {
  const char *path = option_text(r->cx, "output-file");
  if (!path) {
    buf_add_str(&r->cx->out, buf_str(out));
    return true;
  }
  return access(path, F_OK) == 0 ? io_replace_file(path, buf_str(out), NULL, err)
                                 : io_create_file(path, buf_str(out), err);
}

static int modernize(Run *r, Buf *out, Err *err) {
  learn_source(r);
  modernize_project(&r->result, &r->project, &r->settings);
  for (size_t i = 0; i < r->result.bugs.len; i++)
    command_warning("%.*s", STR_ARG(r->result.bugs.items[i]));
  if (r->result.unstable)
    command_warning("rewriting did not settle in %d rounds; please report this",
                    MODERNIZE_MAX_ROUNDS);
  bool write = option_given(r->cx, "write");
  if (write && !write_all(r, err))
    return EXIT_ERROR;
  if (option_given(r->cx, "diff"))
    show_diffs(r, out);
  else
    report(r, write, out);
  return r->result.site_count - (write ? r->result.converted : 0) ? EXIT_FINDINGS
                                                                  : EXIT_FINE;
}

static int run(CommandCtx *cx) {
  Run r = {.cx = cx};
  Err err = {0};
  Buf out = {0};
  int status = EXIT_ERROR;
  if (set_up(&r, &err)) {
    show_unreadable(&r);
    status = modernize(&r, &out, &err);
  }
  if (status != EXIT_ERROR && !send(&r, &out, &err))
    status = EXIT_ERROR;
  if (status == EXIT_ERROR)
    command_error("%s", err.message);
  if (r.failed)
    status = EXIT_ERROR;
  buf_free(&out);
  vec_free(&r.folders);
  modernization_free(&r.result);
  project_free(&r.project);
  config_free(&r.config);
  return status;
}

static const char *const formats[] = {"text", "json", "html", NULL};
static const char *const profiles[] = {"compat", "modern", NULL};
static const char *const targets[] = {"2.0", "2.1", NULL};

static const Option options[] = {
    {"profile", 0, OPTION_CHOICE, "PROFILE", profiles,
     "compat: what the target removed or changed, so that the project runs; modern: also "
     "select(), Mapped[], DeclarativeBase"},
    {"target", 0, OPTION_CHOICE, "VERSION", targets, "The SQLAlchemy to write for"},
    {"diff", 0, OPTION_FLAG, NULL, NULL, "Show the changes, write nothing"},
    {"write", 0, OPTION_FLAG, NULL, NULL,
     "Write the changes: all files or none; `aludel undo` takes them back"},
    {"unsafe", 0, OPTION_FLAG, NULL, NULL,
     "Make also changes that hold under a condition that a person should look at"},
    {"allow-dirty", 0, OPTION_FLAG, NULL, NULL,
     "Write although the git tree has changes that are not committed"},
    {"select", 0, OPTION_LIST, "RULES", NULL,
     "Convert these only: codes, their starts, names"},
    {"ignore", 0, OPTION_LIST, "RULES", NULL, "Do not convert these"},
    {"output-format", 0, OPTION_CHOICE, "FORMAT", formats, "text, json or html"},
    {"output-file", 'o', OPTION_TEXT, "FILE", NULL, "Write the report to a file"},
    {"config", 0, OPTION_TEXT, "FILE", NULL, "Use this configuration file"},
    {"isolated", 0, OPTION_FLAG, NULL, NULL, "Use no configuration file"},
    {"jobs", 'j', OPTION_NUMBER, "N", NULL, "Threads (all processors)"},
    {.name = NULL},
};

const Command command_modernize = {
    .name = "modernize",
    .summary = "Rewrite SQLAlchemy 1.x code for 2.0 or 2.1",
    .positional = "[PATH...]",
    .args_max = UINT32_MAX,
    .details =
        "Every place is converted with its meaning kept, or left with the reason and the "
        "line that\nstops it. Without --write nothing is written.\n"
        "Exit status: 0 nothing is left to do, 1 there are places to convert or left, 2 "
        "a "
        "file could not\nbe read or written, or the command line is wrong.",
    .options = options,
    .run = run,
};
