/*
 * y = W·x + bias for one vector x, with W packed in advance. Sampling reads every weight once per character, so its
 * speed is that of memory.
 *
 * A panel is [K, OUTPUTS], padded with zeros, the same on every host. Its sums take eight registers: where a panel
 * needs fewer, there are CHAINS partial sums per output, each over every CHAINS-th k, so that no addition waits for
 * another.
 */
#include "host.h"
#include "vector.h"

#define OUTPUTS 32 /* PANEL_OUTPUTS in rnn-core's backend.ts, which packs */
#define PARTS (OUTPUTS / LANES)
#define CHAINS (8 / PARTS)

typedef int8_t bytes __attribute__((vector_size(LANES)));
typedef int8_t bytesAnywhere __attribute__((vector_size(LANES), aligned(1), may_alias));

typedef struct {
  float *y;
  const float *x;
  const void *w;
  const float *scales, *bias; /* scales: null when the weights are floats */
  Size N, K;
} PackedProduct;

INLINE vec packedWeights(const PackedProduct *p, Size at, int isInt8) {
  if (!isInt8) return load((const float *)p->w + at);
  bytes w = *(const bytesAnywhere *)((const int8_t *)p->w + at);
  return __builtin_convertvector(w, vec);
}

INLINE void packedPanel(const PackedProduct *p, Size panel, int isInt8) {
  vec sums[CHAINS][PARTS] = {0};
  Size at = panel * OUTPUTS * p->K, k = 0;
  for (; k + CHAINS <= p->K; k += CHAINS)
    for (int chain = 0; chain < CHAINS; chain++, at += OUTPUTS) {
      vec x = splat(p->x[k + chain]);
      for (int part = 0; part < PARTS; part++)
        sums[chain][part] = madd(x, packedWeights(p, at + part * LANES, isInt8), sums[chain][part]);
    }
  for (; k < p->K; k++, at += OUTPUTS)
    for (int part = 0; part < PARTS; part++)
      sums[0][part] = madd(splat(p->x[k]), packedWeights(p, at + part * LANES, isInt8), sums[0][part]);

  for (int part = 0; part < PARTS; part++) {
    Size j = panel * OUTPUTS + part * LANES, n = p->N - j;
    if (n <= 0) break;
    vec sum = sums[0][part];
    for (int chain = 1; chain < CHAINS; chain++) sum += sums[chain][part];
    if (isInt8) sum *= loadPartial(p->scales + j, n);
    storePartial(p->y + j, sum + loadPartial(p->bias + j, n), n);
  }
}

static void packedFloats(const void *context, Size panel) { packedPanel(context, panel, 0); }
static void packedBytes(const void *context, Size panel) { packedPanel(context, panel, 1); }

static void overPanels(Task *task, const PackedProduct *p) {
  Size panels = ceilDiv(p->N, OUTPUTS);
  /* To read what the L2 cache holds, another thread comes too late. */
  if (p->N * p->K > L2_FLOATS) parallel(task, p, panels);
  else
    for (Size panel = 0; panel < panels; panel++) task(p, panel);
}

/* w: [⌈N/32⌉, K, 32]; bias: [N]. */
void packedProduct(float *y, const float *x, const float *w, const float *bias, Size N, Size K) {
  PackedProduct p = {y, x, w, 0, bias, N, K};
  overPanels(packedFloats, &p);
}

/* The same with w in int8, y[n] = scales[n]·Σ_k w[n, k]·x[k] + bias[n]. */
void packedProductInt8(
    float *y, const float *x, const int8_t *w, const float *scales, const float *bias, Size N, Size K) {
  PackedProduct p = {y, x, w, scales, bias, N, K};
  overPanels(packedBytes, &p);
}
