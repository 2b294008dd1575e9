// Open addressing with linear probing; at most two thirds full.
#include "sqla/place_map.h"

static size_t slot_of(const PlaceMap *m, uint64_t key) {
  uint64_t h = key * UINT64_C(0x9E3779B97F4A7C15);
  size_t at = (size_t)(h >> 20) & (m->capacity - 1);
  while (m->keys[at] != UINT64_MAX && m->keys[at] != key)
    at = (at + 1) & (m->capacity - 1);
  return at;
}

uint32_t place_map_get(const PlaceMap *m, uint64_t key) {
  if (!m->count)
    return PLACE_MAP_NONE;
  size_t at = slot_of(m, key);
  return m->keys[at] == key ? m->values[at] : PLACE_MAP_NONE;
}

static void grow(PlaceMap *m) {
  PlaceMap old = *m;
  m->capacity = old.capacity ? old.capacity * 2 : 64;
  m->keys = mem_alloc(m->capacity * sizeof *m->keys);
  m->values = mem_alloc(m->capacity * sizeof *m->values);
  memset(m->keys, 0xFF, m->capacity * sizeof *m->keys);
  for (size_t i = 0; i < old.capacity; i++)
    if (old.keys[i] != UINT64_MAX) {
      size_t at = slot_of(m, old.keys[i]);
      m->keys[at] = old.keys[i];
      m->values[at] = old.values[i];
    }
  mem_free(old.keys);
  mem_free(old.values);
}

void place_map_set(PlaceMap *m, uint64_t key, uint32_t value) {
  ASSERT(key != UINT64_MAX);
  if ((m->count + 1) * 3 > m->capacity * 2)
    grow(m);
  size_t at = slot_of(m, key);
  if (m->keys[at] != key)
    m->count++;
  m->keys[at] = key;
  m->values[at] = value;
}

void place_map_free(PlaceMap *m) {
  mem_free(m->keys);
  mem_free(m->values);
  *m = (PlaceMap){0};
}
