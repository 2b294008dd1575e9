#define _XOPEN_SOURCE 700 // mkdtemp
// Unit tests of base/process.h: children that behave, and some that do not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
// cmocka wants the four above first
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/process.h"

static ProcessResult run(ProcessSpec spec, const char *script) {
  const char *argv[] = {"sh", "-c", script, NULL};
  ProcessResult r;
  Err err = {0};
  spec.argv = argv;
  if (!process_run(&spec, &r, &err))
    fail_msg("%s", err.message);
  return r;
}

static void test_process__streams_and_status(void **state) {
  (void)state;
  ProcessResult r =
      run((ProcessSpec){.input = STR("hello")}, "cat; echo bad >&2; exit 7");
  assert_int_equal(r.end, PROCESS_EXITED);
  assert_int_equal(r.code, 7);
  assert_true(str_is(buf_str(&r.out), "hello"));
  assert_true(str_is(buf_str(&r.err), "bad\n"));
  process_result_free(&r);
}

static void test_process__much_input_and_output(void **state) {
  (void)state;
  size_t len = 8 << 20;
  char *bytes = mem_alloc(len);
  memset(bytes, 'x', len);
  ProcessResult r = run((ProcessSpec){.input = {bytes, len}}, "cat");
  assert_int_equal(r.code, 0);
  assert_int_equal(r.out.len, len);
  process_result_free(&r);
  r = run((ProcessSpec){.input = {bytes, len}}, "exec true"); // never reads it
  assert_int_equal(r.end, PROCESS_EXITED);
  process_result_free(&r);
  mem_free(bytes);
}

static void test_process__environment_and_folder(void **state) {
  (void)state;
  const char *env[] = {"WORD=here", "PATH=/usr/bin:/bin", NULL};
  ProcessResult r =
      run((ProcessSpec){.env = env, .folder = "/"}, "echo $WORD $HOME; pwd");
  assert_true(str_is(buf_str(&r.out), "here\n/\n"));
  process_result_free(&r);
}

static void test_process__time_is_bounded(void **state) {
  (void)state;
  // The grandchild holds the pipe open and ignores hang-ups; it dies with the group.
  char folder[] = "/tmp/aludel-process-XXXXXX", path[64], script[256];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/alive", folder);
  snprintf(script, sizeof script,
           "trap '' TERM HUP; (sleep 0.6; echo >%s) & echo started; sleep 60", path);
  ProcessResult r = run((ProcessSpec){.wall_ms = 200}, script);
  assert_int_equal(r.end, PROCESS_TIMEOUT);
  assert_true(str_is(buf_str(&r.out), "started\n"));
  nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
  assert_int_not_equal(access(path, F_OK), 0);
  rmdir(folder);
  process_result_free(&r);
}

static void test_process__child_that_leaves_another_behind(void **state) {
  (void)state;
  ProcessResult r = run((ProcessSpec){.wall_ms = 20000}, "sleep 60 & echo done");
  assert_int_equal(r.end, PROCESS_EXITED);
  assert_true(str_is(buf_str(&r.out), "done\n"));
  assert_true(r.ms < 10000);
  process_result_free(&r);
}

static void test_process__output_is_bounded(void **state) {
  (void)state;
  ProcessResult r = run((ProcessSpec){.output_max = 1000}, "while :; do echo yes; done");
  assert_int_equal(r.end, PROCESS_TOO_MUCH);
  assert_int_equal(r.out.len, 1000);
  process_result_free(&r);
  r = run((ProcessSpec){.output_max = 4}, "printf 1234");
  assert_int_equal(r.end, PROCESS_EXITED);
  assert_int_equal(r.out.len, 4);
  process_result_free(&r);
}

static void test_process__processor_time_is_bounded(void **state) {
  (void)state;
  ProcessResult r = run((ProcessSpec){.cpu_seconds = 1}, "while :; do :; done");
  assert_int_equal(r.end, PROCESS_SIGNAL);
  assert_true(r.code == SIGXCPU || r.code == SIGKILL);
  process_result_free(&r);
}

static void test_process__what_cannot_start(void **state) {
  (void)state;
  ProcessResult r;
  Err err = {0};
  const char *argv[] = {"no-such-program-at-all", NULL};
  assert_false(process_run(&(ProcessSpec){.argv = argv}, &r, &err));
  assert_int_equal(err.kind, ERR_NOT_FOUND);
  assert_non_null(strstr(err.message, "no-such-program-at-all"));
  process_result_free(&r);
  const char *true_argv[] = {"true", NULL};
  assert_false(process_run(&(ProcessSpec){.argv = true_argv, .folder = "/no/such/folder"},
                           &r, &err));
  assert_int_equal(err.kind, ERR_NOT_FOUND);
  process_result_free(&r);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_process__streams_and_status),
      cmocka_unit_test(test_process__much_input_and_output),
      cmocka_unit_test(test_process__environment_and_folder),
      cmocka_unit_test(test_process__time_is_bounded),
      cmocka_unit_test(test_process__child_that_leaves_another_behind),
      cmocka_unit_test(test_process__output_is_bounded),
      cmocka_unit_test(test_process__processor_time_is_bounded),
      cmocka_unit_test(test_process__what_cannot_start),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
