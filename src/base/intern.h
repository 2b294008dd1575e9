// Interner: each identifier of the project stored once, named by a 32-bit Atom.
//
// - Atom 0 is "no name". Two atoms of one interner are equal iff their bytes are.
// - The names of base/names.def are interned first: SYM_relationship is a constant.
// - Shared between threads: intern() takes a lock on one of many shards only when a
// thread
//   meets a name for the first time, because each thread goes through its own
//   InternCache.
// - Atom numbers depend on the order of threads; never sort or print by them.
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include "base/str.h"

typedef uint32_t Atom;

enum {
  SYM_none,
#define NAME(name) SYM_##name,
#include "base/names.def"
#undef NAME
  SYM_COUNT
};

typedef struct Interner Interner;
typedef struct InternCache InternCache;

Interner *interner_new(void);
void interner_free(Interner *in); // accepts NULL
// The bytes live as long as the interner and are NUL-terminated. Lock-free.
Str atom_str(const Interner *in, Atom atom);

InternCache *intern_cache_new(Interner *in); // one per thread
// Knows the names of base/names.def only; every other name is SYM_identifier. For text
// that is looked through for its form.
InternCache *intern_cache_new_known(Interner *in);
void intern_cache_free(InternCache *cache); // accepts NULL
// `bytes` must be readable for 8 bytes past `len` (source buffers are padded).
Atom intern_padded(InternCache *cache, const uint8_t *bytes, uint32_t len);
// The same for a name of 1 to 16 bytes that was met lately, else 0; `bytes` must be
// readable for 16 bytes. For inner loops: it calls nothing.
Atom intern_recent(const InternCache *cache, const uint8_t *bytes, uint32_t len);
Atom intern(InternCache *cache, Str s);
const Interner *intern_cache_interner(const InternCache *cache);
// The atom of `s` if it was interned before, else 0. Takes a lock: not for inner loops.
Atom interner_find(Interner *in, Str s);

#endif
