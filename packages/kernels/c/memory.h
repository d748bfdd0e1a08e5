/*
 * An address range that is reserved once and committed as it grows, so that it never moves.
 */
#ifndef UNROLL_MEMORY_H
#define UNROLL_MEMORY_H

#include <stddef.h>

typedef struct {
  char *base; /* null when closed */
  size_t reserved, committed;
} Region;

int regionOpen(Region *region);
/* Commits at least `bytes` bytes; returns 0 when out of memory. */
int regionGrow(Region *region, size_t bytes);
void regionClose(Region *region);

#endif
