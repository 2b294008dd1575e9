// errors.c: reads the catalogue and finds the entry of a message.
#include "diagnose/errors.h"

#include "base/buf.h"

struct ErrorCatalogue {
  Regex **patterns; // by entry, NULL before it was tried
};

ErrorCatalogue *errors_open(void) {
  ErrorCatalogue *c = mem_zalloc(1, sizeof *c);
  c->patterns = mem_zalloc(error_entries_count, sizeof *c->patterns);
  return c;
}

void errors_close(ErrorCatalogue *c) {
  if (!c)
    return;
  for (uint32_t i = 0; i < error_entries_count; i++)
    regex_free(c->patterns[i]);
  mem_free(c->patterns);
  mem_free(c);
}

const ErrorEntry *errors_by_id(Str id) {
  for (uint32_t i = 0; i < error_entries_count; i++)
    if (str_eq(error_entries[i].id, id))
      return &error_entries[i];
  return NULL;
}

static bool in_list(const Str *list, uint32_t count, Str s) {
  for (uint32_t i = 0; i < count; i++)
    if (str_eq(list[i], s))
      return true;
  return false;
}

// A listed name with a dot wants that dotted ending; Python has a SyntaxError too.
static bool class_listed(const Str *list, uint32_t count, Str dotted) {
  if (!dotted.len)
    return false;
  size_t dot = str_rfind_char(dotted, '.');
  Str last = dot == SIZE_MAX ? dotted : str_slice(dotted, dot + 1, dotted.len);
  for (uint32_t i = 0; i < count; i++) {
    bool with_dot = str_find_char(list[i], '.', 0) != SIZE_MAX;
    if (with_dot ? str_ends(dotted, list[i]) : str_eq(list[i], last))
      return true;
  }
  return false;
}

static bool has_evidence(Str kind, Str text) {
  static const struct {
    const char *kind, *pattern;
  } rows[] = {
#define EVIDENCE(kind, pattern) {kind, pattern},
#include "diagnose/needs.def"
#undef EVIDENCE
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    if (!str_is(kind, rows[i].kind))
      continue;
    Regex *r = regex_new(str_from(rows[i].pattern));
    bool found = regex_find(r, text, 0, NULL);
    regex_free(r);
    return found;
  }
  BUG("a kind of evidence that needs.def does not have");
}

static bool needs_met(const ErrorEntry *e, const ErrorQuery *q) {
  for (uint32_t i = 0; i < e->needs_count; i++)
    if (has_evidence(e->needs[i], q->evidence))
      return true;
  return e->needs_count == 0;
}

static bool try_entry(ErrorCatalogue *c, uint32_t i, const ErrorQuery *q, ErrorMatch *m) {
  const ErrorEntry *e = &error_entries[i];
  if (!c->patterns[i])
    c->patterns[i] = regex_new(e->pattern);
  RegexMatch match;
  if (!regex_find(c->patterns[i], q->text, 0, &match))
    return false;
  if (!needs_met(e, q)) {
    if (!m->possible)
      m->possible = e;
    return false;
  }
  m->entry = e;
  m->regex = c->patterns[i];
  m->match = match;
  return true;
}

static bool of_class(const ErrorEntry *e, const ErrorQuery *q) {
  if (in_list(e->cls, e->cls_count, q->cls))
    return true;
  return class_listed(e->fallback, e->fallback_count, q->cls);
}

static bool match_patterns(ErrorCatalogue *c, const ErrorQuery *q, bool gated,
                           ErrorMatch *m) {
  for (uint32_t i = 0; i < error_entries_count; i++)
    if ((q->cls.len && of_class(&error_entries[i], q)) == gated &&
        try_entry(c, i, q, m)) {
      m->gated = gated;
      return true;
    }
  return false;
}

// By class alone: the entry whose `sql` has the statement's first word goes first.
static bool match_fallback(const ErrorQuery *q, ErrorMatch *m) {
  const Str classes[] = {q->orig, q->real, q->cls, q->raised};
  for (size_t k = 0; k < ARRAY_LEN(classes); k++)
    for (int with_sql = 1; with_sql >= 0; with_sql--)
      for (uint32_t i = 0; i < error_entries_count; i++) {
        const ErrorEntry *e = &error_entries[i];
        if (!class_listed(e->fallback, e->fallback_count, classes[k]) || !needs_met(e, q))
          continue;
        if (with_sql ? !in_list(e->fallback_sql, e->fallback_sql_count, q->verb)
                     : e->fallback_sql_count > 0)
          continue;
        m->entry = e;
        m->fallback = true;
        return true;
      }
  return false;
}

bool errors_match(ErrorCatalogue *c, const ErrorQuery *q, ErrorLook look, ErrorMatch *m) {
  const ErrorEntry *possible = m->possible;
  *m = (ErrorMatch){.possible = possible};
  switch (look) {
  case LOOK_CLASS:
    return match_patterns(c, q, true, m);
  case LOOK_ALL:
    return match_patterns(c, q, false, m);
  case LOOK_FALLBACK:
    return match_fallback(q, m);
  }
  return false;
}

Str errors_group(const ErrorMatch *m, const char *name) {
  return m->regex ? regex_group(m->regex, &m->match, name) : (Str){0};
}

Str errors_what(Arena *a, const ErrorMatch *m) {
  if (!m->entry || !m->entry->what.len)
    return STR("");
  Buf out = {0};
  Str what = m->entry->what;
  for (size_t i = 0; i < what.len; i++) {
    size_t end = what.ptr[i] == '{' ? str_find_char(what, '}', i) : SIZE_MAX;
    if (end == SIZE_MAX) {
      buf_add_char(&out, what.ptr[i]);
      continue;
    }
    char name[32] = {0};
    Str inner = str_slice(what, i + 1, end);
    if (inner.len >= sizeof name)
      BUG("a name in braces that no pattern has");
    memcpy(name, inner.ptr, inner.len);
    Str value = errors_group(m, name);
    if (!value.len) { // a sentence with a hole says nothing
      buf_free(&out);
      return STR("");
    }
    buf_add_str(&out, value);
    i = end;
  }
  Str done = str_copy(a, buf_str(&out));
  buf_free(&out);
  return done;
}
