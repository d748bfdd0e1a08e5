/*
 * RNN over a whole sequence: h' = tanh(z) or relu(z), z = xg[t] + h·Wᵀ + bias. (Elman 1990; torch.nn.RNN.)
 */
#include "functions.h"
#include "sequence.h"

typedef struct {
  Sequence q;
  float *h, *dh, *dz;
  const float *xg;
  int relu;
} Rnn;

INLINE void rnnCell(Size n, float *h, const float *xg, int relu) {
  vec z = loadSome(h, n) + loadSome(xg, n);
  storeSome(h, relu ? atLeast(z, splat(0)) : tanhv(z), n);
}

static void rnnForwardRound(const void *cell, Size round, const Share *share) {
  const Rnn *s = cell;
  Size B = s->q.B, H = s->q.H;
  Step step = stepOf(&s->q, round);
  float *hNext = s->h + step.next * B * H;
  const float *hPrevious = s->h + step.previous * B * H, *xg = s->xg + step.t * B * H;
  Size alive = aliveIn(&s->q, step.t, share);
  recurrentProduct(&s->q, 0, hNext, H, hPrevious, alive, share, 0);

  for (Size place = share->from; place < alive; place++) {
    Size row = entryAt(&s->q, place) * H;
    for (EACH(k, n, row + share->unit, row + share->end)) OF_VECTOR(n, rnnCell, hNext + k, xg + k, s->relu);
  }
  hold(&s->q, hNext, hPrevious, alive, share);
}

/* h: [T+1, B, H], the initial state is read; xg: [T, B, H]; w: [H, H]; bias: [H]. */
void rnnForward(float *h, const float *xg, const float *w, const float *bias, const int32_t *lengths, Size T, Size B, Size H, int relu, int reverse) {
  Rnn s = {.q = {T, B, H, lengths, reverse, w, bias, 1}, .h = h, .xg = xg, .relu = relu};
  if (prepare(&s.q, T * B > FEW)) overTime(rnnForwardRound, &s.q, T);
}

INLINE void rnnCellBack(Size n, float *dz, const float *dhNext, const float *h, int relu) {
  vec dh = loadSome(dhNext, n), y = loadSome(h, n);
  storeSome(dz, relu ? choose(y > 0, dh, (vec){0}) : dh * (1 - y * y), n);
}

static void rnnBackwardRound(const void *cell, Size round, const Share *share) {
  const Rnn *s = cell;
  Size B = s->q.B, H = s->q.H;
  if (round > 0) {
    Step step = stepBack(&s->q, round - 1);
    recurrentProductBack(&s->q, 0, s->dh + step.previous * B * H, s->dz + step.t * B * H, H, aliveIn(&s->q, step.t, share), share);
  }
  if (round == s->q.T) return;

  Step step = stepBack(&s->q, round);
  Size alive = aliveIn(&s->q, step.t, share);
  float *dz = s->dz + step.t * B * H, *dhPrevious = s->dh + step.previous * B * H;
  const float *dhNext = s->dh + step.next * B * H, *h = s->h + step.next * B * H;
  for (Size place = share->from; place < alive; place++) {
    Size row = entryAt(&s->q, place) * H;
    for (EACH(k, n, row + share->unit, row + share->end)) OF_VECTOR(n, rnnCellBack, dz + k, dhNext + k, h + k, s->relu);
  }
  for (Size place = alive; place < share->to; place++) {
    Size row = entryAt(&s->q, place) * H;
    for (EACH(k, n, row + share->unit, row + share->end)) {
      storeSome(dz + k, (vec){0}, n);
      put(dhPrevious + k, loadSome(dhNext + k, n), n, 1);
    }
  }
}

/*
 * dh: [T+1, B, H], in: what flows into each state from outside; out: the whole ∂L/∂h of each state.
 * dz: [T, B, H], out: the gradient of z.
 */
void rnnBackward(float *dh, float *dz, const float *h, const float *w, const int32_t *lengths, Size T, Size B, Size H, int relu, int reverse) {
  Rnn s = {.q = {T, B, H, lengths, reverse, w, 0, 1, .back = 1}, .h = (float *)h, .dh = dh, .dz = dz, .relu = relu};
  if (prepare(&s.q, 1)) overTime(rnnBackwardRound, &s.q, T + 1);
}

/* One step of one entry, in place: h = tanh(xg + a) or relu(xg + a), with a = h·Wᵀ + bias; all [H]. */
void rnnStep(float *h, const float *xg, const float *a, Size H, int relu) {
  for (EACH(k, n, 0, H)) {
    vec z = loadSome(xg + k, n) + loadSome(a + k, n);
    storeSome(h + k, relu ? atLeast(z, splat(0)) : tanhv(z), n);
  }
}
