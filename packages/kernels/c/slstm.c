/*
 * sLSTM over a whole sequence: an LSTM whose input gate is an exponential, and whose cell is therefore a weighted mean.
 * Of the sums c = Σ w∘z and n = Σ w of what it has seen, where w is the exponential i of its time and every f since, it
 * keeps m = c/n and l = ln n, which no exponential overflows; i/n' becomes the gate a.
 *
 *     y = xg[t] + h·Wᵀ + bias     f, o = σ(y_f), σ(y_o)     z = tanh(y_z)     k = l + ln f     a = σ(y_i - k)
 *     m' = (1-a)∘m + a∘z          l' = ln(e^y_i + e^k)      h' = o∘m'
 *
 * Source: Beck et al. 2024, “xLSTM”, section 2.2. What is left to the caller is as in lstm.c.
 */
#include "functions.h"
#include "sequence.h"

typedef struct {
  Sequence q;
  float *h, *c, *gates, *dh, *dc;
  Size dcStride;
} Slstm;

/* What the cell keeps of LANES units (m, l), from what it kept; *a is the gate. */
INLINE void slstmKeep(vec yi, vec yf, vec z, vec *m, vec *l, vec *a) {
  vec k = *l - softplusv(-yf);
  *a = sigmoidv(yi - k);
  *m = madd(*a, z, (1 - *a) * *m);
  *l = maxv(yi, k) + softplusv(-absv(yi - k));
}

/* One step of LANES units. y: in: y, out: a f z o; c: m, and H further l. */
INLINE void slstmUnits(Size n, float *y, float *h, float *cNext, const float *cPrevious, Size H) {
  vec yf = loadPartial(y + H, n), z = tanhv(loadPartial(y + 2 * H, n)), o = sigmoidv(loadPartial(y + 3 * H, n));
  vec m = loadPartial(cPrevious, n), l = loadPartial(cPrevious + H, n), a;
  slstmKeep(loadPartial(y, n), yf, z, &m, &l, &a);
  storePartial(y, a, n);
  storePartial(y + H, sigmoidv(yf), n);
  storePartial(y + 2 * H, z, n);
  storePartial(y + 3 * H, o, n);
  storePartial(cNext, m, n);
  storePartial(cNext + H, l, n);
  storePartial(h, o * m, n);
}

static void slstmForwardRound(const void *cell, const Slice *slice) {
  const Slstm *s = cell;
  Size B = s->q.B, H = s->q.H;
  Step step = stepOf(&s->q, slice->round);
  Size valid = validEnd(&s->q, step.t, slice);
  float *gates = s->gates + step.t * B * 4 * H;
  const float *cPrevious = s->c + step.previous * B * 2 * H, *hPrevious = s->h + step.previous * B * H;
  float *cNext = s->c + step.next * B * 2 * H, *hNext = s->h + step.next * B * H;
  for (Size gate = 0; gate < 4; gate++)
    recurrentProduct(&s->q, gate, gates + gate * H, 4 * H, hPrevious, valid, slice, 1);

  for (Size position = slice->from; position < valid; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = slice->unit, n = slice->end - k; n > 0; k += LANES, n -= LANES)
      WHOLE_OR_PARTIAL(
          n, slstmUnits, gates + 4 * row + k, hNext + row + k, cNext + 2 * row + k, cPrevious + 2 * row + k, H);
  }
  hold(&s->q, cNext, cPrevious, 2 * H, valid, slice);
  hold(&s->q, cNext + H, cPrevious + H, 2 * H, valid, slice);
  hold(&s->q, hNext, hPrevious, H, valid, slice);
  leaveWords(&s->q, 0, hNext, H, slice);
}

/* h: [T+1, B, H]; c: [T+1, B, 2H], m l; gates: [T, B, 4H], in: xg, out: a f z o where valid; w: [4H, H]; bias: [4H]. */
void slstmForward(float *h, float *c, float *gates, const float *w, const float *bias, const int32_t *lengths, Size T,
    Size B, Size H, int reverse) {
  Slstm s = {.q = {T, B, H, lengths, reverse, w, bias, 4}, .h = h, .c = c, .gates = gates};
  if (prepare(&s.q, T * B > UNPACKED_PRODUCTS, h)) runSequence(slstmForwardRound, &s.q, T);
}

