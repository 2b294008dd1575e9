// Vec(T): a growable array. Zero-initialised is empty. `items` is invalidated by a push.
//
//   Vec(Edit) edits = {0};
//   vec_push(&edits, edit);
//   for (size_t i = 0; i < edits.len; i++) use(edits.items[i]);
//   vec_free(&edits);
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/base.h"

#define Vec(T)                                                                           \
  struct {                                                                               \
    T *items;                                                                            \
    size_t len, capacity;                                                                \
  }

void *vec_grow(void *items, size_t *capacity, size_t need, size_t item_size);

#define vec_reserve(v, n)                                                                \
  ((v)->capacity >= (n) ? (void)0                                                        \
                        : (void)((v)->items = vec_grow((v)->items, &(v)->capacity, (n),  \
                                                       sizeof *(v)->items)))
#define vec_push(v, ...)                                                                 \
  (vec_reserve((v), (v)->len + 1), (v)->items[(v)->len++] = (__VA_ARGS__))
#define vec_pop(v) ((v)->items[--(v)->len])
#define vec_last(v) ((v)->items[(v)->len - 1])
#define vec_free(v)                                                                      \
  (mem_free((v)->items), (v)->items = NULL, (v)->len = (v)->capacity = 0)

#endif
