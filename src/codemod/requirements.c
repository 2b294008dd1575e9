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

// The bytes of a file with this text: a source has an encoding, other files are UTF-8.
static bool encode(Update *u, uint32_t file, Str text, Str *bytes) {
  if (file >= u->project->file_count || !u->project->files[file]->readable) {
    *bytes = text;
    return true;
  }
  Buf out = {0};
  bool good = source_encode(&u->project->files[file]->source, text, &out, NULL);
  if (good)
    *bytes = str_copy(&u->m->arena, buf_str(&out));
  buf_free(&out);
  return good;
}

// False where it lies outside of the folders that were named.
static bool is_asked(const ModernizeSettings *s, Str absolute) {
  for (size_t i = 0; i < s->folder_count; i++)
    if (str_is_within(absolute, s->folders[i]))
      return true;
  return false;
}

// The file with this path, read where it is not yet there; NO_FILE where it cannot be.
static uint32_t open_file(Update *u, Str path) {
  Modernization *m = u->m;
  Arena *a = &m->arena;
  Str absolute =
      path.len && path.ptr[0] == '/'
          ? str_copy(a, path)
          : str_format(a, "%.*s/%.*s", STR_ARG(u->project->folder), STR_ARG(path));
  if (!is_asked(u->settings, absolute))
    return NO_FILE;
  for (uint32_t i = 0; i < m->file_count; i++)
    if (str_eq(m->files[i].path, path) || str_eq(m->files[i].absolute, absolute)) {
      ModernizedFile *f = &m->files[i];
      if (!f->after.ptr && i < u->project->file_count && u->project->files[i]->readable) {
        const Source *source = &u->project->files[i]->source;
        if (!encode(u, i, source->text, &f->bytes_before))
          return NO_FILE;
        f->before = f->after = str_copy(a, source->text);
        f->bytes_after = f->bytes_before;
        f->stamp = source->stamp;
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
  if (!encode(u, file, f->after, &f->bytes_after))
    f->after = all;
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

// A package as a line names it.
typedef struct {
  Span name;   // with its extras
  Span extras; // what stands between the brackets, or in the table of a TOML file
  Span spec;   // the specifier; empty where there is none
  bool table;  // sqlalchemy = ...
} Named;

static bool is_blank_char(char c) {
  return c == ' ' || c == '\t';
}

static bool is_quote(char c) {
  return c == '"' || c == '\'';
}

static size_t skip_blanks(Str line, size_t i) {
  while (i < line.len && is_blank_char(line.ptr[i]))
    i++;
  return i;
}

// The next place that names the package as a requirement does: in no comment, no address
// and not among the extras of another. SIZE_MAX: none.
static size_t next_name(Str line, Str name, size_t from) {
  bool address = false, extras = false;
  for (size_t i = 0; i < line.len; i++) {
    char c = line.ptr[i], before = i ? line.ptr[i - 1] : ' ';
    bool blank = is_blank_char(c);
    if (c == '#' && is_blank_char(before))
      return SIZE_MAX;
    extras = c == '[' ? is_name_char(before) : extras && c != ']';
    address = !blank && !is_quote(c) &&
              (address || str_starts(str_slice(line, i, line.len), STR("://")));
    bool starts = is_blank_char(before) || is_quote(before) || before == '=' ||
                  before == '\xBF'; // of a BOM
    if (i >= from && starts && !extras && !address && is_named(line, i, name))
      return i;
  }
  return SIZE_MAX;
}

// The text of the string that starts at `at`.
static Span string_at(Str line, size_t at) {
  size_t end = at < line.len && is_quote(line.ptr[at])
                   ? str_find_char(line, line.ptr[at], at + 1)
                   : SIZE_MAX;
  return end == SIZE_MAX ? (Span){0, 0} : (Span){(uint32_t)at + 1, (uint32_t)end};
}

// { version = "^1.4", extras = [...] }
static void read_inline_table(Str line, size_t open, Named *n) {
  Str key = STR("version");
  n->extras = (Span){(uint32_t)open, (uint32_t)line.len};
  for (size_t i = open; i < line.len && line.ptr[i] != '#'; i++) {
    size_t equals = skip_blanks(line, i + key.len);
    if (!is_named(line, i, key) || equals >= line.len || line.ptr[equals] != '=')
      continue;
    n->spec = string_at(line, skip_blanks(line, equals + 1));
    return;
  }
}

// The clauses from `i` on: ">= 1.4, <2".
static Span read_clauses(Str line, size_t i) {
  size_t start = i, end = i;
  while (i < line.len && strchr("<>=!~^", line.ptr[i]) && line.ptr[i]) {
    while (i < line.len && strchr("<>=!~^", line.ptr[i]) && line.ptr[i])
      i++;
    i = skip_blanks(line, i);
    while (i < line.len && (is_name_char(line.ptr[i]) || strchr("*+!", line.ptr[i])) &&
           line.ptr[i])
      end = ++i;
    i = skip_blanks(line, i);
    if (i < line.len && line.ptr[i] == ',')
      i = skip_blanks(line, i + 1);
  }
  return (Span){(uint32_t)start, (uint32_t)end};
}

// Reads the next requirement of the package on a line of the file.
static bool next_named(Str path, Str line, Str name, size_t from, Named *n) {
  bool tables = str_ends(path, STR(".toml")) || str_ends(path, STR("Pipfile"));
  for (size_t at = next_name(line, name, from); at != SIZE_MAX;
       at = next_name(line, name, at + 1)) {
    size_t end = at + name.len, open = skip_blanks(line, end), close;
    *n = (Named){0};
    if (open < line.len && line.ptr[open] == '[') {
      close = str_find_char(line, ']', open);
      if (close == SIZE_MAX)
        continue;
      n->extras = (Span){(uint32_t)open + 1, (uint32_t)close};
      end = close + 1;
    }
    n->name = (Span){(uint32_t)at, (uint32_t)end};
    size_t i = skip_blanks(line, end);
    size_t equals = i < line.len && is_quote(line.ptr[i]) ? skip_blanks(line, i + 1) : i;
    n->table = tables && equals + 1 < line.len && line.ptr[equals] == '=' &&
               line.ptr[equals + 1] != '=';
    size_t value = n->table ? skip_blanks(line, equals + 1) : line.len;
    if (value < line.len && line.ptr[value] == '[')
      continue; // the name of a group
    if (value < line.len && line.ptr[value] == '{')
      read_inline_table(line, value, n);
    else if (n->table)
      n->spec = string_at(line, value);
    else
      n->spec = read_clauses(
          line, i < line.len && line.ptr[i] == '(' ? skip_blanks(line, i + 1) : i);
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

static bool carries_hashes(Str line) {
  return str_find(line, STR("--hash"), 0) != SIZE_MAX ||
         str_ends(str_trim(line), STR("\\"));
}

// What conda says with one `=`, and a build behind a second, as others say it.
static Str without_build(Update *u, Str spec) {
  if (spec.len < 2 || spec.ptr[0] != '=' || spec.ptr[1] == '=')
    return spec;
  Str version = str_slice(spec, 1, min_size(str_find_char(spec, '=', 1), spec.len));
  return str_format(&u->m->arena, "==%.*s%s", STR_ARG(version),
                    str_ends(version, STR("*")) ? "" : ".*");
}

// A requirement of the line; the offset in the line to go on from.
static size_t hold(Update *u, const Package *p, const Evidence *e, uint32_t file, Span at,
                   const Named *n) {
  Str line = str_slice(u->m->files[file].after, at.start, at.end);
  Str spec = str_slice(line, n->spec.start, n->spec.end);
  bool newest = u->settings->target == SQLALCHEMY_2_1;
  bool none = p->first[newest] && *p->first[newest] == '-';
  if ((!spec.len && !none) || !holds_back(u, p, without_build(u, spec)))
    return max_size(n->name.end, n->spec.end);
  Site *s =
      add_site(u, "M100", "requirement", file, e->line,
               str_format(&u->m->arena, "%s is held at `%.*s`", p->shown, STR_ARG(spec)));
  if (none || carries_hashes(line)) {
    s->reason = none ? STR("no version of it is known that allows this SQLAlchemy")
                     : STR("the requirement carries hashes of its files");
    return line.len;
  }
  s->converted = true;
  s->by_hand = STR("install the new version and run all tests");
  replace(u, file, at.start + n->spec.start, at.start + n->spec.end,
          str_from(p->spec[newest]));
  return n->spec.start + strlen(p->spec[newest]);
}

// A table of TOML that is written over several lines, or a list of them.
static void leave_table(Update *u, const Package *p, const Evidence *e, uint32_t file) {
  Named n;
  if (!next_named(STR(".toml"), e->text, str_from(p->name), 0, &n) || !n.table)
    return;
  Str spec = str_slice(e->text, n.spec.start, n.spec.end);
  if (!spec.len || !holds_back(u, p, spec))
    return;
  Site *s =
      add_site(u, "M100", "requirement", file, e->line,
               str_format(&u->m->arena, "%s is held at `%.*s`", p->shown, STR_ARG(spec)));
  s->reason = STR("its version stands in a table of its own");
}

static void constraint(Update *u, const Package *p, const Evidence *e) {
  uint32_t file = open_file(u, e->path);
  size_t from, to, next = 0;
  Named n;
  while (file != NO_FILE && find_line(u->m->files[file].after, e->line, &from, &to) &&
         next_named(e->path, str_slice(u->m->files[file].after, from, to),
                    str_from(p->name), next, &n))
    next = hold(u, p, e, file, (Span){(uint32_t)from, (uint32_t)to}, &n);
  if (file != NO_FILE && !next)
    leave_table(u, p, e, file);
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

// True where the line of a conda environment is no requirement of pip.
static bool is_of_conda(Str path, Str text, size_t line) {
  if (!str_ends(path, STR(".yml")) && !str_ends(path, STR(".yaml")))
    return false;
  size_t own = skip_blanks(text, line) - line;
  while (line > 0) {
    size_t end = line - 1;
    line = str_rfind_char(str_slice(text, 0, end), '\n');
    line = line == SIZE_MAX ? 0 : line + 1;
    size_t start = skip_blanks(text, line);
    Str above = str_trim(str_slice(text, line, end));
    if (above.len && above.ptr[0] != '#' && start - line < own)
      return !str_ends(above, STR("pip:"));
  }
  return true;
}

static const char *why_not_extra(Str path, Str line, const Named *n) {
  if (n->table)
    return "its table takes `extras = [\"asyncio\"]`";
  if (str_find(path, STR("constraint"), 0) != SIZE_MAX)
    return "constraints name no extras: the requirement itself has to";
  if (str_ends(path, STR(".py")) && n->spec.start == n->spec.end)
    return "whether this string is a requirement is not plain";
  if (carries_hashes(line))
    return "the requirement carries hashes of its files";
  return NULL;
}

// N102: from 2.1 on greenlet, which asyncio needs, comes with an extra only.
static void asyncio_extra(Update *u, const Evidence *e) {
  uint32_t file = open_file(u, e->path);
  size_t from, to, next = 0;
  Named n;
  if (file == NO_FILE ||
      str_find(u->m->files[file].after, STR("greenlet"), 0) != SIZE_MAX)
    return;
  while (find_line(u->m->files[file].after, e->line, &from, &to)) {
    Str text = u->m->files[file].after, line = str_slice(text, from, to);
    if (!next_named(e->path, line, STR("sqlalchemy"), next, &n))
      return;
    next = max_size(n.name.end, n.spec.end);
    if (brings_greenlet(str_slice(line, n.extras.start, n.extras.end)))
      continue;
    Site *s =
        add_site(u, "N102", "greenlet-extra", file, e->line,
                 STR("asyncio is used, and 2.1 installs greenlet with an extra only"));
    const char *why = is_of_conda(e->path, text, from)
                          ? "conda knows no extras: its greenlet is a package of its own"
                          : why_not_extra(e->path, line, &n);
    if (why) {
      s->reason = str_from(why);
      continue;
    }
    s->converted = true;
    s->by_hand = STR("install the requirements anew");
    bool listed = n.extras.start < n.extras.end;
    size_t at = from + (n.extras.start ? n.extras.end : n.name.end);
    Str by = !n.extras.start ? STR("[asyncio]")
             : listed        ? STR(",asyncio")
                             : STR("asyncio");
    replace(u, file, at, at, by);
    next += by.len;
  }
}

static void asyncio_extras(Update *u, const Detection *d) {
  const Detected *main = &d->main;
  for (uint32_t i = 0; i < main->evidence_count; i++)
    if (main->evidence[i].kind == EVIDENCE_REQUIREMENT && main->evidence[i].line)
      asyncio_extra(u, &main->evidence[i]);
}

// ---- What 2.1 asks for

// The place of an extra in a list of them, by its whole name; SIZE_MAX: it is not there.
static size_t find_extra(Str extras, Str name) {
  for (size_t at = str_find(extras, name, 0); at != SIZE_MAX;
       at = str_find(extras, name, at + 1)) {
    size_t end = at + name.len;
    if ((!at || !is_name_char(extras.ptr[at - 1])) &&
        (end == extras.len || !is_name_char(extras.ptr[end])))
      return at;
  }
  return SIZE_MAX;
}

// N162: the extras `postgresql` and `oracle` bring other drivers than on 2.0.
static void driver_extra(Update *u, const Evidence *e) {
  uint32_t file = open_file(u, e->path);
  size_t from, to, next = 0;
  Named n;
  while (file != NO_FILE && find_line(u->m->files[file].after, e->line, &from, &to)) {
    Str line = str_slice(u->m->files[file].after, from, to);
    if (!next_named(e->path, line, STR("sqlalchemy"), next, &n))
      return;
    next = max_size(n.name.end, n.spec.end);
    Str extras = str_slice(line, n.extras.start, n.extras.end);
    if (find_extra(extras, STR("postgresql")) != SIZE_MAX)
      add_site(u, "N162", "extra-default-driver", file, e->line,
               STR("the extra `postgresql` installs psycopg on 2.1, not psycopg2"))
          ->reason = STR("URLs that name psycopg2 take `postgresql-psycopg2binary`, or a "
                         "requirement of the driver itself");
    size_t at = find_extra(extras, STR("oracle"));
    if (at == SIZE_MAX)
      continue;
    Site *s = add_site(u, "N162", "extra-default-driver", file, e->line,
                       STR("the extra `oracle` installs oracledb on 2.1, not cx_Oracle"));
    if (carries_hashes(line)) {
      s->reason = STR("the requirement carries hashes of its files");
      continue;
    }
    s->converted = true;
    at += from + n.extras.start;
    replace(u, file, at, at + strlen("oracle"), STR("oracle-cxoracle"));
    next += strlen("-cxoracle");
  }
}

static void driver_extras(Update *u, const Detected *d) {
  for (uint32_t i = 0; i < d->evidence_count; i++)
    if (d->evidence[i].kind == EVIDENCE_REQUIREMENT && d->evidence[i].line)
      driver_extra(u, &d->evidence[i]);
}

// N101: an older Python is allowed.
static void oldest_python(Update *u, const Detection *d) {
  enum {
    OLDEST = 11
  };
  if (d->python_major != 3 || d->python_minor >= OLDEST)
    return;
  for (uint32_t i = 0; i < d->python.evidence_count; i++) {
    const Evidence *e = &d->python.evidence[i];
    uint32_t file =
        e->kind == EVIDENCE_REQUIREMENT && e->line ? open_file(u, e->path) : NO_FILE;
    if (file == NO_FILE)
      continue;
    Site *s = add_site(u, "N101", "python-311", file, e->line,
                       str_format(&u->m->arena,
                                  "Python 3.%u is allowed, which 2.1 does "
                                  "not run on",
                                  d->python_minor));
    s->reason = STR("whoever runs it has to move to Python 3.11 or later first");
    return;
  }
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
  bool new = s->target == SQLALCHEMY_2_1 && s->source != SQLALCHEMY_2_1;
  if (d && new &&selected((void *)(uintptr_t)s, "N162"))
    driver_extras(&u, &d->main);
  if (d && new &&selected((void *)(uintptr_t)s, "N101"))
    oldest_python(&u, d);
  for (size_t i = 0; i < ARRAY_LEN(mypy_files) && selected((void *)(uintptr_t)s, "T143");
       i++)
    plugin(&u, mypy_files[i]);
}
