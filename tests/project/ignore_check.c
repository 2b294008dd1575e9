// ignore_check: items separated by NUL bytes on standard input. "R<folder>" names the top
// folder; "f<path>" and "d<path>" ask for a file or folder below it and are answered by a
// line with 1 (ignored) or 0.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "project/ignore.h"

// As a walk would: folder by folder, and no further than an excluded one.
static bool is_ignored(Arena *arena, Str root, Str path, bool is_folder) {
  Str top;
  const IgnoreFile *files = ignore_open(arena, root.ptr, &top);
  for (size_t at = 0;;) {
    size_t slash = str_find_char(path, '/', at);
    bool last = slash == SIZE_MAX;
    Str here = last ? path : str_slice(path, 0, slash);
    if (ignore_match(files, here, !last || is_folder) == IGNORE_EXCLUDED)
      return true;
    if (last)
      return false;
    Str folder = str_format(arena, "%.*s/%.*s", STR_ARG(root), STR_ARG(here));
    int fd = open(folder.ptr, O_RDONLY | O_DIRECTORY);
    if (fd >= 0) {
      Str base = str_format(arena, "%.*s/", STR_ARG(here));
      files = ignore_enter(arena, fd, base, files);
      close(fd);
    }
    at = slash + 1;
  }
}

int main(void) {
  Arena arena = {0}, scratch = {0};
  Str input, item, root = STR(".");
  Err err;
  if (!io_read_all(&arena, STDIN_FILENO, (size_t)1 << 30, 64, &input, &err)) {
    fprintf(stderr, "%s\n", err.message);
    return 2;
  }
  while (str_next_part(&input, '\0', &item)) {
    if (item.len && item.ptr[0] == 'R')
      root = str_copy(&arena, str_slice(item, 1, item.len));
    else if (item.len)
      printf("%d\n", is_ignored(&scratch, root, str_slice(item, 1, item.len),
                                item.ptr[0] == 'd'));
    arena_reset(&scratch);
  }
  arena_reset(&arena);
  return 0;
}
