// describe_type.c: the type of a field, as it is said ("as JSON", "varchar(20)", "in
// bytes") or as its name tells it ("created_at", "is_active").
#include "agent/describe_internal.h"

static const struct {
  const char *words, *type;
} types[] = {
    {"string varchar str char strings", "str"},
    {"text", "text"},
    {"integer int integers ints", "int"},
    {"bigint biginteger", "bigint"},
    {"smallint", "smallint"},
    {"decimal numeric money decimals", "decimal"},
    {"float real floats", "float"},
    {"double", "double"},
    {"boolean bool flag booleans", "bool"},
    {"datetime timestamp timestamptz", "datetime"},
    {"date", "date"},
    {"json", "json"},
    {"jsonb", "jsonb"},
    {"uuid guid", "uuid"},
    {"binary bytes blob", "bytes"},
    {"interval", "interval"},
    {"enum", "enum"},
};

const char *type_word(const D *d, size_t i) {
  for (size_t k = 0; k < ARRAY_LEN(types); k++)
    if (is_word(d, i, types[k].words))
      return types[k].type;
  return NULL;
}

// ---- By name

static const struct {
  const char *tail, *spec;
} by_name[] = {
#define FIELD(tail, spec) {tail, spec},
#define KIND(model, fields, parents)
#define LABELS(word)
#include "agent/describe.def"
#undef FIELD
#undef KIND
#undef LABELS
};

Str describe_usual_field(Str phrase) {
  for (size_t i = 0; i < ARRAY_LEN(by_name); i++)
    if (str_is(phrase, by_name[i].tail))
      return str_from(by_name[i].spec);
  return STR("");
}

bool is_label(Str plural) {
  static const char *const labels[] = {
#define FIELD(tail, spec)
#define KIND(model, fields, parents)
#define LABELS(word) word,
#include "agent/describe.def"
#undef FIELD
#undef KIND
#undef LABELS
  };
  for (size_t i = 0; i < ARRAY_LEN(labels); i++)
    if (str_is(plural, labels[i]))
      return true;
  return false;
}

static void take_spec(DField *out, Str spec) {
  size_t colon = str_find_char(spec, ':', 0), equal = str_find_char(spec, '=', 0);
  size_t type_end = min_size(min_size(colon, equal), spec.len);
  out->type = str_slice(spec, 0, type_end);
  if (equal < colon)
    out->value = str_slice(spec, equal + 1, colon);
  if (colon == SIZE_MAX)
    return;
  out->extra = str_slice(spec, colon, spec.len);
}

// "cancelled", "archived": what was done or was not.
bool is_participle(Str word) {
  return word.len > 4 && str_ends(word, STR("ed")) && !str_ends(word, STR("eed")) &&
         !word_in(word, "hundred sacred naked wicked");
}

void field_type_by_name(const D *d, Str words, DField *out) {
  Str best = {0};
  char *spaced = arena_copy(d->arena, words.ptr, words.len); // created_at is "created at"
  for (size_t i = 0; i < words.len; i++)
    if (spaced[i] == '_')
      spaced[i] = ' ';
  words = (Str){spaced, words.len};
  size_t longest = 0;
  out->from_name = true;
  for (size_t i = 0; i < ARRAY_LEN(by_name); i++) {
    Str tail = str_from(by_name[i].tail);
    bool fits = str_eq(words, tail) || (words.len > tail.len && str_ends(words, tail) &&
                                        words.ptr[words.len - tail.len - 1] == ' ');
    if (fits && tail.len > longest) {
      longest = tail.len;
      best = str_from(by_name[i].spec);
    }
  }
  Str first = words, rest = words;
  str_next_part(&rest, ' ', &first);
  Str last = str_slice(words, (str_rfind_char(words, ' ') + 1), words.len);
  if (best.ptr) {
    take_spec(out, best);
  } else if (word_in(first, "is has can") ||
             word_in(last,
                     "active enabled published verified completed done archived deleted "
                     "visible featured public private paid")) {
    out->type = STR("bool");
    out->value = word_in(last, "active enabled visible") ? STR("true") : STR("false");
  } else if (str_starts(words, STR("price per ")) ||
             str_starts(words, STR("cost per ")) || str_starts(words, STR("rate per ")) ||
             str_starts(words, STR("fee per "))) {
    out->type = STR("decimal(12,2)");
  } else if (str_starts(words, STR("number of ")) ||
             str_starts(words, STR("count of "))) {
    out->type = STR("int");
  } else if (str_ends(words, STR(" at")) || str_ends(last, STR("time")) ||
             str_ends(last, STR("timestamp"))) {
    out->type = STR("datetime");
  } else if (str_is(first, "last") && is_participle(last)) {
    out->type = STR("datetime");
    out->extra = STR(":null");
  } else if (str_ends(words, STR(" on")) || str_ends(last, STR("date"))) {
    out->type = STR("date");
  } else if (is_participle(last) ||
             word_in(last, "online available hidden pinned vegan "
                           "vegetarian lent sold mandatory free")) {
    out->type = STR("bool");
    out->value = STR("false");
  } else {
    out->type = STR("str");
  }
}

