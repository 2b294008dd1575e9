// cmd_dump_ast.c: `aludel dump ast`: the syntax tree, for people and for programs.
#include "cli/command.h"

#include <stdio.h>

#include "python/dump.h"
#include "python/parse.h"

typedef struct {
  Interner *names;
  InternCache *cache;
  bool json, several;
} Dump;

static void report(const Source *source, const DiagSink *diags) {
  for (size_t i = 0; i < diags->diags.len; i++) {
    const Diag *d = &diags->diags.items[i];
    Position at = source_position(source, d->span.start);
    fprintf(stderr, "%.*s:%u:%u: %.*s\n", STR_ARG(source->path), at.line, at.column,
            STR_ARG(d->message));
  }
}

static bool dump_source(const Dump *dump, Source *source, Arena *arena, Buf *out) {
  PyTree tree = {0};
  DiagSink diags = {.arena = arena};
  py_parse(&tree, source, dump->cache, &diags);
  bool good = !tree.has_errors;
  if (!good) {
    source_index_lines(source, arena);
    report(source, &diags);
  }
  if (!dump->json) {
    py_dump_tree(&tree, dump->names, false, out);
  } else if (good) {
    JsonWriter w = {.out = out};
    py_dump_json(&tree, dump->names, &w);
    buf_add_char(out, '\n');
  } else if (dump->several) {
    buf_add_text(out, "null\n");
  }
  py_tree_free(&tree);
  diag_sink_free(&diags);
  return good;
}

// Exit status of one file.
static int dump_file(const Dump *dump, const char *path, Buf *out) {
  Arena arena = {0};
  Source source;
  Err err = {0};
  int status = EXIT_FINE;
  if (!source_read(&source, &arena, path, &err)) {
    // a file that Python would not decode does not parse; one that is not there is
    // the caller's mistake
    status = err.kind == ERR_INPUT ? EXIT_FINDINGS : EXIT_ERROR;
    command_error("%s", err.message);
    if (dump->json && dump->several)
      buf_add_text(out, "null\n");
  } else if (!dump_source(dump, &source, &arena, out)) {
    status = EXIT_FINDINGS;
  }
  arena_reset(&arena);
  return status;
}

static int run(CommandCtx *cx) {
  Dump dump = {.names = interner_new(),
               .json = option_given(cx, "json"),
               .several = cx->arg_count > 1};
  dump.cache = intern_cache_new(dump.names);
  int status = EXIT_FINE;
  for (size_t i = 0; i < cx->arg_count; i++) {
    int one = dump_file(&dump, cx->args[i], &cx->out);
    status = one > status ? one : status;
    if (!command_flush(cx)) {
      status = EXIT_ERROR;
      break;
    }
  }
  intern_cache_free(dump.cache);
  interner_free(dump.names);
  return status;
}

static const Option options[] = {
    {.name = "json",
     .kind = OPTION_FLAG,
     .help = "Print the tree as CPython's ast has it"},
    {.name = NULL},
};

const Command command_dump_ast = {
    .name = "dump ast",
    .summary = "Print the syntax tree of Python files",
    .positional = "FILE...",
    .args_min = 1,
    .args_max = UINT32_MAX,
    .details = "With --json every node is an object with `_type`, CPython's fields, and "
               "`start` and `end` as byte offsets; several files give one line each, "
               "`null` for a file that does not parse.\n"
               "Exit status: 0 all files parse, 1 one does not, 2 one cannot be read.",
    .options = options,
    .run = run,
};
