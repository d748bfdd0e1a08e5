/*
 * Softmax, and softmax cross-entropy as torch.nn.functional.cross_entropy before its reduction. A row is read from
 * memory once; later passes over it hit the cache.
 */
#include "functions.h"
#include "range.h"

/* ln x, the series of `ln` in rnn-core: x = m·2^k with m in [√½, √2), s = (m-1)/(m+1), ln m = 2·Σ s^(2j+1)/(2j+1). */
static double naturalLog(double x) {
  if (!(x > 0)) return x == 0 ? -__builtin_inf() : __builtin_nan("");
  union {
    double value;
    uint64_t bits;
  } u = {x};
  int k = (int)(u.bits >> 52) - 1023;
  if (k > 1023) return x;
  u.bits = (u.bits & 0xfffffffffffffull) | 0x3ff0000000000000ull;
  double m = u.value;
  if (m > 1.4142135623730951) m /= 2, k++;
  double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
  for (int j = 10; j >= 0; j--) sum = sum * s2 + 1.0 / (2 * j + 1);
  return k * 6.93147180369123816490e-1 + (2 * s * sum + k * 1.90821492927058770002e-10);
}

/* The largest of N numbers, NaN left aside; 0 where all are -∞, so that e^(x - largest) is 0 there and not NaN. */
static float maxOf(const float *x, Size N) {
  const float lowest = -__builtin_inff();
  vec top = splat(lowest);
  for (Size i = 0, n = N; n > 0; i += LANES, n -= LANES) top = maxv(top, loadPadded(x + i, n, lowest));
  float largest = lowest;
  for (int lane = 0; lane < LANES; lane++) largest = top[lane] > largest ? top[lane] : largest;
  return largest == lowest ? 0 : largest;
}

#define RUN (64 * LANES) /* a partial sum in float32 runs over 64 terms, the sum of those in float64 */

/* Σ e^(x - shift); where y is not null, it gets the terms. */
static double sumOfExponentials(float *y, const float *x, float shift, Size N) {
  double sum = 0;
  for (Size from = 0; from < N; from += RUN) {
    vec part = {0};
    for (Size i = from, n = min(from + RUN, N) - i; n > 0; i += LANES, n -= LANES) {
      vec e = expv(loadPadded(x + i, n, -__builtin_inff()) - shift);
      if (y) storePartial(y + i, e, n);
      part += e;
    }
    sum += sumLanes(part);
  }
  return sum;
}

typedef struct {
  float *y;
  const float *a, *b;
  Size cols;
  int beta;
} Softmax;

static void softmaxForwardEachRow(const void *context, Size from, Size to) {
  const Softmax *s = context;
  for (Size r = from; r < to; r++) {
    float *y = s->y + r * s->cols;
    const float *x = s->a + r * s->cols;
    float inverse = (float)(1 / sumOfExponentials(y, x, maxOf(x, s->cols), s->cols));
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES)
      storePartial(y + c, loadPartial(y + c, n) * inverse, n);
  }
}

/* y[r, :] = softmax(x[r, :]); x, y: [rows, cols]. */
void softmaxForward(float *y, const float *x, Size rows, Size cols) {
  Softmax s = {y, x, 0, cols, 0};
  overRows(softmaxForwardEachRow, &s, rows, 4 * cols);
}

static void softmaxBackwardEachRow(const void *context, Size from, Size to) {
  const Softmax *s = context;
  for (Size r = from; r < to; r++) {
    float *dx = s->y + r * s->cols;
    const float *dy = s->a + r * s->cols, *y = s->b + r * s->cols;
    vec sum = {0};
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES)
      sum = madd(loadPartial(dy + c, n), loadPartial(y + c, n), sum);
    float inner = sumLanes(sum);
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES) {
      vec d = loadPartial(y + c, n) * (loadPartial(dy + c, n) - inner);
      storeBeta(dx + c, d, n, s->beta);
    }
  }
}

/* dx[r, :] = y[r, :]∘(dy[r, :] - Σ_c dy[r, c]·y[r, c]) + beta·dx */
void softmaxBackward(float *dx, const float *dy, const float *y, Size rows, Size cols, int beta) {
  Softmax s = {dx, dy, y, cols, beta};
  overRows(softmaxBackwardEachRow, &s, rows, 2 * cols);
}

static void logSoftmaxForwardEachRow(const void *context, Size from, Size to) {
  const Softmax *s = context;
  for (Size r = from; r < to; r++) {
    float *y = s->y + r * s->cols;
    const float *x = s->a + r * s->cols;
    float largest = maxOf(x, s->cols), rest = (float)naturalLog(sumOfExponentials(0, x, largest, s->cols));
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES)
      storePartial(y + c, loadPartial(x + c, n) - largest - rest, n);
  }
}

/* y[r, :] = x[r, :] - ln Σ_c e^x[r, c]; x, y: [rows, cols]. */
void logSoftmaxForward(float *y, const float *x, Size rows, Size cols) {
  Softmax s = {y, x, 0, cols, 0};
  overRows(logSoftmaxForwardEachRow, &s, rows, 4 * cols);
}

