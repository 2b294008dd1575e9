// arena.c: bump allocation in blocks that double up to a bound.
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
  FIRST_BLOCK = 4096,
  LARGEST_BLOCK = 1 << 20
};

struct ArenaBlock {
  ArenaBlock *older;
  size_t used, capacity;
  _Alignas(max_align_t) unsigned char bytes[];
};

static ArenaBlock *add_block(Arena *a, size_t need) {
  size_t capacity =
      a->block ? min_size(a->block->capacity * 2, LARGEST_BLOCK) : FIRST_BLOCK;
#ifdef ARENA_DEBUG
  capacity = 0;
#endif
  capacity = max_size(capacity, need);
  ArenaBlock *b = mem_alloc(sizeof *b + capacity);
  b->older = a->block;
  b->used = 0;
  b->capacity = capacity;
  a->block = b;
  return b;
}

void *arena_alloc_raw(Arena *a, size_t size, size_t align) {
  ASSERT(align && (align & (align - 1)) == 0 && align <= _Alignof(max_align_t));
  ASSERT(size <= SIZE_MAX / 4);
  ArenaBlock *b = a->block;
  size_t at = b ? (b->used + align - 1) & ~(align - 1) : 0;
  if (!b || at > b->capacity || size > b->capacity - at) {
    b = add_block(a, size);
    at = 0;
  }
  b->used = at + size;
  a->total += size;
  return b->bytes + at;
}

void *arena_alloc(Arena *a, size_t size, size_t align) {
  return memset(arena_alloc_raw(a, size, align), 0, size);
}

char *arena_copy(Arena *a, const void *bytes, size_t size) {
  char *p = arena_alloc_raw(a, size + 1, 1);
  if (size)
    memcpy(p, bytes, size);
  p[size] = 0;
  return p;
}

char *arena_printf(Arena *a, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  ASSERT(n >= 0);
  char *p = arena_alloc(a, (size_t)n + 1, 1);
  vsnprintf(p, (size_t)n + 1, format, again);
  va_end(again);
  return p;
}

void arena_reset(Arena *a) {
  while (a->block) {
    ArenaBlock *older = a->block->older;
    mem_free(a->block);
    a->block = older;
  }
  a->total = 0;
}
