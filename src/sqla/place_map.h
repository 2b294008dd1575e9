// PlaceMap: from a 64-bit key (a place, an atom) to a number, by open addressing.
// Zero-initialised is empty. Keys may be any value but UINT64_MAX.
#ifndef SQLA_PLACE_MAP_H
#define SQLA_PLACE_MAP_H

#include "sqla/place.h"

#define PLACE_MAP_NONE UINT32_MAX

typedef struct {
  uint64_t *keys; // UINT64_MAX: free
  uint32_t *values;
  size_t count, capacity;
} PlaceMap;

static inline uint64_t place_key(Place p) {
  return (uint64_t)p.file << 32 | p.ref;
}
uint32_t place_map_get(const PlaceMap *m, uint64_t key); // PLACE_MAP_NONE: absent
void place_map_set(PlaceMap *m, uint64_t key, uint32_t value);
void place_map_free(PlaceMap *m);

#endif
