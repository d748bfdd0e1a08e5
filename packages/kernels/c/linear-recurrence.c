/*
 * Cells whose gates see the input alone: minGRU and minLSTM.
 *
 *     minGRU:   z = σ(x_z)                   h' = (1-z)∘h + z∘h̃
 *     minLSTM:  f, i = σ(x_f), σ(x_i)        h' = (f∘h + i∘h̃) / (f + i)
 *
 * Source: Feng et al. 2024, in linear space.
 */
#include "functions.h"
#include "linear-recurrence.h"

/* One step of LANES units: gates a block of H apart, the state before and after. */
typedef void Units(Size n, float *gates, float *next, const float *previous, Size H);

INLINE void forwardOver(const LinearRecurrence *s, Size task, Units *units) {
  const Sequence *q = &s->q;
  Slice slice = sliceOf(s, task);
  Size H = q->H, BH = q->B * H, row = stateAt(q, &slice), width = slice.end - slice.unit;
  for (Size round = 0; round < q->T; round++) {
    Step step = stepOf(q, round);
    float *next = s->h + step.next * BH + row, *gates = s->gates + gatesAt(q, step.t, &slice);
    const float *previous = s->h + step.previous * BH + row;
    int valid = isValid(q, step.t, slice.from);
    for (Size k = 0, n = width; n > 0; k += LANES, n -= LANES) {
      if (!valid) storePartial(next + k, loadPartial(previous + k, n), n);
      else WHOLE_OR_PARTIAL(n, units, gates + k, next + k, previous + k, H);
    }
  }
}

/* One step back of LANES units: dhNext the gradient of the state after, added to that of the state before. */
typedef void UnitsBack(Size n, float *gates, float *dhPrevious, const float *dhNext, const float *previous, Size H);

INLINE void backwardOver(const LinearRecurrence *s, Size task, UnitsBack *units) {
  const Sequence *q = &s->q;
  Slice slice = sliceOf(s, task);
  Size H = q->H, BH = q->B * H, row = stateAt(q, &slice), width = slice.end - slice.unit;
  for (Size round = 0; round < q->T; round++) {
    Step step = stepBack(q, round);
    float *gates = s->gates + gatesAt(q, step.t, &slice), *dhPrevious = s->dh + step.previous * BH + row;
    const float *dhNext = s->dh + step.next * BH + row, *previous = s->h + step.previous * BH + row;
    int valid = isValid(q, step.t, slice.from);
    for (Size k = 0, n = width; n > 0; k += LANES, n -= LANES) {
      if (valid) {
        WHOLE_OR_PARTIAL(n, units, gates + k, dhPrevious + k, dhNext + k, previous + k, H);
        continue;
      }
      for (Size gate = 0; gate < q->gates; gate++) storePartial(gates + gate * H + k, (vec){0}, n);
      storeBeta(dhPrevious + k, loadPartial(dhNext + k, n), n, 1);
    }
  }
}

INLINE void minGruUnits(Size n, float *gates, float *next, const float *previous, Size H) {
  vec z = sigmoidv(loadPartial(gates, n));
  storePartial(gates, z, n);
  storePartial(next, madd(z, loadPartial(gates + H, n), (1 - z) * loadPartial(previous, n)), n);
}

INLINE void minGruUnitsBack(
    Size n, float *gates, float *dhPrevious, const float *dhNext, const float *previous, Size H) {
  vec z = loadPartial(gates, n), candidate = loadPartial(gates + H, n), dh = loadPartial(dhNext, n);
  storePartial(gates, dh * (candidate - loadPartial(previous, n)) * z * (1 - z), n);
  storePartial(gates + H, dh * z, n);
  storeBeta(dhPrevious, dh * (1 - z), n, 1);
}

static void minGruForwardTask(const void *s, Size task) { forwardOver(s, task, minGruUnits); }
static void minGruBackwardTask(const void *s, Size task) { backwardOver(s, task, minGruUnitsBack); }

