// requirements.c: constraints on SQLAlchemy in files beside the code.
#include "codemod/requirements.h"

#include "project/specifier.h"

#include <stdio.h>

typedef struct {
  Modernization *m;
  const Project *project;
  const ModernizeSettings *settings;
  CodeSelected selected;
  SiteList *sites;
} Update;

enum {
  MAX_TEXT_FILE = 16 << 20
};

// ---- Files

// The file with this path, read where it is not yet there; NO_FILE where it cannot be.
static uint32_t open_file(Update *u, Str path) {
  Modernization *m = u->m;
  Arena *a = &m->arena;
  Str absolute =
      path.len && path.ptr[0] == '/'
          ? str_copy(a, path)
          : str_format(a, "%.*s/%.*s", STR_ARG(u->project->folder), STR_ARG(path));
  for (uint32_t i = 0; i < m->file_count; i++)
    if (str_eq(m->files[i].path, path) || str_eq(m->files[i].absolute, absolute)) {
      ModernizedFile *f = &m->files[i];
      if (!f->after.ptr && i < u->project->file_count && u->project->files[i]->readable) {
        const Source *source = &u->project->files[i]->source;
        f->before = f->after = str_copy(a, source->text);
        f->bytes_before = f->bytes_after = f->before;
        f->stamp = source->stamp;
        if (source->encoding != ENCODING_UTF8)
          return NO_FILE;
      }
      return f->after.ptr ? i : NO_FILE;
    }
  Str text;
  FileStamp stamp;
  if (!io_read_file(a, absolute.ptr, MAX_TEXT_FILE, 1, &text, &stamp, NULL))
    return NO_FILE;
  ModernizedFile *files = arena_array(a, ModernizedFile, m->file_count + 1);
  memcpy(files, m->files, m->file_count * sizeof *files);
  files[m->file_count] = (ModernizedFile){.path = str_copy(a, path),
                                          .absolute = absolute,
                                          .stamp = stamp,
                                          .before = text,
                                          .after = text,
                                          .bytes_before = text,
                                          .bytes_after = text};
  m->files = files;
  return m->file_count++;
}

static void replace(Update *u, uint32_t file, size_t from, size_t to, Str by) {
  ModernizedFile *f = &u->m->files[file];
  Str all = f->after;
  f->after = str_format(&u->m->arena, "%.*s%.*s%.*s", STR_ARG(str_slice(all, 0, from)),
                        STR_ARG(by), STR_ARG(str_slice(all, to, all.len)));
  f->bytes_after = f->after;
  f->changed = !str_eq(f->before, f->after);
}

static Site *add_site(Update *u, const char *code, const char *name, uint32_t file,
                      uint32_t line, Str what) {
  Site *s = arena_new(&u->m->arena, Site);
  *s = (Site){.code = code,
              .name = name,
              .file = file,
              .line = line,
              .what = what,
              .reason = STR(""),
              .stop_file = NO_FILE,
              .by_hand = STR("")};
  vec_push(u->sites, s);
  return s;
}

// ---- Lines

// The offset of a line (from 1) and of its end.
static bool find_line(Str text, uint32_t line, size_t *from, size_t *to) {
  *from = 0;
  for (uint32_t n = 1; n < line; n++) {
    size_t end = str_find_char(text, '\n', *from);
    if (end == SIZE_MAX)
      return false;
    *from = end + 1;
  }
  *to = min_size(str_find_char(text, '\n', *from), text.len);
  return *from < text.len;
}

static bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '-' || c == '_' || c == '.';
}

// True where the name of a package (lower case, `-` between its words) stands at `at`.
static bool is_named(Str line, size_t at, Str name) {
  if (at + name.len > line.len || (at && is_name_char(line.ptr[at - 1])) ||
      (at + name.len < line.len && is_name_char(line.ptr[at + name.len])))
    return false;
  for (size_t i = 0; i < name.len; i++) {
    char c = line.ptr[at + i];
    bool same = name.ptr[i] == '-' ? c == '-' || c == '_' || c == '.'
                                   : str_eq_nocase(str_slice(line, at + i, at + i + 1),
                                                   str_slice(name, i, i + 1));
    if (!same)
      return false;
  }
  return true;
}

