// Command: one subcommand of the program, in one file src/cli/cmd_<name>.c with one row
// in commands.def.
//
// Options are rows with their help text: usage, --help, parsing, completion and the
// documentation come from them. main parses the command line, reports what is wrong with
// it (exit status 2) and calls `run` on a thread with a deep stack.
//
// Exit status: 0 fine, 1 there are findings (or the question was answered with no), 2
// the command line, the configuration or a file is at fault.
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

enum {
  EXIT_FINE = 0,
  EXIT_FINDINGS = 1,
  EXIT_ERROR = 2
};

typedef enum {
  OPTION_FLAG,   // --fix
  OPTION_TEXT,   // --config FILE; the last one counts
  OPTION_LIST,   // --select A,B --select C: all of them, split at commas
  OPTION_NUMBER, // -j 4
  OPTION_CHOICE  // one of `choices`
} OptionKind;

typedef struct {
  const char *name; // "output-format"; NULL ends the table
  char letter;      // 'j', or 0
  OptionKind kind;
  const char *value;          // name of the value in the help: "FILE"
  const char *const *choices; // CHOICE: NULL-terminated
  const char *help;           // one sentence without a full stop
} Option;

typedef struct {
  bool given;
  const char *text; // TEXT, CHOICE: the last one
  long long number; // NUMBER
  uint32_t choice;  // CHOICE: index in choices
  Vec(Str) list;    // LIST
  uint32_t count;   // how often it was given
} OptionValue;

typedef struct Command Command;

typedef struct {
  const Command *command;
  OptionValue *options; // by index in command->options
  const char **args;    // positional ones
  size_t arg_count;
  Arena arena; // until the command ends
  Buf out;     // written to standard output when the command ends or calls command_flush
} CommandCtx;

struct Command {
  const char *name;            // "check"; two words for a group: "dump ast"
  const char *summary;         // one line for the list of commands
  const char *positional;      // "[PATH...]", NULL: takes none
  uint32_t args_min, args_max; // of positional arguments; args_max 0: none
  const char *details;         // paragraphs below the options in --help, NULL: none
  const Option *options;       // NULL: none
  int (*run)(CommandCtx *cx);  // gives the exit status
};

// The value of an option by its name; asking for one that is not in the table is a BUG.
const OptionValue *option_get(const CommandCtx *cx, const char *name);
static inline bool option_given(const CommandCtx *cx, const char *name) {
  return option_get(cx, name)->given;
}
static inline const char *option_text(const CommandCtx *cx, const char *name) {
  return option_get(cx, name)->text; // NULL where not given
}

// Prints "aludel: error: ..." on standard error and returns EXIT_ERROR.
int command_error(const char *format, ...) PRINTF_LIKE(1, 2);
void command_warning(const char *format, ...) PRINTF_LIKE(1, 2);
// Writes what is in cx->out. False where standard output is gone.
bool command_flush(CommandCtx *cx);
// Colours are wanted on this descriptor: a terminal, no NO_COLOR, TERM not "dumb";
// FORCE_COLOR wins.
bool command_colours(int fd);
// "aludel 0.1.0"
extern const char *const aludel_version;

#endif
