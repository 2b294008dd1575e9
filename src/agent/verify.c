// verify.c: finds an interpreter, hands it the blocks, reads back the steps.
//
// What has to be done in Python is in verify_run.py, which the program carries with it.
#define _XOPEN_SOURCE 700 // mkdtemp, nftw
#include "agent/verify.h"

#include "base/embedded.h"
#include "base/process.h"

#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern const EmbeddedFile verify_program[];

// Bounds of the child. SQLAlchemy with FastAPI and a driver takes some 150 MB; address
// space is counted, not memory in use.
enum {
  DEFAULT_MS = 20000,
  CPU_SECONDS = 20,
  FILE_MAX = 64 << 20,
  OUTPUT_MAX = 4 << 20
};
static const size_t memory_max = (size_t)2 << 30;

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *at) {
  (void)st, (void)type, (void)at;
  return remove(path);
}

static bool make_folder(Arena *a, char **folder, Err *err) {
  const char *base = getenv("TMPDIR");
  *folder = arena_printf(a, "%s/aludel-XXXXXX", base && *base == '/' ? base : "/tmp");
  if (!mkdtemp(*folder))
    return err_errno(err, errno, "cannot make a temporary folder in %s", *folder);
  return true;
}

static void remove_folder(const char *folder) {
  nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static Str request_json(const VerifyRequest *request, Buf *out) {
  JsonWriter w = {.out = out};
  json_begin_object(&w);
  json_key(&w, "blocks");
  json_begin_array(&w);
  for (size_t i = 0; i < request->count; i++) {
    json_begin_object(&w);
    if (request->blocks[i].path.ptr)
      json_field(&w, "path", request->blocks[i].path);
    json_field(&w, "code", request->blocks[i].code);
    json_end_object(&w);
  }
  json_end_array(&w);
  json_key(&w, "roots");
  json_begin_array(&w);
  for (size_t i = 0; i < request->root_count; i++)
    json_str(&w, request->roots[i]);
  json_end_array(&w);
  if (request->dialect)
    json_field(&w, "dialect", str_from(request->dialect));
  if (request->raises)
    json_field(&w, "raises", str_from(request->raises));
  if (request->no_helpers)
    json_field_bool(&w, "no_helpers", true);
  json_end_object(&w);
  return buf_str(out);
}

// An interpreter's environment: nothing of ours but where programs and libraries are.
static const char *const *environment(Arena *a, const char *folder) {
  static const char *const kept[] = {"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
                                     "VIRTUAL_ENV"};
  const char **env = arena_array(a, const char *, ARRAY_LEN(kept) + 5);
  size_t n = 0;
  for (size_t i = 0; i < ARRAY_LEN(kept); i++)
    if (getenv(kept[i]))
      env[n++] = arena_printf(a, "%s=%s", kept[i], getenv(kept[i]));
  env[n++] = arena_printf(a, "HOME=%s", folder);
  env[n++] = arena_printf(a, "TMPDIR=%s", folder);
  env[n++] = "LC_ALL=C.UTF-8";
  return env;
}

static Str field(json_t *record, const char *name, Arena *a) {
  const char *text = json_string_value(json_object_get(record, name));
  return text ? str_copy(a, str_from(text)) : (Str){0};
}

static VerifyStatus status_named(Str name) {
  return str_is(name, "ok")       ? VERIFY_OK
         : str_is(name, "failed") ? VERIFY_FAILED
                                  : VERIFY_SKIPPED;
}

static void add_step(VerifyReport *report, VerifyStep step) {
  vec_push(&report->steps, step);
  report->failed |= step.status == VERIFY_FAILED;
}

// Reads the lines that the child wrote. False where it has no SQLAlchemy.
static bool read_steps(VerifyReport *report, Str lines) {
  Str line;
  bool found = false;
  while (str_next_part(&lines, '\n', &line)) {
    json_t *record = json_loadb(line.ptr, line.len, 0, NULL);
    if (!json_is_object(record)) { // cut in the middle by the end of the child
      json_decref(record);
      continue;
    }
    Str step = field(record, "step", report->arena);
    if (str_is(step, "interpreter")) {
      report->interpreter = field(record, "path", report->arena);
      report->python = field(record, "python", report->arena);
      report->sqlalchemy = field(record, "sqlalchemy", report->arena);
      found = report->sqlalchemy.ptr != NULL;
    } else if (found) {
      add_step(report,
               (VerifyStep){
                   .status = status_named(field(record, "status", report->arena)),
                   .step = step,
                   .name = field(record, "name", report->arena),
                   .detail = field(record, "detail", report->arena),
                   .block = (int)json_integer_value(json_object_get(record, "block")),
                   .line = (int)json_integer_value(json_object_get(record, "line")),
               });
    }
    json_decref(record);
  }
  return found;
}

// The last line of what the interpreter printed when it broke down.
static Str last_line(Str text) {
  text = str_trim(text);
  size_t at = str_rfind_char(text, '\n');
  return at == SIZE_MAX ? text : str_slice(text, at + 1, text.len);
}

static void add_ending(VerifyReport *report, const VerifyRequest *request,
                       const ProcessResult *r) {
  VerifyStep step = {.status = VERIFY_FAILED, .step = STR("process"), .block = -1};
  int ms = request->timeout_ms ? request->timeout_ms : DEFAULT_MS;
  switch (r->end) {
  case PROCESS_EXITED:
    if (r->code == 0)
      return;
    step.detail =
        str_format(report->arena, "the interpreter ended with exit status %d: %.*s",
                   r->code, STR_ARG(last_line(buf_str(&r->err))));
    break;
  case PROCESS_SIGNAL:
    step.detail = str_format(report->arena, "the interpreter was ended by signal %d (%s)",
                             r->code, "a crash, or more processor time than it may have");
    break;
  case PROCESS_TIMEOUT:
    step.detail =
        str_format(report->arena, "it did not end within %d seconds", (ms + 999) / 1000);
    break;
  case PROCESS_TOO_MUCH:
    step.detail = STR("it printed without end");
    break;
  }
  add_step(report, step);
}

// Runs the blocks by one interpreter; false where it is none or has no SQLAlchemy.
static bool try_interpreter(const VerifyRequest *request, VerifyReport *report,
                            const char *python, const char *folder, Str input) {
  Arena scratch = {0};
  const char *argv[] = {python, "-I", "-B", "-c", verify_program[0].text, NULL};
  ProcessSpec spec = {
      .argv = argv,
      .env = environment(&scratch, folder),
      .folder = folder,
      .input = input,
      .wall_ms = request->timeout_ms ? request->timeout_ms : DEFAULT_MS,
      .cpu_seconds = CPU_SECONDS,
      .memory = memory_max,
      .file_max = FILE_MAX,
      .output_max = OUTPUT_MAX,
  };
  ProcessResult result;
  bool found =
      process_run(&spec, &result, NULL) && read_steps(report, buf_str(&result.out));
  if (found) {
    report->ran = true;
    report->ms = result.ms;
    add_ending(report, request, &result);
  }
  process_result_free(&result);
  arena_reset(&scratch);
  return found;
}

typedef struct {
  const char *items[5];
  size_t count;
} Candidates;

static void add_candidate(Candidates *c, Arena *a, const char *folder, const char *rest) {
  if (folder && *folder)
    c->items[c->count++] = arena_printf(a, "%s%s", folder, rest);
}

// Absolute paths: the child runs in another folder.
static Candidates candidates(Arena *a, const char *project) {
  Candidates c = {0};
  Str path;
  char *absolute = project ? realpath(project, NULL) : NULL;
  add_candidate(&c, a, absolute, "/.venv/bin/python");
  add_candidate(&c, a, absolute, "/venv/bin/python");
  add_candidate(&c, a, getenv("VIRTUAL_ENV"), "/bin/python");
  free(absolute);
  static const char *const names[] = {"python3", "python"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (process_find(a, names[i], NULL, &path) && path.ptr[0] == '/')
      add_candidate(&c, a, path.ptr, "");
  return c;
}

bool verify_run(const VerifyRequest *request, VerifyReport *report, Arena *arena,
                Err *err) {
  *report = (VerifyReport){.arena = arena};
  char *folder;
  Buf input = {0};
  Candidates c = candidates(arena, request->project);
  if (!make_folder(arena, &folder, err))
    return false;
  request_json(request, &input);
  for (size_t i = 0; i < c.count && !report->ran; i++)
    if (access(c.items[i], X_OK) == 0)
      try_interpreter(request, report, c.items[i], folder, buf_str(&input));
  if (!report->ran)
    report->interpreter = report->python = report->sqlalchemy = (Str){0};
  buf_free(&input);
  remove_folder(folder);
  return true;
}

void verify_report_free(VerifyReport *report) {
  vec_free(&report->steps);
}

static const char *status_words[] = {
    [VERIFY_OK] = "Ran", [VERIFY_FAILED] = "Failed", [VERIFY_SKIPPED] = "Not run"};
static const char *status_names[] = {
    [VERIFY_OK] = "ok", [VERIFY_FAILED] = "failed", [VERIFY_SKIPPED] = "skipped"};

void verify_print(const VerifyReport *report, Buf *out) {
  if (!report->ran) {
    buf_add_text(out, "Not run: no Python with SQLAlchemy was found (.venv, venv, "
                      "VIRTUAL_ENV, PATH).\n");
    return;
  }
  buf_printf(out, "With SQLAlchemy %.*s, Python %.*s:\n", STR_ARG(report->sqlalchemy),
             STR_ARG(report->python));
  for (size_t i = 0; i < report->steps.len; i++) {
    const VerifyStep *s = &report->steps.items[i];
    buf_printf(out, "%s: %.*s", status_words[s->status], STR_ARG(s->step));
    if (s->block >= 0)
      buf_printf(out, " %d", s->block + 1);
    if (s->name.ptr)
      buf_printf(out, " %.*s", STR_ARG(s->name));
    if (s->line > 0)
      buf_printf(out, ", line %d", s->line);
    if (s->detail.ptr)
      buf_printf(out, ": %.*s", STR_ARG(s->detail));
    buf_add_char(out, '\n');
  }
}

void verify_json(const VerifyReport *report, JsonWriter *w) {
  json_begin_object(w);
  json_field_bool(w, "ran", report->ran);
  json_field_bool(w, "failed", report->failed);
  json_field(w, "interpreter", report->interpreter);
  json_field(w, "python", report->python);
  json_field(w, "sqlalchemy", report->sqlalchemy);
  json_key(w, "steps");
  json_begin_array(w);
  for (size_t i = 0; i < report->steps.len; i++) {
    const VerifyStep *s = &report->steps.items[i];
    json_begin_object(w);
    json_field(w, "status", str_from(status_names[s->status]));
    json_field(w, "step", s->step);
    json_field(w, "name", s->name);
    json_field(w, "detail", s->detail);
    json_field_int(w, "block", s->block);
    json_field_int(w, "line", s->line);
    json_end_object(w);
  }
  json_end_array(w);
  json_end_object(w);
}
