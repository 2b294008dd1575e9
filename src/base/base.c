// base.c: the ends of the process: a defect of ours, and memory running out.
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

void bug_abort(const char *file, int line, const char *what) {
  fprintf(stderr, "aludel: internal error at %s:%d: %s\n", file, line, what);
  fprintf(stderr,
          "This is a defect in Aludel; please report it with the input that led here.\n");
  abort();
}

static NORETURN void out_of_memory(size_t size) {
  fprintf(stderr, "aludel: out of memory while asking for %zu bytes\n", size);
  exit(2);
}

void *mem_alloc(size_t size) {
  void *p = malloc(size ? size : 1);
  if (UNLIKELY(!p))
    out_of_memory(size);
  return p;
}

void *mem_zalloc(size_t count, size_t size) {
  void *p = calloc(count ? count : 1, size ? size : 1);
  if (UNLIKELY(!p))
    out_of_memory(count * size);
  return p;
}

void *mem_realloc(void *old, size_t size) {
  void *p = realloc(old, size ? size : 1);
  if (UNLIKELY(!p))
    out_of_memory(size);
  return p;
}

void mem_free(void *p) {
  free(p);
}
