// jinja_tests.c: what may stand behind `is`.
#include "gen/jinja_filters.h"

#define TEST(name)                                                                       \
  static bool name(Run *r UNUSED, JValue self UNUSED, const JValue *args UNUSED,         \
                   const JArgs *all UNUSED, JValue *out)

static bool give(JValue *out, bool is) {
  *out = jv_bool(is);
  return true;
}

TEST(t_defined) {
  return give(out, self.kind != JV_UNDEFINED);
}
TEST(t_undefined) {
  return give(out, self.kind == JV_UNDEFINED);
}
TEST(t_none) {
  return give(out, self.kind == JV_NONE);
}
TEST(t_boolean) {
  return give(out, self.kind == JV_BOOL);
}
TEST(t_true) {
  return give(out, self.kind == JV_BOOL && self.b);
}
TEST(t_false) {
  return give(out, self.kind == JV_BOOL && !self.b);
}
TEST(t_integer) {
  return give(out, self.kind == JV_INT);
}
TEST(t_float) {
  return give(out, self.kind == JV_FLOAT);
}
TEST(t_number) {
  return give(out, jv_is_number(self));
}
TEST(t_string) {
  return give(out, self.kind == JV_STR);
}
TEST(t_mapping) {
  return give(out, self.kind == JV_DICT);
}
TEST(t_sequence) {
  if (!jv_check(r, self))
    return false;
  return give(out, self.kind == JV_STR || self.kind == JV_DICT || self.kind == JV_LIST ||
                       self.kind == JV_TUPLE || self.kind == JV_RANGE);
}
TEST(t_iterable) {
  if (!jv_check(r, self))
    return false;
  return give(out, self.kind == JV_STR || self.kind == JV_DICT || jv_is_items(self));
}
TEST(t_callable) {
  return give(out, self.kind == JV_MACRO || self.kind == JV_METHOD ||
                       self.kind == JV_BUILTIN || self.kind == JV_LOOP ||
                       self.kind == JV_JOINER);
}
TEST(t_escaped) {
  return give(out, false);
}

static bool cased(Run *r, JValue self, bool upper, JValue *out) {
  Str s;
  if (!jv_to_str(r, self, &s))
    return false;
  Str other = upper ? text_upper(r, s) : text_lower(r, s);
  Str opposite = upper ? text_lower(r, s) : text_upper(r, s);
  return give(out, str_eq(s, other) && !str_eq(s, opposite));
}

TEST(t_lower) {
  return cased(r, self, false, out);
}
TEST(t_upper) {
  return cased(r, self, true, out);
}

static bool rest_of(Run *r, JValue v, JValue by, JValue *out) {
  return op_binary(r, JOP_MOD, v, by, out);
}

TEST(t_odd) {
  JValue v;
  return rest_of(r, self, jv_int(2), &v) &&
         give(out, jv_is_number(v) && jv_as_float(v) == 1);
}
TEST(t_even) {
  JValue v;
  return rest_of(r, self, jv_int(2), &v) &&
         give(out, jv_is_number(v) && jv_as_float(v) == 0);
}
TEST(t_divisibleby) {
  JValue v;
  return rest_of(r, self, args[0], &v) &&
         give(out, jv_is_number(v) && jv_as_float(v) == 0);
}

static bool compare(Run *r, JOp op, JValue a, JValue b, JValue *out) {
  bool is;
  return op_compare(r, op, a, b, &is) && give(out, is);
}

TEST(t_eq) {
  return compare(r, JOP_EQ, self, args[0], out);
}
TEST(t_ne) {
  return compare(r, JOP_NE, self, args[0], out);
}
TEST(t_lt) {
  return compare(r, JOP_LT, self, args[0], out);
}
TEST(t_le) {
  return compare(r, JOP_LE, self, args[0], out);
}
TEST(t_gt) {
  return compare(r, JOP_GT, self, args[0], out);
}
TEST(t_ge) {
  return compare(r, JOP_GE, self, args[0], out);
}
TEST(t_in) {
  return compare(r, JOP_IN, self, args[0], out);
}

// Python's `is`, as far as it means something here: small values are the same where they
// are equal and of one type.
TEST(t_sameas) {
  bool is = false;
  if (self.kind == args[0].kind && (jv_is_items(self) || self.kind == JV_DICT))
    is = self.list == args[0].list;
  else if (self.kind == args[0].kind && self.kind != JV_UNDEFINED &&
           !jv_equal(r, self, args[0], &is))
    return false;
  return give(out, is);
}

TEST(t_filter) {
  return jv_check(r, self) &&
         give(out, self.kind == JV_STR && jinja_find_filter(self.s) != NULL);
}
TEST(t_test) {
  return jv_check(r, self) &&
         give(out, self.kind == JV_STR && jinja_find_test(self.s) != NULL);
}

static const JFunction tests[] = {
    {"!=", "other", 1, t_ne},
    {"<", "other", 1, t_lt},
    {"<=", "other", 1, t_le},
    {"==", "other", 1, t_eq},
    {">", "other", 1, t_gt},
    {">=", "other", 1, t_ge},
    {"boolean", "", 0, t_boolean},
    {"callable", "", 0, t_callable},
    {"defined", "", 0, t_defined},
    {"divisibleby", "num", 1, t_divisibleby},
    {"eq", "other", 1, t_eq},
    {"equalto", "other", 1, t_eq},
    {"escaped", "", 0, t_escaped},
    {"even", "", 0, t_even},
    {"false", "", 0, t_false},
    {"filter", "", 0, t_filter},
    {"float", "", 0, t_float},
    {"ge", "other", 1, t_ge},
    {"greaterthan", "other", 1, t_gt},
    {"gt", "other", 1, t_gt},
    {"in", "seq", 1, t_in},
    {"integer", "", 0, t_integer},
    {"iterable", "", 0, t_iterable},
    {"le", "other", 1, t_le},
    {"lessthan", "other", 1, t_lt},
    {"lower", "", 0, t_lower},
    {"lt", "other", 1, t_lt},
    {"mapping", "", 0, t_mapping},
    {"ne", "other", 1, t_ne},
    {"none", "", 0, t_none},
    {"number", "", 0, t_number},
    {"odd", "", 0, t_odd},
    {"sameas", "other", 1, t_sameas},
    {"sequence", "", 0, t_sequence},
    {"string", "", 0, t_string},
    {"test", "", 0, t_test},
    {"true", "", 0, t_true},
    {"undefined", "", 0, t_undefined},
    {"upper", "", 0, t_upper},
};

const JFunction *jinja_find_test(Str name) {
  for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
    if (str_is(name, tests[i].name))
      return &tests[i];
  }
  return NULL;
}