static void logSoftmaxBackwardEachRow(const void *context, Size from, Size to) {
  const Softmax *s = context;
  for (Size r = from; r < to; r++) {
    float *dx = s->y + r * s->cols;
    const float *dy = s->a + r * s->cols, *y = s->b + r * s->cols;
    vec sum = {0};
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES) sum += loadPartial(dy + c, n);
    float inner = sumLanes(sum);
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES)
      storeBeta(dx + c, loadPartial(dy + c, n) - expv(loadPartial(y + c, n)) * inner, n, s->beta);
  }
}

/* dx[r, :] = dy[r, :] - e^y[r, :]·Σ_c dy[r, c] + beta·dx */
void logSoftmaxBackward(float *dx, const float *dy, const float *y, Size rows, Size cols, int beta) {
  Softmax s = {dx, dy, y, cols, beta};
  overRows(logSoftmaxBackwardEachRow, &s, rows, 4 * cols);
}

typedef struct {
  float *losses, *lse, *dlogits;
  const float *dloss, *logits, *weights;
  const int32_t *targets;
  Size V;
  int32_t ignore;
  int ldLoss;
  double smoothing, scale, sumOfWeights;
  int beta;
} CrossEntropy;

static void crossEntropyForwardEachRow(const void *context, Size from, Size to) {
  const CrossEntropy *s = context;
  for (Size r = from; r < to; r++) {
    const float *x = s->logits + r * s->V;
    float largest = maxOf(x, s->V);
    double lse = largest + naturalLog(sumOfExponentials(0, x, largest, s->V));
    s->lse[r] = (float)lse;
    int32_t y = s->targets[r];
    if (y == s->ignore) {
      s->losses[r] = 0;
      continue;
    }
    double loss = (1 - s->smoothing) * (s->weights ? s->weights[y] : 1) * (lse - x[y]);
    if (s->smoothing > 0) {
      vec sum = {0};
      for (Size c = 0, n = s->V; n > 0; c += LANES, n -= LANES) {
        vec gap = splat((float)lse) - loadPadded(x + c, n, (float)lse);
        sum += s->weights ? loadPartial(s->weights + c, n) * gap : gap;
      }
      loss += s->smoothing / (double)s->V * sumLanes(sum);
    }
    s->losses[r] = (float)loss;
  }
}

/* loss[r] = (1-s)·w[y]·(lse[r] - x[r, y]) + s/V·Σ_c w[c]·(lse[r] - x[r, c]), and 0 where y = ignore */
void crossEntropyForward(float *losses, float *lse, const float *logits, const int32_t *targets, const float *weights,
    Size rows, Size V, int ignore, double smoothing) {
  CrossEntropy s = {.losses = losses,
      .lse = lse,
      .logits = logits,
      .targets = targets,
      .weights = weights,
      .V = V,
      .ignore = ignore,
      .smoothing = smoothing};
  overRows(crossEntropyForwardEachRow, &s, rows, 4 * V);
}

static void crossEntropyBackwardEachRow(const void *context, Size from, Size to) {
  const CrossEntropy *s = context;
  double even = s->smoothing / (double)s->V;
  for (Size r = from; r < to; r++) {
    float *dx = s->dlogits + r * s->V;
    const float *x = s->logits + r * s->V;
    int32_t y = s->targets[r];
    if (y == s->ignore) {
      if (!s->beta)
        for (Size c = 0, n = s->V; n > 0; c += LANES, n -= LANES) storePartial(dx + c, (vec){0}, n);
      continue;
    }
    float upstream = (float)(s->scale * s->dloss[r * s->ldLoss]);
    double weight = (1 - s->smoothing) * (s->weights ? s->weights[y] : 1);
    float mass = (float)(weight + even * s->sumOfWeights), lse = s->lse[r];
    for (Size c = 0, n = s->V; n > 0; c += LANES, n -= LANES) {
      vec d = expv(loadPartial(x + c, n) - lse) * mass;
      if (even > 0) d -= s->weights ? loadPartial(s->weights + c, n) * (float)even : splat((float)even);
      if (y >= c && y < c + LANES) d[y - c] -= (float)weight;
      d *= upstream;
      storeBeta(dx + c, d, n, s->beta);
    }
  }
}

/*
 * dlogits[r, c] = scale·dloss[r·ldLoss]·∂loss[r]/∂x[r, c] + beta·dlogits. `ldLoss` 1: a gradient for each row; 0: one
 * for all. dlogits may be logits itself when beta is 0.
 */
void crossEntropyBackward(float *dlogits, const float *dloss, int ldLoss, const float *logits, const float *lse,
    const int32_t *targets, const float *weights, Size rows, Size V, int ignore, double smoothing, double scale,
    int beta) {
  CrossEntropy s = {.lse = (float *)lse,
      .dlogits = dlogits,
      .dloss = dloss,
      .ldLoss = ldLoss,
      .logits = logits,
      .weights = weights,
      .targets = targets,
      .V = V,
      .ignore = ignore,
      .smoothing = smoothing,
      .scale = scale,
      .sumOfWeights = (double)V,
      .beta = beta};
  if (weights && smoothing > 0) {
    s.sumOfWeights = 0;
    for (Size c = 0; c < V; c++) s.sumOfWeights += weights[c];
  }
  overRows(crossEntropyBackwardEachRow, &s, rows, 4 * V);
}
