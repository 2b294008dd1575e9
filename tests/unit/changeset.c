#define _XOPEN_SOURCE 700 // mkdtemp
// Unit tests of text/changeset and undo: all files or none, and back again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
// cmocka wants the four above first
#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text/changeset.h"

typedef struct {
  char root[64];
  Arena arena;
} Place;

static int set_up(void **state) {
  Place *p = mem_zalloc(1, sizeof *p);
  snprintf(p->root, sizeof p->root, "/tmp/aludel_set.XXXXXX");
  if (!mkdtemp(p->root))
    return -1;
  *state = p;
  return 0;
}

static int tear_down(void **state) {
  Place *p = *state;
  char command[256];
  snprintf(command, sizeof command, "chmod -R u+w %s && rm -rf %s", p->root, p->root);
  int r = system(command);
  arena_reset(&p->arena);
  mem_free(p);
  return r;
}

static const char *at(Place *p, const char *name) {
  return arena_printf(&p->arena, "%s/%s", p->root, name);
}

static void write_file(Place *p, const char *name, const char *text) {
  FILE *f = fopen(at(p, name), "w");
  assert_non_null(f);
  fputs(text, f);
  assert_int_equal(fclose(f), 0);
}

static void assert_file(Place *p, const char *name, const char *text) {
  Str now;
  Err err = {0};
  if (!text) {
    assert_int_not_equal(access(at(p, name), F_OK), 0);
    return;
  }
  assert_true(io_read_file(&p->arena, at(p, name), 1 << 20, 1, &now, NULL, &err));
  assert_true(str_is(now, text));
}

static void replace(ChangeSet *set, const char *path, const char *before,
                    const char *after) {
  Err err = {0};
  assert_true(changeset_replace(set, str_from(path), str_from(before), str_from(after),
                                NULL, &err));
}

static ChangeSet begin(Place *p) {
  ChangeSet set = {0};
  Err err = {0};
  assert_true(changeset_init(&set, &p->arena, p->root, &err));
  return set;
}

static void undo(Place *p, bool force, ErrKind wanted) {
  ChangeSet set = {0};
  UndoRecord record;
  Err err = {0};
  bool ok = undo_read(&set, &p->arena, p->root, force, &record, &err) &&
            undo_write(&set, &record, &err);
  assert_int_equal(ok ? ERR_NONE : err.kind, wanted);
  changeset_free(&set);
}

static void test_write_and_undo(void **state) {
  Place *p = *state;
  Err err = {0};
  write_file(p, "a.py", "a = 1\n");
  assert_int_equal(chmod(at(p, "a.py"), 0640), 0);
  ChangeSet set = begin(p);
  replace(&set, "a.py", "a = 1\n", "a = 2\n");
  assert_true(changeset_create(&set, STR("new/deep/b.py"), STR("b\n"), &err));
  assert_true(changeset_write(&set, "test", &err));
  changeset_free(&set);
  assert_file(p, "a.py", "a = 2\n");
  assert_file(p, "new/deep/b.py", "b\n");
  struct stat st;
  assert_int_equal(stat(at(p, "a.py"), &st), 0);
  assert_int_equal(st.st_mode & 07777, 0640);
  undo(p, false, ERR_NONE);
  assert_file(p, "a.py", "a = 1\n");
  assert_file(p, "new", NULL);
  undo(p, false, ERR_NOT_FOUND);
}

static void test_one_bad_target_stops_all(void **state) {
  Place *p = *state;
  write_file(p, "a.py", "a\n");
  write_file(p, "b.py", "other\n"); // not what the set says
  ChangeSet set = begin(p);
  Err err = {0};
  replace(&set, "a.py", "a\n", "A\n");
  replace(&set, "b.py", "b\n", "B\n");
  assert_false(changeset_write(&set, "test", &err));
  changeset_free(&set);
  assert_file(p, "a.py", "a\n");
  assert_file(p, "b.py", "other\n");
  undo(p, false, ERR_NOT_FOUND);
}

