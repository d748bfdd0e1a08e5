/*
 * What a kernel asks of its host, natively or in WebAssembly: threads and scratch memory.
 */
#ifndef UNROLL_HOST_H
#define UNROLL_HOST_H

#include <stddef.h>

typedef void Task(const void *context, ptrdiff_t tile);

/* How many threads `parallel` can use, the caller's own among them. */
int threadCount(void);

/*
 * Runs task(context, 0 … tiles-1), on as many threads as there are, and returns when all is done. Tiles must not touch
 * each other's output; which thread takes which is open, so nothing may depend on it.
 */
void parallel(Task *task, const void *context, ptrdiff_t tiles);

/*
 * Scratch memory, aligned to 64 bytes, its content undefined, that lasts until the kernel returns; a kernel asks once.
 * Null when there is none to be had: the kernel then returns at once, and the host throws.
 */
void *workspace(size_t bytes);

#endif
