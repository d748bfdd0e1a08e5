/*
 * GRU over a whole sequence, with the reset gate applied after the product, as torch and cuDNN do.
 *
 *     a = h·Wᵀ + bias     r, z = σ(x_r + a_r), σ(x_z + a_z)     n = tanh(x_n + r∘a_n)     h' = (1-z)∘n + z∘h
 *
 * Source: Cho et al. 2014 in the form of torch.nn.GRU.
 */
#include "functions.h"
#include "sequence.h"

typedef struct {
  Sequence q;
  float *h, *gates, *an, *dh;
} Gru;

INLINE void gruCell(Size n, float *x, float *hNext, const float *hPrevious, const float *an, Size H) {
  vec r = sigmoidv(loadPartial(x, n)), z = sigmoidv(loadPartial(x + H, n));
  vec new = tanhv(madd(r, loadPartial(an, n), loadPartial(x + 2 * H, n)));
  storePartial(x, r, n);
  storePartial(x + H, z, n);
  storePartial(x + 2 * H, new, n);
  storePartial(hNext, madd(z, loadPartial(hPrevious, n), (1 - z) * new), n);
}

static void gruForwardRound(const void *cell, const Slice *slice) {
  const Gru *s = cell;
  Size B = s->q.B, H = s->q.H;
  Step step = stepOf(&s->q, slice->round);
  float *gates = s->gates + step.t * B * 3 * H, *an = s->an + step.t * B * H, *hNext = s->h + step.next * B * H;
  const float *hPrevious = s->h + step.previous * B * H;
  Size valid = validEnd(&s->q, step.t, slice);
  recurrentProduct(&s->q, 0, gates, 3 * H, hPrevious, valid, slice, 1);
  recurrentProduct(&s->q, 1, gates + H, 3 * H, hPrevious, valid, slice, 1);
  recurrentProduct(&s->q, 2, an, H, hPrevious, valid, slice, 0);

  for (Size position = slice->from; position < valid; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = slice->unit, n = slice->end - k; n > 0; k += LANES, n -= LANES)
      WHOLE_OR_PARTIAL(n, gruCell, gates + 3 * row + k, hNext + row + k, hPrevious + row + k, an + row + k, H);
  }
  hold(&s->q, hNext, hPrevious, H, valid, slice);
  leaveWords(&s->q, 0, hNext, H, slice);
}

/* h: [T+1, B, H]; gates: [T, B, 3H], in: x·W_ihᵀ + b, out: r z n where valid; q: [T, B, H], out: a_n there;
 * w: [3H, H]; bias: [3H]. */
void gruForward(float *h, float *gates, float *q, const float *w, const float *bias, const int32_t *lengths, Size T,
    Size B, Size H, int reverse) {
  Gru s = {.q = {T, B, H, lengths, reverse, w, bias, 3}, .h = h, .gates = gates, .an = q};
  if (prepare(&s.q, T * B > UNPACKED_PRODUCTS, h)) runSequence(gruForwardRound, &s.q, T);
}

/* x: in: r z n, out: their gradients before the nonlinearity; an: likewise. */
INLINE void gruCellBack(
    Size n, float *x, float *an, float *dhPrevious, const float *dhNext, const float *hPrevious, Size H) {
  vec r = loadPartial(x, n), z = loadPartial(x + H, n), new = loadPartial(x + 2 * H, n), dh = loadPartial(dhNext, n);
  vec dn = dh * (1 - z) * (1 - new * new);
  storePartial(x, dn * loadPartial(an, n) * r * (1 - r), n);
  storePartial(x + H, dh * (loadPartial(hPrevious, n) - new) * z * (1 - z), n);
  storePartial(x + 2 * H, dn, n);
  storePartial(an, dn * r, n);
  storeBeta(dhPrevious, dh * z, n, 1);
}

static void gruBackwardRound(const void *cell, const Slice *slice) {
  const Gru *s = cell;
  Size B = s->q.B, H = s->q.H;
  if (slice->round > 0) {
    Step step = stepBack(&s->q, slice->round - 1);
    float *dh = s->dh + step.previous * B * H;
    const float *gates = s->gates + step.t * B * 3 * H;
    Size valid = validEnd(&s->q, step.t, slice);
    recurrentProductBack(&s->q, 0, dh, gates, 3 * H, valid, slice);
    recurrentProductBack(&s->q, 1, dh, gates + H, 3 * H, valid, slice);
    recurrentProductBack(&s->q, 2, dh, s->an + step.t * B * H, H, valid, slice);
  }
  if (slice->round == s->q.T) return;

  Step step = stepBack(&s->q, slice->round);
  Size valid = validEnd(&s->q, step.t, slice);
  float *gates = s->gates + step.t * B * 3 * H, *an = s->an + step.t * B * H,
        *dhPrevious = s->dh + step.previous * B * H;
  const float *dhNext = s->dh + step.next * B * H, *hPrevious = s->h + step.previous * B * H;
  for (Size position = slice->from; position < valid; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = slice->unit, n = slice->end - k; n > 0; k += LANES, n -= LANES)
      WHOLE_OR_PARTIAL(n, gruCellBack, gates + 3 * row + k, an + row + k, dhPrevious + row + k, dhNext + row + k,
          hPrevious + row + k, H);
  }
  for (Size position = valid; position < slice->to; position++) {
    Size row = entryOf(&s->q, position) * H;
    for (Size k = slice->unit, n = slice->end - k; n > 0; k += LANES, n -= LANES) {
      for (Size gate = 0; gate < 3; gate++) storePartial(gates + 3 * row + gate * H + k, (vec){0}, n);
      storePartial(an + row + k, (vec){0}, n);
      storeBeta(dhPrevious + row + k, loadPartial(dhNext + row + k, n), n, 1);
    }
  }
  for (Size gate = 0; gate < 2; gate++) leaveWords(&s->q, gate, gates + gate * H, 3 * H, slice);
  leaveWords(&s->q, 2, an, H, slice);
}

/*
 * dh: [T+1, B, H], in: the gradient of each state from outside the recurrence, out: its total gradient ∂L/∂h. gates:
 * in: r z n, out: the gradient of x_r x_z x_n; q: in: a_n, out: the gradient of a_n (those of a_r and a_z equal those
 * of x_r and x_z).
 */
void gruBackward(float *dh, float *gates, float *q, const float *h, const float *w, const int32_t *lengths, Size T,
    Size B, Size H, int reverse) {
  Gru s = {.q = {T, B, H, lengths, reverse, w, 0, 3, .back = 1}, .h = (float *)h, .gates = gates, .an = q, .dh = dh};
  if (prepare(&s.q, 1, 0)) runSequence(gruBackwardRound, &s.q, T + 1);
}

/* One step of one entry, in place. h: [H]; xg: [3H], x·W_ihᵀ + b; a: [3H], h·Wᵀ + bias. */
void gruStep(float *h, const float *xg, const float *a, Size H) {
  for (Size k = 0, n = H; n > 0; k += LANES, n -= LANES) {
    vec r = sigmoidv(loadPartial(xg + k, n) + loadPartial(a + k, n));
    vec z = sigmoidv(loadPartial(xg + H + k, n) + loadPartial(a + H + k, n));
    vec new = tanhv(madd(r, loadPartial(a + 2 * H + k, n), loadPartial(xg + 2 * H + k, n)));
    storePartial(h + k, madd(z, loadPartial(h + k, n), (1 - z) * new), n);
  }
}