// ---- As it is said

Str number_at(const D *d, size_t i) {
  if (i >= d->tokens.len || d->tokens.items[i].mark)
    return (Str){"", 0};
  Str t = d->tokens.items[i].text;
  if (!t.len || !((t.ptr[0] >= '0' && t.ptr[0] <= '9') || (t.ptr[0] == '-' && t.len > 1)))
    return (Str){"", 0};
  Buf out = {0};
  for (size_t k = 0; k < t.len; k++)
    if (t.ptr[k] != ',')
      buf_add_char(&out, t.ptr[k]);
  Str s = str_copy(d->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

// "numeric 14,2", "decimal 10 2"
size_t type_read_figures(D *d, size_t i, DField *f) {
  if (!number_at(d, i).len)
    return i;
  Str rest = d->tokens.items[i].text, first = rest;
  size_t end = i + 1;
  if (str_find_char(rest, ',', 0) != SIZE_MAX) {
    str_next_part(&rest, ',', &first);
  } else {
    end += is_mark(d, end, ',') && number_at(d, end + 1).len == 1;
    rest = number_at(d, end);
    end += rest.len > 0;
  }
  if (rest.len && rest.len <= 2 && first.len <= 2)
    f->type = str_format(d->arena, "decimal(%.*s,%.*s)", STR_ARG(first), STR_ARG(rest));
  return rest.len ? end : i;
}

// "as JSON", "of type decimal", ": string", "(int)", "varchar(20)", "decimal(10, 2)"
size_t type_read(D *d, size_t i, DField *f) {
  size_t at = after_any(d, i, "stored as|of type|as a|as an|as|a|an|type");
  if (is_mark(d, at, ':'))
    at++;
  const char *type = type_word(d, at);
  if (!type || str_is(str_from(type), "enum"))
    return i;
  f->type = str_from(type);
  f->from_name = false;
  at++;
  if (is_mark(d, at, '(') && number_at(d, at + 1).len) {
    Str first = number_at(d, at + 1), second = {"", 0};
    size_t end = at + 2;
    if (is_mark(d, end, ',')) {
      second = number_at(d, end + 1);
      end += 2;
    } else if (str_find_char(d->tokens.items[at + 1].text, ',', 0) !=
               SIZE_MAX) { // (10,2)
      Str rest = d->tokens.items[at + 1].text;
      str_next_part(&rest, ',', &first);
      second = rest;
    }
    if (is_mark(d, end, ')')) {
      f->type = str_format(d->arena, "%s(%.*s%s%.*s)", type, STR_ARG(first),
                           second.len ? "," : "", STR_ARG(second));
      at = end + 1;
    }
  } else if (str_is(f->type, "str") && number_at(d, at).len) { // "varchar 50"
    f->type = str_format(d->arena, "str(%.*s)", STR_ARG(number_at(d, at)));
    at++;
  } else if (str_is(f->type, "decimal")) {
    at = type_read_figures(d, at, f);
  }
  return at;
}

// "as an array of strings", ": list[str]", "as text array"
size_t type_read_array(D *d, size_t i, DField *f) {
  size_t at =
      after_any(d, i, "as an array of|as array of|as a list of|as list of|array of");
  if (is_mark(d, i, ':') && is_word(d, i + 1, "list array") && is_mark(d, i + 2, '['))
    at = i + 3;
  size_t noun = after_any(d, i, "as a|as an|as|of type");
  bool behind = type_word(d, noun) && is_word(d, noun + 1, "array arrays list");
  at = behind && noun > i ? noun : at;
  const char *type = at > i ? type_word(d, at) : NULL;
  if (!type)
    return i;
  at += behind;
  f->type = str_format(d->arena, "array(%s)", type);
  f->from_name = false;
  return at + 1 + is_mark(d, at + 1, ']');
}

size_t type_read_unit(D *d, size_t i, DField *f) {
  size_t at = after_any(
      d, i, "in bytes|in seconds|in minutes|in hours|in days|in cents|in pages");
  if (at > i && f->from_name)
    f->type = is_word(d, at - 1, "bytes") ? STR("bigint") : STR("int");
  bool unit = at == i && is_word(d, i, "in") &&
              is_word(d, i + 1,
                      "metres meters metre meter centimetres centimeters cm mm km "
                      "kilometres kilometers miles feet inches kg kilograms kilos grams "
                      "tons tonnes litres liters euros dollars percent degrees celsius "
                      "watts volts pixels years months weeks mph kmh knots hectares");
  return unit ? i + 2 : at; // the name tells the type
}
