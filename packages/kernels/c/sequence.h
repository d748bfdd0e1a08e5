/*
 * Shared by the fused sequence kernels: the order of steps, the recurrent product, and how the work is divided.
 *
 * The recurrent weights are packed once per sequence. A round is one time step of a slice, some hidden units of some
 * entries: the products of all its gates and then, while those are still in the L2 cache, the cell's elementwise part.
 * The entries of a padded batch are processed in order of decreasing length, without moving them, so that entries that
 * have ended come last and cost no product.
 *
 * With bf16 products the packed weights are words, and so is what they are multiplied with: a round leaves its part of
 * the state, going back of dz, as words for the next round. It does so too where rows are crowded: those of a tile
 * would push each other out of the L1 cache at every k.
 */
#ifndef UNROLL_SEQUENCE_H
#define UNROLL_SEQUENCE_H

#include "product.h"
#include "range.h"

typedef struct {
  Size T, B, H;
  const int32_t *lengths; /* null when every entry has T steps */
  int reverse;
  const float *w; /* [gates·H, H] */
  const float *bias;
  Size gates;
  int back;       /* whether this is the backward pass, which reads W by columns */
  int32_t *order; /* [B], entries of the batch by falling length; null when every entry has T steps */
  float *packed;  /* [panel, gate, words of H, NR]; null where W is read in place */
  float *words;   /* [2, gates, B, rowOfWords], what a round reads and what it leaves; null where it reads in place */
} Sequence;

#define CROWDED_ROWS 1024 /* floats: rows a multiple of so many apart, 4 KB, share a set of the L1 cache */

/* Between rows of words. */
INLINE Size rowOfWords(const Sequence *q) { return wordCount(q->H) + CACHE_LINE; }

/* Step `s` in the order of the forward pass: the time of its input, the state it reads, the state it writes. */
typedef struct {
  Size t, previous, next;
} Step;

INLINE Step stepOf(const Sequence *q, Size s) {
  return q->reverse ? (Step){q->T - 1 - s, q->T - s, q->T - 1 - s} : (Step){s, s, s + 1};
}
INLINE Step stepBack(const Sequence *q, Size s) { return stepOf(q, q->T - 1 - s); }

/* The batch entry at a position of the order. */
INLINE Size entryOf(const Sequence *q, Size position) { return q->order ? q->order[position] : position; }

/* What one call of a round works on: entries at the positions from … to of the order, hidden units unit … end. */
typedef struct {
  Size from, to, unit, end, round;
} Slice;

/* The slice's last position, plus one, whose entry is still valid at t. */
INLINE Size validEnd(const Sequence *q, Size t, const Slice *slice) {
  Size to = slice->to;
  while (q->order && to > slice->from && q->lengths[q->order[to - 1]] <= t) to--;
  return to;
}

/* Entries that have ended keep their state: next = previous at the positions from `from` on; rows are ld apart. */
static void hold(const Sequence *q, float *next, const float *previous, Size ld, Size from, const Slice *slice) {
  for (Size position = from; position < slice->to; position++) {
    Size row = entryOf(q, position) * ld;
    for (Size k = row + slice->unit, n = (row + slice->end) - k; n > 0; k += LANES, n -= LANES)
      storePartial(next + k, loadPartial(previous + k, n), n);
  }
}

INLINE float *packedGate(const Sequence *q, Size panel, Size gate) {
  return q->packed + (panel * q->gates + gate) * wordCount(q->H) * NR;
}

/* One gate of some units from a multiple of NR on: columns of Wᵀ forward, of W backward. */
static void packGate(const Sequence *q, Size gate, Size unit, Size end) {
  Size H = q->H;
  const float *w = q->w + gate * H * H + unit * (q->back ? 1 : H);
  packPanels(packedGate(q, unit / NR, gate), q->gates * wordCount(H) * NR, w, H, end - unit, H, !q->back);
}

static void packGates(const void *context, Size task) {
  const Sequence *q = context;
  Size unit = task / q->gates * PACKED_PANELS * NR;
  packGate(q, task % q->gates, unit, min(unit + PACKED_PANELS * NR, q->H));
}

/* What a round leaves for the next, by entry; going forward there is one state for all gates, as gate 0. */
INLINE float *wordsLeft(const Sequence *q, Size round, Size gate, Size entry) {
  return q->words + (((round & 1) * q->gates + gate) * q->B + entry) * rowOfWords(q);
}

