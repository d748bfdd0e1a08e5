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
  vec z = loadPartial(h, n) + loadPartial(xg, n);
  storePartial(h, relu ? maxv(z, splat(0)) : tanhv(z), n);
}

static void rnnForwardRound(const void *cell, const Slice *slice) {
  const Rnn *s = cell;
  Size B = s->q.B, H = s->q.H;
  Step step = stepOf(&s->q, slice->round);
  float *hNext = s->h + step.next * B * H;
  const float *hPrevious = s->h + step.previous * B * H, *xg = s->xg + step.t * B * H;
  Size valid = validEnd(&s->q, step.t, slice);
  recurrentProduct(&s->q, 0, hNext, H, hPrevious, valid, slice, 0);

  for (Size position = slice->from; position < valid; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = row + slice->unit, n = (row + slice->end) - k; n > 0; k += LANES, n -= LANES)
      WHOLE_OR_PARTIAL(n, rnnCell, hNext + k, xg + k, s->relu);
  }
  hold(&s->q, hNext, hPrevious, H, valid, slice);
  leaveWords(&s->q, 0, hNext, H, slice);
}

/* h: [T+1, B, H], the initial state is read; xg: [T, B, H]; w: [H, H]; bias: [H]. */
void rnnForward(float *h, const float *xg, const float *w, const float *bias, const int32_t *lengths, Size T, Size B,
    Size H, int relu, int reverse) {
  Rnn s = {.q = {T, B, H, lengths, reverse, w, bias, 1}, .h = h, .xg = xg, .relu = relu};
  if (prepare(&s.q, T * B > UNPACKED_PRODUCTS, h)) runSequence(rnnForwardRound, &s.q, T);
}

INLINE void rnnCellBack(Size n, float *dz, const float *dhNext, const float *h, int relu) {
  vec dh = loadPartial(dhNext, n), y = loadPartial(h, n);
  storePartial(dz, relu ? choose(y > 0, dh, (vec){0}) : dh * (1 - y * y), n);
}

static void rnnBackwardRound(const void *cell, const Slice *slice) {
  const Rnn *s = cell;
  Size B = s->q.B, H = s->q.H;
  if (slice->round > 0) {
    Step step = stepBack(&s->q, slice->round - 1);
    recurrentProductBack(
        &s->q, 0, s->dh + step.previous * B * H, s->dz + step.t * B * H, H, validEnd(&s->q, step.t, slice), slice);
  }
  if (slice->round == s->q.T) return;

  Step step = stepBack(&s->q, slice->round);
  Size valid = validEnd(&s->q, step.t, slice);
  float *dz = s->dz + step.t * B * H, *dhPrevious = s->dh + step.previous * B * H;
  const float *dhNext = s->dh + step.next * B * H, *h = s->h + step.next * B * H;
  for (Size position = slice->from; position < valid; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = row + slice->unit, n = (row + slice->end) - k; n > 0; k += LANES, n -= LANES)
      WHOLE_OR_PARTIAL(n, rnnCellBack, dz + k, dhNext + k, h + k, s->relu);
  }
  for (Size position = valid; position < slice->to; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = row + slice->unit, n = (row + slice->end) - k; n > 0; k += LANES, n -= LANES) {
      storePartial(dz + k, (vec){0}, n);
      storeBeta(dhPrevious + k, loadPartial(dhNext + k, n), n, 1);
    }
  }
  leaveWords(&s->q, 0, dz, H, slice);
}

/*
 * dh: [T+1, B, H], in: the gradient of each state from outside the recurrence, out: its total gradient ∂L/∂h.
 * dz: [T, B, H], out: the gradient of z.
 */
void rnnBackward(float *dh, float *dz, const float *h, const float *w, const int32_t *lengths, Size T, Size B, Size H,
    int relu, int reverse) {
  Rnn s = {.q = {T, B, H, lengths, reverse, w, 0, 1, .back = 1}, .h = (float *)h, .dh = dh, .dz = dz, .relu = relu};
  if (prepare(&s.q, 1, 0)) runSequence(rnnBackwardRound, &s.q, T + 1);
}

/* One step of one entry, in place: h = tanh(xg + a) or relu(xg + a), with a = h·Wᵀ + bias; all [H]. */
void rnnStep(float *h, const float *xg, const float *a, Size H, int relu) {
  for (Size k = 0, n = H; n > 0; k += LANES, n -= LANES) {
    vec z = loadPartial(xg + k, n) + loadPartial(a + k, n);
    storePartial(h + k, relu ? maxv(z, splat(0)) : tanhv(z), n);
  }
}
