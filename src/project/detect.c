// detect.c: conclusions from the clues, and how they are shown.
#include "project/detect.h"

#include <stdio.h>
#include <stdlib.h>

#include "project/detect_internal.h"

const PackageRow package_rows[] = {
#define PACKAGE(kind, shown, normalised, module) {KIND_##kind, shown, normalised, module},
#include "project/packages.def"
#undef PACKAGE
};
const uint32_t package_count = sizeof package_rows / sizeof *package_rows;

typedef struct {
  const char *scheme, *normalised;
} UrlRow;

static const UrlRow url_rows[] = {
#define URL_DRIVER(scheme, normalised) {scheme, normalised},
#include "project/packages.def"
#undef URL_DRIVER
};

static const struct {
  SqlalchemyTarget target;
  uint32_t major, minor;
  const char *shown;
} lines[] = {
    {SQLALCHEMY_1_4, 1, 4, "1.4"},
    {SQLALCHEMY_2_0, 2, 0, "2.0"},
    {SQLALCHEMY_2_1, 2, 1, "2.1"},
};
enum {
  LINE_COUNT = 3,
  LAST_RELEASE = 99 // no line has that many
};

// ---- Clues

uint32_t package_find(Arena *scratch, Str name) {
  char *normal = arena_alloc(scratch, name.len + 1, 1);
  size_t n = 0;
  for (size_t i = 0; i < name.len; i++) { // PEP 503
    char c = name.ptr[i];
    if (c >= 'A' && c <= 'Z')
      c = (char)(c - 'A' + 'a');
    if (c == '_' || c == '.')
      c = '-';
    if (c != '-' || (n && normal[n - 1] != '-'))
      normal[n++] = c;
  }
  uint32_t i = 0;
  while (i < package_count && !str_is((Str){normal, n}, package_rows[i].normalised))
    i++;
  return i;
}

void detect_clue(Detecting *d, Clues *clues, EvidenceKind kind, Str path, uint32_t line,
                 Str text, Str spec) {
  size_t same = 0;
  for (size_t i = 0; i < clues->len; i++) {
    const Evidence *e = &clues->items[i].evidence;
    same += e->kind == kind;
    if (e->kind == kind && e->line == line && line && str_eq(e->path, path))
      return; // two names on one line are one piece of evidence
  }
  if (same >= MAX_EVIDENCE && kind != EVIDENCE_REQUIREMENT) // each is to be changed
    return;
  Evidence e = {.kind = kind,
                .path = path,
                .line = line,
                .text = str_copy(d->arena, str_slice(str_trim(text), 0, 120))};
  vec_push(clues, (Clue){e, spec.ptr ? str_copy(d->arena, spec) : spec});
}

void detect_requirement(Detecting *d, Str name, Str spec, EvidenceKind kind, Str path,
                        uint32_t line, Str text) {
  uint32_t i = package_find(d->arena, name);
  if (i < package_count)
    detect_clue(d, &d->packages[i], kind, path, line, text, spec);
}

// Only the scheme is kept: the rest may hold a password.
void detect_url(Detecting *d, Str url, EvidenceKind kind, Str path, uint32_t line) {
  size_t colon = str_find(url, STR("://"), 0);
  if (colon == SIZE_MAX || colon > 40)
    return;
  Str scheme = str_slice(url, 0, colon);
  size_t plus = str_find_char(scheme, '+', 0);
  Str driver = plus == SIZE_MAX ? scheme : str_slice(scheme, plus + 1, scheme.len);
  for (size_t i = 0; i < sizeof url_rows / sizeof *url_rows; i++)
    if (str_is(driver, url_rows[i].scheme)) {
      uint32_t package = package_find(d->arena, str_from(url_rows[i].normalised));
      ASSERT(package < package_count);
      detect_clue(d, &d->packages[package], kind, path, line,
                  str_format(d->arena, "%.*s://...", STR_ARG(scheme)), (Str){0});
      return;
    }
}

