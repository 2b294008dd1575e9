// describe_values.c: the values that a field can have, which make it an enumeration.
//
//   "which is open or done" · "one of a, b, c" · "status pending/confirmed" · "(a, b)"
#include "agent/describe_internal.h"

// Values: "open, closed or done"; the offset behind them, `i` where there are not two. A
// list within parentheses ends there and needs no "or".
size_t values_read(D *d, size_t i, bool closed, Str *out) {
  Buf values = {0};
  size_t count = 0, at = i;
  size_t end = i;
  bool slashed = false;
  for (;;) {
    size_t value = skip_words(d, at, "either a an the one of");
    if (value >= d->tokens.len || d->tokens.items[value].mark)
      value = at; // "A, B or AB"
    at = value;
    size_t from = at;
    if (is_verb(d, at) || is_word(d, at, "default defaults defaulting with"))
      break;
    while (at < d->tokens.len && !d->tokens.items[at].mark &&
           !is_word(d, at, "or and default defaults defaulting") && at - from < 3 &&
           (!d->tokens.items[at].quoted || at == from))
      at++;
    if (at == from)
      break;
    buf_printf(&values, "%s%.*s", count++ ? "," : "",
               STR_ARG(words_between(d, from, at)));
    end = at;
    if (is_word(d, at, "or and") || is_mark(d, at, ',') || is_mark(d, at, '/')) {
      bool comma = !is_word(d, at, "or and");
      if (slashed && is_mark(d, at, ','))
        break; // "travel/food/office, spent_on"
      slashed |= is_mark(d, at, '/');
      at++;
      at += comma && is_word(d, at, "or and");
      continue;
    }
    break;
  }
  bool good = count >= 2 && (!closed || is_mark(d, end, ')'));
  *out = str_copy(d->arena, buf_str(&values));
  buf_free(&values);
  return good ? end : i;
}

// "which is open or done", "one of a, b, c", "an enum of a and b", "with values a, b"
size_t values_read_enum(D *d, size_t i, DField *f) {
  size_t at =
      after_any(d, i,
                "which is either|that is either|which is|that is|which can be|that "
                "can be|can be either|can be|may be|must be|is either|either|one of|"
                "being one of|being|enum with the values|enum of the values|enum of|as "
                "an enum with values|as an enum of|as an "
                "enum with|an enum of|enum with values|with the values|with values|"
                "with possible values|whose values are|enum with|enum|as enum|values");
  if (at == i)
    return i;
  bool enumerates =
      (is_word(d, at - 1, "enum values of with either") || is_word(d, i, "enum one"));
  enumerates |= after_any(d, at, "one of") > at;
  at = skip_words(d, at, "one of either");
  if (is_mark(d, at, ':'))
    at++;
  bool bracket = is_mark(d, at, '(');
  if (bracket)
    at++;
  bool has_or = false;
  for (size_t k = at; !ends_sentence(d, k) && !is_mark(d, k, ')'); k++)
    has_or |= is_word(d, k, "or") || is_mark(d, k, '/');
  Str values;
  size_t end = values_read(d, at, bracket, &values);
  if (end == at || (!enumerates && !bracket && !has_or))
    return i;
  f->type = str_format(d->arena, "enum(%.*s)", STR_ARG(values));
  f->value = (Str){"", 0};
  return end + bracket;
}

// "status pending/confirmed/cancelled": the offset behind the values, 0 without them;
// `*end` is then behind the name.
size_t values_slashed(D *d, size_t from, size_t *end, DField *f) {
  Str values;
  bool colon = is_mark(d, *end, ':') && is_mark(d, *end + 2, '/');
  size_t first = colon ? *end + 1 : *end - 1;
  if (!colon && (!is_mark(d, *end, '/') || *end - from < 2 || is_word(d, first, "and")))
    return 0;
  for (size_t k = first; k < first + 3; k += 2)
    if (k >= d->tokens.len || d->tokens.items[k].mark || type_word(d, k))
      return 0;
  size_t stop = values_read(d, first, false, &values);
  if (stop < first + 3)
    return 0;
  f->type = str_format(d->arena, "enum(%.*s)", STR_ARG(values));
  *end -= !colon;
  return stop;
}

// "status enum draft sent paid": as above.
size_t values_spaced(D *d, size_t from, size_t *end, DField *f) {
  size_t at = from + 1, stop;
  Buf values = {0};
  while (at < *end && !is_word(d, at, "enum"))
    at++;
  if (at >= *end)
    return 0;
  for (stop = at + 1; stop < d->tokens.len && !d->tokens.items[stop].mark; stop++)
    buf_printf(&values, "%s%.*s", values.len ? "," : "",
               STR_ARG(d->tokens.items[stop].low));
  bool several = stop - at > 2;
  for (size_t k = at + 1; k < stop; k++)
    several &= !is_word(d, k,
                        "of with and or default defaults default: values unique "
                        "optional nullable required not null as column field");
  if (several) {
    f->type = str_format(d->arena, "enum(%.*s)", STR_ARG(buf_str(&values)));
    *end = at;
  }
  buf_free(&values);
  return several ? stop : 0;
}
