// skill.c: the files of the package, and the front matter of a SKILL.md against the
// rules.
//
// Front matter is YAML, of which the format needs little: `key: value`, quoted or folded
// values, and one level of keys below `metadata`. What is written otherwise is reported.
#define _XOPEN_SOURCE 700 // realpath
#include "gen/skill.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/io.h"
#include "base/utf8.h"

enum {
  MAX_SKILL = 1 << 20,
  MAX_NAME = 64,
  MAX_DESCRIPTION = 1024,
  MAX_COMPATIBILITY = 500,
  MAX_BODY_LINES = 500,
};

// Everything but the templates, and these (src/gen/generator.c fills them).
extern const EmbeddedFile skill_package[];
extern const uint32_t skill_package_count;
extern const EmbeddedFile templates[];
extern const uint32_t templates_count;

// ---- The package

static int by_path(const void *a, const void *b) {
  return str_compare(((const SkillFile *)a)->path, ((const SkillFile *)b)->path);
}

static void push_file(Arena *a, SkillFiles *out, const EmbeddedFile *f) {
  Str name = str_from(f->name);
  bool python = str_ends(name, STR(".py"));
  const char *folder = python                           ? "scripts/"
                       : str_ends(name, STR(".jinja2")) ? "assets/"
                       : str_eq(name, STR("SKILL.md"))  ? ""
                                                        : "references/";
  SkillFile file = {str_format(a, "%s%s", folder, f->name), {f->text, f->len}, python};
  vec_push(out, file);
}

void skill_files(Arena *a, SkillFiles *out) {
  for (uint32_t i = 0; i < skill_package_count; i++)
    push_file(a, out, &skill_package[i]);
  for (uint32_t i = 0; i < templates_count; i++)
    push_file(a, out, &templates[i]);
  qsort(out->items, out->len, sizeof *out->items, by_path);
}

// ---- Front matter

typedef struct {
  Arena *arena;
  const char *folder;
  SkillProblems *out;
  Str rest; // lines that are not read yet
  uint32_t line;
} Reader;

static void report(Reader *r, uint32_t line, bool is_warning, const char *format, ...)
    PRINTF_LIKE(4, 5);
static void report(Reader *r, uint32_t line, bool is_warning, const char *format, ...) {
  char text[600];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  vec_push(r->out, (SkillProblem){line, is_warning, str_copy(r->arena, str_from(text))});
}

static bool next_line(Reader *r, Str *line) {
  if (!r->rest.len || !str_next_part(&r->rest, '\n', line))
    return false;
  r->line++;
  if (str_ends(*line, STR("\r")))
    line->len--;
  return true;
}

static bool is_indented(Str rest) {
  return rest.len && (rest.ptr[0] == ' ' || rest.ptr[0] == '\n' || rest.ptr[0] == '\r');
}

// The lines of a `>` or `|` value, which are indented.
static Str block_value(Reader *r, char kind) {
  Buf text = {0};
  Str line;
  while (is_indented(r->rest) && next_line(r, &line)) {
    if (text.len)
      buf_add_char(&text, kind == '>' ? ' ' : '\n');
    buf_add_str(&text, str_trim(line));
  }
  Str value = str_copy(r->arena, str_trim(buf_str(&text)));
  buf_free(&text);
  return value;
}

static Str scalar(Reader *r, Str value) {
  value = str_trim(value);
  if (value.len && (value.ptr[0] == '>' || value.ptr[0] == '|'))
    return block_value(r, value.ptr[0]);
  bool quoted = value.len > 1 && (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
                value.ptr[value.len - 1] == value.ptr[0];
  if (quoted)
    return str_slice(value, 1, value.len - 1);
  if (value.len && strchr("[{&*!%@`", value.ptr[0]))
    report(r, r->line, false, "the value must be plain text; put it in quotes");
  if (str_find(value, STR(": "), 0) != SIZE_MAX)
    report(r, r->line, false, "a value with ': ' must be in quotes");
  Buf text = {0};
  Str line;
  buf_add_str(&text, value);
  while (value.len && is_indented(r->rest) && next_line(r, &line)) { // goes on below
    buf_add_char(&text, ' ');
    buf_add_str(&text, str_trim(line));
  }
  Str whole = str_copy(r->arena, str_trim(buf_str(&text)));
  buf_free(&text);
  return whole;
}

static size_t characters(Str s) {
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += ((uint8_t)s.ptr[i] & 0xC0) != 0x80;
  return n;
}

// ---- Keys

static void check_name(Reader *r, uint32_t line, Str name) {
  if (!name.len || name.len > MAX_NAME)
    report(r, line, false, "name has %zu characters; 1 to %d are allowed", name.len,
           MAX_NAME);
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
      report(r, line, false, "name may have lower case letters, digits and hyphens only");
      break;
    }
  }
  if (name.len && (name.ptr[0] == '-' || name.ptr[name.len - 1] == '-' ||
                   str_find(name, STR("--"), 0) != SIZE_MAX))
    report(r, line, false,
           "name may not start or end with a hyphen, or have two in a row");
  char *real = realpath(r->folder, NULL);
  Str folder = str_from(real ? real : r->folder);
  folder = str_slice(folder, str_rfind_char(folder, '/') + 1, folder.len);
  if (!str_eq(folder, name))
    report(r, line, false, "name is '%.*s', but the folder is '%.*s'", STR_ARG(name),
           STR_ARG(folder));
  free(real);
}

static void check_length(Reader *r, uint32_t line, const char *key, Str value,
                         size_t most) {
  size_t n = characters(value);
  if (!n || n > most)
    report(r, line, false, "%s has %zu characters; 1 to %zu are allowed", key, n, most);
}