// The second file's folder is a file: making it fails after the first was replaced.
static void test_failure_on_the_way_puts_back(void **state) {
  Place *p = *state;
  write_file(p, "a.py", "a\n");
  write_file(p, "z", "file\n");
  ChangeSet set = begin(p);
  Err err = {0};
  replace(&set, "a.py", "a\n", "A\n");
  vec_push(&set.changes, (Change){.path = STR("z/b.py"), .after = STR("B\n")});
  assert_false(changeset_write(&set, "test", &err));
  changeset_free(&set);
  assert_file(p, "a.py", "a\n");
  assert_file(p, "z", "file\n");
  undo(p, false, ERR_NOT_FOUND);
}

static void test_outside_is_refused(void **state) {
  Place *p = *state;
  ChangeSet set = begin(p);
  Err err = {0};
  assert_int_equal(symlink("/tmp", at(p, "link")), 0);
  static const char *const bad[] = {"/etc/x.py", "../x.py", "link/x.py", "no/../../x.py"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    err = (Err){0};
    assert_false(changeset_create(&set, str_from(bad[i]), STR("x"), &err));
    assert_non_null(strstr(err.message, "outside"));
  }
  assert_int_equal(set.changes.len, 0);
  changeset_free(&set);
}

static void test_undo_refuses_what_changed_since(void **state) {
  Place *p = *state;
  Err err = {0};
  write_file(p, "a.py", "a\n");
  ChangeSet set = begin(p);
  replace(&set, "a.py", "a\n", "A\n");
  assert_true(changeset_write(&set, "test", &err));
  changeset_free(&set);
  write_file(p, "a.py", "edited\n");
  undo(p, false, ERR_INPUT);
  assert_file(p, "a.py", "edited\n");
  undo(p, true, ERR_NONE);
  assert_file(p, "a.py", "a\n");
}

// A journal without `done` and a half-written project, as a kill leaves them.
static void test_undo_after_a_kill(void **state) {
  Place *p = *state;
  Err err = {0};
  write_file(p, "a.py", "a\n");
  write_file(p, "b.py", "b\n");
  ChangeSet set = begin(p);
  replace(&set, "a.py", "a\n", "A\n");
  replace(&set, "b.py", "b\n", "B\n");
  assert_true(changeset_write(&set, "test", &err));
  changeset_free(&set);
  assert_int_equal(unlink(at(p, ".aludel/undo/000001/done")), 0);
  write_file(p, "b.py", "b\n");
  UndoList list = {0};
  assert_true(undo_list(p->root, &p->arena, &list, &err));
  assert_int_equal(list.len, 1);
  assert_true(list.items[0].unfinished);
  vec_free(&list);
  undo(p, false, ERR_NONE);
  assert_file(p, "a.py", "a\n");
  assert_file(p, "b.py", "b\n");
}

static void test_old_journals_go(void **state) {
  Place *p = *state;
  Err err = {0};
  write_file(p, "a.py", "0");
  for (int i = 0; i < UNDO_KEEP + 3; i++) {
    ChangeSet set = begin(p);
    replace(&set, "a.py", arena_printf(&p->arena, "%d", i),
            arena_printf(&p->arena, "%d", i + 1));
    assert_true(changeset_write(&set, "test", &err));
    changeset_free(&set);
  }
  UndoList list = {0};
  assert_true(undo_list(p->root, &p->arena, &list, &err));
  assert_int_equal(list.len, UNDO_KEEP);
  vec_free(&list);
  for (int i = 0; i < UNDO_KEEP; i++)
    undo(p, false, ERR_NONE);
  assert_file(p, "a.py", "3");
}

static void test_diff(void **state) {
  Place *p = *state;
  Err err = {0};
  write_file(p, "b.py", "b\n");
  ChangeSet set = begin(p);
  replace(&set, "b.py", "b\n", "c\n");
  assert_true(changeset_create(&set, STR("a.py"), STR("a\n"), &err));
  Buf out = {0};
  changeset_diff(&set, &out);
  assert_string_equal(out.ptr, "--- /dev/null\n+++ a.py\n@@ -0,0 +1 @@\n+a\n"
                               "--- b.py\n+++ b.py\n@@ -1 +1 @@\n-b\n+c\n");
  buf_free(&out);
  changeset_free(&set);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_write_and_undo),
      CASE(test_one_bad_target_stops_all),
      CASE(test_failure_on_the_way_puts_back),
      CASE(test_outside_is_refused),
      CASE(test_undo_refuses_what_changed_since),
      CASE(test_undo_after_a_kill),
      CASE(test_old_journals_go),
      CASE(test_diff),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