// The specifier behind the name on a line, `spec` empty where there is none.
static bool find_spec(Str line, Str name, Span *spec) {
  for (size_t at = 0; at + name.len <= line.len; at++) {
    if (!is_named(line, at, name))
      continue;
    size_t i = at + name.len;
    if (i < line.len && line.ptr[i] == '[')
      i = min_size(str_find_char(line, ']', i), line.len - 1) + 1;
    size_t name_end = i;
    while (i < line.len && (line.ptr[i] == '"' || line.ptr[i] == ' '))
      i++;
    if (i + 1 < line.len && line.ptr[i] == '=' &&
        line.ptr[i + 1] != '=') { // a TOML table
      size_t open = str_find_char(line, '"', i);
      size_t version = str_find(line, STR("version"), i);
      if (version != SIZE_MAX)
        open = str_find_char(line, '"', version + 8);
      size_t close = open == SIZE_MAX ? SIZE_MAX : str_find_char(line, '"', open + 1);
      if (close == SIZE_MAX)
        return false;
      *spec = (Span){(uint32_t)open + 1, (uint32_t)close};
      return true;
    }
    i = name_end;
    while (i < line.len &&
           strchr("<>=!~^ ,.*0123456789abcdefghijklmnopqrstuvwxyz", line.ptr[i]))
      i++;
    while (i > name_end && (line.ptr[i - 1] == ' ' || line.ptr[i - 1] == ','))
      i--;
    *spec = (Span){(uint32_t)name_end, (uint32_t)i};
    return true;
  }
  return false;
}

static bool allows(Str spec, uint32_t major, uint32_t minor, uint32_t patch) {
  Version v = {.parts = {major, minor, patch}, .count = 3};
  return specifier_allows(spec, &v);
}

// True where some version of the line is allowed.
static bool allows_line(Str spec, uint32_t major, uint32_t minor) {
  for (uint32_t patch = 0; patch < 100; patch++)
    if (allows(spec, major, minor, patch))
      return true;
  return false;
}

static bool is_outdated(const Update *u, Str spec) {
  bool newest = u->settings->target == SQLALCHEMY_2_1;
  if (!allows_line(spec, 2, newest ? 1 : 0))
    return true;
  return u->settings->profile == PROFILE_MODERN &&
         (allows_line(spec, 1, 4) || allows_line(spec, 1, 3));
}

// What is held back on a line, and what goes in its place.
typedef struct {
  const char *shown, *name;
  const char *first[2]; // for 2.0 and 2.1; NULL: is_outdated() decides
  const char *spec[2];
} Package;

static const Package sqlalchemy = {
    "SQLAlchemy", "sqlalchemy", {NULL, NULL}, {">=2.0,<2.1", ">=2.1,<2.2"}};
static const Package companions[] = {
#define COMPANION(shown, name, first20, spec20, first21, spec21)                         \
  {shown, name, {first20, first21}, {spec20, spec21}},
#include "codemod/companions.def"
#undef COMPANION
};
// Types of 1.x; 2.x has its own.
static const char *const stubs[] = {"sqlalchemy-stubs", "sqlalchemy2-stubs"};

// True where the specifier allows the version or a later one.
static bool allows_from(Str spec, const char *first) {
  enum {
    MAJORS = 4,
    MINORS = 100,
    PATCHES = 100
  };
  unsigned part[3] = {0};
  sscanf(first, "%u.%u.%u", &part[0], &part[1], &part[2]);
  for (uint32_t major = part[0]; major < part[0] + MAJORS; major++)
    for (uint32_t minor = major == part[0] ? part[1] : 0; minor < MINORS; minor++) {
      bool same = major == part[0] && minor == part[1];
      for (uint32_t patch = same ? part[2] : 0; patch < PATCHES; patch++)
        if (allows(spec, major, minor, patch))
          return true;
    }
  return false;
}

// True where the line keeps SQLAlchemy from the target.
static bool holds_back(const Update *u, const Package *p, Str spec) {
  bool newest = u->settings->target == SQLALCHEMY_2_1;
  const char *first = p->first[newest];
  if (!first)
    return is_outdated(u, spec);
  return *first == '-' || (*first && !allows_from(spec, first));
}

