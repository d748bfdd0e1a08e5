/*
 * What the fused sequence kernels share: the order of steps, the recurrent product, and how the work is divided.
 *
 * The recurrent weights are packed once a sequence. A round is one step of time for some hidden units, a share: the products
 * of all their gates and, while those are in a near cache, what the cell makes of them. In a padded batch the entries are
 * taken by falling length, each where it lies, so that those whose time is over stand last and cost no product.
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
  int back; /* whether this is the backward pass, which reads W by columns */
  int32_t *order; /* [B], entries of the batch by falling length; null when all live for T */
  float *packed; /* [panel, gate, H, PANEL]; null where W is read as it lies */
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

/* Some places of the order, and some hidden units: what one call of a round works on. */
typedef struct {
  Size from, to, unit, end;
} Share;

/* The end of those among the places that are alive at t. */
INLINE Size aliveIn(const Sequence *q, Size t, const Share *share) {
  Size to = share->to;
  while (q->order && to > share->from && q->lengths[q->order[to - 1]] <= t) to--;
  return to;
}

/* Entries whose time is over keep their state: next = previous at the places from `from` on. */
static void hold(const Sequence *q, float *next, const float *previous, Size from, const Share *share) {
  for (Size place = from; place < share->to; place++) {
    Size row = entryAt(q, place) * q->H;
    for (EACH(k, n, row + share->unit, row + share->end)) storeSome(next + k, loadSome(previous + k, n), n);
  }
}

INLINE float *packedGate(const Sequence *q, Size panel, Size gate) { return q->packed + (panel * q->gates + gate) * q->H * PANEL; }

/* One gate of some units from a multiple of PANEL on: columns of Wᵀ forward, of W backward. */
static void packGate(const Sequence *q, Size gate, Size unit, Size end) {
  Size H = q->H;
  const float *w = q->w + gate * H * H + unit * (q->back ? 1 : H);
  packPanels(packedGate(q, unit / PANEL, gate), q->gates * H * PANEL, w, H, end - unit, H, !q->back);
}

static void packGates(const void *context, Size task) {
  const Sequence *q = context;
  Size unit = task / q->gates * PANELS * PANEL;
  packGate(q, task % q->gates, unit, least(unit + PANELS * PANEL, q->H));
}

#define FEW 16 /* up to so many products of one state with W, packing W would cost more than it saves */

