/*
 * What the fused sequence kernels share: the order of steps, the recurrent product, and how the work is divided.
 *
 * The recurrent weights are packed once a sequence. A round is one step of time for PANEL hidden units: the product of
 * all their gates and, while those are in the first-level cache, what the cell makes of them. In a padded batch the entries
 * are taken by falling length, each where it lies, so that those whose time is over stand last and cost no product.
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
  int32_t *order; /* [B], entries of the batch by falling length; null when all live for T */
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

/* The entry of the batch that stands at a place of the order. */
INLINE Size entryAt(const Sequence *q, Size place) { return q->order ? q->order[place] : place; }

/* The end of those among the places from … to that are alive at t. */
INLINE Size aliveTo(const Sequence *q, Size t, Size from, Size to) {
  while (q->order && to > from && q->lengths[q->order[to - 1]] <= t) to--;
  return to;
}

/* The entry whose rows to fetch now: they lie too far apart for the processor to guess. */
INLINE Size ahead(const Sequence *q, Size place, Size to) { return entryAt(q, least(place + 4, to - 1)); }

/* Entries whose time is over keep their state, here one panel of it: next = previous at the places from … to. */
static void hold(const Sequence *q, float *next, const float *previous, Size from, Size to, Size panel) {
  Size j = panel * PANEL, end = least(j + PANEL, q->H);
  for (Size place = from; place < to; place++) {
    Size row = entryAt(q, place) * q->H;
    for (EACH(k, n, row + j, row + end)) storeSome(next + k, loadSome(previous + k, n), n);
  }
}

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

#define FEW 16 /* up to so many products of one state with W, packing W would cost more than it saves */

/* Packs the weights, unless `pack` is null, and gives q->order its place; false when there is no memory for them. */
static int prepare(Sequence *q, Task *pack) {
  Size panels = tilesOf(q->H, PANEL), weights = pack ? panels * PANEL * q->gates * q->H : 0;
  float *room = workspace((size_t)(weights + q->B + 1) * sizeof(float));
  if (!room) return 0;
  if (q->lengths) q->order = (int32_t *)(room + weights);
  if (pack) {
    q->packed = room;
    parallelOver(pack, q, panels, 2 * q->gates * q->H * PANEL);
  }
  return 1;
}

/* Orders the entries, dealt out to `blocks` so that each has long ones and short ones, by falling length. */
static void orderEntries(Sequence *q, Size blocks) {
  Size dealt = 0, whole = q->B / blocks, larger = q->B % blocks;
  for (Size length = q->T; q->order && length >= 0; length--)
    for (Size b = 0; b < q->B; b++) {
      if (least(most(q->lengths[b], 0), q->T) != length) continue;
      Size block = dealt % blocks;
      q->order[block * whole + least(block, larger) + dealt / blocks] = (int32_t)b;
      dealt++;
    }
}

/* y[panel] = h·Wᵀ + bias + beta·y for one gate, of the entries at places from … to; rows of y are ldY apart. */
INLINE void recurrentProduct(const Sequence *q, Size gate, Size panel, float *y, Size ldY, const float *h, Size from, Size to, int beta) {
  Size H = q->H, j = panel * PANEL, n = least(H - j, PANEL);
  const float *bias = q->bias + gate * H + j;
  y += j;
  if (q->packed) {
    const float *packed = q->packed + (panel * q->gates + gate) * H * PANEL;
    if (q->order) multiplyPanel((Target){y, ldY, bias, n, beta, q->order + from}, h, H, packed, to - from, H);
    else multiplyPanel((Target){y + from * ldY, ldY, bias, n, beta, 0}, h + from * H, H, packed, to - from, H);
    return;
  }
  const float *w = q->w + (gate * H + j) * H;
  for (Size place = from; place < to; place++) {
    float *sum = y + entryAt(q, place) * ldY;
    const float *x = h + entryAt(q, place) * H;
    for (Size i = 0; i < n; i++) sum[i] = bias[i] + (beta ? sum[i] : 0);
    for (Size i = 0; i < n; i += DOTS) {
      if (n - i >= DOTS) dots(sum + i, DOTS, x, w + i * H, H, H);
      else
        for (Size rest = i; rest < n; rest++) dots(sum + rest, 1, x, w + rest * H, H, H);
    }
  }
}

/* dh[panel] += dz[gates from `first`, K = count·H columns]·W, of the entries at places from … to. */
INLINE void recurrentProductBack(const Sequence *q, Size first, Size count, Size panel, float *dh, const float *dz, Size ldZ, Size from, Size to) {
  Size H = q->H, j = panel * PANEL;
  const float *packed = q->packed + (panel * q->gates + first) * H * PANEL;
  Size n = least(H - j, PANEL);
  dh += j;
  if (q->order) multiplyPanel((Target){dh, H, 0, n, 1, q->order + from}, dz, ldZ, packed, to - from, count * H);
  else multiplyPanel((Target){dh + from * H, H, 0, n, 1, 0}, dz + from * ldZ, ldZ, packed, to - from, count * H);
}

/* Round `round` of the sequence, for the entries at places from … to and one panel of hidden units. */
typedef void Round(const void *cell, Size round, Size from, Size to, Size panel);

typedef struct {
  Round *run;
  const void *cell;
  Size rounds, B, blocks, panels, round;
} Rounds;

static void roundsOfBlock(const void *context, Size block) {
  const Rounds *r = context;
  Size whole = r->B / r->blocks, larger = r->B % r->blocks;
  Size from = block * whole + least(block, larger), to = from + whole + (block < larger);
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
static void overTime(Round *run, Sequence *q, Size rounds) {
  Size panels = tilesOf(q->H, PANEL), threads = threadCount();
  Rounds r = {run, q, rounds, q->B, 1, panels, 0};
  Size cost = q->B * q->H * q->gates * q->H;
  int alone = threads == 1 || rounds * cost < 2 * WORTHWHILE;
  if (!alone && q->B >= FEWEST_ROWS * threads && q->gates * q->H * q->H <= CACHE) r.blocks = threads;
  orderEntries(q, r.blocks);
  if (alone) {
    roundsOfBlock(&r, 0);
  } else if (r.blocks > 1) {
    parallel(roundsOfBlock, &r, r.blocks);
  } else {
    for (; r.round < rounds; r.round++) parallelOver(roundOfPanel, &r, panels, cost / panels);
  }
}

#endif
