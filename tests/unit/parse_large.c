// Large and monotonous sources: parsing takes time in proportion to their size.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
// cmocka wants the four above first
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "base/thread.h"
#include "python/parse.h"

enum {
  MEGABYTE = 1 << 20,
  ROUNDS = 3
};

// Twice the size may take this many times as long, and a little for a busy machine.
static const double most_ratio = 3.5, slack_seconds = 0.3;

static const struct {
  const char *name;
  const char *start, *unit, *end; // the unit is repeated
} shapes[] = {
    {"statements", "", "x = f(a, b=1)  # comment\n", ""},
    {"functions", "", "def f(a, b=1):\n    if a:\n        return b\n\n", ""},
    {"one string", "x = '", "abcdefgh", "'\n"},
    {"one triple-quoted string", "x = '''", "abcdefgh\n", "'''\n"},
    {"one unclosed string", "x = '''", "abcdefgh\n", ""},
    {"one f-string", "x = f'", "a{b} ", "'\n"},
    {"one unclosed f-string", "x = f'''", "a{b} ", ""},
    {"joined strings", "x = (", "'a' 'b'\n", ")\n"},
    {"comments", "", "# comment comment comment comment\n", ""},
    {"blank lines", "", "\n", ""},
    {"joined lines", "x = 1 ", "\\\n", "\n"},
    {"broken lines", "", "x = = 1\n", ""},
    {"unclosed brackets", "", "f(\nx = 1\n", ""},
    {"unclosed bracket, then names", "f(", "a, b\n", ""},
    {"closing brackets", "", ")", "\n"},
    {"unclosed strings", "", "x = 'abc\n", ""},
    {"one line", "", "a; ", "\n"},
    {"one call", "f(", "a, b=1, ", ")\n"},
    {"one dict", "x = {", "'a': [1, 2], ", "}\n"},
    {"soft keywords", "", "match (a, b)\nprint(type[c])\n", ""},
    {"open soft keywords", "", "match (a,\n", ""},
    {"soft keywords in a line", "", "match[a]; ", "\n"},
    {"parentheses before with", "", "with (a, b):\n    c\n", ""},
    {"binary operators", "x = a", " + a", "\n"},
    {"comparisons", "x = a", " < a", "\n"},
    {"attributes", "x = a", ".b", "\n"},
    {"unknown characters", "", "$ ", "\n"},
    {"nul bytes", "", "?", "\n"}, // the `?` become NUL
    {"dedents", "", "if a:\n  if b:\n    c\n d\n", ""},
    {"elif", "if a: b\n", "elif c: d\n", ""},
    {"decorators", "", "@a\n", "def f(): pass\n"},
};

static Str make(Arena *a, size_t shape, size_t size) {
  size_t unit = strlen(shapes[shape].unit), head = strlen(shapes[shape].start);
  size_t count = size / unit, tail = strlen(shapes[shape].end);
  char *p = arena_alloc(a, head + unit * count + tail + 1, 1);
  memcpy(p, shapes[shape].start, head);
  for (size_t i = 0; i < count; i++)
    memcpy(p + head + i * unit, shapes[shape].unit, unit);
  memcpy(p + head + unit * count, shapes[shape].end, tail);
  if (strcmp(shapes[shape].name, "nul bytes") == 0)
    memset(p, 0, count);
  return (Str){p, head + unit * count + tail};
}

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_for(size_t shape, size_t size) {
  double best = 1e9;
  for (int round = 0; round < ROUNDS; round++) {
    Arena arena = {0};
    Source source;
    Err err = {0};
    assert_true(
        source_init(&source, &arena, STR("large.py"), make(&arena, shape, size), &err));
    Interner *in = interner_new();
    InternCache *names = intern_cache_new(in);
    DiagSink diags = {.arena = &arena};
    PyTree tree = {0};
    double start = seconds_now();
    py_parse(&tree, &source, names, &diags);
    double took = seconds_now() - start;
    best = took < best ? took : best;
    assert_true(tree.root != 0);
    py_tree_free(&tree);
    diag_sink_free(&diags);
    intern_cache_free(names);
    interner_free(in);
    arena_reset(&arena);
  }
  return best;
}

static void test_parse__time_is_linear(void **state) {
  (void)state;
  const char *megabytes = getenv("ALUDEL_LARGE_MB");
  size_t size = (size_t)(megabytes ? atoi(megabytes) : 1) * MEGABYTE;
  for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
    double half = seconds_for(i, size / 2), whole = seconds_for(i, size);
    if (megabytes)
      printf("%-32s %6.3f s\n", shapes[i].name, whole);
    if (whole > most_ratio * half + slack_seconds)
      fail_msg("%s: %.3f s, twice as much %.3f s", shapes[i].name, half, whole);
  }
}

static int run_tests(void *shared) {
  (void)shared;
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse__time_is_linear)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void) {
  return run_with_stack(run_tests, NULL); // the parser recurses
}
