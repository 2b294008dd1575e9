// intern.c: one table of names for all threads.
//
// The one idea: names repeat. A thread keeps its own table of the names it has met, so
// the shared, sharded table with its locks is asked once per thread and name.
#include "base/intern.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
  SHARDS = 32,
  CHUNK_BITS = 12,
  CHUNK = 1 << CHUNK_BITS,
  CHUNKS = 1 << 14, // 2^26 names at most
};

typedef struct {
  uint32_t hash; // 0 = empty slot
  uint32_t len;
  const char *bytes; // readable for 8 bytes past len
  Atom atom;
} Slot;

typedef struct {
  Slot *slots;
  uint32_t mask, used;
} Table;

typedef struct {
  pthread_mutex_t lock;
  Table table;
  Arena bytes;
} Shard;

struct Interner {
  Shard shards[SHARDS];
  _Atomic uint32_t count;
  _Atomic(Str *) chunks[CHUNKS]; // atom -> bytes
};

// A name of at most 16 bytes, filled up with zeros: no name holds a zero.
typedef struct {
  uint64_t first, rest;
  Atom atom;
} HotName;

enum {
  HOT_BITS = 13,
  HOT_LONG_BITS = 11
};

// All names of at most 16 bytes that the thread has met, with their bytes in the slot:
// one look into far memory tells. Open addressing; atom 0 is an empty slot.
typedef struct {
  HotName *slots;
  uint32_t shift, used; // the slot of a hash is its upper 64 - shift bits
} ShortTable;

struct InternCache {
  Interner *in;
  Table table;       // of names of more than 16 bytes, and those asked for by intern()
  ShortTable shorts; // of those asked for by intern_padded()
  bool known_only;
  // Direct-mapped: the names met last, in near memory.
  HotName hot[1 << HOT_BITS];
  Slot hot_long[1 << HOT_LONG_BITS]; // of more than 16 bytes
};

// The first byte of a text is the lowest of its word on every machine: what is kept of a
// word that a name ends in are its low bytes.
static inline uint64_t first_lowest(uint64_t v) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return __builtin_bswap64(v);
#else
  return v;
#endif
}

static inline uint64_t load(const void *p, uint32_t n) {
  uint64_t v = 0;
  memcpy(&v, p, n);
  return first_lowest(v);
}

static inline uint64_t load8(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, 8);
  return first_lowest(v);
}

static inline uint32_t finish(uint64_t h) {
  h *= 0x9E3779B97F4A7C15ull;
  return (uint32_t)(h >> 32) | 1;
}

// The same value for the same bytes whether or not the buffer is padded.
static inline uint32_t hash_long(const uint8_t *s, uint32_t n) {
  uint64_t h =
      load8(s) * 0x9E3779B97F4A7C15ull ^ load8(s + n - 8) * 0xC2B2AE3D27D4EB4Full ^ n;
  for (uint32_t i = 8; i + 8 < n; i += 8)
    h = (h ^ load8(s + i)) * 0x9E3779B97F4A7C15ull;
  return finish(h ^ h >> 29);
}

static inline uint32_t hash_short(uint64_t v, uint32_t n) {
  return finish((v ^ v >> 32) + n);
}

static uint32_t hash_bytes(const uint8_t *s, uint32_t n) {
  return n >= 8 ? hash_long(s, n) : hash_short(load(s, n), n);
}

static void table_grow(Table *t) {
  uint32_t capacity = t->slots ? (t->mask + 1) * 2 : 1024;
  Slot *old = t->slots;
  uint32_t old_capacity = old ? t->mask + 1 : 0;
  t->slots = mem_zalloc(capacity, sizeof *t->slots);
  t->mask = capacity - 1;
  for (uint32_t i = 0; i < old_capacity; i++) {
    if (!old[i].hash)
      continue;
    uint32_t at = old[i].hash >> 1 & t->mask;
    while (t->slots[at].hash)
      at = (at + 1) & t->mask;
    t->slots[at] = old[i];
  }
  mem_free(old);
}

// The slot of the name, or the empty slot where it belongs.
static inline Slot *table_find(Table *t, uint32_t hash, const void *s, uint32_t n) {
  for (uint32_t at = hash >> 1 & t->mask;; at = (at + 1) & t->mask) {
    Slot *slot = &t->slots[at];
    if (!slot->hash ||
        (slot->hash == hash && slot->len == n && memcmp(slot->bytes, s, n) == 0))
      return slot;
  }
}

// The first n bytes, where both may be read to the next multiple of 8.
static inline bool same_padded(const char *a, const uint8_t *b, uint32_t n) {
  uint32_t i = 0;
  for (; i + 8 < n; i += 8)
    if (load8((const uint8_t *)a + i) != load8(b + i))
      return false;
  return (load8((const uint8_t *)a + i) ^ load8(b + i)) << 8 * (8 - (n - i)) == 0;
}

