// Arena: memory that dies together.
//
//   file     source text, syntax tree, scopes       replaced when the file changes
//   project  the linked model over all files        reset before every relink
//   scratch  one rule run, one request              reset when it ends
//
// - arena_alloc never returns NULL and returns zeroed memory; nothing is freed one by
// one.
// - A pointer may go from a short-lived arena to a long-lived one, never back.
// - An arena belongs to one thread at a time.
// Built with -DARENA_DEBUG each object is its own malloc, so AddressSanitizer sees
// overflows.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/base.h"

typedef struct ArenaBlock ArenaBlock;

typedef struct {
  ArenaBlock *block; // newest block, linked to older ones
  size_t total;      // bytes handed out since the last reset
} Arena;

void *arena_alloc(Arena *a, size_t size, size_t align);
// As arena_alloc, but the memory is not zeroed: for what is filled at once.
void *arena_alloc_raw(Arena *a, size_t size, size_t align);
// Copies `size` bytes and adds a NUL after them.
char *arena_copy(Arena *a, const void *bytes, size_t size);
char *arena_printf(Arena *a, const char *format, ...) PRINTF_LIKE(2, 3);
// Gives everything back; the arena may be used again.
void arena_reset(Arena *a);

#define arena_new(a, T) ((T *)arena_alloc((a), sizeof(T), _Alignof(T)))
#define arena_array(a, T, n) ((T *)arena_alloc((a), sizeof(T) * (size_t)(n), _Alignof(T)))

#endif
