/*
 * Optimizer updates in one pass over parameters, gradients and moments; `gradScale` applies gradient clipping.
 */
#include "range.h"

#define SUM_BLOCK 16384

typedef struct {
  const float *x;
  Size N;
  double *parts;
} Squares;

static void sumOfSquaresBlock(const void *context, Size block) {
  const Squares *s = context;
  typedef double pair __attribute__((vector_size(8 * LANES)));
  pair sum[2] = {{0}, {0}};
  for (Size i = block * SUM_BLOCK, n = min((block + 1) * SUM_BLOCK, s->N) - i; n > 0; i += LANES, n -= LANES) {
    vec v = loadPartial(s->x + i, n);
    pair wide = __builtin_convertvector(v, pair);
    sum[i / LANES & 1] += wide * wide;
  }
  sum[0] += sum[1];
  double part = 0;
  for (int lane = 0; lane < LANES; lane++) part += sum[0][lane];
  s->parts[block] = part;
}

/* Σ x[i]², accumulated in float64: blocks of SUM_BLOCK first, then over the blocks in order. */
double sumOfSquares(const float *x, Size N) {
  Size blocks = ceilDiv(N, SUM_BLOCK);
  Squares s = {x, N, workspace((size_t)(blocks + 1) * sizeof(double))};
  if (!s.parts) return 0;
  parallelOver(sumOfSquaresBlock, &s, blocks, SUM_BLOCK);
  double sum = 0;
  for (Size block = 0; block < blocks; block++) sum += s.parts[block];
  return sum;
}

/* The first i at which x[i] is NaN or infinite, or -1. */
double firstNonFinite(const float *x, Size N) {
  for (Size from = 0; from < N; from += 64 * LANES) {
    Size to = min(from + 64 * LANES, N);
    vec sum = {0};
    for (Size i = from, n = to - i; n > 0; i += LANES, n -= LANES)
      sum += loadPartial(x + i, n) * 0; /* 0·∞ and 0·NaN are NaN */
    float all = sumLanes(sum);
    if (all == all) continue;
    for (Size i = from; i < to; i++)
      if (x[i] - x[i] != 0) return (double)i;
  }
  return -1;
}

typedef struct {
  float *p, *m, *v;
  const float *g;
  float rate, momentum, alpha, eps, decay, gradScale, beta1, beta2, rest1, rest2, shrink, inverse1, inverse2;
  int nesterov;
} Optimizer;

static void sgdRange(const void *context, Size from, Size to) {
  const Optimizer *s = context;
  for (Size i = from, n = to - i; n > 0; i += LANES, n -= LANES) {
    vec p = loadPartial(s->p + i, n), step = madd(p, splat(s->decay), loadPartial(s->g + i, n) * s->gradScale);
    if (s->m) {
      vec velocity = madd(loadPartial(s->m + i, n), splat(s->momentum), step);
      storePartial(s->m + i, velocity, n);
      step = s->nesterov ? madd(velocity, splat(s->momentum), step) : velocity;
    }
    storePartial(s->p + i, madd(step, splat(-s->rate), p), n);
  }
}

/* torch.optim.SGD on g·gradScale: momentum buffer m (null without momentum), `decay` the L2 penalty. */
void sgd(float *p, const float *g, float *m, Size N, double learningRate, double momentum, int nesterov, double decay,
    double gradScale) {
  Optimizer s = {.p = p,
      .m = m,
      .g = g,
      .rate = (float)learningRate,
      .momentum = (float)momentum,
      .nesterov = nesterov,
      .decay = (float)decay,
      .gradScale = (float)gradScale};
  overRange(sgdRange, &s, N, 2);
}

static void rmspropRange(const void *context, Size from, Size to) {
  const Optimizer *s = context;
  for (Size i = from, n = to - i; n > 0; i += LANES, n -= LANES) {
    vec p = loadPartial(s->p + i, n), grad = madd(p, splat(s->decay), loadPartial(s->g + i, n) * s->gradScale);
    vec square = madd(grad * grad, splat(s->rest1), loadPartial(s->v + i, n) * s->alpha);
    storePartial(s->v + i, square, n);
    vec step = grad / (sqrtv(square) + s->eps);
    if (s->m) {
      step = madd(loadPartial(s->m + i, n), splat(s->momentum), step);
      storePartial(s->m + i, step, n);
    }
    storePartial(s->p + i, madd(step, splat(-s->rate), p), n);
  }
}

/* torch.optim.RMSprop on g·gradScale: v the running mean of squares, m the momentum buffer (null without). */
void rmsprop(float *p, const float *g, float *v, float *m, Size N, double learningRate, double alpha, double eps,
    double momentum, double decay, double gradScale) {
  Optimizer s = {.p = p,
      .m = m,
      .v = v,
      .g = g,
      .rate = (float)learningRate,
      .alpha = (float)alpha,
      .rest1 = (float)(1 - alpha),
      .eps = (float)eps,
      .momentum = (float)momentum,
      .decay = (float)decay,
      .gradScale = (float)gradScale};
  overRange(rmspropRange, &s, N, 4);
}

static void adamRange(const void *context, Size from, Size to) {
  const Optimizer *s = context;
  for (Size i = from, n = to - i; n > 0; i += LANES, n -= LANES) {
    vec p = loadPartial(s->p + i, n), grad = madd(p, splat(s->decay), loadPartial(s->g + i, n) * s->gradScale);
    vec mean = madd(grad, splat(s->rest1), loadPartial(s->m + i, n) * s->beta1);
    vec square = madd(grad * grad, splat(s->rest2), loadPartial(s->v + i, n) * s->beta2);
    storePartial(s->m + i, mean, n);
    storePartial(s->v + i, square, n);
    vec step = mean * s->inverse1 / (sqrtv(square * s->inverse2) + s->eps);
    storePartial(s->p + i, madd(step, splat(-s->rate), p * s->shrink), n);
  }
}

/*
 * torch.optim.Adam (decoupled 0) or AdamW (decoupled 1) on g·gradScale; `correction1` = 1 - beta1^t,
 * `correction2` = 1 - beta2^t.
 */
void adam(float *p, const float *g, float *m, float *v, Size N, double learningRate, double beta1, double beta2,
    double eps, double decay, int decoupled, double correction1, double correction2, double gradScale) {
  Optimizer s = {.p = p,
      .m = m,
      .v = v,
      .g = g,
      .rate = (float)learningRate,
      .beta1 = (float)beta1,
      .beta2 = (float)beta2,
      .rest1 = (float)(1 - beta1),
      .rest2 = (float)(1 - beta2),
      .eps = (float)eps,
      .decay = decoupled ? 0 : (float)decay,
      .shrink = decoupled ? (float)(1 - learningRate * decay) : 1,
      .inverse1 = (float)(1 / correction1),
      .inverse2 = (float)(1 / correction2),
      .gradScale = (float)gradScale};
  overRange(adamRange, &s, N, 6);
}
