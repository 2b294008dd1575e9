// rank.c: which of the listed causes the text itself speaks for (rank.def), and which
// column's value was refused, where the database does not name it.
#include <ctype.h>
#include <stdlib.h>

#include "diagnose/internal.h"

static const struct {
  const char *entry, *pattern, *cause;
} ranks[] = {
#define RANK(entry, pattern, cause) {entry, pattern, cause},
#include "diagnose/rank.def"
#undef RANK
};

// ---- Parameters

typedef struct {
  Str name; // "" for a position
  Str value;
  bool text; // was quoted
} Given;

// The end of the value that begins `s`: behind its last byte, or at the quote that closes
// it. "datetime.datetime(2024, 1, 2)" and "b'a,b'" are each one value.
static size_t given_end(Str s, char quote) {
  size_t end = quote ? 1 : 0, depth = 0;
  while (end < s.len) {
    char c = s.ptr[end];
    if (quote ? c == quote : !depth && strchr(",:)}]", c))
      break;
    if (!quote && (c == '\'' || c == '"'))
      end += given_end(str_slice(s, end, s.len), c);
    depth += !quote && c == '(';
    depth -= depth && c == ')';
    end += quote && c == '\\' ? 2 : 1;
  }
  return min_size(end, s.len);
}

// The next item of "{'a': 'x', 'b': 1}" or "('x', 1)"; false at the end, or at what is no
// plain list of values.
static bool next_given(Str *rest, Given *g) {
  *g = (Given){.name = STR(""), .value = STR("")};
  for (bool named = false;;) {
    while (rest->len && (rest->ptr[0] == ' ' || rest->ptr[0] == ','))
      *rest = str_slice(*rest, 1, rest->len);
    if (!rest->len || strchr("])}[({", rest->ptr[0]))
      return false;
    char quote = rest->ptr[0] == '\'' || rest->ptr[0] == '"' ? rest->ptr[0] : 0;
    size_t end = given_end(*rest, quote);
    g->value = str_slice(*rest, quote ? 1 : 0, end);
    g->text = quote != 0;
    *rest = str_slice(*rest, min_size(end + (quote != 0), rest->len), rest->len);
    if (named || !rest->len || rest->ptr[0] != ':')
      return true;
    named = true;
    g->name = g->value;
    *rest = str_slice(*rest, 1, rest->len);
  }
}

static bool too_long(const Given *g, size_t limit) {
  return g->text && (g->value.len > limit ||
                     str_find(g->value, STR("characters truncated"), 0) != SIZE_MAX);
}

static bool out_of_range(const Given *g, double limit) {
  char *end;
  double n = strtod(g->value.ptr, &end);
  return !g->text && g->value.len && end > g->value.ptr && (n > limit || n < -limit - 1);
}

// Adds the columns whose values do not fit.
static void find_refused(Diagnosis *d, size_t length, double limit) {
  Str columns[64], rest = d->parameters;
  size_t count = statement_columns(d->statement, columns, ARRAY_LEN(columns)), n = 0;
  if (!rest.len || !strchr("{(", rest.ptr[0]))
    return;
  rest = str_slice(rest, 1, rest.len);
  for (Given g; next_given(&rest, &g); n++) {
    Str name = g.name.len ? g.name : n < count ? columns[n] : STR("");
    bool refused = length ? too_long(&g, length) : out_of_range(&g, limit);
    if (refused && name.len && d->columns.len < 64)
      vec_push(&d->columns, str_copy(d->arena, name));
  }
}

static void find_columns(Diagnosis *d) {
  if (d->columns.len)
    return; // named by the database
  Regex *length =
      regex_new(STR("value too long for type character(?: varying)?\\((\\d+)"));
  RegexMatch m;
  if (regex_find(length, d->message, 0, &m)) {
    find_refused(d, (size_t)strtoul(m.groups[1].ptr, NULL, 10), 0);
  } else if (str_is(d->entry, "DB-RANGE-PG")) {
    bool small = str_find(d->message, STR("smallint"), 0) != SIZE_MAX;
    bool big = str_find(d->message, STR("bigint"), 0) != SIZE_MAX;
    find_refused(d, 0, small ? 32767 : big ? 9.2e18 : 2147483647);
  } else if (str_starts(d->entry, STR("DB-UQ-MYSQL")) && d->constraint.len) {
    Str columns[64]; // an inline unique is called as its column
    size_t count = statement_columns(d->statement, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; i++)
      if (str_eq(columns[i], d->constraint))
        vec_push(&d->columns, d->constraint);
  }
  regex_free(length);
}

// The value of the key stands more than once among the parameters.
static bool given_twice(const Diagnosis *d) {
  Regex *r = regex_new(STR("Key \\([^)]+\\)=\\(([^)]+)\\)|Duplicate entry '([^']+)'"));
  RegexMatch m;
  bool twice = false;
  if (regex_find(r, d->message, 0, &m)) {
    Str value = m.groups[1].len ? m.groups[1] : m.groups[2];
    Str quoted = str_format(d->arena, "'%.*s'", STR_ARG(value));
    size_t at = str_find(d->parameters, quoted, 0);
    twice = at != SIZE_MAX && str_find(d->parameters, quoted, at + 1) != SIZE_MAX;
  }
  regex_free(r);
  return twice;
}

// ---- Causes

static bool is_entry(const Diagnosis *d, const char *pattern) {
  Str p = str_from(pattern);
  return str_ends(p, STR("*")) ? str_starts(d->entry, str_slice(p, 0, p.len - 1))
                               : str_eq(d->entry, p);
}

static void promote(Diagnosis *d, const char *cause) {
  for (size_t i = 0; i < d->causes.len; i++) {
    Cause *c = &d->causes.items[i];
    if (c->weight == CAUSE_LISTED && str_find(c->text, str_from(cause), 0) != SIZE_MAX) {
      c->weight = CAUSE_LIKELY;
      return;
    }
  }
}

static void write_evidence(const Diagnosis *d, const Block *b, Buf *out) {
  Str verb, table;
  statement_parts(d->statement, &verb, &table);
  for (uint32_t i = 0; b && i < b->frame_count; i++)
    buf_printf(out, "%.*s in %.*s\n", STR_ARG(b->frames[i].path),
               STR_ARG(b->frames[i].function));
  buf_printf(out, "%.*s\nconstraint %.*s\nstatement %.*s \n", STR_ARG(d->message),
             STR_ARG(d->constraint), STR_ARG(verb));
  if (given_twice(d))
    buf_add_text(out, "given twice\n");
}

void diagnose_sort_causes(Diagnosis *d) {
  for (size_t i = 1; i < d->causes.len; i++) { // few, and in order among equals
    Cause c = d->causes.items[i];
    size_t k = i;
    for (; k > 0 && d->causes.items[k - 1].weight < c.weight; k--)
      d->causes.items[k] = d->causes.items[k - 1];
    d->causes.items[k] = c;
  }
}

void diagnose_rank(Diagnosis *d, const Block *b) {
  Buf evidence = {.max = MESSAGE_MAX_BYTES * 2};
  find_columns(d);
  for (size_t i = 0; i < ARRAY_LEN(ranks); i++) {
    if (!is_entry(d, ranks[i].entry))
      continue;
    if (!evidence.len)
      write_evidence(d, b, &evidence);
    Regex *r = regex_new(str_from(ranks[i].pattern));
    if (regex_find(r, buf_str(&evidence), 0, NULL))
      promote(d, ranks[i].cause);
    regex_free(r);
  }
  diagnose_sort_causes(d);
  buf_free(&evidence);
}
