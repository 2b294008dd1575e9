// thread.c: worker threads over a shared counter.
#include "base/thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

int thread_default_count(void) {
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? 1 : n > 256 ? 256 : (int)n;
}

typedef struct {
  void (*work)(void *shared, int worker, size_t index);
  void *shared;
  size_t count;
  atomic_size_t next;
} Job;

typedef struct {
  Job *job;
  int worker;
} Worker;

static void *worker_main(void *argument) {
  Worker *w = argument;
  for (;;) {
    size_t i = atomic_fetch_add(&w->job->next, 1);
    if (i >= w->job->count)
      return NULL;
    w->job->work(w->job->shared, w->worker, i);
  }
}

static bool start(pthread_t *thread, void *(*f)(void *), void *argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, THREAD_STACK);
  int failed = pthread_create(thread, &attributes, f, argument);
  pthread_attr_destroy(&attributes);
  return !failed;
}

void parallel_for(int threads, size_t count,
                  void (*work)(void *shared, int worker, size_t index), void *shared) {
  Job job = {.work = work, .shared = shared, .count = count};
  enum {
    MOST = 256
  };
  Worker workers[MOST];
  pthread_t ids[MOST];
  int n = threads < 1 ? 1 : threads > MOST ? MOST : threads;
  if ((size_t)n > count)
    n = (int)count;
  int started = 0;
  for (int i = 0; i < n - 1; i++) {
    workers[i] = (Worker){&job, i + 1};
    if (!start(&ids[started], worker_main, &workers[i]))
      break;
    started++;
  }
  worker_main(&(Worker){&job, 0}); // the caller works too
  for (int i = 0; i < started; i++)
    pthread_join(ids[i], NULL);
}

typedef struct {
  int (*function)(void *shared);
  void *shared;
  int result;
} Call;

static void *call_main(void *argument) {
  Call *call = argument;
  call->result = call->function(call->shared);
  return NULL;
}

int run_with_stack(int (*main_function)(void *shared), void *shared) {
  Call call = {main_function, shared, 0};
  pthread_t id;
  if (!start(&id, call_main, &call))
    return main_function(shared);
  pthread_join(id, NULL);
  return call.result;
}
