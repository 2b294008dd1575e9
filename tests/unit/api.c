// Unit tests of sqla/api: one symbol under all its names; and of sqla/place_map.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>

#include "sqla/api.h"
#include "sqla/place_map.h"

static void test_api__one_symbol_under_all_names(void **state) {
  (void)state;
  static const struct {
    const char *dotted;
    ApiId id;
    uint8_t versions;
  } cases[] = {
      {"sqlalchemy.Column", API_sqlalchemy_Column, 7},
      {"sqlalchemy.schema.Column", API_sqlalchemy_Column, 7},
      {"sqlalchemy.sql.schema.Column", API_sqlalchemy_Column, 7},
      {"sqlmodel.Column", API_sqlalchemy_Column, 6},
      {"sqlalchemy.orm.relationship", API_sqlalchemy_orm_relationship, 7},
      {"sqlalchemy.orm.mapped_column", API_sqlalchemy_orm_mapped_column, 6},
      {"sqlalchemy.orm.session.sessionmaker", API_sqlalchemy_orm_sessionmaker, 7},
      {"sqlalchemy.UUID", API_sqlalchemy_UUID, 6},
      {"sqlalchemy.dialects.postgresql.UUID", API_sqlalchemy_UUID, 7},
      {"flask_sqlalchemy.SQLAlchemy.Model", API_flask_sqlalchemy_SQLAlchemy_Model, 7},
      {"sqlalchemy.orm", API_sqlalchemy_orm, 7},
      {"sqlalchemy.Colum", API_NONE, 0},
      {"", API_NONE, 0},
  };
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    uint8_t versions;
    assert_int_equal(api_find(str_from(cases[i].dotted), &versions), cases[i].id);
    assert_int_equal(versions, cases[i].versions);
  }
}

static void test_api__every_row_is_found_by_its_name(void **state) {
  (void)state;
  for (ApiId id = API_NONE + 1; id < API_COUNT; id++) {
    uint8_t versions;
    assert_int_equal(api_find(str_from(api_row(id)->dotted), &versions), id);
    assert_int_equal(versions, api_row(id)->versions);
    assert_int_equal(api_row(api_current(id))->moved_to, API_NONE);
  }
}

static void test_api__moved_symbols_and_kinds(void **state) {
  (void)state;
  assert_int_equal(api_current(API_sqlalchemy_ext_declarative_declarative_base),
                   API_sqlalchemy_orm_declarative_base);
  assert_int_equal(api_current(API_sqlalchemy_Column), API_sqlalchemy_Column);
  assert_int_equal(api_row(API_sqlalchemy_orm)->kind, API_MODULE);
  assert_int_equal(api_row(API_sqlalchemy_func)->kind, API_CONSTANT);
  assert_int_equal(api_row(API_sqlalchemy_select)->kind, API_FUNCTION);
  assert_true(api_row(API_sqlalchemy_String)->flags & API_IS_TYPE);
  assert_true(api_row(API_sqlalchemy_PickleType)->flags & API_IS_DECORATOR);
  assert_true(api_row(API_sqlalchemy_ForeignKey)->flags & API_IS_SCHEMA);
  assert_false(api_row(API_sqlalchemy_orm_relationship)->flags);
  assert_true(
      str_eq(api_last_name(API_sqlalchemy_orm_relationship), STR("relationship")));
  assert_true(str_eq(api_last_name(API_sqlalchemy), STR("sqlalchemy")));
}

static void test_place_map__keeps_what_was_set(void **state) {
  (void)state;
  PlaceMap m = {0};
  assert_int_equal(place_map_get(&m, 7), PLACE_MAP_NONE);
  for (uint32_t i = 0; i < 5000; i++) // through several growths, with clashes
    place_map_set(&m, place_key((Place){i % 50, i * 64}), i);
  place_map_set(&m, place_key((Place){0, 0}), 99);
  assert_int_equal(m.count, 5000);
  assert_int_equal(place_map_get(&m, place_key((Place){0, 0})), 99);
  for (uint32_t i = 1; i < 5000; i++)
    assert_int_equal(place_map_get(&m, place_key((Place){i % 50, i * 64})), i);
  assert_int_equal(place_map_get(&m, place_key((Place){50, 64})), PLACE_MAP_NONE);
  place_map_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_api__one_symbol_under_all_names),
      cmocka_unit_test(test_api__every_row_is_found_by_its_name),
      cmocka_unit_test(test_api__moved_symbols_and_kinds),
      cmocka_unit_test(test_place_map__keeps_what_was_set),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
