// libFuzzer target: any bytes through a diagnosis and both of its outputs.
#include "diagnose/diagnose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Arena arena = {0};
  Diagnosis d;
  Buf out = {0};
  diagnose_text(&d, &arena, (Str){(const char *)data, size});
  ASSERT(d.columns.len <= 64);
  diagnose_print(&d, &out);
  buf_clear(&out);
  diagnose_json(&d, &(JsonWriter){.out = &out});
  ASSERT(out.len > 2 && out.ptr[out.len - 1] == '}');
  buf_free(&out);
  diagnose_free(&d);
  arena_reset(&arena);
  return 0;
}
