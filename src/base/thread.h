// Threads: the same work for many items, with a stack deep enough for recursion over
// input.
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include "base/base.h"

// Bytes of stack of every thread that parallel_for and run_with_stack start.
enum {
  THREAD_STACK = 64 << 20
};

int thread_default_count(void); // the processors that are online, at least 1

// Calls work(shared, worker, index) for every index in 0..count-1, on `threads` threads
// at most; `worker` is 0..threads-1 and tells the threads apart. Indexes are handed out
// in order, so results must be stored by index. Returns when all is done.
void parallel_for(int threads, size_t count,
                  void (*work)(void *shared, int worker, size_t index), void *shared);

// Runs main_function on a thread with THREAD_STACK bytes of stack and gives its result.
int run_with_stack(int (*main_function)(void *shared), void *shared);

#endif
