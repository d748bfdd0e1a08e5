/*
 * Dropout masks from Philox4x32 with ten rounds (Salmon, Moraes, Dror, Shaw 2011), LANES blocks at a time.
 */
#include "range.h"

typedef struct {
  float *y;
  Size N;
  uint64_t threshold; /* keep·2³²: words below it are kept */
  float kept;         /* 1 / keep */
  uint32_t key0, key1;
} Dropout;

/* The upper 32 bits of constant·x. */
INLINE uvec multiplyHigh(uint32_t constant, uvec x) {
  uvec high;
  for (int lane = 0; lane < LANES; lane++) high[lane] = (uint32_t)((uint64_t)constant * x[lane] >> 32);
  return high;
}

static void dropoutMaskBlocks(const void *context, Size from, Size to) {
  const Dropout *s = context;
  for (Size block = from; block < to; block += LANES) {
    uvec c[4] = {{0}, {0}, {0}, {0}};
    for (int lane = 0; lane < LANES; lane++) c[0][lane] = (uint32_t)(block + lane);
    uint32_t k0 = s->key0, k1 = s->key1;
    for (int round = 0; round < 10; round++) {
      uvec high0 = multiplyHigh(0xd2511f53u, c[0]), low0 = c[0] * 0xd2511f53u;
      uvec high1 = multiplyHigh(0xcd9e8d57u, c[2]), low1 = c[2] * 0xcd9e8d57u;
      c[0] = high1 ^ c[1] ^ k0;
      c[1] = low1;
      c[2] = high0 ^ c[3] ^ k1;
      c[3] = low0;
      k0 += 0x9e3779b9u;
      k1 += 0xbb67ae85u;
    }
    for (Size i = 4 * block; i < min(4 * min(block + LANES, to), s->N); i++)
      s->y[i] = c[i & 3][i / 4 - block] < s->threshold ? s->kept : 0;
  }
}

/* y[i] = u < keep ? 1/keep : 0, with u the word i mod 4 of block i div 4 under the key (key0, key1), divided by 2³². */
void dropoutMask(float *y, Size N, double keep, uint32_t key0, uint32_t key1) {
  Dropout s = {y, N, 0, (float)(1 / keep), key0, key1};
  double threshold = keep * 4294967296.0;
  s.threshold =
      (uint64_t)threshold + (threshold > (double)(uint64_t)threshold); /* word < threshold, a fraction of a word too */
  overRange(dropoutMaskBlocks, &s, ceilDiv(N, 4), 32);
}
