/*
 * Masks, convolution windows and pooling over time. `lengths` null: every entry has T steps.
 */
#include "range.h"

typedef struct {
  float *y;
  float *at; /* the bits of int32 */
  const float *x;
  const int32_t *lengths;
  Size T, B, D, K, stride, padding, To;
  int beta;
} Time;

INLINE Size lengthOf(const Time *s, Size b) { return s->lengths ? s->lengths[b] : s->T; }

static void maskTimeEachRow(const void *context, Size from, Size to) {
  const Time *s = context;
  for (Size row = from; row < to; row++) { /* row = t·B + b */
    int valid = row / s->B < lengthOf(s, row % s->B);
    for (Size d = row * s->D, n = ((row + 1) * s->D) - d; n > 0; d += LANES, n -= LANES)
      storeBeta(s->y + d, valid ? loadPartial(s->x + d, n) : (vec){0}, n, s->beta);
  }
}

/* y[t, b, d] = t < lengths[b] ? x[t, b, d] : 0, plus beta·y. y and x: [T, B, D]. */
void maskTime(float *y, const float *x, const int32_t *lengths, Size T, Size B, Size D, int beta) {
  Time s = {.y = y, .x = x, .lengths = lengths, .T = T, .B = B, .D = D, .beta = beta};
  overRows(maskTimeEachRow, &s, T * B, D);
}

static void unfoldTimeEachRow(const void *context, Size from, Size to) {
  const Time *s = context;
  for (Size row = from; row < to; row++) {
    Size t = row / s->B, b = row % s->B;
    float *cols = s->y + row * s->D * s->K;
    for (Size k = 0; k < s->K; k++) {
      Size at = t * s->stride + k - s->padding;
      const float *x = s->x + (at * s->B + b) * s->D;
      int inside = at >= 0 && at < lengthOf(s, b);
      for (Size c = 0; c < s->D; c++) cols[c * s->K + k] = inside ? x[c] : 0;
    }
  }
}

/* cols[t, b, c·K + k] = x[t·stride + k - padding, b, c], 0 outside [0, lengths[b]). cols: [To, B, C·K]. */
void unfoldTime(float *cols, const float *x, const int32_t *lengths, Size T, Size B, Size C, Size K, Size stride,
    Size padding, Size To) {
  Time s = {
      .y = cols, .x = x, .lengths = lengths, .T = T, .B = B, .D = C, .K = K, .stride = stride, .padding = padding};
  overRows(unfoldTimeEachRow, &s, To * B, C * K);
}

static void foldTimeEachRow(const void *context, Size from, Size to) {
  const Time *s = context;
  for (Size row = from; row < to; row++) {
    Size at = row / s->B, b = row % s->B;
    float *dx = s->y + row * s->D;
    if (!s->beta)
      for (Size c = 0; c < s->D; c++) dx[c] = 0;
    if (at >= lengthOf(s, b)) continue;
    for (Size k = s->K - 1; k >= 0; k--) { /* windows in order of their time t = (at + padding - k) / stride */
      Size shifted = at + s->padding - k, t = shifted / s->stride;
      if (shifted < 0 || shifted % s->stride || t >= s->To) continue;
      const float *dcols = s->x + (t * s->B + b) * s->D * s->K;
      for (Size c = 0; c < s->D; c++) dx[c] += dcols[c * s->K + k];
    }
  }
}

/* The transpose of unfoldTime: dx: [T, B, C]. */
void foldTime(float *dx, const float *dcols, const int32_t *lengths, Size T, Size B, Size C, Size K, Size stride,
    Size padding, Size To, int beta) {
  Time s = {.y = dx,
      .x = dcols,
      .lengths = lengths,
      .T = T,
      .B = B,
      .D = C,
      .K = K,
      .stride = stride,
      .padding = padding,
      .To = To,
      .beta = beta};
  overRows(foldTimeEachRow, &s, T * B, C * K);
}

typedef struct {
  float *y;
  const float *x, *weight, *bias;
  Size T, B, C, K;
  int beta;
} DepthwiseConv1d;

static void depthwiseConv1dForwardEachRow(const void *context, Size from, Size to) {
  const DepthwiseConv1d *s = context;
  for (Size row = from; row < to; row++) {
    const float *x = s->x + row * s->C;
    for (Size c = 0, n = s->C; n > 0; c += LANES, n -= LANES) {
      vec sum = loadPartial(s->bias + c, n);
      for (Size k = 0; k < s->K; k++)
        sum = madd(loadPartial(s->weight + k * s->C + c, n), loadPartial(x + k * s->B * s->C + c, n), sum);
      storePartial(s->y + row * s->C + c, sum, n);
    }
  }
}

/* y[t, b, c] = bias[c] + Σ_k weight[k, c]·x[t + k, b, c]. x: [T+K-1, B, C]; y: [T, B, C]; weight: [K, C]; bias: [C]. */
void depthwiseConv1dForward(
    float *y, const float *x, const float *weight, const float *bias, Size T, Size B, Size C, Size K) {
  DepthwiseConv1d s = {.y = y, .x = x, .weight = weight, .bias = bias, .T = T, .B = B, .C = C, .K = K};
  overRows(depthwiseConv1dForwardEachRow, &s, T * B, 2 * K * C);
}

