// Settings from TOML: a table of keys says which field each one fills.
#define _XOPEN_SOURCE 700 // realpath
#include "project/config.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "project/ignore.h"
#include "project/toml.h"

enum {
  CONFIG_MAX_BYTES = 16 << 20,
  LINE_LENGTH_MAX = 1000,
  NAME_MAX_LEN = 64 // longer names are near to nothing
};

typedef struct {
  Config *config;
  Arena *arena;
  Str text;
} ConfigReader;

static void problem(ConfigReader *r, Span at, bool is_error, const char *format, ...)
    PRINTF_LIKE(4, 5);
static void problem(ConfigReader *r, Span at, bool is_error, const char *format, ...) {
  char message[512];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  ConfigProblem p = {.path = r->config->path, .is_error = is_error};
  toml_position(r->text, at.start, &p.line, &p.column);
  p.message = str_copy(r->arena, str_from(message));
  vec_push(&r->config->problems, p);
}

static void wrong_type(ConfigReader *r, const TomlEntry *e, const char *expected) {
  problem(r, e->value->span, true, "\"%.*s\" should be %s", STR_ARG(e->key), expected);
}

// ---- kinds of settings ----------------------------------------------------------------

static bool read_list(ConfigReader *r, const TomlEntry *e, StrList *out) {
  const TomlValue *v = e->value;
  if (v->type != TOML_ARRAY) {
    wrong_type(r, e, "a list of strings");
    return false;
  }
  StrList list = {arena_array(r->arena, Str, v->array.len + 1), 0};
  for (uint32_t i = 0; i < v->array.len; i++) {
    if (v->array.items[i]->type != TOML_STRING) {
      wrong_type(r, e, "a list of strings");
      return false;
    }
    list.items[list.len++] = v->array.items[i]->text;
  }
  *out = list;
  return true;
}

static void read_select(ConfigReader *r, const TomlEntry *e) {
  r->config->has_select |= read_list(r, e, &r->config->select);
}
static void read_ignore(ConfigReader *r, const TomlEntry *e) {
  read_list(r, e, &r->config->ignore);
}
static void read_extend_select(ConfigReader *r, const TomlEntry *e) {
  read_list(r, e, &r->config->extend_select);
}
static void read_exclude(ConfigReader *r, const TomlEntry *e) {
  r->config->has_exclude |= read_list(r, e, &r->config->exclude);
}
static void read_extend_exclude(ConfigReader *r, const TomlEntry *e) {
  read_list(r, e, &r->config->extend_exclude);
}
static void read_src(ConfigReader *r, const TomlEntry *e) {
  read_list(r, e, &r->config->src);
}

static void read_flag(ConfigReader *r, const TomlEntry *e, bool *out) {
  if (e->value->type == TOML_BOOL)
    *out = e->value->boolean;
  else
    wrong_type(r, e, "true or false");
}
static void read_force_exclude(ConfigReader *r, const TomlEntry *e) {
  read_flag(r, e, &r->config->force_exclude);
}
static void read_respect_gitignore(ConfigReader *r, const TomlEntry *e) {
  read_flag(r, e, &r->config->respect_gitignore);
}

static void read_line_length(ConfigReader *r, const TomlEntry *e) {
  const TomlValue *v = e->value;
  if (v->type == TOML_INT && v->integer >= 1 && v->integer <= LINE_LENGTH_MAX)
    r->config->line_length = (uint32_t)v->integer;
  else
    wrong_type(r, e, "a number from 1 to 1000");
}

static void read_target_sqlalchemy(ConfigReader *r, const TomlEntry *e) {
  static const char *const names[] = {
      [SQLALCHEMY_1_4] = "1.4", [SQLALCHEMY_2_0] = "2.0", [SQLALCHEMY_2_1] = "2.1"};
  for (int i = SQLALCHEMY_1_4; i <= SQLALCHEMY_2_1; i++)
    if (e->value->type == TOML_STRING && str_is(e->value->text, names[i])) {
      r->config->target_sqlalchemy = (SqlalchemyTarget)i;
      return;
    }
  wrong_type(r, e, "\"1.4\", \"2.0\" or \"2.1\"");
}

