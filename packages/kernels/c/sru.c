/*
 * SRU over a whole sequence; w_f w_r are the blocks of w, b_f b_r those of bias.
 *
 *     f, r = σ(x_f + w_f∘c + b_f), σ(x_r + w_r∘c + b_r)     c' = f∘c + (1-f)∘x̃     h' = r∘c' + (1-r)∘x
 *
 * Source: Lei et al. 2018, equations 1 to 4.
 */
#include "functions.h"
#include "linear-recurrence.h"

typedef struct {
  LinearRecurrence s; /* q.w: [2H]; q.bias: [2H] */
  float *c, *dc, *dw;
  Size dcStride;
} Sru;

/* One step of LANES units. gates: in: x̃ x_f x_r x, out: x̃ f r x. */
INLINE void sruUnits(Size n, float *gates, float *hNext, float *cNext, const float *cPrevious, const float *w,
    const float *bias, Size H) {
  vec c = loadPartial(cPrevious, n), candidate = loadPartial(gates, n), x = loadPartial(gates + 3 * H, n);
  vec f = sigmoidv(madd(loadPartial(w, n), c, loadPartial(gates + H, n) + loadPartial(bias, n)));
  vec r = sigmoidv(madd(loadPartial(w + H, n), c, loadPartial(gates + 2 * H, n) + loadPartial(bias + H, n)));
  storePartial(gates + H, f, n);
  storePartial(gates + 2 * H, r, n);
  c = madd(f, c, (1 - f) * candidate);
  storePartial(cNext, c, n);
  storePartial(hNext, madd(r, c, (1 - r) * x), n);
}

static void sruForwardTask(const void *cell, Size task) {
  const Sru *u = cell;
  const Sequence *q = &u->s.q;
  Slice slice = sliceOf(&u->s, task);
  Size H = q->H, BH = q->B * H, row = stateAt(q, &slice), width = slice.end - slice.unit;
  const float *w = q->w + slice.unit, *bias = q->bias + slice.unit;
  for (Size round = 0; round < q->T; round++) {
    Step step = stepOf(q, round);
    Size next = step.next * BH + row, previous = step.previous * BH + row;
    float *gates = u->s.gates + gatesAt(q, step.t, &slice), *h = u->s.h, *c = u->c;
    int valid = isValid(q, step.t, slice.from);
    for (Size k = 0, n = width; n > 0; k += LANES, n -= LANES) {
      if (valid) {
        WHOLE_OR_PARTIAL(n, sruUnits, gates + k, h + next + k, c + next + k, c + previous + k, w + k, bias + k, H);
        continue;
      }
      storePartial(h + next + k, loadPartial(h + previous + k, n), n);
      storePartial(c + next + k, loadPartial(c + previous + k, n), n);
    }
  }
}

/* h, c: [T+1, B, H]; gates: [T, B, 4H], in: x̃ x_f x_r x, out: x̃ f r x where valid; w, bias: [2H]. */
void sruForward(float *h, float *c, float *gates, const float *w, const float *bias, const int32_t *lengths, Size T,
    Size B, Size H, int reverse) {
  Sru u = {.s = {.q = {T, B, H, lengths, reverse, w, bias, 4}, .h = h, .gates = gates}, .c = c};
  runUnits(sruForwardTask, &u.s);
}

/* One step back of LANES units. dcPrevious: added to when `accumulate`, else overwritten. */
INLINE void sruUnitsBack(Size n, float *gates, float *dcNext, float *dcPrevious, float *dw, const float *dhNext,
    const float *cNext, const float *cPrevious, const float *w, int accumulate, Size H) {
  vec candidate = loadPartial(gates, n), f = loadPartial(gates + H, n), r = loadPartial(gates + 2 * H, n);
  vec x = loadPartial(gates + 3 * H, n), c = loadPartial(cPrevious, n), dh = loadPartial(dhNext, n);
  vec dcBefore = accumulate ? loadPartial(dcPrevious, n) : (vec){0};
  vec dc = madd(dh, r, loadPartial(dcNext, n));
  storePartial(dcNext, dc, n);
  vec df = dc * (c - candidate) * f * (1 - f), dr = dh * (loadPartial(cNext, n) - x) * r * (1 - r);
  storePartial(gates, dc * (1 - f), n);
  storePartial(gates + H, df, n);
  storePartial(gates + 2 * H, dr, n);
  storePartial(gates + 3 * H, dh * (1 - r), n);
  vec throughGates = madd(df, loadPartial(w, n), dr * loadPartial(w + H, n));
  storePartial(dcPrevious, madd(dc, f, throughGates) + dcBefore, n);
  storePartial(dw, madd(df, c, loadPartial(dw, n)), n);
  storePartial(dw + H, madd(dr, c, loadPartial(dw + H, n)), n);
}

