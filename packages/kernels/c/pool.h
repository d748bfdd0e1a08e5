/*
 * A pool of threads that share out tiles. The caller works too and waits only for tiles that another thread has begun,
 * so where the other threads get no processor, the work is merely slower.
 */
#ifndef UNROLL_POOL_H
#define UNROLL_POOL_H

#include <stdatomic.h>
#include <stdint.h>

#include "host.h"

#define MAX_THREADS 64

/* The tiles a thread starts with; whoever has none left takes from the others. */
typedef struct {
  _Atomic(ptrdiff_t) next;
  ptrdiff_t end;
  char apart[64]; /* no two shares in one cache line */
} Share;

typedef struct Pool {
  int threads;
  Task *task;
  const void *context;
  /* round << 9 | OPEN | how many workers are inside. A worker enters an open round it has not served yet. */
  _Atomic(uint32_t) gate;
  _Atomic(int) sleepers, closing;
  char apart[64];
  Share shares[MAX_THREADS];
  struct Sleeping *sleeping; /* what workers wait on when they have spun long enough; belongs to the host's kind */
} Pool;

void poolRun(Pool *pool, Task *task, const void *context, ptrdiff_t tiles);

/* The life of worker `index`, 1 … threads-1: serves rounds until the pool closes. */
void poolWork(Pool *pool, int index);

#endif
