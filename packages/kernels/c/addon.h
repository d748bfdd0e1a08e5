/*
 * The addon's view of the kernels: one table per instruction set.
 */
#ifndef UNROLL_ADDON_H
#define UNROLL_ADDON_H

typedef struct {
  const char *name;
  int arguments, returnsNumber;
  double (*call)(char *heap, const double *arguments);
} Kernel;

typedef struct {
  const char *name;
  const Kernel *kernels;
  int count;
} Isa;

/* The best instruction set of this processor, or the named one; null when it is not supported. Those with bf16 products
 * are only taken by their names. */
const Isa *chooseIsa(const char *name);

#endif
