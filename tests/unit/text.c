// Unit tests of text/: encodings, lines, edits.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the four above first
#include <cmocka.h>

#include "text/diff.h"
#include "text/edit.h"
#include "text/source.h"

#define BOM "\xEF\xBB\xBF"

static void test_source__encodings(void **state) {
  (void)state;
  const struct {
    Str bytes;
    const char *text;  // NULL: refused
    const char *error; // part of the message
  } cases[] = {
      {STR(""), "", NULL},
      {STR("x = '\xC3\xA9'"), "x = '\xC3\xA9'", NULL},
      {STR(BOM "x"), BOM "x", NULL},
      {STR(BOM "# coding: utf_8\n"), BOM "# coding: utf_8\n", NULL},
      {STR(BOM "# coding: latin-1\n"), NULL, "byte order mark"},
      {STR("# coding: latin-1\n'\xE9'"), "# coding: latin-1\n'\xC3\xA9'", NULL},
      {STR("#coding=l1\n'\xFF'"), "#coding=l1\n'\xC3\xBF'", NULL},
      {STR("# x\r# coding: ISO-8859-1-unix\r'\xE9'"),
       "# x\r# coding: ISO-8859-1-unix\r'\xC3\xA9'", NULL},
      {STR("\n\f # vim: set fileencoding=cp1252 :\n'\x80'"),
       "\n\f # vim: set fileencoding=cp1252 :\n'\xE2\x82\xAC'", NULL},
      {STR("# coding:\n# coding: windows-1252\n\x93"),
       "# coding:\n# coding: windows-1252\n\xE2\x80\x9C", NULL},
      {STR("# coding: cp1252\n\n'\x81'"), NULL, "line 3: byte 0x81"},
      {STR("# coding: us-ascii\n'\xE9'"), NULL, "line 2: byte 0xe9 is not ascii"},
      {STR("# coding: us-ascii\n'e'"), "# coding: us-ascii\n'e'", NULL},
      {STR("# coding: utf8\n'\xC3\xA9'"), "# coding: utf8\n'\xC3\xA9'", NULL},
      {STR("# coding: koi8-r\n"), NULL, "`koi8-r`"},
      {STR("# coding: foo coding: latin1\n"), NULL, "`foo`"},
      {STR("x\n# coding: latin1\n'\xE9'"), NULL, "line 3: byte 0xe9 is not utf-8"},
      {STR("\\\n# coding: latin1\n'\xE9'"), NULL, "not utf-8"},
      {STR("# a\n# b\n# coding: latin1\n'\xE9'"), NULL, "line 4"},
      {STR("'\xC0\x80'"), NULL, "line 1: byte 0xc0"},
      {STR("'\xED\xA0\x80'"), NULL, "not utf-8"},
      {STR("a\r\nb\rc\n'\xFF'"), NULL, "line 4"},
      {STR("\xFF\xFEx\0"), NULL, "utf-16"},
      {STR("\xFE\xFF\0x"), NULL, "utf-16"},
      {STR("\xFF\xFE\0\0"), NULL, "utf-32"},
      {STR("# coding: utf-16\n"), NULL, "`utf-16`"},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    Arena arena = {0};
    Source s;
    Err err = {0};
    bool ok = source_init(&s, &arena, STR("a.py"), cases[i].bytes, &err);
    if (ok != (cases[i].text != NULL))
      fail_msg("case %zu: %s", i, err.message);
    if (ok) {
      assert_true(str_is(s.text, cases[i].text));
      for (int k = 0; k < SOURCE_PADDING; k++)
        assert_int_equal(s.text.ptr[s.text.len + (size_t)k], 0);
      Buf out = {0};
      assert_true(source_encode(&s, s.text, &out, &err));
      assert_true(str_eq(buf_str(&out), cases[i].bytes));
      buf_free(&out);
    } else if (!strstr(err.message, cases[i].error)) {
      fail_msg("case %zu: %s", i, err.message);
    }
    arena_reset(&arena);
  }
}

static void test_source__encode_refuses_foreign_characters(void **state) {
  (void)state;
  Arena arena = {0};
  Source s;
  Err err = {0};
  Buf out = {0};
  assert_true(source_init(&s, &arena, STR("a.py"), STR("# coding: cp1252\n"), &err));
  assert_true(source_encode(&s, STR("\xE2\x82\xAC"), &out, &err));
  assert_true(str_is(buf_str(&out), "\x80"));
  assert_false(source_encode(&s, STR("x\n\xC2\x81"), &out, &err));
  assert_non_null(strstr(err.message, "line 2: U+0081"));
  assert_false(source_encode(&s, STR("\xE2\x86\x92"), &out, &err));
  buf_free(&out);
  arena_reset(&arena);
}

