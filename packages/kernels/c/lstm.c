/*
 * LSTM over a whole sequence.
 *
 *     z = xg[t] + h·Wᵀ + bias     i, f, o = σ(z_i), σ(z_f), σ(z_o)     g = tanh(z_g)     c' = f∘c + i∘g
 *     h' = o∘tanh(c')
 *
 * Source: Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000; gate order and shapes as
 * torch.nn.LSTM. What does not depend on the previous state is one product over all of T and stays with the caller
 * (Appleyard et al. 2016): xg = x·W_ihᵀ + b before, and dW_hh = Σ_t dz[t]ᵀ·h[previous] after.
 */
#include "functions.h"
#include "sequence.h"

typedef struct {
  Sequence q;
  float *h, *c, *gates, *dh, *dc;
  Size dcStride;
} Lstm;

/* Two loops a row: the gates and c', then h', which waits for c'. */
INLINE void lstmCell(Size n, float *z, float *cNext, const float *cPrevious, Size H) {
  vec i = sigmoidv(loadPartial(z, n)), f = sigmoidv(loadPartial(z + H, n));
  vec g = tanhv(loadPartial(z + 2 * H, n)), o = sigmoidv(loadPartial(z + 3 * H, n));
  storePartial(z, i, n);
  storePartial(z + H, f, n);
  storePartial(z + 2 * H, g, n);
  storePartial(z + 3 * H, o, n);
  storePartial(cNext, madd(f, loadPartial(cPrevious, n), i * g), n);
}
INLINE void lstmHidden(Size n, float *h, const float *o, const float *c) {
  storePartial(h, loadPartial(o, n) * tanhv(loadPartial(c, n)), n);
}

static void lstmForwardRound(const void *cell, const Slice *slice) {
  const Lstm *s = cell;
  Size B = s->q.B, H = s->q.H;
  Step step = stepOf(&s->q, slice->round);
  Size valid = validEnd(&s->q, step.t, slice);
  float *gates = s->gates + step.t * B * 4 * H;
  const float *cPrevious = s->c + step.previous * B * H, *hPrevious = s->h + step.previous * B * H;
  float *cNext = s->c + step.next * B * H, *hNext = s->h + step.next * B * H;
  for (Size gate = 0; gate < 4; gate++)
    recurrentProduct(&s->q, gate, gates + gate * H, 4 * H, hPrevious, valid, slice, 1);

  for (Size position = slice->from; position < valid; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = slice->unit, n = slice->end - k; n > 0; k += LANES, n -= LANES)
      WHOLE_OR_PARTIAL(n, lstmCell, gates + 4 * row + k, cNext + row + k, cPrevious + row + k, H);
    for (Size k = slice->unit, n = slice->end - k; n > 0; k += LANES, n -= LANES)
      WHOLE_OR_PARTIAL(n, lstmHidden, hNext + row + k, gates + 4 * row + 3 * H + k, cNext + row + k);
  }
  hold(&s->q, cNext, cPrevious, H, valid, slice);
  hold(&s->q, hNext, hPrevious, H, valid, slice);
  leaveWords(&s->q, 0, hNext, H, slice);
}

/* h, c: [T+1, B, H]; gates: [T, B, 4H], in: xg, out: i f g o where valid; w: [4H, H]; bias: [4H]. */
void lstmForward(float *h, float *c, float *gates, const float *w, const float *bias, const int32_t *lengths, Size T,
    Size B, Size H, int reverse) {
  Lstm s = {.q = {T, B, H, lengths, reverse, w, bias, 4}, .h = h, .c = c, .gates = gates};
  if (prepare(&s.q, T * B > UNPACKED_PRODUCTS, h)) runSequence(lstmForwardRound, &s.q, T);
}

