// io.c: reading whole files and replacing them in one step.
#define _XOPEN_SOURCE 700 // realpath
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  READ_AT_ONCE = 1 << 30, // macOS refuses more than INT_MAX in one call
  GROW_STEP = 1 << 16,
  NAME_ATTEMPTS = 100,
  ALL_MODE_BITS = 07777
};

static FileStamp stamp_of(const struct stat *st) {
#ifdef __APPLE__
  struct timespec changed = st->st_mtimespec;
#else
  struct timespec changed = st->st_mtim;
#endif
  return (FileStamp){.device = (uint64_t)st->st_dev,
                     .inode = (uint64_t)st->st_ino,
                     .size = (uint64_t)st->st_size,
                     .seconds = changed.tv_sec,
                     .nanoseconds = changed.tv_nsec,
                     .known = true};
}

static bool same_stamp(const FileStamp *a, const FileStamp *b) {
  return a->device == b->device && a->inode == b->inode && a->size == b->size &&
         a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

static int open_again(const char *path, int flags, mode_t mode) {
  int fd;
  do
    fd = open(path, flags, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

// Reads until the end or until `max` + 1 bytes, one more than wanted, are there.
static ssize_t read_up_to(int fd, char *to, size_t max) {
  size_t n = 0;
  while (n < max) {
    ssize_t got = read(fd, to + n, min_size(max - n, READ_AT_ONCE));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (got == 0)
      break;
    n += (size_t)got;
  }
  return (ssize_t)n;
}

// A file that should have `size` bytes; there is room for one more, which shows that it
// has grown. The read that gives less than asked and all that there should be met the
// end.
static ssize_t read_expected(int fd, char *to, size_t size) {
  size_t n = 0;
  while (n <= size) {
    ssize_t got = read(fd, to + n, min_size(size + 1 - n, READ_AT_ONCE));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    n += (size_t)got;
    if (got == 0 || n == size)
      break;
  }
  return (ssize_t)n;
}

static bool too_large(Err *err, size_t max) {
  return err_set(err, ERR_LIMIT, "larger than %zu bytes", max);
}

bool io_read_all(Arena *a, int fd, size_t max, size_t padding, Str *out, Err *err) {
  Buf b = {0};
  char *chunk = mem_alloc(GROW_STEP);
  bool ok = true;
  for (;;) {
    ssize_t got = read_up_to(fd, chunk, GROW_STEP);
    if (got < 0) {
      ok = err_errno(err, errno, "cannot be read");
      break;
    }
    buf_add(&b, chunk, (size_t)got);
    if (b.len > max) {
      ok = too_large(err, max);
      break;
    }
    if (got < GROW_STEP)
      break;
  }
  if (ok) {
    char *bytes = arena_alloc(a, b.len + max_size(padding, 1), 1);
    if (b.len)
      memcpy(bytes, b.ptr, b.len);
    *out = (Str){bytes, b.len};
  }
  mem_free(chunk);
  buf_free(&b);
  return ok;
}

bool io_read_tail(Arena *a, int fd, size_t max, Str *out, bool *cut, Err *err) {
  Buf b = {0};
  char *chunk = mem_alloc(GROW_STEP);
  ssize_t got;
  *cut = false;
  while ((got = read_up_to(fd, chunk, GROW_STEP)) > 0) {
    buf_add(&b, chunk, (size_t)got);
    if (b.len >= 2 * max + GROW_STEP) {
      memmove(b.ptr, b.ptr + b.len - max, max);
      b.len = max;
      *cut = true;
    }
  }
  bool ok = got == 0 || err_errno(err, errno, "cannot be read");
  if (ok) {
    Str kept = buf_str(&b);
    *cut |= kept.len > max;
    *out = str_copy(a, str_slice(kept, kept.len - min_size(kept.len, max), kept.len));
  }
  mem_free(chunk);
  buf_free(&b);
  return ok;
}

static bool read_regular(Arena *a, int fd, size_t max, size_t padding, Str *out,
                         FileStamp *stamp, Err *err) {
  struct stat st;
  if (fstat(fd, &st) != 0)
    return err_errno(err, errno, "cannot be read");
  if (!S_ISREG(st.st_mode))
    return err_set(err, ERR_INPUT, "%s",
                   S_ISDIR(st.st_mode) ? "is a folder" : "is not a regular file");
  if ((uint64_t)st.st_size > max)
    return too_large(err, max);
  size_t size = (size_t)st.st_size;
  char *bytes = arena_alloc_raw(a, size + max_size(padding, 1), 1);
  ssize_t got = read_expected(fd, bytes, size);
  if (got < 0)
    return err_errno(err, errno, "cannot be read");
  if ((size_t)got != size)
    return err_set(err, ERR_IO, "changed while it was read");
  memset(bytes + size, 0, max_size(padding, 1));
  *out = (Str){bytes, size};
  if (stamp)
    *stamp = stamp_of(&st);
  return true;
}

bool io_read_file(Arena *a, const char *path, size_t max, size_t padding, Str *out,
                  FileStamp *stamp, Err *err) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
  int fd = open_again(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
  if (fd < 0)
    return err_errno(err, errno, "%s", path);
  bool ok = read_regular(a, fd, max, padding, out, stamp, err);
  close(fd);
  return ok || err_wrap(err, "%s", path);
}

static bool write_all(int fd, Str bytes) {
  while (bytes.len) {
    ssize_t n = write(fd, bytes.ptr, min_size(bytes.len, READ_AT_ONCE));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    bytes = str_slice(bytes, (size_t)n, bytes.len);
  }
  return true;
}

// Some file systems cannot sync; what they can is done.
static bool sync_file(int fd) {
#ifdef F_FULLFSYNC
  if (fcntl(fd, F_FULLFSYNC) == 0)
    return true;
#endif
  int r;
  do
    r = fsync(fd);
  while (r != 0 && errno == EINTR);
  return r == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

static void sync_folder_of(const char *path) {
  Str folder = {path, strlen(path)};
  size_t slash = str_rfind_char(folder, '/');
  char name[PATH_MAX];
  if (slash == SIZE_MAX)
    snprintf(name, sizeof name, ".");
  else
    snprintf(name, sizeof name, "%.*s", (int)max_size(slash, 1), path);
  int fd = open_again(name, O_RDONLY | O_CLOEXEC, 0);
  if (fd >= 0) {
    (void)sync_file(fd); // the rename is done; nothing is left to take back
    close(fd);
  }
}

// Opens a new file beside `path`, named after it, hidden, and unlike any other writer's.
static int open_beside(const char *path, char name[PATH_MAX]) {
  size_t slash = str_rfind_char(str_from(path), '/');
  size_t folder = slash == SIZE_MAX ? 0 : slash + 1;
  for (int i = 0; i < NAME_ATTEMPTS; i++) {
    // The name part is cut so that the whole stays within NAME_MAX.
    int n = snprintf(name, PATH_MAX, "%.*s.%.200s.%ld-%d.tmp", (int)folder, path,
                     path + folder, (long)getpid(), i);
    if (n < 0 || n >= PATH_MAX) {
      errno = ENAMETOOLONG;
      return -1;
    }
    int fd = open_again(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 || errno != EEXIST)
      return fd;
  }
  return -1;
}

// Gives the temporary file the old file's owner and mode. Where another owner is not
// allowed the bits that would then mean something else (set-user, set-group) are dropped.
static bool keep_mode(int fd, const struct stat *old) {
  mode_t mode = old->st_mode & ALL_MODE_BITS;
  struct stat own;
  if (fstat(fd, &own) != 0)
    return false;
  if ((own.st_uid != old->st_uid || own.st_gid != old->st_gid) &&
      fchown(fd, old->st_uid, old->st_gid) != 0) {
    mode &= ~(mode_t)(S_ISUID | S_ISGID);
    if (own.st_gid != old->st_gid && fchown(fd, (uid_t)-1, old->st_gid) != 0)
      mode = (mode & ~(mode_t)S_IRWXG) | (mode & S_IRWXO) << 3; // a stranger's group
  }
  return fchmod(fd, mode) == 0;
}

static bool check_target(const char *path, const FileStamp *stamp, struct stat *old,
                         Err *err) {
  if (stat(path, old) != 0)
    return err_errno(err, errno, "cannot be replaced");
  if (!S_ISREG(old->st_mode))
    return err_set(err, ERR_INPUT, "is not a regular file");
  FileStamp now = stamp_of(old);
  if (stamp && stamp->known && !same_stamp(&now, stamp))
    return err_set(err, ERR_IO, "was changed by another program since it was read");
  // For root every file is writable; a file without any write bit is meant to stay.
  if (!(old->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) || access(path, W_OK) != 0)
    return err_set(err, ERR_IO, "is read-only");
  return true;
}

static bool replace_target(const char *path, Str bytes, const FileStamp *stamp,
                           Err *err) {
  struct stat old;
  char name[PATH_MAX];
  if (!check_target(path, stamp, &old, err))
    return false;
  int fd = open_beside(path, name);
  if (fd < 0)
    return err_errno(err, errno, "no temporary file in its folder");
  bool ok = write_all(fd, bytes) && keep_mode(fd, &old) && sync_file(fd);
  int number = errno;
  if (close(fd) != 0 && ok) {
    number = errno;
    ok = false;
  }
  if (!ok)
    err_errno(err, number, "cannot be written");
  // Once more, as close to the rename as can be: somebody may have saved meanwhile.
  ok = ok && check_target(path, stamp, &old, err);
  if (ok && rename(name, path) != 0)
    ok = err_errno(err, errno, "cannot be replaced");
  if (!ok)
    unlink(name);
  else
    sync_folder_of(path);
  return ok;
}

bool io_replace_file(const char *path, Str bytes, const FileStamp *stamp, Err *err) {
  char *target = realpath(path, NULL); // through symbolic links
  bool ok = target ? replace_target(target, bytes, stamp, err)
                   : err_errno(err, errno, "cannot be replaced");
  free(target); // from the C library, not from mem_alloc
  return ok || err_wrap(err, "%s", path);
}

bool io_create_file(const char *path, Str bytes, Err *err) {
  int fd = open_again(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0)
    return err_errno(err, errno, "%s", path);
  bool ok = write_all(fd, bytes) && sync_file(fd);
  int number = errno;
  if (close(fd) != 0 && ok) {
    number = errno;
    ok = false;
  }
  if (!ok) {
    unlink(path);
    return err_errno(err, number, "%s: cannot be written", path);
  }
  sync_folder_of(path);
  return true;
}