/* Leaves what the slice's round has written of x as words, where the next reads those; rows of x are ldX apart. */
static void leaveWords(const Sequence *q, Size gate, const float *x, Size ldX, const Slice *slice) {
  for (Size position = slice->from; q->words && position < slice->to; position++) {
    Size entry = entryOf(q, position);
    packRow(wordsLeft(q, slice->round, gate, entry) + slice->unit / PER_WORD, x + entry * ldX + slice->unit,
        slice->end - slice->unit);
  }
}

#define UNPACKED_PRODUCTS 16 /* up to so many products of one state with W, packing W would cost more than it saves */

/*
 * Packs the weights, where `pack` says so, and gives q->order its position; false when there is no memory for them.
 * h: all states, of which the first round reads the initial one; null going back.
 */
static int prepare(Sequence *q, int pack, const float *h) {
  Size panels = ceilDiv(q->H, NR), weights = pack ? panels * NR * q->gates * wordCount(q->H) : 0;
  int isInPlace = PER_WORD == 1 && q->H * (q->back ? q->gates : 1) % CROWDED_ROWS != 0;
  Size words = pack && !isInPlace ? 2 * q->gates * q->B * rowOfWords(q) : 0;
  float *room = workspace((size_t)(weights + words + q->B + 1) * sizeof(float));
  if (!room) return 0;
  if (pack) q->packed = room;
  if (words > 0) q->words = room + weights;
  if (h) leaveWords(q, 0, h + stepOf(q, 0).previous * q->B * q->H, q->H, &(Slice){0, q->B, 0, q->H, -1});
  if (q->lengths) q->order = (int32_t *)(room + weights + words);
  if (pack && q->T > 1)
    parallelOver(packGates, q, ceilDiv(panels, PACKED_PANELS) * q->gates, 2 * q->H * PACKED_PANELS * NR);
  return 1;
}

/* Orders the entries, dealt out to `blocks` so that each has long ones and short ones, by falling length. */
static void orderEntries(Sequence *q, Size blocks) {
  Size dealt = 0, whole = q->B / blocks, larger = q->B % blocks;
  for (Size length = q->T; q->order && length >= 0; length--)
    for (Size b = 0; b < q->B; b++) {
      if (min(max(q->lengths[b], 0), q->T) != length) continue;
      Size block = dealt % blocks;
      q->order[block * whole + min(block, larger) + dealt / blocks] = (int32_t)b;
      dealt++;
    }
}

/* The panel of W that a slice reads next, to prefetch; null when W fits into the L2 cache or is not packed yet. */
INLINE const float *panelAfter(const Sequence *q, Size gate, Size unit, const Slice *slice) {
  if (q->T == 1 || q->gates * q->H * wordCount(q->H) <= L2_FLOATS) return 0;
  if (unit + NR < slice->end) return packedGate(q, unit / NR + 1, gate);
  if (gate + 1 < q->gates) return packedGate(q, slice->unit / NR, gate + 1);
  return packedGate(q, slice->end < q->H ? slice->end / NR : 0, 0);
}

/* to.c = x·panel + bias + beta·to.c for `count` of the slice's positions; the panel is one gate's, from `unit` on. */
static void multiplyGate(
    const Sequence *q, Size gate, Size unit, const Slice *slice, Target to, const float *x, Size ldX, Size count) {
  if (q->words) {
    x = wordsLeft(q, slice->round - 1, q->back ? gate : 0, 0);
    ldX = rowOfWords(q);
  }
  if (q->order) {
    to.rows = q->order + slice->from;
  } else {
    to.c += slice->from * to.ldC;
    x += slice->from * ldX;
  }
  multiplyPanel(to, x, ldX, packedGate(q, unit / NR, gate), count, wordCount(q->H), panelAfter(q, gate, unit, slice));
}

