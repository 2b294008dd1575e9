// token_list.c: the lexer run to the end. The parts of f-strings need the parser, which
// is given a tree of its own that nobody looks at.
#include "python/token_list.h"

#include "python/parse_internal.h"

static void read_formatted(Parser *p) {
  bool is_template;
  p->tree->used = 1;
  p->stack.len = 0;
  formatted_string(p, &is_template);
}

void py_each_token(const Source *source, InternCache *names, DiagSink *diags,
                   void (*visit)(void *data, PyToken kind, Span span), void *data) {
  PyTree tree = {.source = source, .used = 1, .capacity = 64};
  tree.words = mem_zalloc(tree.capacity, sizeof *tree.words);
  Parser p = {.tree = &tree};
  lex_init(&p.lx, source, names, diags, &p.comments);
  while (token(&p) != TOK_END) {
    PyToken kind = token(&p);
    Span span = {p.lx.start, p.lx.stop};
    if (kind == TOK_FSTRING) {
      read_formatted(&p);
      span.end = p.lx.prev_stop;
      if (token(&p) == TOK_ERROR && span.end < span.start)
        continue; // unfinished: the error stands for it
      visit(data, kind, span);
      continue;
    }
    visit(data, kind, span);
    if (kind == TOK_ERROR)
      lex_recover(&p.lx, lex_column(&p.lx, p.lx.start));
    else
      next(&p);
  }
  visit(data, TOK_END, (Span){p.lx.start, p.lx.start});
  vec_free(&p.comments);
  vec_free(&p.stack);
  mem_free(tree.words);
}