// "3.9" or "py39".
static bool parse_python(Str s, uint8_t *minor) {
  Str digits = str_starts(s, STR("3."))    ? str_slice(s, 2, s.len)
               : str_starts(s, STR("py3")) ? str_slice(s, 3, s.len)
                                           : STR("");
  if (digits.len < 1 || digits.len > 2)
    return false;
  unsigned value = 0;
  for (size_t i = 0; i < digits.len; i++) {
    if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
      return false;
    value = value * 10 + (unsigned)(digits.ptr[i] - '0');
  }
  *minor = (uint8_t)value;
  return true;
}

static void read_target_python(ConfigReader *r, const TomlEntry *e) {
  if (parse_python(toml_str(e->value), &r->config->python_minor))
    r->config->python_major = 3;
  else
    wrong_type(r, e, "a version of Python as \"3.9\"");
}

static void read_per_file_ignores(ConfigReader *r, const TomlEntry *e) {
  const TomlValue *table = e->value;
  Config *c = r->config;
  if (table->type != TOML_TABLE) {
    wrong_type(r, e, "a table of path pattern = [codes]");
    return;
  }
  c->per_file_ignores = arena_array(r->arena, PerFileIgnore, table->table.len + 1);
  for (uint32_t i = 0; i < table->table.len; i++) {
    const TomlEntry *item = &table->table.entries[i];
    PerFileIgnore p = {.pattern = item->key};
    uint32_t column;
    toml_position(r->text, item->key_span.start, &p.line, &column);
    if (read_list(r, item, &p.codes))
      c->per_file_ignores[c->per_file_ignore_count++] = p;
  }
}

typedef struct {
  const char *name;
  void (*read)(ConfigReader *r, const TomlEntry *e);
} Setting;

static const Setting settings[] = {
    {"exclude", read_exclude},
    {"extend-exclude", read_extend_exclude},
    {"extend-select", read_extend_select},
    {"force-exclude", read_force_exclude},
    {"ignore", read_ignore},
    {"line-length", read_line_length},
    {"per-file-ignores", read_per_file_ignores},
    {"respect-gitignore", read_respect_gitignore},
    {"select", read_select},
    {"src", read_src},
    {"target-python", read_target_python},
    {"target-sqlalchemy", read_target_sqlalchemy},
};

// ---- nearest name ---------------------------------------------------------------------

// Edits that turn `a` into `b`: insert, delete, replace, swap of two neighbours.
static size_t edit_distance(Str a, Str b) {
  size_t rows[3][NAME_MAX_LEN + 1];
  for (size_t j = 0; j <= b.len; j++)
    rows[0][j] = j;
  for (size_t i = 1; i <= a.len; i++) {
    size_t *row = rows[i % 3], *up = rows[(i - 1) % 3], *up2 = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b.len; j++) {
      bool same = a.ptr[i - 1] == b.ptr[j - 1];
      row[j] = min_size(min_size(up[j], row[j - 1]) + 1, up[j - 1] + !same);
      if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
        row[j] = min_size(row[j], up2[j - 2] + 1);
    }
  }
  return rows[a.len % 3][b.len];
}

