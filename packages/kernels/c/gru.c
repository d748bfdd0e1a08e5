/*
 * GRU over a whole sequence, the reset applied after the product (torch, cuDNN).
 *
 *     a = h·Wᵀ + bias     r, z = σ(x_r + a_r), σ(x_z + a_z)     n = tanh(x_n + r∘a_n)     h' = (1-z)∘n + z∘h
 *
 * Source: Cho et al. 2014 in the form of torch.nn.GRU.
 */
#include "exponential.h"
#include "sequence.h"

typedef struct {
  Sequence q;
  float *h, *gates, *an, *dh;
} Gru;

static void gruForwardRound(const void *cell, Size round, Size from, Size to, Size panel) {
  const Gru *s = cell;
  Size B = s->q.B, H = s->q.H, j = panel * PANEL;
  Step step = stepOf(&s->q, round);
  float *gates = s->gates + step.t * B * 3 * H, *an = s->an + step.t * B * H, *hNext = s->h + step.next * B * H;
  const float *hPrevious = s->h + step.previous * B * H;
  Size alive = aliveTo(&s->q, step.t, from, to);
  recurrentProduct(&s->q, 0, panel, gates, 3 * H, hPrevious, from, alive, 1);
  recurrentProduct(&s->q, 1, panel, gates + H, 3 * H, hPrevious, from, alive, 1);
  recurrentProduct(&s->q, 2, panel, an, H, hPrevious, from, alive, 0);

  for (Size place = from; place < alive; place++) {
    Size b = entryAt(&s->q, place);
    for (EACH(k, n, j, least(j + PANEL, H))) {
      float *x = gates + b * 3 * H + k;
      vec old = loadSome(hPrevious + b * H + k, n);
      vec r = sigmoidv(loadSome(x, n)), z = sigmoidv(loadSome(x + H, n));
      vec new = tanhv(madd(r, loadSome(an + b * H + k, n), loadSome(x + 2 * H, n)));
      storeSome(x, r, n);
      storeSome(x + H, z, n);
      storeSome(x + 2 * H, new, n);
      storeSome(hNext + b * H + k, madd(z, old, (1 - z) * new), n);
    }
  }
  hold(&s->q, hNext, hPrevious, alive, to, panel);
}

/* h: [T+1, B, H]; gates: [T, B, 3H], in: x·W_ihᵀ + b, out: r z n of those alive; q: [T, B, H], out: a_n of those; w: [3H, H]; bias: [3H]. */
void gruForward(float *h, float *gates, float *q, const float *w, const float *bias, const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  Gru s = {.q = {T, B, H, lengths, reverse, w, bias, 3}, .h = h, .gates = gates, .an = q};
  if (prepare(&s.q, T * B > FEW ? packForward : 0)) overTime(gruForwardRound, &s.q, T);
}

static void gruBackwardRound(const void *cell, Size round, Size from, Size to, Size panel) {
  const Gru *s = cell;
  Size B = s->q.B, H = s->q.H, j = panel * PANEL;
  if (round > 0) {
    Step step = stepBack(&s->q, round - 1);
    float *dh = s->dh + step.previous * B * H;
    Size alive = aliveTo(&s->q, step.t, from, to);
    recurrentProductBack(&s->q, 0, 2, panel, dh, s->gates + step.t * B * 3 * H, 3 * H, from, alive);
    recurrentProductBack(&s->q, 2, 1, panel, dh, s->an + step.t * B * H, H, from, alive);
  }
  if (round == s->q.T) return;

  Step step = stepBack(&s->q, round);
  Size aliveEnd = aliveTo(&s->q, step.t, from, to);
  for (Size place = from; place < to; place++) {
    Size b = entryAt(&s->q, place);
    int alive = place < aliveEnd;
    const float *soon = s->gates + (step.t * B + ahead(&s->q, place, to)) * 3 * H;
    for (EACH(k, n, j, least(j + PANEL, H))) {
      float *x = s->gates + (step.t * B + b) * 3 * H + k, *an = s->an + (step.t * B + b) * H + k;
      float *dhPrevious = s->dh + (step.previous * B + b) * H + k;
      for (Size gate = 0; gate < 3; gate++) __builtin_prefetch(soon + gate * H + k);
      vec dh = loadSome(s->dh + (step.next * B + b) * H + k, n), zero = {0};
      vec r = loadSome(x, n), z = loadSome(x + H, n), new = loadSome(x + 2 * H, n);
      vec dn = dh * (1 - z) * (1 - new * new);
      vec dz = dh * (loadSome(s->h + (step.previous * B + b) * H + k, n) - new) * z * (1 - z);
      storeSome(x, alive ? dn * loadSome(an, n) * r * (1 - r) : zero, n);
      storeSome(x + H, alive ? dz : zero, n);
      storeSome(x + 2 * H, alive ? dn : zero, n);
      storeSome(an, alive ? dn * r : zero, n);
      storeSome(dhPrevious, loadSome(dhPrevious, n) + (alive ? dh * z : dh), n);
    }
  }
}

/*
 * dh: [T+1, B, H], in: what flows into each state from outside; out: the whole ∂L/∂h of each state. gates: in: r z n,
 * out: the gradient of x_r x_z x_n; q: in: a_n, out: the gradient of a_n (those of a_r and a_z equal those of x_r, x_z).
 */
void gruBackward(float *dh, float *gates, float *q, const float *h, const float *w, const int32_t *lengths, Size T, Size B, Size H, int reverse) {
  Gru s = {.q = {T, B, H, lengths, reverse, w, 0, 3}, .h = (float *)h, .gates = gates, .an = q, .dh = dh};
  if (prepare(&s.q, packBackward)) overTime(gruBackwardRound, &s.q, T + 1);
}

/* One step of one entry, in place. h: [H]; xg: [3H], x·W_ihᵀ + b; a: [3H], h·Wᵀ + bias. */
void gruStep(float *h, const float *xg, const float *a, Size H) {
  for (EACH(k, n, 0, H)) {
    vec r = sigmoidv(loadSome(xg + k, n) + loadSome(a + k, n));
    vec z = sigmoidv(loadSome(xg + H + k, n) + loadSome(a + H + k, n));
    vec new = tanhv(madd(r, loadSome(a + 2 * H + k, n), loadSome(xg + 2 * H + k, n)));
    storeSome(h + k, madd(z, loadSome(h + k, n), (1 - z) * new), n);
  }
}
