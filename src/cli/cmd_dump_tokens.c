// cmd_dump_tokens.c: `aludel dump tokens`: what the lexer makes of a file.
#include <stdio.h>

#include "cli/command.h"
#include "python/token_list.h"

typedef struct {
  const Source *source;
  Buf *out;
} Dump;

static const char *const kind_names[] = {
#define TOKEN(kind, text) #kind,
#define KEYWORD(kind, name) #kind,
#include "python/tokens.def"
#undef TOKEN
#undef KEYWORD
};

static void print_token(void *data, PyToken kind, Span span) {
  const Dump *d = data;
  Position from = source_position(d->source, span.start);
  Position to = source_position(d->source, span.end);
  buf_printf(d->out, "%u:%u-%u:%u\t%s", from.line, from.column, to.line, to.column,
             kind_names[kind]);
  Str text = source_slice(d->source, span);
  if (kind != TOK_NEWLINE && kind != TOK_INDENT && kind != TOK_DEDENT && text.len) {
    buf_add_char(d->out, '\t');
    for (size_t i = 0; i < text.len; i++)
      if (text.ptr[i] == '\n' || text.ptr[i] == '\r')
        buf_add_text(d->out, text.ptr[i] == '\n' ? "\\n" : "\\r");
      else
        buf_add_char(d->out, text.ptr[i]);
  }
  buf_add_char(d->out, '\n');
}

static bool dump_source(Source *source, InternCache *names, Arena *arena, Buf *out) {
  DiagSink diags = {.arena = arena};
  Dump d = {source, out};
  source_index_lines(source, arena);
  py_each_token(source, names, &diags, print_token, &d);
  bool good = diags.diags.len == 0;
  for (size_t i = 0; i < diags.diags.len; i++) {
    const Diag *g = &diags.diags.items[i];
    Position at = source_position(source, g->span.start);
    fprintf(stderr, "%.*s:%u:%u: %.*s\n", STR_ARG(source->path), at.line, at.column,
            STR_ARG(g->message));
  }
  diag_sink_free(&diags);
  return good;
}

static int run(CommandCtx *cx) {
  Interner *names = interner_new();
  InternCache *cache = intern_cache_new(names);
  int status = EXIT_FINE;
  for (size_t i = 0; i < cx->arg_count; i++) {
    Arena arena = {0};
    Source source;
    Err err = {0};
    if (!source_read(&source, &arena, cx->args[i], &err))
      status = command_error("%s", err.message);
    else if (!dump_source(&source, cache, &arena, &cx->out) && status == EXIT_FINE)
      status = EXIT_FINDINGS;
    arena_reset(&arena);
  }
  intern_cache_free(cache);
  interner_free(names);
  return status;
}

const Command command_dump_tokens = {
    .name = "dump tokens",
    .summary = "Print the tokens of Python files",
    .positional = "FILE...",
    .args_min = 1,
    .args_max = UINT32_MAX,
    .details =
        "One token a line: where it stands (line:column from 1, in characters), its "
        "kind, its text.\nAn f-string is one token.\n"
        "Exit status: 0 no mistakes, 1 there are some, 2 a file cannot be read.",
    .run = run,
};
