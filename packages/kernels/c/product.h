/*
 * The heart of every product: a tile of rows × 2·LANES sums held in registers while k runs over a packed panel of B.
 *
 * A panel is PANEL = 2·LANES columns of op(B), [K, PANEL], zeros past the last column. A is read where it lies (a row
 * of k after another), or packed as [K, ROWS] where it lies transposed. One element is always the same chain of `madd`
 * over k, whatever the tile, the block and the thread; that is why results do not depend on how work is divided.
 */
#ifndef UNROLL_PRODUCT_H
#define UNROLL_PRODUCT_H

#include "vector.h"

#define PANEL (2 * LANES)
#define PANELS 4  /* of B packed side by side, which a near cache still holds */
#define BLOCK 512 /* how much of k at once: a panel of BLOCK × PANEL floats streams from near caches, and C is passed over seldom */

/* sums[r] += Σ_k a[at[r] + k·kStride]·b[k·bStride + 0 … PANEL), as many rows as the compiler knows. */
INLINE void multiplySome(vec sums[][2], int rows, const float *a, const Size at[], Size kStride, const float *b, Size bStride, Size K) {
  UNROLLED
  for (Size k = 0; k < K; k++) {
    vec left = load(b), right = load(b + LANES);
    for (int r = 0; r < rows; r++) {
      vec x = splat(a[at[r]]);
      sums[r][0] = madd(x, left, sums[r][0]);
      sums[r][1] = madd(x, right, sums[r][1]);
    }
    a += kStride;
    b += bStride;
  }
}

/* Rows of a panel that is multiplied later, to be prefetched into the second-level cache; none: {0}. */
typedef struct {
  const float *from;
  Size count;
} Ahead;

#define TURNS 4 /* of k for each row prefetched, so that loads of what is needed now do not wait */

/* The same, and meanwhile the prefetching of `ahead`. */
INLINE void multiply(vec sums[][2], int rows, const float *a, const Size at[], Size kStride, const float *b, Size bStride, Size K, Ahead ahead) {
  Size k = 0;
  for (; FETCHES && ahead.count > 0 && k + TURNS <= K; k += TURNS, ahead.from += PANEL, ahead.count--) {
    for (Size line = 0; line < PANEL; line += LINE) __builtin_prefetch(ahead.from + line, 0, 2);
    multiplySome(sums, rows, a + k * kStride, at, kStride, b + k * bStride, bStride, TURNS);
  }
  multiplySome(sums, rows, a + k * kStride, at, kStride, b + k * bStride, bStride, K - k);
}

/* What a tile starts from and where it ends: c[rows, n], n ≤ PANEL, = a·b + bias + beta·c. */
typedef struct {
  float *c;
  Size ldC;
  const float *bias; /* n floats, or null */
  Size n;
  int beta;
  const int32_t *rows; /* which rows of c; null: one after another */
} Target;

INLINE float *rowOf(const Target *to, Size row) { return to->c + (to->rows ? to->rows[row] : row) * to->ldC; }

/* One whole tile: n = PANEL. `scattered`: which rows of a; null: one after another. */
INLINE void tile(int rows, const Target *to, Size row, const float *a, Size rowStride, Size kStride, const int32_t *scattered, const float *b, Size bStride, Size K, Ahead ahead) {
  vec sums[ROWS][2];
  float *c[ROWS];
  for (int r = 0; r < rows; r++) c[r] = rowOf(to, row + r);
  Size at[ROWS] = {0}; /* of the first row, from which the others are counted */
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
  /* Where c is read next: scattered rows in the next panel, others in the next tile. */
  for (int r = 0; r < rows; r++) __builtin_prefetch(to->rows ? c[r] + PANEL : c[0] + (rows + r) * to->ldC);
  multiply(sums, rows, a, at, kStride, b, bStride, K, ahead);
  for (int r = 0; r < rows; r++) {
    store(c[r], sums[r][0]);
    store(c[r] + LANES, sums[r][1]);
  }
}

/* A whole tile in place of one cut off by the matrix's edge: what is there is copied in, and out again. */
typedef struct {
  float c[ROWS * PANEL], bias[PANEL];
} Edge;

static Target widen(Edge *edge, int rows, const Target *to, Size row) {
  for (Size i = 0; i < PANEL; i++) edge->bias[i] = to->bias && i < to->n ? to->bias[i] : 0;
  for (Size r = 0; to->beta && r < rows; r++)
    for (Size i = 0; i < PANEL; i++) edge->c[r * PANEL + i] = i < to->n ? rowOf(to, row + r)[i] : 0;
  return (Target){edge->c, PANEL, edge->bias, PANEL, to->beta, 0};
}

static void narrow(const Edge *edge, int rows, const Target *to, Size row) {
  for (Size r = 0; r < rows; r++)
    for (Size i = 0; i < to->n; i++) rowOf(to, row + r)[i] = edge->c[r * PANEL + i];
}

/* One copy of `tile` for every number of rows, so that all loops over rows are unrolled into registers. */
#if ROWS == 12
#define FOR_EACH_ROW_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#elif ROWS == 6
#define FOR_EACH_ROW_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#else
#define FOR_EACH_ROW_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4)
#endif

