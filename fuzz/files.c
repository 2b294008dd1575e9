// libFuzzer target: what stands beside the code: TOML, ignore patterns, requirements.
#include "project/ignore.h"
#include "project/specifier.h"
#include "project/toml.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const TomlValue *v, Str text, int depth) {
  ASSERT(depth <= 2 * TOML_MAX_DEPTH + 2 && v->span.start <= v->span.end &&
         v->span.end <= text.len);
  if (v->type == TOML_ARRAY)
    for (uint32_t i = 0; i < v->array.len; i++)
      check_value(v->array.items[i], text, depth + 1);
  if (v->type == TOML_TABLE)
    for (uint32_t i = 0; i < v->table.len; i++)
      check_value(v->table.entries[i].value, text, depth + 1);
}

static void read_toml(Arena *arena, Str text) {
  DiagSink diags = {.arena = arena};
  TomlValue *root = toml_parse(arena, text, &diags);
  check_value(root, text, 0);
  for (size_t i = 0; i < diags.diags.len; i++)
    ASSERT(diags.diags.items[i].span.end <= text.len);
  diag_sink_free(&diags);
}

static void read_ignore(Arena *arena, Str text) {
  const IgnoreFile *file = ignore_parse(arena, text, STR(""), NULL);
  size_t half = text.len / 2;
  IgnoreVerdict v = ignore_match(file, str_slice(text, 0, half), half % 2);
  ASSERT(v <= IGNORE_INCLUDED);
  glob_match(str_slice(text, 0, half), str_slice(text, half, text.len));
}

static void read_requirement(Str text) {
  Requirement r;
  Version v = {.parts = {1, 4, 54}, .count = 3}, exact;
  if (requirement_parse(text, &r)) {
    ASSERT(r.name.len && r.name.len + r.spec.len <= text.len);
    specifier_allows(r.spec, &v);
  }
  specifier_allows(text, &v);
  if (specifier_exact(text, &exact))
    ASSERT(exact.count <= 4 && specifier_allows(text, &exact));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum {
    MOST = 1 << 13
  };
  Arena arena = {0};
  Str text = str_copy(&arena, (Str){(const char *)data, size < MOST ? size : MOST});
  read_toml(&arena, text);
  read_ignore(&arena, text);
  read_requirement(text);
  arena_reset(&arena);
  return 0;
}