static void depthwiseConv1dBackwardEachRow(const void *context, Size from, Size to) {
  const DepthwiseConv1d *s = context;
  for (Size row = from; row < to; row++) {
    Size t = row / s->B, first = max(0, t - s->T + 1), last = min(s->K - 1, t);
    const float *dy = s->x + row * s->C;
    for (Size c = 0, n = s->C; n > 0; c += LANES, n -= LANES) {
      vec sum = {0};
      for (Size k = first; k <= last; k++)
        sum = madd(loadPartial(s->weight + k * s->C + c, n), loadPartial(dy - k * s->B * s->C + c, n), sum);
      storeBeta(s->y + row * s->C + c, sum, n, s->beta);
    }
  }
}

/* dx[t, b, c] = Σ_k weight[k, c]·dy[t - k, b, c] + beta·dx[t, b, c], where 0 ≤ t - k < T. */
void depthwiseConv1dBackward(
    float *dx, const float *dy, const float *weight, Size T, Size B, Size C, Size K, int beta) {
  DepthwiseConv1d s = {.y = dx, .x = dy, .weight = weight, .T = T, .B = B, .C = C, .K = K, .beta = beta};
  overRows(depthwiseConv1dBackwardEachRow, &s, (T + K - 1) * B, 2 * K * C);
}

static void maxTimeForwardEachRow(const void *context, Size from, Size to) {
  const Time *s = context;
  for (Size b = from; b < to; b++) {
    Size length = lengthOf(s, b);
    for (Size i = b * s->D, n = ((b + 1) * s->D) - i; n > 0; i += LANES, n -= LANES) {
      vec value = length > 0 ? loadPartial(s->x + i, n) : (vec){0};
      ivec best = splatInt(length > 0 ? 0 : -1);
      for (Size t = 1; t < length; t++) {
        vec x = loadPartial(s->x + t * s->B * s->D + i, n);
        ivec larger = ~(x <= value) & (value == value); /* the first NaN is the largest */
        value = choose(larger, x, value);
        best = (larger & splatInt((int32_t)t)) | (~larger & best);
      }
      storePartial(s->y + i, value, n);
      storePartial(s->at + i, (vec)best, n);
    }
  }
}

/* y[b, d] = max over t < lengths[b] of x[t, b, d], and where it stood: at, int32 [B, D]. 0 and -1 where the length is
 * 0. */
void maxTimeForward(float *y, int32_t *at, const float *x, const int32_t *lengths, Size T, Size B, Size D) {
  Time s = {.y = y, .at = (float *)at, .x = x, .lengths = lengths, .T = T, .B = B, .D = D};
  overRows(maxTimeForwardEachRow, &s, B, 4 * T * D);
}

static void maxTimeBackwardEachRow(const void *context, Size from, Size to) {
  const Time *s = context;
  for (Size row = from; row < to; row++) {
    ivec t = splatInt((int32_t)(row / s->B));
    float *dx = s->y + row * s->D;
    const float *dy = s->x + row % s->B * s->D;
    const float *at = s->at + row % s->B * s->D;
    for (Size d = 0, n = s->D; n > 0; d += LANES, n -= LANES)
      storeBeta(dx + d, choose((ivec)loadPartial(at + d, n) == t, loadPartial(dy + d, n), (vec){0}), n, s->beta);
  }
}

/* dx[t, b, d] = t = at[b, d] ? dy[b, d] : 0, plus beta·dx */
void maxTimeBackward(float *dx, const float *dy, const int32_t *at, Size T, Size B, Size D, int beta) {
  Time s = {.y = dx, .x = dy, .at = (float *)at, .T = T, .B = B, .D = D, .beta = beta};
  overRows(maxTimeBackwardEachRow, &s, T * B, D);
}

static void meanTimeForwardEachRow(const void *context, Size from, Size to) {
  const Time *s = context;
  for (Size b = from; b < to; b++) {
    Size length = lengthOf(s, b);
    for (Size i = b * s->D, n = ((b + 1) * s->D) - i; n > 0; i += LANES, n -= LANES) {
      vec sum = {0};
      for (Size t = 0; t < length; t++) sum += loadPartial(s->x + t * s->B * s->D + i, n);
      storePartial(s->y + i, length > 0 ? sum / (float)length : sum, n);
    }
  }
}

/* y[b, d] = mean over t < lengths[b] of x[t, b, d]; 0 where the length is 0. */
void meanTimeForward(float *y, const float *x, const int32_t *lengths, Size T, Size B, Size D) {
  Time s = {.y = y, .x = x, .lengths = lengths, .T = T, .B = B, .D = D};
  overRows(meanTimeForwardEachRow, &s, B, T * D);
}

static void meanTimeBackwardEachRow(const void *context, Size from, Size to) {
  const Time *s = context;
  for (Size row = from; row < to; row++) {
    Size t = row / s->B, b = row % s->B, length = lengthOf(s, b);
    for (Size d = 0, n = s->D; n > 0; d += LANES, n -= LANES) {
      vec part = t < length ? loadPartial(s->x + b * s->D + d, n) / (float)length : (vec){0};
      storeBeta(s->y + row * s->D + d, part, n, s->beta);
    }
  }
}

/* dx[t, b, d] = t < lengths[b] ? dy[b, d] / lengths[b] : 0, plus beta·dx */
void meanTimeBackward(float *dx, const float *dy, const int32_t *lengths, Size T, Size B, Size D, int beta) {
  Time s = {.y = dx, .x = dy, .lengths = lengths, .T = T, .B = B, .D = D, .beta = beta};
  overRows(meanTimeBackwardEachRow, &s, T * B, D);
}
