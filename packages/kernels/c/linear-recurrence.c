/*
 * Cells whose gates see the input alone: minGRU and minLSTM. Without a recurrent product the hidden units do not depend
 * on each other, so a task takes some units of one entry through all of time, and no thread waits for another.
 *
 *     minGRU:   z = σ(x_z)                   h' = (1-z)∘h + z∘h̃
 *     minLSTM:  f, i = σ(x_f), σ(x_i)        h' = (f∘h + i∘h̃) / (f + i)
 *
 * Source: Feng et al. 2024, in linear space.
 */
#include "functions.h"
#include "sequence.h"

#define MIN_UNITS 16 /* hidden units of the smallest task: a cache line */

/* One step of LANES units: gates a block of H apart, the state before and after. */
typedef void Units(Size n, float *gates, float *next, const float *previous, Size H);

typedef struct {
  Sequence q; /* q.gates blocks of H; without weights */
  float *h, *gates, *dh;
  Size width; /* hidden units of a task */
} LinearRecurrence;

INLINE Size tasksOf(const LinearRecurrence *s) { return s->q.B * ceilDiv(s->q.H, s->width); }

/* The units of a task, as a slice of one entry. */
INLINE Slice sliceOf(const LinearRecurrence *s, Size task) {
  Size perEntry = ceilDiv(s->q.H, s->width), b = task / perEntry, unit = task % perEntry * s->width;
  return (Slice){b, b + 1, unit, min(unit + s->width, s->q.H)};
}

INLINE int isValid(const Sequence *q, Size t, Size b) { return !q->lengths || t < q->lengths[b]; }

/* Where a slice's units are: in [B, H], and at step t in [T, B, gates·H]. */
INLINE Size stateAt(const Sequence *q, const Slice *slice) { return slice->from * q->H + slice->unit; }
INLINE Size gatesAt(const Sequence *q, Size t, const Slice *slice) {
  return (t * q->B + slice->from) * q->gates * q->H + slice->unit;
}

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

/* Runs a task for every entry and some units each: enough for all threads, and as wide as memory is read well. */
static void runUnits(Task *task, LinearRecurrence *s) {
  Size perThread = ceilDiv(s->q.B * s->q.H, SLICES_PER_THREAD * threadCount());
  s->width = min(MAX_UNITS, max(MIN_UNITS, ceilDiv(perThread, MIN_UNITS) * MIN_UNITS));
  parallelOver(task, s, tasksOf(s), 16 * (int64_t)s->q.T * min(s->width, s->q.H));
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
