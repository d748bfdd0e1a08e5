/*
 * The matrix product's microkernel: a tile of MR × NR sums stays in registers while k runs over a packed panel of B.
 *
 * A panel is NR = 2·LANES columns of op(B), [K, NR], padded with zeros. A is read in place where its rows are
 * contiguous in k, and packed as [K, MR] otherwise. Each element of C is the same chain of `madd` over k, whatever the
 * tile, the block and the thread, so results do not depend on how the work is divided.
 *
 * Whatever is multiplied is words (vector.h), as many as K says: with bf16 products two of k each, so half as many.
 */
#ifndef UNROLL_PRODUCT_H
#define UNROLL_PRODUCT_H

#include "vector.h"

#define NR (2 * LANES)
#define PACKED_PANELS 4 /* panels of B packed side by side; together they fit into the L2 cache */
#define KC 512          /* k is cut into blocks of KC: a panel of KC × NR words stays in the L1 and L2 caches */

/* Where a tile is written: c[rows, n], n ≤ NR, = a·b + bias + beta·c. */
typedef struct {
  float *c;
  Size ldC;
  const float *bias; /* n floats, or null */
  Size n;
  int beta;
  const int32_t *rows; /* which rows of c; null: one after another */
} Target;

INLINE float *rowOf(const Target *to, Size row) { return to->c + (to->rows ? to->rows[row] : row) * to->ldC; }

/* What to prefetch while a tile is multiplied. */
typedef struct {
  const float *sums; /* where the next tile begins in c; unless rows are scattered */
  const float *from; /* rows of a later panel, into the L2 cache; none where count is 0 */
  Size count;
} Prefetch;

#ifdef __AMX_BF16__
#include "amx.h"
#else

/* sums[r] += Σ_k a[at[r] + k·kStride]·b[k·bStride + 0 … NR), as many rows as the compiler knows. */
INLINE void multiplyUnrolled(
    vec sums[][2], int rows, const float *a, const Size at[], Size kStride, const float *b, Size bStride, Size K) {
  UNROLLED
  for (Size k = 0; k < K; k++) {
    vec left = load(b), right = load(b + LANES);
    for (int r = 0; r < rows; r++) {
      vec x = splatWord(a + at[r]);
      sums[r][0] = maddWords(x, left, sums[r][0]);
      sums[r][1] = maddWords(x, right, sums[r][1]);
    }
    a += kStride;
    b += bStride;
  }
}

#define PREFETCH_EVERY 2 /* steps of k per prefetched row: two tiles prefetch a whole panel, and no load of now waits */

/* The same, prefetching a panel meanwhile. */
INLINE void multiply(vec sums[][2], int rows, const float *a, const Size at[], Size kStride, const float *b,
    Size bStride, Size K, Prefetch prefetch) {
  Size k = 0;
  for (; HAS_PREFETCH && prefetch.count > 0 && k + PREFETCH_EVERY <= K;
      k += PREFETCH_EVERY, prefetch.from += NR, prefetch.count--) {
    for (Size line = 0; line < NR; line += CACHE_LINE) __builtin_prefetch(prefetch.from + line, 0, 2);
    multiplyUnrolled(sums, rows, a + k * kStride, at, kStride, b + k * bStride, bStride, PREFETCH_EVERY);
  }
  multiplyUnrolled(sums, rows, a + k * kStride, at, kStride, b + k * bStride, bStride, K - k);
}

/* One whole tile: n = NR. `scattered`: which rows of a; null: one after another. */
INLINE void tile(int rows, const Target *to, Size row, const float *a, Size rowStride, Size kStride,
    const int32_t *scattered, const float *b, Size bStride, Size K, Prefetch prefetch) {
  vec sums[MR][2];
  float *c[MR];
  for (int r = 0; r < rows; r++) c[r] = rowOf(to, row + r);
  Size at[MR] = {0}; /* of the first row, from which the others are counted */
  for (int r = 1; r < rows; r++) at[r] = (scattered ? scattered[r] - scattered[0] : r) * rowStride;
  if (scattered) a += scattered[0] * rowStride;
  vec left = {0}, right = {0};
  if (to->bias) left = load(to->bias), right = load(to->bias + LANES);
  for (int r = 0; r < rows; r++) {
    sums[r][0] = left;
    sums[r][1] = right;
  }
  if (to->beta)
    for (int r = 0; r < rows; r++) {
      sums[r][0] += load(c[r]);
      sums[r][1] += load(c[r] + LANES);
    }
  for (int r = 0; r < rows; r++)
    for (Size line = 0; line < NR; line += CACHE_LINE)
      __builtin_prefetch((to->rows ? c[r] + NR : prefetch.sums + r * to->ldC) + line, 1); /* to write */
  multiply(sums, rows, a, at, kStride, b, bStride, K, prefetch);
  for (int r = 0; r < rows; r++) {
    store(c[r], sums[r][0]);
    store(c[r] + LANES, sums[r][1]);
  }
}

