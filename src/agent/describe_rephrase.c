// describe_rephrase.c: the text in the words of the grammar, before it is read.
#include "agent/describe_internal.h"
#include "base/regex.h"

static const struct {
  const char *pattern, *by;
} rows[] = {
#define REPHRASE(pattern, by) {pattern, by},
#include "agent/describe_rephrase.def"
};

Str text_rephrased(Arena *a, Str text) {
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    Regex *r = regex_new(str_from(rows[i].pattern));
    text = regex_replace(r, a, text, str_from(rows[i].by));
    regex_free(r);
  }
  return text;
}