/* y: in: a f z o, out: dy. dcPrevious: added to when `accumulate`, else overwritten. */
INLINE void slstmUnitsBack(Size n, float *y, float *dcNext, float *dcPrevious, const float *dhNext, const float *cNext,
    const float *cPrevious, int accumulate, Size H) {
  vec a = loadPartial(y, n), f = loadPartial(y + H, n), z = loadPartial(y + 2 * H, n), o = loadPartial(y + 3 * H, n);
  vec dh = loadPartial(dhNext, n), dl = loadPartial(dcNext + H, n);
  vec dmBefore = accumulate ? loadPartial(dcPrevious, n) : (vec){0};
  vec dlBefore = accumulate ? loadPartial(dcPrevious + H, n) : (vec){0};
  vec dm = madd(dh, o, loadPartial(dcNext, n));
  storePartial(dcNext, dm, n);
  vec da = dm * (z - loadPartial(cPrevious, n)) * a * (1 - a); /* the gradient of y_i - k */
  vec dk = dl * (1 - a) - da;
  storePartial(y, madd(dl, a, da), n);
  storePartial(y + H, dk * (1 - f), n);
  storePartial(y + 2 * H, dm * a * (1 - z * z), n);
  storePartial(y + 3 * H, dh * loadPartial(cNext, n) * o * (1 - o), n);
  storePartial(dcPrevious, madd(dm, 1 - a, dmBefore), n);
  storePartial(dcPrevious + H, dk + dlBefore, n);
}

/* Adds dy·W of the step of the previous round to dh of its input state, then computes dy of this round's step. */
static void slstmBackwardRound(const void *cell, const Slice *slice) {
  const Slstm *s = cell;
  Size B = s->q.B, H = s->q.H;
  if (slice->round > 0) {
    Step step = stepBack(&s->q, slice->round - 1);
    Size valid = validEnd(&s->q, step.t, slice);
    for (Size gate = 0; gate < 4; gate++)
      recurrentProductBack(
          &s->q, gate, s->dh + step.previous * B * H, s->gates + step.t * B * 4 * H + gate * H, 4 * H, valid, slice);
  }
  if (slice->round == s->q.T) return;

  Step step = stepBack(&s->q, slice->round);
  Size valid = validEnd(&s->q, step.t, slice);
  const float *cNext = s->c + step.next * B * 2 * H, *cPrevious = s->c + step.previous * B * 2 * H,
              *dhNext = s->dh + step.next * B * H;
  float *gates = s->gates + step.t * B * 4 * H, *dhPrevious = s->dh + step.previous * B * H;
  float *dcNext = s->dc + step.next * s->dcStride, *dcPrevious = s->dc + step.previous * s->dcStride;
  for (Size position = slice->from; position < valid; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = slice->unit, n = slice->end - k; n > 0; k += LANES, n -= LANES)
      WHOLE_OR_PARTIAL(n, slstmUnitsBack, gates + 4 * row + k, dcNext + 2 * row + k, dcPrevious + 2 * row + k,
          dhNext + row + k, cNext + 2 * row + k, cPrevious + 2 * row + k, s->dcStride != 0, H);
  }
  for (Size position = valid; position < slice->to; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = slice->unit, n = slice->end - k; n > 0; k += LANES, n -= LANES) {
      for (Size gate = 0; gate < 4; gate++) storePartial(gates + 4 * row + gate * H + k, (vec){0}, n);
      for (Size at = 2 * row + k; s->dcStride && at <= 2 * row + H + k; at += H)
        storeBeta(dcPrevious + at, loadPartial(dcNext + at, n), n, 1);
      storeBeta(dhPrevious + row + k, loadPartial(dhNext + row + k, n), n, 1);
    }
  }
  for (Size gate = 0; gate < 4; gate++) leaveWords(&s->q, gate, gates + gate * H, 4 * H, slice);
}

/* As lstmBackward, with cells of 2H; dcStride is 2·B·H, or 0. gates: in: a f z o, out: dy. */
void slstmBackward(float *dh, float *dc, Size dcStride, float *gates, const float *c, const float *w,
    const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  Slstm s = {.q = {T, B, H, lengths, reverse, w, 0, 4, .back = 1},
      .c = (float *)c,
      .gates = gates,
      .dh = dh,
      .dc = dc,
      .dcStride = dcStride};
  if (prepare(&s.q, 1, 0)) runSequence(slstmBackwardRound, &s.q, T + 1);
}

/* One step of one entry, in place. h: [H]; c: [2H], m l; xg: [4H], x·W_ihᵀ + b; a: [4H], h·Wᵀ + bias. */
void slstmStep(float *h, float *c, const float *xg, const float *a, Size H) {
  for (Size k = 0, n = H; n > 0; k += LANES, n -= LANES) {
    vec yi = loadPartial(xg + k, n) + loadPartial(a + k, n);
    vec yf = loadPartial(xg + H + k, n) + loadPartial(a + H + k, n);
    vec z = tanhv(loadPartial(xg + 2 * H + k, n) + loadPartial(a + 2 * H + k, n));
    vec o = sigmoidv(loadPartial(xg + 3 * H + k, n) + loadPartial(a + 3 * H + k, n));
    vec m = loadPartial(c + k, n), l = loadPartial(c + H + k, n), gate;
    slstmKeep(yi, yf, z, &m, &l, &gate);
    storePartial(c + k, m, n);
    storePartial(c + H + k, l, n);
    storePartial(h + k, o * m, n);
  }
}
