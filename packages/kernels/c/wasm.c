/*
 * The host in WebAssembly: the pool's workers are other instances of this module over the same memory, and scratch
 * comes from the heap that JavaScript keeps in it.
 */
#include "pool.h"

#define EXPORT(name) __attribute__((export_name(#name)))

__attribute__((import_module("host"), import_name("workspace"))) extern void *hostWorkspace(size_t bytes);

static Pool pool = {.threads = 1};

int threadCount(void) { return pool.threads; }

void parallel(Task *task, const void *context, ptrdiff_t tiles) {
  if (pool.threads > 1 && tiles > 1) {
    poolRun(&pool, task, context, tiles);
    return;
  }
  for (ptrdiff_t tile = 0; tile < tiles; tile++) task(context, tile);
}

void *workspace(size_t bytes) { return hostWorkspace(bytes); }

/* Called once all workers are in `poolWorker`, or soon will be. */
EXPORT(poolThreads) void poolThreads(int threads) { pool.threads = threads; }
EXPORT(poolWorker) void poolWorker(int index) { poolWork(&pool, index); }
EXPORT(poolClose) void poolClose(void) {
  pool.threads = 1;
  atomic_store(&pool.closing, 1);
  atomic_fetch_add(&pool.gate, 1u << 9); /* a sleeper that looked before `closing` was set wakes by the change */
  __builtin_wasm_memory_atomic_notify((int *)&pool.gate, MAX_THREADS);
}