static void table_fill(Table *t, Slot *slot, Slot value) {
  *slot = value;
  if (++t->used * 2 > t->mask)
    table_grow(t);
}

static Atom publish(Interner *in, Str bytes) {
  Atom atom = atomic_fetch_add(&in->count, 1);
  uint32_t c = atom >> CHUNK_BITS;
  if (c >= CHUNKS)
    BUG("more than 2^26 different names");
  Str *chunk = atomic_load(&in->chunks[c]);
  if (!chunk) {
    Str *fresh = mem_zalloc(CHUNK, sizeof *fresh);
    if (atomic_compare_exchange_strong(&in->chunks[c], &chunk, fresh))
      chunk = fresh;
    else
      mem_free(fresh);
  }
  chunk[atom & (CHUNK - 1)] = bytes;
  return atom;
}

static Slot shared_intern(Interner *in, uint32_t hash, const void *s, uint32_t n,
                          bool add) {
  Shard *shard = &in->shards[hash >> 27 & (SHARDS - 1)];
  pthread_mutex_lock(&shard->lock);
  Slot *slot = table_find(&shard->table, hash, s, n);
  Slot found = *slot;
  if (!slot->hash && add) {
    char *bytes = arena_alloc(&shard->bytes, n + 8, 1);
    memcpy(bytes, s, n);
    found = (Slot){hash, n, bytes, publish(in, (Str){bytes, n})};
    table_fill(&shard->table, slot, found);
  }
  pthread_mutex_unlock(&shard->lock);
  return found;
}

Interner *interner_new(void) {
  static const char *const names[] = {
      "",
#define NAME(name) #name,
#include "base/names.def"
#undef NAME
  };
  Interner *in = mem_zalloc(1, sizeof *in);
  for (int i = 0; i < SHARDS; i++) {
    pthread_mutex_init(&in->shards[i].lock, NULL);
    table_grow(&in->shards[i].table);
  }
  publish(in, (Str){"", 0});
  for (uint32_t i = 1; i < SYM_COUNT; i++) {
    uint32_t n = (uint32_t)strlen(names[i]);
    Slot slot =
        shared_intern(in, hash_bytes((const uint8_t *)names[i], n), names[i], n, true);
    ASSERT(slot.atom == i); // names.def holds a name twice
  }
  return in;
}

void interner_free(Interner *in) {
  if (!in)
    return;
  for (int i = 0; i < SHARDS; i++) {
    pthread_mutex_destroy(&in->shards[i].lock);
    mem_free(in->shards[i].table.slots);
    arena_reset(&in->shards[i].bytes);
  }
  for (int i = 0; i < CHUNKS; i++)
    mem_free(atomic_load(&in->chunks[i]));
  mem_free(in);
}

Str atom_str(const Interner *in, Atom atom) {
  Str *chunk =
      atomic_load_explicit(&in->chunks[atom >> CHUNK_BITS], memory_order_acquire);
  ASSERT(chunk);
  return chunk[atom & (CHUNK - 1)];
}

static inline uint64_t short_hash(uint64_t first, uint64_t rest) {
  return (first ^ rest * UINT64_C(0xC2B2AE3D27D4EB4F)) * UINT64_C(0x9E3779B97F4A7C15);
}

// The slot of the name, or the empty slot where it belongs.
static inline HotName *short_find(const ShortTable *t, uint64_t hash, uint64_t first,
                                  uint64_t rest) {
  uint32_t mask = UINT32_MAX >> (t->shift - 32);
  for (uint32_t at = (uint32_t)(hash >> t->shift);; at = (at + 1) & mask) {
    HotName *slot = &t->slots[at];
    if ((slot->first == first && slot->rest == rest) || !slot->atom)
      return slot;
  }
}

static void short_grow(ShortTable *t) {
  enum {
    FIRST_BITS = 12
  };
  HotName *old = t->slots;
  uint32_t old_capacity = old ? 1u << (64 - t->shift) : 0;
  t->shift = old ? t->shift - 1 : 64 - FIRST_BITS;
  t->slots = mem_zalloc((size_t)1 << (64 - t->shift), sizeof *t->slots);
  for (uint32_t i = 0; i < old_capacity; i++)
    if (old[i].atom)
      *short_find(t, short_hash(old[i].first, old[i].rest), old[i].first, old[i].rest) =
          old[i];
  mem_free(old);
}

InternCache *intern_cache_new(Interner *in) {
  InternCache *cache = mem_zalloc(1, sizeof *cache);
  cache->in = in;
  table_grow(&cache->table);
  short_grow(&cache->shorts);
  return cache;
}

InternCache *intern_cache_new_known(Interner *in) {
  InternCache *cache = intern_cache_new(in);
  for (Atom i = 1; i < SYM_COUNT; i++)
    intern(cache, atom_str(in, i));
  cache->known_only = true;
  return cache;
}

void intern_cache_free(InternCache *cache) {
  if (!cache)
    return;
  mem_free(cache->table.slots);
  mem_free(cache->shorts.slots);
  mem_free(cache);
}

