/*
 * Layer norm over the last axis: y = weight∘x̂ + bias with x̂ = (x - mean)·rstd.
 */
#include "range.h"

typedef struct {
  float *y, *mean, *rstd;
  const float *x, *dy, *weight, *bias;
  Size rows, cols;
  float eps;
  int beta;
} LayerNorm;

static void layerNormForwardEachRow(const void *context, Size from, Size to) {
  const LayerNorm *s = context;
  float cols = (float)s->cols;
  for (Size r = from; r < to; r++) {
    const float *x = s->x + r * s->cols;
    vec sum = {0}, squares = {0};
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES) sum += loadPartial(x + c, n);
    float mean = sumLanes(sum) / cols;
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES) {
      vec centred = loadPadded(x + c, n, mean) - mean;
      squares = madd(centred, centred, squares);
    }
    float rstd = 1 / sqrtv(splat(sumLanes(squares) / cols + s->eps))[0];
    s->mean[r] = mean;
    s->rstd[r] = rstd;
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES) {
      vec hat = (loadPartial(x + c, n) - mean) * rstd;
      storePartial(s->y + r * s->cols + c, madd(loadPartial(s->weight + c, n), hat, loadPartial(s->bias + c, n)), n);
    }
  }
}

/* x, y: [rows, cols]; mean, rstd: [rows]; weight, bias: [cols]. */
void layerNormForward(float *y, float *mean, float *rstd, const float *x, const float *weight, const float *bias,
    Size rows, Size cols, double eps) {
  LayerNorm s = {.y = y,
      .mean = mean,
      .rstd = rstd,
      .x = x,
      .weight = weight,
      .bias = bias,
      .rows = rows,
      .cols = cols,
      .eps = (float)eps};
  overRows(layerNormForwardEachRow, &s, rows, 4 * cols);
}

static void layerNormBackwardEachRow(const void *context, Size from, Size to) {
  const LayerNorm *s = context;
  float cols = (float)s->cols;
  for (Size r = from; r < to; r++) {
    float mean = s->mean[r], rstd = s->rstd[r], *dx = s->y + r * s->cols;
    const float *x = s->x + r * s->cols, *dy = s->dy + r * s->cols;
    vec sum = {0}, sumHat = {0};
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES) {
      vec g = loadPartial(dy + c, n) * loadPartial(s->weight + c, n);
      sum += g;
      sumHat = madd(g, (loadPadded(x + c, n, mean) - mean) * rstd, sumHat);
    }
    float average = sumLanes(sum) / cols, averageHat = sumLanes(sumHat) / cols;
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES) {
      vec g = loadPartial(dy + c, n) * loadPartial(s->weight + c, n), hat = (loadPartial(x + c, n) - mean) * rstd;
      vec d = rstd * (g - madd(hat, splat(averageHat), splat(average)));
      storeBeta(dx + c, d, n, s->beta);
    }
  }
}

/* dx = rstd·(g - mean(g) - x̂·mean(g∘x̂)) + beta·dx, with g = dy∘weight and means over the row */
void layerNormBackward(float *dx, const float *dy, const float *x, const float *mean, const float *rstd,
    const float *weight, Size rows, Size cols, int beta) {
  LayerNorm s = {.y = dx,
      .dy = dy,
      .x = x,
      .mean = (float *)mean,
      .rstd = (float *)rstd,
      .weight = weight,
      .rows = rows,
      .cols = cols,
      .beta = beta};
  overRows(layerNormBackwardEachRow, &s, rows, 4 * cols);
}

static void layerNormBackwardWeightRange(const void *context, Size from, Size to) {
  const LayerNorm *s = context;
  for (Size c = from, n = to - c; n > 0; c += LANES, n -= LANES) {
    vec sum = {0};
    for (Size r = 0; r < s->rows; r++) {
      vec hat = (loadPartial(s->x + r * s->cols + c, n) - s->mean[r]) * s->rstd[r];
      sum = madd(loadPartial(s->dy + r * s->cols + c, n), hat, sum);
    }
    storeBeta(s->y + c, sum, n, s->beta);
  }
}

/* dweight[c] = Σ_r dy[r, c]·(x[r, c] - mean[r])·rstd[r] + beta·dweight[c]. */
void layerNormBackwardWeight(float *dweight, const float *dy, const float *x, const float *mean, const float *rstd,
    Size rows, Size cols, int beta) {
  LayerNorm s = {.y = dweight,
      .dy = dy,
      .x = x,
      .mean = (float *)mean,
      .rstd = (float *)rstd,
      .rows = rows,
      .cols = cols,
      .beta = beta};
  overRange(layerNormBackwardWeightRange, &s, cols, 2 * rows);
}