Str nearest_name(Str name, const char *const *names, size_t count) {
  Str nearest = {NULL, 0};
  if (name.len > NAME_MAX_LEN)
    return nearest;
  size_t best = name.len / 3 + 1;
  for (size_t i = 0; i < count; i++) {
    Str candidate = str_from(names[i]);
    if (candidate.len > NAME_MAX_LEN)
      continue;
    size_t distance = edit_distance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

static void unknown_key(ConfigReader *r, const TomlEntry *e) {
  const char *names[ARRAY_LEN(settings)];
  for (size_t i = 0; i < ARRAY_LEN(settings); i++)
    names[i] = settings[i].name;
  char *dashed = arena_copy(r->arena, e->key.ptr, e->key.len);
  for (size_t i = 0; i < e->key.len; i++)
    if (dashed[i] == '_')
      dashed[i] = '-';
  Str nearest = nearest_name((Str){dashed, e->key.len}, names, ARRAY_LEN(names));
  if (nearest.ptr)
    problem(r, e->key_span, true, "unknown setting \"%.*s\"; did you mean \"%.*s\"?",
            STR_ARG(e->key), STR_ARG(nearest));
  else
    problem(r, e->key_span, true, "unknown setting \"%.*s\"", STR_ARG(e->key));
}

// ---- other tools ----------------------------------------------------------------------

// The length of lines that the project's formatter or linter keeps to.
static void read_other_tools(Config *c, const TomlValue *root, bool is_ruff) {
  static const char *const paths[] = {"tool.ruff", "tool.black", "tool.isort",
                                      "tool.pycodestyle"};
  static const char *const keys[] = {"line-length", "line_length", "max-line-length"};
  for (size_t i = 0; root && i < ARRAY_LEN(paths) && !c->formatter_length; i++) {
    const TomlValue *table = is_ruff ? root : toml_path(root, paths[i]);
    for (uint32_t k = 0; table && table->type == TOML_TABLE && k < table->table.len; k++)
      for (size_t n = 0; n < ARRAY_LEN(keys); n++) {
        const TomlEntry *e = &table->table.entries[k];
        if (str_is(e->key, keys[n]) && e->value->type == TOML_INT &&
            e->value->integer >= 40 && e->value->integer <= LINE_LENGTH_MAX)
          c->formatter_length = (uint32_t)e->value->integer;
      }
  }
}

uint32_t config_line_length(const Config *c) {
  return !c                    ? 88
         : c->line_length      ? c->line_length
         : c->formatter_length ? c->formatter_length
                               : 88;
}

// ---- files ----------------------------------------------------------------------------

bool config_init(Config *c, Arena *arena, const char *folder) {
  char absolute[PATH_MAX];
  static const char *const src[] = {".", "src"};
  bool is_there = realpath(folder, absolute) != NULL;
  *c = (Config){.respect_gitignore = true};
  c->folder = str_copy(arena, str_from(is_there ? absolute : folder));
  c->src = (StrList){arena_array(arena, Str, ARRAY_LEN(src)), ARRAY_LEN(src)};
  for (size_t i = 0; i < ARRAY_LEN(src); i++)
    c->src.items[i] = str_from(src[i]);
  return is_there;
}

void config_free(Config *c) {
  vec_free(&c->problems);
}

bool config_parse(Config *c, Arena *arena, Str path, Str text) {
  DiagSink diags = {.arena = arena};
  ConfigReader r = {c, arena, text};
  const TomlValue *table = toml_parse(arena, text, &diags);
  size_t slash = str_rfind_char(path, '/');
  Str name = slash == SIZE_MAX ? path : str_slice(path, slash + 1, path.len);
  if (str_is(name, "pyproject.toml")) {
    read_other_tools(c, table, false);
    table = toml_path(table, "tool.aludel");
  }
  c->path = path;
  // A pyproject.toml that says nothing about us is not ours to complain about.
  bool ours = table || str_find(text, STR("[tool.aludel"), 0) != SIZE_MAX;
  for (size_t i = 0; ours && i < diags.diags.len; i++)
    problem(&r, diags.diags.items[i].span, true, "%.*s",
            STR_ARG(diags.diags.items[i].message));
  diag_sink_free(&diags);
  if (table && table->type != TOML_TABLE)
    problem(&r, (Span){0, 0}, true, "\"tool.aludel\" should be a table");
  if (!table || table->type != TOML_TABLE) {
    if (c->problems.len)
      return true;
    c->path = (Str){NULL, 0};
    return false;
  }
  for (uint32_t i = 0; i < table->table.len; i++) {
    const TomlEntry *e = &table->table.entries[i];
    size_t at = 0;
    while (at < ARRAY_LEN(settings) && !str_is(e->key, settings[at].name))
      at++;
    if (at < ARRAY_LEN(settings))
      settings[at].read(&r, e);
    else
      unknown_key(&r, e);
  }
  return true;
}

bool config_read(Config *c, Arena *arena, const char *path, Err *err) {
  Str text;
  char absolute[PATH_MAX];
  if (!io_read_file(arena, path, CONFIG_MAX_BYTES, 1, &text, NULL, err))
    return false;
  Str folder = str_copy(arena, str_from(realpath(path, absolute) ? absolute : path));
  size_t slash = str_rfind_char(folder, '/');
  folder = slash == SIZE_MAX ? STR(".") : str_copy(arena, str_slice(folder, 0, slash));
  config_init(c, arena, folder.len ? folder.ptr : "/");
  if (!config_parse(c, arena, str_copy(arena, str_from(path)), text))
    return err_set(err, ERR_INPUT, "%s has no [tool.aludel] table", path);
  return true;
}

// "./x" for the start folder, so that what is shown is short; else the absolute path.
static Str config_path(Arena *arena, Str folder, Str start, const char *typed,
                       const char *name) {
  if (!str_eq(folder, start))
    return str_format(arena, "%.*s/%s", STR_ARG(folder), name);
  return strcmp(typed, ".") == 0 ? str_from(name)
                                 : str_format(arena, "%s/%s", typed, name);
}

// ruff's own file wins over the pyproject.toml beside it.
static void read_ruff_files(Config *c, Arena *arena, Str folder) {
  static const char *const names[] = {".ruff.toml", "ruff.toml"};
  for (size_t i = 0; i < ARRAY_LEN(names) && !c->formatter_length; i++) {
    Str file = str_format(arena, "%.*s/%s", STR_ARG(folder), names[i]), text;
    struct stat st;
    DiagSink diags = {.arena = arena}; // not ours to complain about
    if (stat(file.ptr, &st) == 0 && S_ISREG(st.st_mode) &&
        io_read_file(arena, file.ptr, CONFIG_MAX_BYTES, 1, &text, NULL, NULL))
      read_other_tools(c, toml_parse(arena, text, &diags), true);
    diag_sink_free(&diags);
  }
}

bool config_find(Config *c, Arena *arena, const char *folder, Err *err) {
  static const char *const names[] = {"aludel.toml", "pyproject.toml"};
  if (!config_init(c, arena, folder))
    return err_errno(err, errno, "cannot read %s", folder);
  Str start = c->folder;
  for (Str at = start; at.len; at = str_slice(at, 0, str_rfind_char(at, '/'))) {
    read_ruff_files(c, arena, at);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
      Str file = str_format(arena, "%.*s/%s", STR_ARG(at), names[i]), text;
      struct stat st;
      if (stat(file.ptr, &st) != 0 || !S_ISREG(st.st_mode))
        continue;
      if (!io_read_file(arena, file.ptr, CONFIG_MAX_BYTES, 1, &text, NULL, err))
        return false;
      Str shown = config_path(arena, at, start, folder, names[i]);
      if (config_parse(c, arena, shown, text)) {
        c->folder = str_copy(arena, at);
        return true;
      }
    }
  }
  return true;
}

// ---- patterns -------------------------------------------------------------------------

bool config_pattern_match(Str pattern, Str path) {
  if (str_starts(pattern, STR("./")))
    pattern = str_slice(pattern, 2, pattern.len);
  while (pattern.len && pattern.ptr[pattern.len - 1] == '/')
    pattern.len--;
  bool by_name = str_find_char(pattern, '/', 0) == SIZE_MAX;
  size_t part = 0;
  for (;;) { // the path itself and every folder above it
    size_t slash = str_find_char(path, '/', part);
    size_t end = slash == SIZE_MAX ? path.len : slash;
    if (glob_match(pattern, str_slice(path, by_name ? part : 0, end)))
      return true;
    if (slash == SIZE_MAX)
      return false;
    part = slash + 1;
  }
}

bool config_ignores_apply(const PerFileIgnore *p, Str path) {
  bool negated = str_starts(p->pattern, STR("!")); // as in ruff: all other files
  Str pattern = str_slice(p->pattern, negated, p->pattern.len);
  return config_pattern_match(pattern, path) != negated;
}
