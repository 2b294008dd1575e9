// libFuzzer target: any bytes as a template. Rendering ends, whatever the template does,
// and an error carries a message that names the template.
#include "gen/jinja.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool load(void *data, Arena *a UNUSED, Str name, Str *text, Err *err) {
  if (!str_is(name, "self"))
    return err_set(err, ERR_NOT_FOUND, "not here");
  *text = *(const Str *)data; // a template may include itself
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1)
    return 0;
  Arena arena = {0};
  Err err = {0};
  Str text = {(const char *)data + 1, size - 1};
  JinjaOptions options = {.trim_blocks = data[0] & 1,
                          .lstrip_blocks = data[0] >> 1 & 1,
                          .keep_trailing_newline = data[0] >> 2 & 1,
                          .load = load,
                          .load_data = &text};
  json_t *values = json_pack("{s:s, s:i, s:f, s:[i,s,b], s:{s:s, s:[]}, s:n}", "s", "a b",
                             "n", 3, "x", 1.5, "l", 1, "two", 1, "d", "k", "v", "e", "z");
  ASSERT(values);
  JinjaTemplate *t = jinja_compile(&arena, STR("fuzz"), text, &options, &err);
  Buf out = {0};
  bool ok = t && jinja_render(t, values, &out, &err);
  ASSERT(ok == (err.kind == ERR_NONE));
  ASSERT(ok || strstr(err.message, "fuzz") == err.message ||
         strstr(err.message, "self") == err.message);
  ASSERT(ok || out.len == 0);
  ASSERT(out.len <= JINJA_MAX_TEXT);
  buf_free(&out);
  json_decref(values);
  arena_reset(&arena);
  return 0;
}