static void sruBackwardTask(const void *cell, Size task) {
  const Sru *u = cell;
  const Sequence *q = &u->s.q;
  Slice slice = sliceOf(&u->s, task);
  Size H = q->H, BH = q->B * H, row = stateAt(q, &slice), width = slice.end - slice.unit;
  const float *w = q->w + slice.unit;
  float *dw = u->dw + slice.from * 2 * H + slice.unit;
  for (Size k = 0, n = width; n > 0; k += LANES, n -= LANES) {
    storePartial(dw + k, (vec){0}, n);
    storePartial(dw + H + k, (vec){0}, n);
  }
  for (Size round = 0; round < q->T; round++) {
    Step step = stepBack(q, round);
    const float *cNext = u->c + step.next * BH + row, *cPrevious = u->c + step.previous * BH + row;
    const float *dhNext = u->s.dh + step.next * BH + row;
    float *gates = u->s.gates + gatesAt(q, step.t, &slice), *dhPrevious = u->s.dh + step.previous * BH + row;
    float *dcNext = u->dc + step.next * u->dcStride + row, *dcPrevious = u->dc + step.previous * u->dcStride + row;
    int valid = isValid(q, step.t, slice.from), accumulate = u->dcStride != 0;
    for (Size k = 0, n = width; n > 0; k += LANES, n -= LANES) {
      if (valid) {
        WHOLE_OR_PARTIAL(n, sruUnitsBack, gates + k, dcNext + k, dcPrevious + k, dw + k, dhNext + k, cNext + k,
            cPrevious + k, w + k, accumulate, H);
        continue;
      }
      for (Size gate = 0; gate < 4; gate++) storePartial(gates + gate * H + k, (vec){0}, n);
      if (accumulate) storeBeta(dcPrevious + k, loadPartial(dcNext + k, n), n, 1);
      storeBeta(dhPrevious + k, loadPartial(dhNext + k, n), n, 1);
    }
  }
}

/*
 * dh, dc, dcStride: as in lstmBackward. gates: in: x̃ f r x, out: the gradient of x̃ x_f x_r x; dw: [B, 2H], out: the
 * gradient of w from each entry.
 */
void sruBackward(float *dh, float *dc, Size dcStride, float *gates, float *dw, const float *c, const float *w,
    const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  Sru u = {.s = {.q = {T, B, H, lengths, reverse, w, 0, 4}, .gates = gates, .dh = dh},
      .c = (float *)c,
      .dc = dc,
      .dw = dw,
      .dcStride = dcStride};
  runUnits(sruBackwardTask, &u.s);
}

/* One step of one entry, in place. h, c: [H]; xg: [4H], x̃ x_f x_r x; w, bias: [2H]. */
void sruStep(float *h, float *c, const float *xg, const float *w, const float *bias, Size H) {
  for (Size k = 0, n = H; n > 0; k += LANES, n -= LANES) {
    vec cell = loadPartial(c + k, n);
    vec f = sigmoidv(madd(loadPartial(w + k, n), cell, loadPartial(xg + H + k, n) + loadPartial(bias + k, n)));
    vec r = sigmoidv(
        madd(loadPartial(w + H + k, n), cell, loadPartial(xg + 2 * H + k, n) + loadPartial(bias + H + k, n)));
    cell = madd(f, cell, (1 - f) * loadPartial(xg + k, n));
    storePartial(c + k, cell, n);
    storePartial(h + k, madd(r, cell, (1 - r) * loadPartial(xg + 3 * H + k, n)), n);
  }
}
