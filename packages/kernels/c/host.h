/*
 * What kernels need from their host, the addon or WebAssembly: threads and scratch memory.
 */
#ifndef UNROLL_HOST_H
#define UNROLL_HOST_H

#include <stddef.h>

typedef void Task(const void *context, ptrdiff_t tile);

/* The number of threads `parallel` uses, including the caller. */
int threadCount(void);

/*
 * Runs task(context, 0 … tiles-1) on all threads and returns when all are done. Tiles must not write to each other's
 * output; any thread may run any tile.
 */
void parallel(Task *task, const void *context, ptrdiff_t tiles);

/*
 * Uninitialised scratch memory, aligned to 64 bytes, valid until the kernel returns; a kernel may ask once. Null when
 * out of memory: the kernel must then return, and the host throws.
 */
void *workspace(size_t bytes);

#endif
