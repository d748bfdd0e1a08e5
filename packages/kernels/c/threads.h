/*
 * The thread pool of the addon.
 */
#ifndef UNROLL_THREADS_H
#define UNROLL_THREADS_H

#include "host.h"

typedef struct Threads Threads;

/* A pool of `count` threads including the caller, or fewer if the system refuses; null when out of memory. */
Threads *threadsOpen(int count);
int threadsCount(const Threads *threads);
void threadsRun(Threads *threads, Task *task, const void *context, ptrdiff_t tiles);
/* Ends the threads, waits for them, and frees the pool. */
void threadsClose(Threads *threads);

#endif
