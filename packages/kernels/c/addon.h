/*
 * The kernels as the addon sees them: one table an instruction set.
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

/* The best instruction set this processor has, or the one of that name; null when it has not got it. */
const Isa *chooseIsa(const char *name);

#endif
