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

int main(int argc, char **argv) {
  if (argc != 3)
    fail("usage", "embed_errors OUT.c errors.json");
  json_error_t error;
  json_t *root = json_load_file(argv[2], 0, &error), *entry;
  if (!json_is_array(root))
    fail(argv[2], root ? "no list" : error.text);
  FILE *out = fopen(argv[1], "wb");
  if (!out)
    fail(argv[1], "cannot be written");
  fputs("// Written by tools/embed_errors.c; do not edit.\n#include "
        "\"diagnose/errors.h\"\n\n",
        out);
  size_t i;
  json_array_foreach(root, i, entry) write_lists(out, entry, i);
  fputs("\nconst ErrorEntry error_entries[] = {\n", out);
  json_array_foreach(root, i, entry) write_entry(out, entry, i);
  fprintf(out, "};\nconst uint32_t error_entries_count = %zu;\n", json_array_size(root));
  json_decref(root);
  return fclose(out) == 0 ? 0 : 1;
}
