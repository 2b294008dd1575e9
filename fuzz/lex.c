// libFuzzer target: the lexer alone. Tokens go forward, stay in the text, and end; after
// an error lex_recover always makes progress.
#include "python/lex.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void skip_string(Lexer *lx) {
  // The parts of an f-string are the parser's business: step over its opening quotes.
  lx->prev_stop = lx->stop;
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
  SpanList comments = {0};
  Lexer lx;
  lex_init(&lx, &source, names, &diags, &comments);
  uint32_t last = 0;
  size_t steps = 0;
  for (lex_next(&lx); lx.tok != TOK_END; lex_next(&lx)) {
    ASSERT(++steps <= 4 * size + 400);
    ASSERT(lx.start <= lx.stop && lx.stop <= source.text.len);
    ASSERT(lx.start >= last || lx.tok == TOK_ERROR || lx.tok == TOK_DEDENT);
    last = lx.start;
    if (lx.tok == TOK_FSTRING)
      skip_string(&lx);
    if (lx.tok == TOK_ERROR)
      lex_recover(&lx, 0);
  }
  vec_free(&comments);
  diag_sink_free(&diags);
  intern_cache_free(names);
  interner_free(in);
done:
  arena_reset(&arena);
  return 0;
}
