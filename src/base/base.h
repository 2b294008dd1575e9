// base.h: what every file may use: attributes, assertions, small arithmetic.
//
// Three kinds of failure, three ways, no fourth:
//   - the input is wrong   -> a Diag is recorded and something usable is returned
//   (text/diag.h)
//   - the world fails      -> bool or pointer result, `Err *err` last, MUST_USE
//   (base/err.h)
//   - we are wrong         -> BUG("...") or ASSERT(condition), kept in release builds
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

// Reports a defect of Aludel itself on standard error and aborts.
NORETURN void bug_abort(const char *file, int line, const char *what);
#define BUG(what) bug_abort(__FILE__, __LINE__, (what))
#define ASSERT(condition) ((condition) ? (void)0 : BUG("assertion failed: " #condition))

// Memory that cannot fail: out of memory ends the process with a message (exit 2).
void *mem_alloc(size_t size);
void *mem_zalloc(size_t count, size_t size);
void *mem_realloc(void *old, size_t size);
void mem_free(void *p); // accepts NULL

static inline size_t min_size(size_t a, size_t b) {
  return a < b ? a : b;
}
static inline size_t max_size(size_t a, size_t b) {
  return a > b ? a : b;
}

#endif
