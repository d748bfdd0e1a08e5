#define _DEFAULT_SOURCE /* madvise */
#include "memory.h"

#define LARGEST ((size_t)1 << 36) /* 64 GiB of addresses; less where the system gives no more */
#define SMALLEST ((size_t)1 << 28)
#define STEP ((size_t)1 << 21) /* a huge page: walking down a matrix then costs no walk through page tables */

#ifdef _WIN32
#include <windows.h>
static char *reserve(size_t bytes) { return VirtualAlloc(NULL, bytes, MEM_RESERVE, PAGE_NOACCESS); }
static int commit(char *base, size_t from, size_t to) {
  return VirtualAlloc(base + from, to - from, MEM_COMMIT, PAGE_READWRITE) != NULL;
}
static void release(char *base, size_t bytes) { (void)bytes, VirtualFree(base, 0, MEM_RELEASE); }
#else
#include <sys/mman.h>
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
static char *reserve(size_t bytes) {
  char *found = mmap(NULL, bytes + STEP, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED) return NULL;
  size_t before = -(size_t)found % STEP;
  if (before) munmap(found, before);
  munmap(found + before + bytes, STEP - before);
#ifdef MADV_HUGEPAGE
  madvise(found + before, bytes, MADV_HUGEPAGE); /* a system without huge pages says no, and all is as before */
#endif
  return found + before;
}
static int commit(char *base, size_t from, size_t to) {
  return mprotect(base + from, to - from, PROT_READ | PROT_WRITE) == 0;
}
static void release(char *base, size_t bytes) { munmap(base, bytes); }
#endif

int regionOpen(Region *region) {
  *region = (Region){0};
  for (size_t bytes = LARGEST; bytes >= SMALLEST && !region->base; bytes /= 2) {
    region->base = reserve(bytes);
    region->reserved = bytes;
  }
  return region->base != NULL;
}

int regionGrow(Region *region, size_t bytes) {
  if (bytes <= region->committed) return 1;
  if (bytes > region->reserved) return 0;
  /* By half again, so that growing is rare; a page nobody touches costs nothing. */
  size_t wanted = region->committed + region->committed / 2;
  if (wanted < bytes) wanted = bytes;
  wanted = (wanted + STEP - 1) / STEP * STEP;
  if (wanted > region->reserved) wanted = region->reserved;
  if (!commit(region->base, region->committed, wanted)) return 0;
  region->committed = wanted;
  return 1;
}

void regionClose(Region *region) {
  if (region->base) release(region->base, region->reserved);
  *region = (Region){0};
}
