/*
 * A region of addresses, reserved once and given memory as it grows, so that it never moves.
 */
#ifndef UNROLL_MEMORY_H
#define UNROLL_MEMORY_H

#include <stddef.h>

typedef struct {
  char *base; /* null when closed */
  size_t reserved, committed;
} Region;

int regionOpen(Region *region);
/* Makes it at least `bytes` long; 0 when the system has no more. */
int regionGrow(Region *region, size_t bytes);
void regionClose(Region *region);

#endif
