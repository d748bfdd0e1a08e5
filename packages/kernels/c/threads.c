#define _GNU_SOURCE /* of Linux, the cores of a thread */
#include "threads.h"

#include "pool.c"

#ifdef _WIN32
typedef HANDLE Thread;
#define ENTRY DWORD WINAPI
#define START(thread, entry, argument) ((*(thread) = CreateThread(NULL, 0, entry, argument, 0, NULL)) != NULL)
#define JOIN(thread) (WaitForSingleObject(thread, INFINITE), CloseHandle(thread))
#define PREPARE(s) (InitializeSRWLock(&(s)->lock), InitializeConditionVariable(&(s)->opened))
#define FINISH(s) ((void)(s))
#else
typedef pthread_t Thread;
#define ENTRY void *
#define START(thread, entry, argument) (pthread_create(thread, NULL, entry, argument) == 0)
#define JOIN(thread) pthread_join(thread, NULL)
#define PREPARE(s) (pthread_mutex_init(&(s)->lock, NULL), pthread_cond_init(&(s)->opened, NULL))
#define FINISH(s) (pthread_mutex_destroy(&(s)->lock), pthread_cond_destroy(&(s)->opened))
#endif

typedef struct {
  Threads *threads;
  int index;
} Worker;

struct Threads {
  Pool pool;
  struct Sleeping sleeping;
  Thread handles[MAX_THREADS];
  Worker workers[MAX_THREADS];
};

static ENTRY runWorker(void *argument) {
  Worker *worker = argument;
  poolWork(&worker->threads->pool, worker->index);
  return 0;
}

Threads *threadsOpen(int count) {
  Threads *threads = calloc(1, sizeof *threads);
  if (!threads || !openPlaces(&threads->pool)) {
    free(threads);
    return NULL;
  }
  threads->pool.sleeping = &threads->sleeping;
  threads->pool.threads = 1;
  PREPARE(&threads->sleeping);
  for (int index = 1; index < count && index < MAX_THREADS; index++) {
    threads->workers[index] = (Worker){threads, index};
    if (!START(&threads->handles[index], runWorker, &threads->workers[index])) break;
    threads->pool.threads++;
  }
  return threads;
}

int threadsCount(const Threads *threads) { return threads->pool.threads; }

void threadsRun(Threads *threads, Task *task, const void *context, ptrdiff_t tiles) {
  if (threads->pool.threads > 1 && tiles > 1) {
    poolRun(&threads->pool, task, context, tiles);
    return;
  }
  for (ptrdiff_t tile = 0; tile < tiles; tile++) task(context, tile);
}

void threadsClose(Threads *threads) {
  atomic_store(&threads->pool.closing, 1);
  wakeAll(&threads->pool);
  for (int index = 1; index < threads->pool.threads; index++) JOIN(threads->handles[index]);
  FINISH(&threads->sleeping);
  closePlaces(&threads->pool);
  free(threads);
}
