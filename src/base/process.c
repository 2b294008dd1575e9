// process.c: fork, exec and one poll loop that feeds the child and drains it.
//
// Everything that may allocate is done before the fork: other threads of ours may hold
// the allocator's lock at that moment. A failing exec sends its errno through a pipe that
// a successful one closes.
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

extern char **environ;

typedef struct {
  int in[2], out[2], err[2], failed[2]; // pipes; -1: closed
} Pipes;

static void close_end(int *fd) {
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

static void pipes_close(Pipes *p) {
  int *all[] = {p->in, p->out, p->err, p->failed};
  for (size_t i = 0; i < ARRAY_LEN(all); i++) {
    close_end(&all[i][0]);
    close_end(&all[i][1]);
  }
}

// The ends get numbers past 2, so that dup2 onto 0, 1 and 2 never meets one of them.
static bool open_pipe(int ends[2]) {
  int raw[2];
  if (pipe(raw) != 0)
    return false;
  for (int i = 0; i < 2; i++) {
    ends[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, 3);
    close(raw[i]);
  }
  return ends[0] >= 0 && ends[1] >= 0;
}

static bool pipes_open(Pipes *p) {
  *p = (Pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
  return open_pipe(p->in) && open_pipe(p->out) && open_pipe(p->err) &&
         open_pipe(p->failed);
}

static void limit(int resource, size_t value) {
  struct rlimit now;
  if (!value || getrlimit(resource, &now) != 0)
    return;
  if (now.rlim_max != RLIM_INFINITY && (rlim_t)value > now.rlim_max)
    return;
  now = (struct rlimit){(rlim_t)value, (rlim_t)value};
  (void)!setrlimit(resource, &now);
}

// In the child: only calls that are safe after a fork.
NORETURN static void become(const ProcessSpec *spec, const char *path, const Pipes *p,
                            pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  setpgid(0, 0);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(127);
#else
  (void)parent;
#endif
  struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  limit(RLIMIT_CPU, (size_t)spec->cpu_seconds);
  limit(RLIMIT_AS, spec->memory);
  limit(RLIMIT_FSIZE, spec->file_max);
  if (dup2(p->in[0], 0) >= 0 && dup2(p->out[1], 1) >= 0 && dup2(p->err[1], 2) >= 0 &&
      (!spec->folder || chdir(spec->folder) == 0))
    execve(path, (char *const *)(uintptr_t)spec->argv,
           spec->env ? (char *const *)(uintptr_t)spec->env : environ);
  int number = errno;
  (void)!write(p->failed[1], &number, sizeof number);
  _exit(127);
}

static long long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Takes what is there; closes the descriptor at its end. False when it is too much.
static bool drain(int *fd, Buf *into, size_t max) {
  char bytes[1 << 16];
  while (*fd >= 0) {
    ssize_t n = read(*fd, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return true;
    if (n <= 0) {
      close_end(fd);
      return true;
    }
    size_t room = max ? max - min_size(max, into->len) : SIZE_MAX;
    buf_add(into, bytes, min_size(room, (size_t)n));
    if ((size_t)n > room)
      return false;
  }
  return true;
}

static void feed(int *fd, Str *left) {
  while (*fd >= 0 && left->len) {
    ssize_t n = write(*fd, left->ptr, left->len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return;
    if (n < 0)
      break; // the child does not read it: its own business
    left->ptr += n;
    left->len -= (size_t)n;
  }
  close_end(fd);
}

static void no_wait(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// Waits for something to do, `ms` at most (-1: as long as it takes).
static void wait_for_work(const Pipes *p, int ms) {
  struct pollfd on[3];
  nfds_t n = 0;
  if (p->in[1] >= 0)
    on[n++] = (struct pollfd){.fd = p->in[1], .events = POLLOUT};
  if (p->out[0] >= 0)
    on[n++] = (struct pollfd){.fd = p->out[0], .events = POLLIN};
  if (p->err[0] >= 0)
    on[n++] = (struct pollfd){.fd = p->err[0], .events = POLLIN};
  poll(on, n, ms);
}

// The longest time between two looks whether the child has ended although a grandchild
// keeps its pipes open.
enum {
  LOOK_MS = 20
};

static void serve(const ProcessSpec *spec, pid_t pid, Pipes *p, ProcessResult *r) {
  long long start = now_ms();
  Str input = spec->input;
  bool killed = false, too_much = false;
  int status = 0;
  no_wait(p->in[1]);
  no_wait(p->out[0]);
  no_wait(p->err[0]);
  for (;;) {
    feed(&p->in[1], &input);
    too_much |= !drain(&p->out[0], &r->out, spec->output_max);
    too_much |= !drain(&p->err[0], &r->err, spec->output_max);
    bool late = spec->wall_ms && now_ms() - start >= spec->wall_ms;
    if (!killed && (late || too_much)) {
      r->end = too_much ? PROCESS_TOO_MUCH : PROCESS_TIMEOUT;
      kill(-pid, SIGKILL);
      killed = true;
    }
    pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid || (ended < 0 && errno != EINTR))
      break;
    bool open = p->out[0] >= 0 || p->err[0] >= 0;
    wait_for_work(p, open && !killed ? LOOK_MS : 1);
  }
  kill(-pid, SIGKILL); // what it left behind in its group
  if (!too_much && (!drain(&p->out[0], &r->out, spec->output_max) ||
                    !drain(&p->err[0], &r->err, spec->output_max)))
    too_much = true;
  if (!killed) {
    r->end = too_much              ? PROCESS_TOO_MUCH
             : WIFSIGNALED(status) ? PROCESS_SIGNAL
                                   : PROCESS_EXITED;
    r->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  }
  r->ms = now_ms() - start;
}

static bool is_program(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool process_find(Arena *a, const char *name, const char *path, Str *out) {
  Str rest = str_from(path ? path : getenv("PATH")), folder;
  if (strchr(name, '/')) {
    *out = str_copy(a, str_from(name));
    return is_program(out->ptr);
  }
  while (rest.ptr && str_next_part(&rest, ':', &folder)) {
    *out = str_format(a, "%.*s/%s", STR_ARG(folder.len ? folder : STR(".")), name);
    if (is_program(out->ptr))
      return true;
  }
  return false;
}

bool process_run(const ProcessSpec *spec, ProcessResult *result, Err *err) {
  Arena scratch = {0};
  Pipes p;
  Str path;
  bool fine = false;
  *result = (ProcessResult){0};
  if (!process_find(&scratch, spec->argv[0], NULL, &path)) {
    err_set(err, ERR_NOT_FOUND, "the program %s is not there", spec->argv[0]);
    arena_reset(&scratch);
    return false;
  }
  pid_t parent = getpid(), pid = -1;
  if (!pipes_open(&p) || (pid = fork()) < 0) {
    err_errno(err, errno, "cannot start %s", spec->argv[0]);
    goto done;
  }
  if (pid == 0)
    become(spec, path.ptr, &p, parent);
  setpgid(pid, pid); // in both: whoever comes first
  close_end(&p.in[0]);
  close_end(&p.out[1]);
  close_end(&p.err[1]);
  close_end(&p.failed[1]);
  int number = 0;
  ssize_t n;
  while ((n = read(p.failed[0], &number, sizeof number)) < 0 && errno == EINTR)
    ;
  if (n == sizeof number) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
      ;
    err_errno(err, number, "cannot start %s", spec->argv[0]);
    goto done;
  }
  serve(spec, pid, &p, result);
  fine = true;
done:
  pipes_close(&p);
  arena_reset(&scratch);
  return fine;
}

void process_result_free(ProcessResult *result) {
  buf_free(&result->out);
  buf_free(&result->err);
}
