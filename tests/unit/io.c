#define _XOPEN_SOURCE 700 // mkdtemp
// Unit tests of base/io: whole files in, whole files out, and what is left after
// failures.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
// cmocka wants the four above first
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"

typedef struct {
  char folder[64];
  char file[96];
  Arena arena;
} Place;

static int set_up(void **state) {
  Place *p = mem_zalloc(1, sizeof *p);
  snprintf(p->folder, sizeof p->folder, "/tmp/aludel_io.XXXXXX");
  if (!mkdtemp(p->folder))
    return -1;
  snprintf(p->file, sizeof p->file, "%s/file.py", p->folder);
  *state = p;
  return 0;
}

static int tear_down(void **state) {
  Place *p = *state;
  DIR *d = opendir(p->folder);
  for (struct dirent *e; d && (e = readdir(d));) {
    char path[400];
    snprintf(path, sizeof path, "%s/%s", p->folder, e->d_name);
    unlink(path);
  }
  closedir(d);
  rmdir(p->folder);
  arena_reset(&p->arena);
  mem_free(p);
  return 0;
}

static void write_file(const char *path, const char *text) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  assert_int_equal(fclose(f), 0);
}

static void expect_file(Place *p, const char *path, const char *text) {
  Str bytes;
  Err err = {0};
  assert_true(io_read_file(&p->arena, path, 1 << 20, 8, &bytes, NULL, &err));
  assert_true(str_is(bytes, text));
}

static int count_entries(const Place *p) {
  int n = 0;
  DIR *d = opendir(p->folder);
  for (struct dirent *e; (e = readdir(d));)
    n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
  closedir(d);
  return n;
}

static void test_io__reads_only_regular_files(void **state) {
  Place *p = *state;
  Str bytes;
  Err err = {0};
  write_file(p->file, "abc");
  FileStamp stamp;
  assert_true(io_read_file(&p->arena, p->file, 3, 64, &bytes, &stamp, &err));
  assert_true(str_is(bytes, "abc") && stamp.known && stamp.size == 3);
  for (int i = 0; i < 64; i++)
    assert_int_equal(bytes.ptr[3 + i], 0);
  assert_false(io_read_file(&p->arena, p->file, 2, 1, &bytes, NULL, &err));
  assert_int_equal(err.kind, ERR_LIMIT);
  assert_false(io_read_file(&p->arena, p->folder, 9, 1, &bytes, NULL, &err));
  assert_non_null(strstr(err.message, "is a folder"));
  assert_false(io_read_file(&p->arena, "/dev/null", 9, 1, &bytes, NULL, &err));
  assert_non_null(strstr(err.message, "not a regular file"));
  char pipe_path[128];
  snprintf(pipe_path, sizeof pipe_path, "%s/pipe", p->folder);
  assert_int_equal(mkfifo(pipe_path, 0600), 0);
  assert_false(io_read_file(&p->arena, pipe_path, 9, 1, &bytes, NULL, &err)); // no wait
  assert_false(io_read_file(&p->arena, "/no/such", 9, 1, &bytes, NULL, &err));
  assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void test_io__reads_a_pipe_to_its_end(void **state) {
  Place *p = *state;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    char block[1000];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 200; i++)
      if (write(ends[1], block, sizeof block) != (ssize_t)sizeof block)
        _exit(1);
    _exit(0);
  }
  close(ends[1]);
  Str bytes;
  Err err = {0};
  assert_true(io_read_all(&p->arena, ends[0], 1 << 20, 4, &bytes, &err));
  assert_int_equal(bytes.len, 200000);
  close(ends[0]);
  waitpid(child, NULL, 0);
}

