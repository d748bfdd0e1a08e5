/*
 * Attention of Q queries per batch entry over a source of S positions; a task is one batch entry.
 *
 *     w[q, b, :] = softmax over s < lengths[b] of score(q[q, b], keys[s, b])     context = Σ_s w[s]·values[s]
 *
 * context: [Q, B, E]; weights: [Q, B, S], 0 beyond the length; q: [Q, B, D]; keys: [S, B, D]; values: [S, B, E].
 */
#include "functions.h"
#include "product.h"
#include "range.h"

typedef struct {
  float *context, *weights, *dq, *dkeys, *dvalues, *dv, *dscores;
  const float *dcontext, *q, *keys, *values, *v; /* v null for the scaled product */
  const int32_t *lengths;
  Size Q, S, B, D, E;
  float scale;
} Attention;

INLINE Size sourceLength(const Attention *s, Size b) { return s->lengths ? s->lengths[b] : s->S; }

/* y[0 … n) = Σ_i w[i·strideW]·x[i·ldX + 0 … n) + beta·y, i < count */
static void weightedSum(
    float *y, const float *w, Size strideW, const float *x, Size ldX, Size count, Size n, int beta) {
  for (Size c = 0, left = n; left > 0; c += LANES, left -= LANES) {
    vec sum = {0};
    for (Size i = 0; i < count; i++) sum = madd(splat(w[i * strideW]), loadPartial(x + i * ldX + c, left), sum);
    storeBeta(y + c, sum, left, beta);
  }
}

/* y[i] = x·w[i·ldW + 0 … K), i < count */
static void productsWithRows(float *y, const float *x, const float *w, Size ldW, Size count, Size K) {
  for (Size i = 0; i < count; i++) y[i] = 0;
  Size i = 0;
  for (; i + DOT_ROWS <= count; i += DOT_ROWS) dotRows(y + i, DOT_ROWS, x, w + i * ldW, ldW, K);
  for (; i < count; i++) dotRows(y + i, 1, x, w + i * ldW, ldW, K);
}

/* Σ_d v[d]·tanh(q[d] + key[d]) */
static float additiveScore(const float *v, const float *q, const float *key, Size D) {
  vec sum = {0};
  for (Size d = 0, n = D; n > 0; d += LANES, n -= LANES)
    sum = madd(loadPartial(v + d, n), tanhv(loadPartial(q + d, n) + loadPartial(key + d, n)), sum);
  return sumLanes(sum);
}

static void attentionForwardEntry(const void *context, Size b) {
  const Attention *s = context;
  Size L = sourceLength(s, b), strideK = s->B * s->D, strideV = s->B * s->E;
  const float *keys = s->keys + b * s->D;
  for (Size row = b; row < s->Q * s->B; row += s->B) {
    float *w = s->weights + row * s->S;
    const float *q = s->q + row * s->D;
    if (s->v)
      for (Size i = 0; i < L; i++) w[i] = additiveScore(s->v, q, keys + i * strideK, s->D);
    else productsWithRows(w, q, keys, strideK, L, s->D);
    for (Size i = 0; i < L; i++) w[i] *= s->scale;
    float inverse = (float)(1 / sumOfExponentials(w, w, maxOf(w, L), L));
    for (Size i = 0; i < s->S; i++) w[i] = i < L ? w[i] * inverse : 0;
    weightedSum(s->context + row * s->E, w, 1, s->values + b * s->E, strideV, L, s->E, 0);
  }
}

/* dvalues += wᵀ·dcontext, and dscores = scale·w∘(dw - Σ w·dw) with dw = dcontext·valuesᵀ. */
static void mixBackwardEntry(const Attention *s, Size b) {
  Size L = sourceLength(s, b), strideV = s->B * s->E;
  for (Size row = b; row < s->Q * s->B; row += s->B) {
    float *d = s->dscores + row * s->S, inner = 0;
    const float *w = s->weights + row * s->S;
    productsWithRows(d, s->dcontext + row * s->E, s->values + b * s->E, strideV, L, s->E);
    for (Size i = 0; i < L; i++) inner += w[i] * d[i];
    for (Size i = 0; i < s->S; i++) d[i] = i < L ? s->scale * w[i] * (d[i] - inner) : 0;
  }
  for (Size i = 0; s->dvalues && i < L; i++)
    weightedSum(s->dvalues + i * strideV + b * s->E, s->weights + b * s->S + i, s->B * s->S, s->dcontext + b * s->E,
        strideV, s->Q, s->E, 1);
}

static void attentionDotBackwardEntry(const void *context, Size b) {
  const Attention *s = context;
  Size L = sourceLength(s, b), strideK = s->B * s->D;
  mixBackwardEntry(s, b);
  for (Size row = b; s->dq && row < s->Q * s->B; row += s->B)
    weightedSum(s->dq + row * s->D, s->dscores + row * s->S, 1, s->keys + b * s->D, strideK, L, s->D, 1);
  for (Size i = 0; s->dkeys && i < L; i++)
    weightedSum(s->dkeys + i * strideK + b * s->D, s->dscores + b * s->S + i, s->B * s->S, s->q + b * s->D, strideK,
        s->Q, s->D, 1);
}

