/*
 * LSTM over a whole sequence.
 *
 *     z = xg[t] + h·Wᵀ + bias     i, f, o = σ(z_i), σ(z_f), σ(z_o)     g = tanh(z_g)     c' = f∘c + i∘g     h' = o∘tanh(c')
 *
 * Source: Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000; gate order and shapes as torch.nn.LSTM.
 * What does not depend on the previous state is one product over all of T and stays with the caller (Appleyard et al.
 * 2016): xg = x·W_ihᵀ + b before, and dW_hh = Σ_t dz[t]ᵀ·h[previous] after.
 */
#include "functions.h"
#include "sequence.h"

typedef struct {
  Sequence q;
  float *h, *c, *gates, *dh, *dc;
  Size dcStride;
} Lstm;

/* First all that waits for nothing, then what waits for c'. */
INLINE void lstmCell(Size n, float *z, float *cNext, const float *cPrevious, Size H) {
  vec i = sigmoidv(loadSome(z, n)), f = sigmoidv(loadSome(z + H, n));
  vec g = tanhv(loadSome(z + 2 * H, n)), o = sigmoidv(loadSome(z + 3 * H, n));
  storeSome(z, i, n);
  storeSome(z + H, f, n);
  storeSome(z + 2 * H, g, n);
  storeSome(z + 3 * H, o, n);
  storeSome(cNext, madd(f, loadSome(cPrevious, n), i * g), n);
}
INLINE void lstmHidden(Size n, float *h, const float *o, const float *c) {
  storeSome(h, loadSome(o, n) * tanhv(loadSome(c, n)), n);
}

static void lstmForwardRound(const void *cell, Size round, const Share *share) {
  const Lstm *s = cell;
  Size B = s->q.B, H = s->q.H;
  Step step = stepOf(&s->q, round);
  Size alive = aliveIn(&s->q, step.t, share);
  float *gates = s->gates + step.t * B * 4 * H;
  const float *cPrevious = s->c + step.previous * B * H, *hPrevious = s->h + step.previous * B * H;
  float *cNext = s->c + step.next * B * H, *hNext = s->h + step.next * B * H;
  for (Size gate = 0; gate < 4; gate++) recurrentProduct(&s->q, gate, gates + gate * H, 4 * H, hPrevious, alive, share, 1);

  for (Size place = share->from; place < alive; place++) {
    Size row = entryAt(&s->q, place) * H;
    for (EACH(k, n, share->unit, share->end)) OF_VECTOR(n, lstmCell, gates + 4 * row + k, cNext + row + k, cPrevious + row + k, H);
    for (EACH(k, n, share->unit, share->end)) OF_VECTOR(n, lstmHidden, hNext + row + k, gates + 4 * row + 3 * H + k, cNext + row + k);
  }
  hold(&s->q, cNext, cPrevious, alive, share);
  hold(&s->q, hNext, hPrevious, alive, share);
}

/* h, c: [T+1, B, H]; gates: [T, B, 4H], in: xg, out: i f g o of those alive; w: [4H, H]; bias: [4H]. */
void lstmForward(float *h, float *c, float *gates, const float *w, const float *bias, const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  Lstm s = {.q = {T, B, H, lengths, reverse, w, bias, 4}, .h = h, .c = c, .gates = gates};
  if (prepare(&s.q, T * B > FEW)) overTime(lstmForwardRound, &s.q, T);
}

/* z: in: i f g o, out: dz; dcPrevious: `inflow` is whether something flows into it from outside. */
INLINE void lstmCellBack(Size n, float *z, float *dcNext, float *dcPrevious, const float *dhNext, const float *cNext, const float *cPrevious, int inflow, Size H) {
  vec i = loadSome(z, n), f = loadSome(z + H, n), g = loadSome(z + 2 * H, n), o = loadSome(z + 3 * H, n);
  vec dh = loadSome(dhNext, n), tanhC = tanhv(loadSome(cNext, n));
  vec dcFromOutside = inflow ? loadSome(dcPrevious, n) : (vec){0};
  vec dc = madd(dh * o, 1 - tanhC * tanhC, loadSome(dcNext, n));
  storeSome(dcNext, dc, n);
  storeSome(z, dc * g * i * (1 - i), n);
  storeSome(z + H, dc * loadSome(cPrevious, n) * f * (1 - f), n);
  storeSome(z + 2 * H, dc * i * (1 - g * g), n);
  storeSome(z + 3 * H, dh * tanhC * o * (1 - o), n);
  storeSome(dcPrevious, madd(dc, f, dcFromOutside), n);
}

