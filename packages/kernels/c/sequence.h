/*
 * What the fused sequence kernels share: the order of steps, the recurrent product, and how the work is divided.
 *
 * The recurrent weights are packed once a sequence. A round is one step of time for PANEL hidden units: the product of
 * all their gates and, while those are in the first-level cache, what the cell makes of them.
 */
#ifndef UNROLL_SEQUENCE_H
#define UNROLL_SEQUENCE_H

#include "product.h"
#include "range.h"

typedef struct {
  Size T, B, H;
  const int32_t *lengths; /* null when all live for T */
  int reverse;
  const float *w; /* [gates·H, H] */
  const float *bias;
  Size gates;
  float *packed; /* forward: [panel, gate, H, PANEL]; backward: [panel, gates·H, PANEL]; null where W is read as it lies */
} Sequence;

/* Step `s` in the order of the forward pass: the time of its input, the state it reads, the state it writes. */
typedef struct {
  Size t, previous, next;
} Step;

INLINE Step stepOf(const Sequence *q, Size s) {
  return q->reverse ? (Step){q->T - 1 - s, q->T - s, q->T - 1 - s} : (Step){s, s, s + 1};
}
INLINE Step stepBack(const Sequence *q, Size s) { return stepOf(q, q->T - 1 - s); }

INLINE int isAlive(const Sequence *q, Size t, Size b) { return !q->lengths || t < q->lengths[b]; }

static void packForward(const void *context, Size panel) {
  const Sequence *q = context;
  Size H = q->H, j = panel * PANEL;
  for (Size gate = 0; gate < q->gates; gate++)
    packPanel(q->packed + (panel * q->gates + gate) * H * PANEL, q->w + (gate * H + j) * H, H, least(H - j, PANEL), H, 1);
}

static void packBackward(const void *context, Size panel) {
  const Sequence *q = context;
  Size H = q->H, j = panel * PANEL;
  packPanel(q->packed + panel * q->gates * H * PANEL, q->w + j, H, least(H - j, PANEL), q->gates * H, 0);
}

#define AHEAD 4 /* rows from what is worked on to what is fetched: a row's lines are too far apart for the processor to guess */

#define FEW 16 /* up to so many products of one state with W, packing W would cost more than it saves */

/* Gives q->packed; false when there is no memory for it. */
static int packWeights(Sequence *q, Task *pack) {
  Size panels = tilesOf(q->H, PANEL);
  q->packed = workspace((size_t)(panels * PANEL * q->gates * q->H + 1) * sizeof(float));
  if (!q->packed) return 0;
  parallelOver(pack, q, panels, 2 * q->gates * q->H * PANEL);
  return 1;
}

/* y[from … to, panel] = h[from … to]·Wᵀ + bias + beta·y for one gate; rows of y are ldY apart. */
INLINE void recurrentProduct(const Sequence *q, Size gate, Size panel, float *y, Size ldY, const float *h, Size from, Size to, int beta) {
  Size H = q->H, j = panel * PANEL, n = least(H - j, PANEL);
  const float *bias = q->bias + gate * H + j;
  y += from * ldY + j;
  h += from * H;
  if (q->packed) {
    multiplyPanel((Target){y, ldY, bias, n, beta}, h, H, q->packed + (panel * q->gates + gate) * H * PANEL, to - from, H);
    return;
  }
  const float *w = q->w + (gate * H + j) * H;
  for (Size b = from; b < to; b++, y += ldY, h += H) {
    for (Size i = 0; i < n; i++) y[i] = bias[i] + (beta ? y[i] : 0);
    for (Size i = 0; i < n; i += DOTS) {
      if (n - i >= DOTS) dots(y + i, DOTS, h, w + i * H, H, H);
      else
        for (Size rest = i; rest < n; rest++) dots(y + rest, 1, h, w + rest * H, H, H);
    }
  }
}

/* dh[from … to, panel] += dz[from … to, gates from `first`, K = count·H columns]·W */
INLINE void recurrentProductBack(const Sequence *q, Size first, Size count, Size panel, float *dh, const float *dz, Size ldZ, Size from, Size to) {
  Size H = q->H, j = panel * PANEL;
  const float *packed = q->packed + (panel * q->gates + first) * H * PANEL;
  multiplyPanel((Target){dh + from * H + j, H, 0, least(H - j, PANEL), 1}, dz + from * ldZ, ldZ, packed, to - from, count * H);
}

/* Round `round` of the sequence, for batch entries from … to and one panel of hidden units. */
typedef void Round(const void *cell, Size round, Size from, Size to, Size panel);

typedef struct {
  Round *run;
  const void *cell;
  Size rounds, B, rows, panels, round;
} Rounds;

static void roundsOfRows(const void *context, Size task) {
  const Rounds *r = context;
  Size from = task * r->rows, to = least(from + r->rows, r->B);
  for (Size round = 0; round < r->rounds; round++)
    for (Size panel = 0; panel < r->panels; panel++) r->run(r->cell, round, from, to, panel);
}

static void roundOfPanel(const void *context, Size panel) {
  const Rounds *r = context;
  r->run(r->cell, r->round, 0, r->B, panel);
}

#define CACHE 131072 /* floats of weights that a core's second-level cache holds: half a megabyte */
#define FEWEST_ROWS 8

/*
 * Runs all rounds. Batch entries do not depend on each other, so where there are enough of them, and every core can hold
 * all of W near it, a thread takes some and walks through time alone. Otherwise a thread takes some hidden units, and all
 * meet after every round.
 */
static void overTime(Round *run, const Sequence *q, Size rounds) {
  Size panels = tilesOf(q->H, PANEL), threads = threadCount();
  Rounds r = {run, q, rounds, q->B, q->B, panels, 0};
  Size cost = q->B * q->H * q->gates * q->H;
  if (threads == 1 || rounds * cost < 2 * WORTHWHILE) {
    roundsOfRows(&r, 0);
  } else if (q->B >= FEWEST_ROWS * threads && q->gates * q->H * q->H <= CACHE) {
    r.rows = tilesOf(q->B, threads);
    parallel(roundsOfRows, &r, tilesOf(q->B, r.rows));
  } else {
    for (; r.round < rounds; r.round++) parallelOver(roundOfPanel, &r, panels, cost / panels);
  }
}

#endif
