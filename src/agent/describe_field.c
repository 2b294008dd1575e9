// describe_field.c: a field and what is said of it.
//
//   [unique|optional|...] noun [type] { "(" ... ")" | unique | up to N characters |
//   between A and B | default V | which is A or B | ... }
#include "agent/describe_internal.h"

// Words that end the name of a field.
static const char stops[] =
    "has have had having with that which who whose is are was be been can may might must "
    "should "
    "will and or of to for from per by on in at as into between under belongs belong "
    "contains "
    "contain includes include including where when while plus also each every a an the "
    "any if not "
    "its it their they his her this these unique optional nullable required mandatory "
    "indexed "
    "default defaults defaulting max maximum min minimum least most characters chars "
    "many "
    "several multiple one both using via then but so ranging called named than "
    "optionally "
    "always never only foreign referencing inherits inherit extends references stored "
    "store show write please pls plz thanks thank thx together jointly autoincrement "
    "aware timezone starts starting initially cannot";

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

static const char *type_word(const D *d, size_t i) {
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
static bool is_participle(Str word) {
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

// ---- Qualifiers

static Str number_at(const D *d, size_t i) {
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

static void add_extra(D *d, DField *f, const char *flag, Str value) {
  f->extra =
      str_format(d->arena, "%.*s:%s(%.*s)", STR_ARG(f->extra), flag, STR_ARG(value));
}

static bool is_text_type(Str type) {
  return str_starts(type, STR("str")) || str_is(type, "text");
}

static bool is_number_type(Str type) {
  return str_starts(type, STR("int")) || str_starts(type, STR("bigint")) ||
         str_starts(type, STR("smallint")) || str_starts(type, STR("decimal")) ||
         str_starts(type, STR("float")) || str_starts(type, STR("double"));
}

static void make_number(DField *f) {
  if (!is_number_type(f->type) && f->from_name)
    f->type = STR("int");
}

// A bound of the name alone gives way to one that is said.
static void drop_bounds(DField *f) {
  if (f->from_name)
    f->value = (Str){"", 0};
  size_t at =
      min_size(str_find(f->extra, STR(":min("), 0), str_find(f->extra, STR(":max("), 0));
  if (at != SIZE_MAX)
    f->extra = str_slice(f->extra, 0, at);
}

// "up to 200 characters", "at most 50", "max 20 chars", "of 3 letters"
static size_t read_length(D *d, size_t i, DField *f) {
  size_t at = skip_words(d, i, "of with a an which that is are has have must be");
  at = skip_words(d, at, "length lengths long size");
  size_t bounded =
      after_any(d, at,
                "up to|exactly|at most|no more than|no longer than|not longer than|"
                "limited to|max length|maximum length|maximum|max|with a "
                "maximum of|fewer than");
  at = skip_words(d, bounded, "of");
  Str n = number_at(d, at);
  if (!n.len)
    return i;
  size_t unit = skip_words(d, at + 1,
                           "characters chars character char letters symbols long max "
                           "maximum digits");
  if (unit > at + 1 && is_word(d, at + 1,
                               "characters chars character char letters "
                               "symbols digits digit")) {
    f->type = str_format(d->arena, "str(%.*s)", STR_ARG(n));
    return unit;
  }
  if (bounded == at - (size_t)(at > bounded) && bounded > i && is_text_type(f->type)) {
    f->type = str_format(d->arena, "str(%.*s)", STR_ARG(n));
    return at + 1;
  }
  if (bounded > i && !is_text_type(f->type)) {
    add_extra(d, f, "max", n);
    return at + 1;
  }
  return i;
}

static size_t read_bounds(D *d, size_t i, DField *f) {
  size_t from = skip_words(d, i, "that which and it");
  if (from > i) {
    size_t end = read_bounds(d, from, f);
    return end > from ? end : i;
  }
  size_t at = after_any(d, i, "between|from|ranging from|in the range");
  Str low = number_at(d, at), high = number_at(d, i + 1);
  if (at == i && low.len && high.len && low.len <= high.len) { // "stars 1-5"
    make_number(f);
    drop_bounds(f);
    add_extra(d, f, "min", low);
    add_extra(d, f, "max", high);
    return i + 2;
  }
  if (at == i && low.len && is_word(d, i + 1, "to through") && number_at(d, i + 2).len) {
    make_number(f); // "(0 to 100)"
    drop_bounds(f);
    add_extra(d, f, "min", low);
    add_extra(d, f, "max", number_at(d, i + 2));
    return i + 3;
  }
  high = (Str){0};
  if (at > i && low.len && is_word(d, at + 1, "and to through until")) {
    high = number_at(d, at + 2);
    if (high.len) {
      make_number(f);
      if (f->from_name && str_is(f->type, "bigint") && high.len < 10)
        f->type = STR("int");
      drop_bounds(f);
      add_extra(d, f, "min", low);
      add_extra(d, f, "max", high);
      return at + 3;
    }
  }
  at = after_any(d, i, "at least|minimum of|minimum|min|no less than|not less than");
  low = number_at(d, at);
  if (at > i && low.len) {
    make_number(f);
    drop_bounds(f);
    add_extra(d, f, "min", low);
    return at + 1;
  }
  at = after_any(
      d, i,
      "must be positive|greater than 0|above 0|positive|above zero|greater than "
      "zero|larger than zero|more than zero");
  if (at > i) {
    make_number(f);
    drop_bounds(f);
    f->extra = str_format(d->arena, "%.*s:positive", STR_ARG(f->extra));
    return at;
  }
  at = after_any(
      d, i,
      "never below zero|never below 0|not below zero|not below 0|cannot go below "
      "zero|can't go below zero|can not go below zero|must not go below zero|must "
      "not be below zero|not less than zero|must never be negative|may never be "
      "negative|can never be negative|"
      "never be negative|non negative|not negative|cannot be negative|must "
      "not be negative|zero or "
      "more|never negative");
  if (at > i) {
    make_number(f);
    drop_bounds(f);
    add_extra(d, f, "min", STR("0"));
  }
  return at;
}

static size_t read_default(D *d, size_t i, DField *f) {
  size_t at =
      after_any(d, i,
                "server default of|server default|with a default of|with default "
                "value|with default|by default|default "
                "value|defaults to|defaulting to|default is|default to|default|which "
                "defaults to|that defaults to|which starts at|that starts at|starts at|"
                "starting at|starts with|starting with|starts from|starting from|starts "
                "as|starting as|initially|initial value");
  if (at == i)
    return i;
  at = skip_words(d, at, "value of is to the");
  if (is_mark(d, at, '=') || is_mark(d, at, ':'))
    at++;
  if (at >= d->tokens.len || d->tokens.items[at].mark)
    return i;
  size_t now = after_any(d, at, "now|current time|current date|current timestamp|today");
  if (now > at) {
    f->value = STR("now");
    if (f->from_name && !str_starts(f->type, STR("date")))
      f->type = STR("datetime");
    return now;
  }
  Str value = number_at(d, at);
  f->value = value.len ? value : d->tokens.items[at].text;
  if (f->from_name && str_is(f->type, "str") && is_word(d, at, "true false"))
    f->type = STR("bool");
  if (f->from_name && str_is(f->type, "str") && value.len)
    f->type = STR("int");
  if (is_word(d, at, "zero"))
    f->value = STR("0");
  if (is_word(d, at, "true false"))
    f->value = d->tokens.items[at].low;
  return at + 1;
}

// Values: "open, closed or done"; the offset behind them, `i` where there are not two. A
// list within parentheses ends there and needs no "or".
static size_t read_values(D *d, size_t i, bool closed, Str *out) {
  Buf values = {0};
  size_t count = 0, at = i;
  bool has_or = false;
  size_t end = i;
  for (;;) {
    size_t value = skip_words(d, at, "either a an the one of");
    if (value >= d->tokens.len || d->tokens.items[value].mark)
      value = at; // "A, B or AB"
    at = value;
    size_t from = at;
    if (is_verb(d, at) || is_word(d, at, "default defaults defaulting with"))
      break;
    while (at < d->tokens.len && !d->tokens.items[at].mark && !is_word(d, at, "or and") &&
           at - from < 3 && (!d->tokens.items[at].quoted || at == from))
      at++;
    if (at == from)
      break;
    buf_printf(&values, "%s%.*s", count++ ? "," : "",
               STR_ARG(words_between(d, from, at)));
    end = at;
    if (is_word(d, at, "or and") || is_mark(d, at, ',') || is_mark(d, at, '/')) {
      bool comma = !is_word(d, at, "or and");
      has_or |= is_word(d, at, "or") || is_mark(d, at, '/');
      at++;
      if (comma && is_word(d, at, "or and")) {
        has_or |= is_word(d, at, "or");
        at++;
      }
      continue;
    }
    break;
  }
  bool good = count >= 2 && (closed ? is_mark(d, end, ')') : has_or || count > 1);
  *out = str_copy(d->arena, buf_str(&values));
  buf_free(&values);
  return good ? end : i;
}

// "which is open or done", "one of a, b, c", "an enum of a and b", "with values a, b"
static size_t read_enum(D *d, size_t i, DField *f) {
  size_t at =
      after_any(d, i,
                "which is either|that is either|which is|that is|which can be|that "
                "can be|can be either|can be|may be|must be|is either|either|one of|"
                "being one of|being|enum with the values|enum of the values|enum of|as "
                "an enum with values|as an enum of|as an "
                "enum with|an enum of|enum with values|with the values|with values|"
                "with possible values|whose values are|enum with|enum|as enum|values");
  bool said = at > i;
  bool enumerates = said && (is_word(d, at - 1, "enum values of with either") ||
                             is_word(d, i, "enum one"));
  at = skip_words(d, at, "one of either");
  if (is_mark(d, at, ':'))
    at++;
  bool bracket = is_mark(d, at, '(');
  if (bracket)
    at++;
  if (!said)
    return i;
  bool has_or = false;
  for (size_t k = at; !ends_sentence(d, k) && !is_mark(d, k, ')'); k++)
    has_or |= is_word(d, k, "or") || is_mark(d, k, '/');
  Str values;
  size_t end = read_values(d, at, bracket, &values);
  if (end == at || (!enumerates && !bracket && !has_or))
    return i;
  f->type = str_format(d->arena, "enum(%.*s)", STR_ARG(values));
  f->value = (Str){"", 0};
  return end + bracket;
}

// "if paid", "if known": there may be none.
static size_t read_condition(const D *d, size_t i, DField *f) {
  size_t end = i + 2;
  if (!is_word(d, i, "if when once unless") || end > d->tokens.len ||
      d->tokens.items[i + 1].mark || is_word(d, i + 1, "it the a an they he she"))
    return i;
  if (end < d->tokens.len && !d->tokens.items[end].mark && !is_word(d, end, "and"))
    return i;
  f->nullable = true;
  return end;
}

static size_t read_flag(D *d, size_t i, DField *f) {
  size_t condition = read_condition(d, i, f);
  if (condition > i)
    return condition;
  size_t no = after_any(d, i,
                        "cannot be|can't be|can not be|must not be|mustn't be|may not "
                        "be|should not be|shouldn't be|is never|are never|never");
  size_t bare = no > i ? after_any(d, no,
                                   "null|empty|missing|blank|left out|left empty|"
                                   "nullable|optional")
                       : no;
  if (bare > no) {
    f->required = true;
    return bare;
  }
  size_t at =
      after_any(d, i,
                "which must be|that must be|must be|which is|that is|which should be|"
                "should be|which can be|that can be|can be|may be|which may be|has to "
                "be|needs to be|should also be|must also be|can also be|could be|is");
  size_t end;
  if ((end = after_any(d, at, "globally unique|unique too|unique|distinct")) > at)
    f->unique = true;
  else if ((end = after_any(
                d, at,
                "optional|nullable|null|empty|missing|left empty|left out|may be "
                "empty|blank")) > at)
    f->nullable = true;
  else if ((end = after_any(d, at,
                            "always required|required|mandatory|not null|non null|not "
                            "nullable|not optional|not empty|always set|obligatory")) >
           at)
    f->required = true;
  else if ((end = after_any(d, at, "indexed|with an index|with index|index|searchable")) >
           at)
    f->index = true;
  else if ((end = after_any(d, at,
                            "primary key|the primary key|as primary key|as the primary "
                            "key|pk|primary")) > at)
    f->key = true;
  else
    return i;
  return end;
}

// "numeric 14,2", "decimal 10 2"
static size_t read_figures(D *d, size_t i, DField *f) {
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
static size_t read_type(D *d, size_t i, DField *f) {
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
    at = read_figures(d, at, f);
  }
  return at;
}

// "timezone aware", "autoincrement", "on the server"
static size_t read_detail(D *d, size_t i, DField *f) {
  size_t end =
      after_any(d, i,
                "timezone aware|time zone aware|tz aware|with timezone|with time "
                "zone|with a timezone|in utc|aware");
  if (end > i) {
    if (f->from_name && !str_starts(f->type, STR("datetime")))
      f->type = STR("datetime");
    return end;
  }
  end = after_any(d, i,
                  "autoincrement|auto increment|autoincrementing|auto "
                  "incrementing|autoincremented|generated");
  if (end > i) {
    f->key |= str_is(f->name, "id");
    return end;
  }
  end = after_any(d, i,
                  "on the server|on server|server side|by the server|by the "
                  "database|in the database");
  if (end > i && f->value.len && !str_is(f->value, "now"))
    f->extra = str_format(d->arena, "%.*s:server", STR_ARG(f->extra));
  return end;
}

// "as an array of strings", ": list[str]", "as text array"
static size_t read_array(D *d, size_t i, DField *f) {
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

static size_t read_unit(D *d, size_t i, DField *f) {
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

// "a manager who is also an employee"
static size_t read_role(D *d, size_t i, DField *f) {
  size_t at = after_any(
             d, i,
             "who is also|which is also|that is also|who is|which is another|that is "
             "another|another|also an|also a"),
         end;
  bool plural;
  int e = at > i ? entity_at(d, skip_words(d, at, "a an the another one"), &end, &plural)
                 : NO_ENTITY;
  if (e == NO_ENTITY)
    return i;
  f->arrow = "->";
  f->target = d->entities.items[e].name;
  return end;
}

static size_t read_qualifier(D *d, size_t i, DField *f) {
  static size_t (*const readers[])(D *, size_t, DField *) = {
      read_role, read_length, read_bounds, read_default, read_array,
      read_flag, read_enum,   read_type,   read_unit,    read_detail,
  };
  for (size_t k = 0; k < ARRAY_LEN(readers); k++) {
    size_t end = readers[k](d, i, f);
    if (end > i)
      return end;
  }
  return i;
}

// What stands in parentheses behind a field; words that say nothing new are passed over.
static size_t read_parentheses(D *d, size_t i, DField *f) {
  size_t close = i + 1;
  for (int depth = 1; close < d->tokens.len; close++) {
    depth += is_mark(d, close, '(') - is_mark(d, close, ')');
    if (!depth)
      break;
  }
  if (close >= d->tokens.len)
    return i;
  Str values;
  size_t end = read_values(d, i + 1, true, &values);
  size_t probe = i + 1;
  DField trial = *f;
  if (end == close && read_qualifier(d, probe, &trial) == probe && !f->arrow) {
    f->type = str_format(d->arena, "enum(%.*s)", STR_ARG(values));
    use(d, i, close + 1);
    return close + 1;
  }
  for (size_t at = i + 1; at < close;) {
    size_t many = after_any(d, at, "many to many|m2m|m:n|n:m|many2many");
    size_t one = after_any(d, at, "one to many|one2many");
    end = many > at ? many : one > at ? one : read_qualifier(d, at, f);
    if (many > at)
      f->arrow = "<->";
    else if (one > at)
      f->arrow = "<-";
    if (end == at) {
      at++;
      continue;
    }
    use(d, at, end);
    at = end;
  }
  use(d, i, i + 1);
  use(d, close, close + 1);
  return close + 1;
}

// ---- A whole field

// "doctor patient starts_at duration": a name is over where a model or a name with an
// underscore follows it, or it is one itself and no type follows.
static bool begins_anew(const D *d, size_t i, size_t end) {
  size_t stop;
  bool plural;
  bool here = str_find_char(d->tokens.items[end].low, '_', 0) != SIZE_MAX;
  bool before = str_find_char(d->tokens.items[end - 1].low, '_', 0) != SIZE_MAX;
  if (before)
    return !type_word(d, end) && !is_word(d, end, "fk enum field column");
  if (!here && entity_at(d, end, &stop, &plural) == NO_ENTITY)
    return false;
  return end == i + 1 && entity_at(d, i, &stop, &plural) != NO_ENTITY && !plural &&
         stop == end && (here || !plural);
}

static size_t name_end(const D *d, size_t i) {
  size_t end = i;
  if (is_word(d, i, "number amount count quantity") && is_word(d, i + 1, "of") &&
      i + 2 < d->tokens.len && !d->tokens.items[i + 2].mark && !is_word(d, i + 2, stops))
    return i + 3; // "number of doors"
  if (is_word(d, i, "at on from to by in until since") && type_word(d, i + 1))
    return i + 2; // "at timestamp": it is called so
  while (end < d->tokens.len && !d->tokens.items[end].mark && !is_word(d, end, stops) &&
         end - i < 4 && !number_at(d, end).len && !(end > i && begins_anew(d, i, end)) &&
         !(end > i && after_any(d, end, "primary key|pk|up to|up until") > end) &&
         !(is_word(d, end, "server") && is_word(d, end + 1, "default")))
    end++;
  size_t unit_end;
  bool plural;
  if (end > i && is_word(d, end, "per") && end + 1 < d->tokens.len &&
      !d->tokens.items[end + 1].mark && !is_word(d, end + 1, stops) &&
      entity_at(d, end + 1, &unit_end, &plural) == NO_ENTITY)
    end += 2; // "price per night"
  if (end > i && is_word(d, end, "on at") &&
      (end + 1 >= d->tokens.len || d->tokens.items[end + 1].mark ||
       is_word(d, end + 1, "date datetime timestamp")))
    end += 1 + is_word(d, end + 1, "date datetime timestamp"); // "issued on"
  if (end > i && is_word(d, end, "of at by") &&
      is_word(d, end - 1, "date created updated") && is_word(d, end + 1, "birth"))
    end += 2; // date of birth
  return end;
}

static size_t read_adjectives(D *d, size_t i, DField *f) {
  for (size_t at;; i = at) {
    at = skip_words(d, i, "a an the its their his her some any exactly");
    if (is_word(d, at, "unique"))
      f->unique = true;
    else if (is_word(d, at, "optional nullable"))
      f->nullable = true;
    else if (is_word(d, at, "required mandatory"))
      f->required = true;
    else if (is_word(d, at, "non not") && is_word(d, at + 1, "null nullable")) {
      f->required = true;
      use(d, at, at + 1);
      at++;
    } else if (is_word(d, at, "indexed"))
      f->index = true;
    else if (is_word(d, at, "short"))
      f->type = STR("str(100)");
    else if (is_word(d, at, "long"))
      f->type = STR("text");
    else if (is_word(d, at, "hashed"))
      f->extra = STR("hash");
    else if (is_word(d, at, "positive"))
      f->extra = STR(":positive");
    else if (is_word(d, at, "enum"))
      f->type = STR("enum");
    else if (is_word(d, at, "json jsonb string integer decimal boolean float uuid") &&
             name_end(d, at + 1) > at + 1)
      f->type = str_from(type_word(d, at));
    else
      return at;
    use(d, i, at + 1);
    at++;
  }
}

// A trailing word that is a type says what the field is, not how it is called.
static size_t split_type(D *d, size_t from, size_t end, DField *f) {
  const char *type = end - from > 1 ? type_word(d, end - 1) : NULL;
  bool identifier =
      str_find_char(d->tokens.items[end - 1 - (end - from > 1)].text, '_', 0) != SIZE_MAX;
  bool done = end - from > 1 && (is_word(d, end - 2, "on at") ||
                                 (is_word(d, end - 1, "timestamp datetime") &&
                                  is_participle(d->tokens.items[end - 2].low)));
  bool part_of_name = is_word(d, end - 1, "date timestamp") && !identifier && !done;
  if (type && !part_of_name && !str_is(str_from(type), "enum")) {
    f->type = str_from(type);
    f->from_name = false;
    end--;
  }
  if (end - from > 1 && is_word(d, end - 1, "enum") && is_mark(d, end, '('))
    end--;
  if (end - from > 1 && is_word(d, end - 1, "fk")) {
    f->type = STR(""); // "station_id fk": see link_keys
    f->from_name = true;
    end--;
  }
  if (end - from > 1 && is_word(d, end - 1, "field column attribute property value"))
    end--;
  return end;
}

static bool is_plural(const D *d, Str phrase) {
  if (phrase.len < 4)
    return false; // "ts"
  Str singular = name_singular(d->arena, phrase);
  return !str_eq(singular, phrase) && str_eq(name_plural(d->arena, singular), phrase);
}

static void finish_scalar(D *d, Str words, DField *f) {
  DField said = *f;
  DField guess = {0};
  if (str_is(said.extra, "hash")) {
    words = str_format(d->arena, "%.*s hash", STR_ARG(words));
    f->extra = (Str){"", 0};
  } else if (str_is(words, "password")) {
    words = STR("password hash");
    schema_assume(d->schema, "a password is kept as a hash, never as it is");
  }
  if (str_ends(words, STR(" dates")) || str_ends(words, STR(" times")))
    words = str_slice(words, 0, words.len - 1);
  f->name = name_snake(d->arena, words);
  if (str_is(f->type, "enum"))
    f->type = (Str){"", 0};
  field_type_by_name(d, words, &guess);
  if (!f->type.len) {
    f->type = guess.type;
    f->value = guess.value;
    f->extra = guess.extra.len ? guess.extra : f->extra;
    f->from_name = true;
  }
}

// "origin airport", "home_team": one that plays a part.
static int entity_of_head(const D *d, Str words) {
  size_t cut = max_size(str_rfind_char(words, ' ') + 1, str_rfind_char(words, '_') + 1);
  Str head = str_slice(words, cut, words.len);
  if (!cut || cut == words.len || is_plural(d, head))
    return NO_ENTITY;
  int e = entity_of(d, head);
  bool same = e != NO_ENTITY && same_without_blanks(d->entities.items[e].lemma, head);
  return same ? e : NO_ENTITY;
}

// "code: string, unique, max 30", "open or closed, default open": what is said behind a
// comma and is no part of the next name.
static size_t read_listed(D *d, size_t i, DField *f) {
  static size_t (*const readers[])(D *, size_t, DField *) = {read_default, read_length,
                                                             read_flag, read_bounds};
  for (size_t k = 0; k < ARRAY_LEN(readers); k++) {
    DField trial = *f;
    size_t end = readers[k](d, i + 1, &trial);
    bool whole =
        end >= d->tokens.len || d->tokens.items[end].mark || readers[k] == read_default;
    if (end > i + 1 && whole && !is_mark(d, end, ':') && !is_mark(d, end, '(')) {
      *f = trial;
      return end;
    }
  }
  return i;
}

// Among the columns in parentheses: "Book(title, author)".
static bool in_parentheses(const D *d, size_t i) {
  int depth = 0;
  for (size_t k = i; k-- > 0 && !ends_sentence(d, k);) {
    depth += is_mark(d, k, ')') - is_mark(d, k, '(');
    if (depth < 0)
      return true;
  }
  return false;
}

// "status pending/confirmed/cancelled": the offset behind the values, 0 without them;
// `*end` is then behind the name.
static size_t slashed_values(D *d, size_t from, size_t *end, DField *f) {
  Str values;
  bool colon = is_mark(d, *end, ':') && is_mark(d, *end + 2, '/');
  size_t first = colon ? *end + 1 : *end - 1;
  if (!colon && (!is_mark(d, *end, '/') || *end - from < 2 || is_word(d, first, "and")))
    return 0;
  for (size_t k = first; k < first + 3; k += 2)
    if (k >= d->tokens.len || d->tokens.items[k].mark || type_word(d, k))
      return 0;
  size_t stop = read_values(d, first, false, &values);
  if (stop < first + 3)
    return 0;
  f->type = str_format(d->arena, "enum(%.*s)", STR_ARG(values));
  *end -= !colon;
  return stop;
}

// "status enum draft sent paid": as above.
static size_t spaced_values(D *d, size_t from, size_t *end, DField *f) {
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

// "which is 13 characters and must be unique": what goes on about the same field.
static size_t read_continued(D *d, size_t i, DField *f) {
  if (!is_word(d, i, "and but") ||
      !is_word(d, i + 1, "must should is are has may can cannot can't needs defaults") ||
      is_word(d, i + 2, "a an one many several"))
    return i;
  size_t end = read_qualifier(d, i + 1, f);
  return end > i + 1 ? end : i;
}

size_t field_qualifiers(D *d, size_t i, DField *f) {
  size_t at = i;
  for (;;) {
    size_t both = skip_words(d, at + 2, "are is of them a an the"), both_end;
    bool both_plural;
    if (is_mark(d, at, '(') && is_word(d, at + 1, "both") &&
        entity_at(d, both, &both_end, &both_plural) != NO_ENTITY)
      break; // said of the field before too
    size_t next =
        is_mark(d, at, '(') ? read_parentheses(d, at, f) : read_qualifier(d, at, f);
    if (next == at && !f->arrow && is_mark(d, at, ':') && type_word(d, at + 1))
      next = read_type(d, at, f);
    if (next == at && is_mark(d, at, ','))
      next = read_listed(d, at, f);
    if (next == at)
      next = read_continued(d, at, f);
    if (next == at)
      break;
    use(d, at, next);
    at = next;
  }
  return at;
}

size_t field_read(D *d, size_t i, DField *out) {
  *out = (DField){.extra = {"", 0}, .value = {"", 0}, .type = {"", 0}};
  size_t whether =
      after_any(d, i,
                "whether it is still|whether it is|whether it's|whether it "
                "was|whether it has been|whether they are|whether or not it is|whether|"
                "if it is|if it's|if it was|if they are|if it has been");
  use(d, i, whether);
  size_t at = read_adjectives(d, whether, out);
  size_t fk =
      after_any(d, at,
                "foreign key to|foreign key for|reference to|references|link to|fk to|"
                "relationship to|relation to|relation with|relationship with");
  size_t from = skip_words(d, fk, "a an the its their");
  size_t end = name_end(d, from);
  if (end == from)
    return i;
  size_t values_end = slashed_values(d, from, &end, out);
  if (!values_end)
    values_end = spaced_values(d, from, &end, out);
  end = split_type(d, from, end, out);
  size_t behind = max_size(name_end(d, from), values_end);
  if (str_is(out->type, "str") && !values_end && number_at(d, behind).len &&
      is_word(d, behind - 1, "string varchar str char")) { // "code char 7"
    out->type = str_format(d->arena, "str(%.*s)", STR_ARG(number_at(d, behind)));
    behind++;
  }
  if (str_is(out->type, "decimal") && !values_end)
    behind = read_figures(d, behind, out);
  Str words = words_between(d, from, end);
  int target = entity_of(d, words);
  if (target == NO_ENTITY && fk == at && !out->type.len)
    target = entity_of_head(d, words);
  bool plural = is_plural(d, words);
  bool many = after_any(d, behind, "many to many") > behind;
  DField listed = {0};
  bool array = read_array(d, behind, &listed) > behind;
  bool labels = plural && is_label(words) && !array;
  DField guess = {0};
  field_type_by_name(d, plural ? name_singular(d->arena, words) : words, &guess);
  DField as_is = {0};
  field_type_by_name(d, words, &as_is);
  // A plural that is no usual field, or a usual model, is a model of its own.
  bool usual =
      str_is(as_is.type, "str") && (str_is(guess.type, "str") || is_kind(d, words));
  bool columns =
      is_kind(d, words) && lists_columns(d, behind) && !is_word(d, behind - 1, "enum");
  bool attribute = !plural && word_in(words, "role note address position");
  bool own = usual && !attribute && !array && !subject_inherits(d) && !out->type.len &&
             fk == at && end - from <= 2 && (plural || is_kind(d, words)) &&
             str_find_char(words, '_', 0) == SIZE_MAX &&
             (columns || !is_mark(d, behind, '(')) && target == NO_ENTITY && !labels &&
             !number_at(d, behind).len && !(in_parentheses(d, i) && !plural);
  if (own) {
    target = entity_add(d, words);
    if (target != NO_ENTITY)
      schema_assume(d->schema, "%.*s is taken to be a model of its own",
                    STR_ARG(d->entities.items[target].name));
  }
  if (target != NO_ENTITY || fk > at || labels ||
      (plural && is_mark(d, behind, '(') &&
       after_any(d, behind + 1, "many to many") > behind + 1)) {
    if (target == NO_ENTITY)
      target = entity_add(d, words);
    out->target = d->entities.items[target].name;
    out->name = name_snake(d->arena, words);
    bool key = after_any(d, at, "foreign key|fk|reference|references") > at;
    if (key && plural)
      out->name = name_singular(d->arena, out->name);
    out->arrow = key || !plural ? "->" : many || labels ? "<->" : "<-";
  } else {
    finish_scalar(d, words, out);
    if (plural && subject_inherits(d) && out->from_name && str_is(out->type, "str"))
      out->type = STR("int"); // "a car has doors": how many
  }
  if (fk > at && is_word(d, behind, "named called") && behind + 1 < d->tokens.len &&
      !d->tokens.items[behind + 1].mark) { // "FK to users named assignee_id"
    Str name = d->tokens.items[behind + 1].low;
    out->name = str_ends(name, STR("_id")) ? str_slice(name, 0, name.len - 3) : name;
    behind += 2;
  }
  size_t either = whether > i ? after_any(d, behind, "or not|or no") : behind;
  if (whether > i && !out->arrow && out->from_name && str_is(out->type, "str") &&
      (either > behind || !is_word(d, behind, "or"))) {
    out->type = STR("bool");
    out->value = STR("false");
  }
  behind = either;
  use(d, i, behind);
  size_t key = after_any(
      d, behind,
      "foreign key to|foreign key references|referencing|fk to|foreign key for");
  if (key == behind && is_mark(d, behind, '>'))
    key++; // "artist_id -> artists"
  if (key > behind && !out->arrow) {
    size_t noun = skip_words(d, key, "a an the its"), stop = name_end(d, noun);
    int e = stop > noun ? entity_add(d, words_between(d, noun, stop)) : NO_ENTITY;
    if (e != NO_ENTITY) {
      out->arrow = "->";
      out->target = d->entities.items[e].name;
      if (str_ends(out->name, STR("_id")))
        out->name = str_slice(out->name, 0, out->name.len - 3);
      use(d, behind, stop);
      behind = stop;
    }
  }
  if (!out->arrow && out->type.len && behind > from && type_word(d, behind - 1) &&
      is_mark(d, behind, '('))
    behind = max_size(behind, read_type(d, behind - 1, out));
  use(d, i, behind);
  at = behind;
  if (out->arrow && is_mark(d, at, '(') && (columns || lists_columns(d, at)))
    return at; // what stands in the parentheses is said of the model
  for (size_t next; (next = field_qualifiers(d, at, out)) > at; at = next)
    ;
  return at;
}
