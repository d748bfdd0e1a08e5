/*
 * Dropout masks from Philox4x32 with ten rounds (Salmon, Moraes, Dror, Shaw 2011), LANES blocks at a time.
 */
#include "range.h"

typedef uint64_t u64vec __attribute__((vector_size(4 * LANES)));

typedef struct {
  float *y;
  Size N;
  uint32_t last; /* the largest word that is kept */
  float kept;    /* 1 / keep */
  uint32_t key0, key1;
} Dropout;

typedef struct {
  uvec high, low;
} Words;

/* Upper and lower 32 bits of constant·x: a 64-bit product for the lanes of even index, and one for the odd ones. */
INLINE Words multiplied(uint32_t constant, uvec x) {
  const uint64_t lower = 0xffffffff;
  u64vec even = ((u64vec)x & lower) * constant, odd = ((u64vec)x >> 32) * constant;
  return (Words){(uvec)(even >> 32 | (odd & ~lower)), (uvec)((even & lower) | odd << 32)};
}

INLINE vec mask(const Dropout *s, uvec words) {
  return choose((ivec)(words <= s->last), splat(s->kept), splat(0));
}

static void dropoutMaskBlocks(const void *context, Size from, Size to) {
  const Dropout *s = context;
  Size end = min(4 * to, s->N);
  uvec lanes;
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = (uint32_t)lane;
  for (Size block = from; block < to; block += LANES) {
    uvec c0 = lanes + (uint32_t)block, c1 = {0}, c2 = {0}, c3 = {0};
    uint32_t k0 = s->key0, k1 = s->key1;
    for (int round = 0; round < 10; round++) {
      Words a = multiplied(0xd2511f53u, c0), b = multiplied(0xcd9e8d57u, c2);
      c0 = b.high ^ c1 ^ k0;
      c1 = b.low;
      c2 = a.high ^ c3 ^ k1;
      c3 = a.low;
      k0 += 0x9e3779b9u;
      k1 += 0xbb67ae85u;
    }
    /* The four words of a block are neighbours in y. */
    uvec even[2] = {__builtin_shufflevector(c0, c2, LOW_HALVES), __builtin_shufflevector(c0, c2, HIGH_HALVES)};
    uvec odd[2] = {__builtin_shufflevector(c1, c3, LOW_HALVES), __builtin_shufflevector(c1, c3, HIGH_HALVES)};
    for (int half = 0; half < 2; half++) {
      Size i = 4 * block + 2 * half * LANES;
      storePartial(s->y + i, mask(s, __builtin_shufflevector(even[half], odd[half], LOW_HALVES)), end - i);
      i += LANES;
      storePartial(s->y + i, mask(s, __builtin_shufflevector(even[half], odd[half], HIGH_HALVES)), end - i);
    }
  }
}

/* y[i] = u < keep ? 1/keep : 0, with u the word i mod 4 of block i div 4 under the key (key0, key1), divided by 2³². */
void dropoutMask(float *y, Size N, double keep, uint32_t key0, uint32_t key1) {
  Dropout s = {y, N, 0, (float)(1 / keep), key0, key1};
  double threshold = keep * 4294967296.0; /* word < threshold, a fraction of a word too */
  uint64_t below = (uint64_t)threshold;
  s.last = (uint32_t)(threshold > (double)below ? below : below - 1);
  overRange(dropoutMaskBlocks, &s, ceilDiv(N, 4), 32);
}
