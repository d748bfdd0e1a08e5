/*
 * What works on one element at a time. Each kernel is its equation: `a` and `b` are the inputs, `alpha` the constant,
 * and the result is added to y where beta is 1.
 */
#include "exponential.h"
#include "range.h"

typedef struct {
  float *y;
  const float *a, *b;
  float alpha;
  int beta;
} Elementwise;

#define ELEMENTWISE(name, value)                                                  \
  static void name##Range(const void *context, Size from, Size to) {              \
    const Elementwise *e = context;                                               \
    const float *as = e->a, *bs = e->b ? e->b : e->a;                             \
    vec alpha = splat(e->alpha);                                                  \
    (void)alpha;                                                                  \
    for (EACH(i, n, from, to)) {                                                  \
      vec a = loadSome(as + i, n), b = loadSome(bs + i, n);                       \
      (void)a, (void)b;                                                           \
      vec result = (value);                                                       \
      put(e->y + i, result, n, e->beta);                                           \
    }                                                                             \
  }

ELEMENTWISE(scale, alpha * a)
void scale(float *y, const float *x, double alpha, Size N, int beta) {
  Elementwise e = {y, x, 0, (float)alpha, beta};
  overRange(scaleRange, &e, N, 1);
}

ELEMENTWISE(tanhForward, tanhv(a))
void tanhForward(float *y, const float *x, Size N) {
  Elementwise e = {y, x, 0, 0, 0};
  overRange(tanhForwardRange, &e, N, 4);
}

ELEMENTWISE(tanhBackward, a * (1 - b * b))
void tanhBackward(float *dx, const float *dy, const float *y, Size N, int beta) {
  Elementwise e = {dx, dy, y, 0, beta};
  overRange(tanhBackwardRange, &e, N, 1);
}

ELEMENTWISE(sigmoidForward, sigmoidv(a))
void sigmoidForward(float *y, const float *x, Size N) {
  Elementwise e = {y, x, 0, 0, 0};
  overRange(sigmoidForwardRange, &e, N, 4);
}

ELEMENTWISE(sigmoidBackward, a * (b * (1 - b)))
void sigmoidBackward(float *dx, const float *dy, const float *y, Size N, int beta) {
  Elementwise e = {dx, dy, y, 0, beta};
  overRange(sigmoidBackwardRange, &e, N, 1);
}

ELEMENTWISE(reluForward, atLeast(a, alpha))
void reluForward(float *y, const float *x, Size N) {
  Elementwise e = {y, x, 0, 0, 0};
  overRange(reluForwardRange, &e, N, 1);
}

ELEMENTWISE(reluBackward, a * choose(b > 0, splat(1), alpha))
void reluBackward(float *dx, const float *dy, const float *y, Size N, int beta) {
  Elementwise e = {dx, dy, y, 0, beta};
  overRange(reluBackwardRange, &e, N, 1);
}

ELEMENTWISE(clipValues, atMost(atLeast(a, -alpha), alpha))
void clipValues(float *x, double limit, Size N) {
  Elementwise e = {x, x, 0, (float)limit, 0};
  overRange(clipValuesRange, &e, N, 1);
}

static void fillRange(const void *context, Size from, Size to) {
  const Elementwise *e = context;
  for (EACH(i, n, from, to)) storeSome(e->y + i, splat(e->alpha), n);
}
void fill(float *y, double value, Size N) {
  Elementwise e = {y, 0, 0, (float)value, 0};
  overRange(fillRange, &e, N, 1);
}

/* Kernels over rows of `cols` elements, where b repeats itself every row. */
typedef struct {
  float *y;
  const float *a, *b;
  Size ldY, ldA, cols;
  int beta;
} Rows;

#define ROWWISE(name, value)                                                             \
  static void name##EachRow(const void *context, Size from, Size to) {                      \
    const Rows *e = context;                                                             \
    for (Size row = from; row < to; row++) {                                             \
      float *y = e->y + row * e->ldY;                                                    \
      const float *as = e->a + row * e->ldA;                                             \
      for (EACH(i, n, 0, e->cols)) {                                                     \
        vec a = loadSome(as + i, n), result = (value);                                   \
        put(y + i, result, n, e->beta);                                                  \
      }                                                                                  \
    }                                                                                    \
  }

ELEMENTWISE(sum, a + b)
ROWWISE(add, a + loadSome(e->b + i, n))
void add(float *y, const float *a, const float *b, Size N, Size period) {
  if (N == period) {
    Elementwise e = {y, a, b, 0, 0};
    overRange(sumRange, &e, N, 1);
  } else {
    Rows e = {y, a, b, period, period, period, 0};
    overRows(addEachRow, &e, N / period, period);
  }
}

ELEMENTWISE(product, a * b)
ROWWISE(mul, a * loadSome(e->b + i, n))
void mul(float *y, const float *a, const float *b, Size N, Size period, int beta) {
  if (N == period) {
    Elementwise e = {y, a, b, 0, beta};
    overRange(productRange, &e, N, 1);
  } else {
    Rows e = {y, a, b, period, period, period, beta};
    overRows(mulEachRow, &e, N / period, period);
  }
}

ROWWISE(copy, a)
void copyRows(float *y, Size ldY, const float *x, Size ldX, Size rows, Size cols, int beta) {
  Rows e = {y, x, 0, ldY, ldX, cols, beta};
  overRows(copyEachRow, &e, rows, cols);
}

static void repeatColumnsEachRow(const void *context, Size from, Size to) {
  const Rows *e = context;
  for (Size row = from; row < to; row++) {
    float *y = e->y + row * e->cols;
    for (EACH(i, n, 0, e->cols)) {
      vec x = splat(e->a[row]);
      put(y + i, x, n, e->beta);
    }
  }
}
/* y[r, c] = x[r] + beta·y[r, c]; y: [rows, cols]. */
void repeatColumns(float *y, const float *x, Size rows, Size cols, int beta) {
  Rows e = {y, x, 0, cols, 0, cols, beta};
  overRows(repeatColumnsEachRow, &e, rows, cols);
}
