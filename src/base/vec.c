// vec.c: growth of Vec(T).
#include "base/vec.h"

void *vec_grow(void *items, size_t *capacity, size_t need, size_t item_size) {
  size_t n = *capacity ? *capacity : 8;
  while (n < need)
    n *= 2;
  ASSERT(n <= SIZE_MAX / 2 / item_size);
  *capacity = n;
  return mem_realloc(items, n * item_size);
}