/* a: `rows` rows, each contiguous in k, one after another or where `scattered` says. */
static void tileOfRows(int rows, const Target *to, Size row, const float *a, Size ldA, const int32_t *scattered, const float *b, Size bStride, Size K, Ahead ahead) {
  if (to->n < PANEL) {
    Edge edge;
    Target whole = widen(&edge, rows, to, row);
    tileOfRows(rows, &whole, 0, a, ldA, scattered, b, bStride, K, ahead);
    narrow(&edge, rows, to, row);
    return;
  }
  switch (rows) {
#define CASE(R) case R: tile(R, to, row, a, ldA, 1, scattered, b, bStride, K, ahead); break;
    FOR_EACH_ROW_COUNT(CASE)
#undef CASE
  }
}

/* a: packed [K, ROWS]. */
static void tileOfPacked(int rows, const Target *to, Size row, const float *a, const float *b, Size K, Ahead ahead) {
  if (to->n < PANEL) {
    Edge edge;
    Target whole = widen(&edge, rows, to, row);
    tileOfPacked(rows, &whole, 0, a, b, K, ahead);
    narrow(&edge, rows, to, row);
    return;
  }
  switch (rows) {
#define CASE(R) case R: tile(R, to, row, a, 1, ROWS, 0, b, PANEL, K, ahead); break;
    FOR_EACH_ROW_COUNT(CASE)
#undef CASE
  }
}

/* What the i-th of some tiles prefetches of a panel, [K, PANEL]; nothing where it is null. */
INLINE Ahead partOf(const float *panel, Size K, Size i, Size tiles) {
  Size from = i * K / tiles;
  return panel ? (Ahead){panel + from * PANEL, (i + 1) * K / tiles - from} : (Ahead){0};
}

/*
 * c[M, n] = a[M, K]·panel + bias + beta·c; the M rows are shared out evenly among the tiles. `to.rows` are those of a too.
 * `next`, or null: the panel that will be multiplied after this.
 */
static void multiplyPanel(Target to, const float *a, Size ldA, const float *panel, Size M, Size K, const float *next) {
  for (Size k = 0; k < K || k == 0; k += BLOCK) {
    Size depth = least(K - k, BLOCK);
    Size tiles = tilesOf(M, ROWS);
    Size rest = K - k - depth;
    const float *later = rest > 0 ? panel + (k + depth) * PANEL : next;
    for (Size i = 0, row = 0; i < tiles; i++) {
      int rows = (int)((M - row + tiles - i - 1) / (tiles - i));
      Ahead ahead = partOf(later, least(rest > 0 ? rest : K, BLOCK), i, tiles);
      if (to.rows) tileOfRows(rows, &to, row, a + k, ldA, to.rows + row, panel + k * PANEL, PANEL, depth, ahead);
      else tileOfRows(rows, &to, row, a + row * ldA + k, ldA, 0, panel + k * PANEL, PANEL, depth, ahead);
      row += rows;
    }
    to.bias = 0;
    to.beta = 1;
  }
}

/* to[k·ldTo + r] = from[r·ldFrom + k] for `rows` and `depth` of a square of LANES; whole vectors are written, zeros past the rows. */
INLINE void transposeSquare(float *to, Size ldTo, const float *from, Size ldFrom, Size rows, Size depth) {
  vec v[LANES];
  for (Size r = 0; r < LANES; r++) v[r] = r < rows ? loadSome(from + r * ldFrom, depth) : (vec){0};
  transpose(v);
  for (Size i = 0; i < least(depth, LANES); i++) store(to + i * ldTo, v[i]);
}

/*
 * `n` columns of op(B) as panels, `stride` apart: panel[k, i] = b[k·ldB + i], or where B is transposed b[i·ldB + k]; zeros past
 * the last column. Side by side, so that rows of B are read in long runs.
 */
static void packPanels(float *panels, Size stride, const float *b, Size ldB, Size n, Size K, int transB) {
  if (transB) {
    for (Size j = 0; j < tilesOf(n, PANEL) * PANEL; j += LANES)
      for (EACH(k, depth, 0, K)) {
        float *to = panels + j / PANEL * stride + k * PANEL + j % PANEL;
        if (n - j >= LANES && depth >= LANES) transposeSquare(to, PANEL, b + j * ldB + k, ldB, LANES, LANES);
        else transposeSquare(to, PANEL, b + j * ldB + k, ldB, n - j, depth);
      }
    return;
  }
  for (Size k = 0; k < K; k++) {
    for (Size j = 0; j < n; j += LINE) __builtin_prefetch(b + (k + 8) * ldB + j); /* rows further apart than a processor foresees */
    for (Size j = 0; j < tilesOf(n, PANEL) * PANEL; j += LANES)
      store(panels + j / PANEL * stride + k * PANEL + j % PANEL, n - j >= LANES ? load(b + k * ldB + j) : loadSome(b + k * ldB + j, most(n - j, 0)));
  }
}

#define DOTS 8

/*
 * out[j] += x·w[j] for `count` rows of W, each contiguous in k: the product of one vector, and of few, where packing W
 * would cost more than it saves. Each sum runs over LANES interleaved partial sums.
 */
INLINE void dots(float *out, int count, const float *x, const float *w, Size ldW, Size K) {
  vec sums[DOTS] = {0};
  Size k = 0;
  for (; k + LANES <= K; k += LANES) {
    vec v = load(x + k);
    for (int j = 0; j < count; j++) sums[j] = madd(v, load(w + j * ldW + k), sums[j]);
  }
  if (k < K) {
    vec v = loadSome(x + k, K - k);
    for (int j = 0; j < count; j++) sums[j] = madd(v, loadSome(w + j * ldW + k, K - k), sums[j]);
  }
  for (int j = 0; j < count; j++) out[j] += total(sums[j]);
}

#endif
