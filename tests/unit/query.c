// Words of requests: tokens, stems, numbers, dates; equality of meanings.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "query/meaning.h"

static Words read(Arena *a, const char *text) {
  return words_read(a, str_from(text));
}

static void assert_text(Str s, const char *text) {
  assert_true(str_is(s, text));
}

static void test_tokens(void **state) {
  (void)state;
  Arena a = {0};
  Words w = read(&a, "the student's first_name, isn't it?");
  static const char *const expected[] = {"the", "student", "'s", "first", "name",
                                         ",",   "isn't",   "it", "?"};
  assert_int_equal(w.count, ARRAY_LEN(expected));
  for (uint32_t i = 0; i < w.count; i++) {
    assert_text(w.items[i].text, expected[i]);
    assert_text(str_slice(w.text, w.items[i].start, w.items[i].end), expected[i]);
  }
  assert_true(w.items[4].glued);
  w = read(&a, "OrderItem rows");
  assert_int_equal(w.count, 3);
  assert_text(w.items[1].lower, "item");
  arena_reset(&a);
}

static void test_numbers(void **state) {
  (void)state;
  Arena a = {0};
  Words w = read(&a, "1,250.5 three $20 10 % 3 million -4 CIS-220");
  static const double expected[] = {1250.5, 3, 20, 10, 3000000, -4};
  assert_int_equal(w.count, 7);
  for (uint32_t i = 0; i < 6; i++) {
    assert_int_equal(w.items[i].kind, WORD_NUMBER);
    assert_true(w.items[i].number == expected[i]);
  }
  assert_true(w.items[3].percent && w.items[1].spelled && w.items[2].money);
  assert_int_equal(w.items[6].kind, WORD_CODE);
  arena_reset(&a);
}

static void test_quotes_and_dates(void **state) {
  (void)state;
  Arena a = {0};
  Words w = read(&a, "teams' names of 'New York' on November 5th, 2007 or 08/30/2015");
  assert_text(w.items[0].text, "teams");
  assert_int_equal(w.items[3].kind, WORD_QUOTED);
  assert_text(w.items[3].value, "New York");
  assert_int_equal(w.items[5].kind, WORD_DATE);
  assert_text(w.items[5].value, "2007-11-05");
  assert_int_equal(w.items[7].kind, WORD_DATE);
  arena_reset(&a);
}

static void test_stems(void **state) {
  (void)state;
  Arena a = {0};
  static const char *const same[][2] = {{"people", "person"},
                                        {"cities", "city"},
                                        {"addresses", "address"},
                                        {"ordered", "orders"},
                                        {"categories", "category"}};
  for (size_t i = 0; i < ARRAY_LEN(same); i++)
    assert_true(str_eq(words_stem(&a, str_from(same[i][0])),
                       words_stem(&a, str_from(same[i][1]))));
  assert_text(words_plural(&a, STR("category")), "categories");
  assert_text(words_plural(&a, STR("person")), "people");
  Str stems[WORD_NAME_MAX];
  assert_int_equal(words_name_stems(&a, STR("CustomerID_no"), stems), 3);
  assert_int_equal(words_distance(STR("customer"), STR("cutsomer"), 2), 1);
  assert_int_equal(words_distance(STR("customer"), STR("costumer"), 2), 2);
  assert_int_equal(words_distance(STR("a"), STR("abcdef"), 2), 3);
  arena_reset(&a);
}

static void test_bounds(void **state) {
  (void)state;
  Arena a = {0};
  Buf long_text = {0};
  for (int i = 0; i < 5000; i++)
    buf_add_text(&long_text, "word ");
  Words w = words_read(&a, buf_str(&long_text));
  assert_int_equal(w.count, WORDS_MAX);
  assert_true(w.cut);
  w = read(&a, "\xff\xfe'\"`'' \x01 '");
  assert_true(w.count <= 8);
  buf_free(&long_text);
  arena_reset(&a);
}

static void test_meaning(void **state) {
  (void)state;
  Meaning a = {.root = 1, .output_count = 1, .outputs = {{ITEM_ENTITY, 0, false, 1, -1}}};
  Meaning b = a;
  assert_true(meaning_eq(&a, &b));
  b.conditions[b.condition_count++] = (Condition){.op = OP_EQ};
  assert_false(meaning_eq(&a, &b));
  b = a;
  b.limit = 3;
  assert_false(meaning_eq(&a, &b));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tokens),           cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_quotes_and_dates), cmocka_unit_test(test_stems),
      cmocka_unit_test(test_bounds),           cmocka_unit_test(test_meaning),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
