/*
 * A thread whose core another program has taken gets one again after milliseconds, and all that wait for it would lose as
 * much. So a thread that waits for one of ours which was preempted gives it its own core and leaves that core itself.
 * Linux only, where one can see whether a thread has a core and choose its cores; elsewhere who waits only yields.
 */
#ifndef UNROLL_PREEMPTED_H
#define UNROLL_PREEMPTED_H

#include "pool.h"

#ifdef __linux__

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Whether a worker is in a round and, if so, on the core of the caller, which sleeps until it is out again. */
enum { OUT, IN, LENT };

/* A thread of the pool: the caller at 0, and the workers. */
typedef struct {
  _Atomic(pid_t) thread;
  _Atomic(int) state;
  int isAway;        /* whether one core is forbidden to it, until it enters a round */
  cpu_set_t allowed; /* the cores it may use otherwise */
} Place;

struct Places {
  Place of[MAX_THREADS];
  pthread_mutex_t lock;
  pthread_cond_t returned;
};

/* Returns whether there was memory. */
static int openPlaces(Pool *pool) {
  if (!(pool->places = calloc(1, sizeof *pool->places))) return 0;
  pthread_mutex_init(&pool->places->lock, NULL);
  pthread_cond_init(&pool->places->returned, NULL);
  return 1;
}

static void closePlaces(Pool *pool) {
  pthread_cond_destroy(&pool->places->returned);
  pthread_mutex_destroy(&pool->places->lock);
  free(pool->places);
}

static Place *placeOf(Pool *pool, int index) { return &pool->places->of[index]; }

/* Moves a thread that waits for a core to this one. */
static void bringHere(pid_t thread, int core) {
  cpu_set_t here, allowed;
  CPU_ZERO(&here);
  CPU_SET(core, &here);
  if (sched_getaffinity(thread, sizeof allowed, &allowed) != 0 || !CPU_ISSET(core, &allowed)) return;
  sched_setaffinity(thread, sizeof here, &here);
  sched_setaffinity(thread, sizeof allowed, &allowed);
}

/* Leaves a core to another thread. */
static void sendAway(Place *place, int core) {
  if (sched_getaffinity(place->thread, sizeof place->allowed, &place->allowed) != 0) return;
  cpu_set_t others = place->allowed;
  CPU_CLR(core, &others);
  place->isAway = sched_setaffinity(place->thread, sizeof others, &others) == 0;
}

static void enter(Pool *pool, int index) {
  static _Thread_local pid_t self;
  Place *place = placeOf(pool, index);
  if (!self) self = (pid_t)syscall(SYS_gettid);
  if (place->isAway) sched_setaffinity(self, sizeof place->allowed, &place->allowed);
  place->isAway = 0;
  place->thread = self;
  place->state = IN;
}

/* Returns whether the worker has to sleep, since the core is the caller's. */
static int leave(Pool *pool, int index) {
  if (atomic_exchange(&placeOf(pool, index)->state, OUT) != LENT) return 0;
  pthread_mutex_lock(&pool->places->lock);
  pthread_cond_signal(&pool->places->returned);
  pthread_mutex_unlock(&pool->places->lock);
  return 1;
}

/* Nanoseconds that the thread has had a core. */
static int64_t processorTime(pid_t thread) {
  struct timespec time = {0};
  clock_gettime((clockid_t)(~thread * 8 | 6), &time); /* what pthread_getcpuclockid makes of a thread's id */
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Whether it would go on, rather than wait for something. */
static int isReady(pid_t thread) {
  char name[48], status[256] = {0};
  snprintf(name, sizeof name, "/proc/self/task/%d/stat", (int)thread);
  FILE *file = fopen(name, "r");
  if (!file) return 0;
  size_t length = fread(status, 1, sizeof status - 1, file);
  fclose(file);
  const char *state = length > 0 ? strrchr(status, ')') : NULL;
  return state && state[1] && state[2] == 'R';
}

#define GLANCE 64 /* spins in which a thread that has a core is seen to use it */

static int isPreempted(pid_t thread) {
  int64_t before = processorTime(thread);
  for (int spins = 0; spins < GLANCE; spins++) relax();
  return processorTime(thread) == before && isReady(thread);
}

/*
 * The caller, who waits for workers, lends its core to one that was preempted, and sleeps until its tile is done. The worker
 * then sleeps, to wake on another core. Returns whether there was one.
 */
static int lendToWorker(Pool *pool) {
  for (int index = 1; index < pool->threads; index++) {
    Place *place = placeOf(pool, index);
    int in = IN;
    if (place->state != IN || !isPreempted(place->thread)) continue;
    pthread_mutex_lock(&pool->places->lock);
    if (atomic_compare_exchange_strong(&place->state, &in, LENT)) {
      bringHere(place->thread, sched_getcpu());
      while (place->state == LENT) pthread_cond_wait(&pool->places->returned, &pool->places->lock);
      sendAway(place, sched_getcpu());
    }
    pthread_mutex_unlock(&pool->places->lock);
    return 1;
  }
  return 0;
}

/* A worker without work leaves its core to a caller that was preempted. */
static void lendToCaller(Pool *pool, int index) {
  pid_t caller = placeOf(pool, 0)->thread;
  int core = sched_getcpu();
  if (!isPreempted(caller)) return;
  bringHere(caller, core);
  sendAway(placeOf(pool, index), core);
}

#else

static inline int openPlaces(Pool *pool) { return (void)pool, 1; }
static inline void closePlaces(Pool *pool) { (void)pool; }
static void enter(Pool *pool, int index) { (void)pool, (void)index; }
static int leave(Pool *pool, int index) { return (void)pool, (void)index, 0; }
static int lendToWorker(Pool *pool) { return (void)pool, 0; }
static void lendToCaller(Pool *pool, int index) { (void)pool, (void)index; }

#endif
#endif