static void read_metadata(Reader *r, Str value) {
  Str line;
  if (str_trim(value).len)
    report(r, r->line, false, "metadata must have its keys on the lines below, indented");
  while (is_indented(r->rest) && next_line(r, &line)) {
    Str entry = str_trim(line);
    size_t colon = str_find_char(entry, ':', 0);
    if (entry.len && entry.ptr[0] != '#' && colon == SIZE_MAX)
      report(r, r->line, false, "metadata: expected 'key: value'");
  }
}

typedef struct {
  bool name, description;
  uint32_t seen; // keys, by place
} Seen;

static void read_key(Reader *r, Str key, Str value, Seen *seen) {
  static const char *const known[] = {"name",          "description", "license",
                                      "compatibility", "metadata",    "allowed-tools"};
  uint32_t line = r->line, k = 0;
  while (k < ARRAY_LEN(known) && !str_is(key, known[k]))
    k++;
  if (k < ARRAY_LEN(known) && seen->seen >> k & 1)
    report(r, line, false, "the key '%.*s' is given twice", STR_ARG(key));
  seen->seen |= 1u << k;
  switch (k) {
  case 0:
    check_name(r, line, scalar(r, value));
    seen->name = true;
    break;
  case 1:
    check_length(r, line, "description", scalar(r, value), MAX_DESCRIPTION);
    seen->description = true;
    break;
  case 2:
  case 5:
    scalar(r, value);
    break;
  case 3:
    check_length(r, line, "compatibility", scalar(r, value), MAX_COMPATIBILITY);
    break;
  case 4:
    read_metadata(r, value);
    break;
  default:
    report(r, line, false,
           "the key '%.*s' is not allowed: name, description, license, compatibility, "
           "metadata and allowed-tools are",
           STR_ARG(key));
    scalar(r, value);
  }
}

static bool read_front_matter(Reader *r) {
  Seen seen = {0};
  Str line;
  bool closed = false;
  if (!next_line(r, &line) || !str_is(line, "---")) {
    report(r, 1, false, "the file must start with front matter between lines of ---");
    return false;
  }
  while (!closed && next_line(r, &line)) {
    Str entry = str_trim(line);
    size_t colon = str_find_char(line, ':', 0);
    closed = str_is(line, "---");
    if (closed || !entry.len || entry.ptr[0] == '#')
      continue;
    if (colon == SIZE_MAX || line.ptr[0] == ' ' || line.ptr[0] == '\t')
      report(r, r->line, false, "expected 'key: value'");
    else
      read_key(r, str_slice(line, 0, colon), str_slice(line, colon + 1, line.len), &seen);
  }
  if (!closed)
    report(r, r->line, false, "the front matter is not closed by ---");
  if (!seen.name)
    report(r, 1, false, "the key 'name' is missing");
  if (!seen.description)
    report(r, 1, false, "the key 'description' is missing");
  return closed;
}

// ---- The body

static bool is_path_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '-' || c == '.' || c == '/';
}

// A file of the package that the text names, as a link or plainly.
static void check_path(Reader *r, Str path) {
  while (path.len && path.ptr[path.len - 1] == '.')
    path.len--;
  if (!path.len || path.ptr[path.len - 1] == '/' || str_ends(path, STR("NAME")))
    return;
  if (str_find(path, STR(".."), 0) != SIZE_MAX) {
    report(r, r->line, false, "'%.*s' leaves the folder of the skill", STR_ARG(path));
    return;
  }
  size_t first = str_find_char(path, '/', 0);
  if (str_starts(path, STR("references/")) &&
      str_find_char(path, '/', first + 1) != SIZE_MAX)
    report(r, r->line, false, "'%.*s': references lie one level deep", STR_ARG(path));
  char *whole = arena_printf(r->arena, "%s/%.*s", r->folder, STR_ARG(path));
  if (access(whole, F_OK))
    report(r, r->line, false, "'%.*s' does not exist", STR_ARG(path));
}

static void check_paths(Reader *r, Str line) {
  static const char *const folders[] = {"scripts/", "references/", "assets/"};
  for (size_t k = 0; k < ARRAY_LEN(folders); k++) {
    Str folder = str_from(folders[k]);
    for (size_t at = 0; (at = str_find(line, folder, at)) != SIZE_MAX; at++) {
      size_t end = at;
      if (at && line.ptr[at - 1] == '/')
        report(r, r->line, false, "paths are relative to the folder of the skill: %s",
               folders[k]);
      else if (at && is_path_char(line.ptr[at - 1]))
        continue;
      while (end < line.len && is_path_char(line.ptr[end]))
        end++;
      check_path(r, str_slice(line, at, end));
    }
  }
}

static void check_body(Reader *r) {
  uint32_t start = r->line;
  bool any = false;
  Str line;
  while (next_line(r, &line)) {
    any |= str_trim(line).len > 0;
    check_paths(r, line);
  }
  if (!any)
    report(r, start, false, "there are no instructions below the front matter");
  if (r->line - start > MAX_BODY_LINES)
    report(r, r->line, true,
           "the body has %u lines; keep it below %d and move details to "
           "references/",
           r->line - start, MAX_BODY_LINES);
}

bool skill_validate(Arena *a, const char *folder, SkillProblems *out, Err *err) {
  Str text;
  char *path = arena_printf(a, "%s/SKILL.md", folder);
  if (!io_read_file(a, path, MAX_SKILL, 1, &text, NULL, err))
    return false;
  Reader r = {.arena = a, .folder = folder, .out = out, .rest = text};
  size_t invalid = utf8_invalid_at(text);
  if (invalid != SIZE_MAX)
    report(&r, 1, false, "the file is not UTF-8 (byte %zu)", invalid);
  else if (read_front_matter(&r))
    check_body(&r);
  return true;
}
