/*
 * LSTM over a whole sequence.
 *
 *     z = xg[t] + h·Wᵀ + bias     i, f, o = σ(z_i), σ(z_f), σ(z_o)     g = tanh(z_g)     c' = f∘c + i∘g     h' = o∘tanh(c')
 *
 * Source: Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000; gate order and shapes as torch.nn.LSTM.
 * What does not depend on the previous state is one product over all of T and stays with the caller (Appleyard et al.
 * 2016): xg = x·W_ihᵀ + b before, and dW_hh = Σ_t dz[t]ᵀ·h[previous] after.
 */
#include "exponential.h"
#include "sequence.h"

typedef struct {
  Sequence q;
  float *h, *c, *gates, *dh, *dc;
  Size dcStride;
} Lstm;

static void lstmForwardRound(const void *cell, Size round, Size from, Size to, Size panel) {
  const Lstm *s = cell;
  Size B = s->q.B, H = s->q.H, j = panel * PANEL;
  Step step = stepOf(&s->q, round);
  Size alive = aliveTo(&s->q, step.t, from, to);
  float *gates = s->gates + step.t * B * 4 * H;
  for (Size gate = 0; gate < 4; gate++)
    recurrentProduct(&s->q, gate, panel, gates + gate * H, 4 * H, s->h + step.previous * B * H, from, alive, 1);

  /* First all that waits for nothing, then what waits for c'. */
  const float *cPrevious = s->c + step.previous * B * H, *hPrevious = s->h + step.previous * B * H;
  float *cNext = s->c + step.next * B * H, *hNext = s->h + step.next * B * H;
  for (Size place = from; place < alive; place++) {
    Size b = entryAt(&s->q, place);
    for (EACH(k, n, j, least(j + PANEL, H))) {
      float *z = gates + b * 4 * H + k;
      vec i = sigmoidv(loadSome(z, n)), f = sigmoidv(loadSome(z + H, n));
      vec g = tanhv(loadSome(z + 2 * H, n)), o = sigmoidv(loadSome(z + 3 * H, n));
      storeSome(z, i, n);
      storeSome(z + H, f, n);
      storeSome(z + 2 * H, g, n);
      storeSome(z + 3 * H, o, n);
      vec c = loadSome(cPrevious + b * H + k, n);
      storeSome(cNext + b * H + k, madd(f, c, i * g), n);
    }
  }
  for (Size place = from; place < alive; place++) {
    Size b = entryAt(&s->q, place);
    for (EACH(k, n, j, least(j + PANEL, H))) {
      vec o = loadSome(gates + (b * 4 + 3) * H + k, n);
      storeSome(hNext + b * H + k, o * tanhv(loadSome(cNext + b * H + k, n)), n);
    }
  }
  hold(&s->q, cNext, cPrevious, alive, to, panel);
  hold(&s->q, hNext, hPrevious, alive, to, panel);
}

/* h, c: [T+1, B, H]; gates: [T, B, 4H], in: xg, out: i f g o of those alive; w: [4H, H]; bias: [4H]. */
void lstmForward(float *h, float *c, float *gates, const float *w, const float *bias, const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  Lstm s = {.q = {T, B, H, lengths, reverse, w, bias, 4}, .h = h, .c = c, .gates = gates};
  if (prepare(&s.q, T * B > FEW ? packForward : 0)) overTime(lstmForwardRound, &s.q, T);
}

/* The product of the step before this one gives dh of the state this step wrote; from that and dc follows dz. */
static void lstmBackwardRound(const void *cell, Size round, Size from, Size to, Size panel) {
  const Lstm *s = cell;
  Size B = s->q.B, H = s->q.H, j = panel * PANEL;
  if (round > 0) {
    Step step = stepBack(&s->q, round - 1);
    recurrentProductBack(&s->q, 0, 4, panel, s->dh + step.previous * B * H, s->gates + step.t * B * 4 * H, 4 * H, from, aliveTo(&s->q, step.t, from, to));
  }
  if (round == s->q.T) return;

  Step step = stepBack(&s->q, round);
  Size alive = aliveTo(&s->q, step.t, from, to);
  for (Size place = from; place < to; place++) {
    Size b = entryAt(&s->q, place);
    float *gates = s->gates + (step.t * B + b) * 4 * H, *soon = s->gates + (step.t * B + ahead(&s->q, place, to)) * 4 * H;
    for (EACH(k, n, j, least(j + PANEL, H))) {
      float *z = gates + k;
      for (Size gate = 0; gate < 4; gate++) __builtin_prefetch(soon + gate * H + k);
      float *dcNext = s->dc + step.next * s->dcStride + b * H + k, *dcPrevious = s->dc + step.previous * s->dcStride + b * H + k;
      Size previous = (step.previous * B + b) * H + k, next = (step.next * B + b) * H + k;
      vec dh = loadSome(s->dh + next, n), dc = loadSome(dcNext, n);
      vec dcFromOutside = s->dcStride ? loadSome(dcPrevious, n) : (vec){0};
      if (place >= alive) {
        for (Size gate = 0; gate < 4; gate++) storeSome(z + gate * H, (vec){0}, n);
        storeSome(dcPrevious, dcFromOutside + dc, n);
        storeSome(s->dh + previous, loadSome(s->dh + previous, n) + dh, n);
        continue;
      }
      vec i = loadSome(z, n), f = loadSome(z + H, n), g = loadSome(z + 2 * H, n), o = loadSome(z + 3 * H, n);
      vec tanhC = tanhv(loadSome(s->c + next, n));
      dc = madd(dh * o, 1 - tanhC * tanhC, dc);
      storeSome(dcNext, dc, n);
      storeSome(z, dc * g * i * (1 - i), n);
      storeSome(z + H, dc * loadSome(s->c + previous, n) * f * (1 - f), n);
      storeSome(z + 2 * H, dc * i * (1 - g * g), n);
      storeSome(z + 3 * H, dh * tanhC * o * (1 - o), n);
      storeSome(dcPrevious, madd(dc, f, dcFromOutside), n);
    }
  }
}

/*
 * dh: [T+1, B, H], in: what flows into each state from outside; out: the whole ∂L/∂h of each state. dc: likewise for the
 * cell states, `dcStride` elements from one to the next: B·H; or 0, when nothing flows in but into the final one, and all
 * share one running [B, H], out: the gradient of the initial one. gates: in: i f g o, out: dz.
 */
void lstmBackward(float *dh, float *dc, Size dcStride, float *gates, const float *c, const float *w, const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  Lstm s = {.q = {T, B, H, lengths, reverse, w, 0, 4}, .c = (float *)c, .gates = gates, .dh = dh, .dc = dc, .dcStride = dcStride};
  if (prepare(&s.q, packBackward)) overTime(lstmBackwardRound, &s.q, T + 1);
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