static void test_io__replace_keeps_mode_and_link(void **state) {
  Place *p = *state;
  Err err = {0};
  write_file(p->file, "old");
  assert_int_equal(chmod(p->file, 0751), 0);
  char link[128];
  snprintf(link, sizeof link, "%s/link.py", p->folder);
  assert_int_equal(symlink("file.py", link), 0);
  assert_true(io_replace_file(link, STR("new"), NULL, &err));
  struct stat st;
  assert_int_equal(lstat(link, &st), 0);
  assert_true(S_ISLNK(st.st_mode));
  assert_int_equal(stat(p->file, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0751);
  expect_file(p, p->file, "new");
  assert_int_equal(count_entries(p), 2);
}

static void test_io__refuses_what_changed_or_is_read_only(void **state) {
  Place *p = *state;
  Err err = {0};
  Str bytes;
  FileStamp stamp;
  write_file(p->file, "old");
  assert_true(io_read_file(&p->arena, p->file, 99, 1, &bytes, &stamp, &err));
  write_file(p->file, "somebody else's");
  assert_false(io_replace_file(p->file, STR("new"), &stamp, &err));
  assert_non_null(strstr(err.message, "changed by another program"));
  expect_file(p, p->file, "somebody else's");
  assert_int_equal(chmod(p->file, 0444), 0);
  assert_false(io_replace_file(p->file, STR("new"), NULL, &err));
  assert_non_null(strstr(err.message, "read-only"));
  assert_int_equal(unlink(p->file), 0);
  assert_false(io_replace_file(p->file, STR("new"), &stamp, &err));
  assert_int_equal(err.kind, ERR_NOT_FOUND);
  assert_int_equal(count_entries(p), 0);
}

static void test_io__no_folder_for_the_temporary_file(void **state) {
  (void)state;
  Err err = {0};
  assert_false(io_create_file("/no/such/folder/a.py", STR("x"), &err));
  assert_int_equal(err.kind, ERR_NOT_FOUND);
  assert_false(io_replace_file("/proc/self/status", STR("x"), NULL, &err));
}

static void test_io__create_never_overwrites(void **state) {
  Place *p = *state;
  Err err = {0};
  assert_true(io_create_file(p->file, STR("one"), &err));
  assert_false(io_create_file(p->file, STR("two"), &err));
  expect_file(p, p->file, "one");
}

// RLIMIT_FSIZE stands for a full disk: the write stops in the middle.
static void test_io__full_disk_leaves_the_old_file(void **state) {
  Place *p = *state;
  write_file(p->file, "old");
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000});
    static char large[5000];
    Err err = {0};
    bool ok = io_replace_file(p->file, (Str){large, sizeof large}, NULL, &err);
    char other[128];
    snprintf(other, sizeof other, "%s/new.py", p->folder);
    ok = ok || io_create_file(other, (Str){large, sizeof large}, &err);
    _exit(ok || err.kind != ERR_IO);
  }
  int status = -1;
  waitpid(child, &status, 0);
  assert_int_equal(status, 0);
  expect_file(p, p->file, "old");
  assert_int_equal(count_entries(p), 1);
}

// Whenever the process dies the file is the old or the new one, whole.
static void test_io__killed_in_the_middle(void **state) {
  Place *p = *state;
  enum {
    SIZE = 1 << 20
  };
  char *text = mem_alloc(SIZE);
  memset(text, 'a', SIZE);
  Err err = {0};
  assert_true(io_create_file(p->file, (Str){text, SIZE}, &err));
  for (int round = 0; round < 20; round++) {
    pid_t child = fork();
    if (child == 0) {
      for (char c = 'b';; c = c == 'z' ? 'a' : (char)(c + 1)) {
        memset(text, c, SIZE);
        if (!io_replace_file(p->file, (Str){text, SIZE}, NULL, NULL))
          _exit(1);
      }
    }
    nanosleep(&(struct timespec){0, (1000 + round * 700) * 1000L}, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    Str bytes;
    assert_true(io_read_file(&p->arena, p->file, SIZE, 1, &bytes, NULL, &err));
    assert_int_equal(bytes.len, SIZE);
    for (int i = 1; i < SIZE; i++)
      if (bytes.ptr[i] != bytes.ptr[0])
        fail_msg("mixed content at %d", i);
    arena_reset(&p->arena);
  }
  mem_free(text);
}

// Two writers that read the same text: one wins, the other is told.
static void test_io__two_writers(void **state) {
  Place *p = *state;
  Err err = {0};
  Str bytes;
  FileStamp first, second;
  write_file(p->file, "old");
  assert_true(io_read_file(&p->arena, p->file, 99, 1, &bytes, &first, &err));
  assert_true(io_read_file(&p->arena, p->file, 99, 1, &bytes, &second, &err));
  assert_true(io_replace_file(p->file, STR("one"), &first, &err));
  assert_false(io_replace_file(p->file, STR("two"), &second, &err));
  expect_file(p, p->file, "one");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_io__reads_only_regular_files),
      cmocka_unit_test(test_io__reads_a_pipe_to_its_end),
      cmocka_unit_test(test_io__replace_keeps_mode_and_link),
      cmocka_unit_test(test_io__refuses_what_changed_or_is_read_only),
      cmocka_unit_test(test_io__no_folder_for_the_temporary_file),
      cmocka_unit_test(test_io__create_never_overwrites),
      cmocka_unit_test(test_io__full_disk_leaves_the_old_file),
      cmocka_unit_test(test_io__killed_in_the_middle),
      cmocka_unit_test(test_io__two_writers),
  };
  struct CMUnitTest with_place[ARRAY_LEN(tests)];
  for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
    with_place[i] = tests[i];
    with_place[i].setup_func = set_up;
    with_place[i].teardown_func = tear_down;
  }
  return cmocka_run_group_tests(with_place, NULL, NULL);
}
