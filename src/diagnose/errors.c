// errors.c: reads the catalogue and finds the entry of a message.
#include "diagnose/errors.h"

#include "base/buf.h"
#include "base/embedded.h"

#include <jansson.h>

extern const EmbeddedFile diagnose_catalogue[];

struct ErrorCatalogue {
  ErrorEntry *entries;
  uint32_t count;
  Arena arena;
};

static Str text_of(ErrorCatalogue *c, const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? str_copy(&c->arena, str_from(text)) : (Str){0};
}

static Str *list_of(ErrorCatalogue *c, const json_t *object, const char *key,
                    uint32_t *count) {
  const json_t *list = json_object_get(object, key);
  size_t n = json_array_size(list);
  Str *out = arena_array(&c->arena, Str, n + 1);
  for (size_t i = 0; i < n; i++)
    out[i] = str_copy(&c->arena, str_from(json_string_value(json_array_get(list, i))));
  *count = (uint32_t)n;
  return out;
}

static void read_entry(ErrorCatalogue *c, ErrorEntry *e, const json_t *object) {
  const json_t *fallback = json_object_get(object, "fallback");
  e->id = text_of(c, object, "id");
  e->code = text_of(c, object, "code");
  e->pattern = text_of(c, object, "pattern");
  e->what = text_of(c, object, "what");
  e->check = text_of(c, object, "check");
  e->fix = text_of(c, object, "fix");
  e->cls = list_of(c, object, "cls", &e->cls_count);
  e->needs = list_of(c, object, "needs", &e->needs_count);
  e->causes = list_of(c, object, "causes", &e->cause_count);
  e->fallback = list_of(c, fallback, "cls", &e->fallback_count);
  e->fallback_sql = list_of(c, fallback, "sql", &e->fallback_sql_count);
  e->names = list_of(c, fallback, "names", &e->names_count);
  e->names_zh_ja = list_of(c, fallback, "names_zh_ja", &e->names_zh_ja_count);
}

ErrorCatalogue *errors_open(void) {
  ErrorCatalogue *c = mem_zalloc(1, sizeof *c);
  json_t *root =
      json_loadb(diagnose_catalogue[0].text, diagnose_catalogue[0].len, 0, NULL);
  if (!json_is_array(root))
    BUG("errors.json is not a list");
  c->count = (uint32_t)json_array_size(root);
  c->entries = arena_array(&c->arena, ErrorEntry, c->count);
  for (uint32_t i = 0; i < c->count; i++)
    read_entry(c, &c->entries[i], json_array_get(root, i));
  json_decref(root);
  return c;
}

void errors_close(ErrorCatalogue *c) {
  if (!c)
    return;
  for (uint32_t i = 0; i < c->count; i++)
    regex_free(c->entries[i].regex);
  arena_reset(&c->arena);
  mem_free(c);
}

uint32_t errors_count(const ErrorCatalogue *c) {
  return c->count;
}

const ErrorEntry *errors_at(const ErrorCatalogue *c, uint32_t index) {
  return &c->entries[index];
}

const ErrorEntry *errors_by_id(const ErrorCatalogue *c, Str id) {
  for (uint32_t i = 0; i < c->count; i++)
    if (str_eq(c->entries[i].id, id))
      return &c->entries[i];
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

static bool try_entry(ErrorEntry *e, const ErrorQuery *q, ErrorMatch *m) {
  if (!e->regex)
    e->regex = regex_new(e->pattern);
  RegexMatch match;
  if (!regex_find(e->regex, q->text, 0, &match))
    return false;
  if (!needs_met(e, q)) {
    if (!m->possible)
      m->possible = e;
    return false;
  }
  m->entry = e;
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
  for (uint32_t i = 0; i < c->count; i++)
    if ((q->cls.len && of_class(&c->entries[i], q)) == gated &&
        try_entry(&c->entries[i], q, m)) {
      m->gated = gated;
      return true;
    }
  return false;
}

// By class alone: the entry whose `sql` has the statement's first word goes first.
static bool match_fallback(ErrorCatalogue *c, const ErrorQuery *q, ErrorMatch *m) {
  const Str classes[] = {q->orig, q->real, q->cls, q->raised};
  for (size_t k = 0; k < ARRAY_LEN(classes); k++)
    for (int with_sql = 1; with_sql >= 0; with_sql--)
      for (uint32_t i = 0; i < c->count; i++) {
        ErrorEntry *e = &c->entries[i];
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
    return match_fallback(c, q, m);
  }
  return false;
}

Str errors_group(const ErrorMatch *m, const char *name) {
  if (!m->entry || m->fallback || !m->entry->regex)
    return (Str){0};
  return regex_group(m->entry->regex, &m->match, name);
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