/* h: [T+1, B, H]; gates: [T, B, 2H], in: x·W_ihᵀ + b, out: z h̃ where valid. */
void minGruForward(float *h, float *gates, const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  LinearRecurrence s = {
      .q = {.T = T, .B = B, .H = H, .lengths = lengths, .reverse = reverse, .gates = 2}, .h = h, .gates = gates};
  runUnits(minGruForwardTask, &s);
}

/*
 * dh: [T+1, B, H], in: the gradient of each state from outside the recurrence, out: its total gradient ∂L/∂h. gates:
 * in: z h̃, out: the gradient of x_z x_h.
 */
void minGruBackward(
    float *dh, float *gates, const float *h, const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  LinearRecurrence s = {.q = {.T = T, .B = B, .H = H, .lengths = lengths, .reverse = reverse, .gates = 2},
      .h = (float *)h,
      .gates = gates,
      .dh = dh};
  runUnits(minGruBackwardTask, &s);
}

/* One step of one entry, in place. h: [H]; xg: [2H], x·W_ihᵀ + b. */
void minGruStep(float *h, const float *xg, Size H) {
  for (Size k = 0, n = H; n > 0; k += LANES, n -= LANES) {
    vec z = sigmoidv(loadPartial(xg + k, n));
    storePartial(h + k, madd(z, loadPartial(xg + H + k, n), (1 - z) * loadPartial(h + k, n)), n);
  }
}

INLINE void minLstmUnits(Size n, float *gates, float *next, const float *previous, Size H) {
  vec f = sigmoidv(loadPartial(gates, n)), i = sigmoidv(loadPartial(gates + H, n));
  storePartial(gates, f, n);
  storePartial(gates + H, i, n);
  storePartial(next, madd(f, loadPartial(previous, n), i * loadPartial(gates + 2 * H, n)) / (f + i), n);
}

INLINE void minLstmUnitsBack(
    Size n, float *gates, float *dhPrevious, const float *dhNext, const float *previous, Size H) {
  vec f = loadPartial(gates, n), i = loadPartial(gates + H, n), candidate = loadPartial(gates + 2 * H, n);
  vec dh = loadPartial(dhNext, n), kept = f / (f + i);
  vec dKept = dh * (loadPartial(previous, n) - candidate) * kept * (1 - kept);
  storePartial(gates, dKept * (1 - f), n);
  storePartial(gates + H, dKept * (i - 1), n);
  storePartial(gates + 2 * H, dh * (1 - kept), n);
  storeBeta(dhPrevious, dh * kept, n, 1);
}

static void minLstmForwardTask(const void *s, Size task) { forwardOver(s, task, minLstmUnits); }
static void minLstmBackwardTask(const void *s, Size task) { backwardOver(s, task, minLstmUnitsBack); }

/* h: [T+1, B, H]; gates: [T, B, 3H], in: x·W_ihᵀ + b, out: f i h̃ where valid. */
void minLstmForward(float *h, float *gates, const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  LinearRecurrence s = {
      .q = {.T = T, .B = B, .H = H, .lengths = lengths, .reverse = reverse, .gates = 3}, .h = h, .gates = gates};
  runUnits(minLstmForwardTask, &s);
}

/* dh: as in minGruBackward. gates: in: f i h̃, out: the gradient of x_f x_i x_h. */
void minLstmBackward(
    float *dh, float *gates, const float *h, const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  LinearRecurrence s = {.q = {.T = T, .B = B, .H = H, .lengths = lengths, .reverse = reverse, .gates = 3},
      .h = (float *)h,
      .gates = gates,
      .dh = dh};
  runUnits(minLstmBackwardTask, &s);
}

/* One step of one entry, in place. h: [H]; xg: [3H], x·W_ihᵀ + b. */
void minLstmStep(float *h, const float *xg, Size H) {
  for (Size k = 0, n = H; n > 0; k += LANES, n -= LANES) {
    vec f = sigmoidv(loadPartial(xg + k, n)), i = sigmoidv(loadPartial(xg + H + k, n));
    storePartial(h + k, madd(f, loadPartial(h + k, n), i * loadPartial(xg + 2 * H + k, n)) / (f + i), n);
  }
}
