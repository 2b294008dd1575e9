// migration_effects.c: which tables each script makes and empties, and the strings that
// scripts hold: read once for a check, as many rules ask for them.
#include "rules/migration.h"

#include <ctype.h>

enum {
  MAX_NAME = 63 // bytes of a name that PostgreSQL keeps; longer strings are no names
};

uint64_t migration_key(uint32_t place, Atom name) {
  return (uint64_t)place << 32 | name;
}

// True where the words of the SQL begin at `at`, blanks of any kind between them.
static bool words_at(Str sql, size_t at, const char *words, size_t *end) {
  for (; *words; words++) {
    if (*words == ' ') {
      size_t from = at;
      while (at < sql.len && strchr(" \t\r\n", sql.ptr[at]))
        at++;
      if (at == from)
        return false;
    } else if (at >= sql.len || (sql.ptr[at++] | 0x20) != (*words | 0x20)) {
      return false;
    }
  }
  *end = at;
  return true;
}

// The table or type that is named at `at`, its schema left out: `public."users"` is
// users.
static Str table_at(Str sql, size_t at) {
  Str name = {0};
  do {
    while (at < sql.len && strchr(" \t\r\n\"`[", sql.ptr[at]))
      at++;
    size_t from = at;
    while (at < sql.len && (isalnum((unsigned char)sql.ptr[at]) || sql.ptr[at] == '_'))
      at++;
    name = str_slice(sql, from, at);
    while (at < sql.len && strchr("\"`]", sql.ptr[at]))
      at++;
  } while (name.len && at < sql.len && sql.ptr[at++] == '.');
  return name;
}

// Notes that the file holds the name.
static void add_holder(RuleCtx *cx, MigrationEffects *e, Str name) {
  uint64_t key = intern(resolver_names(cx->resolver), name);
  uint32_t first = place_map_get(&e->holders, key);
  if (first != cx->file_id)
    place_map_set(&e->holders, key,
                  first == PLACE_MAP_NONE ? cx->file_id : MIGRATION_SEVERAL);
}

static void add_sql(RuleCtx *cx, MigrationEffects *e, Str sql) {
  static const struct {
    const char *words;
    bool creates;
  } verbs[] = {{"create table if not exists ", true},
               {"create table ", true},
               {"delete from ", false},
               {"truncate table ", false},
               {"truncate ", false}};
  for (size_t at = 0, end = 0; at < sql.len; at++) {
    if (!strchr("cdtCDT", sql.ptr[at]))
      continue;
    if (words_at(sql, at, "create type ", &end))
      add_holder(cx, e, table_at(sql, end));
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
      if (!words_at(sql, at, verbs[i].words, &end))
        continue;
      Atom table = intern(resolver_names(cx->resolver), table_at(sql, end));
      place_map_set(verbs[i].creates ? &e->created : &e->emptied,
                    migration_key(cx->file_id, table), 1);
      break;
    }
  }
}

typedef struct {
  RuleCtx *cx;
  MigrationEffects *effects;
} Reading;

static bool visit(void *data, Ref r) {
  Reading *w = data;
  RuleCtx *cx = w->cx;
  InternCache *names = resolver_names(cx->resolver);
  PyKind kind = py_kind(cx->tree, r);
  Str text = kind == PY_STR ? string_value(cx, r) : (Str){0};
  if (text.ptr)
    add_sql(cx, w->effects, text);
  if (text.ptr && text.len <= MAX_NAME)
    add_holder(cx, w->effects, text);
  if (kind == PY_CALL &&
      resolve_call_api(cx->resolver, cx->file_id, r) == API_alembic_op_create_table) {
    Str table = string_value(cx, call_positional(cx->tree, r, 0));
    if (table.ptr)
      place_map_set(&w->effects->created,
                    migration_key(cx->file_id, intern(names, table)), 1);
  }
  return true;
}

void migration_effects_add(RuleCtx *cx, MigrationEffects *e) {
  Reading w = {cx, e};
  PyVisitor v = {.enter = visit, .data = &w};
  py_walk(cx->tree, cx->tree->root, &v);
}

void migration_effects_free(MigrationEffects *e) {
  place_map_free(&e->created);
  place_map_free(&e->emptied);
  place_map_free(&e->holders);
}
