// libFuzzer target: any bytes through decoding, parsing and both dumps. The tree must
// hold together: children inside their parents' range, in the text, and every word
// reachable.
#include "python/parse.h"
#include "base/json.h"
#include "python/dump.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
  const PyTree *tree;
  Vec(Ref) open; // nodes that are entered
} Check;

static bool enter(void *data, Ref r) {
  Check *c = data;
  Span span = py_span(c->tree, r);
  ASSERT(py_kind(c->tree, r) < PY_KIND_COUNT);
  ASSERT(span.start <= span.end && span.end <= c->tree->source->text.len);
  vec_push(&c->open, r);
  return true;
}

static void leave(void *data, Ref r) {
  Check *c = data;
  ASSERT(vec_pop(&c->open) == r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Arena arena = {0};
  Source source;
  if (!source_init(&source, &arena, STR("fuzz.py"), (Str){(const char *)data, size},
                   NULL))
    goto done;
  Interner *in = interner_new();
  InternCache *names = intern_cache_new(in);
  DiagSink diags = {.arena = &arena};
  PyTree tree = {0};
  py_parse(&tree, &source, names, &diags);
  ASSERT(tree.has_errors || diags.diags.len == 0 ||
         diags.diags.items[0].level != DIAG_ERROR);
  for (size_t i = 0; i < diags.diags.len; i++)
    ASSERT(diags.diags.items[i].span.end <= source.text.len);
  Check check = {.tree = &tree};
  py_walk(&tree, tree.root, &(PyVisitor){.enter = enter, .leave = leave, .data = &check});
  ASSERT(check.open.len == 0);
  vec_free(&check.open);
  Buf out = {0};
  py_dump_tree(&tree, in, true, &out);
  buf_clear(&out);
  JsonWriter json = {.out = &out};
  if (!tree.has_errors)
    py_dump_json(&tree, in, &json);
  buf_free(&out);
  py_tree_free(&tree);
  diag_sink_free(&diags);
  intern_cache_free(names);
  interner_free(in);
done:
  arena_reset(&arena);
  return 0;
}