/* A full-size copy of a tile at the matrix's edge: what exists of c is copied in before, and out after. */
typedef struct {
  float c[MR * NR], bias[NR];
} Edge;

static Target copyEdgeIn(Edge *edge, int rows, const Target *to, Size row) {
  for (Size i = 0; i < NR; i++) edge->bias[i] = to->bias && i < to->n ? to->bias[i] : 0;
  for (Size r = 0; to->beta && r < rows; r++)
    for (Size i = 0; i < NR; i++) edge->c[r * NR + i] = i < to->n ? rowOf(to, row + r)[i] : 0;
  return (Target){edge->c, NR, edge->bias, NR, to->beta, 0};
}

static void copyEdgeOut(const Edge *edge, int rows, const Target *to, Size row) {
  for (Size r = 0; r < rows; r++)
    for (Size i = 0; i < to->n; i++) rowOf(to, row + r)[i] = edge->c[r * NR + i];
}

/* One copy of `tile` for every number of rows, so that all loops over rows are unrolled into registers. */
#if MR == 12
#define FOR_EACH_ROW_COUNT(CASE) \
  CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#elif MR == 6
#define FOR_EACH_ROW_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#else
#define FOR_EACH_ROW_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4)
#endif

/* a: `rows` rows, each contiguous in k, one after another or where `scattered` says. */
static void tileOfRows(int rows, const Target *to, Size row, const float *a, Size ldA, const int32_t *scattered,
    const float *b, Size bStride, Size K, Prefetch prefetch) {
  if (to->n < NR) {
    Edge edge;
    Target whole = copyEdgeIn(&edge, rows, to, row);
    tileOfRows(rows, &whole, 0, a, ldA, scattered, b, bStride, K, prefetch);
    copyEdgeOut(&edge, rows, to, row);
    return;
  }
  switch (rows) {
#define CASE(R) \
  case R: tile(R, to, row, a, ldA, 1, scattered, b, bStride, K, prefetch); break;
    FOR_EACH_ROW_COUNT(CASE)
#undef CASE
  }
}

/* a: packed [K, MR]. */
static void tileOfPacked(
    int rows, const Target *to, Size row, const float *a, const float *b, Size K, Prefetch prefetch) {
  if (to->n < NR) {
    Edge edge;
    Target whole = copyEdgeIn(&edge, rows, to, row);
    tileOfPacked(rows, &whole, 0, a, b, K, prefetch);
    copyEdgeOut(&edge, rows, to, row);
    return;
  }
  switch (rows) {
#define CASE(R) \
  case R: tile(R, to, row, a, 1, MR, 0, b, NR, K, prefetch); break;
    FOR_EACH_ROW_COUNT(CASE)
#undef CASE
  }
}

/* Rows of a tile whose A is in place: each has an address of its own, and x86 has too few registers for twelve. */
#ifdef __AVX512F__
#define MAX_ROWS_IN_PLACE 11
#else
#define MAX_ROWS_IN_PLACE MR
#endif

/* The rows of the next of so many tiles that share out what is left evenly. */
INLINE int evenShare(Size rows, Size tiles) { return (int)ceilDiv(rows, tiles); }

/* Before and after the products of a task; AMX has something to do there. */
INLINE void beginProducts(void) {}
INLINE void endProducts(void) {}

#endif

/* What the i-th of some tiles prefetches: its part of a panel, [K, NR] or null, and the sums of the next tile. */
INLINE Prefetch prefetchPart(const float *panel, Size K, Size i, Size tiles, const float *sums) {
  Size from = i * K / tiles;
  return panel ? (Prefetch){sums, panel + from * NR, (i + 1) * K / tiles - from} : (Prefetch){sums, 0, 0};
}

/* Where the sums are of the tile after the one that ends before `row`: below, or in the next panel. */
INLINE const float *sumsAfter(const Target *to, Size row, Size end) { return to->c + (row < end ? row * to->ldC : NR); }

/*
 * c[M, n] = a[M, K]·panel + bias + beta·c; the M rows are shared out evenly among the tiles. `to.rows` are those of a
 * too. `next`, or null: the panel that will be multiplied after this.
 */
