/*
 * Picks the best compiled instruction set that the processor and the operating system support.
 */
#include <stddef.h>
#include <string.h>

#include "addon.h"

typedef struct {
  const Isa *isa;
  int isThere;
} Candidate;

#if defined(__x86_64__)
#include <cpuid.h>

extern const Isa kernelsSse2, kernelsAvx2, kernelsAvx512, kernelsAvx512Bf16;

enum { FMA = 1 << 12, OSXSAVE = 1 << 27 };                                               /* leaf 1, ecx */
enum { AVX2 = 1 << 5, AVX512_F_DQ = 1 << 16 | 1 << 17, AVX512_BW_VL = (int)(3u << 30) }; /* leaf 7, ebx */
enum { AVX512_BF16 = 1 << 5 };                                                           /* leaf 7.1, eax */
enum { YMM_STATE = 0x6, ZMM_STATE = 0xe6 };                                              /* what the system saves */

static int hasAll(unsigned int bits, int wanted) { return ((int)bits & wanted) == wanted; }

static void findCandidates(Candidate *found) {
  unsigned int a, b, c, d, state = 0;
  int avx2 = 0, avx512 = 0, bf16 = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) && hasAll(c, FMA | OSXSAVE)) {
    __asm__("xgetbv" : "=a"(state), "=d"(d) : "c"(0));
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
      avx2 = hasAll(b, AVX2) && hasAll(state, YMM_STATE);
      avx512 = avx2 && hasAll(b, AVX512_F_DQ | AVX512_BW_VL) && hasAll(state, ZMM_STATE);
    }
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) bf16 = avx512 && hasAll(a, AVX512_BF16);
  }
  found[0] = (Candidate){&kernelsAvx512, avx512};
  found[1] = (Candidate){&kernelsAvx2, avx2};
  found[2] = (Candidate){&kernelsSse2, 1};
  found[3] = (Candidate){&kernelsAvx512Bf16, bf16}; /* after one that is always there: taken by its name only */
}

#else

extern const Isa kernelsNeon;

static void findCandidates(Candidate *found) { found[0] = (Candidate){&kernelsNeon, 1}; }

#endif

const Isa *chooseIsa(const char *name) {
  Candidate found[4] = {{NULL, 0}};
  findCandidates(found);
  for (int i = 0; i < 4; i++)
    if (found[i].isThere && (!*name || strcmp(name, found[i].isa->name) == 0)) return found[i].isa;
  return NULL;
}