/* y = h·Wᵀ + bias + beta·y for one gate of the slice, at its positions before `valid`; rows of y are ldY apart. */
static void recurrentProduct(
    const Sequence *q, Size gate, float *y, Size ldY, const float *h, Size valid, const Slice *slice, int beta) {
  Size H = q->H, from = slice->from;
  if (q->packed && q->T == 1) packGate(q, gate, slice->unit, slice->end); /* read this once only */
  for (Size j = slice->unit; j < slice->end; j += NR) {
    Size n = min(H - j, NR);
    const float *bias = q->bias + gate * H + j;
    if (q->packed) {
      multiplyGate(q, gate, j, slice, (Target){y + j, ldY, bias, n, beta, 0}, h, H, valid - from);
      continue;
    }
    const float *w = q->w + (gate * H + j) * H;
    for (Size position = from; position < valid; position++) {
      float *sum = y + j + entryOf(q, position) * ldY;
      const float *x = h + entryOf(q, position) * H;
      for (Size i = 0; i < n; i++) sum[i] = bias[i] + (beta ? sum[i] : 0);
      for (Size i = 0; i < n; i += DOT_ROWS) {
        if (n - i >= DOT_ROWS) dotRows(sum + i, DOT_ROWS, x, w + i * H, H, H);
        else
          for (Size rest = i; rest < n; rest++) dotRows(sum + rest, 1, x, w + rest * H, H, H);
      }
    }
  }
}

/* dh += dz·W of one gate for the slice's units, at its positions before `valid`; rows of dz are ldZ apart. */
static void recurrentProductBack(
    const Sequence *q, Size gate, float *dh, const float *dz, Size ldZ, Size valid, const Slice *slice) {
  Size H = q->H;
  if (q->T == 1) packGate(q, gate, slice->unit, slice->end);
  for (Size j = slice->unit; j < slice->end; j += NR)
    multiplyGate(q, gate, j, slice, (Target){dh + j, H, 0, min(H - j, NR), 1, 0}, dz, ldZ, valid - slice->from);
}

/* The slice's round of the sequence. */
typedef void Round(const void *cell, const Slice *slice);

typedef struct {
  Round *run;
  const void *cell;
  Size rounds, B, H, blocks, width, round;
} Rounds;

static void roundsOfBlock(const void *context, Size block) {
  const Rounds *r = context;
  Size whole = r->B / r->blocks, larger = r->B % r->blocks;
  Size from = block * whole + min(block, larger), to = from + whole + (block < larger);
  beginProducts();
  for (Size round = 0; round < r->rounds; round++)
    for (Size unit = 0; unit < r->H; unit += r->width)
      r->run(r->cell, &(Slice){from, to, unit, min(unit + r->width, r->H), round});
  endProducts();
}

static void roundOfUnits(const void *context, Size task) {
  const Rounds *r = context;
  Size unit = task * r->width;
  beginProducts();
  r->run(r->cell, &(Slice){0, r->B, unit, min(unit + r->width, r->H), r->round});
  endProducts();
}

#define MIN_ROWS_PER_THREAD 8
#define MAX_UNITS \
  128 /* hidden units of a slice: memory is read in long runs, and their gates fit into the L2 cache \
       */
#define SLICES_PER_THREAD 4 /* for every thread, so that one that is held up leaves work to the others */

/*
 * Runs all rounds. Batch entries do not depend on each other, so where there are enough of them, and every core can
 * hold all of W near it, a thread takes some and walks through time alone. Otherwise a thread takes some hidden units,
 * and all meet after every round.
 */
static void runSequence(Round *run, Sequence *q, Size rounds) {
  Size threads = threadCount();
  Rounds r = {run, q, rounds, q->B, q->H, 1, MAX_UNITS, 0};
  int64_t cost = (int64_t)q->B * q->H * q->gates * q->H;
  int alone = threads == 1 || rounds * cost < 2 * MIN_TASK_COST;
  if (!alone && q->T > 1 && q->B >= MIN_ROWS_PER_THREAD * threads && q->gates * q->H * wordCount(q->H) <= L2_FLOATS)
    r.blocks = threads;
  orderEntries(q, r.blocks);
  if (alone) {
    roundsOfBlock(&r, 0);
  } else if (r.blocks > 1) {
    parallel(roundsOfBlock, &r, r.blocks);
  } else {
    r.width = min(MAX_UNITS, ceilDiv(ceilDiv(q->H, SLICES_PER_THREAD * threads), NR) * NR);
    Size slices = ceilDiv(q->H, r.width);
    for (; r.round < rounds; r.round++) parallelOver(roundOfUnits, &r, slices, cost / slices);
  }
}

#endif