static void multiplyPanel(Target to, const float *a, Size ldA, const float *panel, Size M, Size K, const float *next) {
  for (Size k = 0; k < K || k == 0; k += KC) {
    Size depth = min(K - k, KC);
    Size tiles = ceilDiv(M, MAX_ROWS_IN_PLACE);
    Size rest = K - k - depth;
    const float *later = rest > 0 ? panel + (k + depth) * NR : next;
    for (Size i = 0, row = 0; i < tiles; i++) {
      int rows = evenShare(M - row, tiles - i);
      Prefetch prefetch =
          prefetchPart(later, min(rest > 0 ? rest : K, KC), i, tiles, sumsAfter(&to, row + rows, M));
      if (to.rows) tileOfRows(rows, &to, row, a + k, ldA, to.rows + row, panel + k * NR, NR, depth, prefetch);
      else tileOfRows(rows, &to, row, a + row * ldA + k, ldA, 0, panel + k * NR, NR, depth, prefetch);
      row += rows;
    }
    to.bias = 0;
    to.beta = 1;
  }
}

/* to[k·ldTo + r] = word k of from[r·ldFrom …] for `rows` and the words of `depth` floats of a square of LANES; whole
 * vectors are written, zeros past the rows. */
INLINE void transposeSquare(float *to, Size ldTo, const float *from, Size ldFrom, Size rows, Size depth) {
  vec v[LANES];
  for (Size r = 0; r < LANES; r++) v[r] = r < rows ? loadWords(from + r * ldFrom, depth) : (vec){0};
  transpose(v);
  for (Size i = 0; i < min(wordCount(depth), LANES); i++) store(to + i * ldTo, v[i]);
}

/*
 * `n` columns of op(B), K floats each, as panels of words, `stride` apart: panel[k, i] = b[k·ldB + i], or where B is
 * transposed b[i·ldB + k]; zeros past the last column. Side by side, so that rows of B are read in long runs.
 */
static void packPanels(float *panels, Size stride, const float *b, Size ldB, Size n, Size K, int transB) {
  if (transB) {
    for (Size j = 0; j < ceilDiv(n, NR) * NR; j += LANES)
      for (Size k = 0, depth = K; depth > 0; k += LANES, depth -= WORD_LANES) {
        float *to = panels + j / NR * stride + k * NR + j % NR;
        const float *from = b + j * ldB + k * PER_WORD;
        if (n - j >= LANES && depth >= WORD_LANES) transposeSquare(to, NR, from, ldB, LANES, WORD_LANES);
        else transposeSquare(to, NR, from, ldB, n - j, depth);
      }
    return;
  }
  for (Size k = 0, depth = K; depth > 0; k++, depth -= PER_WORD) {
    const float *row = b + k * PER_WORD * ldB;
    for (Size r = 8; r < 8 + PER_WORD; r++)
      for (Size j = 0; j < n; j += CACHE_LINE)
        __builtin_prefetch(row + r * ldB + j); /* rows further apart than a processor foresees */
    for (Size j = 0; j < ceilDiv(n, NR) * NR; j += LANES)
      store(panels + j / NR * stride + k * NR + j % NR,
          n - j >= LANES && depth >= PER_WORD ? loadColumnWords(row + j, ldB, LANES, PER_WORD)
                                              : loadColumnWords(row + j, ldB, max(n - j, 0), depth));
  }
}

/* The words of n consecutive floats. */
static void packRow(float *words, const float *from, Size n) {
  for (; n > 0; words += LANES, from += WORD_LANES, n -= WORD_LANES)
    storePartial(words, loadWords(from, n), wordCount(n));
}

#define DOT_ROWS 8

/*
 * out[j] += x·w[j] for `count` rows of W, each contiguous in k: the product of one vector, and of few, where packing W
 * would cost more than it saves. Each sum runs over LANES interleaved partial sums.
 */
INLINE void dotRows(float *out, int count, const float *x, const float *w, Size ldW, Size K) {
  vec sums[DOT_ROWS] = {0};
  Size k = 0;
  for (; k + LANES <= K; k += LANES) {
    vec v = load(x + k);
    for (int j = 0; j < count; j++) sums[j] = madd(v, load(w + j * ldW + k), sums[j]);
  }
  if (k < K) {
    vec v = loadPartial(x + k, K - k);
    for (int j = 0; j < count; j++) sums[j] = madd(v, loadPartial(w + j * ldW + k, K - k), sums[j]);
  }
  for (int j = 0; j < count; j++) out[j] += sumLanes(sums[j]);
}

#endif
