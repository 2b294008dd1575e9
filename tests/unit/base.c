// Unit tests of base/: arenas, strings, buffers, names, JSON output.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
// cmocka wants the four above first
#include <cmocka.h>

#include "base/intern.h"
#include "base/json.h"
#include "base/thread.h"
#include "base/utf8.h"

static void test_str__find_and_trim(void **state) {
  (void)state;
  assert_int_equal(str_find(STR("abcabc"), STR("ca"), 0), 2);
  assert_true(str_find(STR("abcabc"), STR("cb"), 0) == SIZE_MAX);
  assert_int_equal(str_find(STR("aa"), STR("a"), 1), 1);
  assert_true(str_eq(str_trim(STR(" \t x y\r\n")), STR("x y")));
  assert_true(str_compare(STR("ab"), STR("abc")) < 0);
  Str rest = STR("a,,b"), part;
  int parts = 0;
  while (str_next_part(&rest, ',', &part))
    parts++;
  assert_int_equal(parts, 3);
}

static void test_buf__keeps_its_bound(void **state) {
  (void)state;
  Buf b = {.max = 4};
  buf_add_text(&b, "abc");
  buf_add_text(&b, "de");
  assert_true(b.overflow);
  assert_true(str_eq(buf_str(&b), STR("abc")));
  buf_free(&b);
}

static void test_intern__same_bytes_same_atom(void **state) {
  (void)state;
  Interner *in = interner_new();
  InternCache *one = intern_cache_new(in), *two = intern_cache_new(in);
  static const char padded[] = "relationship_of_things\0\0\0\0\0\0\0\0";
  for (uint32_t n = 1; n <= 22; n++) {
    Atom a = intern(one, (Str){padded, n});
    assert_int_equal(a, intern_padded(two, (const uint8_t *)padded, n));
    assert_true(str_eq(atom_str(in, a), (Str){padded, n}));
  }
  assert_int_equal(intern(one, STR("relationship")), SYM_relationship);
  assert_int_equal(interner_find(in, STR("never seen")), 0);
  for (int i = 0; i < 20000; i++) { // through several growths
    char name[24];
    int n = snprintf(name, sizeof name, "name_%d", i);
    Atom a = intern(one, (Str){name, (size_t)n});
    assert_int_equal(a, intern(two, (Str){name, (size_t)n}));
  }
  intern_cache_free(one);
  intern_cache_free(two);
  interner_free(in);
}

static void test_json__escapes(void **state) {
  (void)state;
  Buf out = {0};
  JsonWriter w = {.out = &out};
  json_begin_object(&w);
  json_field(&w, "a\"b", STR("x\n\x01\xC3\xA9\xFF"));
  json_key(&w, "list");
  json_begin_array(&w);
  json_int(&w, -3);
  json_bool(&w, true);
  json_none(&w);
  json_begin_array(&w);
  json_end_array(&w);
  json_end_array(&w);
  json_end_object(&w);
  assert_string_equal(
      out.ptr, "{\"a\\\"b\":\"x\\n\\u0001\xC3\xA9\\udcff\",\"list\":[-3,true,null,[]]}");
  buf_free(&out);
}

static void test_utf8__refuses_what_unicode_refuses(void **state) {
  (void)state;
  assert_true(utf8_invalid_at(STR("plain and \xE2\x82\xAC \xF0\x9F\x98\x80")) ==
              SIZE_MAX);
  assert_int_equal(utf8_invalid_at(STR("a\xC0\x80")), 1);           // overlong
  assert_int_equal(utf8_invalid_at(STR("ab\xED\xA0\x80")), 2);      // surrogate
  assert_int_equal(utf8_invalid_at(STR("abc\xF4\x90\x80\x80")), 3); // past U+10FFFF
  assert_int_equal(utf8_invalid_at(STR("\xE2\x82")), 0);            // cut
}

static void mark(void *shared, int worker, size_t index) {
  (void)worker;
  ((int *)shared)[index]++;
}

static void test_thread__each_index_once(void **state) {
  (void)state;
  int seen[1000] = {0};
  parallel_for(4, 1000, mark, seen);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(seen[i], 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_str__find_and_trim),
      cmocka_unit_test(test_buf__keeps_its_bound),
      cmocka_unit_test(test_intern__same_bytes_same_atom),
      cmocka_unit_test(test_json__escapes),
      cmocka_unit_test(test_utf8__refuses_what_unicode_refuses),
      cmocka_unit_test(test_thread__each_index_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