/* The product of the step before this one gives dh of the state this step wrote; from that and dc follows dz. */
static void lstmBackwardRound(const void *cell, Size round, const Share *share) {
  const Lstm *s = cell;
  Size B = s->q.B, H = s->q.H;
  if (round > 0) {
    Step step = stepBack(&s->q, round - 1);
    Size alive = aliveIn(&s->q, step.t, share);
    for (Size gate = 0; gate < 4; gate++)
      recurrentProductBack(&s->q, gate, s->dh + step.previous * B * H, s->gates + step.t * B * 4 * H + gate * H, 4 * H, alive, share);
  }
  if (round == s->q.T) return;

  Step step = stepBack(&s->q, round);
  Size alive = aliveIn(&s->q, step.t, share);
  const float *cNext = s->c + step.next * B * H, *cPrevious = s->c + step.previous * B * H, *dhNext = s->dh + step.next * B * H;
  float *gates = s->gates + step.t * B * 4 * H, *dhPrevious = s->dh + step.previous * B * H;
  float *dcNext = s->dc + step.next * s->dcStride, *dcPrevious = s->dc + step.previous * s->dcStride;
  for (Size place = share->from; place < alive; place++) {
    Size row = entryAt(&s->q, place) * H;
    for (EACH(k, n, share->unit, share->end))
      OF_VECTOR(n, lstmCellBack, gates + 4 * row + k, dcNext + row + k, dcPrevious + row + k, dhNext + row + k, cNext + row + k, cPrevious + row + k, s->dcStride != 0, H);
  }
  for (Size place = alive; place < share->to; place++) {
    Size row = entryAt(&s->q, place) * H;
    for (EACH(k, n, share->unit, share->end)) {
      for (Size gate = 0; gate < 4; gate++) storeSome(gates + 4 * row + gate * H + k, (vec){0}, n);
      if (s->dcStride) put(dcPrevious + row + k, loadSome(dcNext + row + k, n), n, 1);
      put(dhPrevious + row + k, loadSome(dhNext + row + k, n), n, 1);
    }
  }
}

/*
 * dh: [T+1, B, H], in: what flows into each state from outside; out: the whole ∂L/∂h of each state. dc: likewise for the
 * cell states, `dcStride` elements from one to the next: B·H; or 0, when nothing flows in but into the final one, and all
 * share one running [B, H], out: the gradient of the initial one. gates: in: i f g o, out: dz.
 */
void lstmBackward(float *dh, float *dc, Size dcStride, float *gates, const float *c, const float *w, const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  Lstm s = {.q = {T, B, H, lengths, reverse, w, 0, 4, .back = 1}, .c = (float *)c, .gates = gates, .dh = dh, .dc = dc, .dcStride = dcStride};
  if (prepare(&s.q, 1)) overTime(lstmBackwardRound, &s.q, T + 1);
}

/* One step of one entry, in place. h, c: [H]; xg: [4H], x·W_ihᵀ + b; a: [4H], h·Wᵀ + bias. */
void lstmStep(float *h, float *c, const float *xg, const float *a, Size H) {
  for (EACH(k, n, 0, H)) {
    vec i = sigmoidv(loadSome(xg + k, n) + loadSome(a + k, n));
    vec f = sigmoidv(loadSome(xg + H + k, n) + loadSome(a + H + k, n));
    vec g = tanhv(loadSome(xg + 2 * H + k, n) + loadSome(a + 2 * H + k, n));
    vec o = sigmoidv(loadSome(xg + 3 * H + k, n) + loadSome(a + 3 * H + k, n));
    vec cell = madd(f, loadSome(c + k, n), i * g);
    storeSome(c + k, cell, n);
    storeSome(h + k, o * tanhv(cell), n);
  }
}