// Without bytes where the cache knows but some names and this is another.
static inline Slot cached(InternCache *cache, uint32_t hash, const void *s, uint32_t n) {
  Slot *slot = table_find(&cache->table, hash, s, n);
  if (LIKELY(slot->hash))
    return *slot;
  if (cache->known_only)
    return (Slot){.atom = SYM_identifier};
  Slot found = shared_intern(cache->in, hash, s, n, true);
  table_fill(&cache->table, slot, found);
  return found;
}

static Slot any_name(InternCache *cache, uint32_t hash, const uint8_t *s, uint32_t n) {
  const Table *t = &cache->table;
  for (uint32_t at = hash >> 1 & t->mask;; at = (at + 1) & t->mask) {
    const Slot *slot = &t->slots[at];
    if (LIKELY(slot->hash == hash && slot->len == n && same_padded(slot->bytes, s, n)))
      return *slot;
    if (!slot->hash)
      return cached(cache, hash, s, n);
  }
}

static Atom long_name(InternCache *cache, const uint8_t *s, uint32_t n) {
  uint32_t hash = hash_long(s, n);
  Slot *hot = &cache->hot_long[hash >> (32 - HOT_LONG_BITS)];
  if (hot->hash == hash && hot->len == n && same_padded(hot->bytes, s, n))
    return hot->atom;
  Slot found = any_name(cache, hash, s, n);
  if (found.bytes)
    *hot = found;
  return found.atom;
}

// The first n bytes of a word, 0 < n <= 8.
static inline uint64_t keep_bytes(uint64_t word, uint32_t n) {
  return word & ~UINT64_C(0) >> (64 - 8 * n);
}

// Fills the hot slot of a name that is not in it.
__attribute__((noinline)) static void short_name(InternCache *cache, uint64_t h,
                                                 uint64_t first, uint64_t rest,
                                                 const uint8_t *s, uint32_t n) {
  HotName *hot = &cache->hot[h >> (64 - HOT_BITS)];
  HotName *slot = short_find(&cache->shorts, h, first, rest);
  if (slot->atom) {
    *hot = *slot;
    return;
  }
  uint32_t hash = n >= 8 ? hash_long(s, n) : hash_short(first, n);
  if (cache->known_only) {
    *hot = (HotName){first, rest, cached(cache, hash, s, n).atom};
    return;
  }
  *hot = *slot = (HotName){first, rest, shared_intern(cache->in, hash, s, n, true).atom};
  if (++cache->shorts.used * 2 > 1u << (64 - cache->shorts.shift))
    short_grow(&cache->shorts);
}

// What remains of 16 bytes of a name of so many.
static const uint64_t kept[17][2] = {
#define FIRST(n)                                                                         \
  { ~UINT64_C(0) >> (64 - 8 * (n)), 0 }
#define REST(n)                                                                          \
  { ~UINT64_C(0), ~UINT64_C(0) >> (64 - 8 * (n)) }
    {0, 0},   FIRST(1), FIRST(2), FIRST(3), FIRST(4), FIRST(5),
    FIRST(6), FIRST(7), FIRST(8), REST(1),  REST(2),  REST(3),
    REST(4),  REST(5),  REST(6),  REST(7),  REST(8),
#undef FIRST
#undef REST
};

Atom intern_recent(const InternCache *cache, const uint8_t *s, uint32_t n) {
  uint64_t first = load8(s) & kept[n][0], rest = load8(s + 8) & kept[n][1];
  const HotName *hot = &cache->hot[short_hash(first, rest) >> (64 - HOT_BITS)];
  return (hot->first ^ first) | (hot->rest ^ rest) ? 0 : hot->atom;
}

Atom intern_padded(InternCache *cache, const uint8_t *s, uint32_t n) {
  if (UNLIKELY(!n))
    return intern(cache, STR(""));
  if (UNLIKELY(n > 16))
    return long_name(cache, s, n);
  uint64_t first = n <= 8 ? keep_bytes(load8(s), n) : load8(s);
  uint64_t rest = n <= 8 ? 0 : keep_bytes(load8(s + 8), n - 8);
  uint64_t h = short_hash(first, rest);
  HotName *hot = &cache->hot[h >> (64 - HOT_BITS)];
  if (UNLIKELY(hot->first != first || hot->rest != rest))
    short_name(cache, h, first, rest, s, n);
  return hot->atom;
}

Atom intern(InternCache *cache, Str s) {
  return cached(cache, hash_bytes((const uint8_t *)s.ptr, (uint32_t)s.len), s.ptr,
                (uint32_t)s.len)
      .atom;
}

Atom interner_find(Interner *in, Str s) {
  uint32_t hash = hash_bytes((const uint8_t *)s.ptr, (uint32_t)s.len);
  return shared_intern(in, hash, s.ptr, (uint32_t)s.len, false).atom;
}

const Interner *intern_cache_interner(const InternCache *cache) {
  return cache->in;
}
