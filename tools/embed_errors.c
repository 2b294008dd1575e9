// embed_errors.c: writes the catalogue of errors as tables of C, so that nothing is
// parsed when the program starts.
//
//   embed_errors OUT.c errors.json
//
// OUT.c defines `const ErrorEntry error_entries[]` and `const uint32_t
// error_entries_count`; src/diagnose/errors.h says what the fields are.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "embed_errors: %s: %s\n", what, detail);
  exit(1);
}

// {"text", 4}
static void write_str(FILE *out, const char *text) {
  if (!text) {
    fputs("{NULL, 0}", out);
    return;
  }
  fputs("{\"", out);
  for (const char *c = text; *c; c++) {
    if (*c == '"' || *c == '\\')
      fprintf(out, "\\%c", *c);
    else if ((unsigned char)*c < 32 || (unsigned char)*c >= 127 || *c == '?')
      fprintf(out, "\\%03o", (unsigned)(unsigned char)*c);
    else
      putc(*c, out);
  }
  fprintf(out, "\", %zu}", strlen(text));
}

static const char *const texts[] = {"id", "code", "pattern", "what", "check", "fix"};

// Names of the JSON, of the member in C, and whether they stand under "fallback".
static const struct {
  const char *key, *member;
  int fallback;
} lists[] = {
    {"cls", "cls", 0},
    {"needs", "needs", 0},
    {"causes", "causes", 0},
    {"cls", "fallback", 1},
    {"sql", "fallback_sql", 1},
    {"names", "names", 1},
    {"names_zh_ja", "names_zh_ja", 1},
};
enum {
  TEXTS = sizeof texts / sizeof *texts,
  LISTS = sizeof lists / sizeof *lists
};

static json_t *list_of(json_t *entry, int k) {
  json_t *object = lists[k].fallback ? json_object_get(entry, "fallback") : entry;
  return json_object_get(object, lists[k].key);
}

static void write_lists(FILE *out, json_t *entry, size_t number) {
  for (int k = 0; k < LISTS; k++) {
    json_t *list = list_of(entry, k);
    if (!json_array_size(list))
      continue;
    fprintf(out, "static const Str %s%zu[] = {", lists[k].member, number);
    for (size_t i = 0; i < json_array_size(list); i++) {
      const char *text = json_string_value(json_array_get(list, i));
      if (!text)
        fail(lists[k].key, "a list of something else than strings");
      write_str(out, text);
      fputs(", ", out);
    }
    fputs("};\n", out);
  }
}

static void write_entry(FILE *out, json_t *entry, size_t number) {
  fputs("  {", out);
  for (int k = 0; k < TEXTS; k++) {
    fprintf(out, ".%s = ", texts[k]);
    write_str(out, json_string_value(json_object_get(entry, texts[k])));
    fputs(",\n   ", out);
  }
  for (int k = 0; k < LISTS; k++) {
    size_t count = json_array_size(list_of(entry, k));
    if (count)
      fprintf(out, ".%s = %s%zu, .%s_count = %zu,\n   ", lists[k].member, lists[k].member,
              number, lists[k].member, count);
  }
  fputs("},\n", out);
}

static void check_text(const char *key, const json_t *value) {
  int known = 0;
  for (int k = 0; k < TEXTS; k++)
    known |= !strcmp(key, texts[k]);
  if (!known)
    fail(key, "no field of an entry");
  if (!json_is_string(value) && !json_is_null(value))
    fail(key, "not a string");
}

// What would otherwise be left out without a word: an unknown key, a value of another
// kind.
static void check_fields(json_t *object, int fallback) {
  const char *key;
  json_t *value;
  json_object_foreach(object, key, value) {
    int list = 0;
    for (int k = 0; k < LISTS; k++)
      list |= lists[k].fallback == fallback && !strcmp(key, lists[k].key);
    if (list && !json_is_array(value))
      fail(key, "not a list");
    else if (!fallback && !strcmp(key, "fallback"))
      check_fields(value, 1);
    else if (!list && fallback)
      fail(key, "no field of \"fallback\"");
    else if (!list)
      check_text(key, value);
  }
}

static void check_entry(json_t *entry) {
  const char *id = json_string_value(json_object_get(entry, "id"));
  if (!id || !json_is_string(json_object_get(entry, "pattern")))
    fail(id ? id : "an entry", "has no id or no pattern");
  check_fields(entry, 0);
}

int main(int argc, char **argv) {
  if (argc != 3)
    fail("usage", "embed_errors OUT.c errors.json");
  json_error_t error;
  json_t *root = json_load_file(argv[2], 0, &error), *entry;
  if (!json_is_array(root))
    fail(argv[2], root ? "no list" : error.text);
  size_t i;
  json_array_foreach(root, i, entry) check_entry(entry);
  FILE *out = fopen(argv[1], "wb");
  if (!out)
    fail(argv[1], "cannot be written");
  fputs("// Written by tools/embed_errors.c; do not edit.\n#include "
        "\"diagnose/errors.h\"\n\n",
        out);
  json_array_foreach(root, i, entry) write_lists(out, entry, i);
  fputs("\nconst ErrorEntry error_entries[] = {\n", out);
  json_array_foreach(root, i, entry) write_entry(out, entry, i);
  fprintf(out, "};\nconst uint32_t error_entries_count = %zu;\n", json_array_size(root));
  json_decref(root);
  int bad = ferror(out);
  if (fclose(out) || bad)
    fail(argv[1], "cannot be written");
  return 0;
}
