/*
 * RNN over a whole sequence: h' = tanh(z) or relu(z), z = xg[t] + h·Wᵀ + bias. (Elman 1990; torch.nn.RNN.)
 */
#include "exponential.h"
#include "sequence.h"

typedef struct {
  Sequence q;
  float *h, *dh, *dz;
  const float *xg;
  int relu;
} Rnn;

static void rnnForwardRound(const void *cell, Size round, Size from, Size to, Size panel) {
  const Rnn *s = cell;
  Size B = s->q.B, H = s->q.H, j = panel * PANEL;
  Step step = stepOf(&s->q, round);
  float *hNext = s->h + step.next * B * H;
  const float *hPrevious = s->h + step.previous * B * H, *xg = s->xg + step.t * B * H;
  Size alive = aliveTo(&s->q, step.t, from, to);
  recurrentProduct(&s->q, 0, panel, hNext, H, hPrevious, from, alive, 0);

  for (Size place = from; place < alive; place++) {
    Size b = entryAt(&s->q, place);
    for (EACH(k, n, b * H + j, b * H + least(j + PANEL, H))) {
      vec z = loadSome(hNext + k, n) + loadSome(xg + k, n);
      storeSome(hNext + k, s->relu ? atLeast(z, splat(0)) : tanhv(z), n);
    }
  }
  hold(&s->q, hNext, hPrevious, alive, to, panel);
}

/* h: [T+1, B, H], the initial state is read; xg: [T, B, H]; w: [H, H]; bias: [H]. */
void rnnForward(float *h, const float *xg, const float *w, const float *bias, const int32_t *lengths, Size T, Size B, Size H, int relu, int reverse) {
  Rnn s = {.q = {T, B, H, lengths, reverse, w, bias, 1}, .h = h, .xg = xg, .relu = relu};
  if (prepare(&s.q, T * B > FEW ? packForward : 0)) overTime(rnnForwardRound, &s.q, T);
}

static void rnnBackwardRound(const void *cell, Size round, Size from, Size to, Size panel) {
  const Rnn *s = cell;
  Size B = s->q.B, H = s->q.H, j = panel * PANEL;
  if (round > 0) {
    Step step = stepBack(&s->q, round - 1);
    recurrentProductBack(&s->q, 0, 1, panel, s->dh + step.previous * B * H, s->dz + step.t * B * H, H, from, aliveTo(&s->q, step.t, from, to));
  }
  if (round == s->q.T) return;

  Step step = stepBack(&s->q, round);
  float *dz = s->dz + step.t * B * H, *dhPrevious = s->dh + step.previous * B * H;
  const float *dhNext = s->dh + step.next * B * H, *h = s->h + step.next * B * H;
  Size aliveEnd = aliveTo(&s->q, step.t, from, to);
  for (Size place = from; place < to; place++) {
    Size b = entryAt(&s->q, place);
    int alive = place < aliveEnd;
    for (EACH(k, n, b * H + j, b * H + least(j + PANEL, H))) {
      vec dh = loadSome(dhNext + k, n), y = loadSome(h + k, n), zero = {0};
      storeSome(dz + k, !alive ? zero : s->relu ? choose(y > 0, dh, zero) : dh * (1 - y * y), n);
      if (!alive) storeSome(dhPrevious + k, loadSome(dhPrevious + k, n) + dh, n);
    }
  }
}

/*
 * dh: [T+1, B, H], in: what flows into each state from outside; out: the whole ∂L/∂h of each state.
 * dz: [T, B, H], out: the gradient of z.
 */
void rnnBackward(float *dh, float *dz, const float *h, const float *w, const int32_t *lengths, Size T, Size B, Size H, int relu, int reverse) {
  Rnn s = {.q = {T, B, H, lengths, reverse, w, 0, 1}, .h = (float *)h, .dh = dh, .dz = dz, .relu = relu};
  if (prepare(&s.q, packBackward)) overTime(rnnBackwardRound, &s.q, T + 1);
}

/* One step of one entry, in place: h = tanh(xg + a) or relu(xg + a), with a = h·Wᵀ + bias; all [H]. */
void rnnStep(float *h, const float *xg, const float *a, Size H, int relu) {
  for (EACH(k, n, 0, H)) {
    vec z = loadSome(xg + k, n) + loadSome(a + k, n);
    storeSome(h + k, relu ? atLeast(z, splat(0)) : tanhv(z), n);
  }
}