/* Packs the weights, where `pack` says so, and gives q->order its place; false when there is no memory for them. */
static int prepare(Sequence *q, int pack) {
  Size panels = tilesOf(q->H, PANEL), weights = pack ? panels * PANEL * q->gates * q->H : 0;
  float *room = workspace((size_t)(weights + q->B + 1) * sizeof(float));
  if (!room) return 0;
  if (q->lengths) q->order = (int32_t *)(room + weights);
  if (pack) q->packed = room;
  if (pack && q->T > 1) parallelOver(packGates, q, tilesOf(panels, PANELS) * q->gates, 2 * q->H * PANELS * PANEL);
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

/* The panel of W that a share reads after one of a gate; null where a near cache holds all of W, or it is not packed yet. */
INLINE const float *panelAfter(const Sequence *q, Size gate, Size unit, const Share *share) {
  if (q->T == 1 || q->gates * q->H * q->H <= CACHE) return 0;
  if (unit + PANEL < share->end) return packedGate(q, unit / PANEL + 1, gate);
  if (gate + 1 < q->gates) return packedGate(q, share->unit / PANEL, gate + 1);
  return packedGate(q, share->end < q->H ? share->end / PANEL : 0, 0);
}

/* to.c = x·panel + bias + beta·to.c, with the panel of one gate from `unit` on, for `count` of the share's places. */
static void multiplyGate(const Sequence *q, Size gate, Size unit, const Share *share, Target to, const float *x, Size ldX, Size count) {
  if (q->order) {
    to.rows = q->order + share->from;
  } else {
    to.c += share->from * to.ldC;
    x += share->from * ldX;
  }
  multiplyPanel(to, x, ldX, packedGate(q, unit / PANEL, gate), count, q->H, panelAfter(q, gate, unit, share));
}

/* y = h·Wᵀ + bias + beta·y for one gate of the share's units, at its places before `alive`; rows of y are ldY apart. */
static void recurrentProduct(const Sequence *q, Size gate, float *y, Size ldY, const float *h, Size alive, const Share *share, int beta) {
  Size H = q->H, from = share->from;
  if (q->packed && q->T == 1) packGate(q, gate, share->unit, share->end); /* for the only time that they are read */
  for (Size j = share->unit; j < share->end; j += PANEL) {
    Size n = least(H - j, PANEL);
    const float *bias = q->bias + gate * H + j;
    if (q->packed) {
      multiplyGate(q, gate, j, share, (Target){y + j, ldY, bias, n, beta, 0}, h, H, alive - from);
      continue;
    }
    const float *w = q->w + (gate * H + j) * H;
    for (Size place = from; place < alive; place++) {
      float *sum = y + j + entryAt(q, place) * ldY;
      const float *x = h + entryAt(q, place) * H;
      for (Size i = 0; i < n; i++) sum[i] = bias[i] + (beta ? sum[i] : 0);
      for (Size i = 0; i < n; i += DOTS) {
        if (n - i >= DOTS) dots(sum + i, DOTS, x, w + i * H, H, H);
        else
          for (Size rest = i; rest < n; rest++) dots(sum + rest, 1, x, w + rest * H, H, H);
      }
    }
  }
}

/* dh += dz·W of one gate for the share's units, at its places before `alive`; rows of dz are ldZ apart. */
static void recurrentProductBack(const Sequence *q, Size gate, float *dh, const float *dz, Size ldZ, Size alive, const Share *share) {
  Size H = q->H;
  if (q->T == 1) packGate(q, gate, share->unit, share->end);
  for (Size j = share->unit; j < share->end; j += PANEL)
    multiplyGate(q, gate, j, share, (Target){dh + j, H, 0, least(H - j, PANEL), 1, 0}, dz, ldZ, alive - share->from);
}

/* Round `round` of the sequence for a share of it. */
typedef void Round(const void *cell, Size round, const Share *share);

typedef struct {
  Round *run;
  const void *cell;
  Size rounds, B, H, blocks, width, round;
} Rounds;

static void roundsOfBlock(const void *context, Size block) {
  const Rounds *r = context;
  Size whole = r->B / r->blocks, larger = r->B % r->blocks;
  Size from = block * whole + least(block, larger), to = from + whole + (block < larger);
  for (Size round = 0; round < r->rounds; round++)
    for (Size unit = 0; unit < r->H; unit += r->width) r->run(r->cell, round, &(Share){from, to, unit, least(unit + r->width, r->H)});
}

static void roundOfUnits(const void *context, Size task) {
  const Rounds *r = context;
  Size unit = task * r->width;
  r->run(r->cell, r->round, &(Share){0, r->B, unit, least(unit + r->width, r->H)});
}

#define FEWEST_ROWS 8
#define WIDTH 128 /* units of a share at most: memory is read in long runs, and a near cache holds their gates */
#define SHARES 4  /* for every thread, so that one that is held up leaves work to the others */

/*
 * Runs all rounds. Batch entries do not depend on each other, so where there are enough of them, and every core can hold
 * all of W near it, a thread takes some and walks through time alone. Otherwise a thread takes some hidden units, and all
 * meet after every round.
 */
static void overTime(Round *run, Sequence *q, Size rounds) {
  Size threads = threadCount();
  Rounds r = {run, q, rounds, q->B, q->H, 1, WIDTH, 0};
  int64_t cost = (int64_t)q->B * q->H * q->gates * q->H;
  int alone = threads == 1 || rounds * cost < 2 * WORTHWHILE;
  if (!alone && q->T > 1 && q->B >= FEWEST_ROWS * threads && q->gates * q->H * q->H <= CACHE) r.blocks = threads;
  orderEntries(q, r.blocks);
  if (alone) {
    roundsOfBlock(&r, 0);
  } else if (r.blocks > 1) {
    parallel(roundsOfBlock, &r, r.blocks);
  } else {
    r.width = least(WIDTH, tilesOf(tilesOf(q->H, SHARES * threads), PANEL) * PANEL);
    Size shares = tilesOf(q->H, r.width);
    for (; r.round < rounds; r.round++) parallelOver(roundOfUnits, &r, shares, cost / shares);
  }
}

#endif