static void test_source__every_byte_of_single_byte_encodings(void **state) {
  (void)state;
  char bytes[300] = "# coding: latin-1\n";
  size_t n = strlen(bytes);
  for (int b = 0; b < 256; b++)
    bytes[n++] = (char)b;
  Arena arena = {0};
  Source s;
  Buf out = {0};
  assert_true(source_init(&s, &arena, STR("a.py"), (Str){bytes, n}, NULL));
  assert_int_equal(s.text.len, n + 128);
  assert_true(source_encode(&s, s.text, &out, NULL));
  assert_true(str_eq(buf_str(&out), (Str){bytes, n}));
  buf_free(&out);
  arena_reset(&arena);
}

static void test_source__lines(void **state) {
  (void)state;
  Arena arena = {0};
  Source s;
  assert_true(
      source_init(&s, &arena, STR("a.py"), STR(BOM "\xC3\xA9x\r\n\rb\n\nlast"), NULL));
  source_index_lines(&s, &arena);
  assert_int_equal(s.line_count, 5);
  assert_true(str_is(source_line(&s, 1), BOM "\xC3\xA9x"));
  assert_true(str_is(source_line(&s, 2), ""));
  assert_true(str_is(source_line(&s, 3), "b"));
  assert_true(str_is(source_line(&s, 5), "last"));
  Position p = source_position(&s, 5); // `x`: after the mark, which is no column
  assert_true(p.line == 1 && p.column == 2);
  p = source_position(&s, 8);
  assert_true(p.line == 2 && p.column == 1);
  p = source_position(&s, 1000);
  assert_true(p.line == 5 && p.column == 5);
  arena_reset(&arena);
}

typedef struct {
  Edit edits[6];
  size_t count;
  const char *result;
  const char *taken; // one digit per group
} EditCase;

static void test_edits__groups(void **state) {
  (void)state;
  static const EditCase cases[] = {
      {{{{2, 4}, {"XY", 2}, 0}}, 1, "01XY456789", "1"},
      {{{{4, 6}, {"b", 1}, 1}, {{0, 1}, {"a", 1}, 0}}, 2, "a123b6789", "11"},
      {{{{2, 5}, {"a", 1}, 0}, {{4, 6}, {"b", 1}, 1}}, 2, "01a56789", "10"},
      {{{{2, 5}, {"a", 1}, 0}, {{5, 6}, {"b", 1}, 1}}, 2, "01ab6789", "11"},
      // a group is dropped whole, and does not stand in the way of a third
      {{{{0, 2}, {"a", 1}, 0},
        {{1, 3}, {"b", 1}, 1},
        {{7, 8}, {"c", 1}, 1},
        {{7, 9}, {"d", 1}, 2}},
       4,
       "a23456d9",
       "101"},
      // insertions at one offset keep their order and stand before what starts there
      {{{{3, 4}, {"r", 1}, 0}, {{3, 3}, {"a", 1}, 1}, {{3, 3}, {"b", 1}, 2}},
       3,
       "012abr456789",
       "111"},
      {{{{3, 6}, {"r", 1}, 0}, {{4, 4}, {"a", 1}, 1}, {{6, 6}, {"e", 1}, 2}},
       3,
       "012re6789",
       "101"},
      {{{{4, 4}, {"a", 1}, 0}, {{3, 6}, {"r", 1}, 1}}, 2, "012r6789", "01"},
      {{{{0, 0}, {"I", 1}, 0},
        {{2, 3}, {"x", 1}, 0},
        {{0, 0}, {"I", 1}, 1},
        {{5, 6}, {"y", 1}, 1}},
       4,
       "I01x34y6789",
       "11"},
      // two brackets of one group are two; of two groups the later waits
      {{{{9, 9}, {")", 1}, 0}, {{9, 9}, {")", 1}, 0}, {{9, 9}, {")", 1}, 1}},
       3,
       "012345678))9",
       "10"},
      {{{{2, 4}, {"a", 1}, 0}, {{3, 5}, {"b", 1}, 0}}, 2, "0123456789", "0"},
      {{{{2, 4}, {"a", 1}, 0}, {{2, 4}, {"b", 1}, 1}}, 2, "01a456789", "10"},
      {{{{2, 4}, {"a", 1}, 0}, {{2, 4}, {"a", 1}, 1}}, 2, "01a456789", "11"},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    EditList list = {0};
    for (size_t k = 0; k < cases[i].count; k++)
      vec_push(&list, cases[i].edits[k]);
    uint32_t groups = (uint32_t)strlen(cases[i].taken);
    bool taken[6];
    Buf out = {0};
    size_t n = edits_apply(STR("0123456789"), &list, groups, &out, taken);
    if (!str_is(buf_str(&out), cases[i].result))
      fail_msg("case %zu: %s", i, out.ptr);
    for (uint32_t g = 0; g < groups; g++) {
      assert_int_equal(taken[g], cases[i].taken[g] == '1');
      n -= taken[g];
    }
    assert_int_equal(n, 0);
    buf_free(&out);
    vec_free(&list);
  }
}

