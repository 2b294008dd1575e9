// main.c: the way into the program: finds the command, parses its options, runs it.
//
// Everything that prints or decides an exit status is in this folder.
#include "cli/command.h"
#include "cli/options.h"

#include "base/thread.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COMMAND(file) extern const Command command_##file;
#include "cli/commands.def"
#undef COMMAND

static const Command *const commands[] = {
#define COMMAND(file) &command_##file,
#include "cli/commands.def"
#undef COMMAND
};

const char *const aludel_version = "aludel " ALUDEL_VERSION;

static void print_message(const char *level, const char *format, va_list args) {
  char message[4096];
  vsnprintf(message, sizeof message, format, args);
  fprintf(stderr, "aludel: %s: %s\n", level, message);
}

int command_error(const char *format, ...) {
  va_list args;
  va_start(args, format);
  print_message("error", format, args);
  va_end(args);
  return EXIT_ERROR;
}

void command_warning(const char *format, ...) {
  va_list args;
  va_start(args, format);
  print_message("warning", format, args);
  va_end(args);
}

bool command_flush(CommandCtx *cx) {
  const char *p = buf_str(&cx->out).ptr;
  size_t left = cx->out.len;
  while (left) {
    ssize_t n = write(STDOUT_FILENO, p, left);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      int number = errno;
      buf_clear(&cx->out);
      if (number != EPIPE)
        command_error("cannot write to standard output: %s", strerror(number));
      return false;
    }
    p += n;
    left -= (size_t)n;
  }
  buf_clear(&cx->out);
  return true;
}

bool command_colours(int fd) {
  const char *force = getenv("FORCE_COLOR"), *no = getenv("NO_COLOR");
  const char *term = getenv("TERM");
  if (force && *force && strcmp(force, "0"))
    return true;
  if (no && *no)
    return false;
  return isatty(fd) && !(term && !strcmp(term, "dumb"));
}

static void write_usage(Buf *out) {
  buf_add_text(out, "Aludel reads Python projects that use SQLAlchemy, and checks, fixes "
                    "and modernises them.\n\nUsage: aludel COMMAND [OPTIONS] "
                    "[ARGUMENTS]\n\nCommands:\n");
  for (size_t i = 0; i < ARRAY_LEN(commands); i++)
    buf_printf(out, "  %-14s %s\n", commands[i]->name, commands[i]->summary);
  buf_add_text(out, "\nOptions:\n"
                    "  -h, --help     Print this page\n"
                    "  -V, --version  Print the version\n"
                    "\n`aludel COMMAND --help` tells more about a command.\n");
}

// The command that the first words name; `*used` is how many.
static const Command *find_command(int argc, char **argv, int *used) {
  const Command *found = NULL;
  for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
    Str rest = str_from(commands[i]->name), word;
    int n = 0;
    bool same = true;
    while (same && str_next_part(&rest, ' ', &word)) {
      same = n < argc && str_is(word, argv[n]);
      n++;
    }
    if (same && (!found || n > *used)) {
      found = commands[i];
      *used = n;
    }
  }
  return found;
}

// Several commands may share their first word: `dump ast`, `dump scopes`.
static bool print_group(CommandCtx *cx, const char *word) {
  bool any = false;
  size_t len = strlen(word);
  for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
    const Command *c = commands[i];
    if (strncmp(c->name, word, len) || c->name[len] != ' ')
      continue;
    if (!any)
      buf_printf(&cx->out, "Usage: aludel %s COMMAND\n\nCommands:\n", word);
    buf_printf(&cx->out, "  %-14s %s\n", c->name, c->summary);
    any = true;
  }
  return any;
}

static int unknown_command(const char *word) {
  const char *names[ARRAY_LEN(commands)];
  for (size_t i = 0; i < ARRAY_LEN(commands); i++)
    names[i] = commands[i]->name;
  const char *near = options_nearest(word, names, ARRAY_LEN(names));
  if (near)
    return command_error("unknown command '%s'; did you mean '%s'?", word, near);
  return command_error("unknown command '%s'; `aludel --help` lists them", word);
}

static int run_command(CommandCtx *cx, int argc, char **argv) {
  bool help;
  Err err = {0};
  int status;
  if (!options_parse(cx, argc, argv, &help, &err)) {
    status = command_error("%s", err.message);
    fprintf(stderr, "Usage: aludel %s%s%s%s; more with --help\n", cx->command->name,
            cx->command->options ? " [OPTIONS]" : "", cx->command->positional ? " " : "",
            cx->command->positional ? cx->command->positional : "");
  } else if (help) {
    options_write_help(cx->command, &cx->out);
    status = EXIT_FINE;
  } else {
    status = cx->command->run(cx);
  }
  options_free(cx);
  return status;
}

typedef struct {
  int argc;
  char **argv;
} Args;

static int main_with_stack(void *shared) {
  Args *args = shared;
  CommandCtx cx = {0};
  int argc = args->argc - 1, used = 0, status = EXIT_FINE;
  char **argv = args->argv + 1;
  if (argc == 0) {
    write_usage(&cx.out);
    fputs(cx.out.ptr, stderr);
    buf_clear(&cx.out);
    status = EXIT_ERROR;
  } else if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h") ||
             !strcmp(argv[0], "help")) {
    write_usage(&cx.out);
  } else if (!strcmp(argv[0], "--version") || !strcmp(argv[0], "-V")) {
    buf_printf(&cx.out, "%s\n", aludel_version);
  } else if (argv[0][0] == '-') {
    status =
        command_error("unknown option %s; `aludel --help` tells what there is", argv[0]);
  } else if ((cx.command = find_command(argc, argv, &used))) {
    status = run_command(&cx, argc - used, argv + used);
  } else if (print_group(&cx, argv[0])) {
    bool asked = argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
    status = asked ? EXIT_FINE : EXIT_ERROR;
  } else {
    status = unknown_command(argv[0]);
  }
  if (!command_flush(&cx) && status == EXIT_FINE)
    status = EXIT_ERROR;
  buf_free(&cx.out);
  arena_reset(&cx.arena);
  return status;
}

// What is read stays until the end: memory is asked for in large steps and not given back
// in between.
static void tune_memory(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TOP_PAD, 16 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
#endif
}

int main(int argc, char **argv) {
  tune_memory();
  signal(SIGPIPE, SIG_IGN); // a closed pipe is an error of write, not our end
  Args args = {argc, argv};
  return run_with_stack(main_with_stack, &args);
}
