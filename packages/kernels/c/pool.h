/*
 * A thread pool over tiles of work. The calling thread works too and waits only for tiles that another thread has
 * begun, so when the other threads get no core, the work is only slower.
 */
#ifndef UNROLL_POOL_H
#define UNROLL_POOL_H

#include <stdatomic.h>
#include <stdint.h>

#include "host.h"

#define MAX_THREADS 64

/* The tiles a thread starts with; a thread that has finished its own steals from the others. */
typedef struct {
  _Atomic(ptrdiff_t) next;
  ptrdiff_t end;
  char padding[64]; /* keeps two queues out of one cache line */
} TileQueue;

typedef struct Pool {
  int threads;
  Task *task;
  const void *context;
  /* round << 9 | OPEN | how many workers are inside. A worker enters an open round it has not served yet. */
  _Atomic(uint32_t) gate;
  _Atomic(int) sleepers, closing;
  char padding[64];
  TileQueue queues[MAX_THREADS];
  struct Sleeping *sleeping; /* what workers wait on after spinning; defined by the host */
  struct Places *places;     /* where the threads are; on Linux */
} Pool;

void poolRun(Pool *pool, Task *task, const void *context, ptrdiff_t tiles);

/* The loop of worker `index`, 1 … threads-1: serves rounds until the pool closes. */
void poolWork(Pool *pool, int index);

#endif