static void constraint(Update *u, const Package *p, const Evidence *e) {
  uint32_t file = open_file(u, e->path);
  size_t from, to;
  Span span;
  if (file == NO_FILE || !find_line(u->m->files[file].after, e->line, &from, &to))
    return;
  Str line = str_slice(u->m->files[file].after, from, to);
  if (!find_spec(line, str_from(p->name), &span))
    return;
  Str spec = str_trim(str_slice(line, span.start, span.end));
  bool newest = u->settings->target == SQLALCHEMY_2_1;
  bool none = p->first[newest] && *p->first[newest] == '-';
  if ((!spec.len && !none) || !holds_back(u, p, spec))
    return;
  bool blank = span.start < line.len && line.ptr[span.start] == ' ';
  Site *s =
      add_site(u, "M100", "requirement", file, e->line,
               str_format(&u->m->arena, "%s is held at `%.*s`", p->shown, STR_ARG(spec)));
  if (none) {
    s->reason = STR("no version of it is known that allows this SQLAlchemy");
    return;
  }
  bool hashed =
      str_find(line, STR("--hash"), 0) != SIZE_MAX || str_ends(str_trim(line), STR("\\"));
  if (hashed) {
    s->reason = STR("the requirement carries hashes of its files");
    return;
  }
  s->converted = true;
  s->by_hand = STR("install the new version and run all tests");
  replace(u, file, from + span.start, from + span.end,
          str_format(&u->m->arena, "%s%s", blank ? " " : "", p->spec[newest]));
}

static void constraints(Update *u, const Package *p, const Detected *d) {
  for (uint32_t i = 0; i < d->evidence_count; i++)
    if (d->evidence[i].kind == EVIDENCE_REQUIREMENT && d->evidence[i].line)
      constraint(u, p, &d->evidence[i]);
}

// ---- The asyncio extra

// Extras of SQLAlchemy that bring greenlet.
static bool brings_greenlet(Str extras) {
  static const char *const names[] = {"asyncio",  "asyncpg", "aiosqlite",
                                      "aiomysql", "asyncmy", "aioodbc"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_find(extras, str_from(names[i]), 0) != SIZE_MAX)
      return true;
  return false;
}

static const char *why_not_extra(Str path, Str line, size_t behind) {
  while (behind < line.len && (line.ptr[behind] == '"' || line.ptr[behind] == ' '))
    behind++;
  if (behind + 1 < line.len && line.ptr[behind] == '=' && line.ptr[behind + 1] != '=')
    return "its table takes `extras = [\"asyncio\"]`";
  if (str_find(path, STR("constraint"), 0) != SIZE_MAX)
    return "constraints name no extras: the requirement itself has to";
  if (str_find(line, STR("--hash"), 0) != SIZE_MAX || str_ends(str_trim(line), STR("\\")))
    return "the requirement carries hashes of its files";
  return NULL;
}

// N102: from 2.1 on greenlet, which asyncio needs, comes with an extra only.
static void asyncio_extra(Update *u, const Evidence *e) {
  uint32_t file = open_file(u, e->path);
  size_t from, to, at = 0;
  Str name = STR("sqlalchemy");
  if (file == NO_FILE || !find_line(u->m->files[file].after, e->line, &from, &to) ||
      str_find(u->m->files[file].after, STR("greenlet"), 0) != SIZE_MAX)
    return;
  Str line = str_slice(u->m->files[file].after, from, to);
  while (at + name.len <= line.len && !is_named(line, at, name))
    at++;
  if (at + name.len > line.len)
    return;
  size_t behind = at + name.len;
  bool listed = behind < line.len && line.ptr[behind] == '[';
  size_t close = listed ? str_find_char(line, ']', behind) : behind;
  if (close == SIZE_MAX || brings_greenlet(str_slice(line, behind, close)))
    return;
  Site *s =
      add_site(u, "N102", "greenlet-extra", file, e->line,
               STR("asyncio is used, and 2.1 installs greenlet with an extra only"));
  const char *why = why_not_extra(e->path, line, listed ? close + 1 : behind);
  if (why) {
    s->reason = str_from(why);
    return;
  }
  s->converted = true;
  s->by_hand = STR("install the requirements anew");
  replace(u, file, from + close, from + close,
          listed ? STR(",asyncio") : STR("[asyncio]"));
}

static void asyncio_extras(Update *u, const Detection *d) {
  const Detected *main = &d->main;
  for (uint32_t i = 0; i < main->evidence_count; i++)
    if (main->evidence[i].kind == EVIDENCE_REQUIREMENT && main->evidence[i].line)
      asyncio_extra(u, &main->evidence[i]);
}

