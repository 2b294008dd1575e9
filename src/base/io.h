// Files: read whole, replaced whole.
//
// A file is never written in place. io_replace_file writes a temporary file in the same
// folder, syncs it and renames it over the old one, so that whoever reads the file, or
// whatever interrupts us, finds the old text or the new one and nothing between.
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/buf.h"
#include "base/err.h"

// What tells that a file is still the one that was read.
typedef struct {
  uint64_t device, inode, size;
  int64_t seconds, nanoseconds; // of the last change
  bool known;                   // false: was not read from a file
} FileStamp;

// Reads a regular file of at most `max` bytes into the arena, followed by `padding` zero
// bytes (at least one). `stamp` may be NULL. Folders, pipes and devices are refused.
MUST_USE bool io_read_file(Arena *a, const char *path, size_t max, size_t padding,
                           Str *out, FileStamp *stamp, Err *err);

// Reads what is left of an open descriptor (standard input), of whatever kind.
MUST_USE bool io_read_all(Arena *a, int fd, size_t max, size_t padding, Str *out,
                          Err *err);

// Reads to the end of an open descriptor and keeps the last `max` bytes; `*cut` tells
// that there were more. Uses at most twice as much memory.
MUST_USE bool io_read_tail(Arena *a, int fd, size_t max, Str *out, bool *cut, Err *err);

// Replaces the file at `path` by `bytes`. A symbolic link stays and its target is
// replaced; the mode is kept, and the owner where we may. With a `stamp` that is known
// the file must still be the one it describes. Fails without a trace where the file is
// read-only, vanished, or anything goes wrong on the way.
MUST_USE bool io_replace_file(const char *path, Str bytes, const FileStamp *stamp,
                              Err *err);

// Writes a new file, or fails with ERR_IO where the path exists.
MUST_USE bool io_create_file(const char *path, Str bytes, Err *err);

#endif