/* z: in: i f g o, out: dz. dcPrevious: added to when `accumulate`, else overwritten. */
INLINE void lstmCellBack(Size n, float *z, float *dcNext, float *dcPrevious, const float *dhNext, const float *cNext,
    const float *cPrevious, int accumulate, Size H) {
  vec i = loadPartial(z, n), f = loadPartial(z + H, n), g = loadPartial(z + 2 * H, n), o = loadPartial(z + 3 * H, n);
  vec dh = loadPartial(dhNext, n), tanhC = tanhv(loadPartial(cNext, n));
  vec dcBefore = accumulate ? loadPartial(dcPrevious, n) : (vec){0};
  vec dc = madd(dh * o, 1 - tanhC * tanhC, loadPartial(dcNext, n));
  storePartial(dcNext, dc, n);
  storePartial(z, dc * g * i * (1 - i), n);
  storePartial(z + H, dc * loadPartial(cPrevious, n) * f * (1 - f), n);
  storePartial(z + 2 * H, dc * i * (1 - g * g), n);
  storePartial(z + 3 * H, dh * tanhC * o * (1 - o), n);
  storePartial(dcPrevious, madd(dc, f, dcBefore), n);
}

/* Adds dz·W of the step of the previous round to dh of its input state, then computes dz of this round's step. */
static void lstmBackwardRound(const void *cell, const Slice *slice) {
  const Lstm *s = cell;
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
  const float *cNext = s->c + step.next * B * H, *cPrevious = s->c + step.previous * B * H,
              *dhNext = s->dh + step.next * B * H;
  float *gates = s->gates + step.t * B * 4 * H, *dhPrevious = s->dh + step.previous * B * H;
  float *dcNext = s->dc + step.next * s->dcStride, *dcPrevious = s->dc + step.previous * s->dcStride;
  for (Size position = slice->from; position < valid; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = slice->unit, n = slice->end - k; n > 0; k += LANES, n -= LANES)
      WHOLE_OR_PARTIAL(n, lstmCellBack, gates + 4 * row + k, dcNext + row + k, dcPrevious + row + k, dhNext + row + k,
          cNext + row + k, cPrevious + row + k, s->dcStride != 0, H);
  }
  for (Size position = valid; position < slice->to; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = slice->unit, n = slice->end - k; n > 0; k += LANES, n -= LANES) {
      for (Size gate = 0; gate < 4; gate++) storePartial(gates + 4 * row + gate * H + k, (vec){0}, n);
      if (s->dcStride) storeBeta(dcPrevious + row + k, loadPartial(dcNext + row + k, n), n, 1);
      storeBeta(dhPrevious + row + k, loadPartial(dhNext + row + k, n), n, 1);
    }
  }
  for (Size gate = 0; gate < 4; gate++) leaveWords(&s->q, gate, gates + gate * H, 4 * H, slice);
}

/*
 * dh: [T+1, B, H], in: the gradient of each h from outside the recurrence, out: its total gradient ∂L/∂h. dc: the same
 * of each c, `dcStride` elements apart. dcStride is B·H, or 0 where only the final c has a gradient from outside: dc is
 * then one [B, H], in: the gradient of the final c, out: of the initial one. gates: in: i f g o, out: dz.
 */
void lstmBackward(float *dh, float *dc, Size dcStride, float *gates, const float *c, const float *w,
    const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  Lstm s = {.q = {T, B, H, lengths, reverse, w, 0, 4, .back = 1},
      .c = (float *)c,
      .gates = gates,
      .dh = dh,
      .dc = dc,
      .dcStride = dcStride};
  if (prepare(&s.q, 1, 0)) runSequence(lstmBackwardRound, &s.q, T + 1);
}

/* One step of one entry, in place. h, c: [H]; xg: [4H], x·W_ihᵀ + b; a: [4H], h·Wᵀ + bias. */
void lstmStep(float *h, float *c, const float *xg, const float *a, Size H) {
  for (Size k = 0, n = H; n > 0; k += LANES, n -= LANES) {
    vec i = sigmoidv(loadPartial(xg + k, n) + loadPartial(a + k, n));
    vec f = sigmoidv(loadPartial(xg + H + k, n) + loadPartial(a + H + k, n));
    vec g = tanhv(loadPartial(xg + 2 * H + k, n) + loadPartial(a + 2 * H + k, n));
    vec o = sigmoidv(loadPartial(xg + 3 * H + k, n) + loadPartial(a + 3 * H + k, n));
    vec cell = madd(f, loadPartial(c + k, n), i * g);
    storePartial(c + k, cell, n);
    storePartial(h + k, o * tanhv(cell), n);
  }
}
