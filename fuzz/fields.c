// libFuzzer target: models as a person types them; blanks part the words.
#include "schema/fields.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum {
    MOST_WORDS = 64,
    MOST = 4096
  };
  Arena arena = {0};
  char *text = arena_array(&arena, char, MOST + 1);
  size_t len = size < MOST ? size : MOST;
  if (len)
    memcpy(text, data, len);
  text[len] = 0;
  const char *words[MOST_WORDS];
  size_t count = 0;
  for (char *p = text, *end = text + len; p < end && count < MOST_WORDS;) {
    while (p < end && (*p == ' ' || !*p))
      p++;
    if (p == end)
      break;
    words[count++] = p;
    while (p < end && *p != ' ' && *p)
      p++;
    *p++ = 0;
  }
  Schema *schema = schema_new(&arena);
  FieldSettings settings = {.tables = size % 2};
  Err err = {0};
  SchemaOptions options = {0};
  if (fields_parse(schema, words, count, &settings, &err)) {
    bool complete = schema_complete(schema, &options, &err);
    ASSERT(complete || err.message[0]);
  } else {
    ASSERT(err.message[0]);
  }
  schema_free(schema);
  arena_reset(&arena);
  return 0;
}
