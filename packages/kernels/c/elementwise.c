/*
 * Elementwise kernels and copies. A macro defines a kernel's loop by its equation, in the inputs `a` and `b` and the
 * constant `alpha`; with beta 1 the result is added to y.
 */
#include "functions.h"
#include "range.h"

typedef struct {
  float *y;
  const float *a, *b;
  float alpha;
  int beta;
} Elementwise;

#define ELEMENTWISE(name, value) \
  static void name##Range(const void *context, Size from, Size to) { \
    const Elementwise *e = context; \
    const float *as = e->a, *bs = e->b ? e->b : e->a; \
    vec alpha = splat(e->alpha); \
    (void)alpha; \
    for (Size i = from, n = to - i; n > 0; i += LANES, n -= LANES) { \
      vec a = loadPartial(as + i, n), b = loadPartial(bs + i, n); \
      (void)a, (void)b; \
      vec result = (value); \
      storeBeta(e->y + i, result, n, e->beta); \
    } \
  }

ELEMENTWISE(scale, alpha *a)
void scale(float *y, const float *x, double alpha, Size N, int beta) {
  Elementwise e = {y, x, 0, (float)alpha, beta};
  overRange(scaleRange, &e, N, 1);
}

/* A function of one number, and dx = dy·f'(x) with v = y or x, whichever `slope` is written in. */
#define UNARY(name, value, slope) \
  ELEMENTWISE(name##Forward, value) \
  ELEMENTWISE(name##Backward, a *(slope))
#define x a /* of value */
#define v b /* of slope */
UNARY(tanh, tanhv(x), 1 - v * v)
UNARY(sigmoid, sigmoidv(x), v * (1 - v))
UNARY(relu, maxv(x, splat(0)), choose(v > 0, splat(1), splat(0)))
UNARY(exp, expv(x), v)
UNARY(sqrt, sqrtv(x), 0.5f / v)
UNARY(log, logv(x), 1 / v)
UNARY(abs, absv(x), choose(v > 0, splat(1), choose(v < 0, splat(-1), v)))
UNARY(square, x *x, 2 * v)
UNARY(softplus, softplusv(x), sigmoidv(v))
UNARY(silu, x *sigmoidv(x), sigmoidv(v) * (1 + v * (1 - sigmoidv(v))))
#undef x
#undef v

#define BOTH_WAYS(name) {name##ForwardRange, name##BackwardRange}
static RangeTask *const unaryRanges[][2] = {
    [UNARY_TANH] = BOTH_WAYS(tanh),
    [UNARY_SIGMOID] = BOTH_WAYS(sigmoid),
    [UNARY_RELU] = BOTH_WAYS(relu),
    [UNARY_EXP] = BOTH_WAYS(exp),
    [UNARY_SQRT] = BOTH_WAYS(sqrt),
    [UNARY_LOG] = BOTH_WAYS(log),
    [UNARY_ABS] = BOTH_WAYS(abs),
    [UNARY_SQUARE] = BOTH_WAYS(square),
    [UNARY_SOFTPLUS] = BOTH_WAYS(softplus),
    [UNARY_SILU] = BOTH_WAYS(silu),
};

/* y[i] = f(x[i]) */
void unaryForward(float *y, const float *x, int op, Size N) {
  Elementwise e = {y, x, 0, 0, 0};
  overRange(unaryRanges[op][0], &e, N, 4);
}

/* dx[i] = dy[i]·f'(x[i]) + beta·dx[i]. v is y = f(x) for tanh, sigmoid, relu, exp and sqrt, and x for the others. */
void unaryBackward(float *dx, const float *dy, const float *v, int op, Size N, int beta) {
  Elementwise e = {dx, dy, v, 0, beta};
  overRange(unaryRanges[op][1], &e, N, 2);
}

typedef struct {
  float *y;
  const float *x, *dy;
  float low, high;
  int beta;
} Clamp;

static void clampRange(const void *context, Size from, Size to) {
  const Clamp *e = context;
  for (Size i = from, n = to - i; n > 0; i += LANES, n -= LANES)
    storePartial(e->y + i, minv(maxv(loadPartial(e->x + i, n), splat(e->low)), splat(e->high)), n);
}
/* y[i] = min(max(x[i], low), high); y may be x. */
void clamp(float *y, const float *x, double low, double high, Size N) {
  Clamp e = {y, x, 0, (float)low, (float)high, 0};
  overRange(clampRange, &e, N, 1);
}

static void clampBackwardRange(const void *context, Size from, Size to) {
  const Clamp *e = context;
  for (Size i = from, n = to - i; n > 0; i += LANES, n -= LANES) {
    vec x = loadPartial(e->x + i, n), dy = loadPartial(e->dy + i, n);
    storeBeta(e->y + i, choose((x >= e->low) & (x <= e->high), dy, splat(0)), n, e->beta);
  }
}
/* dx[i] = low ≤ x[i] ≤ high ? dy[i] : 0, plus beta·dx[i] */
void clampBackward(float *dx, const float *dy, const float *x, double low, double high, Size N, int beta) {
  Clamp e = {dx, x, dy, (float)low, (float)high, beta};
  overRange(clampBackwardRange, &e, N, 1);
}

static void fillRange(const void *context, Size from, Size to) {
  const Elementwise *e = context;
  for (Size i = from, n = to - i; n > 0; i += LANES, n -= LANES) storePartial(e->y + i, splat(e->alpha), n);
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

#define ROWWISE(name, value) \
  static void name##EachRow(const void *context, Size from, Size to) { \
    const Rows *e = context; \
    for (Size row = from; row < to; row++) { \
      float *y = e->y + row * e->ldY; \
      const float *as = e->a + row * e->ldA; \
      for (Size i = 0, n = e->cols; n > 0; i += LANES, n -= LANES) { \
        vec a = loadPartial(as + i, n), result = (value); \
        storeBeta(y + i, result, n, e->beta); \
      } \
    } \
  }

/* Of two arrays of one length, of an array and one number, and of rows that b repeats under. */
#define BINARY(name, operator) \
  ELEMENTWISE(name, a operator b) \
  ELEMENTWISE(name##Number, a operator alpha) \
  ROWWISE(name, a operator loadPartial(e->b + i, n))
BINARY(add, +)
BINARY(sub, -)
BINARY(mul, *)
BINARY(div, /)

typedef struct {
  RangeTask *arrays, *number, *rows;
} Binary;

#define ALL_SHAPES(name) {name##Range, name##NumberRange, name##EachRow}
static const Binary binaryTasks[] = {
    [BINARY_ADD] = ALL_SHAPES(add),
    [BINARY_SUB] = ALL_SHAPES(sub),
    [BINARY_MUL] = ALL_SHAPES(mul),
    [BINARY_DIV] = ALL_SHAPES(div),
};

/* y[i] = a[i] op b[i mod period] + beta·y[i]; `period` divides N. */
void binary(float *y, const float *a, const float *b, int op, Size N, Size period, int beta) {
  const Binary *tasks = &binaryTasks[op];
  if (N == period) {
    Elementwise e = {y, a, b, 0, beta};
    overRange(tasks->arrays, &e, N, 1);
  } else if (period == 1) {
    Elementwise e = {y, a, 0, *b, beta};
    overRange(tasks->number, &e, N, 1);
  } else {
    Rows e = {y, a, b, period, period, period, beta};
    overRows(tasks->rows, &e, N / period, period);
  }
}

ROWWISE(copy, a)
void copyRows(float *y, Size ldY, const float *x, Size ldX, Size rows, Size cols, int beta) {
  Rows e = {y, x, 0, ldY, ldX, cols, beta};
  overRows(copyEachRow, &e, rows, cols);
}

typedef struct {
  float *y;
  const float *x;
  const int32_t *shape, *strides;
  Size rank, cols, stride; /* of the last axis */
  int beta;
} Strided;

static void copyStridedEachRow(const void *context, Size from, Size to) {
  const Strided *s = context;
  for (Size row = from; row < to; row++) {
    float *y = s->y + row * s->cols;
    const float *x = s->x;
    for (Size axis = s->rank - 2, rest = row; axis >= 0; axis--) {
      x += rest % s->shape[axis] * s->strides[axis];
      rest /= s->shape[axis];
    }
    if (s->stride > 1)
      for (Size c = 0; c < s->cols; c++) y[c] = s->beta ? y[c] + x[c * s->stride] : x[c * s->stride];
    else
      for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES) {
        vec value = s->stride ? loadPartial(x + c, n) : splat(*x);
        storeBeta(y + c, value, n, s->beta);
      }
  }
}

/* y[i₀, i₁, …] = x[i₀·strides[0] + i₁·strides[1] + …] + beta·y; y: `shape` without gaps; shape, strides: int32. */
void copyStrided(float *y, const float *x, const int32_t *shape, const int32_t *strides, Size rank, int beta) {
  Size rows = 1;
  for (Size axis = 0; axis < rank - 1; axis++) rows *= shape[axis];
  Strided s = {y, x, shape, strides, rank, shape[rank - 1], strides[rank - 1], beta};
  overRows(copyStridedEachRow, &s, rows, max(s.cols, 8));
}
