// Options: the command line against a command's table of options.
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/command.h"

// Fills cx->options and cx->args from what follows the command's name. `--` ends the
// options; `--name value`, `--name=value`, `-x value`, `-xvalue` are understood. False
// with a sentence in `err` where the line is wrong. `*help` tells that --help was given.
MUST_USE bool options_parse(CommandCtx *cx, int argc, char **argv, bool *help, Err *err);
void options_free(CommandCtx *cx);
// The page that `aludel <command> --help` prints.
void options_write_help(const Command *command, Buf *out);
// The nearest of `names` where one is near enough to be meant, else NULL.
const char *options_nearest(const char *name, const char *const *names, size_t count);

#endif
