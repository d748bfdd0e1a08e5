/*
 * Picks the best compiled instruction set that the processor and the operating system support.
 */
#define _GNU_SOURCE /* of Linux, system calls by number */
#include <stddef.h>
#include <string.h>

#include "addon.h"

typedef struct {
  const Isa *isa;
  int isThere;
} Candidate;

#if defined(__x86_64__)
#include <cpuid.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

extern const Isa kernelsSse2, kernelsAvx2, kernelsAvx512, kernelsAvx512Bf16, kernelsAmx;

enum { FMA = 1 << 12, OSXSAVE = 1 << 27 };                                               /* leaf 1, ecx */
enum { AVX2 = 1 << 5, AVX512_F_DQ = 1 << 16 | 1 << 17, AVX512_BW_VL = (int)(3u << 30) }; /* leaf 7, ebx */
enum { AVX512_BF16 = 1 << 5 };                                                           /* leaf 7.1, eax */
enum { AMX_BF16_TILE = 1 << 22 | 1 << 24 };                                              /* leaf 7, edx */
enum { YMM_STATE = 0x6, ZMM_STATE = 0xe6, TILE_STATE = 0x60000 };                        /* what the system saves */

static int hasAll(unsigned int bits, int wanted) { return ((int)bits & wanted) == wanted; }

/*
 * Whether the system lets this process use the instruction set: for the registers of AMX it has to ask Linux. From then on
 * the stacks of its signal handlers must be larger, so only who uses them asks.
 */
static int isAllowed(const Isa *isa) {
  if (isa != &kernelsAmx) return 1;
#ifdef __linux__
  enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 }; /* ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA */
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
  return 0;
#endif
}

static void findCandidates(Candidate *found) {
  unsigned int a, b, c, d, state = 0;
  int avx2 = 0, avx512 = 0, bf16 = 0, amx = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) && hasAll(c, FMA | OSXSAVE)) {
    __asm__("xgetbv" : "=a"(state), "=d"(d) : "c"(0));
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
      avx2 = hasAll(b, AVX2) && hasAll(state, YMM_STATE);
      avx512 = avx2 && hasAll(b, AVX512_F_DQ | AVX512_BW_VL) && hasAll(state, ZMM_STATE);
      amx = avx512 && hasAll(d, AMX_BF16_TILE) && hasAll(state, TILE_STATE);
    }
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) bf16 = avx512 && hasAll(a, AVX512_BF16);
  }
  found[0] = (Candidate){&kernelsAvx512, avx512};
  found[1] = (Candidate){&kernelsAvx2, avx2};
  found[2] = (Candidate){&kernelsSse2, 1};
  /* After one that is always there: taken by their names only. */
  found[3] = (Candidate){&kernelsAvx512Bf16, bf16};
  found[4] = (Candidate){&kernelsAmx, amx && bf16};
}

#else

extern const Isa kernelsNeon;

static int isAllowed(const Isa *isa) { return (void)isa, 1; }
static void findCandidates(Candidate *found) { found[0] = (Candidate){&kernelsNeon, 1}; }

#endif

const Isa *chooseIsa(const char *name) {
  Candidate found[5] = {{NULL, 0}};
  findCandidates(found);
  for (int i = 0; i < 5; i++)
    if (found[i].isThere && (!*name || strcmp(name, found[i].isa->name) == 0))
      return isAllowed(found[i].isa) ? found[i].isa : NULL;
  return NULL;
}
