// verify_blocks.c: runs the request on standard input through verify_run, for pytest.
//
//   {"blocks": [{"path"?, "code"}], "project"?, "dialect"?, "raises"?, "timeout_ms"?}
#include "agent/verify.h"
#include "base/io.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>

static Str text_of(json_t *object, const char *name) {
  return str_from(json_string_value(json_object_get(object, name)));
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  Arena arena = {0};
  Err err = {0};
  Str input;
  if (!io_read_all(&arena, 0, 64 << 20, 1, &input, &err))
    return fprintf(stderr, "%s\n", err.message), 2;
  json_t *root = json_loadb(input.ptr, input.len, 0, NULL);
  json_t *list = json_object_get(root, "blocks");
  VerifyBlock *blocks = arena_array(&arena, VerifyBlock, json_array_size(list) + 1);
  for (size_t i = 0; i < json_array_size(list); i++)
    blocks[i] = (VerifyBlock){text_of(json_array_get(list, i), "path"),
                              text_of(json_array_get(list, i), "code")};
  VerifyRequest request = {
      .blocks = blocks,
      .count = json_array_size(list),
      .project = text_of(root, "project").ptr,
      .dialect = text_of(root, "dialect").ptr,
      .raises = text_of(root, "raises").ptr,
      .timeout_ms = (int)json_integer_value(json_object_get(root, "timeout_ms")),
  };
  VerifyReport report;
  Buf out = {0};
  if (!verify_run(&request, &report, &arena, &err))
    return fprintf(stderr, "%s\n", err.message), 2;
  verify_json(&report, &(JsonWriter){.out = &out});
  puts(buf_str(&out).ptr);
  verify_report_free(&report);
  buf_free(&out);
  json_decref(root);
  arena_reset(&arena);
  return 0;
}
