// Process: runs another program within bounds and catches what it prints.
//
// - The child is the leader of its own process group; when it ends, or a bound is passed,
//   whatever is left of the group is killed. process_run returns only then.
// - Output past `output_max` ends the child (PROCESS_TOO_MUCH); what came before is kept.
// - The limits on processor time, memory and file size are those of setrlimit; a system
//   that does not know one of them (macOS: memory) goes without it.
// - The calling process must ignore SIGPIPE, as main does: a child may close its input.
// - Descriptors of ours are not inherited beyond 0, 1 and 2.
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/buf.h"
#include "base/err.h"

typedef struct {
  const char *const *argv; // NULL-terminated; argv[0] without "/" is looked up in PATH
  const char *const *env;  // NULL-terminated "NAME=value"; NULL: our own
  const char *folder;      // working folder; NULL: our own
  Str input;               // what standard input gives, then its end
  int wall_ms;             // 0: no bound, as for all below
  int cpu_seconds;
  size_t memory;     // bytes of address space
  size_t file_max;   // bytes of one file that it writes
  size_t output_max; // bytes of standard output and of standard error, each
} ProcessSpec;

typedef enum {
  PROCESS_EXITED,   // code: the exit status
  PROCESS_SIGNAL,   // code: the signal that ended it (SIGXCPU, SIGKILL …)
  PROCESS_TIMEOUT,  // ended by us after wall_ms
  PROCESS_TOO_MUCH, // ended by us because it printed more than output_max
} ProcessEnd;

typedef struct {
  ProcessEnd end;
  int code;
  Buf out, err; // standard output, standard error
  long long ms; // from start to end
} ProcessResult;

// False where the program could not be started (not found, not executable, no such
// folder); then nothing has run. The result is to be freed in both cases.
MUST_USE bool process_run(const ProcessSpec *spec, ProcessResult *result, Err *err);
void process_result_free(ProcessResult *result);

// The path of a program as a shell finds it, in `path` (the value of PATH; NULL: ours);
// false where there is none.
MUST_USE bool process_find(Arena *a, const char *name, const char *path, Str *out);

#endif