// A requirement of stubs: nothing takes their place.
static void stub(Update *u, const Detected *d) {
  for (uint32_t i = 0; i < d->evidence_count; i++) {
    const Evidence *e = &d->evidence[i];
    uint32_t file =
        e->kind == EVIDENCE_REQUIREMENT && e->line ? open_file(u, e->path) : NO_FILE;
    if (file == NO_FILE)
      continue;
    Site *s =
        add_site(u, "M100", "requirement", file, e->line,
                 str_format(&u->m->arena, "%.*s are the types of 1.x", STR_ARG(d->name)));
    s->reason =
        STR("SQLAlchemy 2.x has types of its own, which they hide: take the line out");
  }
}

static void companion(Update *u, const Detected *d) {
  for (size_t k = 0; k < ARRAY_LEN(companions); k++)
    if (str_is(d->name, companions[k].shown))
      constraints(u, &companions[k], d);
  for (size_t k = 0; k < ARRAY_LEN(stubs); k++)
    if (str_is(d->name, stubs[k]))
      stub(u, d);
}

// ---- mypy's plugin

// Takes `plugin` out of the list on its line; the whole line where nothing else is left.
static void take_out_plugin(Update *u, uint32_t file, size_t at, Str plugin) {
  Str text = u->m->files[file].after;
  size_t from = at, to = at + plugin.len;
  bool quoted = from && (text.ptr[from - 1] == '"' || text.ptr[from - 1] == '\'');
  if (quoted) {
    from--;
    to++;
  }
  size_t next = to;
  while (next < text.len && text.ptr[next] == ' ')
    next++;
  if (next < text.len && text.ptr[next] == ',') { // up to the next item
    to = next + 1;
    while (to < text.len && text.ptr[to] == ' ')
      to++;
  } else {
    size_t before = from;
    while (before && text.ptr[before - 1] == ' ')
      before--;
    if (before && text.ptr[before - 1] == ',') {
      from = before - 1;
    } else if (!quoted && before && text.ptr[before - 1] == '=') { // the only one
      size_t start = str_rfind_char(str_slice(text, 0, before), '\n');
      from = start == SIZE_MAX ? 0 : start + 1;
      to = min_size(str_find_char(text, '\n', to), text.len - 1) + 1;
    }
  }
  replace(u, file, from, to, STR(""));
}

static void plugin(Update *u, const char *name) {
  uint32_t known = u->m->file_count;
  uint32_t file = open_file(u, str_from(name));
  if (file == NO_FILE)
    return;
  Str needle = STR("sqlalchemy.ext.mypy.plugin");
  Str text = u->m->files[file].after;
  size_t at = str_find(text, needle, 0);
  if (at == SIZE_MAX) {
    if (known != u->m->file_count)
      u->m->file_count = known; // it was opened for nothing
    return;
  }
  uint32_t line = 1;
  for (size_t i = 0; i < at; i++)
    line += text.ptr[i] == '\n';
  Site *s = add_site(u, "T143", "mypy-plugin", file, line,
                     STR("the mypy plugin is for mappings of 1.4 and gone from 2.1"));
  s->converted = true;
  s->by_hand = STR("run mypy: attributes that are not Mapped[] have no types any more");
  take_out_plugin(u, file, at, needle);
}

void requirements_update(Modernization *m, const Project *p, const ModernizeSettings *s,
                         CodeSelected selected, SiteList *sites) {
  static const char *const mypy_files[] = {"mypy.ini", "setup.cfg", "pyproject.toml",
                                           ".mypy.ini", "tox.ini"};
  Update u = {m, p, s, selected, sites};
  const Detection *d = s->detection;
  if (d && selected((void *)(uintptr_t)s, "M100")) {
    constraints(&u, &sqlalchemy, &d->main);
    for (uint32_t i = 0; i < d->package_count; i++)
      companion(&u, &d->packages[i]);
    for (uint32_t i = 0; i < d->driver_count; i++)
      companion(&u, &d->drivers[i]);
  }
  if (d && s->target == SQLALCHEMY_2_1 && d->style_async.evidence_count &&
      selected((void *)(uintptr_t)s, "N102"))
    asyncio_extras(&u, d);
  for (size_t i = 0; i < ARRAY_LEN(mypy_files) && selected((void *)(uintptr_t)s, "T143");
       i++)
    plugin(&u, mypy_files[i]);
}
