// describe_qualifier.c: what is said of a field behind its name.
//
//   { "(" ... ")" | unique | up to N characters | between A and B | default V |
//   which is A or B | ... }
#include "agent/describe_internal.h"

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

// The field is a number between the two; "": no bound on that side.
static void set_bounds(D *d, DField *f, Str low, Str high) {
  make_number(f);
  drop_bounds(f);
  if (low.len)
    add_extra(d, f, "min", low);
  if (high.len)
    add_extra(d, f, "max", high);
}

// "stars 1-5", "(0 to 100)", "between 1 and 5"
static size_t read_range(D *d, size_t i, DField *f) {
  size_t at = after_any(d, i, "between|from|ranging from|in the range");
  Str low = number_at(d, at), high = number_at(d, i + 1);
  if (!low.len)
    return i;
  if (at == i && high.len && low.len <= high.len) {
    set_bounds(d, f, low, high);
    return i + 2;
  }
  high = number_at(d, at + 2);
  if (!high.len || !is_word(d, at + 1, at > i ? "and to through until" : "to through"))
    return i;
  bool small = at > i && f->from_name && str_is(f->type, "bigint") && high.len < 10;
  set_bounds(d, f, low, high);
  if (small)
    f->type = STR("int");
  return at + 3;
}

static size_t read_bounds(D *d, size_t i, DField *f) {
  size_t from = skip_words(d, i, "that which and it");
  if (from > i) {
    size_t end = read_bounds(d, from, f);
    return end > from ? end : i;
  }
  size_t at = read_range(d, i, f);
  if (at > i)
    return at;
  at = after_any(d, i, "at least|minimum of|minimum|min|no less than|not less than");
  Str low = number_at(d, at);
  if (at > i && low.len) {
    set_bounds(d, f, low, (Str){"", 0});
    return at + 1;
  }
  at = after_any(
      d, i,
      "must be positive|greater than 0|above 0|positive|above zero|greater than "
      "zero|larger than zero|more than zero");
  if (at > i) {
    set_bounds(d, f, (Str){"", 0}, (Str){"", 0});
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
  if (at > i)
    set_bounds(d, f, STR("0"), (Str){"", 0});
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
  size_t cascade = after_any(d, i,
                             "with cascade on delete|cascade on delete|with on delete "
                             "cascade|on delete cascade|with cascading deletes|with "
                             "cascade");
  if (cascade > i && f->arrow) {
    f->cascade = true;
    return cascade;
  }
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
      read_role, read_length,      read_bounds, read_default,   type_read_array,
      read_flag, values_read_enum, type_read,   type_read_unit, read_detail,
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
  size_t end = values_read(d, i + 1, true, &values);
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
      next = type_read(d, at, f);
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