/* The tanh is computed again, so that no [Q, B, S, D] is stored. dv here: [B, D], each entry's own. */
static void attentionAdditiveBackwardEntry(const void *context, Size b) {
  const Attention *s = context;
  Size L = sourceLength(s, b), strideK = s->B * s->D;
  mixBackwardEntry(s, b);
  for (Size d = 0, n = s->D; n > 0; d += LANES, n -= LANES) {
    vec v = loadPartial(s->v + d, n), dv = {0};
    for (Size row = b; row < s->Q * s->B; row += s->B) {
      vec q = loadPartial(s->q + row * s->D + d, n), dq = {0};
      for (Size i = 0; i < L; i++) {
        Size at = i * strideK + b * s->D + d;
        vec y = tanhv(q + loadPartial(s->keys + at, n)), g = splat(s->dscores[row * s->S + i]);
        vec dz = g * v * (1 - y * y);
        dq += dz;
        dv = madd(g, y, dv);
        if (s->dkeys) storePartial(s->dkeys + at, loadPartial(s->dkeys + at, n) + dz, n);
      }
      if (s->dq) storePartial(s->dq + row * s->D + d, loadPartial(s->dq + row * s->D + d, n) + dq, n);
    }
    storePartial(s->dv + b * s->D + d, dv, n);
  }
}

/* score = scale·q·key. Where the length is 0 the context is 0. */
void attentionDotForward(float *context, float *weights, const float *q, const float *keys, const float *values,
    const int32_t *lengths, Size Q, Size S, Size B, Size D, Size E, double scale) {
  Attention s = {.context = context,
      .weights = weights,
      .q = q,
      .keys = keys,
      .values = values,
      .lengths = lengths,
      .Q = Q,
      .S = S,
      .B = B,
      .D = D,
      .E = E,
      .scale = (float)scale};
  parallelOver(attentionForwardEntry, &s, B, (int64_t)Q * S * (D + E));
}

/*
 * dq, dkeys, dvalues: always added to, a null one left out; dkeys and dvalues may be the same array. dscores: [Q, B,
 * S], out: the gradient of the product q·keys, 0 beyond the length.
 */
void attentionDotBackward(float *dq, float *dkeys, float *dvalues, float *dscores, const float *dcontext,
    const float *weights, const float *q, const float *keys, const float *values, const int32_t *lengths, Size Q,
    Size S, Size B, Size D, Size E, double scale) {
  Attention s = {.dq = dq,
      .dkeys = dkeys,
      .dvalues = dvalues,
      .dscores = dscores,
      .dcontext = dcontext,
      .weights = (float *)weights,
      .q = q,
      .keys = keys,
      .values = values,
      .lengths = lengths,
      .Q = Q,
      .S = S,
      .B = B,
      .D = D,
      .E = E,
      .scale = (float)scale};
  parallelOver(attentionDotBackwardEntry, &s, B, (int64_t)2 * Q * S * (D + E));
}

/* score = Σ_d v[d]·tanh(q[d] + key[d]); v: [D]. */
void attentionAdditiveForward(float *context, float *weights, const float *q, const float *keys, const float *values,
    const float *v, const int32_t *lengths, Size Q, Size S, Size B, Size D, Size E) {
  Attention s = {.context = context,
      .weights = weights,
      .q = q,
      .keys = keys,
      .values = values,
      .v = v,
      .lengths = lengths,
      .Q = Q,
      .S = S,
      .B = B,
      .D = D,
      .E = E,
      .scale = 1};
  parallelOver(attentionForwardEntry, &s, B, (int64_t)Q * S * (4 * D + E));
}

/* As attentionDotBackward, with dv: [D] and dscores the gradient of the score. */
void attentionAdditiveBackward(float *dq, float *dkeys, float *dvalues, float *dv, float *dscores,
    const float *dcontext, const float *weights, const float *q, const float *keys, const float *values, const float *v,
    const int32_t *lengths, Size Q, Size S, Size B, Size D, Size E) {
  Attention s = {.dq = dq,
      .dkeys = dkeys,
      .dvalues = dvalues,
      .dscores = dscores,
      .dcontext = dcontext,
      .weights = (float *)weights,
      .q = q,
      .keys = keys,
      .values = values,
      .v = v,
      .lengths = lengths,
      .Q = Q,
      .S = S,
      .B = B,
      .D = D,
      .E = E,
      .scale = 1};
  s.dv = workspace((size_t)(B * D + 1) * sizeof(float));
  if (!s.dv) return;
  parallelOver(attentionAdditiveBackwardEntry, &s, B, (int64_t)2 * Q * S * (4 * D + E));
  for (Size b = 0; dv && b < B; b++)
    for (Size d = 0, n = D; n > 0; d += LANES, n -= LANES)
      storePartial(dv + d, loadPartial(dv + d, n) + loadPartial(s.dv + b * D + d, n), n);
}