static bool plain_overlap(const Edit *a, const Edit *b) {
  bool a_in = a->span.start == a->span.end, b_in = b->span.start == b->span.end;
  if (a_in && b_in)
    return false;
  if (a_in)
    return b->span.start < a->span.start && a->span.start < b->span.end;
  if (b_in)
    return a->span.start < b->span.start && b->span.start < a->span.end;
  return span_overlaps(a->span, b->span);
}

// Random edits, one a group, against the plain pairwise definition.
static void test_edits__as_the_definition_says(void **state) {
  (void)state;
  enum {
    COUNT = 150,
    LENGTH = 2000
  };
  char text[LENGTH];
  memset(text, '.', sizeof text);
  uint32_t seed = 1;
  for (int round = 0; round < 60; round++) {
    EditList list = {0};
    char names[COUNT][8];
    for (uint32_t i = 0; i < COUNT; i++) {
      seed = seed * 1664525u + 1013904223u;
      uint32_t start = (seed >> 8) % (LENGTH - 20), length = (seed >> 4) % 12;
      snprintf(names[i], sizeof names[i], "%u", (unsigned)i);
      Edit e = {{start, start + length}, str_from(names[i]), i};
      vec_push(&list, e);
    }
    bool taken[COUNT], expected[COUNT] = {false};
    Buf out = {0};
    edits_apply((Str){text, LENGTH}, &list, COUNT, &out, taken);
    for (uint32_t start = 0; start < LENGTH; start++)
      for (uint32_t i = 0; i < COUNT; i++) {
        if (list.items[i].span.start != start)
          continue;
        bool free_place = true;
        for (uint32_t k = 0; k < COUNT; k++)
          free_place &= !expected[k] || !plain_overlap(&list.items[i], &list.items[k]);
        expected[i] = free_place;
      }
    size_t length = LENGTH;
    for (uint32_t i = 0; i < COUNT; i++) {
      assert_int_equal(taken[i], expected[i]);
      if (taken[i])
        length +=
            list.items[i].text.len - (list.items[i].span.end - list.items[i].span.start);
    }
    assert_int_equal(out.len, length);
    buf_free(&out);
    vec_free(&list);
  }
}

static void test_diff__hunks(void **state) {
  (void)state;
  static const struct {
    const char *before, *after, *diff;
  } cases[] = {
      {"a\nb\n", "a\nb\n", ""},
      {"a\n", "b\n", "@@ -1 +1 @@\n-a\n+b\n"},
      {"", "a\n", "@@ -0,0 +1 @@\n+a\n"},
      {"a\n", "", "@@ -1 +0,0 @@\n-a\n"},
      {"a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
      {"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n6\n7\n8\n9\n",
       "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n"},
      {"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n",
       "@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -6,4 +7,3 @@\n 6\n 7\n 8\n-9\n"},
      {"x\ny\nx\n", "y\nx\nx\n", "@@ -1,3 +1,3 @@\n-x\n y\n x\n+x\n"},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    Buf out = {0};
    bool differs = diff_unified(str_from(cases[i].before), str_from(cases[i].after),
                                STR("a"), STR("b"), &out);
    assert_int_equal(differs, cases[i].diff[0] != 0);
    if (differs && strcmp(out.ptr + strlen("--- a\n+++ b\n"), cases[i].diff) != 0)
      fail_msg("case %zu: %s", i, out.ptr);
    buf_free(&out);
  }
}

// Very different long texts take bounded time.
static void test_diff__all_lines_differ(void **state) {
  (void)state;
  Buf a = {0}, b = {0}, out = {0};
  for (int i = 0; i < 30000; i++) {
    buf_printf(&a, "%d\n", i % 7);
    buf_printf(&b, "%d\n", i % 5 + 3);
  }
  assert_true(diff_unified(buf_str(&a), buf_str(&b), STR("a"), STR("b"), &out));
  assert_true(out.len > 30000);
  buf_free(&a);
  buf_free(&b);
  buf_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_source__encodings),
      cmocka_unit_test(test_source__encode_refuses_foreign_characters),
      cmocka_unit_test(test_source__every_byte_of_single_byte_encodings),
      cmocka_unit_test(test_source__lines),
      cmocka_unit_test(test_edits__groups),
      cmocka_unit_test(test_edits__as_the_definition_says),
      cmocka_unit_test(test_diff__hunks),
      cmocka_unit_test(test_diff__all_lines_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
