// cmd_dump_request.c: `aludel dump request` shows how `ask` takes a request apart.
#include <unistd.h>

#include "agent/intent.h"
#include "base/io.h"
#include "base/json.h"
#include "cli/command.h"

static const char *const block_names[] = {"python", "error", "other"};

static void write_blocks(const Request *r, JsonWriter *w) {
  json_key(w, "blocks");
  json_begin_array(w);
  for (size_t i = 0; i < r->blocks.len; i++) {
    const RequestBlock *b = &r->blocks.items[i];
    json_begin_object(w);
    json_field(w, "kind", str_from(block_names[b->kind]));
    json_field(w, "text", b->text);
    json_field_bool(w, "parses", b->parses);
    json_end_object(w);
  }
  json_end_array(w);
}

static void write_request(const Request *r, Arena *arena, JsonWriter *w) {
  IntentList intents = {0};
  Buf features = {0};
  intents_find(r, arena, &intents);
  intent_features(r, r->prose, arena, &features);
  json_begin_object(w);
  json_field(w, "prose", r->prose);
  write_blocks(r, w);
  json_key(w, "files");
  json_begin_array(w);
  for (size_t i = 0; i < r->files.len; i++)
    json_str(w, r->files.items[i]);
  json_end_array(w);
  json_key(w, "intents");
  json_begin_array(w);
  for (size_t i = 0; i < intents.len; i++) {
    json_begin_object(w);
    json_field(w, "intent", str_from(intent_name(intents.items[i].intent)));
    json_field(w, "clause", intents.items[i].clause);
    json_field_bool(w, "sure", intents.items[i].margin >= 1);
    json_end_object(w);
  }
  json_end_array(w);
  json_key(w, "features");
  json_begin_array(w);
  Str rest = buf_str(&features), line;
  while (str_next_part(&rest, '\n', &line))
    json_str(w, line);
  json_end_array(w);
  json_end_object(w);
  buf_add_char(w->out, '\n');
  buf_free(&features);
  vec_free(&intents);
}

// Requests on standard input are separated by NUL bytes; each is one line of output.
static int run(CommandCtx *cx) {
  Err err = {0};
  Str all, text;
  if (!io_read_all(&cx->arena, STDIN_FILENO, REQUEST_MAX, 1, &all, &err))
    return command_error("standard input %s", err.message);
  while (str_next_part(&all, '\0', &text)) {
    Request r;
    Interner *names = interner_new();
    bool ok = request_read(&r, &cx->arena, names, text, &err);
    JsonWriter w = {.out = &cx->out};
    if (ok)
      write_request(&r, &cx->arena, &w);
    request_free(&r);
    interner_free(names);
    if (!ok)
      return command_error("%s", err.message);
  }
  return EXIT_FINE;
}

const Command command_dump_request = {
    .name = "dump request",
    .summary = "Show how `ask` takes requests apart, as JSON",
    .details =
        "Requests are read from standard input, separated by NUL bytes; each gives "
        "one line.",
    .run = run,
};
