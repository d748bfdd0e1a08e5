#include "pool.h"

#define OPEN 0x100u
#define INSIDE 0xffu
#define SPINS 4000 /* some tens of microseconds: about as long as a caller spends between two kernels */
#define PATIENCE 500 /* spins of a caller before it looks whether a worker was preempted */

#ifdef __wasm__

/* A browser's main thread may not wait, so a caller only ever spins; the workers wait on the gate itself. */
static void relax(void) {}
static void giveWay(void) {}
static void sleepUntilOpen(Pool *pool, uint32_t gate) {
  __builtin_wasm_memory_atomic_wait32((int *)&pool->gate, (int)gate, -1);
}
static void wakeAll(Pool *pool) { __builtin_wasm_memory_atomic_notify((int *)&pool->gate, MAX_THREADS); }

#else

#ifdef _WIN32
#include <windows.h>
struct Sleeping {
  SRWLOCK lock;
  CONDITION_VARIABLE opened;
};
#define LOCK(s) AcquireSRWLockExclusive(&(s)->lock)
#define UNLOCK(s) ReleaseSRWLockExclusive(&(s)->lock)
#define WAIT(s) SleepConditionVariableSRW(&(s)->opened, &(s)->lock, INFINITE, 0)
#define WAKE(s) WakeAllConditionVariable(&(s)->opened)
static void giveWay(void) { SwitchToThread(); }
#else
#include <pthread.h>
#include <sched.h>
struct Sleeping {
  pthread_mutex_t lock;
  pthread_cond_t opened;
};
#define LOCK(s) pthread_mutex_lock(&(s)->lock)
#define UNLOCK(s) pthread_mutex_unlock(&(s)->lock)
#define WAIT(s) pthread_cond_wait(&(s)->opened, &(s)->lock)
#define WAKE(s) pthread_cond_broadcast(&(s)->opened)
static void giveWay(void) { sched_yield(); }
#endif
#include <stdlib.h>

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* The gate is looked at again under the lock: a round that opened meanwhile woke nobody. */
static void sleepUntilOpen(Pool *pool, uint32_t gate) {
  LOCK(pool->sleeping);
  if (atomic_load(&pool->gate) == gate && !atomic_load(&pool->closing)) WAIT(pool->sleeping);
  UNLOCK(pool->sleeping);
}

static void wakeAll(Pool *pool) {
  LOCK(pool->sleeping);
  WAKE(pool->sleeping);
  UNLOCK(pool->sleeping);
}

#endif

#include "preempted.h"

static void work(Pool *pool, int index) {
  for (int i = 0; i < pool->threads; i++) {
    TileQueue *queue = &pool->queues[(index + i) % pool->threads];
    for (;;) {
      ptrdiff_t tile = atomic_fetch_add_explicit(&queue->next, 1, memory_order_relaxed);
      if (tile >= queue->end) break;
      pool->task(pool->context, tile);
    }
  }
}

void poolRun(Pool *pool, Task *task, const void *context, ptrdiff_t tiles) {
  pool->task = task;
  pool->context = context;
  enter(pool, 0);
  for (int i = 0; i < pool->threads; i++) {
    atomic_store_explicit(&pool->queues[i].next, tiles * i / pool->threads, memory_order_relaxed);
    pool->queues[i].end = tiles * (i + 1) / pool->threads;
  }
  uint32_t round = (atomic_load(&pool->gate) >> 9) + 1;
  atomic_store(&pool->gate, round << 9 | OPEN);
  if (atomic_load(&pool->sleepers)) wakeAll(pool);
  work(pool, 0);
  atomic_fetch_and(&pool->gate, ~OPEN);
  for (int spins = 0; atomic_load(&pool->gate) & INSIDE; spins++)
    if (spins < PATIENCE) relax();
    else if (!lendToWorker(pool)) giveWay();
}

void poolWork(Pool *pool, int index) {
  uint32_t served = 0;
  for (int spins = 0; !atomic_load(&pool->closing);) {
    uint32_t gate = atomic_load(&pool->gate);
    if (gate & OPEN && gate >> 9 != served) {
      if (!atomic_compare_exchange_strong(&pool->gate, &gate, gate + 1)) continue;
      served = gate >> 9;
      enter(pool, index);
      work(pool, index);
      atomic_fetch_sub(&pool->gate, 1);
      spins = leave(pool, index) ? SPINS + 1 : 0;
    } else if (spins++ < SPINS) {
      relax();
    } else {
      if (spins == SPINS + 1) lendToCaller(pool, index);
      atomic_fetch_add(&pool->sleepers, 1);
      sleepUntilOpen(pool, gate);
      atomic_fetch_sub(&pool->sleepers, 1);
    }
  }
}
