/*
 * Layer norm over the last axis: y = gamma∘x̂ + shift with x̂ = (x - mean)·rstd.
 */
#include "range.h"

typedef struct {
  float *y, *mean, *rstd;
  const float *x, *dy, *gamma, *shift;
  Size rows, cols;
  float epsilon;
  int beta;
} LayerNorm;

static void layerNormForwardEachRow(const void *context, Size from, Size to) {
  const LayerNorm *s = context;
  float cols = (float)s->cols;
  for (Size r = from; r < to; r++) {
    const float *x = s->x + r * s->cols;
    vec sum = {0}, squares = {0};
    for (EACH(c, n, 0, s->cols)) sum += loadSome(x + c, n);
    float mean = total(sum) / cols;
    for (EACH(c, n, 0, s->cols)) {
      vec centred = loadElse(x + c, n, mean) - mean;
      squares = madd(centred, centred, squares);
    }
    float rstd = 1 / squareRoot(splat(total(squares) / cols + s->epsilon))[0];
    s->mean[r] = mean;
    s->rstd[r] = rstd;
    for (EACH(c, n, 0, s->cols)) {
      vec hat = (loadSome(x + c, n) - mean) * rstd;
      storeSome(s->y + r * s->cols + c, madd(loadSome(s->gamma + c, n), hat, loadSome(s->shift + c, n)), n);
    }
  }
}

/* x, y: [rows, cols]; mean, rstd: [rows]; gamma, shift: [cols]. */
void layerNormForward(float *y, float *mean, float *rstd, const float *x, const float *gamma, const float *shift, Size rows, Size cols, double epsilon) {
  LayerNorm s = {.y = y, .mean = mean, .rstd = rstd, .x = x, .gamma = gamma, .shift = shift, .rows = rows, .cols = cols, .epsilon = (float)epsilon};
  overRows(layerNormForwardEachRow, &s, rows, 4 * cols);
}

static void layerNormBackwardEachRow(const void *context, Size from, Size to) {
  const LayerNorm *s = context;
  float cols = (float)s->cols;
  for (Size r = from; r < to; r++) {
    float mean = s->mean[r], rstd = s->rstd[r], *dx = s->y + r * s->cols;
    const float *x = s->x + r * s->cols, *dy = s->dy + r * s->cols;
    vec sum = {0}, sumHat = {0};
    for (EACH(c, n, 0, s->cols)) {
      vec g = loadSome(dy + c, n) * loadSome(s->gamma + c, n);
      sum += g;
      sumHat = madd(g, (loadElse(x + c, n, mean) - mean) * rstd, sumHat);
    }
    float average = total(sum) / cols, averageHat = total(sumHat) / cols;
    for (EACH(c, n, 0, s->cols)) {
      vec g = loadSome(dy + c, n) * loadSome(s->gamma + c, n), hat = (loadSome(x + c, n) - mean) * rstd;
      vec d = rstd * (g - madd(hat, splat(averageHat), splat(average)));
      put(dx + c, d, n, s->beta);
    }
  }
}

/* dx = rstd·(g - mean(g) - x̂·mean(g∘x̂)) + beta·dx, with g = dy∘gamma and means over the row */
void layerNormBackward(float *dx, const float *dy, const float *x, const float *mean, const float *rstd, const float *gamma, Size rows, Size cols, int beta) {
  LayerNorm s = {.y = dx, .dy = dy, .x = x, .mean = (float *)mean, .rstd = (float *)rstd, .gamma = gamma, .rows = rows, .cols = cols, .beta = beta};
  overRows(layerNormBackwardEachRow, &s, rows, 4 * cols);
}

static void layerNormBackwardGammaRange(const void *context, Size from, Size to) {
  const LayerNorm *s = context;
  for (EACH(c, n, from, to)) {
    vec sum = {0};
    for (Size r = 0; r < s->rows; r++) {
      vec hat = (loadSome(s->x + r * s->cols + c, n) - s->mean[r]) * s->rstd[r];
      sum = madd(loadSome(s->dy + r * s->cols + c, n), hat, sum);
    }
    put(s->y + c, sum, n, s->beta);
  }
}

/* dgamma[c] = Σ_r dy[r, c]·(x[r, c] - mean[r])·rstd[r] + beta·dgamma[c]. */
void layerNormBackwardGamma(float *dgamma, const float *dy, const float *x, const float *mean, const float *rstd, Size rows, Size cols, int beta) {
  LayerNorm s = {.y = dgamma, .dy = dy, .x = x, .mean = (float *)mean, .rstd = (float *)rstd, .rows = rows, .cols = cols, .beta = beta};
  overRange(layerNormBackwardGammaRange, &s, cols, 2 * rows);
}