static int compare_clues(const void *a, const void *b) {
  const Evidence *x = &((const Clue *)a)->evidence, *y = &((const Clue *)b)->evidence;
  static const int strength[] = {[EVIDENCE_REQUIREMENT] = 2,
                                 [EVIDENCE_LOCK] = 1,
                                 [EVIDENCE_INSTALLED] = 0,
                                 [EVIDENCE_CODE] = 3};
  if (x->kind != y->kind)
    return strength[x->kind] - strength[y->kind];
  int order = str_compare(x->path, y->path);
  return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

// ---- Conclusions

static const Clue *exact_clue(const Clues *clues) {
  for (size_t i = 0; i < clues->len; i++) {
    const Clue *c = &clues->items[i];
    Version v;
    bool pinned =
        c->evidence.kind == EVIDENCE_REQUIREMENT && str_starts(c->spec, STR("=="));
    if (c->spec.ptr && specifier_exact(c->spec, &v) &&
        (pinned || c->evidence.kind == EVIDENCE_LOCK ||
         c->evidence.kind == EVIDENCE_INSTALLED))
      return c;
  }
  return NULL;
}

static bool line_allowed(const Clues *clues, uint32_t major, uint32_t minor) {
  for (uint32_t patch = 0; patch <= LAST_RELEASE; patch++) {
    Version v = {{major, minor, patch, 0}, 3};
    bool all = true;
    for (size_t i = 0; all && i < clues->len; i++)
      all = !clues->items[i].spec.ptr ||
            clues->items[i].evidence.kind != EVIDENCE_REQUIREMENT ||
            specifier_allows(clues->items[i].spec, &v);
    if (all)
      return true;
  }
  return false;
}

static Detected conclude(Detecting *d, Clues *clues, const char *name) {
  Detected out = {.name = str_from(name)};
  if (clues->len)
    qsort(clues->items, clues->len, sizeof *clues->items, compare_clues);
  const Clue *exact = exact_clue(clues);
  for (size_t i = 0; !exact && i < clues->len && !out.version.ptr; i++)
    if (clues->items[i].spec.len)
      out.version = clues->items[i].spec;
  if (exact) {
    out.version = exact->spec;
    while (out.version.len && out.version.ptr[0] == '=')
      out.version = str_slice(out.version, 1, out.version.len);
  }
  out.evidence = arena_array(d->arena, Evidence, clues->len ? clues->len : 1);
  for (size_t i = 0; i < clues->len; i++)
    out.evidence[out.evidence_count++] = clues->items[i].evidence;
  return out;
}

static void conclude_sqlalchemy(Detection *out, Detecting *d) {
  Clues *clues = &d->packages[0];
  const Clue *exact = exact_clue(clues);
  bool bound = false, modern = d->styles[STYLE_2X].len > 0;
  for (size_t i = 0; i < clues->len; i++)
    bound = bound || (clues->items[i].evidence.kind == EVIDENCE_REQUIREMENT &&
                      clues->items[i].spec.len);
  for (int i = 0; i < LINE_COUNT; i++)
    out->may_be[lines[i].target] =
        bound && line_allowed(clues, lines[i].major, lines[i].minor);
  if (modern) // what it imports is not there in 1.4
    out->may_be[SQLALCHEMY_1_4] = false;
  for (int i = LINE_COUNT; i-- > 0;)
    if (out->may_be[lines[i].target])
      out->sqlalchemy = lines[i].target;
  out->proven = out->sqlalchemy != SQLALCHEMY_UNKNOWN;
  Version v;
  for (int i = 0; exact && i < LINE_COUNT; i++)
    if (specifier_exact(exact->spec, &v) && v.parts[0] == lines[i].major &&
        v.parts[1] == lines[i].minor) {
      out->sqlalchemy = lines[i].target;
      out->may_be[lines[i].target] = out->may_be[lines[i].target] || !bound;
      out->proven = true;
    }
  if (!out->sqlalchemy && modern)
    out->sqlalchemy = SQLALCHEMY_2_0;
}

static void conclude_python(Detection *out, Detecting *d) {
  enum {
    OLDEST = 6,
    NEWEST = 20
  };
  out->python = conclude(d, &d->python, "Python");
  if (!d->python.len)
    return;
  for (uint32_t minor = OLDEST; minor <= NEWEST; minor++)
    if (line_allowed(&d->python, 3, minor)) {
      out->python_major = 3;
      out->python_minor = (uint8_t)minor;
      return;
    }
}

// Packages of one shown name, as psycopg2 and psycopg2-binary, are one.
static void conclude_packages(Detection *out, Detecting *d) {
  out->packages = arena_array(d->arena, Detected, package_count);
  out->drivers = arena_array(d->arena, Detected, package_count);
  for (uint32_t i = 0; i < package_count; i++) {
    Clues *clues = &d->packages[i];
    if (i + 1 < package_count &&
        !strcmp(package_rows[i].shown, package_rows[i + 1].shown)) {
      for (size_t k = 0; k < clues->len; k++)
        vec_push(&d->packages[i + 1], clues->items[k]);
      continue;
    }
    if (!clues->len)
      continue;
    Detected found = conclude(d, clues, package_rows[i].shown);
    if (package_rows[i].kind == KIND_MAIN)
      out->main = found;
    else if (package_rows[i].kind == KIND_FRAMEWORK)
      out->packages[out->package_count++] = found;
    else
      out->drivers[out->driver_count++] = found;
  }
}

static void conclude_styles(Detection *out, Detecting *d) {
  static const char *const names[STYLE_COUNT] = {"async", "sync",      "ORM",
                                                 "Core",  "1.x style", "2.x style"};
  Detected *const to[STYLE_COUNT] = {&out->style_async, &out->style_sync, &out->style_orm,
                                     &out->style_core,  &out->style_1x,   &out->style_2x};
  for (int i = 0; i < STYLE_COUNT; i++)
    *to[i] = conclude(d, &d->styles[i], names[i]);
}

static void free_clues(Detecting *d) {
  for (uint32_t i = 0; i < package_count; i++)
    vec_free(&d->packages[i]);
  for (int i = 0; i < STYLE_COUNT; i++)
    vec_free(&d->styles[i]);
  vec_free(&d->python);
}

void detect_project(Detection *out, Arena *arena, const Project *p) {
  *out = (Detection){0};
  Detecting d = {
      .arena = arena, .project = p, .packages = arena_array(arena, Clues, package_count)};
  detect_files(&d);
  detect_code(&d);
  conclude_packages(out, &d);
  conclude_sqlalchemy(out, &d);
  conclude_python(out, &d);
  conclude_styles(out, &d);
  free_clues(&d);
}

static uint32_t database_of(Str driver) {
  static const char *const postgresql[] = {"psycopg2", "psycopg", "asyncpg", "pg8000"};
  static const char *const mysql[] = {
      "PyMySQL",  "mysqlclient", "MySQL Connector/Python", "MariaDB Connector/Python",
      "aiomysql", "asyncmy"};
  for (size_t i = 0; i < ARRAY_LEN(postgresql); i++)
    if (str_is(driver, postgresql[i]))
      return DETECTED_POSTGRESQL;
  for (size_t i = 0; i < ARRAY_LEN(mysql); i++)
    if (str_is(driver, mysql[i]))
      return DETECTED_MYSQL;
  static const char *const sqlite[] = {"sqlite3", "pysqlite3", "aiosqlite"};
  for (size_t i = 0; i < ARRAY_LEN(sqlite); i++)
    if (str_is(driver, sqlite[i]))
      return DETECTED_SQLITE;
  return DETECTED_OTHER;
}

uint32_t detected_databases(const Detection *d) {
  uint32_t databases = 0;
  for (uint32_t i = 0; i < d->driver_count; i++)
    databases |= database_of(d->drivers[i].name);
  return databases;
}

SqlalchemyTarget detect_target(Arena *arena, const Project *p, SqlalchemyTarget *oldest,
                               uint32_t *databases) {
  Detection found = {0};
  Detecting d = {
      .arena = arena, .project = p, .packages = arena_array(arena, Clues, package_count)};
  detect_files(&d);
  if (!d.packages[0].len) // reading all code is for projects that say nothing
    detect_code(&d);
  conclude_packages(&found, &d);
  conclude_sqlalchemy(&found, &d);
  free_clues(&d);
  *databases = detected_databases(&found);
  *oldest = found.sqlalchemy;
  for (int i = LINE_COUNT; i-- > 0;)
    if (found.may_be[lines[i].target])
      *oldest = lines[i].target;
  return found.sqlalchemy;
}

// ---- Showing

static const char *line_name(SqlalchemyTarget target) {
  for (int i = 0; i < LINE_COUNT; i++)
    if (lines[i].target == target)
      return lines[i].shown;
  return NULL;
}

static const char *const kind_names[] = {[EVIDENCE_REQUIREMENT] = "requirement",
                                         [EVIDENCE_LOCK] = "lock",
                                         [EVIDENCE_INSTALLED] = "installed",
                                         [EVIDENCE_CODE] = "code"};

static void print_one(const Detected *f, Buf *out) {
  enum {
    SHOWN = 3
  };
  if (!f->evidence_count)
    return;
  buf_printf(out, "%.*s", STR_ARG(f->name));
  if (f->version.ptr)
    buf_printf(out, " %.*s", STR_ARG(f->version));
  buf_add_char(out, '\n');
  for (uint32_t i = 0; i < f->evidence_count && i < SHOWN; i++) {
    const Evidence *e = &f->evidence[i];
    buf_printf(out, "  %.*s", STR_ARG(e->path));
    if (e->line)
      buf_printf(out, ":%u", e->line);
    buf_printf(out, ": %.*s\n", STR_ARG(e->text));
  }
  if (f->evidence_count > SHOWN)
    buf_printf(out, "  and %u more\n", f->evidence_count - SHOWN);
}

void detection_print(const Detection *d, Buf *out) {
  const char *line = line_name(d->sqlalchemy);
  if (!d->main.evidence_count) {
    buf_add_text(out, "SQLAlchemy is not used here: no requirement names it and no file "
                      "imports it.\n");
    return;
  }
  if (line)
    buf_printf(out, "Written for SQLAlchemy %s%s\n\n", line,
               d->proven ? "" : " (by its idioms; no requirement says so)");
  else
    buf_add_text(out, "Which SQLAlchemy it is written for cannot be told: no requirement "
                      "says so\n\n");
  const Detected *styles[] = {&d->style_async, &d->style_sync, &d->style_orm,
                              &d->style_core,  &d->style_1x,   &d->style_2x};
  print_one(&d->main, out);
  for (uint32_t i = 0; i < d->package_count; i++)
    print_one(&d->packages[i], out);
  for (uint32_t i = 0; i < d->driver_count; i++)
    print_one(&d->drivers[i], out);
  for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
    print_one(styles[i], out);
  if (d->python_minor)
    buf_printf(out, "oldest Python %u.%u\n", d->python_major, d->python_minor);
  print_one(&d->python, out);
}

static void write_one(const Detected *f, JsonWriter *w) {
  json_begin_object(w);
  json_field(w, "name", f->name);
  json_field(w, "version", f->version);
  json_key(w, "evidence");
  json_begin_array(w);
  for (uint32_t i = 0; i < f->evidence_count; i++) {
    const Evidence *e = &f->evidence[i];
    json_begin_object(w);
    json_field(w, "kind", str_from(kind_names[e->kind]));
    json_field(w, "path", e->path);
    json_field_int(w, "line", e->line);
    json_field(w, "text", e->text);
    json_end_object(w);
  }
  json_end_array(w);
  json_end_object(w);
}

static void write_list(const char *key, const Detected *list, uint32_t count,
                       JsonWriter *w) {
  json_key(w, key);
  json_begin_array(w);
  for (uint32_t i = 0; i < count; i++)
    write_one(&list[i], w);
  json_end_array(w);
}

void detection_json(const Detection *d, JsonWriter *w) {
  json_begin_object(w);
  json_field(w, "target", str_from(line_name(d->sqlalchemy)));
  json_field_bool(w, "proven", d->proven);
  json_key(w, "may_be");
  json_begin_array(w);
  for (int i = 0; i < LINE_COUNT; i++)
    if (d->may_be[lines[i].target])
      json_str(w, str_from(lines[i].shown));
  json_end_array(w);
  json_key(w, "sqlalchemy");
  if (d->main.evidence_count)
    write_one(&d->main, w);
  else
    json_none(w);
  write_list("packages", d->packages, d->package_count, w);
  write_list("drivers", d->drivers, d->driver_count, w);
  const Detected styles[] = {d->style_async, d->style_sync, d->style_orm,
                             d->style_core,  d->style_1x,   d->style_2x};
  json_key(w, "styles");
  json_begin_array(w);
  for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
    if (styles[i].evidence_count)
      write_one(&styles[i], w);
  json_end_array(w);
  json_key(w, "python");
  if (d->python_minor) {
    char oldest[16];
    snprintf(oldest, sizeof oldest, "%u.%u", d->python_major, d->python_minor);
    json_begin_object(w);
    json_field(w, "oldest", str_from(oldest));
    json_key(w, "found");
    write_one(&d->python, w);
    json_end_object(w);
  } else {
    json_none(w);
  }
  json_end_object(w);
}
