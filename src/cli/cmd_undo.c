// cmd_undo.c: `aludel undo` takes back what the last writing command did.
#include "base/json.h"
#include "cli/command.h"
#include "text/changeset.h"

static void write_record(const UndoRecord *r, Buf *out) {
  buf_printf(out, "%.*s  %.*s  %.*s, %zu file%s%s\n", STR_ARG(r->name), STR_ARG(r->time),
             STR_ARG(r->title), r->path_count, r->path_count == 1 ? "" : "s",
             r->unfinished ? ", interrupted" : "");
}

static int list(CommandCtx *cx, const char *root) {
  Err err = {0};
  UndoList records = {0};
  if (!undo_list(root, &cx->arena, &records, &err))
    return command_error("%s", err.message);
  for (size_t i = 0; i < records.len; i++)
    write_record(&records.items[i], &cx->out);
  if (!records.len)
    buf_add_text(&cx->out, "There is nothing to undo.\n");
  vec_free(&records);
  return EXIT_FINE;
}

static int take_back(CommandCtx *cx, const char *root) {
  Err err = {0};
  ChangeSet set = {0};
  UndoRecord record = {0};
  int status = EXIT_FINE;
  if (!undo_read(&set, &cx->arena, root, option_given(cx, "force"), &record, &err)) {
    status = command_error("%s", err.message);
  } else if (option_given(cx, "diff")) {
    changeset_diff(&set, &cx->out);
    status = set.changes.len ? EXIT_FINDINGS : EXIT_FINE;
  } else if (!undo_write(&set, &record, &err)) {
    status = command_error("%s", err.message);
  } else {
    buf_printf(&cx->out, "Took back `%.*s` of %.*s: %zu file%s as before.\n",
               STR_ARG(record.title), STR_ARG(record.time), set.changes.len,
               set.changes.len == 1 ? "" : "s");
  }
  changeset_free(&set);
  return status;
}

static int run(CommandCtx *cx) {
  const char *root = cx->arg_count ? cx->args[0] : ".";
  return option_given(cx, "list") ? list(cx, root) : take_back(cx, root);
}

static const Option options[] = {
    {"list", 'l', OPTION_FLAG, NULL, NULL,
     "List what can be taken back, the newest first"},
    {"diff", 0, OPTION_FLAG, NULL, NULL, "Show what would change, write nothing"},
    {"force", 0, OPTION_FLAG, NULL, NULL,
     "Take back files that were changed since as well; those changes are lost"},
    {.name = NULL},
};

const Command command_undo = {
    .name = "undo",
    .summary = "Take back what the last command wrote",
    .positional = "[FOLDER]",
    .args_max = 1,
    .details =
        "FOLDER is the project's root (the current folder). Commands that write keep "
        "both "
        "states of each\nfile in .aludel/undo, the last 20 of them; each undo goes one "
        "step further back.\n"
        "Exit status: 0 done, 1 --diff has something to show, 2 nothing to undo, or a "
        "file "
        "was changed since.",
    .options = options,
    .run = run,
};
