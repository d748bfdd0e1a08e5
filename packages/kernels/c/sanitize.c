/*
 * Runs recorded calls of kernels on memory of their own, every array exactly as long as it must be, so that the
 * address, undefined-behaviour and thread sanitizers see each step too far. Made and run by tools/sanitize.mjs.
 *
 * Recorded are, for each call: the kernel's number, the arrays (bytes, content), and the arguments (a number, and which
 * array it is an offset into, or -1).
 */
#include <stdio.h>
#include <stdlib.h>
#ifdef __AMX_BF16__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "kernels.c"
#include "threads.h"

static Threads *threads;
static void *scratch;

int threadCount(void) { return threadsCount(threads); }
void parallel(Task *task, const void *context, ptrdiff_t tiles) { threadsRun(threads, task, context, tiles); }
void *workspace(size_t bytes) {
  free(scratch);
  return scratch = aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static int32_t readInt(FILE *file) {
  int32_t value;
  if (fread(&value, sizeof value, 1, file) != 1) exit(0); /* the end */
  return value;
}

int main(int count, char **arguments) {
  FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
  if (!file) return 2;
#ifdef __AMX_BF16__
  if (syscall(SYS_arch_prctl, 0x1023, 18) != 0) return 2; /* as isa.c does */
#endif
  threads = threadsOpen(3);
  for (;;) {
    const Kernel *kernel = &kernelTable[readInt(file)];
    void *arrays[32];
    int arrayCount = readInt(file);
    for (int i = 0; i < arrayCount; i++) {
      size_t bytes = (size_t)readInt(file);
      arrays[i] = malloc(bytes);
      if (fread(arrays[i], 1, bytes, file) != bytes) return 2;
    }
    double values[24];
    int argumentCount = readInt(file);
    for (int i = 0; i < argumentCount; i++) {
      if (fread(&values[i], sizeof values[i], 1, file) != 1) return 2;
      int array = readInt(file);
      if (array >= 0) values[i] += (double)(uintptr_t)arrays[array]; /* 48 bits: exact */
    }
    kernel->call(NULL, values);
    for (int i = 0; i < arrayCount; i++) free(arrays[i]);
  }
}
